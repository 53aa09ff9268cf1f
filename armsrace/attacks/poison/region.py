"""A region: the points that sphere, slab and box leave open around a center.

Linear functions over a region, and distances to it, are optimized exactly. All three constraints
have the center in common, so once the slab's has its price, the rest is a clipped line from the
center, on which the right point is found among the columns' breakpoints.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_ITERATIONS: Final = 100


@final
@dataclass(frozen=True, eq=False, init=False)
class Region:
    """Where a filter leaves room for points of one label: sphere, slab and box around a center.

    Parameters
    ----------
    center
        Shape (d,); inside the box.
    radius
        Points lie within this Euclidean distance of the center; positive.
    axis
        Direction of the slab, of any positive length, shape (d,); None for no slab.
    width
        Points lie within this distance of the center along the axis; positive.
    lower, upper
        The box, numbers or shape (d,).

    Raises
    ------
    ValueError
        When the radius or the width is not positive, the shapes disagree, or the center lies
        outside the box.

    Examples
    --------
    >>> region = Region([0.0, 0.0], radius=5.0, axis=[2.0, 0.0], width=3.0)
    >>> point, value = region.extreme([1.0, 1.0])
    >>> np.round(point, 6).tolist(), round(value, 6)
    ([3.0, 4.0], 7.0)
    """

    center: Array
    radius: float
    axis: Array | None
    width: float
    lower: Array
    upper: Array

    def __init__(
        self,
        center: ArrayLike,
        *,
        radius: float,
        axis: ArrayLike | None = None,
        width: float = np.inf,
        lower: ArrayLike = -np.inf,
        upper: ArrayLike = np.inf,
    ) -> None:
        middle = finite("center", center)
        if middle.ndim != 1:
            raise ValueError(f"center must be one point of shape (d,), got shape {middle.shape}")
        unit = None
        if axis is not None:
            along = finite("axis", axis)
            length = float(np.linalg.norm(along))
            if along.shape != middle.shape or not length > 0:
                raise ValueError(
                    f"axis must be a direction of shape {middle.shape} and positive length, "
                    f"got {axis!r}"
                )
            unit = along / length
        low, high = (
            np.broadcast_to(np.asarray(end, float), middle.shape) for end in (lower, upper)
        )
        if not ((low <= middle) & (middle <= high)).all():
            raise ValueError("center must lie between lower and upper; a mean of real rows does")
        values = {
            "center": middle,
            "radius": inside("radius", radius, radius > 0 and np.isfinite(radius), "(0, inf)"),
            "axis": unit,
            "width": inside("width", width, width > 0, "(0, inf]"),
            "lower": low,
            "upper": high,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def contains(self, points: ArrayLike) -> NDArray[np.bool_]:
        """True for each point that passes, shape (n,); a relative 1e-9 of rounding is forgiven."""
        given = finite("points", points)
        moved = given - self.center
        hair = 1e-9 * np.maximum(1.0, np.abs(given).max(axis=-1))
        inside = np.linalg.norm(moved, axis=-1) <= self.radius + hair
        inside &= (np.maximum(self.lower - given, given - self.upper) <= hair[..., None]).all(-1)
        if self.axis is not None:
            inside &= np.abs(moved @ self.axis) <= self.width + hair
        passed: NDArray[np.bool_] = inside
        return passed

    def nearest(self, point: ArrayLike) -> Array:
        """The point of the region at the least Euclidean distance from a point of shape (d,).

        The same search as in `extreme`, with t at most 1.

        Examples
        --------
        >>> region = Region([0.0, 0.0], radius=5.0, axis=[1.0, 0.0], width=3.0)
        >>> region.nearest([30.0, 40.0]).round(9).tolist(), region.nearest([9.0, 0.0]).tolist()
        ([3.0, 4.0], [3.0, 0.0])
        """
        away = finite("point", point) - self.center
        return self.center + self._search(away, 1.0).point

    def extreme(self, direction: ArrayLike) -> tuple[Array, float]:
        r"""A point that goes furthest in a direction, and a bound on how far any point goes.

        With the slab's constraint priced at nu, what is left is a linear function over sphere and
        box, whose maximum is clip(t (c - nu a)) for a t that is found exactly among the d
        breakpoints; nu is found by a bracketing search. Each nu gives an upper bound by duality.
        O(d log d) for each nu.

        Parameters
        ----------
        direction
            Shape (d,).

        Returns
        -------
        tuple of Array and float
            The point x, shape (d,), and an upper bound on the inner product of the direction with
            any point of the region; x attains it to rounding.
        """
        wanted = finite("direction", direction)
        found = self._search(wanted, np.inf)
        duals = [float(wanted @ point) - price * over for point, price, over in found.ends]
        return self.center + found.point, float(wanted @ self.center + min(duals))

    @cached_property
    def _box(self) -> tuple[Array, Array]:
        """The bounds relative to the center."""
        return self.lower - self.center, self.upper - self.center

    def _search(self, target: Array, cap: float) -> "_Found":
        """Price the slab until the best reply in sphere and box lies on its edge."""
        low, high = self._box
        free = _ball_and_box(target, self.radius, low, high, cap)
        if self.axis is None or abs(free @ self.axis) <= self.width:
            return _Found(free, ((free, 0.0, 0.0),))
        axis = self.axis if free @ self.axis > 0 else -self.axis

        def reply(price: float) -> tuple[Array, float]:
            point = _ball_and_box(target - price * axis, self.radius, low, high, cap)
            return point, float(point @ axis) - self.width

        # At the dearest price no point of the ball that is worth its price can exceed the slab.
        scale = float(np.linalg.norm(target)) * self.radius
        cheap, dear = 0.0, scale / self.width
        outside, over = free, float(free @ axis) - self.width
        inside, under = reply(dear)
        above, below, latest = over, under, inside
        price = _price_without_box(target, axis, self.radius, self.width)
        if not cheap < price < dear:
            price = dear * above / (above - below)
        for step in range(_ITERATIONS):
            point, excess = reply(price)
            # The Illinois rule: a secant, in which an end that stays counts for half; now and then
            # a bisection, since the excess may jump.
            if excess > 0:
                below *= 0.5 if outside is latest else 1.0
                outside, cheap, over, above = point, price, excess, excess
            else:
                above *= 0.5 if inside is latest else 1.0
                inside, dear, under, below = point, price, excess, excess
            latest = point
            if price * abs(excess) <= 1e-13 * scale or dear - cheap <= 1e-15 * dear:
                break
            share = 0.5 if step % 8 == 7 else above / (above - below)
            price = cheap + share * (dear - cheap)
        # Both ends lie in sphere and box, and so does the point between them on the slab's edge.
        share = under / (under - over)
        between = inside + share * (outside - inside)
        return _Found(between, ((outside, cheap, over), (inside, dear, under)))


@final
@dataclass(frozen=True, eq=False)
class _Found:
    """A point relative to the center; and the points, prices and excesses that bracket it."""

    point: Array
    ends: tuple[tuple[Array, float, float], ...]


def _ball_and_box(direction: Array, radius: float, low: Array, high: Array, cap: float) -> Array:
    """The best z = clip(t c) in the ball around 0 and the box (which holds 0), with t at most cap.

    Without a cap it is the one with the largest c . z, with the cap 1 the one nearest to c.
    """
    length = math.sqrt(float(direction @ direction))
    if length == 0:
        return np.zeros_like(direction)
    slope = direction / length
    cap = cap * length
    found: Array = min(radius, cap) * slope
    if ((low <= found) & (found <= high)).all():
        return found
    slope[np.abs(slope) < 1e-100] = 0.0
    edge = np.where(slope > 0, high, low)
    # clip(t c) hits the edge of coordinate j at t = edge_j / c_j; in between, its squared length is
    # (edges hit so far)^2 + t^2 (entries of c not yet at their edge)^2.
    bounded = np.isfinite(edge) & (slope != 0)
    breaks = edge[bounded] / slope[bounded]
    order = np.argsort(breaks)
    breaks, squares = breaks[order], slope[bounded][order] ** 2
    unbounded = float((slope[~bounded] ** 2).sum())
    remaining = unbounded + np.append(np.cumsum(squares[::-1])[::-1], 0.0)
    reached = np.append(0.0, np.cumsum(breaks**2 * squares))
    hit = int(np.searchsorted(reached[:-1] + breaks**2 * remaining[:-1], radius**2))
    if remaining[hit] > 0:
        scale = np.sqrt(max(radius**2 - reached[hit], 0.0) / remaining[hit])
        return np.asarray(np.clip(min(scale, cap) * slope, low, high))
    if cap < np.inf:
        return np.asarray(np.clip(cap * slope, low, high))
    return np.where(slope == 0, 0.0, edge)


def _price_without_box(direction: Array, axis: Array, radius: float, width: float) -> float:
    """The slab's multiplier if only the sphere mattered beside it: the start of the search."""
    along = float(direction @ axis)
    rest = direction - along * axis
    across = math.sqrt(float(rest @ rest))
    left = max(radius**2 - width**2, 1e-300)
    return max(along - across * width / math.sqrt(left), 0.0)


def finite(name: str, value: ArrayLike) -> Array:
    """Numbers as an array; refuse NaN and infinity by a ValueError."""
    array = np.asarray(value, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity")
    return array


def inside(name: str, value: float, allowed: bool, interval: str) -> float:
    """A number that must be in an interval; refuse it by a ValueError if it is not allowed."""
    if not allowed:
        raise ValueError(f"{name} must be in {interval}, got {value}")
    return float(value)
