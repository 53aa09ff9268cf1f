"""What a model comes out as on one training batch after another, when it has only one to learn."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Batch, Rows

Array = NDArray[np.float64]

_STEPS: Final = 100  # of Newton's method, which takes ten
_SMALL: Final = 1e-6  # gradient at which it has arrived


def redrawn_scores(
    draw: Callable[[np.random.Generator], Batch], rows: Rows, *, models: int, seed: int = 0
) -> Array:
    """Scores of rows by many logistic regressions, each trained on a batch of its own.

    They are scikit-learn's `LogisticRegression()`, all fitted at once by Newton's method in a
    fraction of the time: order models n d^2 for batches of n rows and d features.

    Parameters
    ----------
    draw
        Gives a batch; all of one size, with rows of both classes.
    rows
        What is scored, shape (r, d).
    models
        How many, at least 1.
    seed
        What the batches are drawn by.

    Returns
    -------
    array
        Log-odds of "malicious", shape (models, r).

    Raises
    ------
    ValueError
        When there is no model, or a batch has one class only.

    Examples
    --------
    >>> def draw(rng: np.random.Generator) -> Batch:
    ...     labels = np.arange(40) % 2
    ...     return Batch.of(rng.normal(labels, 1.0).reshape(-1, 1), labels)
    >>> scores = redrawn_scores(draw, np.array([[0.0], [1.0]]), models=200)
    >>> scores.mean(axis=0).round(1).tolist(), scores.std(axis=0).round(1).tolist()
    ([-0.5, 0.5], [0.2, 0.2])
    """
    if models < 1:
        raise ValueError(f"models must be at least 1, got {models}")
    batches = [draw(rng) for rng in np.random.default_rng(seed).spawn(models)]
    labels = np.stack([batch.labels for batch in batches])
    if (labels.all(axis=1) | ~labels.any(axis=1)).any():
        raise ValueError(
            f"each batch must hold both classes, got {labels.shape[1]} rows of one; draw more rows"
        )
    fitted = _logistic_regressions(
        np.stack([_with_ones(batch.rows) for batch in batches]), labels.astype(np.float64)
    )
    scores: Array = fitted @ _with_ones(rows).T
    return scores


def _with_ones(rows: Rows) -> Array:
    return np.column_stack([rows, np.ones(len(rows))])


def _logistic_regressions(rows: Array, labels: Array) -> Array:
    """Weights and intercepts, shape (models, d + 1); the last column of the rows is of ones."""
    from scipy.special import expit

    penalty = np.ones(rows.shape[2])
    penalty[-1] = 0.0  # the intercept is free

    def loss(weights: Array) -> Array:
        margins = (rows @ weights[..., None])[..., 0]
        losses: Array = (np.logaddexp(0.0, margins) - labels * margins).sum(axis=1)
        losses += (penalty * weights**2).sum(axis=1) / 2.0
        return losses

    weights = np.zeros((len(rows), rows.shape[2]))
    reached = loss(weights)
    for _ in range(_STEPS):
        chances = expit((rows @ weights[..., None])[..., 0])
        gradient = ((chances - labels)[:, None, :] @ rows)[:, 0] + penalty * weights
        if np.abs(gradient).max() <= _SMALL:
            break
        spread = (chances * (1.0 - chances))[..., None]
        hessian = np.swapaxes(rows, 1, 2) @ (rows * spread) + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
        # A whole step may go too far; half of it, again and again, does not.
        length = np.ones((len(rows), 1))
        ahead = loss(weights - step)
        while (far := ahead > reached + 1e-9 * np.abs(reached)).any():
            length[far] /= 2.0
            ahead = loss(weights - length * step)
        weights, reached = weights - length * step, ahead
    return weights
