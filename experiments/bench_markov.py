"""How fast armsrace solves and plays Markov games on this machine, and how much memory that takes.

* *solve*: a zero-sum game of 1,001 states and 11 x 11 actions, discount 0.95, by value iteration to
  1e-8, with its certificate, beside the same sweeps with one linear program of scipy a state; of
  those a sample of states is solved, at the last values, and its time is scaled up to all states
  and sweeps. What the loop does besides solving linear programs is left out, in its favor.
* *growth*: CPU time against the number of states, and the exponent of a power of it.
* *memory*: the peak of a process that makes and solves a game of 10,001 states.
* *general*: Markov perfect equilibria and commitments of general-sum games, without a goal.
* *play*: a solved retraining race played in bulk, beside one play after the other.

From a state the next one is the same, or one or two up or down, as in a race over a displacement.
Run as ``python experiments/bench_markov.py [--quick] [--only NAME]``; all times are CPU times of
one thread, armsrace and its peer in turn.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, final

import numpy as np
from bench_pairs import Effort, Job, Peer, lines, report, seconds
from bench_peers import by_linprog
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

import armsrace as ar
from armsrace import solvers
from armsrace.forms import MarkovGame
from games import CentroidDisplacement

SEED: Final = 1
DISCOUNT: Final = 0.95
TOLERANCE: Final = 1e-8  # of the solvers, by default
REACH: Final = 2  # states up or down in one round
GIB: Final = 2**30


@final
@dataclass(frozen=True)
class Scale:
    """How much is run."""

    effort: Effort
    states: int
    actions: int
    sampled: int
    growth: Sequence[int]
    many_states: int
    nash_states: Sequence[int]
    stackelberg_boxes: int
    replicates: int
    rounds: int
    plays: int


FULL: Final = Scale(
    effort=Effort(pairs=5, shortest=0.0, patience=60.0),
    states=1001,
    actions=11,
    sampled=200,
    growth=(251, 501, 1001, 2001, 4001),
    many_states=10_001,
    nash_states=(4, 10, 20),
    stackelberg_boxes=100,
    replicates=10_000,
    rounds=1_000,
    plays=8,
)
QUICK: Final = Scale(
    effort=Effort(pairs=1, shortest=0.0, patience=0.0),
    states=21,
    actions=3,
    sampled=5,
    growth=(11, 21),
    many_states=51,
    nash_states=(2,),
    stackelberg_boxes=3,
    replicates=100,
    rounds=10,
    plays=8,
)


@final
@dataclass(frozen=True)
class Measure:
    """One line of the report: a number, and whether it meets its goal.

    Attributes
    ----------
    name
        What was measured.
    number
        The result.
    unit
        Of the number.
    most
        The goal, what it may be at most; infinite where there is none.
    note
        About the answer.
    """

    name: str
    number: float
    unit: str
    most: float = np.inf
    note: str = ""

    def __str__(self) -> str:
        text = f"  {self.name:<54}{self.number:>20.3f} {self.unit:<10}"
        if self.most < np.inf:
            verdict = "met" if self.number <= self.most else "MISSED"
            text += f"{verdict:<7} goal {self.most:g}   "
        return text + self.note


def walk(states: int, actions: int, seed: int = 0) -> MarkovGame:
    """A zero-sum game on a line of states, its rewards and transitions drawn at random."""
    rng = np.random.default_rng([SEED, states, seed])
    pairs = states * actions**2
    place = np.repeat(np.arange(states), actions**2)[:, None] + np.arange(-REACH, REACH + 1)
    np.clip(place, 0, states - 1, out=place)
    chances = rng.dirichlet(np.ones(place.shape[1]), size=pairs)
    starts = np.arange(pairs + 1) * place.shape[1]
    chain = sparse.csr_array((chances.ravel(), place.ravel(), starts), shape=(pairs, states))
    return MarkovGame.zero_sum(rng.uniform(-1.0, 1.0, (states, actions, actions)), chain, DISCOUNT)


def general_walk(states: int, actions: int, seed: int) -> MarkovGame:
    """The same with rewards of both roles drawn at random, discount 0.9."""
    rewards = np.stack([walk(states, actions, role + 2 * seed).rewards[0] for role in (1, 2)])
    return MarkovGame(rewards, walk(states, actions, seed).transitions, 0.9)


def spent(
    solve: Callable[[], solvers.MarkovEquilibrium],
) -> tuple[solvers.MarkovEquilibrium, float]:
    """What it answers, and the CPU time of that and of its certificate."""
    start = time.process_time()
    answer = solve()
    assert answer.regret < np.inf
    return answer, time.process_time() - start


def stages_of(game: MarkovGame, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix games of all states when the future is worth that."""
    payoffs: NDArray[np.float64] = (1.0 - game.discount) * game.rewards[0]
    payoffs += game.discount * game.expected_next(values)
    return payoffs


def solve(scale: Scale) -> Iterator[object]:
    """Value iteration to 1e-8, with the certificate: under 3 s, 50 times the loop over linprog."""
    game = walk(scale.states, scale.actions)
    reference, _ = spent(partial(solvers.shapley, game))
    sweeps = reference.parameters["iterations"]
    assert isinstance(sweeps, int)
    rng = np.random.default_rng(SEED)
    sample = rng.choice(scale.states, scale.sampled, replace=False)
    stages = stages_of(game, reference.values[0])[sample]

    def by_scipy(_: int) -> list[float]:
        return [float((x @ stage) @ y) for stage in stages for x, y in [by_linprog(stage)]]

    def account(found: list[Any]) -> tuple[bool, str]:
        answer = found[0]
        if isinstance(answer, solvers.MarkovEquilibrium):
            note = f"regret {answer.regret:.0e}, bound {answer.bound:.0e}, {sweeps} sweeps"
            return answer.status == "solved" and answer.regret <= 2 * TOLERANCE, note
        error = float(np.abs(np.array(answer) - reference.values[0, sample]).max())
        return error <= 1e-6, f"values of {scale.sampled} states within {error:.0e}"

    share = scale.sampled / (scale.states * sweeps)
    name = f"scipy, HiGHS, {scale.sampled} of {scale.states * sweeps:,} programs"
    size = f"{scale.states:,} states, {scale.actions} x {scale.actions}"
    job = Job(
        f"shapley, {size}",
        1,
        lambda _: spent(partial(solvers.shapley, game))[0],
        account,
        [Peer(name, lambda: by_scipy, 50.0, share)],
    )
    yield from lines(job, scale.effort)
    for solver in (solvers.shapley, solvers.hoffman_karp, solvers.pollatschek_avi_itzhak):
        runs = [spent(partial(solver, game)) for _ in range(scale.effort.pairs)]
        middle = float(np.median([took for _, took in runs]))
        note = f"regret {runs[0][0].regret:.0e}"
        yield Measure(f"{solver.__name__}, {size}", middle, "s", 3.0, note)


def growth(scale: Scale) -> Iterator[object]:
    """CPU time of value iteration with its certificate: linear in the states."""
    times = []
    for states in scale.growth:
        game = walk(states, scale.actions)
        runs = [spent(partial(solvers.shapley, game)) for _ in range(min(scale.effort.pairs, 3))]
        times.append(min(took for _, took in runs))
        yield Measure(f"shapley, {states:,} states", times[-1], "s")
    exponent, _ = np.polyfit(np.log(scale.growth), np.log(times), 1)
    yield Measure("exponent of the number of states", float(exponent), "", 1.1)


def memory(scale: Scale) -> Iterator[object]:
    """Peak memory of a process that makes the game and solves it: under 1 GiB."""
    command = [sys.executable, str(Path(__file__)), "--peak"]
    command += [str(scale.many_states), str(scale.actions)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    highest, took, regret = map(float, done.stdout.split())
    name = f"{scale.many_states:,} states, {scale.actions} x {scale.actions}, sparse transitions"
    yield Measure(name, highest / GIB, "GiB", 1.0, f"regret {regret:.0e}")
    yield Measure("the same, CPU time of the solution", took, "s")


def peak(states: int, actions: int) -> str:
    """In a process of its own: peak memory in bytes, seconds and regret."""
    game = walk(states, actions)
    answer, time_spent = spent(partial(solvers.shapley, game))
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    return f"{usage * unit} {time_spent} {answer.regret}"


def general(scale: Scale) -> Iterator[object]:
    """Games that are not zero-sum, three of each size; no goal."""
    for states in scale.nash_states:
        found = [
            spent(partial(solvers.markov_nash, general_walk(states, 3, seed))) for seed in range(3)
        ]
        middle = float(np.median([took for _, took in found]))
        steps = [answer.parameters["steps"] for answer, _ in found]
        regret = max(answer.regret for answer, _ in found)
        note = f"regret {regret:.0e}, steps {steps}"
        yield Measure(f"markov_nash, {states} states, 3 x 3", middle, "s", note=note)
    commit = partial(solvers.markov_stackelberg, boxes=scale.stackelberg_boxes)
    found = [spent(partial(commit, general_walk(2, 2, seed))) for seed in range(3)]
    middle = float(np.median([took for _, took in found]))
    bounds = ", ".join(f"{answer.bound:.0e}" for answer, _ in found)
    boxes = [answer.parameters["boxes"] for answer, _ in found]
    note = f"bounds {bounds}, boxes {boxes}"
    yield Measure("markov_stackelberg, 2 states, 2 x 2", middle, "s", note=note)


@cache
def race() -> tuple[CentroidDisplacement, Any, Any]:
    """A retraining race, solved, and the policies of both sides."""
    game = CentroidDisplacement(memories=(200.0, 500.0))
    answer = ar.assess.secure_retraining(game, discount=DISCOUNT, periods=[5])
    return game, answer.policy("learner"), answer.policy("adversary")


def play(scale: Scale) -> Iterator[object]:
    """Solved policies: 10,000 plays of 1,000 rounds under 5 s, beside one play after the other."""
    game, learner, adversary = race()
    bulk = partial(
        ar.play_replicates,
        game,
        learner,
        adversary,
        replicates=scale.replicates,
        rounds=scale.rounds,
        seed=SEED,
    )

    def one_by_one(_: int) -> list[float]:
        seeds = range(scale.plays)
        plays = (
            ar.play(game, learner, adversary, rounds=scale.rounds, seed=seed) for seed in seeds
        )
        return [float(history.payoffs[0]) for history in plays]

    expected = bulk().payoffs[0]

    def account(found: list[Any]) -> tuple[bool, str]:
        payoffs = np.array(found[0])
        off = abs(payoffs.mean() - expected.mean())
        error = expected.std() * np.sqrt(1.0 / len(payoffs) + 1.0 / len(expected))
        return off <= 4.0 * error, f"mean payoff {payoffs.mean():.4g}"

    size = f"{scale.replicates:,} plays of {scale.rounds:,} rounds"
    share = scale.plays / scale.replicates
    job = Job(
        f"play_replicates, {size}",
        1,
        lambda _: bulk().payoffs[0].tolist(),
        account,
        [Peer(f"play, {scale.plays} of them", lambda: one_by_one, 0.0, share)],
    )
    yield from lines(job, scale.effort)
    runs = [seconds(lambda _: bulk(), 0, 0.0) for _ in range(scale.effort.pairs)]
    yield Measure(f"play_replicates, {size}", float(np.median(runs)), "s", 5.0)


BENCHMARKS: Final[dict[str, Callable[[Scale], Iterator[object]]]] = {
    "solve": solve,
    "growth": growth,
    "memory": memory,
    "general": general,
    "play": play,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks and print their lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="see that it runs; measures nothing")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="may be repeated")
    parser.add_argument("--peak", nargs=2, type=int, metavar=("STATES", "ACTIONS"))
    options = parser.parse_args(arguments)
    with threadpool_limits(1):
        if options.peak:
            print(peak(*options.peak))
            return 0
        scale = QUICK if options.quick else FULL
        report(BENCHMARKS, options.only, scale, scale.effort)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
