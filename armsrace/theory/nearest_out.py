r"""How fast a centroid detector is dragged when every new point replaces its nearest one in memory.

Kloft and Laskov (2012), section 4: the detector keeps n points; a new point x within the radius r
of their mean c is accepted and takes the place of the nearest of them, x_old, so that c moves by
(x - x_old) / n. The adversary, who knows the memory, sends the point that moves c furthest along
its direction a. Every memory point has a cell, in which it is the nearest, so that

.. math:: \max_j \max_x (x - x_j) \cdot a \quad \text{subject to} \quad
   2 (x_k - x_j) \cdot x \le x_k \cdot x_k - x_j \cdot x_j \;\forall k, \quad \|x - c\| \le r.

Each inner problem is a linear objective over a polyhedron and a ball (equations 7 to 11). Its
solution is the projection of c + t a onto the cell for the t at which it lies on the sphere; the
projection is a least-distance problem, solved by nonnegative least squares; between changes of its
active set it is affine in t, so that t takes a few steps of a quadratic equation.

Unlike with infinite memory the displacement goes on linearly for ever, at a speed that grows about
as the logarithm of the number of features; where there are as many of these as points, it passes
the speed of average-out, one radius for each n points.

References
----------
.. [1] M. Kloft, P. Laskov, "Security analysis of online centroid anomaly detection", JMLR 13,
   2012, pp. 3681-3724.
.. [2] C. L. Lawson, R. J. Hanson, "Solving least squares problems", 1974, chapter 23.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.theory._checks import Array, count, number, numbers


def greedy_point(memory: ArrayLike, direction: ArrayLike, radius: float) -> tuple[Array, int]:
    """The acceptable point that moves the center furthest, and the index of the one it replaces.

    Takes O(n) least-distance problems with n constraints, each a few times.

    Parameters
    ----------
    memory
        The points kept, shape (n, d), at least two of them different.
    direction
        Where the adversary wants the center to go, shape (d,); its length does not matter.
    radius
        Of the sphere around the mean in which points are accepted.

    Raises
    ------
    ValueError
        When shapes disagree, the direction is zero, or no cell meets the sphere.

    Examples
    --------
    >>> point, replaced = greedy_point([[0.0], [1.0], [2.0]], [1.0], radius=2.0)
    >>> point.round(6).tolist(), replaced
    ([3.0], 2)
    """
    points, along, radius = _arguments(memory, direction, radius)
    center = points.mean(axis=0)
    best, answer = -np.inf, None
    # No point of a cell comes further than the sphere: those that promise most go first.
    for old in np.argsort(points @ along, kind="stable"):
        promised = (center - points[old]) @ along + radius
        if promised <= best:
            break
        found = _furthest_in_cell(points, int(old), center, along, radius)
        if found is not None and (found - points[old]) @ along > best:
            best, answer = float((found - points[old]) @ along), (found, int(old))
    if answer is None:
        raise ValueError(f"radius must reach a point of memory from their mean, got {radius:g}")
    return answer


def greedy_displacements(
    memory: ArrayLike, direction: ArrayLike, radius: float, points: int
) -> Array:
    """Relative displacement of the center after each greedy point, shape (points + 1,).

    Parameters
    ----------
    memory, direction, radius
        As in `greedy_point`; the displacement is along the direction, in units of the radius.
    points
        How many points the adversary sends, one after the other.

    Raises
    ------
    ValueError
        As `greedy_point`.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(10, 2))
    >>> path = greedy_displacements(rows, [1.0, 0.0], radius=3.0, points=3)
    >>> bool((np.diff(path) > 0).all())
    True
    """
    kept, along, radius = _arguments(memory, direction, radius)
    total = count("points", points, "[0, inf)")
    path = np.zeros(total + 1)
    for step in range(total):
        point, old = greedy_point(kept, along, radius)
        path[step + 1] = path[step] + (point - kept[old]) @ along / (len(kept) * radius)
        kept[old] = point
    return path


def _arguments(
    memory: ArrayLike, direction: ArrayLike, radius: float
) -> tuple[Array, Array, float]:
    points = np.array(numbers("memory", memory, "(-inf, inf)"))
    along = numbers("direction", direction, "(-inf, inf)")
    if points.ndim != 2 or len(points) < 2 or along.shape != points.shape[1:]:
        raise ValueError(
            "memory and direction must have shapes (n, d), n at least 2, and (d,), "
            f"got {points.shape} and {along.shape}"
        )
    length = float(np.linalg.norm(along))
    if not length:
        raise ValueError("direction must not be zero")
    return points, along / length, number("radius", radius, "(0, inf)")


def _furthest_in_cell(
    points: Array, old: int, center: Array, along: Array, radius: float
) -> Array | None:
    """The furthest point along a direction of a cell and the ball; None where they do not meet."""
    own = points[old]
    away = points - own
    away = away[away.any(axis=1)]
    norms = np.linalg.norm(away, axis=1)
    # The cell, written as bounds on x - own: at most half way to any other point.
    faces, limits = away / norms[:, None], norms / 2
    start = center - own

    def projected(t: float) -> tuple[Array, Array]:
        """The point of the cell nearest to the center + t along, and the speed at which it goes."""
        goal = start + t * along
        move, active = _least_distance(faces, faces @ goal - limits)
        speed = along
        if len(active):
            speed = along - np.linalg.pinv(faces[active]) @ (faces[active] @ along)
        return goal - move, speed

    place, speed = projected(0.0)
    if np.linalg.norm(place - start) > radius:
        return None
    t, low, high = 0.0, 0.0, np.inf
    for _ in range(100):
        offset = place - start
        gap = radius**2 - offset @ offset
        if abs(gap) <= 1e-10 * radius**2:
            break
        low, high = (t, high) if gap > 0 else (low, t)
        # Where the affine continuation of the projection meets the sphere.
        square, slope = speed @ speed, speed @ offset
        if square <= 1e-18:
            if gap > 0 and _blocked(faces, limits, place, along):
                break  # the cell ends here, within the sphere
            t = high  # not between the bounds: the bracket decides
        else:
            t += (np.sqrt(max(slope**2 + square * gap, 0.0)) - slope) / square
        if not low < t < high:
            t = (low + high) / 2 if np.isfinite(high) else 2 * low + radius
        place, speed = projected(t)
    furthest: Array = own + place
    return furthest


def _blocked(faces: Array, limits: Array, place: Array, along: Array) -> bool:
    """Whether no point of the cell lies further along: the faces met there push back."""
    from scipy.optimize import nnls

    met = faces[faces @ place >= limits - 1e-9 * np.maximum(1.0, limits)]
    return len(met) > 0 and float(nnls(met.T, along)[1]) <= 1e-9


def _least_distance(faces: Array, over: Array) -> tuple[Array, NDArray[np.intp]]:
    """The shortest z with faces z >= over, and the rows that are met with equality.

    Lawson and Hanson's LDP: nonnegative least squares on [faces over]' against (0, ..., 0, 1).
    """
    from scipy.optimize import nnls

    if not (over > 0).any():
        return np.zeros(faces.shape[1]), np.empty(0, dtype=np.intp)
    scale = float(np.abs(over).max())
    system = np.vstack([faces.T, over / scale])
    target = np.zeros(len(system))
    target[-1] = 1.0
    weights, _ = nnls(system, target)
    residual = system @ weights - target
    shortest: Array = -scale * residual[:-1] / residual[-1]
    return shortest, np.flatnonzero(weights > 0)
