"""Which sanitizers find flipped labels, and how many honest rows they take for flipped.

In each of three data sets (digits 4 v 9 and 1 v 7, and two Gaussian clouds in the plane whose means
lie three standard deviations apart) and for each of three seeds, 50 rows a class are offered, with
20 of the 100 labels flipped in place; 50 others a class are trusted. A sanitizer sees the trusted
rows and the offered ones, and rejects some: the flipped ones among them are caught, the others are
false alarms. All have their default parameters, but that TRIM is told the share of flips; nothing
is set on the flips. The detector that rejects one row in five at random is what they must beat.

Run as ``python experiments/label_cleaning.py [--out DIR] [--quick]``; quick leaves out RONI, which
refits a model for every row.
"""

import argparse
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from armsrace.batch import Batch, Mask
from armsrace.defenses import (
    ConfidentFilter,
    Defense,
    Fitted,
    LossFilter,
    Memory,
    NeighborFilter,
    RejectOnNegativeImpact,
    Sanitize,
    SlabFilter,
    SphereFilter,
    Trim,
)
from armsrace.defenses.training import fit_from_scratch
from armsrace.figures import DOUBLE_COLUMN, Drawing, Provenance, paper_style, publish
from armsrace.statistics import wilson_interval

SEEDS: Final = 3
A_CLASS: Final = 50
FLIPS: Final = 20
CAUGHT, FALSE_ALARMS = 163, 36
"""The goal: what cleanlab's confident learning was measured to do in this protocol."""


@final
@dataclass(frozen=True)
class RandomFilter(Sanitize):
    """Reject rows at random."""

    share: float

    def sanitize(
        self, offered: Batch, model: Fitted, memory: Memory, rng: np.random.Generator
    ) -> Mask:
        """True for each row that is lucky."""
        return rng.random(len(offered)) >= self.share


SANITIZERS: Final[Mapping[str, Sanitize]] = {
    "one in five at random": RandomFilter(FLIPS / (2 * A_CLASS)),
    "sphere": SphereFilter(),
    "slab": SlabFilter(),
    "loss (present model)": LossFilter(),
    "loss (held out)": LossFilter(model=LogisticRegression()),
    "nearest neighbors": NeighborFilter(),
    "loss or neighbors": Defense(LossFilter(model=LogisticRegression()), NeighborFilter()),
    "confident learning": ConfidentFilter(),
    "TRIM": Trim(share=FLIPS / (2 * A_CLASS)),
    "RONI": RejectOnNegativeImpact(suspects=(False, True)),
}


@final
@dataclass(frozen=True, eq=False)
class Run:
    """What a sanitizer is offered and trusts, and which labels are flipped."""

    offered: Batch
    trusted: Batch
    flipped: Mask


def runs() -> Iterator[Run]:
    """The nine runs."""
    for data in (digits(4, 9), digits(1, 7), None):
        for seed in range(SEEDS):
            rng = np.random.default_rng(seed)
            rows, labels = clouds(rng) if data is None else data
            order = [rng.permutation(np.flatnonzero(labels == label)) for label in (False, True)]
            offered = np.concatenate([members[:A_CLASS] for members in order])
            trusted = np.concatenate([members[A_CLASS : 2 * A_CLASS] for members in order])
            flipped = np.zeros(len(offered), dtype=bool)
            flipped[rng.choice(len(offered), FLIPS, replace=False)] = True
            yield Run(
                Batch.of(rows[offered], labels[offered] ^ flipped),
                Batch.of(rows[trusted], labels[trusted]),
                flipped,
            )


def digits(honest: int, malicious: int) -> tuple[NDArray[np.float64], Mask]:
    """The images of two digits, pixels in [0, 1]."""
    from sklearn.datasets import load_digits

    rows, digit = load_digits(return_X_y=True)
    either = np.isin(digit, (honest, malicious))
    return rows[either] / 16, digit[either] == malicious


def clouds(rng: np.random.Generator) -> tuple[NDArray[np.float64], Mask]:
    """Two Gaussian clouds; the best classifier errs on one row in 15."""
    labels = np.arange(4 * A_CLASS) % 2 == 1
    return rng.normal(size=(4 * A_CLASS, 2)) + [3.0, 0.0] * labels[:, None], labels


def measure(sanitizer: Sanitize) -> tuple[int, int, float]:
    """Flipped labels caught, false alarms, and CPU seconds, over all runs."""
    caught, false_alarms, seconds = 0, 0, 0.0
    for run in runs():
        rng = np.random.default_rng(0)
        model = fit_from_scratch(LogisticRegression(), (run.trusted,), rng)
        memory = Memory(model, (run.trusted,))
        start = time.process_time()
        rejected = ~sanitizer.sanitize(run.offered, model, memory, rng)
        seconds += time.process_time() - start
        caught += int((rejected & run.flipped).sum())
        false_alarms += int((rejected & ~run.flipped).sum())
    return caught, false_alarms, seconds


def draw(counts: Mapping[str, tuple[int, int]], flips: int, honest: int) -> Drawing:
    """The shares of flipped labels caught and of honest rows rejected, with intervals."""
    from matplotlib.figure import Figure

    names = list(counts)
    caught, false_alarms = np.array(list(counts.values())).T
    columns: dict[str, NDArray[np.generic]] = {"sanitizer": np.array(names)}
    with paper_style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 0.22 * len(names) + 0.9))
        panels = figure.subplots(1, 2, sharey=True)
        shown = (
            ("caught", caught, flips, CAUGHT),
            ("false_alarms", false_alarms, honest, FALSE_ALARMS),
        )
        for axes, (name, count, trials, goal) in zip(panels, shown, strict=True):
            rate = wilson_interval(count, trials)
            errors = np.stack([rate.estimate - rate.low, rate.high - rate.estimate])
            axes.barh(names, rate.estimate, color="#4477AA")
            axes.errorbar(rate.estimate, names, xerr=errors, fmt="none", ecolor="black")
            axes.axvline(goal / trials, color="#EE6677", linestyle="--")
            columns |= {name: count, f"{name}_low": rate.low, f"{name}_high": rate.high}
        panels[0].invert_yaxis()
        panels[0].set_xlabel(f"share caught of {flips} flipped labels")
        panels[1].set_xlabel(f"share rejected of {honest} honest rows")
        told = f"95% intervals (Wilson), {SEEDS} seeds in each of 3 data sets; dashed: the goal"
        figure.suptitle(told, fontsize=8)
    return Drawing(figure, columns)


def main() -> None:
    """Measure every sanitizer, print the table, and publish it but for the CPU seconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/figures"))
    parser.add_argument("--quick", action="store_true", help="leave out RONI")
    options = parser.parse_args()
    count = len(list(runs()))
    flips, honest = count * FLIPS, count * (2 * A_CLASS - FLIPS)
    print(f"{'sanitizer':<24}caught of {flips}  false alarms of {honest}  CPU seconds")
    counts: dict[str, tuple[int, int]] = {}
    for name, sanitizer in SANITIZERS.items():
        if options.quick and isinstance(sanitizer, RejectOnNegativeImpact):
            continue
        with threadpool_limits(1):  # threads that wait for each other take CPU seconds, too
            caught, false_alarms, seconds = measure(sanitizer)
        print(f"{name:<24}{caught:>13}{false_alarms:>21}{seconds:>13.3f}")
        counts[name] = caught, false_alarms
    met = [
        name
        for name, (caught, false_alarms) in counts.items()
        if caught >= CAUGHT and false_alarms <= FALSE_ALARMS
    ]
    print(f"at least {CAUGHT} caught with at most {FALSE_ALARMS} false alarms: {', '.join(met)}")
    options.out.mkdir(parents=True, exist_ok=True)
    provenance = Provenance(
        0,
        "python experiments/label_cleaning.py",
        {"seeds": SEEDS, "flips": FLIPS, "rows_a_class": A_CLASS},
        source=Path(__file__),
    )
    publish(draw(counts, flips, honest), "label_cleaning", options.out, provenance=provenance)


if __name__ == "__main__":
    main()
