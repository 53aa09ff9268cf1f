"""Measuring armsrace beside peers, pair by pair of runs, and printing the report."""

import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, final

import numpy as np
import scipy
from bench_answers import Account
from bench_peers import Solve

from armsrace.solvers.warm import warm

Scale = TypeVar("Scale")


@final
@dataclass(frozen=True)
class Effort:
    """How long to measure.

    Attributes
    ----------
    pairs
        Of runs, at most.
    shortest
        CPU seconds that a run is measured for at least, by repeating it.
    patience
        CPU seconds after which there is no further pair.
    """

    pairs: int
    shortest: float
    patience: float


@final
@dataclass(frozen=True)
class Peer:
    """Another way of doing a job.

    Attributes
    ----------
    name
        The package and its solver.
    prepare
        Imports it, puts the games into its form, and returns what solves game k.
    goal
        How many times as fast armsrace has to be; zero where there is no goal.
    share
        The part of the job that is run; its time is scaled up.
    """

    name: str
    prepare: Callable[[], Solve]
    goal: float = 0.0
    share: float = 1.0


@final
@dataclass(frozen=True)
class Job:
    """What is done to how many different games, by armsrace and by its peers."""

    name: str
    games: int
    ours: Solve
    account: Account
    peers: Sequence[Peer]


@final
@dataclass(frozen=True)
class Line:
    """One line of the report.

    Attributes
    ----------
    name
        Who did what.
    first
        CPU seconds of the first call.
    median
        CPU seconds of a run.
    note
        About the answers.
    ratios
        How many times as fast armsrace is, one a pair of runs; none in its own line.
    goal
        For their median; zero where there is none.
    """

    name: str
    first: float
    median: float
    note: str
    ratios: Sequence[float] = ()
    goal: float = 0.0

    def __str__(self) -> str:
        text = f"  {self.name:<54}{self.first:>8.2f}{1e3 * self.median:>12.3f}"
        if self.ratios:
            low, middle, high = np.quantile(self.ratios, [0, 0.5, 1])
            text += f"{low:>10.3g}{middle:>9.3g}{high:>9.3g}"
            if self.goal:
                verdict = "met" if middle >= self.goal else "MISSED"
                text += f"   {verdict:<7} goal {self.goal:.3g}"
        return f"{text}   {self.note}"


def seconds(solve: Solve, game: int, shortest: float) -> float:
    """CPU time of one run, the mean of as many as are needed to measure it."""
    runs, spent = 0, 0.0
    start = time.process_time()
    while runs == 0 or spent < shortest:
        solve(game)
        runs += 1
        spent = time.process_time() - start
    return spent / runs


def in_turn(job: Job, theirs: Solve, effort: Effort) -> Iterator[tuple[float, float]]:
    """CPU times of armsrace and of a peer, A B A B ..."""
    start = time.process_time()
    for pair in range(effort.pairs):
        game = pair % job.games
        yield seconds(job.ours, game, effort.shortest), seconds(theirs, game, effort.shortest)
        if time.process_time() - start > effort.patience:
            return


def answers(solve: Solve, games: int) -> tuple[list[Any], float]:
    """Answers to all games, and the CPU time of the first call."""
    start = time.process_time()
    first = solve(0)
    spent = time.process_time() - start
    return [first, *map(solve, range(1, games))], spent


def lines(job: Job, effort: Effort) -> Iterator[Line | str]:
    """What armsrace does, then each of its peers beside it."""
    found, first = answers(job.ours, job.games)
    warm()  # whatever the first calls could do without
    right, note = job.account(found)
    if not right:
        raise ArithmeticError(f"{job.name} is wrong: {note}")
    times = [seconds(job.ours, game, effort.shortest) for game in range(job.games)]
    yield Line(job.name, first, float(np.median(times)), note)
    for peer in job.peers:
        yield beside(job, peer, effort)


def beside(job: Job, peer: Peer, effort: Effort) -> Line | str:
    """A peer's answers and times."""
    name = f"  beside {peer.name}"
    try:
        theirs = peer.prepare()
    except ModuleNotFoundError as missing:
        return f"  {name:<54}absent: there is no module {missing.name}"
    try:
        found, first = answers(theirs, job.games)
    except Exception as error:  # a peer may raise anything, and that is then its answer
        return f"  {name:<54}no answer: {type(error).__name__}: {error}"
    right, note = job.account(found)
    times = [(ours, theirs / peer.share) for ours, theirs in in_turn(job, theirs, effort)]
    return Line(
        name,
        first,
        float(np.median([theirs for _, theirs in times])),
        note if right else f"WRONG: {note}",
        [theirs / ours for ours, theirs in times],
        peer.goal if right else 0.0,
    )


def report(
    benchmarks: Mapping[str, Callable[[Scale], Iterable[object]]],
    only: Iterable[str] | None,
    scale: Scale,
    effort: Effort,
) -> None:
    """Run benchmarks, all of them or some, and print what was measured on what."""
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, "
        f"{platform.machine()}; CPU time of one thread, "
        f"up to {effort.pairs} runs of either side in turn"
    )
    for name in only or benchmarks:
        print(f"\n{name}: {benchmarks[name].__doc__}")
        print(f"  {'':<54}{'first, s':>8}{'ms':>12}{'min':>10}{'median':>9}{'max':>9}")
        for found in benchmarks[name](scale):
            for line in lines(found, effort) if isinstance(found, Job) else [found]:
                print(line, flush=True)
