"""The kernel behind vertex enumeration: reverse search, after Avis and Fukuda (1992).

The simplex method, minimizing some cost over a polytope {z >= 0 : M z <= 1}, leads from each vertex
to the vertex 0 when all costs are positive. Its steps are the edges of a tree whose root is 0, and
the search goes through this tree from the root, depth first: the children of a vertex are those
neighbors from which the simplex method would step to it. Dantzig's rule chooses that step from the
neighbor's reduced costs, and these take one row of its dictionary, so that a neighbor that is no
child costs no more than the ratio test. Nothing has to be remembered but the way back to the root.

Degenerate vertices are perturbed by the lexicographic rule (`armsrace.solvers._dictionary`); the
search then meets them more than once. The costs have no simple ratio to each other, so that no two
steps look equally good.
"""

import numpy as np

from armsrace.forms.normal import Array
from armsrace.solvers._compilation import compiled
from armsrace.solvers._complementarity import LabelSets
from armsrace.solvers._dictionary import exchange, leaving_row
from armsrace.solvers._polytopes import CLEAR, TIE, Indices

NONE, DOUBT = -1, -2  # instead of a row: there is no child, or rounding hides whether there is


def search(matrix_columns: Array) -> tuple[LabelSets, bool]:
    """Find all vertices of {z >= 0 : M z <= 1}, given the columns of M, one a row.

    Returns
    -------
    label_sets, complete
        For each vertex, 0 first, its variables that are zero, shape (found, words): variable v is
        one when bit v % 64 of word v // 64 is set. Degenerate vertices come repeatedly. Not
        complete when rounding left a step in doubt.
    """
    columns, rows = matrix_columns.shape
    tableau = np.ones((columns + 1, rows + 1))
    tableau[:-1, :-1] = matrix_columns
    # No linear combination of these with rational coefficients is zero (Lindemann, Weierstrass).
    tableau[:-1, -1] = 2.0 + np.sin(np.arange(1, columns + 1))
    return traverse(tableau, np.arange(columns, columns + rows), np.arange(columns))


@compiled("b1(f8[:, ::1], i8[::1], i8[::1], u8[::1])")
def note_labels(tableau: Array, basic: Indices, nonbasic: Indices, labels: LabelSets) -> bool:
    """Write down which variables are zero at a vertex, and tell whether that is beyond doubt."""
    labels[:] = 0
    for variable in nonbasic:
        labels[variable >> 6] |= np.uint64(1) << np.uint64(variable & 63)
    clear = True
    for i in range(len(basic)):
        number = abs(tableau[len(nonbasic), i])
        if number <= TIE:
            labels[basic[i] >> 6] |= np.uint64(1) << np.uint64(basic[i] & 63)
        elif number < CLEAR:
            clear = False
    return clear


@compiled("i8(f8[:, ::1], i8[::1], i8[::1], i8)")
def row_to_child(tableau: Array, basic: Indices, nonbasic: Indices, column: int) -> int:
    """Find the row to exchange with a column if that leads to a child, else `NONE` or `DOUBT`."""
    cost = tableau[column, len(basic)]
    if cost <= TIE:
        return DOUBT if cost >= -TIE else NONE
    row = leaving_row(tableau, basic, nonbasic, column)
    if row < 0:
        return DOUBT
    # The way back lowers the cost by this much a unit; no other step from there may do better.
    descent = cost / tableau[column, row]
    for j in range(len(nonbasic)):
        if j != column:
            margin = tableau[j, len(basic)] - descent * tableau[j, row] + descent
            if margin <= TIE:
                return DOUBT if margin >= -TIE else NONE
    return row


@compiled("UniTuple(i8, 2)(f8[:, ::1], i8[::1], i8[::1], i8)")
def next_child(tableau: Array, basic: Indices, nonbasic: Indices, first: int) -> tuple[int, int]:
    """Find the row and the column of the next child, from a column on, or of a doubt."""
    for column in range(first, len(nonbasic)):
        row = row_to_child(tableau, basic, nonbasic, column)
        if row != NONE:
            return row, column
    return NONE, len(nonbasic)


@compiled("Tuple((u8[:, ::1], b1))(f8[:, ::1], i8[::1], i8[::1])")
def traverse(tableau: Array, basic: Indices, nonbasic: Indices) -> tuple[LabelSets, bool]:
    """Go through the tree from its root, keeping the dictionaries on the way back to it."""
    rows, columns = len(basic), len(nonbasic)
    label_sets = np.empty((64, (rows + columns + 63) // 64), dtype=np.uint64)
    tableaux = np.empty((16, columns + 1, rows + 1))
    basics = np.empty((16, rows), dtype=np.int64)
    nonbasics = np.empty((16, columns), dtype=np.int64)
    tried = np.zeros(16, dtype=np.int64)
    tableaux[0], basics[0], nonbasics[0] = tableau, basic, nonbasic
    complete = note_labels(tableau, basic, nonbasic, label_sets[0])
    found, depth = 1, 0
    while complete and depth >= 0:
        row, column = next_child(tableaux[depth], basics[depth], nonbasics[depth], tried[depth])
        tried[depth] = column + 1
        if row == NONE:
            depth -= 1
        elif row == DOUBT:
            complete = False
        else:
            if depth + 1 == len(tableaux):
                tableaux = np.concatenate((tableaux, tableaux))
                basics = np.concatenate((basics, basics))
                nonbasics = np.concatenate((nonbasics, nonbasics))
                tried = np.concatenate((tried, tried))
            if found == len(label_sets):
                label_sets = np.concatenate((label_sets, label_sets))
            depth += 1
            tableau, basic, nonbasic = tableaux[depth], basics[depth], nonbasics[depth]
            exchange(tableaux[depth - 1], row, column, tableau)
            basic[:], nonbasic[:] = basics[depth - 1], nonbasics[depth - 1]
            tried[depth] = 0
            basic[row], nonbasic[column] = nonbasic[column], basic[row]
            complete = note_labels(tableau, basic, nonbasic, label_sets[found])
            found += 1
    return label_sets[:found].copy(), complete
