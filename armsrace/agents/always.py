"""The agent that holds one action for the whole play."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.agents.agent import Agent, Seen, check_action
from armsrace.game import Game, Role


@final
@dataclass(frozen=True)
class Always(Agent):
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
