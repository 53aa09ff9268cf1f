"""The door to a model: its log of what was asked and answered."""

import pickle

import numpy as np
import pytest

from armsrace.checks import scenes
from armsrace.models.published import QueryLimitError

PLANE = scenes()[2]
ROWS = PLANE.faced.rows


def test_the_log_keeps_the_rows_and_what_was_answered() -> None:
    public = PLANE.public()
    first, second = public.query(ROWS[:3]), public.hidden().query(ROWS[3:5])
    assert public.log.count == 5
    assert public.log.rows.tolist() == ROWS[:5].tolist()
    assert public.log.decisions.tolist() == [*first.decisions, *second.decisions]


def test_the_log_keeps_what_was_asked_when_the_adversary_goes_on_to_alter_it() -> None:
    public, rows = PLANE.public(), ROWS[:2].copy()
    public.query(rows)
    rows += 1.0
    assert public.log.rows.tolist() == ROWS[:2].tolist()


def test_a_log_without_queries_is_empty() -> None:
    public = PLANE.public()
    public.query(ROWS[:0])
    with pytest.raises(QueryLimitError):
        public.limited(2).query(ROWS[:3])
    assert public.log.count == len(public.log.rows) == len(public.log.decisions) == 0


def test_a_saved_log_goes_on() -> None:
    public = PLANE.public()
    public.query(ROWS[:2])
    loaded = pickle.loads(pickle.dumps(public))
    loaded.query(ROWS[2:3])
    assert loaded.log.rows.tolist() == ROWS[:3].tolist()
    assert public.log.count == 2


def test_views_and_answers_are_applied_in_order() -> None:
    public = PLANE.public().viewing(np.negative).viewing(lambda rows: rows + 1.0)
    told = public.answering(lambda rows, verdicts: verdicts.with_decisions(rows[:, 0] > 0))
    answer = told.query(ROWS)
    assert answer.decisions.tolist() == (1.0 - ROWS[:, 0] > 0).tolist()
    expected = PLANE.public().query(1.0 - ROWS).scores
    assert answer.scores.tolist() == expected.tolist()
