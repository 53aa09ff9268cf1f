"""Quarantine: nothing that arrived in a round is trained on."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.batch import Batch, Mask
from armsrace.defenses.defense import Sanitize
from armsrace.defenses.memory import Fitted, Memory


@final
@dataclass(frozen=True)
class Quarantine(Sanitize):
    """Keep no offered row: what a learner may do after an alarm.

    Every honest row offered is a false rejection. A `CollectClean` in the bundle gathers rows to
    train on instead; without one, a `Retrain` has nothing to learn and changes nothing.

    Examples
    --------
    >>> from armsrace.defenses import CollectClean, Defense, Retrain
    >>> Defense(Quarantine(), CollectClean(share=0.2), Retrain())
    Quarantine() + CollectClean(share=0.2) + Retrain(window=None, model=None)
    """

    def sanitize(
        self, offered: Batch, model: Fitted, memory: Memory, rng: np.random.Generator
    ) -> Mask:
        """False for each row."""
        return np.zeros(len(offered), dtype=bool)
