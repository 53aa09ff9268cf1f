"""Votes of many classifiers, as `PartitionEnsemble` and `LabelSmoothing` take them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST, MALICIOUS

Rows = NDArray[np.float64]
Labels = NDArray[np.bool_]


class VotingClassifier(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """A classifier that goes by the majority of its voters, honest among equals."""

    @property
    @abstractmethod
    def _voters(self) -> int:
        """How many voters there are."""

    @abstractmethod
    def votes(self, X: ArrayLike) -> NDArray[np.int64]:
        """How many voters call each row honest and malicious, shape (n, 2).

        Raises
        ------
        ValueError
            When a value is not finite or the width is wrong; NotFittedError before `fit`.
        """

    @final
    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Share of malicious votes minus share of honest ones, shape (n,); above 0 is malicious.

        Raises
        ------
        ValueError
            As for `votes`.
        """
        honest, malicious = self.votes(X).T
        share: NDArray[np.float64] = (malicious - honest) / self._voters
        return share

    @final
    def predict(self, X: ArrayLike) -> NDArray[np.int8]:
        """The class with more votes, honest among equals, shape (n,).

        Raises
        ------
        ValueError
            As for `votes`.
        """
        return (self.decision_function(X) > 0).astype(np.int8)


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
