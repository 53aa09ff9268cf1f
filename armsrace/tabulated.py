"""A function of one number, read off a table.

Games ask for the same smooth function at millions of places. Where it is dear to compute, a table
with equal spacing is read instead, linear in between.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, eq=False)
class Tabulated:
    """A piecewise linear function, constant beyond the ends of its table.

    Attributes
    ----------
    first
        Where the table begins.
    spacing
        Distance of its points.
    values
        What the function is there, shape (points,).

    Examples
    --------
    >>> squares = Tabulated.of(np.square, 0.0, 2.0, points=3)
    >>> squares(np.array([-1.0, 0.5, 1.5, 9.0])).tolist()
    [0.0, 0.5, 2.5, 4.0]
    """

    first: float
    spacing: float
    values: Array

    @classmethod
    def of(
        cls, function: Callable[[Array], Array], first: float, last: float, points: int = 4096
    ) -> "Tabulated":
        """Tabulate a function between two places."""
        places, spacing = np.linspace(first, last, points, retstep=True)
        return cls(first, float(spacing), function(places))

    def __call__(self, places: Array) -> Array:
        """Values of the function, of the shape of the places."""
        place = places - self.first
        place /= self.spacing
        np.maximum(place, 0.0, out=place)
        np.minimum(place, len(self.values) - 1, out=place)
        cell = place.astype(np.intp)
        place -= cell
        value: Array = place
        value *= self._rises.take(cell)
        value += self.values.take(cell)
        return value

    @cached_property
    def _rises(self) -> Array:
        """From each point to the next; after the last there is none."""
        return np.diff(self.values, append=self.values[-1])
