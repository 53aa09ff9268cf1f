r"""The boiling frog under watch: a center that is guarded, alarms, quarantine and a way back.

A hypersphere detector has the radius 1; it averages out with the memory n: each row that it accepts
replaces 1/n of the past. On the line from its trusted center to the adversary's target its center
has moved by the *displacement* D. In a round A attack rows, which lie where the line leaves the
sphere, and H honest rows arrive, which are normal around their mean with the standard deviation
sigma in each of d directions. What the sphere blocks is not learned: with the offset
:math:`m = \sqrt{D^2 + \text{lag}^2}` of the center from the honest mean and the shares F of
`armsrace.theory.sphere_acceptance` there,

.. math:: D' = D + \tfrac1n (A \min(1, 1 + s - D) - H F_{d+2} D + \sqrt{H v} \, z),
          \qquad v = \sigma^2 F_{d+2} + (F_{d+4} - F_{d+2}^2) D^2,

z being standard normal, and the lag shrinks by the share H F_{d+2} / n of itself. The target lies
at the distance s outside the trusted sphere and is admitted while D >= s.

Honest traffic drifts across the line by `drift` radii a round until it has gone the way `reach`,
and stays there. So never retraining costs what the trusted sphere blocks of it in the end.

The learner's actions:

* *hold*: the center stays.
* *average out*: as above.
* *guarded*, for each limit: averages out; but when the moved sphere blocks more than this share of
  the trusted honest rows, which lie where the traffic was before it drifted, then the center goes
  back to the trusted one, and an alarm is raised. That is the false-positive protection of Kloft
  and Laskov (2012, section 6); without drift `limited_control.protected_displacement_bound` bounds
  the mean displacement.
* *quarantine*: nothing that has arrived is learned, but clean rows of the traffic, which the
  learner has collected itself, at their price; none of them is blocked.
* *roll back*: the center goes back to the trusted one; the lag is then all that has been drifted.

In every round a *watch* tests the sphere on m honest rows with known labels. Their number X that is
blocked is binomial, and the *level* is a CUSUM of it,

.. math:: \text{level}' = \min(h, \max(0, \text{level} + X - k)),

which starts again from 0 after an alarm. It is an alarm when the level reaches h, and an alarm has
its price, whatever the learner makes of it; the policy that answers alarms is the learner's. Both
players see the level: how near the next alarm is, and at h, that there was one.

What the twin leaves out: noise across the line; that the rows of a round, a finite number that
passes through a sphere, are not exactly normal together. All rows of a round pull at the center as
it was at its beginning.

References
----------
Barreno, M., Nelson, B., Sears, R., Joseph, A. D., Tygar, J. D. (2006). Can machine learning be
secure? ASIACCS, sections 4 and 5.
Kloft, M., Laskov, P. (2012). Security analysis of online centroid anomaly detection. JMLR
13:3681-3724.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil, inf
from types import MappingProxyType
from typing import ClassVar, Final, final

import numpy as np

from armsrace.agents import Agent, Periodic, Triggered
from armsrace.analytic import Actions, AnalyticGame, Array, Law, Settlement
from armsrace.batch import Mask
from armsrace.costs import Costs, Prices
from armsrace.game import Role
from armsrace.tabulated import Tabulated
from armsrace.taxonomy import Cell
from games.centroid_displacement import (
    EVENTS,
    Added,
    added_rows,
    blocked_share,
    check_sphere,
    displacements,
    settlement,
)

COSTS: Final = Costs.opposed(
    Prices(fp=1.0, target_errors=20.0, retrainings=0.5, alarms=5.0, collected=0.2),
    spent=Prices(poison=0.1),
)
"""In units of one honest row blocked: what the learner loses and the adversary gains."""

HOLD, AVERAGE_OUT, QUARANTINE, ROLL_BACK = range(4)
DISPLACEMENT, LAG, DRIFTED, LEVEL = range(4)


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class GuardedDisplacement(AnalyticGame):
    """A watched center that may be guarded, quarantined or rolled back; see the module.

    Attributes
    ----------
    rounds
        Number of rounds of a play.
    discount
        Weight of a round relative to the one before, in (0, 1].
    traffic
        H, honest rows a round to train on, and as many others to be judged; at least 1.
    features
        d, the number of directions in which honest rows spread, at least 1.
    spread
        sigma, in radii: 0, or at least 0.001. By default 5 % of the honest rows lie outside the
        trusted sphere before they drift.
    drift, reach
        Speed of the honest traffic, in radii a round, and how far it goes; at least 0.
    memory
        n of averaging out: no less than the rows of a round.
    guards
        Limits of the guarded actions: shares of the trusted rows, in [0, 1].
    clean
        Share of the honest traffic that is collected in quarantine, in (0, 1].
    tested, tolerated, alarm_level
        m, the rows that the watch tests a round; k, how many blocked ones do not raise the level;
        h, the level of an alarm. Whole numbers: m and h at least 1, k at least 0. The `run_length`
        that follows from them is 196 rounds by default.
    distance
        s, how far outside the trusted sphere the target lies, in radii; positive.
    rates
        The adversary's actions beside waiting: shares of the traffic in [0, 1).
    costs
        What events cost the learner and bring the adversary; by default zero-sum, in units of one
        honest row blocked.

    Raises
    ------
    ValueError
        When a parameter is out of range.

    Examples
    --------
    The guard goes back before the watch has seen much, and the attack begins again:

    >>> import armsrace as ar
    >>> game = GuardedDisplacement(drift=0.0)
    >>> for action in ("average_out", "guarded_15%"):
    ...     led = ar.play(game, action, "shift_30%", seed=1)
    ...     print(led.column("displacement").max().round(2), led.column("alarms").sum())
    0.54 15.0
    0.27 4.0
    """

    name: ClassVar[str] = "guarded_displacement"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("causative integrity targeted"),)
    statistics: ClassVar[tuple[str, ...]] = ("displacement", "lag", "drifted", "level")
    events: ClassVar[tuple[str, ...]] = (*EVENTS, "alarms", "collected")

    rounds: int = 20
    discount: float = 1.0
    traffic: int = 100
    features: int = 57
    spread: float = 0.115
    drift: float = 0.1
    reach: float = 0.3
    memory: float = 500.0
    guards: tuple[float, ...] = (0.15, 0.25)
    clean: float = 0.2
    tested: int = 20
    tolerated: int = 2
    alarm_level: int = 3
    distance: float = 0.2
    rates: tuple[float, ...] = (0.05, 0.15, 0.30)
    costs: Costs = COSTS

    def __post_init__(self) -> None:
        for name, least in (
            *(("traffic", 1), ("features", 1), ("spread", 0), ("drift", 0), ("reach", 0)),
            *(("tested", 1), ("tolerated", 0), ("alarm_level", 1)),
        ):
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        for name in ("tested", "tolerated", "alarm_level"):
            if getattr(self, name) != int(getattr(self, name)):
                raise ValueError(f"{name} must be a whole number, got {getattr(self, name)}")
        check_sphere(self.spread, self.distance)
        if not 0 < self.clean <= 1:
            raise ValueError(f"clean must be in (0, 1], got {self.clean}")
        for limit in self.guards:
            if not 0 <= limit <= 1:
                raise ValueError(f"guards must be in [0, 1], got {limit}")
        for rate in self.rates:
            if not 0 <= rate < 1:
                raise ValueError(f"rates must be in [0, 1), got {rate}")
        most = self.traffic + float(self._attack_rows.max())
        if not self.memory >= most:
            raise ValueError(
                f"memory must be at least {most:g}, the rows of a round, got {self.memory:g}"
            )
        for name, number in (
            ("guards", len(self.learner_actions) - 1 - ROLL_BACK),
            ("rates", len(self.adversary_actions) - 1),
        ):
            if number < len(getattr(self, name)):
                raise ValueError(
                    f"{name} must differ in their first six digits, got {getattr(self, name)}"
                )

    @property
    def learner_actions(self) -> Mapping[str, str]:
        """What may happen to the center."""
        averaging = f"each row that is accepted replaces 1/{self.memory:g} of the past"
        return MappingProxyType(
            {
                "hold": "stay",
                "average_out": averaging,
                "quarantine": f"learn {self.clean_rows} clean rows and nothing else",
                "roll_back": "back to the trusted center",
                **{
                    f"guarded_{100 * limit:g}%": f"{averaging}; back to the trusted center, with "
                    f"an alarm, when more than {100 * limit:g}% of the trusted rows are blocked"
                    for limit in self.guards
                },
            }
        )

    @property
    def adversary_actions(self) -> Mapping[str, Added]:
        """How many rows are added at the edge of the sphere, on the side of the target."""
        return added_rows(self.rates, self.traffic)

    @property
    def clean_rows(self) -> int:
        """Rows that are collected in quarantine, at least 1."""
        return max(1, round(self.clean * self.traffic))

    @property
    def run_length(self) -> float:
        """Mean number of rounds up to a false alarm of the watch.

        That is one while the trusted center lies in the middle of the traffic, from the level 0.
        Exact: the levels are a Markov chain. Infinite where the level cannot rise.
        """
        levels = np.arange(float(self.alarm_level))
        at_rest = self._blocked_share(np.zeros(len(levels)))
        if not at_rest.any() or self.tested <= self.tolerated:
            return inf
        staying = self._level_chances(levels, at_rest)[:-1].T
        ones = np.ones(len(levels))
        return float(np.linalg.solve(np.eye(len(levels)) - staying, ones)[0])

    @property
    def zero_sum(self) -> bool:
        """Whether the costs are opposed."""
        return self.costs.zero_sum

    def suggested_agents(self, role: Role) -> Mapping[str, Agent]:
        """For the learner, averaging out every fifth round, or until there is an alarm."""
        if role == "adversary":
            return {}
        return {
            "average_out_every_5": Periodic("average_out", "hold", 5),
            "roll_back_when_alarmed": Triggered("roll_back", "average_out"),
        }

    @property
    def opening(self) -> Array:
        """The trusted center, in the middle of the honest traffic, and no suspicion."""
        return np.zeros(len(self.statistics))

    @property
    def axes(self) -> Mapping[str, Array]:
        """Displacements around the way to the target, all levels and, under drift, where it leads.

        The target's distance is a point: admission depends on which side of it the center lies.
        """
        axes = {"displacement": displacements(self.distance, 21)}
        if self.drift > 0 and self.reach > 0:
            # The ways of the rounds need no rounding; if they are many, some stand for all.
            rounds = ceil(self.reach / self.drift)
            ways = np.linspace(0.0, self.reach, 9)
            if rounds < len(ways):
                ways = np.minimum(self.drift * np.arange(rounds + 1), self.reach)
            halves = (ways[1:] + ways[:-1]) / 2
            axes["lag"] = np.sort(np.concatenate([ways, halves])).round(12)
            axes["drifted"] = ways.round(12)
        axes["level"] = np.arange(self.alarm_level + 1.0)
        return MappingProxyType(axes)

    def covered(self, role: Role) -> tuple[str, ...]:
        """All actions."""
        return tuple(self.actions(role))

    def law(self, statistics: Array, learner: Actions, adversary: Actions) -> Law:
        """The pull of the accepted rows, of the attack, or of the clean rows."""
        displacement, lag, drifted, level = statistics.T
        offset = np.hypot(displacement, lag)
        pull, square = (1.0 - lost(offset) for lost in self._lost)
        quarantined, rolled_back = learner == QUARANTINE, learner == ROLL_BACK
        learned = _averaging_out(learner)
        rows = np.where(quarantined, self.clean_rows, np.where(learned, self.traffic, 0.0))
        pull, square = np.where(quarantined, 1.0, pull), np.where(quarantined, 1.0, square)
        attack = np.where(learned, self._attack_rows.take(adversary), 0.0)
        ahead = np.minimum(1.0, 1.0 + self.distance - displacement)
        back = rows * pull / self.memory
        moved = displacement * (1.0 - back) + attack * ahead / self.memory
        variance = self.spread**2 * pull + (square - pull**2) * displacement**2
        followed = lag * (1.0 - back)
        means = np.stack(
            [
                np.where(rolled_back, 0.0, moved),
                np.where(rolled_back, drifted, followed),
                drifted,
                level,
            ],
            axis=-1,
        )
        blur = np.sqrt(rows * np.maximum(variance, 0.0)) / self.memory
        return Law(means[None], {DISPLACEMENT: blur[None]}, np.ones((1, 1)))

    def aftermath(self, after: Array, learner: Actions, adversary: Actions) -> Law:
        """What the guard and the watch make of the moved sphere, and the drift of the traffic.

        One branch for each level.
        """
        displacement, lag, drifted, level = after.T
        on_trusted = self._blocked_share(np.hypot(displacement, drifted - lag))
        reset = on_trusted > self._limit_of_each.take(learner)
        displacement = np.where(reset, 0.0, displacement)
        lag = np.where(reset, drifted, lag)
        blocked = self._blocked_share(np.hypot(displacement, lag))
        raised = np.eye(self.alarm_level + 1)[:, -1:]
        chances = np.where(reset, raised, self._level_chances(level, blocked))
        drift = self._step(drifted)
        means = np.empty((len(chances), *after.shape))
        means[..., DISPLACEMENT] = displacement
        means[..., LAG] = lag + drift
        means[..., DRIFTED] = drifted + drift
        means[..., LEVEL] = np.arange(self.alarm_level + 1.0)[:, None]
        return Law(means, {}, chances)

    def settle(
        self, statistics: Array, learner: Actions, adversary: Actions, after: Array
    ) -> Settlement:
        """What the moved sphere blocks and admits, the alarms and the clean rows, priced."""
        displacement = after[:, DISPLACEMENT]
        # The traffic of the round is judged before it drifts on.
        lag = after[:, LAG] - self._step(statistics[:, DRIFTED])
        blocked = self.traffic * self._blocked_share(np.hypot(displacement, lag))
        admitted = (displacement >= self.distance).astype(np.float64)
        poison = self._attack_rows.take(adversary)
        offered = self.traffic + poison
        before = np.hypot(statistics[:, DISPLACEMENT], statistics[:, LAG])
        refused = self.traffic * self._blocked_share(before)
        learned, quarantined = _averaging_out(learner), learner == QUARANTINE
        kept = np.where(learned, offered - refused, np.where(quarantined, 0.0, offered))
        rows = {
            "offered": offered,
            "kept": kept,
            "poison": poison,
            "poison_kept": np.where(quarantined, 0.0, poison),
            "alarms": (after[:, LEVEL] >= self.alarm_level).astype(np.float64),
            "collected": np.where(quarantined, float(self.clean_rows), 0.0),
        }
        return settlement(self.costs, learner, blocked, self.traffic, admitted, rows)

    def _level_chances(self, level: Array, blocked: Array) -> Array:
        """Chances of the levels after a test, by the share that is blocked: shape (h + 1, R)."""
        from scipy.special import bdtr

        start = np.where(level >= self.alarm_level, 0.0, level)
        # A level of at most j needs that at most so many of the tested rows are blocked.
        most = np.arange(float(self.alarm_level))[:, None] + self.tolerated - start
        up_to = bdtr(np.clip(most, 0, self.tested), self.tested, blocked)
        up_to = np.where(most < 0, 0.0, up_to)
        return np.diff(up_to, axis=0, prepend=0.0, append=1.0)

    def _step(self, drifted: Array) -> Array:
        """How far the traffic drifts on from where it has come."""
        step: Array = np.clip(self.reach - drifted, 0.0, self.drift)
        return step

    @cached_property
    def _attack_rows(self) -> Array:
        return np.array([action.rows for action in self.adversary_actions.values()])

    @cached_property
    def _limit_of_each(self) -> Array:
        """Share of the trusted rows above which an action goes back; 1 where there is no guard."""
        return np.array([1.0] * (ROLL_BACK + 1) + list(self.guards))

    @cached_property
    def _blocked_share(self) -> Tabulated:
        return blocked_share(self.features, self.spread)

    @cached_property
    def _lost(self) -> tuple[Tabulated, Tabulated]:
        """What 1 - F_{d+2} and 1 - F_{d+4} are by the offset: blocked shares in more directions."""
        return (
            blocked_share(self.features + 2, self.spread),
            blocked_share(self.features + 4, self.spread),
        )


def _averaging_out(learner: Actions) -> Mask:
    """Whether each action learns what the sphere accepts, guarded or not."""
    averaging: Mask = (learner == AVERAGE_OUT) | (learner > ROLL_BACK)
    return averaging
