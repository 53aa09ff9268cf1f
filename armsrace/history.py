"""Histories: the frozen record of the rounds of one play."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.game import Game

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True)
class Record:
    """What is on record of one round.

    Attributes
    ----------
    round
        Counted from 0.
    learner, adversary
        The names of the actions taken.
    events
        Counts and measures, by name.
    learner_payoff, adversary_payoff
        The payoffs of this round alone.
    """

    round: int
    learner: str
    adversary: str
    events: Mapping[str, float]
    learner_payoff: float
    adversary_payoff: float

    def revealed(self, names: frozenset[str]) -> dict[str, float]:
        """The numbers among `names`, payoffs included."""
        seen = {name: number for name, number in self.events.items() if name in names}
        if "learner_payoff" in names:
            seen["learner_payoff"] = self.learner_payoff
        if "adversary_payoff" in names:
            seen["adversary_payoff"] = self.adversary_payoff
        return seen


@final
@dataclass(frozen=True, eq=False)
class Position:
    """Where a play stands between two rounds: all that is needed to go on."""

    state: Any
    learner_memory: Any
    adversary_memory: Any


@final
@dataclass(frozen=True, eq=False)
class History:
    """The record of one play.

    Attributes
    ----------
    game
        The game that was played.
    learner, adversary
        The agents that played it.
    seed, replicate
        What all random numbers came from.
    rounds
        How many rounds the play was to have; a paused one has fewer records.
    records
        One a round, in order.
    position
        Where the play stands after the last record.
    """

    game: Game
    learner: Any
    adversary: Any
    seed: int
    replicate: int
    rounds: int
    records: tuple[Record, ...]
    position: Position

    def __len__(self) -> int:
        return len(self.records)

    def column(self, name: str) -> NDArray[np.float64]:
        """One number a round, shape (len(self),).

        Parameters
        ----------
        name
            ``learner_payoff``, ``adversary_payoff``, or the name of a count or measure.

        Raises
        ------
        LookupError
            When the rounds have no such number; the message lists those they have.
        """
        if name in ("learner_payoff", "adversary_payoff"):
            return np.array([getattr(record, name) for record in self.records], dtype=np.float64)
        known = self.records[0].events if self.records else {}
        if name not in known:
            raise LookupError(
                f"unknown column {name!r}; known are {', '.join(known)}, "
                "learner_payoff, adversary_payoff"
            )
        return np.array([record.events[name] for record in self.records], dtype=np.float64)

    @property
    def payoffs(self) -> tuple[float, float]:
        """Payoffs of learner and adversary: the discounted average per round; 0 without rounds."""
        weights = self.game.discount ** np.arange(len(self))
        total = weights.sum() or 1.0
        return (
            float(weights @ self.column("learner_payoff") / total),
            float(weights @ self.column("adversary_payoff") / total),
        )

    def frame(self) -> "pd.DataFrame":
        """One row a round: its number, the actions, the counts and measures, both payoffs."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "round": record.round,
                    "learner": record.learner,
                    "adversary": record.adversary,
                    **record.events,
                    "learner_payoff": record.learner_payoff,
                    "adversary_payoff": record.adversary_payoff,
                }
                for record in self.records
            ]
        )

    def __repr__(self) -> str:
        learner, adversary = self.payoffs
        played = (
            f"{len(self)} rounds"
            if len(self) == self.rounds
            else (f"{len(self)} of {self.rounds} rounds")
        )
        return (
            f"History of {self.game.name}, {played}, seed {self.seed}, replicate {self.replicate}\n"
            f"  learner    {self.learner!r}: {learner:.6g} a round\n"
            f"  adversary  {self.adversary!r}: {adversary:.6g} a round"
        )
