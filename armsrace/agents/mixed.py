"""The agent that draws one of several agents before the first round and holds to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.agents.agent import Agent, Seen, check_probabilities, choose, choose_each
from armsrace.agents.vectorized import SeenInEach, VectorizedAgent, vectorized
from armsrace.game import Game, Role


@final
@dataclass(frozen=True)
class Mixed(VectorizedAgent):
    """A mixed strategy of the normal form: one pure strategy, drawn for the whole play.

    It is what a solver's answer to an `empirical_game` means: there, a row or column is an
    agent held through the play. To draw anew in every round, see `Behavior`.

    Attributes
    ----------
    strategy
        Probability of each agent.

    Raises
    ------
    ValueError
        When the probabilities are not a distribution.
    TypeError
        When a key is not an agent.
    """

    strategy: Mapping[Agent, float]

    def __post_init__(self) -> None:
        check_probabilities(self.strategy)
        for agent in self.strategy:
            if not isinstance(agent, Agent):
                raise TypeError(f"a mixed strategy mixes agents, got {agent!r}; see as_agent")
        object.__setattr__(self, "strategy", MappingProxyType(dict(self.strategy)))

    def __hash__(self) -> int:
        return hash(frozenset(self.strategy.items()))

    def __reduce__(self) -> tuple[type["Mixed"], tuple[dict[Agent, float]]]:
        return Mixed, (dict(self.strategy),)

    def init(self, game: Game, role: Role, rng: np.random.Generator) -> tuple[Agent, Any]:
        """Draw the agent that plays, after checking that every one of them can."""
        for agent in self.strategy:
            agent.init(game, role, rng)
        agent = choose(self.strategy, rng)
        return agent, agent.init(game, role, rng)

    def act(self, memory: tuple[Agent, Any], seen: Seen, rng: np.random.Generator) -> str:
        """What the drawn agent does."""
        agent, its_memory = memory
        return agent.act(its_memory, seen, rng)

    def learn(self, memory: tuple[Agent, Any], seen: Seen) -> tuple[Agent, Any]:
        """What the drawn agent learns."""
        agent, its_memory = memory
        return agent, agent.learn(its_memory, seen)

    def init_each(
        self, game: Game, role: Role, replicates: int, rng: np.random.Generator
    ) -> list[tuple[VectorizedAgent, Any, NDArray[np.intp]]]:
        """Draw the agent of each replicate: every agent, its memory and its replicates."""
        agents = [vectorized(agent) for agent in self.strategy]
        drawn = choose_each(self.strategy, replicates, rng)
        shares = [np.flatnonzero(drawn == position) for position in range(len(agents))]
        return [
            (agent, agent.init_each(game, role, len(share), rng), share)
            for agent, share in zip(agents, shares, strict=True)
        ]

    def act_each(
        self,
        memory: list[tuple[VectorizedAgent, Any, NDArray[np.intp]]],
        seen: SeenInEach,
        rng: np.random.Generator,
    ) -> NDArray[np.intp]:
        """What the drawn agent does in each replicate."""
        actions = np.empty(len(seen.statistics), dtype=np.intp)
        for agent, its_memory, share in memory:
            actions[share] = agent.act_each(its_memory, seen.take(share), rng)
        return actions
