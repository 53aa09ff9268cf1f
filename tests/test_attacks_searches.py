"""Searches by membership queries: what they find, and what they spend, against the theory."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.attacks.probe.acre import acre_boolean, acre_linear, linear_boundary
from armsrace.attacks.probe.membership import Found, Membership
from armsrace.attacks.probe.multiline import (
    axis_lines,
    kstep_search,
    multiline_search,
    straight_lines,
)
from armsrace.models.published import Published, QueryLimitError
from armsrace.theory import evasion

RNG = np.random.default_rng
SEEDS = st.integers(0, 2**32 - 1)
LOWER, UPPER, TOLERANCE = 2.0**-10, 2.0**10, 0.01
STEPS = evasion.multiplicative_steps(LOWER, UPPER, TOLERANCE)
Search = Callable[..., Found]


class Never:
    """Judges every row malicious."""

    def decision_function(self, rows: Any) -> Any:
        return np.ones(len(rows))


def polyhedron(seed: int, dimension: int) -> tuple[Callable[[Any], bool], np.ndarray, np.ndarray]:
    """Rejects {x: A x < b}, b > 0, which is convex and holds the origin."""
    rng = RNG(seed)
    normals = rng.normal(size=(2 * dimension, dimension))
    offsets = rng.uniform(0.1, 3.0, size=2 * dimension)
    return lambda row: bool((normals @ row >= offsets).any()), normals, offsets


@pytest.mark.parametrize(
    ("search", "bound"),
    [
        (multiline_search, evasion.multiline_query_bound),
        (kstep_search, evasion.kstep_query_bound),
    ],
)
@given(seed=SEEDS, dimension=st.integers(1, 12))
@settings(max_examples=150, deadline=None)
def test_search_finds_the_least_l1_cost_within_the_tolerance_and_the_bound(
    search: Search, bound: Callable[..., Any], seed: int, dimension: int
) -> None:
    """The MAC of {max_k a_k x / b_k >= 1} in the l_1 norm is min_k b_k / max_i |a_ki|."""
    accepts, normals, offsets = polyhedron(seed, dimension)
    least = float((offsets / np.abs(normals).max(axis=1)).min())
    query = Membership(accepts)
    lines = axis_lines(np.zeros(dimension))
    found = search(query, lines, lower=LOWER, upper=UPPER, tolerance=TOLERANCE)
    assert found.instance is not None
    assert accepts(found.instance)
    assert found.cost == pytest.approx(np.abs(found.instance).sum())
    assert least <= found.cost * (1 + 1e-12)
    assert found.cost <= (1 + TOLERANCE) * least
    assert found.queries == query.count <= bound(2 * dimension, STEPS)


@given(seed=SEEDS, dimension=st.integers(2, 12))
@settings(max_examples=100, deadline=None)
def test_axes_are_enough_for_l2_costs_above_their_tolerance(seed: int, dimension: int) -> None:
    """Corollary 9: within sqrt(D) of the least l_2 cost, which is min_k b_k / |a_k|."""
    accepts, normals, offsets = polyhedron(seed, dimension)
    least = float((offsets / np.linalg.norm(normals, axis=1)).min())
    query = Membership(accepts)
    found = multiline_search(
        query, axis_lines(np.zeros(dimension)), lower=LOWER, upper=UPPER, tolerance=TOLERANCE
    )
    allowed = (1 + evasion.axis_tolerance(dimension, 2)) * (1 + TOLERANCE)
    assert least <= found.cost * (1 + 1e-12)
    assert found.cost <= allowed * least


@pytest.mark.parametrize("search", [multiline_search, kstep_search])
def test_search_that_only_the_dearest_satisfies_takes_the_bound(search: Search) -> None:
    """Known answer: |W| L for the plain search, and one more to see that the last is accepted."""
    lines = axis_lines(np.zeros(25))
    query = Membership(lambda row: bool(np.abs(row).sum() >= UPPER))
    found = search(query, lines, lower=LOWER, upper=UPPER, tolerance=TOLERANCE)
    assert found.cost == UPPER
    if search is multiline_search:
        assert found.queries == evasion.multiline_query_bound(50, STEPS) + 1
    else:
        assert found.queries <= evasion.kstep_query_bound(50, STEPS) + 1
        assert found.queries < evasion.multiline_query_bound(50, STEPS)


def test_search_finds_nothing_where_nothing_is_let_through() -> None:
    query = Membership(lambda row: False)
    found = kstep_search(query, axis_lines([0.0]), lower=1.0, upper=2.0, tolerance=0.1)
    assert found.instance is None
    assert found.cost == np.inf


@pytest.mark.parametrize("search", [multiline_search, kstep_search])
@given(budget=st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_search_stops_with_its_best_when_the_budget_is_spent(search: Search, budget: int) -> None:
    accepts, _, _ = polyhedron(3, 4)
    query = Membership(accepts, budget)
    lines = axis_lines(np.zeros(4))
    found = search(query, lines, lower=LOWER, upper=UPPER, tolerance=TOLERANCE)
    assert query.count <= budget
    assert found.instance is None or accepts(found.instance)
    dearer = search(Membership(accepts, max(budget - 5, 0)), lines, lower=LOWER, upper=UPPER,
                    tolerance=TOLERANCE)  # fmt: skip
    assert found.cost <= dearer.cost


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"lines": []}, "lines must hold at least one line"),
        ({"lower": 0.0}, "0 < lower <= upper, got 0.0 and 2.0"),
        ({"lower": 3.0}, "0 < lower <= upper, got 3.0 and 2.0"),
        ({"tolerance": 0.0}, "tolerance must be positive and finite, got 0.0"),
    ],
)
@pytest.mark.parametrize("search", [multiline_search, kstep_search])
def test_search_refuses_what_is_out_of_range(
    search: Search, arguments: dict[str, Any], says: str
) -> None:
    usual: dict[str, Any] = {"lines": axis_lines([0.0]), "lower": 1.0, "upper": 2.0}
    with pytest.raises(ValueError, match=says):
        search(Membership(lambda row: True), **{**usual, "tolerance": 0.1, **arguments})


def test_straight_lines_go_where_they_say() -> None:
    (line,) = straight_lines([1.0, 2.0], [[0.0, -1.0]])
    assert line(0.5).tolist() == [1.0, 1.5]


@given(seed=SEEDS, dimension=st.integers(2, 20))
@settings(max_examples=100, deadline=None)
def test_weights_of_a_linear_classifier_are_found(seed: int, dimension: int) -> None:
    """All ratios within 1 %, for far less than the 1176 queries of a plain search at n = 20."""
    rng = RNG(seed)
    weights = rng.uniform(0.1, 3.0, size=dimension) * rng.choice([-1, 1], size=dimension)
    honest, malicious = rng.normal(size=(2, dimension))
    threshold = float(weights @ (honest + malicious) / 2)
    if weights @ honest > weights @ malicious:
        honest, malicious = malicious, honest
    # Unit steps, so that every feature counts.
    malicious = np.where(np.abs(malicious - honest) < 0.2, honest, malicious)
    if weights @ malicious <= threshold:
        return
    query = Membership(lambda row: bool(weights @ row <= threshold))
    found, border = linear_boundary(query, malicious, honest, tolerance=0.01)
    scale = np.abs(weights[np.abs(found) == 1.0][0])
    assert found * scale == pytest.approx(weights, rel=0.011)
    assert border * scale == pytest.approx(threshold, abs=0.02 * np.abs(weights).sum())
    assert query.count <= 14 * dimension + 45


@given(seed=SEEDS, dimension=st.integers(2, 12))
@settings(max_examples=100, deadline=None)
def test_acre_of_a_linear_classifier_is_nearly_the_cheapest(seed: int, dimension: int) -> None:
    """The least l_1 cost is the gap by the largest weight."""
    rng = RNG(seed)
    weights = rng.normal(size=dimension)
    malicious = weights + rng.normal(size=dimension)
    threshold = float(weights @ malicious) - rng.uniform(0.1, 2.0)
    honest = malicious - 3.0 * weights / (weights @ weights)
    query = Membership(lambda row: bool(weights @ row <= threshold))
    found = acre_linear(query, malicious, honest, tolerance=0.01)
    least = (weights @ malicious - threshold) / np.abs(weights).max()
    assert found.instance is not None
    assert weights @ found.instance <= threshold
    assert least <= found.cost * (1 + 1e-9)
    assert found.cost <= 1.01**3 * least


@given(seed=SEEDS)
@settings(max_examples=200, deadline=None)
def test_acre_of_booleans_makes_at_most_twice_the_changes_needed(seed: int) -> None:
    """Against all 2^9 rows, as in Theorem 4.1 of Lowd and Meek."""
    rng = RNG(seed)
    weights = rng.normal(size=9)
    start, honest = rng.integers(0, 2, size=(2, 9))
    scores = sorted([float(weights @ honest), float(weights @ start)])
    if scores[1] - scores[0] < 1e-9:
        return
    if weights @ honest > weights @ start:
        start, honest = honest, start
    threshold = float(rng.uniform(scores[0], scores[1]))
    rows = np.array(list(product([0, 1], repeat=9)))
    passed = rows[rows @ weights <= threshold]
    least = int((passed != start).sum(axis=1).min())
    query = Membership(lambda row: bool(weights @ row <= threshold))
    found = acre_boolean(query, start, honest, changeable=np.arange(9))
    assert found.instance is not None
    assert weights @ found.instance <= threshold
    assert least <= found.cost <= 2 * least


def test_acre_of_booleans_stops_with_its_best() -> None:
    costs = []
    for budget in range(2, 12):
        query = Membership(lambda row: bool(row.sum() >= 3), budget)
        found = acre_boolean(query, np.zeros(8), np.ones(8), changeable=np.arange(8))
        assert query.count <= budget
        assert found.instance is not None
        assert found.cost == np.count_nonzero(found.instance) >= 3
        costs.append(found.cost)
    assert costs == [8, 7, 6, 5, 4, 3, 3, 3, 3, 3]


def test_searches_refuse_ends_on_the_wrong_side() -> None:
    lenient, strict = Membership(lambda row: True), Membership(lambda row: False)
    for search in (acre_linear, linear_boundary):
        with pytest.raises(ValueError, match="malicious must be a row that is rejected"):
            search(lenient, [1.0], [0.0])
        with pytest.raises(ValueError, match="honest must be a row that is let through"):
            search(strict, [1.0], [0.0])
        with pytest.raises(ValueError, match=r"tolerance must be in \(0, 1\), got 1.0"):
            search(lenient, [1.0], [0.0], tolerance=1.0)
    with pytest.raises(ValueError, match="differ in changeable columns only, got 1"):
        acre_boolean(lenient, [0, 0], [0, 1], changeable=[0])
    with pytest.raises(QueryLimitError):
        acre_boolean(Membership(lambda row: False, 1), [0], [1], changeable=[0])


def test_weights_that_were_not_reached_are_zero() -> None:
    weights = np.array([1.0, -2.0, 3.0])
    full = Membership(lambda row: bool(row @ weights <= 1))
    linear_boundary(full, [4.0, 0.0, 0.0], np.zeros(3))
    short = Membership(lambda row: bool(row @ weights <= 1), full.count - 1)
    found, _ = linear_boundary(short, [4.0, 0.0, 0.0], np.zeros(3))
    assert found.round(1).tolist() == [1.0, -2.0, 0.0]


def test_membership_asks_a_model_in_sight_at_home_and_a_hidden_one_through_the_door() -> None:
    for public, counted in ((Published(Never()), 0), (Published(Never()).hidden(), 1)):
        query = Membership.of(public)
        assert not query(np.zeros(2))
        assert not query(np.zeros(2))
        assert (query.count, public.log.count) == (1, counted)


def test_membership_refuses_beyond_its_budget_and_the_learners() -> None:
    query = Membership.of(Published(Never()).hidden().limited(1), budget=5)
    query(np.zeros(1))
    with pytest.raises(QueryLimitError, match="0 queries remain"):
        query(np.ones(1))
    with pytest.raises(QueryLimitError, match="budget of 0 queries is spent"):
        Membership(lambda row: True, 0)(np.zeros(1))
    with pytest.raises(ValueError, match="budget must be at least 0, got -1"):
        Membership(lambda row: True, -1)
