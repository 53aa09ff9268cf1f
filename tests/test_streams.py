"""Random numbers by purpose: addressed by coordinates, and by nothing else."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.streams import PURPOSES, RoundStreams, Streams

COORDINATES = st.tuples(
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**63),
    st.sampled_from(PURPOSES),
)


def first_numbers(seed: int, replicate: int, round: int, purpose: str) -> list[int]:
    generator = Streams(seed, replicate).at(round, purpose)
    return [int(number) for number in generator.integers(2**63, size=2)]


@given(COORDINATES, COORDINATES)
@settings(max_examples=200)
def test_other_coordinates_have_other_numbers(one: Any, other: Any) -> None:
    assert (first_numbers(*one) == first_numbers(*other)) == (one == other)


def test_neighboring_coordinates_have_other_numbers() -> None:
    """What hypothesis seldom draws: coordinates that differ in one place, and by one."""
    ends = (0, 1, 2**32 - 1)
    places = [(s, r, t, p) for s in ends for r in ends for t in (0, 1) for p in PURPOSES]
    numbers = {tuple(first_numbers(*place)) for place in places}
    assert len(numbers) == len(places)


@given(st.permutations(PURPOSES), st.lists(st.integers(0, 5), min_size=3, max_size=3))
@settings(max_examples=100)
def test_order_of_asking_does_not_matter(order: list[str], rounds: list[int]) -> None:
    streams = Streams(3)
    for round in rounds:
        for purpose in order:
            drawn = streams.at(round, purpose).integers(2**63, size=2).tolist()
            assert drawn == first_numbers(3, 0, round, purpose)


def test_asking_again_begins_the_round_again() -> None:
    """Half a word that is left over from 32-bit draws is forgotten, too."""
    streams = Streams(3)
    first = streams.at(4, "poison").integers(2**32, size=3, dtype=np.uint32)
    again = streams.at(4, "poison").integers(2**32, size=3, dtype=np.uint32)
    assert first.tolist() == again.tolist()


def test_a_round_leaves_more_numbers_than_can_be_drawn() -> None:
    """The round is the highest of four 64-bit words of the counter: 2^192 blocks a round."""
    streams = Streams(3)
    generator = streams.at(7, "traffic")
    counter: Any = generator.bit_generator.state["state"]
    assert counter["counter"].tolist() == [0, 0, 0, 7]


def test_round_gives_its_streams_by_attribute() -> None:
    rng = Streams(5, 2).of_round(9)
    assert isinstance(rng, RoundStreams)
    for purpose in PURPOSES:
        drawn = getattr(rng, purpose).integers(2**63, size=2).tolist()
        assert drawn == first_numbers(5, 2, 9, purpose)


def test_purposes_that_nobody_draws_for_have_no_stream() -> None:
    rng = Streams(5, 2).of_round(9).without(frozenset({"poison", "fit"}))
    for purpose in PURPOSES:
        if purpose in ("poison", "fit"):
            assert getattr(rng, purpose) is None
        else:
            drawn = getattr(rng, purpose).integers(2**63, size=2).tolist()
            assert drawn == first_numbers(5, 2, 9, purpose)
    assert rng.address == (5, 2, 9)


def test_unknown_purpose_lists_the_known_ones() -> None:
    with pytest.raises(AttributeError, match="no stream 'weather'; the purposes are start, target"):
        _ = Streams(0).of_round(0).weather


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"seed": -1}, ValueError, "seed must be a non-negative integer, got -1"),
        ({"seed": 0, "replicate": -2}, ValueError, "replicate must be a non-negative integer"),
        ({"seed": 2**32}, ValueError, r"seed must be below 2\^32 = 4294967296, got 4294967296"),
        ({"seed": 7, "replicate": 2**40}, ValueError, r"replicate must be below 2\^32"),
        ({"seed": 0.5}, TypeError, "seed must be an integer, got 0.5"),
        ({"seed": True}, TypeError, "seed must be an integer, got True"),
        ({"seed": 0, "replicate": "1"}, TypeError, "replicate must be an integer, got '1'"),
    ],
)
def test_bad_seeds_are_refused(
    arguments: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        Streams(**arguments)


def test_numpy_integers_are_seeds_like_others() -> None:
    one, other = Streams(np.int64(7)), Streams(7)  # type: ignore[arg-type]
    assert one.at(0, "fit").random() == other.at(0, "fit").random()
