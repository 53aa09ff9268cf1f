"""Wrong labels on rows of the training traffic."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.attacks.attack import Poison
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.poison.rates import check_share
from armsrace.batch import Batch


@final
@dataclass(frozen=True)
class RandomLabelFlip(Poison):
    """Wrong labels on rows of the honest traffic, chosen at random: the attack that knows nothing.

    Attributes
    ----------
    rate
        Share of the rows whose label is flipped, in [0, 1].

    References
    ----------
    Biggio, B., Nelson, B., Laskov, P. (2011). Support vector machines under adversarial label
    noise. ACML.
    """

    rate: float

    def __post_init__(self) -> None:
        check_share("rate", self.rate)

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Flip the labels of round(rate n) rows, in place."""
        flipped = np.zeros(len(traffic), dtype=bool)
        flipped[rng.permutation(len(traffic))[: round(self.rate * len(traffic))]] = True
        return Batch(
            traffic.rows, traffic.labels ^ flipped, traffic.origin | flipped, traffic.target
        )
