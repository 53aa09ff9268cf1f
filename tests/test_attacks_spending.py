"""What an attack spends is on record, and so are the false alarms of whoever rejects everything."""

from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np
import pytest

import armsrace as ar
from armsrace.attacks import Attack, Evade, Knowledge, Poison
from armsrace.batch import Batch, Mask, Rows, distance_moved
from armsrace.defenses import Classify, Defense, Fitted, Memory, Sanitize
from armsrace.game import LearningGame
from armsrace.verdicts import MALICIOUS, Verdicts

ROUNDS: Final = 2
SPENT: Final = ("poison", "evasions", "queries", "distance")


@final
@dataclass(frozen=True)
class RejectEverything(Sanitize, Classify):
    """Train on nothing, and block all that comes."""

    def sanitize(
        self, offered: Batch, model: Fitted, memory: Memory, rng: np.random.Generator
    ) -> Mask:
        return np.zeros(len(offered), dtype=bool)

    def classify(
        self, model: Any, rows: Rows, verdicts: Verdicts, rng: np.random.Generator
    ) -> Verdicts:
        return verdicts.with_decisions(np.full(len(verdicts), MALICIOUS))


def learning_games() -> list[str]:
    """Every registered game with a classifier."""
    games = {name: ar.load_game(name) for name in ar.available_games()}
    return [name for name, game in games.items() if isinstance(game, LearningGame)]


def paranoid(name: str) -> LearningGame:
    """The game with a learner that rejects everything, and no other."""
    game: Any = copy(ar.load_game(name))
    only = {"reject_everything": Defense(RejectEverything())}
    vars(game)["setup"] = replace(game.setup, learner_actions=only, answers={}, run_lengths={})
    assert isinstance(game, LearningGame)
    return game


@pytest.mark.parametrize("name", learning_games())
def test_every_attack_and_every_false_alarm_is_on_record(name: str) -> None:
    game = paranoid(name)
    for action, bundle in game.adversary_actions.items():
        history = ar.play(game, "reject_everything", action, rounds=ROUNDS, seed=1)
        record = {event: history.column(event) for event in history.records[0].events}

        honest = record["offered"] - record["poison"]
        assert (record["false_rejections"] == honest).all()
        assert (honest > 0).all()
        assert not record["kept"].any()
        assert not record["poison_kept"].any()
        assert (record["fp"] > 0).all()
        for missed in ("tn", "fn", "unsure_honest", "unsure_malicious"):
            assert not record[missed].any()

        spent = sum(record[kind].sum() for kind in SPENT)
        assert (spent > 0) == bool(bundle.parts), f"{action} spends {spent}"


@final
@dataclass(frozen=True)
class MoveBy(Poison, Evade):
    """Move the first rows by so much, and add as many at the end."""

    rows: int
    step: float

    def moved(self, batch: Batch) -> Batch:
        rows, origin = batch.rows.copy(), batch.origin.copy()
        rows[: self.rows, 0] += self.step
        origin[: self.rows] = True
        altered = Batch(rows, batch.labels, origin, batch.target)
        return altered.plus(Batch.made(batch.rows[: self.rows] + 9.0, batch.labels[: self.rows]))

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        return self.moved(traffic)

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        return self.moved(faced)


def test_distance_is_that_of_altered_rows_in_training_and_in_use() -> None:
    game: Any = copy(ar.load_game("evasion"))
    moves = {"move": Attack(MoveBy(3, 0.5))}
    vars(game)["setup"] = replace(game.setup, adversary_actions=moves)
    history = ar.play(game, "hold", "move", rounds=2, seed=0)
    assert history.column("distance") == pytest.approx([3.0, 3.0])
    assert history.column("poison").tolist() == [6.0, 6.0]
    assert history.column("evasions").tolist() == [6.0, 6.0]


def test_distance_of_words_and_of_nothing() -> None:
    mail = Batch.of(np.array([[True, False, False], [False, False, False]]), [1, 1])
    other = np.array([[False, True, False], [False, False, False]])
    assert distance_moved(mail, made_of(mail, other)) == pytest.approx(2**0.5)
    assert distance_moved(mail, mail) == 0.0
    assert distance_moved(mail, made_of(mail, mail.rows.copy())) == 0.0


def made_of(batch: Batch, rows: Rows) -> Batch:
    """The batch with these rows in its place, all of them the adversary's."""
    return Batch(rows, batch.labels, np.ones(len(batch), dtype=bool), batch.target)
