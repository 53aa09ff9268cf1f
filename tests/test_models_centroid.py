"""Centroid detectors against the published displacement bounds, loops, and their contract."""

import pickle
from collections.abc import Callable
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from armsrace.models import (
    CentroidDetector,
    HuberCentroidDetector,
    HypersphereDetector,
    MedianCentroidDetector,
    TrimmedCentroidDetector,
)

Array = NDArray[np.float64]
ROBUST: list[Callable[..., HypersphereDetector]] = [
    MedianCentroidDetector,
    TrimmedCentroidDetector,
    HuberCentroidDetector,
]
DETECTORS: list[Callable[..., HypersphereDetector]] = [CentroidDetector, *ROBUST]
RADIUS = 2.0
TOWARDS = np.array([0.6, 0.8])

seeds = st.integers(0, 2**32 - 1)


def displacement(detector: HypersphereDetector, start: Array) -> float:
    """D = (c - c_0) . a / R."""
    return float((detector.center_ - start) @ TOWARDS) / RADIUS


def boundary(detector: HypersphereDetector) -> Array:
    """The greedy attack point c + R a."""
    return np.asarray(detector.center_ + RADIUS * TOWARDS)


@pytest.mark.parametrize("n", [1, 7, 50])
def test_greedy_displacement_with_infinite_memory(n: int) -> None:
    # Kloft and Laskov 2012, Theorem 3: D_i <= log(1 + i/n); one by one it is H_{n+i} - H_n.
    start = np.array([5.0, -3.0])
    detector = CentroidDetector(radius=RADIUS, prior_count=n).fit(start[None])
    expected = 0.0
    for i in range(1, 301):
        point = boundary(detector)
        assert detector.predict(point[None]).tolist() == [0]
        detector = detector.updated(point[None])
        expected += 1 / (n + i)
        reached = displacement(detector, start)
        assert reached == pytest.approx(expected, abs=1e-11)
        assert reached <= log(1 + i / n)


@pytest.mark.parametrize("n", [1, 7, 50])
def test_greedy_displacement_with_average_out(n: int) -> None:
    # Kloft and Laskov 2012, Theorem 4: D_i = i/n.
    start = np.array([5.0, -3.0])
    detector = CentroidDetector(radius=RADIUS, memory=n).fit(start[None])
    for i in range(1, 201):
        detector = detector.updated(boundary(detector)[None])
        assert displacement(detector, start) == pytest.approx(i / n, rel=1e-12)


@pytest.mark.parametrize(
    ("prior", "blocks", "expected"),
    [(10, (3, 4, 6, 7), 0.960265), (20, (6, 7, 9, 12, 16), 1.10797)],
)
def test_displacement_by_the_best_blocks(
    prior: int, blocks: tuple[int, ...], expected: float
) -> None:
    # Exact integer optimum of Barreno et al. 2006, section 5: D = sum of alpha_i / (N + M_i).
    start = np.zeros(2)
    detector = CentroidDetector(radius=RADIUS, prior_count=prior).fit(start[None])
    for size in blocks:
        detector = detector.updated(np.tile(boundary(detector), (size, 1)))
    assert displacement(detector, start) == pytest.approx(expected, abs=5e-6)
    assert detector.count_ == prior + sum(blocks)


@pytest.mark.parametrize(("wanted", "points"), [(1, 173), (2, 643), (3, 1919)])
def test_points_needed_one_at_a_time(wanted: int, points: int) -> None:
    # N = 100: the smallest M with H_{N+M} - H_N >= D; the bound N(e^D - 1) is below it.
    start = np.zeros(2)
    detector = CentroidDetector(radius=RADIUS, prior_count=100).fit(start[None])
    needed = 0
    while displacement(detector, start) < wanted:
        detector = detector.updated(boundary(detector)[None])
        needed += 1
    assert needed == points


def test_a_target_is_accepted_once_its_distance_to_the_boundary_is_covered() -> None:
    target = 1.5 * RADIUS * TOWARDS
    for reached, verdict in ((0.4999, 1), (0.5, 0), (0.51, 0)):
        center = reached * RADIUS * TOWARDS
        detector = CentroidDetector(radius=RADIUS).fit(center[None])
        assert detector.predict(target[None]).tolist() == [verdict]


@pytest.mark.parametrize("make", DETECTORS)
def test_scores_are_relative_distances(make: Callable[..., HypersphereDetector]) -> None:
    detector = make(radius=RADIUS).fit([[1.0, 1.0]])
    rows = [[1.0, 1.0], [3.0, 1.0], [1.0, 5.0], [2.0, 1.0]]
    np.testing.assert_allclose(detector.decision_function(rows), [-1, 0, 1, -0.5], atol=1e-15)
    assert detector.predict(rows).tolist() == [0, 0, 1, 0]
    assert detector.predict(rows).dtype == np.int8


@settings(max_examples=100, deadline=None)
@given(seed=seeds)
def test_a_point_put_on_the_boundary_is_inside(seed: int) -> None:
    rng = np.random.default_rng(seed)
    detector = CentroidDetector(radius=rng.uniform(0.1, 10)).fit(rng.normal(size=(5, 20)))
    direction = rng.normal(size=20)
    direction /= np.linalg.norm(direction)
    point = detector.center_ + detector.radius_ * direction
    assert detector.predict([point, point + 1e-9 * direction]).tolist() == [0, 1]


@settings(max_examples=100, deadline=None)
@given(
    seed=seeds,
    size=st.integers(2, 80),
    rate=st.sampled_from([0.0, 0.005, 0.1, 0.29, 0.5, 0.9]),
    make=st.sampled_from(DETECTORS),
)
def test_fitted_radius_is_the_smallest_that_keeps_the_rate(
    seed: int, size: int, rate: float, make: Callable[..., HypersphereDetector]
) -> None:
    rows = np.random.default_rng(seed).normal(size=(size, 3))
    detector = make(false_positive_rate=rate).fit(rows)
    outside = detector.predict(rows).sum()
    assert outside <= rate * size + 1e-9
    smaller = detector.radius_ * (1 - 1e-9)
    beyond = np.sum(np.linalg.norm(rows - detector.center_, axis=1) > smaller)
    assert beyond > rate * size


def test_a_rate_of_29_percent_leaves_29_of_100_outside() -> None:
    # 0.29 * 100 is below 29 in floating point.
    rows = np.random.default_rng(0).normal(size=(100, 3))
    assert CentroidDetector(false_positive_rate=0.29).fit(rows).predict(rows).sum() == 29


@pytest.mark.parametrize("make", DETECTORS)
def test_radius_stays_fixed_and_rows_outside_are_learned(
    make: Callable[..., HypersphereDetector],
) -> None:
    rows = np.random.default_rng(1).normal(size=(50, 3))
    detector = make().fit(rows)
    far = np.full((60, 3), 100.0)
    moved = detector.updated(far)
    assert moved.radius_ == detector.radius_ == moved.downdated(far).radius_
    assert np.linalg.norm(moved.center_) > 50


@settings(max_examples=100, deadline=None)
@given(seed=seeds, cut=st.integers(1, 29), make=st.sampled_from(DETECTORS))
def test_learning_in_portions_is_learning_at_once(
    seed: int, cut: int, make: Callable[..., HypersphereDetector]
) -> None:
    rows = np.random.default_rng(seed).normal(1e3, 1, size=(30, 4))
    whole = make(radius=1.0).fit(rows)
    first = make(radius=1.0).fit(rows[:cut])
    np.testing.assert_allclose(first.updated(rows[cut:]).center_, whole.center_, rtol=1e-14)
    one_by_one = first
    for row in rows[cut:]:
        one_by_one = one_by_one.updated(row[None])
    np.testing.assert_allclose(one_by_one.center_, whole.center_, rtol=1e-14)
    np.testing.assert_allclose(whole.downdated(rows[cut:]).center_, first.center_, rtol=1e-13)


@settings(max_examples=100, deadline=None)
@given(seed=seeds, memory=st.integers(1, 40), size=st.integers(0, 60))
def test_average_out_of_a_batch_is_its_recursion(seed: int, memory: int, size: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(size + 3, 4))
    detector = CentroidDetector(radius=1.0, memory=memory).fit(rows[:3])
    center = rows[:3].mean(axis=0)
    for row in rows[3:]:
        center = center + (row - center) / memory
    moved = detector.updated(rows[3:])
    np.testing.assert_allclose(moved.center_, center, atol=1e-12)
    assert moved.count_ == memory


def test_a_thousand_updates_undone_return_the_center() -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(1e6, 1, size=(100, 3))
    detector = CentroidDetector(radius=1.0).fit(rows)
    batches = [rng.normal(1e6, 1, size=(7, 3)) for _ in range(1000)]
    moved = detector
    for batch in batches:
        moved = moved.updated(batch)
    for batch in batches:
        moved = moved.downdated(batch)
    assert moved.count_ == detector.count_
    np.testing.assert_allclose(moved.center_, detector.center_, rtol=1e-15)


def test_prior_count_weighs_the_first_center() -> None:
    detector = CentroidDetector(radius=1.0, prior_count=9).fit([[1.0], [3.0]])
    assert detector.count_ == 9
    assert detector.updated([[12.0]]).center_.tolist() == [3.0]


@pytest.mark.parametrize("make", DETECTORS)
def test_malicious_rows_are_left_out(make: Callable[..., HypersphereDetector]) -> None:
    rows = np.random.default_rng(3).normal(size=(40, 3))
    malicious = np.arange(40) % 3 == 0
    rows[malicious] += 50
    clean = make().fit(rows[~malicious])
    labeled = make().fit(rows, malicious.astype(int))
    np.testing.assert_array_equal(labeled.center_, clean.center_)
    assert labeled.radius_ == clean.radius_
    more = clean.updated(rows, malicious)
    np.testing.assert_array_equal(more.center_, clean.updated(rows[~malicious]).center_)
    np.testing.assert_allclose(more.downdated(rows, malicious).center_, clean.center_, rtol=1e-12)


@pytest.mark.parametrize("make", DETECTORS)
def test_an_update_leaves_the_old_detector_and_its_input_as_they_are(
    make: Callable[..., HypersphereDetector],
) -> None:
    rows = np.random.default_rng(4).normal(size=(10, 2))
    detector = make(radius=1.0).fit(rows)
    center = detector.center_.copy()
    same = detector.updated(rows[:0]).downdated(rows[:0])
    np.testing.assert_array_equal(same.center_, center)
    detector.updated(rows + 5).downdated(rows)
    np.testing.assert_array_equal(detector.center_, center)
    assert not detector.center_.flags.writeable
    rows[0] = 0.0
    np.testing.assert_array_equal(detector.center_, center)
    assert detector.decision_function(rows[:0]).shape == (0,)


@pytest.mark.parametrize("make", DETECTORS)
def test_booleans_are_numbers(make: Callable[..., HypersphereDetector]) -> None:
    rows = np.random.default_rng(5).random((20, 6)) < 0.4
    of_bool, of_float = make().fit(rows), make().fit(rows.astype(float))
    np.testing.assert_array_equal(of_bool.center_, of_float.center_)
    np.testing.assert_array_equal(
        of_bool.decision_function(rows), of_float.decision_function(rows.astype(float))
    )


@pytest.mark.parametrize("make", DETECTORS)
def test_it_is_a_scikit_learn_estimator(make: Callable[..., HypersphereDetector]) -> None:
    rows = np.random.default_rng(6).normal(size=(30, 2))
    detector = make(false_positive_rate=0.1).fit(rows)
    check_is_fitted(detector)
    fresh = clone(detector)
    assert fresh.get_params() == detector.get_params()
    with pytest.raises(NotFittedError):
        check_is_fitted(fresh)
    copied = pickle.loads(pickle.dumps(detector))
    np.testing.assert_array_equal(copied.decision_function(rows), detector.decision_function(rows))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"radius": 0.0}, "radius must be positive, got 0.0; or use None to fit it"),
        ({"radius": np.nan}, "radius must be positive, got nan"),
        ({"false_positive_rate": 1.0}, r"false_positive_rate must be in \[0, 1\), got 1.0"),
        ({"prior_count": 0.0}, "prior_count must be positive, got 0.0"),
        ({"memory": 0}, "memory must be at least 1, got 0"),
        ({"memory": 5, "prior_count": 5}, "prior_count and memory exclude each other"),
    ],
)
def test_bad_parameters_are_refused(parameters: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CentroidDetector(**parameters).fit([[0.0], [1.0]])  # type: ignore[arg-type]


@pytest.mark.parametrize("make", DETECTORS)
@pytest.mark.parametrize(
    ("rows", "labels", "message"),
    [
        ([[0.0], [np.nan]], None, "X must be finite, row 1 holds NaN or infinity"),
        ([[np.inf], [0.0]], None, "X must be finite, row 0 holds NaN or infinity"),
        ([0.0, 1.0], None, r"X must be a matrix of shape \(rows, columns\), got shape \(2,\)"),
        ([["a"], ["b"]], None, "X must hold numbers, got dtype <U1"),
        ([[0.0], [1.0]], [0], r"y must have shape \(2,\)"),
        ([[0.0], [1.0]], [0, -1], r"y must hold only 0 \(honest\) and 1 \(malicious\), got -1"),
        ([[0.0], [1.0]], [1, 1], "X must hold at least one honest row, got none"),
        (np.zeros((0, 2)), None, "X must hold at least one honest row, got none"),
        ([[1.0], [1.0]], None, "radius must be positive, got 0 from rows that lie at the center"),
    ],
)
def test_bad_training_rows_are_refused(
    make: Callable[..., HypersphereDetector], rows: object, labels: object, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make().fit(rows, labels)  # type: ignore[arg-type]


@pytest.mark.parametrize("make", DETECTORS)
def test_bad_later_rows_are_refused(make: Callable[..., HypersphereDetector]) -> None:
    detector = make(radius=1.0).fit([[0.0, 0.0], [1.0, 1.0]])
    calls = (detector.updated, detector.downdated, detector.predict)
    for call in calls:
        with pytest.raises(ValueError, match="X must have 2 columns as in fit, got 3"):
            call([[0.0, 0.0, 0.0]])
        with pytest.raises(ValueError, match="X must be finite, row 0"):
            call([[0.0, np.nan]])
    name = type(detector).__name__
    for call in (make().updated, make().downdated, make().predict):
        with pytest.raises(NotFittedError, match=f"{name} is not fitted yet; call fit"):
            call([[0.0]])


def test_what_cannot_be_unlearned_is_refused() -> None:
    rows = [[0.0], [1.0], [2.0]]
    with pytest.raises(ValueError, match="fewer rows than the 3 points that the center weighs"):
        CentroidDetector(radius=1.0).fit(rows).downdated(rows)
    with pytest.raises(ValueError, match="downdated requires memory=None, got 5"):
        CentroidDetector(radius=1.0, memory=5).fit(rows).downdated(rows[:1])
    for make in ROBUST:
        robust = make(radius=1.0).fit(rows)
        with pytest.raises(ValueError, match="X must hold only rows that the detector has learned"):
            robust.downdated([[1.0], [1.0]])
        with pytest.raises(ValueError, match="X must leave a row to the detector, got all 3"):
            robust.downdated(rows)
