"""The kernel behind minimax: a simplex method for matrix games, started from a good guess.

For a matrix M of positive entries (rows maximize, columns minimize) with value v, the optimal
strategies are x = v p and y = v q, where q solves the linear program ``max sum(q)`` subject to
``M q <= 1, q >= 0``, p solves its dual, and both have the optimum 1 / v.

*Tableau.* Basic variables have rows and nonbasic ones columns, in an array of shape (m + 2, n +
2)::

                   nonbasic   right side   its perturbation
    basic            T            b             b'
    objective        z          1 / v           .
    perturbation     z'           .             .

Variable j < n is q_j, variable n + i is the slack of row i. The basis is optimal when b >= 0 and
z >= 0; then b holds the basic variables and z the dual values of the nonbasic ones. To *exchange* a
basic variable with a nonbasic one is one rank-one update of this array.

*Start.* The caller may know strategies of a similar game. Otherwise a few rounds of regret
matching+ (Tammelin 2014; alternating, averages weighted by the square of the round) show roughly
which actions are played. `crash` exchanges those into the basis by elimination with partial
pivoting, and leaves out what is linearly dependent. The basis is then nearly right, but feasible on
neither side. In small games the slacks are a good enough start.

*Finish.* The parametric self-dual simplex method (Dantzig 1963; Vanderbei, *Linear Programming*,
section 7.3) does not need it to be. It adds mu b' to b and mu z' to z, so that the basis is optimal
at mu = 1, and lowers mu to zero, exchanging whenever an entry is about to turn negative.
Perturbations in no simple ratio to each other leave no ties, so degenerate games do not cycle.

For an n x n game of random payoffs this takes about n / 2 rounds, n / 2 exchanges for the start and
a few dozen to finish, each O(n^2). All sums are taken in one order on one thread, so equal input
gives equal bits, with Numba or without. Entries of M lie between 0.1 and 1.1, so that tolerances
can be absolute.
"""

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.normal import Array
from armsrace.solvers._compilation import compiled

Indices = NDArray[np.int64]

GUESSED = 32  # with this many actions of both roles, or fewer, a guess costs more than it saves
ZERO = 1e-11  # entries of b and z above its negative pass for feasible
PIVOT = 1e-9  # the smallest pivot to finish with
CRASH_PIVOT = 1e-2  # the smallest pivot to start with
PLAYED = 0.05  # the share of the uniform probability above which an action counts as played
NOISE = 0.01  # the size of the perturbations that break ties
GOLDEN = 0.6180339887498949  # its multiples modulo 1 are evenly spread and never repeat


def _exchange_at_once(tableau: Array, row: int, column: int) -> None:
    pivot = tableau[row, column]
    factors = tableau[:, column].copy()
    factors[row] = 0.0
    tableau[:, column] = 0.0
    tableau[row, column] = 1.0
    tableau[row] /= pivot
    tableau -= np.outer(factors, tableau[row])


@compiled("void(f8[:, ::1], i8, i8)", instead=_exchange_at_once)
def exchange(tableau: Array, row: int, column: int) -> None:
    """Exchange the basic variable of a row with the nonbasic variable of a column, in place."""
    pivot = tableau[row, column]
    tableau[row, column] = 1.0
    for j in range(tableau.shape[1]):
        tableau[row, j] /= pivot
    for i in range(tableau.shape[0]):
        factor = tableau[i, column]
        if i != row and factor != 0.0:
            tableau[i, column] = 0.0
            for j in range(tableau.shape[1]):
                tableau[i, j] -= factor * tableau[row, j]


def _mix_by_rows(matrix: Array, weights: Array, result: Array) -> None:
    result[:] = 0.0
    for i in np.flatnonzero(weights):
        result += weights[i] * matrix[i]


@compiled("void(f8[:, ::1], f8[::1], f8[::1])", instead=_mix_by_rows)
def mix(matrix: Array, weights: Array, result: Array) -> None:
    """Add up the rows of a matrix by weight, passing over those of weight zero."""
    result[:] = 0.0
    for i in range(len(weights)):
        if weights[i] != 0.0:
            for j in range(len(result)):
                result[j] += weights[i] * matrix[i, j]


@compiled("void(f8[::1], f8[::1], f8[::1], f8[::1], f8)")
def match(regrets: Array, strategy: Array, payoffs: Array, average: Array, weight: float) -> None:
    """Make one step of regret matching+ for one role, in place, and add it to its average."""
    expected = 0.0
    for i in range(len(payoffs)):
        expected += strategy[i] * payoffs[i]
    total = 0.0
    for i in range(len(regrets)):
        regrets[i] = max(regrets[i] + payoffs[i] - expected, 0.0)
        total += regrets[i]
    for i in range(len(regrets)):
        if total > 0.0:
            strategy[i] = regrets[i] / total
        average[i] += weight * strategy[i]


@compiled("void(f8[:, ::1], f8[::1], f8[::1], i8)")
def match_regrets(matrix: Array, x_average: Array, y_average: Array, rounds: int) -> None:
    """Let regret matching+ play against itself and add its strategies to the averages."""
    m, n = matrix.shape
    transposed = np.empty((n, m))
    for i in range(m):
        for j in range(n):
            transposed[j, i] = matrix[i, j]
    x, y = np.full(m, 1.0 / m), np.full(n, 1.0 / n)
    x_regrets, y_regrets = np.zeros(m), np.zeros(n)
    x_payoffs, y_payoffs = np.empty(m), np.empty(n)
    for t in range(1, rounds + 1):
        mix(transposed, y, x_payoffs)
        match(x_regrets, x, x_payoffs, x_average, float(t * t))
        mix(matrix, -x, y_payoffs)
        match(y_regrets, y, y_payoffs, y_average, float(t * t))


@compiled("i8(f8[::1])")
def played(average: Array) -> int:
    """Count the actions that an average of strategies plays with more than a trifle."""
    total = average.sum()
    count = 0
    for weight in average:
        if weight * len(average) > PLAYED * total:
            count += 1
    return count


@compiled("i8[::1](f8[::1], i8)")
def largest(weights: Array, count: int) -> Indices:
    """Return the places of the largest weights, the largest first."""
    remaining = weights.copy()
    places = np.empty(count, dtype=np.int64)
    for k in range(count):
        places[k] = remaining.argmax()
        remaining[places[k]] = -1.0
    return places


@compiled("void(f8[:, ::1], f8[:, ::1])")
def fill(tableau: Array, matrix: Array) -> None:
    """Write the linear program of a game into the tableau, the slacks being basic."""
    m, n = matrix.shape
    tableau[:] = 0.0
    for i in range(m):
        tableau[i, n] = 1.0
        for j in range(n):
            tableau[i, j] = matrix[i, j]
    for j in range(n):
        tableau[m, j] = -1.0


@compiled("void(f8[:, ::1], i8[::1], i8[::1], i8[::1], i8[::1])")
def crash(
    tableau: Array, basic: Indices, nonbasic: Indices, rows: Indices, columns: Indices
) -> None:
    """Exchange the variables of these rows with those of these columns, as far as they go."""
    done = 0
    for column in columns:
        best, place = CRASH_PIVOT, -1
        for k in range(done, len(rows)):
            size = abs(tableau[rows[k], column])
            if size > best:
                best, place = size, k
        if place >= 0:
            row = rows[place]
            rows[place] = rows[done]
            exchange(tableau, row, column)
            basic[row], nonbasic[column] = nonbasic[column], basic[row]
            done += 1


@compiled("void(f8[:, ::1])")
def perturb(tableau: Array) -> None:
    """Choose b' and z' so that the basis is strictly optimal at mu = 1, without ties."""
    m, n = tableau.shape[0] - 2, tableau.shape[1] - 2
    for i in range(m):
        tableau[i, n + 1] = max(-tableau[i, n], 0.0) + NOISE * (0.1 + (i + 1) * GOLDEN % 1.0)
    for j in range(n):
        tableau[m + 1, j] = max(-tableau[m, j], 0.0) + NOISE * (0.1 + (j + 1) * GOLDEN % 1.0)


@compiled("b1(f8[:, ::1], i8[::1], i8[::1])")
def optimize(tableau: Array, basic: Indices, nonbasic: Indices) -> bool:
    """Lower mu to zero, and tell whether that came to its end."""
    m, n = len(basic), len(nonbasic)
    for _ in range(50 * (m + n)):
        mu, row, column = 0.0, -1, -1
        for i in range(m):
            b, slope = tableau[i, n], tableau[i, n + 1]
            if b < -ZERO and -b > mu * slope:
                mu, row = -b / slope, i
        for j in range(n):
            z, slope = tableau[m, j], tableau[m + 1, j]
            if z < -ZERO and -z > mu * slope:
                mu, row, column = -z / slope, -1, j
        if row < 0 and column < 0:
            return True
        lowest = np.inf
        if row < 0:
            for i in range(m):
                if tableau[i, column] > PIVOT:
                    ratio = (tableau[i, n] + mu * tableau[i, n + 1]) / tableau[i, column]
                    if ratio < lowest:
                        lowest, row = ratio, i
        else:
            for j in range(n):
                if tableau[row, j] < -PIVOT:
                    ratio = (tableau[m, j] + mu * tableau[m + 1, j]) / -tableau[row, j]
                    if ratio < lowest:
                        lowest, column = ratio, j
        if row < 0 or column < 0:
            return False
        exchange(tableau, row, column)
        basic[row], nonbasic[column] = nonbasic[column], basic[row]
    return False


@compiled("void(f8[:, ::1], i8[::1], i8[::1], f8[::1], f8[::1])")
def read(tableau: Array, basic: Indices, nonbasic: Indices, x: Array, y: Array) -> None:
    """Read the strategies of an optimal basis off the tableau."""
    m, n = len(basic), len(nonbasic)
    value = 1.0 / tableau[m, n]
    x[:] = 0.0
    y[:] = 0.0
    for i in range(m):
        if basic[i] < n:
            y[basic[i]] = value * tableau[i, n]
    for j in range(n):
        if nonbasic[j] >= n:
            x[nonbasic[j] - n] = value * tableau[m, j]


@compiled("void(f8[:, :, ::1], f8[:, ::1], f8[:, ::1])")
def solve(matrices: Array, x: Array, y: Array) -> None:
    """Solve games of one shape, (S, m, n), and write the strategies into x, (S, m), and y, (S, n).

    What x and y hold at first is the guess to start from; where it is zero, one is made. In the
    end, probabilities carry rounding: they may be negative by about `ZERO`. Where the method fails,
    the strategies are uniform.
    """
    count, m, n = matrices.shape
    tableau = np.empty((m + 2, n + 2))
    for s in range(count):
        fill(tableau, matrices[s])
        basic, nonbasic = np.arange(n, n + m), np.arange(n)
        guessed = x[s].sum() > 0.0 and y[s].sum() > 0.0
        if not guessed and m + n > GUESSED:
            match_regrets(matrices[s], x[s], y[s], (m + n) // 4)
            guessed = True
        if guessed:
            size = min((played(x[s]) + played(y[s]) + 1) // 2, m, n)
            crash(tableau, basic, nonbasic, largest(x[s], size), largest(y[s], size))
        perturb(tableau)
        if optimize(tableau, basic, nonbasic):
            read(tableau, basic, nonbasic, x[s], y[s])
        else:
            x[s] = 1.0 / m
            y[s] = 1.0 / n
