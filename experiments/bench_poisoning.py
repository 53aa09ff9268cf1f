"""Poisoning a support vector machine: ours beside ART's, damage and CPU time and gradients.

The protocol: scikit-learn's digits 4 and 9 (malicious), pixels / 16, in the box [0, 1]; for each
of three seeds 50 images a class to train on, 50 to validate on and the rest to test on; 20 rows are
added; an SVC with C = 1, linear or RBF with gamma 0.05, is refitted on all of it by scikit-learn.
Errors are means over the three test parts, in %: one test image is 0.6 %, and differences under
1 % are noise. CPU time is that of all three attacks.

Beside the two attacks stand two that do not optimize: *flipped copies* adds as many training rows
under the wrong label, *labels flipped in place* gives as many training rows the wrong label, which
is more than adding rows, since it takes the honest ones away.

Gradients are compared with central differences of the validation hinge loss through a refit by
scikit-learn, at flipped copies that the machine is trained on: the least cosine and the largest.
ART's takes seconds, so that it gets fewer steps: two a row, the least that it accepts.

ART's part is left out when it is not installed (``pip install armsrace[bench]``).
Run as ``python experiments/bench_poisoning.py [--quick]``.
"""

import argparse
import importlib.util
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from armsrace.attacks.poison.flipped_copies import flipped_copies
from armsrace.attacks.poison.svm.ascent import Region, poison_rows
from armsrace.attacks.poison.svm.gradient import hinge_gradient
from armsrace.attacks.poison.svm.kernels import Kernel, LinearKernel, RBFKernel
from armsrace.attacks.poison.svm.machine import KernelMachine, signs_of
from armsrace.batch import Batch
from armsrace.feasible import Feasible

Array = NDArray[np.float64]
BOX: Final = Feasible(lower=0.0, upper=1.0)
GAMMA: Final = 0.05
REACH: Final = 1e-3
"""Half the distance over which a difference is taken."""


@final
@dataclass(frozen=True)
class Scale:
    """How much is run."""

    seeds: int
    rows: int
    art_iterations: int
    gradients: int


FULL: Final = Scale(seeds=3, rows=20, art_iterations=2, gradients=5)
QUICK: Final = Scale(seeds=1, rows=4, art_iterations=2, gradients=1)


@final
@dataclass(frozen=True)
class Task:
    """One split of the digits."""

    seed: int
    training: Batch
    validation: Batch
    test: Batch

    @classmethod
    def of(cls, seed: int) -> "Task":
        """The split of a seed."""
        images, digits = load_digits(return_X_y=True)
        rng = np.random.default_rng(seed)
        classes = [rng.permutation(np.flatnonzero(digits == digit)) for digit in (4, 9)]
        parts = [
            np.concatenate([index[part] for index in classes])
            for part in (slice(50), slice(50, 100), slice(100, None))
        ]
        return cls(seed, *(Batch.of(images[part] / 16, digits[part] == 9) for part in parts))

    def rng(self) -> np.random.Generator:
        """What the attacks draw their starts from, the same for each."""
        return np.random.default_rng(1000 + self.seed)


def machine(kernel: Kernel) -> Any:
    """scikit-learn's machine, unfitted; tight enough for differences."""
    if isinstance(kernel, LinearKernel):
        return SVC(kernel="linear", C=1.0, tol=1e-10)
    return SVC(kernel="rbf", gamma=GAMMA, C=1.0, tol=1e-10)


Attack = Callable[[Task, Kernel, int], Batch]


def untouched(task: Task, kernel: Kernel, size: int) -> Batch:
    """The training rows as they are."""
    return task.training


def copied(task: Task, kernel: Kernel, size: int) -> Batch:
    """With copies under the wrong label."""
    return task.training.plus(flipped_copies(task.training, size, BOX, task.rng()))


def flipped(task: Task, kernel: Kernel, size: int) -> Batch:
    """With labels flipped in place."""
    training = task.training
    chosen = np.zeros(len(training), dtype=bool)
    chosen[task.rng().permutation(len(training))[:size]] = True
    return Batch.unmarked(training.rows, training.labels ^ chosen)


def ours(starts: int, steps: int) -> Attack:
    """With rows at the end of a joint ascent."""

    def attack(task: Task, kernel: Kernel, size: int) -> Batch:
        rng, region = task.rng(), Region.around(task.training.rows, BOX)
        copies = [flipped_copies(task.training, size, BOX, rng) for _ in range(starts)]
        own = poison_rows(task.training, task.validation, kernel, 1.0, copies, region, steps=steps)
        return task.training.plus(own)

    return attack


def art_attack(task: Task, kernel: Kernel, iterations: int) -> Any:
    """ART's attack on a machine fitted to the training rows."""
    from art.attacks.poisoning import PoisoningAttackSVM
    from art.estimators.classification.scikitlearn import ScikitlearnSVC

    training, validation = task.training, task.validation
    # Labels of SVC must be 0 and 1 for ART's own one-hot coding of them.
    fitted = machine(kernel).fit(training.rows, training.labels.astype(int))
    classifier = ScikitlearnSVC(fitted, clip_values=(0.0, 1.0))
    codes = [np.eye(2)[part.labels.astype(int)] for part in (training, validation)]
    return PoisoningAttackSVM(
        classifier,
        step=0.1,
        eps=1.0,
        x_train=training.rows,
        y_train=codes[0],
        x_val=validation.rows,
        y_val=codes[1],
        max_iter=iterations,
        verbose=False,
    )


def art(iterations: int) -> Attack:
    """With rows that ART has moved from the same flipped copies."""

    def attack(task: Task, kernel: Kernel, size: int) -> Batch:
        copies = flipped_copies(task.training, size, BOX, task.rng())
        mover, codes = art_attack(task, kernel, iterations), np.eye(2)[copies.labels.astype(int)]
        # Not its `poison`, which in the end asks for probabilities that the machine has not got.
        moved = [
            mover.generate_attack_point(row.copy(), code)
            for row, code in zip(copies.rows, codes, strict=True)
        ]
        return task.training.plus(Batch.made(np.concatenate(moved), copies.labels))

    return attack


def error(rows: Batch, test: Batch, kernel: Kernel) -> float:
    """Test error after a refit, in %."""
    fitted = machine(kernel).fit(rows.rows, rows.labels)
    return 100 * float(np.mean(fitted.predict(test.rows) != test.labels))


def report(name: str, attack: Attack, kernel: Kernel, tasks: Sequence[Task], size: int) -> None:
    """Run an attack on each task, and print its damage and its time."""
    started = time.process_time()
    poisoned = [attack(task, kernel, size) for task in tasks]
    spent = time.process_time() - started
    errors = [error(rows, task.test, kernel) for rows, task in zip(poisoned, tasks, strict=True)]
    print(f"  {name:34s} error {np.mean(errors):5.1f} %   {spent:8.2f} CPU s", flush=True)


def hinge(rows: Array, labels: NDArray[np.bool_], task: Task, kernel: Kernel) -> float:
    """Validation loss of a machine that scikit-learn fits from nothing."""
    scores = machine(kernel).fit(rows, labels).decision_function(task.validation.rows)
    return float(np.maximum(0.0, 1.0 - signs_of(task.validation.labels) * scores).mean())


def differences(rows: Batch, index: int, task: Task, kernel: Kernel) -> Array:
    """The gradient of the validation loss by one training row, by refits."""
    gradient = np.zeros(rows.width)
    for column in range(rows.width):
        ends = []
        for sign in (1, -1):
            moved = rows.rows.copy()
            moved[index, column] += sign * REACH
            ends.append(hinge(moved, rows.labels, task, kernel))
        gradient[column] = (ends[0] - ends[1]) / (2 * REACH)
    return gradient


def cosine(one: Array, other: Array) -> float:
    """Of the angle between two vectors; 0 when one is zero."""
    norms = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / norms if norms else 0.0


def compare_gradients(kernel: Kernel, task: Task, count: int, *, with_art: bool) -> None:
    """Print how far the gradients agree with differences, and what one of them costs."""
    copies = flipped_copies(task.training, count, BOX, task.rng())
    signs = signs_of(task.validation.labels)
    agreements: dict[str, list[float]] = {"armsrace": [], **({"ART": []} if with_art else {})}
    spent = dict.fromkeys(agreements, 0.0)
    for each in range(count):
        copy = copies.take(np.array([each]))
        rows = task.training.plus(copy)
        expected = differences(rows, len(rows) - 1, task, kernel)
        fitted = KernelMachine.fit(rows.rows, signs_of(rows.labels), kernel, 1.0)
        started = time.process_time()
        gradient = hinge_gradient(fitted, task.validation.rows, signs, np.array([len(rows) - 1]))[0]
        spent["armsrace"] += time.process_time() - started
        agreements["armsrace"].append(cosine(gradient, expected))
        if with_art:
            attack = art_attack(task, kernel, 2)
            # ART differentiates by a row that its machine has just been fitted with.
            attack.estimator.model.fit(rows.rows, rows.labels.astype(int))
            started = time.process_time()
            found = attack.attack_gradient(copy.rows)
            spent["ART"] += time.process_time() - started
            agreements["ART"].append(cosine(np.ravel(np.asarray(found, dtype=float)), expected))
    for name, cosines in agreements.items():
        print(
            f"  gradient of {name:22s} cosine {min(cosines):6.3f} to {max(cosines):6.3f}"
            f"   {1000 * spent[name] / count:8.2f} CPU ms",
            flush=True,
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run every comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a small run, to see that it runs")
    scale = QUICK if parser.parse_args(arguments).quick else FULL
    with_art = importlib.util.find_spec("art") is not None
    tasks = [Task.of(seed) for seed in range(scale.seeds)]
    attacks: dict[str, Attack] = {
        "nothing": untouched,
        "flipped copies": copied,
        "labels flipped in place": flipped,
        "armsrace": ours(starts=1, steps=25),
        "armsrace, best of 3 starts": ours(starts=3, steps=25),
    }
    if with_art:
        attacks["ART"] = art(scale.art_iterations)
    else:
        print("ART is not installed: it is left out")
    for kernel in (LinearKernel(), RBFKernel(GAMMA)):
        print(f"{kernel}: {scale.rows} rows, {scale.seeds} splits")
        ours(starts=1, steps=1)(tasks[0], kernel, 2)  # imports and caches
        for name, attack in attacks.items():
            report(name, attack, kernel, tasks, scale.rows)
        compare_gradients(kernel, tasks[0], scale.gradients, with_art=with_art)


if __name__ == "__main__":
    with warnings.catch_warnings():
        # ART's, about what it imports.
        warnings.filterwarnings("ignore", module="art")
        main()
