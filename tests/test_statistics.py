"""Intervals hold what their level promises."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from armsrace.statistics import (
    Interval,
    mean_interval,
    paired_difference,
    paired_ratio,
    simultaneous_band,
    wilson_interval,
)

Draw = Callable[[np.random.Generator, int], np.ndarray]


def coverage(make: Callable[[np.ndarray], Interval], draw: Draw, truth: float, cases: int) -> float:
    """Share of cases in which the interval encloses the truth at all its points together."""
    rng = np.random.default_rng(2024)
    hits = 0
    for _ in range(cases):
        interval = make(draw(rng, 24))
        hits += bool(np.all((interval.low <= truth) & (truth <= interval.high)))
    return hits / cases


def walk(rng: np.random.Generator, seeds: int) -> np.ndarray:
    """Normal curves whose neighboring points are correlated at 0.8."""
    steps = rng.normal(size=(seeds, 12))
    curve = np.empty_like(steps)
    curve[:, 0] = steps[:, 0]
    for t in range(1, 12):
        curve[:, t] = 0.8 * curve[:, t - 1] + 0.6 * steps[:, t]
    return curve


def rates(rng: np.random.Generator, seeds: int) -> np.ndarray:
    return rng.binomial(100, 0.1, size=(seeds, 12)) / 100


def waits(rng: np.random.Generator, seeds: int) -> np.ndarray:
    return rng.exponential(size=(seeds, 12))


@pytest.mark.parametrize(
    ("draw", "truth"), [(walk, 0.0), (rates, 0.1), (waits, 1.0)], ids=["walk", "rates", "waits"]
)
def test_band_encloses_the_whole_curve_where_pointwise_intervals_do_not(
    draw: Draw, truth: float
) -> None:
    rng = np.random.default_rng(7)

    def band(samples: np.ndarray) -> Interval:
        return simultaneous_band(samples, rng=rng, resamples=399)

    assert 0.93 <= coverage(band, draw, truth, 300) <= 0.995
    assert coverage(mean_interval, draw, truth, 300) < 0.8


def test_band_is_the_same_for_the_same_generator() -> None:
    samples = np.random.default_rng(0).normal(size=(10, 6))
    one, two = (simultaneous_band(samples, rng=np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(one.high, two.high)
    other = simultaneous_band(samples, rng=np.random.default_rng(2))
    assert not np.array_equal(one.high, other.high)


def test_band_follows_units() -> None:
    samples = np.random.default_rng(0).normal(size=(10, 6))
    scale, shift = np.array([1e-6, 1.0, 3.0, 1e6, 2.0, 0.5]), np.arange(6.0)
    one = simultaneous_band(samples, rng=np.random.default_rng(1))
    two = simultaneous_band(scale * samples + shift, rng=np.random.default_rng(1))
    np.testing.assert_allclose(two.half_width, scale * one.half_width, rtol=1e-6)


def test_band_has_no_width_where_all_seeds_agree() -> None:
    samples = np.random.default_rng(0).normal(size=(10, 6))
    samples[:, 2] = 0.1
    band = simultaneous_band(samples, rng=np.random.default_rng(1))
    assert band.half_width[2] == 0
    assert (np.delete(band.half_width, 2) > 0).all()
    assert np.isfinite(band.half_width).all()
    flat = simultaneous_band(np.full((10, 6), 0.1), rng=np.random.default_rng(1))
    np.testing.assert_allclose(flat.low, 0.1, atol=1e-15)
    np.testing.assert_allclose(flat.high, 0.1, atol=1e-15)


def test_band_stays_finite_when_one_seed_alone_differs() -> None:
    samples = np.zeros((12, 3))
    samples[4] = [0.0, 0.01, 0.5]
    assert np.isfinite(simultaneous_band(samples, rng=np.random.default_rng(1)).half_width).all()


@given(st.integers(2, 40), st.floats(0.5, 0.999), st.integers(0, 2**32 - 1))
def test_mean_interval_is_students(n: int, level: float, seed: int) -> None:
    samples = np.random.default_rng(seed).normal(size=n)
    interval = mean_interval(samples, level=level)
    low, high = stats.ttest_1samp(samples, 0.0).confidence_interval(level)
    assert float(interval.low) == pytest.approx(low, rel=1e-9)
    assert float(interval.high) == pytest.approx(high, rel=1e-9)


def test_mean_interval_of_one_draw_is_the_whole_line() -> None:
    interval = mean_interval([[1.0, 2.0]])
    assert interval.low.tolist() == [-np.inf, -np.inf]
    assert interval.high.tolist() == [np.inf, np.inf]


def test_mean_interval_covers_at_its_level() -> None:
    def first_point(samples: np.ndarray) -> Interval:
        return mean_interval(samples[:, 0], level=0.9)

    assert coverage(first_point, walk, 0.0, 3000) == pytest.approx(0.9, abs=0.02)


@given(st.integers(1, 500), st.data(), st.floats(0.5, 0.999))
def test_wilson_interval_is_scipys(n: int, data: st.DataObject, level: float) -> None:
    k = data.draw(st.integers(0, n))
    interval = wilson_interval(k, n, level=level)
    expected = stats.binomtest(k, n).proportion_ci(level, method="wilson")
    np.testing.assert_allclose(interval.low, expected.low, atol=1e-12)
    np.testing.assert_allclose(interval.high, expected.high, atol=1e-12)
    assert 0 <= interval.low <= interval.estimate <= interval.high <= 1


def test_wilson_interval_of_many_counts_at_once() -> None:
    interval = wilson_interval([0, 5, 10], 10)
    assert interval.estimate.tolist() == [0.0, 0.5, 1.0]
    assert interval.low[0] == 0.0
    assert interval.high[2] == 1.0


def test_pairing_takes_out_what_both_share() -> None:
    rng = np.random.default_rng(3)
    shared = 10 * rng.normal(size=40)
    first, second = shared + rng.normal(size=40), shared + rng.normal(size=40) - 3
    difference = paired_difference(first, second)
    assert difference.low < 3 < difference.high
    assert difference.half_width < 0.2 * mean_interval(first).half_width


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_interval([]), "at least one draw"),
        (lambda: mean_interval(3.0), "at least one draw"),
        (lambda: mean_interval([1.0, np.nan]), "samples must be finite"),
        (lambda: mean_interval([1.0, 2.0], level=1.0), r"level must be in \(0, 1\), got 1"),
        (lambda: paired_difference([1.0, 2.0], [1.0]), "same shape"),
        (lambda: wilson_interval(1, 0), "trials must be at least 1, got 0"),
        (lambda: wilson_interval(3, 2), r"successes must be in \[0, trials\]"),
        (lambda: wilson_interval(-1, 2), r"successes must be in \[0, trials\]"),
        (
            lambda: simultaneous_band(np.ones((4, 3)), rng=np.random.default_rng(0)),
            "at least 5 seeds for a band, got 4",
        ),
        (
            lambda: simultaneous_band(np.ones(9), rng=np.random.default_rng(0)),
            r"shape \(seeds, points\)",
        ),
        (
            lambda: simultaneous_band(np.ones((9, 0)), rng=np.random.default_rng(0)),
            r"shape \(seeds, points\)",
        ),
        (
            lambda: simultaneous_band(np.ones((9, 2)), rng=np.random.default_rng(0), resamples=19),
            "resamples must be at least 20 at level 0.95, got 19",
        ),
    ],
)
def test_bad_input_is_told(call: Callable[[], Interval], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_ratio_is_rejected_where_the_t_interval_rejects_it() -> None:
    """Fieller's set from its definition: its ends are where 0 is on the edge of the t interval."""
    rng = np.random.default_rng(3)
    for level in (0.9, 0.999):
        second = rng.normal(10.0, 2.0, size=12)
        first = 0.4 * second + rng.normal(size=12)
        ratio = paired_ratio(first, second, level=level)
        assert ratio.low < ratio.estimate == pytest.approx(first.mean() / second.mean())
        at_low, at_high = (
            paired_difference(first, end * second, level=level) for end in (ratio.low, ratio.high)
        )
        assert at_low.low == pytest.approx(0, abs=1e-9)
        assert at_high.high == pytest.approx(0, abs=1e-9)


@given(st.integers(0, 10_000))
def test_sign_of_a_ratio_is_that_of_the_mean(seed: int) -> None:
    rng = np.random.default_rng(seed)
    second = rng.normal(5.0, 1.0, size=8)
    first = rng.normal(rng.normal(), 1.0, size=8)
    ratio, mean = paired_ratio(first, second), mean_interval(first)
    assert bool(ratio.low > 0) == bool(mean.low > 0)
    assert bool(ratio.high < 0) == bool(mean.high < 0)


def test_ratio_covers_the_truth() -> None:
    def draws(rng: np.random.Generator, seeds: int) -> np.ndarray:
        second = rng.normal(4.0, 2.0, size=seeds)
        return np.stack([second + rng.normal(size=seeds), second])

    found = coverage(lambda pair: paired_ratio(*pair, level=0.9), draws, 1.0, 2000)
    assert abs(found - 0.9) < 0.02


def test_ratio_to_what_may_be_nothing_is_not_told() -> None:
    for first, second in (([1.0], [1.0]), ([1.0, 2.0], [-1.0, 1.0]), ([0.0, 0.0], [0.0, 0.0])):
        ratio = paired_ratio(first, second)
        assert (float(ratio.low), float(ratio.high)) == (-np.inf, np.inf)
    same = paired_ratio([2.0, 2.0], [4.0, 4.0])
    assert (float(same.low), float(same.high)) == (0.5, 0.5)
    with pytest.raises(ValueError, match=r"must have the same shape \(n,\), got \(1,\) and \(2,\)"):
        paired_ratio([1.0], [1.0, 2.0])
