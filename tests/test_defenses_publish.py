"""Publishing: what an adversary gets to see, and how often it may ask."""

import numpy as np
import pytest

from armsrace.checks import scenes
from armsrace.defenses import Defense, HideModel, LabelsOnly, LimitQueries
from armsrace.models.published import Published, QueryLimitError

WORDS = scenes()[0]
ROWS = WORDS.faced.rows
RNG = np.random.default_rng


def published(*parts: HideModel | LabelsOnly | LimitQueries) -> Published:
    return Defense(*parts).publish(WORDS.public(), RNG(0))


def test_without_any_part_everything_is_public() -> None:
    public = published()
    assert public.model is WORDS.model.deployed
    assert public.remaining is None
    assert public.query(ROWS).scores.tolist() == WORDS.verdicts().scores.tolist()
    assert public.log.count == len(ROWS)


def test_a_hidden_model_still_answers() -> None:
    public = published(HideModel())
    assert public.model is None
    assert public.query(ROWS).scores.tolist() == WORDS.verdicts().scores.tolist()


def test_labels_only_tell_the_decision_twice() -> None:
    answer = published(LabelsOnly()).query(ROWS)
    assert answer.decisions.tolist() == WORDS.verdicts().decisions.tolist()
    assert answer.scores.tolist() == answer.decisions.tolist()


def test_queries_are_answered_up_to_the_limit() -> None:
    public = published(LimitQueries(5))
    public.query(ROWS[:3])
    assert public.remaining == 2
    with pytest.raises(QueryLimitError, match="3 rows queried, 2 queries remain"):
        public.query(ROWS[:3])
    assert public.log.count == 3
    public.query(ROWS[:2])
    assert public.remaining == 0


def test_every_copy_counts_in_the_same_log() -> None:
    door = WORDS.public()
    narrow = Defense(LimitQueries(4), LabelsOnly()).publish(door, RNG(0))
    door.query(ROWS[:3])
    assert narrow.remaining == 1


def test_the_strictest_limit_holds_in_any_order() -> None:
    assert published(LimitQueries(2), LimitQueries(5)).remaining == 2
    assert published(LimitQueries(5), LimitQueries(2)).remaining == 2


def test_limit_must_not_be_negative() -> None:
    with pytest.raises(ValueError, match="limit must be at least 0, got -1"):
        LimitQueries(-1)
