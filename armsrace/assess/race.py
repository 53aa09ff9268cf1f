r"""A race between the strategies of a game: where naive best response leads, and what it costs.

Naive best response: from each role's first action, the roles take turns, and each moves to its best
reply to what the other does now. The learner goes first, so that in each round the adversary has
replied to what the learner does. In a finite game that *converges*, to a pure Nash equilibrium, or
*cycles*; it cannot escalate without end, as a race in a continuous model can
(`armsrace.assess.continuous_race`). Where other starts would lead, the sinks of the best-response
graph tell.

* The *stable point* is a Nash equilibrium: where naive best response rests or, if it cycles, the
  minimax equilibrium of a constant-sum game, or else the one that logit equilibria lead to.
* The *committed point* is the strong Stackelberg equilibrium that the learner leads.
* The *price of the arms race* is what the learner earns at the committed point above the stable
  point. In a constant-sum game it is 0 (von Neumann's theorem): there a race costs by its unrest.
* The *unrest* is what the learner earns at the stable point above the mean along the cycle; 0 when
  the race converges, negative when the cycle suits the learner.

Then single changes are tried on the plain race, one at a time (`armsrace.assess.changes`); a change
*ends the race* when naive best response, from the first actions that are left, comes to rest. Its
gain is the learner's payoff where that leads, above where the plain race leads.

All payoffs are the learner's, a round. In an empirical game the first half of the replicates finds
all of this, equilibria and best replies included, and the second half scores it: so no payoff
profits from having been chosen. Intervals are Student's t of paired differences over the second
half.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np

from armsrace.agents.periodic import Periodic
from armsrace.assess.changes import KINDS, MIX, NO_CHANGE, Kept, plain_learner, standard_changes
from armsrace.assess.course import Course, told
from armsrace.empirical import empirical_game
from armsrace.forms.normal import NormalForm
from armsrace.game import Game, Role
from armsrace.solvers.alpha_rank import alpha_rank
from armsrace.solvers.best_response_dynamics import best_response_dynamics
from armsrace.solvers.best_response_graph import Profile, best_response_graph, sink_components
from armsrace.solvers.cyclic_share import hodge_cyclic_share
from armsrace.solvers.equilibrium import Equilibrium
from armsrace.solvers.logit_response import nash_by_logit
from armsrace.solvers.minimax import minimax
from armsrace.solvers.stackelberg import stackelberg
from armsrace.solvers.trajectory import Trajectory
from armsrace.statistics import Array, Interval, paired_difference

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SELECTION = 100.0  # intensity of selection of the alpha-rank, in units of 1 / range of the payoffs
MIXTURE = "the committed mixture"


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
        return _course(self.walk)

    @property
    def period(self) -> int | None:
        """Moves of both roles until it repeats itself, when it cycles."""
        return _period(self.walk)

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
        ends = _end(self.walk) > 0
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
        height = 1.2 + 0.24 * max(m, len(self.changes))
        figure = Figure(figsize=(9.0, height), layout="constrained")
        left, right = figure.subplots(1, 2)
        self._draw_walk(left)
        gains = [change.gain for change in self.changes]
        places = np.arange(len(gains))
        colors = ["#4477AA" if change.ends_the_race else "#BBBBBB" for change in self.changes]
        right.barh(places, [float(gain.estimate) for gain in gains], color=colors)
        for place, gain in zip(places, gains, strict=True):
            right.plot([float(gain.low), float(gain.high)], [place, place], color="black")
        right.set_yticks(places, [change.name for change in self.changes])
        right.invert_yaxis()
        right.set_xlabel("gain a round (blue ends the race)")
        right.spines[["top", "right"]].set_visible(False)
        return figure

    def _draw_walk(self, axes: "Axes") -> None:
        steps = np.stack([strategy.argmax(axis=1) for strategy in self.walk.strategies], axis=1)
        mesh = axes.imshow(self.form.payoffs[0], cmap="Blues_r", aspect="auto")
        axes.figure.colorbar(mesh, ax=axes, label="learner's payoff a round")
        axes.plot(steps[:, 1], steps[:, 0], color="#EE6677", marker="o")
        rows, columns = ([_short(label) for label in labels] for labels in self.form.actions)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xticks(range(len(columns)), columns)
        axes.tick_params(axis="x", rotation=45)

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
            f"  stable point     {self.stable_payoff:>10.4g}  {_strategies(self.stable)}",
            f"  committed point  {self.committed_payoff:>10.4g}  {_strategies(self.committed)}",
            f"  price of the arms race {_told_interval(self.price)}; "
            f"unrest {_told_interval(self.unrest)}",
            f"  {'single change':<31}{'the race then':<24}{'payoff':>10}  gain",
        ]
        for change in (self.plain, *self.changes):
            course = told(change.course, change.period)
            gain = "" if change is self.plain else _told_interval(change.gain)
            lines.append(f"  {change.name:<31}{course:<24}{change.payoff:>10.4g}  {gain}".rstrip())
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


def race(
    game: Game | NormalForm,
    *,
    changes: Mapping[str, Kept] | None = None,
    seeds: int = 32,
    seed: int = 0,
    rounds: int | None = None,
    jobs: int = 1,
    progress: bool = False,
) -> Race:
    """Assess the race between the strategies of a game.

    Parameters
    ----------
    game
        A game to be played, or its normal form of two roles, the learner first.
    changes
        By the name of each change, the actions (or agents) that each role keeps; None for the
        standard ones of the game (`armsrace.assess.changes`). The mixture to commit to is always
        tried as well.
    seeds, seed, rounds, jobs, progress
        As in `armsrace.empirical.empirical_game`, which plays every action, every agent that the
        game suggests, and every one named in `changes`; for a normal form they mean nothing. At
        least 4 seeds, 2 to find and 2 to score.

    Raises
    ------
    TypeError
        When game is neither a game nor a normal form.
    ValueError
        When it has not two roles, or there are too few seeds.
    LookupError
        When a change names an unknown role or action.

    Notes
    -----
    A normal form has no plain learner: its changes are compared with the whole race.

    Examples
    --------
    >>> rps = NormalForm.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    >>> race(rps)
    Race of a normal form: 3 x 3 strategies, exact payoffs
      naive best response cycles with period 3: 1 / 2 -> 0 / 1 -> 2 / 0 -> 1 / 2
      sinks of 6 of 9 profiles, cyclic share 1.000
      stable point              0  0 0.333, 1 0.333, 2 0.333; 0 0.333, 1 0.333, 2 0.333
      committed point           0  0 0.333, 1 0.333, 2 0.333; 0 1
      price of the arms race 0; unrest 1
      single change                  the race then               payoff  gain
      as it is                       cycles with period 3            -1
      mix                            converges                        0  1
    """
    name, form, plain, tried, missing = _prepared(
        game, changes, seeds=seeds, seed=seed, rounds=rounds, jobs=jobs, progress=progress
    )
    found, scored = _halves(form)
    walk = best_response_dynamics(found)
    stable, committed = _stable(found, walk), stackelberg(found, found.roles[0])
    at_stable, at_committed = (np.outer(*answer.strategies) for answer in (stable, committed))
    basis = _led(found, scored, plain)
    done = [_change(label, kept, _led(found, scored, kept), basis) for label, kept in tried.items()]
    mixed, scored_mixed = (_with_row(one, committed.strategies[0]) for one in (found, scored))
    kept = {found.roles[0]: (plain.get(found.roles[0], found.actions[0])[0], MIXTURE)}
    done.append(_change(MIX, kept, _led(mixed, scored_mixed, kept), basis))
    return Race(
        name=name,
        form=found,
        scored=scored,
        walk=walk,
        stable=stable,
        committed=committed,
        stable_payoff=_earned(scored, at_stable),
        committed_payoff=_earned(scored, at_committed),
        price=_difference(scored, at_committed, scored, at_stable),
        unrest=_difference(scored, at_stable, scored, _end(walk)),
        cyclic_share=hodge_cyclic_share(found) if found.is_constant_sum() else None,
        plain=_change("as it is", plain, basis, basis),
        changes=tuple(done),
        missing=missing,
    )


def _prepared(
    game: Game | NormalForm,
    changes: Mapping[str, Kept] | None,
    *,
    seeds: int,
    seed: int,
    rounds: int | None,
    jobs: int,
    progress: bool,
) -> tuple[str, NormalForm, Kept, dict[str, Kept], tuple[str, ...]]:
    """Name, payoffs, the plain race, the changes to try, and the kinds that are missing."""
    if isinstance(game, NormalForm):
        if len(game.roles) != 2:
            raise ValueError(f"game must have two roles, got {len(game.roles)}")
        return "a normal form", game, NO_CHANGE, dict(changes or {}), ()
    if not isinstance(game, Game):
        raise TypeError(
            f"game must be a Game or a NormalForm, got {type(game).__name__}; a race in one number "
            "is assessed by continuous_race"
        )
    if seeds < 4:
        raise ValueError(f"seeds must be at least 4, 2 to find and 2 to score, got {seeds}")
    tried = standard_changes(game) if changes is None else dict(changes)
    missing = () if changes is not None else _missing(tried)
    form = empirical_game(
        game,
        learners=_strategies_of(game, "learner", tried.values()),
        adversaries=_strategies_of(game, "adversary", tried.values()),
        seeds=seeds,
        seed=seed,
        rounds=rounds,
        jobs=jobs,
        progress=progress,
    )
    learner = tuple(dict.fromkeys(plain_learner(game)))
    return game.name, form, {"learner": learner}, tried, missing


def _missing(tried: Iterable[str]) -> tuple[str, ...]:
    names = [*tried, MIX]
    return tuple(kind for kind in KINDS if not any(name.startswith(kind) for name in names))


def _strategies_of(game: Game, role: Role, changes: Iterable[Kept]) -> list[Any]:
    """Every action and suggested agent, and what else the changes name."""
    named = [one for kept in changes for one in kept.get(role, ())]
    return list(dict.fromkeys([*game.actions(role), *game.suggested_agents(role), *named]))


def _halves(form: NormalForm) -> tuple[NormalForm, NormalForm]:
    """The payoffs that find and those that score."""
    samples = form.samples
    if samples is None:
        return form, form
    if len(samples) < 4:
        raise ValueError(
            "an empirical game must have at least 4 replicates, 2 to find and 2 to score, "
            f"got {len(samples)}: play more seeds"
        )
    half = len(samples) // 2
    first, second = (
        NormalForm.from_samples(part, actions=form.actions, roles=form.roles)
        for part in (samples[:half], samples[half:])
    )
    return first, second


def _stable(form: NormalForm, walk: Trajectory) -> Equilibrium:
    """Where naive best response rests, or else a Nash equilibrium."""
    if walk.converged:
        rest = tuple(strategy[-1] for strategy in walk.strategies)
        return Equilibrium(form, rest, "best_response_dynamics")
    return minimax(form) if form.is_constant_sum() else nash_by_logit(form)


def _course(walk: Trajectory) -> Course:
    return Course.CONVERGES if walk.converged else Course.CYCLES


def _period(walk: Trajectory) -> int | None:
    return None if walk.period is None else round(walk.period)


def _end(walk: Trajectory) -> Array:
    """How often each profile is played where the walk leads, shape (m, n)."""
    last = _period(walk) or 1
    rows, columns = (strategy[-last:] for strategy in walk.strategies)
    joint: Array = rows.T @ columns / last
    return joint


def _with_row(form: NormalForm, mixture: Array) -> NormalForm:
    """The game in which the learner has its mixture as one more action."""
    mixed = np.einsum("i,rij->rj", mixture, form.payoffs)[:, None]
    actions = ((*form.actions[0], MIXTURE), form.actions[1])
    if form.samples is None:
        return NormalForm(np.concatenate([form.payoffs, mixed], axis=1), actions, form.roles)
    drawn = np.einsum("i,srij->srj", mixture, form.samples)[:, :, None]
    samples = np.concatenate([form.samples, drawn], axis=2)
    return NormalForm.from_samples(samples, actions=actions, roles=form.roles)


@final
@dataclass(frozen=True, eq=False)
class _Led:
    """Where naive best response leads: the walk, the payoffs that score it, and its end."""

    walk: Trajectory
    scored: NormalForm
    end: Array


def _led(found: NormalForm, scored: NormalForm, kept: Kept) -> _Led:
    walk = best_response_dynamics(found.restrict(kept))
    return _Led(walk, scored.restrict(kept), _end(walk))


def _change(name: str, kept: Kept, led: _Led, plain: _Led) -> Change:
    """What a change does, compared with the plain race."""
    gain = _difference(led.scored, led.end, plain.scored, plain.end)
    payoff = _earned(led.scored, led.end)
    return Change(name, kept, _course(led.walk), _period(led.walk), payoff, gain)


def _earned(form: NormalForm, joint: Array) -> float:
    return float((form.payoffs[0] * joint).sum())


def _difference(form: NormalForm, joint: Array, other: NormalForm, basis: Array) -> Interval:
    """What the learner earns by one distribution of profiles above another, in two games."""
    if form.samples is None or other.samples is None:
        exact = np.asarray(_earned(form, joint) - _earned(other, basis))
        return Interval(exact, exact, exact, 0.95, "exact")
    first = np.einsum("sij,ij->s", form.samples[:, 0], joint)
    second = np.einsum("sij,ij->s", other.samples[:, 0], basis)
    return paired_difference(first, second)


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
    estimate = f"{round(float(interval.estimate), 12) + 0.0:.4g}"
    if interval.kind == "exact":
        return estimate
    return f"{estimate} [{float(interval.low):.4g}, {float(interval.high):.4g}]"
