"""A model that blocks too much honest traffic is not deployed."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.batch import Batch
from armsrace.defenses.defense import Fit, Monitor
from armsrace.defenses.memory import Alarms, Fitted, Memory, Observed
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST


@final
@dataclass(frozen=True)
class FalsePositiveGuard(Fit, Monitor):
    """Go back to the trusted model whenever the new one blocks too much honest traffic.

    Follows a `Retrain` in a bundle. The model is tried on the honest rows of the trusted batch;
    when it blocks more than `limit` of them, model and archive are reset to those of before the
    game, and an alarm is raised: whoever has moved the model may have been an adversary.

    Without one, resets are false alarms. No binomial says how far they are apart: the trusted rows
    are the same in every round, they have trained the model, and honest traffic that drifts takes
    it away from them. `armsrace.assess.calibrate` sets the limit to a run length by plays of a
    game, resets and all.

    Attributes
    ----------
    limit
        Largest share of honest rows that may be blocked, in [0, 1].

    Raises
    ------
    ValueError
        When the limit is out of range.

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

    def monitor(self, alarms: Alarms, seen: Observed, rng: np.random.Generator) -> Alarms:
        """Tell that the trusted model is in force; there is nothing to note."""
        return alarms.noting(self, None, seen.model is seen.memory.initial)
