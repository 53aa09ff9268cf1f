"""The four exploratory games: attacks beat random ones, and gain by being made for the defense."""

from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import armsrace as ar
from armsrace.agents import Triggered
from armsrace.attacks import Attack, Evade, Knowledge, MinimumCostEvasion
from armsrace.attacks.reachable import reachable, within
from armsrace.batch import Batch
from armsrace.costs import EVENTS
from armsrace.defenses import (
    Defense,
    RandomAlarm,
)
from armsrace.game import LearningGame
from armsrace.models.published import Published
from armsrace.streams import Streams
from armsrace.taxonomy import DEFENSES
from games import AlarmFlood, Evasion, GoodWords, MistakenIdentity

GAMES: dict[str, LearningGame] = {
    "good_words": GoodWords(rounds=2, mails=20),
    "evasion": Evasion(rounds=2, traffic=30),
    "mistaken_identity": MistakenIdentity(rounds=2),
    "alarm_flood": AlarmFlood(rounds=2),
}
TUNING, HELD_OUT = range(100, 108), range(12)


@dataclass(frozen=True)
class RandomWords(Evade):
    """As many words as may be added, at random."""

    words: int

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        rows = faced.rows.copy()
        for target in np.flatnonzero(faced.target):
            rows[target, rng.permutation(np.flatnonzero(~rows[target]))[: self.words]] = True
        return Batch(rows, faced.labels, faced.target, faced.target)


@dataclass(frozen=True)
class RandomMoves(Evade):
    """Malicious rows moved by the whole budget, in random directions."""

    budget: float

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        originals = faced.rows[faced.labels]
        wished = originals + 10 * self.budget * rng.normal(size=originals.shape)
        rows = faced.rows.copy()
        rows[faced.labels] = within(originals, wished, known.feasible, self.budget, order=2)
        return Batch(rows, faced.labels, faced.labels, faced.target)


@dataclass(frozen=True)
class RandomNames(Evade):
    """Half of the malicious rows, whichever, take the name of any host."""

    columns: tuple[int, ...]

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        chosen = rng.permutation(np.flatnonzero(faced.labels))[: faced.labels.sum() // 2]
        rows, origin = faced.rows.copy(), faced.origin.copy()
        hosts = np.eye(len(self.columns))[rng.integers(len(self.columns), size=len(chosen))]
        rows[np.ix_(chosen, np.array(self.columns))] = hosts
        origin[chosen] = True
        return Batch(rows, faced.labels, origin, faced.target)


@dataclass(frozen=True)
class RandomFlood(Evade):
    """As many harmless rows as there are rows, copied from any of the reference."""

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        drawn = known.reference.rows[rng.integers(len(known.reference), size=len(faced))]
        rows = reachable(drawn, known.feasible, like=drawn, altered=False)
        return faced.plus(Batch.made(rows, np.zeros(len(rows), dtype=bool)))


@dataclass(frozen=True, eq=False)
class MadeFor(Evade):
    """An attack made for another model than the one that it meets."""

    part: Evade
    model: Any

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        return self.part.evade(faced, known.seeing(Published(self.model)), rng)


def also(game: LearningGame, **attacks: Evade) -> LearningGame:
    """The same game with more attacks."""
    other, rules = copy(game), game.setup
    actions = {**rules.adversary_actions, **{name: Attack(part) for name, part in attacks.items()}}
    vars(other)["setup"] = replace(rules, adversary_actions=actions)
    return other


def payoffs(game: LearningGame, learner: str, adversary: str, seeds: range) -> np.ndarray:
    """What the adversary gains, one number a seed."""
    return np.array([ar.play(game, learner, adversary, seed=seed).payoffs[1] for seed in seeds])


@cache
def gains_in(name: str, learner: str, adversary: str, seeds: range) -> np.ndarray:
    """`payoffs` of a game as it comes, which several comparisons share."""
    return payoffs(GAMES[name], learner, adversary, seeds)


def is_better(differences: np.ndarray) -> bool:
    """Whether a mean is positive by more than two of its standard errors."""
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    return bool(differences.mean() > 2 * error)


RANDOM = {
    "good_words": ("acre", RandomWords(100)),
    "evasion": ("least_change", RandomMoves(2.0)),
    "mistaken_identity": ("spoof_50%", RandomNames((9, 10, 11, 12))),
    "alarm_flood": ("flood_50%", RandomFlood()),
}


@pytest.mark.parametrize("name", GAMES)
def test_attack_beats_a_random_one_of_the_same_budget(name: str) -> None:
    made, random = RANDOM[name]
    game = also(GAMES[name], random=random)
    none = next(iter(game.learner_actions))
    gains = gains_in(name, none, made, HELD_OUT) - payoffs(game, none, "random", HELD_OUT)
    assert is_better(gains)


def reply(name: str, learner: str) -> str:
    """The attack on a learner that gains most on the tuning seeds; see `best_against`."""
    none = next(iter(GAMES[name].learner_actions))
    if learner == none:
        return best_against(name, none)
    naive, made = best_against(name, none), best_against(name, learner)
    gained = [gains_in(name, learner, attack, TUNING) for attack in (made, naive)]
    return made if is_better(gained[0] - gained[1]) else naive


def best_against(name: str, learner: str) -> str:
    gains = {a: gains_in(name, learner, a, TUNING).mean() for a in GAMES[name].adversary_actions}
    return max(gains, key=lambda action: gains[action])


# For each game a learner against which it pays to give up the attack on the undefended.
ADAPTED = {
    "good_words": "hide",
    "evasion": "random_threshold",
    "mistaken_identity": "block_slowly",
    "alarm_flood": "spread_after_alarm",
}


@pytest.mark.parametrize(
    ("name", "learner"),
    [
        pytest.param(name, learner, marks=() if ADAPTED[name] == learner else pytest.mark.slow)
        for name, game in GAMES.items()
        for learner in sorted({each for named in game.setup.answers.values() for each in named})
    ],
)
def test_reply_to_a_defense_is_no_worse_than_the_reply_to_none(name: str, learner: str) -> None:
    """Chosen on tuning seeds, compared on held-out ones in pairs, in the mean and without slack.

    The attack on the undefended learner is among those to choose from, and is given up for one
    that is better by more than two standard errors on the tuning seeds; so what is compared can
    fall behind by a choice that does not carry over to other seeds, and by nothing else.
    """
    naive, made = reply(name, next(iter(GAMES[name].learner_actions))), reply(name, learner)
    loss = [gains_in(name, learner, attack, HELD_OUT) for attack in (made, naive)]
    assert (loss[0] - loss[1]).mean() >= 0
    if ADAPTED[name] == learner:
        assert made != naive
        assert is_better(loss[0] - loss[1])


WATCHES = {
    "good_words": ("watch", "refuse", "refuse_after_alarm"),
    "evasion": ("watch", "tighten", "tighten_after_alarm"),
    "mistaken_identity": ("watch_closely", "block_pages", "pages_after_early_alarm"),
    "alarm_flood": ("watch", "spread", "spread_after_alarm"),
}


def lost_by_errors(history: ar.History) -> float:
    """What the learner itself loses a round, but for the price of alarms."""
    assert isinstance(history.game, LearningGame)
    prices = replace(history.game.setup.costs.own_loss, alarms=0.0)
    return float(prices.of_each({event: history.column(event) for event in EVENTS}).mean())


@pytest.mark.parametrize("name", GAMES)
def test_a_watch_alone_changes_nothing_but_raises_alarms(name: str) -> None:
    watch, _, agent = WATCHES[name]
    game = GAMES[name]
    assert agent in game.setup.answers["detection"]
    for adversary in game.adversary_actions:
        plain, watched = (
            ar.play(game, learner, adversary, seed=0)
            for learner in (next(iter(game.learner_actions)), watch)
        )
        for event in set(EVENTS) - {"alarms"}:
            assert plain.column(event).tolist() == watched.column(event).tolist()


@pytest.mark.parametrize(
    ("name", "attack"),
    [
        ("evasion", "least_change"),
        ("mistaken_identity", "spoof_100%"),
        ("alarm_flood", "flood_50%"),
    ],
)
def test_what_follows_an_alarm_saves_something(name: str, attack: str) -> None:
    """Against an attack that is seen; the same learner that goes on watching is the measure."""
    watch, response, agent = WATCHES[name]
    saved = []
    for seed in HELD_OUT:
        played, idle = (
            ar.play(GAMES[name], learner, attack, rounds=4, seed=seed) for learner in (agent, watch)
        )
        alarm = np.flatnonzero(played.column("alarms"))
        actions = [watch] * 4
        if len(alarm):
            actions[alarm[0] + 1 :] = [response] * (3 - alarm[0])
        assert [record.learner for record in played.records] == actions
        saved.append(lost_by_errors(idle) - lost_by_errors(played))
    assert is_better(np.array(saved))


def test_a_watch_is_worth_more_than_random_alarms_that_are_as_often_false() -> None:
    """What follows an alarm is the same, and so is what is measured without an attack."""
    game, rules = copy(GAMES["mistaken_identity"]), GAMES["mistaken_identity"].setup
    tossing = Defense(rules.learner_actions["block"], RandomAlarm(1 / 20))
    vars(game)["setup"] = replace(
        rules,
        learner_actions={**rules.learner_actions, "toss": tossing},
        learner_agents={
            **rules.learner_agents,
            "pages_at_random": Triggered("block_pages", "toss", lasting=5),
        },
    )
    lost = {
        learner: [
            lost_by_errors(ar.play(game, learner, "spoof_50%", rounds=8, seed=seed))
            for seed in HELD_OUT
        ]
        for learner in ("pages_at_random", "pages_after_early_alarm")
    }
    assert is_better(np.subtract(lost["pages_at_random"], lost["pages_after_early_alarm"]))


def test_a_watch_on_queries_sees_none_while_the_filter_is_published() -> None:
    """So that detection alone is worth nothing; once the filter is hidden it raises alarms."""
    game = GAMES["good_words"]
    for attack in game.adversary_actions:
        plain, answered = (
            ar.play(game, learner, attack, rounds=4, seed=1)
            for learner in ("hold", "refuse_after_alarm")
        )
        assert plain.payoffs == answered.payoffs
    hidden = ar.play(game, "hide_and_refuse_after_alarm", "acre", rounds=4, seed=1)
    assert hidden.column("alarms").tolist() == [1, 0, 0, 0]
    assert hidden.column("queries")[0] > 0
    assert not hidden.column("queries")[1:].any()


def test_whoever_believes_nothing_loses_nothing_by_lies() -> None:
    """A decoy harms an evasion that believes it, and not the one that studies its own rows."""
    game = GAMES["evasion"]
    believing, doubting = (
        payoffs(game, "mislead", action, HELD_OUT) for action in ("steepest", "disbelief")
    )
    assert is_better(doubting - believing)
    assert doubting.tolist() == payoffs(game, "hold", "disbelief", HELD_OUT).tolist()
    undefended = payoffs(game, "hold", "steepest", HELD_OUT)
    assert doubting.mean() > 0.9 * undefended.mean()


def test_evasion_made_for_the_penalized_model_beats_the_one_made_for_the_other() -> None:
    """Nothing but the model that the attack looks at differs; seeds are paired."""
    game, gains = Evasion(rounds=2), []
    for seed in HELD_OUT:
        undefended = game.start(Streams(seed=seed).of_round(0)).model.deployed
        other = also(game, transferred=MadeFor(MinimumCostEvasion(game.budget), undefended))
        gains.append(
            payoffs(other, "penalize", "least_change", range(seed, seed + 1))
            - payoffs(other, "penalize", "transferred", range(seed, seed + 1))
        )
    assert is_better(np.concatenate(gains))


@pytest.mark.parametrize("name", GAMES)
def test_every_defense_of_the_article_is_answered_by_an_action_of_its_own(name: str) -> None:
    answers = GAMES[name].setup.answers
    assert set(answers) == set(DEFENSES)
    named = [action for actions in answers.values() for action in actions]
    assert len(set(named)) == len(named) >= len(DEFENSES)
    assert next(iter(GAMES[name].learner_actions)) not in named


def test_queries_are_counted_and_watched() -> None:
    game = GoodWords(rounds=2, queries=60, watched=15, limit=10)
    asked = ar.play(game, "hide_and_watch", "multiline", seed=0)
    assert 15 < asked.column("queries")[0] <= 60
    assert asked.column("alarms")[0] == 1
    assert ar.play(game, "hide_and_watch", "wait", seed=0).column("alarms").sum() == 0
    assert ar.play(game, "limit", "multiline", seed=0).column("queries").max() <= 10
    assert ar.play(game, "hold", "multiline", seed=0).column("words_added")[0] > 0


def test_distance_is_measured_and_grows_with_the_penalty() -> None:
    """A penalized model spreads its weights, so that more must be changed."""
    for data in ("phishing", "spambase"):
        game = Evasion(rounds=2, data=data)
        held, penalized = (
            ar.play(game, learner, "wait", seed=0).column("least_distance")[-1]
            for learner in ("hold", "penalize")
        )
        assert 0 < held < penalized


def test_analysts_without_a_flood_look_at_nearly_all_alerts() -> None:
    calm = ar.play(AlarmFlood(rounds=5), "triage", "wait", seed=0)
    flooded = ar.play(AlarmFlood(rounds=5), "triage", "flood_75%", seed=0)
    assert flooded.column("fn").sum() > 4 * calm.column("fn").sum()
    watched = ar.play(AlarmFlood(rounds=5), "watch", "flood_50%", seed=0)
    assert watched.column("alarms").all()


def test_spoofed_host_is_blocked() -> None:
    calm = ar.play(MistakenIdentity(rounds=5), "block", "wait", seed=0)
    spoofed = ar.play(MistakenIdentity(rounds=5), "block", "spoof_50%", seed=0)
    assert spoofed.column("target_errors").sum() > calm.column("target_errors").sum()
    assert spoofed.column("fp").sum() > 1.5 * calm.column("fp").sum()


@pytest.mark.parametrize("kind", [Evasion, AlarmFlood])
def test_unknown_data_is_refused(kind: Any) -> None:
    with pytest.raises(LookupError, match="unknown data 'mail'; known are"):
        ar.play(kind(data="mail"), "hold", "wait", seed=0)
