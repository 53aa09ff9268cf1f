"""Commitment across rounds: known answers, brute force, and bounds that hold."""

from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace._linear_program import minimize
from armsrace.forms import MarkovGame
from armsrace.forms.normal import Array
from armsrace.solvers import (
    _commitment_relaxed,
    backward_induction,
    backward_induction_with,
    best_response,
    markov_nash,
    markov_stackelberg,
    shapley,
    stackelberg,
)
from armsrace.solvers.markov_certificate import policy_values

SEEDS = st.integers(0, 2**32 - 1)


def random_game(
    seed: int, size: int = 2, m: int = 2, n: int = 2, discount: float = 0.6, **more: Any
) -> MarkovGame:
    rng = np.random.default_rng(seed)
    transitions = rng.dirichlet(np.ones(size), size=(size, m, n))
    return MarkovGame(rng.normal(size=(2, size, m, n)), transitions, discount, **more)


def committed(game: MarkovGame, policy: Array, leader: int = 0) -> Array:
    """The leader's values when it commits to a policy, by all pure stationary replies."""
    size, n = game.shape[0], game.shape[2 - leader]
    follower = game.roles[1 - leader]
    best = best_response(game, follower, against=policy).values
    mine = np.full(size, -np.inf)
    for actions in np.ndindex(*[n] * size):
        pair = (policy, np.eye(n)[list(actions)])
        values = policy_values(game, pair if leader == 0 else pair[::-1])
        if (values[1 - leader] >= best - 1e-9).all():
            mine = np.maximum(mine, values[leader])
    return mine


# Limits


@given(SEEDS, st.sampled_from(["learner", "adversary"]))
@settings(max_examples=10, deadline=None)
def test_discount_zero_and_horizon_one_are_the_stage_game(seed: int, leader: str) -> None:
    index = 0 if leader == "learner" else 1
    for more in ({}, {"horizon": 1}):
        game = random_game(seed, m=3, n=3, discount=0.0, **more)
        answer = markov_stackelberg(game, leader)
        stages = [stackelberg(game.stage(s, game.rewards[:, s]), leader) for s in range(2)]
        wanted = [stage.payoffs[index] for stage in stages]
        assert answer.status == "solved"
        assert answer.leader == leader
        np.testing.assert_allclose(answer.values[index], wanted, atol=1e-6)


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_one_state_is_worth_the_stage(seed: int) -> None:
    """A mixture every round is what a stationary policy is; the follower replies round by round."""
    game = random_game(seed, size=1, m=3, n=3, discount=0.8)
    answer = markov_stackelberg(game)
    stage = stackelberg(game.stage(0, game.rewards[:, 0]))
    assert answer.values[0, 0] == pytest.approx(stage.payoffs[0], abs=1e-6)


@given(SEEDS, st.sampled_from([None, 3]), st.sampled_from(["learner", "adversary"]))
@settings(max_examples=20, deadline=None)
def test_zero_sum_games_are_worth_their_minimax_value(
    seed: int, horizon: int | None, leader: str
) -> None:
    rng = np.random.default_rng(seed)
    transitions = rng.dirichlet(np.ones(2), size=(2, 2, 3))
    game = MarkovGame.zero_sum(rng.normal(size=(2, 2, 3)), transitions, 0.7, horizon=horizon)
    answer = markov_stackelberg(game, leader)
    solved = shapley(game) if horizon is None else backward_induction(game)
    assert answer.bound <= 1e-6
    np.testing.assert_allclose(answer.values, solved.values, atol=1e-5)


# Known answers


def deterrence(punishment_costs: float, **more: Any) -> MarkovGame:
    """The adversary goes where the learner likes it, or where the learner could punish.

    In "bad" it earns 1 if spared and -1 if punished, so punishing half of the time deters it; the
    learner earns 1 in "good", and in "bad" what punishment costs it.
    """
    rewards = np.zeros((2, 4, 2, 2))
    rewards[0, 1] = 1.0
    rewards[0, 2, 1] = -punishment_costs
    rewards[1, 2, 0], rewards[1, 2, 1] = 1.0, -1.0
    transitions = np.zeros((4, 2, 2, 4))
    transitions[0, :, 0, 1] = transitions[0, :, 1, 2] = 1.0
    transitions[1:, :, :, 3] = 1.0
    return MarkovGame(
        rewards,
        transitions,
        actions=(("spare", "punish"), ("good", "bad")),
        states=("start", "good", "bad", "end"),
        **more,
    )


def test_a_threat_that_is_never_carried_out() -> None:
    """It earns 1 in the second of two rounds; who commits anew in each round earns nothing."""
    game = deterrence(5.0, discount=1.0, horizon=2)
    answer = markov_stackelberg(game, start=[1, 0, 0, 0])
    assert answer.status == "solved"
    assert answer.values[0, 0] == pytest.approx(0.5)
    assert answer.policies[1][0, 0].tolist() == [1.0, 0.0]
    assert answer.strategy("learner", "bad", clock=1)["punish"] >= 0.5 - 1e-9
    anew = backward_induction_with(game, lambda stage: stackelberg(stage, leader="learner"))
    assert anew.values[0, 0] == pytest.approx(0.0)


def test_the_same_threat_without_a_horizon() -> None:
    answer = markov_stackelberg(deterrence(5.0, discount=0.8), start=[1, 0, 0, 0])
    assert answer.status == "solved"
    assert answer.values[0, 0] == pytest.approx(0.2 * 0.8)


def test_what_is_best_depends_on_where_the_game_starts() -> None:
    """Nobody threatens at his own expense when the game has already gone wrong."""
    answer = markov_stackelberg(deterrence(5.0, discount=0.8), start=[0, 0, 1, 0])
    assert answer.strategy("learner", "bad") == pytest.approx({"spare": 1.0})
    assert answer.values[0, 2] == pytest.approx(0.0, abs=1e-9)


# Brute force and bounds


@pytest.mark.parametrize("seed", [0, 2, 4])
@pytest.mark.parametrize("leader", [0, 1])
def test_no_policy_on_a_grid_is_better(seed: int, leader: int) -> None:
    game = random_game(seed, discount=0.5)
    answer = markov_stackelberg(game, game.roles[leader], boxes=20)
    grid = np.linspace(0.0, 1.0, 11)
    best = max(
        float(committed(game, np.array([[p, 1 - p], [q, 1 - q]]), leader).mean())
        for p in grid
        for q in grid
    )
    value = float(answer.values[leader].mean())
    assert value >= best - answer.bound - 1e-8
    assert value == pytest.approx(answer.parameters["value"], abs=1e-8)
    exact = committed(game, answer.policies[leader], leader)
    assert float(exact.mean()) == pytest.approx(value, abs=1e-6)


@given(SEEDS, st.integers(1, 3), st.sampled_from([0.3, 0.8]))
@settings(max_examples=20, deadline=None)
def test_random_commitments_stay_below_the_upper_limit(
    seed: int, size: int, discount: float
) -> None:
    """Whatever the search had time for, its limit holds, and its follower replies best."""
    game = random_game(seed, size=size, m=2, n=2, discount=discount)
    answer = markov_stackelberg(game, boxes=5)
    assert answer.regret <= 1e-8
    assert answer.bound >= 0.0
    upper = answer.parameters["upper"]
    assert isinstance(upper, float)
    rng = np.random.default_rng(seed)
    for policy in rng.dirichlet(np.full(2, 0.5), size=(10, size)):
        assert committed(game, policy).mean() <= upper + 1e-8


@given(SEEDS)
@settings(max_examples=10, deadline=None)
def test_the_leader_earns_no_less_than_in_a_markov_perfect_equilibrium(seed: int) -> None:
    game = random_game(seed, m=2, n=3, discount=0.5)
    answer, nash = markov_stackelberg(game, boxes=4), markov_nash(game)
    assert answer.values[0].mean() + answer.bound == pytest.approx(answer.parameters["upper"])
    assert answer.values[0].mean() + answer.bound >= nash.values[0].mean() - 1e-8


@given(SEEDS, st.sampled_from([0.5, 1.0]))
@settings(max_examples=10, deadline=None)
def test_to_commit_once_is_worth_no_less_than_to_commit_anew(seed: int, discount: float) -> None:
    game = random_game(seed, discount=discount, horizon=2)
    answer = markov_stackelberg(game, boxes=4, start=[1, 0])
    anew = backward_induction_with(game, lambda stage: stackelberg(stage, leader="learner"))
    assert answer.values[0, 0] >= anew.values[0, 0] - answer.bound - 1e-8
    assert answer.regret <= 1e-8


@pytest.mark.parametrize(
    ("seed", "size", "m", "discount"), [(2, 2, 2, 0.6), (3, 2, 3, 0.6), (0, 3, 3, 0.8)]
)
def test_games_of_a_few_states_are_solved(seed: int, size: int, m: int, discount: float) -> None:
    game = random_game(seed, size=size, m=m, n=m, discount=discount)
    answer = markov_stackelberg(game)
    assert answer.status == "solved"
    assert 0.0 <= answer.bound <= 1e-6
    rng = np.random.default_rng(seed)
    for step in np.geomspace(1e-4, 1.0, 15):
        policy = (1 - step) * answer.policies[0] + step * rng.dirichlet(np.ones(m), size=size)
        assert committed(game, policy).mean() <= answer.values[0].mean() + answer.bound + 1e-8


def test_the_limit_holds_where_programs_are_not_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    """What HiGHS gives up on is no proof that a box holds nothing."""
    game = random_game(4)
    wanted = markov_stackelberg(game).values[0].mean()
    calls = count()

    def moody(*arguments: Any) -> Any:
        if next(calls) % 3 == 0:
            raise ArithmeticError("a linear program was not solved")
        return minimize(*arguments)

    monkeypatch.setattr(_commitment_relaxed, "minimize", moody)
    answer = markov_stackelberg(game, boxes=15)
    assert next(calls) > 15
    assert answer.values[0].mean() <= wanted + 1e-6
    assert wanted <= answer.values[0].mean() + answer.bound + 1e-8


def test_units_and_roles_change_nothing() -> None:
    game = random_game(0, discount=0.5)
    answer = markov_stackelberg(game)
    units = np.array([3.0, 0.2])[:, None, None, None]
    moved = MarkovGame(game.rewards * units - 1.0, game.transitions, 0.5)
    dense = game.transitions.toarray().reshape(2, 2, 2, 2).swapaxes(1, 2)
    swapped = MarkovGame(game.rewards[::-1].swapaxes(2, 3), dense, 0.5)
    again = markov_stackelberg(moved, tolerance=3e-6)
    other = markov_stackelberg(swapped, "adversary")
    assert {answer.status, again.status, other.status} == {"solved"}
    assert again.values[0].mean() == pytest.approx(3 * answer.values[0].mean() - 1, abs=4e-6)
    assert other.values[1].mean() == pytest.approx(answer.values[0].mean(), abs=2e-6)


def test_actions_that_are_missing_are_not_used() -> None:
    masks = np.array([[True, False, True], [True, True, True]]), np.array([[True, True]] * 2)
    rng = np.random.default_rng(3)
    transitions = rng.dirichlet(np.ones(2), size=(2, 3, 2))
    game = MarkovGame(rng.normal(size=(2, 2, 3, 2)), transitions, 0.3, available=masks)
    answer = markov_stackelberg(game, boxes=40)
    assert answer.policies[0][0, 1] == 0.0
    assert answer.regret <= 1e-8


def test_a_search_that_is_cut_short_says_what_may_be_missing() -> None:
    game = random_game(2, discount=0.5)
    short, longer = markov_stackelberg(game, boxes=1), markov_stackelberg(game, boxes=15)
    assert short.status.startswith("the leader may miss ")
    assert "raise boxes above 1" in short.status
    assert 0.0 < longer.bound < short.bound
    assert longer.values[0].mean() >= short.values[0].mean()


def test_bad_input() -> None:
    game = random_game(0)
    with pytest.raises(LookupError, match="unknown role 'judge'; the roles are learner, adversary"):
        markov_stackelberg(game, "judge")
    with pytest.raises(ValueError, match=r"start must have shape \(2,\), a weight a state, got"):
        markov_stackelberg(game, start=[1, 0, 0])
    for start in ([0, 0], [1, -1]):
        with pytest.raises(ValueError, match="start must not be negative nor all zero"):
            markov_stackelberg(game, start=start)
    with pytest.raises(ValueError, match="tolerance must be positive, got 0"):
        markov_stackelberg(game, tolerance=0)
    with pytest.raises(ValueError, match="boxes must be at least 1, got 0"):
        markov_stackelberg(game, boxes=0)
