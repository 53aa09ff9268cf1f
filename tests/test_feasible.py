"""What an adversary can do to a row: the projection is feasible, nearest, and leaves alone."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from armsrace.feasible import Feasible

WIDTH = 6
NUMBERS = st.floats(-4, 4).map(lambda number: round(number, 3) + 0.0)
ROWS = st.lists(st.lists(NUMBERS, min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=4).map(
    np.array
)
COLUMNS = st.lists(st.integers(0, WIDTH - 4), unique=True, max_size=3)


@st.composite
def descriptions(draw: Any) -> Feasible:
    """Any constraints on the first three columns; the last three may be a group."""
    grouped = draw(st.booleans())
    return Feasible(
        lower=draw(st.sampled_from([-np.inf, -3.0, -1.0])),
        upper=draw(st.sampled_from([np.inf, 3.0, 1.0])),
        immutable=draw(COLUMNS),
        integer=draw(COLUMNS),
        increasing=draw(COLUMNS),
        decreasing=draw(COLUMNS),
        groups=([3, 4, 5],) if grouped else (),
    )


def originals_of(feasible: Feasible, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows that could have been made from nothing."""
    return feasible.nearest(rows)


@given(descriptions(), ROWS)
@settings(max_examples=300)
def test_nearest_row_made_from_nothing_is_allowed_and_stays(
    feasible: Feasible, wished: NDArray[np.float64]
) -> None:
    near = feasible.nearest(wished)
    assert feasible.allows(near).all()
    np.testing.assert_array_equal(feasible.nearest(near), near)


@given(descriptions(), ROWS, st.integers(0, 2**32 - 1))
@settings(max_examples=300)
def test_nearest_altered_row_keeps_to_its_original(
    feasible: Feasible, wished: NDArray[np.float64], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    originals = originals_of(feasible, rng.uniform(-4, 4, size=wished.shape))
    near = feasible.nearest(wished, originals)
    assert feasible.allows(near, originals).all()
    assert feasible.allows(near).all()
    fixed, up, down = feasible.immutable, feasible.increasing, feasible.decreasing
    np.testing.assert_array_equal(near[:, fixed], originals[:, fixed])
    assert (near[:, up] >= originals[:, up]).all()
    assert (near[:, down] <= originals[:, down]).all()
    frozen = ~feasible.mutable(WIDTH)
    np.testing.assert_array_equal(near[:, frozen], originals[:, frozen])


@given(descriptions(), ROWS, st.integers(0, 2**32 - 1))
@settings(max_examples=200)
def test_no_allowed_row_is_nearer(
    feasible: Feasible, wished: NDArray[np.float64], seed: int
) -> None:
    """Against random rows that are allowed, of which many lie next to the answer."""
    rng = np.random.default_rng(seed)
    originals = originals_of(feasible, rng.uniform(-4, 4, size=wished.shape))
    near = feasible.nearest(wished, originals)
    distance = np.linalg.norm(near - wished, axis=1)
    for scale in (0.3, 1.0, 3.0):
        other = wished + rng.normal(scale=scale, size=wished.shape)
        other[:, feasible.integer] = np.rint(other[:, feasible.integer])
        fixed = feasible.immutable
        other[:, fixed] = originals[:, fixed]
        for group in feasible.groups:
            other[:, group] = np.eye(3)[rng.integers(3, size=len(other))]
        other = np.clip(other, *feasible.bounds(WIDTH, originals))
        allowed = feasible.allows(other, originals)
        assert (np.linalg.norm(other - wished, axis=1) >= distance - 1e-9)[allowed].all()


def test_nearest_integer_rows_are_those_of_an_exhaustive_search() -> None:
    feasible = Feasible(lower=[-1.5, 0], upper=[2.5, 3], integer=[0, 1], increasing=[1])
    original = np.array([[0.0, 1.0]])
    grid = np.array(list(product(range(-1, 3), range(1, 4))), dtype=float)
    for wished in np.random.default_rng(0).uniform(-4, 5, size=(200, 1, 2)):
        best = np.linalg.norm(grid - wished, axis=1).min()
        near = feasible.nearest(wished, original)
        assert np.linalg.norm(near - wished) == pytest.approx(best, abs=1e-12)


def test_row_left_as_it_was_is_always_allowed() -> None:
    feasible = Feasible(lower=0, upper=1, integer=[0])
    out_of_bounds = np.array([[2.5, -7.0]])
    assert feasible.allows(out_of_bounds, out_of_bounds).all()
    assert not feasible.allows(out_of_bounds).any()


def test_group_goes_to_its_largest_entry_and_can_be_immutable() -> None:
    free, frozen = Feasible(groups=([0, 1, 2],)), Feasible(groups=([0, 1, 2],), immutable=[0, 1, 2])
    original = np.array([[1.0, 0.0, 0.0]])
    wished = np.array([[0.2, 0.1, 0.9]])
    assert free.nearest(wished, original).tolist() == [[0.0, 0.0, 1.0]]
    assert frozen.nearest(wished, original).tolist() == [[1.0, 0.0, 0.0]]
    assert frozen.nearest(wished).tolist() == [[0.0, 0.0, 1.0]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lower": 2, "upper": 1}, "lower must not exceed upper"),
        ({"lower": float("nan")}, "lower must not exceed upper"),
        ({"lower": 0.2, "upper": 0.8, "integer": [3]}, "integer column 3 has no integer"),
        ({"groups": ([0, 1], [1, 2])}, "a column must stand in at most one of groups"),
        ({"groups": ([0, 1],), "integer": [1]}, "column 1 must not be both integer and in a"),
        ({"groups": ([0, 1],), "immutable": [1]}, "must be immutable as a whole or not at all"),
        ({"immutable": [-1]}, "immutable must list columns from 0 on, got -1"),
        ({"immutable": [True, False]}, "immutable must list columns by index"),
    ],
)
def test_impossible_descriptions_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Feasible(**arguments)


def test_rows_that_are_too_narrow_are_refused() -> None:
    with pytest.raises(ValueError, match="immutable names column 5, but rows have 2"):
        Feasible(immutable=[5]).nearest(np.zeros((1, 2)))
    with pytest.raises(ValueError, match="lower must hold 2 bounds, one a column, got 3"):
        Feasible(lower=[0, 0, 0]).nearest(np.zeros((1, 2)))
    with pytest.raises(ValueError, match=r"rows must have shape \(n, features\), got \(2,\)"):
        Feasible().nearest(np.zeros(2))


def test_repr_says_what_is_constrained() -> None:
    assert repr(Feasible()) == "Feasible()"
    told = repr(Feasible(lower=0, immutable=[2], groups=([0, 1],)))
    assert told == "Feasible(lower=0, immutable=[2], groups=[[0, 1]])"
