"""Plans: poison points that are designed once and then sent round after round.

Designing points takes longer than a round should. A `PlannedPoison` takes the steps ``POISON`` and
``PROBE``: after each round it notes its plan, and makes a new one only when the learner's objective
has changed; before the first round there is nothing noted yet, and it plans on the spot.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.attack import Poison, Probe
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.poison.linear import LinearLearner, learner_of
from armsrace.attacks.poison.rates import effort
from armsrace.batch import Batch, Mask
from armsrace.models.published import Published


@final
@dataclass(frozen=True, eq=False)
class Plan:
    """Poison points against a learner.

    Attributes
    ----------
    learner
        What they were designed against.
    rows, labels
        Shape (k, d) and (k,).
    """

    learner: LinearLearner
    rows: NDArray[np.float64]
    labels: Mask


class PlannedPoison(Poison, Probe, ABC):
    """Points that are designed against a linear model: a concrete part is a frozen dataclass.

    Attributes
    ----------
    rate
        The adversary's share of the training traffic, in [0, 1).
    """

    rate: float

    @abstractmethod
    def design(
        self, known: Knowledge, learner: LinearLearner, rng: np.random.Generator
    ) -> tuple[NDArray[np.float64], Mask]:
        """Rows, shape (k, d), and labels, shape (k,), that make the learner learn badly."""

    @final
    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Add points, as planned.

        Raises
        ------
        ValueError
            When the model in sight is not one that the design is for, the reference is of one
            class, or the rows are not floating-point numbers.
        """
        return send(self._plan(known, rng), self.rate, traffic)

    @final
    def probe(self, public: Published, known: Knowledge, rng: np.random.Generator) -> Knowledge:
        """Note the plan for the next round; asks nothing."""
        return known.noting(self, self._plan(known, rng))

    def _plan(self, known: Knowledge, rng: np.random.Generator) -> Plan:
        """The plan that was noted, or a new one if there is none against this learner."""
        learner = learner_of(known)
        plan = known.notes.get(self)
        if isinstance(plan, Plan) and plan.learner == learner:
            return plan
        return Plan(learner, *self.design(known, learner, rng))


def send(plan: Plan, rate: float, traffic: Batch) -> Batch:
    """Add a share of planned points to the traffic, spread evenly over the plan.

    Raises
    ------
    ValueError
        When the rows of the traffic are not floating-point numbers.
    """
    if traffic.rows.dtype.kind != "f":
        raise ValueError(
            f"designed points need rows of floating-point numbers, got {traffic.rows.dtype}; "
            "convert them and declare whole numbers by Feasible(integer=...)"
        )
    size = effort(rate, len(traffic)) if len(plan.rows) else 0
    chosen = ((np.arange(size) + 0.5) * len(plan.rows) / max(size, 1)).astype(int)
    rows = plan.rows[chosen].astype(traffic.rows.dtype)
    return traffic.plus(Batch.made(rows, plan.labels[chosen]))


def reference_of(known: Knowledge) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The adversary's own rows, and their labels as signs.

    Raises
    ------
    ValueError
        When they are of one class only.
    """
    labels = known.reference.labels
    if labels.all() or not labels.any():
        got = f"{'malicious (1)' if labels.any() else 'honest (0)'} rows only"
        raise ValueError(
            "designed poison needs reference rows of both classes, "
            f"got {got if len(labels) else 'none'}"
        )
    return known.reference.rows.astype(np.float64), np.where(labels, 1.0, -1.0)
