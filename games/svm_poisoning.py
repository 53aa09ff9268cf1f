"""Support vector machine poisoning: digits that are drawn to spoil the machine that learns them.

A support vector machine tells handwritten nines from fours and is retrained as labeled digits
arrive. The adversary adds digits of its own, under labels of its own: copies with the wrong label,
or images that it has moved along the gradient of the machine's loss through the retraining that is
to come. Or it flips labels in place, which takes honest rows away besides, and which only who
controls the labeling can do.

The learner may stop retraining, regularize more strongly, let its threshold vary, reject what
trusted digits contradict, keep the machine to itself, or show another one: the attack then follows
the gradient of a machine that is not the learner's.

The rows are real (`load_digits_pair`), gray levels divided by 16; the adversary can make any image.

References
----------
Biggio, B., Nelson, B., Laskov, P. (2012). Poisoning attacks against support vector machines. ICML.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

from armsrace import attacks, defenses
from armsrace.agents import Periodic
from armsrace.attacks import Attack
from armsrace.costs import Costs, Prices
from armsrace.defenses import Defense
from armsrace.feasible import Feasible
from armsrace.game import LearningGame, Rules
from armsrace.taxonomy import Cell
from armsrace.worlds import Pool, load_digits_pair

COSTS: Final = Costs.opposed(
    Prices(fp=1.0, fn=1.0, unsure_honest=0.5, unsure_malicious=0.5, retrainings=0.5),
    spent=Prices(poison=0.2),
)
"""In units of one digit misread: what the learner loses and the adversary gains."""


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class SvmPoisoning(LearningGame):
    """A retrained support vector machine against an adversary who adds rows to its training.

    Attributes
    ----------
    rounds
        Number of rounds of a play.
    discount
        Weight of a round relative to the one before, in (0, 1].
    initial
        Trusted digits that the first machine is trained on.
    digits
        Digits a round to train on; the adversary's come on top.
    faced
        Digits a round to be judged.
    window
        Batches that a retraining learns from, the trusted one among them while it is young enough.
    penalty
        The machine's C, positive.
    regularized_penalty
        C of the learner that regularizes more strongly, positive; the one that does so by half has
        the geometric mean of both.
    mixing
        The varying threshold is drawn from [-mixing, mixing], in margins, or from twice that
        interval; at least 0.
    steps
        Gradient steps of the adversary a round, at least 0.
    costs
        What events cost the learner and bring the adversary; by default zero-sum, in units of one
        digit misread.

    Raises
    ------
    ValueError
        When a parameter is out of range; it is raised when the game is first used.

    Examples
    --------
    >>> import armsrace as ar
    >>> copied, moved = (
    ...     ar.play(SvmPoisoning(rounds=8), "retrain", adversary, seed=1)
    ...     for adversary in ("flipped_copies_20%", "svm_poisoning_20%")
    ... )
    >>> moved.payoffs[0] < copied.payoffs[0]
    True
    """

    name: ClassVar[str] = "svm_poisoning"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("causative availability indiscriminate"),)

    rounds: int = 20
    discount: float = 1.0
    initial: int = 10
    digits: int = 40
    faced: int = 100
    window: int = 5
    penalty: float = 1.0
    regularized_penalty: float = 0.01
    mixing: float = 0.25
    steps: int = 8
    costs: Costs = COSTS

    def rules(self) -> Rules:
        """The machine, the digits, the two sides' actions and their prices."""
        from armsrace.models.decoys import contrary, sheltered

        for name in ("initial", "digits", "faced"):
            if not getattr(self, name) >= 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("penalty", "regularized_penalty"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if not self.mixing >= 0:
            raise ValueError(f"mixing must be at least 0, got {self.mixing}")
        data = load_digits_pair()
        world = Pool.split(
            data.rows / 16,
            data.labels,
            fractions=(0.4, 0.3, 0.3),
            initial=self.initial,
            per_round=self.digits,
            faced=self.faced,
        )
        machine = _machine(self.penalty)
        retrain = Defense(defenses.Retrain(window=self.window))
        return Rules(
            world=world,
            model=machine,
            learner_actions={
                "retrain": retrain,
                "hold": Defense(),
                "retrain_regularized": Defense(
                    defenses.Retrain(window=self.window, model=_machine(self.regularized_penalty))
                ),
                "retrain_regularized_half": Defense(
                    defenses.Retrain(
                        window=self.window,
                        model=_machine((self.penalty * self.regularized_penalty) ** 0.5),
                    )
                ),
                "retrain_mixed": Defense(
                    retrain, defenses.MixedThreshold(-self.mixing, self.mixing)
                ),
                "retrain_mixed_twice": Defense(
                    retrain, defenses.MixedThreshold(-2 * self.mixing, 2 * self.mixing)
                ),
                "retrain_filtered": Defense(defenses.NeighborFilter(), retrain),
                "retrain_hidden": Defense(retrain, defenses.HideModel()),
                "retrain_misleading": Defense(
                    retrain, defenses.Mislead(contrary(machine, world.train))
                ),
                "retrain_honeypot": Defense(
                    retrain, defenses.Honeypot(sheltered(machine, world.train))
                ),
            },
            adversary_actions={
                "wait": Attack(),
                "label_noise_20%": Attack(attacks.RandomLabelFlip(0.2)),
                "flipped_copies_20%": Attack(attacks.FlippedCopies(0.2)),
                "svm_poisoning_5%": Attack(self._poisoning(0.05)),
                "svm_poisoning_10%": Attack(self._poisoning(0.10)),
                "svm_poisoning_20%": Attack(self._poisoning(0.20)),
            },
            costs=self.costs,
            feasible=Feasible(lower=0.0, upper=1.0),
            answers={
                "regularization": ("retrain_regularized", "retrain_regularized_half"),
                "randomization": ("retrain_mixed", "retrain_mixed_twice"),
                "detection": ("retrain_filtered",),
                "disinformation": ("retrain_misleading",),
                "honeypot": ("retrain_honeypot",),
                "information hiding": ("retrain_hidden",),
            },
            learner_agents={"filtered_every_5": Periodic("retrain_filtered", "hold", period=5)},
        )

    def _poisoning(self, rate: float) -> attacks.SupportVectorPoisoning:
        surrogate = _machine(self.penalty)
        return attacks.SupportVectorPoisoning(rate, steps=self.steps, surrogate=surrogate)


def _machine(penalty: float) -> Any:
    from sklearn.svm import SVC

    return SVC(kernel="linear", C=penalty)
