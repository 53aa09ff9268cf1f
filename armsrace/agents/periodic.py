"""The agent that takes an action every so many rounds."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.agents.agent import Seen, check_action
from armsrace.agents.vectorized import SeenInEach, VectorizedAgent, action_index
from armsrace.game import Game, Role


@final
@dataclass(frozen=True)
class Periodic(VectorizedAgent):
    """One action in every `period`-th round, and another in between.

    Attributes
    ----------
    action
        The action of rounds phase, phase + period, phase + 2 period, ...
    otherwise
        The action of all other rounds.
    period
        At least 1.
    phase
        The first round of the action, at least 0.

    Raises
    ------
    ValueError
        When period or phase is out of range.

    Examples
    --------
    >>> weekly = Periodic("retrain", otherwise="hold", period=3)
    >>> [weekly.act(None, Seen(t, 6), np.random.default_rng(0)) for t in range(4)]
    ['retrain', 'hold', 'hold', 'retrain']
    """

    action: str
    otherwise: str
    period: int
    phase: int = 0

    def __post_init__(self) -> None:
        if self.period < 1:
            raise ValueError(f"period must be at least 1, got {self.period}")
        if self.phase < 0:
            raise ValueError(f"phase must be at least 0, got {self.phase}")

    def init(self, game: Game, role: Role, rng: np.random.Generator) -> None:
        """Check the actions; the round tells all there is to remember."""
        check_action(game, role, self.action)
        check_action(game, role, self.otherwise)

    def act(self, memory: None, seen: Seen, rng: np.random.Generator) -> str:
        """The action when its round has come."""
        return self.action if self._is_due(seen.round) else self.otherwise

    def learn(self, memory: None, seen: Seen) -> None:
        """Nothing."""

    def init_each(
        self, game: Game, role: Role, replicates: int, rng: np.random.Generator
    ) -> tuple[int, int]:
        """Indices of the two actions."""
        return action_index(game, role, self.action), action_index(game, role, self.otherwise)

    def act_each(
        self, memory: tuple[int, int], seen: SeenInEach, rng: np.random.Generator
    ) -> NDArray[np.intp]:
        """The action when its round has come, everywhere."""
        action, otherwise = memory
        return np.array([action if self._is_due(seen.round) else otherwise])

    def _is_due(self, round: int) -> bool:
        since = round - self.phase
        return since >= 0 and since % self.period == 0
