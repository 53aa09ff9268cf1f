"""Rolling back: the trusted model of before the game again."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.batch import Batch
from armsrace.defenses.defense import Fit
from armsrace.defenses.memory import Fitted, Memory


@final
@dataclass(frozen=True)
class RollBack(Fit):
    """Go back to the model and the archive of before the game.

    What a learner may do after an alarm. All poison accepted so far is forgotten, and so are all
    honest rows but the trusted ones. `FalsePositiveGuard` does the same when the model itself gives
    reason to.
    """

    def fit(
        self, model: Fitted, memory: Memory, kept: Batch, rng: np.random.Generator
    ) -> tuple[Fitted, Memory]:
        """The initial model, and the trusted batch alone in the archive."""
        return memory.initial, memory.forgetting()
