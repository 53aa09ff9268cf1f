"""What the adversary knows: a value, extended by copies."""

import pickle

import numpy as np

from armsrace.attacks import GoodWords, Knowledge
from armsrace.batch import Batch
from armsrace.models.published import Published

ROWS = Batch.of(np.eye(2), [0, 1])


def test_nothing_is_seen_before_anything_is_published() -> None:
    known = Knowledge(ROWS, ROWS)
    assert known.public is None
    assert known.model is None


def test_the_model_is_seen_unless_it_is_hidden() -> None:
    known = Knowledge(ROWS, ROWS)
    assert known.seeing(Published("model")).model == "model"
    assert known.seeing(Published("model").hidden()).model is None


def test_knowledge_is_extended_by_copies() -> None:
    known = Knowledge(ROWS, ROWS)
    one, other = known.noting("a", 1), known.at(5)
    both = one.noting("b", 2)
    assert dict(known.notes) == {}
    assert dict(one.notes) == {"a": 1}
    assert dict(both.notes) == {"a": 1, "b": 2}
    assert (known.clock, other.clock, both.clock) == (0, 5, 0)
    assert both.reference is ROWS


def test_notes_are_found_by_an_equal_part_after_loading() -> None:
    known = Knowledge(ROWS, ROWS).noting(GoodWords(3), "noted")
    loaded = pickle.loads(pickle.dumps(known))
    assert loaded.notes[GoodWords(3)] == "noted"
