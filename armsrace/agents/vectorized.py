"""Agents that choose for many replicates at once, for games played in bulk.

Replicates do not know of each other: an agent chooses in each of them by the same law as it would
in a play of its own. Actions are indices into ``game.actions(role)``.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.agents.agent import Agent, check_action
from armsrace.game import Game, Role


@final
@dataclass(frozen=True, eq=False)
class SeenInEach:
    """What a role sees when it has to choose in each of R replicates.

    Attributes
    ----------
    round
        The round, counted from 0.
    rounds
        How many rounds the play has.
    statistics
        Where the replicates stand, shape (R, k).
    """

    round: int
    rounds: int
    statistics: NDArray[np.float64]

    def take(self, index: NDArray[np.intp]) -> "SeenInEach":
        """What is seen in some of the replicates."""
        return SeenInEach(self.round, self.rounds, self.statistics[index])


class VectorizedAgent(Agent, ABC):
    """An agent that can also choose for many replicates at once.

    Its memory is made before the first round and does not change after it.
    """

    @abstractmethod
    def init_each(self, game: Game, role: Role, replicates: int, rng: np.random.Generator) -> Any:
        """What it has to know about the replicates.

        Raises
        ------
        LookupError
            When the agent names an action that the role does not have.
        TypeError
            When it depends on an agent that cannot choose for many replicates at once.
        """

    @abstractmethod
    def act_each(self, memory: Any, seen: SeenInEach, rng: np.random.Generator) -> NDArray[np.intp]:
        """Indices of the actions to take, shape (R,), or (1,) if it is the same everywhere."""


def vectorized(agent: Agent) -> VectorizedAgent:
    """The agent, if it can choose for many replicates at once.

    Raises
    ------
    TypeError
        When it cannot.
    """
    if not isinstance(agent, VectorizedAgent):
        raise TypeError(
            f"{agent!r} cannot choose for many replicates at once; use play, one replicate at a "
            "time, or make it a VectorizedAgent"
        )
    return agent


def action_index(game: Game, role: Role, action: str) -> int:
    """Index of an action of the role.

    Raises
    ------
    LookupError
        When the role has no such action; the message lists those it has.
    """
    return list(game.actions(role)).index(check_action(game, role, action))
