"""A fixed limit: the chart without memory (Shewhart's)."""

from dataclasses import dataclass, replace
from typing import Self, final

import numpy as np
from numpy.typing import ArrayLike

from armsrace.defenses.monitor.watch import Chart


@final
@dataclass(frozen=True)
class FixedLimit(Chart):
    """An alarm whenever the number is above a threshold.

    Attributes
    ----------
    threshold
        Largest number that raises no alarm.

    Raises
    ------
    ValueError
        When the threshold is not a number.
    """

    threshold: float

    def __post_init__(self) -> None:
        if np.isnan(self.threshold):
            raise ValueError("threshold must be a number, got nan")

    @classmethod
    def for_gaussian(cls, *, run_length: float) -> "FixedLimit":
        """Calibrate to independent standard Gaussian numbers (see `Standardized`), exactly.

        Parameters
        ----------
        run_length
            Mean number of rounds between false alarms, above 1.

        Raises
        ------
        ValueError
            When the run length is not above 1.

        Examples
        --------
        >>> round(FixedLimit.for_gaussian(run_length=1000).threshold, 2)
        3.09
        """
        from scipy.special import ndtri

        if not 1 < run_length < np.inf:
            raise ValueError(f"run_length must be above 1 and finite, got {run_length}")
        return cls(-float(ndtri(1.0 / run_length)))

    @classmethod
    def for_misses(cls, canaries: int, *, miss_rate: float, run_length: float) -> "FixedLimit":
        """Calibrate to the misses among a number of canaries, exactly (Barreno et al. 2006).

        Parameters
        ----------
        canaries
            Their number.
        miss_rate
            Probability with which each is missed when nobody attacks, in [0, 1].
        run_length
            Least mean number of rounds between false alarms, at least 1.

        Raises
        ------
        ValueError
            When an argument is out of its range.

        Examples
        --------
        >>> FixedLimit.for_misses(100, miss_rate=0.02, run_length=200)
        FixedLimit(threshold=6.0)
        """
        from armsrace.theory.canaries import tolerated_misses

        _check_run_length(run_length)
        return cls(float(tolerated_misses(canaries, miss_rate, 1.0 / run_length)))

    @classmethod
    def for_share(cls, chances: ArrayLike, *, run_length: float) -> "FixedLimit":
        """Calibrate to the share of marked rows, exactly, from the distribution of their number.

        Parameters
        ----------
        chances
            Probability that k = 0, 1, ..., n of n rows are marked in a round without an attack,
            shape (n + 1,); `armsrace.theory.detection.marked_rows` gives it.
        run_length
            Least mean number of rounds between false alarms, at least 1; the limit is the smallest
            share that keeps to it.

        Raises
        ------
        ValueError
            When an argument is out of its range.

        Examples
        --------
        >>> from armsrace.theory.detection import marked_rows
        >>> FixedLimit.for_share(marked_rows([80, 20], [[0.07, 0.9]]), run_length=100)
        FixedLimit(threshold=0.3)
        """
        chance = np.asarray(chances, dtype=np.float64)
        if chance.ndim != 1 or len(chance) < 2 or not (chance >= 0).all():
            raise ValueError("chances must hold the probability of each number of marked rows")
        if abs(chance.sum() - 1.0) > 1e-9:
            raise ValueError(f"chances must sum to 1, got {chance.sum():.9g}")
        _check_run_length(run_length)
        above = np.append(np.cumsum(chance[:0:-1])[::-1], 0.0)
        rare = above <= (1.0 + 1e-12) / run_length  # the sum of all may be 1 and a bit
        return cls(int(np.argmax(rare)) / (len(chance) - 1))

    def start(self) -> None:
        """Nothing to remember."""
        return None

    def update(self, state: None, value: float) -> tuple[None, bool]:
        """Compare with the threshold."""
        return None, bool(value > self.threshold)

    def at(self, threshold: float) -> Self:
        """The same rule with another threshold."""
        return replace(self, threshold=threshold)


def _check_run_length(run_length: float) -> None:
    if not 1 <= run_length < np.inf:
        raise ValueError(f"run_length must be at least 1 and finite, got {run_length}")
