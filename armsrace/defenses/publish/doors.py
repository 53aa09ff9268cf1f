"""Narrower doors: a hidden model, decisions without scores, a limit of queries."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.defenses.defense import Publish
from armsrace.models.published import Published
from armsrace.verdicts import Verdicts


@final
@dataclass(frozen=True)
class HideModel(Publish):
    """Keep the model secret; the adversary may still query its verdicts."""

    def publish(self, public: Published, rng: np.random.Generator) -> Published:
        """The same door without the white box."""
        return public.hidden()


@final
@dataclass(frozen=True)
class LabelsOnly(Publish):
    """Answer queries with the decision alone: every score is replaced by it."""

    def publish(self, public: Published, rng: np.random.Generator) -> Published:
        """The same door with the scores taken out of the answers."""
        return public.answering(_without_scores)


@final
@dataclass(frozen=True)
class LimitQueries(Publish):
    """Answer a limited number of queries a round.

    Attributes
    ----------
    limit
        Rows that are answered a round, at least 0.

    Raises
    ------
    ValueError
        When the limit is negative.
    """

    limit: int

    def __post_init__(self) -> None:
        if self.limit < 0:
            raise ValueError(f"limit must be at least 0, got {self.limit}")

    def publish(self, public: Published, rng: np.random.Generator) -> Published:
        """The same door, which closes when the limit is reached."""
        return public.limited(self.limit)


def _without_scores(verdicts: Verdicts) -> Verdicts:
    return Verdicts(verdicts.decisions.astype(np.float64), verdicts.decisions)
