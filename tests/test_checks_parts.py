"""The checks of parts find what they are for: each is shown a part that breaks its rule."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final

import numpy as np
import pytest

from armsrace.attacks import Attack, DictionaryFlood, Evade, Knowledge, Poison, Probe
from armsrace.batch import Batch
from armsrace.checks import (
    CheckFailed,
    Scene,
    attacks,
    bad_input,
    checks_in,
    defenses,
    example_of,
    parts,
    scenes,
    scenes_for,
)
from armsrace.checks.scenes import Part
from armsrace.defenses import Alarms, Classify, Defense, Fit, Fitted, Monitor, Publish, Sanitize
from armsrace.models.published import Published
from armsrace.verdicts import Verdicts

COUNTER: Final = count()


class Changeable(Poison):
    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        return traffic


@dataclass(frozen=True)
class OfAList(Changeable):
    words: tuple[Any, ...] = ([],)


@dataclass(frozen=True, eq=False)
class NotesUnderItself(Probe):
    def probe(self, public: Published, known: Knowledge, rng: Any) -> Knowledge:
        return known.noting(self, 1)


@dataclass(frozen=True)
class WritesInTheBook(Changeable):
    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        known.notes[self] = 1  # type: ignore[index]
        return traffic


@dataclass(frozen=True)
class Moody(Changeable):
    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        return traffic.take(np.arange(next(COUNTER) % 3))


@dataclass(frozen=True)
class NeedsARow(Changeable):
    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        return traffic.plus(Batch.made(traffic.rows[:1] * traffic.rows[0], traffic.labels[:1]))


@dataclass(frozen=True)
class TakesAway(Changeable):
    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        return traffic.take(np.arange(1, len(traffic)))


@dataclass(frozen=True)
class Unsigned(Changeable):
    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        return traffic.plus(Batch.unmarked(traffic.rows, traffic.labels))


@dataclass(frozen=True)
class FlipsUnseen(Changeable):
    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        return Batch(traffic.rows, ~traffic.labels, traffic.origin, traffic.target)


@dataclass(frozen=True)
class BlanksUnseen(Evade):
    def evade(self, faced: Batch, known: Knowledge, rng: Any) -> Batch:
        return Batch(np.zeros_like(faced.rows), faced.labels, faced.origin, faced.target)


@dataclass(frozen=True)
class CallsItselfHonest(Evade):
    def evade(self, faced: Batch, known: Knowledge, rng: Any) -> Batch:
        return Batch(faced.rows, ~faced.labels, ~faced.origin, faced.target)


@dataclass(frozen=True)
class Widens(Evade):
    def evade(self, faced: Batch, known: Knowledge, rng: Any) -> Batch:
        rows = np.column_stack([faced.rows, faced.rows])
        return Batch(rows, faced.labels, ~faced.origin, faced.target)


@dataclass(frozen=True)
class CountsInFloats(Changeable):
    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        return traffic.plus(Batch.made(traffic.rows.astype(np.float32), traffic.labels))


@dataclass(frozen=True)
class Overreaches(Evade):
    """Changes what it cannot change."""

    def evade(self, faced: Batch, known: Knowledge, rng: Any) -> Batch:
        origin = np.ones(len(faced), dtype=bool)
        return Batch(1.0 - faced.rows, faced.labels, origin, faced.target)


@dataclass(frozen=True)
class MakesWhatItCannot(Changeable):
    """Adds rows with both columns of a one-hot group set."""

    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        return traffic.plus(Batch.made(np.ones_like(traffic.rows), traffic.labels))


@dataclass(frozen=True)
class Stumbles(Changeable):
    """Fails where it is constrained, for a reason of its own."""

    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        if len(known.feasible.immutable):
            raise ValueError("shapes disagree")
        return traffic


@dataclass(frozen=True)
class Refuses(Changeable):
    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        if len(known.feasible.immutable):
            raise ValueError("column 0 must be mutable in feasible, got an immutable one")
        return traffic


@dataclass(frozen=True)
class SpendsAnyway(Changeable):
    """Sends a row whatever its rate."""

    rate: float = 0.5

    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        return traffic.plus(Batch.made(traffic.rows[:1], traffic.labels[:1]))


@dataclass(frozen=True)
class RefusesToBePoor(Changeable):
    rate: float = 0.5

    def __post_init__(self) -> None:
        if not self.rate:
            raise ValueError("that is too little")


@dataclass(frozen=True)
class TakesMeans(Changeable):
    """Goes on with means of no rows."""

    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        middle = known.reference.rows[known.reference.labels].mean(axis=0, keepdims=True)
        return traffic.plus(Batch.made(middle, np.ones(1, dtype=bool)))


@dataclass(frozen=True)
class Standardizes(Changeable):
    """Divides by spreads, and hides it."""

    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        with np.errstate(all="ignore"):
            row = traffic.rows[:1] / traffic.rows.std(axis=0)
        return traffic.plus(Batch.made(row, traffic.labels[:1]))


@dataclass(frozen=True)
class TakesScoresForGranted(Evade):
    def evade(self, faced: Batch, known: Knowledge, rng: Any) -> Batch:
        known.model.decision_function(faced.rows)  # type: ignore[union-attr]
        return faced


@dataclass(frozen=True)
class AsksAtAnyRate(Probe):
    def probe(self, public: Published, known: Knowledge, rng: Any) -> Knowledge:
        public.query(known.reference.rows[:2])
        return known


@dataclass(frozen=True)
class GivesNumbers(Sanitize):
    def sanitize(self, offered: Batch, model: Fitted, memory: Any, rng: Any) -> Any:
        return np.arange(len(offered))


@dataclass(frozen=True)
class Clairvoyant(Sanitize):
    def sanitize(self, offered: Batch, model: Fitted, memory: Any, rng: Any) -> Any:
        return ~offered.origin


@dataclass(frozen=True)
class LearnsFromTheMarks(Fit):
    def fit(self, model: Fitted, memory: Any, kept: Batch, rng: Any) -> Any:
        return model.deploying(Stuck(float(kept.target.sum()))), memory


@dataclass(frozen=True)
class Stuck:
    score: float

    def decision_function(self, rows: Any) -> Any:
        return np.full(len(rows), self.score)


@dataclass(frozen=True)
class Dazzled(Fit):
    def fit(self, model: Fitted, memory: Any, kept: Batch, rng: Any) -> Any:
        return model.deploying(Stuck(np.nan)), memory


@dataclass(frozen=True)
class Secretive(Fit):
    def fit(self, model: Fitted, memory: Any, kept: Batch, rng: Any) -> Any:
        return replace(model, learned=()), memory


@dataclass(frozen=True)
class Shows(Publish):
    def publish(self, public: Published, rng: Any) -> Published:
        return replace(public, _visible=True)


@dataclass(frozen=True)
class Unlimited(Publish):
    def publish(self, public: Published, rng: Any) -> Published:
        return replace(public, _limit=None)


@dataclass(frozen=True)
class Uncounted(Publish):
    def publish(self, public: Published, rng: Any) -> Published:
        return Published(None, _limit=0)


@dataclass(frozen=True)
class InDoubt(Classify):
    def classify(self, model: Any, rows: Any, verdicts: Verdicts, rng: Any) -> Verdicts:
        return verdicts.with_decisions(verdicts.decisions * 2)


@dataclass(frozen=True)
class Soothes(Monitor):
    def monitor(self, alarms: Alarms, seen: Any, rng: Any) -> Alarms:
        return Alarms(False, alarms.notes)


BROKEN: Final[list[tuple[Callable[[Any, Scene], None], Part, str]]] = [
    (parts.check_is_frozen_and_hashable, Changeable(), "can be changed"),
    (parts.check_is_frozen_and_hashable, OfAList(), "has no hash"),
    (parts.check_a_copy_finds_the_notes, NotesUnderItself(), "probe notes under"),
    (parts.check_inputs_are_not_modified, WritesInTheBook(), "modifies what it was handed"),
    (parts.check_same_rng_gives_the_same, Moody(), "poison of .* gives another result"),
    (parts.check_does_without_traffic, NeedsARow(), "fails on a batch without rows: IndexError"),
    (attacks.check_own_rows_are_marked, TakesAway(), "takes away 1 rows"),
    (attacks.check_own_rows_are_marked, Unsigned(), "adds rows without marking them"),
    (attacks.check_own_rows_are_marked, FlipsUnseen(), "changes the labels of rows"),
    (attacks.check_own_rows_are_marked, BlanksUnseen(), "changes the rows of rows"),
    (attacks.check_faced_labels_stay_the_truth, CallsItselfHonest(), "changes labels"),
    (attacks.check_rows_keep_their_kind, Widens(), "makes rows of"),
    (attacks.check_rows_keep_their_kind, CountsInFloats(), "makes rows of"),
    (attacks.check_rows_are_feasible, Overreaches(), "alters rows against known.feasible"),
    (attacks.check_rows_are_feasible, MakesWhatItCannot(), "makes rows against known.feasible"),
    (attacks.check_rows_are_feasible, Stumbles(), "does not say so: shapes disagree"),
    (attacks.check_probe_keeps_to_the_limit, AsksAtAnyRate(), "asks beyond a limit of 0"),
    (bad_input.check_without_a_budget_nothing_is_done, SpendsAnyway(), "with nothing to spend"),
    (bad_input.check_without_a_budget_nothing_is_done, RefusesToBePoor(), "without naming it"),
    (bad_input.check_one_class_is_endured, TakesMeans(), "fails on a reference of one class"),
    (bad_input.check_constant_features_are_endured, Standardizes(), "no numbers out of constant"),
    (bad_input.check_immutable_features_are_endured, Overreaches(), "alters rows against"),
    (bad_input.check_immutable_features_are_endured, Stumbles(), "without saying so: shapes"),
    (
        bad_input.check_a_model_that_only_predicts_is_endured,
        TakesScoresForGranted(),
        "fails on a model that only predicts: AttributeError",
    ),
    (defenses.check_sanitize_gives_a_mask, GivesNumbers(), "must give a bool .* got int64"),
    (defenses.check_fit_gives_a_model_that_judges, Dazzled(), "by a finite number"),
    (defenses.check_fit_gives_a_model_that_judges, Secretive(), "does not tell"),
    (defenses.check_publish_only_narrows, Shows(), "shows a model that was hidden"),
    (defenses.check_publish_only_narrows, Unlimited(), "lifts a limit of 1 query to None"),
    (defenses.check_publish_only_narrows, Uncounted(), "counts queries in another log"),
    (defenses.check_verdicts_are_verdicts, InDoubt(), r"by -1, 0 or 1 as int8, got .*: \[0, 2\]"),
    (defenses.check_alarm_stands, Soothes(), "takes back an alarm"),
    (defenses.check_marks_do_not_matter, Clairvoyant(), "sanitize of .* only the marks differ"),
    (defenses.check_marks_do_not_matter, LearnsFromTheMarks(), "fit of .* only the marks differ"),
]


@pytest.mark.parametrize(("check", "part", "says"), BROKEN)
def test_broken_part_is_found(check: Callable[[Any, Scene], None], part: Part, says: str) -> None:
    words = scenes()[0] if isinstance(part, CountsInFloats) else scenes()[1]
    with pytest.raises(CheckFailed, match=says):
        check(part, words)


def test_part_that_refuses_what_is_not_feasible_keeps_the_rule() -> None:
    attacks.check_rows_are_feasible(Refuses(), scenes()[1])


def test_constrained_scene_binds_each_kind_of_column() -> None:
    """What is asked of altered rows is more than what the originals already are."""
    for scene in scenes():
        feasible, rows = scene.constrained().known.feasible, scene.faced.rows.astype(np.float64)
        moved = feasible.nearest(0.5 - rows, rows) != 0.5 - rows
        assert moved[:, :6].any(axis=0).all()
        assert feasible.allows(rows, rows).all()


@pytest.mark.parametrize(
    "module", [parts, attacks, bad_input, defenses], ids=lambda module: module.__name__
)
def test_every_check_of_parts_is_shown_to_find_something(module: Any) -> None:
    assert set(checks_in(module)) <= {check for check, *_ in BROKEN}


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
def test_empty_bundles_pass_the_checks(scene: Scene) -> None:
    for check in (*checks_in(parts), *checks_in(attacks), *checks_in(bad_input)):
        check(Attack(), scene)
    for check in {*checks_in(parts), *checks_in(defenses)} - {defenses.check_alarm_stands}:
        check(Defense(), scene)


def test_part_that_suits_no_scene_is_reported_with_its_reasons() -> None:
    @dataclass(frozen=True)
    class Choosy(Changeable):
        def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
            raise ValueError("only images will do")

    with pytest.raises(CheckFailed, match="words: only images will do; sphere: only"):
        scenes_for(Choosy())


def test_example_without_a_value_for_a_field_says_which() -> None:
    with pytest.raises(LookupError, match="no value for rate: <class 'float'> of DictionaryFlood"):
        example_of(DictionaryFlood, {int: 3})
