"""The kernel behind counterfactual regret minimization: both roles' trees as flat arrays, compiled.

*Layout.* The sequences of both roles share one numbering, so that what belongs to sequences is one
array of shape (S,): 0 and 1 are the empty sequences of the two roles, then come the others of the
first role, then those of the second. Information sets are numbered likewise, from 0, each role's
sorted by depth:

* ``starts``, shape (H + 1,): the sequences of set h are starts[h], ..., starts[h + 1] - 1;
* ``parents``, shape (H,): the sequence that leads to each set;
* ``levels``, shape (D + 1,) for one role: its sets of depth d are levels[d], ...,
  levels[d + 1] - 1.

The payoffs are a sparse matrix of shape (S, S) by rows: row s holds what its role earns when its
own sequence is s, chance included, with a column for each sequence of the other. The entries of row
s and their columns are those from rows[s] to rows[s + 1] - 1.

Where Numba cannot be imported, every step is taken for all information sets of a depth at once.
Sums are taken in the same order either way, so equal input gives equal bits.
"""

import numpy as np

from armsrace.forms.normal import Array
from armsrace.forms.role_sequences import Indices
from armsrace.solvers._compilation import compiled, prepare

prepare()  # its loops are long


def _earn_at_once(
    rows: Indices,
    columns: Indices,
    entries: Array,
    plan: Array,
    first: int,
    last: int,
    gains: Array,
) -> None:
    owners = np.repeat(np.arange(last - first), np.diff(rows[first : last + 1]))
    span = slice(rows[first], rows[last])
    earned = entries[span] * plan[columns[span]]
    gains[first:last] = np.bincount(owners, earned, last - first)


@compiled(
    "void(i8[::1], i8[::1], f8[::1], f8[::1], i8, i8, f8[::1])",
    instead=_earn_at_once,
)
def earn(
    rows: Indices,
    columns: Indices,
    entries: Array,
    plan: Array,
    first: int,
    last: int,
    gains: Array,
) -> None:
    """Write what each of a role's sequences earns where play ends, given the other role's plan."""
    for s in range(first, last):
        total = 0.0
        for k in range(rows[s], rows[s + 1]):
            total += entries[k] * plan[columns[k]]
        gains[s] = total


def _accumulate_at_once(
    parents: Indices,
    starts: Indices,
    levels: Indices,
    strategy: Array,
    values: Array,
    discounts: Array,
    regrets: Array,
) -> None:
    for depth in range(len(levels) - 2, -1, -1):
        sets, block, owners = _depth(starts, levels, depth)
        expected = np.bincount(owners, strategy[block] * values[block], sets.stop - sets.start)
        np.add.at(values, parents[sets], expected)
        total = regrets[block] + (values[block] - expected[owners])
        regrets[block] = total * np.where(total > 0.0, discounts[0], discounts[1])


@compiled(
    "void(i8[::1], i8[::1], i8[::1], f8[::1], f8[::1], f8[::1], f8[::1])",
    instead=_accumulate_at_once,
)
def accumulate(
    parents: Indices,
    starts: Indices,
    levels: Indices,
    strategy: Array,
    values: Array,
    discounts: Array,
    regrets: Array,
) -> None:
    """Add to the regrets what each action would have earned more than the strategy did.

    Values are the gains of sequences; to each is added what the information sets below are worth.
    Then positive regrets are multiplied by the first discount, the others by the second.
    """
    for depth in range(len(levels) - 2, -1, -1):
        for h in range(levels[depth], levels[depth + 1]):
            expected = 0.0
            for s in range(starts[h], starts[h + 1]):
                expected += strategy[s] * values[s]
            values[parents[h]] += expected
            for s in range(starts[h], starts[h + 1]):
                total = regrets[s] + (values[s] - expected)
                regrets[s] = total * (discounts[0] if total > 0.0 else discounts[1])


def _match_at_once(
    parents: Indices,
    starts: Indices,
    levels: Indices,
    regrets: Array,
    values: Array,
    strategy: Array,
) -> None:
    for depth in range(len(levels) - 2, -1, -1):
        sets, block, owners = _depth(starts, levels, depth)
        count = sets.stop - sets.start
        expected = np.bincount(owners, strategy[block] * values[block], count)
        regret = regrets[block] + (values[block] - expected[owners])
        weights = np.where(regret > 0.0, regret, 0.0)
        totals = np.bincount(owners, weights, count)[owners]
        uniform = 1.0 / np.diff(starts[sets.start : sets.stop + 1])[owners]
        strategy[block] = np.divide(weights, totals, out=uniform, where=totals > 0.0)
        np.add.at(
            values, parents[sets], np.bincount(owners, strategy[block] * values[block], count)
        )


@compiled(
    "void(i8[::1], i8[::1], i8[::1], f8[::1], f8[::1], f8[::1])",
    instead=_match_at_once,
)
def match(
    parents: Indices,
    starts: Indices,
    levels: Indices,
    regrets: Array,
    values: Array,
    strategy: Array,
) -> None:
    """Play in proportion to the positive regrets, as they would be after one more round.

    Values are the gains that this round is predicted to have; zeros predict nothing. To each is
    added what the information sets below are worth by the new strategy.
    """
    for depth in range(len(levels) - 2, -1, -1):
        for h in range(levels[depth], levels[depth + 1]):
            expected = 0.0
            for s in range(starts[h], starts[h + 1]):
                expected += strategy[s] * values[s]
            total = 0.0
            for s in range(starts[h], starts[h + 1]):
                regret = regrets[s] + (values[s] - expected)
                strategy[s] = regret if regret > 0.0 else 0.0
                total += strategy[s]
            expected = 0.0
            for s in range(starts[h], starts[h + 1]):
                if total > 0.0:
                    strategy[s] /= total
                else:
                    strategy[s] = 1.0 / (starts[h + 1] - starts[h])
                expected += strategy[s] * values[s]
            values[parents[h]] += expected


def _descend_at_once(
    parents: Indices, starts: Indices, levels: Indices, strategy: Array, plan: Array
) -> None:
    for depth in range(len(levels) - 1):
        sets, block, owners = _depth(starts, levels, depth)
        plan[block] = plan[parents[sets]][owners] * strategy[block]


@compiled("void(i8[::1], i8[::1], i8[::1], f8[::1], f8[::1])", instead=_descend_at_once)
def descend(
    parents: Indices, starts: Indices, levels: Indices, strategy: Array, plan: Array
) -> None:
    """Multiply the probabilities along each sequence."""
    for depth in range(len(levels) - 1):
        for h in range(levels[depth], levels[depth + 1]):
            for s in range(starts[h], starts[h + 1]):
                plan[s] = plan[parents[h]] * strategy[s]


def _depth(starts: Indices, levels: Indices, depth: int) -> tuple[slice, slice, Indices]:
    """Return the information sets of a depth, their sequences, and which set each belongs to."""
    sets = slice(int(levels[depth]), int(levels[depth + 1]))
    sizes = np.diff(starts[sets.start : sets.stop + 1])
    return (
        sets,
        slice(starts[sets.start], starts[sets.stop]),
        np.repeat(np.arange(len(sizes)), sizes),
    )


@compiled(
    "void(i8[::1], i8[::1], f8[::1], i8[::1], i8[::1], i8[:, ::1], "
    "f8[:, ::1], f8[::1], b1, i8[::1], f8[:, ::1])"
)
def minimize_regret(
    rows: Indices,
    columns: Indices,
    entries: Array,
    parents: Indices,
    starts: Indices,
    levels: Indices,
    discounts: Array,
    weights: Array,
    predictive: bool,
    checkpoints: Indices,
    sums: Array,
) -> None:
    """Let the roles in turn minimize the regrets of all their information sets.

    Parameters
    ----------
    rows, columns, entries, parents, starts
        The game.
    levels
        One row for each role, shape (2, D + 1); the shallower one ends in empty levels.
    discounts
        Shape (T, 2): what positive and negative regrets are multiplied by after each round.
    weights
        Shape (T,): the weight of each round in the averages.
    predictive
        Whether a strategy prepares for the same gains as in the last round.
    checkpoints
        The numbers of rounds, ascending, at which to write the sums; the last ends the play.
    sums
        Shape (checkpoints, S): the weighted sums of the realization plans that were replied to.
    """
    count = sums.shape[1]
    strategy, plan, total = np.ones(count), np.ones(count), np.zeros(count)
    regrets, gains, values = np.zeros(count), np.zeros(count), np.zeros(count)
    for i in range(2):
        match(parents, starts, levels[i], regrets, values, strategy)
        descend(parents, starts, levels[i], strategy, plan)
    written = 0
    for t in range(checkpoints[-1]):
        for i in range(2):
            first, last = starts[levels[i, 0]], starts[levels[i, -1]]
            met, end = starts[levels[1 - i, 0]], starts[levels[1 - i, -1]]
            total[met:end] += weights[t] * plan[met:end]
            earn(rows, columns, entries, plan, first, last, gains)
            values[:] = gains
            accumulate(parents, starts, levels[i], strategy, values, discounts[t], regrets)
            if predictive:
                values[:] = gains
            else:
                values[:] = 0.0
            match(parents, starts, levels[i], regrets, values, strategy)
            descend(parents, starts, levels[i], strategy, plan)
        if t + 1 == checkpoints[written]:
            sums[written] = total
            written += 1
