"""The kernels behind the learning dynamics: many rounds of play against each other, compiled.

*Layout.* Roles have different numbers of actions, so whatever belongs to the actions of each role
is an array of shape (N, M), M the largest of the numbers m_i, in which role i uses the first m_i
columns. The payoffs of all profiles are one array of shape (N, K), K the number of profiles; its
row i is role i's payoffs, the actions of the others first (in the order of the roles) and its own
last. Then what the actions of role i earn is a sum of runs of length m_i, weighted by the
probabilities of the others' profiles.

*Averages.* Each kernel adds up what it plays and writes a copy of the sums whenever the number of
rounds is in ``checkpoints`` (ascending), into ``sums``, shape (checkpoints, N, M).

All sums are taken in one order, so equal input gives equal bits, with Numba or without; only the
exponential function may differ in its last bit.
"""

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.normal import Array
from armsrace.solvers._compilation import compiled, prepare

Indices = NDArray[np.int64]

prepare()  # its loops are long


def _earn_by_rows(payoffs: Array, weights: Array, result: Array) -> None:
    result[:] = 0.0
    table = payoffs.reshape(-1, len(result))
    for k in np.flatnonzero(weights[: len(table)]):
        result += weights[k] * table[k]


@compiled("void(f8[::1], f8[::1], f8[::1])", instead=_earn_by_rows)
def earn(payoffs: Array, weights: Array, result: Array) -> None:
    """Average the payoffs of one role over the profiles of the others, by weight."""
    m = len(result)
    result[:] = 0.0
    for k in range(len(payoffs) // m):
        if weights[k] != 0.0:
            for a in range(m):
                result[a] += weights[k] * payoffs[k * m + a]


@compiled("void(f8[:, ::1], i8[::1], i8, f8[::1])")
def weigh(strategies: Array, sizes: Indices, role: int, weights: Array) -> None:
    """Write the probabilities of the profiles of all other roles, in the order of the payoffs."""
    weights[0] = 1.0
    count = 1
    for j in range(len(sizes)):
        if j != role:
            # From the last: each weight is split in place, the earlier ones being still to come.
            for k in range(count - 1, -1, -1):
                weight = weights[k]
                for a in range(sizes[j] - 1, -1, -1):
                    weights[k * sizes[j] + a] = weight * strategies[j, a]
            count *= sizes[j]


@compiled("i8(i8[::1], i8[::1], i8)")
def place(profile: Indices, sizes: Indices, role: int) -> int:
    """Return the number of a profile of all other roles, in the order of the payoffs."""
    number = 0
    for j in range(len(sizes)):
        if j != role:
            number = number * sizes[j] + profile[j]
    return number


@compiled("f8(f8[::1], f8[::1])", instead=lambda x, y: float((x * y).cumsum()[-1]))
def inner(x: Array, y: Array) -> float:
    """Return the sum of products, added up from the first."""
    total = 0.0
    for a in range(len(x)):
        total += x[a] * y[a]
    return total


@compiled("void(f8[::1], f8[::1])")
def proportional(weights: Array, strategy: Array) -> None:
    """Play in proportion to the positive weights, or uniformly where there are none."""
    strategy[:] = np.maximum(weights, 0.0)
    total = inner(strategy, np.ones(len(strategy)))
    if total > 0.0:
        strategy /= total
    else:
        strategy[:] = 1.0 / len(strategy)


@compiled("void(f8[::1], f8, f8[::1])")
def exponential(gains: Array, rate: float, strategy: Array) -> None:
    """Play in proportion to exp(rate * gain)."""
    strategy[:] = np.exp(rate * (gains - gains.max()))
    strategy /= inner(strategy, np.ones(len(strategy)))


@compiled("void(f8[:, ::1], i8[::1], i8[::1], f8[:, :, ::1])")
def fictitious_play(payoffs: Array, sizes: Indices, checkpoints: Indices, sums: Array) -> None:
    """Let every role reply best to what the others have played so far."""
    roles = len(sizes)
    gains, counts = np.zeros(sums.shape[1:]), np.zeros(sums.shape[1:])
    profile = np.zeros(roles, dtype=np.int64)
    written = 0
    for t in range(1, checkpoints[-1] + 1):
        for i in range(roles):
            profile[i] = gains[i, : sizes[i]].argmax()
            counts[i, profile[i]] += 1.0
        for i in range(roles):
            start = place(profile, sizes, i) * sizes[i]
            gains[i, : sizes[i]] += payoffs[i, start : start + sizes[i]]
        if t == checkpoints[written]:
            sums[written] = counts
            written += 1


@compiled("void(f8[:, ::1], i8[::1], i8[::1], f8[:, :, ::1])")
def regret_matching(payoffs: Array, sizes: Indices, checkpoints: Indices, sums: Array) -> None:
    """Let every role play in proportion to its positive regrets, all at once."""
    roles, profiles = payoffs.shape
    shape = sums.shape[1:]
    regrets, strategies, total = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    earned, weights = np.empty(shape[1]), np.empty(profiles)
    written = 0
    for t in range(1, checkpoints[-1] + 1):
        for i in range(roles):
            proportional(regrets[i, : sizes[i]], strategies[i, : sizes[i]])
        total += strategies
        for i in range(roles):
            m = sizes[i]
            weigh(strategies, sizes, i, weights)
            earn(payoffs[i], weights, earned[:m])
            regrets[i, :m] += earned[:m] - inner(strategies[i, :m], earned[:m])
        if t == checkpoints[written]:
            sums[written] = total
            written += 1


@compiled("void(f8[:, ::1], i8[::1], i8[::1], f8[:, :, ::1])")
def regret_matching_plus(payoffs: Array, sizes: Indices, checkpoints: Indices, sums: Array) -> None:
    """Let roles in turn forget negative regrets; later rounds weigh more in the averages."""
    roles, profiles = payoffs.shape
    shape = sums.shape[1:]
    regrets, strategies, total = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    earned, weights = np.empty(shape[1]), np.empty(profiles)
    for i in range(roles):
        proportional(regrets[i, : sizes[i]], strategies[i, : sizes[i]])
    written = 0
    for t in range(1, checkpoints[-1] + 1):
        for i in range(roles):
            m = sizes[i]
            weigh(strategies, sizes, i, weights)
            earn(payoffs[i], weights, earned[:m])
            expected = inner(strategies[i, :m], earned[:m])
            regrets[i, :m] = np.maximum(regrets[i, :m] + earned[:m] - expected, 0.0)
            proportional(regrets[i, :m], strategies[i, :m])
        total += t * strategies
        if t == checkpoints[written]:
            sums[written] = total
            written += 1


@compiled("void(f8[:, ::1], i8[::1], f8[::1], i8[::1], f8[:, :, ::1])")
def hedge(payoffs: Array, sizes: Indices, rates: Array, checkpoints: Indices, sums: Array) -> None:
    """Let every role weigh its actions by the exponential of what they would have earned."""
    roles, profiles = payoffs.shape
    shape = sums.shape[1:]
    gains, strategies, total = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    earned, weights = np.empty(shape[1]), np.empty(profiles)
    written = 0
    for t in range(1, checkpoints[-1] + 1):
        for i in range(roles):
            exponential(gains[i, : sizes[i]], rates[i], strategies[i, : sizes[i]])
        total += strategies
        for i in range(roles):
            weigh(strategies, sizes, i, weights)
            earn(payoffs[i], weights, earned[: sizes[i]])
            gains[i, : sizes[i]] += earned[: sizes[i]]
        if t == checkpoints[written]:
            sums[written] = total
            written += 1


@compiled("void(f8[:, ::1], i8[::1], f8[::1], f8[:, ::1], i8[::1], f8[:, :, ::1])")
def exp3(
    payoffs: Array,
    sizes: Indices,
    rates: Array,
    chances: Array,
    checkpoints: Indices,
    sums: Array,
) -> None:
    """Let every role draw an action and learn from nothing but what it earned; payoffs in [0, 1].

    Exploration rates, shape (N,), in (0, 1]; chances, shape (rounds, N), uniform on [0, 1).
    """
    roles = len(sizes)
    shape = sums.shape[1:]
    gains, strategies, total = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    profile = np.zeros(roles, dtype=np.int64)
    written = 0
    for t in range(1, checkpoints[-1] + 1):
        for i in range(roles):
            m = sizes[i]
            exponential(gains[i, :m], rates[i] / m, strategies[i, :m])
            strategies[i, :m] = (1.0 - rates[i]) * strategies[i, :m] + rates[i] / m
            below, profile[i] = strategies[i, 0], 0
            while profile[i] < m - 1 and below <= chances[t - 1, i]:
                profile[i] += 1
                below += strategies[i, profile[i]]
        total += strategies
        for i in range(roles):
            earned = payoffs[i, place(profile, sizes, i) * sizes[i] + profile[i]]
            gains[i, profile[i]] += earned / strategies[i, profile[i]]
        if t == checkpoints[written]:
            sums[written] = total
            written += 1
