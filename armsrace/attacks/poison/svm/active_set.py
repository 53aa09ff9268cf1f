"""The dual problem of a support vector machine, solved exactly and from wherever one stands.

With labels y_i = +-1, penalty C, Gram matrix K and *coefficients* beta_i = y_i alpha_i (what
scikit-learn calls ``dual_coef_``), a machine f = K beta + b solves ::

    minimize  beta' K beta / 2 - y' beta    over  sum(beta) = 0,  0 <= y_i beta_i <= C.

With the *excess* e = f - y, the conditions of Karush, Kuhn and Tucker part the rows into *free*
ones (the margin vectors, e_i = 0), rows at the lower end of their interval (e_i >= 0) and rows at
the upper end (e_i <= 0).

The primal active-set method keeps a feasible beta and a guess of the free set F. It solves the
conditions on F, one linear system bordered by the constraint; goes there, or as far as the first
coefficient that meets an end of its interval, which leaves F; and once there, takes the row that
violates its condition most into F. A turn that moves lowers the objective, so that no F comes back
after one; should rounding keep it turning in place, scikit-learn solves the problem instead. A
machine whose rows have moved a little is solved in a few turns from the old coefficients, where a
refit starts from nothing.

References
----------
Cauwenberghs, G., Poggio, T. (2000). Incremental and decremental support vector machine learning.
NIPS.
Scheinberg, K. (2006). An efficient implementation of an active set method for SVMs. JMLR 7.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Mask

Array = NDArray[np.float64]

TOLERANCE: Final = 1e-9
"""How far e may violate its conditions, in units of the margin."""

RIDGE: Final = 1e-10
"""Added to the diagonal of K, relative to its mean: rows that stand twice, or more free rows than
dimensions, leave beta undetermined, and this picks one; e changes by no more than RIDGE C mean(K).
"""


@final
@dataclass(frozen=True, eq=False)
class DualSolution:
    """The coefficients, the intercept, and which rows are margin vectors."""

    coefficients: Array
    intercept: float
    free: Mask


def solve_dual(
    gram: Array, signs: Array, penalty: float, start: Array, *, turns: int = 5000
) -> DualSolution:
    """The solution by the active-set method, or by a refit where that does not come to an end.

    O(f^3 + n f) a turn, for n rows of which f are free.

    Parameters
    ----------
    gram
        K, shape (n, n).
    signs
        y, each 1 or -1, shape (n,).
    penalty
        C, positive.
    start
        Feasible coefficients to start from, zeros at worst, shape (n,).
    turns
        After so many it is left to scikit-learn.

    Examples
    --------
    >>> rows = np.array([0.0, 1.0, 3.0, 4.0])
    >>> found = solve_dual(np.outer(rows, rows), np.array([-1.0, -1, 1, 1]), 10.0, np.zeros(4))
    >>> found.coefficients.round(6) + 0.0, round(found.intercept, 6)
    (array([ 0. , -0.5,  0.5,  0. ]), -2.0)
    """
    count = len(signs)
    lower, upper = _ends(signs, penalty)
    matrix = bordered(gram)
    beta = start.copy()
    side = _side(beta, lower, upper)
    # y - K beta, and 0 for the constraint, which is the last equation of every system.
    missing = np.append(signs - gram @ beta, 0.0)

    for _ in range(turns):
        members = np.flatnonzero(side == 0)
        if not len(members):
            pair = list(extreme_pair(gram, signs, penalty, beta))
            if missing[pair[0]] - missing[pair[1]] < 2 * TOLERANCE:
                return DualSolution(beta, float(missing[pair].mean()), side == 0)
            side[pair] = 0
            continue
        system = np.append(members, count)
        solved = np.linalg.solve(matrix[system[:, None], system], missing[system])
        step, intercept = solved[:-1], float(solved[-1])
        ends = np.where(step > 0, upper[members], lower[members])
        room = np.full(len(members), np.inf)
        np.divide(ends - beta[members], step, out=room, where=step != 0)
        first = int(room.argmin())
        blocked = room[first] < 1
        change = np.zeros(count)
        change[members] = step * room[first] if blocked else step
        beta += change
        missing[:-1] -= gram @ change
        if blocked:
            beta[members[first]] = ends[first]
            side[members[first]] = 1 if step[first] > 0 else -1
            continue
        violation = side * (intercept - missing[:-1])
        worst = int(violation.argmax())
        if violation[worst] >= TOLERANCE:
            side[worst] = 0
            continue
        # The constraint may hold a free coefficient at the very end of its interval.
        side = _side(beta, lower, upper)
        beta = np.where(side == 0, beta, np.where(side > 0, upper, lower))
        if not side.all():
            return DualSolution(beta, intercept, side == 0)
    return refitted(gram, signs, penalty, TOLERANCE)


def bordered(gram: Array) -> Array:
    """K and the constraint: the matrix [[K + ridge, 1], [1', 0]] of the conditions."""
    count = len(gram)
    matrix = np.ones((count + 1, count + 1))
    matrix[:count, :count] = gram
    matrix[count, count] = 0.0
    diagonal = np.arange(count)
    # A Gram matrix of zeros has no scale of its own.
    matrix[diagonal, diagonal] += RIDGE * (float(np.diagonal(gram).mean()) or 1.0)
    return matrix


def extreme_pair(gram: Array, signs: Array, penalty: float, beta: Array) -> tuple[int, int]:
    """The row whose coefficient most wants to rise, and the one whose most wants to fall.

    Where no row is free these two alone bound the intercept: y - K beta of the first from below,
    of the second from above; it is put midway.
    """
    lower, upper = _ends(signs, penalty)
    missing = signs - gram @ beta
    rising = np.where(beta < upper, missing, -np.inf)
    falling = np.where(beta > lower, missing, np.inf)
    return int(rising.argmax()), int(falling.argmin())


def _side(beta: Array, lower: Array, upper: Array) -> NDArray[np.int_]:
    """-1 for a coefficient at its lower end, 1 at its upper end, 0 between them."""
    slack = 1e-12 * (upper - lower)
    return (beta >= upper - slack).astype(np.int_) - (beta <= lower + slack)


def _ends(signs: Array, penalty: float) -> tuple[Array, Array]:
    return np.where(signs > 0, 0.0, -penalty), np.where(signs > 0, penalty, 0.0)


def refitted(gram: Array, signs: Array, penalty: float, tolerance: float) -> DualSolution:
    """The solution as scikit-learn finds it from nothing: quick, and as good as its tolerance.

    Examples
    --------
    >>> line, signs = np.array([0.0, 1.0, 3.0, 4.0]), np.array([-1.0, -1.0, 1.0, 1.0])
    >>> refitted(np.outer(line, line), signs, 10.0, 1e-9).coefficients.round(6) + 0.0
    array([ 0. , -0.5,  0.5,  0. ])
    """
    from sklearn.svm import SVC

    machine = SVC(kernel="precomputed", C=penalty, tol=tolerance).fit(gram, signs)
    coefficients = np.zeros(len(signs))
    coefficients[machine.support_] = machine.dual_coef_[0]
    size = np.abs(coefficients)
    return DualSolution(coefficients, float(machine.intercept_[0]), (size > 0) & (size < penalty))
