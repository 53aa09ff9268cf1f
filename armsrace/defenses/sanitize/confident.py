"""Confident learning: rows that a model confidently puts into the other class."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Batch, Mask, Rows, join
from armsrace.defenses.defense import Sanitize
from armsrace.defenses.memory import Fitted, Memory
from armsrace.defenses.sanitize.trusted import check_folds, held_out


@final
@dataclass(frozen=True)
class ConfidentFilter(Sanitize):
    """Reject rows that models of the other rows confidently put into the class that they deny.

    Trusted and offered rows are divided into folds, and each is given its probability of being
    malicious by a model of the other folds. A row is confidently in a class when its probability of
    that class is at least the mean of the rows that are labeled so. It is rejected when it is
    confidently in the class that its label denies and, if it is so in both, when that class is the
    more probable.

    The means are the only threshold of the filters here that offered rows take part in: it has to
    come down with the probabilities, which wrong labels in training blur. Trusted rows hold it.

    Attributes
    ----------
    model
        The classifier that is cross-validated, with ``predict_proba``; None for the learner's own.
    folds
        Number of folds, at least 2.

    Raises
    ------
    ValueError
        When there are less than two folds; in a round, when there are less than two rows of a
        class, or the classifier has no probabilities.

    References
    ----------
    Northcutt, C., Jiang, L., Chuang, I. (2021). Confident learning: estimating uncertainty in
    dataset labels. JAIR 70:1373-1411, section 3.1 (the confident joint).
    """

    model: Any = None
    folds: int = 5

    def __post_init__(self) -> None:
        check_folds(self.folds)

    def sanitize(
        self, offered: Batch, model: Fitted, memory: Memory, rng: np.random.Generator
    ) -> Mask:
        """True for each row that is not confidently in the other class."""
        trusted = memory.trusted
        template = model.template if self.model is None else self.model
        everything = join((trusted, offered))
        # Probability of the label that a row has, and of the other.
        malicious = held_out(_probability, template, everything, self.folds, rng)
        own = np.where(everything.labels, malicious, 1.0 - malicious)
        other = 1.0 - own
        of_honest, of_malicious = own[~everything.labels].mean(), own[everything.labels].mean()
        for_own = np.where(everything.labels, of_malicious, of_honest)
        for_other = np.where(everything.labels, of_honest, of_malicious)
        denied = (other >= for_other) & ((own < for_own) | (other > own))
        keep: Mask = ~denied[len(trusted) :]
        return keep


def _probability(model: Any, rows: Rows) -> NDArray[np.float64]:
    if not hasattr(model, "predict_proba"):
        raise ValueError(
            "confident learning needs a classifier with predict_proba, "
            f"got {type(model).__name__}; name another as the filter's model"
        )
    probability: NDArray[np.float64] = np.asarray(model.predict_proba(rows)[:, 1], dtype=np.float64)
    return probability
