"""Chaff: the volume is spent, where each scheme says, and on the flood's links alone."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.attacks import (
    AddMoreIfBigger,
    BoilingFrogChaff,
    Knowledge,
    OptimizedChaff,
    Poison,
    RandomChaff,
)
from armsrace.batch import Batch
from armsrace.feasible import Feasible
from armsrace.models import SubspaceDetector
from armsrace.models.published import Published
from armsrace.worlds import LinkTraffic

RNG = np.random.default_rng
WORLD = LinkTraffic(bins=48)
MODEL = SubspaceDetector(components=3, false_positive_rate=0.01).fit(WORLD.start(RNG(0)).rows)
KNOWN = Knowledge(WORLD.reference(), WORLD.aim(RNG(0)), public=Published(MODEL))
DAY = WORLD.draw(0, RNG(1))
LOADS = DAY.rows @ WORLD.direction / WORLD.direction.sum()
SCHEMES: tuple[type[Any], ...] = (RandomChaff, AddMoreIfBigger, OptimizedChaff, BoilingFrogChaff)


def chaff(part: Poison, known: Knowledge = KNOWN, day: Batch = DAY, seed: int = 0) -> np.ndarray:
    """What a part adds to the flow in each row."""
    offered = part.poison(day, known, RNG(seed))
    added: np.ndarray = offered.rows - day.rows
    volumes: np.ndarray = added @ WORLD.direction / WORLD.direction.sum()
    assert added == pytest.approx(np.outer(volumes, WORLD.direction), abs=1e-9)
    assert offered.origin.tolist() == (volumes > 0).tolist()
    return volumes


@pytest.mark.parametrize("kind", SCHEMES)
@given(volume=st.floats(0.0, 0.5), seed=st.integers(0, 2**32))
@settings(max_examples=50)
def test_chaff_is_positive_and_spends_the_volume(kind: type[Any], volume: float, seed: int) -> None:
    volumes = chaff(kind(volume), seed=seed)
    assert (volumes >= 0).all()
    spent = volumes.mean() / LOADS.mean()
    if kind is OptimizedChaff:
        assert spent <= volume + 1e-9
    else:
        assert spent == pytest.approx(volume, abs=1e-9)


@pytest.mark.parametrize("kind", SCHEMES)
def test_no_volume_changes_nothing(kind: type[Any]) -> None:
    offered = kind(0.0).poison(DAY, KNOWN, RNG(0))
    assert np.array_equal(offered.rows, DAY.rows)
    assert not offered.origin.any()


def test_random_chaff_has_one_size_in_half_of_the_rows() -> None:
    shares = []
    for seed in range(50):
        volumes = chaff(RandomChaff(0.1), seed=seed)
        assert np.ptp(volumes[volumes > 0]) < 1e-9
        shares.append(float((volumes > 0).mean()))
    assert abs(np.mean(shares) - 0.5) < 5 * 0.5 / np.sqrt(50 * len(DAY))


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_bigger_loads_get_more_by_the_power_of_their_excess(exponent: float) -> None:
    volumes = chaff(AddMoreIfBigger(0.1, exponent))
    excess = np.maximum(LOADS - LOADS.mean(), 0.0) ** exponent
    assert volumes == pytest.approx(excess * volumes.sum() / excess.sum(), abs=1e-9)


def test_the_frog_is_boiled_slowly_and_to_the_limit() -> None:
    frog = BoilingFrogChaff(0.01, growth=1.5, limit=0.05)
    for clock in (0, 1, 3, 4, 100, 10_000):
        known = replace(KNOWN, clock=clock)
        expected = AddMoreIfBigger(min(0.05, 0.01 * 1.5 ** min(clock, 50)))
        assert chaff(frog, known) == pytest.approx(chaff(expected), abs=1e-9)
    endless = BoilingFrogChaff(0.01, growth=1.0, limit=0.05)
    assert chaff(endless, replace(KNOWN, clock=9)) == pytest.approx(chaff(AddMoreIfBigger(0.01)))


@pytest.mark.parametrize("volume", [0.05, 0.2, 1.0])
def test_what_the_detector_accepted_it_still_accepts_with_optimized_chaff(volume: float) -> None:
    accepted = MODEL.predict(DAY.rows) == 0
    offered = OptimizedChaff(volume).poison(DAY, KNOWN, RNG(0))
    assert (MODEL.predict(offered.rows)[accepted] == 0).all()
    assert not offered.origin[~accepted].any()


def test_optimized_chaff_is_within_one_row_of_the_exhaustive_optimum() -> None:
    day = DAY.take(np.arange(0, 48, 5))  # 10 rows, 1,024 choices of those that are filled
    loads = LOADS[::5]
    room = chaff(OptimizedChaff(100.0), day=day)
    budget = 0.1 * loads.sum()
    volumes = chaff(OptimizedChaff(0.1), day=day)

    def gain(added: np.ndarray) -> float:
        return float((2 * loads * added + added**2).sum())

    best = 0.0
    for size in range(len(day) + 1):
        for filled in combinations(range(len(day)), size):
            full = np.zeros(len(day))
            full[list(filled)] = room[list(filled)]
            left = budget - full.sum()
            if left < 0:
                continue
            best = max(best, gain(full))
            for partly in set(range(len(day))) - set(filled):
                added = full.copy()
                added[partly] = min(left, room[partly])
                best = max(best, gain(added))
    density = 2 * loads + room
    assert gain(volumes) <= best + 1e-9
    assert gain(volumes) >= best - (density * room).max()
    partial = (volumes > 1e-9) & (volumes < room - 1e-9)
    assert partial.sum() <= 1


def test_with_the_model_hidden_chaff_suits_a_detector_of_the_reference() -> None:
    hidden = replace(KNOWN, public=Published(MODEL).hidden())
    reference = KNOWN.reference
    guess = SubspaceDetector().fit(reference.rows[~reference.labels])
    shown = replace(KNOWN, public=Published(guess))
    assert chaff(OptimizedChaff(0.1), hidden) == pytest.approx(chaff(OptimizedChaff(0.1), shown))


class Verdicts:
    """The same detector with nothing but its verdicts to show."""

    def predict(self, rows: np.ndarray) -> np.ndarray:
        return MODEL.predict(rows)


def test_verdicts_are_all_that_optimized_chaff_needs_of_a_model() -> None:
    bare = replace(KNOWN, public=Published(Verdicts()))
    assert chaff(OptimizedChaff(0.1), bare).tolist() == chaff(OptimizedChaff(0.1)).tolist()


@pytest.mark.parametrize("kind", SCHEMES)
def test_an_immutable_link_gets_no_chaff_and_the_others_theirs(kind: type[Any]) -> None:
    (first, *others) = np.flatnonzero(WORLD.direction)
    bound = replace(KNOWN, feasible=Feasible(lower=0.0, immutable=[first]))
    free = kind(0.1).poison(DAY, KNOWN, RNG(0))
    held = kind(0.1).poison(DAY, bound, RNG(0))
    assert np.array_equal(held.rows[:, first], DAY.rows[:, first])
    assert held.rows[:, others] == pytest.approx(free.rows[:, others])
    stuck = replace(KNOWN, feasible=Feasible(immutable=np.arange(28)))
    assert not kind(0.1).poison(DAY, stuck, RNG(0)).origin.any()


@pytest.mark.parametrize("kind", SCHEMES)
def test_rows_that_are_labelled_malicious_are_left_alone(kind: type[Any]) -> None:
    labels = np.arange(len(DAY)) % 3 == 0
    day = Batch.unmarked(DAY.rows, labels)
    assert not kind(0.1).poison(day, KNOWN, RNG(0)).origin[labels].any()
    nobody = Batch.unmarked(DAY.rows, np.ones(len(DAY), dtype=bool))
    assert not kind(0.1).poison(nobody, KNOWN, RNG(0)).origin.any()


def test_equal_loads_have_no_excess_to_be_dosed_by() -> None:
    day = Batch.unmarked(np.ones((5, 28)), np.zeros(5, dtype=bool))
    assert not AddMoreIfBigger(0.1).poison(day, KNOWN, RNG(0)).origin.any()


@pytest.mark.parametrize("kind", SCHEMES)
def test_what_cannot_be_is_refused(kind: type[Any]) -> None:
    for volume in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="volume must be finite and at least 0"):
            kind(volume)
    words = Batch.unmarked(DAY.rows > 5, DAY.labels)
    with pytest.raises(ValueError, match=r"chaff needs rows of real numbers .* got dtype bool"):
        kind(0.1).poison(words, KNOWN, RNG(0))
    honest = KNOWN.reference.take(~KNOWN.reference.labels)
    with pytest.raises(ValueError, match="with and without the flood, got one class only"):
        kind(0.1).poison(DAY, replace(KNOWN, reference=honest), RNG(0))
    same = Batch.unmarked(np.ones((4, 28)), np.arange(4) % 2 == 0)
    with pytest.raises(ValueError, match="changes the mean of the reference, got none"):
        kind(0.1).poison(DAY, replace(KNOWN, reference=same), RNG(0))


def test_parameters_of_the_schemes_are_checked() -> None:
    for exponent in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="exponent must be positive and finite"):
            AddMoreIfBigger(0.1, exponent)
        with pytest.raises(ValueError, match="exponent must be positive and finite"):
            BoilingFrogChaff(0.1, exponent=exponent)
    with pytest.raises(ValueError, match=r"growth must be at least 1 and finite, got 0\.9"):
        BoilingFrogChaff(0.1, growth=0.9)
    with pytest.raises(ValueError, match=r"at least the volume 0\.2, got 0\.1"):
        BoilingFrogChaff(0.2, limit=0.1)
