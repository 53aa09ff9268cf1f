"""Backbones: flows arrive where they are sent, by the shortest way."""

import pickle

import numpy as np
import pytest

from armsrace.worlds import ABILENE, Backbone

PLACES = (("a", 0.0, 0.0), ("b", 0.0, 10.0), ("c", 1.0, 5.0))
TRIANGLE = Backbone(PLACES, (("a", "c"), ("c", "b")))


def length(link: tuple[str, str]) -> float:
    """Great-circle length of a link, in radians, by the spherical law of cosines."""
    (north, east), (other_north, other_east) = (np.radians(ABILENE.cities[city]) for city in link)
    cosine = np.sin(north) * np.sin(other_north) + np.cos(north) * np.cos(other_north) * np.cos(
        east - other_east
    )
    return float(np.arccos(cosine))


def test_abilene_has_eleven_cities_and_fourteen_lines() -> None:
    assert (len(ABILENE.cities), len(ABILENE.lines)) == (11, 14)
    assert ABILENE.routing.shape == (28, 110)


def test_flows_leave_their_origin_and_end_at_their_destination() -> None:
    cities = list(ABILENE.cities)
    incidence = np.zeros((len(cities), len(ABILENE.links)))
    for index, (start, end) in enumerate(ABILENE.links):
        incidence[cities.index(start), index] -= 1
        incidence[cities.index(end), index] += 1
    net = incidence @ ABILENE.routing
    for flow, (origin, destination) in enumerate(ABILENE.flows):
        expected = np.zeros(len(cities))
        expected[cities.index(origin)], expected[cities.index(destination)] = -1, 1
        assert net[:, flow].tolist() == expected.tolist()


def test_no_way_is_shorter() -> None:
    lengths = np.array([length(link) for link in ABILENE.links])
    distance = dict(zip(ABILENE.flows, lengths @ ABILENE.routing, strict=True))
    for origin, destination in ABILENE.flows:
        for link, (start, end) in enumerate(ABILENE.links):
            if end == destination and start != origin:
                detour = distance[origin, start] + lengths[link]
                assert distance[origin, destination] <= detour + 1e-12


def test_links_of_a_path_follow_each_other() -> None:
    way = [TRIANGLE.links[link] for link in TRIANGLE.path("a", "b")]
    assert way == [("a", "c"), ("c", "b")]
    assert TRIANGLE.path("a", "a") == ()


def test_bad_networks_are_refused() -> None:
    with pytest.raises(LookupError, match=r"unknown city 'd' in lines; known: a, b, c"):
        Backbone(PLACES, (("a", "d"),))
    with pytest.raises(ValueError, match="a line must join two cities"):
        Backbone(PLACES, (("a", "a"),))
    with pytest.raises(ValueError, match="lines must be different"):
        Backbone(PLACES, (("a", "b"), ("b", "a"), ("b", "c")))
    with pytest.raises(ValueError, match="c cannot be reached"):
        Backbone(PLACES, (("a", "b"),))
    with pytest.raises(ValueError, match="places must have different names"):
        Backbone((*PLACES, ("a", 2.0, 2.0)), TRIANGLE.lines)
    with pytest.raises(LookupError, match=r"unknown city 'd'; known: a, b, c"):
        TRIANGLE.path("a", "d")


def test_a_backbone_is_a_value() -> None:
    assert ABILENE.routing.any()  # whatever it has worked out goes along
    loaded = pickle.loads(pickle.dumps(ABILENE))
    assert loaded == ABILENE
    assert hash(loaded) == hash(ABILENE)
