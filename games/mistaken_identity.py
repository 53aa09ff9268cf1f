"""Mistaken identity: traffic spoofed to look like one service, so that the service is blocked.

Every web page comes from one of a few hosts. A logistic regression flags pages, and a host under
which too many were flagged is blocked as a whole for the round: that stops the phishing pages the
model has missed, and all honest pages beside them. The adversary wants one host out of the way. It
gives its own pages that host's name, the ones that are flagged most surely first. The learner may
be slow to block, draw its threshold by lot, watch for unusual shares of blocked traffic, show a
model that is not its own, or hide it.

Detection is two actions. The learner watches; a watch changes nothing. After an alarm it trusts no
name for some rounds, and blocks the flagged pages alone instead of their hosts. Then it watches
again. What that saves is not all due to the watch: to block pages alone all the time saves more,
and alarms at random, as seldom false, save some of it.

The pages are real (`load_phishing`, nine features of the values 0, 1, 2); which host a page comes
from is not recorded, so hosts are drawn once for each page, with the shares `HOSTS`, and stand in
one more column each, 1 for the page's own host. The malicious pages are spread evenly.

References
----------
Barreno, M., Nelson, B., Sears, R., Joseph, A. D., Tygar, J. D. (2006). Can machine learning be
secure? ASIACCS, section 2.
"""

from dataclasses import dataclass
from typing import ClassVar, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace import attacks, defenses
from armsrace.agents import Triggered
from armsrace.attacks import Attack
from armsrace.costs import Costs, Prices
from armsrace.defenses import Defense
from armsrace.feasible import Feasible
from armsrace.game import LearningGame, Rules
from armsrace.models.decoys import gullible, scrambled
from armsrace.taxonomy import Cell
from armsrace.worlds import Pool, load_phishing

HOSTS: Final = (0.4, 0.3, 0.2, 0.1)
"""Shares of the hosts in the honest pages."""

COSTS: Final = Costs.opposed(
    Prices(fp=1.0, fn=1.0, target_errors=5.0, alarms=0.5, retrainings=0.5),
    spent=Prices(evasions=0.1, alarms=1.5),
)
"""In units of one honest page blocked: what the learner loses and the adversary gains.

After an alarm the names are checked, which takes the learner some time, and those that were spoofed
have to be made up anew.
"""

ALARM_LIMITS: Final = (0.54, 0.46)
"""The two watches' limits: false alarms are 100 and 20 rounds apart, or more.

In 4,000 rounds without an attack (200 plays of 20) they were 133 and 22 rounds apart.
"""


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class MistakenIdentity(LearningGame):
    """A learner who blocks hosts against an adversary who spoofs them.

    Attributes
    ----------
    rounds
        Number of rounds of a play.
    discount
        Weight of a round relative to the one before, in (0, 1].
    initial
        Trusted pages that the model is trained on.
    traffic
        Pages a round to be judged.
    tolerated
        Flagged pages of one host in a round for which it is not blocked yet.
    patience
        The same for the learner that is slow to block; another one tolerates twice as many.
    alarm_limits
        Shares of blocked traffic above which the watchful learner and the one that watches closely
        raise an alarm; those of `ALARM_LIMITS` suit the other parameters as they come.
    lasting
        Rounds for which an alarm is answered.
    costs
        What events cost the learner and bring the adversary; by default zero-sum, in units of
        one honest page blocked.

    Raises
    ------
    ValueError
        When a parameter is out of range; it is raised when the game is first used.

    Examples
    --------
    >>> import armsrace as ar
    >>> spoofed = ar.play(MistakenIdentity(rounds=5), "block", "spoof_100%", seed=1)
    >>> calm = ar.play(MistakenIdentity(rounds=5), "block", "wait", seed=1)
    >>> spoofed.payoffs[1] > calm.payoffs[1]
    True
    """

    name: ClassVar[str] = "mistaken_identity"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("exploratory availability targeted"),)

    rounds: int = 20
    discount: float = 1.0
    initial: int = 300
    traffic: int = 100
    tolerated: int = 11
    patience: int = 17
    alarm_limits: tuple[float, float] = ALARM_LIMITS
    lasting: int = 5
    costs: Costs = COSTS

    def rules(self) -> Rules:
        """The model, the pages, the two sides' actions and their prices."""
        from sklearn.linear_model import LogisticRegression

        for name, least in (
            ("initial", 1),
            ("traffic", 1),
            ("tolerated", 0),
            ("patience", 0),
            ("lasting", 1),
        ):
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        limits = self.alarm_limits
        if len(limits) != 2 or not all(0 <= limit <= 1 for limit in limits):
            raise ValueError(f"alarm_limits must be two numbers in [0, 1], got {limits}")
        data = load_phishing()
        width = data.rows.shape[1]
        columns = tuple(range(width, width + len(HOSTS)))
        world = Pool.split(
            np.column_stack([2 * data.rows, _hosts(data.labels)]),
            data.labels,
            initial=self.initial,
            per_round=1,
            faced=self.traffic,
            face_share=0.2,
            target_label=False,
        )
        model = LogisticRegression(max_iter=1000)
        trained = world.train.take(np.arange(self.initial))
        block = Defense(defenses.BlockService(self.tolerated, columns))
        watch, closely = (
            defenses.Watch(defenses.BlockedShare(), defenses.FixedLimit(limit)) for limit in limits
        )
        mislead = defenses.Mislead(scrambled(model, trained, np.random.default_rng(0)))
        return Rules(
            world=world,
            model=model,
            learner_actions={
                "block": block,
                "block_slowly": Defense(defenses.BlockService(self.patience, columns)),
                "block_more_slowly": Defense(defenses.BlockService(2 * self.patience, columns)),
                "random_threshold": Defense(defenses.MixedThreshold(0.0, 3.0), block),
                "random_threshold_half": Defense(defenses.MixedThreshold(0.0, 1.5), block),
                "watch": Defense(block, watch),
                "watch_closely": Defense(block, closely),
                "block_pages": Defense(),
                "mislead": Defense(mislead, block),
                "honeypot": Defense(defenses.Honeypot(gullible(model, trained)), block),
                "hide": Defense(defenses.HideModel(), defenses.LimitQueries(0), block),
                "hide_and_answer": Defense(defenses.HideModel(), block),
            },
            adversary_actions={
                "wait": Attack(),
                "spoof_25%": Attack(attacks.Spoof(columns, 0.25)),
                "spoof_50%": Attack(attacks.Spoof(columns, 0.5)),
                "spoof_100%": Attack(attacks.Spoof(columns)),
            },
            costs=self.costs,
            feasible=Feasible(lower=0, upper=2, integer=np.arange(width), groups=(columns,)),
            answers={
                "regularization": ("block_slowly", "block_more_slowly"),
                "randomization": ("random_threshold", "random_threshold_half"),
                "detection": ("pages_after_alarm", "pages_after_early_alarm"),
                "disinformation": ("mislead",),
                "honeypot": ("honeypot",),
                "information hiding": ("hide", "hide_and_answer"),
            },
            learner_agents={
                "pages_after_alarm": Triggered("block_pages", "watch", lasting=self.lasting),
                "pages_after_early_alarm": Triggered(
                    "block_pages", "watch_closely", lasting=self.lasting
                ),
            },
        )


def _hosts(malicious: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The host of each page as a one-hot code, drawn once and for all."""
    rng = np.random.default_rng(0)
    honest = rng.choice(len(HOSTS), size=len(malicious), p=HOSTS)
    spread = rng.integers(len(HOSTS), size=len(malicious))
    codes: NDArray[np.float64] = np.eye(len(HOSTS))[np.where(malicious, spread, honest)]
    return codes
