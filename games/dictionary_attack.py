"""The dictionary attack: spam that poisons the filter which is trained on it.

A SpamBayes filter is retrained as mail arrives. The adversary sends mails that contain the
whole dictionary; they are spam and are labelled so, but a filter that learns from them comes to
take every word for a sign of spam, and honest mail is lost. Or it imitates one honest mail that
it does not want to arrive. The learner may hold its filter as it is (and never improve on its
first few mails), retrain on all mail, look at each mail's impact first (RONI), or let its
thresholds follow the scores.

The mail is real: word presence in mails of the SpamAssassin corpus (`load_mail_words`).

References
----------
Nelson, B., Barreno, M., Chi, F. J., Joseph, A. D., Rubinstein, B. I. P., Saini, U.,
Sutton, C., Tygar, J. D., Xia, K. (2008). Exploiting machine learning to subvert your spam
filter. LEET.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final, final

from armsrace import attacks, defenses
from armsrace.agents import Periodic, Triggered
from armsrace.attacks import Attack
from armsrace.costs import Costs, Prices
from armsrace.defenses import Defense
from armsrace.game import LearningGame, Rules, as_they_come
from armsrace.taxonomy import Cell
from armsrace.worlds import Pool, load_mail_words

COSTS: Final = Costs.opposed(
    Prices(
        fp=1.0,
        unsure_honest=0.25,
        fn=0.5,
        unsure_malicious=0.1,
        target_errors=8.0,
        target_unsure=2.0,
        retrainings=0.5,
    ),
    spent=Prices(poison=0.25),
)
"""In units of one ham lost: what the learner loses and the adversary gains."""

RUN_LENGTHS: Final = MappingProxyType(
    {"hold": 10.0, "retrain": 100.0, "retrain_roni": 100.0, "retrain_dynamic": 20.0}
)
"""How many rounds false alarms are apart by what the learner does, or more.

This is true of plays of 20 rounds or more with mail and limit as they come: false alarms are those
of poor first filters, which are soon retrained, or held. In 200 plays of 20 rounds without an
attack they were 12 [8, 19] rounds apart for the learner who holds and 571 [235, 1894] for the one
who retrains; in 100 plays 30 [24, 39] with dynamic thresholds; in 30 plays with RONI there was
none: 163 or more. What they are with other mail, `armsrace.assess.false_alarms` measures.
"""


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class DictionaryAttack(LearningGame):
    """A SpamBayes filter against an adversary who floods it with dictionaries.

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
    alarm_limit
        Share of mail, blocked or unsure, above which the learner's monitor raises an alarm; the
        `RUN_LENGTHS` hold for the one that comes, and for mail as it comes.
    guess
        Probability with which a focused attack knows a word of its target.
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
    >>> flooded = ar.play(DictionaryAttack(rounds=5), "retrain", "dictionary_5%", seed=1)
    >>> calm = ar.play(DictionaryAttack(rounds=5), "retrain", "wait", seed=1)
    >>> flooded.payoffs[0] < calm.payoffs[0]
    True
    """

    name: ClassVar[str] = "dictionary_attack"
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell.of("causative availability indiscriminate"),
        Cell.of("causative availability targeted"),
    )

    rounds: int = 20
    discount: float = 1.0
    initial: int = 60
    mails: int = 100
    alarm_limit: float = 0.7
    guess: float = 0.5
    costs: Costs = COSTS

    def rules(self) -> Rules:
        """The filter, the mail, the two sides' actions and their prices."""
        from armsrace.models import SpamBayes

        for name in ("initial", "mails"):
            if not getattr(self, name) >= 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("alarm_limit", "guess"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be in [0, 1], got {getattr(self, name)}")
        data = load_mail_words()
        watched = Defense(
            defenses.Watch(defenses.BlockedShare(), defenses.FixedLimit(self.alarm_limit))
        )
        return Rules(
            world=Pool.split(
                data.rows,
                data.labels,
                initial=self.initial,
                per_round=self.mails,
                faced=self.mails,
                target_label=False,
            ),
            model=SpamBayes(),
            learner_actions={
                "hold": watched,
                "retrain": Defense(watched, defenses.Retrain()),
                "retrain_roni": Defense(
                    watched, defenses.RejectOnNegativeImpact(), defenses.Retrain()
                ),
                "retrain_dynamic": Defense(
                    watched, defenses.Retrain(), defenses.DynamicThreshold()
                ),
            },
            adversary_actions={
                "wait": Attack(),
                "dictionary_1%": Attack(attacks.DictionaryFlood(0.01)),
                "dictionary_5%": Attack(attacks.DictionaryFlood(0.05)),
                "dictionary_20%": Attack(attacks.DictionaryFlood(0.20)),
                "focused_5%": Attack(attacks.FocusedMail(0.05, guess=self.guess)),
            },
            costs=self.costs,
            run_lengths=RUN_LENGTHS if self._is_calibrated() else {},
            learner_agents={
                "roni_every_5": Periodic("retrain_roni", "hold", period=5),
                "dynamic_after_alarm": Triggered("retrain_dynamic", "retrain", lasting=5),
            },
        )

    def _is_calibrated(self) -> bool:
        """Whether the limit is in force for the mail that `RUN_LENGTHS` were measured with."""
        as_measured = as_they_come(self, "alarm_limit", "initial", "mails")
        return as_measured and self.rounds >= DictionaryAttack.rounds
