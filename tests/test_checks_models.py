"""The checks of models find what they are for: each is shown a model that breaks its rule."""

from collections.abc import Callable
from typing import Any, Final, Self

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from armsrace.batch import Batch
from armsrace.checks import CheckFailed, checks_in, models


class Means(BaseEstimator):  # type: ignore[misc]
    """The nearer of two class means, by sums; to be broken by those that inherit from it."""

    def fit(self, X: Any, y: Any) -> Self:
        return self._start(*self._checked(X, y))

    def _checked(self, X: Any, y: Any) -> Any:
        batch = Batch.of(X, y)
        if batch.labels.all():
            raise ValueError("no honest row")
        return batch.rows, batch.labels

    def _start(self, X: Any, y: Any) -> Self:
        self.sums_ = np.stack([X[~y].sum(axis=0), X[y].sum(axis=0)])
        self.counts_ = np.array([(~y).sum(), y.sum()])
        return self

    def _moved(self, X: Any, y: Any, sign: int) -> Self:
        other = type(self)()
        other.sums_ = self.sums_ + sign * np.stack([X[~y].sum(axis=0), X[y].sum(axis=0)])
        other.counts_ = self.counts_ + sign * np.array([(~y).sum(), y.sum()])
        return other

    def updated(self, X: Any, y: Any) -> Self:
        return self._moved(X, y, 1)

    def downdated(self, X: Any, y: Any) -> Self:
        return self._moved(X, y, -1)

    def decision_function(self, X: Any) -> Any:
        if not hasattr(self, "sums_"):
            raise ValueError("not fitted")
        if not np.isfinite(X).all():
            raise ValueError("X must be finite")
        honest, malicious = self.sums_ / self.counts_[:, None]
        return X @ (malicious - honest) - (malicious @ malicious - honest @ honest) / 2


class BornFitted(Means):
    def __init__(self) -> None:
        self.sums_ = np.zeros((2, 12))


class Accumulates(Means):
    def _start(self, X: Any, y: Any) -> Self:
        before = getattr(self, "sums_", 0.0)
        Means._start(self, X, y)
        self.sums_ = self.sums_ + before
        return self


class ReturnsAnother(Means):
    def fit(self, X: Any, y: Any) -> Self:
        return type(self)()._start(*self._checked(X, y))


class Scales(Means):
    def fit(self, X: Any, y: Any) -> Self:
        X *= 2.0
        return self._start(*self._checked(X, y))


class TrustsTheFirst(Means):
    def _start(self, X: Any, y: Any) -> Self:
        Means._start(self, X, y)
        self.sums_[0] += X[0]
        return self


class Relative(Means):
    def decision_function(self, X: Any) -> Any:
        scores = Means.decision_function(self, X)
        return scores - scores.mean()


class InDoubt(Means):
    def decide(self, scores: Any) -> Any:
        return np.full(len(scores), 2, dtype=np.int8)


class Unbounded(Means):
    def decision_function(self, X: Any) -> Any:
        return Means.decision_function(self, X) * np.inf


class Forgetful(Means):
    def __getstate__(self) -> Any:
        return {"sums_": self.sums_ + 1.0, "counts_": self.counts_}


class DoesNotLearn(Means):
    def updated(self, X: Any, y: Any) -> Self:
        return self._moved(X[:0], y[:0], 1)


class DoesNotUnlearn(Means):
    def downdated(self, X: Any, y: Any) -> Self:
        return self._moved(X[:0], y[:0], -1)


class TooQuick(Means):
    def scores_after_each(self, X: Any, y: Any, rows: Any) -> Any:
        return np.tile(self.decision_function(rows), (len(X), 1))


class InPlace(Means):
    def updated(self, X: Any, y: Any) -> Self:
        self.counts_ = self.counts_ + 1
        return self._moved(X, y, 1)


class ItsOwnUpdate(Means):
    def updated(self, X: Any, y: Any) -> Self:
        return self


class TakesAnything(Means):
    def _checked(self, X: Any, y: Any) -> Any:
        return X, np.resize(y, len(X))


class Crashes(Means):
    def _checked(self, X: Any, y: Any) -> Any:
        if len(X) != len(y):
            raise IndexError("boolean index did not match")
        return Means._checked(self, X, y)


BROKEN: Final[list[tuple[Callable[[Any], None], Any, str]]] = [
    (models.check_clone_has_the_same_parameters, BornFitted(), "has learned sums_"),
    (models.check_fit_forgets, Accumulates(), "remembers earlier fits"),
    (models.check_fit_forgets, ReturnsAnother(), "returns another"),
    (models.check_inputs_are_not_modified, Scales(), "modifies the rows"),
    (models.check_order_of_rows_does_not_matter, TrustsTheFirst(), "order of the rows"),
    (models.check_rows_are_judged_one_by_one, Relative(), "by the rows beside it"),
    (models.check_verdicts_are_verdicts, InDoubt(), r"as int8, got int8: \[2\]"),
    (models.check_verdicts_are_verdicts, Unbounded(), "not finite"),
    (models.check_pickle_judges_alike, Forgetful(), "saved and loaded"),
    (models.check_updating_is_refitting, DoesNotLearn(), "updated is not .* refitted"),
    (models.check_downdating_is_refitting, DoesNotUnlearn(), "downdated is not .* refitted"),
    (
        models.check_scores_after_each_are_those_of_updated_models,
        TooQuick(),
        "are not those of updated models",
    ),
    (models.check_updating_leaves_the_old_model, InPlace(), "changes the old model"),
    (models.check_updating_leaves_the_old_model, ItsOwnUpdate(), "returns the model itself"),
    (models.check_bad_input_is_refused, TakesAnything(), "fitted on NaN must .* got an answer"),
    (models.check_bad_input_is_refused, Crashes(), "fewer labels must .* got IndexError"),
    (
        models.check_rows_without_an_honest_one_are_refused,
        TakesAnything(),
        "without honest rows must",
    ),
]


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
@pytest.mark.parametrize(("check", "model", "says"), BROKEN)
def test_broken_model_is_found(check: Callable[[Any], None], model: Any, says: str) -> None:
    with pytest.raises(CheckFailed, match=says):
        check(model)


def test_every_check_of_models_is_shown_to_find_something() -> None:
    assert {check for check, *_ in BROKEN} == set(checks_in(models))


def test_sound_model_passes_the_checks() -> None:
    for check in checks_in(models):
        check(Means())
