r"""CUSUM: evidence that adds up.

For numbers x and an *allowance* k, which every round may spend, the chart keeps

.. math:: S = \max(0, S + x - k), \qquad S = 0 \text{ to begin with},

and raises an alarm at :math:`S \ge h`. For standardized Gaussian numbers whose mean moves from 0
to d, k = d / 2 makes this the likelihood-ratio chart of `armsrace.theory.detection`, divided by d:
of all charts with the same run length it has the shortest worst-case delay.
"""

from dataclasses import dataclass, replace
from typing import Self, final

import numpy as np
from numpy.typing import NDArray

from armsrace.defenses.monitor.watch import Chart


@final
@dataclass(frozen=True)
class Cusum(Chart):
    """One-sided CUSUM: for numbers that an attack raises.

    Attributes
    ----------
    allowance
        k, in the unit of the numbers; at least 0.
    threshold
        h, in the unit of the numbers; positive.

    Raises
    ------
    ValueError
        When the allowance is negative or the threshold is not positive.
    """

    allowance: float
    threshold: float

    def __post_init__(self) -> None:
        _check(self.allowance, self.threshold)

    @classmethod
    def for_shift(cls, shift: float, *, run_length: float) -> "Cusum":
        """Calibrate to independent standard Gaussian numbers (see `Standardized`), exactly.

        Parameters
        ----------
        shift
            The shift d of the mean that is to be noticed soonest, in standard deviations; positive.
        run_length
            Mean number of rounds between false alarms.

        Raises
        ------
        ValueError
            When an argument is out of the range of
            `armsrace.theory.detection.gaussian_cusum_threshold`.

        Examples
        --------
        >>> chart = Cusum.for_shift(1.0, run_length=335.4)
        >>> chart.allowance, round(chart.threshold, 2)
        (0.5, 4.0)
        """
        from armsrace.theory.detection import gaussian_cusum_threshold

        return cls(shift / 2.0, gaussian_cusum_threshold(shift, run_length) / shift)

    @classmethod
    def for_misses(
        cls, canaries: int, *, miss_rate: float, attacked_rate: float, run_length: float
    ) -> "Cusum":
        r"""Calibrate to the misses among a number of canaries, exactly.

        The allowance is that of the likelihood ratio between the two rates f and g,
        :math:`n \ln\frac{1-f}{1-g} / \ln\frac{g(1-f)}{f(1-g)}`, rounded to a whole number above
        the mean n f; so the sum stays on whole numbers, and its run length is exact.

        Parameters
        ----------
        canaries
            Their number n.
        miss_rate
            Probability f with which each is missed when nobody attacks, in (0, 1).
        attacked_rate
            The probability g that is to be noticed soonest, in (miss_rate, 1).
        run_length
            Least mean number of rounds between false alarms, at least 1 and at most 1e9; the
            threshold is the smallest whole number that keeps to it.

        Raises
        ------
        ValueError
            When an argument is out of its range, or the canaries are too few to tell the rates
            apart.

        Examples
        --------
        >>> chart = Cusum.for_misses(100, miss_rate=0.02, attacked_rate=0.1, run_length=1000)
        >>> chart, round(chart.misses_run_length(100, 0.02))
        (Cusum(allowance=5, threshold=4), 4457)
        >>> round(chart.misses_run_length(100, 0.1), 2)
        1.38
        """
        if not 0 < miss_rate < attacked_rate < 1:
            raise ValueError(
                "miss_rate and attacked_rate must satisfy 0 < miss_rate < attacked_rate < 1, "
                f"got {miss_rate} and {attacked_rate}"
            )
        if not 1 <= run_length <= 1e9:
            raise ValueError(f"run_length must be in [1, 1e9], got {run_length}")
        honest = np.log1p(-miss_rate) - np.log1p(-attacked_rate)
        missed = np.log(attacked_rate) - np.log(miss_rate)
        nearest = round(canaries * honest / (honest + missed))
        allowance = max(nearest, int(canaries * miss_rate) + 1)
        # More than all canaries cannot be missed.
        if allowance >= canaries:
            raise ValueError(
                f"canaries must be more than {allowance} to tell a miss rate of {miss_rate} from "
                f"{attacked_rate}, got {canaries}"
            )
        threshold = 1
        while cls(allowance, threshold).misses_run_length(canaries, miss_rate) < run_length:
            threshold += 1
        return cls(allowance, threshold)

    def gaussian_run_length(self, mean: float = 0.0) -> float:
        """Mean run length on independent Gaussian numbers of deviation 1; needs an allowance.

        Parameters
        ----------
        mean
            Their mean: 0 for the time between false alarms, a shift for the delay.

        Raises
        ------
        ValueError
            When the allowance is 0, or the run is longer than 1e12 rounds.

        Examples
        --------
        >>> chart = Cusum(allowance=0.5, threshold=4.0)
        >>> round(chart.gaussian_run_length(), 1), round(chart.gaussian_run_length(mean=1.0), 3)
        (335.4, 8.383)
        """
        from armsrace.theory.detection import gaussian_cusum_run_length

        shift = 2.0 * self.allowance
        return gaussian_cusum_run_length(shift, shift * self.threshold, mean)

    def misses_run_length(self, canaries: int, miss_rate: float) -> float:
        """Mean run length on the misses among canaries, each missed independently.

        The sum is a Markov chain on 0, 1, ..., h - 1; takes time of order threshold^3. A run
        of more than 1e12 rounds counts as infinite.

        Parameters
        ----------
        canaries
            Their number, at least 1.
        miss_rate
            Probability with which each is missed, in [0, 1].

        Raises
        ------
        ValueError
            When allowance or threshold is not a whole number, or an argument is out of its range.
        """
        from scipy.special import bdtr

        from armsrace.theory.detection import cusum_run_length

        if self.allowance % 1 or self.threshold % 1:
            raise ValueError(
                "allowance and threshold must be whole numbers to count misses, "
                f"got {self.allowance} and {self.threshold}"
            )
        if canaries < 1:
            raise ValueError(f"canaries must be at least 1, got {canaries}")
        if not 0 <= miss_rate <= 1:
            raise ValueError(f"miss_rate must be in [0, 1], got {miss_rate}")

        def below(increments: NDArray[np.float64]) -> NDArray[np.float64]:
            misses = np.floor(increments + self.allowance)
            chance = bdtr(np.clip(misses, 0, canaries), canaries, miss_rate)
            return np.where(misses < 0, 0.0, chance)

        if self.threshold == 1:
            # The chain has the one state 0, and an alarm is more misses than the allowance.
            rate = 1.0 - float(below(np.zeros(1))[0])
            return np.inf if rate == 0.0 else 1.0 / rate
        try:
            # Cells of width 1 that are centered on the whole numbers end half a cell below h.
            return cusum_run_length(below, self.threshold - 0.5, cells=int(self.threshold))
        except ValueError:  # refused for its length, the arguments being in range
            return np.inf

    def start(self) -> float:
        """The sum 0."""
        return 0.0

    def update(self, state: float, value: float) -> tuple[float, bool]:
        """Add to the sum; start anew at an alarm."""
        total = max(0.0, state + value - self.allowance)
        return (0.0, True) if total >= self.threshold else (total, False)

    def at(self, threshold: float) -> Self:
        """The same rule with another threshold."""
        return replace(self, threshold=threshold)


@final
@dataclass(frozen=True)
class TwoSidedCusum(Chart):
    """Two CUSUMs, one on the numbers and one on their negatives: for a move either way.

    An alarm of either starts both anew.

    Attributes
    ----------
    allowance
        k of both, in the unit of the numbers; at least 0.
    threshold
        h of both, in the unit of the numbers; positive.

    Raises
    ------
    ValueError
        When the allowance is negative or the threshold is not positive.
    """

    allowance: float
    threshold: float

    def __post_init__(self) -> None:
        _check(self.allowance, self.threshold)

    @classmethod
    def for_shift(cls, shift: float, *, run_length: float) -> "TwoSidedCusum":
        r"""Calibrate to independent standard Gaussian numbers (see `Standardized`), exactly.

        When one sum reaches the threshold the other is 0, so each side runs as if it were alone
        and :math:`1 / L = 1 / L_+ + 1 / L_-`: each side has twice the run length.

        Parameters
        ----------
        shift
            The shift d of the mean, up or down, that is to be noticed soonest, in standard
            deviations; positive.
        run_length
            Mean number of rounds between false alarms.

        Raises
        ------
        ValueError
            When an argument is out of the range of
            `armsrace.theory.detection.gaussian_cusum_threshold`.
        """
        side = Cusum.for_shift(shift, run_length=2.0 * run_length)
        return cls(side.allowance, side.threshold)

    def start(self) -> tuple[float, float]:
        """Both sums 0."""
        return (0.0, 0.0)

    def update(self, state: tuple[float, float], value: float) -> tuple[tuple[float, float], bool]:
        """Add to both sums; start anew at an alarm."""
        up = max(0.0, state[0] + value - self.allowance)
        down = max(0.0, state[1] - value - self.allowance)
        return (self.start(), True) if max(up, down) >= self.threshold else ((up, down), False)

    def at(self, threshold: float) -> Self:
        """The same rule with another threshold."""
        return replace(self, threshold=threshold)


def _check(allowance: float, threshold: float) -> None:
    if not 0 <= allowance < np.inf:
        raise ValueError(f"allowance must be at least 0 and finite, got {allowance}")
    if not 0 < threshold < np.inf:
        raise ValueError(f"threshold must be positive and finite, got {threshold}")
