"""Statistics of the traffic: what is blocked, what is rejected, how it scores."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.batch import Batch
from armsrace.defenses.memory import Observed
from armsrace.defenses.monitor.watch import Statistic
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST, MALICIOUS


@final
@dataclass(frozen=True)
class BlockedShare(Statistic):
    """Share of the judged traffic that is blocked or left unsure.

    Needs no label; a flood of false positives raises it.
    """

    def of(self, seen: Observed) -> float | None:
        """In [0, 1]; None without traffic."""
        decisions = seen.verdicts.decisions
        return float((decisions != HONEST).mean()) if len(decisions) else None


@final
@dataclass(frozen=True)
class RejectedShare(Statistic):
    """Share of the offered training rows that sanitizing has rejected."""

    def of(self, seen: Observed) -> float | None:
        """In [0, 1]; None when nothing was offered."""
        offered = len(seen.offered)
        return 1.0 - len(seen.kept) / offered if offered else None


@final
@dataclass(frozen=True)
class OfferedScore(Statistic):
    """Mean score of the offered training rows by the round's model."""

    def of(self, seen: Observed) -> float | None:
        """In the unit of the model's scores; None when nothing was offered."""
        return _mean_score(seen, seen.offered)


@final
@dataclass(frozen=True)
class KeptScore(Statistic):
    """Mean score of the training rows that were kept, by the round's model.

    An attack that slips in below the boundary moves it up; one that teaches the model that
    intrusions are honest moves it down: `TwoSidedCusum` sees both.
    """

    def of(self, seen: Observed) -> float | None:
        """In the unit of the model's scores; None when nothing was kept."""
        return _mean_score(seen, seen.kept)


@final
@dataclass(frozen=True)
class TrustedError(Statistic):
    """Share of the trusted batch of before the game that the round's model judges wrongly.

    An unsure verdict is no error.
    """

    def of(self, seen: Observed) -> float:
        """In [0, 1]."""
        trusted = seen.memory.trusted
        wrong = np.where(trusted.labels, HONEST, MALICIOUS)
        return float((judge(seen.model.deployed, trusted.rows).decisions == wrong).mean())


def _mean_score(seen: Observed, batch: Batch) -> float | None:
    if not len(batch):
        return None
    return float(judge(seen.model.deployed, batch.rows).scores.mean())
