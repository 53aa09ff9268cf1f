r"""Centroid anomaly detectors: honest traffic lies within a sphere, the rest is malicious.

A detector has a center c and a radius R, and a row x is honest exactly when ||x - c|| <= R. The
radius is given, or is set at `fit` to the smallest that leaves no more than a stated share of the
training rows outside; from then on it stays fixed, and only the center learns. The center of
`CentroidDetector` is the mean: every row pulls it, and the farther the row lies the harder. This is
the learner whose security Barreno et al. (2006) and Kloft and Laskov (2012) bound. Centers that
outvote outliers are in `armsrace.models.robust_centroid`.

The bounds hold for a learner that *bootstraps*, that is, learns only rows its own sphere accepts.
The detectors learn every row they are given: to accept or to refuse it is the caller's business.

An attacker who sends x = c + R a row by row (a: unit vector towards its target) moves the mean the
fastest. The relative displacement D = (c - c_0) . a / R after i rows is, with n points before,

    sum over j = 1..i of 1/(n + j) <= log(1 + i/n)    with infinite memory (K. and L., Theorem 3),
    i/n                                               with memory n (Theorem 4, average-out),

and a target at distance ||x_A - c_0|| is accepted once D >= ||x_A - c_0|| / R - 1.

References
----------
Barreno, M., Nelson, B., Sears, R., Joseph, A. D., Tygar, J. D. (2006). Can machine learning be
    secure? ASIACCS, section 5.
Kloft, M., Laskov, P. (2012). Security analysis of online centroid anomaly detection.
    JMLR 13:3681-3724.
"""

from abc import ABC, abstractmethod
from typing import Final, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from armsrace.models.inputs import finite_rows, malicious, read_only, shared_copy

_ROUNDING: Final = 1e-12


class HypersphereDetector(BaseEstimator, ABC):  # type: ignore[misc]
    """A center and a radius, however the center is learned.

    Attributes
    ----------
    center_
        c, read-only, shape (d,).
    radius_
        R, positive.
    n_features_in_
        d.
    """

    radius: float | None
    false_positive_rate: float
    center_: NDArray[np.float64]
    radius_: float
    n_features_in_: int

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Forget everything, learn the honest ones of these rows, and set the radius.

        Parameters
        ----------
        X
            Feature rows, shape (n, d).
        y
            Labels, shape (n,), 1 for malicious; such rows are left out. None: all rows are honest.

        Raises
        ------
        ValueError
            When a parameter is out of range, a value is not finite, shapes disagree, no row is
            honest, or the radius would be 0.
        """
        self._check_parameters()
        rows = _honest(finite_rows(X), y)
        if not len(rows):
            raise ValueError("X must hold at least one honest row, got none; a sphere needs one")
        self.n_features_in_ = rows.shape[1]
        self._start(rows)
        self.radius_ = self._radius_around(rows) if self.radius is None else float(self.radius)
        return self

    def updated(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Return a new detector of the same radius that has learned these rows as well.

        Parameters
        ----------
        X
            Feature rows, shape (m, d); m may be 0.
        y
            Labels, shape (m,), 1 for malicious; such rows are left out. None: all rows are honest.

        Raises
        ------
        ValueError
            When a value is not finite or shapes disagree; NotFittedError before `fit`.
        """
        rows = _honest(self._known(X), y)
        detector = shared_copy(self)
        detector._learn(rows)
        return detector

    def downdated(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Return a new detector of the same radius that has never learned these rows.

        Parameters
        ----------
        X
            Feature rows, shape (m, d), that were learned.
        y
            The labels they were learned with, shape (m,), or None.

        Raises
        ------
        ValueError
            When the rows cannot be taken out or nothing would be left, a value is not finite, or
            shapes disagree; NotFittedError before `fit`.
        """
        rows = _honest(self._known(X), y)
        detector = shared_copy(self)
        detector._unlearn(rows)
        return detector

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Signed relative distance to the boundary, (||x - c|| - R) / R, shape (n,).

        It is -1 at the center, 0 on the boundary, and positive outside.

        Parameters
        ----------
        X
            Feature rows, shape (n, d).

        Raises
        ------
        ValueError
            When a value is not finite or the width is wrong; NotFittedError before `fit`.
        """
        return self._distances(self._known(X)) / self.radius_ - 1

    def decide(self, scores: ArrayLike) -> NDArray[np.int8]:
        """Verdicts of scores: 1 (malicious) outside, 0 (honest) inside; same shape.

        A score of up to 1e-12 counts as on the boundary, where rounding may have put it.

        Examples
        --------
        >>> CentroidDetector().decide([-1.0, 0.0, 0.1]).tolist()
        [0, 0, 1]
        """
        return (np.asarray(scores) > _ROUNDING).astype(np.int8)

    def predict(self, X: ArrayLike) -> NDArray[np.int8]:
        """Verdicts of rows: 1 (malicious) outside the sphere, 0 (honest) inside; shape (n,).

        Raises
        ------
        ValueError
            As for `decision_function`.
        """
        return self.decide(self.decision_function(X))

    @abstractmethod
    def _start(self, rows: NDArray[np.float64]) -> None:
        """Learn the first rows."""

    @abstractmethod
    def _learn(self, rows: NDArray[np.float64]) -> None:
        """Learn more rows; arrays are replaced, never changed, as copies share them."""

    @abstractmethod
    def _unlearn(self, rows: NDArray[np.float64]) -> None:
        """Take rows out; arrays are replaced, never changed."""

    def _check_parameters(self) -> None:
        if self.radius is not None and not 0 < self.radius < np.inf:
            raise ValueError(f"radius must be positive, got {self.radius}; or use None to fit it")
        if not 0 <= self.false_positive_rate < 1:
            raise ValueError(
                f"false_positive_rate must be in [0, 1), got {self.false_positive_rate}"
            )

    def _radius_around(self, rows: NDArray[np.float64]) -> float:
        # A hair more, so that 0.29 of 100 rows is 29, although 0.29 * 100 < 29 in floating point.
        outside = int(self.false_positive_rate * len(rows) + 1e-9)
        radius = float(np.sort(self._distances(rows))[len(rows) - 1 - outside])
        if radius == 0:
            raise ValueError(
                "radius must be positive, got 0 from rows that lie at the center; give a radius"
            )
        return radius

    def _known(self, X: ArrayLike) -> NDArray[np.float64]:
        if "radius_" not in vars(self):
            name = type(self).__name__
            raise NotFittedError(f"{name} is not fitted yet; call fit with honest rows first")
        return finite_rows(X, self.n_features_in_)

    def _distances(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        deviations = rows - self.center_
        distances: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", deviations, deviations))
        return distances


@final
class CentroidDetector(HypersphereDetector):
    """Sphere around the mean of all rows learned, or around a mean that forgets.

    Parameters
    ----------
    radius
        R, positive; None to set it at `fit`.
    false_positive_rate
        When `radius` is None: largest share of the training rows that may lie outside, in [0, 1).
    prior_count
        N, how many points the first center weighs, positive; None for the rows it was fitted on.
    memory
        None for infinite memory, where all rows weigh the same: c <- c + (x - c) / (count + 1).
        A number n >= 1 for the average-out rule, which forgets the past at the rate 1/n:
        c <- c + (x - c) / n, rows in the order given; it cannot unlearn.

    Attributes
    ----------
    center_, radius_, n_features_in_
        As for `HypersphereDetector`.
    count_
        How many points the center weighs: N and the rows learned since, or always n.

    Notes
    -----
    Learning and unlearning m rows cost O(m d). With infinite memory the state is a count and a sum
    of deviations from the first center, so an update that is undone returns the center to within
    the rounding of that sum.

    Examples
    --------
    >>> detector = CentroidDetector(radius=1.0).fit([[0.0, 0.0], [0.0, 0.0]])
    >>> detector.predict([[1.0, 0.0], [1.5, 0.0]]).tolist()
    [0, 1]
    >>> detector.updated([[1.0, 0.0]]).center_.round(3).tolist()
    [0.333, 0.0]

    With memory n, each attack point on the boundary moves the center by 1/n of the radius:

    >>> frog = CentroidDetector(radius=1.0, memory=10).fit([[0.0, 0.0]])
    >>> for _ in range(8):
    ...     frog = frog.updated([frog.center_ + [1.0, 0.0]])
    >>> frog.center_.round(3).tolist(), frog.predict([[1.5, 0.0]]).tolist()
    ([0.8, 0.0], [0])
    """

    count_: float

    def __init__(
        self,
        *,
        radius: float | None = None,
        false_positive_rate: float = 0.005,
        prior_count: float | None = None,
        memory: int | None = None,
    ) -> None:
        self.radius = radius
        self.false_positive_rate = false_positive_rate
        self.prior_count = prior_count
        self.memory = memory

    def recentered(self, center: ArrayLike, count: float) -> "CentroidDetector":
        """The same sphere around another center, which weighs so many points.

        Raises
        ------
        ValueError
            When the center has another number of features or is not finite, or count is not
            positive.
        """
        place = finite_rows(np.asarray(center, dtype=np.float64)[None], self.n_features_in_)[0]
        if not 0 < count < np.inf:
            raise ValueError(f"count must be positive, got {count}")
        moved: CentroidDetector = shared_copy(self)
        moved.count_ = float(count)
        moved.center_ = moved._origin = read_only(place)
        moved._deviation = read_only(np.zeros(len(place)))
        return moved

    def _start(self, rows: NDArray[np.float64]) -> None:
        if self.prior_count is not None and not 0 < self.prior_count < np.inf:
            raise ValueError(f"prior_count must be positive, got {self.prior_count}")
        if self.memory is not None and not self.memory >= 1:
            raise ValueError(f"memory must be at least 1, got {self.memory}; None for infinite")
        if self.prior_count is not None and self.memory is not None:
            raise ValueError(
                f"prior_count and memory exclude each other, got {self.prior_count} and "
                f"{self.memory}; with memory n the center always weighs n points"
            )
        weight = self.memory if self.prior_count is None else self.prior_count
        self.count_ = float(len(rows) if weight is None else weight)
        self.center_ = self._origin = read_only(rows.mean(axis=0))
        self._deviation = read_only(np.zeros(rows.shape[1]))

    def _learn(self, rows: NDArray[np.float64]) -> None:
        if self.memory is None:
            self._shift(len(rows), (rows - self._origin).sum(axis=0))
        else:
            # The recursion unrolled: row k of m is discounted by the m - k rows after it.
            weights = (1 - 1 / self.memory) ** np.arange(len(rows) - 1, -1, -1) / self.memory
            self.center_ = read_only(self.center_ + weights @ (rows - self.center_))

    def _unlearn(self, rows: NDArray[np.float64]) -> None:
        if self.memory is not None:
            raise ValueError(
                f"downdated requires memory=None, got {self.memory}: average-out keeps no count of "
                "a row, it forgets by itself"
            )
        if not self.count_ > len(rows):
            raise ValueError(
                f"X must hold fewer rows than the {self.count_:g} points that the center weighs, "
                f"got {len(rows)}; fit anew"
            )
        self._shift(-len(rows), (self._origin - rows).sum(axis=0))

    def _shift(self, count: int, deviation: NDArray[np.float64]) -> None:
        # Summed relative to the first center, where the digits of a common offset cost nothing.
        self.count_ = self.count_ + count
        self._deviation = read_only(self._deviation + deviation)
        self.center_ = read_only(self._origin + self._deviation / self.count_)


def _honest(rows: NDArray[np.float64], y: ArrayLike | None) -> NDArray[np.float64]:
    return rows if y is None else rows[~malicious(y, len(rows))]
