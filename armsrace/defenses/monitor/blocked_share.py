"""An alarm when too much traffic is blocked."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.defenses.defense import Monitor
from armsrace.defenses.memory import Alarms, Observed
from armsrace.verdicts import HONEST


@final
@dataclass(frozen=True)
class BlockedShareAlarm(Monitor):
    """An alarm when more of the judged traffic is blocked or left unsure than usual.

    Needs no label: it watches the share of verdicts other than "honest", which a flood of false
    positives raises.

    Attributes
    ----------
    limit
        Largest share that raises no alarm, in [0, 1].

    Raises
    ------
    ValueError
        When the limit is outside [0, 1].
    """

    limit: float

    def __post_init__(self) -> None:
        if not 0 <= self.limit <= 1:
            raise ValueError(f"limit must be in [0, 1], got {self.limit}")

    def monitor(self, alarms: Alarms, seen: Observed, rng: np.random.Generator) -> Alarms:
        """Note the share, and raise an alarm when it is above the limit."""
        decisions = seen.verdicts.decisions
        share = float((decisions != HONEST).mean()) if len(decisions) else 0.0
        return alarms.noting(self, share, share > self.limit)
