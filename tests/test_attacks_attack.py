"""Bundles of attack parts: a fold over the parts, with the empty bundle for its identity."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.attacks import (
    Attack,
    DictionaryFlood,
    Evade,
    GoodWords,
    Knowledge,
    Poison,
    Probe,
    QueryReference,
    RandomLabelFlip,
)
from armsrace.batch import Batch
from armsrace.checks import Scene, scenes
from armsrace.checks.scenes import fingerprint, steps_of
from armsrace.models.published import Published

WORDS = scenes()[0]


@dataclass(frozen=True)
class Says(Poison, Probe, Evade):
    """Adds to every step one row that consists of its number, or notes it."""

    number: int

    def _added(self, batch: Batch) -> Batch:
        row = np.full((1, batch.width), self.number, dtype=batch.rows.dtype)
        return batch.plus(Batch.made(row, np.ones(1, dtype=bool)))

    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        return self._added(traffic)

    def probe(self, public: Published, known: Knowledge, rng: Any) -> Knowledge:
        said = known.notes.get("said", ())
        return known.noting("said", (*said, self.number))

    def evade(self, faced: Batch, known: Knowledge, rng: Any) -> Batch:
        return self._added(faced)


PARTS = st.sampled_from(
    [Says(0), Says(1), DictionaryFlood(0.2), GoodWords(2), QueryReference(3), RandomLabelFlip(0.1)]
)
BUNDLES = st.recursive(PARTS, lambda inner: st.lists(inner, max_size=3).map(lambda p: Attack(*p)))


def flattened(part: Any) -> list[Any]:
    return (
        [leaf for p in part.parts for leaf in flattened(p)] if isinstance(part, Attack) else [part]
    )


def effect(attack: Attack, scene: Scene = WORDS) -> bytes:
    return fingerprint(steps_of(attack, scene))


@given(st.lists(BUNDLES, max_size=4))
@settings(max_examples=100)
def test_bundle_of_bundles_is_the_bundle_of_their_parts(parts: list[Any]) -> None:
    nested, flat = Attack(*parts), Attack(*flattened(Attack(*parts)))
    assert nested == flat
    assert hash(nested) == hash(flat)
    assert repr(nested) == repr(flat)
    assert effect(nested) == effect(flat)


@given(st.lists(PARTS, max_size=3), st.integers(0, 3))
@settings(max_examples=100)
def test_empty_bundle_is_the_identity_wherever_it_stands(parts: list[Any], place: int) -> None:
    assert Attack(*parts[:place], Attack(), *parts[place:]) == Attack(*parts)


def test_waiting_changes_nothing_and_sees_what_is_public() -> None:
    rng = np.random.default_rng(0)
    assert Attack().poison(WORDS.traffic, WORDS.known, rng) is WORDS.traffic
    assert Attack().evade(WORDS.faced, WORDS.known, rng) is WORDS.faced
    public = WORDS.public()
    known = Attack().probe(public, WORDS.known, rng)
    assert known.public is public
    assert known.notes == WORDS.known.notes
    assert public.log.count == 0


def test_parts_act_in_their_order_each_on_what_the_one_before_has_left() -> None:
    results = steps_of(Attack(Says(0), Says(1)), WORDS)
    assert results["poison"].rows[-2:].any(axis=1).tolist() == [False, True]
    assert results["evade"].rows[-2:].any(axis=1).tolist() == [False, True]
    assert results["probe"].notes["said"] == (0, 1)
    # 16 rows of traffic: half of the traffic is 16 of its own, and then half of 32 is 32.
    doubled = Attack(DictionaryFlood(0.5), DictionaryFlood(0.5))
    traffic = doubled.poison(WORDS.traffic, WORDS.known, np.random.default_rng(0))
    assert len(traffic) == 4 * len(WORDS.traffic)


def test_steps_that_no_part_takes_are_idle() -> None:
    assert Attack().idle == {"poison", "probe", "evade"}
    assert Attack(Attack(DictionaryFlood(0.2)), QueryReference(3)).idle == {"evade"}
    assert Attack(Says(0)).idle == frozenset()


def test_bundle_takes_only_the_steps_that_its_parts_have() -> None:
    rng = np.random.default_rng(0)
    assert Attack(GoodWords(2)).poison(WORDS.traffic, WORDS.known, rng) is WORDS.traffic
    assert Attack(DictionaryFlood(0.2)).evade(WORDS.faced, WORDS.known, rng) is WORDS.faced


def test_what_is_no_part_of_an_attack_is_refused() -> None:
    with pytest.raises(TypeError, match="must be a Poison, Probe or Evade, got 'flood'"):
        Attack(DictionaryFlood(0.1), "flood")  # type: ignore[arg-type]


def test_repr_reads_as_a_sum() -> None:
    assert repr(Attack()) == "nothing"
    assert repr(Attack(DictionaryFlood(0.1), GoodWords(2))) == (
        "DictionaryFlood(rate=0.1) + GoodWords(words=2)"
    )
