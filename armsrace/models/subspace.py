r"""PCA subspace anomaly detectors: honest traffic lies near a subspace, the rest is malicious.

A detector has a center c and k orthonormal *components* P. What they do not explain of a row x is
its *residual*

.. math:: r(x) = \|(I - P P^\top)(x - c)\|,

and x is honest exactly when r(x) <= T, the *threshold*, which is set so that a stated share of
honest traffic is rejected.

The `SubspaceDetector` of Lakhina et al. (2004) takes mean and principal components; its threshold
is the square root of the Q-statistic of Jackson and Mudholkar (`q_statistic`), which takes the
discarded components for Gaussian. It is the one that chaff poisons: variance that an adversary adds
turns components its way. The `RobustSubspaceDetector` is made to resist that.

References
----------
Imhof, J. P. (1961). Computing the distribution of quadratic forms in normal variables. Biometrika
    48(3-4).
Jackson, J. E., Mudholkar, G. S. (1979). Control procedures for residuals associated with principal
    component analysis. Technometrics 21(3).
Lakhina, A., Crovella, M., Diot, C. (2004). Diagnosing network-wide traffic anomalies. SIGCOMM.
"""

from abc import ABC, abstractmethod
from typing import Final, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from armsrace.models.inputs import finite_rows, malicious, read_only

_ROUNDING: Final = 1e-12


def q_statistic(eigenvalues: ArrayLike, false_positive_rate: float) -> float:
    r"""Threshold of the squared residual that honest Gaussian traffic exceeds at a given rate.

    With the variances :math:`\lambda_j` of the discarded components and
    :math:`\phi_i = \sum_j \lambda_j^i`,

    .. math::

        Q = \phi_1 \left(1 + h \left(\frac{z \sqrt{2 \phi_2}}{\phi_1}
            + \frac{\phi_2 (h - 1)}{\phi_1^2}\right)\right)^{1/h}, \qquad
        h = 1 - \frac{2 \phi_1 \phi_3}{3 \phi_2^2},

    z being the standard normal quantile of 1 - rate. It is an approximation: the power h of a
    weighted sum of chi squares is nearly normal. For h <= 0, where one variance stands out of many
    small ones, it is not; Pearson's approximation takes its place, the quantile of a shifted and
    scaled chi square with :math:`\phi_2^3 / \phi_3^2` degrees of freedom, which has the same mean,
    variance and skewness (Imhof 1961).

    Parameters
    ----------
    eigenvalues
        Variances of the discarded components, shape (m,), at least 0 and not all 0.
    false_positive_rate
        Share of honest rows above the threshold, in (0, 1).

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    A single component: Wilson and Hilferty's approximation of 1.96 squared.

    >>> round(q_statistic([1.0], 0.05), 3)
    3.747
    """
    from scipy.special import chdtri, ndtri

    variances = np.asarray(eigenvalues, dtype=np.float64)
    if not (variances >= 0).all() or not 0 < variances.sum() < np.inf:
        raise ValueError(f"eigenvalues must be at least 0 and not all 0, got {variances.tolist()}")
    if not 0 < false_positive_rate < 1:
        raise ValueError(f"false_positive_rate must be in (0, 1), got {false_positive_rate}")
    scale = variances.sum()
    # Relative to their sum, which is then 1, no power underflows.
    second, third = (float(((variances / scale) ** power).sum()) for power in (2, 3))
    h = 1 - 2 * third / (3 * second**2)
    if h <= 0:
        freedom = second**3 / third**2
        excess = (chdtri(freedom, false_positive_rate) - freedom) * np.sqrt(second / freedom)
        return float(scale * max(1 + excess, 0.0))
    z = ndtri(1 - false_positive_rate)
    base = 1 + h * (z * np.sqrt(2 * second) + second * (h - 1))
    return float(scale * max(base, 0.0) ** (1 / h))


class ResidualDetector(BaseEstimator, ABC):  # type: ignore[misc]
    """A center, components and a threshold of the residual, however they are learned.

    Attributes
    ----------
    center_
        c, read-only, shape (d,).
    components_
        Transposed P, read-only, orthonormal rows, shape (k, d).
    threshold_
        T, positive.
    n_features_in_
        d.
    """

    components: int
    false_positive_rate: float
    center_: NDArray[np.float64]
    components_: NDArray[np.float64]
    threshold_: float
    n_features_in_: int

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn the honest ones of these rows.

        Parameters
        ----------
        X
            Feature rows, shape (n, d) with d > k and more than k of them honest.
        y
            Labels, shape (n,), 1 for malicious; such rows are left out. None: all rows are honest.

        Raises
        ------
        ValueError
            When a parameter is out of range, a value is not finite, shapes disagree, there are too
            few honest rows or columns, or the components leave no residual.
        """
        if self.components < 0:
            raise ValueError(f"components must be at least 0, got {self.components}")
        if not 0 < self.false_positive_rate < 1:
            raise ValueError(
                f"false_positive_rate must be in (0, 1), got {self.false_positive_rate}"
            )
        rows = finite_rows(X)
        if y is not None:
            rows = rows[~malicious(y, len(rows))]
        if len(rows) <= self.components + 1 or rows.shape[1] <= self.components:
            raise ValueError(
                f"X must hold more than {self.components + 1} honest rows and more than "
                f"{self.components} columns for {self.components} components, got "
                f"{len(rows)} and {rows.shape[1]}"
            )
        self.n_features_in_ = rows.shape[1]
        center, components, threshold = self._learned(rows)
        scale = float(np.abs(rows).max())
        if not threshold > _ROUNDING * scale:
            raise ValueError(
                f"the {self.components} components must leave a residual, got none; "
                "use fewer components or more varied rows"
            )
        self.center_, self.components_ = read_only(center), read_only(components)
        self.threshold_ = threshold
        return self

    def residuals(self, X: ArrayLike) -> NDArray[np.float64]:
        """Residuals r of rows, in the units of the features, shape (n,).

        Raises
        ------
        ValueError
            When a value is not finite or the width is wrong; NotFittedError before `fit`.
        """
        if "threshold_" not in vars(self):
            name = type(self).__name__
            raise NotFittedError(f"{name} is not fitted yet; call fit with honest rows first")
        return residuals_from(finite_rows(X, self.n_features_in_), self.center_, self.components_)

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Signed relative distance to the threshold, r / T - 1, shape (n,).

        It is -1 in the subspace, 0 at the threshold, and positive beyond.

        Parameters
        ----------
        X
            Feature rows, shape (n, d).

        Raises
        ------
        ValueError
            When a value is not finite or the width is wrong; NotFittedError before `fit`.
        """
        return self.residuals(X) / self.threshold_ - 1

    def decide(self, scores: ArrayLike) -> NDArray[np.int8]:
        """Verdicts of scores: 1 (malicious) beyond the threshold, 0 (honest) otherwise; same shape.

        A score of up to 1e-12 counts as at the threshold, where rounding may have put it.

        Examples
        --------
        >>> SubspaceDetector().decide([-1.0, 0.0, 0.1]).tolist()
        [0, 0, 1]
        """
        return (np.asarray(scores) > _ROUNDING).astype(np.int8)

    def predict(self, X: ArrayLike) -> NDArray[np.int8]:
        """Verdicts of rows: 1 (malicious) beyond the threshold, 0 (honest) otherwise; shape (n,).

        Raises
        ------
        ValueError
            As for `decision_function`.
        """
        return self.decide(self.decision_function(X))

    @abstractmethod
    def _learned(
        self, rows: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """Center, components and threshold of honest rows."""


@final
class SubspaceDetector(ResidualDetector):
    """Principal component analysis with the Q-statistic for its threshold.

    Parameters
    ----------
    components
        k, how many principal components count as normal, at least 0.
    false_positive_rate
        Share of honest traffic to be rejected, in (0, 1), as far as the Q-statistic holds.

    Attributes
    ----------
    center_, components_, threshold_, n_features_in_
        As for `ResidualDetector`.

    Notes
    -----
    Fitting n rows costs O(n d^2 + d^3).

    Examples
    --------
    Honest rows near the diagonal of a square:

    >>> rng = np.random.default_rng(0)
    >>> rows = rng.normal(size=(200, 1)) * [1.0, 1.0] + 0.1 * rng.normal(size=(200, 2))
    >>> detector = SubspaceDetector(components=1).fit(rows)
    >>> detector.predict([[5.0, 5.0], [1.0, -1.0]]).tolist()
    [0, 1]
    """

    def __init__(self, *, components: int = 4, false_positive_rate: float = 0.001) -> None:
        self.components = components
        self.false_positive_rate = false_positive_rate

    def _learned(
        self, rows: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        center = rows.mean(axis=0)
        deviations = rows - center
        variances, vectors = np.linalg.eigh(deviations.T @ deviations / (len(rows) - 1))
        left = len(variances) - self.components
        discarded = variances[:left]
        # What rounding makes of a variance of 0, in either direction.
        discarded = np.where(discarded > 1e-14 * variances[-1], discarded, 0.0)
        squared = q_statistic(discarded, self.false_positive_rate) if discarded.any() else 0.0
        return center, vectors.T[left:][::-1].copy(), squared**0.5


def residuals_from(
    rows: NDArray[np.float64], center: NDArray[np.float64], components: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distances of rows from the affine subspace through the center, shape (n,)."""
    deviations = rows - center
    left = deviations - np.einsum("ij,kj,kl->il", deviations, components, components, optimize=True)
    residuals: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", left, left))
    return residuals
