"""Run lengths of CUSUM and the price of stealth, against exact values, simulation and integrals."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import binom, norm

from armsrace.theory import detection

# (shift, threshold, mean run between false alarms, delay), by a chain of 1,600 states.
RUN_LENGTHS = [
    (1.0, 4.0, 335.4, 8.383),
    (1.0, 5.0, 930.9, 10.376),
    (0.5, 3.0, 250.8, 20.904),
    (2.0, 5.0, 716.0, 3.247),
]


@pytest.mark.parametrize(("shift", "threshold", "false_alarms", "delay"), RUN_LENGTHS)
def test_gaussian_run_lengths(
    shift: float, threshold: float, false_alarms: float, delay: float
) -> None:
    without = detection.gaussian_cusum_run_length(shift, threshold)
    under = detection.gaussian_cusum_run_length(shift, threshold, mean=shift)
    assert without == pytest.approx(false_alarms, abs=0.05)
    assert under == pytest.approx(delay, abs=5e-4)


def test_run_length_of_the_simulated_detector() -> None:
    rng = np.random.default_rng(8)
    runs, shift, threshold = 4000, 1.0, 4.0
    for mean in (0.5, 1.0):
        total, length, running = np.zeros(runs), np.zeros(runs), np.ones(runs, dtype=bool)
        while running.any():
            length += running
            ratio = shift * rng.normal(mean, 1.0, runs) - shift**2 / 2
            total = np.maximum(total + ratio, 0.0)
            running &= total < threshold
        expected = detection.gaussian_cusum_run_length(shift, threshold, mean)
        assert abs(length.mean() - expected) < 5 * length.std() / runs**0.5


def test_lattice_increments_give_the_exact_random_walk() -> None:
    # A fair walk of steps 1 reflected at 0, alarm at h: from 0 it takes h (h + 1) steps on average.
    def fair(edge: np.ndarray) -> np.ndarray:
        return np.where(edge < -1.0, 0.0, np.where(edge < 1.0, 0.5, 1.0))

    for level in (3, 5):
        # The cells are centered on 0, 1, ..., level - 1; the alarm is at level - 1/2.
        length = detection.cusum_run_length(fair, threshold=level - 0.5, cells=level)
        assert length == pytest.approx(level * (level + 1), rel=1e-12)


def test_the_chain_converges_as_the_square_of_its_cells() -> None:
    lengths = [
        detection.gaussian_cusum_run_length(1.0, 4.0, cells=cells) for cells in (50, 100, 200, 400)
    ]
    errors = np.abs(np.diff(lengths))
    np.testing.assert_allclose(errors[:-1] / errors[1:], 4.0, rtol=0.05)


@pytest.mark.parametrize(
    ("shift", "threshold", "tolerance"),
    [(0.5, 3.0, 0.01), (1.0, 4.0, 0.01), (1.0, 5.0, 0.01), (2.0, 5.0, 0.062)],
)
def test_siegmund_is_as_close_as_it_says(shift: float, threshold: float, tolerance: float) -> None:
    for mean in (0.0, shift):
        exact = detection.gaussian_cusum_run_length(shift, threshold, mean)
        approximate = float(detection.siegmund_run_length(shift, threshold, mean))
        assert approximate == pytest.approx(exact, rel=tolerance)


def test_siegmund_is_smooth_where_the_drift_vanishes() -> None:
    drifts = np.array([-1e-3, -1e-5, -1e-6, 0.0, 1e-6, 1e-5, 1e-3])
    lengths = detection.siegmund_run_length(1.0, 4.0, mean=0.5 + drifts)
    barrier = 4.0 + 1.166
    assert float(lengths[3]) == pytest.approx(barrier**2, rel=1e-12)
    expected = barrier**2 * (1.0 - 2.0 * drifts * barrier / 3.0)
    np.testing.assert_allclose(lengths, expected, rtol=2e-5)


@pytest.mark.parametrize("shift", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("threshold", [0.5, 3.0, 6.0])
def test_false_alarms_are_at_least_exp_threshold_apart(shift: float, threshold: float) -> None:
    length = detection.gaussian_cusum_run_length(shift, threshold, cells=200)
    assert length >= float(detection.shortest_run_length(threshold))


@pytest.mark.parametrize(("threshold", "ratio"), [(3, 0.672), (6, 0.789), (10, 0.860), (14, 0.895)])
def test_lorden_is_approached_from_below(threshold: float, ratio: float) -> None:
    run_length = detection.gaussian_cusum_run_length(1.0, threshold)
    delay = detection.gaussian_cusum_run_length(1.0, threshold, mean=1.0)
    assert delay / float(detection.lorden_delay(run_length, 0.5)) == pytest.approx(ratio, abs=5e-4)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.2, 2.0), st.floats(20.0, 1e6))
def test_threshold_gives_the_run_length(shift: float, run_length: float) -> None:
    threshold = detection.gaussian_cusum_threshold(shift, run_length, cells=60)
    again = detection.gaussian_cusum_run_length(shift, threshold, cells=60)
    assert again == pytest.approx(run_length, rel=1e-6)


@pytest.mark.parametrize(
    ("rate", "ratio"), [(0.2, 0.765), (0.1, 0.845), (0.05, 0.905), (0.01, 0.976)]
)
def test_contamination_divergence_against_the_integral(rate: float, ratio: float) -> None:
    def integrand(x: float) -> float:
        tilt = 1.0 - rate + rate * np.exp(x - 0.5)
        return float(norm.pdf(x) * tilt * np.log(tilt))

    exact, _ = quad(integrand, -12.0, 14.0)
    chi_square = float(detection.gaussian_chi_square(1.0))
    second_order = float(detection.contamination_divergence(rate, chi_square))
    assert exact / second_order == pytest.approx(ratio, abs=6e-4)


def test_chi_square_against_the_integral() -> None:
    for shift in (0.3, 1.0, 1.5):
        exact, _ = quad(lambda x, d=shift: norm.pdf(x, d) ** 2 / norm.pdf(x), -15.0, 20.0)
        assert float(detection.gaussian_chi_square(shift)) == pytest.approx(exact - 1.0, rel=1e-8)


def test_attack_points_before_the_alarm_grow_as_the_inverse_rate() -> None:
    rates = np.array([0.01, 0.02, 0.04])
    points = detection.stealth_points(1000.0, rates, chi_square=1.7)
    np.testing.assert_allclose(points * rates, points[0] * rates[0], rtol=1e-12)
    # The optimal CUSUM against a contaminated Gaussian shows the same growth.
    passed = []
    for rate in (0.02, 0.04):
        run_length = _contaminated_run_length(rate, threshold=1.0, attack=False)
        passed.append(rate * _contaminated_run_length(rate, 1.0, attack=True) / np.log(run_length))
    assert passed[0] / passed[1] == pytest.approx(2.0, rel=0.25)


def _contaminated_run_length(rate: float, threshold: float, *, attack: bool) -> float:
    """Run length of the CUSUM for l = log(1 - rate + rate exp(x - 1/2)), x Gaussian."""

    def cdf(ratio: np.ndarray) -> np.ndarray:
        inside = (np.exp(ratio) - (1.0 - rate)) / rate
        reach = np.where(inside > 0.0, np.log(np.maximum(inside, 1e-300)) + 0.5, -np.inf)
        share = rate if attack else 0.0
        return (1.0 - share) * ndtr(reach) + share * ndtr(reach - 1.0)

    return detection.cusum_run_length(cdf, threshold, cells=800)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (detection.cusum_run_length, (ndtr, 0.0), "threshold must be in"),
        (detection.cusum_run_length, (ndtr, 1.0, 1), "cells must be a whole number"),
        (detection.gaussian_cusum_run_length, (1.0, 40.0), "run length of at most 1e"),
        (detection.gaussian_cusum_run_length, (-1.0, 4.0), "shift must be in"),
        (detection.gaussian_cusum_run_length, (1.0, 4.0, float("nan")), "mean must be in"),
        (detection.gaussian_cusum_threshold, (1.0, 1.5), "run_length must be in"),
        (detection.gaussian_cusum_threshold, (4.0, 30.0), "run_length must exceed 43.9"),
        (detection.siegmund_run_length, (0.0, 4.0), "shift must be in"),
        (detection.lorden_delay, (0.5, 1.0), "run_length must be in"),
        (detection.lorden_delay, (5.0, 0.0), "divergence must be in"),
        (detection.contamination_divergence, (1.5, 1.0), "rate must be in"),
        (detection.stealth_points, (10.0, 0.0, 1.0), "rate must be in"),
    ],
)
def test_bad_input_is_named_at_the_door(
    function: Callable[..., object], arguments: tuple[object, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        function(*arguments)


def test_a_sum_that_can_never_rise_has_no_run_length() -> None:
    with pytest.raises(ValueError, match="lower it"):
        detection.cusum_run_length(lambda edge: np.where(edge < -0.1, 0.0, 1.0), 1.0)


@pytest.mark.parametrize("rates", [[[0.1, 0.9]], [[0.0, 0.5], [0.3, 1.0], [0.2, 0.7]]])
def test_marked_rows_are_sums_of_binomials_over_detectors(rates: list[list[float]]) -> None:
    """Against scipy's binomials, added up term by term."""
    sizes, expected = (7, 4), np.zeros(12)
    for one, other in rates:
        for i in range(8):
            for j in range(5):
                chance = binom.pmf(i, 7, one) * binom.pmf(j, 4, other)
                expected[i + j] += chance / len(rates)
    np.testing.assert_allclose(detection.marked_rows(sizes, rates), expected, atol=1e-14)


def test_of_no_rows_none_is_marked() -> None:
    assert detection.marked_rows([0, 0], [[0.5, 0.5]]).tolist() == [1.0]


@pytest.mark.parametrize(
    ("sizes", "rates", "message"),
    [
        ([3], [[1.2]], r"rates must be in \[0, 1\], got 1.2"),
        ([0.5], [[0.2]], "sizes must be a whole number in"),
        ([3, 4], [[0.2]], r"shape \(detectors, classes\) and sizes \(classes,\), got \(1, 1\)"),
        ([3], [0.2], r"got \(1,\) and \(1,\)"),
    ],
)
def test_marked_rows_need_a_rate_for_each_class(sizes: Any, rates: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        detection.marked_rows(sizes, rates)
