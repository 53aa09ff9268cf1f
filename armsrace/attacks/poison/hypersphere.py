"""The boiling frog: points that draw the center of a sphere towards a target."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.attack import Poison
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.poison.rates import check_share, effort
from armsrace.batch import Batch


@final
@dataclass(frozen=True)
class HypersphereShift(Poison):
    """Points on the edge of what a centroid detector accepts, on the side of the target.

    The boiling frog: with the model in sight, every point goes
    to c + R a, where c is the centre, R the radius
    and a the unit vector from the centre to the target; that is the greedy optimum of the
    article's model. When the model is hidden, the adversary puts its own estimate in its place:
    the mean of the honest reference rows, and the radius that holds 99 % of them.

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
        centre, radius = _sphere(known)
        direction = known.target.rows[0] - centre
        length = float(np.linalg.norm(direction))
        # A hair inside, or rounding would put half of the points outside; never past the target.
        reach = min(radius * (1 - 1e-9), length)
        point = centre + (direction * (reach / length) if length > 0 else 0.0)
        rows = np.tile(point, (size, 1))
        return traffic.plus(Batch.made(rows, np.zeros(size, dtype=bool)))


def _sphere(known: Knowledge) -> tuple[NDArray[np.float64], float]:
    model = known.model
    if model is None:
        honest = known.reference.rows[~known.reference.labels]
        centre = honest.mean(axis=0)
        return centre, float(np.quantile(np.linalg.norm(honest - centre, axis=1), 0.99))
    if not hasattr(model, "center_") or not hasattr(model, "radius_"):
        raise ValueError(
            "a hypersphere shift needs a detector with center_ and radius_, "
            f"got {type(model).__name__}"
        )
    return model.center_, float(model.radius_)
