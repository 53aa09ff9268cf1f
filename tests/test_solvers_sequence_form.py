"""The linear program of the sequence form: known values, invariances, degenerate trees."""

from collections.abc import Callable
from importlib import import_module
from math import comb

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import (
    Chance,
    Decision,
    ExtensiveForm,
    NormalForm,
    SequenceForm,
    Terminal,
    kuhn_poker,
    leduc_poker,
    matching_pennies,
    random_extensive_form,
)
from armsrace.forms.normal import Array
from armsrace.forms.tree import Node
from armsrace.solvers import minimax, sequence_form_lp
from armsrace.solvers.extensive_equilibrium import tolerances

MODULE = import_module("armsrace.solvers.sequence_form")

seeds = st.integers(0, 10**9)
depths = st.integers(1, 5)


def drawn(seed: int, depth: int, moves: int = 3) -> ExtensiveForm:
    rng = np.random.default_rng(seed)
    return random_extensive_form(rng, depth=depth, moves=moves, zero_sum=True)


def won(chips: float) -> Terminal:
    return Terminal([chips, -chips])


def inspection(periods: int, inspections: int) -> ExtensiveForm:
    """The learner may inspect in some of the periods; the adversary may violate once.

    A violation wins 1 for the adversary, or loses 1 when it is inspected; none at all is a draw.
    """

    def period(left: int, inspections: int, seen: str) -> Node:
        def answer(legal: Node, violated: float) -> Node:
            return Decision("adversary", seen, {"legal": legal, "violate": won(violated)})

        if left == 0:
            return won(0)
        choices = {"pass": answer(period(left - 1, inspections, f"{seen}p"), -1)}
        if inspections:
            choices["inspect"] = answer(period(left - 1, inspections - 1, f"{seen}i"), 1)
        return Decision("learner", seen, choices)

    return ExtensiveForm.from_tree(period(periods, inspections, ""))


def endgame() -> ExtensiveForm:
    """The first is dealt the winning card with probability 1/4; ante 1, bet 2, call or fold."""

    def hand(card: str, showdown: int) -> Node:
        answers = {"call": won(3 * showdown), "fold": won(1)}
        bet = Decision("adversary", "bet", answers)
        return Decision("learner", card, {"bet": bet, "check": won(showdown)})

    return ExtensiveForm.from_tree(
        Chance({"winning": hand("winning", 1), "losing": hand("losing", -1)}, [1 / 4, 3 / 4])
    )


def one_move_each(payoffs: Array) -> ExtensiveForm:
    """A matrix game: the adversary chooses a column without seeing the row."""
    rows = {
        i: Decision("adversary", "column", {j: won(float(v)) for j, v in enumerate(row)})
        for i, row in enumerate(payoffs)
    }
    return ExtensiveForm.from_tree(Decision("learner", "row", rows))


# The game, its value, and the source.
KNOWN: dict[str, tuple[Callable[[], ExtensiveForm], float]] = {
    "matching pennies": (matching_pennies, 0),
    # Kuhn 1950.
    "Kuhn poker": (kuhn_poker, -1 / 18),
    # To bet always, or with the winning card only, against call and fold: [[-3/2, 1], [0, -1/2]].
    "endgame": (endgame, -1 / 4),
    # Proved by the certificate: no other value has strategies without regret.
    "Leduc poker": (leduc_poker, -0.085606424078),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_values(name: str) -> None:
    make, value = KNOWN[name]
    answer = sequence_form_lp(make())
    assert answer.value == pytest.approx(value, abs=1e-12)
    assert answer.regret <= 1e-13
    assert answer.status == "solved"
    assert answer.method == "sequence_form_lp"


@pytest.mark.parametrize("periods", range(1, 6))
@pytest.mark.parametrize("inspections", range(4))
def test_dreshers_inspection_game(periods: int, inspections: int) -> None:
    # Dresher, "A sampling inspection problem in arms control agreements", RAND RM-2972 (1962).
    ways = sum(comb(periods, i) for i in range(inspections + 1))
    answer = sequence_form_lp(inspection(periods, inspections))
    assert answer.value == pytest.approx(-comb(periods - 1, inspections) / ways, abs=1e-12)


def test_kuhns_strategies() -> None:
    # Kuhn 1950: the adversary's is unique; the learner's are a family, alpha in [0, 1/3].
    answer = sequence_form_lp(kuhn_poker())
    adversary = answer.adversary
    assert adversary["J, check"] == pytest.approx({"check": 2 / 3, "bet": 1 / 3})
    assert adversary["Q, check"] == {"check": 1.0}
    assert adversary["Q, bet"] == pytest.approx({"fold": 2 / 3, "call": 1 / 3})
    assert adversary["K, bet"] == {"call": 1.0}
    learner = answer.learner
    alpha = learner["J"].get("bet", 0.0)
    assert alpha <= 1 / 3 + 1e-12
    assert learner["K"].get("bet", 0.0) == pytest.approx(3 * alpha)
    assert learner["Q, check, bet"]["call"] == pytest.approx(alpha + 1 / 3)


@settings(max_examples=150, deadline=None)
@given(seeds, depths)
def test_random_games_are_solved_exactly(seed: int, depth: int) -> None:
    answer = sequence_form_lp(drawn(seed, depth))
    assert (answer.regrets <= tolerances(answer.form)).all()
    assert answer.status == "solved"
    assert answer.payoffs.sum() == pytest.approx(0, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(seeds, st.integers(1, 4))
def test_the_value_is_that_of_the_normal_form(seed: int, depth: int) -> None:
    form = drawn(seed, depth, moves=2)
    if max(role.reduced_count for role in form.sequence_form().sequences) <= 200:
        value = minimax(form.to_reduced_normal_form()).value
        assert sequence_form_lp(form).value == pytest.approx(value, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(seeds, st.integers(1, 6), st.integers(1, 6))
def test_a_matrix_game_is_a_tree_of_two_moves(seed: int, m: int, n: int) -> None:
    payoffs = np.random.default_rng(seed).integers(-2, 3, (m, n)).astype(float)
    value = minimax(NormalForm.zero_sum(payoffs)).value
    assert sequence_form_lp(one_move_each(payoffs)).value == pytest.approx(value, abs=1e-10)


@settings(max_examples=100, deadline=None)
@given(seeds, st.integers(1, 6))
def test_without_secrets_it_is_backward_induction(seed: int, depth: int) -> None:
    rng = np.random.default_rng(seed)

    def node(left: int, name: str) -> tuple[Node, float]:
        """A subtree in which everything is seen, with its value."""
        kind = rng.integers(4) if left else 0
        if kind == 0:
            chips = float(rng.integers(-5, 6))
            return won(chips), chips
        moves = {a: node(left - 1, name + a) for a in "abc"[: rng.integers(1, 4)]}
        nodes, values = {a: moves[a][0] for a in moves}, [moves[a][1] for a in moves]
        if kind == 1:
            return Chance(nodes), float(np.mean(values))
        role, best = (("learner", max), ("adversary", min))[kind - 2]
        return Decision(role, name, nodes), best(values)

    tree, value = node(depth, "")
    assert sequence_form_lp(ExtensiveForm.from_tree(tree)).value == pytest.approx(value, abs=1e-10)


def changed(form: ExtensiveForm, scale: float, shifts: tuple[float, float]) -> ExtensiveForm:
    """The game with payoffs scaled, then shifted by the role."""
    graph = nx.DiGraph(form.graph)
    for _, attributes in graph.nodes.data():
        if "payoffs" in attributes:
            payoffs = zip(attributes["payoffs"], shifts, strict=True)
            attributes["payoffs"] = [scale * payoff + shift for payoff, shift in payoffs]
    return ExtensiveForm(graph, form.roles)


@settings(max_examples=60, deadline=None)
@given(seeds, depths, st.sampled_from([1e-9, 0.5, 1e6]), st.sampled_from([0.0, 10.0, -1e4]))
def test_units_do_not_matter(seed: int, depth: int, scale: float, shift: float) -> None:
    form = drawn(seed, depth)
    answer = sequence_form_lp(changed(form, scale, (scale * shift, 3 * scale)))
    expected = scale * (sequence_form_lp(form).value + shift)
    assert answer.status == "solved"
    assert answer.value == pytest.approx(expected, abs=scale * 1e-8, rel=1e-14)


@settings(max_examples=60, deadline=None)
@given(seeds, depths)
def test_roles_may_change_places(seed: int, depth: int) -> None:
    form = drawn(seed, depth)
    graph = nx.DiGraph(form.graph)
    for _, attributes in graph.nodes.data():
        if "payoffs" in attributes:
            attributes["payoffs"] = attributes["payoffs"][::-1]
    swapped = sequence_form_lp(ExtensiveForm(graph, form.roles[::-1]))
    assert swapped.value == pytest.approx(-sequence_form_lp(form).value, abs=1e-10)


def test_what_chance_averages_away_does_not_matter() -> None:
    rng = np.random.default_rng(0)

    def noisy(chips: float) -> Node:
        noise = rng.normal(size=50)
        ends = dict(enumerate(map(won, (chips + noise - noise.mean()).tolist())))
        return Chance(ends)

    def row(payoffs: list[float]) -> Node:
        return Decision("adversary", "column", {j: noisy(v) for j, v in enumerate(payoffs)})

    form = ExtensiveForm.from_tree(
        Chance(
            {
                deal: Decision("learner", "row", {"up": row([2, -3]), "down": row([0, 1])})
                for deal in range(20)
            }
        )
    )
    answer = sequence_form_lp(form)
    assert answer.value == pytest.approx(1 / 3, abs=1e-12)
    assert answer.learner["row"] == pytest.approx({"up": 1 / 6, "down": 5 / 6})


# A tree, and its value.
DEGENERATE: dict[str, tuple[Node, float]] = {
    "no move": (won(3), 3),
    "chance alone": (Chance({"a": won(1), "b": won(-5)}, [2 / 3, 1 / 3]), -1),
    "no choice": (Decision("learner", 1, {"a": Decision("adversary", 1, {"a": won(2)})}), 2),
    "one role": (Decision("adversary", 1, {"a": won(2), "b": won(-1)}), -1),
    "all alike": (Decision("learner", 1, {"a": won(4), "b": won(4)}), 4),
    "nothing at stake": (Decision("learner", 1, {"a": won(0), "b": won(0)}), 0),
    "what never happens": (
        Chance({"a": won(1), "b": Decision("learner", 1, {"c": won(9), "d": won(8)})}, [1, 0]),
        1,
    ),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_trees(name: str) -> None:
    tree, value = DEGENERATE[name]
    answer = sequence_form_lp(ExtensiveForm.from_tree(tree))
    assert answer.value == pytest.approx(value, abs=1e-14)
    assert answer.regret <= 1e-14
    assert answer.status == "solved"


def test_off_the_path_actions_are_alike() -> None:
    later = Decision("learner", "later", {"a": won(-1), "b": won(-2)})
    form = ExtensiveForm.from_tree(Decision("learner", "now", {"stop": won(5), "go": later}))
    answer = sequence_form_lp(form)
    assert answer.learner == {"now": {"stop": 1.0}, "later": {"a": 0.5, "b": 0.5}}


def test_bad_input() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(TypeError, match="sequence_form_lp needs an ExtensiveForm, got NormalForm"):
        sequence_form_lp(NormalForm.zero_sum([[1]]))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="sequence_form_lp needs a game of two roles, got 3"):
        sequence_form_lp(random_extensive_form(rng, roles=3))
    general = ExtensiveForm.from_tree(
        Decision("learner", 1, {"a": Terminal([1, 1]), "b": Terminal([2, -2])})
    )
    with pytest.raises(ValueError, match="must add up to a constant, got sums from 0 to 2; for"):
        sequence_form_lp(general)
    huge = ExtensiveForm.from_tree(Decision("learner", 1, {"a": won(1.7e308), "b": won(-1.7e308)}))
    with pytest.raises(ValueError, match=r"range below 1\.8e308, got more: rescale them"):
        sequence_form_lp(huge)


def test_a_regret_above_the_tolerance_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def uniform(form: SequenceForm) -> list[Array]:
        return [role.plan(role.uniform()) for role in form.sequences]

    monkeypatch.setattr(MODULE, "_optimal_plans", uniform)
    assert sequence_form_lp(kuhn_poker()).status == (
        "regret 0.5 is above the tolerance: rescale the payoffs"
    )
