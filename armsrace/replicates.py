"""Many plays of an analytic game at once, one array operation for all of them.

`play_replicates` is to an `AnalyticGame` what many calls of `armsrace.play` are: the same law, at
a small fraction of the time. A single replicate is the play of the same seed, bit for bit. Two
strategies that are played with the same seed, as often, meet the same chance in each replicate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.agents.agent import Agent
from armsrace.agents.strategies import Strategy, as_agent
from armsrace.agents.vectorized import SeenInEach, vectorized
from armsrace.analytic import AnalyticGame
from armsrace.game import check_horizon
from armsrace.streams import Streams

if TYPE_CHECKING:
    import pandas as pd

PAYOFFS: Final = ("learner_payoff", "adversary_payoff")


@final
@dataclass(frozen=True, eq=False)
class Replicates:
    """What is kept of R plays of T rounds.

    Attributes
    ----------
    game
        The game that was played.
    learner, adversary
        The agents that played it.
    seed
        What all random numbers came from.
    payoffs
        Discounted average per round of learner and adversary in each play, shape (2, R).
    statistics
        Where each play ended, shape (R, k).
    means
        Mean over the plays of every event, statistic and payoff after each round: shape (T,), by
        name.
    standard_errors
        Of these means, in the same form; infinite for a single play.
    """

    game: AnalyticGame
    learner: Agent
    adversary: Agent
    seed: int
    payoffs: NDArray[np.float64]
    statistics: NDArray[np.float64]
    means: Mapping[str, NDArray[np.float64]]
    standard_errors: Mapping[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return int(self.payoffs.shape[1])

    def frame(self) -> "pd.DataFrame":
        """One row a round: its number, and each mean beside its standard error (``..._se``)."""
        import pandas as pd

        columns: dict[str, NDArray[np.float64]] = {}
        for name, mean in self.means.items():
            columns |= {name: mean, f"{name}_se": self.standard_errors[name]}
        return pd.DataFrame(columns).rename_axis("round").reset_index()

    def __repr__(self) -> str:
        rounds = len(self.means[PAYOFFS[0]])
        learner, adversary = self.payoffs.mean(axis=1)
        return (
            f"{len(self)} replicates of {self.game.name}, {rounds} rounds, seed {self.seed}\n"
            f"  learner    {self.learner!r}: {learner:.6g} a round\n"
            f"  adversary  {self.adversary!r}: {adversary:.6g} a round"
        )


def play_replicates(
    game: AnalyticGame,
    learner: Strategy,
    adversary: Strategy,
    *,
    replicates: int,
    rounds: int | None = None,
    seed: int = 0,
) -> Replicates:
    """Play an analytic game many times at once.

    Parameters
    ----------
    game
        The rules.
    learner, adversary
        Who plays, as for `armsrace.play`: the name of an action or of an agent that the game
        suggests, an agent that is a `armsrace.agents.VectorizedAgent` (`Always`, `Behavior`,
        `Periodic`, `Mixed`), or a mapping from these to probabilities, from which one is drawn for
        each replicate and held.
    replicates
        How many plays, at least 1.
    rounds
        Number of rounds, at least 1; None for the game's own.
    seed
        What all random numbers come from.

    Raises
    ------
    LookupError
        When a strategy names an action or agent that the game does not have.
    TypeError
        When the game is not analytic, or an agent cannot choose for many replicates at once.
    ValueError
        When replicates or rounds is less than 1.

    Notes
    -----
    Time is O(rounds x replicates). Memory is O(replicates x statistics + rounds x numbers on
    record): of a round, means and standard errors are kept, and of a play its payoffs and its end.

    Examples
    --------
    >>> from games import CentroidDisplacement
    >>> game = CentroidDisplacement(rounds=50)
    >>> plays = play_replicates(game, {"retrain": 0.5, "hold": 0.5}, "shift_15%", replicates=1000)
    >>> plays.payoffs.shape, plays.means["displacement"].shape
    ((2, 1000), (50,))
    """
    if not isinstance(game, AnalyticGame):
        raise TypeError(f"game must be an AnalyticGame, got {type(game).__name__}; use play")
    if replicates < 1:
        raise ValueError(f"replicates must be at least 1, got {replicates}")
    horizon = game.rounds if rounds is None else rounds
    check_horizon(horizon, game.discount)
    learner_agent = vectorized(as_agent(learner, game, "learner"))
    adversary_agent = vectorized(as_agent(adversary, game, "adversary"))
    streams = Streams(seed)
    opening = streams.of_round(0)
    statistics = np.tile(game.start(opening), (replicates, 1))
    learner_memory = learner_agent.init_each(game, "learner", replicates, opening.learner)
    adversary_memory = adversary_agent.init_each(game, "adversary", replicates, opening.adversary)

    weights = game.discount ** np.arange(horizon)
    weights = weights / weights.sum()
    payoffs = np.zeros((2, replicates))
    names = (*game.events, *game.statistics, *PAYOFFS)
    means = np.empty((len(names), horizon))
    variances = np.full_like(means, 0.0 if replicates > 1 else np.inf)
    apart = np.empty(replicates)
    for clock in range(horizon):
        rng = streams.of_round(clock + 1)
        seen = SeenInEach(clock, horizon, statistics)
        learner_actions = learner_agent.act_each(learner_memory, seen, rng.learner)
        adversary_actions = adversary_agent.act_each(adversary_memory, seen, rng.adversary)
        statistics, settled = game.advance(
            statistics, learner_actions, adversary_actions, rng.traffic
        )
        payoffs += weights[clock] * settled.payoffs
        events = (settled.events[name] for name in game.events)
        numbers = [*events, *statistics.T, *settled.payoffs]
        for row, number in enumerate(numbers):
            mean, first = means[row], number[0]
            mean[clock] = first
            if len(number) > 1:
                # Relative to the first replicate, where a common offset costs no digits.
                np.subtract(number, first, out=apart)
                shift = np.add.reduce(apart) / replicates
                mean[clock] += shift
                squares = max(0.0, apart @ apart - replicates * shift * shift)
                variances[row, clock] = squares / (replicates - 1) / replicates
    return Replicates(
        game,
        learner_agent,
        adversary_agent,
        seed,
        payoffs,
        statistics,
        MappingProxyType(dict(zip(names, means, strict=True))),
        MappingProxyType(dict(zip(names, np.sqrt(variances), strict=True))),
    )
