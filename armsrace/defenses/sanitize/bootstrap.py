"""Bootstrapping: the model chooses what it is trained on next."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.batch import Batch, Mask
from armsrace.defenses.defense import Sanitize
from armsrace.defenses.memory import Fitted, Memory
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST


@final
@dataclass(frozen=True)
class Bootstrap(Sanitize):
    """Keep what the present model calls honest: it retrains on what it has accepted.

    References
    ----------
    Barreno, M. et al. (2006). Can machine learning be secure? ASIACCS, section 5.
    """

    def sanitize(
        self, offered: Batch, model: Fitted, memory: Memory, rng: np.random.Generator
    ) -> Mask:
        """True for each row that the deployed model accepts."""
        accepted: Mask = judge(model.deployed, offered.rows).decisions == HONEST
        return accepted
