"""Shifting a sphere by a schedule, or with a share of the traffic.

`HypersphereShift` adds the same share of points every round. The adversary of Barreno et al.
(2006) has a number of points in all instead, and chooses how many to add before each of a number of
retrainings; `ScheduledShift` does so optimally. The adversary of Kloft and Laskov (2012, section 5)
does not add points at all: each training point is its own with a given probability
(`LimitedControlShift`). Both place their points as `HypersphereShift` does.
"""

from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np

from armsrace.attacks.attack import Poison
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.poison.hypersphere import HypersphereShift
from armsrace.attacks.poison.rates import check_share
from armsrace.attacks.reachable import reachable
from armsrace.batch import Batch, Rows
from armsrace.theory.hypersphere import optimal_integer_schedule


@final
@dataclass(frozen=True)
class ScheduledShift(Poison):
    """A number of points at the sphere's edge, spread over the first rounds in the best way.

    Against a learner that retrains every round on all that it has accepted, with nothing but the
    attack arriving, no schedule in whole points moves the center further
    (`armsrace.theory.hypersphere.optimal_integer_schedule`). After the last retraining of the
    schedule nothing is added.

    Attributes
    ----------
    effort
        Points in all, at least 0.
    retrainings
        Rounds over which they are spread, at least 1.
    prior
        Honest points that the center weighs before the attack, at least 1.

    Raises
    ------
    ValueError
        When a number is less than its least.

    References
    ----------
    Barreno, M. et al. (2006). Can machine learning be secure? ASIACCS, section 5.
    Nelson, B., Joseph, A. D. (2006). Bounding an attack's complexity for a simple learning model.
    SysML.

    Examples
    --------
    >>> ScheduledShift(effort=20, retrainings=4, prior=10).schedule
    (3, 4, 6, 7)
    """

    effort: int
    retrainings: int
    prior: int = 100

    def __post_init__(self) -> None:
        for name, least in (("effort", 0), ("retrainings", 1), ("prior", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")

    @property
    def schedule(self) -> tuple[int, ...]:
        """Points to add in each round, as many as there are retrainings."""
        return _schedule(self.effort, self.retrainings, self.prior)

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Add the round's points at the boundary, labeled honest.

        Raises
        ------
        ValueError
            When the game gives the adversary no target, or the model in sight is no centroid
            detector.
        """
        point = _point(traffic, known, rng)
        due = self.schedule[known.clock] if known.clock < self.retrainings else 0
        rows = np.repeat(point, due, axis=0)
        return traffic.plus(Batch.made(rows, np.zeros(due, dtype=bool)))


@final
@dataclass(frozen=True)
class LimitedControlShift(Poison):
    """Points at the sphere's edge in place of honest ones: each is the adversary's by chance.

    What remains honest pulls the center back, so that its displacement settles around
    rate / (1 - rate) radii (`armsrace.theory.limited_control`).

    Attributes
    ----------
    rate
        Probability that a training row is the adversary's, in [0, 1].

    Raises
    ------
    ValueError
        When the rate is outside [0, 1].

    References
    ----------
    Kloft, M., Laskov, P. (2012). Security analysis of online centroid anomaly detection. JMLR 13,
    section 5.
    """

    rate: float

    def __post_init__(self) -> None:
        check_share("rate", self.rate)

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Put the point at the boundary, labeled honest, in the place of some rows.

        Raises
        ------
        ValueError
            When the game gives the adversary no target, or the model in sight is no centroid
            detector.
        """
        point = _point(traffic, known, rng)
        own = rng.random(len(traffic)) < self.rate
        rows = traffic.rows.copy()
        wished = np.repeat(point, int(own.sum()), axis=0)
        rows[own] = reachable(wished, known.feasible, like=traffic.rows[own], altered=True)
        labels = traffic.labels & ~own
        # A row that cannot be changed and was honest is as it was: nobody has touched it.
        altered = (rows != traffic.rows).any(axis=1) | (labels != traffic.labels)
        return Batch(rows, labels, traffic.origin | altered, traffic.target)


@cache
def _schedule(effort: int, retrainings: int, prior: int) -> tuple[int, ...]:
    return tuple(optimal_integer_schedule(retrainings, effort, prior).tolist())


def _point(traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Rows:
    """The point that a `HypersphereShift` would add, shape (1, d)."""
    # It makes half of the traffic: one point for one row.
    row = Batch.unmarked(np.zeros((1, traffic.width), traffic.rows.dtype), np.zeros(1, dtype=bool))
    return HypersphereShift(0.5).poison(row, known, rng).rows[1:]
