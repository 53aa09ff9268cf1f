r"""From a game with a classifier to a Markov game, by playing, with what is not known stated.

The state of a `LearningGame` is a model, an archive and more; what a policy can go by is a few
numbers that the game reveals, its *features*. `empirical_markov` lays a grid over them, plays with
both roles exploring (`armsrace.empirical.exploration`) and counts: n(s, i, j) rounds in state s
under the actions i and j, the frequencies of the next state, and the mean reward.

*The estimated class* are the Markov games on this grid. If the real game, seen through the grid, is
one of them, then with probability `level` it lies in the confidence sets, for all states, pairs of
actions and numbers of visits at once:

* the probability of every next state within an interval;
* the mean of r + (gamma W(s') - W(s)) / (1 - gamma), what a round is worth beyond reference values
  W, within an interval; W solves the game of the first third of the plays, and the interval is that
  of the others, so that W is as good as given (see `armsrace.solvers.robust_markov`);
* each interval holds at all numbers of visits at once, whatever number came about
  (`armsrace.theory.concentration.anytime_interval`); of the failure 1 - level each has the same
  share.

Robust value iteration turns the sets into a bound on the regret of policies that holds in every
game of the class that the sets admit. It needs plays: where a pair of actions was seen n times,
what is rarer than about ln(1 / failure) / n cannot be excluded, and a bound counts it 1 / (1 -
discount) times. Nor does it say how far the real game is from being a Markov game of these
features; for that, measure the regret in the real game (`armsrace.empirical.measured_regret`).

*What was never seen.* A pair of actions that was not tried in a state takes its estimate from the
nearest state (fewest steps on the grid, the first of equals) in which it was tried; its confidence
set is the widest: any transition, any reward in the range.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.agents.agent import Agent
from armsrace.agents.markov_policy import MarkovPolicy
from armsrace.empirical.exploration import Around, explore, explorer
from armsrace.empirical.transitions import Tally, Transitions, confidence_sets
from armsrace.game import ROLES, Game
from armsrace.grid import Grid

if TYPE_CHECKING:
    import pandas as pd

    from armsrace.forms.markov import MarkovGame
    from armsrace.solvers.markov_equilibrium import MarkovEquilibrium
    from armsrace.solvers.robust_markov import MarkovSets

Array = NDArray[np.float64]
Ranges = tuple[tuple[float, float], tuple[float, float]]


@final
@dataclass(frozen=True, eq=False, repr=False)
class EmpiricalMarkov:
    """A Markov game estimated by playing, with its confidence sets.

    Attributes
    ----------
    game
        The real game.
    grid
        The states.
    form
        The estimate.
    counts
        Rounds seen in each state under each pair of actions, shape (S, m, n).
    sets
        The Markov games that are not excluded, at the level.
    level
        Probability that the true game of the class is among them.
    opening
        The features before the first round.
    """

    game: Game
    grid: Grid
    form: "MarkovGame"
    counts: NDArray[np.intp]
    sets: "MarkovSets"
    level: float
    opening: tuple[float, ...]

    def solve(
        self, solver: "Callable[[MarkovGame], MarkovEquilibrium] | None" = None
    ) -> "EmpiricalEquilibrium":
        """Solve the estimate.

        Parameters
        ----------
        solver
            From a Markov game without a horizon to its equilibrium; None for
            `pollatschek_avi_itzhak`, which needs a zero-sum game.
        """
        if solver is None:
            from armsrace.solvers.pollatschek_avi_itzhak import pollatschek_avi_itzhak

            return EmpiricalEquilibrium(self, pollatschek_avi_itzhak(self.form))
        return EmpiricalEquilibrium(self, solver(self.form))

    def policy(self, role: str, table: Array) -> MarkovPolicy:
        """A policy on the grid as an agent that plays the real game.

        Parameters
        ----------
        role
            By name.
        table
            Probability of each action in each state, shape (S, actions).
        """
        actions = [str(action) for action in self.form.actions[self.form.role_index(role)]]
        return MarkovPolicy(self.grid, actions, table, self.opening)

    def at_opening(self, values: Array) -> Array:
        """A function of the states, shape (S, ...), where the game opens: shape (...)."""
        where: Array = self.grid.interpolated(values, np.array([self.opening]))[0]
        return where

    def frame(self) -> "pd.DataFrame":
        """One row for each state and pair of actions.

        Rounds seen, the width of the widest interval of a transition, and for each role the
        estimated reward, and the least and largest worth of a round beyond the reference values.
        """
        import pandas as pd

        states, own, other = (index.reshape(-1) for index in np.indices(self.form.shape))
        columns: dict[str, object] = {
            name: self.grid.states[states, k] for k, name in enumerate(self.grid.features)
        }
        columns["learner"] = [self.form.actions[0][i] for i in own]
        columns["adversary"] = [self.form.actions[1][j] for j in other]
        columns["rounds"] = self.counts.reshape(-1)
        columns["doubt"] = (self.sets.often - self.sets.rare).max(axis=-1).reshape(-1)
        for k, role in enumerate(ROLES):
            columns[f"{role}_reward"] = self.form.rewards[k].reshape(-1)
            columns[f"{role}_low"] = self.sets.low[k].reshape(-1)
            columns[f"{role}_high"] = self.sets.high[k].reshape(-1)
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        size, m, n = self.form.shape
        tried = self.counts[self.counts > 0]
        return (
            f"EmpiricalMarkov of {self.game.name}: {size} states by "
            f"{', '.join(self.grid.features)}, {m} x {n} actions, discount "
            f"{self.form.discount:g}\n"
            f"  {tried.sum()} rounds seen; {len(tried)} of {self.counts.size} pairs of actions "
            f"tried, {tried.min()} to {tried.max()} times; level {self.level:g}"
        )


@final
@dataclass(frozen=True, eq=False, repr=False)
class EmpiricalEquilibrium:
    """The solution of an estimated Markov game: agents for the real one, and a bound on regret.

    Attributes
    ----------
    estimate
        What was solved.
    equilibrium
        The solution, with its certificate in the estimate.
    """

    estimate: EmpiricalMarkov
    equilibrium: "MarkovEquilibrium"

    @property
    def learner(self) -> MarkovPolicy:
        """The learner's policy, as an agent."""
        return self.estimate.policy("learner", self.equilibrium.policies[0])

    @property
    def adversary(self) -> MarkovPolicy:
        """The adversary's policy, as an agent."""
        return self.estimate.policy("adversary", self.equilibrium.policies[1])

    @property
    def payoffs(self) -> Array:
        """What each role earns a round from the opening on, in the estimate: shape (2,)."""
        return self.estimate.at_opening(self.equilibrium.values.T)

    @cached_property
    def regret_bounds(self) -> Array:
        """What a deviation of each role gains at most from the opening on, shape (2,).

        In every game of the confidence sets, so with probability ``estimate.level`` in the true
        one of the estimated class.
        """
        bounds = self.estimate.sets.regret_bounds(self.equilibrium.policies)
        return self.estimate.at_opening(bounds.T)

    @property
    def regret_bound(self) -> float:
        """The larger of the two roles' bounds."""
        return float(self.regret_bounds.max())

    def guaranteed(self, role: str) -> float:
        """What a role's policy earns at least from the opening on, whatever the other does.

        In every game of the confidence sets.

        Raises
        ------
        LookupError
            When there is no such role.
        """
        policy = self.equilibrium.policies[self.estimate.form.role_index(role)]
        return float(self.estimate.at_opening(self.estimate.sets.guaranteed(role, policy)))

    def __repr__(self) -> str:
        solved, level = self.equilibrium, self.estimate.level
        learner, adversary = self.payoffs + 0.0
        return "\n".join(
            [
                f"EmpiricalEquilibrium of {self.estimate.game.name} by {solved.method}: "
                f"{solved.status}",
                f"  in the estimate the learner earns {learner:.6g} a round and the adversary "
                f"{adversary:.6g}, regret {solved.regret:.1e}",
                f"  in its class a deviation gains at most {self.regret_bound:.3g}, "
                f"with probability {level:g}",
            ]
        )


def empirical_markov(
    game: Game,
    features: Mapping[str, ArrayLike],
    *,
    learners: Sequence[str] | None = None,
    adversaries: Sequence[str] | None = None,
    opening: ArrayLike | None = None,
    discount: float | None = None,
    ranges: Ranges | None = None,
    level: float = 0.95,
    passes: int = 1,
    seeds: int = 64,
    seed: int = 0,
    rounds: int | None = None,
    jobs: int = 1,
) -> EmpiricalMarkov:
    """Estimate the Markov game of a few features of a game by playing it.

    Parameters
    ----------
    game
        The real game.
    features
        Points along each number that makes up the state, by its name in the record of a round; the
        game must reveal it to both roles. A few points each: confidence sets shrink with the visits
        of a state, and grow with the number of states.
    learners, adversaries
        The actions of each role, by name; None for all.
    opening
        The features before the first round, shape (k,); None for those of an analytic game, for the
        mean of what the measures of a learning game say of the first model, and otherwise for the
        mean of what they are after the first round.
    discount
        Of the Markov game, in [0, 1); None for the game's own, which must be below 1.
    ranges
        The least and the largest payoff of a round, of learner and adversary. None for those seen,
        on the word of whoever calls that there are no others: the confidence sets rest on it.
    level
        Probability that the confidence sets hold the truth, in (0, 1).
    passes
        How often to play, at least 1. In the first pass both roles explore; before each further one
        the estimate so far is solved, and both explore around their policies, to see what becomes
        of them. All plays count. More than one need a zero-sum game.
    seeds, seed, rounds, jobs
        As in `empirical_game`: plays a pass, what they draw from, their length, worker processes.
        The result is the same, bit for bit, for any number of jobs.

    Raises
    ------
    LookupError
        When there is no such feature or action, or the game does not reveal a feature to a role.
    ValueError
        When an argument is out of range, a payoff was seen outside its range, or a pair of actions
        was never tried.

    Notes
    -----
    Plays passes x seeds x rounds rounds. Memory is S^2 m n numbers.

    References
    ----------
    I. Waudby-Smith and A. Ramdas, J. R. Stat. Soc. B 86 (2024), theorem 2 (the intervals).

    Examples
    --------
    >>> import armsrace as ar
    >>> game = ar.load_game("centroid_displacement", drift=0.0, rounds=20)
    >>> estimate = empirical_markov(
    ...     game,
    ...     {"displacement": [0.0, 0.1, 0.2, 0.3]},
    ...     learners=["hold", "average_out_500"],
    ...     adversaries=["wait", "shift_30%"],
    ...     discount=0.9,
    ...     seeds=32,
    ... )
    >>> estimate
    EmpiricalMarkov of centroid_displacement: 4 states by displacement, 2 x 2 actions, discount 0.9
      640 rounds seen; 16 of 16 pairs of actions tried, 9 to 112 times; level 0.95
    >>> estimate.solve()  # doctest: +ELLIPSIS
    EmpiricalEquilibrium of centroid_displacement by pollatschek_avi_itzhak: solved
      in the estimate the learner earns ... a round and the adversary ..., regret ...
      in its class a deviation gains at most ..., with probability 0.95
    """
    from armsrace.solvers.pollatschek_avi_itzhak import pollatschek_avi_itzhak

    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be in (0, 1), got {level:g}")
    if passes < 1 or (passes > 1 and not game.zero_sum):
        raise ValueError(f"passes must be 1, or more for a zero-sum game, got {passes}")
    gamma = checked_discount(game, discount)
    grid = Grid(features)
    explorers = explorer(game, "learner", learners), explorer(game, "adversary", adversaries)
    actions = (explorers[0].actions, explorers[1].actions)
    shape = (len(grid), len(actions[0]), len(actions[1]))

    def explored(learner: Agent, adversary: Agent, drawn_from: int) -> Transitions:
        return explore(
            game,
            grid,
            learner,
            adversary,
            opening=opening,
            seeds=seeds,
            seed=drawn_from,
            rounds=rounds,
            jobs=jobs,
        )

    later = np.random.SeedSequence((seed, *b"passes")).generate_state(passes - 1)
    seen = explored(*explorers, seed)
    for fresh in later.tolist():
        tally = Tally.of(seen, shape)
        solved = pollatschek_avi_itzhak(tally.form(grid, actions, gamma))
        start = tuple(seen.opening.tolist())
        learner, adversary = (
            Around(MarkovPolicy(grid, role.actions, table, start), role)
            for role, table in zip(explorers, solved.policies, strict=True)
        )
        seen = seen.and_then(explored(learner, adversary, fresh))
    tally = Tally.of(seen, shape)
    form = tally.form(grid, actions, gamma)
    sets = confidence_sets(
        seen, form, grid, _checked_ranges(seen, ranges), opposed=game.zero_sum, level=level
    )
    return EmpiricalMarkov(
        game, grid, form, tally.counts, sets, level, tuple(seen.opening.tolist())
    )


def checked_discount(game: Game, given: float | None) -> float:
    """The discount of a game without end: what is given, or the game's own.

    Raises
    ------
    ValueError
        When it is not in [0, 1).
    """
    discount = game.discount if given is None else given
    if not 0.0 <= discount < 1.0:
        own = "; the game's own is 1, so name another" if given is None else ""
        raise ValueError(f"discount must be in [0, 1), got {discount:g}{own}")
    return discount


def _checked_ranges(seen: Transitions, given: Ranges | None) -> Array:
    """The least and the largest payoff of each role, shape (2, 2)."""
    found = np.stack([seen.rewards.min(axis=1), seen.rewards.max(axis=1)], axis=1)
    if given is None:
        return found
    ranges = np.asarray(given, dtype=np.float64)
    if ranges.shape != (2, 2) or not (ranges[:, 0] <= ranges[:, 1]).all():
        raise ValueError(
            "ranges must hold the least and the largest payoff of learner and adversary, "
            f"got {given!r}"
        )
    outside = (found[:, 0] < ranges[:, 0]) | (found[:, 1] > ranges[:, 1])
    if outside.any():
        role = int(outside.argmax())
        raise ValueError(
            f"ranges must hold every payoff of the {ROLES[role]}, "
            f"got {ranges[role].tolist()}, but {found[role].tolist()} were seen"
        )
    return ranges
