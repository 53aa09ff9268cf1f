"""Membership queries: rows of the adversary's own that the learner judges."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.attacks.attack import Probe
from armsrace.attacks.knowledge import Knowledge
from armsrace.models.published import Published


@final
@dataclass(frozen=True)
class QueryReference(Probe):
    """Have rows of the reference traffic judged, and remember the answers.

    Asks as many rows as `queries` and the learner's limit allow; the answers stand in
    ``known.notes[part]`` as (rows, verdicts).

    Attributes
    ----------
    queries
        Rows to ask about each round, at least 1.

    Raises
    ------
    ValueError
        When queries is less than 1.
    """

    queries: int

    def __post_init__(self) -> None:
        if self.queries < 1:
            raise ValueError(f"queries must be at least 1, got {self.queries}")

    def probe(self, public: Published, known: Knowledge, rng: np.random.Generator) -> Knowledge:
        """Spend the round's queries on rows drawn from the reference without repetition."""
        size = min(self.queries, len(known.reference))
        if public.remaining is not None:
            size = min(size, public.remaining)
        rows = known.reference.rows[rng.permutation(len(known.reference))[:size]]
        return known.noting(self, (rows, public.query(rows)))
