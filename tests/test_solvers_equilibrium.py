import pickle

import numpy as np
import pytest
from numpy.typing import ArrayLike

from armsrace.forms import NormalForm
from armsrace.solvers import Equilibrium, certificate
from armsrace.solvers.equilibrium import distribution

PENNIES = NormalForm.zero_sum([[1, -1], [-1, 1]], actions=[["h", "t"], ["h", "t"]])
HEADS, TAILS, EITHER = np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([0.5, 0.5])
MOSTLY_TAILS = np.array([0.25, 0.75])


def test_quality_is_computed_and_not_claimed() -> None:
    answer = Equilibrium(PENNIES, (HEADS, MOSTLY_TAILS), method="guess", status="solved")
    assert answer.payoffs.tolist() == [-0.5, 0.5]
    assert answer.value == -0.5
    assert answer.regrets.tolist() == [1.0, 0.5]
    assert answer.regret == 1.0
    assert answer.regret_bound == 1.0
    assert answer.interval == (-0.5, -0.5)


def test_a_committed_leader_has_no_regret_that_counts() -> None:
    strategies = (HEADS, MOSTLY_TAILS)
    answer = Equilibrium(PENNIES, strategies, method="guess", leader="learner")
    assert answer.regret == 0.5
    assert "learner (leader) earns -0.5: h 1" in repr(answer)


def test_strategies_are_mappings_of_what_is_played() -> None:
    answer = Equilibrium(PENNIES, (HEADS, MOSTLY_TAILS), method="guess")
    assert answer.learner == {"h": 1.0}
    assert answer.adversary == {"h": 0.25, "t": 0.75}
    assert answer.strategy("adversary") == answer.adversary


def test_three_roles() -> None:
    form = NormalForm(np.random.default_rng(0).normal(size=(3, 2, 2, 2)))
    answer = Equilibrium(form, (HEADS, EITHER, TAILS), method="guess")
    assert answer.value == pytest.approx(form.payoffs[0, 0, :, 1].mean())
    assert answer.strategy("player 3") == {"1": 1.0}
    with pytest.raises(LookupError, match="unknown role 'learner'; the roles are player 1"):
        _ = answer.learner


def test_an_empirical_game_passes_its_doubt_on() -> None:
    form = NormalForm.from_samples(np.random.default_rng(1).normal(size=(16, 2, 2, 2)))
    answer = Equilibrium(form, (EITHER, EITHER), method="guess")
    low, high = answer.interval
    assert low < answer.value < high
    error = certificate.simultaneous_error(form)
    assert answer.regret_bound == answer.regret + 2 * error
    assert error > (high - low) / 2


def test_frame_shows_what_each_action_earns() -> None:
    frame = Equilibrium(PENNIES, (HEADS, MOSTLY_TAILS), method="guess").frame()
    assert frame.role.tolist() == ["learner", "learner", "adversary", "adversary"]
    assert frame.action.tolist() == ["h", "t", "h", "t"]
    assert frame.probability.tolist() == [1.0, 0.0, 0.25, 0.75]
    assert frame.payoff.tolist() == [-0.5, 0.5, -1.0, 1.0]


def test_equilibria_are_frozen_and_can_be_pickled() -> None:
    answer = Equilibrium(PENNIES, (HEADS, MOSTLY_TAILS), "guess", {"tries": 1})
    with pytest.raises(ValueError, match="read-only"):
        answer.strategies[0][0] = 0.5
    again = pickle.loads(pickle.dumps(answer))
    assert again.adversary == answer.adversary
    assert again.parameters == {"tries": 1}


@pytest.mark.parametrize(
    ("strategies", "message"),
    [
        (([1, 0],), "strategies must hold one array for each of 2 roles, got 1"),
        (([1, 0, 0], [1, 0]), r"strategy of learner must have shape \(2,\), got \(3,\)"),
        (([1, 0], [1.5, -0.5]), "strategy of adversary must not be negative, got -0.5"),
        (([1, 0], [np.nan, 1]), "strategy of adversary must not be negative, got nan"),
        (([0.5, 0.4], [1, 0]), "strategy of learner must sum to 1, got 0.9"),
    ],
)
def test_bad_strategies(strategies: tuple[ArrayLike, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Equilibrium(PENNIES, tuple(map(np.array, strategies)), method="guess")


def test_unknown_leader() -> None:
    with pytest.raises(LookupError, match="unknown role 'defender'; the roles are learner, adv"):
        Equilibrium(PENNIES, (HEADS, HEADS), method="guess", leader="defender")


def test_distribution_removes_rounding_line_by_line() -> None:
    weights = [[2.0, -1e-15, 1e-16, 6.0], [1e-20, 0.0, 0.0, 0.0]]
    assert distribution(weights).tolist() == [[0.25, 0, 0, 0.75], [1, 0, 0, 0]]
