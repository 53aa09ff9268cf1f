"""Narrower doors: a hidden model, hidden features, a limit of queries."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.batch import Rows
from armsrace.defenses.defense import Publish
from armsrace.models.published import Published


@final
@dataclass(frozen=True)
class HideModel(Publish):
    """Keep the model secret; the adversary may still query its verdicts."""

    def publish(self, public: Published, rng: np.random.Generator) -> Published:
        """The same door without the white box."""
        return public.hidden()


@final
@dataclass(frozen=True)
class HideFeatures(Publish):
    """Keep secret what some features count for: neither the model nor an answer shows it.

    The model is hidden, and a query is answered as if the row held `value` in these columns,
    whatever it holds there. The traffic is judged by all of its features. So an adversary that
    learns from the answers learns the visible part of the model and takes the hidden columns for
    irrelevant; of these it knows only what its own labeled reference tells.

    Attributes
    ----------
    columns
        Columns that are hidden.
    value
        What the answers assume there: 0 is an absent word, or the mean of a standardized feature.

    Raises
    ------
    ValueError
        When there is no column, or one is negative.
    """

    columns: tuple[int, ...]
    value: float = 0.0

    def __post_init__(self) -> None:
        if not self.columns or min(self.columns) < 0:
            raise ValueError(
                f"columns must hold at least one index, each at least 0, got {self.columns}"
            )

    def publish(self, public: Published, rng: np.random.Generator) -> Published:
        """The same door without the white box, blind to the hidden columns.

        A query raises a ValueError when its rows have fewer columns than that.
        """
        return public.hidden().viewing(_Blindness(self.columns, self.value))


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


@final
@dataclass(frozen=True)
class _Blindness:
    """Rows with one value in some columns."""

    columns: tuple[int, ...]
    value: float

    def __call__(self, rows: Rows) -> Rows:
        if max(self.columns) >= rows.shape[1]:
            raise ValueError(
                f"columns must be below {rows.shape[1]}, the number of features, got {self.columns}"
            )
        seen = rows.copy()
        seen[:, list(self.columns)] = self.value
        return seen
