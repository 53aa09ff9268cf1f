"""Setting a watch by values without an attack: to theory where there is one, to new values else."""

import numpy as np
import pytest
from numpy.typing import NDArray

from armsrace.defenses import (
    Adwin,
    BlockedShare,
    Chart,
    Cusum,
    FixedLimit,
    PageHinkley,
    Standardized,
    TwoSidedCusum,
    Watch,
    alarms_in,
    calibrated,
)


def clean(seed: int, plays: int, rounds: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0.2, 0.01, size=(plays, rounds))


@pytest.mark.parametrize(
    "chart",
    [
        FixedLimit.for_gaussian(run_length=40),
        Cusum.for_shift(1.0, run_length=40),
        TwoSidedCusum.for_shift(1.0, run_length=40),
        PageHinkley.for_shift(1.0, run_length=40),
    ],
)
def test_gaussian_values_give_the_exact_threshold(chart: Chart) -> None:
    """From 200 false alarms.

    The logarithm of the run length has a standard deviation of 0.07 then; it rises about as fast as
    the threshold, which is 1.96 at the least: 3 deviations of it are 11 %.
    """
    watch = calibrated(Watch(BlockedShare(), chart.at(1.0)), clean(0, 8, 1000), run_length=40)
    assert isinstance(watch.statistic, Standardized)
    assert watch.statistic.mean == pytest.approx(0.2, abs=5 * 0.01 / np.sqrt(8000))
    assert watch.statistic.spread == pytest.approx(0.01, rel=5 / np.sqrt(16_000))
    threshold = watch.chart.threshold
    assert threshold == pytest.approx(chart.threshold, rel=0.11)


@pytest.mark.parametrize(
    ("chart", "plays", "rounds"),
    [
        (FixedLimit(1.0), 100, 50),
        (Cusum(0.25, 1.0), 100, 50),
        (TwoSidedCusum(0.5, 1.0), 100, 50),
        (PageHinkley(0.25, 1.0), 100, 50),
        (Adwin(low=-3.0, high=3.0), 25, 20),
    ],
)
def test_the_run_length_is_kept_with_the_smallest_threshold(
    chart: Chart, plays: int, rounds: int
) -> None:
    values, run_length = clean(1, plays, rounds), 25
    watch = calibrated(Watch(BlockedShare(), chart), values, run_length=run_length)
    assert isinstance(watch.statistic, Standardized)
    standard = (values - watch.statistic.mean) / watch.statistic.spread
    alarms = alarms_in(watch.chart, standard).sum()
    assert alarms <= plays * rounds / run_length
    lower = watch.chart.at(watch.chart.threshold * (1 - 2e-4))
    assert alarms_in(lower, standard).sum() > plays * rounds / run_length
    # On other values, as many alarms to 5 standard deviations of both counts.
    others = (clean(2, plays, rounds) - watch.statistic.mean) / watch.statistic.spread
    expected = plays * rounds / run_length
    assert abs(alarms_in(watch.chart, others).sum() - expected) <= 5 * np.sqrt(2 * expected)


def test_rounds_with_nothing_to_tell_do_not_count() -> None:
    values = clean(3, 20, 60)
    gaps = np.full((20, 120), np.nan)
    gaps[:, ::2] = values
    watch = Watch(BlockedShare(), Cusum(0.5, 1.0))
    with_gaps, without = (calibrated(watch, each, run_length=50) for each in (gaps, values))
    assert with_gaps.chart.threshold == pytest.approx(without.chart.threshold)
    one, other = with_gaps.statistic, without.statistic
    assert isinstance(one, Standardized)
    assert isinstance(other, Standardized)
    assert (one.mean, one.spread) == pytest.approx((other.mean, other.spread))


@pytest.mark.parametrize(
    ("values", "run_length", "message"),
    [
        (np.zeros(10), 2.0, r"values must have shape \(plays, rounds\), got \(10,\)"),
        (clean(0, 4, 10), 1.0, "run_length must be above 1 and finite, got 1.0"),
        (clean(0, 4, 10), 10.0, "at least 5 x run_length = 50 rounds, got 40; play more"),
        (
            np.full((4, 10), 0.25),
            5.0,
            "must vary from round to round to be calibrated, it was 0.25",
        ),
        (clean(0, 4, 10), 1.2, "run_length must exceed .*, which Cusum has without any threshold"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(
    values: NDArray[np.float64], run_length: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        calibrated(Watch(BlockedShare(), Cusum(0.5, 1.0)), values, run_length=run_length)
