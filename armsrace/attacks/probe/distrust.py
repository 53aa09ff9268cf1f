"""Disbelief: a model on show may be a decoy, and one can act as though it were hidden."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.attacks.attack import Probe
from armsrace.attacks.knowledge import Knowledge
from armsrace.models.published import Published


@final
@dataclass(frozen=True)
class Distrust(Probe):
    """Take no notice of the model that the learner shows.

    The parts that come after it in a bundle, and all in the next round's poison, are as they are
    against a hidden model: they rely on what they make of the reference, or ask. It is the reply to
    a decoy; without it an attack that believes what it is shown makes lies look good.

    Examples
    --------
    >>> from armsrace.attacks import Attack, MinimumCostEvasion
    >>> Attack(Distrust(), MinimumCostEvasion())
    Distrust() + MinimumCostEvasion(limit=inf, order=2, margin=0.0)
    """

    def probe(self, public: Published, known: Knowledge, rng: np.random.Generator) -> Knowledge:
        """Know of the model what would be known if it were hidden; nothing is asked."""
        return known.seeing(public.hidden())
