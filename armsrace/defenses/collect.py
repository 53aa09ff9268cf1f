"""Collect parts: training rows that the learner gathers itself, out of the adversary's reach."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.batch import Batch
from armsrace.defenses.defense import Collect


@final
@dataclass(frozen=True)
class CollectClean(Collect):
    """Gather honest traffic and label it by hand; every row has its price (the event `collected`).

    Precedes a `Retrain` in a bundle, usually behind a `Quarantine`.

    Attributes
    ----------
    share
        Rows gathered a round, as a share of the rows that arrive, in (0, 1].

    Raises
    ------
    ValueError
        When the share is outside (0, 1].
    """

    share: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share must be in (0, 1], got {self.share}")

    def collect(self, gather: Callable[[], Batch]) -> Batch:
        """Rows from everywhere in the round's traffic, so that both classes are among them."""
        traffic = gather()
        size = round(self.share * len(traffic))
        index = (np.arange(size) + 0.5) * len(traffic) / max(size, 1)
        return traffic.take(index.astype(np.intp))
