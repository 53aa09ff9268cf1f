"""Poison: how many rows a rate makes, and what each attack puts in them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.attacks import (
    DictionaryFlood,
    FocusedMail,
    HypersphereShift,
    Knowledge,
    RandomLabelFlip,
)
from armsrace.attacks.poison.rates import effort
from armsrace.batch import Batch
from armsrace.checks import scenes
from armsrace.models import CentroidDetector
from armsrace.models.published import Published

WORDS, SPHERE, PLANE, *_ = scenes()
RNG = np.random.default_rng


@given(st.floats(0, 0.9), st.integers(0, 10_000))
@settings(max_examples=300)
def test_effort_makes_up_its_share_of_the_traffic(rate: float, honest: int) -> None:
    """Its rows are nu n / (1 - nu) to within half a row, so the share is nu to within 0.5/n."""
    added = effort(rate, honest)
    assert abs(added - rate * honest / (1 - rate)) <= 0.5 + 1e-9
    if honest:
        assert added / (added + honest) == pytest.approx(rate, abs=0.5 / honest + 1e-12)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: DictionaryFlood(1.3), r"rate must be in \[0, 1\), got 1.3"),
        (lambda: DictionaryFlood(1.0), r"rate must be in \[0, 1\), got 1.0"),
        (lambda: DictionaryFlood(float("nan")), r"rate must be in \[0, 1\), got nan"),
        (lambda: FocusedMail(-0.1, guess=0.5), r"rate must be in \[0, 1\), got -0.1"),
        (lambda: FocusedMail(0.1, guess=1.5), r"guess must be in \[0, 1\], got 1.5"),
        (lambda: RandomLabelFlip(1.5), r"rate must be in \[0, 1\], got 1.5"),
        (lambda: HypersphereShift(1.0), r"rate must be in \[0, 1\), got 1.0"),
    ],
)
def test_shares_out_of_range_are_refused(make: Callable[[], Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make()


def test_dictionary_mail_contains_every_word_and_is_called_spam() -> None:
    offered = DictionaryFlood(0.2).poison(WORDS.traffic, WORDS.known, RNG(0))
    own = offered.take(offered.origin)
    assert len(own) == 4  # a fifth of 20 mails, of which 16 are honest
    assert own.rows.all()
    assert own.labels.all()


def test_focused_mail_contains_only_words_of_its_target() -> None:
    offered = FocusedMail(0.5, guess=0.5).poison(WORDS.traffic, WORDS.known, RNG(0))
    own = offered.take(offered.origin)
    assert len(own) == len(WORDS.traffic)
    assert own.labels.all()
    assert not (own.rows & ~WORDS.known.target.rows[0]).any()


@pytest.mark.parametrize("guess", [0.0, 0.3, 1.0])
def test_focused_mail_guesses_each_word_at_its_rate(guess: float) -> None:
    """Of n guesses the share is within 5 standard errors: false alarm below one in a million."""
    traffic = Batch.unmarked(np.zeros((400, 12), dtype=bool), np.zeros(400, dtype=bool))
    offered = FocusedMail(0.5, guess=guess).poison(traffic, WORDS.known, RNG(0))
    own = offered.rows[offered.origin][:, WORDS.known.target.rows[0]]
    deviation = np.sqrt(guess * (1 - guess) / own.size)
    assert abs(own.mean() - guess) <= 5 * deviation


def test_focused_mails_imitate_several_targets_in_turn() -> None:
    targets = Batch.of(np.eye(3, dtype=bool), [0, 0, 0]).aimed()
    known = Knowledge(targets, targets)
    traffic = Batch.unmarked(np.zeros((7, 3), dtype=bool), np.zeros(7, dtype=bool))
    offered = FocusedMail(0.5, guess=1.0).poison(traffic, known, RNG(0))
    assert offered.rows[7:].argmax(axis=1).tolist() == [0, 1, 2, 0, 1, 2, 0]


@pytest.mark.parametrize("part", [FocusedMail(0.1, guess=0.5), HypersphereShift(0.1)])
def test_targeted_attack_needs_a_target(part: FocusedMail | HypersphereShift) -> None:
    reference = WORDS.known.reference
    untargeted = Knowledge(reference, reference.take(np.zeros(0, dtype=int)))
    with pytest.raises(ValueError, match=r"needs a target.* give the world a target_label"):
        part.poison(WORDS.traffic, untargeted, RNG(0))


@given(st.floats(0, 1), st.integers(0, 40))
@settings(max_examples=100)
def test_label_flip_flips_as_many_labels_as_it_says(rate: float, size: int) -> None:
    traffic = Batch.of(np.arange(size, dtype=float).reshape(-1, 1), np.arange(size) % 2)
    offered = RandomLabelFlip(rate).poison(traffic, WORDS.known, RNG(0))
    flipped = offered.labels != traffic.labels
    assert flipped.sum() == round(rate * size)
    assert offered.origin.tolist() == flipped.tolist()
    assert offered.rows.tolist() == traffic.rows.tolist()


def shifted(center: list[float], target: list[float], radius: float) -> Batch:
    """What a shift by one row sends to a detector of known center and radius."""
    detector = CentroidDetector(radius=radius).fit([center])
    row = Batch.of([target], [1]).aimed()
    known = Knowledge(row, row).seeing(Published(detector))
    honest = Batch.of([center], [0])
    return HypersphereShift(0.5).poison(honest, known, RNG(0)).take(np.array([1]))


def test_shift_sends_points_on_the_sphere_towards_the_target() -> None:
    """Known answer: from (1, 1), two units along (3, 4)/5, which is (2.2, 2.6)."""
    sent = shifted([1.0, 1.0], [7.0, 9.0], radius=2.0)
    assert sent.rows[0] == pytest.approx([2.2, 2.6])
    assert not sent.labels.any()
    assert sent.origin.all()


@given(
    st.lists(st.floats(-100, 100), min_size=3, max_size=3),
    st.lists(st.floats(-100, 100), min_size=3, max_size=3),
    st.floats(0.01, 1000),
)
@settings(max_examples=200)
def test_shift_is_accepted_and_goes_as_far_as_is_accepted(
    center: list[float], target: list[float], radius: float
) -> None:
    detector = CentroidDetector(radius=radius).fit([center])
    sent = shifted(center, target, radius)
    assert detector.predict(sent.rows).tolist() == [0]
    gap = float(np.linalg.norm(np.subtract(target, center)))
    moved = float(np.linalg.norm(sent.rows[0] - center))
    assert moved == pytest.approx(min(radius, gap), rel=1e-6, abs=1e-9)
    if gap > radius:
        onward = center + (sent.rows[0] - center) * (1 + 1e-6)
        assert detector.predict([onward]).tolist() == [1]


def test_shift_estimates_the_sphere_that_it_may_not_see() -> None:
    """Known answer: the mean of the honest reference, and the quantile 0.99 of the distances."""
    honest = np.array([[float(i), 0.0] for i in range(-50, 51)])
    reference = Batch.of(np.vstack([honest, [[500.0, 0.0]]]), [0] * 101 + [1])
    target = Batch.of([[0.0, 1000.0]], [1]).aimed()
    hidden = Published(CentroidDetector(radius=1.0).fit(honest)).hidden()
    known = Knowledge(reference, target).seeing(hidden)
    offered = HypersphereShift(0.5).poison(Batch.of([[0.0, 0.0]], [0]), known, RNG(0))
    assert offered.rows[1] == pytest.approx([0.0, 50.0], rel=1e-6)


def test_shift_needs_a_sphere() -> None:
    with pytest.raises(ValueError, match="center_ and radius_, got LogisticRegression"):
        HypersphereShift(0.1).poison(PLANE.traffic, PLANE.known, RNG(0))
