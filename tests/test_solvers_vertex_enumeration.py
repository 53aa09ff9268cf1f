import sys
from collections.abc import Iterator
from fractions import Fraction
from importlib import import_module
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

import armsrace.solvers
from armsrace.forms import NormalForm
from armsrace.solvers import (
    Equilibrium,
    _reverse_search,
    equilibrium_components,
    exact_enumeration,
    exact_equilibria,
    minimax,
    vertex_enumeration,
)
from armsrace.solvers._compilation import prepare
from armsrace.solvers._complementarity import LabelSets

VON_STENGEL = np.array(
    [
        [9504, -660, 19976, -20526, 1776, -8976],
        [-111771, 31680, -130944, 168124, -8514, 52764],
        [397584, -113850, 451176, -586476, 29216, -178761],
        [171204, -45936, 208626, -263076, 14124, -84436],
        [1303104, -453420, 1227336, -1718376, 72336, -461736],
        [737154, -227040, 774576, -1039236, 48081, -300036],
    ]
)
EXCHANGED = [4, 5, 2, 3, 0, 1]
WILSON = np.array([[0, 3, 0], [2, 2, 0], [3, 0, 1]])

# Payoffs, the extreme equilibria, and the number of maximal Nash subsets of each component.
Known = tuple[ArrayLike, ArrayLike, set[str], list[int]]
KNOWN: dict[str, Known] = {
    "one profile": ([[5]], [[7]], {"1 | 1"}, [1]),
    "matching pennies": ([[1, -1], [-1, 1]], [[-1, 1], [1, -1]], {"1/2 1/2 | 1/2 1/2"}, [1]),
    "prisoner's dilemma": ([[3, 0], [5, 1]], [[3, 5], [0, 1]], {"0 1 | 0 1"}, [1]),
    # Luce and Raiffa, Games and Decisions (1957), section 5.3.
    "battle of the sexes": (
        [[2, -1], [-1, 1]],
        [[1, -1], [-1, 2]],
        {"1 0 | 1 0", "0 1 | 0 1", "3/5 2/5 | 2/5 3/5"},
        [1, 1, 1],
    ),
    "chicken": (
        [[0, 7], [2, 6]],
        [[0, 2], [7, 6]],
        {"1 0 | 0 1", "0 1 | 1 0", "1/3 2/3 | 1/3 2/3"},
        [1, 1, 1],
    ),
    # Shapley, "Some topics in two-person games" (1964): fictitious play cycles.
    "Shapley": (
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
        {"1/3 1/3 1/3 | 1/3 1/3 1/3"},
        [1],
    ),
    # Von Stengel, "Computing equilibria for two-person games" (2002), example 2.3.
    "von Stengel 3 x 2": (
        [[0, 6], [2, 5], [3, 3]],
        [[1, 0], [0, 2], [4, 3]],
        {"0 0 1 | 1 0", "0 1/3 2/3 | 2/3 1/3", "2/3 1/3 0 | 1/3 2/3"},
        [1, 1, 1],
    ),
    # Nisan, Roughgarden, Tardos, Vazirani, Algorithmic Game Theory (2007), chapter 3.
    "degenerate 3 x 2": (
        [[3, 3], [2, 5], [0, 6]],
        [[3, 3], [2, 6], [3, 1]],
        {"1 0 0 | 1 0", "1 0 0 | 2/3 1/3", "0 1/3 2/3 | 1/3 2/3"},
        [1, 1],
    ),
    # Shapley, "A note on the Lemke-Howson algorithm" (1974), after Wilson.
    "Wilson": (
        WILSON,
        WILSON.T,
        {"0 0 1 | 0 0 1", "1/3 2/3 0 | 1/3 2/3 0", "1/6 1/3 1/2 | 1/6 1/3 1/2"},
        [1, 1, 1],
    ),
    # Kohlberg and Mertens, "On the strategic stability of equilibria" (1986): a hexagon.
    "hexagon": (
        [[1, 0, -1], [-1, 0, -1], [1, 0, -2]],
        [[1, -1, 1], [0, 0, 0], [-1, -1, -2]],
        {
            "1 0 0 | 1 0 0",
            "1 0 0 | 0 0 1",
            "0 1 0 | 0 0 1",
            "0 1 0 | 0 1 0",
            "0 0 1 | 0 1 0",
            "0 0 1 | 1 0 0",
        },
        [6],
    ),
    "nothing matters": (
        np.zeros((2, 3)),
        np.zeros((2, 3)),
        {f"{x} | {y}" for x in ("1 0", "0 1") for y in ("1 0 0", "0 1 0", "0 0 1")},
        [1],
    ),
    "learner indifferent": ([[1], [1]], [[0], [3]], {"1 0 | 1", "0 1 | 1"}, [1]),
    "duplicate action": (
        [[1, 1, -1], [-1, -1, 1]],
        [[-1, -1, 1], [1, 1, -1]],
        {"1/2 1/2 | 1/2 0 1/2", "1/2 1/2 | 0 1/2 1/2"},
        [1],
    ),
}


def strategies(text: str) -> NDArray[np.float64]:
    return np.array([float(Fraction(word)) for word in text.replace("|", " ").split()])


def points(answers: list[Equilibrium]) -> NDArray[np.float64]:
    """One row for each equilibrium: both strategies."""
    return np.array([np.concatenate(answer.strategies) for answer in answers])


def assert_same_sets(first: NDArray[np.float64], second: NDArray[np.float64]) -> None:
    assert len(first) == len(second)
    distances = np.abs(first[:, None] - second).max(axis=2)
    assert distances.min(axis=1).max() < 1e-9
    assert distances.min(axis=0).max() < 1e-9


@pytest.mark.parametrize("name", KNOWN)
def test_known_answers(name: str) -> None:
    learner, adversary, expected, subsets = KNOWN[name]
    form = NormalForm.from_bimatrix(learner, adversary)
    for solver in (vertex_enumeration, exact_enumeration):
        answers = solver(form)
        assert all(answer.status == "solved" and answer.regret < 1e-12 for answer in answers)
        assert_same_sets(points(answers), np.array([strategies(text) for text in expected]))
    assert {
        f"{' '.join(map(str, x))} | {' '.join(map(str, y))}"
        for x, y in exact_equilibria(np.asarray(learner), np.asarray(adversary))
    } == expected
    assert [len(component) for component in equilibrium_components(form)] == subsets


def test_von_stengels_game_has_75_equilibria() -> None:
    # Von Stengel, "New maximal numbers of equilibria in bimatrix games" (1999).
    form = NormalForm.from_bimatrix(VON_STENGEL, VON_STENGEL[EXCHANGED][:, EXCHANGED].T)
    answers = vertex_enumeration(form)
    assert len(answers) == 75
    assert not answers[0].parameters["degenerate"]
    assert max(answer.regret for answer in answers) < 1e-14 * np.ptp(VON_STENGEL)
    assert_same_sets(points(answers), points(exact_enumeration(form)))


@pytest.mark.parametrize("n", range(1, 9))
def test_coordination_has_an_equilibrium_on_every_support(n: int) -> None:
    answers = vertex_enumeration(NormalForm.from_bimatrix(np.eye(n), np.eye(n)))
    supports = [tuple(np.flatnonzero(answer.strategies[0]).tolist()) for answer in answers]
    # Few actions first.
    assert supports == [s for k in range(1, n + 1) for s in combinations(range(n), k)]
    for answer, support in zip(answers, supports, strict=True):
        for strategy in answer.strategies:
            np.testing.assert_allclose(strategy[list(support)], 1 / len(support), atol=1e-12)


def test_nothing_is_missing_in_degenerate_games() -> None:
    # Payoffs 0, 1, 2: two roles with six actions each have 288 extreme equilibria in 20 games.
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        form = NormalForm.from_bimatrix(rng.integers(0, 3, (6, 6)), rng.integers(0, 3, (6, 6)))
        answers = vertex_enumeration(form)
        assert not answers[0].parameters["exact"]
        assert max(answer.regret for answer in answers) < 1e-12
        assert_same_sets(points(answers), points(exact_enumeration(form)))
        found += len(answers)
    assert found == 288


@st.composite
def small_games(draw: st.DrawFn) -> NormalForm:
    """Games of few different payoffs, most of them degenerate, in units of any kind."""
    m, n = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    highest = draw(st.integers(1, 4))
    entries = st.lists(st.integers(0, highest), min_size=m * n, max_size=m * n)
    learner, adversary = (np.array(draw(entries)).reshape(m, n) for _ in range(2))
    if draw(st.booleans()):
        adversary = draw(st.sampled_from([-learner, learner]))
    unit = draw(st.sampled_from([1.0, 0.1, 1 / 3, 1e6, 1e-7]))
    return NormalForm.from_bimatrix(unit * learner, adversary)


@given(small_games())
@settings(max_examples=200)
def test_floating_point_finds_what_rational_numbers_find(form: NormalForm) -> None:
    answers = vertex_enumeration(form)
    size = np.abs(form.payoffs).max()
    assert max(answer.regret for answer in answers) <= 1e-12 * size
    assert_same_sets(points(answers), points(exact_enumeration(form)))
    assert answers[0].parameters["degenerate"] or len(answers) % 2 == 1


@given(small_games(), st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_units_names_and_roles_do_not_matter(form: NormalForm, random: Random) -> None:
    m, n = form.shape
    expected = points(vertex_enumeration(form))
    sizes = np.abs(form.payoffs).max(axis=(1, 2))
    rescaled = form.transform([7.0, 0.3], [-5.0, 100.0] * sizes)
    assert_same_sets(points(vertex_enumeration(rescaled)), expected)
    learner, adversary = form.payoffs
    exchanged = points(vertex_enumeration(NormalForm.from_bimatrix(adversary.T, learner.T)))
    assert_same_sets(np.roll(exchanged, m, axis=1), expected)
    rows, columns = random.sample(range(m), m), random.sample(range(n), n)
    renamed = NormalForm.from_bimatrix(*(p[np.ix_(rows, columns)] for p in form.payoffs))
    order = [*rows, *(m + column for column in columns)]
    assert_same_sets(points(vertex_enumeration(renamed)), expected[:, order])


@given(small_games())
@settings(max_examples=100)
def test_all_equilibria_of_a_zero_sum_game_have_its_value(form: NormalForm) -> None:
    game = NormalForm.zero_sum(form.payoffs[0])
    value, size = minimax(game).value, np.abs(game.payoffs).max()
    for answer in vertex_enumeration(game):
        assert answer.value == pytest.approx(value, abs=1e-12 * size)
    # All optimal strategies of one role go with all of the other: one maximal Nash subset.
    assert [len(component) for component in equilibrium_components(game)] == [1]


@given(small_games(), st.integers(0, 2**32 - 1))
@settings(max_examples=150)
def test_components_are_made_of_equilibria_and_of_all_of_them(form: NormalForm, seed: int) -> None:
    rng = np.random.default_rng(seed)
    tolerance = 1e-12 * np.abs(form.payoffs).max()
    parts = equilibrium_components(form)
    corners = []
    for component in parts:
        for x, y in component:
            mixed = rng.dirichlet(np.ones(len(x))) @ x, rng.dirichlet(np.ones(len(y))) @ y
            assert Equilibrium(form, mixed, "mixture").regret <= tolerance
            corners += [tuple(np.concatenate((a, b)).round(9)) for a in x for b in y]
    assert_same_sets(np.array(list(set(corners))), points(vertex_enumeration(form)))
    # No subset is part of another, and different components share no strategy.
    every = [
        [{tuple(row.round(9)) for row in side} for side in subset]
        for component in parts
        for subset in component
    ]
    for first, second in combinations(every, 2):
        assert not all(ours <= theirs for ours, theirs in zip(first, second, strict=True))
        assert not all(ours >= theirs for ours, theirs in zip(first, second, strict=True))
    for one, other in combinations(parts, 2):
        for role in range(2):
            of_one = {tuple(row.round(9)) for subset in one for row in subset[role]}
            of_other = {tuple(row.round(9)) for subset in other for row in subset[role]}
            assert not of_one & of_other


def test_a_mixture_across_components_is_no_equilibrium() -> None:
    learner, adversary, _, _ = KNOWN["degenerate 3 x 2"]
    form = NormalForm.from_bimatrix(learner, adversary)
    (first, _), (second, _) = (component[0] for component in equilibrium_components(form))
    answer = vertex_enumeration(form)[0]
    middle = (first[0] + second[0]) / 2
    assert Equilibrium(form, (middle, answer.strategies[1]), "mixture").regret > 0.1


def test_random_games_have_an_odd_number_of_equilibria() -> None:
    # Wilson 1971: almost all games do.
    for seed in range(40):
        rng = np.random.default_rng(seed)
        m, n = rng.integers(1, 10, size=2)
        form = NormalForm.from_bimatrix(rng.normal(size=(m, n)), rng.normal(size=(m, n)))
        answers = vertex_enumeration(form)
        assert len(answers) % 2 == 1
        assert answers[0].parameters == {"degenerate": False, "exact": False}
        assert max(answer.regret for answer in answers) < 1e-12


def test_a_comparison_in_doubt_is_made_in_rational_numbers() -> None:
    # Against the first column the rows differ by more than rounding, but too little to be sure.
    form = NormalForm.from_bimatrix([[1.0, 0.0], [1.0 + 1e-11, 0.5]], np.eye(2))
    answers = vertex_enumeration(form)
    assert answers[0].parameters == {"degenerate": False, "exact": True}
    assert_same_sets(points(answers), points(exact_enumeration(form)))
    assert_same_sets(points(answers), np.array([[0.0, 1.0, 0.0, 1.0]]))


def test_an_equilibrium_that_is_lost_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    learner, adversary, _, _ = KNOWN["battle of the sexes"]
    form = NormalForm.from_bimatrix(learner, adversary)
    expected = points(vertex_enumeration(form))
    search = _reverse_search.search
    for lost in range(1, 4):
        losses: Iterator[list[int]] = iter([[lost], []])  # of the learner only

        def careless(
            columns: NDArray[np.float64], losses: Iterator[list[int]] = losses
        ) -> tuple[LabelSets, bool]:
            label_sets, complete = search(columns)
            return np.delete(label_sets, next(losses), axis=0), complete

        monkeypatch.setattr(_reverse_search, "search", careless)
        answers = vertex_enumeration(form)
        assert answers[0].parameters["exact"]
        assert_same_sets(points(answers), expected)


def test_rounding_does_not_break_ties() -> None:
    form = NormalForm.from_bimatrix([[0.3, 0], [0.1 + 0.2, 0]], [[1, 1], [1, 1]])
    answers = vertex_enumeration(form)
    assert answers[0].parameters == {"degenerate": True, "exact": False}
    assert len(answers) == len(exact_enumeration(form)) == 4


def test_long_games_need_more_than_one_word_of_labels() -> None:
    for seed, shape in enumerate([(2, 64), (64, 2)]):
        rng = np.random.default_rng(seed)
        form = NormalForm.from_bimatrix(rng.integers(0, 9, shape), rng.integers(0, 9, shape))
        answers = vertex_enumeration(form)
        assert max(answer.regret for answer in answers) < 1e-12
        assert_same_sets(points(answers), points(exact_enumeration(form)))


def test_without_numba_the_answers_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare()
    games = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        shape = rng.integers(1, 6, size=2)
        games.append(
            NormalForm.from_bimatrix(rng.integers(0, 3, shape), rng.normal(size=shape).round(1))
        )
    compiled = [vertex_enumeration(form) for form in games]
    monkeypatch.setitem(sys.modules, "numba", None)
    for name in ("_scaling", "_dictionary", "_reverse_search"):
        monkeypatch.setattr(armsrace.solvers, name, import_module(f"armsrace.solvers.{name}"))
        monkeypatch.delitem(sys.modules, f"armsrace.solvers.{name}")
    for form, answers in zip(games, compiled, strict=True):
        assert points(vertex_enumeration(form)).tobytes() == points(answers).tobytes()
    assert not hasattr(sys.modules["armsrace.solvers._reverse_search"].traverse, "signatures")


def test_games_of_more_roles_are_refused() -> None:
    form = NormalForm(np.zeros((3, 2, 2, 2)))
    for solver in (vertex_enumeration, equilibrium_components, exact_enumeration):
        with pytest.raises(ValueError, match=f"{solver.__name__} needs a game of two roles, got 3"):
            solver(form)
