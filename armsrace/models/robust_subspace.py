"""The subspace detector that replaced the poisoned one: medians for means, MAD for variance.

`RobustSubspaceDetector` is a `ResidualDetector` made of robust statistics throughout: projection
pursuit looks for the directions of the largest *median absolute deviation* (PCA-GRID) instead of
the largest variance, and the threshold is a quantile of a Laplace distribution fitted to the
residuals by median and MAD, instead of the Q-statistic. Rubinstein et al. (2009) proposed it
against chaff.

References
----------
Croux, C., Filzmoser, P., Oliveira, M. R. (2007). Algorithms for projection-pursuit robust principal
    component analysis. Chemometrics and Intelligent Laboratory Systems 87(2).
Rubinstein, B. I. P. et al. (2009). ANTIDOTE: understanding and defending against poisoning of
    anomaly detectors. IMC.
"""

from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.models.subspace import ResidualDetector, residuals_from

_ROUNDING: Final = 1e-12


@final
class RobustSubspaceDetector(ResidualDetector):
    r"""Projection-pursuit components of the largest MAD with a Laplace threshold.

    The center is the median of each column. Each component is the direction, orthogonal to those
    before it, in which the median absolute deviation (MAD) of the rows is largest, as far as a grid
    search finds it: starting from the column of the largest MAD, the direction is turned towards
    each axis in turn, by the best of `angles` angles, and in each of `sweeps` sweeps the range of
    angles is halved. The residuals of the rows are taken for Laplace distributed; with their
    median m and MAD, the scale is MAD / ln 2 and the threshold

    .. math:: T = m - \frac{\mathrm{MAD}}{\ln 2} \ln(2\,\mathrm{rate}).

    Parameters
    ----------
    components
        k, how many components count as normal, at least 0.
    false_positive_rate
        Share of honest traffic to be rejected, in (0, 1/2), as far as the Laplace law holds.
    angles
        Angles that are tried for each turn, at least 2.
    sweeps
        How often every axis has its turn, at least 1.

    Attributes
    ----------
    center_, components_, threshold_, n_features_in_
        As for `ResidualDetector`.

    Notes
    -----
    Fitting n rows costs O(k sweeps angles d n): a few hundred times the cost of `SubspaceDetector`
    at a few dozen columns.

    Examples
    --------
    A fifth of the rows is chaff, across the honest ones:

    >>> from armsrace.models import SubspaceDetector
    >>> rng = np.random.default_rng(0)
    >>> rows = rng.normal(size=(300, 1)) * [1.0, 1.0] + 0.1 * rng.normal(size=(300, 2))
    >>> rows[240:] += 4.0 * rng.normal(size=(60, 1)) * [1.0, -1.0]
    >>> for detector in (SubspaceDetector(components=1), RobustSubspaceDetector(components=1)):
    ...     detector.fit(rows).predict([[3.0, -3.0]]).tolist()
    [0]
    [1]
    """

    def __init__(
        self,
        *,
        components: int = 4,
        false_positive_rate: float = 0.001,
        angles: int = 8,
        sweeps: int = 6,
    ) -> None:
        self.components = components
        self.false_positive_rate = false_positive_rate
        self.angles = angles
        self.sweeps = sweeps

    def _learned(
        self, rows: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        if not self.false_positive_rate < 0.5:
            raise ValueError(
                f"false_positive_rate must be below 1/2, got {self.false_positive_rate}; "
                "the Laplace threshold is about the upper tail"
            )
        for name, least in (("angles", 2), ("sweeps", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        center = np.median(rows, axis=0)
        left = rows - center
        components = np.zeros((self.components, rows.shape[1]))
        for number in range(self.components):
            found, width = self._widest(left)
            if not width > _ROUNDING * np.abs(rows).max():
                raise ValueError(
                    f"X must spread in {self.components} directions, so that more than half of the "
                    f"rows lie off their median, got {number}; use fewer components"
                )
            # Against those before, from which rounding has brought it a hair.
            found -= components[:number].T @ (components[:number] @ found)
            components[number] = found / np.linalg.norm(found)
            left = left - np.outer(_products(left, components[number]), components[number])
        residuals = residuals_from(rows, center, components)
        scale = _deviation(residuals) / np.log(2)
        threshold = np.median(residuals) - scale * np.log(2 * self.false_positive_rate)
        return center, components, float(threshold)

    def _widest(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Direction of the largest MAD among those that the grid search comes by, and that MAD."""
        columns = np.ascontiguousarray(rows.T)
        order = np.argsort(-_deviation(columns), kind="stable")
        best = np.eye(len(columns))[order[0]]
        along = columns[order[0]]
        width = float(_deviation(along))
        for sweep in range(self.sweeps):
            turns = (np.pi / 2) * np.linspace(-1, 1, self.angles + 1)[1:] / 2**sweep
            cosines, sines, doubled = np.cos(turns), np.sin(turns), np.sin(2 * turns)
            for axis in order:
                # Turning by t adds sin t of the axis to cos t of the direction, made of length 1.
                lengths = np.sqrt(np.maximum(1 + doubled * best[axis], 0.0))
                cosine, sine, valid = cosines, sines, lengths > 1e-6
                if not valid.all():
                    cosine, sine, lengths = cosine[valid], sine[valid], lengths[valid]
                cosine, sine = cosine / lengths, sine / lengths
                tried = cosine[:, None] * along + sine[:, None] * columns[axis]
                widths = _deviation(tried)
                winner = int(np.argmax(widths))
                if widths[winner] > width:
                    best = cosine[winner] * best
                    best[axis] += sine[winner]
                    along, width = tried[winner], float(widths[winner])
        return best, width


def _deviation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median absolute deviation from the median, along the last axis."""
    # Sorting is faster than selecting here, and the middle of a sorted row is its median.
    ordered = np.sort(values, axis=-1)
    distances = np.sort(np.abs(ordered - _middle(ordered)[..., None]), axis=-1)
    return _middle(distances)


def _middle(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    size = ordered.shape[-1]
    middle: NDArray[np.float64] = (ordered[..., (size - 1) // 2] + ordered[..., size // 2]) / 2
    return middle


def _products(rows: NDArray[np.float64], vector: NDArray[np.float64]) -> NDArray[np.float64]:
    # Row by row, unlike BLAS, so that a product does not depend on where its row stands.
    projected: NDArray[np.float64] = np.einsum("ij,j->i", rows, vector)
    return projected
