"""The kernel that scales the payoffs of a game for its best-reply polytopes.

Each column of M holds what the actions of one role earn against one action of the other. The lowest
of them is taken from all, then all columns are divided by the highest that remains, and 0.1 is
added (`armsrace.solvers._polytopes`).
"""

import numpy as np

from armsrace.forms.normal import Array
from armsrace.solvers._compilation import compiled

ROUNDING = 1e-15  # how far a payoff may be from what it stands for, as a share of it: a few bits


def _scale_at_once(columns: Array) -> None:
    lowest = columns.min(axis=1, keepdims=True)
    size = np.abs(lowest)
    columns -= lowest
    highest = columns.max()
    if highest < 1e-3 * size.max():
        columns[columns <= ROUNDING * size] = 0.0
        highest = columns.max()
    columns *= 1.0 / (highest or 1.0)
    columns += 0.1


@compiled("void(f8[:, ::1])", instead=_scale_at_once)
def scale(columns: Array) -> None:
    """Scale payoffs in place, one column of M a row."""
    count, rows = columns.shape
    lowest = np.empty(count)
    highest = size = 0.0
    for j in range(count):
        least, most = columns[j, 0], columns[j, 0]
        for i in range(rows):
            least, most = min(least, columns[j, i]), max(most, columns[j, i])
        lowest[j] = least
        size = max(size, abs(least))
        highest = max(highest, most - least)
    if highest < 1e-3 * size:  # else what the rounding leaves is below TIE anyway
        highest = 0.0
        for j in range(count):
            for i in range(rows):
                if columns[j, i] - lowest[j] <= ROUNDING * abs(lowest[j]):
                    columns[j, i] = lowest[j]
                highest = max(highest, columns[j, i] - lowest[j])
    factor = 1.0 / highest if highest > 0.0 else 1.0
    for j in range(count):
        for i in range(rows):
            columns[j, i] = (columns[j, i] - lowest[j]) * factor + 0.1
