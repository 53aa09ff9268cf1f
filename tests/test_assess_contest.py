"""Contests of defenses: verdicts on known losses, and what a contest needs of a game."""

from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import armsrace as ar
from armsrace.agents import Periodic, Triggered
from armsrace.assess import contest, timed_attacks, verdict
from armsrace.assess.timing import as_held
from armsrace.costs import Costs, Prices
from armsrace.defenses import Analysts, Defense
from armsrace.game import ADVERSARY_SEES, LearningGame
from armsrace.taxonomy import DEFENSES
from games import AlarmFlood, CentroidShift, DictionaryAttack


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
        attacks = {name: name for name in game.adversary_actions} | timed_attacks(game, "wait")
        form = ar.empirical_game(
            game, learners=[action], adversaries=attacks.values(), seeds=2, seed=4
        )
        assert tuning.best_attack(action) == list(attacks)[int(form.payoffs[1, 0].argmax())]
    action = tuning.chosen("honeypot")
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


def busy(**changes: Any) -> AlarmFlood:
    """A game of floods in which all alerts are looked at for two rounds after an alarm.

    While an alarm is answered a flood hides nothing, and still costs the adversary 0.05 a row.
    """
    game = AlarmFlood(rounds=4, lasting=2)
    rules = game.setup
    flood = {name: rules.adversary_actions[name] for name in ("wait", "flood_50%")}
    vars(game)["setup"] = replace(
        rules,
        learner_actions={**rules.learner_actions, "spread": Defense(Analysts(1000))},
        adversary_actions=flood,
        costs=Costs.opposed(Prices(fn=1.0, alarms=0.5), spent=Prices(evasions=0.05, alarms=2.5)),
        **changes,
    )
    return game


def test_who_lies_low_while_an_alarm_is_answered_surely_gains() -> None:
    """In every play: what the same rows would have cost in the answered rounds, to the cent."""
    game, timed = busy(), "flood_50% until an alarm, then wait"
    answered = 0
    for replicate in range(6):
        low, held = (
            ar.play(game, "spread_after_alarm", attack, seed=3, replicate=replicate)
            for attack in (timed_attacks(game, "wait")[timed], "flood_50%")
        )
        answers = [record.learner == "spread" for record in held.records]
        assert [record.learner for record in low.records] == [
            record.learner for record in held.records
        ]
        gained = low.column("adversary_payoff") - held.column("adversary_payoff")
        np.testing.assert_allclose(gained, np.where(answers, 0.05 * 100, 0.0))
        answered += sum(answers)
    assert answered >= 6


def test_the_attack_on_a_detection_is_timed_where_that_pays() -> None:
    """Chosen on the tuning seeds, scored on others; who raises no alarm meets held attacks."""
    played = contest(busy(), tuning=1, scoring=2, seed=4)
    tuning = played.tuning
    timed = "flood_50% until an alarm, then wait"
    detection = tuning.chosen("detection")
    assert tuning.best_attack(detection) == timed
    held = tuning.mean("adversary_payoff", detection)[tuning.attacks.index("flood_50%")]
    assert tuning.mean("adversary_payoff", detection).max() > held + 1
    payoffs = [
        ar.play(
            busy(), detection, timed_attacks(busy(), "wait")[timed], seed=5, replicate=k
        ).payoffs[0]
        for k in range(2)
    ]
    assert played.scores("learner_payoff", detection, timed).tolist() == payoffs
    # Against the others it is the held attack, with no play of its own, and the first of equals.
    column = tuning.plays[:, tuning.actions.index("triage")]
    same = column[:, [tuning.attacks.index(name) for name in (timed, "flood_50%")]]
    assert same[:, 0].tolist() == same[:, 1].tolist()
    assert tuning.best_attack("triage") == "flood_50%"


def test_attacks_are_timed_for_the_alarms_that_are_answered() -> None:
    seen = timed_attacks(busy(), "wait")
    assert seen == {
        "flood_50% until an alarm, then wait": Triggered("wait", "flood_50%", lasting=2)
    }
    assert timed_attacks(busy(adversary_sees=ADVERSARY_SEES), "wait") == {
        "flood_50% every 3 rounds": Periodic("flood_50%", "wait", 3),
        "flood_50% from round 2": Periodic("flood_50%", "wait", 1, phase=2),
    }
    assert timed_attacks(busy(answers={}), "wait") == {}
    assert timed_attacks(CentroidShift(), "wait") == {}


@pytest.mark.parametrize("learner", ["triage", "honeypot"])
def test_without_an_alarm_a_timed_attack_is_the_held_one(learner: str) -> None:
    game = busy()
    for name, agent in timed_attacks(game, "wait").items():
        first = as_held(game, learner, agent)
        assert first == name.split(" until ")[0]
        one, other = (ar.play(game, learner, each, seed=1) for each in (agent, first))
        assert one.payoffs == other.payoffs
        for alarmed in ("watch", "spread_after_alarm"):
            assert as_held(game, alarmed, agent) == agent
    assert as_held(game, learner, "flood_50%") == "flood_50%"


def test_an_adversary_who_sees_no_alarm_may_time_its_attack_blindly() -> None:
    """Once in three rounds: the first alarm is answered in the rounds when it waits."""
    game = busy(adversary_sees=ADVERSARY_SEES)
    blind = timed_attacks(game, "wait")["flood_50% every 3 rounds"]
    played, held = (
        ar.play(game, "spread_after_alarm", attack, seed=3) for attack in (blind, "flood_50%")
    )
    assert [record.learner for record in played.records] == ["watch", "spread", "spread", "watch"]
    assert played.column("evasions").tolist() == [100, 0, 0, 100]
    assert played.payoffs[1] > held.payoffs[1]
