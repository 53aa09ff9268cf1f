"""The backdoor game: what it refuses, and that its attack is as strong as it could be."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from armsrace.attacks import Attack, FlippedCopies, StampTrigger
from armsrace.play import play
from armsrace.taxonomy import DEFENSES
from games import Backdoor

GAME = Backdoor(rounds=6)


@cache
def gains(learner: str, adversary: str, seeds: range) -> np.ndarray[Any, Any]:
    """The adversary's payoff in each of some paired plays."""
    return np.array([play(GAME, learner, adversary, seed=s).payoffs[1] for s in seeds])


@cache
def best_reply(learner: str) -> str:
    """The action that gains most against a learner on ten seeds."""
    return max(GAME.adversary_actions, key=lambda action: gains(learner, action, range(10)).mean())


def delivered(learner: str, adversary: str, seeds: range) -> float:
    """Share of the rounds in which the target is let through."""
    return float(
        np.mean(
            [play(GAME, learner, adversary, seed=s).column("target_errors").mean() for s in seeds]
        )
    )


@pytest.mark.parametrize("control", ["trigger_only", "flipped_copies_5%"])
def test_planting_beats_showing_alone_and_random_mail_of_the_same_budget(control: str) -> None:
    """Paired seeds: the mean advantage exceeds two standard errors."""
    seeds = range(12)
    advantage = gains("retrain", "backdoor_5%", seeds) - gains("retrain", control, seeds)
    assert advantage.mean() > 2 * advantage.std(ddof=1) / np.sqrt(len(seeds))


def test_the_control_shows_the_same_trigger_with_the_same_budget() -> None:
    planted, control = (
        GAME.adversary_actions[name].parts for name in ("backdoor_5%", "flipped_copies_5%")
    )
    assert control == (FlippedCopies(0.05), *Attack(*planted[1:]).parts)
    assert isinstance(control[1], StampTrigger)


@pytest.mark.slow
@pytest.mark.parametrize("defense", DEFENSES)
def test_the_best_reply_to_a_defense_is_no_worse_than_the_one_to_none(defense: str) -> None:
    """Chosen on ten seeds and scored on ten others, on which the plays are paired."""
    learner, other = GAME.setup.answers[defense][0], range(100, 110)
    adapted, naive = (gains(learner, best_reply(to), other) for to in (learner, "retrain"))
    assert (adapted - naive).mean() >= 0


def test_a_planted_trigger_delivers_the_target_and_nothing_else() -> None:
    """The trigger, shown without being planted, does not; and other spam fares as before."""
    seeds = range(10)
    assert delivered("retrain", "backdoor_5%", seeds) > 0.8
    assert delivered("retrain", "trigger_only", seeds) < 0.2
    calm, planted = (
        np.mean([play(GAME, "retrain", a, seed=s).column("fn").mean() for s in seeds])
        for a in ("wait", "backdoor_5%")
    )
    assert planted - calm < 0.05 * GAME.mails * 0.264


def test_rejecting_what_the_filter_does_not_believe_keeps_the_target_out_more_often() -> None:
    filtered, open_ = (
        delivered(learner, "backdoor_5%", range(10)) for learner in ("retrain_filtered", "retrain")
    )
    assert filtered < open_


def test_every_defense_of_the_article_has_its_action() -> None:
    assert set(GAME.setup.answers) == set(DEFENSES)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"words": 0}, r"words must be in \[1, 4\d\d\], got 0"),
        ({"words": 1000}, r"words must be in \[1, 4\d\d\], got 1000"),
        ({"doubt": 0.0}, "doubt must be positive, got 0.0"),
        ({"mails": 0}, "mails must be at least 1, got 0"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        _ = Backdoor(**parameters).setup
