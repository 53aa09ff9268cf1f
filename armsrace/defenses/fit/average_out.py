"""Averaging out: every new row replaces a fixed share of the past."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.batch import Batch
from armsrace.defenses.defense import Fit
from armsrace.defenses.memory import Fitted, Memory


@final
@dataclass(frozen=True)
class AverageOut(Fit):
    """Move the center by 1/n of the distance of every kept row, all taken from where it was.

    The average-out rule of a window of n points, whose past is as good as its mean; the center
    weighs n points afterwards. Needs a game that began with a `CentroidDetector` of infinite
    memory. Several memories can take turns, with other centers too: each goes on from the one that
    it finds.

    Attributes
    ----------
    memory
        n, no less than the rows of a round; positive.

    Raises
    ------
    ValueError
        When the memory is not positive.

    References
    ----------
    Kloft, M., Laskov, P. (2012). Security analysis of online centroid anomaly
    detection. JMLR 13, section 4.2.
    """

    memory: float = 500.0

    def __post_init__(self) -> None:
        if not 0 < self.memory < np.inf:
            raise ValueError(f"memory must be positive, got {self.memory}")

    def fit(
        self, model: Fitted, memory: Memory, kept: Batch, rng: np.random.Generator
    ) -> tuple[Fitted, Memory]:
        """Pull the center and store what was kept; without an honest row nothing changes.

        Raises
        ------
        ValueError
            When the game began with no centroid detector or none is left, or more honest rows were
            kept than n.
        """
        own = model if hasattr(model.trained, "recentered") else memory.initial
        if not (hasattr(own.trained, "recentered") and hasattr(model.trained, "center_")):
            raise ValueError(
                f"averaging out needs a CentroidDetector, got {type(model.trained).__name__}"
            )
        rows = kept.rows[~kept.labels]
        if not len(rows):
            return model, memory
        if len(rows) > self.memory:
            raise ValueError(
                f"memory must be at least {len(rows)}, the rows of a round, got {self.memory:g}"
            )
        center = model.trained.center_
        moved = own.trained.recentered(
            center + (rows - center).sum(axis=0) / self.memory, self.memory
        )
        learned = (*model.learned, kept)
        return Fitted.of(own.template, moved, learned, exact=False), memory.storing(kept)
