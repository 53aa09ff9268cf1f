r"""Search along many lines at once for the cheapest instance that is let through.

The adversary wants its instance :math:`x^A` to look different, at the least cost, and may only ask
whether a row is let through. A *line* gives, for each cost c, the row at that cost in one
direction. The least cost at which any of the lines is let through is bisected; all lines share one
bracket, so that most of them are given up after a single query. Costs are compared by their ratio:
the answer is within a factor :math:`1 + \epsilon` (the *tolerance*) of the cheapest row on the
lines.

When the rejected rows form a convex set, a line that is rejected at some cost is rejected at
every lower one. If moreover the cost is the l_1 norm, the 2 D coordinate directions suffice, and
the answer is within the tolerance of the cheapest row of all; for l_2 they lose at most a factor
:math:`\sqrt D` (`armsrace.theory.evasion` has these bounds, and those on the number of queries).

References
----------
Nelson, B. et al. (2012). Query strategies for evading convex-inducing classifiers. JMLR
13:1293-1332, Algorithms 2 and 3.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from math import ceil, log, log1p, log2, sqrt
from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.attacks.probe.membership import Found, Membership, Row
from armsrace.models.published import QueryLimitError

Line = Callable[[float], Row]
"""The row at a cost, in one direction."""


def straight_lines(start: ArrayLike, directions: ArrayLike) -> list[Line]:
    """Lines ``start + cost * direction``.

    Parameters
    ----------
    start
        The instance that is to be disguised, shape (d,).
    directions
        Directions of unit cost, shape (m, d).
    """
    origin = np.asarray(start, dtype=np.float64)

    def line(direction: NDArray[np.float64]) -> Line:
        return lambda cost: origin + cost * direction

    return [line(direction) for direction in np.asarray(directions, dtype=np.float64)]


def axis_lines(start: ArrayLike) -> list[Line]:
    """The 2 d coordinate directions, to both sides.

    Parameters
    ----------
    start
        The instance that is to be disguised, shape (d,).

    Examples
    --------
    >>> [line(2.0).tolist() for line in axis_lines([1.0, 0.0])]
    [[3.0, 0.0], [1.0, 2.0], [-1.0, 0.0], [1.0, -2.0]]
    """
    width = len(np.asarray(start))
    return straight_lines(start, np.vstack([np.eye(width), -np.eye(width)]))


def multiline_search(
    query: Membership, lines: Sequence[Line], *, lower: float, upper: float, tolerance: float
) -> Found:
    """Halve the gap between costs, asking the lines in turn until one is let through.

    A line that was rejected at the cost at which another is let through is given up. Takes at
    most ``multiline_query_bound(len(lines), steps)`` queries, and one more a line if nothing
    cheaper than `upper` was let through.

    Parameters
    ----------
    query
        Asks whether a row is let through.
    lines
        Where to search.
    lower
        A cost below which nothing is let through, positive.
    upper
        The dearest cost of interest, at least `lower`.
    tolerance
        Relative tolerance, positive.

    Raises
    ------
    ValueError
        When there is no line, or a number is out of its range.

    Examples
    --------
    The disk of radius 3 around the origin is rejected, and (1, 0) is to be let through.

    >>> query = Membership(lambda row: np.linalg.norm(row) > 3)
    >>> found = multiline_search(
    ...     query, axis_lines([1.0, 0.0]), lower=0.1, upper=10.0, tolerance=0.01
    ... )
    >>> found.instance.round(2).tolist(), round(found.cost, 2), found.queries
    ([3.02, 0.0], 2.02, 24)
    """
    _check(lines, lower, upper, tolerance)
    spent, lowest, left, low, high = query.count, _Lowest(query), list(lines), lower, upper
    with suppress(QueryLimitError):
        while high > low * (1 + tolerance):
            middle = sqrt(low * high)
            hit = lowest.first(left, middle)
            if hit is None:
                low = middle
            else:
                high, left = middle, left[hit:]
        if lowest.instance is None:
            lowest.first(left, upper)
    return Found(lowest.instance, lowest.cost, query.count - spent)


def kstep_search(
    query: Membership, lines: Sequence[Line], *, lower: float, upper: float, tolerance: float
) -> Found:
    """Take K steps along one line before the others are asked, K the root of the steps in all.

    Of many lines most are given up after fewer queries than in `multiline_search`: at most
    ``kstep_query_bound(len(lines), steps)``, and one more a line if nothing cheaper than `upper`
    was let through.

    Parameters
    ----------
    query
        Asks whether a row is let through.
    lines
        Where to search.
    lower
        A cost below which nothing is let through, positive.
    upper
        The dearest cost of interest, at least `lower`.
    tolerance
        Relative tolerance, positive.

    Raises
    ------
    ValueError
        When there is no line, or a number is out of its range.

    Examples
    --------
    >>> query = Membership(lambda row: np.linalg.norm(row) > 3)
    >>> found = kstep_search(query, axis_lines([1.0, 0.0]), lower=0.1, upper=10.0, tolerance=0.01)
    >>> found.instance.round(2).tolist(), found.queries
    ([3.02, 0.0], 18)
    """
    _check(lines, lower, upper, tolerance)
    steps = log2(max(log(upper / lower) / log1p(tolerance), 1.0))
    stride = ceil(sqrt(ceil(steps)))
    spent, lowest, left, low, high = query.count, _Lowest(query), list(lines), lower, upper
    with suppress(QueryLimitError):
        while high > low * (1 + tolerance):
            below, above = low, high
            for _ in range(stride):
                middle = sqrt(below * above)
                if lowest.asks(left[0], middle):
                    above = middle
                else:
                    below = middle
            # At the lower bound itself nothing is let through: no need to ask.
            hit = lowest.first(left[1:], below) if below > low else None
            if hit is None:
                low, high = below, above
            else:
                high, left = below, left[1 + hit :]
        if lowest.instance is None:
            lowest.first(left, upper)
    return Found(lowest.instance, lowest.cost, query.count - spent)


@final
class _Lowest:
    """The cheapest row that was let through so far, whatever ends the search."""

    def __init__(self, query: Membership) -> None:
        self.instance: Row | None = None
        self.cost = np.inf
        self._query = query

    def asks(self, line: Line, cost: float) -> bool:
        """Whether a line is let through at a cost."""
        row = line(cost)
        through = self._query(row)
        if through and cost < self.cost:
            self.instance, self.cost = row, cost
        return through

    def first(self, lines: Sequence[Line], cost: float) -> int | None:
        """Number of the first line that is let through at a cost."""
        return next((number for number, line in enumerate(lines) if self.asks(line, cost)), None)


def _check(lines: Sequence[Line], lower: float, upper: float, tolerance: float) -> None:
    if not lines:
        raise ValueError("lines must hold at least one line, got none")
    if not 0 < lower <= upper < np.inf:
        raise ValueError(f"bounds must satisfy 0 < lower <= upper, got {lower} and {upper}")
    if not 0 < tolerance < np.inf:
        raise ValueError(f"tolerance must be positive and finite, got {tolerance}")
