"""Kloft and Laskov's theorems on limited control, against their Table 3 and simulated detectors."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.theory import limited_control

INF = float("inf")

# Kloft and Laskov (2012), Table 3: relative distance of each exploit, critical traffic.
TABLE_3 = {
    "ALT-N WebAdmin": (0.058, 0.055),
    "ApacheChunked": (0.176, 0.150),
    "AWStats": (0.067, 0.063),
    "Badblue": (0.168, 0.144),
    "Barracuda": (0.073, 0.068),
    "Edirectory": (0.153, 0.132),
    "IAWebmail": (0.178, 0.151),
    "IIS5 IDQ": (0.162, 0.140),
    "Pajax": (0.107, 0.097),
    "PEERCAST": (0.163, 0.140),
    "PHP Include": (0.097, 0.088),
    "vBulletin": (0.176, 0.150),
    "XML RPC": (0.172, 0.147),
    "HTTP tunnel": (0.160, 0.138),
    "IIS4 HTR": (0.176, 0.149),
    "IIS5 printer": (0.161, 0.138),
    "IIS unicode": (0.153, 0.133),
    "w3who": (0.168, 0.144),
    "IIS5 WebDAV": (0.179, 0.152),
    "rproxy": (0.155, 0.134),
}

rates = st.floats(0.0, 0.95)
memories = st.integers(1, 10_000)
steps = st.integers(0, 100_000)
examples = settings(max_examples=200, deadline=None)


def simulate(
    points: int, rate: float, memory: int, runs: int, rng: np.random.Generator
) -> np.ndarray:
    """Displacements after each point, shape (points + 1, runs): honest s uniform on [-1, 1]."""
    path = np.zeros((points + 1, runs))
    for i in range(points):
        honest = rng.uniform(-1.0, 1.0, runs)
        attack = path[i] + 1.0  # on the surface of the sphere around the present center
        point = np.where(rng.random(runs) < rate, attack, honest)
        path[i + 1] = path[i] + (point - path[i]) / memory
    return path


@pytest.mark.parametrize(("distance", "published"), TABLE_3.values(), ids=TABLE_3)
def test_critical_rate_reproduces_table_3(distance: float, published: float) -> None:
    # Both columns of the table have three digits.
    assert float(limited_control.critical_rate(distance)) == pytest.approx(published, abs=1e-3)


def test_numbers_of_figure_6_and_of_the_experiments() -> None:
    assert float(limited_control.limiting_displacement(0.05)) == pytest.approx(0.0526, abs=5e-5)
    at_five_memories = limited_control.expected_displacement(500_000, 0.05, memory=100_000)
    assert float(at_five_memories) == pytest.approx(0.05218, abs=5e-6)
    # IIS5 WebDAV, at 0.18: succeeds with 16 % of the traffic and fails with 14 %.
    assert limited_control.limiting_displacement([0.16, 0.14]).round(4).tolist() == [0.1905, 0.1628]
    durations = limited_control.required_points(0.18, [0.16, 0.14], memory=1000)
    assert np.isfinite(durations).tolist() == [True, False]
    # ALT-N WebAdmin, at 0.058: succeeds with 6 % and fails with 4.5 %.
    durations = limited_control.required_points(0.058, [0.06, 0.045], memory=1000)
    assert np.isfinite(durations).tolist() == [True, False]


@pytest.mark.parametrize(("rate", "memory"), [(0.05, 40), (0.3, 25), (0.7, 10)])
def test_moments_of_the_simulated_detector(rate: float, memory: int) -> None:
    runs = 4000
    path = simulate(200, rate, memory, runs, np.random.default_rng(11))
    means, variances = limited_control.displacement_moments(200, rate, memory, second_moment=1 / 3)
    for i in (1, 10, 50, 200):
        deviations = path[i] - means[i]
        assert abs(deviations.mean()) < 5 * deviations.std() / runs**0.5
        squares = deviations**2
        assert abs(squares.mean() - variances[i]) < 5 * squares.std() / runs**0.5


def test_full_control_moves_the_geometric_detector_by_one_nth_a_point() -> None:
    memory, radius = 30, 1.7
    direction = np.array([2.0, -1.0, 2.0]) / 3.0
    center = origin = np.array([0.3, 0.1, -2.0])
    for i in range(1, 101):
        center = center + (center + radius * direction - center) / memory
        moved = (center - origin) @ direction / radius
        expected = float(limited_control.expected_displacement(i, 1.0, memory))
        assert expected == i / memory == pytest.approx(moved, rel=1e-12)


def test_random_out_moves_like_average_out_in_expectation() -> None:
    rng = np.random.default_rng(2)
    memory, runs, points = 20, 4000, 40
    window = rng.normal(size=(runs, memory))
    window -= window.mean(axis=1, keepdims=True)
    everyone = np.arange(runs)
    for _ in range(points):
        window[everyone, rng.integers(memory, size=runs)] = window.mean(axis=1) + 1.0
    reached = window.mean(axis=1)
    expected = float(limited_control.expected_displacement(points, 1.0, memory))
    assert abs(reached.mean() - expected) < 5 * reached.std() / runs**0.5


@pytest.mark.parametrize("memory", [1, 2, 10, 50])
def test_oldest_out_settles_at_its_speed(memory: int) -> None:
    window = np.zeros(memory)
    centers = [0.0]
    for i in range(40 * memory):
        window[i % memory] = centers[-1] + 1.0
        centers.append(window.mean())
    speed = np.diff(centers)[-memory:]
    np.testing.assert_allclose(speed, limited_control.oldest_out_speed(memory), rtol=1e-9)


@pytest.mark.parametrize(("rate", "spread"), [(0.05, 0.35), (0.2, 0.35), (0.2, 0.2)])
def test_false_positive_guard_keeps_the_mean_below_its_bound(rate: float, spread: float) -> None:
    from scipy.special import ndtr

    rng = np.random.default_rng(4)
    memory, tolerated, runs = 25, 0.05, 2000
    displacement = np.zeros(runs)
    for i in range(1, 201):
        is_attack = rng.random(runs) < rate
        point = np.where(is_attack, displacement + 1.0, rng.normal(scale=spread, size=runs))
        accepted = is_attack | (np.abs(point - displacement) <= 1.0)
        moved = np.where(accepted, displacement + (point - displacement) / memory, displacement)
        rejected = ndtr((moved - 1.0) / spread) + ndtr(-(moved + 1.0) / spread)
        displacement = np.where(rejected > tolerated, 0.0, moved)
        bound = limited_control.protected_displacement_bound(i, rate, memory, tolerated)
        assert displacement.mean() <= float(bound) + 5 * displacement.std() / runs**0.5


def test_guarded_bound_counts_the_tolerated_rejections_as_the_adversarys() -> None:
    # At worst every rejection that the guard tolerates spares the adversary the pull of a point.
    rate, memory, tolerated, bound = 0.2, 12, 0.05, 0.0
    pull = (1 - rate) * (1 - tolerated)
    for i in range(1, 100):
        bound += ((1 - pull) - pull * bound) / memory
        stated = limited_control.protected_displacement_bound(i, rate, memory, tolerated)
        assert float(stated) == pytest.approx(bound, rel=1e-12)
    limit = (rate + tolerated * (1 - rate)) / ((1 - rate) * (1 - tolerated))
    at_infinity = limited_control.protected_displacement_bound(INF, rate, memory, tolerated)
    assert float(at_infinity) == pytest.approx(limit, rel=1e-12)


@examples
@given(steps, rates, memories)
def test_mean_stays_below_its_limit_and_the_bound_without_guard(
    points: int, rate: float, memory: int
) -> None:
    mean = float(limited_control.expected_displacement(points, rate, memory))
    limit = float(limited_control.limiting_displacement(rate))
    assert 0.0 <= mean <= limit * (1 + 1e-12)
    assert mean == pytest.approx(
        float(limited_control.protected_displacement_bound(points, rate, memory, 0.0)), rel=1e-9
    )
    at_infinity = limited_control.expected_displacement(INF, rate, memory)
    assert float(at_infinity) == pytest.approx(limit, rel=1e-12)


@examples
@given(st.floats(0.0, 10.0))
def test_critical_rate_inverts_the_limit(displacement: float) -> None:
    rate = limited_control.critical_rate(displacement)
    again = float(limited_control.limiting_displacement(rate))
    assert again == pytest.approx(displacement, rel=1e-12)
    assert rate <= 1.0


@examples
@given(st.integers(1, 2000), st.floats(0.01, 1.0), st.integers(2, 1000))
def test_required_points_inverts_the_mean(points: int, rate: float, memory: int) -> None:
    points = min(points, 5 * memory)  # later the mean has settled and its inverse is ill-posed
    reached = limited_control.expected_displacement(points, rate, memory)
    again = float(limited_control.required_points(reached, rate, memory))
    assert again == pytest.approx(points, rel=1e-6)


@examples
@given(st.integers(0, 300), rates, st.integers(1, 300), st.floats(0.0, 1.0))
def test_exact_variance_obeys_the_bound(
    points: int, rate: float, memory: int, second_moment: float
) -> None:
    _, variances = limited_control.displacement_moments(points, rate, memory, second_moment)
    bound = limited_control.variance_bound(np.arange(points + 1), rate, memory)
    assert np.all(variances <= bound * (1 + 1e-9))


@pytest.mark.parametrize(("rate", "memory"), [(0.0, 1), (0.1, 50), (0.6, 20)])
def test_variance_settles_at_its_limit(rate: float, memory: int) -> None:
    _, variances = limited_control.displacement_moments(60 * memory, rate, memory, 0.4)
    limit = float(limited_control.limiting_variance(rate, memory, 0.4))
    assert variances[-1] == pytest.approx(limit, rel=1e-6)
    # Corollary 9: it vanishes as the memory grows.
    assert float(limited_control.limiting_variance(rate, 1e12)) < 1e-10


def test_moments_follow_the_raw_second_moment_recursion() -> None:
    rate, memory, spread = 0.3, 7, 0.6
    mean = square = 0.0
    means, variances = limited_control.displacement_moments(50, rate, memory, spread)
    for i in range(50):
        assert variances[i] == pytest.approx(square - mean**2, rel=1e-9, abs=1e-15)
        assert means[i] == pytest.approx(mean, rel=1e-12)
        attack = square + 2 * mean / memory + 1 / memory**2
        honest = (1 - 1 / memory) ** 2 * square + spread / memory**2
        square = rate * attack + (1 - rate) * honest
        mean = rate * (mean + 1 / memory) + (1 - rate) * (1 - 1 / memory) * mean


def test_edges() -> None:
    assert float(limited_control.limiting_displacement(1.0)) == INF
    assert float(limited_control.expected_displacement(0, 0.0, 1)) == 0.0
    assert float(limited_control.expected_displacement(INF, 1.0, 3)) == INF
    assert float(limited_control.required_points(0.0, 0.0, 1)) == 0.0
    assert float(limited_control.required_points(1.0, 0.5, 10)) == INF  # only in the limit
    # Between full and nearly full control nothing jumps.
    nearly = limited_control.expected_displacement(40, [1.0 - 1e-13, 1.0], 10)
    np.testing.assert_allclose(nearly, 4.0, rtol=1e-11)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (limited_control.limiting_displacement, (1.3,), r"rate must be in \[0, 1\], got 1.3"),
        (limited_control.critical_rate, (-0.1,), "displacement must be in"),
        (limited_control.expected_displacement, (2.5, 0.1, 10), "points must be a whole number"),
        (limited_control.expected_displacement, (2, 0.1, 0), "memory must be a whole number"),
        (limited_control.required_points, (-1.0, 0.1, 10), "displacement must be in"),
        (limited_control.variance_bound, (2, 1.0, 10), r"rate must be in \[0, 1\), got 1"),
        (limited_control.limiting_variance, (1.0, 10), r"rate must be in \[0, 1\), got 1"),
        (limited_control.displacement_moments, (5, 0.1, 10, 2.0), "second_moment must be in"),
        (limited_control.protected_displacement_bound, (5, 0.1, 10, 2.0), "false_positive_rate"),
        (limited_control.oldest_out_speed, (0,), "memory must be"),
    ],
)
def test_bad_input_is_named_at_the_door(
    function: Callable[..., object], arguments: tuple[object, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        function(*arguments)
