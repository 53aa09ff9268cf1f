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
from functools import lru_cache
from typing import ClassVar, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace import attacks, defenses
from armsrace.agents import Triggered
from armsrace.attacks import Attack
from armsrace.batch import Rows
from armsrace.costs import Costs, Prices
from armsrace.defenses import Defense
from armsrace.feasible import Feasible
from armsrace.game import ADVERSARY_SEES, LearningGame, Rules
from armsrace.models.decoys import gullible, scrambled
from armsrace.models.redrawn import redrawn_scores
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
have to be made up anew; so the adversary notices it, too.
"""

MODELS: Final = 128
ROUNDS_EACH: Final = 200
"""What the watches' limits are set by: first models, and rounds of each that are drawn.

It takes a tenth of a second, and makes the run lengths known to within a tenth.
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
    run_lengths
        Mean numbers of rounds between false alarms, or more, of the watchful learner and of the one
        that watches closely, each at least 1. The shares of blocked traffic above which they raise
        an alarm follow from these, from the traffic that is judged and from what is tolerated.
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
    run_lengths: tuple[float, float] = (100.0, 20.0)
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
        if len(self.run_lengths) != 2:
            raise ValueError(f"run_lengths must be two numbers, got {self.run_lengths}")
        rows, labels = _pages()
        width = rows.shape[1] - len(HOSTS)
        columns = tuple(range(width, width + len(HOSTS)))
        world = Pool.split(
            rows,
            labels,
            initial=self.initial,
            per_round=1,
            faced=self.traffic,
            face_share=0.2,
            target_label=False,
        )
        model = LogisticRegression(max_iter=1000)
        trained = world.train.take(np.arange(self.initial))
        block = Defense(defenses.BlockService(self.tolerated, columns))
        blocked = _blocked(
            self.initial,
            world.faced_classes,
            self.tolerated,
        )
        watch, closely = (
            defenses.Watch(
                defenses.BlockedShare(), defenses.FixedLimit.for_share(blocked, run_length=length)
            )
            for length in self.run_lengths
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
            run_lengths=dict(zip(("watch", "watch_closely"), self.run_lengths, strict=True)),
            adversary_sees=ADVERSARY_SEES | {"alarms"},
            learner_agents={
                "pages_after_alarm": Triggered("block_pages", "watch", lasting=self.lasting),
                "pages_after_early_alarm": Triggered(
                    "block_pages", "watch_closely", lasting=self.lasting
                ),
            },
        )


def _pages() -> tuple[Rows, NDArray[np.bool_]]:
    """The pages with the one-hot codes of their hosts, and which of them are malicious."""
    data = load_phishing()
    return np.column_stack([2 * data.rows, _hosts(data.labels)]), data.labels


def _hosts(malicious: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The host of each page as a one-hot code, drawn once and for all."""
    rng = np.random.default_rng(0)
    honest = rng.choice(len(HOSTS), size=len(malicious), p=HOSTS)
    spread = rng.integers(len(HOSTS), size=len(malicious))
    codes: NDArray[np.float64] = np.eye(len(HOSTS))[np.where(malicious, spread, honest)]
    return codes


@lru_cache(maxsize=8)
def _blocked(initial: int, sizes: tuple[int, int], tolerated: int) -> NDArray[np.float64]:
    """Chances of the number of rows blocked in a round without an attack, among `sizes` and one.

    The one is the target, an honest row. Rounds are drawn by the numbers of rows of each host that
    are flagged or not: multinomial, for each class and each first model.
    """
    rows, labels = _pages()
    world = Pool.split(rows, labels, initial=initial)
    judged = world.test
    host = judged.rows[:, -len(HOSTS) :].argmax(axis=1)
    flagged = redrawn_scores(world.start, judged.rows, models=MODELS) > 0
    rng = np.random.default_rng(0)
    counts = np.zeros((ROUNDS_EACH, MODELS, len(HOSTS), 2), dtype=np.int64)
    for kind, size in ((0, sizes[0] + 1), (1, sizes[1])):
        mine = judged.labels == kind
        kinds = 2 * host[mine] + flagged[:, mine]  # a host's rows that pass, and that are flagged
        shares = np.array([np.bincount(each, minlength=2 * len(HOSTS)) for each in kinds])
        drawn = rng.multinomial(size, shares / mine.sum(), size=(ROUNDS_EACH, MODELS))
        counts += drawn.reshape(counts.shape)
    alerts = counts[..., 1]
    blocked = np.where(alerts > tolerated, counts.sum(axis=-1), alerts).sum(axis=-1)
    rounds = np.bincount(blocked.ravel(), minlength=sum(sizes) + 2)
    chances: NDArray[np.float64] = rounds / blocked.size
    return chances
