r"""The boiling frog in numbers: how far a retrained center has been led, without a classifier.

The analytic twin of `centroid_shift`. A hypersphere detector has the radius 1. On the line from
its trusted center to the adversary's target its center has moved by the *displacement* D, and it
weighs N rows. In a round A attack rows and H honest rows arrive. The attack rows lie where the line
leaves the sphere, at D + 1, or at the target once that is inside; honest rows are spread around
their mean, which lies at 0, with the standard deviation sigma in each of d directions. Every row
pulls the center by the same share w of its distance:

.. math:: D' = D + w \, (A \min(1, 1 + s - D) - H D + \sigma \sqrt H \, z), \qquad z \sim N(0, 1)

* *hold*: w = 0.
* *retrain*: w = 1 / (N + A + H), the mean of all rows so far; then N' = N + A + H.
* *average out*, for each memory n: w = 1 / n; then N' = n. The smaller n, the faster the center
  follows, both sides.
* *reset*: back to the trusted center and its weight, D' = 0 and N' = N_0.

The target lies at the distance s outside the trusted sphere and is admitted while D >= s.

Honest traffic drifts across that line by `drift` radii a round. The center follows: retraining
shrinks its *lag* behind the honest mean by the share w H. Of the honest rows the sphere blocks the
share that the noncentral chi-square distribution puts outside,

.. math:: P(\chi^2_d(m^2 / \sigma^2) > 1 / \sigma^2), \qquad m^2 = D^2 + \text{lag}^2,

so never retraining is not free either.

The adversary's actions decide whose model this is:

* `rates`: A rows are added so that they are the share nu of the traffic
  (`armsrace.attacks.poison.rates.effort`); D settles at nu / (1 - nu), if s is not less.
* `blocks`: A rows are added, whatever the traffic. Without honest traffic, that is the full control
  of Barreno et al. (2006, section 5), see `armsrace.theory.hypersphere`.
* `controls`: each row of the traffic is the adversary's with probability nu, on its own. Averaged
  out, that is the limited control of Kloft and Laskov (2012, Theorem 8), see
  `armsrace.theory.limited_control`.

What the twin leaves out: blocked honest rows are learned like the others; across the line the
center follows without noise; the target drifts along with the traffic. All rows of a round pull at
the center as it was at its beginning. Real rows are no ball of normal ones, so the numbers of a
real detector come from `measured_displacement`, and this game is for the theory.

References
----------
Barreno, M., Nelson, B., Sears, R., Joseph, A. D., Tygar, J. D. (2006). Can machine learning be
secure? ASIACCS, section 5.
Kloft, M., Laskov, P. (2012). Security analysis of online centroid anomaly detection. JMLR
13:3681-3724.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar, Final, final

import numpy as np
from numpy.typing import ArrayLike

from armsrace.agents import Periodic
from armsrace.analytic import Actions, AnalyticGame, Array, Law, Settlement
from armsrace.attacks.poison.rates import effort
from armsrace.batch import Mask
from armsrace.costs import Costs
from armsrace.game import Role
from armsrace.tabulated import Tabulated
from armsrace.taxonomy import Cell
from armsrace.theory.sphere_acceptance import accepted_share, sure_offsets
from games.centroid_shift import COSTS

EVENTS: Final = (
    *("tp", "fp", "tn", "fn", "target_errors"),
    *("offered", "kept", "poison", "poison_kept", "retrainings"),
)

HOLD, RETRAIN, RESET = range(3)
DISPLACEMENT, WEIGHT, LAG, DRIFTED = range(4)


@final
@dataclass(frozen=True)
class Added:
    """Attack rows beside the honest ones, and their share of the traffic where that is given."""

    rows: float
    rate: float = 0.0

    def arrivals(self, traffic: int) -> Array:
        """Probabilities, attack rows and honest rows of all that can happen: a single case."""
        return np.array([[1.0], [self.rows], [traffic]])


@final
@dataclass(frozen=True)
class Controlled:
    """Attack rows in the place of honest ones, each with the same probability."""

    rate: float

    def arrivals(self, traffic: int) -> Array:
        """Probabilities, attack rows and honest rows of all that can happen: a binomial number."""
        from scipy.special import bdtr

        attack = np.arange(traffic + 1.0)
        return np.stack(
            [np.diff(bdtr(attack, traffic, self.rate), prepend=0.0), attack, traffic - attack]
        )


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class CentroidDisplacement(AnalyticGame):
    """A center that is retrained or not, against an adversary who pulls at it; see the module.

    Attributes
    ----------
    rounds
        Number of rounds of a play.
    discount
        Weight of a round relative to the one before, in (0, 1].
    initial
        Rows that the trusted center weighs, positive.
    traffic
        Honest rows a round to train on, and as many others to be judged; at least 0.
    features
        d, the number of directions in which honest rows spread, at least 1.
    spread
        sigma, in radii: 0, or at least 0.001. By default 5 % of the honest rows lie outside the
        trusted sphere before they drift.
    drift
        Speed of the honest traffic, in radii a round, at least 0.
    memories
        n of averaging out, an action of the learner each: no less than the rows of a round.
    distance
        s, how far outside the trusted sphere the target lies, in radii; positive.
    rates, blocks, controls
        The adversary's actions beside waiting: shares of the traffic in [0, 1), numbers of rows,
        and probabilities in [0, 1] of each row; see the module.
    costs
        What events cost the learner and bring the adversary; by default zero-sum, in units of one
        honest row blocked.

    Raises
    ------
    ValueError
        When a parameter is out of range.

    Notes
    -----
    Time and memory of a round are proportional to ``traffic`` when there are `controls`: it has
    one branch for each number of attack rows.

    Examples
    --------
    Attack rows that are 20 % of the traffic lead the center to 0.2 / 0.8 of the radius:

    >>> import armsrace as ar
    >>> game = CentroidDisplacement(rates=(0.2,), distance=1.0, drift=0.0, rounds=400)
    >>> shifted = ar.play(game, "average_out_500", "shift_20%", seed=1)
    >>> print(round(shifted.column("displacement")[100:].mean(), 2))
    0.25
    """

    name: ClassVar[str] = "centroid_displacement"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("causative integrity targeted"),)
    statistics: ClassVar[tuple[str, ...]] = ("displacement", "weight", "lag", "drifted")
    events: ClassVar[tuple[str, ...]] = EVENTS

    rounds: int = 20
    discount: float = 1.0
    initial: float = 200.0
    traffic: int = 100
    features: int = 57
    spread: float = 0.115
    drift: float = 0.05
    memories: tuple[float, ...] = (500.0,)
    distance: float = 0.2
    rates: tuple[float, ...] = (0.05, 0.15, 0.30)
    blocks: tuple[float, ...] = ()
    controls: tuple[float, ...] = ()
    costs: Costs = COSTS

    def __post_init__(self) -> None:
        for name, least in (("traffic", 0), ("features", 1), ("spread", 0), ("drift", 0)):
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        check_sphere(self.spread, self.distance)
        if not self.initial > 0:
            raise ValueError(f"initial must be positive, got {self.initial}")
        for rate in self.rates:
            if not 0 <= rate < 1:
                raise ValueError(f"rates must be in [0, 1), got {rate}")
        for rate in self.controls:
            if not 0 <= rate <= 1:
                raise ValueError(f"controls must be in [0, 1], got {rate}")
        for rows in self.blocks:
            if not rows >= 0:
                raise ValueError(f"blocks must be at least 0, got {rows}")
        if self.rates and not self.traffic:
            raise ValueError(
                "rates must be empty when traffic is 0, since they are shares of it, "
                f"got {self.rates}; name numbers of rows in blocks instead"
            )
        if len(self.adversary_actions) < 1 + len(self.rates + self.blocks + self.controls):
            raise ValueError(
                "rates, blocks and controls must differ in their first six digits, "
                f"got {self.rates}, {self.blocks} and {self.controls}"
            )
        _, attack, honest = self._arrivals
        most = float((attack + honest).max())
        for memory in self.memories:
            if not memory >= max(most, 1.0):
                raise ValueError(
                    f"memories must be at least {max(most, 1.0):g}, the rows of a round, "
                    f"got {memory:g}"
                )
        if len(self.learner_actions) < 3 + len(self.memories):
            raise ValueError(f"memories must differ in their first six digits, got {self.memories}")

    @property
    def learner_actions(self) -> Mapping[str, str]:
        """What may happen to the center."""
        return MappingProxyType(
            {
                "hold": "stay",
                "retrain": "the mean of all rows so far",
                "reset": "back to the trusted center",
                **{
                    f"average_out_{n:g}": f"each row replaces 1/{n:g} of the past"
                    for n in self.memories
                },
            }
        )

    @property
    def adversary_actions(self) -> Mapping[str, Added | Controlled]:
        """The rows that may arrive."""
        return MappingProxyType(
            {
                **added_rows(self.rates, self.traffic),
                **{f"shift_{rows:g}_rows": Added(rows) for rows in self.blocks},
                **{f"control_{100 * nu:g}%": Controlled(nu) for nu in self.controls},
            }
        )

    @property
    def zero_sum(self) -> bool:
        """Whether the costs are opposed."""
        return self.costs.zero_sum

    def suggested_agents(self, role: Role) -> Mapping[str, Periodic]:
        """For the learner, retraining every fifth round."""
        return {"retrain_every_5": Periodic("retrain", "hold", 5)} if role == "learner" else {}

    @property
    def opening(self) -> Array:
        """The trusted center, in the middle of the honest traffic."""
        return np.array([0.0, self.initial, 0.0, 0.0])

    @property
    def axes(self) -> Mapping[str, Array]:
        """Displacements around the way to the target and, under drift, lags up to a radius.

        The target's distance is a point: admission depends on which side of it the center lies.
        """
        points = displacements(self.distance, 46)
        if self.drift == 0:
            return MappingProxyType({"displacement": points})
        return MappingProxyType({"displacement": points, "lag": np.linspace(0.0, 1.0, 26)})

    def covered(self, role: Role) -> tuple[str, ...]:
        """Holding and averaging out; the mean of all rows needs their number, a reset the drift."""
        if role == "adversary":
            return tuple(self.adversary_actions)
        names = tuple(self.learner_actions)
        rolled_back = ("reset",) if self.drift == 0 else ()
        return ("hold", *rolled_back, *names[RESET + 1 :])

    def law(self, statistics: Array, learner: Actions, adversary: Actions) -> Law:
        """The pull of the rows, with a branch for each number of attack rows that may arrive."""
        displacement, weight, lag, drifted = statistics.T
        probabilities, attack, honest = self._arrivals.take(adversary, axis=2)
        total = weight + (attack + honest)
        retrain, reset, average = learner == RETRAIN, learner == RESET, learner > RESET
        memory = self._memory_of_each.take(learner)
        pull = _where(retrain, 1.0 / total, average / memory)
        ahead = 1.0 + self.distance - displacement
        np.minimum(ahead, 1.0, out=ahead)
        moved = attack * ahead
        moved -= honest * displacement
        moved = pull * moved + displacement
        counted = _where(retrain, total, _where(average, memory, weight))
        followed = lag * (1.0 - pull * honest)
        means = np.empty((len(self.statistics), *total.shape))
        means[DISPLACEMENT] = _where(reset, 0.0, moved)
        means[WEIGHT] = _where(reset, self.initial, counted)
        np.add(_where(reset, drifted, followed), self.drift, out=means[LAG])
        np.add(drifted, self.drift, out=means[DRIFTED])
        blur = np.broadcast_to(pull * (self.spread * np.sqrt(honest)), total.shape)
        return Law(means.transpose(1, 2, 0), {DISPLACEMENT: blur}, probabilities)

    def settle(
        self, statistics: Array, learner: Actions, adversary: Actions, after: Array
    ) -> Settlement:
        """What the moved sphere blocks and admits, priced."""
        displacement = after[:, DISPLACEMENT]
        # The traffic of the round is judged before it drifts on.
        offset = after[:, LAG] - self.drift
        offset *= offset
        offset += displacement * displacement
        blocked = self._blocked_share(np.sqrt(offset, out=offset))
        blocked *= self.traffic
        admitted = (displacement >= self.distance).astype(np.float64)
        offered, poison = self._expected_rows.take(adversary, axis=1)
        rows = {"offered": offered, "kept": offered, "poison": poison}
        return settlement(self.costs, learner, blocked, self.traffic, admitted, rows)

    @cached_property
    def _arrivals(self) -> Array:
        """Probability, attack rows and honest rows by branch and action, shape (3, B, actions)."""
        tables = [action.arrivals(self.traffic) for action in self.adversary_actions.values()]
        arrivals = np.zeros((3, max(table.shape[1] for table in tables), len(tables)))
        for index, table in enumerate(tables):
            arrivals[:, : table.shape[1], index] = table
        return arrivals

    @cached_property
    def _memory_of_each(self) -> Array:
        """What each action averages out by; 1 for those that do not, shape (actions,)."""
        return np.array([1.0] * 3 + list(self.memories))

    @cached_property
    def _expected_rows(self) -> Array:
        """Expected rows of a round, all and the adversary's, by its action: shape (2, actions)."""
        probabilities, attack, honest = self._arrivals
        rows: Array = np.einsum("ba,nba->na", probabilities, np.stack([attack + honest, attack]))
        return rows

    @cached_property
    def _blocked_share(self) -> Tabulated:
        return blocked_share(self.features, self.spread)


def check_sphere(spread: float, distance: float) -> None:
    """Refuse rows too close together for a table, and a target that is no way off."""
    if 0 < spread < 1e-3:
        raise ValueError(f"spread must be 0 or at least 0.001, got {spread}")
    if not distance > 0:
        raise ValueError(f"distance must be positive, got {distance}")


def added_rows(rates: Sequence[float], traffic: int) -> Mapping[str, Added]:
    """Waiting, and the shift that has each share of the traffic."""
    shifts = {f"shift_{100 * rate:g}%": Added(effort(rate, traffic), rate) for rate in rates}
    return MappingProxyType({"wait": Added(0.0), **shifts})


def displacements(distance: float, count: int) -> Array:
    """Points around the way to a target at this distance, which is one of them."""
    points = np.linspace(-0.1, max(1.5 * distance, distance + 0.2), count)
    points += distance - points[np.abs(points - distance).argmin()]
    return points.round(12) + 0.0  # no negative zero


def blocked_share(features: int, spread: float) -> Tabulated:
    """Share of normal rows that a sphere blocks, by its distance from their mean; within 1e-5."""
    if spread == 0:
        return Tabulated(1.0, float(np.spacing(1.0)), np.array([0.0, 1.0]))
    return Tabulated.of(
        lambda offset: 1.0 - accepted_share(offset, features, spread),
        *sure_offsets(features, spread),
    )


def settlement(
    costs: Costs,
    learner: Actions,
    blocked: Array,
    traffic: int,
    admitted: Array,
    rows: Mapping[str, Array],
) -> Settlement:
    """What became of the honest rows, of the target, and of the rows to train on, priced."""
    events = {
        "tp": 1.0 - admitted,
        "fp": blocked,
        "tn": traffic - blocked,
        "fn": admitted,
        "target_errors": admitted,
        **rows,
        "poison_kept": rows.get("poison_kept", rows["poison"]),
        "retrainings": (learner != HOLD).astype(np.float64),
    }
    return Settlement(costs.payoffs_of_each(events), events)


def _where(condition: Mask, chosen: ArrayLike, other: ArrayLike) -> ArrayLike:
    """``np.where``, which looks at no replicate when all do the same."""
    if len(condition) == 1:
        return chosen if condition[0] else other
    return np.where(condition, chosen, other)
