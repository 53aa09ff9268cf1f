"""The agent that answers an alarm."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.agents.agent import Agent, Seen, check_action
from armsrace.game import Game, Role


@final
@dataclass(frozen=True)
class Triggered(Agent):
    """One action in the rounds after an alarm, and another as long as there is none.

    Attributes
    ----------
    action
        What to do after an alarm.
    otherwise
        What to do without one.
    lasting
        For how many rounds an alarm is answered, at least 1.
    event
        The number in the revealed record that counts as an alarm when it is positive.

    Raises
    ------
    ValueError
        When `lasting` is less than 1.
    """

    action: str
    otherwise: str
    lasting: int = 1
    event: str = "alarms"

    def __post_init__(self) -> None:
        if self.lasting < 1:
            raise ValueError(f"lasting must be at least 1, got {self.lasting}")

    def init(self, game: Game, role: Role, rng: np.random.Generator) -> int:
        """Check actions and event.

        The memory is the number of rounds for which an alarm is still to be answered.

        Raises
        ------
        LookupError
            When the role has not these actions, or the game does not reveal the event to it.
        """
        check_action(game, role, self.action)
        check_action(game, role, self.otherwise)
        if self.event not in game.reveals(role):
            raise LookupError(
                f"{game.name} does not reveal {self.event!r} to the {role}; "
                f"it reveals {', '.join(sorted(game.reveals(role)))}"
            )
        return 0

    def act(self, memory: int, seen: Seen, rng: np.random.Generator) -> str:
        """The answer while an alarm lasts."""
        return self.action if memory > 0 else self.otherwise

    def learn(self, memory: int, seen: Seen) -> int:
        """Begin to answer, or count down."""
        if seen.last is not None and seen.last[self.event] > 0:
            return self.lasting
        return max(0, memory - 1)
