"""Label flips: whoever labels the training pages can lie about some of them.

Logistic regression tells phishing pages from honest ones and is retrained as labeled pages arrive.
The adversary controls the labeling of a share of them, volunteers who report pages, say: it flips
labels at random, in turn with the model that learns them, or those that do most harm. It cannot
change the pages.

The learner may stop retraining, regularize more strongly, let its threshold vary, reject labels
that trusted neighbors contradict, keep its model to itself, or show another one. Only the flips
that alternate look at the model at all, and at no more than what kind of model it is.

The rows are real (`load_phishing`: nine ordinal features of web pages, at 0, 1/2 and 1).

References
----------
Biggio, B., Nelson, B., Laskov, P. (2011). Support vector machines under adversarial label noise.
ACML.
Xiao, H., Xiao, H., Eckert, C. (2012). Adversarial label flips attack on support vector machines.
ECAI.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

from armsrace import attacks, defenses
from armsrace.agents import Periodic
from armsrace.attacks import Attack
from armsrace.costs import Costs, Prices
from armsrace.defenses import Defense
from armsrace.game import LearningGame, Rules
from armsrace.taxonomy import Cell
from armsrace.worlds import Pool, load_phishing

COSTS: Final = Costs.opposed(
    Prices(fp=1.0, fn=1.0, unsure_honest=0.5, unsure_malicious=0.5, retrainings=0.5),
    spent=Prices(poison=0.2),
)
"""In units of one page judged wrongly: what the learner loses and the adversary gains."""


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class LabelFlip(LearningGame):
    """Retrained logistic regression against an adversary who flips training labels.

    Attributes
    ----------
    rounds
        Number of rounds of a play.
    discount
        Weight of a round relative to the one before, in (0, 1].
    initial
        Trusted pages that the first model is trained on.
    pages
        Pages a round to train on, and as many others to be judged.
    window
        Batches that a retraining learns from, the trusted one among them while it is young enough.
    penalty
        The model's C, positive.
    regularized_penalty
        C of the learner that regularizes more strongly, positive.
    mixing
        The varying threshold is drawn from [-mixing, mixing], in log-odds; at least 0.
    costs
        What events cost the learner and bring the adversary; by default zero-sum, in units of one
        page judged wrongly.

    Raises
    ------
    ValueError
        When a parameter is out of range; it is raised when the game is first used.

    Examples
    --------
    >>> import armsrace as ar
    >>> noisy, worst = (
    ...     ar.play(LabelFlip(rounds=5), "retrain", adversary, seed=1)
    ...     for adversary in ("label_noise_20%", "worst_flips_20%")
    ... )
    >>> worst.payoffs[0] < noisy.payoffs[0]
    True
    """

    name: ClassVar[str] = "label_flip"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("causative availability indiscriminate"),)

    rounds: int = 20
    discount: float = 1.0
    initial: int = 50
    pages: int = 100
    window: int = 5
    penalty: float = 1.0
    regularized_penalty: float = 0.01
    mixing: float = 0.5
    costs: Costs = COSTS

    def rules(self) -> Rules:
        """The model, the pages, the two sides' actions and their prices."""
        from armsrace.models.decoys import contrary, sheltered

        for name in ("initial", "pages"):
            if not getattr(self, name) >= 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("penalty", "regularized_penalty"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if not self.mixing >= 0:
            raise ValueError(f"mixing must be at least 0, got {self.mixing}")
        data = load_phishing()
        world = Pool.split(
            data.rows, data.labels, initial=self.initial, per_round=self.pages, faced=self.pages
        )
        model = _regression(self.penalty)
        retrain = Defense(defenses.Retrain(window=self.window))
        return Rules(
            world=world,
            model=model,
            learner_actions={
                "retrain": retrain,
                "hold": Defense(),
                "retrain_regularized": Defense(
                    defenses.Retrain(
                        window=self.window, model=_regression(self.regularized_penalty)
                    )
                ),
                "retrain_mixed": Defense(
                    retrain, defenses.MixedThreshold(-self.mixing, self.mixing)
                ),
                "retrain_filtered": Defense(defenses.NeighborFilter(), retrain),
                "retrain_hidden": Defense(retrain, defenses.HideModel()),
                "retrain_misleading": Defense(
                    retrain, defenses.Mislead(contrary(model, world.train))
                ),
                "retrain_honeypot": Defense(
                    retrain, defenses.Honeypot(sheltered(model, world.train))
                ),
            },
            adversary_actions={
                "wait": Attack(),
                "label_noise_10%": Attack(attacks.RandomLabelFlip(0.1)),
                "label_noise_20%": Attack(attacks.RandomLabelFlip(0.2)),
                "alternating_flips_20%": Attack(attacks.AlternatingLabelFlip(0.2)),
                "worst_flips_10%": Attack(attacks.WorstCaseLabelFlip(0.1)),
                "worst_flips_20%": Attack(attacks.WorstCaseLabelFlip(0.2)),
            },
            costs=self.costs,
            answers={
                "regularization": ("retrain_regularized",),
                "randomization": ("retrain_mixed",),
                "detection": ("retrain_filtered",),
                "disinformation": ("retrain_misleading",),
                "honeypot": ("retrain_honeypot",),
                "information hiding": ("retrain_hidden",),
            },
            learner_agents={"filtered_every_5": Periodic("retrain_filtered", "hold", period=5)},
        )


def _regression(penalty: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=penalty)
