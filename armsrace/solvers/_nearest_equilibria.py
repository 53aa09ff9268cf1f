"""The equilibrium of each of many small games that is nearest to what is played there.

Supports of equal size are enumerated: on each pair one linear system makes a role indifferent among
its actions, for all games at once. Games in which no pair gives an equilibrium keep what is played.
"""

from itertools import combinations
from math import comb

import numpy as np

from armsrace.forms.normal import Array
from armsrace.solvers.markov_certificate import Policies

TOLERANCE = 1e-9
SINGULAR = 1e-12


def count_supports(m: int, n: int) -> int:
    """How many pairs of supports of equal size m and n actions have.

    Examples
    --------
    >>> count_supports(3, 3)
    19
    """
    return comb(m + n, n) - 1


def nearest_equilibria(worth: Array, played: Policies) -> Policies:
    """Equilibria of games, each the nearest to its strategies by squared distance.

    Parameters
    ----------
    worth
        Payoffs of both roles, shape (2, S, m, n).
    played
        Strategies, shapes (S, m) and (S, n).

    Notes
    -----
    Time is proportional to S times the pairs of supports, which grow exponentially with actions.

    Examples
    --------
    Where both of two pure equilibria are possible, play decides:

    >>> coordination = np.tile(np.eye(2), (2, 2, 1, 1))
    >>> near = np.array([[0.9, 0.1], [0.2, 0.8]])
    >>> nearest_equilibria(coordination, (near, near))[0].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    first, second = worth
    x, y = (strategy.copy() for strategy in played)
    least = np.full(len(x), np.inf)
    m, n = first.shape[1:]
    for size in range(1, min(m, n) + 1):
        for rows in map(list, combinations(range(m), size)):
            for columns in map(list, combinations(range(n), size)):
                own = first[:, rows][:, :, columns]
                other = second[:, rows][:, :, columns].transpose(0, 2, 1)
                against, earned = _indifferent(own)
                with_it, gained = _indifferent(other)
                tried = np.zeros_like(x), np.zeros_like(y)
                tried[0][:, rows], tried[1][:, columns] = with_it, against
                best = (first @ tried[1][:, :, None])[:, :, 0].max(axis=1)
                reply = (tried[0][:, None, :] @ second)[:, 0].max(axis=1)
                fits = (np.minimum(with_it.min(axis=1), against.min(axis=1)) >= 0.0) & (
                    (best <= earned + TOLERANCE) & (reply <= gained + TOLERANCE)
                )
                far = sum(((a - b) ** 2).sum(axis=1) for a, b in zip(tried, played, strict=True))
                nearer = fits & (far < least)
                least[nearer] = far[nearer]
                x[nearer], y[nearer] = tried[0][nearer], tried[1][nearer]
    return x, y


def _indifferent(payoffs: Array) -> tuple[Array, Array]:
    """Mixtures of the columns that make all rows earn the same, (S, k), and what they earn.

    Where there is no single one, -1 in place of the mixture.
    """
    count, size = payoffs.shape[:2]
    system = np.zeros((count, size + 1, size + 1))
    system[:, :size, :size] = payoffs
    system[:, :size, size] = -1.0
    system[:, size, :size] = 1.0
    singular = np.abs(np.linalg.det(system)) <= SINGULAR
    system[singular] = np.eye(size + 1)
    right = np.zeros((count, size + 1, 1))
    right[:, size] = 1.0
    solved = np.linalg.solve(system, right)[:, :, 0]
    solved[singular] = -1.0
    return solved[:, :size], solved[:, size]
