"""Votes of many classifiers, as `PartitionEnsemble` and `LabelSmoothing` take them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST, MALICIOUS

Rows = NDArray[np.float64]
Labels = NDArray[np.bool_]


@final
@dataclass(frozen=True)
class Constant:
    """The voter that has seen at most one class: it always votes for that class."""

    verdict: int

    def predict(self, rows: Rows) -> NDArray[np.int8]:
        """The same verdict for each row, shape (n,)."""
        return np.full(len(rows), self.verdict, dtype=np.int8)


def fitted_voter(estimator: Any, rows: Rows, labels: Labels) -> Any:
    """A fitted clone of an estimator; without malicious rows, or honest ones, a `Constant`.

    The rows are put in an order of their own first, so that the voter does not depend on the order
    in which they came. Nothing learned is a vote for honest.
    """
    if labels.all() or not labels.any():
        return Constant(int(MALICIOUS if labels.any() else HONEST))
    order = canonical_order(rows, labels)
    return clone(estimator).fit(rows[order], labels[order].astype(np.int8))


def canonical_order(rows: Rows, labels: Labels) -> NDArray[np.intp]:
    """Index that sorts rows by their bytes, and equal ones by their labels."""
    # Adding 0.0 makes -0.0 equal to 0.0 in its bytes as well.
    keys = [(row.tobytes(), bool(label)) for row, label in zip(rows + 0.0, labels, strict=True)]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.intp)


def votes(voters: Sequence[Any], rows: Rows) -> NDArray[np.int64]:
    """How many voters call each row honest and malicious, shape (n, 2).

    A voter that abstains votes for neither.
    """
    counts = np.zeros((len(rows), 2), dtype=np.int64)
    for voter in voters:
        decisions = judge(voter, rows).decisions
        counts[:, 0] += decisions == HONEST
        counts[:, 1] += decisions == MALICIOUS
    return counts
