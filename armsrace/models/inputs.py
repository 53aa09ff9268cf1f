"""What comes from outside to the detectors: checked at the door, and read, be it dense or sparse.

The checks do what is needed and no more: scikit-learn's own validation costs a tenth of a
millisecond a call, which is what a detector here needs to learn or to score a mail.
"""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, issparse

Presence = NDArray[np.bool_] | csr_array
Model = TypeVar("Model")


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Forbid changing an array, which copies of a model share, and return it."""
    array.setflags(write=False)
    return array


def shared_copy(model: Model) -> Model:
    """Another object with the same attributes; that of ``copy`` is scikit-learn's, and slow."""
    other = object.__new__(type(model))
    vars(other).update(vars(model))
    return other


def finite_rows(X: ArrayLike, width: int | None = None) -> NDArray[np.float64]:
    """Feature rows as float64, shape (n, d), finite, of the given width if there is one.

    Raises
    ------
    ValueError
        When X is anything else.
    """
    given = np.asarray(X)
    _check_shape(given.shape, width)
    if given.dtype.kind not in "biuf":
        raise ValueError(f"X must hold numbers, got dtype {given.dtype}; encode the features first")
    rows = given.astype(np.float64, copy=False)
    if not np.isfinite(rows).all():
        bad = int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])
        raise ValueError(f"X must be finite, row {bad} holds NaN or infinity; impute or drop it")
    return rows


def token_presence(X: ArrayLike | csr_array, width: int | None = None) -> Presence:
    """Token presence as bool, dense or CSR, shape (n, d), of the given width if there is one.

    Raises
    ------
    ValueError
        When X is anything else, or holds values other than 0 and 1.
    """
    rows = csr_array(X) if issparse(X) else np.asarray(X)
    _check_shape(rows.shape, width)
    if rows.dtype == np.bool_:
        return rows
    values: NDArray[Any] = rows.data if isinstance(rows, csr_array) else rows
    if values.dtype.kind not in "iuf":
        raise ValueError(f"X must hold 0 and 1, got dtype {values.dtype}; encode the tokens first")
    wrong = values[(values != 0) & (values != 1)]
    if wrong.size:
        raise ValueError(
            f"X must hold only 0 and 1 (token absent, present), got {wrong[0]}; "
            "use X > 0 for counts"
        )
    return rows.astype(np.bool_)


def malicious(y: ArrayLike, count: int) -> NDArray[np.bool_]:
    """Labels as bool, shape (count,), True for malicious.

    Raises
    ------
    ValueError
        When y has another shape, or holds values other than 0 and 1.
    """
    labels = np.asarray(y)
    if labels.shape != (count,):
        raise ValueError(f"y must have shape ({count},), one label a row, got {labels.shape}")
    if labels.dtype == np.bool_:
        return labels
    positive: NDArray[np.bool_] = labels == 1
    wrong = labels[~(positive | (labels == 0))]
    if wrong.size:
        raise ValueError(
            f"y must hold only 0 (honest) and 1 (malicious), got {wrong[0]}; map the labels first"
        )
    return positive


def check_both_classes(positive: NDArray[np.bool_]) -> None:
    """Refuse labels of less than two classes.

    Raises
    ------
    ValueError
        When a class is missing.
    """
    if positive.all() or not positive.any():
        only = "malicious (1) only" if positive.any() else "honest (0) only"
        raise ValueError(
            f"y must hold both classes, got {only if len(positive) else 'no labels'}; "
            "take a larger sample"
        )


def _check_shape(shape: tuple[int, ...], width: int | None) -> None:
    if len(shape) != 2 or not shape[1]:
        raise ValueError(
            f"X must be a matrix of shape (rows, columns), got shape {shape}; "
            "use reshape(1, -1) for a single row"
        )
    if width is not None and shape[1] != width:
        raise ValueError(f"X must have {width} columns as in fit, got {shape[1]}")


def dense(rows: Presence) -> NDArray[np.bool_]:
    """Token presence as an array."""
    return rows.toarray() if isinstance(rows, csr_array) else rows


def column_counts(rows: Presence) -> NDArray[np.int64]:
    """In how many rows each token is present, shape (d,)."""
    # The smallest type that holds the number of rows: summed in bytes, not in words.
    small = np.min_scalar_type(rows.shape[0])
    return np.asarray(rows.sum(axis=0, dtype=small), dtype=np.int64)


def ranked_positions(
    rows: Presence, order: NDArray[np.intp]
) -> tuple[NDArray[np.signedinteger[Any]], NDArray[np.signedinteger[Any]]]:
    """Row number and rank of each token present, row by row and by rank; `order` ranks columns."""
    if isinstance(rows, csr_array):
        ranked = rows[:, order]
        ranked.eliminate_zeros()
        ranked.sort_indices()
        return np.repeat(np.arange(ranked.shape[0]), np.diff(ranked.indptr)), ranked.indices
    # What np.nonzero gives for two dimensions, several times as fast.
    present = np.flatnonzero(np.take(rows, order, axis=1))
    return np.divmod(present, max(len(order), 1))
