"""Partition aggregation: one classifier a partition of the training set, and a majority vote.

A row belongs to the partition that a hash of its feature values alone names, so that whatever else
is in the training set, inserting, deleting or relabeling one row changes one partition, hence at
most one vote. How many such changes a prediction withstands can therefore be read from its votes
(`armsrace.theory.partition`), whatever the classifier is and whatever the rows are.
"""

from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import NotFittedError

from armsrace.models.inputs import check_both_classes, finite_rows, malicious, shared_copy
from armsrace.models.voting import VotingClassifier, fitted_voter, votes
from armsrace.theory.partition import certified_radius

Rows = NDArray[np.float64]
Labels = NDArray[np.bool_]


@final
@dataclass(frozen=True, eq=False)
class _Partition:
    rows: Rows
    labels: Labels
    voter: Any


@final
class PartitionEnsemble(VotingClassifier):
    """Deep partition aggregation (DPA): classifiers of disjoint partitions vote, ties are honest.

    A partition whose rows are of one class votes for it, an empty one for honest. The price of
    the certificate is that every classifier learns from 1/k of the rows.

    Parameters
    ----------
    estimator
        The classifier that each partition trains a clone of; any scikit-learn classifier or
        pipeline. Give a random one its ``random_state``, or the certificate does not hold.
    partitions
        k, at least 1.

    Attributes
    ----------
    partitions_
        The rows, labels and fitted voter of each partition.
    classes_
        0 (honest) and 1 (malicious).
    n_features_in_
        Number of features.

    Notes
    -----
    Learning and unlearning refit only those partitions that a row comes into or leaves.

    References
    ----------
    Levine, A., Feizi, S. (2021). Deep partition aggregation: provable defense against general
    poisoning attacks. ICLR, section 3.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> rng = np.random.default_rng(0)
    >>> labels = np.arange(300) % 2
    >>> rows = rng.normal(size=(300, 2)) + 4 * labels[:, None]
    >>> vote = PartitionEnsemble(GaussianNB(), partitions=15).fit(rows, labels)
    >>> some = [[0.0, 0.0], [2.0, 2.2], [4.0, 4.0]]
    >>> vote.predict(some).tolist(), vote.certified_radius(some).tolist()
    ([0, 1, 1], [7, 3, 7])
    """

    def __init__(self, estimator: Any, *, partitions: int = 50) -> None:
        self.estimator = estimator
        self.partitions = partitions

    @property
    def _voters(self) -> int:
        """One for each of the partitions."""
        count: int = self.partitions
        return count

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Forget everything, deal the rows to the partitions, and train each.

        Parameters
        ----------
        X
            Feature rows, shape (n, d).
        y
            Labels, shape (n,), 1 for malicious; both classes must occur.

        Raises
        ------
        ValueError
            When there is no partition, a value is not finite, shapes disagree, or a class is
            missing.
        """
        if self.partitions < 1:
            raise ValueError(f"partitions must be at least 1, got {self.partitions}")
        rows = finite_rows(X)
        labels = malicious(y, len(rows))
        check_both_classes(labels)
        self.n_features_in_ = rows.shape[1]
        self.classes_ = np.array([0, 1])
        where = self._partition_of(rows)
        self.partitions_ = tuple(
            self._trained(rows[where == number], labels[where == number])
            for number in range(self.partitions)
        )
        return self

    def updated(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Return a new ensemble that has learned these rows as well.

        Parameters
        ----------
        X
            Feature rows, shape (m, d); m may be 0.
        y
            Labels, shape (m,), 1 for malicious.

        Raises
        ------
        ValueError
            When a value is not finite or shapes disagree; NotFittedError before `fit`.
        """
        rows = self._known(X)
        labels = malicious(y, len(rows))
        where, changed = self._partition_of(rows), list(self.partitions_)
        for number in np.unique(where):
            old, new = changed[number], where == number
            changed[number] = self._trained(
                np.concatenate([old.rows, rows[new]]), np.concatenate([old.labels, labels[new]])
            )
        return self._with(changed)

    def downdated(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Return a new ensemble that has never learned these rows.

        Parameters
        ----------
        X
            Feature rows, shape (m, d), that were learned.
        y
            The labels they were learned with, shape (m,).

        Raises
        ------
        ValueError
            When a row was not learned with its label, a class would be missing, a value is not
            finite, or shapes disagree; NotFittedError before `fit`.
        """
        rows = self._known(X)
        labels = malicious(y, len(rows))
        where, changed = self._partition_of(rows), list(self.partitions_)
        for number in np.unique(where):
            old, gone = changed[number], where == number
            kept = _left_over(old, rows[gone], labels[gone])
            changed[number] = self._trained(old.rows[kept], old.labels[kept])
        check_both_classes(np.concatenate([partition.labels for partition in changed]))
        return self._with(changed)

    def votes(self, X: ArrayLike) -> NDArray[np.int64]:
        """How many partitions call each row honest and malicious, shape (n, 2).

        Raises
        ------
        ValueError
            When a value is not finite or the width is wrong; NotFittedError before `fit`.
        """
        rows = self._known(X)
        return votes([partition.voter for partition in self.partitions_], rows)

    def certified_radius(self, X: ArrayLike) -> NDArray[np.int64]:
        """How many training rows may be inserted, deleted or relabeled without turning the vote.

        Shape (n,). Moving a row is a deletion and an insertion and counts as two.

        Raises
        ------
        ValueError
            As for `votes`.
        """
        return certified_radius(self.votes(X))

    def _partition_of(self, rows: Rows) -> NDArray[np.int64]:
        # Adding 0.0 makes -0.0 equal to 0.0 in its bytes as well.
        return np.array([_hash(row) % self.partitions for row in rows + 0.0], dtype=np.int64)

    def _trained(self, rows: Rows, labels: Labels) -> _Partition:
        return _Partition(rows, labels, fitted_voter(self.estimator, rows, labels))

    def _with(self, changed: list[_Partition]) -> Self:
        ensemble = shared_copy(self)
        ensemble.partitions_ = tuple(changed)
        return ensemble

    def _known(self, X: ArrayLike) -> Rows:
        if "partitions_" not in vars(self):
            raise NotFittedError("PartitionEnsemble is not fitted yet; call fit first")
        return finite_rows(X, self.n_features_in_)


def _hash(row: Rows) -> int:
    return int.from_bytes(blake2b(row.tobytes(), digest_size=8).digest(), "little")


def _left_over(partition: _Partition, rows: Rows, labels: Labels) -> Labels:
    """Which rows of a partition are left when these are taken out, the earliest of equals first."""
    wanted = Counter(zip(map(_hash, rows + 0.0), labels.tolist(), strict=True))
    kept = np.ones(len(partition.rows), dtype=bool)
    keys = zip(map(_hash, partition.rows + 0.0), partition.labels.tolist(), strict=True)
    for number, key in enumerate(keys):
        if wanted[key]:
            wanted[key] -= 1
            kept[number] = False
    if wanted.total():
        raise ValueError(
            f"X must hold only rows that were learned with these labels, got {wanted.total()} other"
        )
    return kept
