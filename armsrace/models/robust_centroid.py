"""Centroid detectors whose center outvotes outliers.

The center of `CentroidDetector`, the mean, goes wherever a single row far enough away pulls it. The
centers here are computed coordinate by coordinate from all rows learned, and a minority of rows
moves each coordinate by a bounded amount only:

* `MedianCentroidDetector`: the median;
* `TrimmedCentroidDetector`: the mean of what is left without the lowest and the highest rows;
* `HuberCentroidDetector`: Huber's M-estimator, to which a row farther out than a multiple of the
  spread counts as no farther.

The more of the honest rows a center takes into account, the less it varies from sample to sample:
at Gaussian rows the variance of the median is pi/2 = 1.57 times that of the mean, and Huber's with
the usual tuning 1.05 times (Huber 1964). Radius, verdicts and learning are those of
`HypersphereDetector`.

References
----------
Huber, P. J. (1964). Robust estimation of a location parameter. Annals of Mathematical Statistics
    35:73-101.
"""

from abc import ABC, abstractmethod
from collections import Counter
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.models.centroid import HypersphereDetector
from armsrace.models.inputs import read_only

_NORMAL_SPREAD: Final = 1.4826022185056018
"""Standard deviation of a Gaussian in units of its median absolute deviation, 1 / Phi^-1(3/4)."""


class RobustCentroidDetector(HypersphereDetector, ABC):
    """A center that is computed anew from all rows learned, as it cannot be updated from less.

    Attributes
    ----------
    rows_
        The n rows learned, read-only, shape (n, d).

    Notes
    -----
    Unlearning takes out equal rows, the earliest first. Learning and unlearning m rows cost
    O((n + m) d), and for Huber's center a factor log n more, in time and memory.
    """

    rows_: NDArray[np.float64]

    @abstractmethod
    def _center_of(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The center of rows, shape (d,)."""

    def _start(self, rows: NDArray[np.float64]) -> None:
        self._keep(rows.copy())

    def _learn(self, rows: NDArray[np.float64]) -> None:
        self._keep(np.concatenate([self.rows_, rows]))

    def _unlearn(self, rows: NDArray[np.float64]) -> None:
        # Equal rows have equal bytes, once -0.0 is made 0.0 by adding it.
        wanted = Counter(row.tobytes() for row in rows + 0.0)
        kept = np.ones(len(self.rows_), dtype=bool)
        for number, row in enumerate(self.rows_ + 0.0):
            key = row.tobytes()
            if wanted[key]:
                wanted[key] -= 1
                kept[number] = False
        if wanted.total():
            raise ValueError(
                f"X must hold only rows that the detector has learned, got {wanted.total()} other; "
                "check that the labels are those of then"
            )
        if not kept.any():
            raise ValueError(f"X must leave a row to the detector, got all {len(kept)}; fit anew")
        self._keep(self.rows_[kept])

    def _keep(self, rows: NDArray[np.float64]) -> None:
        self.rows_ = read_only(rows)
        self.center_ = read_only(self._center_of(rows))


@final
class MedianCentroidDetector(RobustCentroidDetector):
    """Sphere around the median of each coordinate.

    As long as fewer than half of the rows are the adversary's, each coordinate of the center stays
    within the range of the honest rows, wherever the others lie; the mean has no such bound. Within
    that range the median does move, fastest where honest rows are sparse.

    Parameters
    ----------
    radius
        R, positive; None to set it at `fit`.
    false_positive_rate
        When `radius` is None: largest share of the training rows that may lie outside, in [0, 1).

    Attributes
    ----------
    center_, radius_, n_features_in_, rows_
        As for `RobustCentroidDetector`.

    Examples
    --------
    >>> from armsrace.models import CentroidDetector
    >>> rows = [[0.0], [1.0], [2.0], [3.0], [100.0]]
    >>> MedianCentroidDetector(radius=1.0).fit(rows).center_.tolist()
    [2.0]
    >>> CentroidDetector(radius=1.0).fit(rows).center_.tolist()
    [21.2]
    """

    def __init__(self, *, radius: float | None = None, false_positive_rate: float = 0.005) -> None:
        self.radius = radius
        self.false_positive_rate = false_positive_rate

    def _center_of(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        center: NDArray[np.float64] = np.median(rows, axis=0)
        return center


@final
class TrimmedCentroidDetector(RobustCentroidDetector):
    """Sphere around the trimmed mean of each coordinate.

    Of n rows the g lowest and the g highest are left out, g the whole part of n times the trimmed
    share. As long as at most g rows are the adversary's, each coordinate of the center stays within
    the range of the honest rows. At 0 it is the mean, near 1/2 the median.

    Parameters
    ----------
    trimmed
        Share of the rows left out at each end, in [0, 0.5).
    radius
        R, positive; None to set it at `fit`.
    false_positive_rate
        When `radius` is None: largest share of the training rows that may lie outside, in [0, 1).

    Attributes
    ----------
    center_, radius_, n_features_in_, rows_
        As for `RobustCentroidDetector`.

    Examples
    --------
    >>> rows = [[0.0], [1.0], [2.0], [6.0], [100.0]]
    >>> TrimmedCentroidDetector(trimmed=0.2, radius=1.0).fit(rows).center_.tolist()
    [3.0]
    """

    def __init__(
        self,
        *,
        trimmed: float = 0.1,
        radius: float | None = None,
        false_positive_rate: float = 0.005,
    ) -> None:
        self.trimmed = trimmed
        self.radius = radius
        self.false_positive_rate = false_positive_rate

    def _center_of(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        if not 0 <= self.trimmed < 0.5:
            raise ValueError(f"trimmed must be in [0, 0.5), got {self.trimmed}; use the median")
        # A hair more, so that 0.29 of 100 rows is 29, although 0.29 * 100 < 29 in floating point.
        end = int(self.trimmed * len(rows) + 1e-9)
        center: NDArray[np.float64] = np.sort(rows, axis=0)[end : len(rows) - end].mean(axis=0)
        return center


@final
class HuberCentroidDetector(RobustCentroidDetector):
    """Sphere around Huber's center of each coordinate.

    The center c of numbers x_1 .. x_n is the root of

        sum over i of max(-w, min(w, x_i - c)) = 0,    w = tuning * 1.4826 * MAD,

    with MAD the median distance to the median, so that 1.4826 MAD estimates the standard deviation
    of Gaussian rows. A row counts like the mean's within w of the center, and like one at w beyond.
    Fewer than half of the rows move c by a bounded amount only. Where more than half of the numbers
    are equal, the MAD is 0 and c the median.

    The left side is piecewise linear and falls in c, with its bends at x_i - w and x_i + w: its
    root is found exactly, by bisection among the bends and interpolation between two of them.

    Parameters
    ----------
    tuning
        Width in standard deviations, positive. The default gives up 5 % of the mean's efficiency at
        Gaussian rows.
    radius
        R, positive; None to set it at `fit`.
    false_positive_rate
        When `radius` is None: largest share of the training rows that may lie outside, in [0, 1).

    Attributes
    ----------
    center_, radius_, n_features_in_, rows_
        As for `RobustCentroidDetector`.

    Examples
    --------
    >>> rows = [[0.0], [1.0], [2.0], [4.0], [100.0]]
    >>> HuberCentroidDetector(radius=1.0).fit(rows).center_.round(3).tolist()
    [2.747]
    """

    def __init__(
        self,
        *,
        tuning: float = 1.345,
        radius: float | None = None,
        false_positive_rate: float = 0.005,
    ) -> None:
        self.tuning = tuning
        self.radius = radius
        self.false_positive_rate = false_positive_rate

    def _center_of(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        if not 0 < self.tuning < np.inf:
            raise ValueError(f"tuning must be positive, got {self.tuning}")
        median = np.median(rows, axis=0)
        spread = _NORMAL_SPREAD * np.median(np.abs(rows - median), axis=0)
        root = _huber_root(rows - median, self.tuning * spread)
        center: NDArray[np.float64] = median + root
        return center


def _huber_root(rows: NDArray[np.float64], width: NDArray[np.float64]) -> NDArray[np.float64]:
    """The root of each column, 0 where the width is 0; rows have the median 0."""
    bends = np.sort(np.concatenate([rows - width, rows + width]), axis=0)

    def pull(center: NDArray[np.float64]) -> NDArray[np.float64]:
        summed: NDArray[np.float64] = np.clip(rows - center, -width, width).sum(axis=0)
        return summed

    # The pull is positive at the first bend and negative at the last.
    columns = np.arange(rows.shape[1])
    low, high = np.zeros_like(columns), np.full_like(columns, len(bends) - 1)
    while (high - low > 1).any():
        middle = (low + high) // 2
        left_of_root = pull(bends[middle, columns]) >= 0
        low, high = np.where(left_of_root, middle, low), np.where(left_of_root, high, middle)
    start, end = bends[low, columns], bends[high, columns]
    before, after = pull(start), pull(end)
    drop = np.where(width > 0, before - after, 1.0)
    root: NDArray[np.float64] = np.where(width > 0, start + (end - start) * before / drop, 0.0)
    return root
