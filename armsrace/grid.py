r"""Grids over numbers that describe a state, and rounding to them that keeps the mean.

A *grid* has an axis of increasing points for each of k features; its states are all combinations,
the last feature running fastest. A vector between grid points is *rounded at random*, feature by
feature, to one of the two neighbors, with the probabilities that keep its mean: a value x between
the points p < q goes to q with probability (x - p) / (q - p). Beyond the ends of an axis it goes to
the end. So what moves by less than the distance of two points still moves on average, and a
function on the grid is interpolated multilinearly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, eq=False, repr=False, init=False)
class Grid:
    """Points along each of k features, and all their combinations as states.

    Parameters
    ----------
    axes
        The points of each feature, by its name: increasing, one at least.

    Raises
    ------
    ValueError
        When there is no axis, or points are not finite and increasing.

    Examples
    --------
    >>> grid = Grid({"displacement": [0.0, 0.5, 1.0], "age": [0, 1]})
    >>> grid
    Grid: displacement 3 points in [0, 1], age 2 points in [0, 1]; 6 states
    >>> grid.states[:2].tolist()
    [[0.0, 0.0], [0.0, 1.0]]
    >>> index, weight = grid.neighbors([[0.2, 0.0]])
    >>> index[:, 0].tolist(), weight[:, 0].round(3).tolist()
    ([0, 1, 2, 3], [0.6, 0.0, 0.4, 0.0])
    """

    features: tuple[str, ...]
    axes: tuple[Array, ...]

    def __init__(self, axes: Mapping[str, ArrayLike]) -> None:
        if not axes:
            raise ValueError("axes must name at least one feature, got none")
        points = []
        for name, values in axes.items():
            axis = np.array(values, dtype=np.float64)
            if axis.ndim != 1 or not len(axis) or not (np.diff(axis) > 0.0).all():
                raise ValueError(f"points of {name} must increase, one at least, got {values!r}")
            if not np.isfinite(axis).all():
                raise ValueError(f"points of {name} must be finite, got {values!r}")
            axis.flags.writeable = False
            points.append(axis)
        object.__setattr__(self, "features", tuple(axes))
        object.__setattr__(self, "axes", tuple(points))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Grid)
            and self.features == other.features
            and all(map(np.array_equal, self.axes, other.axes))
        )

    def __hash__(self) -> int:
        return hash((self.features, tuple(axis.tobytes() for axis in self.axes)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of points of each feature."""
        return tuple(map(len, self.axes))

    def __len__(self) -> int:
        return int(np.prod(self.shape))

    @cached_property
    def states(self) -> Array:
        """Every combination, shape (S, k)."""
        meshes = np.meshgrid(*self.axes, indexing="ij")
        return np.stack([mesh.reshape(-1) for mesh in meshes], axis=1)

    @cached_property
    def labels(self) -> tuple[tuple[float, ...], ...]:
        """Every combination, as the name of a state."""
        return tuple(map(tuple, self.states.tolist()))

    @cached_property
    def _strides(self) -> tuple[int, ...]:
        return tuple(int(np.prod(self.shape[axis + 1 :])) for axis in range(len(self.shape)))

    def neighbors(self, values: ArrayLike) -> tuple[NDArray[np.intp], Array]:
        """The states that vectors are rounded to, and with which probabilities.

        Parameters
        ----------
        values
            Shape (R, k).

        Returns
        -------
        index, weight
            Shape (C, R) each, with C = 2^k corners (1 for a feature of a single point).
        """
        sides = []
        for axis, stride, (below, share) in zip(
            self.axes, self._strides, self._between(values), strict=True
        ):
            low = (below * stride, 1.0 - share)
            sides.append([low, ((below + 1) * stride, share)] if len(axis) > 1 else [low])
        corners = list(product(*sides))
        index = np.stack([np.sum([place for place, _ in corner], axis=0) for corner in corners])
        weight = np.stack([np.prod([share for _, share in corner], axis=0) for corner in corners])
        return index, weight

    def rounded(self, values: ArrayLike, rng: np.random.Generator) -> NDArray[np.intp]:
        """States drawn among the neighbors of vectors, shape (R,).

        Parameters
        ----------
        values
            Shape (R, k).
        rng
            Where chance comes from.
        """
        places = self._between(values)
        return self._above(places, [rng.random(len(share)) for _, share in places])

    def rounded_alike(self, values: ArrayLike, uniform: Array) -> NDArray[np.intp]:
        """States among the neighbors of vectors by given numbers: equal vectors, equal states.

        A path whose vectors are all rounded by the same numbers moves when the vectors do; rounded
        anew at every step it would wander between neighbors while it stands still.

        Parameters
        ----------
        values
            Shape (R, k).
        uniform
            Numbers drawn uniformly from [0, 1), shape (R, k).

        Examples
        --------
        >>> grid = Grid({"error": [0.0, 0.1]})
        >>> grid.rounded_alike([[0.02], [0.02], [0.08]], np.array([[0.5], [0.5], [0.5]])).tolist()
        [0, 0, 1]
        """
        return self._above(self._between(values), list(uniform.T))

    def _above(
        self, places: list[tuple[NDArray[np.intp], Array]], uniform: list[Array]
    ) -> NDArray[np.intp]:
        """The state above where the number is below the share of the way to it."""
        drawn: Any = 0
        for stride, (below, share), number in zip(self._strides, places, uniform, strict=True):
            drawn = drawn + stride * (below + (number < share))
        states: NDArray[np.intp] = drawn
        return states

    def _between(self, values: ArrayLike) -> list[tuple[NDArray[np.intp], Array]]:
        """For each feature the point below, shape (R,), and how far on the next one lies, (R,)."""
        given = np.asarray(values, dtype=np.float64)
        if given.ndim != 2 or given.shape[1] != len(self.axes):
            raise ValueError(f"values must have shape (R, {len(self.axes)}), got {given.shape}")
        places = []
        for axis, column in zip(self.axes, given.T, strict=True):
            if len(axis) == 1:
                places.append((np.zeros(len(given), dtype=np.intp), np.zeros(len(given))))
                continue
            below = np.searchsorted(axis[1:-1], column, side="right")
            share = (column - axis.take(below)) / np.diff(axis).take(below)
            places.append((below, np.clip(share, 0.0, 1.0)))
        return places

    def interpolated(self, table: Array, values: ArrayLike) -> Array:
        """A function on the states between them, shape (R, ...).

        Parameters
        ----------
        table
            Of the states, shape (S, ...).
        values
            Shape (R, k).
        """
        index, weight = self.neighbors(values)
        total: Array = np.einsum("cr,cr...->r...", weight, table[index])
        return total

    def spread(self, shares: tuple[Array, ...], probabilities: Array) -> Any:
        """The distribution over the states after rounding, as a sparse matrix (R, S).

        Parameters
        ----------
        shares
            For each feature the probabilities of its points in each branch of chance and row,
            shape (B, R, points); features are independent within a branch.
        probabilities
            Of the branches, shape (B, R) or (B, 1).
        """
        from scipy import sparse

        branches, rows, _ = shares[0].shape
        entry_row = np.arange(branches * rows)
        state = np.zeros(branches * rows, dtype=np.intp)
        chance = np.broadcast_to(probabilities, (branches, rows)).reshape(-1).copy()
        for stride, share in zip(self._strides, shares, strict=True):
            table = share.reshape(branches * rows, -1)
            # Chances below 1e-12 are rounding; what they sum to is restored at the end.
            where, point = np.nonzero(table > 1e-12)
            start = np.searchsorted(where, np.arange(branches * rows + 1))
            count = np.diff(start)[entry_row]
            source = np.repeat(np.arange(len(entry_row)), count)
            offset = np.arange(len(source)) - np.repeat(np.cumsum(count) - count, count)
            pick = start[entry_row[source]] + offset
            state = state[source] + stride * point[pick]
            chance = chance[source] * table[where[pick], point[pick]]
            entry_row = entry_row[source]
        size = (rows, len(self))
        spread: Any = sparse.coo_array((chance, (entry_row % rows, state)), shape=size).tocsr()
        spread.sum_duplicates()
        spread.data /= np.repeat(spread.sum(axis=1), np.diff(spread.indptr))
        return spread

    def __repr__(self) -> str:
        told = [
            f"{name} {len(axis)} points in [{axis[0]:g}, {axis[-1]:g}]"
            for name, axis in zip(self.features, self.axes, strict=True)
        ]
        return f"Grid: {', '.join(told)}; {len(self)} states"
