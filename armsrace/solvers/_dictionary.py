"""Dictionaries of a best-reply polytope, and the step from a vertex to its neighbor.

A vertex of {z >= 0 : M z <= 1} has as many *nonbasic* variables, which are zero, as dimensions
(`armsrace.solvers._polytopes` numbers the variables). Its *dictionary*, an array T of shape
(columns + 1, rows + 1), expresses the others, the *basic* ones, by them::

    basic_i = T[-1, i] - sum_j T[j, i] nonbasic_j

so that all that is asked of one nonbasic variable lies side by side. The last of each is the
objective's. A neighboring vertex is reached by exchanging a nonbasic variable with the basic one
that its growth turns to zero first.

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


@compiled("UniTuple(i8, 2)(f8[::1], f8[::1], i8)")
def smallest_ratio(values: Array, rates: Array, count: int) -> tuple[int, int]:
    """Find the place of the smallest ratio, out of the first ones, and how many places share it.

    Rates that are zero or negative do not count. There is no branch that cannot be foretold: most
    of the time would go into these.
    """
    smallest = np.inf
    for k in range(count):
        value, rate = values[k], rates[k]
        smallest = min(smallest, (value if rate > TIE else np.inf) / max(rate, TIE))
    place, tied = -1, 0
    for k in range(count):
        value, rate = values[k], rates[k]
        near = (rate > TIE) & (value - smallest * rate < CLEAR)
        place = k if near else place
        tied += near
    return place, tied


@compiled("i8(f8[:, ::1], i8[::1], i8[::1], i8)")
def break_ties(tableau: Array, basic: Indices, nonbasic: Indices, column: int) -> int:
    """Find the leaving row by the lexicographic rule, or -1 in doubt."""
    rows, columns = len(basic), len(nonbasic)
    values, rates = tableau[columns, :rows].copy(), tableau[column, :rows].copy()
    tied = np.flatnonzero(rates > TIE)
    count = keep_smallest(values, rates, tied, len(tied))
    for slack in range(columns, columns + rows):
        if count <= 1:
            break
        values[:] = 0.0
        for j in range(columns):
            if nonbasic[j] == slack:
                values[:] = tableau[j, :rows]
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
    rates = tableau[column]
    row, tied = smallest_ratio(tableau[len(nonbasic)], rates, len(basic))
    if tied > 1:
        return break_ties(tableau, basic, nonbasic, column)
    return row if rates[row] >= CLEAR else -1


def _exchange_at_once(tableau: Array, row: int, column: int, result: Array) -> None:
    shares = tableau[:, row] / tableau[column, row]
    shares[column] = 1.0 / tableau[column, row]
    rates = tableau[column].copy()
    result[:] = tableau
    result[column] = 0.0
    result -= np.outer(shares, rates)
    result[:, row] = shares


@compiled("void(f8[:, ::1], i8, i8, f8[:, ::1])", instead=_exchange_at_once)
def exchange(tableau: Array, row: int, column: int, result: Array) -> None:
    """Write the dictionary that follows when the variables of a row and a column are exchanged."""
    rates = tableau[column]
    for j in range(len(tableau)):
        share = (1.0 if j == column else tableau[j, row]) / rates[row]
        if j == column:
            for i in range(len(rates)):
                result[j, i] = 0.0 - share * rates[i]
        else:
            for i in range(len(rates)):
                result[j, i] = tableau[j, i] - share * rates[i]
        result[j, row] = share
