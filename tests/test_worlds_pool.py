"""Pools: three parts that share no row, draws of stated size and balance, and the door."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.batch import Batch
from armsrace.worlds import Pool

RNG = np.random.default_rng
ROWS = np.arange(400.0).reshape(-1, 2)
LABELS = np.arange(200) % 4 == 0


def world(**parameters: Any) -> Pool:
    return Pool.split(ROWS, LABELS, **{"initial": 20, "per_round": 30, "faced": 40} | parameters)


def content(batch: Batch) -> set[tuple[float, ...]]:
    return {tuple(row) for row in batch.rows.tolist()}


def drawn(pool: Pool, seed: int) -> dict[str, Batch]:
    return {
        "start": pool.start(RNG(seed)),
        "draw": pool.draw(0, RNG(seed)),
        "face": pool.face(0, RNG(seed)),
        "aim": pool.aim(RNG(seed)),
    }


@given(st.integers(0, 2**32), st.lists(st.integers(0, 12), min_size=30, max_size=80))
@settings(max_examples=100)
def test_equal_rows_stay_in_one_part_whatever_their_labels(seed: int, values: list[int]) -> None:
    """Many rows are equal, some under both labels; sixty others make sure of both classes."""
    rows = np.array([*values, *range(100, 160)], dtype=float).reshape(-1, 1)
    labels = RNG(seed).random(len(rows)) < 0.5
    labels[len(values) :] = np.arange(60) % 2
    pool = Pool.split(rows, labels, split_seed=seed, initial=10)
    parts = [content(part) for part in (pool.train, pool.tune, pool.test)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == len(np.unique(rows))
    assert len(pool.train) + len(pool.tune) + len(pool.test) == len(rows)


def test_every_draw_keeps_to_its_part() -> None:
    pool = world(target_label=True)
    for seed in range(20):
        batches = drawn(pool, seed)
        assert content(batches["start"]) <= content(pool.train)
        assert content(batches["draw"]) <= content(pool.train)
        assert content(batches["face"]) <= content(pool.test)
        assert content(batches["aim"]) <= content(pool.tune)
    assert pool.reference() is pool.tune


def test_draws_have_the_stated_size_and_the_balance_of_the_pool() -> None:
    """A quarter of the rows is malicious, in every part to within one row."""
    batches = drawn(world(), seed=0)
    assert {name: len(batch) for name, batch in batches.items()} == {
        "start": 20,
        "draw": 30,
        "face": 40,
        "aim": 0,
    }
    assert batches["start"].labels.sum() == 5
    assert batches["draw"].labels.sum() in (7, 8)
    assert batches["face"].labels.sum() == 10
    assert not any(batch.origin.any() for batch in batches.values())


@given(st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=100)
def test_draws_have_the_shares_that_are_asked_for(train: float, face: float) -> None:
    pool = world(initial=10, train_share=train, face_share=face)
    batches = drawn(pool, seed=0)
    assert batches["draw"].labels.sum() == round(train * 30)
    assert batches["start"].labels.sum() == round(train * 10)
    assert batches["face"].labels.sum() == round(face * 40)


def test_start_repeats_no_row() -> None:
    pool = world(initial=100)
    for seed in range(20):
        assert len(content(pool.start(RNG(seed)))) == 100


def test_draws_depend_on_the_generator_and_not_on_the_round() -> None:
    pool = world()
    assert pool.draw(0, RNG(1)).rows.tolist() == pool.draw(9, RNG(1)).rows.tolist()
    assert pool.face(0, RNG(1)).rows.tolist() == pool.face(9, RNG(1)).rows.tolist()
    assert pool.draw(0, RNG(1)).rows.tolist() != pool.draw(0, RNG(2)).rows.tolist()


def test_every_row_of_a_part_can_be_drawn() -> None:
    """1,200 draws out of 120 rows of two classes: one is missed in fewer than 1 of 100 cases."""
    pool = world()
    seen: set[tuple[float, ...]] = set()
    for seed in range(40):
        seen |= content(pool.draw(0, RNG(seed)))
    assert seen == content(pool.train)


@pytest.mark.parametrize("label", [False, True])
def test_target_is_one_marked_row_of_the_class_asked_for(label: bool) -> None:
    pool = world(target_label=label)
    targets = [pool.aim(RNG(seed)) for seed in range(10)]
    assert all(len(target) == 1 and target.target.all() for target in targets)
    assert {bool(target.labels[0]) for target in targets} == {label}
    assert len({tuple(target.rows[0]) for target in targets}) > 1


def test_split_does_not_change_with_the_play() -> None:
    one, other, third = world(), world(), world(split_seed=1)
    assert one.test.rows.tolist() == other.test.rows.tolist()
    assert one.test.rows.tolist() != third.test.rows.tolist()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"labels": np.zeros(200)}, r"labels must hold both classes, got honest \(0\) rows only"),
        ({"labels": np.ones(200)}, r"must hold both classes, got malicious \(1\) rows only"),
        ({"labels": LABELS[1:]}, r"labels must have shape \(200,\)"),
        ({"rows": np.where(ROWS == 7.0, np.nan, ROWS)}, "row 3 holds NaN or infinity"),
        ({"fractions": (0.5, 0.5, 0.5)}, "fractions must be .*sum"),
        ({"fractions": (1.0, 0.5, -0.5)}, "fractions must be .*positive"),
        ({"initial": 0}, "initial must be at least 1, got 0"),
        ({"per_round": -1}, "per_round must be at least 1, got -1"),
        ({"faced": 0}, "faced must be at least 1, got 0"),
        ({"train_share": 1.5}, r"train_share must be in \[0, 1\], got 1.5"),
        ({"face_share": float("nan")}, r"face_share must be in \[0, 1\], got nan"),
        ({"initial": 150}, "initial must need at most the .* rows of the train part, got 150"),
        (
            {"initial": 60, "train_share": 0.9},
            "initial must need at most the 30 malicious rows .*, got 60, which needs 54",
        ),
    ],
)
def test_door_refuses_and_says_why(changes: dict[str, Any], says: str) -> None:
    arguments = {"rows": ROWS, "labels": LABELS, "initial": 20} | changes
    with pytest.raises(ValueError, match=says):
        Pool.split(arguments.pop("rows"), arguments.pop("labels"), **arguments)


def test_parts_must_have_both_classes_and_one_width() -> None:
    both = Batch.of([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match=r"the tune part must hold both classes, got no malicious"):
        Pool(train=both, tune=Batch.of([[0.0]], [0]), test=both, initial=2)
    with pytest.raises(ValueError, match=r"the test part must hold both classes, got no honest"):
        Pool(train=both, tune=both, test=Batch.of([[0.0]], [1]), initial=2)
    with pytest.raises(ValueError, match=r"the parts must have one width, got \[1, 2\]"):
        Pool(train=both, tune=both, test=Batch.of([[0.0, 0.0], [1.0, 1.0]], [0, 1]), initial=2)
