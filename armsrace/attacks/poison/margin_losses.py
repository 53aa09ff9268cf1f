"""Losses of a linear classifier as functions of the margin, with two derivatives.

The margin of a row x with label y in {-1, 1} under weights w and intercept b is
m = y (w . x + b): positive when the row is classified rightly. A `MarginLoss` gives the loss of a
margin, its slope and its curvature; all are convex. The *decreasing* ones are worst where the
margin is least, which is what turns the worst point of a region into a linear program.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class MarginLoss(ABC):
    """A convex loss of the margin.

    Attributes
    ----------
    decreasing
        Whether a larger margin never costs more.
    smooth
        Whether the slope is continuous, so that training has a unique stationary point to follow.
    """

    decreasing: ClassVar[bool]
    smooth: ClassVar[bool]

    @abstractmethod
    def value(self, margins: Array) -> Array:
        """Loss of each margin."""

    @abstractmethod
    def slope(self, margins: Array) -> Array:
        """Derivative; at a kink, the one from the left."""

    @abstractmethod
    def curvature(self, margins: Array) -> Array:
        """Second derivative; at a kink of the slope, the one from the left."""


@final
@dataclass(frozen=True)
class Hinge(MarginLoss):
    """max(0, 1 - m): the support vector machine.

    Examples
    --------
    >>> Hinge().value(np.array([-1.0, 0.0, 2.0])).tolist()
    [2.0, 1.0, 0.0]
    """

    decreasing: ClassVar[bool] = True
    smooth: ClassVar[bool] = False

    def value(self, margins: Array) -> Array:
        """Loss of each margin."""
        return np.maximum(0.0, 1.0 - margins)

    def slope(self, margins: Array) -> Array:
        """-1 up to the margin 1, then 0."""
        return np.where(margins <= 1.0, -1.0, 0.0)

    def curvature(self, margins: Array) -> Array:
        """0 throughout."""
        return np.zeros_like(margins)


@final
@dataclass(frozen=True)
class SquaredHinge(MarginLoss):
    """max(0, 1 - m)^2: scikit-learn's ``LinearSVC`` as it comes.

    Examples
    --------
    >>> SquaredHinge().value(np.array([-1.0, 0.0, 2.0])).tolist()
    [4.0, 1.0, 0.0]
    """

    decreasing: ClassVar[bool] = True
    smooth: ClassVar[bool] = True

    def value(self, margins: Array) -> Array:
        """Loss of each margin."""
        return np.maximum(0.0, 1.0 - margins) ** 2

    def slope(self, margins: Array) -> Array:
        """-2 max(0, 1 - m)."""
        return -2.0 * np.maximum(0.0, 1.0 - margins)

    def curvature(self, margins: Array) -> Array:
        """2 up to the margin 1, then 0."""
        return np.where(margins <= 1.0, 2.0, 0.0)


@final
@dataclass(frozen=True)
class Logistic(MarginLoss):
    """log(1 + exp(-m)): logistic regression.

    Examples
    --------
    >>> Logistic().slope(np.array([0.0])).tolist()
    [-0.5]
    """

    decreasing: ClassVar[bool] = True
    smooth: ClassVar[bool] = True

    def value(self, margins: Array) -> Array:
        """Loss of each margin, in nats."""
        return np.logaddexp(0.0, -margins)

    def slope(self, margins: Array) -> Array:
        """Minus the probability of the wrong class."""
        return -np.exp(-np.logaddexp(0.0, margins))

    def curvature(self, margins: Array) -> Array:
        """Product of the two classes' probabilities."""
        product: Array = np.exp(-np.logaddexp(0.0, margins) - np.logaddexp(0.0, -margins))
        return product


@final
@dataclass(frozen=True)
class Squared(MarginLoss):
    """(1 - m)^2 = (y - score)^2: least squares on labels -1 and 1.

    Examples
    --------
    >>> Squared().value(np.array([0.0, 3.0])).tolist()
    [1.0, 4.0]
    """

    decreasing: ClassVar[bool] = False
    smooth: ClassVar[bool] = True

    def value(self, margins: Array) -> Array:
        """Loss of each margin."""
        return (1.0 - margins) ** 2

    def slope(self, margins: Array) -> Array:
        """-2 (1 - m)."""
        return -2.0 * (1.0 - margins)

    def curvature(self, margins: Array) -> Array:
        """2 throughout."""
        return np.full_like(margins, 2.0)
