"""Attack mails: spam that harms by the words that it contains."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.attacks.attack import Poison
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.poison.rates import check_share, effort
from armsrace.attacks.reachable import reachable
from armsrace.batch import Batch


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
        """Add mails that contain the whole vocabulary, as far as is feasible."""
        size = effort(self.rate, len(traffic))
        wished = np.ones((size, traffic.width))
        rows = reachable(wished, known.feasible, like=traffic.rows, altered=False)
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

        A word that is not feasible is left out.

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
        wished = (imitated.astype(bool) & guessed).astype(np.float64)
        rows = reachable(wished, known.feasible, like=traffic.rows, altered=False)
        return traffic.plus(Batch.made(rows, np.ones(size, dtype=bool)))
