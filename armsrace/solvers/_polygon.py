"""Convex polygons in the plane, segments, points and nothing at all among them.

A polygon is the array of its vertices, counterclockwise, shape (K, 2). Coordinates are of the order
of 1, so that what is rounding can be an absolute number.
"""

import numpy as np

from armsrace.forms.normal import Array

CLOSE = 1e-12  # distances that pass for rounding


def cut(polygon: Array, axis: int, floor: float) -> Array:
    """Keep the part of a convex polygon, also a segment or a point, above a floor on one axis.

    Examples
    --------
    >>> cut(np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]]), axis=0, floor=1.0).tolist()
    [[1.0, 0.0], [2.0, 0.0], [1.0, 1.0]]
    """
    kept = []
    for k, point in enumerate(polygon):
        before = polygon[k - 1]
        inside, was_inside = point[axis] >= floor - CLOSE, before[axis] >= floor - CLOSE
        if inside != was_inside:
            share = (floor - before[axis]) / (point[axis] - before[axis])
            crossing = before + share * (point - before)
            crossing[axis] = floor
            kept.append(crossing)
        if inside:
            kept.append(point)
    return np.array(kept).reshape(-1, 2)


def hull(points: Array) -> Array:
    """Return the extreme points of a set in the plane, counterclockwise from the leftmost.

    Andrew's monotone chain. Coordinates are rounded to 13 digits first, so that points one above
    another are sorted as such.

    Examples
    --------
    >>> hull(np.array([[0, 0], [1, 1], [2, 0], [2, 2], [0, 2], [1, 0]])).tolist()
    [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]]
    """
    ordered = np.unique(points.astype(np.float64).round(13), axis=0)
    chains: list[Array] = []
    for sweep in (ordered, ordered[::-1]):
        chain: list[Array] = []
        for point in sweep:
            while len(chain) > 1 and _is_superfluous(chain[-2], chain[-1], point):
                chain.pop()
            chain.append(point)
        chains += chain[:-1]
    return np.array(chains or ordered[:1]).reshape(-1, 2)


def _is_superfluous(before: Array, point: Array, after: Array) -> bool:
    """Tell whether a chain that turns left can do without a point."""
    (ax, ay), (bx, by) = point - before, after - before
    return bool(ax * by - ay * bx <= CLOSE * np.hypot(bx, by))


def distance(first: Array, second: Array) -> float:
    """Return how far a vertex of one polygon is from the vertices of the other, at most."""
    if len(first) == 0 or len(second) == 0:
        return 0.0 if len(first) == len(second) else np.inf
    distances = np.abs(first[:, None] - second).max(axis=2)
    return float(max(distances.min(axis=0).max(), distances.min(axis=1).max()))
