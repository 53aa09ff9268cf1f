"""Retraining, on everything or on a window."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from armsrace.batch import Batch
from armsrace.defenses.defense import Fit
from armsrace.defenses.memory import Fitted, Memory
from armsrace.defenses.training import fit_on


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
