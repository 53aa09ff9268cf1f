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

Where the costs are not opposed, the adversary replies by its own payoffs and, of several best
replies, by the one that harms the learner most. The equilibrium is a Markov perfect one
(`armsrace.solvers.markov_nash`), and the game may have more; since it keeps the adversary
indifferent, its guaranteed loss can exceed what the learner loses in it, and a schedule that
commits the learner may guarantee less (a negative excess). A fifth kind is compared then,
*security*: the policy with the least *security level*, what a policy loses to an adversary that is
out to harm, whatever its payoffs. In a zero-sum game the two are the same.

A game with a classifier is not solved by formula but played, see
`armsrace.assess.retraining_search`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final, overload

import numpy as np
from numpy.typing import ArrayLike

from armsrace.agents.markov_policy import MarkovPolicy
from armsrace.analytic import AnalyticGame
from armsrace.assess.measured_retraining import MeasuredRetraining
from armsrace.assess.retraining_search import Search, measured_retraining
from armsrace.assess.schedules import named
from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array
from armsrace.game import Game, LearningGame
from armsrace.grid import Grid
from armsrace.markov import markov_game
from armsrace.solvers.markov_equilibrium import MarkovEquilibrium
from armsrace.solvers.markov_nash import markov_nash
from armsrace.solvers.markov_schedules import harm_of_best_reply
from armsrace.solvers.pollatschek_avi_itzhak import pollatschek_avi_itzhak

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

LIMITS = 9
DISCOUNT = 0.95  # of a game that has none


@final
@dataclass(frozen=True, eq=False)
class Schedule:
    """A retraining schedule and what it guarantees.

    Attributes
    ----------
    name
        What it is called.
    kind
        "equilibrium", "never", "always", "periodic" or "triggered"; where the costs are not
        opposed, also "security".
    cycle
        The learner's policy in each phase, shape (S, m) each.
    loss
        Guaranteed loss a round, from the opening.
    security_level
        Loss a round from there to an adversary that is out to harm.
    """

    name: str
    kind: str
    cycle: tuple[Array, ...]
    loss: float
    security_level: float


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
        """What the equilibrium policy loses a round to the adversary's best reply."""
        return self.schedule("equilibrium").loss

    @property
    def equilibrium_loss(self) -> float:
        """What the learner loses a round where both play the equilibrium."""
        index, weight = self.grid.neighbors(_opening(self.game, self.grid)[None])
        return 0.0 - float((self.equilibrium.values[0][index] * weight).sum())

    @property
    def regret(self) -> float:
        """What a deviation from the equilibrium gains at most, in any state."""
        return self.equilibrium.regret

    def frame(self) -> "pd.DataFrame":
        """One row a schedule: kind, guaranteed loss, excess above the equilibrium's, security."""
        import pandas as pd

        rows = [
            {
                "schedule": schedule.name,
                "kind": schedule.kind,
                "guaranteed_loss": schedule.loss,
                "excess": schedule.loss - self.guaranteed_loss,
                "security_level": schedule.security_level,
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
        if not self.form.is_zero_sum():
            lines.insert(2, f"  in it the learner loses {self.equilibrium_loss:.4f} a round")
            for place, schedule in enumerate(self.schedules, start=4):
                lines[place] += f"{schedule.security_level:>16.4f}"
            lines[3] += f"{'security level':>16}"
        return "\n".join(lines)


@overload
def secure_retraining(
    game: AnalyticGame,
    *,
    features: Mapping[str, ArrayLike] | None = ...,
    learners: Sequence[str] | None = ...,
    discount: float | None = ...,
    periods: Sequence[int] = ...,
) -> SecureRetraining: ...


@overload
def secure_retraining(
    game: LearningGame,
    *,
    features: Mapping[str, ArrayLike] | None = ...,
    learners: Sequence[str] | None = ...,
    discount: float | None = ...,
    periods: Sequence[int] = ...,
    search: Search = ...,
    jobs: int = ...,
) -> MeasuredRetraining: ...


def secure_retraining(
    game: AnalyticGame | LearningGame,
    *,
    features: Mapping[str, ArrayLike] | None = None,
    learners: Sequence[str] | None = None,
    discount: float | None = None,
    periods: Sequence[int] = (2, 3, 5, 10),
    search: Search | None = None,
    jobs: int = 1,
) -> SecureRetraining | MeasuredRetraining:
    """Find the equilibrium retraining policy of a game, and what the usual schedules lose to it.

    Parameters
    ----------
    game
        A game whose adversary's first action is to wait. An analytic one is solved, zero-sum or
        not; the learner's first action is to hold, and every loss is exact up to the grid. One with
        a classifier must be zero-sum and is played: the equilibrium is estimated and refined, its
        regret and every loss are measured.
    features
        Points of the numbers that make up the state. None for an analytic game's own, and for those
        of a game with a classifier that `armsrace.assess.retraining_features` finds; given ones it
        has to reveal to both roles.
    learners
        The actions to choose from, by name, the first of them to hold. None for those of the
        learner that an analytic game's axes cover, and for those of a game with a classifier that
        differ in training alone.
    discount
        Of a round relative to the one before, in [0, 1). None for the game's own or, if that is 1,
        0.95.
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
        When discount or a period is out of range; when a game with a classifier is not zero-sum,
        has no action to hold or to train, or shows no measure that moves.

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
    if isinstance(learners, str):
        raise TypeError(f"learners must be a list, got {learners!r}; write [{learners!r}]")
    if isinstance(game, LearningGame):
        chosen = Search() if search is None else search
        return measured_retraining(
            game, features, learners, _discount(game, discount), periods, chosen, jobs
        )
    if not isinstance(game, AnalyticGame):
        raise TypeError(
            f"game must be an AnalyticGame or a LearningGame, got {type(game).__name__}"
        )
    if search is not None:
        raise ValueError("search must not be given for an analytic game, which is solved exactly")
    return _solved(game, features, learners, _discount(game, discount), periods)


def _discount(game: Game, given: float | None) -> float:
    if given is None:
        return game.discount if game.discount < 1.0 else DISCOUNT
    return given


def _solved(
    game: AnalyticGame,
    axes: Mapping[str, ArrayLike] | None,
    learners: Sequence[str] | None,
    discount: float,
    periods: Sequence[int],
) -> SecureRetraining:
    form = markov_game(game, axes, learner=learners, discount=discount)
    opposed = form if form.is_zero_sum() else form.opposed()
    secure = pollatschek_avi_itzhak(opposed)
    solved = secure if opposed is form else markov_nash(form)
    grid = Grid(game.axes if axes is None else axes)
    index, weight = grid.neighbors(_opening(game, grid)[None])

    def loss(against: MarkovGame, cycle: tuple[Array, ...]) -> float:
        """From where the game opens."""
        return float((harm_of_best_reply(against, cycle)[index] * weight).sum())

    named_cycles = [("equilibrium", "equilibrium", (solved.policies[0],)), *_cycles(form, periods)]
    if solved is not secure:
        named_cycles.append(("security", "security", (secure.policies[0],)))
    schedules = []
    for name, kind, cycle in named_cycles:
        level = loss(opposed, cycle)
        least = level if opposed is form else loss(form, cycle)
        schedules.append(Schedule(name, kind, cycle, least, level))
    triggered = [schedule for schedule in schedules if schedule.kind == "triggered"]
    kept = [schedule for schedule in schedules if schedule.kind != "triggered"]
    for name in dict.fromkeys(schedule.name for schedule in triggered):
        same = (schedule for schedule in triggered if schedule.name == name)
        kept.append(min(same, key=lambda schedule: schedule.loss))
    kept.sort(key=lambda schedule: schedule.loss)
    return SecureRetraining(game, form, grid, solved, tuple(kept))


def _cycles(
    form: MarkovGame, periods: Sequence[int]
) -> Iterator[tuple[str, str, tuple[Array, ...]]]:
    """Name, kind and policies of what is compared; many of a name where a limit is sought."""
    size, m, _ = form.shape
    constant = [np.tile(np.eye(m)[action], (size, 1)) for action in range(m)]
    cost = 0.0 - form.rewards[0, :, 0, 0]
    limits = np.linspace(cost.min(), cost.max(), LIMITS)
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


def _opening(game: AnalyticGame, grid: Grid) -> Array:
    where = dict(zip(game.statistics, game.opening.tolist(), strict=True))
    return np.array([where[name] for name in grid.features])
