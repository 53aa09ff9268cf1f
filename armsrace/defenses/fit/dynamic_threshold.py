"""Thresholds that follow the scores."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.batch import Batch
from armsrace.defenses.defense import Fit
from armsrace.defenses.memory import Fitted, Memory
from armsrace.defenses.training import fit_from_scratch


@final
@dataclass(frozen=True)
class DynamicThreshold(Fit):
    """Thresholds that follow the scores: an attack that lifts all scores lifts them too.

    Follows a `Retrain` in a bundle. The training rows are halved at random; a model trained on
    one half scores the other, and the two cutoffs are set where g(t), the share of spam below t
    among the spam below and the ham above t, reaches `low` and `high`. Needs a model with
    cutoffs (`SpamBayes`).

    Attributes
    ----------
    low, high
        The values of g at the ham and at the spam cutoff, 0 < low < high < 1.

    References
    ----------
    Nelson, B. et al. (2008). Exploiting machine learning to subvert your spam filter. LEET.
    """

    low: float = 0.05
    high: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high < 1:
            raise ValueError(
                f"low and high must satisfy 0 < low < high < 1, got {self.low} and {self.high}"
            )

    def fit(
        self, model: Fitted, memory: Memory, kept: Batch, rng: np.random.Generator
    ) -> tuple[Fitted, Memory]:
        """Deploy the trained model with cutoffs estimated on the rows that it has learned.

        Raises
        ------
        ValueError
            When the model has no cutoffs.
        """
        from armsrace.batch import join
        from armsrace.models.dynamic_threshold import dynamic_cutoffs

        if not hasattr(model.trained, "with_cutoffs"):
            raise ValueError(
                "a dynamic threshold needs a model with cutoffs, such as SpamBayes, "
                f"got {type(model.trained).__name__}"
            )
        learned = join(model.learned)
        order = rng.permutation(len(learned))
        first, second = (learned.take(half) for half in np.array_split(order, 2))
        half_model = fit_from_scratch(model.trained, (first,), rng).trained
        scores = half_model.decision_function(second.rows)
        ham, spam = dynamic_cutoffs(scores, second.labels, g=(self.low, self.high))
        return model.deploying(model.trained.with_cutoffs(ham, spam)), memory
