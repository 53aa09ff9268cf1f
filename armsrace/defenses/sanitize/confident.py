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
    """Reject as many rows of a label as models of the others are confident to be wrongly labeled.

    Trusted and offered rows are divided into folds, and each is given its probability of being
    malicious by a model of the other folds. A row is confidently in a class when its probability of
    that class is at least the mean of the rows that are labeled so; of two such classes it is in
    the more probable one. Among the offered rows of a label that are confidently in a class, the
    share that is in the other one estimates how many of the label are wrong; so many are rejected,
    those first whose own class is the least probable.

    Offered rows have a part in these means and shares, unlike in the thresholds of the other
    filters: the means have to come down with the probabilities, which wrong labels in training
    blur. The trusted rows among them are what holds them.

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
    dataset labels. JAIR 70:1373-1411, sections 3.1 (the confident joint) and 3.2
    (pruning by noise rate).
    """

    model: Any = None
    folds: int = 5

    def __post_init__(self) -> None:
        check_folds(self.folds)

    def sanitize(
        self, offered: Batch, model: Fitted, memory: Memory, rng: np.random.Generator
    ) -> Mask:
        """True for each row that is not among the rejected of its label."""
        trusted = memory.trusted
        template = model.template if self.model is None else self.model
        everything = join((trusted, offered))
        malicious = held_out(_probability, template, everything, self.folds, rng)
        probabilities = np.stack([1.0 - malicious, malicious], axis=1)
        means = [probabilities[everything.labels == label, label].mean() for label in (0, 1)]
        judged = probabilities[len(trusted) :]
        sure = judged >= means
        most = np.where(sure, judged, -1.0).argmax(axis=1)
        keep = np.ones(len(offered), dtype=bool)
        for label in (0, 1):
            members = np.flatnonzero(offered.labels == label)
            confident = members[sure[members].any(axis=1)]
            if len(confident):
                count = round(len(members) * float((most[confident] != label).mean()))
                keep[members[np.argsort(judged[members, label], kind="stable")[:count]]] = False
        return keep


def _probability(model: Any, rows: Rows) -> NDArray[np.float64]:
    if not hasattr(model, "predict_proba"):
        raise ValueError(
            "confident learning needs a classifier with predict_proba, "
            f"got {type(model).__name__}; name another as the filter's model"
        )
    probability: NDArray[np.float64] = np.asarray(model.predict_proba(rows)[:, 1], dtype=np.float64)
    return probability
