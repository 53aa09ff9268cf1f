"""What a race between strategies looks like: its table, its picture, and its text."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

from armsrace.agents.periodic import Periodic
from armsrace.assess.changes import Kept
from armsrace.assess.course import Course, told
from armsrace.forms.normal import NormalForm
from armsrace.solvers.alpha_rank import alpha_rank
from armsrace.solvers.best_response_graph import Profile, best_response_graph, sink_components
from armsrace.solvers.equilibrium import Equilibrium
from armsrace.solvers.trajectory import Trajectory
from armsrace.statistics import Array, Interval

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SELECTION = 100.0  # intensity of selection of the alpha-rank, in units of 1 / range of the payoffs


@final
@dataclass(frozen=True, eq=False)
class Change:
    """What a single change does to a race.

    Attributes
    ----------
    name
        What is changed.
    kept
        The actions that each role keeps; a role that is not named keeps all.
    course, period
        How naive best response goes with it.
    payoff
        The learner's payoff where it leads.
    gain
        That above where the plain race leads, with its interval.
    """

    name: str
    kept: Kept
    course: Course
    period: int | None
    payoff: float
    gain: Interval

    @property
    def ends_the_race(self) -> bool:
        """Whether naive best response comes to rest."""
        return self.course is Course.CONVERGES


@final
@dataclass(frozen=True, eq=False, repr=False)
class Race:
    """Where naive best response leads in a game, what it costs, and what would end it.

    Attributes
    ----------
    name
        Of the game.
    form
        The payoffs by which everything was found.
    scored
        Those by which it was scored: of other seeds in an empirical game, else the same.
    walk
        Naive best response from the first actions.
    stable, committed
        The two points, found in `form`.
    stable_payoff, committed_payoff
        What the learner earns at them in `scored`.
    price, unrest
        The price of the arms race and its unrest; see the module.
    cyclic_share
        Share of the payoffs that no strengths of actions explain, from 0 to 1; None unless the
        payoffs add up to a constant.
    plain
        The plain race, which the changes are compared with.
    changes
        What each change does.
    missing
        The kinds of change that the game has no action for.
    """

    name: str
    form: NormalForm
    scored: NormalForm
    walk: Trajectory
    stable: Equilibrium
    committed: Equilibrium
    stable_payoff: float
    committed_payoff: float
    price: Interval
    unrest: Interval
    cyclic_share: float | None
    plain: Change
    changes: tuple[Change, ...]
    missing: tuple[str, ...]

    @property
    def course(self) -> Course:
        """Whether naive best response converges or cycles."""
        return course_of(self.walk)

    @property
    def period(self) -> int | None:
        """Moves of both roles until it repeats itself, when it cycles."""
        return period_of(self.walk)

    @cached_property
    def graph(self) -> "nx.DiGraph[Profile]":
        """The best-response graph."""
        return best_response_graph(self.form)

    @cached_property
    def sinks(self) -> list[frozenset[Profile]]:
        """The sets of profiles that best replies never leave."""
        return sink_components(self.graph)

    @cached_property
    def mass(self) -> Array:
        """The alpha-rank mass of each profile, shape (m, n)."""
        spread = float(np.ptp(self.form.payoffs)) or 1.0
        return alpha_rank(self.form, alpha=SELECTION / spread)

    def frame(self) -> "pd.DataFrame":
        """One row a profile: actions, payoffs, its sink (-1 for none), on the walk's end, mass.

        The payoffs are those of `form`; the mass is the alpha-rank's.
        """
        import pandas as pd

        profiles = list(np.ndindex(self.form.shape))
        ends = end_of(self.walk) > 0
        sink_of = {profile: k for k, sink in enumerate(self.sinks) for profile in sink}
        learner, adversary = self.form.roles
        return pd.DataFrame(
            {
                learner: [str(self.form.actions[0][i]) for i, _ in profiles],
                adversary: [str(self.form.actions[1][j]) for _, j in profiles],
                f"{learner}_payoff": self.form.payoffs[0].ravel(),
                f"{adversary}_payoff": self.form.payoffs[1].ravel(),
                "sink": [sink_of.get(profile, -1) for profile in profiles],
                "at_the_end": ends.ravel(),
                "alpha_rank": self.mass.ravel(),
            }
        )

    def changes_frame(self) -> "pd.DataFrame":
        """One row a change, the plain race first: how it goes, payoff, and gain with interval."""
        import pandas as pd

        return pd.DataFrame(
            {
                "change": change.name,
                "course": change.course.value,
                "period": change.period,
                "ends_the_race": change.ends_the_race,
                "payoff": change.payoff,
                "gain": float(change.gain.estimate),
                "low": float(change.gain.low),
                "high": float(change.gain.high),
            }
            for change in (self.plain, *self.changes)
        )

    def plot(self) -> "Figure":
        """The learner's payoffs with the walk on them, and the gains of the changes as bars."""
        from matplotlib.figure import Figure

        m = self.form.shape[0]
        height = 1.6 + 0.24 * max(m, len(self.changes), 4)
        figure = Figure(figsize=(9.5, height), layout="constrained")
        figure.get_layout_engine().set(wspace=0.06)  # type: ignore[union-attr, call-arg]
        left, right = figure.subplots(1, 2)
        self._draw_walk(left)
        gains = [change.gain for change in self.changes]
        places = np.arange(len(gains))
        colors = ["#4477AA" if change.ends_the_race else "#BBBBBB" for change in self.changes]
        right.barh(places, [float(gain.estimate) for gain in gains], color=colors)
        for place, gain in zip(places, gains, strict=True):
            right.plot([float(gain.low), float(gain.high)], [place, place], color="black")
        right.axvline(0.0, color="black", linewidth=0.8)
        right.set_yticks(places, [change.name for change in self.changes])
        right.set_ylim(len(gains) - 0.4, -0.6)
        ends = [float(end) for gain in gains for end in (gain.low, gain.high)]
        least = 0.02 * (float(np.ptp(self.form.payoffs[0])) or 1.0)  # gains below it are none
        right.set_xlim(1.05 * min(-least, *ends), 1.05 * max(least, *ends))
        right.locator_params(axis="x", nbins=5)
        right.set_xlabel("gain a round (blue ends the race)")
        right.set_title(self._interval_kind(), fontsize="medium")
        right.spines[["top", "right"]].set_visible(False)
        return figure

    def _interval_kind(self) -> str:
        if self.scored.samples is None:
            return "exact"
        kind = self.price
        return f"{kind.level:.0%} intervals ({kind.kind}), {len(self.scored.samples)} seeds"

    def _draw_walk(self, axes: "Axes") -> None:
        steps = np.stack([strategy.argmax(axis=1) for strategy in self.walk.strategies], axis=1)
        mesh = axes.imshow(self.form.payoffs[0], cmap="Blues_r", aspect="auto")
        axes.figure.colorbar(mesh, ax=axes, label="learner's payoff a round")
        axes.plot(steps[:, 1], steps[:, 0], color="#EE6677", marker="o")
        axes.plot(*steps[0, ::-1], color="white", marker="o", markersize=3)
        rows, columns = ([_short(label) for label in labels] for labels in self.form.actions)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xticks(
            range(len(columns)), columns, rotation=45, ha="right", rotation_mode="anchor"
        )
        going = told(self.course, self.period)
        axes.set_title(f"best response {going} (white: start)", fontsize="medium")

    def __repr__(self) -> str:
        sizes = " x ".join(map(str, self.form.shape))
        replicates = self.form.samples
        source = (
            "exact payoffs"
            if replicates is None or self.scored.samples is None
            else f"{len(replicates)} seeds find, {len(self.scored.samples)} others score"
        )
        share = "" if self.cyclic_share is None else f", cyclic share {self.cyclic_share:.3f}"
        lines = [
            f"Race of {self.name}: {sizes} strategies, {source}",
            f"  naive best response {told(self.course, self.period)}: {self._path()}",
            f"  sinks of {', '.join(str(len(sink)) for sink in self.sinks)} "
            f"of {self.form.payoffs[0].size} profiles{share}",
            f"  {'stable point':<17}{_shown(self.stable_payoff):>10}  {_strategies(self.stable)}",
            f"  {'committed point':<17}{_shown(self.committed_payoff):>10}  "
            f"{_strategies(self.committed)}",
            f"  price of the arms race {_told_interval(self.price)}; "
            f"unrest {_told_interval(self.unrest)}",
            f"  {'single change':<31}{'the race then':<24}{'payoff':>10}  gain",
        ]
        for change in (self.plain, *self.changes):
            course = told(change.course, change.period)
            gain = "" if change is self.plain else _told_interval(change.gain)
            lines.append(
                f"  {change.name:<31}{course:<24}{_shown(change.payoff):>10}  {gain}".rstrip()
            )
        if self.missing:
            lines.append(f"  no action stands for: {', '.join(self.missing)}")
        return "\n".join(lines)

    def _path(self) -> str:
        """The last profiles of the walk, as far as they fit."""
        length = 1 if self.period is None else self.period + 1
        steps = [strategy.argmax(axis=1)[-length:][:5] for strategy in self.walk.strategies]
        rows, columns = self.form.actions
        pairs = zip(*steps, strict=True)
        path = [f"{_short(rows[i])} / {_short(columns[j])}" for i, j in pairs]
        return " -> ".join(path) + (" -> ..." if length > 5 else "")


def course_of(walk: Trajectory) -> Course:
    """How a walk of best responses goes."""
    return Course.CONVERGES if walk.converged else Course.CYCLES


def period_of(walk: Trajectory) -> int | None:
    """After how many moves of both roles it repeats itself; None at rest."""
    return None if walk.period is None else round(walk.period)


def end_of(walk: Trajectory) -> Array:
    """How often each profile is played where the walk leads, shape (m, n)."""
    last = period_of(walk) or 1
    rows, columns = (strategy[-last:] for strategy in walk.strategies)
    joint: Array = rows.T @ columns / last
    return joint


def _strategies(answer: Equilibrium) -> str:
    mixtures = (answer.strategy(role).items() for role in answer.form.roles)
    return "; ".join(
        ", ".join(f"{_short(action)} {chance:.3g}" for action, chance in mixture)
        for mixture in mixtures
    )


def _short(label: Hashable) -> str:
    """A label, cut where it is long."""
    if isinstance(label, Periodic):
        return f"{label.action} every {label.period}"
    text = str(label)
    return text if len(text) <= 28 else f"{text[:25]}..."


def _told_interval(interval: Interval) -> str:
    estimate = _shown(float(interval.estimate))
    if interval.kind == "exact":
        return estimate
    return f"{estimate} [{float(interval.low):.4g}, {float(interval.high):.4g}]"


def _shown(number: float) -> str:
    """A number without its rounding, which differs between machines."""
    return f"{round(number, 12) + 0.0:.4g}"
