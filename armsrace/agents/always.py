"""The agent that holds one action for the whole play."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.agents.agent import Seen, check_action
from armsrace.agents.vectorized import SeenInEach, VectorizedAgent, action_index
from armsrace.game import Game, Role


@final
@dataclass(frozen=True)
class Always(VectorizedAgent):
    """Take the same action in every round.

    Examples
    --------
    >>> Always("retrain").act(None, Seen(0, 10), np.random.default_rng(0))
    'retrain'
    """

    action: str

    def init(self, game: Game, role: Role, rng: np.random.Generator) -> None:
        """Check the action; there is nothing to remember."""
        check_action(game, role, self.action)

    def act(self, memory: None, seen: Seen, rng: np.random.Generator) -> str:
        """The action."""
        return self.action

    def learn(self, memory: None, seen: Seen) -> None:
        """Nothing."""

    def init_each(self, game: Game, role: Role, replicates: int, rng: np.random.Generator) -> int:
        """Index of the action."""
        return action_index(game, role, self.action)

    def act_each(self, memory: int, seen: SeenInEach, rng: np.random.Generator) -> NDArray[np.intp]:
        """The action, everywhere."""
        return np.array([memory])
