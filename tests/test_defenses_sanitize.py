"""Sanitizing: what the detector accepts, and RONI on made-up rows and on real mail."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from armsrace.batch import Batch, join
from armsrace.checks import scenes
from armsrace.defenses import Bootstrap, Fitted, Memory, RejectOnNegativeImpact
from armsrace.defenses.sanitize.roni import _draw_sets
from armsrace.defenses.training import fit_from_scratch
from armsrace.models import CentroidDetector, SpamBayes
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST
from armsrace.worlds import load_mail_words

WORDS, _sphere, PLANE, *_others = scenes()
RNG = np.random.default_rng


def test_bootstrap_keeps_what_lies_in_the_sphere() -> None:
    """Known answer: of distances 0.5, 1 and 1.5 from the center, those up to the radius 1."""
    trusted = Batch.of([[0.0]], [0])
    model = fit_from_scratch(CentroidDetector(radius=1.0), (trusted,), RNG(0))
    offered = Batch.of([[0.5], [1.5], [-1.0]], [0, 0, 1])
    keep = Bootstrap().sanitize(offered, model, Memory(model, (trusted,)), RNG(0))
    assert keep.tolist() == [True, False, True]


def test_bootstrap_asks_the_model_that_is_deployed() -> None:
    trusted = Batch.of([[0.0]], [0])
    model = fit_from_scratch(CentroidDetector(radius=1.0), (trusted,), RNG(0))
    wide = model.deploying(CentroidDetector(radius=9.0).fit([[0.0]]))
    offered = Batch.of([[5.0]], [0])
    memory = Memory(model, (trusted,))
    assert not Bootstrap().sanitize(offered, model, memory, RNG(0)).any()
    assert Bootstrap().sanitize(offered, wide, memory, RNG(0)).all()


@pytest.mark.parametrize(
    "model", [SpamBayes(), LogisticRegression(random_state=0)], ids=["updated", "refitted"]
)
def test_impact_is_that_of_the_definition(model: Any) -> None:
    """Every candidate by itself, every model fitted from scratch: no shortcut is taken."""
    trusted, candidates = WORDS.memory.trusted, WORDS.traffic
    part = RejectOnNegativeImpact(training=20, quiz=30, trials=3)
    change, accepted = np.zeros(len(candidates)), 0
    rng = RNG(5)
    for _ in range(part.trials):
        small, quiz = _draw_sets(trusted, part.training, part.quiz, rng)
        honest = quiz.rows[~quiz.labels]

        def counted(*batches: Batch, rows: Any = honest) -> int:
            fitted = fit_from_scratch(model, batches, RNG(0)).trained
            return int((judge(fitted, rows).decisions == HONEST).sum())

        before = counted(small)
        accepted += before
        for position in range(len(candidates)):
            change[position] += counted(small, candidates.take(np.array([position]))) - before
    assert accepted > 0
    assert (change != 0).any()
    impact = part.impact(candidates, model, trusted, RNG(5))
    assert impact == pytest.approx(change / accepted, abs=1e-12)


def test_equal_rows_have_equal_impact() -> None:
    twice = WORDS.traffic.take(np.repeat(np.arange(8), 2))
    impact = RejectOnNegativeImpact().impact(twice, SpamBayes(), WORDS.memory.trusted, RNG(0))
    assert impact[::2].tolist() == impact[1::2].tolist()


def test_only_suspects_are_examined() -> None:
    offered, model, memory = WORDS.traffic, WORDS.model, WORDS.memory
    merciless = {"tolerance": 0.0, "trials": 1}
    impact = RejectOnNegativeImpact(trials=1).impact(offered, model.trained, memory.trusted, RNG(0))
    everybody = RejectOnNegativeImpact(**merciless, suspects=(False, True))  # type: ignore[arg-type]
    assert everybody.sanitize(offered, model, memory, RNG(0)).tolist() == (impact >= 0).tolist()
    nobody = RejectOnNegativeImpact(**merciless, suspects=())  # type: ignore[arg-type]
    assert nobody.sanitize(offered, model, memory, RNG(0)).all()


def test_small_sets_are_disjoint_and_balanced() -> None:
    rows = np.arange(100.0).reshape(-1, 1)
    trusted = Batch.of(rows, rows[:, 0] < 30)
    for seed in range(20):
        small, quiz = _draw_sets(trusted, 20, 50, RNG(seed))
        assert (len(small), len(quiz)) == (20, 50)
        assert not set(small.rows.ravel()) & set(quiz.rows.ravel())
        assert small.labels.sum() == 10
        assert quiz.labels.sum() == 20  # all that is left


@pytest.mark.parametrize("seed", range(5))
def test_dictionary_mail_is_rejected_and_clean_mail_is_kept(seed: int) -> None:
    """On the real corpus: every dictionary mail goes; all ham and 19 of 20 clean spams stay."""
    mails = load_mail_words()
    everything = Batch.unmarked(mails.rows, mails.labels)
    order = RNG(seed).permutation(len(everything))
    trusted, clean = everything.take(order[:100]), everything.take(order[100:300])
    flood = Batch.made(np.ones((5, clean.width), dtype=bool), np.ones(5, dtype=bool))
    model = fit_from_scratch(SpamBayes(), (trusted,), RNG(seed))
    keep = RejectOnNegativeImpact().sanitize(
        join((clean, flood)), model, Memory(model, (trusted,)), RNG(seed)
    )
    assert not keep[len(clean) :].any()
    assert keep[: len(clean)][~clean.labels].all()
    assert keep[: len(clean)][clean.labels].mean() >= 0.95


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: RejectOnNegativeImpact(training=0), "training must be at least 1, got 0"),
        (lambda: RejectOnNegativeImpact(quiz=-3), "quiz must be at least 1, got -3"),
        (lambda: RejectOnNegativeImpact(trials=0), "trials must be at least 1, got 0"),
        (lambda: RejectOnNegativeImpact(tolerance=1.2), r"tolerance must be in \[0, 1\], got 1.2"),
    ],
)
def test_parameters_out_of_range_are_refused(make: Callable[[], Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make()


def test_sanitizing_leaves_the_model_untouched() -> None:
    """A model without `updated` is examined by refitting copies of it."""
    before = PLANE.model.trained.coef_.copy()
    fitted: Fitted = PLANE.model
    RejectOnNegativeImpact(trials=1).sanitize(PLANE.traffic, fitted, PLANE.memory, RNG(0))
    assert (fitted.trained.coef_ == before).all()
