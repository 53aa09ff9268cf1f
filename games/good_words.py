"""Good words: one spam is to get through a filter that can be asked.

A SpamBayes filter judges mail. The adversary wants one chosen spam delivered. It cannot take words
out, or the message is lost, but it can add some; and it can send mails to an account of its own to
see which of them arrive. So it adds what honest mail often says, blindly; or it searches, query by
query, for few words that do (ACRE, multi-line search and its K-step version). A filter that is
published it asks at home, where nobody counts. The learner may trust a prior more than a few mails,
draw its threshold by lot, count the queries, show a filter that is not its own, or one that looks
untrained, hide its filter, or answer a few queries only.

Detection is two actions. The learner counts the queries; a watch changes nothing. After an alarm it
hides its filter and answers none for some rounds. Then it watches again. Honest senders query
nothing, so that there is no false alarm at any limit. But a watch sees what is asked of the learner
alone: nothing, while the filter is published, so that detection by itself can save nothing here.
What it is worth once the filter is hidden the agent ``hide_and_refuse_after_alarm`` shows, against
``hide``.

The mail is real: word presence in mails of the SpamAssassin corpus (`load_mail_words`).

References
----------
Lowd, D., Meek, C. (2005). Good word attacks on statistical spam filters. CEAS.
Nelson, B. et al. (2012). Query strategies for evading convex-inducing classifiers. JMLR
13:1293-1332.
"""

from dataclasses import dataclass
from math import inf
from typing import ClassVar, Final, final

import numpy as np

from armsrace import attacks, defenses
from armsrace.agents import Triggered
from armsrace.attacks import Attack
from armsrace.attacks import (
    GoodWords as AddGoodWords,
)
from armsrace.costs import Costs, Prices
from armsrace.defenses import Defense
from armsrace.feasible import Feasible
from armsrace.game import ADVERSARY_SEES, LearningGame, Rules, State
from armsrace.models.decoys import gullible, scrambled
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
        alarms=0.5,
        retrainings=0.5,
    ),
    spent=Prices(queries=0.02, evasions=0.5, alarms=2.5),
)
"""In units of one honest mail lost: what the learner loses and the adversary gains.

A disguised spam has lost half of its worth, which keeps the adversary from disguising all. An alarm
takes the learner some time and closes the account from which the queries came; a new one has its
price. So the adversary notices it, too.
"""


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class GoodWords(LearningGame):
    """A SpamBayes filter against an adversary who adds words to one chosen spam.

    Attributes
    ----------
    rounds
        Number of rounds of a play.
    discount
        Weight of a round relative to the one before, in (0, 1].
    initial
        Trusted mails that the first filter is trained on.
    mails
        Mails a round to train on, and as many others to be judged.
    words
        Words to add at most.
    queries
        Queries that the adversary spends in a round at most.
    watched
        Queries a round above which the watchful learner raises an alarm; without an attack there
        are none, so that no limit raises a false alarm and the least one sees most.
    lasting
        Rounds for which an alarm is answered.
    limit
        Queries a round that the taciturn learner answers.
    costs
        What events cost the learner and bring the adversary; by default zero-sum, in units of
        one honest mail lost.

    Raises
    ------
    ValueError
        When a parameter is out of range; it is raised when the game is first used.

    Examples
    --------
    >>> import armsrace as ar
    >>> game = GoodWords(rounds=5)
    >>> asked = ar.play(game, "hold", "acre", seed=1)
    >>> calm = ar.play(game, "hold", "wait", seed=1)
    >>> asked.payoffs[1] > calm.payoffs[1]
    True
    """

    name: ClassVar[str] = "good_words"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("exploratory integrity targeted"),)

    rounds: int = 20
    discount: float = 1.0
    initial: int = 400
    mails: int = 50
    words: int = 100
    queries: int = 200
    watched: int = 0
    lasting: int = 5
    limit: int = 10
    costs: Costs = COSTS

    def rules(self) -> Rules:
        """The filter, the mail, the two sides' actions and their prices."""
        from armsrace.models import SpamBayes

        for name, least in (
            ("initial", 1),
            ("mails", 1),
            ("words", 1),
            ("queries", 1),
            ("watched", 0),
            ("lasting", 1),
            ("limit", 0),
        ):
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        data = load_mail_words()
        world = Pool.split(
            data.rows,
            data.labels,
            initial=self.initial,
            per_round=self.mails,
            faced=self.mails,
            target_label=True,
        )
        trained = world.train.take(np.arange(self.initial))
        hide = defenses.HideModel()
        watch = defenses.Watch(defenses.QueryCount(), defenses.FixedLimit(float(self.watched)))
        mislead = defenses.Mislead(scrambled(SpamBayes(), trained, np.random.default_rng(0)))
        return Rules(
            world=world,
            model=SpamBayes(),
            learner_actions={
                "hold": Defense(),
                "strong_prior": Defense(defenses.Refit(SpamBayes(unknown_strength=4.0))),
                "stronger_prior": Defense(defenses.Refit(SpamBayes(unknown_strength=16.0))),
                "random_threshold": Defense(defenses.MixedThreshold(0.0, 0.5)),
                "random_threshold_high": Defense(defenses.MixedThreshold(0.2, 0.9)),
                "watch": Defense(watch),
                "hide_and_watch": Defense(hide, watch),
                "refuse": Defense(hide, defenses.LimitQueries(0)),
                "mislead": Defense(mislead),
                "honeypot": Defense(defenses.Honeypot(gullible(SpamBayes(), trained))),
                "hide": Defense(hide),
                "limit": Defense(hide, defenses.LimitQueries(self.limit)),
            },
            adversary_actions={
                "wait": Attack(),
                "blind": Attack(AddGoodWords(self.words)),
                "acre": Attack(attacks.BooleanDisguise(self.queries, self.words)),
                "multiline": Attack(attacks.MultilineDisguise(self.queries, self.words)),
                "kstep": Attack(attacks.KstepDisguise(self.queries, self.words)),
            },
            costs=self.costs,
            feasible=Feasible(lower=0.0, upper=1.0, increasing=np.arange(data.rows.shape[1])),
            answers={
                "regularization": ("strong_prior", "stronger_prior"),
                "randomization": ("random_threshold", "random_threshold_high"),
                "detection": ("refuse_after_alarm",),
                "disinformation": ("mislead",),
                "honeypot": ("honeypot",),
                "information hiding": ("hide", "limit"),
            },
            run_lengths={"watch": inf, "hide_and_watch": inf},
            measures={"words_added": words_added},
            adversary_sees=ADVERSARY_SEES | {"alarms"},
            learner_agents={
                "refuse_after_alarm": Triggered("refuse", "watch", lasting=self.lasting),
                "hide_and_refuse_after_alarm": Triggered(
                    "refuse", "hide_and_watch", lasting=self.lasting
                ),
            },
        )


def words_added(state: State) -> float:
    """Words in the shortest disguise of the target that a search has found so far; 0 for none."""
    notes = state.known.notes.items()
    costs = [
        found.cost for part, note in notes if isinstance(part, attacks.Disguise) for found in note
    ]
    return min((cost for cost in costs if np.isfinite(cost)), default=0.0)
