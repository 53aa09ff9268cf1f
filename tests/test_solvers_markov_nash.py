"""Markov perfect equilibria of general-sum games: known answers, invariance, certificates."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from armsrace.forms import MarkovGame, NormalForm
from armsrace.forms.normal import Array
from armsrace.solvers import (
    _markov_complementarity,
    _markov_logit,
    backward_induction_with,
    best_response,
    certificate,
    lemke_howson,
    markov_nash,
    shapley,
)

SEEDS = st.integers(0, 2**32 - 1)


def random_game(
    seed: int, size: int = 3, m: int = 2, n: int = 3, discount: float = 0.8, **more: Any
) -> MarkovGame:
    rng = np.random.default_rng(seed)
    transitions = rng.dirichlet(np.full(size, 0.4), size=(size, m, n))
    return MarkovGame(rng.normal(size=(2, size, m, n)), transitions, discount, **more)


# Certificates on random games


def assert_solved(
    seed: int, size: int, shape: tuple[int, int], discount: float, tolerance: float
) -> None:
    answer = markov_nash(random_game(seed, size, *shape, discount))
    assert answer.status == "solved"
    assert answer.regret <= tolerance
    assert answer.leader is None


SHAPES = st.sampled_from([(2, 2), (2, 3), (3, 2), (3, 3)])


@given(SEEDS, st.integers(2, 4), SHAPES, st.sampled_from([0.0, 0.5, 0.8, 0.9]))
@settings(max_examples=30, deadline=None)
def test_random_games_are_solved(
    seed: int, size: int, shape: tuple[int, int], discount: float
) -> None:
    assert_solved(seed, size, shape, discount, 1e-8)


@pytest.mark.slow
@given(SEEDS, st.integers(1, 5), SHAPES, st.floats(0.0, 0.98))
@settings(max_examples=500, deadline=None)
def test_many_random_games_are_solved(
    seed: int, size: int, shape: tuple[int, int], discount: float
) -> None:
    assert_solved(seed, size, shape, discount, 1e-8)


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_degenerate_integer_games_with_missing_actions_are_solved(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, m, n = 3, 3, 3
    targets = rng.integers(size, size=(size, m, n))
    masks = rng.random((size, m)) < 0.7, rng.random((size, n)) < 0.7
    for mask in masks:
        mask[np.arange(size), rng.integers(3, size=size)] = True
    rewards = rng.integers(-1, 2, size=(2, size, m, n)).astype(float)
    game = MarkovGame(rewards, np.eye(size)[targets], 0.8, available=masks)
    answer = markov_nash(game)
    assert answer.status == "solved"
    assert answer.regret <= 1e-8
    for policy, mask in zip(answer.policies, masks, strict=True):
        assert (policy[~mask] == 0.0).all()


def few_followers(seed: int, size: int) -> MarkovGame:
    """Three states may follow each pair of actions: paths turn at one state after another."""
    rng = np.random.default_rng(seed)
    transitions = np.zeros((size, 3, 3, size))
    for cell in np.ndindex(size, 3, 3):
        transitions[cell][rng.choice(size, 3, replace=False)] = rng.dirichlet(np.ones(3))
    return MarkovGame(rng.uniform(-1.0, 1.0, (2, size, 3, 3)), transitions, 0.9)


def test_games_of_many_states_are_solved_without_a_path() -> None:
    for game in (random_game(0, size=30), few_followers(1, 22)):
        answer = markov_nash(game)
        assert answer.status == "solved"
        assert answer.regret < 1e-9
        assert "precision" not in answer.parameters


@pytest.mark.slow
def test_games_of_a_hundred_states_are_solved() -> None:
    for game in (few_followers(1, 100), random_game(1, size=100, m=3, discount=0.9)):
        assert markov_nash(game).regret < 1e-9


def test_the_path_takes_over_where_attempts_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_markov_complementarity, "ATTEMPTS", 0)
    answer = markov_nash(random_game(0, size=21, m=2, n=2, discount=0.5))
    assert answer.status == "solved"
    assert answer.regret < 1e-8
    assert "precision" in answer.parameters


def test_many_states_with_missing_actions_are_solved() -> None:
    rng = np.random.default_rng(3)
    masks = rng.random((30, 2)) < 0.7, rng.random((30, 3)) < 0.7
    for mask in masks:
        mask[:, 0] = True
    game = random_game(3, size=30, available=masks)
    answer = markov_nash(game)
    assert answer.status == "solved"
    assert answer.regret < 1e-9
    for policy, mask in zip(answer.policies, masks, strict=True):
        assert (policy[~mask] == 0.0).all()


# Invariance


@given(SEEDS, st.floats(0.1, 10.0), st.floats(0.1, 10.0), st.floats(-5.0, 5.0))
@settings(max_examples=10, deadline=None)
def test_units_of_either_role_change_nothing(
    seed: int, one: float, other: float, shift: float
) -> None:
    game = random_game(seed, size=2, m=2, n=2)
    units = np.array([one, other])[:, None, None, None]
    moved = MarkovGame(game.rewards * units + shift, game.transitions, game.discount)
    first, second = markov_nash(game), markov_nash(moved)
    for policy, again in zip(first.policies, second.policies, strict=True):
        np.testing.assert_allclose(again, policy, atol=1e-6)
    np.testing.assert_allclose(second.values, first.values * units[:, 0, 0] + shift, atol=1e-5)


@given(SEEDS)
@settings(max_examples=10, deadline=None)
def test_names_and_order_change_nothing(seed: int) -> None:
    game, rng = random_game(seed), np.random.default_rng(seed)
    states, rows, columns = (rng.permutation(count) for count in game.shape)
    dense = game.transitions.toarray().reshape(*game.shape, game.shape[0])
    place = np.ix_(states, rows, columns)
    renamed = MarkovGame(
        np.stack([rewards[place] for rewards in game.rewards]),
        dense[np.ix_(states, rows, columns, states)],
        game.discount,
    )
    first, second = markov_nash(game), markov_nash(renamed)
    for policy, again, actions in zip(
        first.policies, second.policies, (rows, columns), strict=True
    ):
        np.testing.assert_allclose(again, policy[np.ix_(states, actions)], atol=1e-6)


def test_dense_and_sparse_systems_lead_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(2):
        game = random_game(seed)
        dense = markov_nash(game)
        monkeypatch.setattr(_markov_logit, "DENSE", 0)
        whole = markov_nash(game)
        monkeypatch.undo()
        assert whole.status == "solved"
        assert whole.parameters["steps"] == dense.parameters["steps"]
        np.testing.assert_allclose(whole.values, dense.values, atol=1e-9)


# Known answers


@given(SEEDS, st.sampled_from([0.0, 0.6, 0.9]))
@settings(max_examples=10, deadline=None)
def test_zero_sum_games_have_shapleys_value(seed: int, discount: float) -> None:
    rng = np.random.default_rng(seed)
    transitions = rng.dirichlet(np.full(3, 0.3), size=(3, 3, 2))
    game = MarkovGame.zero_sum(rng.normal(size=(3, 3, 2)), transitions, discount)
    np.testing.assert_allclose(markov_nash(game).values, shapley(game).values, atol=3e-8)


@example(543)  # a long step overshoots by far
@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_discount_zero_is_the_stage_game(seed: int) -> None:
    game = random_game(seed, discount=0.0)
    answer = markov_nash(game)
    for state in range(3):
        stage = NormalForm(game.rewards[:, state])
        strategies = [policy[state] for policy in answer.policies]
        assert certificate.regrets(stage, strategies).max() <= 1e-8


@pytest.mark.parametrize("seed", range(5))
def test_one_role_alone_solves_its_decision_process(seed: int) -> None:
    game = random_game(seed, size=5, m=4, n=1, discount=0.9)
    alone = best_response(game, "learner", against=np.ones((5, 1)))
    np.testing.assert_allclose(markov_nash(game).values[0], alone.values, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_a_game_that_only_goes_forward_is_solved_by_backward_induction(seed: int) -> None:
    """Three rounds of games with one equilibrium each, as states of a game without a horizon."""
    rng = np.random.default_rng(seed)
    size, rounds, discount = 2, 3, 0.7
    pennies = np.array([[1.0, -1.0], [-1.0, 1.0]])
    # What is to come weighs too little to take away the one, mixed, equilibrium of each stage.
    rewards = rng.uniform(-0.05, 0.05, (2, size, 2, 2)) + np.stack([pennies, -2 * pennies])[:, None]
    transitions = rng.dirichlet(np.ones(size), size=(size, 2, 2))
    finite = MarkovGame(rewards, transitions, discount, horizon=rounds)
    wanted = backward_induction_with(finite, lemke_howson)
    end = rounds * size
    forward = np.zeros((end + 1, 2, 2, end + 1))
    earned = np.zeros((2, end + 1, 2, 2))
    forward[end, :, :, end] = 1.0
    for clock in range(rounds):
        here = slice(clock * size, (clock + 1) * size)
        earned[:, here] = rewards
        if clock == rounds - 1:
            forward[here, :, :, end] = 1.0
        else:
            forward[here, :, :, here.stop : here.stop + size] = transitions
    found = markov_nash(MarkovGame(earned, forward, discount))
    for policy, backward in zip(found.policies, wanted.policies, strict=True):
        np.testing.assert_allclose(policy[:end].reshape(rounds, size, 2), backward, atol=1e-9)


def war_of_attrition(cost: float, discount: float) -> MarkovGame:
    """Whoever waits pays; who outlasts the other earns 1 (Hendricks, Weiss and Wilson 1988)."""
    war = [[[-cost, 1.0 - cost], [0.0, 0.0]], [[-cost, 0.0], [1.0 - cost, 0.0]]]
    rewards = np.zeros((2, 2, 2, 2))
    rewards[:, 0] = war
    transitions = np.zeros((2, 2, 2, 2))
    transitions[..., 1] = 1.0
    transitions[0, 0, 0] = [1.0, 0.0]
    actions = ("wait", "quit"), ("wait", "quit")
    return MarkovGame(rewards, transitions, discount, actions=actions, states=("war", "over"))


@pytest.mark.parametrize("discount", [0.5, 0.95])
@pytest.mark.parametrize("cost", [0.1, 0.6])
def test_war_of_attrition(cost: float, discount: float) -> None:
    """In the symmetric equilibrium waiting must be worth nothing: cost = chance of quitting."""
    game = war_of_attrition(cost, discount)
    answer = markov_nash(game)
    for role in game.roles:
        assert answer.strategy(role, "war") == pytest.approx({"wait": 1 - cost, "quit": cost})
    np.testing.assert_allclose(answer.values, 0.0, atol=1e-9)


def test_another_start_leads_to_another_equilibrium() -> None:
    game = war_of_attrition(0.3, 0.9)
    half = np.full((2, 2), 0.5)
    stubborn: Array = np.array([[0.95, 0.05], [0.5, 0.5]])
    answer = markov_nash(game, start=(stubborn, half))
    assert answer.status == "solved"
    assert answer.strategy("learner", "war") == {"wait": 1.0}
    assert answer.strategy("adversary", "war") == {"quit": 1.0}
    assert answer.regret <= 1e-12


def test_a_state_alone_may_be_singular_where_the_game_is_not() -> None:
    """Supports of 3 and 4 actions in one state, 2 and 1 in another: one pays for the other."""
    rng = np.random.default_rng(13)
    size = int(rng.integers(1, 6))
    m, n = rng.integers(1, 5, 2)
    discount = float(rng.choice([0, 0.5, 0.9, 0.99]))
    rewards = rng.normal(size=(2, size, m, n))
    transitions = rng.dirichlet(np.full(size, 0.4), size=(size, m, n))
    answer = markov_nash(MarkovGame(rewards, transitions, discount))
    played = np.stack([(policy > 0.0).sum(axis=1) for policy in answer.policies])
    assert (played[0] != played[1]).any()
    assert played[0].sum() == played[1].sum()
    assert answer.regret <= 1e-10


# Answers that are not reached, and refusals


def test_too_few_steps_say_so() -> None:
    answer = markov_nash(random_game(1), steps=2)
    assert "2 steps were not enough: raise steps" in answer.status
    assert answer.status.startswith("regret ")
    assert answer.regret > 1e-8


def test_bad_input() -> None:
    game = random_game(0, size=2, m=2, n=2)
    half = np.full((2, 2), 0.5)
    with pytest.raises(ValueError, match="horizon must be None; backward_induction_with solves"):
        markov_nash(random_game(0, horizon=3))
    with pytest.raises(ValueError, match="tolerance must be positive, got 0"):
        markov_nash(game, tolerance=0)
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        markov_nash(game, steps=0)
    with pytest.raises(ValueError, match="start of adversary must be positive for every available"):
        markov_nash(game, start=(half, np.eye(2)))
    with pytest.raises(ValueError, match=r"policy of learner must have shape \(2, 2\), got \(3, 2"):
        markov_nash(game, start=(np.full((3, 2), 0.5), half))
