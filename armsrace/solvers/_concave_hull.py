r"""The concave hull of the values of average games, with its bounds; see `secret_value`.

At sampled points q the value u(q) is known, which bounds Cav u from below. From above,
let y and y' be optimal for the adversary at q and q', and mix them on the way from q to q' in the
proportion 1 - t to :math:`\rho t`. That holds the learner to the largest of m functions of t, each
a rational Bezier curve: it lies below the concave hull of its three control points. So, between
them, u lies below the concave hull of u(q), u(q') and, at :math:`(\rho q + q') / (1 + \rho)`,

.. math:: c(q, q') = \max_i \sum_j \frac{\rho A(q)_{ij} y'_j + A(q')_{ij} y_j}{1 + \rho},
          \qquad A(q) = \sum_k q_k A^k

The concave hull of all these is above u everywhere. For two types, :math:`\rho` is the best one for
each pair of neighbors, and points are added where the upper bound rests until both bounds agree.
For more, the points are a regular grid of the simplex, the pairs all those within a cell of its
triangulation, and :math:`\rho = 1`; the bounds close with the square of the mesh where the
adversary's strategy changes smoothly, and in proportion to the mesh where it jumps.
"""

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace._linear_program import minimize
from armsrace.forms.normal import Array
from armsrace.solvers.minimax import minimax_batch

NEGLIGIBLE = 1e-9  # weights of a splitting below are none
MOST_POINTS = 20_000  # of a grid of the simplex
MOST_ROUNDS = 2_000  # of adding points between two types


@final
@dataclass(frozen=True, eq=False)
class Hull:
    """A splitting with its value, and an upper bound."""

    points: Array
    weights: Array
    value: float
    bound: float


def between_two(games: Array, prior: Array, tolerance: float) -> Hull:
    """Add points where the upper bound rests on control points, until both bounds agree."""
    if len(prior) == 1:
        value = float(minimax_batch(games)[0][0])
        return Hull(np.ones((1, 1)), np.ones(1), value, value)
    first = np.unique(np.append(np.linspace(0.0, 1.0, 9), prior[0]))
    values, replies = _solved(games, first)
    for _ in range(MOST_ROUNDS):
        places, heights = _weighted_controls(games, first, values, replies)
        ends, weights, value = _chord(first, values, prior[0])
        resting, _, bound = _chord(
            np.concatenate([first, places]), np.concatenate([values, heights]), prior[0]
        )
        if bound - value <= tolerance:
            return Hull(_of_two(first[ends]), weights, value, bound)
        cut = np.unique(resting[resting >= len(first)]) - len(first)
        added = (first[cut] + first[cut + 1]) / 2
        more_values, more_replies = _solved(games, added)
        first = np.insert(first, cut + 1, added)
        values = np.insert(values, cut + 1, more_values)
        replies = np.insert(replies, cut + 1, more_replies, axis=0)
    raise ArithmeticError(
        f"the bounds stay {bound - value:.1g} apart, above {tolerance:.1g}: enlarge the tolerance"
    )


def _weighted_controls(
    games: Array, first: Array, values: Array, replies: Array
) -> tuple[Array, Array]:
    """Place and height of the lowest control point between each belief and the next.

    Any proportion makes a true bound. The height above the chord is the largest of m lines in the
    place; it is lowest where two of them cross, or at an end.
    """
    points = _of_two(first)
    forth = _exposed(games, points[:-1], replies[1:]) - values[:-1, None]
    back = _exposed(games, points[1:], replies[:-1]) - values[1:, None]
    slopes = back - forth
    rise = slopes[:, :, None] - slopes[:, None, :]
    crossing = np.zeros_like(rise)
    with np.errstate(over="ignore"):  # what is too far off to be a number is clipped
        np.divide(forth[:, None, :] - forth[:, :, None], rise, out=crossing, where=rise != 0.0)
    shares = crossing.clip(0.0, 1.0).reshape(len(forth), -1)
    shares = np.concatenate([shares, np.ones((len(forth), 1))], axis=1)
    lines = forth[:, None, :] + shares[:, :, None] * slopes[:, None, :]
    excess = lines.max(axis=2)
    best = excess.argmin(axis=1)[:, None]
    share = np.take_along_axis(shares, best, axis=1)[:, 0]
    chord = (1.0 - share) * values[:-1] + share * values[1:]
    places = (1.0 - share) * first[:-1] + share * first[1:]
    return places, chord + np.take_along_axis(excess, best, axis=1)[:, 0]


def _of_two(first: Array) -> Array:
    """The beliefs in two types, shape (n, 2), by the probability of the first."""
    return np.stack([first, 1.0 - first], axis=1)


def _chord(places: Array, values: Array, at: float) -> tuple[NDArray[np.intp], Array, float]:
    """The highest chord above a place: its ends, their weights, and its height there."""
    left, right = np.flatnonzero(places <= at), np.flatnonzero(places >= at)
    width = places[right] - places[left][:, None]
    share = np.zeros_like(width)  # of the right end
    np.divide((at - places[left])[:, None], width, out=share, where=width > 0)
    heights = (1.0 - share) * values[left][:, None] + share * values[right]
    row, column = np.unravel_index(heights.argmax(), heights.shape)
    weights = np.array([1.0 - share[row, column], share[row, column]])
    kept = weights > NEGLIGIBLE
    ends = np.array([left[row], right[column]])
    return ends[kept], weights[kept], float(heights[row, column])


def on_grid(games: Array, prior: Array, mesh: int) -> Hull:
    """Bound the hull from the points of a grid and, above, from all pairs within a cell."""
    count = comb(mesh + len(games) - 1, len(games) - 1)
    if count > MOST_POINTS:
        raise ValueError(
            f"the grid must have at most {MOST_POINTS} points, got {count}: choose a smaller mesh"
        )
    grid = _simplex_grid(len(games), mesh)
    points = np.concatenate([grid / mesh, prior[None]])
    values, _, replies = minimax_batch(np.tensordot(points, games, 1))
    pairs = _cell_pairs(grid)
    controls = _controls(games, points, replies, pairs)
    middles = (points[pairs[0]] + points[pairs[1]]) / 2
    weights, value = _split(points, values, prior)
    _, bound = _split(np.concatenate([points, middles]), np.concatenate([values, controls]), prior)
    kept = weights > NEGLIGIBLE
    return Hull(points[kept], weights[kept] / weights[kept].sum(), value, bound)


def _solved(games: Array, first: Array) -> tuple[Array, Array]:
    """Values and the adversary's strategies of the average games of two types."""
    values, _, replies = minimax_batch(np.tensordot(_of_two(first), games, 1))
    return values, replies


def _controls(games: Array, points: Array, replies: Array, pairs: NDArray[np.intp]) -> Array:
    """The control value c at the midpoint of each pair of points, shape (P,)."""
    one, other = pairs
    forth = _exposed(games, points[one], replies[other])
    back = _exposed(games, points[other], replies[one])
    controls: Array = (forth + back).max(axis=1) / 2
    return controls


def _exposed(games: Array, points: Array, replies: Array) -> Array:
    """What each action of the learner earns in the average game of a point, shape (P, m)."""
    earned: Array = np.einsum("pk,kij,pj->pi", points, games, replies, optimize=True)
    return earned


def _split(points: Array, values: Array, prior: Array) -> tuple[Array, float]:
    """The best weights of points whose mean is the prior, and the value that they reach."""
    size = float(np.abs(values).max()) or 1.0
    best, _ = minimize(-values / size, points.T, (prior, prior), precision=1e-10)
    weights: Array = np.maximum(best, 0.0)
    return weights, float(weights @ values)


def _simplex_grid(types: int, mesh: int) -> Array:
    """All vectors of nonnegative integers of a sum, shape (comb(mesh + K - 1, K - 1), K)."""
    bars = np.array(list(combinations(range(mesh + types - 1), types - 1)), dtype=np.float64)
    walls = np.pad(bars, ((0, 0), (1, 1)), constant_values=((0, 0), (-1, mesh + types - 1)))
    return np.diff(walls, axis=1) - 1.0


def _cell_pairs(grid: Array) -> NDArray[np.intp]:
    """Pairs of points of the grid that are corners of one cell of its triangulation, (2, P).

    In the coordinates z_k = q_1 + ... + q_k the grid is that of the integers, and the cells of
    Freudenthal's triangulation have corners that differ by 0 or 1 in each, all in one direction.
    """
    sums = grid[:, :-1].cumsum(axis=1)
    place = {tuple(row): number for number, row in enumerate(sums.astype(int).tolist())}
    width = sums.shape[1]
    steps = [
        tuple(int(k in chosen) for k in range(width))
        for size in range(1, width + 1)
        for chosen in map(set, combinations(range(width), size))
    ]
    pairs = [
        (number, place[moved])
        for row, number in place.items()
        for step in steps
        if (moved := tuple(a + b for a, b in zip(row, step, strict=True))) in place
    ]
    return np.array(pairs, dtype=np.intp).reshape(-1, 2).T
