"""Oracles: where a double oracle takes new agents from.

An *oracle* is given the game, a role, and the mixture of agents that the other role plays; it
proposes agents that may be good replies. It need not know which of them is good: they are scored in
play. What an oracle never proposes can never be found, and the regret that a double oracle reports
is that among its oracles' proposals.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, final

from armsrace.agents.agent import Agent
from armsrace.agents.mixed import Mixed
from armsrace.agents.periodic import Periodic
from armsrace.agents.strategies import as_agent
from armsrace.empirical.markov_reply import markov_reply
from armsrace.game import Game, Role


class Oracle(Protocol):
    """Proposes replies of a role to a mixture of the other role's agents."""

    def __call__(self, game: Game, role: Role, against: Mapping[Agent, float]) -> Iterable[Agent]:
        """Agents that may be good replies."""
        ...


def held_and_suggested(game: Game, role: Role, against: Mapping[Agent, float]) -> Iterable[Agent]:
    """Every action held for the whole play, and every agent that the game suggests.

    Examples
    --------
    >>> import armsrace as ar
    >>> game = ar.load_game("centroid_displacement", rates=(0.3,))
    >>> list(held_and_suggested(game, "adversary", {}))
    [Always(action='wait'), Always(action='shift_30%')]
    """
    names = (*game.actions(role), *game.suggested_agents(role))
    return [as_agent(name, game, role) for name in names]


@final
@dataclass(frozen=True)
class PeriodicReplies:
    """Every action every p-th round, and the role's first action in between.

    Attributes
    ----------
    periods
        At least 2 each.

    Raises
    ------
    ValueError
        When a period is less than 2.

    Examples
    --------
    >>> from armsrace.checks import MatchingPennies
    >>> list(PeriodicReplies((2,))(MatchingPennies(), "learner", {}))
    [Periodic(action='tails', otherwise='heads', period=2, phase=0)]
    """

    periods: tuple[int, ...] = (2, 3, 5, 10)

    def __post_init__(self) -> None:
        for period in self.periods:
            if not period >= 2:
                raise ValueError(f"periods must be at least 2, got {period}")

    def __call__(self, game: Game, role: Role, against: Mapping[Agent, float]) -> Iterable[Agent]:
        """One agent for each action but the first, and each period."""
        first, *others = game.actions(role)
        return [Periodic(action, first, p) for action in others for p in self.periods]


@final
@dataclass(frozen=True, kw_only=True)
class MarkovReplies:
    """The best policy of a few features against the mixture, estimated by `markov_reply`.

    Attributes
    ----------
    features
        Points along each feature, by name.
    actions
        The role's actions, by name; None for all.
    opening, discount, seeds, seed, rounds, jobs
        As in `markov_reply`.

    Examples
    --------
    >>> import armsrace as ar
    >>> game = ar.load_game("centroid_displacement", drift=0.0, rounds=20)
    >>> oracle = MarkovReplies(features={"displacement": [0.0, 0.2]}, discount=0.9)
    >>> list(oracle(game, "learner", {ar.agents.Always("shift_30%"): 1.0}))
    [MarkovPolicy by displacement
      displacement <= 0    hold
      displacement >= 0.2  reset]
    """

    features: Mapping[str, Sequence[float]]
    actions: tuple[str, ...] | None = None
    opening: tuple[float, ...] | None = None
    discount: float | None = None
    seeds: int = 64
    seed: int = 0
    rounds: int | None = None
    jobs: int = 1

    def __call__(self, game: Game, role: Role, against: Mapping[Agent, float]) -> Iterable[Agent]:
        """A single policy."""
        policy = markov_reply(
            game,
            role,
            Mixed(against),
            self.features,
            actions=self.actions,
            opening=self.opening,
            discount=self.discount,
            seeds=self.seeds,
            seed=self.seed,
            rounds=self.rounds,
            jobs=self.jobs,
        )
        return [policy]


@final
@dataclass(frozen=True, init=False)
class AllOf:
    """What several oracles propose.

    Examples
    --------
    >>> from armsrace.checks import MatchingPennies
    >>> both = AllOf(held_and_suggested, PeriodicReplies((2, 3)))
    >>> len(list(both(MatchingPennies(), "learner", {})))
    4
    """

    oracles: tuple[Oracle, ...]

    def __init__(self, *oracles: Oracle) -> None:
        object.__setattr__(self, "oracles", oracles)

    def __call__(self, game: Game, role: Role, against: Mapping[Agent, float]) -> Iterable[Agent]:
        """Their proposals, in order."""
        return [agent for oracle in self.oracles for agent in oracle(game, role, against)]
