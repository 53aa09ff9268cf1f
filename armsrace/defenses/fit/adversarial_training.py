"""Adversarial training: fit again to the best responses to the model."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.attacks.attack import Evade
from armsrace.attacks.knowledge import ANYTHING, Knowledge
from armsrace.batch import Batch, join
from armsrace.defenses.defense import Fit
from armsrace.defenses.memory import Fitted, Memory
from armsrace.defenses.training import fit_from_scratch
from armsrace.feasible import Feasible
from armsrace.models.published import Published


@final
@dataclass(frozen=True)
class AdversarialTraining(Fit):
    """Deploy a model that was trained on malicious rows as they would evade it.

    Follows a `Retrain` in a bundle. Every malicious row that the trained model has learned is
    replaced by what the attack makes of it against the model of the moment, and a new model is
    fitted to these and to the honest rows; and so on for some rounds. The learner imagines the
    attack with what it has itself: its model as it stands, and its training rows for reference.
    Only the deployed model is hardened: the next round goes on from the rows as they arrived.

    The rounds are the alternating best responses of two players and need not converge; the model
    of the last one is deployed.

    Attributes
    ----------
    attack
        The evasion to be ready for; an `Attack` of several parts, too.
    rounds
        How often the attack answers the model and the model the attack, at least 1.
    feasible
        What the learner thinks that the adversary can do to a row.

    Raises
    ------
    ValueError
        When there is no round.

    References
    ----------
    Li, B., Vorobeychik, Y., Chen, X. (2016). A general retraining framework for scalable
    adversarial classification. NIPS workshop on adversarial training. (There the evasions are added
    to the training set; here they take the rows' place.)
    """

    attack: Evade
    rounds: int = 3
    feasible: Feasible = ANYTHING

    def __post_init__(self) -> None:
        if self.rounds < 1:
            raise ValueError(f"rounds must be at least 1, got {self.rounds}")

    def fit(
        self, model: Fitted, memory: Memory, kept: Batch, rng: np.random.Generator
    ) -> tuple[Fitted, Memory]:
        """Deploy the hardened model; without malicious rows there is nothing to answer."""
        learned = join(model.learned).without_marks()
        malicious, honest = learned.take(learned.labels).aimed(), learned.take(~learned.labels)
        if not len(malicious):
            return model, memory
        known = Knowledge(reference=learned, target=malicious, feasible=self.feasible)
        hardened = model.trained
        for _ in range(self.rounds):
            response = self.attack.evade(malicious, known.seeing(Published(hardened)), rng)
            hardened = fit_from_scratch(model.template, (honest.plus(response),), rng).trained
        return model.deploying(hardened), memory
