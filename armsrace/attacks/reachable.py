"""Rows that the adversary wishes for, and those that it can reach.

Every attack that makes or alters feature values passes them through here, so that what comes out
keeps to `Knowledge.feasible` and has the type of number that the traffic has.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Rows
from armsrace.feasible import Feasible

_HALVINGS: Final = 30
_CLOSE: Final = 1e-9
"""Share of a way that is no longer halved."""


def reachable(
    wished: NDArray[np.float64], feasible: Feasible, *, like: Rows, altered: bool
) -> Rows:
    """The feasible rows nearest to some that are wished for.

    Parameters
    ----------
    wished
        Rows, shape (n, d).
    feasible
        What can be done to a row.
    like
        Rows whose type of number is wanted; of the same shape when they are the originals.
    altered
        Whether the rows are altered from those of `like`, or made from nothing.

    Examples
    --------
    >>> words = np.array([[True, False, False]])
    >>> wish = np.array([[0.0, 0.9, 1.0]])
    >>> reachable(wish, Feasible(increasing=[0], immutable=[2]), like=words, altered=True)
    array([[ True,  True, False]])
    """
    near = feasible.nearest(wished, like if altered else None)
    if like.dtype == np.bool_:
        return near >= 0.5
    return (np.rint(near) if like.dtype.kind in "iu" else near).astype(like.dtype, copy=False)


def within(
    originals: Rows, wished: NDArray[np.float64], feasible: Feasible, budget: float, *, order: int
) -> Rows:
    """The feasible rows on the way from originals to others, as far as a budget goes.

    Parameters
    ----------
    originals
        Rows to be altered, shape (n, d).
    wished
        Where they are to go, shape (n, d).
    feasible
        What can be done to a row.
    budget
        Largest distance of a row from its original; a row that cannot be made feasible within it
        stays as it is.
    order
        Order of the norm that measures the distance.

    Examples
    --------
    >>> rows, goal = np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]])
    >>> within(rows, goal, Feasible(), 2.5, order=2).tolist()
    [[1.5, 2.0]]
    >>> within(rows, goal, Feasible(integer=[0, 1]), 2.5, order=2).tolist()
    [[1.0, 2.0]]
    """
    start = originals.astype(np.float64)

    def at(share: NDArray[np.float64]) -> tuple[Rows, NDArray[np.bool_]]:
        row = start + share[:, None] * (wished - start)
        near = reachable(row, feasible, like=originals, altered=True)
        distance = np.linalg.norm(near.astype(np.float64) - start, ord=order, axis=1)
        return near, distance <= budget * (1 + 1e-12)

    # Without bounds in the way the share of the budget in the distance is the answer.
    distance = np.linalg.norm(wished - start, ord=order, axis=1)
    reach = np.full(len(start), budget)
    share = np.minimum(np.divide(reach, distance, out=np.ones_like(reach), where=distance > 0), 1.0)
    rows, cheap = at(share)
    best = np.where(cheap[:, None], rows, originals)
    low, high = np.where(cheap, share, 0.0), np.ones(len(start))
    for _ in range(_HALVINGS):
        if (high - low <= _CLOSE).all():
            break
        middle = (low + high) / 2
        rows, cheap = at(middle)
        best = np.where(cheap[:, None], rows, best)
        low, high = np.where(cheap, middle, low), np.where(cheap, high, middle)
    return best
