"""What alerts lead to: analysts who look at some, and services that are blocked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.defenses import Analysts, BlockService, SpreadAnalysts
from armsrace.verdicts import HONEST, MALICIOUS, Verdicts

RNG = np.random.default_rng
DECISIONS = st.lists(st.sampled_from([0, 1, -1]), max_size=30)


def judged(decisions: list[int]) -> Verdicts:
    return Verdicts(np.arange(len(decisions), dtype=float), np.array(decisions, dtype=np.int8))


@given(DECISIONS, st.integers(0, 12), st.integers(0, 1000))
@settings(max_examples=200)
def test_analysts_block_up_to_their_capacity_and_nothing_that_was_not_flagged(
    decisions: list[int], capacity: int, seed: int
) -> None:
    before = judged(decisions)
    after = Analysts(capacity).classify(None, np.zeros((len(before), 2)), before, RNG(seed))
    flagged = before.decisions == MALICIOUS
    assert (after.decisions == MALICIOUS).sum() == min(capacity, flagged.sum())
    assert np.isin(after.decisions[flagged], (HONEST, MALICIOUS)).all()
    assert after.decisions[~flagged].tolist() == before.decisions[~flagged].tolist()
    assert after.scores is before.scores


def test_every_flagged_row_has_the_same_chance_of_being_looked_at() -> None:
    """3 analysts and 12 alerts: each is seen in a quarter of 4,000 rounds, to 5 standard errors."""
    flagged, part = judged([1] * 12), Analysts(3)
    rng, rounds = RNG(0), 4000
    seen = np.zeros(12)
    for _ in range(rounds):
        seen += part.classify(None, np.zeros((12, 1)), flagged, rng).decisions
    assert np.abs(seen / rounds - 0.25).max() <= 5 * np.sqrt(0.25 * 0.75 / rounds)


def test_without_analysts_everything_passes() -> None:
    after = Analysts(0).classify(None, np.zeros((3, 1)), judged([1, -1, 1]), RNG(0))
    assert after.decisions.tolist() == [0, -1, 0]


def test_capacity_must_not_be_negative() -> None:
    for kind in (Analysts, SpreadAnalysts):
        with pytest.raises(ValueError, match="capacity must be at least 0, got -1"):
            kind(-1)
    with pytest.raises(ValueError, match="bands must be at least 1, got 0"):
        SpreadAnalysts(3, bands=0)


@given(DECISIONS, st.integers(0, 12), st.integers(1, 6), st.integers(0, 1000))
@settings(max_examples=200)
def test_bands_take_turns(decisions: list[int], capacity: int, bands: int, seed: int) -> None:
    """No band with a row left waiting has been looked at less often than another, but by one."""
    before = judged(decisions)
    part = SpreadAnalysts(capacity, bands)
    after = part.classify(None, np.zeros((len(before), 2)), before, RNG(seed))
    flagged = np.flatnonzero(before.decisions == MALICIOUS)
    looked = after.decisions[flagged] == MALICIOUS
    assert looked.sum() == min(capacity, len(flagged))
    others = before.decisions != MALICIOUS
    assert after.decisions[others].tolist() == before.decisions[others].tolist()
    if len(flagged) > 1:
        edges = np.linspace(flagged[0], flagged[-1], bands + 1)  # scores are positions
        band = np.searchsorted(edges[1:-1], flagged, side="right")
        seen = np.bincount(band[looked], minlength=bands)
        waiting = np.bincount(band[~looked], minlength=bands) > 0
        assert not waiting.any() or seen.max() - seen[waiting].min() <= 1


def test_a_crowd_of_one_score_is_only_in_its_own_way() -> None:
    """Ten analysts find the one alert that is apart from a hundred, whatever the draw."""
    verdicts = Verdicts(np.array([*np.full(100, 9.0), 1.0]), np.ones(101, dtype=np.int8))
    for seed in range(20):
        after = SpreadAnalysts(10).classify(None, np.zeros((101, 1)), verdicts, RNG(seed))
        assert after.decisions[-1] == MALICIOUS


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.sampled_from([0, 1, -1]))),
       st.integers(0, 4))  # fmt: skip
@settings(max_examples=200)
def test_an_identity_is_blocked_as_a_whole_or_left_as_it_was(
    traffic: list[tuple[int, int, int]], limit: int
) -> None:
    rows = np.array([[place, 7, sender] for place, sender, _ in traffic]).reshape(-1, 3)
    before = judged([decision for _, _, decision in traffic])
    after = BlockService(limit, columns=(0, 2)).classify(None, rows, before, RNG(0))
    for identity in {(place, sender) for place, sender, _ in traffic}:
        members = [i for i, row in enumerate(traffic) if row[:2] == identity]
        given = before.decisions[members]
        blocked = (given == MALICIOUS).sum() > limit
        expected = [1] * len(members) if blocked else given.tolist()
        assert after.decisions[members].tolist() == expected


def test_columns_that_are_no_identity_do_not_count() -> None:
    rows = np.array([[1.0, 0.1], [1.0, 0.2], [2.0, 0.1]])
    verdicts = judged([1, -1, 0])
    part = BlockService(limit=0, columns=(0,))
    assert part.classify(None, rows, verdicts, RNG(0)).decisions.tolist() == [1, 1, 0]


@pytest.mark.parametrize("columns", [(), (0, -1)])
def test_columns_must_be_columns(columns: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="columns must hold at least one index, each at least 0"):
        BlockService(limit=3, columns=columns)


def test_columns_must_be_there() -> None:
    with pytest.raises(ValueError, match=r"columns must be below 2, the number of features"):
        BlockService(3, (2,)).classify(None, np.zeros((1, 2)), judged([1]), RNG(0))


def test_limit_must_not_be_negative() -> None:
    with pytest.raises(ValueError, match="limit must be at least 0, got -1"):
        BlockService(-1, (0,))
