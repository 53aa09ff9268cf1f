"""How fast armsrace is on this machine, beside the loops that it replaces (`bench_loops`).

Each benchmark runs two ways of doing the same job in turn (A B A B ...) and compares their CPU
times pair by pair, so that a machine that slows down slows down both. Before anything is timed,
both ways must give the same answer.

* *rounds*: rounds a second of every registered game, for each learner's action that retrains; for
  the first one where none does.
* *refit*: the same race, written by hand around scikit-learn: the same rows are drawn, a clone of
  the model is fitted on all accepted rows in every round, and judges; verdicts are counted.
* *replicates*: an analytic game played in bulk, beside a Python loop over the same rounds.

Run as ``python experiments/bench.py [--quick]``; ratios below 1.5 on a shared machine are ties.
"""

import argparse
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Final, final

import numpy as np
import sklearn
from bench_loops import HandRace, by_probability, dictionaries, displaced_by_hand, edge
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

import armsrace as ar
from armsrace.attacks.poison.rates import effort
from armsrace.streams import Streams
from armsrace.worlds import Drift, Pool, load_spambase
from games import CentroidDisplacement, CentroidShift, DictionaryAttack

SEED: Final = 1


@final
@dataclass(frozen=True)
class Scale:
    """How much is run."""

    repeats: int
    rounds: int
    replicates: int
    bulk_rounds: int


FULL: Final = Scale(repeats=11, rounds=20, replicates=10_000, bulk_rounds=1_000)
QUICK: Final = Scale(repeats=1, rounds=3, replicates=200, bulk_rounds=10)


@final
@dataclass(frozen=True)
class Line:
    """One line of the report.

    Attributes
    ----------
    job
        What was done.
    rate
        Rounds a second, ours.
    ratios
        One a pair of runs; empty where there is nothing to compare with.
    goal
        In words; empty where there is none.
    met
        Whether the median ratio and the rate meet it.
    """

    job: str
    rate: float
    ratios: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    goal: str = ""
    met: bool = True

    def __str__(self) -> str:
        text = f"  {self.job:<46}{self.rate:>13,.0f}"
        if len(self.ratios):
            low, middle, high = np.quantile(self.ratios, [0, 0.5, 1])
            text += f"{low:>10.2f}{middle:>9.2f}{high:>9.2f}"
        if self.goal:
            text += f"   {'met   ' if self.met else 'MISSED'}  {self.goal}"
        return text


Run = Callable[[int], object]
"""What is timed, by the replicate that it plays: a game remembers how the same one began."""


def seconds(run: Run, replicate: int) -> float:
    """CPU time of one run."""
    start = time.process_time()
    run(replicate)
    return time.process_time() - start


def in_turn(
    ours: Run, theirs: Run, repeats: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """CPU times of both, A B A B ..., after one run of each that is not counted."""
    ours(0), theirs(0)
    times = np.array([(seconds(ours, k), seconds(theirs, k)) for k in range(1, repeats + 1)])
    return times[:, 0], times[:, 1]


def played(game: ar.Game, learner: str, adversary: str, rounds: int, replicate: int) -> ar.History:
    """One play, of the benchmarks' seed."""
    return ar.play(game, learner, adversary, rounds=rounds, seed=SEED, replicate=replicate)


# Rounds a second.


def rounds_of_every_game(scale: Scale) -> Iterator[Line]:
    """Every registered game against the adversary's second action (the first one waits)."""
    for name in ar.available_games():
        game = ar.load_game(name)
        adversary = list(game.adversary_actions)[1]
        trials = {
            learner: played(game, learner, adversary, rounds=2, replicate=0)
            for learner in game.learner_actions
        }
        retraining = [name for name, trial in trials.items() if trial.column("retrainings").any()]
        for learner in retraining or list(trials)[:1]:
            run = partial(played, game, learner, adversary, scale.rounds)
            times = [seconds(run, replicate) for replicate in range(1, scale.repeats + 1)]
            rate = float(scale.rounds / np.median(times))
            yield Line(f"{name}: {learner}, {adversary}", rate)


# A race by hand.


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class OrdinaryLearner(ar.LearningGame):
    """Any scikit-learn classifier, retrained on standardized Spambase e-mails."""

    name: ClassVar[str] = "ordinary_learner"

    model: Any
    rounds: int = 20
    discount: float = 1.0

    def rules(self) -> ar.Rules:
        """A pool of e-mails, and nobody who touches them."""
        data = load_spambase()
        rows = np.log1p(data.rows)
        rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
        return ar.Rules(
            world=Pool.split(rows, data.labels),
            model=self.model,
            learner_actions={"retrain": ar.Defense(ar.defenses.Retrain())},
            adversary_actions={"wait": ar.Attack()},
            costs=ar.Costs.opposed(ar.Prices(fp=1.0, fn=1.0)),
        )


def races() -> Iterator[tuple[ar.LearningGame, str, HandRace]]:
    """Games, what the adversary does, and the same by hand."""
    spam = DictionaryAttack()
    pool = spam.setup.world
    assert isinstance(pool, Pool)
    yield spam, "dictionary_5%", HandRace(model=spam.setup.model, pool=pool, poison=dictionaries)

    sphere = CentroidShift()
    world = sphere.setup.world
    assert isinstance(world, Drift)
    assert isinstance(world.world, Pool)
    yield (
        sphere,
        "shift_15%",
        HandRace(
            model=sphere.setup.model,
            pool=world.world,
            velocity=world.velocity,
            poison=edge,
            bootstrap=True,
        ),
    )

    for model in (LogisticRegression(max_iter=1000), GaussianNB()):
        game = OrdinaryLearner(model=model)
        pool = game.setup.world
        assert isinstance(pool, Pool)
        judge = by_probability if isinstance(model, GaussianNB) else HandRace.judge
        yield game, "wait", HandRace(model=model, pool=pool, judge=judge)


def refits(scale: Scale) -> Iterator[Line]:
    """Never slower than 1.1 times the loop by hand."""
    for game, adversary, race in races():
        ours = partial(played, game, "retrain", adversary, scale.rounds)
        theirs = partial(race.play, scale.rounds, SEED)
        history = ours(0)
        columns = [history.column(name) for name in ("tp", "fp", "tn", "fn")]
        np.testing.assert_array_equal(np.stack(columns, axis=1), theirs(0))
        # A run takes a tenth of a second, too little to judge a tenth of it by a few.
        our_times, their_times = in_turn(ours, theirs, 5 * scale.repeats)
        ratios = our_times / their_times
        yield Line(
            f"{type(game.setup.model).__name__}: retrain, {adversary}",
            float(scale.rounds / np.median(our_times)),
            ratios,
            "time at most 1.1 of the loop by hand",
            bool(np.median(ratios) <= 1.1),
        )


# Replicates at once.


def bulk(scale: Scale) -> Iterator[Line]:
    """At least 50 times a Python loop over the same rounds, and 2.5 million rounds a second."""
    game, shift, rounds = CentroidDisplacement(), "shift_30%", scale.bulk_rounds
    rows = effort(0.30, game.traffic)
    in_bulk = partial(ar.play_replicates, game, "retrain", shift, rounds=rounds, seed=SEED)
    one_by_one = partial(played, game, "retrain", shift, rounds)
    alone = in_bulk(replicates=1).payoffs[:, 0]
    np.testing.assert_allclose(alone, one_by_one(0).payoffs, rtol=1e-12)
    streams, rng = Streams(SEED), np.random.default_rng(SEED)
    by_hand = partial(displaced_by_hand, game, rows, rounds)
    checked = by_hand(lambda clock: streams.at(clock + 1, "traffic").standard_normal())
    np.testing.assert_allclose(alone[0], checked, rtol=1e-6)

    loops: dict[str, Run] = {
        "play, one by one": one_by_one,
        "bare arithmetic": lambda _: by_hand(lambda clock: rng.standard_normal()),
    }
    for loop, theirs in loops.items():
        rate, ratios = times_as_fast(lambda _: in_bulk(replicates=scale.replicates), theirs, scale)
        yield Line(
            f"{scale.replicates:,} x {rounds:,}, beside {loop}",
            rate,
            ratios,
            "50 times the loop, 2.5 million rounds a second",
            bool(np.median(ratios) >= 50 and rate >= 2.5e6),
        )


def times_as_fast(ours: Run, loop: Run, scale: Scale) -> tuple[float, NDArray[np.float64]]:
    """Our rounds a second, and ratios of the rates, the loop playing one replicate."""
    our_times, loop_times = in_turn(ours, loop, scale.repeats)
    rate = scale.replicates * scale.bulk_rounds / np.median(our_times)
    return float(rate), loop_times * scale.replicates / our_times


BENCHMARKS: Final[dict[str, Callable[[Scale], Iterator[Line]]]] = {
    "rounds": rounds_of_every_game,
    "refit": refits,
    "replicates": bulk,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks and print their lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="see that it runs; measures nothing")
    scale = QUICK if parser.parse_args(arguments).quick else FULL
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, "
        f"scikit-learn {sklearn.__version__}, {platform.machine()}; "
        f"CPU time, {scale.repeats} runs of either side in turn"
    )
    for name, benchmark in BENCHMARKS.items():
        print(f"\n{name}: {benchmark.__doc__}")
        print(f"  {'':<46}{'rounds/s':>13}{'min':>10}{'median':>9}{'max':>9}")
        for line in benchmark(scale):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
