"""One way to ask any classifier for its verdicts.

A model is any fitted scikit-learn classifier or pipeline with the classes 0 (honest) and 1
(malicious). Its score of a row is, in this order, its `decision_function`, its probability of
class 1, or its predicted class. Models that abstain, or whose decision is not "score above
zero", provide ``decide(scores)`` themselves (`SpamBayes`, `CentroidDetector`).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Rows
from armsrace.verdicts import Verdicts

Scores = NDArray[np.float64]


def judge(model: Any, rows: Rows) -> Verdicts:
    """Scores and decisions of a fitted model.

    Parameters
    ----------
    model
        A fitted classifier.
    rows
        Feature rows, shape (n, d); n may be 0.

    Raises
    ------
    TypeError
        When the model has neither ``decision_function`` nor ``predict_proba`` nor ``predict``.
    """
    if not len(rows):
        return Verdicts(np.zeros(0), np.zeros(0, dtype=np.int8))
    score, decide = _ways(model)
    scores = score(model, rows)
    return Verdicts(scores, decide(model, scores))


def _ways(
    model: Any,
) -> tuple[Callable[[Any, Rows], Scores], Callable[[Any, Scores], NDArray[np.int8]]]:
    if hasattr(model, "decision_function"):
        return margins, _own_decision if hasattr(model, "decide") else _above_zero
    if hasattr(model, "predict_proba"):
        return _probability, _above_half
    if hasattr(model, "predict"):
        return _prediction, _above_half
    raise TypeError(
        f"model must have decision_function, predict_proba or predict, got {type(model).__name__}; "
        "use a scikit-learn classifier or pipeline"
    )


def margins(model: Any, rows: Rows) -> Scores:
    """What a model's `decision_function` says, shape (n,).

    scikit-learn checks rows at every call, which takes a logistic regression a hundred times as
    long as to judge a round of them. So its scores are computed here, the same to the last bit;
    rows that it would refuse it still gets to see.

    Parameters
    ----------
    model
        A fitted classifier that has a ``decision_function``.
    rows
        Feature rows, shape (n, d).
    """
    if _is_plain(model, rows):
        scores: Scores = (rows @ model.coef_.T + model.intercept_).reshape(-1)
        if np.isfinite(scores).all():
            return scores
    return np.asarray(model.decision_function(rows), dtype=np.float64)


def _is_plain(model: Any, rows: Rows) -> bool:
    """Whether it is scikit-learn's own logistic regression of two classes, and fits the rows."""
    kind = type(model)
    if kind.__name__ != "LogisticRegression" or not kind.__module__.startswith("sklearn."):
        return False
    coefficients = getattr(model, "coef_", None)
    return (
        isinstance(coefficients, np.ndarray)
        and isinstance(rows, np.ndarray)
        and rows.dtype == coefficients.dtype == np.float64
        and rows.ndim == 2
        and coefficients.shape == (1, rows.shape[1])
        and not hasattr(model, "feature_names_in_")
    )


def _probability(model: Any, rows: Rows) -> Scores:
    probabilities = np.asarray(model.predict_proba(rows), dtype=np.float64)
    if probabilities.shape[1] == 1:  # a classifier that has seen one class is sure of it
        return np.full(len(rows), float(model.classes_[0]))
    return probabilities[:, 1]


def _prediction(model: Any, rows: Rows) -> Scores:
    return np.asarray(model.predict(rows), dtype=np.float64)


def _own_decision(model: Any, scores: Scores) -> NDArray[np.int8]:
    decisions: NDArray[np.int8] = model.decide(scores)
    return decisions


def _above_zero(_: Any, scores: Scores) -> NDArray[np.int8]:
    return (scores > 0.0).astype(np.int8)


def _above_half(_: Any, scores: Scores) -> NDArray[np.int8]:
    return (scores > 0.5).astype(np.int8)
