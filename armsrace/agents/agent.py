"""Agents: rules that pick an action each round from what their role has seen.

An agent is a frozen dataclass of its parameters and three pure methods. What it needs next time
is its *memory*, a value that it is handed and hands back: there is no reset, since a fresh
`init` is one, and a copy is free. An agent sees what the game reveals to its role, never the
opponent's object.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.game import Game, Role


@final
@dataclass(frozen=True)
class Seen:
    """What a role sees when it has to choose, or has just been told.

    Attributes
    ----------
    round
        The round, counted from 0.
    rounds
        How many rounds the play has.
    last
        What the game revealed of the latest round, by name; None before the first.
    opponent
        The opponent's action in this round if the opponent chose first, else None.
    """

    round: int
    rounds: int
    last: Mapping[str, float] | None = None
    opponent: str | None = None


class Agent(ABC):
    """A rule that plays one role of a game."""

    @abstractmethod
    def init(self, game: Game, role: Role, rng: np.random.Generator) -> Any:
        """The memory before the first round.

        Raises
        ------
        LookupError
            When the agent names an action that the role does not have.
        """

    @abstractmethod
    def act(self, memory: Any, seen: Seen, rng: np.random.Generator) -> str:
        """The name of the action to take."""

    @abstractmethod
    def learn(self, memory: Any, seen: Seen) -> Any:
        """The memory after the round whose record ``seen.last`` is."""


def check_action(game: Game, role: Role, action: str) -> str:
    """Return the action's name if the role has it.

    Raises
    ------
    LookupError
        When it has not; the message lists those it has.
    """
    known = game.actions(role)
    if action not in known:
        raise LookupError(
            f"unknown {role} action {action!r} in {game.name}; the actions are {', '.join(known)}"
        )
    return action


def check_probabilities(strategy: Mapping[Any, float]) -> None:
    """Refuse what is not a probability distribution.

    Raises
    ------
    ValueError
        When it is empty, a weight is negative or not finite, or the weights do not sum to 1
        (within 1e-6).
    """
    weights = np.array(list(strategy.values()), dtype=np.float64)
    if not len(weights):
        raise ValueError("a strategy must hold at least one probability, got none")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError(f"probabilities must be non-negative and finite, got {weights.tolist()}")
    if abs(weights.sum() - 1) > 1e-6:
        raise ValueError(f"probabilities must sum to 1, got {weights.sum():.6g}; divide by the sum")


def choose(strategy: Mapping[Any, float], rng: np.random.Generator) -> Any:
    """Draw one key of a strategy."""
    return list(strategy)[choose_each(strategy, 1, rng)[0]]


def choose_each(
    strategy: Mapping[Any, float], size: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Draw positions of keys of a strategy, independently, shape (size,)."""
    weights = np.cumsum(list(strategy.values()))
    position = np.searchsorted(weights, rng.random(size) * weights[-1], side="right")
    drawn: NDArray[np.intp] = np.minimum(position, len(strategy) - 1)
    return drawn
