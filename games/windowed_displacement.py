r"""The boiling frog with a window: how far a center is led that is the mean of the last batches.

A hypersphere detector has the radius 1. In each round a *batch* of n rows arrives, of which A are
the adversary's and n - A honest. All batches are kept, whether the center is trained on them or
not. On the line from the trusted center to the adversary's target the *displacement* of the center
is D, and the mean of the batch that arrives is

.. math:: b = \frac1n \left( A (D + \min(1, 1 + s - D)) + \sigma \sqrt{n - A} \, z \right),
          \qquad z \sim N(0, 1)

since attack rows lie where the line leaves the sphere, or at the target once that is inside, and
honest rows around 0 with the standard deviation sigma in each of d directions.

* *hold*: the center stays.
* *window*, for each w: D' is the mean of the last w batches, the one that has just arrived among
  them, each with the same weight: D' = b for w = 1, (b + newest) / 2 for w = 2, and
  (b + newest + older) / 3 for w = 3.

The target lies at the distance s outside the trusted sphere and is admitted while D >= s. Honest
traffic drifts across the line by `drift` radii a round, and attack rows look like the traffic of
their round, but for the line; so a center of the last w batches *lags* (w - 1) / 2 rounds behind
the traffic, and one that is held a round more each round. Of the honest rows the sphere blocks the
share :math:`1 - F_d` of `armsrace.theory.sphere_acceptance` at the offset
:math:`\sqrt{D^2 + \text{lag}^2}`.

Whatever the window, a constant share nu of the traffic leads the center to nu / (1 - nu). A window
decides how fast: against an adversary who owns all traffic, the center goes 2 / (w + 1) radii a
round (`armsrace.theory.limited_control.oldest_out_speed`).

What the twin leaves out: blocked rows are learned like the others; target and trusted center drift
along with the traffic; the center has no noise across the line.

References
----------
Kloft, M., Laskov, P. (2012). Security analysis of online centroid anomaly detection. JMLR
13:3681-3724.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar, final

import numpy as np

from armsrace.agents import Periodic
from armsrace.analytic import Actions, AnalyticGame, Array, Law, Settlement
from armsrace.costs import Costs
from armsrace.game import Role
from armsrace.tabulated import Tabulated
from armsrace.taxonomy import Cell
from games.centroid_displacement import (
    EVENTS,
    blocked_share,
    check_sphere,
    displacements,
    settlement,
)
from games.centroid_shift import COSTS

LONGEST = 3
"""Batches of the longest window: each but the newest is one more number in the state."""

DISPLACEMENT, NEWEST, OLDER, LAG = range(4)


@final
@dataclass(frozen=True)
class Window:
    """The mean of the last batches; of none, the center stays."""

    window: int


@final
@dataclass(frozen=True)
class Sent:
    """Attack rows in a batch, in the place of honest ones, and what share of it was meant."""

    rows: int
    rate: float


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class WindowedDisplacement(AnalyticGame):
    """A center trained on the last batches or held, against an adversary who pulls at it.

    Attributes
    ----------
    rounds
        Number of rounds of a play.
    discount
        Weight of a round relative to the one before, in (0, 1].
    traffic
        n, rows of a batch, and honest rows to be judged in a round; at least 1.
    features
        d, the number of directions in which honest rows spread, at least 1.
    spread
        sigma, in radii: 0, or at least 0.001. By default 5 % of the honest rows lie outside a
        sphere in their middle.
    drift
        Speed of the honest traffic, in radii a round, at least 0.
    windows
        w, an action of the learner each: different numbers of batches, 1 to 3. The game opens with
        the mean of as many trusted batches as the longest has.
    distance
        s, how far outside the trusted sphere the target lies, in radii; positive.
    rates
        The adversary's actions beside waiting: shares of the traffic in [0, 1]; A is the nearest
        whole number of rows.
    costs
        What events cost the learner and bring the adversary; by default zero-sum, in units of one
        honest row blocked.

    Raises
    ------
    ValueError
        When a parameter is out of range.

    Examples
    --------
    The shorter window gives way faster:

    >>> import armsrace as ar
    >>> game = WindowedDisplacement(windows=(1, 3), rates=(0.2,), spread=0.0, distance=1.0)
    >>> for window in ("window_1", "window_3"):
    ...     led = ar.play(game, window, "shift_20%").column("displacement")
    ...     print(led[[0, 1, 19]].round(2))
    [0.2  0.24 0.25]
    [0.07 0.14 0.25]
    """

    name: ClassVar[str] = "windowed_displacement"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("causative integrity targeted"),)
    statistics: ClassVar[tuple[str, ...]] = ("displacement", "newest", "older", "lag")
    events: ClassVar[tuple[str, ...]] = EVENTS

    rounds: int = 20
    discount: float = 1.0
    traffic: int = 100
    features: int = 57
    spread: float = 0.115
    drift: float = 0.05
    windows: tuple[int, ...] = (1, 2)
    distance: float = 0.2
    rates: tuple[float, ...] = (0.05, 0.15, 0.30)
    costs: Costs = COSTS

    def __post_init__(self) -> None:
        for name, least in (("traffic", 1), ("features", 1), ("spread", 0), ("drift", 0)):
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        check_sphere(self.spread, self.distance)
        known = range(1, LONGEST + 1)
        if not self.windows or len({w for w in self.windows if w in known}) < len(self.windows):
            raise ValueError(
                f"windows must be different numbers of batches, 1 to {LONGEST}, got {self.windows}"
            )
        for rate in self.rates:
            if not 0 <= rate <= 1:
                raise ValueError(f"rates must be in [0, 1], got {rate}")
        if len(self.adversary_actions) < 1 + len(self.rates):
            raise ValueError(f"rates must differ in their first six digits, got {self.rates}")

    @property
    def learner_actions(self) -> Mapping[str, Window]:
        """What the center is trained on."""
        trained = {f"window_{w}": Window(w) for w in self.windows}
        return MappingProxyType({"hold": Window(0), **trained})

    @property
    def adversary_actions(self) -> Mapping[str, Sent]:
        """The rows that may arrive."""
        shifts = {
            f"shift_{100 * rate:g}%": Sent(round(rate * self.traffic), rate) for rate in self.rates
        }
        return MappingProxyType({"wait": Sent(0, 0.0), **shifts})

    @property
    def zero_sum(self) -> bool:
        """Whether the costs are opposed."""
        return self.costs.zero_sum

    def suggested_agents(self, role: Role) -> Mapping[str, Periodic]:
        """For the learner, training every fifth round on the longest window."""
        if role == "adversary":
            return {}
        longest = f"window_{max(self.windows)}"
        return {f"{longest}_every_5": Periodic(longest, "hold", 5)}

    @property
    def opening(self) -> Array:
        """The center of trusted batches, of the rounds before."""
        return np.array([0.0, 0.0, 0.0, self.drift * (max(self.windows) + 1) / 2])

    @property
    def axes(self) -> Mapping[str, Array]:
        """Displacements, batches as far as the window reaches and, under drift, lags.

        The target's distance is a displacement: admission depends on which side of it the center
        lies. Where the sphere lags by four fifths of the radius it blocks nearly everything.
        """
        longest = max(self.windows)
        points = displacements(self.distance, 21 if longest < LONGEST else 11)
        axes = {"displacement": points}
        axes.update(dict.fromkeys(("newest", "older")[: longest - 1], points))
        if self.drift > 0:
            axes["lag"] = np.linspace(0.0, 0.8, 17)
        return MappingProxyType(axes)

    def covered(self, role: Role) -> tuple[str, ...]:
        """All actions."""
        return tuple(self.actions(role))

    def law(self, statistics: Array, learner: Actions, adversary: Actions) -> Law:
        """The batch that arrives; in the center's place, the mean of the others in the window."""
        displacement, newest, older, lag = statistics.T
        attack = self._attack_rows.take(adversary)
        window = self._window_of_each.take(learner)
        held = window == 0
        kept = np.where(held, displacement, np.where(window == 3, (newest + older) / 2, newest))
        ahead = np.minimum(1.0, 1.0 + self.distance - displacement)
        arrived = attack * (displacement + ahead) / self.traffic
        behind = np.where(held, lag, self.drift * (window - 1) / 2)
        means = np.stack([kept, arrived, newest, behind + self.drift], axis=-1)
        blur = self.spread * np.sqrt(self.traffic - attack) / self.traffic
        blur = np.broadcast_to(blur, (1, len(means)))
        return Law(means[None], {NEWEST: blur}, np.ones((1, 1)))

    def aftermath(self, after: Array, learner: Actions, adversary: Actions) -> Law:
        """The center that is trained on the batch that has arrived and the others."""
        window = self._window_of_each.take(learner)
        share = np.where(window == 0, 0.0, 1.0 / np.maximum(window, 1))
        ends = after.copy()
        ends[:, DISPLACEMENT] += share * (after[:, NEWEST] - after[:, DISPLACEMENT])
        return Law(ends[None], {}, np.ones((1, 1)))

    def settle(
        self, statistics: Array, learner: Actions, adversary: Actions, after: Array
    ) -> Settlement:
        """What the moved sphere blocks and admits, priced."""
        displacement = after[:, DISPLACEMENT]
        # The traffic of the round is judged before it drifts on.
        offset = np.hypot(displacement, after[:, LAG] - self.drift)
        blocked = self.traffic * self._blocked_share(offset)
        admitted = (displacement >= self.distance).astype(np.float64)
        offered = np.array([float(self.traffic)])
        rows = {
            "offered": offered,
            "kept": offered,
            "poison": self._attack_rows.take(adversary),
        }
        return settlement(self.costs, learner, blocked, self.traffic, admitted, rows)

    @cached_property
    def _attack_rows(self) -> Array:
        return np.array([float(action.rows) for action in self.adversary_actions.values()])

    @cached_property
    def _window_of_each(self) -> Array:
        """Batches that the center is trained on, by the learner's action; 0 where it is held."""
        return np.array([0.0, *self.windows])

    @cached_property
    def _blocked_share(self) -> Tabulated:
        return blocked_share(self.features, self.spread)
