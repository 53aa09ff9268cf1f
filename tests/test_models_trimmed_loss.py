"""Trimmed loss: planted rows, the alternation's own properties, and what it refuses."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from armsrace.models import SpamBayes, TrimmedLoss
from armsrace.models.scoring import judge
from armsrace.models.trimmed_loss import losses, margins

ESTIMATORS = [
    LogisticRegression(),
    SVC(kernel="linear"),
    GaussianNB(),
    RidgeClassifier(),
    LinearRegression(),
    make_pipeline(StandardScaler(), LogisticRegression()),
]

seeds = st.integers(0, 2**32 - 1)


def clouds(
    seed: int, size: int, apart: float = 4.0
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    labels = np.arange(size) % 2 == 1
    return rng.normal(size=(size, 2)) + apart * labels[:, None], labels


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda value: type(value).__name__)
def test_flipped_labels_are_left_out(estimator: Any) -> None:
    """10 of 100 labels flipped: 9 or more of the 10 rows left out are flipped ones."""
    rows, labels = clouds(0, 100)
    flipped = np.zeros(100, dtype=bool)
    flipped[:20:2] = True  # honest rows, called malicious
    model = TrimmedLoss(estimator, trimmed=0.1).fit(rows, labels ^ flipped)
    assert (~model.kept_).sum() == 10
    assert (flipped & ~model.kept_).sum() >= 9
    assert (model.predict(rows) == labels).mean() >= 0.98


@pytest.mark.parametrize("seed", range(6))
def test_trimming_undoes_most_of_what_the_flips_did(seed: int) -> None:
    """A third of the honest rows is called malicious: a third of the honest traffic is blocked.

    With the trimmed loss it is less than half of that; without the attack it is 2 to 5 %.
    """
    rows, labels = clouds(seed, 240, apart=2.5)
    poisoned = labels.copy()
    poisoned[:80:2] = True
    fresh, truth = clouds(100 + seed, 2000, apart=2.5)
    plain = LogisticRegression().fit(rows, poisoned)
    trimmed = TrimmedLoss(LogisticRegression(), trimmed=40 / 240).fit(rows, poisoned)
    blocked = plain.predict(fresh)[~truth].mean()
    assert blocked > 0.25
    assert trimmed.predict(fresh)[~truth].mean() < blocked / 2


@settings(max_examples=100, deadline=None)
@given(seed=seeds, trimmed=st.sampled_from([0.1, 0.2, 0.3]))
def test_least_squares_end_in_a_fixed_point_below_the_start(seed: int, trimmed: float) -> None:
    """For the loss that the estimator minimizes itself: the sum falls, and both halves agree."""
    rng = np.random.default_rng(seed)
    # Fifteen of each class: nine trimmed rows cannot be all of one, which `fit` would refuse.
    rows, labels = rng.normal(size=(30, 2)), rng.permutation(30) < 15
    model = TrimmedLoss(LinearRegression(), trimmed=trimmed, rounds=100).fit(rows, labels)
    final = losses(model.estimator_, rows, labels)
    assert final[model.kept_].max() <= final[~model.kept_].min()
    start = np.sort(losses(LinearRegression().fit(rows, labels), rows, labels))
    assert final[model.kept_].sum() <= start[: model.kept_.sum()].sum() + 1e-12


def test_a_planted_outlier_is_the_one_that_exhaustive_search_leaves_out() -> None:
    """Known answer: of all pairs, leaving out the two planted rows minimizes the trimmed loss."""
    rng = np.random.default_rng(0)
    rows = rng.uniform(size=(12, 1))
    labels = rows[:, 0] > 0.5
    labels[[3, 7]] ^= True

    def rest(pair: tuple[int, ...]) -> float:
        keep = ~np.isin(np.arange(12), pair)
        fitted = LinearRegression().fit(rows[keep], labels[keep])
        return float(losses(fitted, rows[keep], labels[keep]).sum())

    best = min(combinations(range(12), 2), key=rest)
    model = TrimmedLoss(LinearRegression(), trimmed=2 / 12).fit(rows, labels)
    assert tuple(np.flatnonzero(~model.kept_).tolist()) == best


def test_nothing_trimmed_is_the_plain_fit() -> None:
    rows, labels = clouds(3, 40, apart=1.0)
    model = TrimmedLoss(LogisticRegression(), trimmed=0.0).fit(rows, labels)
    plain = LogisticRegression().fit(rows, labels)
    np.testing.assert_array_equal(model.decision_function(rows), plain.decision_function(rows))
    assert model.kept_.all()


def test_29_percent_of_100_rows_are_29() -> None:
    # 0.29 * 100 is below 29 in floating point.
    rows, labels = clouds(4, 100)
    model = TrimmedLoss(LogisticRegression(), trimmed=0.29).fit(rows, labels)
    assert (~model.kept_).sum() == 29


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda value: type(value).__name__)
def test_margins_above_zero_are_the_estimators_malicious_verdicts(estimator: Any) -> None:
    rows, labels = clouds(5, 60, apart=1.0)
    fitted = estimator.fit(rows, labels.astype(int))
    np.testing.assert_array_equal(margins(fitted, rows) > 0, judge(fitted, rows).decisions == 1)


def test_losses_of_known_scores() -> None:
    """Minus the margin for a classifier, the squared residual for a regressor."""
    always = DummyClassifier(strategy="prior").fit([[0.0]] * 4, [0, 1, 1, 1])
    both = np.array([False, True])
    assert losses(always, np.zeros((2, 1)), both).tolist() == [0.25, -0.25]
    line = LinearRegression().fit([[0.0], [1.0]], [0, 1])
    assert losses(line, np.array([[0.5], [3.0]]), both) == pytest.approx([0.25, 4.0])


def test_bad_input_is_refused() -> None:
    rows, labels = clouds(6, 20)
    with pytest.raises(NotFittedError, match="TrimmedLoss is not fitted yet"):
        TrimmedLoss(LogisticRegression()).predict(rows)
    with pytest.raises(ValueError, match=r"trimmed must be in \[0, 1\), got 1.0"):
        TrimmedLoss(LogisticRegression(), trimmed=1.0).fit(rows, labels)
    with pytest.raises(ValueError, match="rounds must be at least 1, got 0"):
        TrimmedLoss(LogisticRegression(), rounds=0).fit(rows, labels)
    with pytest.raises(ValueError, match="y must hold both classes, got honest"):
        TrimmedLoss(LogisticRegression()).fit(rows, np.zeros(20))
    with pytest.raises(ValueError, match="calls scores above zero malicious, got SpamBayes"):
        TrimmedLoss(SpamBayes()).fit(rows > 1, labels)


def test_a_class_that_is_trimmed_away_is_an_error() -> None:
    rows, labels = clouds(7, 40)
    labels[:] = False
    labels[1] = True
    rows[1] = rows[0]
    with pytest.raises(ValueError, match="y must hold both classes, got honest"):
        TrimmedLoss(LogisticRegression(), trimmed=0.1).fit(rows, labels)


def test_a_constant_feature_does_no_harm() -> None:
    rows, labels = clouds(8, 60)
    rows[:, 1] = 1.0
    model = TrimmedLoss(LogisticRegression()).fit(rows, labels)
    assert (model.predict(rows) == labels).mean() > 0.9
