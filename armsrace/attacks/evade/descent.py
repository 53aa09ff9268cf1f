r"""The cheapest way down a linear score inside a box, in closed form.

A row o is moved to an x with :math:`l \le x \le u` so as to lower the score :math:`w \cdot x`, at
the cost :math:`\|x - o\|_1` or :math:`\|x - o\|_2`. Two questions have one answer: how much cost a
given descent takes at the least, and how much descent a given cost buys at the most.

*Order 1*: features are used up in the order of :math:`|w_i|`, the last of them in part (a
fractional knapsack). *Order 2*: :math:`x_i = o_i - t\,w_i` until feature i meets its bound, at
:math:`t_i = r_i / |w_i|` with r_i the room there is; between these breakpoints the descent is
linear in t and the squared cost quadratic, so that the right t is found by one sort. Both take O(d
log d) a row.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ORDERS: Final = (1, 2)


def check_order(order: int) -> None:
    """Refuse a norm that is not supported.

    Raises
    ------
    ValueError
        When the order is neither 1 nor 2.
    """
    if order not in _ORDERS:
        raise ValueError(f"order must be 1 or 2, got {order}")


def cheapest_descent(
    rows: Array, weights: Array, descent: Array, low: Array, high: Array, *, order: int
) -> Array:
    """Rows whose linear score is lower by so much, at the least cost.

    Parameters
    ----------
    rows
        Rows to be moved, shape (n, d).
    weights
        Weights of the score, shape (d,) or, one for each row, (n, d).
    descent
        How far the score is to go down, shape (n,); as far as the box allows if that is less.
    low, high
        Bounds, shape (n, d) or (1, d); a row may lie outside, and is not moved further out.
    order
        Order of the norm that is the cost, 1 or 2.

    Examples
    --------
    >>> rows, weights, box = np.array([[1.0, 1.0]]), np.array([3.0, 4.0]), np.array([[0.0, 0.0]])
    >>> cheapest_descent(rows, weights, np.array([5.0]), box, box + 1, order=2).round(2).tolist()
    [[0.4, 0.2]]
    >>> cheapest_descent(rows, weights, np.array([5.0]), box, box + 1, order=1).round(2).tolist()
    [[0.67, 0.0]]
    """
    return _descended(rows, weights, descent, low, high, order, _amounts_for_descent)


def steepest_descent(
    rows: Array, weights: Array, budget: Array, low: Array, high: Array, *, order: int
) -> Array:
    """Rows of the lowest linear score at no more than a given cost.

    Parameters
    ----------
    rows
        Rows to be moved, shape (n, d).
    weights
        Weights of the score, shape (d,) or, one for each row, (n, d).
    budget
        The most that each row may cost, shape (n,).
    low, high
        Bounds, shape (n, d) or (1, d); a row may lie outside, and is not moved further out.
    order
        Order of the norm that is the cost, 1 or 2.

    Examples
    --------
    >>> rows, weights, box = np.array([[1.0, 1.0]]), np.array([3.0, 4.0]), np.array([[0.0, 0.0]])
    >>> steepest_descent(rows, weights, np.array([1.0]), box, box + 1, order=2).round(2).tolist()
    [[0.4, 0.2]]
    >>> steepest_descent(rows, weights, np.array([1.5]), box, box + 1, order=1).round(2).tolist()
    [[0.5, 0.0]]
    """
    return _descended(rows, weights, budget, low, high, order, _amounts_for_cost)


Amounts = Callable[[Array, Array, Array, int], Array]


def _descended(
    rows: Array, weights: Array, wanted: Array, low: Array, high: Array, order: int, how: Amounts
) -> Array:
    check_order(order)
    slopes = np.broadcast_to(weights, rows.shape)
    room = np.maximum(np.where(slopes > 0, rows - low, high - rows), 0.0)
    steep = np.abs(slopes)
    # What does not count is not moved; it sorts in front and adds nothing.
    room = np.where(steep > 0, room, 0.0)
    return rows - np.sign(slopes) * how(steep, room, np.maximum(wanted, 0.0), order)


def _amounts_for_descent(steep: Array, room: Array, wanted: Array, order: int) -> Array:
    """How far to move each feature for a descent."""
    if order == 1:
        used = _filled(steep, steep * room, wanted)
        return np.divide(used, steep, out=np.zeros_like(used), where=steep > 0)
    breaks, free, sort = _breakpoints(steep, room)
    stuck = _before(np.take_along_axis(steep * room, sort, axis=1))
    with np.errstate(invalid="ignore"):
        reached = stuck + breaks * free
    segment = _segment(reached, wanted)
    rest = wanted - _at(stuck, segment)
    return _clipped(steep, room, _ratio(rest, _at(free, segment)), reached[:, -1] >= wanted)


def _amounts_for_cost(steep: Array, room: Array, wanted: Array, order: int) -> Array:
    """How far to move each feature for a cost."""
    if order == 1:
        return _filled(steep, room, wanted)
    breaks, free, sort = _breakpoints(steep, room)
    stuck = _before(np.take_along_axis(room, sort, axis=1) ** 2)
    with np.errstate(invalid="ignore"):
        reached = stuck + breaks**2 * free
    segment = _segment(reached, wanted**2)
    rest = np.maximum(wanted**2 - _at(stuck, segment), 0.0)
    pace = np.sqrt(_ratio(rest, _at(free, segment)))
    return _clipped(steep, room, pace, reached[:, -1] >= wanted**2)


def _filled(steep: Array, sizes: Array, wanted: Array) -> Array:
    """Fill up features, the steepest first, until as much is used as is wanted."""
    sort = np.argsort(-steep, axis=1, kind="stable")
    sizes = np.take_along_axis(sizes, sort, axis=1)
    with np.errstate(invalid="ignore"):
        used = np.clip(wanted[:, None] - _before(sizes), 0.0, sizes)
    filled = np.empty_like(used)
    np.put_along_axis(filled, sort, used, axis=1)
    return filled


def _breakpoints(steep: Array, room: Array) -> tuple[Array, Array, NDArray[np.intp]]:
    """Where features meet their bounds, in order; the slope that is left; and the order."""
    breaks = np.divide(room, steep, out=np.zeros_like(room), where=steep > 0)
    sort = np.argsort(breaks, axis=1, kind="stable")
    squares = np.take_along_axis(steep, sort, axis=1) ** 2
    free = np.cumsum(squares[:, ::-1], axis=1)[:, ::-1]
    return np.take_along_axis(breaks, sort, axis=1), free, sort


def _before(sizes: Array) -> Array:
    """Sum of what stands before each entry of a row."""
    sums = np.zeros_like(sizes)
    np.cumsum(sizes[:, :-1], axis=1, out=sums[:, 1:])
    return sums


def _segment(reached: Array, wanted: Array) -> NDArray[np.intp]:
    """The first breakpoint by which as much is reached as is wanted; the last one if none."""
    enough = reached >= wanted[:, None]
    first: NDArray[np.intp] = enough.argmax(axis=1)
    first[~enough.any(axis=1)] = reached.shape[1] - 1
    return first


def _at(values: Array, segment: NDArray[np.intp]) -> Array:
    return np.take_along_axis(values, segment[:, None], axis=1)[:, 0]


def _ratio(numerator: Array, denominator: Array) -> Array:
    zeros = np.zeros_like(numerator)
    return np.divide(numerator, denominator, out=zeros, where=denominator > 0)


def _clipped(steep: Array, room: Array, pace: Array, enough: NDArray[np.bool_]) -> Array:
    """Go at a pace until the bounds; all the way where there is not enough room."""
    return np.where(enough[:, None], np.minimum(steep * pace[:, None], room), room)
