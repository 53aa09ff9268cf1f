import sys
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import armsrace.solvers
from armsrace.forms import NormalForm
from armsrace.solvers import (
    Equilibrium,
    lemke_howson,
    lemke_howson_all,
    minimax,
    vertex_enumeration,
)
from armsrace.solvers._compilation import prepare

MODULE = import_module("armsrace.solvers.lemke_howson")
WILSON = np.array([[0, 3, 0], [2, 2, 0], [3, 0, 1]])


def point(answer: Equilibrium) -> NDArray[np.float64]:
    return np.concatenate(answer.strategies)


def is_among(answer: Equilibrium, others: list[Equilibrium]) -> bool:
    return min(float(np.abs(point(answer) - point(other)).max()) for other in others) < 1e-9


def hard_to_solve(d: int) -> NormalForm:
    """The game of Savani and von Stengel with d actions each, d even.

    Both polytopes are dual to the cyclic polytope with 2 d vertices on the trigonometric moment
    curve, and differ in the order of the labels of their facets.
    """
    angles = np.pi * np.arange(2 * d) / d
    vertices = np.concatenate(
        [wave(k * angles)[:, None] for k in range(1, d // 2 + 1) for wave in (np.cos, np.sin)],
        axis=1,
    )
    labels = [k - (-1) ** k if k > d else k + (-1) ** k for k in range(1, 2 * d + 1)]
    labels[0], labels[d - 1] = 1, d
    facet = np.argsort(labels)  # which facet of Q has a label
    learner = _coordinates(vertices, facet[d:], facet[:d])
    adversary = _coordinates(vertices, np.arange(d), np.arange(d, 2 * d)).T
    return NormalForm.from_bimatrix(learner, adversary)


def _coordinates(
    vertices: NDArray[np.float64], zero: NDArray[np.intp], others: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Write {z : vertices z <= 1} as {x >= 0 : M x <= 1}, x being the slacks of some facets."""
    matrix: NDArray[np.float64] = vertices[others] @ np.linalg.inv(vertices[zero])
    matrix /= matrix.sum(axis=1, keepdims=True) - 1.0
    return matrix


FIBONACCI = {2: 5, 4: 21, 6: 89, 8: 377, 10: 1597}  # F(3 d / 2 + 2)


@pytest.mark.parametrize("d", FIBONACCI)
def test_hard_games_take_exponentially_long_paths(d: int) -> None:
    # Savani and von Stengel, "Hard-to-solve bimatrix games" (2006): the only equilibrium plays all
    # actions, and all paths are exponentially long; the longest is a Fibonacci number less one.
    form = hard_to_solve(d)
    answers = [lemke_howson(form, label=label) for label in range(2 * d)]
    for answer in answers:
        assert answer.status == "solved"
        assert answer.regret < 1e-9
        np.testing.assert_allclose(point(answer), point(answers[0]), atol=1e-7)
        assert (point(answer) > 0).all()
    lengths = [int(str(answer.parameters["exchanges"])) for answer in answers]
    assert max(lengths) == lengths[0] == lengths[d - 1] == FIBONACCI[d] - 1
    golden = (1 + np.sqrt(5)) / 2
    assert min(lengths) >= golden ** (3 * d / 4)


def test_where_rounding_hides_the_path_it_is_followed_exactly() -> None:
    form = hard_to_solve(12)
    answer = lemke_howson(form, label=5)
    assert answer.parameters == {"label": 5, "exchanges": 176, "exact": True}
    assert answer.status == "solved"
    assert answer.regret < 1e-9


def test_all_paths_of_wilsons_game_lead_to_one_of_its_three_equilibria() -> None:
    # Shapley, "A note on the Lemke-Howson algorithm" (1974), figure 3.
    form = NormalForm.from_bimatrix(WILSON, WILSON.T)
    (answer,) = lemke_howson_all(form)
    assert answer.learner == answer.adversary == {"2": 1.0}
    assert len(vertex_enumeration(form)) == 3


def test_paths_from_equilibria_find_more() -> None:
    # The 3 x 2 game of von Stengel, "Computing equilibria for two-person games" (2002).
    form = NormalForm.from_bimatrix([[0, 6], [2, 5], [3, 3]], [[1, 0], [0, 2], [4, 3]])
    direct = [lemke_howson(form, label=label) for label in range(5)]
    answers = lemke_howson_all(form)
    assert [answer.parameters["labels"] for answer in answers] == [(0,), (1,), (0, 1)]
    assert [is_among(answer, direct) for answer in answers] == [True, True, False]
    assert len(answers) == len(vertex_enumeration(form)) == 3


@st.composite
def games(draw: st.DrawFn) -> NormalForm:
    """Games of few different payoffs, most of them degenerate."""
    m, n = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    highest = draw(st.integers(1, 5))
    entries = st.lists(st.integers(0, highest), min_size=m * n, max_size=m * n)
    learner, adversary = (np.array(draw(entries)).reshape(m, n) for _ in range(2))
    return NormalForm.from_bimatrix(draw(st.sampled_from([1.0, 0.1, 1e6])) * learner, adversary)


@given(games())
@settings(max_examples=200)
def test_all_labels_end_in_extreme_equilibria(form: NormalForm) -> None:
    every = vertex_enumeration(form)
    reached = lemke_howson_all(form)
    assert len(reached) <= len(every)
    for label in range(sum(form.shape)):
        answer = lemke_howson(form, label=label)
        assert answer.status == "solved"
        assert answer.parameters["label"] == label
        assert answer.regret <= 1e-12 * np.abs(form.payoffs).max()
        assert is_among(answer, reached)
    assert is_among(lemke_howson(form), reached)
    for answer in reached:
        assert answer.status == "solved"
        assert is_among(answer, every)
    for number, answer in enumerate(reached):
        assert not reached[:number] or not is_among(answer, reached[:number])


@given(games())
@settings(max_examples=100)
def test_zero_sum_games_are_solved_to_their_value(form: NormalForm) -> None:
    game = NormalForm.zero_sum(form.payoffs[0])
    size = np.abs(game.payoffs).max()
    assert lemke_howson(game).value == pytest.approx(minimax(game).value, abs=1e-12 * size)


def test_large_games() -> None:
    for seed, n in enumerate([40, 80, 120, 160]):
        rng = np.random.default_rng(seed)
        form = NormalForm.from_bimatrix(rng.random((n, n)), rng.random((n, n)))
        answer = lemke_howson(form)
        assert answer.status == "solved"
        assert answer.regret < 1e-12


def test_an_equilibrium_of_unique_best_replies_is_found_at_once() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        learner, adversary = rng.random((2, 30, 20))
        learner[17, 11] = adversary[17, 11] = 2.0
        answer = lemke_howson(NormalForm.from_bimatrix(learner, adversary))
        assert answer.parameters["exchanges"] == 2
        assert answer.regret == 0.0


def test_a_wrong_end_of_a_path_is_in_doubt() -> None:
    kernels = import_module("armsrace.solvers._complementary_pivoting")
    p, q = import_module("armsrace.solvers._polytopes").polytopes(
        NormalForm.from_bimatrix([[0.0, 7.0], [2.0, 6.0]], [[0.0, 2.0], [7.0, 6.0]])
    )
    first, second, third = np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([1.0, 2.0]) / 3.0
    for own, other in ((first, second), (second, first), (third, third)):
        assert kernels.gain(q, own, other) == pytest.approx(0.0, abs=1e-15)
        assert kernels.gain(p, other, own) == pytest.approx(0.0, abs=1e-15)
    # Both dare: either would earn 2 by yielding, of a range of 2 in M.
    assert kernels.gain(q, first, first) == pytest.approx(1.0, abs=1e-15)


def test_large_degenerate_games() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        form = NormalForm.from_bimatrix(rng.integers(0, 3, (40, 30)), rng.integers(0, 3, (40, 30)))
        for label in range(0, 70, 7):
            answer = lemke_howson(form, label=label)
            assert answer.status == "solved"
            assert answer.regret < 1e-12


def test_a_path_from_random_equilibria_returns_to_where_it_came_from() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        form = NormalForm.from_bimatrix(rng.normal(size=(6, 7)), rng.normal(size=(6, 7)))
        start = import_module("armsrace.solvers._vertex_pair").RoundedPair.start(form)
        for label in range(13):
            end, exchanges = start.follow(label, 10_000)
            back, same = end.follow(label, 10_000)
            assert same == exchanges
            assert back.bases() == start.bases() != end.bases()


def test_what_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    form = hard_to_solve(4)  # paths of 8, 10 and 20 exchanges
    remedy = "try vertex_enumeration, which follows none"
    monkeypatch.setattr(MODULE, "LONGEST", 8)
    answer = lemke_howson(form, label=0)
    assert answer.status == f"not solved: paths are longer than 8 exchanges: {remedy}"
    assert answer.regret > 0.01
    (answer,) = lemke_howson_all(form)
    assert answer.status == f"solved, but a path is longer than 8 exchanges: {remedy}"
    assert answer.regret < 1e-12
    monkeypatch.setattr(MODULE, "LONGEST", 7)
    with pytest.raises(ArithmeticError, match=f"all paths are longer than 7 exchanges: {remedy}"):
        lemke_howson_all(form)


def test_a_path_that_goes_astray_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = import_module("armsrace.solvers._complementary_pivoting")
    try_in_turn = kernels.try_in_turn

    def stop_after_two(*arguments: NDArray[np.float64]) -> tuple[int, ...]:
        _, _, *end = try_in_turn(*arguments[:-1], np.array([[1, 2]]))
        return 1, 2, *end

    nowhere = np.zeros(4)
    monkeypatch.setattr(kernels, "first_arrival", lambda *_: (1, kernels.DOUBT, nowhere, nowhere))
    monkeypatch.setattr(kernels, "try_in_turn", stop_after_two)
    form = hard_to_solve(4)
    answer = lemke_howson(form, label=1)
    assert answer.parameters == {"label": 1, "exchanges": 8, "exact": True}
    assert answer.regret < 1e-12


def test_a_doubtful_game_is_explored_exactly() -> None:
    form = NormalForm.from_bimatrix([[1.0, 0.0], [1.0 + 1e-11, 0.5]], np.eye(2))
    (answer,) = lemke_howson_all(form)
    assert answer.parameters == {"labels": (0,), "exact": True}
    assert answer.learner == answer.adversary == {"1": 1.0}


def test_without_numba_the_answers_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare()
    forms = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        shape = rng.integers(1, 9, size=2)
        forms.append(NormalForm.from_bimatrix(rng.integers(0, 4, shape), rng.normal(size=shape)))
    compiled = [lemke_howson(form) for form in forms]
    monkeypatch.setitem(sys.modules, "numba", None)
    for name in ("_scaling", "_dictionary", "_complementary_pivoting"):
        monkeypatch.setattr(armsrace.solvers, name, import_module(f"armsrace.solvers.{name}"))
        monkeypatch.delitem(sys.modules, f"armsrace.solvers.{name}")
    for form, answer in zip(forms, compiled, strict=True):
        assert point(lemke_howson(form)).tobytes() == point(answer).tobytes()
    kernels = sys.modules["armsrace.solvers._complementary_pivoting"]
    assert not hasattr(kernels.try_in_turn, "signatures")


def test_bad_input_is_refused() -> None:
    form = NormalForm.from_bimatrix(WILSON, WILSON.T)
    for label in (-1, 6):
        with pytest.raises(ValueError, match=f"label must be in 0 ... 5, got {label}"):
            lemke_howson(form, label=label)
    three = NormalForm(np.zeros((3, 2, 2, 2)))
    for solver in (lemke_howson, lemke_howson_all):
        with pytest.raises(ValueError, match=f"{solver.__name__} needs a game of two roles, got 3"):
            solver(three)
