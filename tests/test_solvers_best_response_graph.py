"""The graph of best replies, from its definition and on games whose graph is known."""

from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from armsrace.forms import NormalForm
from armsrace.solvers.best_response_graph import best_response_graph, sink_components

games = st.integers(2, 3).flatmap(
    lambda roles: hnp.arrays(
        np.float64,
        st.tuples(st.just(roles), *([st.integers(1, 4)] * roles)),
        elements=st.integers(-3, 3).map(float),  # few values, so that ties are common
    )
)


def replies(payoffs: np.ndarray, role: int, profile: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The profiles that a role's best replies lead to, by trying every action."""
    options = [
        (*profile[:role], action, *profile[role + 1 :]) for action in range(payoffs.shape[1 + role])
    ]
    best = max(payoffs[(role, *option)] for option in options)
    return [option for option in options if payoffs[(role, *option)] == best]


@settings(max_examples=200)
@given(games)
def test_edges_are_the_definition(payoffs: np.ndarray) -> None:
    graph = best_response_graph(NormalForm(payoffs))
    profiles = list(product(*map(range, payoffs.shape[1:])))
    assert sorted(graph) == profiles
    for profile in profiles:
        moves = set()
        for role in range(len(payoffs)):
            best = replies(payoffs, role, profile)
            if profile not in best:
                moves |= set(best)
        assert set(graph.successors(profile)) == moves


@settings(max_examples=200)
@given(games)
def test_sinks_of_one_profile_are_the_pure_equilibria(payoffs: np.ndarray) -> None:
    form = NormalForm(payoffs)
    graph = best_response_graph(form)
    sinks = sink_components(graph)
    alone = {min(sink) for sink in sinks if len(sink) == 1}
    pure = {
        profile
        for profile in np.ndindex(form.shape)
        if all(profile in replies(payoffs, role, profile) for role in range(len(payoffs)))
    }
    assert alone == pure
    for sink in sinks:  # never left; below, every profile reaches one and can go round in it
        assert all(new in sink for old in sink for new in graph.successors(old))
    for node in graph:
        reached = {node, *nx.descendants(graph, node)}
        assert any(sink <= reached for sink in sinks)
        assert all(sink <= reached for sink in sinks if node in sink)


def test_known_games() -> None:
    def sizes(form: NormalForm) -> list[int]:
        return [len(sink) for sink in sink_components(best_response_graph(form))]

    pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    dilemma = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    coordination = NormalForm.from_bimatrix(np.diag([1, 2, 3]), np.diag([3, 2, 1]))
    rock_paper_scissors = NormalForm.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    assert sizes(pennies) == [4]
    assert sizes(dilemma) == [1]
    assert sizes(coordination) == [1, 1, 1]
    assert sizes(rock_paper_scissors) == [6]  # all profiles but the three draws


def test_ties_lead_to_every_best_reply_and_keep_who_plays_one() -> None:
    graph = best_response_graph(NormalForm.from_bimatrix([[0], [1], [1]], [[0], [0], [0]]))
    assert set(graph.edges) == {((0, 0), (1, 0)), ((0, 0), (2, 0))}
    assert len(sink_components(graph)) == 2


def test_rounding_makes_no_move() -> None:
    form = NormalForm.from_bimatrix([[0.3], [0.1 + 0.2]], [[0.0], [0.0]])
    assert not best_response_graph(form).edges
    assert best_response_graph(form, tolerance=0.0).number_of_edges() == 1


def test_gains_have_paired_intervals() -> None:
    rng = np.random.default_rng(0)
    traffic = rng.normal(0, 10, size=(40, 1, 1, 1))  # shared by all cells, far larger than the gain
    payoffs = np.array([[[0.0], [1.0]], [[0.0], [0.0]]])
    form = NormalForm.from_samples(payoffs + traffic + rng.normal(0, 0.5, size=(40, 2, 2, 1)))
    move = best_response_graph(form).edges[(0, 0), (1, 0)]
    assert move["role"] == "learner"
    assert move["gain"] == pytest.approx(form.payoffs[0, 1, 0] - form.payoffs[0, 0, 0])
    assert 0 < move["low"] < move["gain"] < move["high"] < 2


def test_exact_gains_have_no_error() -> None:
    form = NormalForm.from_bimatrix([[0], [2]], [[0], [0]])
    move = best_response_graph(form).edges[(0, 0), (1, 0)]
    assert (move["gain"], move["low"], move["high"]) == (2.0, 2.0, 2.0)


def test_negative_tolerance_is_refused() -> None:
    with pytest.raises(ValueError, match="tolerance must not be negative, got -1"):
        best_response_graph(NormalForm.zero_sum([[0.0]]), tolerance=-1)
