"""From what a caller may write for a strategy to an agent."""

from collections.abc import Mapping
from typing import Any

from armsrace.agents.agent import Agent, check_probabilities
from armsrace.agents.always import Always
from armsrace.agents.mixed import Mixed
from armsrace.game import Game, Role

# Mappings are invariant in their keys: `Any` admits those of names, of agents, and of a solver.
Strategy = str | Agent | Mapping[Any, float]


def as_agent(strategy: Strategy, game: Game, role: Role) -> Agent:
    """Turn a strategy into the agent that plays it.

    Parameters
    ----------
    strategy
        The name of an action (held for the whole play) or of an agent that the game suggests;
        an agent; or a mapping from these to probabilities, one of which is drawn before the
        first round and held (`Mixed`).

    Raises
    ------
    LookupError
        When a name is neither an action nor a suggested agent; the message lists both.
    TypeError
        When it is none of these.
    ValueError
        When probabilities are not a distribution.
    """
    if isinstance(strategy, Agent):
        return strategy
    if isinstance(strategy, str):
        suggested = game.suggested_agents(role)
        if strategy in suggested:
            agent: Agent = suggested[strategy]
            return agent
        if strategy not in game.actions(role):
            known = ", ".join((*game.actions(role), *suggested))
            raise LookupError(f"unknown {role} {strategy!r} in {game.name}; known are {known}")
        return Always(strategy)
    if isinstance(strategy, Mapping):
        check_probabilities(strategy)
        return Mixed({as_agent(pure, game, role): weight for pure, weight in strategy.items()})
    raise TypeError(
        f"the {role} must be an action's name, an agent, or a mapping from these to probabilities, "
        f"got {strategy!r}"
    )
