"""Nash equilibria of a game of two by trying all pairs of supports of equal size.

In a *nondegenerate* game no mixed strategy has more pure best replies than it plays actions. Then
both supports of an equilibrium have the same size, and the equilibrium is the only solution of its
indifference equations: with I the learner's support and J the adversary's, the adversary's y makes
all actions of I earn the same u, and the learner's x does likewise for J::

    sum_{j in J} A_ij y_j = u  for i in I,    sum_{j in J} y_j = 1

So all equilibria are found by solving these equations for each pair, and keeping the solutions that
are positive and leave no better reply outside the supports (Dickhaut and Kaplan 1991).
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers import certificate
from armsrace.solvers.equilibrium import Equilibrium, distribution

Supports = NDArray[np.intp]

POSITIVE = 1e-10  # the smallest probability of an action that counts as played
SINGULAR = 1e-12  # the largest determinant of equations that count as dependent
BLOCK = 1_000_000  # numbers of equations' coefficients held at a time


def support_enumeration(form: NormalForm) -> list[Equilibrium]:
    """Find the Nash equilibria of a game of two whose supports have the same size.

    Parameters
    ----------
    form
        A game of two roles.

    Returns
    -------
    list
        In a nondegenerate game, all equilibria, in order of the size of their supports. In a
        degenerate game only those that are the unique solution of their indifference equations:
        equilibria with supports of different size are missing, and of a continuum of equilibria at
        most some corners are there. When the answers themselves prove the game degenerate (one of
        them has more best replies than it should, or their number is even), then
        ``parameters["degenerate"]`` is True in all of them; False is no proof of the contrary. The
        number of pairs of supports grows as 4^n / sqrt(n) for n actions each: up to about 12 of
        them in reasonable time.

    Raises
    ------
    ValueError
        When the game does not have two roles.

    References
    ----------
    J. Dickhaut, T. Kaplan, "A program for finding Nash equilibria", Mathematica Journal 1 (1991).

    Examples
    --------
    >>> chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    >>> for equilibrium in support_enumeration(chicken):
    ...     print([strategy.round(6).tolist() for strategy in equilibrium.strategies])
    [[1.0, 0.0], [0.0, 1.0]]
    [[0.0, 1.0], [1.0, 0.0]]
    [[0.333333, 0.666667], [0.333333, 0.666667]]
    """
    if len(form.roles) != 2:
        raise ValueError(f"support_enumeration needs a game of two roles, got {len(form.roles)}")
    learner, adversary = (_unit(payoffs) for payoffs in form.payoffs)
    tolerances = certificate.tolerances(form)
    found = []
    for rows, columns in _support_pairs(*form.shape):
        y, kept = _indifferent(learner, rows, columns)
        rows, columns = rows[kept], columns[kept]
        x, also = _indifferent(adversary.T, columns, rows)
        for strategies in zip(x, y[also], strict=True):
            answer = Equilibrium(form, strategies, method="support_enumeration")
            if (answer.regrets <= tolerances).all():
                found.append(answer)
    degenerate = len(found) % 2 == 0 or any(map(_has_spare_replies, found))
    return [replace(answer, parameters={"degenerate": degenerate}) for answer in found]


def _unit(payoffs: Array) -> Array:
    """Bring payoffs into [0, 1], so that what is negligible can be an absolute number."""
    scaled: Array = (payoffs - payoffs.min()) / (np.ptp(payoffs) or 1.0)
    return scaled


def _support_pairs(m: int, n: int) -> Iterator[tuple[Supports, Supports]]:
    """Yield all pairs of supports of equal size k, in blocks of shapes (pairs, k) twice."""
    for k in range(1, min(m, n) + 1):
        rows = np.array(list(combinations(range(m), k)))
        columns = np.array(list(combinations(range(n), k)))
        pairs = len(rows) * len(columns)
        step = max(BLOCK // (k + 1) ** 2, 1)
        for start in range(0, pairs, step):
            of_row, of_column = np.divmod(np.arange(start, min(start + step, pairs)), len(columns))
            yield rows[of_row], columns[of_column]


def _indifferent(payoffs: Array, own: Supports, other: Supports) -> tuple[Array, NDArray[np.intp]]:
    """Find the other role's strategies on its supports that make all own actions earn the same.

    Returns the positive ones among them, shape (found, other's actions), and which pairs they
    belong to, shape (found,).
    """
    pairs, k = own.shape
    equations = np.zeros((pairs, k + 1, k + 1))
    equations[:, :k, :k] = payoffs[own[:, :, None], other[:, None, :]]
    equations[:, :k, k] = -1.0
    equations[:, k, :k] = 1.0
    regular = np.flatnonzero(np.abs(np.linalg.det(equations)) > SINGULAR)
    sums = np.zeros((k + 1, 1))
    sums[k] = 1.0
    weights = np.linalg.solve(equations[regular], sums)[:, :k, 0]
    positive = (weights > POSITIVE).all(axis=1)
    kept = regular[positive]
    strategies = np.zeros((len(kept), payoffs.shape[1]))
    np.put_along_axis(strategies, other[kept], weights[positive], axis=1)
    return distribution(strategies), kept


def _has_spare_replies(answer: Equilibrium) -> bool:
    """Tell whether a role has more best replies than the other role plays actions."""
    earned = certificate.deviation_payoffs(answer.form, answer.strategies)
    near = certificate.tolerances(answer.form)
    replies = [int((e >= e.max() - t).sum()) for e, t in zip(earned, near, strict=True)]
    sizes = [int((strategy > 0.0).sum()) for strategy in answer.strategies]
    return replies[0] > sizes[1] or replies[1] > sizes[0]
