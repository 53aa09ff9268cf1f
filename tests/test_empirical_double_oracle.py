"""Double oracle over agents: it reaches known values, says why it stops, and repeats itself."""

from collections.abc import Mapping

import pytest

import armsrace as ar
from armsrace.agents import Agent, Always, MarkovPolicy
from armsrace.checks import MatchingPennies
from armsrace.empirical import AllOf, MarkovReplies, PeriodicReplies, held_and_suggested
from armsrace.game import Game, Role
from armsrace.markov import markov_game
from armsrace.solvers import pollatschek_avi_itzhak
from games import CentroidDisplacement


def test_pennies_reach_their_value() -> None:
    oracle = AllOf(held_and_suggested, PeriodicReplies((2, 5)))
    found = ar.double_oracle(MatchingPennies(), oracle, oracle, seeds=4)
    assert found.status == "solved"
    assert float(found.measured.regret.high) == 0.0
    assert found.equilibrium.value == pytest.approx(0.0, abs=1e-12)
    assert found.frame()["regret"].is_monotonic_decreasing
    assert "DoubleOracle over agents of matching_pennies: solved" in repr(found)
    ar.play(MatchingPennies(), found.learner, found.adversary)


@pytest.mark.slow
def test_centroid_race_reaches_the_value_of_its_markov_game() -> None:
    """Without drift the learner holds for ever, and the discounted value is known exactly."""
    game = CentroidDisplacement(drift=0.0, discount=0.9, rounds=60)
    axes = {"displacement": [0.0, 0.05, 0.1, 0.15, 0.2, 0.25]}
    exact = pollatschek_avi_itzhak(markov_game(game, axes))
    oracle = AllOf(held_and_suggested, MarkovReplies(features=axes, seeds=32))
    found = ar.double_oracle(
        game, oracle, oracle, learners=["retrain"], target=0.05, seeds=8, iterations=6
    )
    assert found.status == "solved"
    assert found.measured.payoffs[0] == pytest.approx(exact.values[0, 0], abs=0.05)


def test_markov_replies_are_agents_of_the_grid() -> None:
    oracle = MarkovReplies(features={"displacement": [0.0, 0.2]}, discount=0.9, seeds=8)
    (policy,) = oracle(CentroidDisplacement(drift=0.0), "adversary", {Always("hold"): 1.0})
    assert isinstance(policy, MarkovPolicy)
    assert policy.actions == ("wait", "shift_5%", "shift_15%", "shift_30%")


def silent(game: Game, role: Role, against: Mapping[Agent, float]) -> list[Agent]:
    return []


def test_status_says_what_stopped_it() -> None:
    stuck = ar.double_oracle(
        MatchingPennies(), held_and_suggested, held_and_suggested, iterations=1, seeds=4
    )
    assert "after 1 iterations: raise iterations" in stuck.status
    blind = ar.double_oracle(MatchingPennies(), silent, silent, seeds=4)
    assert blind.status == "solved"  # nothing is proposed, so nothing is gained


def test_bad_input() -> None:
    game = MatchingPennies()
    with pytest.raises(ValueError, match=r"target must not be negative, got -1"):
        ar.double_oracle(game, silent, silent, target=-1.0)
    with pytest.raises(ValueError, match="iterations must be at least 1, got 0"):
        ar.double_oracle(game, silent, silent, iterations=0)
    with pytest.raises(LookupError, match="unknown learner 'edge'"):
        ar.double_oracle(game, silent, silent, learners=["edge"])
    with pytest.raises(ValueError, match="the learner must have at least one strategy, got none"):
        ar.double_oracle(game, silent, silent, learners=[], seeds=4)
    with pytest.raises(ValueError, match="periods must be at least 2, got 1"):
        PeriodicReplies((1,))

    def names(game: Game, role: Role, against: Mapping[Agent, float]) -> list[Agent]:
        return ["heads"]  # type: ignore[list-item]

    with pytest.raises(TypeError, match="the learner's oracle must propose agents, got 'heads'"):
        ar.double_oracle(game, names, silent, seeds=4)
