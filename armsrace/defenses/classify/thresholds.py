"""Thresholds that are drawn at random."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from armsrace.batch import Rows
from armsrace.defenses.defense import Classify
from armsrace.verdicts import HONEST, MALICIOUS, Verdicts


@final
@dataclass(frozen=True)
class MixedThreshold(Classify):
    """Decide each row by a threshold drawn anew, uniformly from an interval of the model's scores.

    A randomized boundary gives a probing adversary no edge to walk along.

    Attributes
    ----------
    low, high
        The interval, in the units of the model's scores; low <= high.

    Raises
    ------
    ValueError
        When low exceeds high.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"low must not exceed high, got {self.low} and {self.high}")

    def classify(
        self, model: Any, rows: Rows, verdicts: Verdicts, rng: np.random.Generator
    ) -> Verdicts:
        """Malicious where the score exceeds the row's own threshold."""
        thresholds = rng.uniform(self.low, self.high, size=len(verdicts))
        return verdicts.with_decisions(np.where(verdicts.scores > thresholds, MALICIOUS, HONEST))
