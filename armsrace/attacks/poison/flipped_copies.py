"""Copies of traffic under the wrong label: the poison that needs no optimization."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.attacks.attack import Poison
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.poison.rates import check_share, effort
from armsrace.batch import Batch
from armsrace.feasible import Feasible


@final
@dataclass(frozen=True)
class FlippedCopies(Poison):
    """Copies of random rows of the traffic, added under the wrong label.

    Unlike a label flip in place this takes no honest row away, so it is the weaker of the two: the
    learner still sees every row as it is, too.

    Attributes
    ----------
    rate
        The adversary's share of the training traffic, in [0, 1).

    Examples
    --------
    >>> rows = Batch.of([[0.0], [1.0], [2.0]], [0, 0, 0])
    >>> offered = FlippedCopies(0.25).poison(rows, Knowledge(rows, rows), np.random.default_rng(0))
    >>> offered.labels
    array([False, False, False,  True])
    """

    rate: float

    def __post_init__(self) -> None:
        check_share("rate", self.rate, below_one=True)

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Add the copies; where the adversary cannot make one, the nearest row that it can."""
        if not len(traffic):
            return traffic
        size = effort(self.rate, len(traffic))
        return traffic.plus(flipped_copies(traffic, size, known.feasible, rng))


def flipped_copies(batch: Batch, size: int, feasible: Feasible, rng: np.random.Generator) -> Batch:
    """So many random rows of a batch, made feasible, under the wrong label.

    No row is copied twice unless more are wanted than there are.
    """
    copied = batch.take(rng.choice(len(batch), size=size, replace=size > len(batch)))
    rows = feasible.nearest(copied.rows).astype(batch.rows.dtype)
    return Batch.made(rows, ~copied.labels)
