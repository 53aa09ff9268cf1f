"""A support vector machine that is retrained, exactly, when some of its rows move or join."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.poison.svm.active_set import refitted, solve_dual
from armsrace.attacks.poison.svm.kernels import Array, Kernel
from armsrace.batch import Mask


@final
@dataclass(frozen=True, eq=False)
class KernelMachine:
    """A fitted machine f(x) = sum_i beta_i k(x, x_i) + b with what retraining it needs.

    Make one with `fit`. It equals scikit-learn's ``SVC`` of the same kernel and C; a change gives
    another machine, solved from the coefficients of this one.

    Attributes
    ----------
    rows, signs
        What it is trained on, shape (n, d) and (n,); signs are 1 or -1.
    kernel, penalty
        k and C.
    gram
        k of the rows with one another, shape (n, n).
    coefficients, intercept
        beta and b.
    free
        The margin vectors: 0 < abs(beta_i) < C.

    Examples
    --------
    >>> from armsrace.attacks.poison.svm.kernels import LinearKernel
    >>> line = np.array([[0.0], [1.0], [3.0], [4.0]])
    >>> machine = KernelMachine.fit(line, np.array([-1.0, -1, 1, 1]), LinearKernel(), penalty=10.0)
    >>> machine.decision(np.array([[2.0], [3.0]])).round(6) + 0.0
    array([0., 1.])
    >>> moved = machine.moving(np.array([1]), np.array([[2.0]]))
    >>> moved.decision(np.array([[2.0], [3.0]])).round(6)
    array([-1.,  1.])
    """

    rows: Array
    signs: Array
    kernel: Kernel
    penalty: float
    gram: Array
    coefficients: Array
    intercept: float
    free: Mask

    @classmethod
    def fit(cls, rows: Array, signs: Array, kernel: Kernel, penalty: float) -> "KernelMachine":
        """Train from nothing: by scikit-learn to begin with, which is quicker there."""
        gram = kernel.between(rows, rows)
        start = np.zeros(len(rows))
        if signs.min(initial=1.0) < signs.max(initial=-1.0):
            start = refitted(gram, signs, penalty, tolerance=1e-3).coefficients
        return _solved(rows, signs, kernel, penalty, gram, start)

    def __len__(self) -> int:
        return len(self.signs)

    def decision(self, rows: Array) -> Array:
        """Value of f for each row, shape (len(rows),)."""
        support = np.flatnonzero(self.coefficients)
        between = self.kernel.between(rows, self.rows[support])
        decision: Array = between @ self.coefficients[support] + self.intercept
        return decision

    def moving(self, index: NDArray[np.intp], rows: Array) -> "KernelMachine":
        """Retrain after the rows at an index have become others, labels unchanged."""
        moved = self.rows.copy()
        moved[index] = rows
        gram = self.gram.copy()
        gram[index] = self.kernel.between(rows, moved)
        gram[:, index] = gram[index].T
        return _solved(moved, self.signs, self.kernel, self.penalty, gram, self.coefficients)

    def adding(self, rows: Array, signs: Array) -> "KernelMachine":
        """Retrain after more rows have joined, at the end."""
        joined = np.concatenate([self.rows, rows])
        across = self.kernel.between(rows, joined)
        gram = np.block([[self.gram, across[:, : len(self)].T], [across]])
        start = np.concatenate([self.coefficients, np.zeros(len(rows))])
        signs = np.concatenate([self.signs, signs])
        return _solved(joined, signs, self.kernel, self.penalty, gram, start)


def signs_of(labels: Mask) -> Array:
    """1 for malicious, -1 for honest."""
    return np.where(labels, 1.0, -1.0)


def _solved(
    rows: Array, signs: Array, kernel: Kernel, penalty: float, gram: Array, start: Array
) -> KernelMachine:
    found = solve_dual(gram, signs, penalty, start)
    return KernelMachine(
        rows,
        signs,
        kernel,
        penalty,
        gram,
        found.coefficients,
        found.intercept,
        found.free,
    )
