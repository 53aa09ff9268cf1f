"""Scores of a model that can be followed downhill, and their gradients.

Supported are the models with a ``decision_function``, or with a ``predict_proba`` (whose log-odds
are taken), as far as they are smooth:

* *affine* ones, of any make: linear classifiers, alone or behind a linear pipeline; recognized by
  their scores, exact;
* scikit-learn's ``SVC`` with the RBF kernel: exact;
* all others: central differences, which cost 2 d scores a row.

A model that gives no more than predictions, or whose score has no slope anywhere (a tree), is for
the attacks that only ask: `BoundaryEvasion`, and the disguises.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Rows
from armsrace.models.scoring import margins

Array = NDArray[np.float64]

_STEP: Final = 1e-5
"""Of the central differences, in units of a feature's size, and at least of 1."""

_ROUNDING: Final = 1e-9
"""Relative difference of scores that is taken for rounding."""


@final
@dataclass(frozen=True, eq=False)
class Slope:
    """A score and its gradient.

    Attributes
    ----------
    model
        A fitted classifier.
    weights
        The gradient of an affine score, shape (d,); None where it changes from row to row.
    """

    model: Any
    weights: Array | None

    @classmethod
    def of(cls, model: Any, rows: Rows) -> "Slope":
        """Find out how a model's score changes around some rows, shape (n, d).

        Raises
        ------
        ValueError
            When the model gives neither scores nor probabilities.
        """
        if not hasattr(model, "decision_function") and not hasattr(model, "predict_proba"):
            raise ValueError(
                "a gradient needs a model with decision_function or predict_proba, "
                f"got {type(model).__name__}; use BoundaryEvasion"
            )
        return cls(model, _affine_weights(model, rows))

    def gradient(self, rows: Array) -> Array:
        """Gradient of the score at rows, shape (n, d)."""
        if self.weights is not None:
            return np.broadcast_to(self.weights, rows.shape)
        if getattr(self.model, "kernel", None) == "rbf" and hasattr(self.model, "dual_coef_"):
            return _rbf_gradient(self.model, rows)
        return _differences(self.model, rows)


def smooth_scores(model: Any, rows: Rows) -> Array:
    """Scores, or the log-odds of probabilities, shape (n,); malicious is larger."""
    if hasattr(model, "decision_function"):
        return margins(model, rows)
    from scipy.special import logit

    chances = np.clip(model.predict_proba(rows)[:, 1], 1e-15, 1 - 1e-15)
    return np.asarray(logit(chances), dtype=np.float64)


def _affine_weights(model: Any, rows: Rows) -> Array | None:
    """Weights of a score that is affine at the unit vectors, the rows, and their halves."""
    width = rows.shape[1]
    units = np.vstack([np.zeros(width), np.eye(width)])
    at_units = smooth_scores(model, units.astype(rows.dtype))
    weights: Array = at_units[1:] - at_units[0]
    tests = rows if rows.dtype == np.bool_ else np.vstack([rows, rows / 2])
    scores = smooth_scores(model, tests) if len(tests) else np.zeros(0)
    predicted = at_units[0] + tests @ weights
    size = np.abs(at_units[0]) + np.abs(tests) @ np.abs(weights)
    affine = (np.abs(scores - predicted) <= _ROUNDING * np.maximum(size, 1.0)).all()
    return weights if affine else None


def _rbf_gradient(model: Any, rows: Array) -> Array:
    from scipy.spatial.distance import cdist

    vectors, gamma = model.support_vectors_, model._gamma
    pulls = model.dual_coef_[0] * np.exp(-gamma * cdist(rows, vectors, "sqeuclidean"))
    sloped: Array = 2 * gamma * (pulls @ vectors - pulls.sum(axis=1, keepdims=True) * rows)
    return sloped


def _differences(model: Any, rows: Array) -> Array:
    count, width = rows.shape
    steps = _STEP * np.maximum(np.abs(rows), 1.0)
    moves = steps[:, None, :] * np.eye(width)
    ahead, behind = (
        smooth_scores(model, (rows[:, None, :] + sign * moves).reshape(-1, width))
        for sign in (1.0, -1.0)
    )
    return (ahead - behind).reshape(count, width) / (2 * steps)
