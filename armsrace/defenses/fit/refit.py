"""Another estimator on the same rows: what a defense is worth without new data."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from armsrace.batch import Batch
from armsrace.defenses.defense import Fit
from armsrace.defenses.memory import Fitted, Memory
from armsrace.defenses.training import fit_from_scratch, same_estimator


@final
@dataclass(frozen=True)
class Refit(Fit):
    """Train another estimator on the rows that the present model has learned, and nothing else.

    A model that is of this kind already stays as it is: the first round is the only retraining,
    and what the learner gains by it is due to the estimator alone.

    Attributes
    ----------
    model
        The estimator, unfitted.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> Refit(LogisticRegression(C=0.01))
    Refit(model=LogisticRegression(C=0.01))
    """

    model: Any

    def fit(
        self, model: Fitted, memory: Memory, kept: Batch, rng: np.random.Generator
    ) -> tuple[Fitted, Memory]:
        """The model of this kind; what was kept is not stored."""
        if same_estimator(self.model, model.template):
            return model, memory
        return fit_from_scratch(self.model, model.learned, rng), memory
