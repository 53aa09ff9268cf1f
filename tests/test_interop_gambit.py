from collections.abc import Hashable, Sequence
from fractions import Fraction
from io import StringIO
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import (
    Chance,
    Decision,
    ExtensiveForm,
    GameFileError,
    NormalForm,
    Terminal,
    beer_quiche,
    kuhn_poker,
    random_extensive_form,
)
from armsrace.interop import (
    extensive_form_from_gambit,
    normal_form_from_gambit,
    to_gambit,
)
from armsrace.solvers import (
    cfr_plus,
    lemke_howson_all,
    minimax,
    nash_by_logit,
    pure_equilibria,
    sequence_form_lp,
    vertex_enumeration,
)

pygambit = pytest.importorskip("pygambit")

seeds = st.integers(0, 10**9)
shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def integer_game(seed: int, *shape: int) -> NormalForm:
    rng = np.random.default_rng(seed)
    return NormalForm(rng.integers(0, 3, size=(len(shape), *shape)).astype(float))


def points(profiles: Sequence[Any], form: NormalForm) -> np.ndarray:
    """One row for each profile of Gambit: all probabilities."""
    return np.array([[float(p) for role in form.roles for _, p in x[role]] for x in profiles])


@settings(max_examples=100)
@given(seeds, shapes)
def test_normal_forms_come_back_bit_by_bit(seed: int, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    scale = 10.0 ** rng.integers(-30, 30, size=(len(shape), *shape))
    form = NormalForm(scale * rng.normal(size=(len(shape), *shape)))
    back = normal_form_from_gambit(to_gambit(form))
    assert back.payoffs.tobytes() == form.payoffs.tobytes()
    assert (back.roles, back.actions) == (form.roles, form.actions)


@settings(max_examples=100)
@given(seeds, st.integers(1, 3))
def test_extensive_forms_come_back(seed: int, roles: int) -> None:
    form = random_extensive_form(np.random.default_rng(seed), roles=roles, depth=4)
    back = extensive_form_from_gambit(to_gambit(form))
    ours, theirs = form.sequence_form(), back.sequence_form()
    assert theirs.payoffs.tobytes() == ours.payoffs.tobytes()
    assert theirs.terminals.tobytes() == ours.terminals.tobytes()
    # Only where probabilities do not sum to one, by their rounding, do they change, by as much.
    np.testing.assert_allclose(theirs.chance, ours.chance, rtol=1e-14)
    for one, other in zip(ours.sequences, theirs.sequences, strict=True):
        assert (one.information_sets, one.actions) == (other.information_sets, other.actions)


def test_probabilities_that_miss_one_by_their_rounding_are_taken() -> None:
    chances = [0.1] * 10
    assert sum(map(Fraction, chances)) != 1
    moves = {str(number): Terminal([float(number)]) for number in range(10)}
    game = to_gambit(ExtensiveForm.from_tree(Chance(moves, chances)))
    assert extensive_form_from_gambit(game).sequence_form().chance.tolist() == chances
    unequal = [0.7, 0.1, 0.1, 0.1 + 1e-16]
    moves = {str(number): Terminal([float(number)]) for number in range(4)}
    form = ExtensiveForm.from_tree(Chance(moves, unequal))
    back = extensive_form_from_gambit(to_gambit(form)).sequence_form().chance
    np.testing.assert_allclose(back, unequal, rtol=1e-15)


def test_labels_are_kept() -> None:
    form = NormalForm.zero_sum([[1, -1]], actions=[["a b"], ['say "c"', "d"]], roles=["x", "y"])
    back = normal_form_from_gambit(to_gambit(form))
    assert (back.roles, back.actions) == (form.roles, form.actions)


def test_a_tree_of_gambit_has_a_reduced_normal_form() -> None:
    form = beer_quiche()
    back = normal_form_from_gambit(to_gambit(form))
    np.testing.assert_allclose(back.payoffs, form.to_reduced_normal_form().payoffs, atol=1e-15)


def test_a_game_made_in_gambit_is_read() -> None:
    arrays = np.arange(24.0).reshape(3, 2, 2, 2)
    game = pygambit.StrategicGame.from_arrays(*arrays)
    assert normal_form_from_gambit(game).payoffs.tolist() == arrays.tolist()


def test_strategic_games_have_no_tree() -> None:
    game = to_gambit(integer_game(0, 2, 2))
    with pytest.raises(TypeError, match=r"game must be a pygambit\.ExtensiveGame, got Strategic"):
        extensive_form_from_gambit(game)


def test_imperfect_recall_is_refused() -> None:
    text = """EFG 2 R "forgetful" { "learner" }
    p "" 1 1 "first" { "x" "y" } 0
    p "" 1 2 "second" { "x" "y" } 0
    t "" 1 "" { 1 }
    t "" 2 "" { 2 }
    p "" 1 2 0
    t "" 3 "" { 3 }
    t "" 4 "" { 4 }"""
    with pytest.raises(GameFileError, match="must have perfect recall"):
        extensive_form_from_gambit(pygambit.read_efg(StringIO(text)))


def test_labels_that_the_format_cannot_hold_are_refused() -> None:
    ends = {"a\\": Terminal([1.0]), "b": Terminal([0.0])}
    with pytest.raises(ValueError, match="backslash"):
        to_gambit(ExtensiveForm.from_tree(Decision("learner", "x", ends), ["learner"]))


# The solvers


@pytest.mark.parametrize("seed", range(20))
def test_extreme_equilibria_agree_on_degenerate_games(seed: int) -> None:
    form = integer_game(seed, 4, 4)
    theirs = points(pygambit.nash.enummixed_solve(to_gambit(form)).equilibria, form)
    theirs = np.unique(theirs, axis=0)  # some are listed twice
    ours = np.array([np.concatenate(answer.strategies) for answer in vertex_enumeration(form)])
    assert len(ours) == len(theirs)
    distances = np.abs(ours[:, None] - theirs).max(axis=2)
    assert max(distances.min(axis=0).max(), distances.min(axis=1).max()) < 1e-9
    for answer in lemke_howson_all(form):
        assert np.abs(np.concatenate(answer.strategies) - theirs).max(axis=1).min() < 1e-9


@pytest.mark.parametrize("seed", range(20))
def test_values_of_zero_sum_games_agree(seed: int) -> None:
    form = NormalForm.zero_sum(integer_game(seed, 6, 7).payoffs[0])
    theirs = pygambit.nash.lp_solve(to_gambit(form)).equilibrium.payoffs["learner"]
    assert minimax(form).value == pytest.approx(float(theirs), abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_pure_equilibria_of_three_roles_agree(seed: int) -> None:
    form = integer_game(seed, 3, 2, 3)
    theirs = points(pygambit.nash.enumpure_solve(to_gambit(form)).equilibria, form).tolist()
    ours = [np.concatenate(answer.strategies).tolist() for answer in pure_equilibria(form)]
    assert sorted(ours) == sorted(theirs)


@pytest.mark.parametrize("seed", range(10))
def test_the_limits_of_logit_equilibria_agree(seed: int) -> None:
    form = NormalForm(np.random.default_rng(seed).normal(size=(3, 2, 2, 2)))
    theirs = points([pygambit.nash.logit_solve(to_gambit(form)).equilibrium], form)[0]
    ours = nash_by_logit(form)
    assert ours.regret < 1e-8
    np.testing.assert_allclose(np.concatenate(ours.strategies), theirs, atol=1e-5)


@pytest.mark.parametrize("seed", range(10))
def test_values_of_extensive_games_agree(seed: int) -> None:
    drawn = random_extensive_form(np.random.default_rng(seed), roles=2, depth=4)
    graph: nx.DiGraph[Hashable] = nx.DiGraph(drawn.graph)
    for node, attributes in drawn.graph.nodes.data():
        if "payoffs" in attributes:  # zero-sum to the last bit, as Gambit asks for
            won = round(8 * attributes["payoffs"][0])
            graph.nodes[node]["payoffs"] = (won, -won)
    form = ExtensiveForm(graph, drawn.roles)
    theirs = pygambit.nash.lp_solve(to_gambit(form)).equilibrium.payoffs["learner"]
    assert sequence_form_lp(form).value == pytest.approx(float(theirs), abs=1e-9)


def test_kuhns_poker_agrees() -> None:
    theirs = pygambit.nash.lp_solve(to_gambit(kuhn_poker())).equilibrium.payoffs["learner"]
    assert (theirs.numerator, theirs.denominator) == (-1, 18)
    assert sequence_form_lp(kuhn_poker()).value == pytest.approx(-1 / 18, abs=1e-12)
    assert cfr_plus(kuhn_poker(), iterations=1000).value == pytest.approx(-1 / 18, abs=1e-3)
