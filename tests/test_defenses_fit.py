"""Fitting: windows, thresholds that follow the scores, and the guard that goes back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from armsrace.batch import Batch
from armsrace.checks import scenes
from armsrace.defenses import (
    Alarms,
    Defense,
    DynamicThreshold,
    FalsePositiveGuard,
    Fitted,
    Memory,
    Refit,
    Retrain,
)
from armsrace.defenses.training import fit_from_scratch
from armsrace.models import CentroidDetector, MedianCentroidDetector, SpamBayes
from armsrace.models.scoring import judge
from armsrace.verdicts import MALICIOUS
from armsrace.worlds import load_mail_words

WORDS, _sphere, PLANE, *_others = scenes()
RNG = np.random.default_rng


def started(model: Any, trusted: Batch) -> tuple[Fitted, Memory]:
    fitted = fit_from_scratch(model, (trusted,), RNG(0))
    return fitted, Memory(fitted, (trusted,))


def mail(seed: int, *sizes: int) -> list[Batch]:
    """Disjoint random portions of the real mail."""
    mails = load_mail_words()
    everything = Batch.unmarked(mails.rows, mails.labels)
    order = RNG(seed).permutation(len(everything))
    return [everything.take(part) for part in np.split(order, np.cumsum(sizes))[: len(sizes)]]


def flooded(batch: Batch, count: int) -> Batch:
    """A batch with as many dictionary mails."""
    ones = np.ones((count, batch.width), dtype=bool)
    return batch.plus(Batch.made(ones, np.ones(count, dtype=bool)))


# Retrain


@pytest.mark.parametrize("window", [None, 1, 2, 3, 7])
@given(st.lists(st.integers(0, 4), min_size=1, max_size=6))
@settings(max_examples=100)
def test_retraining_learns_the_latest_batches_and_skips_empty_ones(
    window: int | None, sizes: list[int]
) -> None:
    trusted = Batch.of([[0.0], [1.0]], [0, 0])
    fitted, memory = started(CentroidDetector(radius=1.0), trusted)
    part, stored = Retrain(window=window), [trusted]
    for number, size in enumerate(sizes):
        kept = Batch.of(np.full((size, 1), float(number)), np.zeros(size))
        before = fitted
        fitted, memory = part.fit(fitted, memory, kept, RNG(0))
        if not size:
            assert fitted is before
            continue
        stored.append(kept)
        wanted = stored if window is None else stored[-window:]
        assert memory.archive == tuple(stored)
        assert fitted.learned == tuple(wanted)
        mean = np.concatenate([batch.rows for batch in wanted]).mean()
        assert fitted.trained.center_[0] == pytest.approx(mean, abs=1e-9)
        assert fitted.deployed is fitted.trained


def test_retraining_may_train_another_estimator() -> None:
    """Known answer: the median of 0, 0, 9 where the mean is 3."""
    trusted = Batch.of([[0.0], [0.0]], [0, 0])
    fitted, memory = started(CentroidDetector(radius=1.0), trusted)
    kept = Batch.of([[9.0]], [0])
    usual, _ = Retrain().fit(fitted, memory, kept, RNG(0))
    median = Retrain(model=MedianCentroidDetector(radius=1.0))
    other, memory = median.fit(fitted, memory, kept, RNG(0))
    assert (usual.trained.center_[0], other.trained.center_[0]) == (3.0, 0.0)
    again, _ = Retrain().fit(other, memory, kept, RNG(0))
    assert isinstance(again.trained, CentroidDetector)
    assert again.trained.center_[0] == pytest.approx(4.5)


# DynamicThreshold


def test_dynamic_threshold_deploys_other_cutoffs_of_the_same_model() -> None:
    fitted, memory = started(SpamBayes(), mail(0, 200)[0])
    adjusted, same = DynamicThreshold().fit(fitted, memory, memory.trusted, RNG(0))
    assert same is memory
    assert adjusted.trained is fitted.trained
    assert adjusted.learned == fitted.learned
    rows = memory.trusted.rows
    before, after = (judge(each.deployed, rows).scores for each in (fitted, adjusted))
    assert np.array_equal(before, after)
    assert 0 <= adjusted.deployed.ham_cutoff <= adjusted.deployed.spam_cutoff <= 1


@pytest.mark.parametrize("seed", range(3))
def test_dynamic_threshold_blocks_no_ham_under_a_flood_and_no_spam(seed: int) -> None:
    """On real mail with 5 % dictionary mails: fixed thresholds block the ham, moving ones do not.

    The price is the published one (Nelson et al. 2008, p. 8): almost all spam becomes unsure.
    """
    trusted, arriving, faced = mail(seed, 100, 200, 300)
    fitted, memory = started(SpamBayes(), trusted)
    kept = flooded(arriving, 10)
    blocked = {}
    for action in (Defense(Retrain()), Defense(Retrain(), DynamicThreshold())):
        model, _ = action.fit(fitted, memory, kept, RNG(seed))
        malicious = judge(model.deployed, faced.rows).decisions == MALICIOUS
        blocked[action] = malicious[~faced.labels].mean(), malicious[faced.labels].mean()
    fixed, dynamic = blocked.values()
    assert min(fixed) > 0.9
    assert max(dynamic) < 0.1


def test_dynamic_threshold_needs_cutoffs() -> None:
    with pytest.raises(ValueError, match=r"needs a model with cutoffs.* got LogisticRegression"):
        DynamicThreshold().fit(PLANE.model, PLANE.memory, PLANE.traffic, RNG(0))


# FalsePositiveGuard


def guarded(limit: float, kept: Batch) -> tuple[Fitted, Memory, Fitted, Memory]:
    """What the guard makes of a detector that learned `kept` after -1 and 1; the radius is 1."""
    trusted = Batch.of([[-1.0], [1.0], [5.0]], [0, 0, 1])
    fitted, memory = started(CentroidDetector(radius=1.0), trusted)
    learned, stored = Retrain().fit(fitted, memory, kept, RNG(0))
    return learned, stored, *FalsePositiveGuard(limit).fit(learned, stored, kept, RNG(0))


def test_guard_keeps_a_model_that_blocks_few() -> None:
    """The center moves to 1/3, where -1 is blocked: half of the honest rows, malicious apart."""
    learned, stored, model, memory = guarded(0.5, Batch.of([[1.0]], [0]))
    assert model is learned
    assert memory is stored


def test_guard_goes_back_to_the_trusted_model() -> None:
    _, stored, model, memory = guarded(0.49, Batch.of([[1.0]], [0]))
    assert model is stored.initial
    assert memory.archive == (stored.trusted,)
    assert model.trained.center_.tolist() == [0.0]


def test_learning_goes_on_after_the_guard_went_back() -> None:
    _, _, model, memory = guarded(0.0, Batch.of([[9.0]], [0]))
    again, memory = Retrain().fit(model, memory, Batch.of([[3.0]], [0]), RNG(0))
    assert again.trained.center_.tolist() == [1.0]
    assert len(memory.archive) == 2


@pytest.mark.parametrize("limit", [0.5, 0.49])
def test_guard_raises_an_alarm_when_it_went_back(limit: float) -> None:
    _, _, model, memory = guarded(limit, Batch.of([[1.0]], [0]))
    seen = replace(PLANE.seen(), model=model, memory=memory)
    guard = FalsePositiveGuard(limit)
    assert guard.monitor(Alarms(), seen, RNG(0)).raised == (limit == 0.49)


def test_guard_asks_the_model_that_is_deployed() -> None:
    """An adjusted model that blocks everybody is reset, though the trained one would do."""
    fitted, memory = started(SpamBayes(), WORDS.memory.trusted)
    paranoid = fitted.deploying(fitted.trained.with_cutoffs(0.0, 0.0))
    model, _ = FalsePositiveGuard(0.5).fit(paranoid, memory, WORDS.traffic, RNG(0))
    assert model is fitted


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Retrain(window=0), "window must be at least 1, got 0; use None for all"),
        (lambda: DynamicThreshold(low=0.0), "0 < low < high < 1, got 0.0 and 0.95"),
        (lambda: DynamicThreshold(low=0.6, high=0.5), "0 < low < high < 1, got 0.6 and 0.5"),
        (lambda: FalsePositiveGuard(-0.1), r"limit must be in \[0, 1\], got -0.1"),
        (lambda: FalsePositiveGuard(float("nan")), r"limit must be in \[0, 1\], got nan"),
    ],
)
def test_parameters_out_of_range_are_refused(make: Callable[[], Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make()


def test_retraining_serves_any_estimator() -> None:
    fitted, memory = started(LogisticRegression(), PLANE.memory.trusted)
    model, _ = Retrain().fit(fitted, memory, PLANE.traffic, RNG(0))
    everything = PLANE.memory.trusted.plus(PLANE.traffic)
    expected = LogisticRegression().fit(everything.rows, everything.labels)
    assert model.trained.coef_ == pytest.approx(expected.coef_)


# Refit


def test_refitting_changes_the_estimator_and_not_the_rows() -> None:
    """The model is that of fitting the other estimator on the same rows; what was kept is not."""
    trusted, kept = (PLANE.traffic.take(np.arange(start, 16, 2)) for start in (0, 1))
    model, memory = started(LogisticRegression(), trusted)
    strict = LogisticRegression(C=0.01)
    refitted, after = Refit(strict).fit(model, memory, kept, RNG(0))
    wanted = LogisticRegression(C=0.01).fit(trusted.rows, trusted.labels.astype(np.int8))
    np.testing.assert_array_equal(refitted.deployed.coef_, wanted.coef_)
    assert refitted.learned == model.learned == (trusted,)
    assert after is memory


def test_refitting_is_done_once_and_an_equal_estimator_stays() -> None:
    """Also after a play was saved and loaded, when the estimator is another object."""
    model, memory = started(LogisticRegression(), PLANE.traffic)
    refitted, _ = Refit(LogisticRegression(C=0.01)).fit(model, memory, PLANE.traffic, RNG(0))
    again, _ = Refit(LogisticRegression(C=0.01)).fit(refitted, memory, PLANE.traffic, RNG(0))
    assert again is refitted is not model
