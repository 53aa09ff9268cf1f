r"""The boiling frog in measured numbers: `centroid_shift` as a game of four statistics.

`centroid_displacement` derives from a law of the honest rows what a displaced sphere blocks; here
it is counted on the rows that the detector of `centroid_shift` trains on. In the plane of the line
to the target (unit vector a) and of the drift across it (u), the mean of the honest traffic moves
by :math:`v (\gamma a + \sqrt{1 - \gamma^2} \, u)` a round, :math:`\gamma` being the *course*, the
cosine of the angle between its way and the line. The center has moved from the trusted one by the
*displacement* D along the line and *followed* the traffic by F across it; the *lag* l is what it
has stayed behind there. So the traffic has gone :math:`w = (l + F) / \sqrt{1 - \gamma^2}`, the
center is ahead of it by the *lead* :math:`D - \gamma w` along the line, and lies at
:math:`(D - \gamma w) a - l u` from the mean of the traffic; all in radii. With the sphere put
there, over all honest training rows x, are measured as functions of lead and lag

* b, the share of the rows that is blocked;
* p, the mean pull of a row, :math:`E[1_{\text{accepted}} (x - c)]`, along a and along u, and the
  variance along either: what is blocked is not learned, so that a center too far behind stays
  behind.

Averaging out with the memory n, H honest and A attack rows move the center c by

.. math:: \tfrac{1}{n} (A g + H p + \sqrt{H} z), \qquad
          g = \min(1, 1 / |x_A - c|) \, (x_A - c),

z being normal with the variances measured. The target x_A lies at the distance 1 + s from the
trusted center and stays there while the traffic drifts on; it is admitted while the sphere holds
it. At first the attack leads the center to the target; once the traffic has gone on, it holds the
center back.

Whether a center that is nearly lost is lost depends on the course: traffic that drifts away from
the target leaves behind a center that is led there, traffic that drifts towards it catches up with
it. So this is the game in which chance draws the course in the first round, and both players know
it from then on, as they do in the real game. What a policy guarantees here is its loss, in the mean
over the courses, to the best reply of an adversary who knows the course. The targets that may be
drawn make four groups of the same size by their courses, and each group has its mean course. In all
else the players do not tell targets apart: b, p and g are averages over all of them, each with its
own line, and admission is the share of them that is admitted.

What the twin leaves out: noise in all other directions, and that of the first center; `followed`
moves by its mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from types import MappingProxyType
from typing import ClassVar, Final, final

import numpy as np

from armsrace.agents import Periodic
from armsrace.analytic import Actions, AnalyticGame, Array, Law, Settlement
from armsrace.batch import Batch
from armsrace.costs import Costs
from armsrace.game import Role
from armsrace.grid import Grid
from armsrace.taxonomy import Cell
from armsrace.worlds import Drift, Pool
from games.centroid_displacement import EVENTS, HOLD, Added, added_rows, settlement
from games.centroid_shift import COSTS, RATES, CentroidShift, drift_direction

DISPLACEMENT, LAG, FOLLOWED, COURSE = range(4)
BLOCKED, REFUSED, PULL_ALONG, PULL_ACROSS, VARIANCE_ALONG, VARIANCE_ACROSS = range(6)
PARTS: Final = ("train", "test")
PLACES: Final = Grid({"lead": np.linspace(-0.4, 0.7, 23), "lag": np.linspace(0, 1.25, 51)})
"""Where the sphere is put over the rows; what is measured there is interpolated in between."""

COURSES: Final = 4
"""How many groups of the same size the targets make by their courses."""

UNDRAWN: Final = 1.0
"""In the place of a course while none is drawn: straight to the target, where none goes."""


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
    [ 5. 70.]
    """

    name: ClassVar[str] = "measured_displacement"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("causative integrity targeted"),)
    statistics: ClassVar[tuple[str, ...]] = ("displacement", "lag", "followed", "course")
    events: ClassVar[tuple[str, ...]] = EVENTS

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
    def adversary_actions(self) -> Mapping[str, Added]:
        """How many rows are added at the edge of the sphere, on the side of the target."""
        return added_rows(RATES, self.traffic)

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
        """The trusted center, in the middle of the honest traffic, before the target is drawn."""
        return np.array([0.0, 0.0, 0.0, UNDRAWN])

    @property
    def axes(self) -> Mapping[str, Array]:
        """Displacements to beyond all targets, lags until all is blocked, and 1.6 radii of way.

        Farther on the center has left the targets, and all that changes is where they pull to. To
        these come the courses, and where none is drawn.
        """
        return MappingProxyType(
            {
                "displacement": np.linspace(-0.3, 0.6, 10),
                "lag": np.linspace(0.0, 1.2, 25),
                "followed": np.linspace(0.0, 1.6, 9),
                "course": np.array([*self._measured.courses, UNDRAWN]),
            }
        )

    def covered(self, role: Role) -> tuple[str, ...]:
        """All actions."""
        return tuple(self.actions(role))

    def law(self, statistics: Array, learner: Actions, adversary: Actions) -> Law:
        """The pull of the accepted rows and of the attack; in the first round, what is drawn."""
        displacement, lag, followed, known = statistics.T
        course, probabilities = self._drawn(known)
        pull = self._pull_of_each.take(learner)
        attack = self._attack_rows.take(adversary)
        lead, across = _lead(displacement, lag, followed, course)
        measured = self._at(lead, lag)
        ahead, aside = self._attraction(displacement, followed)
        led = pull * (attack * ahead + self.traffic * measured[PULL_ALONG])
        went = pull * (attack * aside + self.traffic * measured[PULL_ACROSS])
        means = [displacement + led, lag + self.drift * across - went, followed + went, course]
        blur = pull * np.sqrt(self.traffic * measured[[VARIANCE_ALONG, VARIANCE_ACROSS]])
        deviations = {DISPLACEMENT: blur[0], LAG: blur[1]}
        return Law(np.stack(means, axis=-1), deviations, probabilities)

    def settle(
        self, statistics: Array, learner: Actions, adversary: Actions, after: Array
    ) -> Settlement:
        """What the moved sphere blocks and admits, priced."""
        displacement, lag, followed, course = after.T
        if (course == UNDRAWN).any():
            raise ValueError(
                "course must be among the features of the state, since it is drawn but once; "
                f"its points are {self.axes['course'].tolist()}"
            )
        lead, across = _lead(displacement, lag, followed, course)
        # The traffic of the round is judged before it drifts on.
        earlier = lead + self.drift * course, lag - self.drift * across
        blocked = self.traffic * self._at(*earlier)[BLOCKED]
        admitted = self._admitted(displacement, followed)
        poison = self._attack_rows.take(adversary)
        came, behind, gone, _ = statistics.T
        before, _ = _lead(came, behind, gone, course)
        refused = self.traffic * self._at(before, behind)[REFUSED]
        offered = self.traffic + poison
        kept = np.where(learner == HOLD, offered, offered - refused)
        rows = {"offered": offered, "kept": kept, "poison": poison}
        return settlement(self.costs, learner, blocked, self.traffic, admitted, rows)

    @cached_property
    def _pull_of_each(self) -> Array:
        """By what share of its distance a row pulls at the center, by the learner's action."""
        return np.array([0.0, *(1.0 / memory for memory in self.memories)])

    @cached_property
    def _attack_rows(self) -> Array:
        return np.array([action.rows for action in self.adversary_actions.values()])

    @cached_property
    def _measured(self) -> "_Measurements":
        return _measure(self.data, self.false_positive_rate, self.reach, self.judged)

    def _drawn(self, known: Array) -> tuple[Array, Array]:
        """The course in each branch of chance, and the branches' probabilities: (B, R), (B, 1)."""
        undrawn = known == UNDRAWN
        if not undrawn.any():
            return known[None], np.ones((1, 1))
        # Where it was drawn before, all branches are the same.
        courses = np.where(undrawn, self._measured.courses[:, None], known)
        return courses, self._measured.shares[:, None]

    def _at(self, lead: Array, lag: Array) -> Array:
        """What was measured where the center lies, shape (6, B, R) or (6, R)."""
        lead, lag = np.broadcast_arrays(lead, lag)
        places = np.stack([lead.reshape(-1), lag.reshape(-1)], axis=1)
        found: Array = PLACES.interpolated(self._measured.table, places).T
        return found.reshape(-1, *lead.shape)

    def _attraction(self, displacement: Array, followed: Array) -> Array:
        """Where an attack row lies from the center, along and across, on average: (2, R)."""
        distances = self._measured.distances
        along = 1.0 + distances[:, None] - displacement
        way = np.stack([along, np.broadcast_to(-followed, along.shape)])
        length = np.maximum(np.hypot(*way), 1.0)
        mean: Array = (way / length).mean(axis=1)
        return mean

    def _admitted(self, displacement: Array, followed: Array) -> Array:
        """Share of the targets that lie in the sphere, shape (R,)."""
        distances = self._measured.distances
        half = np.sqrt(np.maximum(1.0 - followed**2, 0.0))  # of the line's part in the sphere
        farthest = np.where(np.abs(followed) <= 1.0, displacement - 1.0 + half, -np.inf)
        return np.searchsorted(distances, farthest, side="right") / len(distances)


def _lead(displacement: Array, lag: Array, followed: Array, course: Array) -> tuple[Array, Array]:
    """How far the center is ahead of the traffic, and the sine to the course's cosine."""
    across = np.sqrt(1.0 - course**2)
    return displacement - course / across * (lag + followed), across


@final
@dataclass(frozen=True, eq=False)
class _Measurements:
    """What is counted on the rows, and where the targets are.

    Attributes
    ----------
    table
        Shares, pulls and variances at each of `PLACES`, shape (places, 6).
    distances
        s of each target, sorted.
    courses, shares
        Mean of each group of targets, increasing, and its share of them.
    """

    table: Array
    distances: Array
    courses: Array
    shares: Array


@cache
def _measure(data: str, false_positive_rate: float, reach: float, judged: str) -> _Measurements:
    rules = CentroidShift(data=data, false_positive_rate=false_positive_rate, reach=reach).setup
    assert isinstance(rules.world, Drift)
    pool = rules.world.world
    assert isinstance(pool, Pool)
    radius = rules.model.radius
    learned, faced = (_honest(part) / radius for part in (pool.train, pool.test))
    targets = pool.tune.rows[pool.tune.labels] / radius
    distances = np.linalg.norm(targets, axis=1)
    lines = targets / distances[:, None]
    drift = drift_direction(pool.train.width)
    courses = lines @ drift
    table = np.zeros((len(PLACES), 6))
    for line, course in zip(lines, courses, strict=True):
        across = drift - course * line
        plane = np.stack([line, across / np.linalg.norm(across)])
        table[:, REFUSED:] += _moments(learned, plane)
        if judged == "test":
            table[:, BLOCKED] += 1.0 - _accepted(faced, plane).mean(axis=1)
    if judged == "train":
        table[:, BLOCKED] = table[:, REFUSED]
    table /= len(targets)
    return _Measurements(table, np.sort(distances - 1.0), *_grouped(courses))


def _grouped(courses: Array) -> tuple[Array, Array]:
    """Means of groups of courses, increasing, and the groups' shares."""
    groups = np.array_split(np.sort(courses), min(COURSES, len(courses)))
    means, place = np.unique([group.mean() for group in groups], return_inverse=True)
    return means, np.bincount(place, weights=[len(group) for group in groups]) / len(courses)


def _honest(part: Batch) -> Array:
    rows: Array = part.rows[~part.labels]
    return rows


def _accepted(rows: Array, plane: Array) -> Array:
    """Whether each row lies in the sphere around each of `PLACES`: 0 or 1, (places, rows)."""
    center = PLACES.states * [1.0, -1.0]
    # |x - c|^2 for all pairs in one product of matrices, overwritten by the answer.
    ones = np.ones((len(center), 1))
    left = np.concatenate([-2.0 * center, (center**2).sum(axis=1, keepdims=True), ones], axis=1)
    right = np.stack([*(plane @ rows.T), np.ones(len(rows)), (rows**2).sum(axis=1)])
    squares = left @ right
    accepted: Array = np.less_equal(squares, 1.0, out=squares)
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
