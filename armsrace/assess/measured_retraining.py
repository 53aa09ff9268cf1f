"""The equilibrium retraining policy of a game with a classifier: what was found, and its report.

How it is found is told in `armsrace.assess.retraining_search`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from armsrace.agents.agent import Agent
from armsrace.agents.mixed import Mixed
from armsrace.assess.retraining_features import Disclosed
from armsrace.assess.schedules import named
from armsrace.empirical import DoubleOracle, EmpiricalEquilibrium, EmpiricalMarkov
from armsrace.game import LearningGame
from armsrace.statistics import Interval, mean_interval, paired_difference

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Array = NDArray[np.float64]


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
        The game that was assessed, or a `Disclosed` one around it, in which the policies play.
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
        return sole_agent(self.found.learner)

    @property
    def adversary(self) -> Agent:
        """The equilibrium's adversary."""
        return sole_agent(self.found.adversary)

    @property
    def regret(self) -> Interval:
        """What a deviation of either role gains in the real game, on held-out seeds."""
        return self.found.measured.regret

    @property
    def range(self) -> float:
        """Between the least and the largest payoff of a round, as seen while exploring."""
        return range_of_payoffs(self.solved.estimate)

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
        inner = self.game.game if isinstance(self.game, Disclosed) else self.game
        share = 100.0 * float(regret.high) / self.range if self.range else 0.0
        table = self.frame()
        width = 2 + max(map(len, table["schedule"]))
        lines = [
            f"Secure retraining of {inner.name}, in play: {self.found.status}",
            f"  regret {float(regret.estimate):.3g} in [{float(regret.low):.3g}, "
            f"{float(regret.high):.3g}] at level {self.level:g}: at most {share:.1f} % of the "
            "range of payoffs",
            f"  {'schedule':<{width}}{'loss':>8}{'excess':>9}  on {seeds} seeds",
        ]
        for row in table.itertuples():
            lines.append(
                f"  {row.schedule:<{width}}{row.loss:>8.2f}{row.excess:>9.2f}  "
                f"in [{row.excess_low:.2f}, {row.excess_high:.2f}]"
            )
        return "\n".join(lines)


def range_of_payoffs(estimate: EmpiricalMarkov) -> float:
    """Between the least and the largest payoff of a round that was seen."""
    assert estimate.sets.ranges is not None
    least, most = estimate.sets.ranges[0].tolist()
    return float(most - least)


def sole_agent(strategy: Mapping[Agent, float]) -> Agent:
    """The only agent of a mixture, or the mixture."""
    used = {agent: weight for agent, weight in strategy.items() if weight > 0.0}
    return next(iter(used)) if len(used) == 1 else Mixed(dict(strategy))
