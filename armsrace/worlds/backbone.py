"""Backbone networks: cities, the lines between them, and which lines a flow takes.

Traffic from one city (its *origin*) to another (its *destination*) is a *flow*. A line carries
traffic both ways, each way being a *link* with a load of its own. Flows take the shortest path,
measured along great circles; so the loads y of the links are a linear map of the volumes x of the
flows, y = A x, with the 0-1 *routing matrix* A.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, permutations
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS: Final = 6371.0
"""Kilometers."""


@final
@dataclass(frozen=True)
class Backbone:
    """Cities and the lines between them.

    Attributes
    ----------
    places
        Name, latitude and longitude of each city, in degrees.
    lines
        Pairs of cities that are joined.

    Raises
    ------
    ValueError
        When a line joins a city to itself or stands there twice, a city cannot be reached, or two
        have the same name.
    LookupError
        When a line ends in an unknown city.

    Examples
    --------
    >>> ABILENE.routing.shape
    (28, 110)
    >>> for link in ABILENE.path("Seattle", "New York"):
    ...     print(*ABILENE.links[link], sep=" - ")
    Seattle - Denver
    Denver - Kansas City
    Kansas City - Indianapolis
    Indianapolis - Chicago
    Chicago - New York
    """

    places: tuple[tuple[str, float, float], ...]
    lines: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if len(self.cities) < len(self.places):
            raise ValueError(f"places must have different names, got {self.places}")
        for line in self.lines:
            for city in line:
                if city not in self.cities:
                    raise LookupError(
                        f"unknown city {city!r} in lines; known: {', '.join(self.cities)}"
                    )
            if line[0] == line[1]:
                raise ValueError(f"a line must join two cities, got {line}")
        if len({frozenset(line) for line in self.lines}) < len(self.lines):
            raise ValueError(f"lines must be different, got {self.lines}")
        cut_off = [city for city in self.cities if not self._reached(city)]
        if cut_off:
            raise ValueError(f"lines must join all cities, {', '.join(cut_off)} cannot be reached")

    def _reached(self, city: str) -> bool:
        """Whether the lines join a city to the first one."""
        start = next(iter(self.cities))
        reached, frontier = {start}, {start}
        while frontier:
            ends = {end for line in self.lines if frontier & set(line) for end in line}
            frontier = ends - reached
            reached |= frontier
        return city in reached

    @cached_property
    def cities(self) -> Mapping[str, tuple[float, float]]:
        """Latitude and longitude of each city by its name, in degrees."""
        return {name: (north, east) for name, north, east in self.places}

    @cached_property
    def links(self) -> tuple[tuple[str, str], ...]:
        """The lines, each first one way and then the other."""
        return tuple(link for a, b in self.lines for link in ((a, b), (b, a)))

    @cached_property
    def flows(self) -> tuple[tuple[str, str], ...]:
        """Every origin with every other city for its destination."""
        return tuple(permutations(self.cities, 2))

    @cached_property
    def routing(self) -> NDArray[np.float64]:
        """A, read-only, shape (links, flows): 1 where a flow takes a link."""
        matrix = np.zeros((len(self.links), len(self.flows)))
        for flow, ends in enumerate(self.flows):
            matrix[list(self.path(*ends)), flow] = 1.0
        matrix.setflags(write=False)
        return matrix

    def path(self, origin: str, destination: str) -> tuple[int, ...]:
        """Links of the shortest path, by index, in the order in which they are passed.

        Raises
        ------
        LookupError
            When there is no such city.
        """
        names = list(self.cities)
        for city in (origin, destination):
            if city not in self.cities:
                raise LookupError(f"unknown city {city!r}; known: {', '.join(names)}")
        before = self._predecessors[names.index(origin)]
        stops = [destination]
        while stops[-1] != origin:
            stops.append(names[before[names.index(stops[-1])]])
        way = stops[::-1]
        return tuple(self.links.index(link) for link in pairwise(way))

    @cached_property
    def _predecessors(self) -> NDArray[np.int32]:
        """Which city comes before the column's on the way from the row's."""
        from scipy.sparse.csgraph import dijkstra

        names = list(self.cities)
        lengths = np.zeros((len(names), len(names)))
        for a, b in self.links:
            lengths[names.index(a), names.index(b)] = _distance(self.cities[a], self.cities[b])
        _, before = dijkstra(lengths, return_predecessors=True)
        found: NDArray[np.int32] = before
        return found


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Length of the great circle between two places, in kilometers (haversine formula)."""
    (north_a, east_a), (north_b, east_b) = np.radians(a), np.radians(b)
    chord = (
        np.sin((north_b - north_a) / 2) ** 2
        + np.cos(north_a) * np.cos(north_b) * np.sin((east_b - east_a) / 2) ** 2
    )
    return float(2 * EARTH_RADIUS * np.arcsin(np.sqrt(chord)))


ABILENE: Final = Backbone(
    places=(
        ("Seattle", 47.6, -122.3),
        ("Sunnyvale", 37.4, -122.0),
        ("Los Angeles", 34.1, -118.2),
        ("Denver", 39.7, -105.0),
        ("Kansas City", 39.1, -94.6),
        ("Houston", 29.8, -95.4),
        ("Chicago", 41.9, -87.7),
        ("Indianapolis", 39.8, -86.2),
        ("Atlanta", 33.7, -84.4),
        ("Washington", 38.9, -77.0),
        ("New York", 40.7, -74.0),
    ),
    lines=(
        ("Seattle", "Sunnyvale"),
        ("Seattle", "Denver"),
        ("Sunnyvale", "Los Angeles"),
        ("Sunnyvale", "Denver"),
        ("Los Angeles", "Houston"),
        ("Denver", "Kansas City"),
        ("Kansas City", "Houston"),
        ("Kansas City", "Indianapolis"),
        ("Houston", "Atlanta"),
        ("Chicago", "Indianapolis"),
        ("Chicago", "New York"),
        ("Indianapolis", "Atlanta"),
        ("Atlanta", "Washington"),
        ("Washington", "New York"),
    ),
)
"""Abilene, the backbone of Internet2 in 2005, after the Internet Topology Zoo and SNDlib."""
