"""How many training points an adversary must touch to turn a vote of partitions.

Deep partition aggregation (Levine and Feizi 2021) deals the training set to k disjoint partitions
by a hash of each point alone, trains one classifier on each, and lets them vote; a tie goes to the
class with the lower index. Inserting or deleting one training point touches one partition, hence at
most one vote; replacing a point is a deletion and an insertion and counts as two.

References
----------
.. [1] A. Levine, S. Feizi, "Deep partition aggregation: provable defense against general poisoning
   attacks", ICLR 2021, theorem 1.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.theory._checks import Array, counts


def winner(votes: ArrayLike) -> NDArray[np.int64]:
    """Class with the most votes, the lowest index among equals.

    Parameters
    ----------
    votes
        Number of partitions that vote for each class, shape (..., classes).

    Returns
    -------
    NDArray[np.int64]
        Shape (...).

    Raises
    ------
    ValueError
        When a number of votes is negative or fractional, or there are fewer than two classes.

    Examples
    --------
    >>> winner([[3, 5, 5], [6, 6, 1]]).tolist()
    [1, 0]
    """
    first: NDArray[np.int64] = _votes(votes).argmax(axis=-1)
    return first


def certified_radius(votes: ArrayLike) -> NDArray[np.int64]:
    r"""Largest number of insertions and deletions that cannot turn the vote.

    .. math:: \rho = \left\lfloor \tfrac12 \left(n_c - \max_{c' \ne c}
              \left(n_{c'} + [c' < c]\right)\right) \right\rfloor

    with c the winner. Tight: some rho + 1 changed votes do turn it.

    Parameters
    ----------
    votes
        Number of partitions that vote for each class, shape (..., classes).

    Returns
    -------
    NDArray[np.int64]
        Training points, shape (...).

    Raises
    ------
    ValueError
        When a number of votes is negative or fractional, or there are fewer than two classes.

    Examples
    --------
    Against a class that wins ties, one vote more is needed:

    >>> certified_radius([[9, 5], [5, 9]]).tolist()
    [2, 1]
    """
    array = _votes(votes)
    classes = np.arange(array.shape[-1])
    best = array.argmax(axis=-1)[..., None]
    rivals = np.where(classes == best, -np.inf, array + (classes < best))
    margins = np.take_along_axis(array, best, axis=-1)[..., 0] - rivals.max(axis=-1)
    radius: NDArray[np.int64] = (margins // 2.0).astype(np.int64)
    return radius


def _votes(votes: ArrayLike) -> Array:
    array = counts("votes", votes, "[0, inf)")
    if array.ndim == 0 or array.shape[-1] < 2:
        raise ValueError(f"votes must have two classes or more, got shape {array.shape}")
    return array
