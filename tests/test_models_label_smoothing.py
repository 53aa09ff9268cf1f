"""Label smoothing: its votes, its certificate against the definition, and bad input."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from armsrace.models import LabelSmoothing
from armsrace.theory.label_smoothing import certified_flips


def clouds(seed: int, size: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    labels = np.arange(size) % 2 == 1
    return rng.normal(size=(size, 2)) + 3.0 * labels[:, None], labels


def test_votes_are_those_of_the_draws() -> None:
    rows, labels = clouds(0, 60)
    model = LabelSmoothing(GaussianNB(), noise=0.3, draws=40, random_state=0).fit(rows, labels)
    by_hand = sum(voter.predict(rows) for voter in model.voters_)
    np.testing.assert_array_equal(model.votes(rows)[:, 1], by_hand)
    np.testing.assert_array_equal(model.predict(rows), by_hand > 20)
    np.testing.assert_allclose(model.decision_function(rows), (2 * by_hand - 40) / 40)


def test_as_many_labels_are_flipped_as_the_noise_says() -> None:
    """A nearest neighbor repeats the label that it was given."""
    from sklearn.neighbors import KNeighborsClassifier

    rows, labels = clouds(1, 50)
    nearest = KNeighborsClassifier(1)
    model = LabelSmoothing(nearest, noise=0.2, draws=200, random_state=0).fit(rows, labels)
    votes = model.votes(rows)
    flipped = votes[np.arange(50), 1 - labels.astype(int)].sum()
    low, high = binom.interval(1 - 1e-6, 50 * 200, 0.2)
    assert low <= flipped <= high


def test_the_certificate_is_that_of_the_lower_limit() -> None:
    rows, labels = clouds(2, 60)
    model = LabelSmoothing(LogisticRegression(), noise=0.25, draws=200, random_state=0)
    model.fit(rows, labels)
    grid = np.linspace(-2, 5, 30)[:, None] * np.ones(2)
    winning = model.votes(grid).max(axis=1)
    flips = model.certified_flips(grid, confidence=0.99)
    assert {0, -1} & set(flips.tolist())
    assert flips.max() >= 4
    for count, certified in zip(winning, flips, strict=True):
        # The definition of the limit: with a smaller p so many votes are less likely than 1 %.
        probabilities = np.linspace(0.5, 1, 100_001)[1:-1]
        limit = probabilities[binom.sf(count - 1, 200, probabilities) < 0.01]
        if not len(limit):
            assert certified == -1
        else:
            assert certified == certified_flips(float(limit[-1]), 0.25)


def test_flips_within_the_certificate_change_nothing() -> None:
    """Flips of the adversary's, and fresh draws: the smoothed prediction stands."""
    rows, labels = clouds(3, 60)
    probes = np.array([[0.0, 0.0], [3.0, 3.0]])
    model = LabelSmoothing(GaussianNB(), noise=0.3, draws=200, random_state=0).fit(rows, labels)
    certified = model.certified_flips(probes)
    assert certified.min() >= 1
    nearest = np.argsort(np.abs(rows - probes[0]).sum(axis=1))[: certified[0]]
    attacked = labels.copy()
    attacked[nearest] ^= True
    other = LabelSmoothing(GaussianNB(), noise=0.3, draws=200, random_state=1).fit(rows, attacked)
    assert other.predict(probes[:1]).tolist() == model.predict(probes[:1]).tolist()


def test_a_seed_makes_a_model_whatever_the_order_of_the_rows() -> None:
    rows, labels = clouds(4, 40)
    order = np.random.default_rng(0).permutation(40)
    make = LabelSmoothing(GaussianNB(), draws=20, random_state=5)
    votes = make.fit(rows, labels).votes(rows)
    np.testing.assert_array_equal(make.fit(rows[order], labels[order]).votes(rows), votes)
    other = LabelSmoothing(GaussianNB(), draws=20, random_state=6).fit(rows, labels)
    assert (other.votes(rows) != votes).any()


def test_a_draw_of_one_class_votes_for_it() -> None:
    model = LabelSmoothing(GaussianNB(), noise=0.4, draws=300, random_state=0)
    model.fit([[0.0], [1.0]], [0, 1])
    constant = [voter for voter in model.voters_ if not isinstance(voter, GaussianNB)]
    assert 100 < len(constant) < 200  # expected 2 * .4 * .6 * 300 = 144
    assert {int(voter.predict(np.zeros((1, 1)))[0]) for voter in constant} == {0, 1}


@pytest.mark.parametrize("noise", [0.0, 0.5, -0.1])
def test_noise_is_checked(noise: float) -> None:
    with pytest.raises(ValueError, match=r"noise must be in \(0, 0.5\), got"):
        LabelSmoothing(GaussianNB(), noise=noise).fit([[0.0], [1.0]], [0, 1])


def test_bad_input_is_refused() -> None:
    model = LabelSmoothing(GaussianNB(), draws=3, random_state=0)
    with pytest.raises(NotFittedError, match="LabelSmoothing is not fitted yet"):
        model.predict([[0.0]])
    with pytest.raises(ValueError, match="draws must be at least 1, got 0"):
        LabelSmoothing(GaussianNB(), draws=0).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match="y must hold both classes"):
        model.fit([[0.0], [1.0]], [1, 1])
    model.fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match=r"confidence must be in \(0, 1\), got 1"):
        model.certified_flips([[0.0]], confidence=1)
