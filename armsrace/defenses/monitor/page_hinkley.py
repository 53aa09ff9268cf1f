r"""Page-Hinkley: how far the cumulative sum has risen above its lowest point.

.. math:: m_T = \sum_{t \le T} (x_t - \bar x_t - \delta), \qquad
          \text{alarm at } m_T - \min_{0 \le t \le T} m_t \ge \lambda,

with :math:`m_0 = 0` and :math:`\bar x_t` the mean of the first t numbers. With a mean
:math:`\mu` that is known instead, this is `Cusum` with the allowance :math:`\mu + \delta`.
"""

from dataclasses import dataclass, replace
from typing import Self, final

import numpy as np

from armsrace.defenses.monitor.cusum import Cusum
from armsrace.defenses.monitor.watch import Chart

_State = tuple[int, float, float, float]


@final
@dataclass(frozen=True)
class PageHinkley(Chart):
    """An alarm when the numbers have come to lie above their own mean.

    Attributes
    ----------
    tolerance
        delta, in the unit of the numbers; at least 0.
    threshold
        lambda, in the unit of the numbers; positive.
    mean
        The mean without an attack when it is known; None to take that of the numbers so far, which
        a slow attack takes along.

    Raises
    ------
    ValueError
        When the tolerance is negative, the threshold is not positive, or the mean is not finite.

    References
    ----------
    Page, E. S. (1954). Continuous inspection schemes. Biometrika 41.
    Hinkley, D. V. (1971). Inference about the change-point from cumulative sum tests. Biometrika
    58.
    """

    tolerance: float
    threshold: float
    mean: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.tolerance < np.inf:
            raise ValueError(f"tolerance must be at least 0 and finite, got {self.tolerance}")
        if not 0 < self.threshold < np.inf:
            raise ValueError(f"threshold must be positive and finite, got {self.threshold}")
        if self.mean is not None and not np.isfinite(self.mean):
            raise ValueError(f"mean must be finite or None, got {self.mean}")

    @classmethod
    def for_shift(cls, shift: float, *, run_length: float) -> "PageHinkley":
        """Calibrate to independent standard Gaussian numbers (see `Standardized`), exactly.

        The mean is known then, and the chart is `Cusum.for_shift`.

        Parameters
        ----------
        shift
            The shift of the mean that is to be noticed soonest, in standard deviations; positive.
        run_length
            Mean number of rounds between false alarms.

        Raises
        ------
        ValueError
            When an argument is out of the range of
            `armsrace.theory.detection.gaussian_cusum_threshold`.
        """
        chart = Cusum.for_shift(shift, run_length=run_length)
        return cls(chart.allowance, chart.threshold, mean=0.0)

    def start(self) -> _State:
        """No number yet: their count and sum, m, and its lowest point."""
        return (0, 0.0, 0.0, 0.0)

    def update(self, state: _State, value: float) -> tuple[_State, bool]:
        """Add to the sums; start anew at an alarm."""
        count, total, cumulated, lowest = state
        count, total = count + 1, total + value
        mean = total / count if self.mean is None else self.mean
        cumulated += value - mean - self.tolerance
        lowest = min(lowest, cumulated)
        if cumulated - lowest >= self.threshold:
            return self.start(), True
        return (count, total, cumulated, lowest), False

    def at(self, threshold: float) -> Self:
        """The same rule with another threshold."""
        return replace(self, threshold=threshold)
