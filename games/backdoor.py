"""A backdoor: words that the filter is taught to take for a sign of honest mail.

A SpamBayes filter is retrained as mail arrives. The adversary has one spam that it wants delivered.
It sends copies of that spam with a few rare words added, in places where they are taken for honest
mail; the filter learns that whoever uses these words is honest, and the adversary adds them to the
spam that it delivers. Honest mail and other spam are hardly touched: nothing is seen to go wrong.

The learner may hold its filter, discount words that it has seen only a few times, let its threshold
vary, reject mail whose label its model does not believe, keep its filter to itself, or show another
one. The attack asks nothing of the filter, so what the learner shows of it cannot matter: that is a
result, not an oversight.

The mail is real: word presence in mails of the SpamAssassin corpus (`load_mail_words`). Words can
be added to a mail, not taken away. The trigger is chosen among the words of the tune part.

References
----------
Gu, T., Dolan-Gavitt, B., Garg, S. (2017). BadNets: identifying vulnerabilities in the machine
learning model supply chain.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace import attacks, defenses
from armsrace.agents import Periodic
from armsrace.attacks import Attack
from armsrace.batch import Batch
from armsrace.costs import Costs, Prices
from armsrace.defenses import Defense
from armsrace.feasible import Feasible
from armsrace.game import LearningGame, Rules
from armsrace.taxonomy import Cell
from armsrace.worlds import Pool, load_mail_words

COSTS: Final = Costs.opposed(
    Prices(
        fp=1.0,
        unsure_honest=0.25,
        fn=0.5,
        unsure_malicious=0.1,
        target_errors=20.0,
        target_unsure=5.0,
        retrainings=0.5,
    ),
    spent=Prices(poison=0.25),
)
"""In units of one ham lost: what the learner loses and the adversary gains."""


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class Backdoor(LearningGame):
    """A SpamBayes filter against an adversary who plants a trigger in its training mail.

    Attributes
    ----------
    rounds
        Number of rounds of a play.
    discount
        Weight of a round relative to the one before, in (0, 1].
    initial
        Trusted mails that the first filter is trained on.
    mails
        Mails a round to train on, spam among them, and as many others to be judged; the
        adversary's come on top.
    words
        Words of the trigger, at least 1 and at most a quarter of the vocabulary of the tune part.
    doubt
        How often a word must have been seen to count for half, in the learner that discounts rare
        words; positive.
    costs
        What events cost the learner and bring the adversary; by default zero-sum, in units of one
        ham lost.

    Raises
    ------
    ValueError
        When a parameter is out of range; it is raised when the game is first used.

    Examples
    --------
    >>> import armsrace as ar
    >>> shown, planted = (
    ...     ar.play(Backdoor(rounds=5), "retrain", adversary, seed=1)
    ...     for adversary in ("trigger_only", "backdoor_5%")
    ... )
    >>> planted.payoffs[0] < shown.payoffs[0]
    True
    """

    name: ClassVar[str] = "backdoor"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("causative integrity targeted"),)

    rounds: int = 20
    discount: float = 1.0
    initial: int = 60
    mails: int = 100
    words: int = 20
    doubt: float = 10.0
    costs: Costs = COSTS

    def rules(self) -> Rules:
        """The filter, the mail, the two sides' actions and their prices."""
        from armsrace.models import SpamBayes
        from armsrace.models.decoys import contrary

        for name in ("initial", "mails"):
            if not getattr(self, name) >= 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not self.doubt > 0:
            raise ValueError(f"doubt must be positive, got {self.doubt}")
        data = load_mail_words()
        world = Pool.split(
            data.rows,
            data.labels,
            initial=self.initial,
            per_round=self.mails,
            faced=self.mails,
            target_label=True,
        )
        columns = np.arange(world.tune.width)
        rare, common = self._triggers(world.tune)
        show = attacks.StampTrigger(rare)
        retrain = Defense(defenses.Retrain())
        return Rules(
            world=world,
            model=SpamBayes(),
            learner_actions={
                "retrain": retrain,
                "hold": Defense(),
                "retrain_doubtful": Defense(
                    defenses.Retrain(model=SpamBayes(unknown_strength=self.doubt))
                ),
                "retrain_mixed": Defense(retrain, defenses.MixedThreshold(0.2, 0.9)),
                "retrain_filtered": Defense(defenses.LossFilter(), retrain),
                "retrain_hidden": Defense(retrain, defenses.HideModel()),
                "retrain_misleading": Defense(
                    retrain, defenses.Mislead(contrary(SpamBayes(), world.train))
                ),
                "retrain_honeypot": Defense(retrain, defenses.Honeypot(_naive(world.train))),
            },
            adversary_actions={
                "wait": Attack(),
                "trigger_only": Attack(show),
                "flipped_copies_5%": Attack(attacks.FlippedCopies(0.05), show),
                "backdoor_1%": Attack(attacks.Backdoor(0.01, rare), show),
                "backdoor_5%": Attack(attacks.Backdoor(0.05, rare), show),
                "backdoor_common_5%": Attack(
                    attacks.Backdoor(0.05, common), attacks.StampTrigger(common)
                ),
            },
            costs=self.costs,
            feasible=Feasible(lower=0, upper=1, integer=columns, increasing=columns),
            answers={
                "regularization": ("retrain_doubtful",),
                "randomization": ("retrain_mixed",),
                "detection": ("retrain_filtered",),
                "disinformation": ("retrain_misleading",),
                "honeypot": ("retrain_honeypot",),
                "information hiding": ("retrain_hidden",),
            },
            learner_agents={"filtered_every_5": Periodic("retrain_filtered", "hold", period=5)},
        )

    def _triggers(self, mails: Batch) -> tuple[attacks.Trigger, attacks.Trigger]:
        """The rarest words that occur in some mails, and those of middling frequency."""
        frequency = np.count_nonzero(mails.rows, axis=0)
        order = np.argsort(frequency, kind="stable")
        order = order[frequency[order] > 0]
        if not 1 <= self.words <= len(order) // 4:
            raise ValueError(f"words must be in [1, {len(order) // 4}], got {self.words}")
        middle = len(order) // 2
        return _words(order[: self.words]), _words(order[middle : middle + self.words])


def _words(columns: NDArray[np.intp]) -> attacks.Trigger:
    return attacks.Trigger(tuple(columns.tolist()), (1.0,) * len(columns))


def _naive(mails: Batch) -> Any:
    """A filter that has not seen those spams that share most words with honest mail."""
    from armsrace.models import SpamBayes

    honest = mails.rows[~mails.labels].mean(axis=0)
    likeness = mails.rows @ honest
    known = mails.take(~mails.labels | (likeness < np.median(likeness[mails.labels])))
    return SpamBayes().fit(known.rows, known.labels)
