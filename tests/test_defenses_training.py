"""Training: updating a model is refitting it, whatever was learned in whatever order before."""

import pickle
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from armsrace.batch import Batch
from armsrace.defenses import Fitted
from armsrace.defenses.training import fit_from_scratch, fit_on
from armsrace.models import CentroidDetector, MedianCentroidDetector, SpamBayes
from armsrace.models.scoring import judge

RNG = np.random.default_rng


def batches(count: int, size: int = 12) -> tuple[Batch, ...]:
    rng = RNG(0)
    labels = np.arange(size) % 2 == 1
    return tuple(Batch.unmarked(rng.random((size, 6)) < 0.5, labels) for _ in range(count))


ALL = batches(8)
PROBES = RNG(1).random((40, 6)) < 0.5

# Archives as they come to be: stretches of the batches in order, or in any order whatever.
STRETCHES = st.tuples(st.integers(0, 7), st.integers(1, 8)).map(
    lambda ends: ALL[ends[0] : ends[0] + ends[1]]
)
SELECTIONS = st.lists(st.sampled_from(ALL), min_size=1, max_size=6).map(tuple)


@pytest.mark.parametrize(
    ("model", "tolerance"),
    [
        (SpamBayes(), 0.0),
        (MedianCentroidDetector(radius=1.0), 0.0),
        (CentroidDetector(radius=1.0), 1e-9),
        (DecisionTreeClassifier(max_depth=2, random_state=0), 0.0),
    ],
    ids=lambda value: type(value).__name__,
)
@given(st.lists(st.one_of(STRETCHES, SELECTIONS), min_size=2, max_size=5))
@settings(max_examples=100)
def test_fitting_on_is_fitting_from_scratch(
    model: Any, tolerance: float, archives: list[tuple[Batch, ...]]
) -> None:
    fitted = fit_from_scratch(model, archives[0], RNG(0))
    for archive in archives[1:]:
        fitted = fit_on(model, fitted, archive, RNG(0))
        anew = fit_from_scratch(model, archive, RNG(0))
        assert fitted.learned == anew.learned == archive
        scores, expected = (judge(each.trained, PROBES).scores for each in (fitted, anew))
        assert np.abs(scores - expected).max() <= tolerance


@dataclass
class Log:
    """Which batches were learned and unlearned, and how."""

    lines: list[str] = field(default_factory=list)


class Logging(BaseEstimator):  # type: ignore[misc]
    """Learns nothing, and tells what it was told to."""

    def __init__(self, log: Any = None, bias: float = 0.0) -> None:
        self.log = log
        self.bias = bias

    def _told(self, how: str, X: Any) -> Self:
        LOG.lines.append(f"{how} {len(X)}")
        return self

    def fit(self, X: Any, y: Any) -> Self:
        return self._told("fit", X)

    def updated(self, X: Any, y: Any) -> Self:
        return self._told("learn", X)

    def downdated(self, X: Any, y: Any) -> Self:
        return self._told("unlearn", X)


LOG = Log()
A, B, C, D = (batches(1, size)[0] for size in (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("learned", "wanted", "told"),
    [
        ((A, B), (A, B, C), ["learn 3"]),
        ((A, B), (B, C), ["learn 3", "unlearn 1"]),
        ((A, B), (B,), ["unlearn 1"]),
        ((A, B, C), (C, D), ["learn 4", "unlearn 1", "unlearn 2"]),
        ((A, B), (A, B), []),
        ((A, B), (A,), ["fit 1"]),
        ((A, B), (B, A), ["learn 1", "unlearn 1"]),
        ((A, B), (C, D), ["fit 7"]),
        ((A, B), (A, C), ["fit 4"]),
        ((A, B, C), (B, D), ["fit 6"]),
    ],
)
def test_only_what_changed_is_learned_and_unlearned(
    learned: tuple[Batch, ...], wanted: tuple[Batch, ...], told: list[str]
) -> None:
    model = Logging()
    LOG.lines.clear()
    fit_on(model, Fitted.of(model, model, learned), wanted, RNG(0))
    assert LOG.lines == told


def test_an_equal_template_serves_and_another_does_not() -> None:
    """After a play was saved and loaded, the templates are equal and no longer the same."""
    model = Logging()
    fitted = Fitted.of(pickle.loads(pickle.dumps(model)), model, (A,))
    LOG.lines.clear()
    fit_on(model, fitted, (A, B), RNG(0))
    fit_on(Logging(bias=1.0), fitted, (A, B), RNG(0))
    fit_on(SpamBayes(), fitted, (B, C), RNG(0))
    assert LOG.lines == ["learn 2", "fit 3"]


def test_templates_are_never_fitted_themselves() -> None:
    model = SpamBayes()
    fitted = fit_from_scratch(model, ALL[:2], RNG(0))
    fit_on(model, fitted, ALL[1:4], RNG(0))
    assert "token_scores_" not in vars(model)


def test_unset_random_states_come_from_the_generator() -> None:
    tree = make_pipeline(StandardScaler(), DecisionTreeClassifier(max_features=1))
    rows = Batch.unmarked(RNG(2).normal(size=(80, 6)), RNG(3).random(80) < 0.5)

    def states(seed: int, model: Any = tree) -> Any:
        fitted = fit_from_scratch(model, (rows,), RNG(seed)).trained
        return fitted.get_params()["decisiontreeclassifier__random_state"]

    assert states(0) == states(0)
    assert states(0) != states(1)
    chosen = make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=5))
    assert states(0, chosen) == 5
    assert tree.get_params()["decisiontreeclassifier__random_state"] is None


def test_labels_are_zeros_and_ones_for_the_estimator() -> None:
    fitted = fit_from_scratch(LogisticRegression(), ALL[:1], RNG(0))
    assert fitted.trained.classes_.tolist() == [0, 1]
