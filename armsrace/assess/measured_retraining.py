r"""When to retrain one's own classifier: an equilibrium found by playing, and what it is worth.

A game with a real classifier has no Markov form that could be written down. Three steps lead to a
policy whose worth is known all the same:

1. `armsrace.empirical_markov` estimates a Markov game of a few *features* in several passes, the
   later ones around its own solution; its solution is a first pair of policies.
2. `armsrace.double_oracle` starts from them and adds what gains in the real game: held actions, and
   Markov policies fitted to the other side's strategy. The regret that it reports is held out.
3. The usual schedules (see `armsrace.assess.retraining`) and the equilibrium's learner each meet an
   adversary of their own: of its held actions, the equilibrium's adversary, what gained most
   against the equilibrium, and the best reply to the schedule in the estimate, the one that harms
   most on half of the seeds is scored on the others. Triggered retraining has the limit on the
   first feature that is best in the estimate.

The regret is that among the proposals, a lower bound of the regret among all strategies.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.agents.agent import Agent
from armsrace.agents.always import Always
from armsrace.agents.mixed import Mixed
from armsrace.agents.periodic import Periodic
from armsrace.assess.schedules import named
from armsrace.empirical import (
    AllOf,
    DoubleOracle,
    EmpiricalEquilibrium,
    EmpiricalMarkov,
    MarkovReplies,
    double_oracle,
    empirical_game,
    empirical_markov,
    held_and_suggested,
)
from armsrace.game import LearningGame
from armsrace.solvers.markov_certificate import best_reply
from armsrace.statistics import Interval, mean_interval, paired_difference

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

REGRET_SEEDS = 3  # times the seeds of a search go into each iteration of the double oracle


@final
@dataclass(frozen=True, kw_only=True)
class Search:
    """How long to look for an equilibrium by playing.

    Attributes
    ----------
    passes
        Of exploration, at least 1; see `armsrace.empirical.markov_game`.
    iterations
        Of the double oracle at the most, at least 1.
    target
        The regret to get below, as a share of the range of a round's payoffs, at least 0.
    seeds
        Plays of each pass, and paired replicates of the comparison of schedules, at least 4. The
        double oracle has three times as many, since half of its own choose and half score a regret
        that ought to be small.
    seed
        The seed of the study.
    level
        Of every interval, in (0, 1).

    Raises
    ------
    ValueError
        When one of them is out of range.
    """

    passes: int = 3
    iterations: int = 2
    target: float = 0.05
    seeds: int = 64
    seed: int = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        for name, least in (("passes", 1), ("iterations", 1), ("target", 0), ("seeds", 4)):
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        if not 0.0 < self.level < 1.0:
            raise ValueError(f"level must be in (0, 1), got {self.level:g}")


@final
@dataclass(frozen=True, eq=False)
class MeasuredSchedule:
    """A retraining schedule, and what it loses to the adversary that harms it most.

    Attributes
    ----------
    name
        What it is called.
    kind
        "equilibrium", "never", "always", "periodic" or "triggered".
    agent
        The learner that plays it.
    adversary
        Who was chosen against it.
    losses
        What it lost a round in each of the plays that score, shape (n,); paired among schedules.
    """

    name: str
    kind: str
    agent: Agent
    adversary: Agent
    losses: Array

    @property
    def loss(self) -> float:
        """The mean loss."""
        return float(self.losses.mean())


@final
@dataclass(frozen=True, eq=False, repr=False)
class MeasuredRetraining:
    """The equilibrium retraining policy of a game with a classifier, and the usual schedules.

    Attributes
    ----------
    game
        The game that was assessed.
    solved
        The solution of the estimated Markov game, from which the search started.
    found
        The search: the equilibrium's strategies and their regret.
    schedules
        The equilibrium and the schedules, in the order of their losses.
    level
        Of every interval.
    """

    game: LearningGame
    solved: EmpiricalEquilibrium
    found: DoubleOracle
    schedules: tuple[MeasuredSchedule, ...]
    level: float

    @property
    def learner(self) -> Agent:
        """The equilibrium's learner; `armsrace.RetrainedClassifier` takes it to practice."""
        return _agent(self.found.learner)

    @property
    def adversary(self) -> Agent:
        """The equilibrium's adversary."""
        return _agent(self.found.adversary)

    @property
    def regret(self) -> Interval:
        """What a deviation of either role gains in the real game, on held-out seeds."""
        return self.found.measured.regret

    @property
    def range(self) -> float:
        """Between the least and the largest payoff of a round, as seen while exploring."""
        return _range(self.solved.estimate)

    def schedule(self, name: str) -> MeasuredSchedule:
        """One of the schedules.

        Raises
        ------
        LookupError
            When there is none of the name; the message lists them.
        """
        return named(self.schedules, name)

    def frame(self) -> "pd.DataFrame":
        """One row a schedule: its loss, and by how much that exceeds the equilibrium's.

        Both with the ends of their intervals (Student t, the excess of paired plays), and with the
        adversary that was chosen.
        """
        import pandas as pd

        best = self.schedule("equilibrium").losses
        rows = []
        for schedule in self.schedules:
            loss = mean_interval(schedule.losses, level=self.level)
            excess = paired_difference(schedule.losses, best, level=self.level)
            rows.append(
                {
                    "schedule": schedule.name,
                    "kind": schedule.kind,
                    "loss": float(loss.estimate),
                    "low": float(loss.low),
                    "high": float(loss.high),
                    "excess": float(excess.estimate),
                    "excess_low": float(excess.low),
                    "excess_high": float(excess.high),
                    "adversary": repr(schedule.adversary).partition("\n")[0],
                }
            )
        return pd.DataFrame(rows)

    def plot(self) -> "Figure":
        """The losses as bars with intervals, one a schedule."""
        from matplotlib.figure import Figure

        table = self.frame()
        figure = Figure(figsize=(5.5, 0.28 * len(table) + 0.9), layout="constrained")
        axes = figure.add_subplot()
        axes.barh(
            table["schedule"],
            table["loss"],
            xerr=[table["loss"] - table["low"], table["high"] - table["loss"]],
            color=["#4477AA" if kind == "equilibrium" else "#BBBBBB" for kind in table["kind"]],
        )
        axes.invert_yaxis()
        axes.set_xlabel("loss a round, against the adversary that harms most")
        axes.spines[["top", "right"]].set_visible(False)
        return figure

    def __repr__(self) -> str:
        regret, seeds = self.regret, len(self.schedules[0].losses)
        share = 100.0 * float(regret.high) / self.range if self.range else 0.0
        lines = [
            f"Secure retraining of {self.game.name}, in play: {self.found.status}",
            f"  regret {float(regret.estimate):.3g} in [{float(regret.low):.3g}, "
            f"{float(regret.high):.3g}] at level {self.level:g}: at most {share:.1f} % of the "
            "range of payoffs",
            f"  {'schedule':<28}{'loss':>8}{'excess':>9}  on {seeds} seeds",
        ]
        for row in self.frame().itertuples():
            lines.append(
                f"  {row.schedule:<28}{row.loss:>8.2f}{row.excess:>9.2f}  "
                f"in [{row.excess_low:.2f}, {row.excess_high:.2f}]"
            )
        return "\n".join(lines)


def measured_retraining(
    game: LearningGame,
    features: Mapping[str, ArrayLike] | None,
    discount: float | None,
    periods: Sequence[int],
    search: Search,
    jobs: int,
) -> MeasuredRetraining:
    """Find the retraining policy of a game with a classifier; see `secure_retraining`."""
    points = _checked_features(game, features)
    if not game.zero_sum:
        raise ValueError("game must be zero-sum, got costs that are not opposed: see Costs.opposed")
    drawn = np.random.SeedSequence((search.seed, *b"retraining")).generate_state(4)
    study, replies, grown, scored = drawn.tolist()
    estimate = empirical_markov(
        game,
        points,
        discount=discount,
        level=search.level,
        passes=search.passes,
        seeds=search.seeds,
        seed=study,
        jobs=jobs,
    )
    solved = estimate.solve()
    fitted = MarkovReplies(
        features=points, discount=discount, seeds=search.seeds, seed=replies, jobs=jobs
    )
    oracle = AllOf(held_and_suggested, fitted)
    found = double_oracle(
        game,
        oracle,
        oracle,
        learners=[solved.learner],
        adversaries=[solved.adversary],
        target=search.target * _range(estimate),
        iterations=search.iterations,
        level=search.level,
        seeds=REGRET_SEEDS * search.seeds,
        seed=grown,
        jobs=jobs,
    )
    known = [
        *(agent for agent, weight in found.adversary.items() if weight > 0.0),
        *(agent for agent in (found.measured.deviations[1],) if agent is not None),
        *held_and_suggested(game, "adversary", {}),
    ]
    schedules = []
    for name, kind, agent, reply in _schedules(estimate, found, periods):
        candidates = list(dict.fromkeys([*known, *reply]))
        parts = agent.strategy if isinstance(agent, Mixed) else {agent: 1.0}
        matrix = empirical_game(
            game,
            learners=list(parts),
            adversaries=candidates,
            seeds=search.seeds,
            seed=scored,
            jobs=jobs,
        )
        assert matrix.samples is not None
        lost = 0.0 - np.einsum("rij,i->rj", matrix.samples[:, 0], np.array([*parts.values()]))
        half = search.seeds // 2
        worst = int(lost[:half].mean(axis=0).argmax())
        schedules.append(MeasuredSchedule(name, kind, agent, candidates[worst], lost[half:, worst]))
    schedules.sort(key=lambda schedule: schedule.loss)
    return MeasuredRetraining(game, solved, found, tuple(schedules), search.level)


def _range(estimate: EmpiricalMarkov) -> float:
    """Between the least and the largest payoff of a round that was seen."""
    assert estimate.sets.ranges is not None
    least, most = estimate.sets.ranges[0].tolist()
    return float(most - least)


def _schedules(
    estimate: EmpiricalMarkov, found: DoubleOracle, periods: Sequence[int]
) -> Iterator[tuple[str, str, Agent, list[Agent]]]:
    """Name, kind and agent of what is compared, and the best reply in the estimate, if known."""
    hold, *others = (str(action) for action in estimate.form.actions[0])
    size, m, _ = estimate.form.shape
    constant = [np.tile(np.eye(m)[action], (size, 1)) for action in range(m)]
    yield "equilibrium", "equilibrium", _agent(found.learner), []
    yield f"never ({hold})", "never", Always(hold), [_reply(estimate, constant[0])[1]]
    along = estimate.grid.states[:, 0]
    for number, action in enumerate(others, start=1):
        reply = _reply(estimate, constant[number])[1]
        yield f"always {action}", "always", Always(action), [reply]
        for period in periods:
            name = f"{action} every {period} rounds"
            yield name, "periodic", Periodic(action, hold, period), [reply]
        tables = [
            np.where((along >= limit)[:, None], constant[number], constant[0])
            for limit in estimate.grid.axes[0]
        ]
        table = min(tables, key=lambda one: _reply(estimate, one)[0])
        agent = estimate.policy("learner", table)
        yield f"{action} when triggered", "triggered", agent, [_reply(estimate, table)[1]]


def _reply(estimate: EmpiricalMarkov, table: Array) -> tuple[float, Agent]:
    """What the adversary gains against a learner's policy in the estimate, and by which policy."""
    values, actions = best_reply(estimate.form, "adversary", table)
    chosen = np.eye(estimate.form.shape[2])[actions]
    return float(estimate.at_opening(values)), estimate.policy("adversary", chosen)


def _agent(strategy: Mapping[Agent, float]) -> Agent:
    """The only agent of a mixture, or the mixture."""
    used = {agent: weight for agent, weight in strategy.items() if weight > 0.0}
    return next(iter(used)) if len(used) == 1 else Mixed(dict(strategy))


def _checked_features(
    game: LearningGame, features: Mapping[str, ArrayLike] | None
) -> dict[str, tuple[float, ...]]:
    """The points of the features, which must be given."""
    if features:
        return {name: tuple(np.asarray(axis, dtype=float)) for name, axis in features.items()}
    both = sorted(game.reveals("learner") & game.reveals("adversary"))
    raise ValueError(
        f"features must be given for {game.name}: points along numbers that it reveals to both "
        f"roles, which are {', '.join(both) or 'none'}"
    )
