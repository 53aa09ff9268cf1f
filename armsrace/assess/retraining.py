r"""When to retrain: the equilibrium policy across rounds, beside the schedules that people use.

The learner's *guaranteed loss* under a policy is what it loses a round, on discounted average from
the game's opening, against the adversary's exact best reply to that policy. The equilibrium policy
of the game's Markov form has the least of all. Four kinds of schedule are put beside it, each
against its own best-responding adversary:

* *never*: hold, the learner's first action, throughout;
* *always*: another action in every round;
* *periodic*: that action every p-th round and hold in between (the adversary counts along);
* *triggered*: that action wherever holding for a round would cost more than a limit without any
  attack, hold elsewhere; of nine limits, from the least such cost to the largest, the best one.

The *excess* of a schedule is its guaranteed loss above the equilibrium's: what the adversary gains
for ever from knowing that the learner does not think ahead.

A game with a classifier is not solved by formula but played, see
`armsrace.assess.measured_retraining`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final, overload

import numpy as np
from numpy.typing import ArrayLike

from armsrace.agents.markov_policy import MarkovPolicy
from armsrace.analytic import AnalyticGame
from armsrace.assess.measured_retraining import (
    MeasuredRetraining,
    Search,
    measured_retraining,
)
from armsrace.assess.schedules import named
from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array
from armsrace.game import LearningGame
from armsrace.grid import Grid
from armsrace.markov import markov_game
from armsrace.solvers.markov_certificate import best_reply
from armsrace.solvers.markov_equilibrium import MarkovEquilibrium
from armsrace.solvers.markov_schedules import reply_to_cycle
from armsrace.solvers.pollatschek_avi_itzhak import pollatschek_avi_itzhak

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

LIMITS = 9
DISCOUNT = 0.95  # of an analytic game that has none


@final
@dataclass(frozen=True, eq=False)
class Schedule:
    """A retraining schedule and what it guarantees.

    Attributes
    ----------
    name
        What it is called.
    kind
        "equilibrium", "never", "always", "periodic" or "triggered".
    cycle
        The learner's policy in each phase, shape (S, m) each.
    loss
        Guaranteed loss a round, from the opening.
    """

    name: str
    kind: str
    cycle: tuple[Array, ...]
    loss: float


@final
@dataclass(frozen=True, eq=False, repr=False)
class SecureRetraining:
    """The equilibrium retraining policy of a game, and the usual schedules beside it.

    Attributes
    ----------
    game
        The game that was assessed.
    form
        Its Markov game.
    grid
        The states of that.
    equilibrium
        The solution of that, with its certificate.
    schedules
        The equilibrium and all schedules that were compared, in the order of their losses.
    """

    game: AnalyticGame
    form: MarkovGame
    grid: Grid
    equilibrium: MarkovEquilibrium
    schedules: tuple[Schedule, ...]

    def policy(self, role: str) -> MarkovPolicy:
        """The equilibrium policy of a role, as an agent that plays the game.

        Raises
        ------
        LookupError
            When there is no such role.
        """
        index = self.form.role_index(role)
        actions = [str(action) for action in self.form.actions[index]]
        return MarkovPolicy(self.grid, actions, self.equilibrium.policies[index])

    def schedule(self, name: str) -> Schedule:
        """One of the schedules.

        Raises
        ------
        LookupError
            When there is none of the name; the message lists them.
        """
        return named(self.schedules, name)

    @property
    def guaranteed_loss(self) -> float:
        """What the equilibrium policy loses a round at the most."""
        return self.schedule("equilibrium").loss

    @property
    def regret(self) -> float:
        """What a deviation from the equilibrium gains at most, in any state."""
        return self.equilibrium.regret

    def frame(self) -> "pd.DataFrame":
        """One row a schedule: its kind, guaranteed loss, and excess over the equilibrium."""
        import pandas as pd

        rows = [
            {
                "schedule": schedule.name,
                "kind": schedule.kind,
                "guaranteed_loss": schedule.loss,
                "excess": schedule.loss - self.guaranteed_loss,
            }
            for schedule in self.schedules
        ]
        return pd.DataFrame(rows)

    def plot(self) -> "Figure":
        """The guaranteed losses as bars, one a schedule."""
        from matplotlib.figure import Figure

        names = [schedule.name for schedule in self.schedules]
        colors = ["#4477AA" if s.kind == "equilibrium" else "#BBBBBB" for s in self.schedules]
        figure = Figure(figsize=(5.5, 0.28 * len(names) + 0.9), layout="constrained")
        axes = figure.add_subplot()
        axes.barh(names, [schedule.loss for schedule in self.schedules], color=colors)
        axes.invert_yaxis()
        axes.set_xlabel("guaranteed loss a round (exact)")
        axes.spines[["top", "right"]].set_visible(False)
        return figure

    def __repr__(self) -> str:
        solved = self.equilibrium
        lines = [
            f"Secure retraining of {self.game.name}, discount {self.form.discount:g}",
            f"  equilibrium by {solved.method} on {self.form.shape[0]} states: {solved.status}, "
            f"regret {solved.regret:.1e}",
            f"  {'schedule':<34}{'guaranteed loss':>16}{'excess':>10}",
        ]
        for schedule in self.schedules:
            excess = schedule.loss - self.guaranteed_loss
            lines.append(f"  {schedule.name:<34}{schedule.loss:>16.4f}{excess:>10.4f}")
        return "\n".join(lines)


@overload
def secure_retraining(
    game: AnalyticGame,
    *,
    features: Mapping[str, ArrayLike] | None = ...,
    discount: float | None = ...,
    periods: Sequence[int] = ...,
) -> SecureRetraining: ...


@overload
def secure_retraining(
    game: LearningGame,
    *,
    features: Mapping[str, ArrayLike],
    discount: float | None = ...,
    periods: Sequence[int] = ...,
    search: Search = ...,
    jobs: int = ...,
) -> MeasuredRetraining: ...


def secure_retraining(
    game: AnalyticGame | LearningGame,
    *,
    features: Mapping[str, ArrayLike] | None = None,
    discount: float | None = None,
    periods: Sequence[int] = (2, 3, 5, 10),
    search: Search | None = None,
    jobs: int = 1,
) -> SecureRetraining | MeasuredRetraining:
    """Find the equilibrium retraining policy of a game, and what the usual schedules lose to it.

    Parameters
    ----------
    game
        A zero-sum game whose learner's first action is to hold, and whose adversary's is to wait.
        An analytic one is solved, and every loss is exact up to its grid. One with a classifier is
        played: the equilibrium is estimated and refined, its regret and every loss are measured.
    features
        Points of the numbers that make up the state. None for an analytic game's own; a game with a
        classifier has to be told, and has to reveal them to both roles.
    discount
        Of a round relative to the one before, in [0, 1). None for the game's own; for an analytic
        game whose own is 1, 0.95.
    periods
        Periods of the periodic schedules, at least 2 each.
    search
        How a game with a classifier is played; None for `Search()`. An analytic game is not.
    jobs
        Worker processes of the plays; the result is the same, bit for bit, for any number.

    Returns
    -------
    SecureRetraining or MeasuredRetraining
        The first for an analytic game, the second for one with a classifier. Both have the
        schedules, a table and a picture.

    Raises
    ------
    LookupError
        When there is no such feature, or the game does not reveal it.
    TypeError
        When the game is of neither kind.
    ValueError
        When discount or a period is out of range, the game is not zero-sum, or features are not
        given where they have to be.

    Examples
    --------
    >>> from games import CentroidDisplacement
    >>> answer = secure_retraining(CentroidDisplacement(), periods=[5])
    >>> answer.frame()["kind"].tolist()
    ['equilibrium', 'triggered', 'always', 'never', 'periodic']
    >>> answer.regret < 1e-7
    True
    """
    for period in periods:
        if not period >= 2:
            raise ValueError(f"periods must be at least 2, got {period}")
    if isinstance(game, LearningGame):
        chosen = Search() if search is None else search
        return measured_retraining(game, features, discount, periods, chosen, jobs)
    if not isinstance(game, AnalyticGame):
        raise TypeError(
            f"game must be an AnalyticGame or a LearningGame, got {type(game).__name__}"
        )
    if search is not None:
        raise ValueError("search must not be given for an analytic game, which is solved exactly")
    if discount is None:
        discount = game.discount if game.discount < 1.0 else DISCOUNT
    return _solved(game, features, discount, periods)


def _solved(
    game: AnalyticGame,
    axes: Mapping[str, ArrayLike] | None,
    discount: float,
    periods: Sequence[int],
) -> SecureRetraining:
    form = markov_game(game, axes, discount=discount)
    solved = pollatschek_avi_itzhak(form)
    grid = Grid(game.axes if axes is None else axes)
    start = grid.neighbors(_opening(game, grid)[None])
    schedules = [
        Schedule(name, kind, cycle, _loss(form, cycle, start))
        for name, kind, cycle in _cycles(form, solved, periods)
    ]
    triggered = [schedule for schedule in schedules if schedule.kind == "triggered"]
    kept = [schedule for schedule in schedules if schedule.kind != "triggered"]
    for name in dict.fromkeys(schedule.name for schedule in triggered):
        same = (schedule for schedule in triggered if schedule.name == name)
        kept.append(min(same, key=lambda schedule: schedule.loss))
    kept.sort(key=lambda schedule: schedule.loss)
    return SecureRetraining(game, form, grid, solved, tuple(kept))


def _cycles(
    form: MarkovGame, solved: MarkovEquilibrium, periods: Sequence[int]
) -> Iterator[tuple[str, str, tuple[Array, ...]]]:
    """Name, kind and policies of what is compared; many of a name where a limit is sought."""
    size, m, _ = form.shape
    constant = [np.tile(np.eye(m)[action], (size, 1)) for action in range(m)]
    cost = 0.0 - form.rewards[0, :, 0, 0]
    limits = np.linspace(cost.min(), cost.max(), LIMITS)
    yield "equilibrium", "equilibrium", (solved.policies[0],)
    yield f"never ({form.actions[0][0]})", "never", (constant[0],)
    for action in range(1, m):
        name = form.actions[0][action]
        yield f"always {name}", "always", (constant[action],)
        for period in periods:
            cycle = (constant[action], *[constant[0]] * (period - 1))
            yield f"{name} every {period} rounds", "periodic", cycle
        for limit in limits:
            wanted = (cost >= limit)[:, None]
            policy = np.where(wanted, constant[action], constant[0])
            yield f"{name} when triggered", "triggered", (policy,)


def _loss(form: MarkovGame, cycle: tuple[Array, ...], start: tuple[Any, Array]) -> float:
    """The adversary's gain from its best reply, where the game opens."""
    if len(cycle) == 1:
        values, _ = best_reply(form, "adversary", cycle[0])
    else:
        values, _ = reply_to_cycle(form, "adversary", cycle)
    index, weight = start
    return float((values[index] * weight).sum())


def _opening(game: AnalyticGame, grid: Grid) -> Array:
    where = dict(zip(game.statistics, game.opening.tolist(), strict=True))
    return np.array([where[name] for name in grid.features])
