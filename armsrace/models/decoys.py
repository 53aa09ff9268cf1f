"""Models to be shown in the place of the real one: trained on what misleads."""

from typing import Any

import numpy as np

from armsrace.batch import Batch
from armsrace.models.scoring import judge


def scrambled(model: Any, batch: Batch, rng: np.random.Generator) -> Any:
    """A model of the same kind whose features stand for each other.

    It is trained on rows with their columns in random order, so that it looks like the real one and
    says of each feature what is true of another.

    Parameters
    ----------
    model
        An estimator, unfitted.
    batch
        Rows of both classes.
    rng
        Source of the order.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> batch = Batch.of([[0.0, 5.0], [1.0, 5.0]] * 4, [0, 1] * 4)
    >>> scrambled(LogisticRegression(), batch, np.random.default_rng(0)).coef_[0].round(1).tolist()
    [1.3, 0.0]
    """
    from sklearn.base import clone

    order = rng.permutation(batch.width)
    return clone(model).fit(batch.rows[:, order], batch.labels.astype(np.int8))


def contrary(model: Any, batch: Batch) -> Any:
    """A model of the same kind that takes each class for the other.

    Parameters
    ----------
    model
        An estimator, unfitted.
    batch
        Rows of both classes.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> batch = Batch.of([[0.0], [1.0]] * 4, [0, 1] * 4)
    >>> contrary(LogisticRegression(), batch).predict([[0.0], [1.0]]).tolist()
    [1, 0]
    """
    from sklearn.base import clone

    return clone(model).fit(batch.rows, (~batch.labels).astype(np.int8))


def sheltered(model: Any, batch: Batch) -> Any:
    """A model of the same kind that has not seen the malicious rows nearest to the honest mean.

    It looks as if it had not been trained on them: those farther off than the median are all it
    knows of malice.

    Parameters
    ----------
    model
        An estimator, unfitted.
    batch
        Rows of both classes.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> batch = Batch.of([[0.0], [2.0], [8.0]] * 9, [0, 1, 1] * 9)
    >>> sheltered(LogisticRegression(), batch).predict([[2.0], [8.0]]).tolist()
    [0, 1]
    """
    from sklearn.base import clone

    center = batch.rows[~batch.labels].mean(axis=0)
    distances = np.linalg.norm(batch.rows - center, axis=1)
    known = batch.take(~batch.labels | (distances > np.median(distances[batch.labels])))
    return clone(model).fit(known.rows, known.labels.astype(np.int8))


def gullible(model: Any, batch: Batch) -> Any:
    """A model of the same kind that has seen the blatant half of the malicious rows only.

    It looks as if it had not been trained on the rest, and lets through what resembles them.

    Parameters
    ----------
    model
        An estimator, unfitted.
    batch
        Rows of both classes.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> batch = Batch.of([[0.0], [2.0], [8.0]] * 9, [0, 1, 1] * 9)
    >>> trap = gullible(LogisticRegression(), batch)
    >>> trap.predict([[2.0], [8.0]]).tolist()
    [0, 1]
    """
    from sklearn.base import clone

    labels = batch.labels.astype(np.int8)
    real = clone(model).fit(batch.rows, labels)
    malicious = np.flatnonzero(batch.labels)
    order = np.argsort(judge(real, batch.rows[malicious]).scores, kind="stable")
    forgotten = malicious[order[: len(malicious) // 2]]
    kept = np.delete(np.arange(len(batch)), forgotten)
    return clone(model).fit(batch.rows[kept], labels[kept])
