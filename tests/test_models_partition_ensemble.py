"""Partition aggregation: its radius by exhaustive search, and learning without refitting all."""

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from armsrace.batch import Batch
from armsrace.defenses import Memory, Retrain
from armsrace.defenses.training import fit_from_scratch
from armsrace.models import PartitionEnsemble, SpamBayes
from armsrace.models.scoring import judge

Item = tuple[int, bool]
MAJORITY = DummyClassifier(strategy="most_frequent")
PROBE = [[0.0]]
UNIVERSE: list[Item] = list(product(range(8), (False, True)))
"""Every row that there is, with either label."""

seeds = st.integers(0, 2**32 - 1)


def clouds(seed: int, size: int, width: int = 2) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    labels = np.arange(size) % 2 == 1
    return rng.normal(size=(size, width)) + 2.0 * labels[:, None], labels


def vote(items: set[Item], partitions: int) -> tuple[int, int]:
    """Prediction and radius of the vote after training on a set of items."""
    rows, labels = zip(*sorted(items), strict=True)
    model = PartitionEnsemble(MAJORITY, partitions=partitions)
    model.fit(np.array(rows, dtype=float)[:, None], labels)
    return int(model.predict(PROBE)[0]), int(model.certified_radius(PROBE)[0])


@pytest.mark.parametrize(
    "items",
    [
        {(row, True) for row in range(8)} | {(0, False)},
        {(row, True) for row in range(6)} | {(6, False), (7, False)},
        {(row, False) for row in range(7)} | {(7, True)},
        {(row, row % 2 == 0) for row in range(8)},
    ],
)
@pytest.mark.parametrize("partitions", [1, 3, 4])
def test_radius_is_sound_by_exhaustive_search(items: set[Item], partitions: int) -> None:
    """No insertion or deletion of up to as many items, of all there are, turns the vote."""
    predicted, radius = vote(items, partitions)
    for size in range(1, radius + 1):
        for changed in combinations(UNIVERSE, size):
            after = items.symmetric_difference(changed)
            if len({label for _, label in after}) == 2:
                assert vote(after, partitions)[0] == predicted


@pytest.mark.parametrize(("partitions", "others"), [(3, 1), (4, 1), (4, 2), (5, 1), (5, 2)])
@pytest.mark.parametrize("label", [False, True])
def test_radius_is_tight_by_exhaustive_search(partitions: int, others: int, label: bool) -> None:
    """With one row a partition, the fewest rows whose change turns the vote are radius + 1.

    A change inserts, deletes or relabels a row; every training set on these rows is tried.
    """
    rows = one_row_each(partitions)
    start = {row: label != (number < others) for number, row in enumerate(rows)}
    predicted, radius = vote(set(start.items()), partitions)
    turning = []
    for labels in product((None, False, True), repeat=partitions):
        if {False, True} <= set(labels):
            after = {
                (row, kind) for row, kind in zip(rows, labels, strict=True) if kind is not None
            }
            if vote(after, partitions)[0] != predicted:
                turning.append(sum(a != b for a, b in zip(start.values(), labels, strict=True)))
    assert min(turning) == radius + 1


def one_row_each(partitions: int) -> list[int]:
    """For each partition, the smallest whole number whose row it holds."""
    rows = np.arange(100.0)[:, None]
    where = PartitionEnsemble(MAJORITY, partitions=partitions)._partition_of(rows)
    return [int(np.argmax(where == number)) for number in range(partitions)]


def test_relabeling_a_row_changes_one_partition() -> None:
    rows, labels = clouds(0, 60)
    model = PartitionEnsemble(GaussianNB(), partitions=7).fit(rows, labels)
    flipped = labels.copy()
    flipped[11] ^= True
    other = PartitionEnsemble(GaussianNB(), partitions=7).fit(rows, flipped)
    moved = np.abs(model.votes(rows) - other.votes(rows)).sum(axis=1)
    assert moved.max() == 2  # one vote from one class to the other
    unchanged = moved == 0
    assert unchanged.any()


@settings(max_examples=100, deadline=None)
@given(seed=seeds, cut=st.integers(2, 38))
def test_updating_and_downdating_are_refitting(seed: int, cut: int) -> None:
    rows, labels = clouds(seed, 40)
    make = PartitionEnsemble(GaussianNB(), partitions=4)
    whole, first = clone(make).fit(rows, labels), clone(make).fit(rows[:cut], labels[:cut])
    grown = first.updated(rows[cut:], labels[cut:])
    np.testing.assert_array_equal(grown.votes(rows), whole.votes(rows))
    shrunk = whole.downdated(rows[cut:], labels[cut:])
    np.testing.assert_array_equal(shrunk.votes(rows), first.votes(rows))


def test_only_partitions_that_are_touched_are_refitted() -> None:
    rows, labels = clouds(1, 80)
    model = PartitionEnsemble(GaussianNB(), partitions=10).fit(rows, labels)
    where = int(model._partition_of(np.array([[9.0, 9.0]]))[0])
    for changed in (
        model.updated([[9.0, 9.0]], [1]),
        model.updated([[9.0, 9.0]], [1]).downdated([[9.0, 9.0]], [1]),
    ):
        same = [old is new for old, new in zip(model.partitions_, changed.partitions_, strict=True)]
        assert same == [number != where for number in range(10)]


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        KNeighborsClassifier(1),
        make_pipeline(StandardScaler(), GaussianNB()),
    ],
)
def test_any_classifier_votes(estimator: Any) -> None:
    rows, labels = clouds(2, 300)
    model = PartitionEnsemble(estimator, partitions=9).fit(rows[:200], labels[:200])
    assert (model.predict(rows[200:]) == labels[200:]).mean() > 0.85
    votes = model.votes(rows)
    assert (votes.sum(axis=1) == 9).all()
    np.testing.assert_array_equal(model.predict(rows), votes[:, 1] > votes[:, 0])
    np.testing.assert_array_equal(judge(model, rows).decisions, model.predict(rows))


def test_unsure_voters_vote_for_neither() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2 == 1
    rows = rng.random((60, 6)) < np.where(labels[:, None], 0.6, 0.4)
    model = PartitionEnsemble(SpamBayes(), partitions=3).fit(rows, labels)
    assert (model.votes(rows).sum(axis=1) < 3).any()


def test_an_empty_partition_votes_honest_and_one_of_a_class_for_it() -> None:
    model = PartitionEnsemble(GaussianNB(), partitions=1000).fit([[0.0], [1.0], [2.0]], [0, 1, 1])
    assert model.votes([[5.0]]).tolist() == [[998, 2]]


def test_ties_are_honest() -> None:
    rows = np.array(one_row_each(2), dtype=float)[:, None]
    model = PartitionEnsemble(MAJORITY, partitions=2).fit(rows, [0, 1])
    assert model.votes(PROBE).tolist() == [[1, 1]]
    assert model.predict(PROBE).tolist() == [0]
    assert model.certified_radius(PROBE).tolist() == [0]


def test_zero_of_either_sign_is_one_row() -> None:
    model = PartitionEnsemble(GaussianNB(), partitions=5)
    signs = model._partition_of(np.array([[0.0], [-0.0]]))
    assert signs[0] == signs[1]
    model.fit([[0.0], [1.0], [2.0]], [0, 1, 0]).downdated([[-0.0]], [0])


def test_retraining_updates_it() -> None:
    """In a play, an accepted batch refits what it touches: the model is that of a refit."""
    rows, labels = clouds(3, 60)
    trusted, kept = Batch.of(rows[:50], labels[:50]), Batch.of(rows[50:], labels[50:])
    rng = np.random.default_rng(0)
    start = fit_from_scratch(PartitionEnsemble(GaussianNB(), partitions=40), (trusted,), rng)
    model, _ = Retrain().fit(start, Memory(start, (trusted,)), kept, rng)
    shared = set(start.trained.partitions_) & set(model.trained.partitions_)
    assert 30 <= len(shared) < 40
    whole = PartitionEnsemble(GaussianNB(), partitions=40).fit(rows, labels)
    np.testing.assert_array_equal(model.trained.votes(rows), whole.votes(rows))


def test_bad_input_is_refused() -> None:
    model = PartitionEnsemble(GaussianNB(), partitions=3)
    with pytest.raises(NotFittedError, match="PartitionEnsemble is not fitted yet"):
        model.votes([[0.0]])
    with pytest.raises(ValueError, match="partitions must be at least 1, got 0"):
        PartitionEnsemble(GaussianNB(), partitions=0).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match="y must hold both classes, got honest"):
        model.fit([[0.0], [1.0]], [0, 0])
    model.fit([[0.0], [1.0], [2.0]], [0, 1, 1])
    with pytest.raises(ValueError, match="rows that were learned with these labels, got 1 other"):
        model.downdated([[0.0]], [1])
    with pytest.raises(ValueError, match="y must hold both classes, got malicious"):
        model.downdated([[0.0]], [0])


def test_a_constant_feature_does_no_harm() -> None:
    rows, labels = clouds(4, 80)
    rows[:, 1] = 1.0
    model = PartitionEnsemble(GaussianNB(), partitions=4).fit(rows, labels)
    assert (model.predict(rows) == labels).mean() > 0.75
