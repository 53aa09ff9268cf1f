"""The spy among spammers, against a linear program over every set of kinds that can be blocked."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from armsrace.theory import spy_spammer


def value_by_linear_program(
    rewards: np.ndarray, honest: np.ndarray, penalty: float, weight: float
) -> float:
    """Minimax value over mixtures of all 2^n detection sets."""
    sets = np.array(list(product([0.0, 1.0], repeat=rewards.size)))
    payoffs = rewards[:, None] - penalty * sets.T + weight * (sets @ honest)  # kind, set
    columns = sets.shape[0]
    result = linprog(
        np.append(np.zeros(columns), 1.0),
        A_ub=np.hstack([payoffs, -np.ones((rewards.size, 1))]),
        b_ub=np.zeros(rewards.size),
        A_eq=np.append(np.ones(columns), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * columns + [(None, None)],
    )
    assert result.fun is not None
    return float(result.fun)


def check_equilibrium(
    rewards: np.ndarray, honest: np.ndarray, penalty: float, weight: float
) -> spy_spammer.DetectionEquilibrium:
    """Both mixtures are optimal against each other, by the definition."""
    found = spy_spammer.detection_equilibrium(rewards, honest, penalty, weight)
    scale = max(1.0, np.abs(rewards).max(), penalty, weight)
    assert np.all((found.detection >= 0) & (found.detection <= 1))
    assert np.all(found.attack >= 0)
    assert found.attack.sum() == pytest.approx(1.0, abs=1e-12)
    false_alarms = weight * honest @ found.detection
    best_attack = (rewards - penalty * found.detection).max() + false_alarms
    # A kind is worth detecting when it deters more than it blocks.
    best_defense = (
        rewards @ found.attack + np.minimum(weight * honest - penalty * found.attack, 0).sum()
    )
    assert best_attack == pytest.approx(found.value, abs=1e-9 * scale)
    assert best_defense == pytest.approx(found.value, abs=1e-9 * scale)
    assert found.threshold == pytest.approx(best_attack - false_alarms, abs=1e-9 * scale)
    return found


def test_two_hundred_random_games_against_the_linear_program() -> None:
    rng = np.random.default_rng(12)
    for _ in range(200):
        n = int(rng.integers(1, 8))
        rewards, honest = rng.normal(size=n), rng.dirichlet(np.ones(n))
        penalty, weight = rng.exponential(), 3 * rng.exponential()
        found = check_equilibrium(rewards, honest, penalty, weight)
        expected = value_by_linear_program(rewards, honest, penalty, weight)
        assert found.value == pytest.approx(expected, abs=1e-9)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_equal_rewards_and_kinds_that_honest_traffic_never_sends(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 12))
    rewards = np.array(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)), dtype=float)
    shares = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)), dtype=float)
    shares[0] += 1.0
    penalty = float(data.draw(st.integers(1, 4)))
    weight = float(data.draw(st.integers(0, 12)))
    check_equilibrium(rewards, shares / shares.sum(), penalty, weight)


def test_attack_is_honest_traffic_truncated_and_thresholds_are_uniform() -> None:
    rewards, honest = np.arange(20.0), np.full(20, 0.05)
    found = spy_spammer.detection_equilibrium(rewards, honest, penalty=8.0, false_alarm_weight=16.0)
    # Blocking costs 16 and deters 8: at most half of all honest traffic may lie above z.
    assert found.threshold == max(19.0 - 8.0, 9.0)
    inside = (rewards > found.threshold) & (rewards < 19.0)
    np.testing.assert_allclose(found.attack[inside], 2.0 * honest[inside])
    np.testing.assert_allclose(np.diff(found.detection[inside]), 1.0 / 8.0)
    assert np.all(found.attack[rewards <= found.threshold] == 0.0)


def test_defender_earns_minus_the_attackers_share_of_the_value() -> None:
    share, cost, penalty = 0.3, 0.8, 1.5
    rewards, honest = np.array([0.2, 1.0, 2.5]), np.array([0.5, 0.3, 0.2])
    weight = spy_spammer.false_alarm_weight(share, cost)
    found = spy_spammer.detection_equilibrium(rewards, honest, penalty, weight)
    earned = share * found.attack @ (-rewards + penalty * found.detection)
    earned -= (1 - share) * cost * honest @ found.detection
    assert earned == pytest.approx(-share * found.value, rel=1e-12)


def test_free_false_alarms_block_whatever_pays() -> None:
    found = check_equilibrium(np.array([0.0, 1.0, 5.0]), np.full(3, 1 / 3), 2.0, 0.0)
    assert found.threshold == 3.0
    assert found.attack.tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (spy_spammer.false_alarm_weight, (0.0, 1.0), "attacker_probability must be in"),
        (spy_spammer.detection_equilibrium, ([1.0], [0.5, 0.5], 1.0, 1.0), "must have one shape"),
        (spy_spammer.detection_equilibrium, ([1.0], [0.5], 1.0, 1.0), "honest must sum to 1"),
        (spy_spammer.detection_equilibrium, ([1.0], [1.0], 0.0, 1.0), "penalty must be in"),
        (spy_spammer.detection_equilibrium, ([1.0], [1.0], 1.0, -1.0), "false_alarm_weight must"),
    ],
)
def test_bad_input_is_named_at_the_door(
    function: Callable[..., object], arguments: tuple[object, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        function(*arguments)
