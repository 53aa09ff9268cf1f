r"""Regret in the real game: what the best of some deviations gains, scored on held-out plays.

Of two strategies x, y that face each other, a role's regret is what its best deviation gains. Among
finitely many candidates it is measured in two halves of paired replicates: the first half chooses
the candidate that earns most, the second half scores it. The score is a mean of differences between
plays that meet the same traffic, with a Student t interval; a role that stays as it is gains 0, so
neither the estimate nor its ends are below 0.

A mixture is not played by drawing from it: each of its parts plays, and payoffs are averaged with
the mixture's probabilities, replicate by replicate, which leaves only the noise of the game itself.

The regret among candidates is a lower bound of the regret among all strategies. The two roles'
intervals hold together: each has half of the failure 1 - level.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from armsrace.agents.agent import Agent
from armsrace.agents.mixed import Mixed
from armsrace.agents.strategies import Strategy, as_agent
from armsrace.empirical.normal_form import empirical_game
from armsrace.game import ROLES, Game, Role
from armsrace.statistics import Interval, mean_interval

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, eq=False, repr=False)
class MeasuredRegret:
    """What the best of some candidates gains over the strategies of both roles, in play.

    Attributes
    ----------
    game
        The real game.
    strategies
        Of the learner and of the adversary, as mixtures of agents.
    payoffs
        What they earn on the scoring half, shape (2,).
    candidates
        How many deviations of each role were tried.
    better
        The candidates of each role that earn more on the first half, the best one first.
    regrets
        What the first of them gains on the second half, arrays of shape (2,), at the joint level; 0
        where none earns more.
    seeds
        Replicates that score.
    """

    game: Game
    strategies: tuple[Mapping[Agent, float], Mapping[Agent, float]]
    payoffs: Array
    candidates: tuple[int, int]
    better: tuple[tuple[Agent, ...], tuple[Agent, ...]]
    regrets: Interval
    seeds: int

    @property
    def deviations(self) -> tuple[Agent | None, Agent | None]:
        """The candidate of each role that was scored; None where none earns more."""
        learner, adversary = ((*agents, None)[0] for agents in self.better)
        return learner, adversary

    @property
    def regret(self) -> Interval:
        """The larger of the two roles' regrets, with ends that hold for both."""
        return Interval(
            np.asarray(self.regrets.estimate.max()),
            np.asarray(self.regrets.low.max()),
            np.asarray(self.regrets.high.max()),
            self.regrets.level,
            self.regrets.kind,
        )

    def frame(self) -> "pd.DataFrame":
        """One row a role: payoff, candidates, deviation, and its regret with the interval."""
        import pandas as pd

        return pd.DataFrame(
            {
                "role": ROLES,
                "payoff": self.payoffs,
                "candidates": self.candidates,
                "deviation": [None if one is None else repr(one) for one in self.deviations],
                "regret": self.regrets.estimate,
                "low": self.regrets.low,
                "high": self.regrets.high,
            }
        )

    def __repr__(self) -> str:
        lines = [
            f"MeasuredRegret in {self.game.name}: {float(self.regret.estimate):.3g} "
            f"in [{float(self.regret.low):.3g}, {float(self.regret.high):.3g}] at level "
            f"{self.regrets.level:g}, scored on {self.seeds} seeds"
        ]
        for k, role in enumerate(ROLES):
            deviation = self.deviations[k]
            gain = (
                "none earns more"
                if deviation is None
                else f"{_first_line(deviation)} gains {self.regrets.estimate[k]:.3g} in "
                f"[{self.regrets.low[k]:.3g}, {self.regrets.high[k]:.3g}]"
            )
            lines.append(
                f"  the {role} earns {self.payoffs[k] + 0.0:.6g}; "
                f"of {self.candidates[k]} deviations {gain}"
            )
        return "\n".join(lines)


def measured_regret(
    game: Game,
    learner: Strategy,
    adversary: Strategy,
    *,
    learner_candidates: Iterable[str | Agent] | None = None,
    adversary_candidates: Iterable[str | Agent] | None = None,
    level: float = 0.95,
    seeds: int = 64,
    seed: int = 0,
    rounds: int | None = None,
    jobs: int = 1,
) -> MeasuredRegret:
    """Measure how much either role gains by the best of some deviations, in the real game.

    Parameters
    ----------
    game
        The rules.
    learner, adversary
        The strategies that face each other, as in `play`.
    learner_candidates, adversary_candidates
        What each role may deviate to: names of actions or suggested agents, or agents. None for
        every action held and whatever agents the game suggests. Parts of the role's own mixture
        count as well: a best reply is among them where the mixture is not in equilibrium.
    level
        Probability that the intervals of both roles hold, in (0, 1).
    seeds
        Paired replicates, at least 4: the first half, rounded down, chooses, the others score.
    seed, rounds, jobs
        As in `empirical_game`; the result is the same, bit for bit, for any number of jobs.

    Raises
    ------
    LookupError
        When a name is unknown.
    ValueError
        When seeds, jobs or level is out of range.

    Notes
    -----
    Plays (learners x adversaries + candidates x the other's parts) x seeds times.

    Examples
    --------
    Who shows heads too often is exploited by one unit more:

    >>> from armsrace.checks import MatchingPennies
    >>> measured_regret(MatchingPennies(), {"heads": 0.75, "tails": 0.25}, "tails", seeds=8)
    MeasuredRegret in matching_pennies: 1.5 in [1.5, 1.5] at level 0.95, scored on 4 seeds
      the learner earns -0.5; of 2 deviations Always(action='tails') gains 1.5 in [1.5, 1.5]
      the adversary earns 0.5; of 1 deviations none earns more
    """
    if seeds < 4:
        raise ValueError(f"seeds must be at least 4, two to choose and two to score, got {seeds}")
    strategies = (_parts(learner, game, "learner"), _parts(adversary, game, "adversary"))
    given = (learner_candidates, adversary_candidates)
    new = [
        _candidates(game, role, names, own)
        for role, names, own in zip(ROLES, given, strategies, strict=True)
    ]

    def played(learners: Iterable[Agent], adversaries: Iterable[Agent]) -> Array:
        """Payoffs of every pair, shape (seeds, 2, m, n)."""
        form = empirical_game(
            game,
            learners=learners,
            adversaries=adversaries,
            seeds=seeds,
            seed=seed,
            rounds=rounds,
            jobs=jobs,
        )
        assert form.samples is not None
        return form.samples

    x, y = (np.array([*parts.values()]) for parts in strategies)
    base = played(*strategies)
    earned = np.einsum("rkij,i,j->rk", base, x, y)
    rows, columns = [base[:, 0] @ y], [x @ base[:, 1]]
    if new[0]:
        rows.append(played(new[0], strategies[1])[:, 0] @ y)
    if new[1]:
        columns.append(x @ played(strategies[0], new[1])[:, 1])
    size, half = float(np.abs(base).max()), seeds // 2
    better, scored = [], []
    for k, part in enumerate((rows, columns)):
        gains = np.concatenate(part, axis=1) - earned[:, k, None]
        places = _gaining(gains[:half].mean(axis=0), size)
        agents = (*strategies[k], *new[k])
        better.append(tuple(agents[place] for place in places))
        scored.append(gains[half:, places[0]] if places else np.zeros(seeds - half))
    interval = mean_interval(np.stack(scored, axis=1), level=(1.0 + level) / 2.0)
    regrets = Interval(
        np.maximum(interval.estimate, 0.0),
        np.maximum(interval.low, 0.0),
        np.maximum(interval.high, 0.0),
        level,
        "Student t, both roles",
    )
    # The one part of a pure strategy is no deviation from it.
    tried = [
        len(others) + (len(own) if len(own) > 1 else 0)
        for own, others in zip(strategies, new, strict=True)
    ]
    return MeasuredRegret(
        game,
        strategies,
        earned[half:].mean(axis=0),
        (tried[0], tried[1]),
        (better[0], better[1]),
        regrets,
        seeds - half,
    )


def _gaining(means: Array, size: float) -> list[int]:
    """The candidates whose mean gain is positive, beyond the rounding of payoffs of a size."""
    order = np.argsort(-means, kind="stable").tolist()
    return [place for place in order if means[place] > 1e-12 * size]


def _parts(strategy: Strategy, game: Game, role: Role) -> dict[Agent, float]:
    """A strategy as agents with positive probabilities."""
    agent = as_agent(strategy, game, role)
    if not isinstance(agent, Mixed):
        return {agent: 1.0}
    parts: dict[Agent, float] = {}
    for part, weight in agent.strategy.items():
        for inner, share in _parts(part, game, role).items():
            parts[inner] = parts.get(inner, 0.0) + weight * share
    total = sum(parts.values())
    return {part: weight / total for part, weight in parts.items() if weight > 0.0}


def _candidates(
    game: Game, role: Role, given: Iterable[str | Agent] | None, own: Mapping[Agent, float]
) -> tuple[Agent, ...]:
    """The candidates that are no part of the role's own strategy, each once."""
    names = (*game.actions(role), *game.suggested_agents(role)) if given is None else tuple(given)
    agents = dict.fromkeys(as_agent(name, game, role) for name in names)
    return tuple(agent for agent in agents if agent not in own)


def _first_line(agent: Agent) -> str:
    return repr(agent).partition("\n")[0]
