r"""The boiling frog in measured numbers: `centroid_shift` as a game of three statistics.

`centroid_displacement` derives from a law of the honest rows what a displaced sphere blocks; here
it is counted on the rows that the detector of `centroid_shift` trains on. In the plane of the line
to the target (unit vector a) and of the drift across it (u), let the center lie at
:math:`D a - \ell u` from the mean of the honest traffic, D being the *displacement* and l the
*lag*, in radii. With the sphere put there, over all honest training rows x, are measured as
functions of (D, l)

* b, the share of the rows that is blocked;
* p, the mean pull of a row, :math:`E[1_{\text{accepted}} (x - c)]`, along a and along u, and the
  variance along either: what is blocked is not learned, so that a center too far behind stays
  behind.

Averaging out with the memory n, H honest and A attack rows move the center c by

.. math:: \tfrac{1}{n} (A g + H p + \sqrt{H} z), \qquad
          g = \min(1, 1 / |x_A - c|) \, (x_A - c),

z being normal with the variances measured. The target x_A lies at the distance 1 + s from the
trusted center and stays there while the traffic drifts on; it is admitted while the sphere holds
it. So the state also says how far the center has *followed* the traffic along u. At first the
attack leads the center to the target; once the traffic has gone on, it holds the center back.

The players of the twin go by these statistics and not by which target it is: each target that may
be drawn has its own line, and b, p and g are averages over the targets, admission is the share of
them that is admitted.

What the twin leaves out: the drift is not quite at right angles to the line, which a learner feels
who lets the center fall behind until it is nearly lost; noise in all other directions, and that of
the first center; `followed` moves by its mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from types import MappingProxyType
from typing import ClassVar, Final, final

import numpy as np

from armsrace.agents import Periodic
from armsrace.analytic import Actions, AnalyticGame, Array, Law, Settlement
from armsrace.attacks.poison.rates import effort
from armsrace.batch import Batch
from armsrace.costs import Costs
from armsrace.game import Role
from armsrace.grid import Grid
from armsrace.taxonomy import Cell
from armsrace.worlds import Drift, Pool
from games.centroid_shift import COSTS, RATES, CentroidShift, drift_direction

HOLD: Final = 0
DISPLACEMENT, LAG, FOLLOWED = range(3)
BLOCKED, REFUSED, PULL_ALONG, PULL_ACROSS, VARIANCE_ALONG, VARIANCE_ACROSS = range(6)
PARTS: Final = ("train", "test")
PLACES: Final = Grid({"displacement": np.linspace(-0.3, 0.7, 11), "lag": np.linspace(0, 1.25, 26)})
"""Where the sphere is put over the rows; what is measured there is interpolated in between."""


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class MeasuredDisplacement(AnalyticGame):
    """The twin of a `CentroidShift`, measured on its training rows; see the module.

    Attributes
    ----------
    rounds, discount, data, traffic, false_positive_rate, drift, reach, memories, costs
        As for `CentroidShift`.
    judged
        The part whose honest rows are counted as blocked. ``"train"``: what the players may know.
        ``"test"``: the very rows that the real game judges, to see how much of a difference between
        the two games is the choice of these rows; never to choose a policy by.

    Raises
    ------
    LookupError
        When there is no such data or part.
    ValueError
        When a parameter is out of range.

    Notes
    -----
    Measuring takes about a second, once for all games with the same rows.

    Examples
    --------
    The sphere that follows the drift blocks hardly more than the 5 % it was made for, the one that
    stays behind nearly everything, one radius later:

    >>> import armsrace as ar
    >>> game = MeasuredDisplacement(rounds=20)
    >>> for action in ("average_out_500", "hold"):
    ...     print(ar.play(game, action, "wait", seed=1).column("fp")[[0, 19]].round())
    [5. 6.]
    [ 5. 69.]
    """

    name: ClassVar[str] = "measured_displacement"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("causative integrity targeted"),)
    statistics: ClassVar[tuple[str, ...]] = ("displacement", "lag", "followed")
    events: ClassVar[tuple[str, ...]] = (
        *("tp", "fp", "tn", "fn", "target_errors"),
        *("offered", "kept", "poison", "poison_kept", "retrainings"),
    )

    rounds: int = 20
    discount: float = 1.0
    data: str = "spambase"
    traffic: int = 100
    false_positive_rate: float = 0.05
    drift: float = 0.05
    reach: float = 0.3
    memories: tuple[float, ...] = (500.0,)
    judged: str = "train"
    costs: Costs = COSTS

    def __post_init__(self) -> None:
        for name, least in (("traffic", 1), ("drift", 0), ("reach", 0)):
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        if not 0 <= self.false_positive_rate <= 1:
            raise ValueError(
                f"false_positive_rate must be in [0, 1], got {self.false_positive_rate}"
            )
        if self.judged not in PARTS:
            raise LookupError(f"unknown part {self.judged!r}; judged is one of {', '.join(PARTS)}")
        most = self.traffic + self._attack_rows.max()
        for memory in self.memories:
            if not memory >= most:
                raise ValueError(
                    f"memories must be at least {most:g}, the rows of a round, got {memory:g}"
                )
        if len(self.learner_actions) < 1 + len(self.memories):
            raise ValueError(f"memories must differ in their first six digits, got {self.memories}")

    @classmethod
    def of(cls, game: CentroidShift) -> "MeasuredDisplacement":
        """The twin of a game.

        Its learner holds or averages out; the game's other actions it does not have.

        Examples
        --------
        >>> MeasuredDisplacement.of(CentroidShift(drift=0.1)).drift
        0.1
        """
        shared = (item.name for item in fields(cls) if item.name != "judged")
        return cls(**{name: getattr(game, name) for name in shared})

    @property
    def learner_actions(self) -> Mapping[str, str]:
        """What may happen to the center."""
        averaging = {
            f"average_out_{n:g}": f"each row that is accepted replaces 1/{n:g} of the past"
            for n in self.memories
        }
        return MappingProxyType({"hold": "stay", **averaging})

    @property
    def adversary_actions(self) -> Mapping[str, str]:
        """How many rows are added at the edge of the sphere, on the side of the target."""
        shifts = {
            f"shift_{100 * rate:g}%": f"add {effort(rate, self.traffic)} rows at the edge"
            for rate in RATES
        }
        return MappingProxyType({"wait": "add nothing", **shifts})

    @property
    def zero_sum(self) -> bool:
        """Whether the costs are opposed."""
        return self.costs.zero_sum

    def suggested_agents(self, role: Role) -> Mapping[str, Periodic]:
        """For the learner, averaging out every fifth round."""
        if role == "adversary" or not self.memories:
            return {}
        return {"average_out_every_5": Periodic(list(self.learner_actions)[1], "hold", 5)}

    @property
    def opening(self) -> Array:
        """The trusted center, in the middle of the honest traffic."""
        return np.zeros(3)

    @property
    def axes(self) -> Mapping[str, Array]:
        """Displacements to beyond the farthest target, lags until all is blocked, 1.5 radii of way.

        Beyond that the center has left the targets, and all that changes is where they pull to.
        """
        return MappingProxyType(
            {
                "displacement": np.linspace(-0.1, 0.6, 8),
                "lag": np.linspace(0.0, 1.2, 25),
                "followed": np.linspace(0.0, 1.5, 16),
            }
        )

    def covered(self, role: Role) -> tuple[str, ...]:
        """All actions."""
        return tuple(self.actions(role))

    def law(self, statistics: Array, learner: Actions, adversary: Actions) -> Law:
        """The pull of the accepted rows and of the attack."""
        displacement, lag, followed = statistics.T
        pull = self._pull_of_each.take(learner)
        attack = self._attack_rows.take(adversary)
        measured = self._at(displacement, lag)
        ahead, aside = self._attraction(displacement, followed)
        led = pull * (attack * ahead + self.traffic * measured[PULL_ALONG])
        went = pull * (attack * aside + self.traffic * measured[PULL_ACROSS])
        means = [displacement + led, lag + self.drift - went, followed + went]
        blur = pull * np.sqrt(self.traffic * measured[[VARIANCE_ALONG, VARIANCE_ACROSS]])
        deviations = {DISPLACEMENT: blur[None, 0], LAG: blur[None, 1]}
        return Law(np.stack(means, axis=-1)[None], deviations, np.ones((1, 1)))

    def settle(
        self, statistics: Array, learner: Actions, adversary: Actions, after: Array
    ) -> Settlement:
        """What the moved sphere blocks and admits, priced."""
        displacement, lag, followed = after.T
        # The traffic of the round is judged before it drifts on.
        blocked = self.traffic * self._at(displacement, lag - self.drift)[BLOCKED]
        admitted = self._admitted(displacement, followed)
        poison = self._attack_rows.take(adversary)
        refused = self.traffic * self._at(*statistics.T[:FOLLOWED])[REFUSED]
        offered = self.traffic + poison
        events = {
            "tp": 1.0 - admitted,
            "fp": blocked,
            "tn": self.traffic - blocked,
            "fn": admitted,
            "target_errors": admitted,
            "offered": offered,
            "kept": np.where(learner == HOLD, offered, offered - refused),
            "poison": poison,
            "poison_kept": poison,
            "retrainings": (learner != HOLD).astype(np.float64),
        }
        return Settlement(self.costs.payoffs_of_each(events), events)

    @cached_property
    def _pull_of_each(self) -> Array:
        """By what share of its distance a row pulls at the center, by the learner's action."""
        return np.array([0.0, *(1.0 / memory for memory in self.memories)])

    @cached_property
    def _attack_rows(self) -> Array:
        return np.array([0.0, *(effort(rate, self.traffic) for rate in RATES)])

    @cached_property
    def _measured(self) -> tuple[Array, Array]:
        return _measured(self.data, self.false_positive_rate, self.reach, self.judged)

    def _at(self, displacement: Array, lag: Array) -> Array:
        """What was measured where the center lies, shape (6, R)."""
        table, _ = self._measured
        return PLACES.interpolated(table, np.stack([displacement, lag], axis=1)).T

    def _attraction(self, displacement: Array, followed: Array) -> Array:
        """Where an attack row lies from the center, along and across, on average: (2, R)."""
        _, distances = self._measured
        along = 1.0 + distances[:, None] - displacement
        way = np.stack([along, np.broadcast_to(-followed, along.shape)])
        length = np.maximum(np.hypot(*way), 1.0)
        mean: Array = (way / length).mean(axis=1)
        return mean

    def _admitted(self, displacement: Array, followed: Array) -> Array:
        """Share of the targets that lie in the sphere, shape (R,)."""
        _, distances = self._measured
        half = np.sqrt(np.maximum(1.0 - followed**2, 0.0))  # of the line's part in the sphere
        farthest = np.where(np.abs(followed) <= 1.0, displacement - 1.0 + half, -np.inf)
        return np.searchsorted(distances, farthest, side="right") / len(distances)


@cache
def _measured(
    data: str, false_positive_rate: float, reach: float, judged: str
) -> tuple[Array, Array]:
    """What is measured at each of `PLACES`, shape (places, 6), and s of each target, sorted."""
    rules = CentroidShift(data=data, false_positive_rate=false_positive_rate, reach=reach).setup
    assert isinstance(rules.world, Drift)
    pool = rules.world.world
    assert isinstance(pool, Pool)
    radius = rules.model.radius
    learned, faced = (_honest(part) / radius for part in (pool.train, pool.test))
    targets = pool.tune.rows[pool.tune.labels] / radius
    distances = np.linalg.norm(targets, axis=1)
    drift = drift_direction(pool.train.width)
    table = np.zeros((len(PLACES), 6))
    for towards in targets / distances[:, None]:
        across = drift - (drift @ towards) * towards
        plane = np.stack([towards, across / np.linalg.norm(across)])
        table[:, REFUSED:] += _moments(learned, plane)
        if judged == "test":
            table[:, BLOCKED] += 1.0 - _accepted(faced, plane).mean(axis=1)
    if judged == "train":
        table[:, BLOCKED] = table[:, REFUSED]
    table /= len(targets)
    return table, np.sort(distances - 1.0)


def _honest(part: Batch) -> Array:
    rows: Array = part.rows[~part.labels]
    return rows


def _accepted(rows: Array, plane: Array) -> Array:
    """Whether each row lies in the sphere around each of `PLACES`: 0 or 1, (places, rows)."""
    center = PLACES.states * [1.0, -1.0]
    squares = (rows**2).sum(axis=1) - 2.0 * center @ (plane @ rows.T)
    squares += (center**2).sum(axis=1)[:, None]
    accepted: Array = (squares <= 1.0).astype(np.float64)
    return accepted


def _moments(rows: Array, plane: Array) -> Array:
    """Share of rows refused, mean pull along and across, and its variances: (places, 5)."""
    center = PLACES.states * [1.0, -1.0]
    inside = plane @ rows.T
    powers = np.concatenate([np.ones((1, len(rows))), inside, inside**2])
    kept, *sums = (_accepted(rows, plane) @ powers.T / len(rows)).T
    first = np.stack(sums[:2], axis=1) - kept[:, None] * center
    second = np.stack(sums[2:], axis=1) - 2.0 * center * np.stack(sums[:2], axis=1)
    second += kept[:, None] * center**2
    moments: Array = np.concatenate([1.0 - kept[:, None], first, second - first**2], axis=1)
    return moments
