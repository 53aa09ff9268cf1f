"""Convex sets of strategies: what a role of a `ConvexGame` may choose from.

A set S in :math:`R^d` knows its Euclidean projection, :math:`P(x) = argmin_{s in S} |x - s|`, and
the point of S that lies farthest in a direction. A closed convex set is known by either; solvers
need the first, certificates the second. Points are arrays of shape (d,).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from armsrace._linear_program import InfeasibleError, minimize
from armsrace.forms.arguments import finite
from armsrace.forms.normal import Array


class StrategySet(ABC):
    """A closed convex set, not empty."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Length of its points."""

    @abstractmethod
    def project(self, point: Array) -> Array:
        """The nearest point of the set."""

    @abstractmethod
    def farthest(self, direction: Array) -> Array:
        """A point s of the set with the largest ``direction @ s``.

        Where there is none, because the set is unbounded that way, with infinite coordinates.
        """

    def contains(self, point: ArrayLike, tolerance: float = 1e-9) -> bool:
        """Whether a point is in the set, up to a distance."""
        given = np.asarray(point, dtype=np.float64)
        if given.shape != (self.dimension,) or not np.isfinite(given).all():
            return False
        return float(np.linalg.norm(given - self.project(given))) <= tolerance


@final
@dataclass(frozen=True, eq=False)
class Box(StrategySet):
    """All points between two corners.

    Parameters
    ----------
    low, high
        The corners, of shape (d,); infinite where there is no limit.

    Raises
    ------
    ValueError
        When shapes differ, or a low end is above its high end.

    Examples
    --------
    >>> Box([0.0, 0.0], [1.0, np.inf]).project(np.array([2.0, 3.0])).tolist()
    [1.0, 3.0]
    """

    low: ArrayLike
    high: ArrayLike

    def __post_init__(self) -> None:
        low, high = (np.array(end, dtype=np.float64) for end in (self.low, self.high))
        if low.ndim != 1 or low.shape != high.shape or low.size == 0:
            raise ValueError(
                f"low and high must have one shape (d,), got {low.shape} and {high.shape}"
            )
        if not (low <= high).all() or np.isposinf(low).any() or np.isneginf(high).any():
            place = int(np.argmin(low <= high))
            raise ValueError(
                f"low must not be above high, got {low[place]:g} and {high[place]:g} at {place}"
            )
        low.flags.writeable = high.flags.writeable = False
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)

    @property
    def dimension(self) -> int:
        """Length of its points."""
        return len(np.asarray(self.low))

    def project(self, point: Array) -> Array:
        """The nearest point of the box."""
        return np.clip(point, self.low, self.high)

    def farthest(self, direction: Array) -> Array:
        """The corner that lies farthest; where the direction is 0, the number nearest to 0."""
        corner = np.where(direction > 0.0, self.high, self.low)
        return np.where(direction == 0.0, self.project(np.zeros(self.dimension)), corner)


@final
@dataclass(frozen=True, eq=False)
class Balls(StrategySet):
    """A product of k balls of the same dimension m; one ball when k = 1.

    Parameters
    ----------
    centers
        Shape (k, m). Points of the set have shape (k m,), one ball after the other.
    radii
        Not negative, shape (k,).

    Raises
    ------
    ValueError
        When shapes do not fit, or a number is not finite or negative.

    Examples
    --------
    >>> Balls([[0.0, 0.0]], [1.0]).project(np.array([3.0, 4.0])).tolist()
    [0.6000000000000001, 0.8]
    """

    centers: ArrayLike
    radii: ArrayLike

    def __post_init__(self) -> None:
        centers, radii = finite("centers", self.centers), finite("radii", self.radii)
        if centers.ndim != 2 or radii.shape != centers.shape[:1] or centers.size == 0:
            raise ValueError(
                "centers and radii must have shapes (k, m) and (k,), got "
                f"{centers.shape} and {radii.shape}"
            )
        if radii.min() < 0.0:
            raise ValueError(f"radii must not be negative, got {radii.min():g}")
        object.__setattr__(self, "centers", centers)
        object.__setattr__(self, "radii", radii)

    @property
    def dimension(self) -> int:
        """Length of its points."""
        return np.asarray(self.centers).size

    def project(self, point: Array) -> Array:
        """The nearest point: in each ball the one on the way to its center."""
        centers, radii = np.asarray(self.centers), np.asarray(self.radii)
        offsets = np.reshape(point, centers.shape) - centers
        lengths = np.linalg.norm(offsets, axis=1)
        factors = np.ones_like(lengths)
        np.divide(radii, lengths, out=factors, where=lengths > radii)
        return np.reshape(centers + factors[:, None] * offsets, -1)

    def farthest(self, direction: Array) -> Array:
        """The point on the rim of each ball, or its center where the direction is 0."""
        centers, radii = np.asarray(self.centers), np.asarray(self.radii)
        rows = np.reshape(direction, centers.shape)
        lengths = np.linalg.norm(rows, axis=1)
        factors = np.divide(radii, lengths, out=np.zeros_like(lengths), where=lengths > 0.0)
        return np.reshape(centers + factors[:, None] * rows, -1)


@final
@dataclass(frozen=True)
class Simplex(StrategySet):
    """All distributions over a number of actions: the mixed strategies of a finite game.

    Parameters
    ----------
    size
        Number of actions.

    Raises
    ------
    ValueError
        When the size is less than 1.

    Examples
    --------
    >>> Simplex(3).project(np.array([1.5, 0.5, -1.0])).tolist()
    [1.0, 0.0, 0.0]
    """

    size: int

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"size must be at least 1, got {self.size}")

    @property
    def dimension(self) -> int:
        """Length of its points."""
        return self.size

    def project(self, point: Array) -> Array:
        """The nearest distribution, by sorting: time of order d log d."""
        descending = np.sort(point)[::-1]
        levels = (np.cumsum(descending) - 1.0) / np.arange(1, self.size + 1)
        level = levels[np.flatnonzero(descending > levels)[-1]]
        return np.asarray(np.maximum(point - level, 0.0))

    def farthest(self, direction: Array) -> Array:
        """The first of the best actions."""
        vertex = np.zeros(self.size)
        vertex[int(np.argmax(direction))] = 1.0
        return vertex


@final
@dataclass(frozen=True, eq=False)
class HalfSpaces(StrategySet):
    r"""An intersection of half-spaces, :math:`\{x : A x \le b\}`.

    Parameters
    ----------
    normals
        A, shape (k, d), with no row of zeros.
    offsets
        b, shape (k,).

    Raises
    ------
    ValueError
        When shapes do not fit, a number is not finite, a normal is zero, or no point satisfies all.

    Notes
    -----
    The projection is the least-distance problem, solved by non-negative least squares in a finite
    number of steps (Lawson and Hanson, *Solving Least Squares Problems*, 1974, chapter 23); the
    farthest point is a linear program.

    Examples
    --------
    >>> triangle = HalfSpaces([[-1.0, 0.0], [0.0, -1.0], [1.0, 1.0]], [0.0, 0.0, 1.0])
    >>> triangle.project(np.array([1.0, 1.0])).round(12).tolist()
    [0.5, 0.5]
    """

    normals: ArrayLike
    offsets: ArrayLike

    def __post_init__(self) -> None:
        normals, offsets = finite("normals", self.normals), finite("offsets", self.offsets)
        if normals.ndim != 2 or offsets.shape != normals.shape[:1] or normals.size == 0:
            raise ValueError(
                "normals and offsets must have shapes (k, d) and (k,), got "
                f"{normals.shape} and {offsets.shape}"
            )
        if not np.abs(normals).max(axis=1).all():
            raise ValueError("normals must not be zero; leave such rows out")
        try:
            minimize(np.zeros(normals.shape[1]), normals, (-np.inf, offsets), (-np.inf, np.inf))
        except InfeasibleError as error:
            raise ValueError(
                "half-spaces must have a point in common, and these have none"
            ) from error
        object.__setattr__(self, "normals", normals)
        object.__setattr__(self, "offsets", offsets)

    @property
    def dimension(self) -> int:
        """Length of its points."""
        return int(np.shape(self.normals)[1])

    def project(self, point: Array) -> Array:
        """The nearest point."""
        from scipy.optimize import nnls

        normals, offsets = np.asarray(self.normals), np.asarray(self.offsets)
        excess = normals @ point - offsets
        if (excess <= 0.0).all():
            return point.copy()
        # Least |x - point| with -A (x - point) >= excess, as non-negative least squares.
        scale = np.abs(excess).max()
        system = np.vstack([-normals.T, excess / scale])
        target = np.append(np.zeros(self.dimension), 1.0)
        multipliers, _ = nnls(system, target)
        left = system @ multipliers - target
        return np.asarray(point - scale * left[:-1] / left[-1])

    def farthest(self, direction: Array) -> Array:
        """A vertex, or infinite where the direction leads out of all bounds."""
        normals, offsets = np.asarray(self.normals), np.asarray(self.offsets)
        try:
            return minimize(-direction, normals, (-np.inf, offsets), (-np.inf, np.inf))[0]
        except ArithmeticError:
            return np.where(direction == 0.0, 0.0, np.copysign(np.inf, direction))


@final
@dataclass(frozen=True, eq=False)
class Product(StrategySet):
    """All points made of one point from each of several sets, one after the other.

    Parameters
    ----------
    factors
        The sets, at least one.

    Raises
    ------
    ValueError
        When there is none.

    Examples
    --------
    >>> Product([Simplex(2), Box([0.0], [1.0])]).project(np.array([2.0, 0.0, 3.0])).tolist()
    [1.0, 0.0, 1.0]
    """

    factors: Sequence[StrategySet]

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", tuple(self.factors))
        if not self.factors:
            raise ValueError("factors must hold at least one set, got none")

    @property
    def dimension(self) -> int:
        """Length of its points."""
        return sum(factor.dimension for factor in self.factors)

    def split(self, point: Array) -> list[Array]:
        """The part of each factor."""
        return [point[part] for part in self._parts]

    @cached_property
    def _parts(self) -> list[slice]:
        """Where the part of each factor stands."""
        ends = list(accumulate((factor.dimension for factor in self.factors), initial=0))
        return [slice(start, end) for start, end in pairwise(ends)]

    def project(self, point: Array) -> Array:
        """The nearest point: in each factor the nearest one."""
        parts = zip(self.factors, self.split(point), strict=True)
        return np.concatenate([factor.project(part) for factor, part in parts])

    def farthest(self, direction: Array) -> Array:
        """In each factor the point that lies farthest."""
        parts = zip(self.factors, self.split(direction), strict=True)
        return np.concatenate([factor.farthest(part) for factor, part in parts])
