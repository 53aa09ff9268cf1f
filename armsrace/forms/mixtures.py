r"""Mixtures of points from convex regions: what an adversary with a share of the data chooses.

Out of regions S_1, ..., S_k it sends masses :math:`a_k \ge 0` with :math:`\sum_k a_k \le 1`, with
mean :math:`m_k \in S_k`. A payoff that is linear in each point depends on the products
:math:`v_k = a_k m_k` alone, and the pairs :math:`(a_k, v_k)` form a convex set.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.arguments import finite
from armsrace.forms.normal import Array
from armsrace.forms.strategy_sets import StrategySet


@final
@dataclass(frozen=True, eq=False)
class SphereSlab(StrategySet):
    r"""Points within a sphere and between two parallel planes, both around one center.

    .. math:: |x - c| \le r, \qquad |(x - c) \cdot a| \le s

    Parameters
    ----------
    center
        c, shape (d,).
    radius, width
        r and s, positive; an infinite width means no slab.
    axis
        Direction a of the slab, shape (d,), of any positive length; read when there is a slab.

    Raises
    ------
    ValueError
        When shapes do not fit, or a number is out of its range.

    Examples
    --------
    >>> region = SphereSlab([0.0, 0.0], radius=5.0, width=3.0, axis=[1.0, 0.0])
    >>> region.project(np.array([9.0, 9.0])).tolist()
    [3.0, 4.0]
    """

    center: ArrayLike
    radius: float
    width: float
    axis: ArrayLike

    def __post_init__(self) -> None:
        center, axis = finite("center", self.center), finite("axis", self.axis)
        if center.ndim != 1 or center.shape != axis.shape or center.size == 0:
            raise ValueError(
                f"center and axis must have one shape (d,), got {center.shape} and {axis.shape}"
            )
        if not 0.0 < self.radius < np.inf or not self.width > 0.0:
            raise ValueError(
                f"radius and width must be positive, got {self.radius} and {self.width}"
            )
        length = float(np.linalg.norm(axis))
        if length == 0.0:
            raise ValueError("axis must not be zero")
        object.__setattr__(self, "center", center)
        object.__setattr__(self, "axis", finite("axis", axis / length))

    @property
    def dimension(self) -> int:
        """Length of its points."""
        return int(np.size(self.center))

    def project(self, point: Array) -> Array:
        """The nearest point: on the slab, on the sphere, or where they meet."""
        along, across, unit = self._parts(point - np.asarray(self.center))
        inside = min(max(along, -self.width), self.width)
        length = math.hypot(along, across)
        if math.hypot(inside, across) <= self.radius:
            x, y = inside, across
        elif abs(along) * self.radius <= self.width * length:
            x, y = along * self.radius / length, across * self.radius / length
        else:
            x = math.copysign(self.width, along)
            y = math.sqrt(max(self.radius**2 - self.width**2, 0.0))
        return np.asarray(np.asarray(self.center) + x * np.asarray(self.axis) + y * unit)

    def farthest(self, direction: Array) -> Array:
        """On the sphere, or where the slab meets it."""
        along, across, unit = self._parts(direction)
        length = math.hypot(along, across)
        if length == 0.0:
            return np.asarray(self.center).copy()
        if abs(along) * self.radius <= self.width * length:
            x, y = along * self.radius / length, across * self.radius / length
        else:
            x = math.copysign(self.width, along)
            y = math.sqrt(max(self.radius**2 - self.width**2, 0.0))
        return np.asarray(np.asarray(self.center) + x * np.asarray(self.axis) + y * unit)

    def _parts(self, offset: Array) -> tuple[float, float, Array]:
        """An offset along the axis, across it, and the unit vector of the latter part (or 0)."""
        along = float(offset @ np.asarray(self.axis))
        rest = offset - along * np.asarray(self.axis)
        across = math.sqrt(float(rest @ rest))
        if across <= 1e-13 * abs(along):  # what is left is rounding, and points anywhere
            return along, 0.0, np.zeros_like(rest)
        return along, across, rest / across


@final
@dataclass(frozen=True, eq=False)
class Mixtures(StrategySet):
    r"""Masses and mass-weighted means over several regions of one dimension d.

    Points of the set have shape (k (d + 1),): :math:`a_1, v_1, a_2, v_2, \dots` with
    :math:`a_k \ge 0`, :math:`\sum_k a_k \le 1` and :math:`v_k \in a_k S_k`.

    Parameters
    ----------
    regions
        Bounded strategy sets, at least one.

    Raises
    ------
    ValueError
        When there is none, or their dimensions differ.

    Notes
    -----
    The projection seeks roots by Brent's method, in the price of mass and in each mass: some
    hundred projections onto the regions when the masses compete, ten a region when they do not.

    Examples
    --------
    >>> from armsrace.forms.strategy_sets import Box
    >>> mixtures = Mixtures([Box([1.0], [2.0]), Box([-1.0], [-1.0])])
    >>> mixtures.farthest(np.array([0.0, 1.0, 0.0, 1.0])).tolist()
    [1.0, 2.0, 0.0, 0.0]
    """

    regions: Sequence[StrategySet]

    def __post_init__(self) -> None:
        regions = tuple(self.regions)
        if not regions or len({region.dimension for region in regions}) != 1:
            raise ValueError("regions must hold at least one set, all of the same dimension")
        object.__setattr__(self, "regions", regions)

    @property
    def dimension(self) -> int:
        """Length of its points."""
        return len(self.regions) * (self.regions[0].dimension + 1)

    def pairs(self, point: Array) -> Array:
        """A row (a_k, v_k) for each region, shape (k, d + 1)."""
        return np.reshape(point, (len(self.regions), -1))

    def project(self, point: Array) -> Array:
        """The nearest mixture."""
        rows = self.pairs(point)
        free = self._masses(rows, 0.0)
        if free.sum() > 1.0:

            def excess(price: float) -> float:
                return float(self._masses(rows, price).sum()) - 1.0

            free = self._masses(rows, _crossing(excess))
            free = free / max(1.0, float(free.sum()))
        return np.concatenate(
            [
                np.append(mass, mass * _shared(region, row[1:], mass))
                for region, mass, row in zip(self.regions, free.tolist(), rows, strict=True)
            ]
        )

    def _masses(self, rows: Array, price: float) -> Array:
        """Each mass that is nearest when mass costs a price: where half its distance is least."""

        def best(region: StrategySet, row: Array) -> float:
            worth, target = float(row[0]) - price, row[1:]

            def slope(mass: float) -> float:
                shared = _shared(region, target, mass)
                return float((target - mass * shared) @ shared) + worth - mass

            return _crossing(slope)

        return np.array([best(r, row) for r, row in zip(self.regions, rows, strict=True)])

    def farthest(self, direction: Array) -> Array:
        """All mass on the best point of the best region, or none."""
        rows = self.pairs(direction)
        points = [r.farthest(row[1:]) for r, row in zip(self.regions, rows, strict=True)]
        gains = [row[0] + row[1:] @ point for row, point in zip(rows, points, strict=True)]
        best, chosen = int(np.argmax(gains)), np.zeros_like(rows)
        if gains[best] > 0.0:
            chosen[best] = np.append(1.0, points[best])
        return chosen.reshape(-1)


def _shared(region: StrategySet, target: Array, mass: float) -> Array:
    """The point s of a region for which mass * s is nearest to a target; as mass goes to 0, too."""
    if mass > 0.0:
        return region.project(target / mass)
    return region.farthest(target)


def _crossing(falling: Callable[[float], float]) -> float:
    """Where a falling function is zero; 0 when it is negative from there on."""
    from scipy.optimize import brentq

    ends = {0.0: falling(0.0)}
    if ends[0.0] <= 0.0:
        return 0.0
    low, high = 0.0, 1.0
    ends[high] = falling(high)
    while ends[high] > 0.0:
        low, high = high, 2.0 * high
        ends[high] = falling(high)
    # Brent's method asks for the ends again.
    return float(brentq(lambda x: ends[x] if x in ends else falling(x), low, high, xtol=1e-15))
