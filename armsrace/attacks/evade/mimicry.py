"""Malicious rows that come to look like honest ones; no model is needed."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.attack import Evade
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.reachable import within
from armsrace.batch import Batch, Rows
from armsrace.feasible import Feasible


@final
@dataclass(frozen=True)
class Mimicry(Evade):
    """Every malicious row moves towards the honest reference row that is nearest to it.

    Distances are Euclidean, between what a row can become and the reference: in columns that cannot
    be changed, no row is nearer than another. The row goes as far as its budget.

    Attributes
    ----------
    budget
        Largest distance of a row from what it was, at least 0.

    Raises
    ------
    ValueError
        When the budget is negative or not finite.
    """

    budget: float

    def __post_init__(self) -> None:
        if not 0 <= self.budget < np.inf:
            raise ValueError(f"budget must be at least 0 and finite, got {self.budget}")

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Move the malicious rows; with no honest row to imitate, they stay."""
        originals = faced.rows[faced.labels]
        honest = known.reference.rows[~known.reference.labels]
        if not len(honest) or not self.budget:
            return faced
        imitated = honest[nearest(originals, honest, known.feasible)].astype(np.float64)
        moved = within(originals, imitated, known.feasible, self.budget, order=2)
        rows, origin = faced.rows.copy(), faced.origin.copy()
        rows[faced.labels] = moved
        origin[faced.labels] |= (moved != originals).any(axis=1)
        return Batch(rows, faced.labels, origin, faced.target)


def nearest(originals: Rows, honest: Rows, feasible: Feasible) -> NDArray[np.intp]:
    """For each original the honest row that is nearest in the columns that can be changed.

    Parameters
    ----------
    originals
        Shape (n, d).
    honest
        Shape (m, d), at least one.
    feasible
        Says which columns can be changed.

    Returns
    -------
    :
        Row numbers in `honest`, shape (n,).
    """
    from scipy.spatial.distance import cdist

    free = feasible.mutable(honest.shape[1])
    start, ends = (rows[:, free].astype(np.float64) for rows in (originals, honest))
    number: NDArray[np.intp] = cdist(start, ends, "sqeuclidean").argmin(axis=1)
    return number
