"""When to retrain, solved in the twin and played on real e-mails.

The race for a centroid under drift is solved as a Markov game; the equilibrium policy and the usual
schedules are each put against the adversary's exact best reply (the guaranteed loss). Then all of
them, and those that only a real detector has (the mean of everything, a window, a median center, a
false-positive guard), are played on real e-mails. There the adversary chooses, for each of them,
the most harmful of its candidates: every held action, its own equilibrium policy, and its best
replies to the schedules in the twin. It chooses on some seeds and is scored on others.

Run as ``python experiments/secure_retraining.py [--out DIR] [--quick]``.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from armsrace.agents import Always, MarkovPolicy, Periodic
from armsrace.agents.agent import Agent
from armsrace.assess import Schedule, SecureRetraining, secure_retraining
from armsrace.empirical import empirical_game
from armsrace.figures import Provenance, loss_bars, publish
from armsrace.solvers import best_response
from armsrace.statistics import Interval, mean_interval, paired_difference
from games import CentroidDisplacement, CentroidShift

SEED = 2006
DISCOUNT = 0.95
MEMORIES = (200.0, 500.0, 2000.0)
ACTIONS = tuple(f"average_out_{n:g}" for n in MEMORIES)
PERIODS = (2, 3, 5, 10)
OPENING = (0.0, 0.0)


def solve(quick: bool) -> SecureRetraining:
    """The twin, solved."""
    twin = CentroidDisplacement(memories=MEMORIES[:1] if quick else MEMORIES)
    return secure_retraining(twin, discount=DISCOUNT, periods=PERIODS)


def played(solved: SecureRetraining) -> list[Schedule]:
    """The schedules of the twin that are played, too: of each kind the best for each action."""
    best: dict[tuple[str, str], Schedule] = {}
    for schedule in solved.schedules:  # in the order of their losses
        action = next((a for a in ACTIONS if a in schedule.name), "")
        best.setdefault((schedule.kind, action), schedule)
    return list(best.values())


def learners(solved: SecureRetraining) -> dict[str, Agent]:
    """Every policy to be played, by name: those of the twin, and those it does not know."""
    hold = str(solved.form.actions[0][0])
    agents: dict[str, Agent] = {}
    for schedule in played(solved):
        if schedule.kind == "periodic":
            action, _, period = schedule.name.partition(" every ")
            agents[schedule.name] = Periodic(action, hold, int(period.split()[0]))
        else:
            agents[schedule.name] = policy(solved, "learner", schedule.cycle[0])
    for action in ("retrain", "retrain_window", "retrain_median", "retrain_guarded"):
        agents[f"always {action}"] = Always(action)
        agents[f"{action} every 5 rounds"] = Periodic(action, hold, 5)
    return agents


def adversaries(solved: SecureRetraining) -> list[Agent]:
    """Candidates for the most harmful adversary: different agents."""
    held: list[Agent] = [Always(str(action)) for action in solved.form.actions[1]]
    replies = [
        best_response(solved.form, "adversary", against=schedule.cycle[0]).policy
        for schedule in played(solved)
        if len(schedule.cycle) == 1
    ]
    tables = [solved.equilibrium.policies[1], *replies]
    return list(dict.fromkeys([*held, *(policy(solved, "adversary", table) for table in tables)]))


def policy(solved: SecureRetraining, role: str, table: NDArray[np.float64]) -> MarkovPolicy:
    """A policy of the twin, to be played in the real game."""
    actions = [str(action) for action in solved.form.actions[solved.form.role_index(role)]]
    return MarkovPolicy(solved.grid, actions, table, OPENING)


def measure(
    game: CentroidShift,
    agents: Mapping[str, Agent],
    candidates: list[Agent],
    seeds: int,
    *,
    jobs: int = 2,
) -> dict[str, NDArray[np.float64]]:
    """Loss of each learner against the candidate that harms it most, shape (seeds,).

    Half of the seeds choose the candidate, the others score it.
    """
    matrix = empirical_game(
        game,
        learners=agents.values(),
        adversaries=candidates,
        seeds=2 * seeds,
        seed=SEED,
        jobs=jobs,
        progress=True,
    )
    assert matrix.samples is not None
    tuning, scoring = -matrix.samples[:seeds, 0], -matrix.samples[seeds:, 0]
    worst = tuning.mean(axis=0).argmax(axis=1)
    return {name: scoring[:, k, worst[k]] for k, name in enumerate(agents)}


def table(solved: SecureRetraining, losses: Mapping[str, NDArray[np.float64]]) -> pd.DataFrame:
    """One row a policy: guaranteed in the twin, measured, and measured above the equilibrium."""
    guaranteed = {schedule.name: schedule.loss for schedule in solved.schedules}
    rows: list[dict[str, Any]] = []
    for name, lost in losses.items():
        measured = mean_interval(lost)
        excess = paired_difference(lost, losses["equilibrium"])
        rows.append(
            {
                "policy": name,
                "guaranteed_loss": guaranteed.get(name, np.nan),
                "excess": guaranteed.get(name, np.nan) - solved.guaranteed_loss,
                "measured_loss": float(measured.estimate),
                "low": float(measured.low),
                "high": float(measured.high),
                "measured_excess": float(excess.estimate),
                "excess_low": float(excess.low),
                "excess_high": float(excess.high),
                "against_guarantee": _compared(measured, guaranteed.get(name)),
            }
        )
    return pd.DataFrame(rows).sort_values("measured_loss", ignore_index=True)


def _compared(measured: Interval, guaranteed: float | None) -> str:
    """Where the interval of what was measured lies, seen from what the twin guarantees."""
    if guaranteed is None:
        return ""
    if measured.high < guaranteed:
        return "below"
    return "above" if measured.low > guaranteed else "within"


def main() -> None:
    """Solve, play, publish, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/figures"))
    parser.add_argument("--quick", action="store_true", help="see that it runs; shows nothing")
    options = parser.parse_args()
    rounds, seeds = (3, 2) if options.quick else (60, 16)
    solved = solve(options.quick)
    print(solved)
    print(solved.policy("learner"))
    game = CentroidShift(
        rounds=rounds,
        discount=DISCOUNT,
        memories=solved.game.memories,  # type: ignore[attr-defined]
    )
    losses = measure(
        game, learners(solved), adversaries(solved), seeds, jobs=1 if options.quick else 2
    )
    options.out.mkdir(parents=True, exist_ok=True)
    results = table(solved, losses)
    results.to_csv(options.out / "secure_retraining_table.csv", index=False, lineterminator="\n")
    print(results.round(2).to_string(index=False))
    drawing = loss_bars(
        losses,
        quantity="honest rows blocked a round, in all (discounted), on held-out seeds",
        highlighted={"equilibrium"},
    )
    provenance = Provenance(
        SEED,
        "python experiments/secure_retraining.py",
        {"rounds": rounds, "seeds": seeds, "discount": DISCOUNT},
        source=Path(__file__),
    )
    publish(drawing, "secure_retraining", options.out, provenance=provenance)


if __name__ == "__main__":
    main()
