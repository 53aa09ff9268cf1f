"""The closed forms of the hypersphere attack, against published values and the learner itself."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.theory import hypersphere

INF = float("inf")

# (retrainings, efforts 10, 100, 1000, 10000 -> displacement), no prior points.
TABLE = [
    (2, [1.9000, 1.9900, 1.9990, 1.9999]),
    (3, [2.3675, 2.8000, 2.9368, 2.9800]),
    (5, [2.7506, 3.7351, 4.2887, 4.6000]),
    (10, [3.0316, 4.6046, 5.8226, 6.7656]),
    (50, [3.2493, 5.3954, 7.4429, 9.3965]),
    (INF, [3.3026, 5.6052, 7.9078, 10.2103]),
]

# (retrainings, effort, prior, schedule, displacement, displacement in fractions of points).
INTEGER_OPTIMA = [
    (4, 20, 0, [1, 2, 5, 12], 2.891667, 2.894789),
    (5, 50, 0, [1, 2, 5, 12, 30], 3.491667, 3.495763),
    (6, 100, 0, [1, 2, 4, 10, 24, 59], 4.00170, 4.00946),
    (4, 20, 10, [3, 4, 6, 7], 0.960265, 0.960658),
    (5, 50, 20, [6, 7, 9, 12, 16], 1.10797, 1.10815),
]

retrainings = st.integers(1, 60)
efforts = st.floats(1.0, 1e6)
priors = st.one_of(st.just(0.0), st.floats(1e-2, 1e6))
examples = settings(max_examples=200, deadline=None)


class Learner:
    """The detector itself: it adds what lies in its sphere and recomputes its mean."""

    def __init__(self, radius: float, prior: np.ndarray) -> None:
        self.radius = radius
        self.accepted = prior
        self.center = prior.mean(axis=0)

    def retrain(self, points: np.ndarray) -> None:
        distances = np.linalg.norm(points - self.center, axis=1)
        inside = points[distances <= self.radius * (1 + 1e-12)]
        self.accepted = np.vstack([self.accepted, inside])
        self.center = self.accepted.mean(axis=0)


@pytest.mark.parametrize(("count", "row"), TABLE)
def test_published_table(count: float, row: list[float]) -> None:
    values = hypersphere.optimal_displacement(count, [10, 100, 1000, 10000])
    np.testing.assert_allclose(values, row, rtol=0, atol=5.001e-5)


@pytest.mark.parametrize(("count", "total", "prior", "schedule", "whole", "real"), INTEGER_OPTIMA)
def test_published_integer_optima(
    count: int, total: int, prior: int, schedule: list[int], whole: float, real: float
) -> None:
    best = hypersphere.optimal_integer_schedule(count, total, prior)
    assert best.tolist() == schedule
    assert float(hypersphere.displacement(best, prior)) == pytest.approx(whole, abs=5e-6)
    assert float(hypersphere.optimal_displacement(count, total, prior)) == pytest.approx(
        real, abs=5e-6
    )


@pytest.mark.parametrize(("effort", "prior", "count"), [(7, 0, 3), (8, 3, 4), (3, 0, 5), (6, 1, 2)])
def test_integer_optimum_against_every_schedule(effort: int, prior: int, count: int) -> None:
    def exact(schedule: tuple[int, ...]) -> Fraction:
        total, reached = prior, Fraction(0)
        for points in schedule:
            total += points
            reached += Fraction(points, max(total, 1))
        return reached

    schedules = [s for s in product(range(effort + 1), repeat=count) if sum(s) == effort]
    best = tuple(hypersphere.optimal_integer_schedule(count, effort, prior).tolist())
    assert best in schedules
    assert exact(best) == max(map(exact, schedules))


@pytest.mark.parametrize("prior", [1, 10, 40])
@pytest.mark.parametrize("schedule", [[5], [1, 2, 5, 12], [3, 0, 4, 6, 7]])
def test_displacement_is_that_of_the_learner(prior: int, schedule: list[int]) -> None:
    rng = np.random.default_rng(3)
    start = rng.normal(size=(prior, 3))
    learner = Learner(radius=2.5, prior=start)
    origin = learner.center
    direction = np.array([2.0, -1.0, 2.0]) / 3.0
    for points in schedule:
        learner.retrain(np.tile(learner.center + 2.5 * direction, (points, 1)))

    assert len(learner.accepted) == prior + sum(schedule)  # every attack point was accepted
    moved = (learner.center - origin) @ direction / learner.radius
    assert float(hypersphere.displacement(schedule, prior)) == pytest.approx(moved, rel=1e-9)


def test_no_random_attack_moves_the_learner_further() -> None:
    rng = np.random.default_rng(5)
    bound = float(hypersphere.optimal_displacement(6, 30, prior=10))
    direction = np.array([1.0, 0.0])
    for _ in range(200):
        learner = Learner(radius=1.0, prior=rng.normal(size=(10, 2)))
        origin = learner.center
        for points in rng.multinomial(30, rng.dirichlet(np.ones(6))):
            angles = rng.normal(scale=0.5, size=points)
            offsets = np.column_stack([np.cos(angles), np.sin(angles)])
            learner.retrain(learner.center + rng.uniform(0.5, 1.0, (points, 1)) * offsets)
        assert (learner.center - origin) @ direction <= bound + 1e-12


def test_required_displacement_accepts_the_target_and_less_does_not() -> None:
    target, radius = np.array([3.0, 0.0]), 1.2
    needed = float(hypersphere.required_displacement(3.0, radius))
    assert needed == pytest.approx(1.5)
    assert np.linalg.norm(target - [needed * radius, 0.0]) <= radius + 1e-12
    assert np.linalg.norm(target - [(needed - 1e-6) * radius, 0.0]) > radius
    assert float(hypersphere.required_displacement(0.7)) == 0.0


@examples
@given(retrainings, efforts, priors)
def test_optimal_schedule_reaches_the_optimum(count: int, effort: float, prior: float) -> None:
    schedule = hypersphere.optimal_schedule(count, effort, prior)
    assert schedule.shape == (count,)
    assert schedule.min() >= 0.0
    assert schedule.sum() == pytest.approx(effort, rel=1e-9)
    reached = float(hypersphere.displacement(schedule, prior))
    optimum = float(hypersphere.optimal_displacement(count, effort, prior))
    assert reached == pytest.approx(optimum, rel=1e-9)


@examples
@given(st.lists(st.floats(0.0, 1e3), min_size=1, max_size=20), priors)
def test_no_schedule_beats_the_optimum(schedule: list[float], prior: float) -> None:
    points = np.array(schedule)
    points[0] += 1.0  # without prior points at least one point places the center
    reached = float(hypersphere.displacement(points, prior))
    optimum = float(hypersphere.optimal_displacement(len(points), points.sum(), prior))
    assert reached <= optimum * (1 + 1e-12)


@examples
@given(retrainings, efforts, priors)
def test_more_retrainings_never_hurt_and_approach_the_limit(
    count: int, effort: float, prior: float
) -> None:
    limit = float(hypersphere.limit_displacement(effort, prior))
    values = hypersphere.optimal_displacement([count, count + 1, 1e9, INF], effort, prior)
    assert all(a <= b * (1 + 1e-12) for a, b in pairwise(values.tolist()))
    assert float(values[2]) == pytest.approx(limit, rel=1e-6)
    assert float(values[3]) == limit


@examples
@given(st.one_of(retrainings, st.just(INF)), st.floats(1.0, 1e4), st.floats(1.0, 1e4))
def test_required_effort_inverts_the_optimum(count: float, effort: float, prior: float) -> None:
    for start in (0.0, prior):
        reached = hypersphere.optimal_displacement(count, effort, start)
        if start == 0.0 and count == 1:
            continue  # every effort reaches a displacement of 1
        again = float(hypersphere.required_effort(reached, count, start))
        assert again == pytest.approx(effort, rel=1e-6)


def test_required_effort_known_values() -> None:
    infinite = hypersphere.required_effort([1, 2, 3], prior=100)
    np.testing.assert_allclose(infinite, [171.83, 638.91, 1908.55], rtol=0, atol=5e-3)
    np.testing.assert_allclose(
        hypersphere.required_effort([0, 1, 2, 3]), [1.0, 1.0, np.e, np.e**2], rtol=1e-14
    )
    # T retrainings displace by less than T, however many points they take.
    impossible = hypersphere.required_effort([2, 3], retrainings=2, prior=[[0], [7]])
    np.testing.assert_array_equal(impossible, np.full((2, 2), INF))
    assert float(hypersphere.required_effort(1.0, retrainings=1)) == 1.0
    assert float(hypersphere.required_effort(1.0, retrainings=1, prior=5)) == INF
    assert float(hypersphere.required_effort(0.0, retrainings=1, prior=5)) == 0.0


@pytest.mark.parametrize(("displacement", "effort"), [(1.0, 173), (2.0, 643), (3.0, 1919)])
def test_single_point_effort_known_values(displacement: float, effort: int) -> None:
    assert hypersphere.single_point_effort(displacement, prior=100) == effort


@examples
@given(st.floats(0.0, 4.0), st.integers(0, 200))
def test_single_point_effort_is_the_smallest(displacement: float, prior: int) -> None:
    effort = hypersphere.single_point_effort(displacement, prior)
    ones = np.ones(effort)
    assert float(hypersphere.displacement(ones, prior)) >= displacement - 1e-12
    if effort:
        assert float(hypersphere.displacement(ones[1:], prior)) < displacement


def test_single_point_displacement_is_the_harmonic_sum_below_the_limit() -> None:
    efforts, prior = np.arange(1, 200), 17
    sums = np.cumsum(1.0 / (prior + efforts))
    values = hypersphere.single_point_displacement(efforts, prior)
    np.testing.assert_allclose(values, sums, rtol=1e-12)
    assert np.all(values <= hypersphere.limit_displacement(efforts, prior))
    # Kloft and Laskov's recursion as printed, 1/n first, exceeds their own Theorem 3.
    printed, kept = np.sum(1 / np.arange(100, 600)), 1.7917594692
    assert printed > kept > float(hypersphere.single_point_displacement(500, prior=100))
    # H_4 = 25 / 12 is reached, though rounding puts the two sides apart.
    assert hypersphere.single_point_effort(25 / 12) == 4


def test_small_attacks_on_long_histories_keep_their_digits() -> None:
    # To first order D = M / N: the naive formula returns 0 here.
    assert float(hypersphere.optimal_displacement(10**6, 1e-6, prior=1e12)) == pytest.approx(
        1e-18, rel=1e-12
    )


def test_leading_axes_are_separate_schedules() -> None:
    schedules = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    values = hypersphere.displacement(schedules, prior=1)
    np.testing.assert_allclose(values, [[1 / 2 + 2 / 4, 3 / 4 + 4 / 8]], rtol=1e-15)


@pytest.mark.parametrize(
    ("function", "arguments", "error", "message"),
    [
        (hypersphere.displacement, ([1, -2],), ValueError, r"schedule must be in \[0, inf\)"),
        (hypersphere.displacement, (3.0,), ValueError, "one entry for each retraining"),
        (hypersphere.displacement, (["a"],), TypeError, "schedule must be a number"),
        (hypersphere.optimal_displacement, (2.5, 3), ValueError, "whole number.*got 2.5"),
        (hypersphere.optimal_displacement, (0, 3), ValueError, "retrainings must be"),
        (hypersphere.optimal_displacement, (3, 0.5), ValueError, "places the center"),
        (hypersphere.limit_displacement, (float("nan"), 1), ValueError, "got nan"),
        (hypersphere.required_effort, (-1.0,), ValueError, "displacement must be"),
        (hypersphere.optimal_schedule, (INF, 3), ValueError, "retrainings must be"),
        (hypersphere.optimal_integer_schedule, (3, 2.5), ValueError, "effort must be"),
        (hypersphere.optimal_integer_schedule, ([3], 2), TypeError, "single number"),
        (hypersphere.single_point_effort, (26.0,), ValueError, "displacement must be"),
        (hypersphere.required_displacement, (1.0, 0.0), ValueError, "radius must be"),
    ],
)
def test_bad_input_is_named_at_the_door(
    function: Callable[..., object],
    arguments: tuple[object, ...],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        function(*arguments)
