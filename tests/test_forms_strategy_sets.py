"""Convex sets: what a projection and a farthest point are, from their definitions."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms.mixtures import Mixtures, SphereSlab
from armsrace.forms.strategy_sets import Balls, Box, HalfSpaces, Product, Simplex, StrategySet

SLAB = SphereSlab([0.5, -0.5, 0.0], radius=2.0, width=0.7, axis=[1.0, 2.0, 0.0])
SETS: dict[str, StrategySet] = {
    "box": Box([-1.0, 0.0, 0.5], [1.0, 2.0, 0.5]),
    "balls": Balls([[0.0, 1.0], [2.0, 0.0]], [1.0, 0.5]),
    "simplex": Simplex(4),
    "half-spaces": HalfSpaces(
        [[1.0, 1.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, -1.0, 0.0]],
        [2.0, 0.0, 0.5, 0.0, 0.25],
    ),
    "product": Product([Simplex(2), Balls([[1.0, 1.0]], [2.0])]),
    "slab": SLAB,
    "wide slab": SphereSlab([0.0, 0.0], radius=1.0, width=np.inf, axis=[1.0, 0.0]),
    "mixtures": Mixtures([SLAB, Balls([[-1.0, 0.0, 1.0]], [1.5])]),
    "simple mixture": Mixtures([Box([1.0], [2.0])]),
}
members = pytest.mark.parametrize("allowed", SETS.values(), ids=SETS.keys())


@members
@settings(max_examples=100)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.1, 1.0, 10.0]))
def test_projection_and_farthest_point_are_what_they_are_called(
    allowed: StrategySet, seed: int, size: float
) -> None:
    """Both are inside; no point of the set lies on the far side of either's hyperplane."""
    rng = np.random.default_rng(seed)
    point, direction = size * rng.normal(size=(2, allowed.dimension))
    nearest, far = allowed.project(point), allowed.farthest(direction)
    for found in (nearest, far):
        np.testing.assert_allclose(allowed.project(found), found, atol=1e-7)
    others = [allowed.farthest(direction), allowed.farthest(point - nearest)]
    others += [allowed.project(3.0 * rng.normal(size=allowed.dimension)) for _ in range(5)]
    for other in others:
        assert (point - nearest) @ (other - nearest) <= 1e-6 * (1.0 + size)
        assert direction @ (other - far) <= 1e-7 * (1.0 + size)


@members
def test_membership(allowed: StrategySet) -> None:
    inside = allowed.project(np.zeros(allowed.dimension))
    assert allowed.contains(inside, 1e-7)
    assert not allowed.contains(inside + 100.0)
    assert not allowed.contains(np.append(inside, 0.0))
    assert not allowed.contains(np.full(allowed.dimension, np.nan))


def test_unbounded_sets_say_so() -> None:
    half_line = Box([0.0], [np.inf])
    assert half_line.farthest(np.array([1.0])).tolist() == [np.inf]
    assert half_line.farthest(np.array([0.0])).tolist() == [0.0]
    half_plane = HalfSpaces([[1.0, 0.0]], [1.0])
    assert half_plane.farthest(np.array([-1.0, 0.0])).tolist() == [-np.inf, 0.0]


def test_two_ways_to_a_simplex() -> None:
    normals = np.vstack([-np.eye(3), np.ones((1, 3)), -np.ones((1, 3))])
    faces = HalfSpaces(normals, [0.0, 0.0, 0.0, 1.0, -1.0])
    for point in np.random.default_rng(0).normal(size=(50, 3)):
        np.testing.assert_allclose(faces.project(point), Simplex(3).project(point), atol=1e-9)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Box([0.0], [1.0, 2.0]), "low and high must have one shape"),
        (lambda: Box([2.0], [1.0]), "low must not be above high, got 2 and 1 at 0"),
        (lambda: Box([np.nan], [1.0]), "low must not be above high"),
        (lambda: Balls([0.0], [1.0]), r"centers and radii must have shapes \(k, m\)"),
        (lambda: Balls([[0.0]], [-1.0]), "radii must not be negative, got -1"),
        (lambda: Simplex(0), "size must be at least 1, got 0"),
        (lambda: HalfSpaces([[0.0, 0.0]], [1.0]), "normals must not be zero"),
        (lambda: HalfSpaces([[1.0], [-1.0]], [0.0, -1.0]), "point in common, and these have none"),
        (lambda: HalfSpaces([[1.0]], [1.0, 2.0]), "normals and offsets must have shapes"),
        (lambda: Product([]), "factors must hold at least one set"),
        (lambda: SphereSlab([0.0], 0.0, 1.0, [1.0]), "radius and width must be positive"),
        (lambda: SphereSlab([0.0], 1.0, 1.0, [0.0]), "axis must not be zero"),
        (lambda: SphereSlab([0.0], 1.0, 1.0, [1.0, 0.0]), "center and axis must have one shape"),
        (lambda: Mixtures([Simplex(1), Simplex(2)]), "all of the same dimension"),
    ],
)
def test_bad_sets_are_refused(make: Callable[[], StrategySet], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make()
