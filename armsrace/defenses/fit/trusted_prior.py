"""A prior: what the trusted rows said counts for more than what arrives.

Penalties need no part of their own. They are the estimator's, and `Retrain` trains any estimator:
``Retrain(model=LogisticRegression(C=0.01))`` shrinks the weights harder than the game's own model
does. So it is with robust losses (``SGDClassifier(loss="modified_huber")``, `HuberRegressor`,
`armsrace.models.TrimmedLoss`), robust centers (`armsrace.models.TrimmedCentroidDetector`) and votes
(`BaggingClassifier`, `armsrace.models.PartitionEnsemble`).
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from armsrace.batch import Batch
from armsrace.defenses.defense import Fit
from armsrace.defenses.memory import Fitted, Memory
from armsrace.defenses.training import fit_on


@final
@dataclass(frozen=True)
class TrustedPrior(Fit):
    """Train as though the trusted batch had been seen many times over.

    To a model that counts (naive Bayes, a centroid, `SpamBayes`), copies of rows are what the
    pseudo-observations of a conjugate prior are; to any other, they weigh its loss. With c copies
    of n trusted rows, m rows of poison are m / (c n + m) of the training set at most.

    Takes the place of a `Retrain`.

    Attributes
    ----------
    copies
        How often the trusted batch counts, at least 1.
    window
        How many of the latest batches to train on beside it, at least 1; None for all.
    model
        Another estimator to train instead of the game's own, or None.

    Raises
    ------
    ValueError
        When copies or window are less than 1.
    """

    copies: int = 10
    window: int | None = None
    model: Any = None

    def __post_init__(self) -> None:
        if self.copies < 1:
            raise ValueError(f"copies must be at least 1, got {self.copies}")
        if self.window is not None and self.window < 1:
            raise ValueError(f"window must be at least 1, got {self.window}; use None for all")

    def fit(
        self, model: Fitted, memory: Memory, kept: Batch, rng: np.random.Generator
    ) -> tuple[Fitted, Memory]:
        """Store what was kept and train on it beside the prior; nothing kept changes nothing."""
        if not len(kept):
            return model, memory
        memory = memory.storing(kept)
        latest = memory.archive[1:] if self.window is None else memory.archive[1:][-self.window :]
        template = memory.initial.template if self.model is None else self.model
        return fit_on(template, model, (memory.trusted,) * self.copies + latest, rng), memory
