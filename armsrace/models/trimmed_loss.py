"""Trimmed loss: fit a model to those rows that it fits best, and leave out the rest.

TRIM looks for a model and a set I of n rows out of N that minimize the loss together,

    min over theta and I with |I| = n of  sum over i in I of  loss(theta; x_i, y_i),

by turns: fit theta to the rows of I, then let I be the n rows that theta fits best. Neither step
raises the sum when it is the loss that the estimator itself minimizes, so the alternation ends, in
a local minimum; the exact problem is NP-hard. (A single row far out can hold an unbounded fit to
itself in such a minimum: bound the rows first, by a sphere say.) Only the order of the losses
matters. The loss of a row is here

* of a regressor, which takes the labels for the numbers 0 and 1, the squared residual (the case of
  the paper);
* of a classifier, minus the margin: the signed score, above 0 for malicious, times the label -1 or
  1. Every loss that falls in the margin (logistic, hinge, exponential) gives the same order.
"""

from collections.abc import Callable
from typing import Any, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_regressor
from sklearn.exceptions import NotFittedError

from armsrace.batch import Mask, Rows
from armsrace.models.inputs import check_both_classes, finite_rows, malicious
from armsrace.models.scoring import judge


def trim(
    model: Any, fit: Callable[[Mask], Any], rows: Rows, labels: Mask, *, kept: int, rounds: int
) -> tuple[Any, Mask]:
    """Fit and trim by turns.

    Parameters
    ----------
    model
        The fitted model to begin with.
    fit
        Gives the model that has learned these of the rows.
    rows, labels
        The rows and their labels, shapes (n, d) and (n,).
    kept
        How many rows to keep.
    rounds
        How often to fit at the most.

    Returns
    -------
    :
        The last model fitted, and the rows it was fitted on, shape (n,).

    Raises
    ------
    ValueError
        When a model's scores have a boundary of their own; see `losses`.
    """
    keep = _smallest(losses(model, rows, labels), kept)
    model = fit(keep)
    for _ in range(rounds - 1):
        again = _smallest(losses(model, rows, labels), kept)
        if np.array_equal(again, keep):
            break
        keep = again
        model = fit(keep)
    return model, keep


def losses(model: Any, rows: Rows, labels: Mask) -> NDArray[np.float64]:
    """A number a row that puts the rows in the order of their losses, shape (n,).

    Raises
    ------
    ValueError
        When a model's scores have a boundary of their own (``decide``): then they are no margins.
    """
    if is_regressor(model):
        predicted = np.asarray(model.predict(rows), dtype=np.float64)
        squared: NDArray[np.float64] = (labels - predicted) ** 2
        return squared
    return np.where(labels, -1.0, 1.0) * margins(model, rows)


def margins(model: Any, rows: Rows) -> NDArray[np.float64]:
    """Scores of which those above 0 are malicious, shape (n,).

    Raises
    ------
    ValueError
        When a model's scores have a boundary of their own (``decide``).
    """
    if hasattr(model, "decide"):
        raise ValueError(
            "a trimmed loss needs a classifier that calls scores above zero malicious, "
            f"got {type(model).__name__}; use a scikit-learn classifier or regressor"
        )
    boundary = 0.0 if hasattr(model, "decision_function") else 0.5
    shifted: NDArray[np.float64] = judge(model, rows).scores - boundary
    return shifted


def _smallest(values: NDArray[np.float64], count: int) -> Mask:
    keep = np.zeros(len(values), dtype=bool)
    keep[np.argsort(values, kind="stable")[:count]] = True
    return keep


@final
class TrimmedLoss(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Fit an estimator to all rows but those that it fits worst (TRIM).

    It begins with the fit to all rows, where the paper begins with random ones, so that nothing
    here is random.

    Parameters
    ----------
    estimator
        Any scikit-learn classifier or pipeline; or a regressor, which takes the labels for the
        numbers 0 and 1 and whose prediction above 1/2 is malicious.
    trimmed
        Share of the rows that is left out, in [0, 1): what the adversary is thought to have
        poisoned at the most.
    rounds
        How often to fit at the most, beside the first time; at least 1.

    Attributes
    ----------
    estimator_
        The estimator fitted to the rows that were kept.
    kept_
        Which rows those are, shape (n,).
    classes_
        0 (honest) and 1 (malicious).
    n_features_in_
        Number of features.

    References
    ----------
    Jagielski, M., Oprea, A., Biggio, B., Liu, C., Nita-Rotaru, C., Li, B. (2018). Manipulating
    machine learning: poisoning attacks and countermeasures for regression learning. IEEE S&P,
    section 4 (algorithm 2).

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> rows = [[0.0], [0.1], [0.2], [0.8], [0.9], [1.0], [1.1]]
    >>> model = TrimmedLoss(LinearRegression(), trimmed=0.15).fit(rows, [0, 0, 0, 1, 1, 1, 0])
    >>> model.kept_.tolist()
    [True, True, True, True, True, True, False]
    """

    def __init__(self, estimator: Any, *, trimmed: float = 0.1, rounds: int = 20) -> None:
        self.estimator = estimator
        self.trimmed = trimmed
        self.rounds = rounds

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Forget everything, and fit and trim by turns.

        Parameters
        ----------
        X
            Feature rows, shape (n, d).
        y
            Labels, shape (n,), 1 for malicious.

        Raises
        ------
        ValueError
            When a parameter is out of range, a value is not finite, shapes disagree, the estimator
            has no margins, or a class is missing, if only after trimming.
        """
        if not 0 <= self.trimmed < 1:
            raise ValueError(f"trimmed must be in [0, 1), got {self.trimmed}")
        if self.rounds < 1:
            raise ValueError(f"rounds must be at least 1, got {self.rounds}")
        rows = finite_rows(X)
        labels = malicious(y, len(rows))

        def fitted(keep: Mask) -> Any:
            check_both_classes(labels[keep])
            return clone(self.estimator).fit(rows[keep], labels[keep].astype(np.int8))

        everything = np.ones(len(rows), dtype=bool)
        kept = len(rows) - int(self.trimmed * len(rows) + 1e-9)
        self.estimator_, self.kept_ = trim(
            fitted(everything), fitted, rows, labels, kept=kept, rounds=self.rounds
        )
        self.n_features_in_ = rows.shape[1]
        self.classes_ = np.array([0, 1])
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """The estimator's margin, shape (n,); above 0 is malicious.

        Of an estimator with probabilities or predictions only, their excess over 1/2.

        Raises
        ------
        ValueError
            When a value is not finite or the width is wrong; NotFittedError before `fit`.
        """
        if "estimator_" not in vars(self):
            raise NotFittedError("TrimmedLoss is not fitted yet; call fit first")
        return margins(self.estimator_, finite_rows(X, self.n_features_in_))

    def predict(self, X: ArrayLike) -> NDArray[np.int8]:
        """Verdicts, 1 (malicious) where the margin is above 0, shape (n,).

        Raises
        ------
        ValueError
            As for `decision_function`.
        """
        return (self.decision_function(X) > 0).astype(np.int8)
