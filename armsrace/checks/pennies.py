"""Matching pennies, the smallest game of conflict: what agents are checked on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from armsrace.game import Game, Order, Outcome, Role, check_horizon
from armsrace.streams import RoundStreams


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class MatchingPennies(Game):
    """Each side shows a side of a coin; the learner wins one unit when they match, or loses one.

    Zero-sum, of value 0 when both sides are shown with probability 1/2. A round that the learner
    loses raises an alarm. The state is the number of rounds played; nothing is drawn, so all that
    differs from seed to seed is what the agents do.

    Attributes
    ----------
    sides
        The names of the two actions of both roles.
    order, rounds, discount
        As for `Game`.

    Examples
    --------
    >>> from armsrace.play import play
    >>> play(MatchingPennies(rounds=3), "heads", "tails").payoffs
    (-1.0, 1.0)
    """

    name: ClassVar[str] = "matching_pennies"

    sides: tuple[str, str] = ("heads", "tails")
    order: Order = Order.SIMULTANEOUS
    rounds: int = 20
    discount: float = 1.0

    def __post_init__(self) -> None:
        check_horizon(self.rounds, self.discount)

    @property
    def learner_actions(self) -> Mapping[str, str]:
        """The two sides."""
        return {side: f"show {side}" for side in self.sides}

    @property
    def adversary_actions(self) -> Mapping[str, str]:
        """The two sides."""
        return self.learner_actions

    @property
    def zero_sum(self) -> bool:
        """What one side wins, the other loses."""
        return True

    def start(self, rng: RoundStreams) -> int:
        """No round has been played."""
        return 0

    def step(
        self, state: int, learner: str, adversary: str, rng: RoundStreams
    ) -> tuple[int, Outcome]:
        """Compare the two sides."""
        payoff = 1.0 if learner == adversary else -1.0
        return state + 1, Outcome((payoff, -payoff), {"alarms": int(learner != adversary)})

    def reveals(self, role: Role) -> frozenset[str]:
        """The alarm, and one's own payoff."""
        return frozenset({"alarms", f"{role}_payoff"})

    def suggested_agents(self, role: Role) -> Mapping[str, Any]:
        """None."""
        return {}

    def __repr__(self) -> str:
        from armsrace.rulebook import rulebook

        return rulebook(self)
