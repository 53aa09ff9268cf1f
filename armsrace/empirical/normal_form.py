"""From play to formal games: every strategy against every other, with paired seeds.

An empirical game is a normal form whose payoffs are means over independent plays. The plays are
*paired*: replicate r of every cell draws its random numbers from (seed, r), so it meets the
same traffic, and differences between cells are known better than the payoffs themselves.
Streams are spawned by what they are for, never by worker or order: the result does not depend
on the number of jobs.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, Final, NoReturn, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.agents.agent import Agent
from armsrace.agents.strategies import Strategy, as_agent
from armsrace.game import Game, Role
from armsrace.history import History
from armsrace.play import play
from armsrace.statistics import Interval

if TYPE_CHECKING:
    from tqdm import tqdm

    from armsrace.forms.normal import NormalForm
    from armsrace.solvers.equilibrium import Equilibrium


def empirical_game(
    game: Game,
    *,
    learners: Iterable[str | Agent] | None = None,
    adversaries: Iterable[str | Agent] | None = None,
    seeds: int = 64,
    seed: int = 0,
    rounds: int | None = None,
    jobs: int = 1,
    progress: bool = False,
) -> "NormalForm":
    """Estimate the payoffs of every learner against every adversary by playing.

    Parameters
    ----------
    game
        The rules.
    learners, adversaries
        The strategies of each role: names of actions or suggested agents, or agents. None for
        every action held for the whole play and whatever agents the game suggests.
    seeds
        Number of paired replicates, at least 1; two or more give standard errors.
    seed
        The seed of the study; replicate r plays with (seed, r).
    rounds
        Rounds of a play; None for the game's own.
    jobs
        Number of worker processes; the result is the same, bit for bit, for any number.
    progress
        Show a progress bar on standard error when that is a terminal.

    Returns
    -------
    NormalForm
        Payoffs of shape (2, m, n) with their samples; actions are labeled by the names and
        agents given, so that a solver's strategies can be played as they are.

    Raises
    ------
    LookupError
        When a name is unknown; the message lists those known.
    ValueError
        When seeds or jobs is less than 1, or a role has no strategy or one twice.

    Notes
    -----
    Plays m n seeds times.
    """
    from armsrace.forms.normal import NormalForm

    _check_counts(seeds, jobs)
    strategies = {
        "learner": _strategies(game, "learner", learners),
        "adversary": _strategies(game, "adversary", adversaries),
    }
    pairs = list(product(strategies["learner"], strategies["adversary"]))
    tasks = [
        _Task(game, *pair, _payoffs, replicates, seed, rounds, cell)
        for replicates in _blocks(seeds)
        for cell, pair in enumerate(pairs)
    ]
    samples = np.empty((seeds, len(pairs), 2))
    with _bar(len(pairs) * seeds, progress) as bar:
        for task, payoffs in _run(tasks, jobs):
            samples[task.replicates, task.cell] = payoffs
            bar.update(len(payoffs))
    sizes = (len(strategies["learner"]), len(strategies["adversary"]))
    return NormalForm.from_samples(
        samples.transpose(0, 2, 1).reshape(seeds, 2, *sizes),
        actions=(strategies["learner"], strategies["adversary"]),
    )


def measure_plays(
    game: Game,
    learner: Strategy,
    adversary: Strategy,
    measure: Callable[[History], ArrayLike],
    *,
    seeds: int = 64,
    seed: int = 0,
    rounds: int | None = None,
    jobs: int = 1,
) -> NDArray[np.float64]:
    """Measure something of many paired plays of one strategy against another.

    Parameters
    ----------
    game, learner, adversary
        What is played, as in `play`.
    measure
        From the history of a play to a number or an array, of one shape for all.
    seeds, seed, rounds, jobs
        As in `empirical_game`; the result is the same, bit for bit, for any number of jobs.

    Returns
    -------
    ndarray
        Shape (seeds, ...): what was measured of each replicate.

    Raises
    ------
    LookupError
        When a name is unknown.
    ValueError
        When seeds or jobs is less than 1.

    Examples
    --------
    >>> import armsrace as ar
    >>> game = ar.load_game("centroid_shift", rounds=3)
    >>> measure_plays(game, "hold", "wait", lambda history: history.column("fp"), seeds=2).shape
    (2, 3)
    """
    _check_counts(seeds, jobs)
    tasks = [
        _Task(game, learner, adversary, measure, replicates, seed, rounds)
        for replicates in _blocks(seeds)
    ]
    measured = {task.replicates.start: values for task, values in _run(tasks, jobs)}
    return np.concatenate([measured[start] for start in sorted(measured)])


def strategy_intervals(
    form: "NormalForm",
    solve: Callable[["NormalForm"], "Equilibrium"],
    *,
    rng: np.random.Generator,
    resamples: int = 200,
    level: float = 0.95,
) -> tuple[Interval, ...]:
    """How much the strategies that a solver finds depend on the luck of the seeds.

    The paired replicates are drawn anew with replacement, the game of their means is solved, and
    the quantiles of each action's probability make its interval (percentile bootstrap). Where
    several equilibria compete, the intervals are wide: that is what they are for.

    Parameters
    ----------
    form
        An empirical game.
    solve
        A solver that returns one equilibrium.
    rng
        Draws the resamples.
    resamples
        How many games to solve, at least 1.
    level
        In (0, 1).

    Returns
    -------
    tuple of Interval
        One a role; estimates and ends have the shape of its strategy.

    Raises
    ------
    ValueError
        When the payoffs are exact.
    """
    from armsrace.forms.normal import NormalForm

    samples = form.samples
    if samples is None:
        raise ValueError("form must be an empirical game with samples, got exact payoffs")
    solved = [
        solve(NormalForm.from_samples(samples[draw], actions=form.actions, roles=form.roles))
        for draw in rng.integers(len(samples), size=(resamples, len(samples)))
    ]
    tail = (1 - level) / 2
    intervals = []
    for role, estimate in enumerate(solve(form).strategies):
        drawn = np.array([one.strategies[role] for one in solved])
        low, high = np.quantile(drawn, (tail, 1 - tail), axis=0)
        intervals.append(Interval(estimate, low, high, level, "percentile bootstrap"))
    return tuple(intervals)


_BLOCK: Final = 8
"""Replicates a task: enough to pay for sending it, few enough to keep workers busy to the end."""


@final
@dataclass(frozen=True, eq=False)
class _Task:
    """Some replicates of one pair of strategies."""

    game: Game
    learner: Strategy
    adversary: Strategy
    measure: Callable[[History], ArrayLike]
    replicates: range
    seed: int
    rounds: int | None
    cell: int = 0

    def run(self) -> NDArray[np.float64]:
        """What was measured of each replicate, shape (replicates, ...).

        Linear algebra keeps to one thread: a sum that is split among threads is rounded otherwise,
        and the matrices of a round are too small to be worth waiting for a second thread.
        """
        game = _opened(self.game)
        histories = (
            play(
                game,
                self.learner,
                self.adversary,
                rounds=self.rounds,
                seed=self.seed,
                replicate=replicate,
            )
            for replicate in self.replicates
        )
        with _thread_pools(len(sys.modules)).limit(limits=1):
            return np.array([self.measure(history) for history in histories], dtype=np.float64)


@lru_cache(maxsize=1)
def _thread_pools(modules: int) -> Any:
    """The libraries with threads of their own, looked for again when modules have been imported."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _payoffs(history: History) -> tuple[float, float]:
    return history.payoffs


def _blocks(seeds: int) -> list[range]:
    return [range(first, min(first + _BLOCK, seeds)) for first in range(0, seeds, _BLOCK)]


def _check_counts(seeds: int, jobs: int) -> None:
    for name, value in (("seeds", seeds), ("jobs", jobs)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def _run(tasks: list[_Task], jobs: int) -> Iterator[tuple[_Task, NDArray[np.float64]]]:
    if jobs == 1:
        for task in tasks:
            yield task, task.run()
        return
    from joblib import Parallel, delayed

    work = (delayed(_numbered)(number, task) for number, task in enumerate(tasks))
    for number, payoffs in Parallel(n_jobs=jobs, return_as="generator_unordered")(work):
        yield tasks[number], payoffs


def _numbered(number: int, task: _Task) -> tuple[int, NDArray[np.float64]]:
    return number, task.run()


def _opened(game: Game) -> Game:
    """An equal game that this process has played before: its world is already set up."""
    try:
        return _first_equal(game)
    except TypeError:  # a game with arrays among its parameters has no hash
        return game


@lru_cache(maxsize=4)
def _first_equal(game: Game) -> Game:
    return game


def _bar(total: int, progress: bool) -> "tqdm[NoReturn]":
    from tqdm import tqdm

    # disable=None shows the bar on a terminal only.
    return tqdm(total=total, unit="play", leave=False, disable=None if progress else True)


def _strategies(
    game: Game, role: Role, given: Iterable[str | Agent] | None
) -> tuple[str | Agent, ...]:
    if isinstance(given, str):
        raise TypeError(f"the {role}'s strategies must be a list, got {given!r}; write [{given!r}]")
    chosen = (*game.actions(role), *game.suggested_agents(role)) if given is None else tuple(given)
    if not chosen:
        raise ValueError(f"the {role} must have at least one strategy, got none")
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"the {role}'s strategies must differ, got {', '.join(map(str, chosen))}")
    for strategy in chosen:
        # What cannot be played is found now, and not after hours in a worker.
        as_agent(strategy, game, role).init(game, role, np.random.default_rng(0))
    return chosen
