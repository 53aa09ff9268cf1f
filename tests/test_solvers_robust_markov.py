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


def random_policies(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.dirichlet(np.ones(2), size=4), rng.dirichlet(np.ones(3), size=4)


@given(st.integers(0, 2**32 - 1), st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_inner_problem_is_the_linear_program(seed: int, twentieths: int) -> None:
    radius = twentieths / 20  # not as small as the tolerance of the linear program's solver
    rng = np.random.default_rng(seed)
    p, values = rng.dirichlet(np.full(5, 0.5)), rng.normal(size=5).round(1)
    # q - p = up - down, with |up| + |down| at most the radius.
    solved = linprog(
        np.concatenate([values, -values]),
        A_ub=[np.ones(10)],
        b_ub=[radius],
        A_eq=[np.repeat([1.0, -1.0], 5)],
        b_eq=[0.0],
        bounds=[*((0, None) for _ in range(5)), *((0, x) for x in p)],
    )
    assert solved.fun is not None
    found = least_expectation(p[None], np.array([radius]), values)[0]
    assert found == pytest.approx(p @ values + solved.fun, abs=1e-8)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_without_doubt_bounds_are_the_exact_values(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game, policies = random_game(rng), random_policies(rng)
    sets = MarkovSets(game, np.zeros(SIZE), game.rewards, game.rewards)
    exact = policy_values(game, policies)
    np.testing.assert_allclose(sets.least_value("adversary", policies), exact[1], atol=1e-7)
    reply, _ = best_reply(game, "learner", policies[1])
    np.testing.assert_allclose(sets.most_by_reply("learner", policies[1]), reply, atol=1e-7)
    np.testing.assert_allclose(
        sets.regret_bounds(policies).max(axis=1), regrets(game, policies), atol=1e-7
    )
    opposed = MarkovGame.zero_sum(game.rewards[0], game.transitions, 0.8)
    exact_sets = MarkovSets(opposed, np.zeros(SIZE), opposed.rewards, opposed.rewards)
    worst, _ = best_reply(opposed, "adversary", policies[0])
    np.testing.assert_allclose(exact_sets.guaranteed("learner", policies[0]), -worst, atol=1e-7)


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 1.0))
@settings(max_examples=50, deadline=None)
def test_no_game_of_the_sets_breaks_the_bounds(seed: int, radius: float) -> None:
    rng = np.random.default_rng(seed)
    middle, policies = random_game(rng), random_policies(rng)
    sets = MarkovSets(middle, np.full(SIZE, radius), middle.rewards - 0.1, middle.rewards + 0.1)
    bounds = sets.regret_bounds(policies)
    least, most = sets.least_value("learner", policies), sets.most_by_reply("learner", policies[1])
    sure = sets.guaranteed("learner", policies[0])
    dense = middle.transitions.toarray().reshape(*SIZE, 4)
    for _ in range(5):
        away = rng.dirichlet(np.full(4, 0.2), size=SIZE)
        far = np.abs(away - dense).sum(axis=-1, keepdims=True)
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
    with pytest.raises(ValueError, match="radii must not be negative, got -1"):
        MarkovSets(game, np.full(SIZE, -1.0), game.rewards, game.rewards)
    with pytest.raises(ValueError, match="low must not be above high"):
        MarkovSets(game, np.zeros(SIZE), game.rewards + 1, game.rewards)
    with pytest.raises(ValueError, match=r"radii must have shape \(4, 2, 3\), got \(4,\)"):
        MarkovSets(game, np.zeros(4), game.rewards, game.rewards)
    sets = MarkovSets(game, np.zeros(SIZE), game.rewards, game.rewards)
    with pytest.raises(ValueError, match="policy of learner must have shape"):
        sets.guaranteed("learner", np.ones((3, 2)))
