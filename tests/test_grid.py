"""Grids: states in order, rounding that keeps the mean, and distributions that sum to one."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.grid import Grid

GRID = Grid({"x": [0.0, 0.3, 1.0], "age": [0.0, 2.0], "fixed": [7.0]})
INSIDE = st.tuples(st.floats(0, 1), st.floats(0, 2), st.just(7.0))


def test_states_run_through_the_last_feature_fastest() -> None:
    assert len(GRID) == 6
    assert GRID.states[:3].tolist() == [[0.0, 0.0, 7.0], [0.0, 2.0, 7.0], [0.3, 0.0, 7.0]]
    assert GRID.labels[5] == (1.0, 2.0, 7.0)


@given(st.lists(INSIDE, min_size=1, max_size=5))
@settings(max_examples=200)
def test_rounding_keeps_the_mean(rows: list[tuple[float, float, float]]) -> None:
    index, weight = GRID.neighbors(rows)
    assert (weight >= 0).all()
    np.testing.assert_allclose(weight.sum(axis=0), 1.0, rtol=1e-12)
    mean = np.einsum("cr,crk->rk", weight, GRID.states[index])
    np.testing.assert_allclose(mean, rows, atol=1e-12)


@given(st.lists(INSIDE, min_size=1, max_size=5))
@settings(max_examples=100)
def test_multilinear_functions_are_interpolated_exactly(
    rows: list[tuple[float, float, float]],
) -> None:
    def function(x: Any) -> Any:
        return 1.0 + 2.0 * x[:, 0] - x[:, 1] + 3.0 * x[:, 0] * x[:, 1]

    between = GRID.interpolated(function(GRID.states), rows)
    np.testing.assert_allclose(between, function(np.array(rows)), atol=1e-12)


def test_beyond_the_ends_is_the_end() -> None:
    index, weight = GRID.neighbors([[5.0, -3.0, 0.0]])
    assert GRID.states[index[weight[:, 0] > 0, 0]].tolist() == [[1.0, 0.0, 7.0]]


def test_drawn_states_have_the_probabilities_of_the_neighbors() -> None:
    row = np.array([[0.2, 1.5, 7.0]])
    drawn = GRID.rounded(np.repeat(row, 20_000, axis=0), np.random.default_rng(0))
    index, weight = GRID.neighbors(row)
    share = np.bincount(drawn, minlength=6) / 20_000
    np.testing.assert_allclose(share[index[:, 0]], weight[:, 0], atol=0.015)


def test_spread_is_the_product_of_the_features_averaged_over_branches() -> None:
    rng = np.random.default_rng(0)
    shares = tuple(rng.dirichlet(np.ones(n), size=(4, 5)) for n in (3, 2, 1))
    shares[0][:, :, 1] = 0.0
    shares[0][:] /= shares[0].sum(axis=-1, keepdims=True)
    probabilities = rng.dirichlet(np.ones(4), size=5).T
    spread = GRID.spread(shares, probabilities)
    whole = np.einsum("br,bri,brj,brk->rijk", probabilities, *shares).reshape(5, 6)
    np.testing.assert_allclose(spread.toarray(), whole, atol=1e-12)
    assert spread.nnz < whole.size


def test_grids_with_the_same_points_are_equal() -> None:
    again = Grid({"x": [0.0, 0.3, 1.0], "age": [0.0, 2.0], "fixed": [7.0]})
    assert again == GRID
    assert hash(again) == hash(GRID)
    assert Grid({"x": [0.0, 1.0]}) != Grid({"y": [0.0, 1.0]})


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({}, "axes must name at least one feature, got none"),
        ({"x": []}, "points of x must increase, one at least"),
        ({"x": [1.0, 1.0]}, "points of x must increase"),
        ({"x": [[0.0], [1.0]]}, "points of x must increase"),
        ({"x": [0.0, np.inf]}, "points of x must be finite"),
        ({"x": [np.nan]}, "points of x must be finite"),
    ],
)
def test_what_is_no_grid_is_refused(axes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Grid(axes)


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"values must have shape \(R, 3\), got \(2, 1\)"):
        GRID.neighbors([[0.0], [1.0]])
