"""Linear classifiers as an attacker sees them: a loss, a penalty, and how to retrain them fast.

With rows x_i, labels y_i in {-1, 1} and the state theta = (w, b), a `LinearLearner` minimizes

    sum_i loss(y_i (w . x_i + b)) + ridge / 2 |w|^2 + intercept_ridge / 2 b^2.

For a smooth loss Newton's method finds the minimum in a few steps, from a warm start in one or two;
that is what makes it cheap to follow the learner's reply while the poison moves.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.poison.margin_losses import Hinge, Logistic, MarginLoss, Squared, SquaredHinge

Array = NDArray[np.float64]

_NEWTON_STEPS: Final = 100
_HALVINGS: Final = 40


@final
@dataclass(frozen=True)
class LinearLearner:
    """What a linear classifier minimizes.

    Attributes
    ----------
    loss
        Loss of the margin.
    ridge
        Penalty on the weights, positive.
    intercept_ridge
        Penalty on the intercept, at least 0.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> LinearLearner.of(LogisticRegression(C=0.5))
    LinearLearner(loss=Logistic(), ridge=2.0, intercept_ridge=0.0)
    """

    loss: MarginLoss
    ridge: float = 1.0
    intercept_ridge: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.ridge < np.inf:
            raise ValueError(f"ridge must be positive and finite, got {self.ridge}")
        if not 0 <= self.intercept_ridge < np.inf:
            raise ValueError(
                f"intercept_ridge must be at least 0 and finite, got {self.intercept_ridge}"
            )

    @classmethod
    def of(cls, model: Any) -> "LinearLearner":
        """What a scikit-learn estimator minimizes, divided by its C.

        Supported are LogisticRegression (L2 penalty), RidgeClassifier, LinearSVC (L2 penalty) and
        SVC with a linear kernel; with an intercept, without class weights.

        Raises
        ------
        ValueError
            When it is another model, or one with other settings.
        """
        from sklearn.linear_model import LogisticRegression, RidgeClassifier
        from sklearn.svm import SVC, LinearSVC

        supported = isinstance(model, (LogisticRegression, RidgeClassifier, LinearSVC, SVC))
        settings = model.get_params() if supported else {}
        if (
            not supported
            or settings.get("kernel", "linear") != "linear"
            or settings.get("penalty", "l2") not in ("l2", "deprecated")
            or settings.get("l1_ratio") not in (None, 0.0)
            or not settings.get("fit_intercept", True)
            or settings["class_weight"] is not None
        ):
            raise ValueError(
                "model must be LogisticRegression or LinearSVC with an L2 penalty, RidgeClassifier "
                f"or a linear SVC, with intercept and without class weights, got {model!r}; scale "
                "rows before the game instead of in a pipeline, or hide the model"
            )
        if isinstance(model, RidgeClassifier):
            return cls(Squared(), 2.0 * float(settings["alpha"]))
        ridge = 1.0 / float(settings["C"])
        if isinstance(model, SVC):
            return cls(Hinge(), ridge)
        appended = isinstance(model, LinearSVC) or settings["solver"] == "liblinear"
        scaled = ridge / float(settings["intercept_scaling"]) ** 2 if appended else 0.0
        if isinstance(model, LogisticRegression):
            return cls(Logistic(), ridge, scaled)
        squared = settings["loss"] == "squared_hinge"
        return cls(SquaredHinge() if squared else Hinge(), ridge, scaled)

    def gradient(self, state: Array, rows: Array, signs: Array) -> Array:
        """Gradient of the objective, shape (d + 1,)."""
        extended = with_ones(rows)
        margins = signs * (extended @ state)
        sloped: Array = (self.loss.slope(margins) * signs) @ extended + self._penalties(
            state
        ) * state
        return sloped

    def hessian(self, state: Array, rows: Array, signs: Array) -> Array:
        """Hessian of the objective, shape (d + 1, d + 1)."""
        extended = with_ones(rows)
        curvature = self.loss.curvature(signs * (extended @ state))
        bent: Array = (extended.T * curvature) @ extended + np.diag(self._penalties(state))
        return bent

    def objective(self, state: Array, rows: Array, signs: Array) -> float:
        """What is minimized."""
        margins = signs * (with_ones(rows) @ state)
        penalty = 0.5 * float(self._penalties(state) @ state**2)
        return float(self.loss.value(margins).sum()) + penalty

    def mean_loss(self, state: Array, rows: Array, signs: Array) -> float:
        """Mean loss of rows, without the penalty."""
        return float(self.loss.value(signs * (with_ones(rows) @ state)).mean())

    def fit(self, rows: Array, signs: Array, start: Array | None = None) -> Array:
        """The minimum, by Newton's method with step halving, shape (d + 1,).

        Raises
        ------
        ValueError
            When the loss has no continuous slope.
        """
        if not self.loss.smooth:
            raise ValueError(f"loss must be smooth to be retrained, got {self.loss!r}")
        state: Array = np.zeros(rows.shape[1] + 1) if start is None else start
        value = self.objective(state, rows, signs)
        for _ in range(_NEWTON_STEPS):
            gradient = self.gradient(state, rows, signs)
            if float(np.abs(gradient).max()) <= 1e-10 * len(rows):
                break
            step = self.solve(self.hessian(state, rows, signs), gradient)
            decrease, size = float(gradient @ step), 1.0
            for _ in range(_HALVINGS):
                candidate = state - size * step
                reached = self.objective(candidate, rows, signs)
                if reached <= value - 1e-4 * size * decrease:
                    break
                size /= 2
            if not reached < value:
                break  # to rounding
            state, value = candidate, reached
        return state

    def solve(self, hessian: Array, right: Array) -> Array:
        """Solve with the Hessian; a free intercept without curvature is held where it is."""
        jitter = 1e-13 * float(np.abs(np.diag(hessian)).max())
        solved = np.linalg.solve(hessian + jitter * np.eye(len(hessian)), right)
        return np.asarray(solved, dtype=np.float64)

    def _penalties(self, state: Array) -> Array:
        penalties = np.full_like(state, self.ridge)
        penalties[-1] = self.intercept_ridge
        return penalties


def learner_of(known: Knowledge) -> LinearLearner:
    """What the visible model minimizes, or, when it is hidden, logistic regression's objective.

    Raises
    ------
    ValueError
        When the model in sight is not linear.
    """
    return LinearLearner(Logistic()) if known.model is None else LinearLearner.of(known.model)


def with_ones(rows: Array) -> Array:
    """Rows with a constant column 1 at the end, for the intercept."""
    return np.column_stack([rows, np.ones(len(rows))])
