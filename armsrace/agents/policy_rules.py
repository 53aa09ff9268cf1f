"""A policy in words: what is done in which part of a grid.

States in which the same is done are put together in boxes, each a range of every feature. From the
first state that no box holds yet, a box grows along one feature after the other, as far as the same
is done and no other box is met. So the boxes share the states out among them; a feature of which a
box takes in all points is not told.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from armsrace.grid import Grid

Array = NDArray[np.float64]
SHOWN = 0.005
"""Chances below this are not told."""


def policy_rules(grid: Grid, actions: Sequence[str], table: Array) -> list[tuple[str, str]]:
    """Conditions and what is done under them.

    Parameters
    ----------
    grid
        The states.
    actions
        Names of the m actions.
    table
        Probability of each action in each state, shape (S, m).

    Notes
    -----
    Time is proportional to the states and to the number of boxes times their surface.

    Examples
    --------
    >>> grid = Grid({"displacement": [0.0, 0.1, 0.2], "alarms": [0.0, 1.0]})
    >>> table = [[1, 0], [0, 1], [1, 0], [0, 1], [0, 1], [0, 1]]
    >>> for rule in policy_rules(grid, ["retrain", "roll_back"], np.array(table, dtype=float)):
    ...     print(*rule, sep=": ")
    displacement <= 0.1, alarms <= 0: retrain
    displacement >= 0.2: roll_back
    displacement <= 0.1, alarms >= 1: roll_back
    """
    said = [_mixture(actions, chances) for chances in table.tolist()]
    mixtures, kind = np.unique(said, return_inverse=True)
    shape = tuple(len(axis) for axis in grid.axes)
    return [
        (_condition(grid, box), str(mixtures[number]))
        for box, number in _boxes(kind.reshape(shape))
    ]


def _boxes(kind: NDArray[np.intp]) -> Iterator[tuple[tuple[slice, ...], int]]:
    """Boxes of equal entries that share out an array, the first axis running fastest."""
    left = np.ones(kind.shape, dtype=bool)
    for place in np.ndindex(*reversed(kind.shape)):
        start = place[::-1]
        if not left[start]:
            continue
        box = [slice(at, at + 1) for at in start]
        for axis, length in enumerate(kind.shape):
            while box[axis].stop < length:
                edge = slice(box[axis].stop, box[axis].stop + 1)
                side = (*box[:axis], edge, *box[axis + 1 :])
                if not (left[side] & (kind[side] == kind[start])).all():
                    break
                box[axis] = slice(box[axis].start, edge.stop)
        left[tuple(box)] = False
        yield tuple(box), int(kind[start])


def _condition(grid: Grid, box: tuple[slice, ...]) -> str:
    told = []
    for name, axis, part in zip(grid.features, grid.axes, box, strict=True):
        low, high = axis[part.start], axis[part.stop - 1]
        if part.start == 0 and part.stop == len(axis):
            continue
        if part.start == 0:
            told.append(f"{name} <= {high:g}")
        elif part.stop == len(axis):
            told.append(f"{name} >= {low:g}")
        elif low == high:
            told.append(f"{name} = {low:g}")
        else:
            told.append(f"{name} in [{low:g}, {high:g}]")
    return ", ".join(told) or "always"


def _mixture(actions: Sequence[str], chances: Sequence[float]) -> str:
    used = [pair for pair in zip(actions, chances, strict=True) if pair[1] >= SHOWN]
    if len(used) == 1:
        return used[0][0]
    return ", ".join(f"{action} {chance:.2f}" for action, chance in used)
