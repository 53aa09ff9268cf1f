"""Markov games: what they accept, what they compute, and what they refuse with which words."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from armsrace.forms import MarkovGame
from armsrace.forms.normal import Array


def random_game(
    seed: int, size: int = 4, m: int = 3, n: int = 2, discount: float = 0.8
) -> MarkovGame:
    rng = np.random.default_rng(seed)
    rewards = rng.normal(size=(2, size, m, n))
    return MarkovGame(rewards, rng.dirichlet(np.ones(size), size=(size, m, n)), discount)


def random_policy(rng: np.random.Generator, size: int, count: int) -> Array:
    policy: Array = rng.dirichlet(np.ones(count), size=size)
    return policy


def test_sparse_and_dense_transitions_are_the_same_game() -> None:
    rng = np.random.default_rng(0)
    dense = rng.dirichlet(np.ones(4), size=(4, 3, 2))
    rewards = rng.normal(size=(2, 4, 3, 2))
    one = MarkovGame(rewards, dense, 0.9)
    other = MarkovGame(rewards, sparse.coo_array(dense.reshape(24, 4)), 0.9)
    values = rng.normal(size=4)
    np.testing.assert_allclose(one.expected_next(values), dense @ values, rtol=1e-13)
    np.testing.assert_array_equal(one.expected_next(values), other.expected_next(values))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=100)
def test_decision_process_of_a_role_averages_over_the_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = random_game(seed)
    size, m, n = game.shape
    learner, adversary = random_policy(rng, size, m), random_policy(rng, size, n)
    values = rng.normal(size=size)
    worth = 0.3 * game.rewards + 0.7 * game.expected_next(values)
    facing = game.facing("learner", adversary).worth(values, 0.3, 0.7)
    np.testing.assert_allclose(facing, np.einsum("sij,sj->si", worth[0], adversary), atol=1e-12)
    facing = game.facing("adversary", learner).worth(values, 0.3, 0.7)
    np.testing.assert_allclose(facing, np.einsum("sij,si->sj", worth[1], learner), atol=1e-12)


def test_actions_that_are_not_available_are_not_read() -> None:
    """One action is missing in one state, and what the arrays say of it is nonsense."""
    transitions = np.zeros((2, 2, 1, 2))
    transitions[:, :, :, 0] = 1.0
    transitions[1, 1] = [[5.0, -3.0]]
    masks = np.array([[True, True], [True, False]]), np.ones((2, 1), dtype=bool)
    rewards = np.zeros((2, 2, 2, 1))
    rewards[:, 1, 1] = 7.0
    game = MarkovGame(rewards, transitions, 0.5, available=masks)
    assert game.is_zero_sum()
    worth = game.facing("learner", np.ones((2, 1))).worth(np.ones(2), 0.5, 0.5)
    assert worth.tolist() == [[0.5, 0.5], [0.5, -np.inf]]
    assert game.stage(1, game.rewards[:, 1]).shape == (1, 1)


def test_nothing_can_be_written_into_a_game() -> None:
    game = random_game(0)
    with pytest.raises(ValueError, match="read-only"):
        game.rewards[0, 0, 0, 0] = 1.0


OK: dict[str, Any] = {
    "rewards": np.zeros((2, 2, 1, 2)),
    "transitions": np.full((2, 1, 2, 2), 0.5),
    "discount": 0.5,
    "states": ("calm", "hot"),
    "actions": (("hold",), ("wait", "push")),
}


def changed(**other: Any) -> dict[str, Any]:
    return OK | other


def with_row(row: list[float]) -> np.ndarray:
    transitions = np.full((2, 1, 2, 2), 0.5)
    transitions[1, 0, 1] = row
    return transitions


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (changed(rewards=np.zeros((2, 1, 2))), r"rewards must have shape \(2, S, m, n\)"),
        (changed(rewards=np.full((2, 2, 1, 2), np.nan)), "rewards must be finite, got nan"),
        (
            changed(transitions=with_row([0.5, 0.4])),
            "from state 'hot' under 'hold' and 'push' must sum to 1, got 0.9",
        ),
        (
            changed(transitions=with_row([1.5, -0.5])),
            "from state 'hot' under 'hold' and 'push' must not be negative, got -0.5",
        ),
        (changed(transitions=with_row([np.inf, 0.5])), "transitions must be finite"),
        (changed(transitions=np.ones((2, 2))), r"transitions must have shape \(2, 1, 2, 2\)"),
        (
            changed(transitions=sparse.eye_array(2)),
            r"sparse transitions must have shape \(4, 2\), a row for each state and pair",
        ),
        (changed(discount=1.0), r"discount must be in \[0, 1\), got 1; 1 is possible with a hor"),
        (changed(discount=-0.1), r"discount must be in \[0, 1\), got -0.1"),
        (changed(discount=float("nan")), r"discount must be in \[0, 1\), got nan"),
        (changed(discount=1.5, horizon=3), r"discount must be in \[0, 1\], got 1.5"),
        (changed(horizon=0), "horizon must be at least 1, got 0"),
        (changed(states=("calm",)), "states must hold 2 labels, got 1"),
        (changed(states=("calm", "calm")), "states must be unique, got 'calm' 2 times"),
        (changed(actions=(("hold",), ("wait",))), "actions of adversary must hold 2 labels, got 1"),
        (
            changed(available=(np.ones((2, 1)), [[True, True], [False, False]])),
            "adversary must have an action in every state, got none in 'hot'",
        ),
        (changed(available=(np.ones((2, 1)), np.ones((2, 1)))), r"must have shape \(2, 2\)"),
    ],
)
def test_what_is_no_game_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MarkovGame(**arguments)


def test_horizon_must_be_an_integer_and_roles_have_two_names() -> None:
    with pytest.raises(TypeError, match=r"horizon must be an integer, got 2\.5"):
        MarkovGame(**changed(horizon=2.5))
    with pytest.raises(LookupError, match="unknown role 'judge'; the roles are learner, adversary"):
        MarkovGame(**OK).facing("judge", np.ones((2, 1)))
    with pytest.raises(
        ValueError, match=r"rewards must have shape \(S, m, n\), got \(2, 2, 1, 2\)"
    ):
        MarkovGame.zero_sum(OK["rewards"], OK["transitions"], 0.5)
