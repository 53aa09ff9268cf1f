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


@compiled("i8(f8[::1], f8[::1], i8[::1], i8)")
def keep_smallest(values: Array, rates: Array, places: Indices, count: int) -> int:
    """Move the places of the smallest ratio, out of the first ones, to the front and count them.

    Their rates are positive. The count is -1 when it is in doubt.
    """
    smallest = np.inf
    for k in range(count):
        smallest = min(smallest, values[places[k]] / rates[places[k]])
    kept = 0
    for k in range(count):
        place = places[k]
        excess = values[place] - smallest * rates[place]
        if excess < CLEAR:
            if excess > TIE or rates[place] < CLEAR:
                return -1
            places[kept] = place
            kept += 1
    return kept


@compiled("i8(f8[:, ::1], i8[::1], i8[::1], i8)")
def break_ties(tableau: Array, basic: Indices, nonbasic: Indices, column: int) -> int:
    """Find the leaving row by the lexicographic rule, or -1 in doubt."""
    rows, columns = len(basic), len(nonbasic)
    values, rates = tableau[:rows, columns].copy(), tableau[:rows, column].copy()
    tied = np.flatnonzero(rates > TIE)
    count = keep_smallest(values, rates, tied, len(tied))
    for slack in range(columns, columns + rows):
        if count <= 1:
            break
        values[:] = 0.0
        for j in range(columns):
            if nonbasic[j] == slack:
                values[:] = tableau[:rows, j]
        for i in range(rows):
            if basic[i] == slack:
                values[i] = 1.0
        count = keep_smallest(values, rates, tied, count)
    return int(tied[0]) if count == 1 else -1


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
    for i in range(rows):
        if i != row and tableau[i, column] > TIE:
            excess = tableau[i, columns] - smallest * tableau[i, column]
            if excess < CLEAR:
                return break_ties(tableau, basic, nonbasic, column)
    return row if tableau[row, column] >= CLEAR else -1
