"""Words that are added to malicious mail."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.attacks.attack import Evade
from armsrace.attacks.knowledge import Knowledge
from armsrace.batch import Batch


@final
@dataclass(frozen=True)
class GoodWords(Evade):
    """Words that honest mail often has, added to every malicious mail.

    The words are those that are most frequent in the honest reference mail relative to the
    malicious.

    Attributes
    ----------
    words
        How many words to add, at least 0.

    Raises
    ------
    ValueError
        When the number of words is negative.

    References
    ----------
    Lowd, D., Meek, C. (2005). Good word attacks on statistical spam filters. CEAS.
    """

    words: int

    def __post_init__(self) -> None:
        if self.words < 0:
            raise ValueError(f"words must be at least 0, got {self.words}")

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Set the good words in every malicious row; labels stay the truth."""
        if not self.words:
            return faced
        honest = known.reference.rows[~known.reference.labels].mean(axis=0)
        malicious = known.reference.rows[known.reference.labels].mean(axis=0)
        good = np.argsort(malicious - honest, kind="stable")[: self.words]
        rows = faced.rows.copy()
        rows[np.ix_(faced.labels, good)] = 1
        return Batch(rows, faced.labels, faced.origin | faced.labels, faced.target)
