from importlib import import_module
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.spatial import ConvexHull

from armsrace.forms import NormalForm, RepeatedGame
from armsrace.solvers import critical_discount, payoff_set, pure_equilibria
from armsrace.solvers._polygon import cut, hull

DILEMMA = NormalForm.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])

seeds, discounts = st.integers(0, 10**9), st.floats(0.05, 0.95)


def random_stage(seed: int) -> NormalForm:
    rng = np.random.default_rng(seed)
    return NormalForm(rng.integers(-5, 6, size=(2, *rng.integers(1, 4, size=2))).astype(float))


def contains(vertices: np.ndarray, point: np.ndarray, slack: float = 1e-7) -> bool:
    """Tell whether a point is a mixture of the vertices, but for a slack."""
    if not len(vertices):
        return False
    count = len(vertices)
    found = linprog(
        np.zeros(count),
        A_ub=np.vstack([vertices.T, -vertices.T]),
        b_ub=np.concatenate([point + slack, -point + slack]),
        A_eq=np.ones((1, count)),
        b_eq=[1.0],
    )
    return found.x is not None


def test_the_prisoners_dilemma() -> None:
    # The worked example of QuantEcon's implementation.
    answer = payoff_set(RepeatedGame(DILEMMA, 0.3))
    expected = [[3.0, 3.0], [9.75, 3.0], [9.0, 9.0], [3.0, 9.75]]
    np.testing.assert_allclose(answer.vertices, expected, atol=1e-9)
    assert answer.punishment.tolist() == pytest.approx([3, 3])
    assert answer.status == "solved"
    assert answer.area == pytest.approx(40.5)


def test_cooperation_begins_at_the_critical_discount() -> None:
    critical = critical_discount(DILEMMA, [("0", "0")])
    assert critical == pytest.approx(1 / 7)
    apart = payoff_set(RepeatedGame(DILEMMA, critical - 1e-6)).vertices
    np.testing.assert_allclose(apart, [[3.0, 3.0]], atol=1e-9)
    together = payoff_set(RepeatedGame(DILEMMA, critical + 1e-6)).vertices
    np.testing.assert_allclose(together, [[3, 3], [9, 9]], atol=1e-9)


def test_without_an_equilibrium_in_pure_actions_it_is_empty() -> None:
    answer = payoff_set(RepeatedGame(NormalForm.zero_sum([[1, -1], [-1, 1]]), 0.9))
    assert answer.vertices.shape == (0, 2)
    assert answer.area == 0.0


def test_without_a_future_only_stage_equilibria_remain() -> None:
    chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    vertices = payoff_set(RepeatedGame(chicken, 0.0)).vertices
    np.testing.assert_allclose(vertices, [[2, 7], [7, 2]], atol=1e-9)


@settings(max_examples=30)
@given(seeds, discounts)
def test_every_vertex_is_supported_by_the_set(seed: int, discount: float) -> None:
    # The definition, by a linear program for each action profile: some continuation in the set
    # makes the vertex a payoff and deters both roles by the least payoffs of the set.
    stage = random_stage(seed)
    answer = payoff_set(RepeatedGame(stage, discount))
    vertices = answer.vertices
    if not len(vertices):
        return
    least = vertices.min(axis=0)
    for vertex in vertices:
        supported = False
        for i, j in product(*map(range, stage.shape)):
            now = stage.payoffs[:, i, j]
            best = np.array([stage.payoffs[0, :, j].max(), stage.payoffs[1, i].max()])
            later = (vertex - (1 - discount) * now) / discount
            deterred = (later >= least + (1 - discount) / discount * (best - now) - 1e-6).all()
            supported |= bool(deterred) and contains(vertices, later, 1e-6)
        assert supported


@settings(max_examples=30)
@given(seeds, discounts)
def test_it_contains_what_grim_triggers_reach(seed: int, discount: float) -> None:
    stage = random_stage(seed)
    if not pure_equilibria(stage):
        return
    game = RepeatedGame(stage, discount)
    vertices = payoff_set(game).vertices
    for actions in product(*stage.actions):
        if critical_discount(stage, [actions]) <= discount:
            assert contains(vertices, game.payoffs([actions]))


@settings(max_examples=30)
@given(seeds, discounts, discounts)
def test_patience_only_adds(seed: int, one: float, other: float) -> None:
    stage = random_stage(seed)
    small, large = sorted((one, other))
    more = payoff_set(RepeatedGame(stage, large))
    for vertex in payoff_set(RepeatedGame(stage, small)).vertices:
        assert contains(more.vertices, vertex)


@settings(max_examples=30)
@given(seeds, discounts)
def test_it_is_feasible_individually_rational_and_small(seed: int, discount: float) -> None:
    stage = random_stage(seed)
    game = RepeatedGame(stage, discount)
    answer = payoff_set(game)
    for vertex in answer.vertices:
        assert contains(stage.payoffs.reshape(2, -1).T, vertex)
        assert (vertex >= game.pure_minmax() - 1e-9).all()
    assert len(answer.vertices) <= 4 * stage.payoffs[0].size


@settings(max_examples=40)
@given(seeds, discounts, st.floats(0.01, 100), st.floats(-100, 100))
def test_units_do_not_matter(seed: int, discount: float, scale: float, shift: float) -> None:
    stage = random_stage(seed)
    first = payoff_set(RepeatedGame(stage, discount))
    second = payoff_set(RepeatedGame(stage.transform(scale, shift), discount))
    # In the first game's units, near 1: a linear program's own tolerances are absolute.
    vertices = (second.vertices - shift) / scale
    for vertex in first.vertices:
        assert contains(vertices, vertex, 1e-6 * (1.0 + abs(shift) / scale))


@settings(max_examples=100)
@given(seeds, st.integers(3, 20))
def test_hulls_agree_with_scipy(seed: int, count: int) -> None:
    points = np.random.default_rng(seed).normal(size=(count, 2))
    expected = ConvexHull(points)
    found = hull(points)
    corners = points[expected.vertices]
    np.testing.assert_allclose(np.sort(found, axis=0), np.sort(corners, axis=0), atol=1e-12)
    assert len(found) == len(corners)


def test_hulls_of_little() -> None:
    assert hull(np.zeros((0, 2))).shape == (0, 2)
    assert hull(np.ones((5, 2))).tolist() == [[1, 1]]
    assert hull(np.array([[0.0, 0.0], [2.0, 2.0], [1.0, 1.0]])).tolist() == [[0, 0], [2, 2]]


def test_rounding_loses_no_corner() -> None:
    # The corner (1, 1) is to the right of (1, 2) by rounding only.
    corners = np.array([[1.0, 2.0], [1.0 + 1e-15, 1.0], [2.0, 1.0], [1.0 - 1e-15, 1.5]])
    np.testing.assert_allclose(hull(corners), [[1, 1], [2, 1], [1, 2]], atol=1e-12)


def test_cuts_of_little() -> None:
    segment = np.array([[0.0, 0.0], [2.0, 2.0]])
    assert hull(cut(segment, 0, 1.0)).tolist() == [[1, 1], [2, 2]]
    assert cut(segment, 1, 3.0).shape == (0, 2)
    assert cut(segment[:1], 0, 0.0).tolist() == [[0, 0]]
    assert cut(np.zeros((0, 2)), 0, 0.0).shape == (0, 2)


def test_a_set_that_still_moves_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    game = RepeatedGame(DILEMMA, 0.3)
    final = payoff_set(game)
    assert final.iterations > 1
    monkeypatch.setattr(import_module("armsrace.solvers.payoff_set"), "ITERATIONS", 1)
    answer = payoff_set(game)
    assert answer.status == "still moving: raise the tolerance"
    assert answer.iterations == 1
    assert answer.error > 1e-10 * np.ptp(DILEMMA.payoffs)
    # What has not shrunk to the end contains the end.
    for vertex in final.vertices:
        assert contains(answer.vertices, vertex)
    assert payoff_set(game, tolerance=2 * answer.error).status == "solved"


def test_bad_input() -> None:
    three = RepeatedGame(NormalForm(np.zeros((3, 1, 1, 1))), 0.5)
    with pytest.raises(ValueError, match="payoff_set needs a game of two roles, got 3"):
        payoff_set(three)
    with pytest.raises(ValueError, match="tolerance must be positive, got 0"):
        payoff_set(RepeatedGame(DILEMMA, 0.5), tolerance=0.0)
