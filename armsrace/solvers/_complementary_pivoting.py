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
from armsrace.solvers._dictionary import keep_smallest, smallest_ratio
from armsrace.solvers._polytopes import CLEAR, TIE, Indices
from armsrace.solvers._scaling import scale

SOLVED = 1e-10  # what the best reply of a solved game may gain, the range of M's columns being 1
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


@compiled("i8(f8[:, ::1], f8[:, ::1], i8[:, ::1], i8, f8[::1], f8[::1], f8[::1])")
def leaving_place(
    columns: Array,
    inverse: Array,
    basis: Indices,
    size: int,
    rates: Array,
    values: Array,
    vector: Array,
) -> int:
    """Find the place of the basic variable that turns to zero first, or `DOUBT`.

    Ties are broken by the lexicographic rule. The last two arrays, of the lengths of the rates and
    of the rows, are overwritten.
    """
    vector[:] = 1.0
    express(columns, inverse, basis, size, vector, values)
    place, tied = smallest_ratio(values, rates, len(rates))
    if tied <= 1:
        return place if rates[place] >= CLEAR else DOUBT
    places = np.flatnonzero(rates > TIE)
    count = keep_smallest(values, rates, places, len(places))
    for row in range(len(vector)):
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


@compiled("f8[::1](f8[:, ::1], f8[:, ::1], i8[:, ::1])")
def strategy(columns: Array, inverse: Array, basis: Indices) -> Array:
    """Compute the strategy of a basis: its vertex, free of rounding, in shares of its sum."""
    z = vertex(columns, inverse, basis)
    least, total = 1e-13 * z.max(), 0.0
    for j in range(len(z)):
        if z[j] <= least:
            z[j] = 0.0
        total += z[j]
    z /= total
    return z


@compiled("UniTuple(i8, 2)(f8[:, ::1], f8[:, ::1], i8[:, ::1], i8, i8)")
def step(
    columns: Array, inverse: Array, basis: Indices, size: int, variable: int
) -> tuple[int, int]:
    """Let a variable enter the basis; return what leaves it, or `DOUBT`, and the new size."""
    actions, rows = columns.shape
    scratch = np.empty((3, len(inverse) + rows))
    rates, vector = scratch[0], scratch[2, :rows]
    if variable < actions:
        vector[:] = columns[variable]
    else:
        vector[:] = 0.0
        vector[variable - actions] = 1.0
    express(columns, inverse, basis, size, vector, rates)
    place = leaving_place(columns, inverse, basis, size, rates, scratch[1], vector)
    if place == DOUBT:
        return DOUBT, size
    displaced = basis[0, place] if place < len(inverse) else actions + place - len(inverse)
    return displaced, exchange(columns, inverse, basis, size, variable, place, rates)


@compiled(
    "UniTuple(i8, 3)"
    "(f8[:, ::1], f8[:, ::1], i8[:, ::1], i8, f8[:, ::1], f8[:, ::1], i8[:, ::1], i8, i8, i8)"
)
def follow(
    p: Array,
    p_inverse: Array,
    p_basis: Indices,
    p_size: int,
    q: Array,
    q_inverse: Array,
    q_basis: Indices,
    q_size: int,
    label: int,
    limit: int,
) -> tuple[int, int, int]:
    """Follow the path from a pair with all labels, dropping one, in place.

    Returns the number of exchanges, `TOO_LONG` or `DOUBT`, and the sizes of both bases.
    """
    m, n = p.shape
    in_p = label - m in p_basis[1, :p_size] if label >= m else label not in p_basis[0, :p_size]
    dropped = label
    for length in range(1, limit + 1):
        if in_p:
            dropped, p_size = step(p, p_inverse, p_basis, p_size, dropped)
        else:
            variable = (dropped + n) % (m + n)
            dropped, q_size = step(q, q_inverse, q_basis, q_size, variable)
            dropped = (dropped + m) % (m + n) if dropped != DOUBT else DOUBT
        if dropped == DOUBT:
            return DOUBT, p_size, q_size
        if dropped == label:
            return length, p_size, q_size
        in_p = not in_p
    return TOO_LONG, p_size, q_size


@compiled(
    "Tuple((i8, i8, f8[:, ::1], i8[:, ::1], f8[:, ::1], i8[:, ::1]))"
    "(f8[:, ::1], f8[:, ::1], i8[:, ::1], f8[:, ::1], f8[:, ::1], i8[:, ::1], i8[:, ::1])"
)
def try_in_turn(
    p: Array,
    p_start: Array,
    p_start_basis: Indices,
    q: Array,
    q_start: Array,
    q_start_basis: Indices,
    trials: Indices,
) -> tuple[int, int, Array, Indices, Array, Indices]:
    """Follow paths from a pair with all labels until one arrives or is in doubt.

    Parameters
    ----------
    p, p_start, p_start_basis
        The columns of M in P; at the start, the inverse of M[I, J], and J and I, shape (2, size).
    q, q_start, q_start_basis
        The same in Q.
    trials
        Labels to drop, with the number of exchanges after which to give up, shape (count, 2), at
        least one. Variable v of P has label v; that of Q has label v + m modulo m + n, with m and n
        the numbers of actions.

    Returns
    -------
    made, length, p_inverse, p_basis, q_inverse, q_basis
        The number of trials that were made, how long the path of the last of them is, or `TOO_LONG`
        or `DOUBT`, and the pair at its end.
    """
    room, p_size, q_size = min(p.shape), len(p_start), len(q_start)
    p_inverse, q_inverse = np.empty((room, room)), np.empty((room, room))
    p_basis, q_basis = np.empty((2, room), dtype=np.int64), np.empty((2, room), dtype=np.int64)
    made, length = 0, TOO_LONG
    while made < len(trials) and length == TOO_LONG:
        p_size, q_size = len(p_start), len(q_start)
        p_inverse[:p_size, :p_size], p_basis[:, :p_size] = p_start, p_start_basis
        q_inverse[:q_size, :q_size], q_basis[:, :q_size] = q_start, q_start_basis
        label, limit = trials[made]
        length, p_size, q_size = follow(
            p, p_inverse, p_basis, p_size, q, q_inverse, q_basis, q_size, label, limit
        )
        made += 1
    return (
        made,
        length,
        p_inverse[:p_size, :p_size].copy(),
        p_basis[:, :p_size].copy(),
        q_inverse[:q_size, :q_size].copy(),
        q_basis[:, :q_size].copy(),
    )


@compiled("i8[:, ::1](f8[:, ::1], f8[:, ::1], i8)")
def likely(p: Array, q: Array, limit: int) -> Indices:
    """Return trials of the learner's actions that are best replies to their own best reply."""
    trials = np.empty((len(p), 2), dtype=np.int64)
    count = 0
    for i in range(len(p)):
        reply = q[p[i].argmax()]
        first = True  # of the actions that reply best, which most are soon seen not to be
        for k in range(len(reply)):
            if reply[k] > reply[i] or (k < i and reply[k] == reply[i]):
                first = False
                break
        if first:
            trials[count] = i, limit
            count += 1
    return trials[:count].copy()


@compiled("f8(f8[:, ::1], f8[::1], f8[::1])")
def gain(columns: Array, own: Array, other: Array) -> float:
    """Compute what a best reply to a strategy of the other role gains, in the units of M."""
    earned = np.zeros(len(own))
    for j in range(len(other)):
        if other[j] > 0.0:
            for i in range(len(own)):
                earned[i] += other[j] * columns[j, i]
    expected = 0.0
    for i in range(len(own)):
        expected += own[i] * earned[i]
    return float(earned.max()) - expected


@compiled("Tuple((i8, i8, f8[::1], f8[::1]))(Array(f8, 3, 'C', True), i8[:, ::1], i8)")
def first_arrival(payoffs: Array, schedule: Indices, first: int) -> tuple[int, int, Array, Array]:
    """Follow paths from x = y = 0 until one arrives or is in doubt, and compute the strategies.

    Parameters
    ----------
    payoffs
        Of both roles, shape (2, m, n).
    schedule
        Trials as in `try_in_turn`.
    first
        The limit for `likely` trials, which come before them; none if it is zero.

    Returns
    -------
    label, length, x, y
        The label that was dropped last, how long its path is, or `TOO_LONG` or `DOUBT`, and the
        strategies of both roles at its end. It is in doubt as well when they are no equilibrium,
        which is for this kernel to know and not for the answer's certificate.
    """
    _, m, n = payoffs.shape
    p, q = np.empty((m, n)), np.empty((n, m))
    p[:], q[:] = payoffs[1], payoffs[0].T
    scale(p)
    scale(q)
    trials = schedule
    if first > 0:
        trials = np.concatenate((likely(p, q, first), schedule))
    nothing, none = np.empty((0, 0)), np.empty((2, 0), dtype=np.int64)
    made, length, p_inverse, p_basis, q_inverse, q_basis = try_in_turn(
        p, nothing, none, q, nothing, none, trials
    )
    label = trials[made - 1, 0]
    if length < 0:
        return label, length, np.zeros(m), np.zeros(n)
    x, y = strategy(p, p_inverse, p_basis), strategy(q, q_inverse, q_basis)
    if not (gain(q, x, y) <= SOLVED and gain(p, y, x) <= SOLVED):
        length = DOUBT
    return label, length, x, y
