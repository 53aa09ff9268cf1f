"""Batches: what is refused at the door, what is kept together, what the learner is shown."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.batch import Batch, join


def numbered(size: int) -> Batch:
    """Rows 0, 1, 2, ... of which every field tells the number."""
    number = np.arange(size)
    rows = np.column_stack([number, -number]).astype(np.float64)
    return Batch(rows, number % 2 == 1, number % 3 == 1, number % 5 == 1)


def content(batch: Batch) -> list[tuple[Any, ...]]:
    columns = (batch.rows.tolist(), batch.labels, batch.origin, batch.target)
    return list(zip(map(tuple, columns[0]), *(c.tolist() for c in columns[1:]), strict=True))


@pytest.mark.parametrize(
    ("rows", "labels", "says"),
    [
        (
            [1.0, 2.0],
            [0, 1],
            r"rows must be a matrix .* got 1 dimension\(s\); use reshape\(-1, 1\)",
        ),
        ([["a"], ["b"]], [0, 1], "rows must hold numbers or booleans, got dtype <U1; encode them"),
        ([[1.0], [2.0]], [0], r"labels must have shape \(2,\) to match .* got \(1,\)"),
        ([[1.0], [2.0]], [[0], [1]], r"labels must have shape \(2,\) .* got \(2, 1\)"),
        ([[1.0], [np.nan]], [0, 1], "rows must be finite, row 1 holds NaN or infinity; impute"),
        ([[np.inf], [1.0]], [0, 1], "rows must be finite, row 0 holds NaN or infinity"),
        ([[1.0], [2.0]], [0, 2], "labels must be 0 .* or 1 .*, got 0, 2; map them first"),
        ([[1.0], [2.0]], [-1, 1], "labels must be .* got -1, 1"),
        ([[1.0], [2.0]], ["ham", "spam"], "labels must be .* got ham, spam"),
        ([[1.0], [2.0]], [0.0, np.nan], "labels must be .* got 0.0, nan"),
    ],
)
def test_door_refuses_and_says_why(rows: Any, labels: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Batch.of(rows, labels)


@pytest.mark.parametrize("rows", [[[1], [0]], [[True], [False]], [[0.5], [1e300]]])
def test_door_keeps_the_type_of_numbers(rows: Any) -> None:
    batch = Batch.of(rows, [1.0, 0.0])
    assert batch.rows.dtype == np.asarray(rows).dtype
    assert batch.rows.tolist() == rows
    assert batch.labels.tolist() == [True, False]
    assert not batch.origin.any()
    assert not batch.target.any()


def test_arrays_are_read_only_and_their_source_is_not() -> None:
    source = np.zeros((2, 1))
    batch = Batch.of(source, [0, 1])
    for array in (batch.rows, batch.labels, batch.origin, batch.target):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    source[0] = 1.0


def test_take_keeps_rows_with_their_marks() -> None:
    batch = numbered(7)
    by_index = batch.take(np.array([4, 1, 1]))
    assert content(by_index) == [content(batch)[i] for i in (4, 1, 1)]
    assert content(batch.take(batch.origin)) == [content(batch)[i] for i in (1, 4)]


def test_learner_is_shown_rows_and_labels_without_marks() -> None:
    batch = numbered(7)
    shown = batch.without_marks()
    assert shown.rows.tolist() == batch.rows.tolist()
    assert shown.labels.tolist() == batch.labels.tolist()
    assert not shown.origin.any()
    assert not shown.target.any()


def test_rows_made_by_the_adversary_are_marked() -> None:
    made = Batch.made(np.zeros((3, 2)), np.array([True, False, True]))
    assert made.origin.all()
    assert not made.target.any()
    assert made.width == 2


def test_aimed_marks_targets_and_nothing_else() -> None:
    batch = numbered(7)
    aimed = batch.aimed()
    assert aimed.target.all()
    assert aimed.take(batch.target).labels.tolist() == batch.take(batch.target).labels.tolist()
    assert aimed.origin.tolist() == batch.origin.tolist()


def test_join_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="batches must hold at least one batch, got none"):
        join(())


@given(
    st.integers(0, 20), st.lists(st.floats(0, 1), max_size=4).map(lambda cuts: [0, *sorted(cuts)])
)
@settings(max_examples=100)
def test_pieces_joined_in_order_are_the_whole(size: int, cuts: list[float]) -> None:
    batch = numbered(size)
    borders = [int(cut * size) for cut in cuts] + [size]
    pieces = [batch.take(np.arange(first, last)) for first, last in pairwise(borders)]
    assert content(join(pieces)) == content(batch)
    grown = pieces[0]
    for piece in pieces[1:]:
        grown = grown.plus(piece)
    assert content(grown) == content(batch)
