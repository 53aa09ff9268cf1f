r"""Whoever is slower leads: update periods decide which Stackelberg point a race ends at.

Two sides lower their own losses, the learner by its model w, the adversary by its effort a:

    learner     w^2 / 2 - w (0.4 + 2 a)
    adversary   a^2 / 2 - a (0.2 + 0.15 w) + 0.1 w

Best responses are w = 0.4 + 2 a and a = 0.2 + 0.15 w. They meet in the one Nash equilibrium, (8/7,
13/35); a learner that leads goes to w = 2, an adversary that leads to a = 0.15. The losses are our
own, since points do not determine them: beside that equilibrium and that leading learner, a leading
adversary at 0.1265 is in no game with coefficients in tenths, and in 160 with twentieths.

Neither side knows any of this. Each tries its action a little higher and a little lower, in four
slots of its own update period, and then moves along the difference in what it lost in the second
half of each slot. The rule is the same for both; only the periods differ. A side whose period is
long against the other's sees what the other makes of its trials, and so learns as a leader does; a
side whose period is short sees the other stand still. That update frequencies decide the order of
play is what Zrnic et al. (2021) show; the game and the rule here are ours.

A cell has the regime of a point when it ends within 0.15 of it, wherever in the 95 % intervals over
the seeds its model and effort are; otherwise it is "between". There trials and reactions interfere:
a reaction that comes a slot late is taken for the answer to the next trial.

Run as ``python experiments/who_leads.py [--out DIR] [--quick]``.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.figures import DOUBLE_COLUMN, Drawing, Provenance, paper_style, publish
from armsrace.statistics import mean_interval

Array = NDArray[np.float64]

SEED = 2021
SEEDS = 16
PERIODS = (1, 4, 16, 64, 256)
EPOCHS = 80  # updates of a side with the longest period
STEP = 0.3
TRIAL = 0.1
NOISE = 0.005  # of a loss observed in a round
NEAR = 0.15
# Trials up and down: with periods that are powers of 4, neither pattern shows in the other's.
LEARNER_TRIALS = np.array([1.0, -1.0, -1.0, 1.0])
ADVERSARY_TRIALS = np.array([1.0, 1.0, -1.0, -1.0])
POINTS = {
    "Nash": (8 / 7, 13 / 35),
    "learner leads": (2.0, 0.5),
    "adversary leads": (0.7, 0.15),
}


def learner_loss(w: Array, a: Array) -> Array:
    """What the learner loses a round."""
    loss: Array = w**2 / 2 - w * (0.4 + 2.0 * a)
    return loss


def adversary_loss(w: Array, a: Array) -> Array:
    """What the adversary loses a round."""
    loss: Array = a**2 / 2 - a * (0.2 + 0.15 * w) + 0.1 * w
    return loss


@final
@dataclass
class Side:
    """One side's action in every cell, and what its current trials have shown."""

    action: Array
    periods: NDArray[np.intp]
    pattern: Array
    shown: Array

    def tried(self, round: int) -> Array:
        """What it plays: its action, a little higher or lower."""
        played: Array = self.action + TRIAL * self._sign(round)
        return played

    def learn(self, round: int, lost: Array) -> None:
        """Count the loss, unless the slot has just begun; at the end of the trials, move."""
        counts = 2 * (round % self.periods) >= self.periods - 1
        self.shown += np.where(counts, self._sign(round) * lost, 0.0)
        ends = (round + 1) % (4 * self.periods) == 0
        counted = 4 * (self.periods - self.periods // 2)
        slope = self.shown / (TRIAL * counted)
        self.action = np.where(ends, self.action - STEP * slope, self.action)
        self.shown = np.where(ends, 0.0, self.shown)

    def _sign(self, round: int) -> Array:
        sign: Array = self.pattern[round // self.periods % 4]
        return sign


def simulate(
    periods: tuple[int, ...], seeds: int, rounds: int, rng: np.random.Generator
) -> dict[str, Array]:
    """Mean actions and loss over the last quarter, shape (learner period, adversary's, seed)."""
    lengths = np.array(periods)
    shape = (len(periods), len(periods), seeds)
    learner, adversary = (
        Side(rng.uniform(0.0, 1.0, shape), own, pattern, np.zeros(shape))
        for own, pattern in (
            (lengths[:, None, None], LEARNER_TRIALS),
            (lengths[None, :, None], ADVERSARY_TRIALS),
        )
    )
    totals = {name: np.zeros(shape) for name in ("model", "effort", "loss")}
    for t in range(rounds):
        w, a = learner.tried(t), adversary.tried(t)
        lost = learner_loss(w, a)
        if 4 * t >= 3 * rounds:
            for name, value in (("model", w), ("effort", a), ("loss", lost)):
                totals[name] += value
        noise = NOISE * rng.standard_normal((2, *shape))
        learner.learn(t, lost + noise[0])
        adversary.learn(t, adversary_loss(w, a) + noise[1])
    counted = rounds - -(-3 * rounds // 4)
    return {name: total / counted for name, total in totals.items()}


def regimes(ends: dict[str, Array]) -> NDArray[np.str_]:
    """The point that each cell ends at, or "between", shape (learner period, adversary's)."""
    estimates = [mean_interval(np.moveaxis(ends[name], -1, 0)) for name in ("model", "effort")]
    regime = np.full(ends["model"].shape[:2], "between", dtype="<U16")
    for name, point in POINTS.items():
        offsets = [
            np.abs(interval.estimate - coordinate) + interval.half_width
            for interval, coordinate in zip(estimates, point, strict=True)
        ]
        regime[np.hypot(*offsets) < NEAR] = name
    return regime


def draw(periods: tuple[int, ...], ends: dict[str, Array]) -> Drawing:
    """The learner's loss by the periods of both sides, with the regime in each cell."""
    from matplotlib.figure import Figure

    regime = regimes(ends)
    estimates = {name: mean_interval(np.moveaxis(values, -1, 0)) for name, values in ends.items()}
    loss = estimates["loss"].estimate
    with paper_style():
        figure = Figure(figsize=(DOUBLE_COLUMN / 1.6, 3.4))
        axes = figure.subplots()
        mesh = axes.imshow(loss, cmap="Blues_r", origin="lower", aspect="auto")
        figure.colorbar(mesh, ax=axes, label="learner's loss a round")
        middle = (loss.min() + loss.max()) / 2
        for (i, j), word in np.ndenumerate(regime):
            ink = "white" if loss[i, j] < middle else "black"
            text = str(word).replace(" ", "\n")
            axes.text(j, i, text, ha="center", va="center", fontsize=6.5, color=ink)
        axes.set_xticks(range(len(periods)), [str(p) for p in periods])
        axes.set_yticks(range(len(periods)), [str(p) for p in periods])
        axes.set_xlabel("adversary's update period (rounds)")
        axes.set_ylabel("learner's update period (rounds)")
        seeds = ends["loss"].shape[-1]
        axes.set_title(f"mean loss and regime by 95% intervals (Student t), seeds: {seeds}")
    columns: dict[str, NDArray[np.generic]] = {
        "learner_period": np.repeat(periods, len(periods)),
        "adversary_period": np.tile(periods, len(periods)),
        "regime": regime.ravel(),
    }
    for name, interval in estimates.items():
        columns[name] = interval.estimate.ravel()
        columns[f"{name}_low"] = interval.low.ravel()
        columns[f"{name}_high"] = interval.high.ravel()
    return Drawing(figure, columns)


def main() -> None:
    """Simulate, draw, publish, and print where the race ends."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/figures"))
    parser.add_argument("--quick", action="store_true", help="see that it runs; shows little")
    options = parser.parse_args()
    periods, seeds = (PERIODS[:3], 4) if options.quick else (PERIODS, SEEDS)
    rounds = 4 * max(periods) * EPOCHS
    ends = simulate(periods, seeds, rounds, np.random.default_rng(SEED))
    options.out.mkdir(parents=True, exist_ok=True)
    drawing = draw(periods, ends)
    provenance = Provenance(
        SEED,
        "python experiments/who_leads.py",
        {"periods": list(periods), "seeds": seeds, "rounds": rounds},
        source=Path(__file__),
    )
    publish(drawing, "who_leads", options.out, provenance=provenance)
    names = ("learner_period", "adversary_period", "model", "effort", "loss")
    print("".join(f"{name:>18}" for name in names), " regime")
    for row in zip(*(drawing.columns[name] for name in (*names, "regime")), strict=True):
        print("".join(f"{number:>18.4g}" for number in row[:-1]), f" {row[-1]}")


if __name__ == "__main__":
    main()
