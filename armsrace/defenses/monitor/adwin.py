"""ADWIN: an alarm when the newer part of a window no longer looks like the older one."""

from dataclasses import dataclass, replace
from typing import Self, final

import numpy as np

from armsrace.defenses.monitor.watch import Chart


@final
@dataclass(frozen=True)
class Adwin(Chart):
    """The longest window of recent numbers whose parts have like means (Bifet and Gavalda 2007).

    Wherever the window can be split so that the two means differ by `armsrace.theory.adwin.cut`
    or more, the older part is dropped, and that is an alarm. It needs to know no mean, and it
    notices a move either way; it is slow: two means of 10 numbers in [0, 1] have to differ by
    0.82. A round takes time of the order of the window.

    Attributes
    ----------
    threshold
        In units of the cut: 1 keeps ADWIN's guarantees, less is a chart that is calibrated.
    significance
        Probability of a cut without a change, as the guarantee has it; in (0, 1).
    low, high
        Range that the numbers are scaled from to [0, 1]; what lies outside counts as its end.

    Raises
    ------
    ValueError
        When the threshold is not positive, the significance is not in (0, 1), or the range is
        empty.
    """

    threshold: float = 1.0
    significance: float = 0.1
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.threshold < np.inf:
            raise ValueError(f"threshold must be positive and finite, got {self.threshold}")
        if not 0 < self.significance < 1:
            raise ValueError(f"significance must be in (0, 1), got {self.significance}")
        if not -np.inf < self.low < self.high < np.inf:
            raise ValueError(f"low must be below high, both finite, got {self.low}, {self.high}")

    def start(self) -> tuple[float, ...]:
        """The empty window."""
        return ()

    def update(self, state: tuple[float, ...], value: float) -> tuple[tuple[float, ...], bool]:
        """Lengthen the window, and drop what no longer looks like the rest."""
        scaled = (value - self.low) / (self.high - self.low)
        window, changed = (*state, min(max(scaled, 0.0), 1.0)), False
        while older := self._different(window):
            window, changed = window[older:], True
        return window, changed

    def at(self, threshold: float) -> Self:
        """The same rule with another threshold."""
        return replace(self, threshold=threshold)

    def _different(self, window: tuple[float, ...]) -> int:
        """Length of the longest older part whose mean differs from that of the rest; 0 if none."""
        from armsrace.theory.adwin import cut

        size = len(window)
        if size < 2:
            return 0
        sums = np.cumsum(window)
        older = np.arange(1, size)
        newer = size - older
        gaps = np.abs(sums[:-1] / older - (sums[-1] - sums[:-1]) / newer)
        cuts = np.flatnonzero(gaps >= self.threshold * cut(older, newer, self.significance))
        return int(cuts[-1]) + 1 if len(cuts) else 0
