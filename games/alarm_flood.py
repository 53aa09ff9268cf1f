"""Alarm flood: harmless rows that look malicious, until nobody has time for the real ones.

A logistic regression flags mails or pages, and a few analysts look at what it flags: as many rows
a round as they have time for, drawn at random; the rest pass. The adversary sends rows that are
flagged but harm nobody, so that its malicious ones pass among the others. It takes them from what
the model it sees flags most, or from all that it flags, so that they look no worse than the others.
The learner may penalize large weights, draw its threshold by lot, watch the traffic, show a model
that is not its own, or hide it.

Detection is two actions. The learner watches how much is flagged; a watch changes nothing. After
an alarm its analysts spread over the range of scores for some rounds, so that a crowd of alerts
that look alike keeps them from no others. Then it watches again.

The rows are real: Spambase mails (`load_spambase`), as logarithms in units of their spread, or
phishing pages (`load_phishing`).

References
----------
Barreno, M., Nelson, B., Sears, R., Joseph, A. D., Tygar, J. D. (2006). Can machine learning be
secure? ASIACCS, section 2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import ClassVar, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace import attacks, defenses
from armsrace.agents import Triggered
from armsrace.attacks import AlarmFlood as SendDecoys
from armsrace.attacks import Attack
from armsrace.batch import Rows
from armsrace.costs import Costs, Prices
from armsrace.defenses import Defense
from armsrace.feasible import Feasible
from armsrace.game import ADVERSARY_SEES, LearningGame, Rules
from armsrace.models.decoys import gullible, scrambled
from armsrace.models.redrawn import redrawn_scores
from armsrace.taxonomy import Cell
from armsrace.theory.detection import marked_rows
from armsrace.worlds import Dataset, Pool, load_phishing, load_spambase

DATASETS: Final[Mapping[str, Callable[[], Dataset]]] = MappingProxyType(
    {"spambase": load_spambase, "phishing": load_phishing}
)

COSTS: Final = Costs.opposed(
    Prices(fp=0.2, fn=1.0, alarms=0.5, retrainings=0.5), spent=Prices(evasions=0.05, alarms=2.5)
)
"""In units of one malicious row let through: what the learner loses and the adversary gains.

A false alert costs an analyst's time, whoever caused it. When the flood itself is noticed, which
takes more of the learner's time, its source is closed, and the adversary has to find another: it
sees the alarm, too.
"""

MODELS: Final[Mapping[str, int]] = MappingProxyType({"spambase": 64, "phishing": 128})
"""How many first models the watches' limits are set by: their fits take a tenth of a second.

The run lengths are exact for these; for all models that may come they are known to within a tenth.
"""


@final
@dataclass(frozen=True)
class FlaggedShare(defenses.Statistic):
    """Share of the judged traffic with a score above zero, before the analysts have looked."""

    def of(self, seen: defenses.Observed) -> float | None:
        """In [0, 1]; None without traffic."""
        scores = seen.verdicts.scores
        return float((scores > 0).mean()) if len(scores) else None


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class AlarmFlood(LearningGame):
    """A few analysts against an adversary who keeps them busy.

    Attributes
    ----------
    rounds
        Number of rounds of a play.
    discount
        Weight of a round relative to the one before, in (0, 1].
    data
        Which rows: ``"spambase"`` (57 features) or ``"phishing"`` (9 features).
    initial
        Trusted rows that the first model is trained on.
    traffic
        Rows a round to train on, and as many others to be judged; a fifth of the latter is
        malicious.
    capacity
        Rows that the analysts look at in a round.
    run_lengths
        Mean numbers of rounds between false alarms, or more, of the watchful learner and of the one
        that watches closely, each at least 1. The shares of flagged traffic above which they raise
        an alarm follow from these and from the traffic that is judged.
    lasting
        Rounds for which an alarm is answered.
    costs
        What events cost the learner and bring the adversary; by default zero-sum, in units of
        one malicious row let through.

    Raises
    ------
    LookupError
        When there is no such data.
    ValueError
        When a parameter is out of range; it is raised when the game is first used.

    Examples
    --------
    >>> import armsrace as ar
    >>> flooded = ar.play(AlarmFlood(rounds=5), "triage", "flood_50%", seed=1)
    >>> calm = ar.play(AlarmFlood(rounds=5), "triage", "wait", seed=1)
    >>> bool(flooded.column("fn").sum() > calm.column("fn").sum())
    True
    """

    name: ClassVar[str] = "alarm_flood"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("exploratory availability indiscriminate"),)

    rounds: int = 20
    discount: float = 1.0
    data: str = "spambase"
    initial: int = 300
    traffic: int = 100
    capacity: int = 25
    run_lengths: tuple[float, float] = (100.0, 20.0)
    lasting: int = 5
    costs: Costs = COSTS

    def rules(self) -> Rules:
        """The model, the traffic, the two sides' actions and their prices."""
        from sklearn.linear_model import LogisticRegression

        if self.data not in DATASETS:
            raise LookupError(f"unknown data {self.data!r}; known are {', '.join(DATASETS)}")
        for name, least in (("initial", 1), ("traffic", 1), ("capacity", 0), ("lasting", 1)):
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        if len(self.run_lengths) != 2:
            raise ValueError(f"run_lengths must be two numbers, got {self.run_lengths}")
        rows, labels = _scaled(self.data)
        world = Pool.split(
            rows,
            labels,
            initial=self.initial,
            per_round=self.traffic,
            faced=self.traffic,
            face_share=0.2,
        )
        model = LogisticRegression(max_iter=1000)
        trained = world.train.take(np.arange(self.initial))
        triage = defenses.Analysts(self.capacity)
        flagged = marked_rows(world.faced_classes, _flagged_rates(self.data, self.initial))
        watch, closely = (
            defenses.Watch(
                FlaggedShare(), defenses.FixedLimit.for_share(flagged, run_length=run_length)
            )
            for run_length in self.run_lengths
        )
        mislead = defenses.Mislead(scrambled(model, trained, np.random.default_rng(0)))
        penalize, penalize_less = (
            defenses.Refit(LogisticRegression(C=penalty, max_iter=1000)) for penalty in (0.01, 0.1)
        )
        return Rules(
            world=world,
            model=model,
            learner_actions={
                "triage": Defense(triage),
                "penalize": Defense(penalize, triage),
                "penalize_less": Defense(penalize_less, triage),
                "random_threshold": Defense(defenses.MixedThreshold(-1.0, 3.0), triage),
                "random_threshold_half": Defense(defenses.MixedThreshold(-0.5, 1.5), triage),
                "watch": Defense(triage, watch),
                "watch_closely": Defense(triage, closely),
                "spread": Defense(defenses.SpreadAnalysts(self.capacity)),
                "mislead": Defense(mislead, triage),
                "honeypot": Defense(defenses.Honeypot(gullible(model, trained)), triage),
                "hide": Defense(defenses.HideModel(), defenses.LimitQueries(0), triage),
                "hide_and_answer": Defense(defenses.HideModel(), triage),
            },
            adversary_actions={
                "wait": Attack(),
                "flood_25%": Attack(SendDecoys(0.25)),
                "flood_50%": Attack(SendDecoys(0.5)),
                "flood_75%": Attack(SendDecoys(0.75)),
                "blend_25%": Attack(attacks.BlendedFlood(0.25)),
                "blend_50%": Attack(attacks.BlendedFlood(0.5)),
            },
            costs=self.costs,
            feasible=Feasible(lower=0, upper=rows.max(axis=0)),
            answers={
                "regularization": ("penalize", "penalize_less"),
                "randomization": ("random_threshold", "random_threshold_half"),
                "detection": ("spread_after_alarm", "spread_after_early_alarm"),
                "disinformation": ("mislead",),
                "honeypot": ("honeypot",),
                "information hiding": ("hide", "hide_and_answer"),
            },
            run_lengths=dict(zip(("watch", "watch_closely"), self.run_lengths, strict=True)),
            adversary_sees=ADVERSARY_SEES | {"alarms"},
            learner_agents={
                "spread_after_alarm": Triggered("spread", "watch", lasting=self.lasting),
                "spread_after_early_alarm": Triggered(
                    "spread", "watch_closely", lasting=self.lasting
                ),
            },
        )


def _scaled(name: str) -> tuple[Rows, NDArray[np.bool_]]:
    """Rows as logarithms in units of their spread, and which of them are malicious."""
    data = DATASETS[name]()
    rows = np.log1p(data.rows)
    return rows / rows.std(axis=0), data.labels


@lru_cache(maxsize=8)
def _flagged_rates(data: str, initial: int) -> NDArray[np.float64]:
    """Shares of honest and malicious rows that first models flag, shape (models, 2)."""
    rows, labels = _scaled(data)
    world = Pool.split(rows, labels, initial=initial)
    judged = world.test
    flagged = redrawn_scores(world.start, judged.rows, models=MODELS[data]) > 0
    return np.column_stack([flagged[:, judged.labels == kind].mean(axis=1) for kind in (0, 1)])
