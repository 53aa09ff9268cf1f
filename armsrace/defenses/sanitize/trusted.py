"""What the filters take from the trusted batch: its rows of a class, and their thresholds.

A threshold that is learned from the rows to be filtered is in the adversary's hands. Here it is set
so that at most a stated share of the trusted rows would be rejected, class by class. When k of n
trusted rows lie beyond a threshold, each valued as though it had not been learned from, then a row
that is distributed as they are does so with probability (k + 1)/(n + 1): the false-alarm rate.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Batch, Mask, Rows
from armsrace.defenses.training import fit_from_scratch
from armsrace.models.scoring import judge


def check_rate(rate: float) -> None:
    """Refuse a share of trusted rows that none can be.

    Raises
    ------
    ValueError
        When the rate is outside [0, 1).
    """
    if not 0 <= rate < 1:
        raise ValueError(f"false_alarm_rate must be in [0, 1), got {rate}")


def rows_of_class(trusted: Batch, label: bool) -> Mask:
    """Which of the trusted rows have a label.

    Raises
    ------
    ValueError
        When less than two have.
    """
    members: Mask = trusted.labels == label
    if members.sum() < 2:
        raise ValueError(
            f"the trusted batch must hold at least 2 {'malicious' if label else 'honest'} rows to "
            f"judge such rows by, got {members.sum()}; start the game with more of both classes"
        )
    return members


def threshold(values: NDArray[np.float64], rate: float) -> float:
    """The smallest of the values that at most a share `rate` of them exceeds."""
    # A hair more, so that 0.29 of 100 rows is 29, although 0.29 * 100 < 29 in floating point.
    beyond = int(rate * len(values) + 1e-9)
    return float(np.sort(values)[len(values) - 1 - beyond])


def beyond_thresholds(
    offered: Batch,
    values: NDArray[np.float64],
    trusted: Batch,
    trusted_values: NDArray[np.float64],
    rate: float,
) -> Mask:
    """Which offered rows have a larger value than is usual for their label.

    Parameters
    ----------
    offered, trusted
        Where the labels are.
    values, trusted_values
        A number for each of their rows, the larger the more suspicious.
    rate
        Largest share of the trusted rows of a label that may lie beyond its threshold.

    Raises
    ------
    ValueError
        When a label is offered that less than two trusted rows have.
    """
    beyond = np.zeros(len(offered), dtype=bool)
    for label in np.unique(offered.labels):
        usual = trusted_values[rows_of_class(trusted, bool(label))]
        limit = threshold(usual, rate)
        # A row equal to that at the limit may differ from it by rounding.
        beyond |= (offered.labels == label) & (values - limit > 1e-9 * abs(limit))
    return beyond


def scores_of(model: Any, rows: Rows) -> NDArray[np.float64]:
    """A model's own score of each row, shape (n,)."""
    return judge(model, rows).scores


def check_folds(folds: int) -> None:
    """Refuse less than two folds.

    Raises
    ------
    ValueError
        When there are.
    """
    if folds < 2:
        raise ValueError(f"folds must be at least 2, got {folds}")


def held_out(
    score: Callable[[Any, Rows], NDArray[np.float64]],
    template: Any,
    batch: Batch,
    folds: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Each row's score by a model that was fitted to the other folds, shape (len(batch),).

    The folds hold equal parts of both classes, at random.

    Raises
    ------
    ValueError
        When there are less than two rows of a class.
    """
    fold = np.empty(len(batch), dtype=np.intp)
    for label in (False, True):
        members = rng.permutation(np.flatnonzero(batch.labels == label))
        if len(members) < 2:
            raise ValueError(
                f"cross-validation needs at least 2 rows of each class, got {len(members)} "
                f"{'malicious' if label else 'honest'}; start the game with more trusted rows"
            )
        fold[members] = np.arange(len(members)) % folds
    scores = np.empty(len(batch))
    for number in np.unique(fold):
        out = fold == number
        model = fit_from_scratch(template, (batch.take(~out),), rng).trained
        scores[out] = score(model, batch.rows[out])
    return scores
