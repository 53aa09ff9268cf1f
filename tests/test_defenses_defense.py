"""Bundles of defense parts: a fold over the parts, with the empty bundle for its identity."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.batch import Batch
from armsrace.checks import scenes
from armsrace.checks.scenes import fingerprint, steps_of
from armsrace.defenses import (
    Alarms,
    BlockedShare,
    Bootstrap,
    Classify,
    Defense,
    Fit,
    Fitted,
    FixedLimit,
    HideModel,
    LimitQueries,
    Memory,
    MixedThreshold,
    Monitor,
    Observed,
    Retrain,
    Sanitize,
    Watch,
)
from armsrace.verdicts import MALICIOUS, UNSURE, Verdicts

WORDS = scenes()[0]
RNG = np.random.default_rng

PARTS = st.sampled_from(
    [Bootstrap(), Retrain(), HideModel(), LimitQueries(3), MixedThreshold(0.2, 0.8),
     Watch(BlockedShare(), FixedLimit(0.1))]
)  # fmt: skip
BUNDLES = st.recursive(PARTS, lambda inner: st.lists(inner, max_size=3).map(lambda p: Defense(*p)))


def flattened(part: Any) -> list[Any]:
    if isinstance(part, Defense):
        return [leaf for inner in part.parts for leaf in flattened(inner)]
    return [part]


@given(st.lists(BUNDLES, max_size=4))
@settings(max_examples=100)
def test_bundle_of_bundles_is_the_bundle_of_their_parts(parts: list[Any]) -> None:
    nested, flat = Defense(*parts), Defense(*flattened(Defense(*parts)))
    assert nested == flat
    assert hash(nested) == hash(flat)
    assert repr(nested) == repr(flat)
    assert fingerprint(steps_of(nested, WORDS)) == fingerprint(steps_of(flat, WORDS))


@given(st.lists(PARTS, max_size=3), st.integers(0, 3))
@settings(max_examples=100)
def test_empty_bundle_is_the_identity_wherever_it_stands(parts: list[Any], place: int) -> None:
    assert Defense(*parts[:place], Defense(), *parts[place:]) == Defense(*parts)


def test_steps_that_no_part_takes_are_idle() -> None:
    every = {"sanitize", "collect", "fit", "publish", "classify", "monitor"}
    assert Defense().idle == every
    assert Defense(Bootstrap(), HideModel()).idle == every - {"sanitize", "publish"}
    assert Defense(Defense(Retrain()), MixedThreshold(0.2, 0.8)).idle == every - {"fit", "classify"}


def test_holding_learns_nothing_hides_nothing_and_overrules_nothing() -> None:
    hold, public, verdicts = Defense(), WORDS.public(), WORDS.verdicts()
    assert hold.sanitize(WORDS.traffic, WORDS.model, WORDS.memory, RNG(0)).all()
    model, memory = hold.fit(WORDS.model, WORDS.memory, WORDS.traffic, RNG(0))
    assert model is WORDS.model
    assert memory is WORDS.memory
    assert hold.publish(public, RNG(0)) is public
    assert hold.classify(None, WORDS.faced.rows, verdicts, RNG(0)) is verdicts


@dataclass(frozen=True)
class KeepsOdd(Sanitize):
    """Keeps every other of the rows that it is shown."""

    def sanitize(self, offered: Batch, model: Fitted, memory: Memory, rng: Any) -> Any:
        return np.arange(len(offered)) % 2 == 1


def test_each_sanitize_part_is_shown_what_the_ones_before_it_have_kept() -> None:
    keep = Defense(KeepsOdd(), KeepsOdd()).sanitize(
        WORDS.traffic, WORDS.model, WORDS.memory, RNG(0)
    )
    assert np.flatnonzero(keep).tolist() == [3, 7, 11, 15]


@dataclass(frozen=True)
class Appends(Fit):
    """Deploys the text that is deployed, and a letter."""

    letter: str

    def fit(self, model: Fitted, memory: Memory, kept: Batch, rng: Any) -> tuple[Fitted, Memory]:
        return model.deploying(model.deployed + self.letter), memory.noting(self.letter, True)


def test_each_fit_part_goes_on_from_the_model_before_it() -> None:
    start = WORDS.model.deploying("")
    model, memory = Defense(Appends("a"), Appends("b")).fit(
        start, WORDS.memory, WORDS.traffic, RNG(0)
    )
    assert model.deployed == "ab"
    assert dict(memory.notes) == {"a": True, "b": True}


def test_publish_parts_narrow_one_after_another() -> None:
    public = Defense(LimitQueries(5), HideModel(), LimitQueries(2)).publish(WORDS.public(), RNG(0))
    assert public.model is None
    assert public.remaining == 2


@dataclass(frozen=True)
class Doubts(Classify):
    """Is unsure of whatever is called malicious."""

    def classify(self, model: Any, rows: Any, verdicts: Verdicts, rng: Any) -> Verdicts:
        doubtful = verdicts.decisions == MALICIOUS
        return verdicts.with_decisions(np.where(doubtful, UNSURE, verdicts.decisions))


def test_each_classify_part_may_overrule_the_one_before_it() -> None:
    certain = MixedThreshold(-1.0, -1.0)  # everything is malicious
    verdicts = Defense(certain, Doubts()).classify(None, WORDS.faced.rows, WORDS.verdicts(), RNG(0))
    assert (verdicts.decisions == UNSURE).all()
    verdicts = Defense(Doubts(), certain).classify(None, WORDS.faced.rows, WORDS.verdicts(), RNG(0))
    assert (verdicts.decisions == MALICIOUS).all()


@dataclass(frozen=True)
class Rings(Monitor):
    """Raises an alarm, or never does."""

    ever: bool

    def monitor(self, alarms: Alarms, seen: Observed, rng: Any) -> Alarms:
        return alarms.noting(self, "rang", self.ever)


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("parts", [(), (True,), (False,), (True, False), (False, True)])
def test_an_alarm_is_raised_by_any_monitor_and_lasts_one_round(
    parts: tuple[bool, ...], before: bool
) -> None:
    bundle = Defense(*map(Rings, parts))
    alarms = bundle.monitor(Alarms(before, {"earlier": 1}), WORDS.seen(), RNG(0))
    assert alarms.raised == any(parts)
    assert dict(alarms.notes) == {"earlier": 1} | {Rings(ever): "rang" for ever in parts}


def test_what_is_no_part_of_a_defense_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"must be a Sanitize, Collect, Fit, .* or Monitor, got 'retrain'"
    ):
        Defense(Retrain(), "retrain")  # type: ignore[arg-type]


def test_repr_reads_as_a_sum() -> None:
    assert repr(Defense()) == "nothing"
    assert repr(Defense(Bootstrap(), HideModel())) == "Bootstrap() + HideModel()"
