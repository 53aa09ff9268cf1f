"""The kernel behind Lemke-Howson: the path of pairs of vertices with all labels but one.

From a pair of vertices of P and Q that has all labels, the path drops one: the action's variable,
zero in one of the two polytopes, grows there. What turns to zero first brings a label that the
other vertex has as well, and that one drops it in turn, until the label dropped first comes back:
the pair has all labels again. Without ties each pair has one way on and one way back, so the path
cannot return into itself, and ends at another pair than it started from (Lemke and Howson 1964).

*Bases.* At a vertex of {z >= 0 : M z <= 1} the basic variables are those of the actions J that are
played and the slacks of all rows but I, the tight ones, which are equally many. Paths are short and
supports small; so of the dictionary (`armsrace.solvers._dictionary`) no more is kept than the
inverse W of M[I, J]. It *expresses* any vector v over the rows by the basic variables::

    z_J = W v_I            slack_i = v_i - M[i, J] z_J

With v = 1 these are their values; with v the column of another variable in (M, identity), they are
the rates at which these fall when it grows. With k actions played this takes O(k (k + rows)), and
an exchange, which changes W by one rank, O(k^2).

*Ties and rounding* are treated as in `armsrace.solvers._dictionary`.
"""

import numpy as np

from armsrace.forms.normal import Array
from armsrace.solvers._compilation import compiled
from armsrace.solvers._dictionary import keep_smallest
from armsrace.solvers._polytopes import TIE, Indices

TOO_LONG, DOUBT = -1, -2  # instead of a length: the path is longer, or rounding hides its way


@compiled("void(f8[:, ::1], f8[:, ::1], i8[:, ::1], i8, f8[::1], f8[::1])")
def express(
    columns: Array, inverse: Array, basis: Indices, size: int, vector: Array, result: Array
) -> None:
    """Express a vector over the rows by the basic variables: actions first, then slacks.

    Column j of M is ``columns[j]``; J is ``basis[0, :size]`` and I is ``basis[1, :size]``. In the
    result there is room for all actions that can be played together, then come the slacks, of which
    those of I are zero.
    """
    room, rows = len(inverse), len(vector)
    result[:room] = 0.0
    slacks = result[room:]
    slacks[:] = vector
    for a in range(size):
        for b in range(size):
            result[a] += inverse[a, b] * vector[basis[1, b]]
        if result[a] != 0.0:
            column = columns[basis[0, a]]
            for i in range(rows):
                slacks[i] -= result[a] * column[i]
    for b in range(size):
        slacks[basis[1, b]] = 0.0


@compiled("i8(f8[:, ::1], f8[:, ::1], i8[:, ::1], i8, f8[::1])")
def leaving_place(columns: Array, inverse: Array, basis: Indices, size: int, rates: Array) -> int:
    """Find the place of the basic variable that turns to zero first, or `DOUBT`.

    Ties are broken by the lexicographic rule.
    """
    rows = columns.shape[1]
    values, vector = np.empty(len(rates)), np.ones(rows)
    express(columns, inverse, basis, size, vector, values)
    places = np.flatnonzero(rates > TIE)
    count = keep_smallest(values, rates, places, len(places))
    for row in range(rows):
        if count <= 1:
            break
        vector[:] = 0.0
        vector[row] = 1.0
        express(columns, inverse, basis, size, vector, values)
        count = keep_smallest(values, rates, places, count)
    return int(places[0]) if count == 1 else DOUBT


@compiled("i8(f8[:, ::1], f8[:, ::1], i8[:, ::1], i8, i8, i8, f8[::1])")
def exchange(
    columns: Array,
    inverse: Array,
    basis: Indices,
    size: int,
    entering: int,
    leaving: int,
    rates: Array,
) -> int:
    """Let a variable enter the basis and that of a place leave it; return the new size."""
    played, tight = basis[0], basis[1]
    row = leaving - len(inverse)  # the row that becomes tight, unless an action is given up
    new_row = np.zeros(size)  # of M, in terms of the tight rows
    if row >= 0:
        for a in range(size):
            for b in range(size):
                new_row[b] += columns[played[a], row] * inverse[a, b]
    if entering < len(columns) and row >= 0:  # one action more, and one row
        pivot = rates[leaving]
        for a in range(size):
            for b in range(size):
                inverse[a, b] += rates[a] * new_row[b] / pivot
            inverse[a, size], inverse[size, a] = -rates[a] / pivot, -new_row[a] / pivot
        inverse[size, size] = 1.0 / pivot
        played[size], tight[size] = entering, row
        return size + 1
    if entering < len(columns):  # an action for an action
        for b in range(size):
            inverse[leaving, b] /= rates[leaving]
        for a in range(size):
            if a != leaving:
                for b in range(size):
                    inverse[a, b] -= rates[a] * inverse[leaving, b]
        played[leaving] = entering
        return size
    place = 0
    while tight[place] != entering - len(columns):
        place += 1
    if row >= 0:  # a row for a row
        for a in range(size):
            inverse[a, place] /= new_row[place]
            for b in range(size):
                if b != place:
                    inverse[a, b] -= inverse[a, place] * new_row[b]
        tight[place] = row
        return size
    last = size - 1  # one action less, and one row
    for a in range(size):
        if a != leaving:
            factor = inverse[a, place] / inverse[leaving, place]
            for b in range(size):
                inverse[a, b] -= factor * inverse[leaving, b]
    for b in range(size):
        inverse[leaving, b] = inverse[last, b]
    for a in range(size):
        inverse[a, place] = inverse[a, last]
    played[leaving], tight[place] = played[last], tight[last]
    return last


@compiled("f8[::1](f8[:, ::1], f8[:, ::1], i8[:, ::1])")
def vertex(columns: Array, inverse: Array, basis: Indices) -> Array:
    """Compute the vertex z of a basis, and correct what the inverse has gathered of rounding."""
    size = len(inverse)
    played, tight = basis[0], basis[1]
    z, missing = np.zeros(len(columns)), np.ones(size)
    for _ in range(2):
        for a in range(size):
            for b in range(size):
                z[played[a]] += inverse[a, b] * missing[b]
        for b in range(size):
            missing[b] = 1.0
            for a in range(size):
                missing[b] -= columns[played[a], tight[b]] * z[played[a]]
    return z


@compiled("UniTuple(i8, 2)(f8[:, ::1], f8[:, ::1], i8[:, ::1], i8, i8)")
def step(
    columns: Array, inverse: Array, basis: Indices, size: int, variable: int
) -> tuple[int, int]:
    """Let a variable enter the basis; return what leaves it, or `DOUBT`, and the new size."""
    actions, rows = columns.shape
    rates = np.empty(len(inverse) + rows)
    if variable < actions:
        express(columns, inverse, basis, size, columns[variable], rates)
    else:
        unit = np.zeros(rows)
        unit[variable - actions] = 1.0
        express(columns, inverse, basis, size, unit, rates)
    place = leaving_place(columns, inverse, basis, size, rates)
    if place == DOUBT:
        return DOUBT, size
    displaced = basis[0, place] if place < len(inverse) else actions + place - len(inverse)
    return displaced, exchange(columns, inverse, basis, size, variable, place, rates)


@compiled("Tuple((f8[:, ::1], i8[:, ::1]))(f8[:, ::1], f8[:, ::1], i8[:, ::1])")
def with_room(columns: Array, inverse: Array, basis: Indices) -> tuple[Array, Indices]:
    """Copy a basis, with room for as many actions and rows as there may be in one."""
    size, room = len(inverse), min(columns.shape)
    roomy_inverse, roomy_basis = np.empty((room, room)), np.empty((2, room), dtype=np.int64)
    roomy_inverse[:size, :size] = inverse
    roomy_basis[:, :size] = basis
    return roomy_inverse, roomy_basis


@compiled(
    "Tuple((i8, f8[:, ::1], i8[:, ::1], f8[:, ::1], i8[:, ::1]))"
    "(f8[:, ::1], f8[:, ::1], i8[:, ::1], f8[:, ::1], f8[:, ::1], i8[:, ::1], i8, i8)"
)
def follow(
    p: Array,
    p_start: Array,
    p_start_basis: Indices,
    q: Array,
    q_start: Array,
    q_start_basis: Indices,
    label: int,
    limit: int,
) -> tuple[int, Array, Indices, Array, Indices]:
    """Follow the path from a pair with all labels, dropping one.

    Parameters
    ----------
    p, p_start, p_start_basis
        The columns of M in P; at the start, the inverse of M[I, J], and J and I, shape (2, size).
    q, q_start, q_start_basis
        The same in Q.
    label
        Variable v of P has label v; that of Q has label v + m modulo m + n, with m and n the
        numbers of actions.
    limit
        The number of exchanges after which to give up.

    Returns
    -------
    length, p_inverse, p_basis, q_inverse, q_basis
        The number of exchanges, `TOO_LONG` or `DOUBT`, and the pair at the end.
    """
    (m, n), p_size, q_size = p.shape, len(p_start), len(q_start)
    p_inverse, p_basis = with_room(p, p_start, p_start_basis)
    q_inverse, q_basis = with_room(q, q_start, q_start_basis)
    in_p = label - m in p_basis[1, :p_size] if label >= m else label not in p_basis[0, :p_size]
    length, dropped = 0, label
    for _ in range(limit):
        if in_p:
            dropped, p_size = step(p, p_inverse, p_basis, p_size, dropped)
        else:
            variable = (dropped + n) % (m + n)
            dropped, q_size = step(q, q_inverse, q_basis, q_size, variable)
            dropped = (dropped + m) % (m + n) if dropped != DOUBT else DOUBT
        if dropped == DOUBT:
            length = DOUBT
            break
        length += 1
        if dropped == label:
            break
        in_p = not in_p
    else:
        length = TOO_LONG
    return (
        length,
        p_inverse[:p_size, :p_size].copy(),
        p_basis[:, :p_size].copy(),
        q_inverse[:q_size, :q_size].copy(),
        q_basis[:, :q_size].copy(),
    )
