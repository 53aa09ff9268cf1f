"""Query counts, against the searches that they count, and bounds against geometry."""

from collections.abc import Callable
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.theory import evasion

INF = float("inf")
LOWER, UPPER, TOLERANCE = 1.0, 2.0**20, 0.01
STEPS = int(evasion.multiplicative_steps(LOWER, UPPER, TOLERANCE))


class Oracle:
    """Accepts cost c along direction i iff c >= reach[i]; counts the questions."""

    def __init__(self, reach: np.ndarray) -> None:
        self.reach = reach
        self.queries = 0

    def accepts(self, direction: int, cost: float) -> bool:
        self.queries += 1
        return cost >= float(self.reach[direction])


def multiline_search(oracle: Oracle) -> float:
    """Halve the gap of the logarithms, asking each direction until one accepts."""
    low, high, directions = LOWER, UPPER, list(range(oracle.reach.size))
    while high / low > 1 + TOLERANCE:
        middle = (low * high) ** 0.5
        for i, direction in enumerate(directions):
            if oracle.accepts(direction, middle):
                high, directions = middle, directions[i:]
                break
        else:
            low = middle
    return high


def kstep_search(oracle: Oracle) -> float:
    """Take K steps along the first direction, then ask the others whether they do better."""
    low, high, directions = LOWER, UPPER, list(range(oracle.reach.size))
    stride = int(np.ceil(STEPS**0.5))
    while high / low > 1 + TOLERANCE:
        below, above = low, high
        for _ in range(stride):
            middle = (below * above) ** 0.5
            if oracle.accepts(directions[0], middle):
                above = middle
            else:
                below = middle
        high = above
        for i, direction in enumerate(directions[1:], start=1):
            if oracle.accepts(direction, below):
                high, directions = below, directions[i:]
                break
        else:
            low = below
    return high


def test_double_logarithm() -> None:
    assert STEPS == 11
    assert float(evasion.multiplicative_steps(2.0, 2.0, 0.1)) == 0.0
    assert float(evasion.multiplicative_steps(1.0, 1.05, 0.1)) == 0.0
    assert float(evasion.additive_steps(1.0, 9.0, 1.0)) == 3.0
    assert float(evasion.additive_steps(1.0, 9.1, 1.0)) == 4.0


@settings(max_examples=100, deadline=None)
@given(st.floats(1e-3, 1e3), st.floats(1.0, 1e6), st.floats(1e-4, 10.0))
def test_steps_halve_the_gap_to_the_tolerance_and_no_fewer_do(
    lower: float, ratio: float, tolerance: float
) -> None:
    upper = lower * ratio
    steps = float(evasion.multiplicative_steps(lower, upper, tolerance))
    gap, wanted = np.log(upper / lower), np.log1p(tolerance)
    assert gap / 2**steps <= wanted * (1 + 1e-9)
    assert steps == 0 or gap / 2 ** (steps - 1) > wanted * (1 - 1e-9)


def test_all_rejected_costs_the_multiline_bound_exactly() -> None:
    oracle = Oracle(np.full(37, UPPER))
    multiline_search(oracle)
    assert oracle.queries == int(evasion.multiline_query_bound(37, STEPS))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 60), st.integers(0, 2**32 - 1), st.sampled_from([0.01, 1.0, 20.0]))
def test_searches_stay_within_their_bounds_and_find_the_least_cost(
    directions: int, seed: int, spread: float
) -> None:
    rng = np.random.default_rng(seed)
    reach = np.exp2(np.clip(10.0 + spread * rng.normal(size=directions), 0.0, 20.0))
    for search, bound in (
        (multiline_search, evasion.multiline_query_bound(directions, STEPS)),
        (kstep_search, evasion.kstep_query_bound(directions, STEPS)),
    ):
        oracle = Oracle(reach)
        found = search(oracle)
        assert oracle.queries <= int(bound)
        assert reach.min() * (1 - 1e-12) <= found <= reach.min() * (1 + TOLERANCE) * (1 + 1e-9)


def test_kstep_bound_holds_when_each_direction_is_a_little_cheaper_than_the_last() -> None:
    # The order that drops one direction at a time: every search along the first is in vain.
    worst = 0
    for slope in np.geomspace(1e-4, 0.5, 40):
        oracle = Oracle(np.exp2(20.0 * (1.0 - slope) ** np.arange(60)))
        kstep_search(oracle)
        worst = max(worst, oracle.queries)
    bound = int(evasion.kstep_query_bound(60, STEPS))
    assert bound / 4 < worst <= bound


def test_coordinate_directions_are_enough_for_l1_costs() -> None:
    # The rejected set is a polytope {a x <= b}: the least l1 cost is min b / max |a|.
    rng = np.random.default_rng(9)
    for _ in range(50):
        normals, offsets = rng.normal(size=(30, 8)), rng.uniform(8.0, 50.0, 30)
        with np.errstate(divide="ignore"):
            along = [
                np.where(s * normals > 0, offsets[:, None] / (s * normals), np.inf) for s in (1, -1)
            ]
        reach = np.minimum(np.concatenate([a.min(axis=0) for a in along]), UPPER)
        least = (offsets / np.abs(normals).max(axis=1)).min()
        assert multiline_search(Oracle(reach)) <= least * (1 + TOLERANCE) * (1 + 1e-9)


@pytest.mark.parametrize("order", [1.0, 1.5, 2.0, 4.0, INF])
def test_inscribed_ball_touches_the_l1_ball(order: float) -> None:
    dimension, cost = 7, 3.0
    radius = float(evasion.inscribed_cost(cost, dimension, order))
    rng = np.random.default_rng(1)
    points = rng.normal(size=(2000, dimension))
    points *= radius / np.linalg.norm(points, ord=order, axis=1)[:, None]
    assert np.abs(points).sum(axis=1).max() <= cost * (1 + 1e-12)
    diagonal = np.ones(dimension)
    diagonal *= radius / np.linalg.norm(diagonal, ord=order)
    assert diagonal.sum() == pytest.approx(cost, rel=1e-12)
    # Corollary 9 is the ratio of the two costs.
    assert float(evasion.axis_tolerance(dimension, order)) == pytest.approx(cost / radius - 1)


def test_hard_tolerances() -> None:
    values = evasion.hard_tolerance([1.0, 2.0, INF])
    np.testing.assert_allclose(values, [0.0, 2**0.5 - 1, 1.0], rtol=1e-14)
    # No exponent is left there, and from there on.
    at_the_edge = evasion.exponential_query_bound(1000, values[1:], [2.0, INF])
    np.testing.assert_allclose(at_the_edge, 1.0, rtol=1e-9)
    assert float(evasion.exponential_query_bound(1000, 0.9, 2.0)) == 1.0


@pytest.mark.parametrize("order", [1.5, 2.0, INF])
@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9])
def test_exponential_bound_follows_from_covering_and_hoelder(order: float, fraction: float) -> None:
    tolerance = fraction * float(evasion.hard_tolerance(order))
    exponent = 1.0 - 1.0 / order
    for dimension in (10, 50, 200):
        share = 1.0 - (1.0 + tolerance) ** (-1.0 / exponent)
        covered = int(share * dimension)
        # Fewer balls than this leave a sign vector uncovered.
        balls = 2**dimension / sum(comb(dimension, i) for i in range(covered + 1))
        bound = float(evasion.exponential_query_bound(dimension, tolerance, order))
        assert 1.0 < bound <= balls
        # Then all queries of unit cost lie in s x <= (D - covered - 1)^exponent, and the cheapest
        # point beyond it costs that over D^exponent: less than the tolerance allows.
        cheapest = ((dimension - covered - 1) / dimension) ** exponent
        assert cheapest * (1.0 + tolerance) < 1.0


@pytest.mark.parametrize(
    ("dimension", "tolerance", "queries"), [(20, 0.1, 7.0e6), (50, 0.5, 1.34e6)]
)
def test_euclidean_bound_known_values(dimension: int, tolerance: float, queries: float) -> None:
    value = float(evasion.euclidean_query_bound(dimension, tolerance))
    assert value == pytest.approx(queries, rel=5e-3)


def test_euclidean_bound_tends_to_the_root_of_e_where_coordinates_suffice() -> None:
    dimensions = np.array([2, 10, 100, 10**6])
    values = evasion.euclidean_query_bound(dimensions, evasion.axis_tolerance(dimensions, 2.0))
    expected = (dimensions / (dimensions - 1)) ** ((dimensions - 2) / 2)
    np.testing.assert_allclose(values, expected, rtol=1e-9)
    assert np.all(np.diff(values) > 0)
    assert values[-1] == pytest.approx(np.exp(0.5), rel=1e-5)


def test_every_algorithm_looks_at_every_dimension() -> None:
    assert evasion.query_lower_bound([3, 30], 11).tolist() == [11.0, 30.0]


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (evasion.multiplicative_steps, (0.0, 1.0, 0.1), "lower must be in"),
        (evasion.multiplicative_steps, (2.0, 1.0, 0.1), "lower must not exceed upper"),
        (evasion.additive_steps, (1.0, 2.0, 0.0), "tolerance must be in"),
        (evasion.multiline_query_bound, (0, 3), "directions must be"),
        (evasion.kstep_query_bound, (2, 1.5), "steps must be a whole number"),
        (evasion.query_lower_bound, (0, 3), "dimension must be"),
        (evasion.inscribed_cost, (1.0, 2, 0.5), r"order must be in \[1, inf\], got 0.5"),
        (evasion.exponential_query_bound, (2, 0.1, 1.0), r"order must be in \(1, inf\]"),
        (evasion.euclidean_query_bound, (1, 0.1), "dimension must be"),
    ],
)
def test_bad_input_is_named_at_the_door(
    function: Callable[..., object], arguments: tuple[object, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        function(*arguments)
