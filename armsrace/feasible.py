"""What an adversary can do to a feature vector, and the nearest vector that it can reach.

Features of real traffic are not free: a page's age cannot be changed, a word count is an integer,
a word can be added to a mail but the ones that carry its message must stay, exactly one of the
protocol's indicator columns is 1. A `Feasible` says so, column by column. A row that is *altered*
from an original must

* keep the original's value in the *immutable* columns,
* not fall below it in the *increasing* columns, nor rise above it in the *decreasing* ones;

and every row, altered or *made* from nothing, must

* lie between *lower* and *upper*,
* hold whole numbers in the *integer* columns,
* hold exactly one 1, and 0 elsewhere, in each of the one-hot *groups*.

A row left exactly as it was is always permitted, whatever it holds. The constraints act on
columns one by one, and on the groups apart, so the Euclidean projection is exact and costs
O(n d): clip, round, and put a group's 1 where its largest entry stands.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.batch import Mask, Rows


@final
@dataclass(frozen=True, eq=False, init=False, repr=False)
class Feasible:
    """Which feature vectors an adversary can make, and into which it can turn one.

    Parameters
    ----------
    lower, upper
        Bounds, one number or one a column.
    immutable, integer, increasing, decreasing
        Columns, by index.
    groups
        Groups of columns, by index: a one-hot code each.

    Raises
    ------
    ValueError
        When a lower bound exceeds an upper one, an integer column has no integer between its
        bounds, or a column of a group is constrained otherwise or stands in two groups.

    Examples
    --------
    >>> counts = Feasible(lower=0, integer=[0], immutable=[1])
    >>> counts.nearest([[2.6, 5.0], [-1.0, 5.0]], originals=[[1.0, 4.0], [0.0, 5.0]])
    array([[3., 4.],
           [0., 5.]])
    >>> counts.allows([[2.6, 5.0], [3.0, 5.0]])
    array([False,  True])
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    immutable: NDArray[np.intp]
    integer: NDArray[np.intp]
    increasing: NDArray[np.intp]
    decreasing: NDArray[np.intp]
    groups: tuple[NDArray[np.intp], ...]
    _free: bool  # every finite row can be made

    def __init__(
        self,
        *,
        lower: ArrayLike = -np.inf,
        upper: ArrayLike = np.inf,
        immutable: ArrayLike = (),
        integer: ArrayLike = (),
        increasing: ArrayLike = (),
        decreasing: ArrayLike = (),
        groups: tuple[ArrayLike, ...] = (),
    ) -> None:
        for name, bound in (("lower", lower), ("upper", upper)):
            object.__setattr__(self, name, np.asarray(bound, dtype=np.float64))
        columns = {
            "immutable": immutable,
            "integer": integer,
            "increasing": increasing,
            "decreasing": decreasing,
        }
        for name, index in columns.items():
            object.__setattr__(self, name, _columns(name, index))
        object.__setattr__(self, "groups", tuple(_columns("groups", group) for group in groups))
        self._check()
        named = any(len(index) for _, index in self._index())
        unbounded = (
            not self.lower.ndim and not self.upper.ndim and -self.lower == self.upper == np.inf
        )
        object.__setattr__(self, "_free", bool(unbounded and not named and not self.groups))

    def _check(self) -> None:
        lower, upper = np.broadcast_arrays(self.lower, self.upper)
        if not (lower <= upper).all():
            raise ValueError(f"lower must not exceed upper, got {self.lower} and {self.upper}")
        low, high = (
            bound[self.integer] if bound.ndim else np.full(len(self.integer), bound)
            for bound in (lower, upper)
        )
        empty = np.floor(high) < np.ceil(low)
        if empty.any():
            column = int(self.integer[np.argmax(empty)])
            raise ValueError(f"integer column {column} has no integer between its bounds")
        grouped = np.concatenate([*self.groups, np.empty(0, dtype=np.intp)])
        if len(np.unique(grouped)) < len(grouped):
            raise ValueError("a column must stand in at most one of groups")
        for name in ("integer", "increasing", "decreasing"):
            both = np.intersect1d(grouped, getattr(self, name))
            if len(both):
                raise ValueError(f"column {both[0]} must not be both {name} and in a group")
        for group in self.groups:
            frozen = np.isin(group, self.immutable)
            if frozen.any() and not frozen.all():
                raise ValueError(
                    f"the group {group.tolist()} must be immutable as a whole or not at all"
                )

    def __repr__(self) -> str:
        said = [f"{name}={bound.tolist()}" for name, bound in self._bounds() if bound.ndim]
        said += [f"{name}={bound:g}" for name, bound in self._bounds() if not bound.ndim]
        said += [f"{name}={index.tolist()}" for name, index in self._index() if len(index)]
        if self.groups:
            said.append(f"groups={[group.tolist() for group in self.groups]}")
        return f"Feasible({', '.join(said)})"

    def _bounds(self) -> list[tuple[str, NDArray[np.float64]]]:
        bounds = (("lower", self.lower), ("upper", self.upper))
        return [(name, bound) for name, bound in bounds if np.isfinite(bound).any()]

    def _index(self) -> list[tuple[str, NDArray[np.intp]]]:
        names = ("immutable", "integer", "increasing", "decreasing")
        return [(name, getattr(self, name)) for name in names]

    def check_width(self, width: int) -> None:
        """Refuse rows that have fewer columns than are spoken of.

        Raises
        ------
        ValueError
            When a column or a bound lies beyond the width.
        """
        for name, bound in (("lower", self.lower), ("upper", self.upper)):
            if bound.ndim and bound.shape != (width,):
                raise ValueError(f"{name} must hold {width} bounds, one a column, got {len(bound)}")
        named = self._index() + [("groups", group) for group in self.groups]
        for name, index in named:
            if len(index) and index.max() >= width:
                raise ValueError(f"{name} names column {index.max()}, but rows have {width}")

    def mutable(self, width: int) -> Mask:
        """Which of so many columns an altered row may change at all."""
        free = np.ones(width, dtype=bool)
        free[self.immutable] = False
        free &= np.broadcast_to(self.lower < self.upper, width)
        return free

    def bounds(
        self, width: int, originals: ArrayLike | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The box that each row must lie in, integrality and groups aside.

        Parameters
        ----------
        width
            Number of columns.
        originals
            Rows that are to be altered, shape (n, width); None for rows made from nothing.

        Returns
        -------
        :
            Lower and upper bounds, shape (n, width) each; (1, width) without originals.
        """
        self.check_width(width)
        rows = np.zeros((1, width)) if originals is None else _as_rows(originals)
        low = np.array(np.broadcast_to(self.lower, rows.shape))
        high = np.array(np.broadcast_to(self.upper, rows.shape))
        # An index without columns would be paid for as one with some.
        if self.integer.size:
            low[:, self.integer] = np.ceil(low[:, self.integer])
            high[:, self.integer] = np.floor(high[:, self.integer])
        for group in self.groups:
            low[:, group], high[:, group] = 0.0, 1.0
        if originals is not None:
            up, down, fixed = self.increasing, self.decreasing, self.immutable
            # Where an original lies out of bounds on the far side, it can only stay.
            if up.size:
                low[:, up] = rows[:, up]
                high[:, up] = np.maximum(high[:, up], low[:, up])
            if down.size:
                high[:, down] = rows[:, down]
                low[:, down] = np.minimum(low[:, down], high[:, down])
            if fixed.size:
                low[:, fixed] = high[:, fixed] = rows[:, fixed]
        return low, high

    def nearest(self, rows: ArrayLike, originals: ArrayLike | None = None) -> NDArray[np.float64]:
        """The feasible rows at the least Euclidean distance.

        Parameters
        ----------
        rows
            Wished-for rows, shape (n, d).
        originals
            The rows they are altered from, of the same shape; None for rows made from nothing.
        """
        wished = _as_rows(rows)
        low, high = self.bounds(wished.shape[1], originals)
        near = np.minimum(np.maximum(wished, low), high)
        whole = self.integer
        if whole.size:
            near[:, whole] = np.clip(np.rint(near[:, whole]), low[:, whole], high[:, whole])
        for group in self.groups:
            if originals is None or not np.isin(group, self.immutable).all():
                near[:, group] = np.eye(len(group))[np.argmax(wished[:, group], axis=1)]
        return near

    def allows(self, rows: ArrayLike, originals: ArrayLike | None = None) -> Mask:
        """True for each row that can be made, or made from its original; shape (n,).

        Parameters
        ----------
        rows
            Shape (n, d).
        originals
            The rows they are altered from, of the same shape; None for rows made from nothing.
        """
        given = _as_rows(rows)
        if originals is None and self._free:
            finite: Mask = np.logical_and.reduce(np.isfinite(given), axis=1)
            return finite
        # A hair of rounding is forgiven: 1e-9 of the row's largest entry.
        hair = 1e-9 * np.maximum(1.0, np.abs(given).max(axis=1, initial=0.0))
        distance = np.abs(self.nearest(given, originals) - given).max(axis=1, initial=0.0)
        permitted: Mask = distance <= hair
        if originals is not None:
            permitted |= (given == _as_rows(originals)).all(axis=1)
        return permitted


def _columns(name: str, index: ArrayLike) -> NDArray[np.intp]:
    given = np.asarray(index)
    if given.ndim != 1 or (len(given) and given.dtype.kind not in "iu"):
        raise ValueError(f"{name} must list columns by index, got {index!r}")
    if len(given) and given.min() < 0:
        raise ValueError(f"{name} must list columns from 0 on, got {given.min()}")
    return np.unique(given.astype(np.intp))


def _as_rows(rows: ArrayLike) -> NDArray[np.float64]:
    matrix: Rows = np.asarray(rows, dtype=np.float64)
    if matrix.ndim != 2:
        raise ValueError(f"rows must have shape (n, features), got {matrix.shape}")
    return matrix
