"""Play: the order of moves, what each role is told, and which numbers depend on what."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.agents import Agent, Behavior, Seen
from armsrace.checks import MatchingPennies
from armsrace.costs import EVENTS
from armsrace.game import Game, Order, Role
from armsrace.play import play, resume
from armsrace.registry import load_game

FAIR = Behavior({"heads": 0.5, "tails": 0.5})


@dataclass(frozen=True)
class Records(Agent):
    """Shows heads, and remembers whatever it was told, in order."""

    def init(self, game: Game, role: Role, rng: np.random.Generator) -> tuple[Any, ...]:
        return ()

    def act(self, memory: tuple[Any, ...], seen: Seen, rng: np.random.Generator) -> str:
        ACTED.append(seen)
        return "heads"

    def learn(self, memory: tuple[Any, ...], seen: Seen) -> tuple[Any, ...]:
        return (*memory, seen)


ACTED: list[Seen] = []


@dataclass(frozen=True)
class Copies(Agent):
    """Shows what the opponent has just shown, or heads when that is not to be seen."""

    def init(self, game: Game, role: Role, rng: np.random.Generator) -> None:
        return None

    def act(self, memory: None, seen: Seen, rng: np.random.Generator) -> str:
        return seen.opponent or "heads"

    def learn(self, memory: None, seen: Seen) -> None:
        return None


# Who moves first


def test_learner_that_moves_second_matches_every_penny() -> None:
    game = MatchingPennies(rounds=40, order=Order.ADVERSARY_FIRST)
    assert play(game, Copies(), FAIR, seed=1).payoffs == (1.0, -1.0)


def test_adversary_that_moves_second_copies_every_penny() -> None:
    game = MatchingPennies(rounds=40, order=Order.LEARNER_FIRST)
    history = play(game, FAIR, Copies(), seed=1)
    assert history.payoffs == (1.0, -1.0)
    assert len({record.learner for record in history.records}) == 2


@pytest.mark.parametrize(
    ("order", "learner", "adversary"),
    [
        (Order.SIMULTANEOUS, "heads", "heads"),
        (Order.LEARNER_FIRST, "heads", "tails"),
        (Order.ADVERSARY_FIRST, "tails", "heads"),
    ],
)
def test_only_who_moves_second_sees_the_other_move(
    order: Order, learner: str, adversary: str
) -> None:
    """What `Copies` does against tails tells whether it has seen them."""
    game = MatchingPennies(rounds=3, order=order)
    as_learner = play(game, Copies(), "tails").records
    as_adversary = play(game, "tails", Copies()).records
    assert {record.learner for record in as_learner} == {learner}
    assert {record.adversary for record in as_adversary} == {adversary}


# What an agent is told


@pytest.mark.parametrize("role", ["learner", "adversary"])
def test_agent_is_told_the_round_and_what_is_revealed(role: Role) -> None:
    game = MatchingPennies(rounds=3)
    ACTED.clear()
    agents: dict[str, Any] = {"learner": "tails", "adversary": "tails"} | {role: Records()}
    history = play(game, agents["learner"], agents["adversary"])
    told = [
        {"alarms": 1, f"{role}_payoff": getattr(record, f"{role}_payoff")}
        for record in history.records
    ]
    assert [(seen.round, seen.rounds) for seen in ACTED] == [(0, 3), (1, 3), (2, 3)]
    assert [seen.last for seen in ACTED] == [None, *told[:-1]]
    assert all(seen.opponent is None for seen in ACTED)
    memory = getattr(history.position, f"{role}_memory")
    assert [(seen.round, seen.last) for seen in memory] == list(enumerate(told))


def test_agent_of_a_real_game_is_told_only_what_its_role_observes() -> None:
    @dataclass(frozen=True)
    class Waits(Agent):
        def init(self, game: Game, role: Role, rng: Any) -> tuple[Any, ...]:
            return ()

        def act(self, memory: Any, seen: Seen, rng: Any) -> str:
            return "wait"

        def learn(self, memory: tuple[Any, ...], seen: Seen) -> tuple[Any, ...]:
            return (*memory, seen.last)

    game = load_game("dictionary_attack")
    history = play(game, "retrain", Waits(), rounds=2)
    for last in history.position.adversary_memory:
        assert last.keys() == game.reveals("adversary")


def test_agent_is_told_the_rounds_of_the_play_not_of_the_game() -> None:
    ACTED.clear()
    play(MatchingPennies(rounds=20), Records(), "heads", rounds=2)
    assert {seen.rounds for seen in ACTED} == {2}


# Which numbers depend on what


def test_the_same_seed_gives_the_same_play() -> None:
    one, other = (play(MatchingPennies(), FAIR, FAIR, seed=3, replicate=4) for _ in range(2))
    assert one.records == other.records


def test_seed_replicate_and_role_have_numbers_of_their_own() -> None:
    def shown(role: str, **numbers: int) -> str:
        history = play(MatchingPennies(rounds=64), FAIR, FAIR, **numbers)
        return "".join(getattr(record, role)[0] for record in history.records)

    courses = [shown("learner"), shown("adversary"), shown("learner", seed=1)]
    courses += [shown("learner", replicate=1), shown("learner", seed=1, replicate=1)]
    assert len(set(courses)) == len(courses)


def test_what_one_role_does_leaves_the_draws_of_the_other() -> None:
    histories = [play(MatchingPennies(), FAIR, other, seed=3) for other in ("heads", FAIR)]
    one, other = ([record.learner for record in history.records] for history in histories)
    assert one == other


def test_a_longer_play_begins_like_a_shorter_one() -> None:
    """Agents that do not look at the number of rounds play the same rounds."""
    short, long = (play(MatchingPennies(), FAIR, FAIR, rounds=rounds) for rounds in (5, 50))
    assert long.records[:5] == short.records


PROGRAM = """
import armsrace as ar
game = ar.load_game("dictionary_attack")
history = ar.play(game, learner="retrain", adversary="dictionary_1%", rounds=10, seed=7)
print(history.frame().to_csv(), end="")
"""


def test_ten_rounds_of_the_dictionary_race_in_any_process() -> None:
    """Ten rows, the stated columns, and the same bytes from a process of its own."""
    game = load_game("dictionary_attack")
    history = play(game, learner="retrain", adversary="dictionary_1%", rounds=10, seed=7)
    frame = history.frame()
    assert len(frame) == 10
    named = ["round", "learner", "adversary", "tp", "fp", "tn", "fn"]
    named += ["learner_payoff", "adversary_payoff"]
    assert set(named) <= set(frame.columns)
    assert frame["round"].tolist() == list(range(10))
    assert set(frame["learner"]) == {"retrain"}
    assert set(frame["adversary"]) == {"dictionary_1%"}
    environment = os.environ | {"PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, check=True, env=environment
    )
    assert ran.stdout == frame.to_csv().encode()


# Pausing


@given(st.lists(st.integers(0, 12), max_size=4).map(sorted))
@settings(max_examples=100)
def test_a_play_may_be_paused_anywhere_and_more_than_once(pauses: list[int]) -> None:
    game = MatchingPennies(rounds=12)
    whole = play(game, FAIR, FAIR, seed=2)
    history = play(game, FAIR, FAIR, seed=2, pause=0)
    for pause in pauses:
        before = history.records
        history = resume(history, pause=pause)
        assert len(history) == pause
        assert history.records[: len(before)] == before
    assert resume(history).records == whole.records


def test_resuming_leaves_the_paused_history_as_it_was() -> None:
    paused = play(MatchingPennies(rounds=5), FAIR, FAIR, pause=2)
    resume(paused)
    assert len(paused) == 2
    assert paused.position.state == 2
    assert resume(paused).records == resume(paused).records


def test_a_paused_play_says_so() -> None:
    paused = play(MatchingPennies(rounds=5), "heads", "heads", pause=2)
    assert "2 of 5 rounds" in repr(paused)
    assert ", 5 rounds," in repr(resume(paused))


# The door


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda game: play(game, "edge", "heads"), LookupError, "unknown learner 'edge' in mat"),
        (lambda game: play(game, "heads", "edge"), LookupError, "unknown adversary 'edge' in mat"),
        (
            lambda game: play(game, 1, "heads"),  # type: ignore[arg-type]
            TypeError,
            "the learner must be an action's name",
        ),
        (lambda game: play(game, "heads", {}), ValueError, "at least one probability, got none"),
        (
            lambda game: play(game, "heads", "tails", rounds=0),
            ValueError,
            "rounds must be at least 1, got 0",
        ),
        (
            lambda game: play(game, "heads", "tails", rounds=-3),
            ValueError,
            "rounds must be at least 1, got -3",
        ),
        (
            lambda game: play(game, "heads", "tails", rounds=2.0),  # type: ignore[arg-type]
            TypeError,
            "rounds must be an integer, got 2.0",
        ),
        (
            lambda game: play(game, "heads", "tails", seed=-1),
            ValueError,
            "seed must be a non-negative integer, got -1",
        ),
        (
            lambda game: play(game, "heads", "tails", replicate=0.5),  # type: ignore[arg-type]
            TypeError,
            "replicate must be an integer, got 0.5",
        ),
        (
            lambda game: play(game, "heads", "tails", rounds=3, pause=4),
            ValueError,
            r"pause must be in \[0, 3\], got 4",
        ),
        (
            lambda game: resume(play(game, "heads", "tails", rounds=3, pause=2), pause=1),
            ValueError,
            r"pause must be in \[2, 3\], got 1",
        ),
    ],
)
def test_door_refuses_and_says_why(
    call: Callable[[Game], object], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        call(MatchingPennies())


def test_counts_of_a_real_round_are_whole_numbers() -> None:
    (record,) = play(load_game("centroid_shift"), "retrain", "shift_5%", rounds=1).records
    assert all(type(record.events[name]) is int for name in EVENTS)
