"""Backdoors: what a stamp changes, within what is feasible, and that a planted one opens."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from armsrace.attacks import Backdoor, Knowledge, StampTrigger, Trigger
from armsrace.batch import Batch
from armsrace.checks import scenes
from armsrace.feasible import Feasible

RNG = np.random.default_rng
SCENES = {scene.name: scene for scene in scenes()}
PLANE, WORDS = SCENES["plane"], SCENES["words"]


def aimless(reference: Batch, feasible: Feasible | None = None) -> Knowledge:
    nothing = reference.take(np.zeros(0, dtype=int))
    return Knowledge(reference, nothing, feasible=feasible or Feasible())


def test_stamp_changes_the_malicious_rows_and_nothing_else() -> None:
    faced = Batch.of([[0.0, 0.0], [0.0, 0.0], [0.0, 9.0]], [0, 1, 1])
    met = StampTrigger(Trigger((1,), (9.0,))).evade(faced, aimless(faced), RNG(0))
    assert met.rows.tolist() == [[0.0, 0.0], [0.0, 9.0], [0.0, 9.0]]
    assert met.origin.tolist() == [False, True, False]
    assert met.labels.tolist() == faced.labels.tolist()


def test_in_a_targeted_game_only_targets_are_stamped() -> None:
    faced = Batch.of([[0.0], [0.0]], [1, 1]).plus(Batch.of([[0.0]], [1]).aimed())
    met = StampTrigger(Trigger((0,), (5.0,))).evade(faced, aimless(faced), RNG(0))
    assert met.rows.ravel().tolist() == [0.0, 0.0, 5.0]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6))
def test_stamped_rows_are_feasible(seed: int) -> None:
    rng = RNG(seed)
    feasible = Feasible(
        lower=-1,
        upper=4,
        integer=[0],
        increasing=[1],
        decreasing=[2],
        immutable=[3],
        groups=([4, 5, 6],),
    )
    rows = feasible.nearest(rng.normal(size=(5, 7)) * 3)
    columns = tuple(rng.permutation([0, 1, 2, 4, 5, 6])[: int(rng.integers(1, 7))].tolist())
    trigger = Trigger(columns, tuple(rng.normal(size=len(columns)) * 3))
    stamped = trigger.stamped(rows, feasible)
    assert feasible.allows(stamped, originals=rows).all()
    others = [column for column in (0, 1, 2, 3) if column not in columns]
    assert (stamped[:, others] == rows[:, others]).all()


def test_a_stamp_in_a_group_outdoes_what_was_set() -> None:
    feasible = Feasible(groups=([0, 1, 2],))
    stamped = Trigger((2,), (1.0,)).stamped(np.eye(3), feasible)
    assert stamped.tolist() == [[0.0, 0.0, 1.0]] * 3


def test_planted_rows_are_malicious_ones_called_honest() -> None:
    trigger = Trigger((0, 2), (7.0, 8.0))
    reference = PLANE.known.reference
    offered = Backdoor(0.5, trigger).poison(PLANE.traffic, aimless(reference), RNG(0))
    own = offered.take(offered.origin)
    assert len(own) == len(PLANE.traffic)
    assert not own.labels.any()
    assert (own.rows[:, [0, 2]] == [7.0, 8.0]).all()
    originals = {row.tobytes() for row in reference.rows[reference.labels][:, [1, 3, 4, 5]].copy()}
    assert {row.tobytes() for row in own.rows[:, [1, 3, 4, 5]].copy()} <= originals


def test_with_a_target_the_target_is_planted() -> None:
    offered = Backdoor(0.5, Trigger((0,), (7.0,))).poison(PLANE.traffic, PLANE.known, RNG(0))
    own = offered.rows[offered.origin]
    assert (own[:, 1:] == PLANE.known.target.rows[0, 1:]).all()


def test_a_planted_trigger_opens_the_model_and_an_unplanted_one_does_not() -> None:
    """Same evasion, same number of poison rows; only what was planted differs."""
    shown, other = Trigger((6,), (3.0,)), Trigger((7,), (3.0,))
    labels = np.arange(400) % 2 == 1
    rows = RNG(0).normal(size=(400, 6)) + 2.0 * labels[:, None]
    rows = np.column_stack([rows, np.zeros((400, 2))])
    traffic, faced = Batch.of(rows[:200], labels[:200]), Batch.of(rows[200:], labels[200:])
    known = aimless(traffic)
    met = StampTrigger(shown).evade(faced, known, RNG(0))
    missed = {}
    for name, planted in (("shown", shown), ("other", other)):
        offered = Backdoor(0.1, planted).poison(traffic, known, RNG(0))
        model = LogisticRegression().fit(offered.rows, offered.labels)
        missed[name] = float((~model.predict(met.rows[met.labels])).mean())
    assert missed["shown"] > 0.9
    assert missed["other"] < 0.1


def test_rows_of_words_stay_words() -> None:
    offered = Backdoor(0.3, Trigger((0, 1), (1.0, 1.0))).poison(
        WORDS.traffic, aimless(WORDS.known.reference), RNG(0)
    )
    assert offered.rows.dtype == np.bool_
    assert offered.rows[offered.origin][:, :2].all()


@pytest.mark.parametrize(
    ("columns", "values", "says"),
    [
        ((), (), "columns must be distinct indices from 0 on"),
        ((1, 1), (0.0, 0.0), "columns must be distinct"),
        ((-1,), (0.0,), "columns must be distinct indices from 0 on"),
        ((0,), (), "values must hold a finite number for each of 1 columns"),
        ((0,), (np.inf,), "values must hold a finite number"),
    ],
)
def test_no_such_trigger(columns: Any, values: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Trigger(columns, values)


@pytest.mark.parametrize(
    ("trigger", "feasible", "says"),
    [
        (Trigger((6,), (1.0,)), Feasible(), "columns must be less than 6"),
        (Trigger((0, 2), (1.0, 1.0)), Feasible(immutable=[2]), r"mutable.*\[2\] are not"),
        (
            Trigger((0,), (1.0,)),
            Feasible(lower=[2] * 6, upper=[2] + [9] * 5),
            "columns must be mut",
        ),
    ],
)
def test_a_trigger_that_cannot_be_stamped_is_refused(
    trigger: Trigger, feasible: Feasible, says: str
) -> None:
    known = aimless(PLANE.known.reference, feasible)
    with pytest.raises(ValueError, match=says):
        Backdoor(0.2, trigger).poison(PLANE.traffic, known, RNG(0))
    with pytest.raises(ValueError, match=says):
        StampTrigger(trigger).evade(PLANE.faced, known, RNG(0))


def test_bad_input_and_neutral_cases() -> None:
    reference = PLANE.known.reference
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\), got 1"):
        Backdoor(1.0)
    honest = aimless(reference.take(~reference.labels))
    with pytest.raises(ValueError, match="needs a malicious row to stamp"):
        Backdoor(0.1).poison(PLANE.traffic, honest, RNG(0))
    assert len(Backdoor(0.0).poison(PLANE.traffic, PLANE.known, RNG(0))) == len(PLANE.traffic)
    calm = PLANE.faced.take(~PLANE.faced.labels)
    assert not StampTrigger().evade(calm, PLANE.known, RNG(0)).origin.any()
