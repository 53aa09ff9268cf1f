"""The filters: known answers, thresholds that keep their word, planted poison, bad input."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

import armsrace as ar
from armsrace.attacks import Attack, RandomLabelFlip
from armsrace.batch import Batch, join
from armsrace.costs import Costs, Prices
from armsrace.defenses import (
    ConfidentFilter,
    Defense,
    LossFilter,
    Memory,
    NeighborFilter,
    Quarantine,
    Retrain,
    Sanitize,
    SlabFilter,
    SphereFilter,
    Trim,
)
from armsrace.defenses.sanitize.confident import _probability
from armsrace.defenses.sanitize.trusted import held_out, threshold
from armsrace.defenses.training import fit_from_scratch
from armsrace.game import LearningGame, Rules
from armsrace.models import SpamBayes
from armsrace.worlds import Pool

Keep = NDArray[np.bool_]
RNG = np.random.default_rng

FILTERS: list[Sanitize] = [
    SphereFilter(),
    SlabFilter(),
    LossFilter(),
    LossFilter(model=GaussianNB()),
    NeighborFilter(),
    ConfidentFilter(),
    Trim(),
]
"""Every filter that judges rows."""

seeds = st.integers(0, 2**32 - 1)


def names(value: object) -> str:
    return repr(value)


def clouds(seed: int, size: int, width: int = 2, apart: float = 4.0) -> Batch:
    rng = RNG(seed)
    labels = np.arange(size) % 2 == 1
    return Batch.of(rng.normal(size=(size, width)) + apart * labels[:, None], labels)


def sanitized(part: Sanitize, offered: Batch, trusted: Batch, model: Any = None) -> Keep:
    """What a part keeps when the learner has learned the trusted batch."""
    template = LogisticRegression() if model is None else model
    fitted = fit_from_scratch(template, (trusted,), RNG(0))
    return part.sanitize(offered, fitted, Memory(fitted, (trusted,)), RNG(1))


# Known answers


CROSS = Batch.of(
    [[-2.0, 0.0], [0.0, 0.0], [-1.0, 1.0], [-1.0, -1.0], [8.0, 0.0], [10.0, 0.0]],
    [0, 0, 0, 0, 1, 1],
)
"""Honest rows at distance 1 from (-1, 0), malicious ones from (9, 0)."""


def test_the_sphere_of_known_rows() -> None:
    """Left out of its mean, a row of 4 at distance 1 is 4/3 off, one of 2 is 2 off."""
    offered = Batch.of(
        [[0.3, 0.0], [0.4, 0.0], [-1.0, 1.3], [9.0, 1.9], [9.0, 2.1], [0.3, 0.0]],
        [0, 0, 0, 1, 1, 1],
    )
    keep = sanitized(SphereFilter(false_alarm_rate=0.0), offered, CROSS)
    assert keep.tolist() == [True, False, True, True, False, False]


def test_the_slab_of_known_rows() -> None:
    """Only what lies along the line of the means counts: (-1, 0) to (9, 0), however far off it.

    The honest rows at x = 0 and -2 are 4/3 off the mean of the others, on a line of length
    10 + 1/3 or 10 - 1/3: the larger product is 4/3 * (10 + 1/3), and a row 1.377 off has it.
    """
    offered = Batch.of([[0.37, 99.0], [0.38, 0.0], [-2.37, 0.0], [-2.38, 0.0]], [0] * 4)
    keep = sanitized(SlabFilter(false_alarm_rate=0.0), offered, CROSS)
    assert keep.tolist() == [True, False, True, False]


def test_the_leave_one_out_values_are_those_of_refitted_means() -> None:
    """The largest trusted value, by a loop over the rows: what lies a hair beyond is rejected."""
    trusted = clouds(3, 20, width=3)
    spheres, slabs = [], []
    for out in range(20):
        others = np.arange(20) != out
        means = [
            trusted.rows[others & (trusted.labels == label)].mean(axis=0) for label in (False, True)
        ]
        own = trusted.rows[out] - means[int(trusted.labels[out])]
        spheres.append(np.linalg.norm(own))
        slabs.append(abs(own @ (means[1] - means[0])))
    means = [trusted.rows[trusted.labels == label].mean(axis=0) for label in (False, True)]
    line = means[1] - means[0]
    for label in (False, True):
        of_class = trusted.labels == label
        for part, values, unit in (
            (SphereFilter(0.0), spheres, line / np.linalg.norm(line)),
            (SlabFilter(0.0), slabs, line / (line @ line)),
        ):
            limit = np.array(values)[of_class].max()
            rows = [means[int(label)] + factor * limit * unit for factor in (0.9999, 1.0001)]
            keep = sanitized(part, Batch.of(rows, [label, label]), trusted)
            assert keep.tolist() == [True, False]


def test_the_loss_is_compared_within_a_label() -> None:
    """Trusted scores are 0 .. 9 for honest and 10 .. 19 for malicious rows, one of ten beyond."""
    rows = np.arange(20.0)[:, None]
    trusted = Batch.of(rows, rows[:, 0] >= 10)
    identity = _Identity()
    offered = Batch.of([[8.0], [8.1], [11.0], [10.9], [-50.0], [50.0]], [0, 0, 1, 1, 0, 1])
    keep = sanitized(LossFilter(false_alarm_rate=0.1), offered, trusted, identity)
    assert keep.tolist() == [True, False, True, False, True, True]


class _Identity(DummyClassifier):  # type: ignore[misc]
    """A classifier whose score is the row's only feature."""

    def decision_function(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(X[:, 0])


def test_the_neighbors_of_known_rows() -> None:
    trusted = Batch.of([[0.0], [1.0], [2.0], [3.0], [4.0]], [0, 0, 1, 1, 1])
    offered = Batch.of([[0.4], [0.4], [1.1], [1.6], [9.0]], [0, 1, 1, 0, 0])
    # Three nearest: 0 0 1, 0 0 1, 0 1 0, 1 0 1, 1 1 1.
    assert sanitized(NeighborFilter(3), offered, trusted).tolist() == [
        True, False, False, False, False,
    ]  # fmt: skip
    lenient = sanitized(NeighborFilter(3, agreement=0.3), offered, trusted)
    assert lenient.tolist() == [True, True, True, True, False]
    strict = sanitized(NeighborFilter(3, agreement=1.0), offered, trusted)
    assert not strict.any()
    # Of less than k trusted rows, all are neighbors: two of five are honest.
    assert sanitized(NeighborFilter(50, agreement=0.4), offered, trusted).all()


def test_the_confident_rows_of_known_probabilities() -> None:
    """A model that always says 3/4 malicious: all rows are, so that all honest ones are wrong."""
    trusted, offered = clouds(0, 40), clouds(1, 40)
    three_quarters = trusted.labels | (np.arange(40) % 4 == 0)
    trusted = Batch.of(trusted.rows, three_quarters)
    offered = Batch.of(offered.rows, three_quarters)
    prior = DummyClassifier(strategy="prior")
    keep = sanitized(ConfidentFilter(), offered, trusted, prior)
    assert keep.tolist() == offered.labels.tolist()


def test_confidence_is_that_of_the_definition() -> None:
    """By a loop over the rows, with the folds' probabilities and both means."""
    trusted, offered = clouds(0, 30, apart=1.0), flipped(clouds(1, 40, apart=1.0), 10)
    everything = join((trusted, offered))
    p = held_out(_probability, LogisticRegression(), everything, 5, RNG(1))
    probabilities = np.stack([1 - p, p], axis=1)
    means = [
        probabilities[everything.labels == label, int(label)].mean() for label in (False, True)
    ]
    joint = np.zeros((2, 2))  # label given, class confidently in
    for probability, label in zip(probabilities[30:], offered.labels.astype(int), strict=True):
        confident = [c for c in (0, 1) if probability[c] >= means[c]]
        if confident:
            joint[label, max(confident, key=lambda c: probability[c])] += 1
    assert joint.min() > 0
    keep = sanitized(ConfidentFilter(), offered, trusted)
    for label in (0, 1):
        members = offered.labels == label
        wrong = joint[label, 1 - label] / joint[label].sum()
        assert (~keep[members]).sum() == round(wrong * members.sum())
        own = probabilities[30:, label]
        assert own[members & ~keep].max() <= own[members & keep].min()


def test_quarantine_keeps_nothing_and_retraining_then_changes_nothing() -> None:
    trusted, offered = clouds(0, 20), clouds(1, 10)
    assert not sanitized(Quarantine(), offered, trusted).any()
    model = fit_from_scratch(LogisticRegression(), (trusted,), RNG(0))
    bundle, memory = Defense(Quarantine(), Retrain()), Memory(model, (trusted,))
    kept = offered.take(bundle.sanitize(offered, model, memory, RNG(0)))
    assert bundle.fit(model, memory, kept, RNG(0)) == (model, memory)


# Thresholds keep their word


@settings(max_examples=200, deadline=None)
@given(seed=seeds, size=st.integers(1, 60), rate=st.sampled_from([0.0, 0.05, 0.29, 0.5, 0.99]))
def test_the_threshold_is_the_smallest_that_keeps_the_rate(
    seed: int, size: int, rate: float
) -> None:
    values = RNG(seed).integers(-9, 9, size).astype(float)
    limit = threshold(values, rate)
    assert limit in values
    assert (values > limit).sum() <= rate * size + 1e-9
    assert (values >= limit).sum() > rate * size - 1e-9


@pytest.mark.parametrize(
    "part",
    [SphereFilter(0.1), SlabFilter(0.1), LossFilter(0.1, model=GaussianNB())],
    ids=names,
)
def test_fresh_honest_rows_are_rejected_as_often_as_stated(part: Sanitize) -> None:
    """With 50 trusted rows a class, k = 5 beyond the threshold: (k + 1)/(n + 1) = 11.8 %."""
    rejected = [
        1 - sanitized(part, clouds(100 + seed, 400, 5, 1.0), clouds(seed, 100, 5, 1.0)).mean()
        for seed in range(40)
    ]
    error = np.std(rejected) / np.sqrt(len(rejected))
    assert np.mean(rejected) == pytest.approx(6 / 51, abs=4 * error)
    assert error < 0.01


@pytest.mark.parametrize("share", [0.0, 0.1, 0.29, 0.5])
def test_trim_rejects_the_share_that_it_is_told(share: float) -> None:
    keep = sanitized(Trim(share), clouds(1, 100), clouds(0, 40))
    assert (~keep).sum() == round(share * 100)


# Planted poison


def flipped(batch: Batch, count: int) -> Batch:
    """The same rows, the first so many labels flipped."""
    return Batch.of(batch.rows, batch.labels ^ (np.arange(len(batch)) < count))


@pytest.mark.parametrize(
    ("part", "caught", "false_alarms"),
    [
        (SphereFilter(), 20, 8),
        (SlabFilter(), 20, 8),
        (LossFilter(), 20, 8),
        (LossFilter(model=SVC()), 20, 8),
        (NeighborFilter(), 20, 2),
        (ConfidentFilter(), 20, 2),
        (Trim(share=0.2), 20, 0),
        (Trim(share=0.2, model=RidgeClassifier()), 20, 0),
        (Trim(share=0.2, model=LinearRegression()), 20, 0),
        (Trim(share=0.2, model=RandomForestClassifier(20)), 18, 2),
        (LossFilter(model=RandomForestClassifier(20)), 18, 8),
    ],
    ids=names,
)
def test_flipped_labels_are_caught(part: Sanitize, caught: int, false_alarms: int) -> None:
    """20 of 100 labels flipped, the clouds 5.7 standard deviations apart; 80 honest rows."""
    keep = sanitized(part, flipped(clouds(1, 100), 20), clouds(0, 100))
    assert (~keep[:20]).sum() >= caught
    assert (~keep[20:]).sum() <= false_alarms


def test_the_sphere_catches_what_lies_far_off_and_the_slab_what_lies_across() -> None:
    """In 30 dimensions a flipped label moves a row across, but hardly out of the other sphere."""
    trusted, fresh = clouds(0, 400, 30, 0.5), clouds(1, 400, 30, 0.5)
    honest = fresh.rows[~fresh.labels]
    malicious = np.ones(len(honest), dtype=bool)
    across = Batch.of(honest, malicious)
    sideways = np.where(np.arange(30) % 2 == 0, 2.0, -2.0)  # orthogonal to the line of the means
    far_off = Batch.of(honest + 0.5 + sideways, malicious)

    def caught(part: Sanitize, poison: Batch) -> float:
        return float((~sanitized(part, poison, trusted)).mean())

    assert caught(SlabFilter(), across) > 0.7
    assert caught(SphereFilter(), across) < 0.5
    assert caught(SlabFilter(), far_off) < 0.2
    assert caught(SphereFilter(), far_off) == 1.0


def test_trim_resists_poison_that_the_first_model_finds_easy_to_believe() -> None:
    """Trusted rows are always learned: all poison of one class cannot push that class out."""
    trusted, offered = clouds(0, 60), clouds(1, 40)
    all_malicious = Batch.of(offered.rows, np.ones(40, dtype=bool))
    keep = sanitized(Trim(share=0.5), all_malicious, trusted)
    assert keep.tolist() == offered.labels.tolist()


# False rejections are in the record


@dataclass(frozen=True, kw_only=True, repr=False)
class Flips(LearningGame):
    """Label flips against each filter."""

    name: ClassVar[str] = "flips"
    filters: tuple[Sanitize, ...]
    rounds: int = 3

    def rules(self) -> Rules:
        everything = clouds(0, 600)
        actions: Mapping[str, Defense] = {
            str(number): Defense(part, Retrain()) for number, part in enumerate(self.filters)
        }
        return Rules(
            world=Pool.split(
                everything.rows, everything.labels, initial=60, per_round=20, faced=10
            ),
            model=LogisticRegression(),
            learner_actions=actions,
            adversary_actions={"flip": Attack(RandomLabelFlip(0.2))},
            costs=Costs.opposed(Prices()),
        )


def test_a_defense_that_rejects_everything_shows_its_false_alarms() -> None:
    """Honest rows rejected: offered - poison - (kept - poison_kept), in every row of a history."""
    game = Flips(filters=(Quarantine(), Defense(), NeighborFilter()))
    rejected = []
    for action in game.learner_actions:
        history = ar.play(game, action, "flip", seed=0)
        offered, kept, poison, poison_kept = (
            history.column(name) for name in ("offered", "kept", "poison", "poison_kept")
        )
        assert (poison > 0).all()
        rejected.append((offered - poison - (kept - poison_kept)) / (offered - poison))
    everything, nothing, some = rejected
    assert (everything == 1).all()
    assert (nothing == 0).all()
    assert some.mean() < 0.1


# Bad input


@pytest.mark.parametrize("part", FILTERS, ids=names)
def test_an_empty_batch_is_kept_as_it_is(part: Sanitize) -> None:
    assert sanitized(part, clouds(0, 0), clouds(1, 20)).shape == (0,)


@pytest.mark.parametrize("part", FILTERS, ids=names)
def test_a_constant_feature_changes_nothing(part: Sanitize) -> None:
    trusted, offered = clouds(0, 60), flipped(clouds(1, 40), 4)
    plain = sanitized(part, offered, trusted)
    widened = (
        Batch.of(np.column_stack([batch.rows, np.full(len(batch), 0.3)]), batch.labels)
        for batch in (offered, trusted)
    )
    assert sanitized(part, *widened).tolist() == plain.tolist()


@pytest.mark.parametrize("part", [SphereFilter(), SlabFilter(), LossFilter()], ids=names)
def test_rows_that_are_all_alike_are_kept(part: Sanitize) -> None:
    trusted = Batch.of(np.full((20, 3), 0.1), np.arange(20) % 2)
    assert sanitized(part, Batch.of(np.full((7, 3), 0.1), [0, 1, 0, 1, 0, 1, 0]), trusted).all()


@pytest.mark.parametrize("part", FILTERS, ids=names)
def test_a_round_of_one_class_is_judged(part: Sanitize) -> None:
    offered, trusted = clouds(1, 40), clouds(0, 60)
    honest = offered.take(~offered.labels)
    assert sanitized(part, honest, trusted).mean() >= 0.8


@pytest.mark.parametrize(
    "part", [SphereFilter(), SlabFilter(), LossFilter(), LossFilter(model=GaussianNB())], ids=names
)
def test_a_class_that_nobody_trusts_cannot_be_judged(part: Sanitize) -> None:
    everything = clouds(0, 20)
    trusted = everything.take(np.flatnonzero(~everything.labels))
    with pytest.raises(ValueError, match=r"at least 2 .*malicious"):
        sanitized(part, clouds(1, 6), trusted, _Identity())


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: SphereFilter(1.0), r"false_alarm_rate must be in \[0, 1\), got 1.0"),
        (lambda: SlabFilter(-0.1), r"false_alarm_rate must be in \[0, 1\), got -0.1"),
        (lambda: LossFilter(np.nan), r"false_alarm_rate must be in \[0, 1\), got nan"),
        (lambda: LossFilter(folds=1), "folds must be at least 2, got 1"),
        (lambda: ConfidentFilter(folds=0), "folds must be at least 2, got 0"),
        (lambda: NeighborFilter(0), "neighbors must be at least 1, got 0"),
        (lambda: NeighborFilter(agreement=1.1), r"agreement must be in \[0, 1\], got 1.1"),
        (lambda: Trim(1.0), r"share must be in \[0, 1\), got 1.0"),
        (lambda: Trim(rounds=0), "rounds must be at least 1, got 0"),
    ],
)
def test_parameters_out_of_range_are_refused(make: Callable[[], Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make()


def test_models_that_lack_something_are_refused() -> None:
    trusted, offered = clouds(0, 40), clouds(1, 10)
    with pytest.raises(ValueError, match="needs a classifier with predict_proba, got SVC"):
        sanitized(ConfidentFilter(), offered, trusted, SVC())
    offered, trusted = (Batch.of(batch.rows > 1, batch.labels) for batch in (offered, trusted))
    with pytest.raises(ValueError, match="calls scores above zero malicious, got SpamBayes"):
        sanitized(Trim(), offered, trusted, SpamBayes())
    # The loss filter needs no boundary: any score will do.
    assert sanitized(LossFilter(), offered, trusted, SpamBayes()).mean() > 0.8
