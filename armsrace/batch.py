"""Batches of labelled rows, with the marks by which an attack is measured.

A batch is what flows through a round: ``rows`` with the ``labels`` that come with them. Two
marks go along for measurement and are never shown to the learner: ``origin`` (which rows the
adversary made or altered) and ``target`` (which rows a targeted attack is about). The positive
class is the malicious one throughout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rows = NDArray[Any]
Mask = NDArray[np.bool_]


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    if not array.flags.writeable:
        return array
    view = array.view()
    view.setflags(write=False)
    return view


@final
@dataclass(frozen=True, eq=False, init=False)
class Batch:
    """Labelled rows and their marks; arrays are read-only and share their length.

    Build one with `Batch.of`, which checks what comes from outside; the constructor itself
    trusts its arguments.

    Attributes
    ----------
    rows
        Feature rows, shape (n, d): numbers or booleans.
    labels
        The label that comes with each row, shape (n,), True for malicious. In training traffic
        this is the label the learner is given (a label flip changes it); in faced traffic it is
        the truth.
    origin
        True where the adversary made or altered the row, shape (n,).
    target
        True where a targeted attack is about this row, shape (n,).
    """

    rows: Rows
    labels: Mask
    origin: Mask
    target: Mask

    def __init__(self, rows: Rows, labels: Mask, origin: Mask, target: Mask) -> None:
        # Written out, since a round makes a dozen batches.
        object.__setattr__(self, "rows", _read_only(rows))
        object.__setattr__(self, "labels", _read_only(labels))
        object.__setattr__(self, "origin", _read_only(origin))
        object.__setattr__(self, "target", _read_only(target))

    @classmethod
    def of(cls, rows: ArrayLike, labels: ArrayLike) -> "Batch":
        """Check rows and labels from outside and make an unmarked batch of them.

        Raises
        ------
        ValueError
            When the shapes disagree, a number is not finite, or a label is neither 0 nor 1.

        Examples
        --------
        >>> len(Batch.of([[0.0], [1.0]], [0, 1]))
        2
        """
        matrix = np.asarray(rows)
        given = np.asarray(labels)
        if matrix.ndim != 2:
            raise ValueError(
                f"rows must be a matrix of shape (n, features), got {matrix.ndim} dimension(s); "
                "use reshape(-1, 1) for a single feature"
            )
        if matrix.dtype.kind not in "biuf":
            raise ValueError(
                f"rows must hold numbers or booleans, got dtype {matrix.dtype}; encode them first"
            )
        if given.shape != (len(matrix),):
            raise ValueError(
                f"labels must have shape ({len(matrix)},) to match rows of shape {matrix.shape}, "
                f"got {given.shape}"
            )
        if matrix.dtype.kind == "f" and not np.isfinite(matrix).all():
            bad = int(np.flatnonzero(~np.isfinite(matrix).all(axis=1))[0])
            raise ValueError(
                f"rows must be finite, row {bad} holds NaN or infinity; impute or drop it"
            )
        if not np.isin(given, (0, 1)).all():
            known = sorted({str(value) for value in np.unique(given)})[:5]
            raise ValueError(
                "labels must be 0 (honest) or 1 (malicious), "
                f"got {', '.join(known)}; map them first"
            )
        return cls.unmarked(matrix, given.astype(bool))

    @classmethod
    def unmarked(cls, rows: Rows, labels: Mask) -> "Batch":
        """Make a batch of trusted arrays that the adversary has not touched."""
        nothing = np.zeros(len(labels), dtype=bool)
        return cls(rows, labels, nothing, nothing)

    @classmethod
    def made(cls, rows: Rows, labels: Mask) -> "Batch":
        """Make a batch of the adversary's own rows: origin is True throughout."""
        return cls(
            rows, labels, np.ones(len(labels), dtype=bool), np.zeros(len(labels), dtype=bool)
        )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def width(self) -> int:
        """Number of features of a row."""
        return int(self.rows.shape[1])

    def take(self, index: NDArray[Any]) -> "Batch":
        """Rows by integer index or boolean mask, marks included."""
        if index.dtype == np.bool_ and index.all():
            return self
        return Batch(self.rows[index], self.labels[index], self.origin[index], self.target[index])

    def without_marks(self) -> "Batch":
        """Give the learner's view: the same rows and labels with all marks blank."""
        return Batch.unmarked(self.rows, self.labels)

    def aimed(self) -> "Batch":
        """Mark every row as a target."""
        return Batch(self.rows, self.labels, self.origin, np.ones(len(self), dtype=bool))

    def plus(self, other: "Batch") -> "Batch":
        """Append another batch; either may be empty."""
        if not len(other):
            return self
        return join((self, other))


def join(batches: Sequence[Batch]) -> Batch:
    """Concatenate one or more batches, in order.

    Raises
    ------
    ValueError
        When there is nothing to join: without a batch the width is unknown.
    """
    if not batches:
        raise ValueError("batches must hold at least one batch, got none")
    if len(batches) == 1:
        return batches[0]
    return Batch(
        np.concatenate([batch.rows for batch in batches]),
        np.concatenate([batch.labels for batch in batches]),
        np.concatenate([batch.origin for batch in batches]),
        np.concatenate([batch.target for batch in batches]),
    )


def distance_moved(before: Batch, after: Batch) -> float:
    """How far the adversary moved rows: their Euclidean distances, added up.

    Parameters
    ----------
    before
        Rows as they came.
    after
        The same rows, those that the adversary altered marked in ``origin``, and perhaps others
        behind them, which are made from nothing and have no distance.

    Examples
    --------
    >>> before = Batch.of([[0.0, 0.0], [1.0, 1.0]], [0, 1])
    >>> rows, labels = np.array([[0.0, 0.0], [4.0, 5.0], [9.0, 9.0]]), np.array([False, True, True])
    >>> origin = np.array([False, True, True])
    >>> distance_moved(before, Batch(rows, labels, origin, ~labels))
    5.0
    """
    if after.rows is before.rows:
        return 0.0
    altered = np.flatnonzero(after.origin[: len(before)])
    if not len(altered):
        return 0.0
    steps = after.rows[altered].astype(np.float64) - before.rows[altered]
    return float(np.linalg.norm(steps, axis=1).sum())
