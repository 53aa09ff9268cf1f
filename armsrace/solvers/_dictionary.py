"""Dictionaries of a best-reply polytope, and the step from a vertex to its neighbor.

A vertex of {z >= 0 : M z <= 1} has as many *nonbasic* variables, which are zero, as dimensions
(`armsrace.solvers._polytopes` numbers the variables). Its *dictionary*, an array T of shape (rows +
1, columns + 1), expresses the others, the *basic* ones, by them::

    basic_i = T[i, -1] - sum_j T[i, j] nonbasic_j

with an objective in the last row, for those who use one. A neighboring vertex is reached by
exchanging a nonbasic variable with the basic one that its growth turns to zero first.

*Ties.* Where several turn to zero at once, the neighbor is degenerate. The lexicographic rule
decides as if the right side of row i were 1 + epsilon^(i + 1), with epsilon so small that it
matters in ties alone; then none is left, and nothing cycles.

*Rounding.* Payoffs are scaled such that the numbers in T are near 1. What is below `TIE` counts as
zero, what is above `CLEAR` does not; what is between leaves the choice in doubt, and is not
guessed.
"""

import numpy as np

from armsrace.forms.normal import Array
from armsrace.solvers._compilation import compiled
from armsrace.solvers._polytopes import CLEAR, TIE, Indices
from armsrace.solvers._simplex import exchange as exchange


@compiled("i8(f8[:, ::1], i8[::1], i8[::1], i8, f8)")
def break_ties(
    tableau: Array, basic: Indices, nonbasic: Indices, column: int, smallest: float
) -> int:
    """Choose among the rows of the smallest ratio by their slacks' columns, or -1 if in doubt."""
    rows, columns = len(basic), len(nonbasic)
    tied = np.empty(rows, dtype=np.int64)
    count = 0
    for i in range(rows):
        pivot = tableau[i, column]
        if pivot > TIE and tableau[i, columns] - smallest * pivot <= TIE:
            tied[count] = i
            count += 1
    entries = np.empty(rows)
    for slack in range(columns, columns + rows):
        place = -1
        for j in range(columns):
            if nonbasic[j] == slack:
                place = j
        least = np.inf
        for k in range(count):
            i = tied[k]
            entries[i] = 0.0
            if place >= 0:
                entries[i] = tableau[i, place]
            elif basic[i] == slack:
                entries[i] = 1.0
            least = min(least, entries[i] / tableau[i, column])
        kept = 0
        for k in range(count):
            i = tied[k]
            excess = entries[i] - least * tableau[i, column]
            if TIE < excess < CLEAR:
                return -1
            if excess <= TIE:
                tied[kept] = i
                kept += 1
        count = kept
        if count == 1:
            return int(tied[0])
    return -1


@compiled("i8(f8[:, ::1], i8[::1], i8[::1], i8)")
def leaving_row(tableau: Array, basic: Indices, nonbasic: Indices, column: int) -> int:
    """Find the row whose variable turns to zero first when that of the column grows.

    Ties are broken by the lexicographic rule. The row is -1 when it is in doubt.
    """
    rows, columns = len(basic), len(nonbasic)
    row, smallest = -1, np.inf
    for i in range(rows):
        if tableau[i, column] > TIE and tableau[i, columns] < smallest * tableau[i, column]:
            row, smallest = i, tableau[i, columns] / tableau[i, column]
    ties = -1
    for i in range(rows):
        if tableau[i, column] > TIE:
            excess = tableau[i, columns] - smallest * tableau[i, column]
            if excess < CLEAR:
                if excess > TIE or tableau[i, column] < CLEAR:
                    return -1
                ties += 1
    return break_ties(tableau, basic, nonbasic, column, smallest) if ties else row
