"""The boiling frog: a detector that retrains on what it accepts is led to accept an intrusion.

A hypersphere detector takes for honest what lies within a fixed radius of the center of the traffic
it has accepted so far. The adversary wants one malicious row accepted. It sends rows that the
detector accepts but only just, on the side of its target; each retraining moves the center a little
that way. Against this the learner may stop retraining; but the honest traffic drifts, and a
detector that stays where it was comes to block it. Or it forgets by a window, takes the median for
its center, or gives the trusted rows more weight, or goes back to the trusted model when it blocks
too much honest traffic, which is an alarm.

The rows are real (Spambase e-mails, or phishing pages), standardized by the honest training rows;
the drift is added: all honest rows move along one fixed direction at a constant speed.

References
----------
Barreno, M., Nelson, B., Sears, R., Joseph, A. D., Tygar, J. D. (2006). Can machine learning be
secure? ASIACCS, section 5.
Kloft, M., Laskov, P. (2012). Security analysis of online centroid anomaly detection. JMLR
13:3681-3724.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from types import MappingProxyType
from typing import ClassVar, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace import attacks, defenses
from armsrace.agents import Periodic
from armsrace.attacks import Attack
from armsrace.batch import Batch
from armsrace.costs import Costs, Prices
from armsrace.defenses import Defense
from armsrace.defenses.memory import Fitted
from armsrace.game import (
    ADVERSARY_SEES,
    LEARNER_SEES,
    LearningGame,
    Rules,
    State,
    as_they_come,
)
from armsrace.taxonomy import Cell
from armsrace.worlds import Dataset, Drift, Pool, load_phishing, load_spambase, split

DATASETS: Final[Mapping[str, Callable[[], Dataset]]] = MappingProxyType(
    {"spambase": load_spambase, "phishing": load_phishing}
)

RATES: Final = (0.05, 0.15, 0.30)
"""The adversary's shares of the training traffic."""

COSTS: Final = Costs.opposed(
    Prices(fp=1.0, target_errors=20.0, retrainings=0.5), spent=Prices(poison=0.1)
)
"""In units of one honest row blocked: what the learner loses and the adversary gains."""

GUARDS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {"spambase": (0.09, 0.105), "phishing": (0.17, 0.225)}
)
"""The two guards' limits for each data."""

RUN_LENGTHS: Final = MappingProxyType({"retrain_guarded": 20.0, "retrain_guarded_late": 100.0})
"""How many rounds their resets are apart without an attack, or more.

This is true of plays of 20 rounds or less with the other parameters as they come: the traffic
drifts away from the trusted rows, so that resets become more frequent the longer a play is. In
12,000 rounds (600 plays) they were 23 [18, 30] and 126 [73, 243] rounds apart on Spambase, 21
[19, 22] and 143 [115, 179] on phishing pages; with limits lower by 0.005 it was 14 and 72, 19 and
102. For other parameters `armsrace.assess.calibrate` finds limits.
"""


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class CentroidShift(LearningGame):
    """A retrained hypersphere detector against an adversary who shifts its center.

    Attributes
    ----------
    rounds
        Number of rounds of a play.
    discount
        Weight of a round relative to the one before, in (0, 1].
    data
        Which rows: ``"spambase"`` (57 features) or ``"phishing"`` (9 features).
    initial
        Honest trusted rows that the first detector is trained on.
    traffic
        Honest rows a round to train on, and as many others to be judged.
    false_positive_rate
        Share of the honest training rows outside the initial sphere; it sets the radius.
    drift
        Speed of the honest traffic, in radii a round, at least 0.
    reach
        How far outside the sphere targets lie at the most, in radii; positive.
    memories
        n of averaging out, an action of the learner each: no less than the rows of a round.
    window
        Batches that the windowed retraining learns from.
    blur
        Half of the interval, in radii, from which the mixed threshold is drawn; at least 0.
    guards
        Shares of trusted honest rows that the guarded retraining, and the one that is guarded late,
        may block; None for those of the data in `GUARDS`, whose `RUN_LENGTHS` hold for the traffic
        as it comes.
    costs
        What events cost the learner and bring the adversary; by default zero-sum, in units of one
        honest row blocked.

    Raises
    ------
    LookupError
        When there is no such data.
    ValueError
        When a parameter is out of range, or no malicious row lies within reach.

    Examples
    --------
    >>> import armsrace as ar
    >>> shifted = ar.play(CentroidShift(rounds=10), "retrain", "shift_30%", seed=1)
    >>> bool(shifted.column("displacement")[-1] > 0.1)
    True
    """

    name: ClassVar[str] = "centroid_shift"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("causative integrity targeted"),)

    rounds: int = 20
    discount: float = 1.0
    data: str = "spambase"
    initial: int = 200
    traffic: int = 100
    false_positive_rate: float = 0.05
    drift: float = 0.05
    reach: float = 0.3
    memories: tuple[float, ...] = (500.0,)
    window: int = 5
    blur: float = 0.1
    guards: tuple[float, float] | None = None
    costs: Costs = COSTS

    def rules(self) -> Rules:
        """The detector, the drifting traffic, the two sides' actions and their prices."""
        from armsrace.models import CentroidDetector, MedianCentroidDetector

        if self.data not in DATASETS:
            raise LookupError(f"unknown data {self.data!r}; known are {', '.join(DATASETS)}")
        for name, least in (
            ("initial", 1),
            ("traffic", 1),
            ("window", 1),
            ("drift", 0),
            ("reach", 0),
            ("blur", 0),
        ):
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        if not 0 <= self.false_positive_rate <= 1:
            raise ValueError(
                f"false_positive_rate must be in [0, 1], got {self.false_positive_rate}"
            )
        guards = GUARDS[self.data] if self.guards is None else self.guards
        if len(guards) != 2 or not all(0 <= limit <= 1 for limit in guards):
            raise ValueError(f"guards must be two numbers in [0, 1], got {guards}")
        pool, radius = self._pool()
        direction = drift_direction(pool.train.width)
        velocity = direction * (self.drift * radius)
        retrain = Defense(defenses.Bootstrap(), defenses.Retrain())
        early, late = (Defense(retrain, defenses.FalsePositiveGuard(limit)) for limit in guards)
        # One decoy looks as if it had never been retrained, the other lies beside the traffic.
        untrained = CentroidDetector(radius=radius).fit(pool.train.rows[~pool.train.labels])
        elsewhere = untrained.recentered(untrained.center_ - direction * radius, untrained.count_)
        way = _Way(velocity)
        measures: dict[str, Callable[[State], float]] = {
            "displacement": displacement,
            "lag": way.lag,
            "followed": way.followed,
            "course": way.course,
        }
        return Rules(
            world=Drift(pool, velocity),
            model=CentroidDetector(radius=radius),
            learner_actions={
                "hold": Defense(),
                "retrain": retrain,
                "retrain_window": Defense(
                    defenses.Bootstrap(), defenses.Retrain(window=self.window)
                ),
                "retrain_median": Defense(
                    defenses.Bootstrap(),
                    defenses.Retrain(model=MedianCentroidDetector(radius=radius)),
                ),
                "retrain_prior": Defense(defenses.Bootstrap(), defenses.TrustedPrior(copies=5)),
                "retrain_guarded": early,
                "retrain_guarded_late": late,
                **{
                    f"average_out_{n:g}": Defense(defenses.Bootstrap(), defenses.AverageOut(n))
                    for n in self.memories
                },
                "retrain_mixed": Defense(retrain, _blurred(self.blur * radius)),
                "retrain_mixed_half": Defense(retrain, _blurred(self.blur * radius / 2)),
                "retrain_misleading": Defense(retrain, defenses.Mislead(elsewhere)),
                "retrain_honeypot": Defense(retrain, defenses.Honeypot(untrained)),
                "retrain_hidden": Defense(retrain, defenses.HideModel()),
            },
            adversary_actions={
                "wait": Attack(),
                **{
                    f"shift_{100 * rate:g}%": Attack(attacks.HypersphereShift(rate))
                    for rate in RATES
                },
            },
            costs=self.costs,
            answers={
                "none": ("retrain",),
                "regularization": ("retrain_median", "retrain_prior"),
                "randomization": ("retrain_mixed", "retrain_mixed_half"),
                "detection": ("retrain_guarded", "retrain_guarded_late"),
                "disinformation": ("retrain_misleading",),
                "honeypot": ("retrain_honeypot",),
                "information hiding": ("retrain_hidden",),
            },
            run_lengths=RUN_LENGTHS if self._is_calibrated() else {},
            measures=measures,
            # Both know which target is at stake and where the traffic goes, so both can tell on
            # which course that is, and how far the center has come, lags and has followed.
            learner_sees=LEARNER_SEES | measures.keys(),
            adversary_sees=ADVERSARY_SEES | measures.keys(),
            learner_agents={"retrain_every_5": Periodic("retrain", "hold", period=5)},
        )

    def _is_calibrated(self) -> bool:
        """Whether `GUARDS` are in force, for what they were set by."""
        others = ("guards", "initial", "traffic", "false_positive_rate", "drift")
        return as_they_come(self, *others) and self.rounds <= CentroidShift.rounds

    def _pool(self) -> tuple[Pool, float]:
        """The standardized rows in their three parts, and the radius."""
        data = DATASETS[self.data]()
        rows = np.log1p(data.rows) if self.data == "spambase" else data.rows
        parts = split(rows, data.labels, rng=np.random.default_rng(0))
        honest = rows[parts.train][~data.labels[parts.train]]
        scale = honest.std(axis=0)
        rows = (rows - honest.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
        train, tune, test = (
            Batch.unmarked(rows[part], data.labels[part])
            for part in (parts.train, parts.tune, parts.test)
        )
        distances = np.linalg.norm(train.rows[~train.labels], axis=1)
        radius = float(np.quantile(distances, 1 - self.false_positive_rate))
        outside = np.linalg.norm(tune.rows, axis=1) / radius - 1
        within_reach = ~tune.labels | ((outside > 0) & (outside <= self.reach))
        if not tune.labels[within_reach].any():
            nearest = outside[tune.labels & (outside > 0)].min()
            raise ValueError(
                f"reach must be at least {nearest:.3g}, where the nearest target lies, "
                f"got {self.reach}"
            )
        pool = Pool(
            train=train,
            tune=tune.take(within_reach),
            test=test,
            initial=self.initial,
            per_round=self.traffic,
            faced=self.traffic,
            train_share=0.0,
            face_share=0.0,
            target_label=True,
        )
        return pool, radius


def drift_direction(width: int) -> NDArray[np.float64]:
    """The unit vector along which honest rows of so many features move, the same in every play."""
    direction = np.random.default_rng(0).normal(size=width)
    return direction / np.linalg.norm(direction)


def _blurred(width: float) -> defenses.MixedThreshold:
    return defenses.MixedThreshold(-width, width)


def displacement(state: State) -> float:
    """How far the center has moved towards the target since the start, in radii."""
    moved, towards, radius = _moved(state)
    return float(moved @ towards / radius)


@final
class _Way:
    """Where the traffic goes, and how it lies to the lines to the targets."""

    def __init__(self, velocity: NDArray[np.float64]) -> None:
        self._velocity = velocity
        self._speed = sqrt(velocity @ velocity)
        # What does not change in a play is asked for in every round.
        self._beside = lru_cache(maxsize=8)(self._beside_line)

    def lag(self, state: State) -> float:
        """How far the center has stayed behind the honest mean, across the line to the target.

        In radii, for the traffic of the round that comes.
        """
        moved, towards, radius = _moved(state)
        behind = state.clock * self._velocity - moved
        across = behind - (behind @ towards) * towards
        return sqrt(across @ across) / radius

    def followed(self, state: State) -> float:
        """How far the center has gone with the traffic, across the line to the target, in radii."""
        moved, _, radius = _moved(state)
        _, across = self._beside(state.memory.initial, state.known.target)
        return float(moved @ across / radius)

    def course(self, state: State) -> float:
        """Cosine of the angle between the traffic's way and the line to the target; 0 at rest."""
        cosine, _ = self._beside(state.memory.initial, state.known.target)
        return cosine

    def _beside_line(self, initial: Fitted, target: Batch) -> tuple[float, NDArray[np.float64]]:
        """The course, and the unit vector of the way across the line, or zero."""
        _, towards, _ = _line(initial, target)
        along = float(self._velocity @ towards)
        across = self._velocity - along * towards
        length = sqrt(across @ across)
        return along / (self._speed or 1.0), across / (length or 1.0)


def _moved(state: State) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """The way of the center since the start, the unit vector towards the target, the radius."""
    start, towards, radius = _line(state.memory.initial, state.known.target)
    return state.model.trained.center_ - start, towards, radius


@lru_cache(maxsize=8)  # it is asked for several times a round, and the same for a whole play
def _line(initial: Fitted, target: Batch) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """The first center, the unit vector from there to the target, and the first radius."""
    start = initial.trained.center_
    towards = target.rows[0] - start
    return start, towards / np.linalg.norm(towards), float(initial.trained.radius_)
