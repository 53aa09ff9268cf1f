"""Evasion: whatever is malicious is made to look honest, as far as it can be.

A logistic regression judges web pages or mails. The adversary alters the malicious ones before they
are judged; but the age of a domain cannot be chosen, a count is a whole number, and a mail that
sells something must say so (`Feasible`). It follows the slope of the model that it sees, imitates
honest rows, asks where the boundary is, or believes nothing that it is shown. The learner may
penalize large weights, draw its threshold by lot, watch for rows that are just let through, show
another model, or hide it, and answer queries or none; then the adversary trains a surrogate on
labeled rows of its own.

Detection is two actions. The learner watches; a watch changes nothing. After an alarm it tightens
for some rounds: what passes by a hair is blocked, honest or not. Then it watches again.

The rows are real: phishing pages (`load_phishing`), whose nine features take the values 0, 1, 2; or
Spambase mails (`load_spambase`), as logarithms in units of their spread.

References
----------
Biggio, B. et al. (2013). Evasion attacks against machine learning at test time. ECML PKDD.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace import attacks, defenses
from armsrace.agents import Triggered
from armsrace.attacks import Attack
from armsrace.batch import Batch, Rows
from armsrace.costs import Costs, Prices
from armsrace.defenses import Defense
from armsrace.feasible import Feasible
from armsrace.game import ADVERSARY_SEES, LearningGame, Rules, State
from armsrace.models.decoys import gullible, scrambled
from armsrace.models.published import Published
from armsrace.models.redrawn import redrawn_scores
from armsrace.taxonomy import Cell
from armsrace.theory.detection import marked_rows
from armsrace.worlds import Dataset, Pool, load_phishing, load_spambase

COSTS: Final = Costs.opposed(
    Prices(fp=1.0, fn=1.0, alarms=0.5, retrainings=0.5),
    spent=Prices(queries=0.01, evasions=0.1, alarms=2.5),
)
"""In units of one malicious row let through: what the learner loses and the adversary gains.

An alarm takes the learner some time and closes the account from which the rows came; a new one has
its price; so the adversary notices it, too.
"""

MODELS: Final[Mapping[str, int]] = MappingProxyType({"phishing": 256, "spambase": 64})
"""How many first models the watch's limit is set by: their fits take a tenth of a second.

The run length is exact for these; for all models that may come it is known to within a tenth, and
a fifth.
"""

SELLING: Final = ("remove", "order", "free", "business", "credit", "money", "charDollar")
"""Words of Spambase that a spam is about: it may say them more often, but not less."""


@final
@dataclass(frozen=True)
class NarrowShare(defenses.Statistic):
    """Share of the judged traffic that was let through by a hair.

    Attributes
    ----------
    width
        How far below zero a score counts as a hair.
    """

    width: float

    def of(self, seen: defenses.Observed) -> float | None:
        """In [0, 1]; None without traffic."""
        scores = seen.verdicts.scores
        narrow = (scores <= 0) & (scores > -self.width)
        return float(narrow.mean()) if len(scores) else None


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class Evasion(LearningGame):
    """A logistic regression against an adversary who disguises all that is malicious.

    Attributes
    ----------
    rounds
        Number of rounds of a play.
    discount
        Weight of a round relative to the one before, in (0, 1].
    data
        Which rows: ``"phishing"`` (9 features) or ``"spambase"`` (57 features).
    initial
        Trusted rows that the first model is trained on.
    traffic
        Rows a round to train on, and as many others to be judged.
    budget
        How far a row may be moved, in the Euclidean norm.
    margin
        How far below the threshold the cautious evasion goes, in log-odds.
    queries
        Queries that the adversary spends in a round at most.
    narrow
        How far below the threshold a row may score to count as just let through, in log-odds.
    run_length
        Mean number of rounds between false alarms of the watchful learner, or more, at least 1. The
        share of rows just let through above which it raises an alarm follows from this and from the
        traffic that is judged.
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
    >>> evaded = ar.play(Evasion(rounds=5), "hold", "least_change", seed=1)
    >>> calm = ar.play(Evasion(rounds=5), "hold", "wait", seed=1)
    >>> evaded.payoffs[1] > calm.payoffs[1]
    True
    """

    name: ClassVar[str] = "evasion"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("exploratory integrity indiscriminate"),)

    rounds: int = 20
    discount: float = 1.0
    data: str = "phishing"
    initial: int = 300
    traffic: int = 100
    budget: float = 2.0
    margin: float = 1.0
    queries: int = 400
    narrow: float = 0.5
    run_length: float = 100.0
    lasting: int = 5
    costs: Costs = COSTS

    def rules(self) -> Rules:
        """The model, the traffic, the two sides' actions and their prices."""
        from sklearn.linear_model import LogisticRegression

        if self.data not in SOURCES:
            raise LookupError(f"unknown data {self.data!r}; known are {', '.join(SOURCES)}")
        for name, least in (
            ("initial", 1),
            ("traffic", 1),
            ("budget", 0),
            ("margin", 0),
            ("queries", 1),
            ("narrow", 0),
            ("lasting", 1),
        ):
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        data, scaled, feasible = SOURCES[self.data]()
        world = Pool.split(
            scaled, data.labels, initial=self.initial, per_round=self.traffic, faced=self.traffic
        )
        model = LogisticRegression(max_iter=1000)
        trained = world.train.take(np.arange(self.initial))
        limit = defenses.FixedLimit.for_share(
            marked_rows(world.faced_classes, _narrow_rates(self.data, self.initial, self.narrow)),
            run_length=self.run_length,
        )
        return Rules(
            world=world,
            model=model,
            learner_actions={
                "hold": Defense(),
                "penalize": Defense(defenses.Refit(LogisticRegression(C=0.01, max_iter=1000))),
                "penalize_less": Defense(defenses.Refit(LogisticRegression(C=0.1, max_iter=1000))),
                "random_threshold": Defense(defenses.MixedThreshold(-2.0, 0.5)),
                "random_threshold_half": Defense(defenses.MixedThreshold(-1.0, 0.25)),
                "watch": Defense(defenses.Watch(NarrowShare(self.narrow), limit)),
                "tighten": Defense(defenses.MixedThreshold(-self.narrow, -self.narrow)),
                "mislead": Defense(
                    defenses.Mislead(scrambled(model, trained, np.random.default_rng(0)))
                ),
                "honeypot": Defense(defenses.Honeypot(gullible(model, trained))),
                "hide": Defense(defenses.HideModel(), defenses.LimitQueries(0)),
                "hide_and_answer": Defense(defenses.HideModel()),
            },
            adversary_actions={
                "wait": Attack(),
                "mimicry": Attack(attacks.Mimicry(self.budget)),
                "steepest": Attack(attacks.BudgetedEvasion(self.budget)),
                "least_change": Attack(attacks.MinimumCostEvasion(self.budget)),
                "with_margin": Attack(attacks.MinimumCostEvasion(self.budget, margin=self.margin)),
                "surrogate": Attack(
                    attacks.Surrogate(self.queries), attacks.MinimumCostEvasion(self.budget)
                ),
                "boundary": Attack(attacks.BoundaryEvasion(self.queries)),
                "disbelief": Attack(attacks.Distrust(), attacks.BudgetedEvasion(self.budget)),
            },
            costs=self.costs,
            feasible=feasible,
            answers={
                "regularization": ("penalize", "penalize_less"),
                "randomization": ("random_threshold", "random_threshold_half"),
                "detection": ("tighten_after_alarm",),
                "disinformation": ("mislead",),
                "honeypot": ("honeypot",),
                "information hiding": ("hide", "hide_and_answer"),
            },
            run_lengths={"watch": self.run_length},
            measures={"least_distance": least_distance},
            adversary_sees=ADVERSARY_SEES | {"alarms"},
            learner_agents={
                "tighten_after_alarm": Triggered("tighten", "watch", lasting=self.lasting)
            },
        )


@lru_cache(maxsize=8)
def _narrow_rates(data: str, initial: int, narrow: float) -> NDArray[np.float64]:
    """Shares of honest and malicious rows that first models just let through, (models, 2)."""
    source, scaled, _ = SOURCES[data]()
    world = Pool.split(scaled, source.labels, initial=initial)
    judged = world.test
    scores = redrawn_scores(world.start, judged.rows, models=MODELS[data])
    just = (scores <= 0) & (scores > -narrow)
    return np.column_stack([just[:, judged.labels == kind].mean(axis=1) for kind in (0, 1)])


def least_distance(state: State) -> float:
    """How far the malicious reference rows must be moved on average to be let through.

    By whoever knows the model; those that no feasible change helps are left out. It is what the
    model in force makes an evasion cost, whatever the adversary has done.
    """
    return _least_distance(state.model.deployed, state.known.reference, state.known.feasible)


@lru_cache(maxsize=4)
def _least_distance(model: Any, reference: Batch, feasible: Feasible) -> float:
    """A model that is held is the same object round after round, and measured once."""
    malicious = reference.take(reference.labels)
    known = attacks.Knowledge(reference, malicious, public=Published(model), feasible=feasible)
    moved = attacks.MinimumCostEvasion().evade(malicious, known, np.random.default_rng(0))
    distances = np.linalg.norm(moved.rows - malicious.rows, axis=1)[moved.origin]
    return float(distances.mean()) if len(distances) else 0.0


def _phishing() -> tuple[Dataset, Rows, Feasible]:
    """Whole numbers 0, 1, 2; the age of a domain and how popular it is cannot be chosen."""
    data = load_phishing()
    fixed = [data.feature_names.index(name) for name in ("is_popular", "age_of_domain")]
    everything = np.arange(data.rows.shape[1])
    return data, 2 * data.rows, Feasible(lower=0, upper=2, integer=everything, immutable=fixed)


def _spambase() -> tuple[Dataset, Rows, Feasible]:
    """Logarithms in units of their spread; runs of capitals stay, and what is sold is named."""
    data = load_spambase()
    rows = np.log1p(data.rows)
    rows /= rows.std(axis=0)
    names = data.feature_names
    capitals = [number for number, name in enumerate(names) if name.startswith("capital")]
    selling = [names.index(name) for name in SELLING]
    return (
        data,
        rows,
        Feasible(lower=0, upper=rows.max(axis=0), immutable=capitals, increasing=selling),
    )


SOURCES: Final[Mapping[str, Callable[[], tuple[Dataset, Rows, Feasible]]]] = MappingProxyType(
    {"phishing": _phishing, "spambase": _spambase}
)
"""Where rows come from, and what can be done to them."""
