"""Where to put poison: projected gradient ascent on all of its rows at once.

The attack's rows start as *flipped copies*, rows of the traffic under the wrong label, and move
together along the gradient of the validation loss (`hinge_gradient`); after each step they are put
back into the region that the adversary can reach. A step that does not raise the loss is not taken,
and the next one is shorter; one that does makes the next one longer. So the loss never falls below
that of the flipped copies. It has many local maxima, and several starts help.

Moving all rows at once is what one gradient for all of them makes cheap, and it does better than
adding one row after another, which spends the first rows on a machine that the last ones change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from armsrace.attacks.poison.svm.gradient import hinge_gradient, hinge_loss
from armsrace.attacks.poison.svm.kernels import Array, Kernel
from armsrace.attacks.poison.svm.machine import KernelMachine, signs_of
from armsrace.batch import Batch
from armsrace.feasible import Feasible

_GROW: Final = 1.5
_SHRINK: Final = 0.3
_LEAST: Final = 1e-3
"""A step this much shorter than the first one ends the ascent."""


@final
@dataclass(frozen=True, eq=False)
class Region:
    """Where poison may lie.

    Attributes
    ----------
    feasible
        What the adversary can make.
    lower, upper
        Its box, shape (1, d), everywhere finite.
    """

    feasible: Feasible
    lower: Array
    upper: Array

    @classmethod
    def around(cls, rows: Array, feasible: Feasible) -> "Region":
        """The feasible rows; where they are unbounded, those within the range of given rows.

        Examples
        --------
        >>> region = Region.around(np.array([[0.0, 1.0], [4.0, 2.0]]), Feasible(lower=0))
        >>> region.nearest(np.array([[-1.0, 9.0]]))
        array([[0., 2.]])
        """
        lower, upper = feasible.bounds(rows.shape[1])
        lower = np.where(np.isfinite(lower), lower, np.minimum(rows.min(axis=0), upper))
        upper = np.where(np.isfinite(upper), upper, np.maximum(rows.max(axis=0), lower))
        return cls(feasible, lower, upper)

    def nearest(self, rows: Array) -> Array:
        """The rows of the region nearest to given ones."""
        return self.feasible.nearest(np.clip(rows, self.lower, self.upper))

    def inward(self, rows: Array, direction: Array) -> Array:
        """A direction without the parts that lead out of the box."""
        leaving = ((rows <= self.lower) & (direction < 0)) | (
            (rows >= self.upper) & (direction > 0)
        )
        return np.where(leaving, 0.0, direction)


def poison_rows(
    training: Batch,
    validation: Batch,
    kernel: Kernel,
    penalty: float,
    starts: Sequence[Batch],
    region: Region,
    *,
    steps: int,
) -> Batch:
    """Rows that, trained on beside others, maximize a machine's validation loss, locally.

    Parameters
    ----------
    training
        What else the machine is trained on.
    validation
        The attacker's own rows, at least one.
    kernel, penalty
        The machine's.
    starts
        Rows to start from, at least one set of them; the best ascent counts. Labels stay.
    region
        Where the rows may lie.
    steps
        The most an ascent takes.
    """
    honest = KernelMachine.fit(training.rows, signs_of(training.labels), kernel, penalty)
    stride = 0.5 * float(np.sqrt(training.rows.var(axis=0).sum()))
    ends = []
    for start in starts:
        machine = honest.adding(region.nearest(start.rows), signs_of(start.labels))
        ends.append(ascend(machine, len(start), validation, region, stride=stride, steps=steps))
    best = int(np.argmax([loss for _, loss in ends]))
    machine, start = ends[best][0], starts[best]
    return Batch.made(machine.rows[-len(start) :], start.labels)


def ascend(
    machine: KernelMachine,
    size: int,
    validation: Batch,
    region: Region,
    *,
    stride: float,
    steps: int,
) -> tuple[KernelMachine, float]:
    """Move a machine's last rows uphill: the machine in the end, and its validation loss.

    Parameters
    ----------
    machine
        Where to start from.
    size
        How many rows move, the last ones.
    validation
        The loss is theirs.
    region
        Where the rows may lie, and do to begin with.
    stride
        Length of the first step of the row that moves farthest.
    steps
        The most that are tried.
    """
    moved = np.arange(len(machine) - size, len(machine))
    rows, signs = validation.rows, signs_of(validation.labels)

    def uphill(machine: KernelMachine) -> Array:
        """The gradient inside the region, scaled so that its longest row has length 1."""
        gradient = hinge_gradient(machine, rows, signs, moved)
        inward = region.inward(machine.rows[moved], gradient)
        longest = float(np.linalg.norm(inward, axis=1).max())
        return inward / longest if longest > 0 else inward

    loss, direction, shortest = hinge_loss(machine, rows, signs), uphill(machine), _LEAST * stride
    for _ in range(steps):
        if stride < shortest or not direction.any():
            break
        wished = region.nearest(machine.rows[moved] + stride * direction)
        tried = machine.moving(moved, wished)
        reached = hinge_loss(tried, rows, signs)
        if reached > loss:
            machine, loss, stride = tried, reached, _GROW * stride
            direction = uphill(machine)
        else:
            stride *= _SHRINK
    return machine, loss
