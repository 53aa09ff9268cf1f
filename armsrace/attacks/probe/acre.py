r"""Queries that find out a linear classifier, or the least disguise that it lets through.

A linear classifier rejects a row x when :math:`w \cdot x > T`. Known are one row that it rejects
and one that it lets through; only membership can be asked (*adversarial classifier reverse
engineering*). For real features all ratios of weights, and with them a disguise within a factor
:math:`1 + \epsilon` of the cheapest, take a number of queries that is linear in the number of
features but for logarithms. For features that are present or absent, at one price each, a local
search ends with at most twice as many changes as are needed.

References
----------
Lowd, D., Meek, C. (2005). Adversarial learning. KDD.
"""

from contextlib import suppress
from itertools import combinations
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.attacks.probe.membership import Found, Membership, Row
from armsrace.models.published import QueryLimitError

_LARGEST = 2.0**64
"""Ratio of two weights beyond which the smaller one is taken for this much of the larger."""


def linear_boundary(
    query: Membership, malicious: ArrayLike, honest: ArrayLike, *, tolerance: float = 0.01
) -> tuple[NDArray[np.float64], float]:
    r"""Weights and threshold of a linear classifier of real features, up to a common factor.

    On the way from one row to the other, feature by feature, there are two that differ in a single
    feature f and of which one is rejected (the *sign witnesses*). Between them, along f, lies the
    boundary. Moving any other feature i by a step, and f back to the boundary, gives the ratio of
    their weights; steps are the differences of the two rows, or 1 where they agree. The ratio is
    bisected as a factor, so that a feature takes about
    :math:`2 + \log_2 (2 \ln(1 / \epsilon) / \ln(1 + \epsilon))` queries, and more only if its
    step weighs more than that of f.

    Parameters
    ----------
    query
        Asks whether a row is let through.
    malicious, honest
        A row that is rejected and one that is let through, shape (d,) each.
    tolerance
        Relative error :math:`\epsilon` of the ratios, in (0, 1). A step that weighs less than
        :math:`\epsilon^2` times that of f counts as weighing nothing.

    Returns
    -------
    :
        Weights w, shape (d,), of which the one of f is 1 or -1; and the threshold T. When the
        queries run out, the features that were not reached have weight 0.

    Raises
    ------
    ValueError
        When the first row is let through or the second is not, or the tolerance is out of range.
    QueryLimitError
        When the queries run out before the boundary is met.

    Examples
    --------
    >>> query = Membership(lambda row: row @ [1.0, -3.0, 0.0] <= 2)
    >>> weights, threshold = linear_boundary(query, [5.0, 0.0, 1.0], [0.0, 0.0, 2.0])
    >>> weights.round(1).tolist(), round(threshold, 2), query.count
    ([1.0, -3.0, 0.0], 2.0, 47)
    """
    _check_tolerance(tolerance)
    rejected, passed = (np.asarray(row, dtype=np.float64) for row in (malicious, honest))
    _check_ends(query, rejected, passed)
    base, feature = _sign_witness(query, rejected, passed)
    steps = np.where(rejected == passed, 1.0, rejected - passed)
    witness = np.zeros(len(base))
    witness[feature] = steps[feature]
    least = tolerance**2

    low, high = 0.0, 1.0
    while high - low > tolerance * least:
        middle = (low + high) / 2
        low, high = (middle, high) if query(base + middle * witness) else (low, middle)
    border = base + (low + high) / 2 * witness

    def weight_of(step: Row) -> float:
        """How much a step weighs, in units of the witness."""
        sign = -1.0 if query(border + step) else 1.0

        def weighs_more_than(amount: float) -> bool:
            # Undone by so much of the witness, the step still decides.
            return query(border + step - sign * amount * witness) == (sign < 0)

        low, high = least, 1.0
        while weighs_more_than(high) and high < _LARGEST:
            low, high = high, 4 * high**2
        while high > low * (1 + tolerance):
            middle = sqrt(low * high)
            low, high = (middle, high) if weighs_more_than(middle) else (low, middle)
        return 0.0 if low == least else sign * sqrt(low * high)

    weights = np.zeros(len(base))
    weights[feature] = 1.0
    with suppress(QueryLimitError):
        for column in np.delete(np.arange(len(base)), feature):
            step = np.zeros(len(base))
            step[column] = steps[column]
            weights[column] = weight_of(step)
    weights = weights * (abs(steps[feature]) / steps) + 0.0
    return weights, float(weights @ border)


def acre_linear(
    query: Membership, malicious: ArrayLike, honest: ArrayLike, *, tolerance: float = 0.01
) -> Found:
    r"""The cheapest disguise in the l_1 norm that a linear classifier lets through.

    All of it is a change of the feature with the largest weight: the weights are found by
    `linear_boundary`, and the amount, by going on until the row is let through, to within a factor
    :math:`(1 + \epsilon)^3` of the least. When the queries do not suffice, it is the honest row.

    Parameters
    ----------
    query
        Asks whether a row is let through.
    malicious, honest
        A row that is rejected and one that is let through, shape (d,) each.
    tolerance
        Relative error :math:`\epsilon` of the weights, in (0, 1).

    Raises
    ------
    ValueError
        When the first row is let through or the second is not, or the tolerance is out of range.
    QueryLimitError
        When not even these two rows can be asked.

    Examples
    --------
    >>> query = Membership(lambda row: row @ [1.0, -3.0, 0.0] <= 2)
    >>> found = acre_linear(query, [5.0, 0.0, 1.0], [0.0, 0.0, 2.0])
    >>> found.instance.round(1).tolist(), round(found.cost, 1)
    ([5.0, 1.0, 1.0], 1.0)
    """
    _check_tolerance(tolerance)
    start, passed = (np.asarray(row, dtype=np.float64) for row in (malicious, honest))
    spent = query.count
    _check_ends(query, start, passed)
    instance, cost = passed, float(np.abs(passed - start).sum())
    with suppress(QueryLimitError):
        weights, threshold = linear_boundary(query, start, passed, tolerance=tolerance)
        heaviest = int(np.argmax(np.abs(weights)))
        direction = np.zeros(len(start))
        direction[heaviest] = -np.sign(weights[heaviest])
        change = float((weights @ start - threshold) / abs(weights[heaviest]))
        while change < cost:
            if query(start + change * direction):
                instance, cost = start + change * direction, change
            change *= 1 + tolerance
    return Found(instance, cost, query.count - spent)


def acre_boolean(
    query: Membership, malicious: ArrayLike, honest: ArrayLike, *, changeable: ArrayLike
) -> Found:
    """A disguise with at most twice the fewest changes, if the classifier is linear.

    Begins with all changes that lead to the honest row, and takes back each that is not needed. As
    long as that helps, one change is then made in the place of two others, and so on.

    Parameters
    ----------
    query
        Asks whether a row is let through.
    malicious, honest
        A row that is rejected and one that is let through, shape (d,) each, of 0 and 1.
    changeable
        Columns that may be changed, in the order in which they are tried; the two rows differ in no
        others.

    Raises
    ------
    ValueError
        When the first row is let through or the second is not, or they differ elsewhere.
    QueryLimitError
        When not even these two rows can be asked.

    Examples
    --------
    >>> query = Membership(lambda row: row @ [3.0, -1.0, -1.0, -2.0] <= 1)
    >>> found = acre_boolean(query, [1, 0, 0, 0], [1, 1, 1, 0], changeable=[1, 2, 3])
    >>> found.instance.tolist(), found.cost, found.queries
    ([1, 0, 0, 1], 1.0, 5)
    """
    start, instance = np.asarray(malicious), np.asarray(honest)
    columns, spent = np.asarray(changeable, dtype=np.intp), query.count
    elsewhere = np.setdiff1d(np.flatnonzero(start != instance), columns)
    if len(elsewhere):
        raise ValueError(f"honest must differ in changeable columns only, got {elsewhere[0]}")

    _check_ends(query, start, instance)

    def changes() -> list[int]:
        return np.flatnonzero(instance != start).tolist()

    def replacement() -> Row | None:
        """A row that is let through with another change in the place of two."""
        made = changes()
        for other in columns[~np.isin(columns, made)].tolist():
            for first, second in combinations(made, 2):
                row = _toggled(instance, other, first, second)
                if query(row):
                    return row
        return None

    with suppress(QueryLimitError):
        better: Row | None = instance
        while better is not None:
            instance = better
            for column in changes():
                row = _toggled(instance, column)
                if query(row):
                    instance = row
            better = replacement()
    return Found(instance, float(len(changes())), query.count - spent)


def _toggled(row: Row, *columns: int) -> Row:
    toggled = row.copy()
    toggled[[*columns]] = row[[*columns]] == 0
    return toggled


def _check_tolerance(tolerance: float) -> None:
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance must be in (0, 1), got {tolerance}")


def _check_ends(query: Membership, rejected: Row, passed: Row) -> None:
    if query(rejected):
        raise ValueError("malicious must be a row that is rejected, got one that is let through")
    if not query(passed):
        raise ValueError("honest must be a row that is let through, got one that is rejected")


def _sign_witness(query: Membership, rejected: Row, passed: Row) -> tuple[Row, int]:
    """Find a row that is let through, and the feature whose change has it rejected."""
    different = np.flatnonzero(rejected != passed)
    low, high = 0, len(different)

    def with_first(count: int) -> Row:
        row = passed.copy()
        row[different[:count]] = rejected[different[:count]]
        return row

    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if query(with_first(middle)) else (low, middle)
    return with_first(low), int(different[low])
