"""Charts: run lengths against exact chains and simulation, and the identities between them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binom

from armsrace.defenses import Adwin, Chart, Cusum, FixedLimit, PageHinkley, TwoSidedCusum
from armsrace.defenses.monitor.watch import alarm_rounds
from armsrace.statistics import mean_interval
from armsrace.theory.adwin import cut, guaranteed_window
from armsrace.theory.canaries import alarm_probability
from armsrace.theory.detection import gaussian_cusum_threshold, marked_rows

RNG = np.random.default_rng

# (shift d, threshold h in units of the likelihood ratio, run length, delay), by a chain of 1,600
# states, as in tests/test_theory_detection.py.
RUN_LENGTHS = [
    (1.0, 4.0, 335.4, 8.383),
    (1.0, 5.0, 930.9, 10.376),
    (0.5, 3.0, 250.8, 20.904),
    (2.0, 5.0, 716.0, 3.247),
]


def run_lengths(chart: Chart, values: NDArray[Any]) -> NDArray[np.int64]:
    """Numbers from one alarm to the next."""
    return np.diff(alarm_rounds(chart, values), prepend=-1)


def encloses(lengths: NDArray[np.int64], expected: float) -> bool:
    interval = mean_interval(lengths, level=0.999)
    return bool(interval.low <= expected <= interval.high)


@pytest.mark.parametrize(("shift", "threshold", "false_alarms", "delay"), RUN_LENGTHS)
def test_cusum_has_the_run_lengths_of_the_exact_chain(
    shift: float, threshold: float, false_alarms: float, delay: float
) -> None:
    chart = Cusum(allowance=shift / 2, threshold=threshold / shift)
    assert chart.gaussian_run_length() == pytest.approx(false_alarms, abs=0.05)
    assert chart.gaussian_run_length(mean=shift) == pytest.approx(delay, abs=5e-4)


@pytest.mark.parametrize("mean", [0.0, 1.0])
def test_cusum_is_the_chart_of_the_chain(mean: float) -> None:
    chart = Cusum(allowance=0.5, threshold=4.0)
    values = RNG(0).normal(mean, size=400_000 if mean == 0 else 20_000)
    assert encloses(run_lengths(chart, values), chart.gaussian_run_length(mean))


@pytest.mark.parametrize("shift", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("run_length", [50.0, 1000.0])
def test_calibration_keeps_to_the_run_length(shift: float, run_length: float) -> None:
    chart = Cusum.for_shift(shift, run_length=run_length)
    assert chart.gaussian_run_length() == pytest.approx(run_length, rel=1e-8)
    assert chart.threshold * shift == gaussian_cusum_threshold(shift, run_length)


@pytest.mark.parametrize(
    "chart",
    [
        FixedLimit.for_gaussian(run_length=50),
        Cusum.for_shift(1.0, run_length=50),
        TwoSidedCusum.for_shift(1.0, run_length=50),
        PageHinkley.for_shift(1.0, run_length=50),
    ],
)
def test_every_calibrated_chart_has_its_run_length_in_simulation(chart: Chart) -> None:
    lengths = run_lengths(chart, RNG(1).normal(size=200_000))
    assert encloses(lengths, 50.0)
    # An attack shows sooner; a chart that fires at random is as late as ever.
    delays = run_lengths(chart, RNG(2).normal(1.0, size=20_000))
    assert mean_interval(delays, level=0.999).high < 50.0 / 2
    at_random = np.flatnonzero(RNG(3).random(200_000) < 1 / 50)
    assert encloses(np.diff(at_random, prepend=-1), 50.0)


def test_cusum_is_sooner_than_the_fixed_limit_of_its_run_length() -> None:
    values = RNG(4).normal(1.0, size=40_000)
    cusum, limit = Cusum.for_shift(1.0, run_length=300), FixedLimit.for_gaussian(run_length=300)
    late = mean_interval(run_lengths(limit, values), level=0.999).low
    assert mean_interval(run_lengths(cusum, values), level=0.999).high < late


def test_a_two_sided_chart_sees_either_side_as_late_as_its_one_side() -> None:
    chart = TwoSidedCusum.for_shift(1.0, run_length=100)
    side = Cusum(chart.allowance, chart.threshold)
    assert side.gaussian_run_length() == pytest.approx(200.0)
    values = RNG(5).normal(1.0, size=5000)
    up, down = alarm_rounds(chart, values), alarm_rounds(chart, -values)
    assert up == down == alarm_rounds(side, values)


EIGHTHS = st.integers(-40, 40).map(lambda number: number / 8)


@given(
    st.lists(EIGHTHS, max_size=60), st.integers(0, 8), st.integers(1, 40), EIGHTHS
)  # all sums are exact
@settings(max_examples=300)
def test_page_hinkley_with_a_known_mean_is_cusum(
    values: list[float], tolerance: int, threshold: int, mean: float
) -> None:
    page = PageHinkley(tolerance / 8, threshold / 8, mean=mean)
    cusum = Cusum(tolerance / 8, threshold / 8)
    assert alarm_rounds(page, values) == alarm_rounds(cusum, [x - mean for x in values])


def test_page_hinkley_follows_its_own_mean() -> None:
    """By hand: the means are 0, 0, 1, 2; m_t is -0.5, -1, 0.5, 4 and the rise is 0, 0, 1.5, 5."""
    chart = PageHinkley(tolerance=0.5, threshold=4.0)
    state, rises = chart.start(), []
    for value in (0.0, 0.0, 3.0):
        state, raised = chart.update(state, value)
        assert not raised
        rises.append(state[2] - state[3])
    assert rises == [0.0, 0.0, 1.5]
    assert chart.update(state, 5.0) == (chart.start(), True)


def test_page_hinkley_needs_to_know_no_mean() -> None:
    values = np.concatenate([RNG(6).normal(7.0, 0.1, 200), RNG(7).normal(7.3, 0.1, 50)])
    alarms = alarm_rounds(PageHinkley(tolerance=0.05, threshold=1.0), values)
    assert 200 <= alarms[0] <= 210


def exact_run_length(chart: Cusum, trials: int, rate: float) -> float:
    """The chain on 0, ..., h - 1 written out: mean time to absorption from 0."""
    states = int(chart.threshold)
    moves = np.zeros((states, states))
    for here in range(states):
        for misses in range(trials + 1):
            there = max(0, here + misses - int(chart.allowance))
            if there < states:
                moves[here, there] += binom.pmf(misses, trials, rate)
    return float(np.linalg.solve(np.eye(states) - moves, np.ones(states))[0])


@given(st.integers(2, 60), st.floats(0.01, 0.6), st.integers(0, 10), st.integers(1, 6))
@settings(max_examples=100)
def test_misses_have_the_run_length_of_their_chain(
    canaries: int, rate: float, allowance: int, threshold: int
) -> None:
    assume(binom.sf(allowance, canaries, rate) > 0)
    chart = Cusum(allowance, threshold)
    expected = exact_run_length(chart, canaries, rate)
    assume(0 < expected < 1e6)  # the chain of a longer run is too near to a singular one
    assert chart.misses_run_length(canaries, rate) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("rate", [0.02, 0.1])
def test_misses_have_their_run_length_in_simulation(rate: float) -> None:
    chart = Cusum(5, 2)
    misses = RNG(8).binomial(100, rate, size=200_000 if rate == 0.02 else 5000)
    assert encloses(run_lengths(chart, misses), chart.misses_run_length(100, rate))


def test_canaries_of_barreno() -> None:
    """100 canaries, miss rate from 2 % to 10 %: c = 6, false alarms .0041, power .883."""
    limit = FixedLimit.for_misses(100, miss_rate=0.02, run_length=200)
    assert limit == FixedLimit(6.0)
    assert alarm_probability(100, 6, [0.02, 0.1]).round(4).tolist() == [0.0041, 0.8828]
    # The chart without memory is the sum with a threshold of 1.
    assert Cusum(6, 1).misses_run_length(100, 0.02) == pytest.approx(
        1 / alarm_probability(100, 6, 0.02), rel=1e-9
    )


@pytest.mark.parametrize("run_length", [1.0, 20.0, 500.0, 1e6])
@pytest.mark.parametrize(("canaries", "clean", "attacked"), [(100, 0.02, 0.1), (10, 0.02, 0.3)])
def test_misses_are_calibrated_to_the_smallest_threshold(
    canaries: int, clean: float, attacked: float, run_length: float
) -> None:
    chart = Cusum.for_misses(
        canaries, miss_rate=clean, attacked_rate=attacked, run_length=run_length
    )
    assert chart.misses_run_length(canaries, clean) >= run_length
    if chart.threshold > 1:
        below = chart.at(chart.threshold - 1)
        assert below.misses_run_length(canaries, clean) < run_length


def windowed(values: NDArray[np.float64], significance: float) -> list[int]:
    """ADWIN by its definition: every split of the window, one by one."""
    window: list[float] = []
    alarms = []
    for clock, value in enumerate(values):
        window.append(value)
        changed = searching = True
        changed = False
        while searching:
            searching = False
            for older in range(len(window) - 1, 0, -1):
                first, second = window[:older], window[older:]
                if abs(np.mean(first) - np.mean(second)) >= cut(
                    len(first), len(second), significance
                ):
                    window, changed, searching = second, True, True
                    break
        if changed:
            alarms.append(clock)
    return alarms


def test_adwin_cuts_where_two_parts_differ() -> None:
    shifts = np.repeat([0.2, 0.9, 0.4], [40, 30, 40])
    values = np.clip(shifts + RNG(9).normal(0.0, 0.1, len(shifts)), 0.0, 1.0)
    alarms = alarm_rounds(Adwin(significance=0.3), values)
    assert alarms == windowed(values, 0.3)
    assert any(40 <= alarm < 70 for alarm in alarms)
    assert any(alarm >= 70 for alarm in alarms)
    assert not any(alarm < 40 for alarm in alarms)


@pytest.mark.parametrize("direction", [1, -1])
def test_adwin_notices_a_shift_within_the_guaranteed_window(direction: int) -> None:
    """A shift of 0.5 after 300 values, by theorem 3.1."""
    values = 0.5 + direction * np.repeat([-0.25, 0.25], [300, 200])
    alarms = alarm_rounds(Adwin(significance=0.1), values)
    first = next(n for n in range(1, 200) if cut(300, n, 0.1) <= 0.5)
    assert alarms[0] == 300 + first - 1
    assert first <= guaranteed_window(0.5, older=300, significance=0.1)


def test_adwin_scales_and_clips() -> None:
    values = np.repeat([0.0, 1.0], [30, 30])
    plain = alarm_rounds(Adwin(), values)
    assert plain
    assert alarm_rounds(Adwin(low=-7.0, high=3.0), 10.0 * values - 7.0) == plain
    assert alarm_rounds(Adwin(), 100.0 * values - 50.0) == plain
    assert alarm_rounds(Adwin(high=100.0), values) == []


def test_adwin_sees_little_in_twenty_rounds() -> None:
    """Two means of ten numbers in [0, 1] have to differ by 0.818."""
    assert cut(10, 10, 0.1) == pytest.approx(0.818, abs=5e-4)
    assert alarm_rounds(Adwin(), np.repeat([0.0, 0.8], [10, 10])) == []
    assert alarm_rounds(Adwin(), np.repeat([0.0, 0.82], [10, 10])) == [19]
    assert alarm_rounds(Adwin(threshold=0.5), np.repeat([0.0, 0.8], [10, 10])) != []


@pytest.mark.parametrize(
    ("chart", "thresholds"),
    [
        (FixedLimit(1.0), (0.1, 0.5, 2.5)),
        (Cusum(0.5, 1.0), (0.1, 0.5, 2.5)),
        (TwoSidedCusum(0.5, 1.0), (0.1, 0.5, 2.5)),
        (PageHinkley(0.5, 1.0), (0.1, 0.5, 2.5)),
        (Adwin(low=-3.0, high=3.0), (0.05, 0.2, 0.4)),
    ],
)
def test_a_higher_threshold_is_a_rarer_alarm(chart: Chart, thresholds: tuple[float, ...]) -> None:
    values = RNG(10).normal(size=500)
    alarms = [len(alarm_rounds(chart.at(threshold), values)) for threshold in thresholds]
    assert alarms[0] > alarms[1] > alarms[2]


def test_a_run_that_has_no_end_is_infinite() -> None:
    assert Cusum(9, 1).misses_run_length(9, 0.5) == np.inf
    assert Cusum(9, 3).misses_run_length(9, 0.5) == np.inf
    assert Cusum(1, 3).misses_run_length(9, 0.0) == np.inf


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FixedLimit(float("nan")), "threshold must be a number, got nan"),
        (lambda: FixedLimit.for_gaussian(run_length=1.0), "run_length must be above 1"),
        (
            lambda: FixedLimit.for_misses(9, miss_rate=0.1, run_length=0.5),
            "run_length must be at least 1 and finite, got 0.5",
        ),
        (lambda: Cusum(-0.1, 1.0), "allowance must be at least 0 and finite, got -0.1"),
        (lambda: Cusum(0.1, 0.0), "threshold must be positive and finite, got 0.0"),
        (lambda: TwoSidedCusum(0.1, float("inf")), "threshold must be positive and finite"),
        (lambda: Cusum.for_shift(0.0, run_length=10), r"shift must be in \(0, inf\), got 0"),
        (lambda: Cusum(0.5, 3.0).misses_run_length(9, 0.1), "must be whole numbers to count"),
        (lambda: Cusum(1, 3).misses_run_length(0, 0.1), "canaries must be at least 1, got 0"),
        (lambda: Cusum(1, 3).misses_run_length(9, 1.1), r"miss_rate must be in \[0, 1\], got 1.1"),
        (lambda: PageHinkley(-1.0, 1.0), "tolerance must be at least 0 and finite, got -1.0"),
        (lambda: PageHinkley(0.1, -1.0), "threshold must be positive and finite, got -1.0"),
        (lambda: PageHinkley(0.1, 1.0, float("nan")), "mean must be finite or None, got nan"),
        (lambda: Adwin(0.0), "threshold must be positive and finite, got 0.0"),
        (lambda: Adwin(significance=1.0), r"significance must be in \(0, 1\), got 1.0"),
        (lambda: Adwin(low=1.0, high=1.0), "low must be below high, both finite, got 1.0, 1.0"),
    ],
)
def test_parameters_are_checked_at_the_door(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("canaries", "clean", "attacked", "run_length", "message"),
    [
        (100, 0.1, 0.02, 100.0, "must satisfy 0 < miss_rate < attacked_rate < 1, got 0.1 and 0.02"),
        (100, 0.0, 0.1, 100.0, "must satisfy 0 < miss_rate < attacked_rate < 1, got 0.0 and 0.1"),
        (100, 0.02, 0.1, 0.0, r"run_length must be in \[1, 1e9\], got 0.0"),
        (1, 0.02, 0.1, 100.0, "canaries must be more than 1 to tell a miss rate of 0.02 from 0.1"),
    ],
)
def test_misses_must_be_calibrated_to_something_possible(
    canaries: int, clean: float, attacked: float, run_length: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Cusum.for_misses(canaries, miss_rate=clean, attacked_rate=attacked, run_length=run_length)


@pytest.mark.parametrize("run_length", [1.0, 3.0, 20.0, 1000.0])
@pytest.mark.parametrize("rate", [0.0, 0.02, 0.5])
def test_limit_of_a_share_is_that_of_the_misses_where_both_are_known(
    rate: float, run_length: float
) -> None:
    """Canaries that are missed are rows of one class that are marked."""
    misses = FixedLimit.for_misses(60, miss_rate=rate, run_length=run_length)
    share = FixedLimit.for_share(marked_rows([60], [[rate]]), run_length=run_length)
    assert share.threshold * 60 == pytest.approx(misses.threshold, abs=1e-9)


def test_limit_of_a_share_has_its_run_length_in_simulation() -> None:
    """For detectors that differ, each drawn anew; the next lower limit would not have it."""
    rng, rates = RNG(4), RNG(3).beta(4.0, 36.0, size=200)
    limit = FixedLimit.for_share(marked_rows([50], rates[:, None]), run_length=30)
    shares = rng.binomial(50, rng.choice(rates, size=60_000)) / 50
    above, lower = (shares > limit.threshold).mean(), (shares > limit.threshold - 0.02).mean()
    assert above < 1 / 30 + 4 * np.sqrt(1 / 30 / 60_000)
    assert lower > 1 / 30


@pytest.mark.parametrize(
    ("chances", "run_length", "message"),
    [
        ([1.0], 10, "chances must hold the probability of each number of marked rows"),
        ([0.5, -0.5, 1.0], 10, "chances must hold the probability of each number"),
        ([0.5, 0.4], 10, "chances must sum to 1, got 0.9"),
        ([0.5, 0.5], 0.9, r"run_length must be at least 1 and finite, got 0\.9"),
    ],
)
def test_a_share_is_calibrated_to_a_distribution(
    chances: list[float], run_length: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        FixedLimit.for_share(chances, run_length=run_length)
