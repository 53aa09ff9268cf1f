"""What every agent must keep to, shown by playing matching pennies in both roles."""

import copy
import pickle
from typing import Any, Final

import numpy as np

from armsrace.agents.agent import Agent, Seen
from armsrace.checks.failure import CheckFailed, require
from armsrace.checks.pennies import MatchingPennies
from armsrace.game import ROLES, Game, Role

_ROUNDS: Final = 12


def check_acts_before_it_learns(agent: Agent) -> None:
    """An agent has an action for the first round, of which nothing has been seen."""
    game = MatchingPennies()
    for role in ROLES:
        rng = np.random.default_rng(0)
        action = agent.act(agent.init(game, role, rng), Seen(0, _ROUNDS), rng)
        known = game.actions(role)
        require(action in known, f"{agent!r} begins with {action!r}, not one of {', '.join(known)}")


def check_takes_only_actions_of_its_role(agent: Agent) -> None:
    """Whatever the agent is told, what it does is an action that its role has."""
    game = MatchingPennies()
    for role in ROLES:
        for action in _course(agent, game, role):
            require(action in game.actions(role), f"{agent!r} does {action!r} as the {role}")


def check_same_rng_gives_the_same(agent: Agent) -> None:
    """An agent has no other source of chance than the generator it is handed."""
    for role in ROLES:
        first, again = (_course(agent, MatchingPennies(), role) for _ in range(2))
        require(first == again, f"{agent!r} does otherwise with the same generator")


def check_memory_is_a_value(agent: Agent) -> None:
    """Acting and learning give new memories and leave those they were handed as they were."""
    for role in ROLES:
        game, rng = MatchingPennies(), np.random.default_rng(0)
        memory = agent.init(game, role, rng)
        for clock in range(_ROUNDS):
            seen = _seen(game, role, clock)
            before = pickle.dumps(memory)
            agent.act(memory, seen, rng)
            require(pickle.dumps(memory) == before, f"{agent!r} changes its memory when it acts")
            learned = agent.learn(memory, seen)
            require(pickle.dumps(memory) == before, f"{agent!r} learns into its old memory")
            memory = learned


def check_is_frozen_and_hashable(agent: Agent) -> None:
    """An agent is a value: it cannot be changed, and can be a label or a key."""
    try:
        agent.anything = None  # type: ignore[attr-defined]
    except AttributeError:
        pass
    else:
        raise CheckFailed(f"{agent!r} can be changed; make it a frozen dataclass")
    try:
        hash(agent)
    except TypeError as error:
        raise CheckFailed(f"{agent!r} has no hash ({error}), so no game can list it") from error


def check_copies_are_equal_and_play_alike(agent: Agent) -> None:
    """A copy, or what was saved and loaded, is the same agent."""
    for other in (copy.deepcopy(agent), pickle.loads(pickle.dumps(agent))):
        require(other == agent, f"{agent!r} is not equal to its copy")
        require(hash(other) == hash(agent), f"{agent!r} has not the hash of its equal copy")
        for role in ROLES:
            courses = [_course(each, MatchingPennies(), role) for each in (agent, other)]
            require(courses[0] == courses[1], f"a copy of {agent!r} does otherwise")


def check_another_game_is_refused_or_played(agent: Agent) -> None:
    """Where its actions are unknown, an agent says so, listing the known ones, before it plays."""
    game = MatchingPennies(sides=("crown", "shield"))
    for role in ROLES:
        try:
            agent.init(game, role, np.random.default_rng(0))
        except LookupError as refusal:
            named = all(action in str(refusal) for action in game.actions(role))
            require(named, f"{agent!r} refuses without naming the actions there are: {refusal}")
        except Exception as error:
            raise CheckFailed(f"{agent!r} must refuse by a LookupError, got {error!r}") from error
        else:
            for action in _course(agent, game, role):
                require(
                    action in game.actions(role),
                    f"{agent!r} is let into a game in which there is no {action!r}",
                )


def _seen(game: Game, role: Role, clock: int) -> Seen:
    """What a role is told of a round when every other one is lost by the learner."""
    lost = clock % 2
    told = {"alarms": lost, "learner_payoff": 1.0 - 2 * lost, "adversary_payoff": 2.0 * lost - 1}
    revealed = {name: number for name, number in told.items() if name in game.reveals(role)}
    return Seen(clock, _ROUNDS, revealed)


def _course(agent: Agent, game: Game, role: Role) -> list[Any]:
    """What an agent does over a number of rounds."""
    rng = np.random.default_rng(3)
    memory = agent.init(game, role, rng)
    last = None
    actions = []
    for clock in range(_ROUNDS):
        actions.append(agent.act(memory, Seen(clock, _ROUNDS, last), rng))
        seen = _seen(game, role, clock)
        memory, last = agent.learn(memory, seen), seen.last
    return actions
