"""Kernels with the gradients that an attack on a kernel machine needs."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Kernel(ABC):
    """A symmetric positive semidefinite function k(x, z) of two rows."""

    @abstractmethod
    def between(self, rows: Array, others: Array) -> Array:
        """k(x, z) for each pair of a row and another one, shape (len(rows), len(others))."""

    @abstractmethod
    def slope(self, rows: Array, centers: Array, weights: Array) -> Array:
        """Gradient of sum_j w_j k(., z_j) at each row x, the centers z_j held fixed.

        Parameters
        ----------
        rows
            Where the gradient is taken, shape (m, d).
        centers, weights
            Shape (n, d) and (n,).

        Returns
        -------
        :
            Shape (m, d).
        """


@final
@dataclass(frozen=True)
class LinearKernel(Kernel):
    """The inner product, k(x, z) = x.z.

    Examples
    --------
    >>> LinearKernel().between(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]))
    array([[11.]])
    """

    def between(self, rows: Array, others: Array) -> Array:
        """k(x, z) for each pair of a row and another one, shape (len(rows), len(others))."""
        product: Array = rows @ others.T
        return product

    def slope(self, rows: Array, centers: Array, weights: Array) -> Array:
        """sum_j w_j z_j, the same at each row."""
        return np.tile(weights @ centers, (len(rows), 1))


@final
@dataclass(frozen=True)
class RBFKernel(Kernel):
    """The Gaussian k(x, z) = exp(-gamma |x - z|^2).

    Attributes
    ----------
    gamma
        The inverse of its squared width, positive.

    Examples
    --------
    >>> RBFKernel(0.5).between(np.array([[0.0]]), np.array([[0.0], [2.0]])).round(3)
    array([[1.   , 0.135]])
    """

    gamma: float

    def between(self, rows: Array, others: Array) -> Array:
        """k(x, z) for each pair of a row and another one, shape (len(rows), len(others))."""
        squares = (rows**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)
        distances = np.maximum(squares - 2.0 * (rows @ others.T), 0.0)
        similarity: Array = np.exp(-self.gamma * distances)
        return similarity

    def slope(self, rows: Array, centers: Array, weights: Array) -> Array:
        """2 gamma sum_j w_j k(x, z_j) (z_j - x)."""
        weighted = self.between(rows, centers) * weights
        slope: Array = (
            2.0 * self.gamma * (weighted @ centers - weighted.sum(axis=1)[:, None] * rows)
        )
        return slope
