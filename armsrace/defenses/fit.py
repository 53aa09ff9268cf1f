"""Fit parts: how the learner makes its model from what it has kept."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from armsrace.batch import Batch
from armsrace.defenses.defense import Fit
from armsrace.defenses.memory import Fitted, Memory
from armsrace.defenses.training import fit_from_scratch, fit_on
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST


@final
@dataclass(frozen=True)
class Retrain(Fit):
    """Train on the round's kept rows and on those of earlier rounds.

    Attributes
    ----------
    window
        How many of the latest batches to train on, at least 1; None for all since the start.
        The trusted batch of before the game counts as one, so a window leaves it behind in
        time.
    model
        Another estimator to train instead of the game's own, or None.

    Raises
    ------
    ValueError
        When the window is less than 1.
    """

    window: int | None = None
    model: Any = None

    def __post_init__(self) -> None:
        if self.window is not None and self.window < 1:
            raise ValueError(f"window must be at least 1, got {self.window}; use None for all")

    def fit(
        self, model: Fitted, memory: Memory, kept: Batch, rng: np.random.Generator
    ) -> tuple[Fitted, Memory]:
        """Store what was kept and train on the window; with nothing kept, nothing changes."""
        if not len(kept):
            return model, memory
        memory = memory.storing(kept)
        wanted = memory.archive if self.window is None else memory.archive[-self.window :]
        template = memory.initial.template if self.model is None else self.model
        return fit_on(template, model, wanted, rng), memory


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


@final
@dataclass(frozen=True)
class FalsePositiveGuard(Fit):
    """Go back to the trusted model whenever the new one blocks too much honest traffic.

    Follows a `Retrain` in a bundle. The model is tried on the honest rows of the trusted batch;
    when it blocks more than `limit` of them, model and archive are reset to those of before the
    game.

    Attributes
    ----------
    limit
        Largest share of honest rows that may be blocked, in [0, 1].

    References
    ----------
    Kloft, M., Laskov, P. (2012). Security analysis of online centroid anomaly
    detection. JMLR 13, section 6.
    """

    limit: float

    def __post_init__(self) -> None:
        if not 0 <= self.limit <= 1:
            raise ValueError(f"limit must be in [0, 1], got {self.limit}")

    def fit(
        self, model: Fitted, memory: Memory, kept: Batch, rng: np.random.Generator
    ) -> tuple[Fitted, Memory]:
        """Keep the model, or reset it."""
        honest = memory.trusted.rows[~memory.trusted.labels]
        blocked = float((judge(model.deployed, honest).decisions != HONEST).mean())
        if blocked <= self.limit:
            return model, memory
        return memory.initial, memory.forgetting()
