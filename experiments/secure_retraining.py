r"""When to retrain, solved in a measured twin and played on real e-mails.

The race for a centroid under drift (`centroid_shift`) is made a Markov game by its twin, whose
numbers are measured on the training rows (`measured_displacement`), and solved. The equilibrium
policy and the usual schedules are each put against the adversary's exact best reply: the
*guaranteed loss*; what it lies above the game's value is the policy's *regret*.

Then all of them, and those that only the real detector has (the mean of everything, a window, a
median center, a false-positive guard), are played on real e-mails, where held-out rows are judged.
There the adversary chooses, for each of them, the most harmful of its candidates: every held
action, its own equilibrium policy, and its best replies to the schedules in the twin. It chooses on
some seeds and is scored on others. A policy's true guaranteed loss is at least what it loses there.

What the twin *predicts* is the loss of the same pair over the same rounds. Two things may set it
apart from what is measured, beside the twin's own errors:

* chance of the plays: ``low`` to ``high``, Student's t over seeds, at a level that makes the
  intervals of all policies hold at once with 95 % (Bonferroni);
* the choice of e-mails: the twin counts blocked rows among N training rows, the real game among N'
  held-out ones. The share h of rounds (discounted) in which a row is blocked is between 0 and 1,
  so with the mean p it has at most the variance p (1 - p) (Bhatia and Davis), and the difference
  of the two counts at most the standard error :math:`\sqrt{p (1 - p) (1 / N + 1 / N')}`: the
  ``margin``, at the same level.

A prediction is *within* when it differs from the measured loss by no more than the two combine to
(their squares add). The *recounted* prediction counts blocked rows among the held-out ones instead,
after all policies are fixed, and has to lie between low and high itself. The guarantee *holds* when
it is above high, is *broken* when it is below low, and *undecided* in between. It counts all rounds
to come; those beyond the last one played weigh 1.7 %. And it is that of the game on its grid; finer
grids move the guarantees by up to .7.

In both games policies go by the course, too: by whether the traffic drifts towards the target or
away from it. Chance draws it, and all losses are means over the courses.

Run as ``python experiments/secure_retraining.py [--out DIR] [--quick]``.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import NormalDist
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from armsrace.agents import Always, MarkovPolicy, Periodic
from armsrace.agents.agent import Agent
from armsrace.assess import Schedule, SecureRetraining, secure_retraining
from armsrace.empirical import empirical_game, measure_plays
from armsrace.figures import Provenance, loss_bars, publish
from armsrace.history import History
from armsrace.replicates import play_replicates
from armsrace.solvers import best_response
from armsrace.solvers.markov_schedules import reply_to_cycle
from armsrace.statistics import mean_interval, paired_difference
from armsrace.worlds import Drift, Pool
from games import CentroidShift, MeasuredDisplacement

Array = NDArray[np.float64]

SEED: Final = 2006
DISCOUNT: Final = 0.95
MEMORIES: Final = (200.0, 500.0, 2000.0)
PERIODS: Final = (2, 3, 5, 10)
LEVEL: Final = 0.95
ONLY_REAL: Final = ("retrain", "retrain_window", "retrain_median", "retrain_guarded")
GUARDS: Final = (0.08, 1.0)
"""Limits of the guard that is played, and of one that never resets, which is not.

The drift takes every detector away from the trusted rows: in plays as long as these the guard goes
back every 1.7 rounds without any attack (95 %: [1.4, 2.0], 25 plays), in the first 20 rounds every
11.
"""
COARSE: Final = {
    "displacement": np.linspace(-0.1, 0.5, 4),
    "lag": np.linspace(0.0, 1.2, 7),
    "followed": np.linspace(0.0, 1.2, 5),
}


@dataclass(frozen=True)
class Sizes:
    """Rounds of a play, seeds that choose the adversary, seeds that score it, replicates."""

    rounds: int = 80
    tuning: int = 6
    scoring: int = 100
    replicates: int = 4000


FULL: Final = Sizes()
QUICK: Final = Sizes(rounds=3, tuning=2, scoring=2, replicates=50)


def solve(game: CentroidShift, quick: bool) -> SecureRetraining:
    """The twin of the game, solved."""
    twin = MeasuredDisplacement.of(game)
    features = {**COARSE, "course": twin.axes["course"][[0, -2, -1]]} if quick else None
    return secure_retraining(twin, features=features, periods=PERIODS)


def played(solved: SecureRetraining) -> list[Schedule]:
    """The schedules that are played, too: all but the triggered ones, of which the best ones are.

    A trigger that always fires, or never, is played as the fixed schedule that it is.
    """
    fixed = [schedule for schedule in solved.schedules if schedule.kind != "triggered"]
    best: dict[str, Schedule] = {}
    for schedule in solved.schedules:  # in the order of their losses
        if schedule.kind == "triggered":
            action = next(a for a in map(str, solved.form.actions[0][1:]) if a in schedule.name)
            best.setdefault(action, schedule)
    return [*fixed, *best.values()]


def learners(solved: SecureRetraining) -> dict[str, Agent]:
    """Every policy to be played, by name: those of the twin, and those it does not know."""
    agents: dict[str, Agent] = {}
    for schedule in played(solved):
        agent: Agent
        if schedule.kind == "periodic":
            action, _, period = schedule.name.partition(" every ")
            agent = Periodic(action, "hold", int(period.split()[0]))
        else:
            agent = policy(solved, "learner", schedule.cycle[0])
        if agent not in agents.values():
            agents[schedule.name] = agent
    for action in ONLY_REAL:
        agents[f"always {action}"] = Always(action)
        agents[f"{action} every 5 rounds"] = Periodic(action, "hold", 5)
    return agents


def adversaries(solved: SecureRetraining, rounds: int) -> dict[str, Agent]:
    """Candidates for the most harmful adversary, by name: different agents."""
    agents: dict[str, Agent] = {str(a): Always(str(a)) for a in solved.form.actions[1]}
    agents["equilibrium"] = policy(solved, "adversary", solved.equilibrium.policies[1])
    for schedule in played(solved):
        if len(schedule.cycle) == 1:
            table = best_response(solved.form, "adversary", against=schedule.cycle[0]).policy
        else:
            _, phases = reply_to_cycle(solved.form, "adversary", schedule.cycle)
            table = phases[np.arange(rounds) % len(phases)]
        reply = policy(solved, "adversary", table)
        if reply not in agents.values():
            agents[f"reply to {schedule.name}"] = reply
    return agents


def policy(solved: SecureRetraining, role: str, table: Array) -> MarkovPolicy:
    """A policy of the twin, to be played in either game."""
    actions = [str(action) for action in solved.form.actions[solved.form.role_index(role)]]
    return MarkovPolicy(solved.grid, actions, table, solved.game.opening.tolist())


def measure(
    game: CentroidShift,
    agents: Mapping[str, Agent],
    candidates: Mapping[str, Agent],
    sizes: Sizes,
    *,
    jobs: int,
) -> dict[str, tuple[str, Array]]:
    """For each learner, the candidate that harms it most, and its losses: shape (scoring,)."""
    matrix = empirical_game(
        game,
        learners=agents.values(),
        adversaries=candidates.values(),
        seeds=sizes.tuning,
        seed=SEED,
        jobs=jobs,
        progress=True,
    )
    worst = matrix.payoffs[0].argmin(axis=1)
    names = list(candidates)
    measured = {}
    for (name, agent), index in zip(agents.items(), worst.tolist(), strict=True):
        measured[name] = (
            names[index],
            measure_plays(
                game,
                agent,
                candidates[names[index]],
                lost_in,
                seeds=sizes.scoring,
                seed=SEED + 1,
                jobs=jobs,
            ),
        )
    return measured


def lost_in(history: History) -> float:
    """What the learner lost a round."""
    return -history.payoffs[0]


def predict(
    twin: MeasuredDisplacement, learner: Agent, adversary: Agent, replicates: int
) -> tuple[float, float]:
    """What a pair loses in the twin, and what share of the honest rows is blocked."""
    plays = play_replicates(twin, learner, adversary, replicates=replicates, seed=SEED)
    weights = twin.discount ** np.arange(twin.rounds)
    blocked = float(plays.means["fp"] @ weights / weights.sum())
    return -float(plays.payoffs[0].mean()), blocked / twin.traffic


def table(
    game: CentroidShift,
    solved: SecureRetraining,
    measured: Mapping[str, tuple[str, Array]],
    sizes: Sizes,
) -> pd.DataFrame:
    """One row a policy: guaranteed, predicted and measured; see the top of the file."""
    agents, candidates = learners(solved), adversaries(solved, sizes.rounds)
    twin = MeasuredDisplacement.of(game)
    guaranteed = {schedule.name: schedule.loss for schedule in solved.schedules}
    level = 1.0 - (1.0 - LEVEL) / len(measured)
    spread = np.sqrt(sum(1.0 / count for count in honest_rows(game)))
    rows: list[dict[str, Any]] = []
    for name, (adversary, lost) in measured.items():
        interval = mean_interval(lost, level=level)
        excess = paired_difference(lost, measured["equilibrium"][1], level=level)
        row: dict[str, Any] = {
            "policy": name,
            "guaranteed_loss": guaranteed.get(name, np.nan),
            "regret": guaranteed.get(name, np.nan) - solved.guaranteed_loss,
            "adversary": adversary,
            "measured_loss": float(interval.estimate),
            "low": float(interval.low),
            "high": float(interval.high),
            "measured_excess": float(excess.estimate),
            "excess_low": float(excess.low),
            "excess_high": float(excess.high),
        }
        if name in guaranteed:
            pair = agents[name], candidates[adversary]
            predicted, share = predict(twin, *pair, sizes.replicates)
            recounted, _ = predict(replace(twin, judged="test"), *pair, sizes.replicates)
            error = game.traffic * np.sqrt(share * (1.0 - share)) * spread
            margin = NormalDist().inv_cdf((1.0 + level) / 2) * float(error)
            row |= _compared(row, predicted, margin, recounted)
        rows.append(row)
    return pd.DataFrame(rows).sort_values("measured_loss", ignore_index=True)[list(COLUMNS)]


COLUMNS: Final = (
    *("policy", "guaranteed_loss", "regret", "adversary", "predicted_loss", "recounted_loss"),
    *("measured_loss", "low", "high", "margin", "prediction", "recount", "guarantee"),
    *("measured_excess", "excess_low", "excess_high"),
)


def _compared(
    row: Mapping[str, Any], predicted: float, margin: float, recounted: float
) -> dict[str, Any]:
    """The predictions of a row, and where they and the guarantee lie."""
    measured, low, high = row["measured_loss"], row["low"], row["high"]
    reach = float(np.hypot(high - measured, margin))
    return {
        "predicted_loss": predicted,
        "recounted_loss": recounted,
        "margin": margin,
        "prediction": _place(predicted, measured - reach, measured + reach),
        "recount": _place(recounted, low, high),
        "guarantee": {"above": "holds", "within": "undecided", "below": "broken"}[
            _place(row["guaranteed_loss"], low, high)
        ],
    }


def _place(value: float, low: float, high: float) -> str:
    """Where a number lies, seen from an interval."""
    if value > high:
        return "above"
    return "below" if value < low else "within"


def honest_rows(game: CentroidShift) -> tuple[int, int]:
    """Honest rows of the training part and of the held-out part."""
    assert isinstance(game.setup.world, Drift)
    pool = game.setup.world.world
    assert isinstance(pool, Pool)
    return int((~pool.train.labels).sum()), int((~pool.test.labels).sum())


def verdicts(results: pd.DataFrame) -> Iterator[str]:
    """What the table says, in sentences."""
    rows: dict[str, dict[str, Any]] = {
        str(row["policy"]): {str(name): value for name, value in row.items()}
        for row in results.to_dict("records")
    }
    solved = {name: row for name, row in rows.items() if not np.isnan(row["guaranteed_loss"])}
    fixed = {
        row["guaranteed_loss"]: name
        for name, row in solved.items()
        if name != "equilibrium" and "triggered" not in name
    }
    yield (
        f"guaranteed: equilibrium {rows['equilibrium']['guaranteed_loss']:.2f}, "
        f"best fixed schedule {min(fixed):.2f} ({fixed[min(fixed)]})"
    )
    seen = {row["low"]: name for name, row in rows.items() if name not in solved}
    yield (
        f"without a twin: none guarantees less than the lower end of what it was seen to lose, "
        f"{min(seen):.2f} ({seen[min(seen)]})"
    )
    for column, good in (("prediction", "within"), ("recount", "within"), ("guarantee", "holds")):
        others = [f"{name} {row[column]}" for name, row in solved.items() if row[column] != good]
        yield (
            f"{column}: {len(solved) - len(others)} of {len(solved)} {good}; "
            f"{', '.join(others) or 'no other'}"
        )
    for column in ("predicted_loss", "recounted_loss"):
        apart = [row[column] - row["measured_loss"] for row in solved.values()]
        yield f"{column} minus measured_loss: {min(apart):.2f} to {max(apart):.2f}"


def main() -> None:
    """Solve, play, publish, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/figures"))
    parser.add_argument("--quick", action="store_true", help="see that it runs; shows nothing")
    options = parser.parse_args()
    sizes = QUICK if options.quick else FULL
    game = CentroidShift(
        rounds=sizes.rounds,
        discount=DISCOUNT,
        memories=MEMORIES[:1] if options.quick else MEMORIES,
        guards=GUARDS,
    )
    solved = solve(game, options.quick)
    print(solved)
    jobs = 1 if options.quick else 2
    measured = measure(game, learners(solved), adversaries(solved, sizes.rounds), sizes, jobs=jobs)
    options.out.mkdir(parents=True, exist_ok=True)
    results = table(game, solved, measured, sizes)
    results.to_csv(options.out / "secure_retraining_table.csv", index=False, lineterminator="\n")
    print(results.round(2).to_string(index=False))
    print(*verdicts(results), sep="\n")
    drawing = loss_bars(
        {name: lost for name, (_, lost) in measured.items()},
        quantity="honest rows blocked a round, in all (discounted), on held-out seeds",
        highlighted={"equilibrium"},
    )
    provenance = Provenance(
        SEED,
        "python experiments/secure_retraining.py",
        {
            "rounds": sizes.rounds,
            "tuning seeds": sizes.tuning,
            "scoring seeds": sizes.scoring,
            "replicates": sizes.replicates,
            "discount": DISCOUNT,
        },
        source=Path(__file__),
    )
    publish(drawing, "secure_retraining", options.out, provenance=provenance)


if __name__ == "__main__":
    main()
