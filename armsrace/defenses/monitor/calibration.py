"""Setting a watch by what it shows when nobody attacks."""

from dataclasses import replace
from math import inf

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.defenses.monitor.watch import Chart, Standardized, Watch, alarm_rounds

_ENOUGH = 5  # false alarms that are expected in the plays which set the threshold


def calibrated(watch: Watch, values: ArrayLike, *, run_length: float) -> Watch:
    """Standardize a watch's statistic, and set its threshold to a mean run length.

    The threshold is the smallest, to a part in 10,000, at which the chart raises no more than one
    alarm in `run_length` rounds of the clean plays, started anew in each play. What it is on other
    plays is to be seen on other plays; the run length on these is a little too good.

    Parameters
    ----------
    watch
        What to calibrate; its chart's threshold does not matter.
    values
        The statistic in plays without an attack, shape (plays, rounds); NaN where a round had
        nothing to tell.
    run_length
        Mean number of rounds between false alarms, above 1; the plays must have five times as
        many rounds.

    Raises
    ------
    ValueError
        When the run length is out of range, the plays are too few, the statistic has no spread,
        or even a threshold of zero raises alarms more rarely.

    Examples
    --------
    >>> from armsrace.defenses import BlockedShare, FixedLimit
    >>> values = np.random.default_rng(0).normal(0.2, 0.01, size=(500, 20))
    >>> watch = calibrated(Watch(BlockedShare(), FixedLimit(0.0)), values, run_length=100)
    >>> round(watch.chart.threshold, 1)
    2.3
    """
    plays = np.asarray(values, dtype=np.float64)
    if plays.ndim != 2:
        raise ValueError(f"values must have shape (plays, rounds), got {plays.shape}")
    rounds = int(np.isfinite(plays).sum())
    check_run_length(run_length, rounds)
    mean, spread = float(np.nanmean(plays)), float(np.nanstd(plays))
    if not spread > 0:
        raise ValueError(
            f"{watch.statistic!r} must vary from round to round to be calibrated, it was {mean:g} "
            "in all; use a FixedLimit there"
        )
    chart = _at_most(rounds / run_length, watch.chart, (plays - mean) / spread)
    return replace(watch, statistic=Standardized(watch.statistic, mean, spread), chart=chart)


def check_run_length(run_length: float, rounds: int) -> None:
    """Refuse a run length that so many rounds without an attack cannot set.

    Raises
    ------
    ValueError
        When it is not above 1 and finite, or there are less than five times as many rounds.
    """
    if not 1 < run_length < inf:
        raise ValueError(f"run_length must be above 1 and finite, got {run_length}")
    if rounds < _ENOUGH * run_length:
        raise ValueError(
            f"values must be of at least {_ENOUGH} x run_length = {_ENOUGH * run_length:g} rounds, "
            f"got {rounds}; play more, or ask for a shorter run"
        )


def alarms_in(chart: Chart, plays: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many alarms a chart raises in each play, shape (plays,), started anew in each."""
    return np.array([len(alarm_rounds(chart, play)) for play in plays], dtype=np.int64)


def _at_most(alarms: float, chart: Chart, plays: NDArray[np.float64]) -> Chart:
    """The chart at the smallest threshold that raises no more alarms than that."""
    low, high = 1e-9, 1.0
    shortest = alarms_in(chart.at(low), plays).sum()
    if shortest <= alarms:
        raise ValueError(
            f"run_length must exceed {np.isfinite(plays).sum() / max(shortest, 1):.3g}, which "
            f"{type(chart).__name__} has without any threshold"
        )
    while alarms_in(chart.at(high), plays).sum() > alarms:
        low, high = high, 2.0 * high
    while high - low > 1e-4 * high:
        middle = (low + high) / 2.0
        if alarms_in(chart.at(middle), plays).sum() > alarms:
            low = middle
        else:
            high = middle
    return chart.at(high)
