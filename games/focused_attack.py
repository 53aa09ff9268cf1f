"""The focused attack: spam that imitates one honest mail, so that it is lost when it comes.

A SpamBayes filter is retrained as mail arrives. The adversary knows that one honest mail will come,
a rival's bid say, and guesses each of its words with some probability. It sends spam that contains
the words it has guessed; the filter learns them as signs of spam, and loses the bid. The attack
mails look like spam among others, which is what makes them hard to sort out: a mail harms one mail
only, and none that the learner could try it on.

The learner may hold its filter as it is, believe rare words less, look at each mail's impact first
(RONI), let its thresholds follow the scores, or draw them at random. Or it may hide its filter, or
show another; the attack never looks at the filter, so that this should make no difference, which
the game can confirm.

The mail is real: word presence in mails of the SpamAssassin corpus (`load_mail_words`).

References
----------
Nelson, B., Barreno, M., Chi, F. J., Joseph, A. D., Rubinstein, B. I. P., Saini, U., Sutton, C.,
Tygar, J. D., Xia, K. (2008). Exploiting machine learning to subvert your spam filter. LEET.
"""

from dataclasses import dataclass
from typing import ClassVar, Final, final

import numpy as np

from armsrace import attacks, defenses
from armsrace.attacks import Attack
from armsrace.costs import Costs, Prices
from armsrace.defenses import Defense
from armsrace.game import LearningGame, Rules, State
from armsrace.models.scoring import judge
from armsrace.taxonomy import Cell
from armsrace.worlds import Pool, load_mail_words

COSTS: Final = Costs.opposed(
    Prices(
        fp=1.0,
        unsure_honest=0.25,
        fn=0.5,
        unsure_malicious=0.1,
        target_errors=10.0,
        target_unsure=2.0,
        retrainings=0.5,
    ),
    spent=Prices(poison=0.25),
)
"""In units of one ham lost: what the learner loses and the adversary gains."""

GUESSES: Final = (0.1, 0.3, 0.5, 1.0)
"""How well the adversary knows the mail: probabilities with which it guesses a word."""


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class FocusedAttack(LearningGame):
    """A SpamBayes filter against an adversary who wants one honest mail filtered.

    Attributes
    ----------
    rounds
        Number of rounds of a play; the mail in question comes in every one.
    discount
        Weight of a round relative to the one before, in (0, 1].
    initial
        Trusted mails that the first filter is trained on.
    mails
        Mails a round to train on, spam among them, and as many others to be judged; the adversary's
        come on top.
    rate
        The adversary's share of the training mail.
    strength
        How many mails the prior of a word weighs for the filter that believes rare words less;
        SpamBayes's own is 0.45, and that of the strong prior four times this.
    costs
        What events cost the learner and bring the adversary; by default zero-sum, in units of
        one ham lost.

    Raises
    ------
    ValueError
        When a parameter is out of range; it is raised when the game is first used.

    Examples
    --------
    >>> import armsrace as ar
    >>> game = FocusedAttack(rounds=5)
    >>> for adversary in ("wait", "guess_100%"):
    ...     told = ar.play(game, "retrain", adversary, seed=1)
    ...     print(int(told.column("target_errors").sum()))
    0
    5
    """

    name: ClassVar[str] = "focused_attack"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("causative availability targeted"),)

    rounds: int = 20
    discount: float = 1.0
    initial: int = 60
    mails: int = 100
    rate: float = 0.05
    strength: float = 5.0
    costs: Costs = COSTS

    def rules(self) -> Rules:
        """The filter, the mail, the two sides' actions and their prices."""
        from armsrace.models import SpamBayes
        from armsrace.models.decoys import contrary

        for name in ("initial", "mails"):
            if not getattr(self, name) >= 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not 0 <= self.rate < 1:
            raise ValueError(f"rate must be in [0, 1), got {self.rate}")
        if not 0 < self.strength < np.inf:
            raise ValueError(f"strength must be positive and finite, got {self.strength}")
        data = load_mail_words()
        world = Pool.split(
            data.rows,
            data.labels,
            initial=self.initial,
            per_round=self.mails,
            faced=self.mails,
            target_label=False,
        )
        retrain = Defense(defenses.Retrain())
        untrained = SpamBayes().fit(world.tune.rows[:20], world.tune.labels[:20])
        return Rules(
            world=world,
            model=SpamBayes(),
            learner_actions={
                "retrain": retrain,
                "hold": Defense(),
                "retrain_prior": Defense(
                    defenses.Retrain(model=SpamBayes(unknown_strength=self.strength))
                ),
                "retrain_prior_strong": Defense(
                    defenses.Retrain(model=SpamBayes(unknown_strength=4 * self.strength))
                ),
                "retrain_roni": Defense(defenses.RejectOnNegativeImpact(), retrain),
                "retrain_dynamic": Defense(retrain, defenses.DynamicThreshold()),
                "retrain_mixed": Defense(retrain, defenses.MixedThreshold(0.2, 0.9)),
                "retrain_mixed_high": Defense(retrain, defenses.MixedThreshold(0.6, 1.0)),
                "retrain_hidden": Defense(retrain, defenses.HideModel()),
                "retrain_misled": Defense(
                    retrain, defenses.Mislead(contrary(SpamBayes(), world.tune))
                ),
                "retrain_honeypot": Defense(retrain, defenses.Honeypot(untrained)),
            },
            adversary_actions={
                "wait": Attack(),
                **{
                    f"guess_{guess:.0%}": Attack(attacks.FocusedMail(self.rate, guess))
                    for guess in GUESSES
                },
            },
            costs=self.costs,
            answers={
                "none": ("retrain",),
                "regularization": ("retrain_prior", "retrain_prior_strong"),
                "randomization": ("retrain_mixed", "retrain_mixed_high"),
                "detection": ("retrain_roni",),
                "disinformation": ("retrain_misled",),
                "honeypot": ("retrain_honeypot",),
                "information hiding": ("retrain_hidden",),
            },
            measures={"target_score": target_score},
        )


def target_score(state: State) -> float:
    """How much like spam the present filter finds the mail in question, in [0, 1]."""
    return float(judge(state.model.deployed, state.known.target.rows).scores[0])
