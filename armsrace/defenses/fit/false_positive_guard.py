"""A model that blocks too much honest traffic is not deployed."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.batch import Batch
from armsrace.defenses.defense import Fit
from armsrace.defenses.memory import Fitted, Memory
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST


@final
@dataclass(frozen=True)
class FalsePositiveGuard(Fit):
    """Go back to the trusted model whenever the new one blocks too much honest traffic.

    Follows a `Retrain` in a bundle. The model is tried on the honest rows of the trusted batch;
    when it blocks more than `limit` of them, model and archive are reset to those of before the
    game.

    Attributes
    ----------
    limit
        Largest share of honest rows that may be blocked, in [0, 1].

    References
    ----------
    Kloft, M., Laskov, P. (2012). Security analysis of online centroid anomaly
    detection. JMLR 13, section 6.
    """

    limit: float

    def __post_init__(self) -> None:
        if not 0 <= self.limit <= 1:
            raise ValueError(f"limit must be in [0, 1], got {self.limit}")

    def fit(
        self, model: Fitted, memory: Memory, kept: Batch, rng: np.random.Generator
    ) -> tuple[Fitted, Memory]:
        """Keep the model, or reset it."""
        honest = memory.trusted.rows[~memory.trusted.labels]
        blocked = float((judge(model.deployed, honest).decisions != HONEST).mean())
        if blocked <= self.limit:
            return model, memory
        return memory.initial, memory.forgetting()
