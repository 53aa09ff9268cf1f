"""Contests of defenses: verdicts on known losses, and what a contest needs of a game."""

from copy import copy
from dataclasses import replace

import numpy as np
import pytest

import armsrace as ar
from armsrace.assess import contest, verdict
from armsrace.game import LearningGame
from armsrace.taxonomy import DEFENSES
from games import AlarmFlood, DictionaryAttack


@pytest.mark.parametrize(
    ("saved", "noise", "wanted"),
    [
        (2.0, 0.5, "confirmed"),
        (0.9, 0.8, "confirmed"),  # surely something, and perhaps more than the margin
        (0.5, 0.1, "no effect"),  # surely something, but surely less than the margin
        (0.0, 0.0, "no effect"),  # the same in every play
        (0.0, 0.2, "no effect"),
        (-0.5, 0.1, "no effect"),
        (-2.0, 0.5, "refuted"),
        (-2.0, 9.0, "undecided"),
        (2.0, 9.0, "undecided"),
        (0.0, 9.0, "undecided"),
    ],
)
def test_verdicts_on_known_losses(saved: float, noise: float, wanted: str) -> None:
    rng = np.random.default_rng(0)
    undefended = rng.normal(10.0, 5.0, size=32)
    differences = rng.normal(size=32)
    differences = (differences - differences.mean()) / differences.std()  # exactly as told
    defended = undefended - saved + noise * differences
    assert verdict(defended, undefended, margin=1.0, level=0.999) == wanted


def test_the_claim_without_a_margin_is_about_the_sign_alone() -> None:
    lost, noise = np.arange(8.0), np.tile([0.1, -0.1], 4)
    assert verdict(lost + 1, lost, margin=0.0, level=0.95) == "refuted"
    assert verdict(lost + noise, lost, margin=0.0, level=0.95) == "undecided"
    assert verdict(lost - 1, lost, margin=0.0, level=0.95) == "confirmed"


def test_one_play_decides_nothing() -> None:
    assert verdict(np.ones(1), np.zeros(1), margin=1.0, level=0.95) == "undecided"


def test_verdicts_are_wrong_as_seldom_as_their_level_says() -> None:
    """A worthless defense is called helpful in half of the 5 % of the intervals that err."""
    rng = np.random.default_rng(1)
    called = [
        verdict(rng.normal(size=16), rng.normal(size=16), margin=1.0, level=0.95) == "confirmed"
        for _ in range(2000)
    ]
    assert 0.012 < np.mean(called) < 0.04


@pytest.mark.slow
def test_what_is_chosen_is_chosen_on_tuning_seeds_and_scored_on_others() -> None:
    """The quick twin is the small run of the measured taxonomy."""
    game = AlarmFlood(rounds=2)
    played = contest(game, tuning=2, scoring=3, seed=4)
    tuning = played.tuning
    assert set(tuning.strengths) == {"none", *DEFENSES}
    for action in ("triage", tuning.chosen("detection")):
        form = ar.empirical_game(game, learners=[action], seeds=2, seed=4)
        best = tuple(game.adversary_actions)[int(form.payoffs[1, 0].argmax())]
        assert tuning.best_attack(action) == best
    action = tuning.chosen("detection")
    attack = tuning.best_attack(action)
    payoffs = [ar.play(game, action, attack, seed=5, replicate=k).payoffs[0] for k in range(3)]
    assert played.scores("learner_payoff", action, attack).tolist() == payoffs
    lost = dict(zip(tuning.attacks, tuning.mean("loss", "triage"), strict=True))
    assert tuning.harm == lost[tuning.best_attack("triage")] - lost["wait"] > 0


def test_a_contest_needs_an_answer_for_each_defense_and_an_adversary_who_waits() -> None:
    with pytest.raises(LookupError, match="dictionary_attack has no action for regularization, "):
        contest(DictionaryAttack(), tuning=1, scoring=1, seed=0)
    restless = copy(AlarmFlood())
    attacks = dict(restless.setup.adversary_actions)
    del attacks["wait"]
    vars(restless)["setup"] = replace(restless.setup, adversary_actions=attacks)
    with pytest.raises(LookupError, match="alarm_flood has no adversary's action 'wait' to meas"):
        contest(restless, tuning=1, scoring=1, seed=0)


def test_where_no_attack_does_harm_nothing_is_to_be_defended() -> None:
    harmless: LearningGame = copy(AlarmFlood(rounds=1))
    waiting = {"wait": harmless.setup.adversary_actions["wait"]}
    vars(harmless)["setup"] = replace(harmless.setup, adversary_actions=waiting)
    with pytest.raises(ValueError, match="no attack of alarm_flood harms the undefended learner"):
        _ = contest(harmless, tuning=1, scoring=1, seed=0).tuning.harm
