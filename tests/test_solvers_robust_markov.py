"""Robust values: exact at radius zero, bounds for every game of the sets, inner problem by LP."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from armsrace.forms.markov import MarkovGame
from armsrace.solvers.markov_certificate import best_reply, policy_values, regrets
from armsrace.solvers.robust_markov import MarkovSets, least_expectation

SIZE = (4, 2, 3)


def random_game(rng: np.random.Generator) -> MarkovGame:
    rewards = rng.normal(size=(2, *SIZE))
    return MarkovGame(rewards, rng.dirichlet(np.full(4, 0.5), size=SIZE), discount=0.8)


def certain(game: MarkovGame) -> MarkovSets:
    chances = game.transitions.toarray().reshape(*SIZE, 4)
    return MarkovSets(game, chances, chances, game.rewards, game.rewards)


def random_policies(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.dirichlet(np.ones(2), size=4), rng.dirichlet(np.ones(3), size=4)


def around(chances: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    return np.maximum(chances - radius, 0.0), np.minimum(chances + radius, 1.0)


@given(st.integers(0, 2**32 - 1), st.integers(0, 20))
@settings(max_examples=100, deadline=None)
def test_inner_problem_is_the_linear_program(seed: int, twentieths: int) -> None:
    rng = np.random.default_rng(seed)
    p, values = rng.dirichlet(np.full(5, 0.5)), rng.normal(size=5).round(1)
    rare, often = around(p, twentieths / 20)
    solved = linprog(
        values, A_eq=[np.ones(5)], b_eq=[1.0], bounds=list(zip(rare, often, strict=True))
    )
    assert solved.fun is not None
    assert least_expectation(rare, often, values) == pytest.approx(solved.fun, abs=1e-8)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_without_doubt_bounds_are_the_exact_values(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game, policies = random_game(rng), random_policies(rng)
    sets = certain(game)
    exact = policy_values(game, policies)
    np.testing.assert_allclose(sets.least_value("adversary", policies), exact[1], atol=1e-7)
    reply, _ = best_reply(game, "learner", policies[1])
    np.testing.assert_allclose(sets.most_by_reply("learner", policies[1]), reply, atol=1e-7)
    np.testing.assert_allclose(
        sets.regret_bounds(policies).max(axis=1), regrets(game, policies), atol=1e-7
    )
    opposed = MarkovGame.zero_sum(game.rewards[0], game.transitions, 0.8)
    exact_sets = certain(opposed)
    worst, _ = best_reply(opposed, "adversary", policies[0])
    np.testing.assert_allclose(exact_sets.guaranteed("learner", policies[0]), -worst, atol=1e-7)


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 1.0), st.booleans())
@settings(max_examples=30, deadline=None)
def test_no_game_of_the_sets_breaks_the_bounds(seed: int, radius: float, referred: bool) -> None:
    rng = np.random.default_rng(seed)
    middle, policies = random_game(rng), random_policies(rng)
    dense = middle.transitions.toarray().reshape(*SIZE, 4)
    rare, often = around(dense, radius)
    reference, ends = None, None
    low, high = middle.rewards - 0.1, middle.rewards + 0.1
    if referred:
        # What a round is worth beyond any reference values, in every game of the sets.
        reference = 2.0 * rng.normal(size=(2, 4))
        ends = np.array([[low[role].min(), high[role].max()] for role in range(2)])
        gained = np.stack([least_expectation(rare, often, values) for values in reference])
        lost = np.stack([least_expectation(rare, often, -values) for values in reference])
        low = low + (0.8 * gained - reference[:, :, None, None]) / 0.2
        high = high + (-0.8 * lost - reference[:, :, None, None]) / 0.2
    sets = MarkovSets(middle, rare, often, low, high, reference, ends)
    bounds = sets.regret_bounds(policies)
    least, most = sets.least_value("learner", policies), sets.most_by_reply("learner", policies[1])
    sure = sets.guaranteed("learner", policies[0])
    for _ in range(5):
        away = rng.dirichlet(np.full(4, 0.2), size=SIZE)
        far = np.abs(away - dense).max(axis=-1, keepdims=True)
        true = MarkovGame(
            middle.rewards + rng.uniform(-0.1, 0.1, size=(2, *SIZE)),
            dense + np.minimum(1.0, radius / far) * (away - dense),
            0.8,
        )
        values = policy_values(true, policies)[0]
        reply, _ = best_reply(true, "learner", policies[1])
        assert (least <= values + 1e-9).all()
        assert (sure <= least + 1e-9).all()
        assert (reply <= most + 1e-9).all()
        assert (regrets(true, policies) <= bounds.max(axis=1) + 1e-9).all()


def test_bad_input() -> None:
    game = random_game(np.random.default_rng(0))
    sets = certain(game)
    with pytest.raises(ValueError, match="rare and often must have a distribution between them"):
        MarkovSets(game, sets.rare, 0.9 * sets.often, game.rewards, game.rewards)
    with pytest.raises(ValueError, match="rare and often must have a distribution between them"):
        MarkovSets(game, sets.rare - 1.0, sets.often, game.rewards, game.rewards)
    with pytest.raises(ValueError, match="low must not be above high"):
        MarkovSets(game, sets.rare, sets.often, game.rewards + 1, game.rewards)
    with pytest.raises(ValueError, match=r"rare must have shape \(4, 2, 3, 4\), got \(4,\)"):
        MarkovSets(game, np.zeros(4), sets.often, game.rewards, game.rewards)
    with pytest.raises(ValueError, match=r"reference must have shape \(2, 4\), got \(4,\)"):
        MarkovSets(game, sets.rare, sets.often, game.rewards, game.rewards, np.zeros(4))
    with pytest.raises(ValueError, match="policy of learner must have shape"):
        sets.guaranteed("learner", np.ones((3, 2)))
