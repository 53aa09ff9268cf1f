"""The checks of agents find what they are for: each is shown an agent that breaks its rule."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import numpy as np
import pytest

from armsrace.agents import Agent, Seen
from armsrace.checks import CheckFailed, agents, checks_in
from armsrace.game import Game, Role

COUNTER: Final = count()


@dataclass(frozen=True)
class Heads(Agent):
    """Heads in every round, to be broken by those that inherit from it."""

    def init(self, game: Game, role: Role, rng: np.random.Generator) -> Any:
        if "heads" not in game.actions(role):
            raise LookupError(f"no heads among {', '.join(game.actions(role))}")

    def act(self, memory: Any, seen: Seen, rng: np.random.Generator) -> str:
        return "heads"

    def learn(self, memory: Any, seen: Seen) -> Any:
        return memory


class Waits(Heads):
    def act(self, memory: Any, seen: Seen, rng: np.random.Generator) -> str:
        return "wait" if seen.last is None else "heads"


class OnEdge(Heads):
    def act(self, memory: Any, seen: Seen, rng: np.random.Generator) -> str:
        return "edge" if seen.round == 5 else "heads"


class Moody(Heads):
    def act(self, memory: Any, seen: Seen, rng: np.random.Generator) -> str:
        return "heads" if next(COUNTER) % 7 else "tails"


class Scribbles(Heads):
    def init(self, game: Game, role: Role, rng: np.random.Generator) -> Any:
        return []

    def act(self, memory: Any, seen: Seen, rng: np.random.Generator) -> str:
        memory.append("acted")
        return "heads"


class Appends(Heads):
    def init(self, game: Game, role: Role, rng: np.random.Generator) -> Any:
        return []

    def learn(self, memory: Any, seen: Seen) -> Any:
        memory.append(seen.last)
        return memory


class Changeable(Heads):
    __setattr__ = object.__setattr__


@dataclass(frozen=True)
class WithoutHash(Heads):
    __hash__ = None  # type: ignore[assignment]


class Itself(Heads):
    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = Heads.__hash__


class ByAddress(Heads):
    def __hash__(self) -> int:
        return id(self)


class Ageing(Heads):
    """Its copies show tails."""

    def __reduce__(self) -> Any:
        return Tails, ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


class Tails(Ageing):
    def act(self, memory: Any, seen: Seen, rng: np.random.Generator) -> str:
        return "tails"


class Everywhere(Heads):
    def init(self, game: Game, role: Role, rng: np.random.Generator) -> Any:
        return None


class Curt(Heads):
    def init(self, game: Game, role: Role, rng: np.random.Generator) -> Any:
        if "heads" not in game.actions(role):
            raise LookupError("no heads")


class Crashes(Heads):
    def init(self, game: Game, role: Role, rng: np.random.Generator) -> Any:
        return list(game.actions(role)).index("heads")


BROKEN: Final[list[tuple[Callable[[Agent], None], Agent, str]]] = [
    (agents.check_acts_before_it_learns, Waits(), "begins with 'wait', not one of heads, tails"),
    (agents.check_takes_only_actions_of_its_role, OnEdge(), "does 'edge' as the learner"),
    (agents.check_same_rng_gives_the_same, Moody(), "otherwise with the same generator"),
    (agents.check_memory_is_a_value, Scribbles(), "changes its memory when it acts"),
    (agents.check_memory_is_a_value, Appends(), "learns into its old memory"),
    (agents.check_is_frozen_and_hashable, Changeable(), "can be changed"),
    (agents.check_is_frozen_and_hashable, WithoutHash(), "has no hash"),
    (agents.check_copies_are_equal_and_play_alike, Itself(), "not equal to its copy"),
    (agents.check_copies_are_equal_and_play_alike, ByAddress(), "not the hash of its equal copy"),
    (agents.check_copies_are_equal_and_play_alike, Ageing(), "a copy of .* does otherwise"),
    (agents.check_another_game_is_refused_or_played, Everywhere(), "in which there is no 'heads'"),
    (agents.check_another_game_is_refused_or_played, Curt(), "without naming the actions"),
    (agents.check_another_game_is_refused_or_played, Crashes(), "by a LookupError, got ValueErr"),
]


@pytest.mark.parametrize(("check", "agent", "says"), BROKEN)
def test_broken_agent_is_found(check: Callable[[Agent], None], agent: Agent, says: str) -> None:
    with pytest.raises(CheckFailed, match=says):
        check(agent)


def test_every_check_of_agents_is_shown_to_find_something() -> None:
    assert {check for check, *_ in BROKEN} == set(checks_in(agents))


def test_sound_agent_passes_the_checks() -> None:
    for check in checks_in(agents):
        check(Heads())
