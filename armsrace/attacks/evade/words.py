"""Words that are added to malicious mail."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.attacks.attack import Evade
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.reachable import reachable
from armsrace.batch import Batch


@final
@dataclass(frozen=True)
class GoodWords(Evade):
    """Words that honest mail often has, added to every malicious mail.

    The words are those that are most frequent in the honest reference mail relative to the
    malicious, among those that can be added to any mail at all.

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
        """Set the good words in every malicious row; labels stay the truth.

        Raises
        ------
        ValueError
            When the reference mail is of one class only.
        """
        if not self.words:
            return faced
        if known.reference.labels.all() or not known.reference.labels.any():
            raise ValueError(
                "good words need reference mail of both classes, to tell what only honest mail says"
            )
        honest = known.reference.rows[~known.reference.labels].mean(axis=0)
        malicious = known.reference.rows[known.reference.labels].mean(axis=0)
        addable = np.flatnonzero(known.feasible.mutable(faced.width))
        best_first = np.argsort((malicious - honest)[addable], kind="stable")
        good = addable[best_first[: self.words]]
        wished = faced.rows[faced.labels].astype(np.float64)
        wished[:, good] = 1.0
        rows = faced.rows.copy()
        originals = rows[faced.labels]
        rows[faced.labels] = reachable(wished, known.feasible, like=originals, altered=True)
        altered = (rows != faced.rows).any(axis=1)
        return Batch(rows, faced.labels, faced.origin | altered, faced.target)
