"""Rows that the adversary wishes for, and those that it can reach.

Every attack that makes or alters feature values passes them through here, so that what comes out
keeps to `Knowledge.feasible` and has the type of number that the traffic has.
"""

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Rows
from armsrace.feasible import Feasible


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
    return near >= 0.5 if like.dtype == np.bool_ else near.astype(like.dtype, copy=False)
