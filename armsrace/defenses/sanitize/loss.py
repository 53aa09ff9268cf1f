"""The loss filter: rows that a model finds hard to believe."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Batch, Mask
from armsrace.defenses.defense import Sanitize
from armsrace.defenses.memory import Fitted, Memory
from armsrace.defenses.sanitize.trusted import (
    beyond_thresholds,
    check_folds,
    check_rate,
    held_out,
    scores_of,
)
from armsrace.defenses.training import fit_from_scratch


@final
@dataclass(frozen=True)
class LossFilter(Sanitize):
    """Reject rows on which a model's loss is among the worst for their label.

    The loss of a row falls with its score when it is labeled malicious and rises with it when it is
    labeled honest. Since it is compared with the losses of trusted rows of the same label only,
    every such loss rejects the same rows, so that the filter needs no probabilities, nor a boundary
    at zero: the score itself will do, of whatever model.

    Without a model of its own the filter asks the learner's present one. Poison of earlier rounds
    may have turned it; and as it has learned the trusted rows, it finds them easier to believe than
    others, so that the share rejected is larger than stated (of logistic regression of 10 features,
    9 % instead of 5 % with 50 trusted rows a class, 6 % with 200). With a model of its own, a clone
    of it learns the trusted batch alone, and the threshold is set on rows held out from training.

    Attributes
    ----------
    false_alarm_rate
        Largest share of the trusted rows of a class that may lie beyond its threshold, in [0, 1).
    model
        The estimator that learns the trusted batch, or None for the learner's present model.
    folds
        Into how many parts the trusted batch is divided to be held out, at least 2.

    Raises
    ------
    ValueError
        When a parameter is out of range; in a round, when a label is offered that less than two
        trusted rows have.

    References
    ----------
    Koh, P. W., Steinhardt, J., Liang, P. (2022). Stronger data poisoning attacks break data
    sanitization defenses. Machine Learning 111, section 3.
    """

    false_alarm_rate: float = 0.05
    model: Any = None
    folds: int = 10

    def __post_init__(self) -> None:
        check_rate(self.false_alarm_rate)
        check_folds(self.folds)

    def sanitize(
        self, offered: Batch, model: Fitted, memory: Memory, rng: np.random.Generator
    ) -> Mask:
        """True for each row whose loss is usual."""
        trusted = memory.trusted
        if self.model is None:
            judging = model.deployed
            scores = scores_of(judging, trusted.rows)
        else:
            judging = fit_from_scratch(self.model, (trusted,), rng).trained
            scores = held_out(scores_of, self.model, trusted, self.folds, rng)
        losses = _losses(scores_of(judging, offered.rows), offered.labels)
        usual = _losses(scores, trusted.labels)
        return ~beyond_thresholds(offered, losses, trusted, usual, self.false_alarm_rate)


def _losses(scores: NDArray[np.float64], labels: Mask) -> NDArray[np.float64]:
    return np.where(labels, -scores, scores)
