"""Replicates: one of them is the play itself, many have its law."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import armsrace as ar
from armsrace.agents import Behavior, Mixed, Periodic, Triggered
from armsrace.replicates import PAYOFFS, Replicates, play_replicates
from games import CentroidDisplacement, CentroidShift

GAME = CentroidDisplacement(
    rounds=12, discount=0.9, traffic=6, memories=(40.0,), initial=30.0, spread=0.2, controls=(0.4,)
)

PAIRS: Mapping[str, tuple[Any, Any]] = {
    "actions": ("retrain", "shift_30%"),
    "suggested": ("retrain_every_5", "shift_15%"),
    "chance in branches": ("average_out_40", "control_40%"),
    "behavior": (
        Behavior({"retrain": 0.5, "hold": 0.3, "reset": 0.2}),
        Behavior({"shift_30%": 0.6, "wait": 0.4}),
    ),
    "mixed": (
        {"retrain": 0.5, "average_out_40": 0.5},
        {"wait": 0.3, Periodic("shift_30%", "control_40%", period=3, phase=1): 0.7},
    ),
}


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("seed", [0, 7])
def test_one_replicate_is_the_play_bit_for_bit(pair: str, seed: int) -> None:
    learner, adversary = PAIRS[pair]
    alone = play_replicates(GAME, learner, adversary, replicates=1, seed=seed)
    history = ar.play(GAME, learner, adversary, seed=seed)
    for name, means in alone.means.items():
        np.testing.assert_array_equal(means, history.column(name), strict=True)
    assert alone.payoffs[:, 0] == pytest.approx(history.payoffs, rel=1e-14)
    assert all(np.isinf(errors).all() for errors in alone.standard_errors.values())


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(
            pair, marks=pytest.mark.slow if pair in ("actions", "suggested", "behavior") else ()
        )
        for pair in PAIRS
    ],
)
def test_many_replicates_have_the_law_of_many_plays(pair: str) -> None:
    """Means of independent seeds agree within 4.5 joint standard errors, spreads within 6."""
    learner, adversary = PAIRS[pair]
    many = play_replicates(GAME, learner, adversary, replicates=20_000, seed=1)
    plays = [ar.play(GAME, learner, adversary, seed=2, replicate=r) for r in range(300)]
    payoffs = np.array([play.payoffs for play in plays]).T
    error = np.hypot(payoffs.std(axis=1) / np.sqrt(300), many.payoffs.std(axis=1) / np.sqrt(20_000))
    assert (np.abs(payoffs.mean(axis=1) - many.payoffs.mean(axis=1)) < 4.5 * error).all()
    ends = np.array([play.column("displacement")[-1] for play in plays])
    squares = (ends - ends.mean()) ** 2
    variance_error = squares.std() / np.sqrt(300)
    assert abs(squares.mean() - many.statistics[:, 0].var()) < 6 * variance_error


def test_a_game_without_chance_is_the_same_in_every_replicate() -> None:
    game = CentroidDisplacement(spread=0.0, rounds=30)
    history = ar.play(game, "retrain_every_5", "shift_30%")
    plays = play_replicates(game, "retrain_every_5", "shift_30%", replicates=5)
    assert (plays.statistics == plays.statistics[0]).all()
    assert (plays.payoffs == plays.payoffs[:, :1]).all()
    for name in (*game.statistics, *PAYOFFS):
        np.testing.assert_allclose(plays.means[name], history.column(name), rtol=1e-14)
        assert plays.standard_errors[name] == pytest.approx(0.0, abs=1e-12)


def test_paired_strategies_meet_the_same_traffic() -> None:
    """Common random numbers: the difference is known better than from independent seeds."""
    base, paired, independent = (
        play_replicates(GAME, "retrain", rate, replicates=2000, seed=seed).statistics[:, 0]
        for rate, seed in (("shift_15%", 1), ("shift_30%", 1), ("shift_30%", 2))
    )
    assert (paired - base).std() < 0.2 * (independent - base).std()


def test_a_mixture_is_drawn_once_and_held() -> None:
    """Held to the end, holding leaves the weight at 30, retraining brings it to 30 + 12 x 6."""
    plays = play_replicates(GAME, {"hold": 0.25, "retrain": 0.75}, "wait", replicates=4000)
    weights, counts = np.unique(plays.statistics[:, 1], return_counts=True)
    assert weights.tolist() == [30.0, 102.0]
    assert abs(counts[0] / 4000 - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 4000)


def test_a_behavior_is_drawn_in_every_round() -> None:
    behavior = Behavior({"hold": 0.25, "retrain": 0.75})
    plays = play_replicates(GAME, behavior, "wait", replicates=4000)
    retrained = (plays.statistics[:, 1] - 30) / 6
    assert retrained.mean() == pytest.approx(9.0, abs=4 * np.sqrt(12 * 0.1875 / 4000))
    assert retrained.var() == pytest.approx(12 * 0.1875, rel=0.15)
    assert plays.means["retrainings"] == pytest.approx(np.full(12, 0.75), abs=0.04)


def test_a_period_is_kept() -> None:
    plays = play_replicates(GAME, Periodic("retrain", "hold", 4, phase=2), "wait", replicates=3)
    assert plays.means["retrainings"].tolist() == [0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0]


def test_what_is_kept_has_the_stated_shape() -> None:
    plays = play_replicates(GAME, "retrain", "shift_30%", replicates=50, rounds=7)
    assert isinstance(plays, Replicates)
    assert len(plays) == 50
    assert plays.payoffs.shape == (2, 50)
    assert plays.statistics.shape == (50, 4)
    frame = plays.frame()
    assert frame["round"].tolist() == list(range(7))
    assert list(plays.means) == [*GAME.events, *GAME.statistics, *PAYOFFS]
    assert frame["displacement_se"].tolist() == plays.standard_errors["displacement"].tolist()
    assert "50 replicates of centroid_displacement, 7 rounds, seed 0" in repr(plays)


def test_one_action_for_all_is_that_action_for_each() -> None:
    """A shorthand of the agents: index arrays of length 1 and R mean the same."""
    everywhere = play_replicates(GAME, "average_out_40", "control_40%", replicates=500, seed=4)
    each = play_replicates(
        GAME,
        Behavior({"average_out_40": 1.0}),
        Behavior({"control_40%": 1.0}),
        replicates=500,
        seed=4,
    )
    np.testing.assert_array_equal(everywhere.payoffs, each.payoffs)
    np.testing.assert_array_equal(everywhere.statistics, each.statistics)
    for name in everywhere.means:
        np.testing.assert_allclose(everywhere.means[name], each.means[name], rtol=1e-12)
    assert everywhere.statistics[:, 0].std() > 0


def test_standard_errors_are_those_of_the_means() -> None:
    plays = play_replicates(GAME, "retrain", "shift_30%", replicates=400, rounds=1)
    expected = plays.statistics[:, 0].std(ddof=1) / np.sqrt(400)
    assert plays.standard_errors["displacement"][0] == pytest.approx(expected, rel=1e-12)


ANSWER = Triggered("retrain", "hold", event="fp")


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"learner": ANSWER}, TypeError, "cannot choose for many replicates at once; use play"),
        ({"learner": Mixed({ANSWER: 1.0})}, TypeError, "Triggered.* cannot choose for many"),
        ({"learner": "retreat"}, LookupError, "unknown learner 'retreat'.*known are hold, retrain"),
        ({"adversary": Behavior({"wiat": 1.0})}, LookupError, "unknown adversary action 'wiat'"),
        ({"game": CentroidShift()}, TypeError, "must be an AnalyticGame, got CentroidShift"),
        ({"replicates": 0}, ValueError, "replicates must be at least 1, got 0"),
        ({"rounds": 0}, ValueError, "rounds must be at least 1, got 0"),
    ],
)
def test_what_cannot_be_played_is_refused(
    arguments: dict[str, Any], error: type[Exception], says: str
) -> None:
    usual = {"game": GAME, "learner": "hold", "adversary": "wait", "replicates": 2}
    with pytest.raises(error, match=says):
        play_replicates(**{**usual, **arguments})
