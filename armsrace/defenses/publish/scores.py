"""Coarser answers: the decision without its score, or with a rounded or a noisy one.

The decisions stay true; what is taken away is how near a row is to the boundary. None of these
hides the model itself: add a `HideModel`, or the adversary reads the scores off the white box.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.batch import Rows
from armsrace.defenses.defense import Publish
from armsrace.defenses.publish.keyed import draw_key, uniforms
from armsrace.models.published import Published
from armsrace.verdicts import Verdicts


@final
@dataclass(frozen=True)
class LabelsOnly(Publish):
    """Answer queries with the decision alone: every score is replaced by it."""

    def publish(self, public: Published, rng: np.random.Generator) -> Published:
        """The same door with the scores taken out of the answers."""
        return public.answering(_without_scores)


@final
@dataclass(frozen=True)
class RoundScores(Publish):
    """Answer queries with scores rounded to the nearest multiple of a step.

    An adversary that climbs the score sees no slope in steps smaller than that.

    Attributes
    ----------
    step
        Distance of the scores that are given out, in the unit of the model's; positive.

    Raises
    ------
    ValueError
        When the step is not positive.
    """

    step: float

    def __post_init__(self) -> None:
        if not 0 < self.step < np.inf:
            raise ValueError(f"step must be positive and finite, got {self.step}")

    def publish(self, public: Published, rng: np.random.Generator) -> Published:
        """The same door with coarse scores."""
        return public.answering(_Rounding(self.step))


@final
@dataclass(frozen=True)
class NoisyScores(Publish):
    """Answer queries with scores to which Gaussian noise is added.

    The noise is a fixed random function of the row, drawn anew each round: asking the same row
    again does not average it away, though asking its neighbors may.

    Attributes
    ----------
    scale
        Standard deviation of the noise, in the unit of the model's scores; positive.

    Raises
    ------
    ValueError
        When the scale is not positive.
    """

    scale: float

    def __post_init__(self) -> None:
        if not 0 < self.scale < np.inf:
            raise ValueError(f"scale must be positive and finite, got {self.scale}")

    def publish(self, public: Published, rng: np.random.Generator) -> Published:
        """The same door with noisy scores."""
        return public.answering(_Noise(self.scale, draw_key(rng)))


def _without_scores(rows: Rows, verdicts: Verdicts) -> Verdicts:
    return Verdicts(verdicts.decisions.astype(np.float64), verdicts.decisions)


@final
@dataclass(frozen=True)
class _Rounding:
    step: float

    def __call__(self, rows: Rows, verdicts: Verdicts) -> Verdicts:
        return Verdicts(np.round(verdicts.scores / self.step) * self.step, verdicts.decisions)


@final
@dataclass(frozen=True)
class _Noise:
    scale: float
    key: bytes

    def __call__(self, rows: Rows, verdicts: Verdicts) -> Verdicts:
        from scipy.special import ndtri

        noise = self.scale * ndtri(uniforms(rows, self.key))
        return Verdicts(verdicts.scores + noise, verdicts.decisions)
