r"""Losses of a linear decision value: what a row costs a role, from the label it wants there.

A row x has the *decision value* :math:`v = w \cdot x`; a loss takes v and a label y in {-1, 1}, and
is convex in v. Label 1 is malicious.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.forms.normal import Array


class MarginLoss(ABC):
    """A convex, smooth loss of decision values, whose slope in v lies between -1 and 1."""

    @abstractmethod
    def loss(self, values: Array, labels: Array) -> Array:
        """The losses."""

    @abstractmethod
    def slope(self, values: Array, labels: Array) -> Array:
        """Their derivatives in v."""

    @property
    @abstractmethod
    def strictly_unique(self) -> bool:
        """Whether uniqueness needs the penalties' product strictly above its threshold."""


@final
@dataclass(frozen=True)
class LogisticLoss(MarginLoss):
    r"""The logistic loss, :math:`\log(1 + e^{-y v})`.

    Examples
    --------
    >>> LogisticLoss().loss(np.zeros(1), np.ones(1)).round(6).tolist()
    [0.693147]
    """

    def loss(self, values: Array, labels: Array) -> Array:
        """The losses."""
        return np.logaddexp(0.0, -labels * values)

    def slope(self, values: Array, labels: Array) -> Array:
        """Their derivatives in v."""
        from scipy.special import expit

        return np.asarray(-labels * expit(-labels * values))

    @property
    def strictly_unique(self) -> bool:
        """No: slopes never reach 1."""
        return False


@final
@dataclass(frozen=True)
class TrigonometricLoss(MarginLoss):
    r"""The trigonometric loss: the hinge at 0 of a support vector machine, with a smooth corner.

    .. math:: \ell(v, y) = \begin{cases} -yv & yv < -s \\
              \frac{s - yv}{2} - \frac{s}{\pi} \cos\!\left(\frac{\pi}{2s} yv\right) & |yv| \le s \\
              0 & yv > s \end{cases}

    Parameters
    ----------
    smoothing
        Half the width s of the corner, positive.

    Raises
    ------
    ValueError
        When smoothing is not positive and finite.

    Examples
    --------
    >>> TrigonometricLoss(1.0).slope(np.array([-2.0, 0.0, 2.0]), np.ones(3)).tolist()
    [-1.0, -0.5, 0.0]
    """

    smoothing: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.smoothing < np.inf:
            raise ValueError(f"smoothing must be positive and finite, got {self.smoothing}")

    def loss(self, values: Array, labels: Array) -> Array:
        """The losses."""
        s, margins = self.smoothing, labels * values
        near = np.clip(margins, -s, s)
        corner = (s - near) / 2.0 - s / np.pi * np.cos(np.pi * near / (2.0 * s))
        return np.asarray(corner + np.maximum(-s - margins, 0.0))

    def slope(self, values: Array, labels: Array) -> Array:
        """Their derivatives in v."""
        near = np.clip(labels * values / self.smoothing, -1.0, 1.0)
        return np.asarray(labels * (np.sin(np.pi * near / 2.0) - 1.0) / 2.0)

    @property
    def strictly_unique(self) -> bool:
        """Yes: slopes of 1 occur."""
        return True


@final
@dataclass(frozen=True)
class LinearLoss(MarginLoss):
    """The linear loss, -y v: pressure on the decision value that never slackens.

    Examples
    --------
    >>> LinearLoss().loss(np.array([2.0]), -np.ones(1)).tolist()
    [2.0]
    """

    def loss(self, values: Array, labels: Array) -> Array:
        """The losses."""
        return -labels * values

    def slope(self, values: Array, labels: Array) -> Array:
        """Their derivatives in v."""
        return -labels * np.ones_like(values)

    @property
    def strictly_unique(self) -> bool:
        """Yes: slopes of 1 occur."""
        return True
