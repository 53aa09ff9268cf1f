"""Policies in a cycle: against every reply there is, and equal to what they are when they agree."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import MarkovGame
from armsrace.solvers import best_response
from armsrace.solvers.markov_schedules import harm_of_best_reply, reply_to_cycle


def random_game(rng: np.random.Generator, size: int = 2) -> MarkovGame:
    transitions = rng.dirichlet(np.ones(size), size=(size, 2, 2))
    return MarkovGame.zero_sum(rng.normal(size=(size, 2, 2)), transitions, 0.8)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_no_reply_that_counts_along_does_better(seed: int) -> None:
    """All 2^(3 phases x 2 states) replies, each played out for 80 rounds."""
    rng = np.random.default_rng(seed)
    game = random_game(rng)
    cycle = [rng.dirichlet(np.ones(2), size=2) for _ in range(3)]
    values, policies = reply_to_cycle(game, "adversary", cycle)
    dense = game.transitions.toarray().reshape(2, 2, 2, 2)
    choices = np.array(list(product(range(2), repeat=6))).reshape(64, 3, 2)
    replies = np.eye(2)[choices]
    worth = np.zeros((64, 2))
    for clock in range(80)[::-1]:
        joint = cycle[clock % 3][:, :, None] * replies[:, clock % 3, :, None, :]
        earned = (joint * game.rewards[1]).sum(axis=(2, 3))
        worth = 0.2 * earned + 0.8 * np.einsum("rsij,sijt,rt->rs", joint, dense, worth)
    np.testing.assert_allclose(values, worth.max(axis=0), atol=1e-6)
    assert policies.shape == (3, 2, 2)


def test_a_cycle_of_equal_policies_is_one_policy() -> None:
    rng = np.random.default_rng(1)
    game = random_game(rng, size=4)
    policy = rng.dirichlet(np.ones(2), size=4)
    once = best_response(game, "learner", against=policy).values
    values, _ = reply_to_cycle(game, "learner", [policy] * 4)
    np.testing.assert_allclose(values, once, atol=1e-10)


def test_misuse_is_refused() -> None:
    game = random_game(np.random.default_rng(0))
    with pytest.raises(ValueError, match="cycle must hold at least one policy, got none"):
        reply_to_cycle(game, "learner", [])
    with pytest.raises(LookupError, match="unknown role 'judge'"):
        reply_to_cycle(game, "judge", [np.eye(2)])
    short = MarkovGame.zero_sum(game.rewards[0], np.full((2, 2, 2, 2), 0.5), 1.0, horizon=2)
    with pytest.raises(ValueError, match="horizon must be None; with one, give best_response a"):
        reply_to_cycle(short, "learner", [np.eye(2)])


def test_equal_replies_do_the_most_harm() -> None:
    """An adversary indifferent among all it does is as bad as one that is out to harm."""
    rng = np.random.default_rng(5)
    opposed = random_game(rng)
    careless = MarkovGame(
        np.stack([opposed.rewards[0], np.zeros((2, 2, 2))]), opposed.transitions, 0.8
    )
    cycle = [rng.dirichlet(np.ones(2), size=2) for _ in range(2)]
    harm = harm_of_best_reply(careless, cycle)
    np.testing.assert_allclose(harm, harm_of_best_reply(opposed, cycle), atol=1e-12)
    np.testing.assert_allclose(harm, reply_to_cycle(opposed, "adversary", cycle)[0], atol=1e-12)
    assert careless.opposed().is_zero_sum()


def test_a_reply_by_own_rewards_may_spare_the_learner() -> None:
    rewards = np.zeros((2, 1, 1, 2))
    rewards[0, 0, 0] = [-1.0, -5.0]
    rewards[1, 0, 0] = [1.0, 0.0]
    game = MarkovGame(rewards, np.ones((1, 1, 2, 1)), 0.9)
    assert harm_of_best_reply(game, [np.ones((1, 1))]).tolist() == pytest.approx([1.0])
    assert harm_of_best_reply(game.opposed(), [np.ones((1, 1))]).tolist() == pytest.approx([5.0])
