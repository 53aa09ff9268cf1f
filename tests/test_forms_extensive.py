import copy
import pickle
from collections.abc import Hashable
from itertools import product
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from armsrace.forms import (
    Chance,
    Decision,
    ExtensiveForm,
    Terminal,
    TreeError,
    kuhn_poker,
    leduc_poker,
    matching_pennies,
    random_extensive_form,
)

END = Terminal([0, 0])


def value_of_rows(A: np.ndarray) -> float:
    """Solve max_x min_j (x @ A)_j by HiGHS."""
    m, n = A.shape
    answer = linprog(
        np.append(np.zeros(m), -1),
        A_ub=np.hstack([-A.T, np.ones((n, 1))]),
        b_ub=np.zeros(n),
        A_eq=[[1] * m + [0]],
        b_eq=[1],
        bounds=[(0, None)] * m + [(None, None)],
    )
    assert answer.fun is not None
    return -float(answer.fun)


def grown(edges: list[tuple[int, int]], ends: list[int]) -> "nx.DiGraph[Hashable]":
    """Make a graph in which every inner node draws its next node evenly."""
    graph: nx.DiGraph[Hashable] = nx.DiGraph()
    for a, b in edges:
        siblings = sum(1 for start, _ in edges if start == a)
        graph.add_edge(a, b, action=b, probability=1 / siblings)
    for end in ends:
        graph.add_node(end, payoffs=[1, 2])
    return graph


def test_kuhn_poker_has_value_minus_one_eighteenth() -> None:
    # H. W. Kuhn (1950); through the 27 x 64 reduced normal form.
    form = kuhn_poker().to_reduced_normal_form()
    assert form.shape == (27, 64)
    assert form.is_zero_sum()
    assert value_of_rows(form.payoffs[0]) == pytest.approx(-1 / 18, abs=1e-12)


def test_the_normal_form_chooses_everywhere_and_the_reduced_one_where_it_matters() -> None:
    full, reduced = kuhn_poker().to_normal_form(), kuhn_poker().to_reduced_normal_form()
    assert full.shape == (64, 64)
    # Full strategies that agree with a reduced one have its payoffs.
    positions = {label: k for k, label in enumerate(reduced.actions[0])}
    for k, label in enumerate(full.actions[0]):
        bets = {kept for kept, action in label if action == "bet"}  # type: ignore[attr-defined]
        needed = tuple(
            pair
            for pair in label  # type: ignore[attr-defined]
            if not any(pair[0] == f"{card}, check, bet" for card in bets)
        )
        assert (full.payoffs[:, k] == reduced.payoffs[:, positions[needed]]).all()


def test_strategies_are_labeled_by_information_set_and_action() -> None:
    form = matching_pennies().to_normal_form()
    assert form.actions[0] == ((("first", "heads"),), (("first", "tails"),))
    assert form.payoffs[0].tolist() == [[1, -1], [-1, 1]]


def test_a_role_that_never_moves_has_one_strategy() -> None:
    tree = Decision("learner", "only", {"a": Terminal([1, 2]), "b": Terminal([3, 4])})
    form = ExtensiveForm.from_tree(tree).to_normal_form()
    assert form.payoffs.tolist() == [[[1], [3]], [[2], [4]]]
    assert form.actions[1] == ((),)


@settings(max_examples=100)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_the_normal_form_is_what_plays_pay(seed: int, roles: int) -> None:
    game = random_extensive_form(np.random.default_rng(seed), roles=roles, depth=4, moves=2)
    form = game.to_reduced_normal_form()
    for profile in product(*(range(min(m, 4)) for m in form.shape)):
        chosen = [dict(form.actions[i][k]) for i, k in enumerate(profile)]  # type: ignore[call-overload]
        expected = np.zeros(roles)
        stack: list[tuple[Any, float]] = [(game.root, 1.0)]
        while stack:
            node, chance = stack.pop()
            at = game.graph.nodes[node]
            if "payoffs" in at:
                expected += chance * np.array(at["payoffs"])
            for child, edge in game.graph.adj[node].items():
                if "probability" in edge:
                    stack.append((child, chance * edge["probability"]))
                elif chosen[game.roles.index(at["role"])][at["information_set"]] == edge["action"]:
                    stack.append((child, chance))
        paid = np.moveaxis(form.payoffs, 0, -1)[profile]
        assert paid == pytest.approx(expected, abs=1e-12)


def test_an_exponential_normal_form_is_refused() -> None:
    with pytest.raises(ValueError, match=r"payoffs of a normal form must be at most 10\^7"):
        leduc_poker().to_reduced_normal_form()
    with pytest.raises(ValueError, match=r"got about 10\^"):
        leduc_poker().to_normal_form()


def test_a_graph_is_kept_as_a_frozen_copy() -> None:
    graph = grown([(0, 1), (0, 2)], [1, 2])
    form = ExtensiveForm(graph)
    graph.add_edge(1, 3)
    graph.nodes[2]["payoffs"][0] = 7
    assert len(form.graph) == 3
    assert form.graph.nodes[2]["payoffs"] == (1, 2)
    with pytest.raises(nx.NetworkXError, match="Frozen"):
        form.graph.add_node(9)


def test_a_form_can_be_pickled_and_copied() -> None:
    form = kuhn_poker()
    for other in (pickle.loads(pickle.dumps(form)), copy.deepcopy(form)):
        assert repr(other) == repr(form)
        assert other.to_efg() == form.to_efg()


def test_a_subtree_can_be_used_at_several_places() -> None:
    again = Decision("learner", "blind", {"a": END, "b": Terminal([1, -1])})
    form = ExtensiveForm.from_tree(Chance({"left": again, "right": again}))
    assert len(form.graph) == 7
    assert form.sequence_form().of("learner").information_sets == ("blind",)


def test_moves_are_kept_as_a_copy() -> None:
    moves = {"a": END}
    tree = Decision("learner", "x", moves)
    moves["b"] = END
    assert len(ExtensiveForm.from_tree(tree).graph) == 2


def test_a_play_may_be_long() -> None:
    tree: Decision | Terminal = END
    for k in reversed(range(5000)):
        tree = Decision("learner", k, {"stop": END, "go": tree})
    form = ExtensiveForm.from_tree(tree)
    assert form.sequence_form().of("learner").levels[-1] == 5000
    assert form.sequence_form().of("learner").reduced_count == 5001
    assert ExtensiveForm.from_efg(form.to_efg()).graph.number_of_nodes() == 10001


def test_constant_and_zero_sum() -> None:
    assert kuhn_poker().is_zero_sum()
    assert kuhn_poker().is_constant_sum()
    shifted = ExtensiveForm.from_tree(Chance({"a": Terminal([1, 2]), "b": Terminal([3, 0])}))
    assert shifted.is_constant_sum()
    assert not shifted.is_zero_sum()
    assert "constant-sum" in repr(shifted)
    general = ExtensiveForm.from_tree(Chance({"a": Terminal([1, 2]), "b": Terminal([3, 3])}))
    assert not general.is_constant_sum()
    assert "general-sum" in repr(general)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (Chance({"a": END, "b": END}, [0.5, 0.6]), "probabilities must sum to 1, got 1.1"),
        (Chance({"a": END, "b": END}, [-0.5, 1.5]), r"probability must be in \[0, 1\], got -0.5"),
        (Chance({"a": END}, [np.nan]), r"probability must be in \[0, 1\], got nan"),
        (Terminal([np.inf, 0]), "payoffs must be finite"),
        (
            Chance({"a": END, "b": Terminal([1])}),
            r"payoffs must hold 2 numbers, got 1 \(at node 2\)",
        ),
        (
            Chance(
                {1: Decision("learner", "x", {"a": END}), 2: Decision("learner", "x", {"b": END})}
            ),
            "information set 'x' of learner must have the same actions at all its nodes, got "
            r"\('a',\) and \('b',\) \(at node 3\)",
        ),
        (
            Chance(
                {
                    1: Decision("learner", "x", {"a": END, "b": END}),
                    2: Decision("learner", "x", {"b": END, "a": END}),
                }
            ),
            "must have the same actions",
        ),
        (
            Decision("learner", "x", {"a": Decision("learner", "x", {"a": END})}),
            "information set 'x' of learner must have perfect recall, but its nodes follow "
            r"different own moves: none and 'a' at 'x' \(at node 1\)",
        ),
        (
            Decision(
                "learner",
                "first",
                {
                    "a": Decision("learner", "then", {"c": END}),
                    "b": Decision("learner", "then", {"c": END}),
                },
            ),
            "information set 'then' of learner .* 'a' at 'first' and 'b' at 'first'",
        ),
    ],
)
def test_what_is_no_game_is_refused(tree: Chance | Decision | Terminal, message: str) -> None:
    with pytest.raises(TreeError, match=message):
        ExtensiveForm.from_tree(tree)


def test_one_role_may_forget_what_another_does() -> None:
    after = Decision("adversary", "unseen", {"c": END, "d": END})
    ExtensiveForm.from_tree(Decision("learner", "first", {"a": after, "b": after}))


def test_unknown_roles_are_refused() -> None:
    tree = Decision("defender", "x", {"a": END})
    with pytest.raises(LookupError, match=r"unknown role 'defender' .* are learner, adversary"):
        ExtensiveForm.from_tree(tree)
    ExtensiveForm.from_tree(tree, ["defender", "attacker"])
    with pytest.raises(ValueError, match="roles must be unique"):
        ExtensiveForm.from_tree(tree, ["defender", "defender"])


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (nx.DiGraph(), "graph must have a terminal node"),
        (grown([(0, 1), (2, 3)], [1, 3]), "graph must have one root, got 2"),
        (grown([(0, 1), (1, 0)], []), "graph must have a terminal node"),
        (grown([(0, 1), (1, 2), (2, 1)], []), "graph must have a terminal node"),
        (grown([(0, 1), (2, 3), (3, 2)], [1]), "only 2 of 4 nodes follow the root"),
        (grown([(0, 1), (0, 2), (1, 3), (2, 3)], [3]), "a node must have one edge to it, got 2"),
        (grown([(0, 1), (0, 4), (1, 2), (2, 1)], [4]), "a node must have one edge to it, got 2"),
        (grown([(0, 1), (0, 2)], [1]), "a node without moves .* payoffs .at node 2"),
        (grown([(0, 1), (1, 2)], [1, 2]), "a node with payoffs is terminal and must have no moves"),
    ],
)
def test_what_is_no_tree_is_refused(graph: "nx.DiGraph[Hashable]", message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ExtensiveForm(graph)


def test_missing_attributes_are_named() -> None:
    graph = grown([(0, 1), (0, 2)], [1, 2])
    del graph.edges[0, 1]["probability"]
    with pytest.raises(TreeError, match=r"every move of a chance node .* attribute probability"):
        ExtensiveForm(graph)
    graph.nodes[0]["role"] = "learner"
    with pytest.raises(TreeError, match="a decision node must have the attribute information_set"):
        ExtensiveForm(graph)
    graph.nodes[0]["information_set"] = "x"
    ExtensiveForm(graph)
    graph.edges[0, 1]["action"] = 2
    with pytest.raises(TreeError, match="actions must be unique"):
        ExtensiveForm(graph)
    del graph.edges[0, 1]["action"]
    with pytest.raises(TreeError, match="every move must have the attribute action"):
        ExtensiveForm(graph)


def test_other_graphs_are_refused() -> None:
    with pytest.raises(TypeError, match=r"must be a networkx.DiGraph, got Graph"):
        ExtensiveForm(nx.Graph())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="got MultiDiGraph"):
        ExtensiveForm(nx.MultiDiGraph())


def test_nodes_without_moves_are_refused() -> None:
    with pytest.raises(ValueError, match="moves must hold one move or more"):
        Chance({})
    with pytest.raises(ValueError, match="actions must hold one action or more"):
        Decision("learner", "x", {})
    with pytest.raises(ValueError, match="one number for each of 1 moves, got 2"):
        Chance({"a": END}, [0.5, 0.5])
    with pytest.raises(TypeError, match="a node must be a Chance, Decision or Terminal, got 7"):
        ExtensiveForm.from_tree(Chance({"a": 7}))  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("name", "value"), [("roles", 0), ("depth", 0), ("moves", 1), ("moves", 27)]
)
def test_random_games_have_sensible_sizes(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{name} must be from . to .*, got {value}"):
        random_extensive_form(np.random.default_rng(0), **{name: value})  # type: ignore[arg-type]


def test_random_zero_sum_games_are_zero_sum() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        assert random_extensive_form(rng, roles=3, depth=3, zero_sum=True).is_zero_sum()
