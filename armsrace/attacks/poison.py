"""Poison parts: what an adversary can do to the training traffic.

A *rate* nu is the adversary's share of the traffic after it has acted: against n honest rows it
adds nu n / (1 - nu) rows of its own (rounded).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.attack import Poison
from armsrace.attacks.knowledge import Knowledge
from armsrace.batch import Batch


def check_share(name: str, value: float, *, below_one: bool = False) -> None:
    """Refuse what is not a share.

    Raises
    ------
    ValueError
        When the value is outside [0, 1], or is 1 where that is excluded.
    """
    if not 0 <= value <= 1 or (below_one and value == 1):
        interval = "[0, 1)" if below_one else "[0, 1]"
        raise ValueError(f"{name} must be in {interval}, got {value}")


def effort(rate: float, honest: int) -> int:
    """Rows that make up a share `rate` of the traffic when added to `honest` rows.

    Examples
    --------
    >>> effort(0.01, 99), effort(0.5, 10)
    (1, 10)
    """
    return round(rate * honest / (1 - rate))


@final
@dataclass(frozen=True)
class DictionaryFlood(Poison):
    """Spam that contains every word, so that training on it makes every word look like spam.

    The optimal indiscriminate attack on the availability of a token-based filter: the attack
    mails are labelled spam, and rightly so; it is what else they contain that harms.

    Attributes
    ----------
    rate
        The adversary's share of the training mail, in [0, 1).

    References
    ----------
    Nelson, B. et al. (2008). Exploiting machine learning to subvert your spam filter. LEET.
    """

    rate: float

    def __post_init__(self) -> None:
        check_share("rate", self.rate, below_one=True)

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Add mails that contain the whole vocabulary."""
        size = effort(self.rate, len(traffic))
        rows = np.ones((size, traffic.width), dtype=traffic.rows.dtype)
        return traffic.plus(Batch.made(rows, np.ones(size, dtype=bool)))


@final
@dataclass(frozen=True)
class FocusedMail(Poison):
    """Spam that contains the words of one honest mail, so that it is filtered when it comes.

    Each attack mail contains each word of the target independently with probability `guess`.

    Attributes
    ----------
    rate
        The adversary's share of the training mail, in [0, 1).
    guess
        How much of the target the adversary knows: the probability that it guesses a word, in
        [0, 1].

    References
    ----------
    Nelson, B. et al. (2008). Exploiting machine learning to subvert your spam filter. LEET.
    """

    rate: float
    guess: float

    def __post_init__(self) -> None:
        check_share("rate", self.rate, below_one=True)
        check_share("guess", self.guess)

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Add mails that contain guessed words of the target; each imitates one target row.

        Raises
        ------
        ValueError
            When the game gives the adversary no target.
        """
        if not len(known.target):
            raise ValueError("a focused attack needs a target; give the world a target_label")
        size = effort(self.rate, len(traffic))
        imitated = known.target.rows[np.arange(size) % len(known.target)]
        guessed = rng.random((size, traffic.width)) < self.guess
        rows = (imitated.astype(bool) & guessed).astype(traffic.rows.dtype)
        return traffic.plus(Batch.made(rows, np.ones(size, dtype=bool)))


@final
@dataclass(frozen=True)
class RandomLabelFlip(Poison):
    """Wrong labels on rows of the honest traffic, chosen at random: the attack that knows nothing.

    Attributes
    ----------
    rate
        Share of the rows whose label is flipped, in [0, 1].

    References
    ----------
    Biggio, B., Nelson, B., Laskov, P. (2011). Support vector machines under adversarial label
    noise. ACML.
    """

    rate: float

    def __post_init__(self) -> None:
        check_share("rate", self.rate)

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Flip the labels of round(rate n) rows, in place."""
        flipped = np.zeros(len(traffic), dtype=bool)
        flipped[rng.permutation(len(traffic))[: round(self.rate * len(traffic))]] = True
        return Batch(
            traffic.rows, traffic.labels ^ flipped, traffic.origin | flipped, traffic.target
        )


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
