"""The boiling frog: points that draw the center of a sphere towards a target."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.attack import Poison
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.poison.rates import check_share, effort
from armsrace.batch import Batch, Rows
from armsrace.feasible import Feasible

_HALVINGS: Final = 50
"""Bisections of the way to the target: to 15 digits."""


@final
@dataclass(frozen=True)
class HypersphereShift(Poison):
    """Points on the edge of what a centroid detector accepts, on the side of the target.

    The boiling frog: with the model in sight, every point goes to c + R a, where c is the center,
    R the radius and a the unit vector from the center to the target; that is the greedy optimum of
    the article's model. When the model is hidden, the adversary puts its own estimate in its place:
    the mean of the honest reference rows, and the radius that holds 99 % of them.

    Where c + R a is not feasible, the point is the feasible one nearest to c + t a, for the largest
    t at which the detector accepts it: within bounds that is the one farthest towards the target.
    If the feasible point nearest to the center is rejected itself, it is sent all the same.

    Attributes
    ----------
    rate
        The adversary's share of the training traffic, in [0, 1).

    References
    ----------
    Barreno, M. et al. (2006). Can machine learning be secure? ASIACCS, section 5.
    Kloft, M., Laskov, P. (2012). Security analysis of online centroid anomaly detection. JMLR 13.
    """

    rate: float

    def __post_init__(self) -> None:
        check_share("rate", self.rate, below_one=True)

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Add equal points at the boundary, labelled honest.

        Raises
        ------
        ValueError
            When the game gives the adversary no target, or the model in sight is no centroid
            detector.
        """
        if not len(known.target):
            raise ValueError(
                "a shift needs a target to shift towards; give the world a target_label"
            )
        size = effort(self.rate, len(traffic))
        center, radius = _sphere(known)
        point = _farthest(center, radius, known.target.rows[0], known.feasible)
        rows = np.tile(point.astype(traffic.rows.dtype, copy=False), (size, 1))
        return traffic.plus(Batch.made(rows, np.zeros(size, dtype=bool)))


def _farthest(
    center: NDArray[np.float64], radius: float, target: Rows, feasible: Feasible
) -> NDArray[np.float64]:
    """Find the point of the sphere that is farthest towards the target, never past it."""
    direction = target - center
    length = float(np.linalg.norm(direction))
    # A hair inside, or rounding would put half of the points outside.
    radius *= 1 - 1e-9
    reach = min(radius, length)
    point: NDArray[np.float64] = center + (direction * (reach / length) if length > 0 else 0.0)
    if feasible.allows(point[None])[0]:
        return point

    def feasible_at(share: float) -> NDArray[np.float64]:
        row: NDArray[np.float64] = feasible.nearest((center + share * direction)[None])[0]
        return row

    def accepts(row: NDArray[np.float64]) -> bool:
        return bool(np.linalg.norm(row - center) <= radius)

    # The distance of the nearest feasible point grows with the share of the way, so it is bisected.
    best, low, high = feasible_at(0.0), 0.0, 1.0
    if accepts(feasible_at(1.0)):
        return feasible_at(1.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        row = feasible_at(middle)
        if accepts(row):
            best, low = row, middle
        else:
            high = middle
    return best


def _sphere(known: Knowledge) -> tuple[NDArray[np.float64], float]:
    model = known.model
    if model is None:
        honest = known.reference.rows[~known.reference.labels]
        center = honest.mean(axis=0)
        return center, float(np.quantile(np.linalg.norm(honest - center, axis=1), 0.99))
    if not hasattr(model, "center_") or not hasattr(model, "radius_"):
        raise ValueError(
            "a hypersphere shift needs a detector with center_ and radius_, "
            f"got {type(model).__name__}"
        )
    return model.center_, float(model.radius_)
