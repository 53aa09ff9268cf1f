"""The agent that draws its action anew in every round."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.agents.agent import Seen, check_action, check_probabilities, choose, choose_each
from armsrace.agents.vectorized import SeenInEach, VectorizedAgent, action_index
from armsrace.game import Game, Role


@final
@dataclass(frozen=True)
class Behavior(VectorizedAgent):
    """A stationary behavior strategy: every round's action is drawn from one distribution.

    Not to be confused with `Mixed`, which draws once and then holds what it has drawn.

    Attributes
    ----------
    probabilities
        Probability of each action, by its name.

    Raises
    ------
    ValueError
        When the probabilities are not a distribution.
    """

    probabilities: Mapping[str, float]

    def __post_init__(self) -> None:
        check_probabilities(self.probabilities)
        object.__setattr__(self, "probabilities", MappingProxyType(dict(self.probabilities)))

    def __hash__(self) -> int:
        return hash(frozenset(self.probabilities.items()))

    def __reduce__(self) -> tuple[type["Behavior"], tuple[dict[str, float]]]:
        return Behavior, (dict(self.probabilities),)

    def init(self, game: Game, role: Role, rng: np.random.Generator) -> None:
        """Check the actions; there is nothing to remember."""
        for action in self.probabilities:
            check_action(game, role, action)

    def act(self, memory: None, seen: Seen, rng: np.random.Generator) -> str:
        """Draw an action."""
        action: str = choose(self.probabilities, rng)
        return action

    def learn(self, memory: None, seen: Seen) -> None:
        """Nothing."""

    def init_each(
        self, game: Game, role: Role, replicates: int, rng: np.random.Generator
    ) -> NDArray[np.intp]:
        """Indices of the actions, in the order of the probabilities."""
        return np.array([action_index(game, role, action) for action in self.probabilities])

    def act_each(
        self, memory: NDArray[np.intp], seen: SeenInEach, rng: np.random.Generator
    ) -> NDArray[np.intp]:
        """An action drawn for each replicate."""
        return memory[choose_each(self.probabilities, len(seen.statistics), rng)]
