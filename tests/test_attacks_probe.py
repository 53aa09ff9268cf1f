"""Probes: queries are asked through the door, counted, and remembered."""

import numpy as np
import pytest

from armsrace.attacks import QueryReference
from armsrace.checks import scenes

WORDS = scenes()[0]
RNG = np.random.default_rng


def test_answers_are_those_of_the_model_and_each_is_counted() -> None:
    public = WORDS.public()
    part = QueryReference(5)
    rows, verdicts = part.probe(public, WORDS.known, RNG(0)).notes[part]
    assert public.log.count == len(rows) == 5
    assert np.array_equal(verdicts.decisions, WORDS.public().query(rows).decisions)


def test_rows_asked_are_of_the_reference_and_none_twice() -> None:
    size = len(WORDS.known.reference)
    part = QueryReference(10 * size)
    rows, _ = part.probe(WORDS.public(), WORDS.known, RNG(0)).notes[part]
    assert sorted(map(tuple, rows)) == sorted(map(tuple, WORDS.known.reference.rows))


@pytest.mark.parametrize("limit", [0, 1, 4, 7])
def test_no_more_is_asked_than_is_answered(limit: int) -> None:
    public = WORDS.public().limited(limit)
    QueryReference(5).probe(public, WORDS.known, RNG(0))
    assert public.log.count == min(5, limit)


def test_number_of_queries_must_be_positive() -> None:
    with pytest.raises(ValueError, match="queries must be at least 1, got 0"):
        QueryReference(0)
