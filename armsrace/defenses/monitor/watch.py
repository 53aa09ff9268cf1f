"""Watching a learner: what is watched, apart from how.

A *statistic* is one number a round, from what the learner itself has observed: the share of
traffic that it blocks, its misses on a canary set, the queries it was asked. A *chart* is a rule
that raises an alarm by the sequence of such numbers: a fixed limit, CUSUM, Page-Hinkley, ADWIN.
A `Watch` puts a chart on a statistic; a chart starts anew after its alarm.

The *run length* of a chart is the number of rounds to its alarm. Without an attack its mean says
how far false alarms are apart, and is what a chart is calibrated to: exactly where the
distribution of the statistic is known (`Cusum.for_shift`, `Cusum.for_misses`), else from clean
plays (`armsrace.assess.calibrate`). A chart is worth what it sees sooner than a `RandomAlarm` of
the same run length.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from armsrace.defenses.defense import Monitor
from armsrace.defenses.memory import Alarms, Observed


class Statistic(ABC):
    """One number a round, from what the learner has observed; larger is more suspicious."""

    @abstractmethod
    def of(self, seen: Observed) -> float | None:
        """The number of this round, or None when the round has nothing to tell."""


class Chart(ABC):
    """A rule that raises an alarm by the sequence of numbers so far.

    A concrete chart is a frozen dataclass; its state is a value.

    Attributes
    ----------
    threshold
        The higher, the rarer the alarms.
    """

    threshold: float

    @abstractmethod
    def start(self) -> Any:
        """The state before the first number, and after an alarm."""

    @abstractmethod
    def update(self, state: Any, value: float) -> tuple[Any, bool]:
        """The state after one more number, and whether it raises an alarm."""

    @abstractmethod
    def at(self, threshold: float) -> Self:
        """The same rule with another threshold."""


@final
@dataclass(frozen=True)
class Reading:
    """What a watch notes of a round.

    Attributes
    ----------
    value
        The statistic, or None when the round had nothing to tell.
    state
        The chart's state after it.
    """

    value: float | None
    state: Any


@final
@dataclass(frozen=True)
class Watch(Monitor):
    """A chart on a statistic; it notes a `Reading` each round.

    Attributes
    ----------
    statistic
        What is watched.
    chart
        How it is watched.
    """

    statistic: Statistic
    chart: Chart

    def monitor(self, alarms: Alarms, seen: Observed, rng: np.random.Generator) -> Alarms:
        """Go on with the chart, and raise an alarm when it does."""
        state = alarms.notes[self].state if self in alarms.notes else self.chart.start()
        value, raised = self.statistic.of(seen), False
        if value is not None:
            state, raised = self.chart.update(state, value)
        return alarms.noting(self, Reading(value, state), raised)


@final
@dataclass(frozen=True)
class Standardized(Statistic):
    """Another statistic less its mean, in units of its spread, both of rounds without an attack.

    Attributes
    ----------
    statistic
        The other one.
    mean, spread
        Its mean and its standard deviation when nobody attacks; the spread is positive.

    Raises
    ------
    ValueError
        When the mean is not finite, or the spread is not positive and finite.
    """

    statistic: Statistic
    mean: float
    spread: float

    def __post_init__(self) -> None:
        if not np.isfinite(self.mean):
            raise ValueError(f"mean must be finite, got {self.mean}")
        if not 0 < self.spread < np.inf:
            raise ValueError(f"spread must be positive and finite, got {self.spread}")

    def of(self, seen: Observed) -> float | None:
        """How many spreads above its mean the other statistic is."""
        value = self.statistic.of(seen)
        return None if value is None else (value - self.mean) / self.spread


@final
@dataclass(frozen=True)
class RandomAlarm(Monitor):
    """Raise alarms at random, whatever happens: what every detector has to be better than.

    Attributes
    ----------
    rate
        Probability of an alarm in a round, in [0, 1]; the mean run length is 1 / rate.

    Raises
    ------
    ValueError
        When the rate is outside [0, 1].
    """

    rate: float

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"rate must be in [0, 1], got {self.rate}")

    def monitor(self, alarms: Alarms, seen: Observed, rng: np.random.Generator) -> Alarms:
        """Toss for it; there is nothing to note."""
        return alarms.noting(self, None, bool(rng.random() < self.rate))


def alarm_rounds(chart: Chart, values: Iterable[float]) -> list[int]:
    """Which numbers of a sequence raise an alarm, counted from 0.

    Parameters
    ----------
    chart
        The rule; it starts anew after each alarm.
    values
        The numbers; a NaN stands for a round that has nothing to tell.

    Examples
    --------
    >>> from armsrace.defenses import Cusum
    >>> alarm_rounds(Cusum(allowance=0.5, threshold=2.0), [0.0, 2.0, 1.0, 0.0, 3.0])
    [2, 4]
    """
    state, raised_in = chart.start(), []
    for clock, value in enumerate(values):
        if not np.isnan(value):
            state, raised = chart.update(state, value)
            if raised:
                raised_in.append(clock)
    return raised_in
