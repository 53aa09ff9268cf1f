"""The kernel behind Lemke-Howson: the path of pairs of vertices with all labels but one.

From a pair of vertices of P and Q that has all labels, the path drops one: the action's variable,
nonbasic in one of the two dictionaries, enters its basis. What leaves brings a label that the other
vertex has as well, and that one drops it in turn, until the label dropped first comes back: the
pair has all labels again. Without ties each pair has one way on and one way back, so the path
cannot return into itself, and ends at another pair than it started from (Lemke and Howson 1964).
The lexicographic rule leaves no ties.
"""

from armsrace.forms.normal import Array
from armsrace.solvers._compilation import compiled
from armsrace.solvers._dictionary import exchange, leaving_row
from armsrace.solvers._polytopes import Indices

TOO_LONG, DOUBT = -1, -2  # instead of a length: the path is longer, or rounding hides its way


@compiled("i8(f8[:, ::1], i8[::1], i8[::1], i8)")
def step(tableau: Array, basic: Indices, nonbasic: Indices, variable: int) -> int:
    """Exchange a nonbasic variable with the basic one it displaces, and return that or `DOUBT`."""
    column = 0
    while nonbasic[column] != variable:
        column += 1
    row = leaving_row(tableau, basic, nonbasic, column)
    if row < 0:
        return DOUBT
    exchange(tableau, row, column)
    nonbasic[column], basic[row] = basic[row], variable
    return int(nonbasic[column])


@compiled("i8(f8[:, ::1], i8[::1], i8[::1], f8[:, ::1], i8[::1], i8[::1], i8, i8)")
def follow(
    p: Array,
    p_basic: Indices,
    p_nonbasic: Indices,
    q: Array,
    q_basic: Indices,
    q_nonbasic: Indices,
    label: int,
    limit: int,
) -> int:
    """Follow the path from a pair with all labels, in place, dropping one.

    Returns the number of exchanges, `TOO_LONG` when it takes more, or `DOUBT`. Variable v of P
    has label v; that of Q has label v + m modulo m + n, with m and n the numbers of actions.
    """
    m, n = len(p_nonbasic), len(q_nonbasic)
    in_p = False
    for variable in p_nonbasic:
        in_p = in_p or variable == label
    dropped = label
    for length in range(1, limit + 1):
        if in_p:
            dropped = step(p, p_basic, p_nonbasic, dropped)
        else:
            dropped = step(q, q_basic, q_nonbasic, (dropped + n) % (m + n))
            dropped = (dropped + m) % (m + n) if dropped >= 0 else DOUBT
        if dropped == DOUBT:
            return DOUBT
        if dropped == label:
            return length
        in_p = not in_p
    return TOO_LONG
