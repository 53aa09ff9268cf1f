r"""Link loads of a backbone network, time bin by time bin: the traffic that PCA detectors watch.

A row holds the load of every link in one bin of time, y(t) = A x(t), with the routing matrix A of
a `Backbone` and the volumes x of its flows. At time t, in days since the game began, flow f has the
volume

.. math::

    x_f(t) = m_f \, e^{g\,z_f t} \left(1 + d \cos 2\pi(t + \lambda_f - \tfrac{15}{24})
             - w\,[t \text{ is at a weekend}] + s\,\epsilon_{ft}\right)_+

where the mean volume :math:`m_f` is the product of the sizes of both cities (the gravity model,
with lognormal sizes), scaled so that the mean over the flows is 1; d is the amplitude of the daily
*cycle*, which peaks at 15 o'clock in the local solar time of the origin (longitude
:math:`\lambda_f`, in days); w the drop at *weekends*, the last two days of seven; s the relative
standard deviation of the *noise* :math:`\epsilon`, independent and standard normal; and g the speed
of the *growth*, by which some flows rise and others fall (:math:`z_f` standard normal). Without
noise and growth, centered link loads have rank 3: sine and cosine of the day, and the weekend. So a
few principal components hold the honest traffic, as they do on real backbones.

An *anomaly* is a flood: a constant volume added to one flow, hence to all links on its path.

References
----------
Lakhina, A., Crovella, M., Diot, C. (2004). Diagnosing network-wide traffic anomalies. SIGCOMM.
Knight, S. et al. (2011). The Internet Topology Zoo. IEEE J. Sel. Areas Commun. 29(9).
Orlowski, S. et al. (2010). SNDlib 1.0: survivable network design library. Networks 55(3).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.batch import Batch
from armsrace.worlds.backbone import ABILENE, Backbone
from armsrace.worlds.world import World

WEEK: Final = 7
PEAK: Final = 15 / 24
"""Time of day at which traffic is heaviest."""


@final
@dataclass(frozen=True, kw_only=True)
class LinkTraffic(World):
    """Link loads of a backbone, a day a round, among which floods of one flow are to be found.

    Training traffic is honest and covers each round's bins in order; the traffic to be judged
    covers the same bins with noise of its own, and in some of them the flood runs. The trusted
    batch covers the days before the first round. The adversary studies another such batch, bin by
    bin without and then with the flood. Rows hold as many numbers as the backbone has links.

    Attributes
    ----------
    backbone
        The network.
    flow
        Origin and destination of the flood.
    flood
        Its volume, in mean flows; at least 0.
    bins
        Rows a round, which is a day.
    initial
        Days of the trusted batch.
    flooded
        Share of the faced bins in which the flood runs, in [0, 1].
    cycle, weekend, noise
        d, w and s above, at least 0.
    growth
        g above, a day.
    structure_seed
        Seed of the sizes of the cities and of the growth; it does not change with a play's.

    Raises
    ------
    ValueError
        When a size is less than 1, a share outside [0, 1], or a number negative or not finite.
    LookupError
        When the flow's cities are unknown.

    Examples
    --------
    >>> world = LinkTraffic(flow=("Seattle", "New York"), flooded=0.25)
    >>> day = world.face(0, np.random.default_rng(0))
    >>> day.rows.shape, int(day.labels.sum())
    ((96, 28), 24)
    """

    backbone: Backbone = ABILENE
    flow: tuple[str, str] = ("Los Angeles", "New York")
    flood: float = 2.0
    bins: int = 96
    initial: int = WEEK
    flooded: float = 0.1
    cycle: float = 0.4
    weekend: float = 0.2
    noise: float = 0.1
    growth: float = 0.0
    structure_seed: int = 0

    def __post_init__(self) -> None:
        for name in ("bins", "initial"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not 0 <= self.flooded <= 1:
            raise ValueError(f"flooded must be in [0, 1], got {self.flooded}")
        for name in ("flood", "cycle", "weekend", "noise", "growth"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ValueError(f"{name} must be finite and at least 0, got {getattr(self, name)}")
        if self.flow not in self.backbone.flows:
            raise LookupError(
                f"unknown flow {self.flow}; it must join two of {', '.join(self.backbone.cities)}"
            )

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """m, read-only, shape (flows,)."""
        return self._structure[0]

    @cached_property
    def direction(self) -> NDArray[np.float64]:
        """What one unit of the flood adds to the links, read-only, shape (links,)."""
        column: NDArray[np.float64] = self.backbone.routing[:, self._flow]
        return column

    @cached_property
    def _flow(self) -> int:
        return self.backbone.flows.index(self.flow)

    @cached_property
    def _structure(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean volumes m and growth rates g z of the flows."""
        rng = np.random.default_rng(self.structure_seed)
        sizes = dict(
            zip(
                self.backbone.cities,
                rng.lognormal(0.0, 0.5, len(self.backbone.cities)),
                strict=True,
            )
        )
        means = np.array([sizes[a] * sizes[b] for a, b in self.backbone.flows])
        means /= means.mean()
        rates = self.growth * rng.normal(size=len(means))
        for array in (means, rates):
            array.setflags(write=False)
        return means, rates

    def volumes(self, times: ArrayLike) -> NDArray[np.float64]:
        """Volumes of the flows without noise, shape (n, flows).

        Parameters
        ----------
        times
            In days since the game began, shape (n,); negative before.
        """
        given = np.asarray(times, dtype=np.float64)[:, None]
        means, rates = self._structure
        return means * np.exp(rates * given) * self._shape(given)

    def _shape(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """The daily and weekly course of the flows around 1."""
        east = np.array([self.backbone.cities[origin][1] for origin, _ in self.backbone.flows])
        daily = np.cos(2 * np.pi * (times + east / 360.0 - PEAK))
        at_weekend = np.floor(times) % WEEK >= WEEK - 2
        course: NDArray[np.float64] = 1.0 + self.cycle * daily - self.weekend * at_weekend
        return course

    def _loads(self, first: int, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Loads of the links in consecutive bins, shape (count, links)."""
        times = np.arange(first, first + count)[:, None] / self.bins
        means, rates = self._structure
        shape = self._shape(times) + self.noise * rng.normal(size=(count, len(means)))
        volumes = means * np.exp(rates * times) * np.maximum(shape, 0.0)
        loads: NDArray[np.float64] = volumes @ self.backbone.routing.T
        return loads

    def start(self, rng: np.random.Generator) -> Batch:
        """The days before the first round."""
        size = self.initial * self.bins
        return Batch.unmarked(self._loads(-size, size, rng), np.zeros(size, dtype=bool))

    def draw(self, clock: int, rng: np.random.Generator) -> Batch:
        """The day's bins, in order."""
        loads = self._loads(clock * self.bins, self.bins, rng)
        return Batch.unmarked(loads, np.zeros(self.bins, dtype=bool))

    def face(self, clock: int, rng: np.random.Generator) -> Batch:
        """The day's bins, in order; in round(flooded * bins) of them the flood runs."""
        loads = self._loads(clock * self.bins, self.bins, rng)
        labels = np.zeros(self.bins, dtype=bool)
        labels[rng.permutation(self.bins)[: round(self.flooded * self.bins)]] = True
        return Batch.unmarked(loads + self.flood * np.outer(labels, self.direction), labels)

    def reference(self) -> Batch:
        """Days before the first round, first without and then with the flood in each bin."""
        return self._reference

    @cached_property
    def _reference(self) -> Batch:
        size = self.initial * self.bins
        loads = self._loads(-size, size, np.random.default_rng((self.structure_seed, 1)))
        rows = np.concatenate([loads, loads + self.flood * self.direction])
        return Batch.unmarked(rows, np.arange(2 * size) >= size)

    def aim(self, rng: np.random.Generator) -> Batch:
        """No row: any flooded bin will do."""
        return self._reference.take(np.zeros(0, dtype=np.intp))
