"""Statistics of the queries: what a probing adversary cannot avoid to do.

A search for the boundary asks often, and asks about rows that lie close together; and an
adversary that believes a honeypot comes back to it.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.batch import Rows
from armsrace.defenses.memory import Observed
from armsrace.defenses.monitor.watch import Statistic
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST, MALICIOUS


@final
@dataclass(frozen=True)
class QueryCount(Statistic):
    """How many rows were queried in the round."""

    def of(self, seen: Observed) -> float:
        """A whole number."""
        return float(seen.public.log.count)


@final
@dataclass(frozen=True)
class CloseQueries(Statistic):
    """How many of the round's queries have another one of the same round close by.

    Takes time of order n log n for n queries in few dimensions, n^2 in many.

    Attributes
    ----------
    radius
        Euclidean distance up to which two rows are close, at least 0; 0 for repeated rows.

    Raises
    ------
    ValueError
        When the radius is negative.
    """

    radius: float

    def __post_init__(self) -> None:
        if not 0 <= self.radius < np.inf:
            raise ValueError(f"radius must be at least 0 and finite, got {self.radius}")

    def of(self, seen: Observed) -> float:
        """A whole number, at most the number of queries."""
        from scipy.spatial import KDTree

        rows = np.asarray(seen.public.log.rows, dtype=np.float64)
        if len(rows) < 2:
            return 0.0
        nearest, _ = KDTree(rows).query(rows, k=[2])
        return float(np.count_nonzero(nearest <= self.radius))


@final
@dataclass(frozen=True)
class HoneypotHits(Statistic):
    """How many rows of the round walked into what the learner has lied about.

    These are the queries that were answered "honest" and the offered and faced rows that the model
    on show takes for honest, while the real model takes them for malicious. Behind a `Honeypot`
    that is its trap; without any lie there is no hit. Ordinary intrusions may fall in too, so a
    chart on it is to be calibrated.
    """

    def of(self, seen: Observed) -> float:
        """A whole number."""
        log, shown, real = seen.public.log, seen.public.model, seen.model.deployed
        hits = _malicious(real, log.rows[log.decisions == HONEST])
        if shown is not None and shown is not real:
            for rows in (seen.offered.rows, seen.faced):
                hits += _malicious(real, rows[judge(shown, rows).decisions == HONEST])
        return float(hits)


def _malicious(model: object, rows: Rows) -> int:
    return int((judge(model, rows).decisions == MALICIOUS).sum())
