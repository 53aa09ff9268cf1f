"""What the learner carries from round to round: values that are extended by copies."""

import numpy as np

from armsrace.batch import Batch
from armsrace.defenses import Alarms, Fitted, Memory

TRUSTED, FIRST, SECOND = (Batch.of(np.full((2, 1), i), [0, 1]) for i in range(3))
INITIAL = Fitted.of("template", "trained", (TRUSTED,))


def test_a_model_is_deployed_as_it_was_trained_until_it_is_adjusted() -> None:
    adjusted = INITIAL.deploying("adjusted")
    assert (INITIAL.trained, INITIAL.deployed) == ("trained", "trained")
    assert (adjusted.trained, adjusted.deployed) == ("trained", "adjusted")
    assert adjusted.learned is INITIAL.learned


def test_archive_grows_in_order_and_is_forgotten_down_to_the_trusted_batch() -> None:
    memory = Memory(INITIAL, (TRUSTED,))
    grown = memory.storing(FIRST).storing(SECOND)
    assert grown.archive == (TRUSTED, FIRST, SECOND)
    assert memory.archive == (TRUSTED,)
    assert grown.trusted is TRUSTED
    assert grown.noting("part", 1).forgetting().archive == (TRUSTED,)
    assert dict(grown.noting("part", 1).forgetting().notes) == {"part": 1}


def test_notes_are_extended_by_copies() -> None:
    memory = Memory(INITIAL, (TRUSTED,))
    assert dict(memory.noting("a", 1).noting("a", 2).notes) == {"a": 2}
    assert dict(memory.notes) == {}


def test_a_note_of_an_alarm_leaves_the_alarms_of_others_standing() -> None:
    calm = Alarms().noting("a", 0.1, raised=False)
    assert not calm.raised
    raised = calm.noting("b", 0.9, raised=True)
    assert raised.noting("c", 0.1, raised=False).raised
    assert dict(raised.notes) == {"a": 0.1, "b": 0.9}
