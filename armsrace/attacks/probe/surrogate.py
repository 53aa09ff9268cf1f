"""Models that stand in for a hidden one: trained on its answers, or on labeled traffic."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.attack import Probe
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.probe.acre import linear_boundary
from armsrace.attacks.probe.membership import Membership
from armsrace.batch import Batch, Rows
from armsrace.models.published import Published, QueryLimitError
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST, MALICIOUS, Verdicts

_ATTEMPTS: Final = 10
"""Reference rows of each class that are asked for one that the model judges rightly."""


@final
@dataclass(frozen=True, eq=False)
class LinearModel:
    """A linear classifier of known weights: the score of a row is its product less a threshold.

    Attributes
    ----------
    weights
        Shape (d,).
    threshold
        Score above which a row is malicious.
    """

    weights: NDArray[np.float64]
    threshold: float

    def decision_function(self, rows: Rows) -> NDArray[np.float64]:
        """Scores of rows, shape (n,); malicious above zero."""
        scores: NDArray[np.float64] = rows @ self.weights - self.threshold
        return scores


@final
@dataclass(frozen=True, eq=False)
class Copied:
    """What a probe notes of a hidden model, under the key `Surrogate`.

    Attributes
    ----------
    model
        What stands in for it.
    rows, decisions
        What was asked so far, and answered; shapes (n, d) and (n,).
    """

    model: Any
    rows: Rows
    decisions: NDArray[np.int8]


@final
@dataclass(frozen=True)
class Surrogate(Probe):
    """A model trained on the answers of a hidden one.

    Rows of the reference are asked, as many as the budget and the learner's limit allow, beside
    those of earlier rounds. The model that learns their answers stands in
    ``known.notes[Surrogate]``, as a `Copied`, where every part that needs a model looks for it
    (`suspected_model`). A model in sight is not asked. While all answers are alike nothing is
    noted, as there is nothing to learn.

    Attributes
    ----------
    queries
        Rows to ask about each round, at least 1.
    model
        The scikit-learn classifier that learns the answers, unfitted; None for a logistic
        regression.

    Raises
    ------
    ValueError
        When queries is less than 1.
    """

    queries: int
    model: Any = None

    def __post_init__(self) -> None:
        if self.queries < 1:
            raise ValueError(f"queries must be at least 1, got {self.queries}")

    def probe(self, public: Published, known: Knowledge, rng: np.random.Generator) -> Knowledge:
        """Ask, and train on all that was answered."""
        if public.model is not None:
            return known
        size = min(self.queries, len(known.reference))
        if public.remaining is not None:
            size = min(size, public.remaining)
        rows = known.reference.rows[rng.permutation(len(known.reference))[:size]]
        decisions = public.query(rows).decisions
        earlier = known.notes.get(Surrogate)
        if earlier is not None:
            rows = np.concatenate([earlier.rows, rows])
            decisions = np.concatenate([earlier.decisions, decisions])
        malicious = decisions == MALICIOUS
        if malicious.all() or not malicious.any():
            return known
        return known.noting(
            Surrogate, Copied(_trained(self.model, rows, malicious), rows, decisions)
        )


@final
@dataclass(frozen=True)
class LinearSurrogate(Probe):
    """The weights of a hidden linear model, found out by queries at its boundary.

    `linear_boundary` between two rows of the reference; the model noted is a `LinearModel`, in the
    place of a `Surrogate`'s. When the queries run out, features that were not reached count as
    having no weight; when not even the boundary was met, nothing is noted. The rows that are asked
    need not be feasible: they are asked, not sent. A model in sight is not asked.

    Attributes
    ----------
    queries
        Rows to ask about each round, at least 1; about 12 a feature at a tolerance of 1 %.
    tolerance
        Relative error of the ratios of weights, in (0, 1).

    Raises
    ------
    ValueError
        When queries is less than 1, or the tolerance is outside (0, 1).

    References
    ----------
    Lowd, D., Meek, C. (2005). Adversarial learning. KDD.
    """

    queries: int
    tolerance: float = 0.01

    def __post_init__(self) -> None:
        if self.queries < 1:
            raise ValueError(f"queries must be at least 1, got {self.queries}")
        if not 0 < self.tolerance < 1:
            raise ValueError(f"tolerance must be in (0, 1), got {self.tolerance}")

    def probe(self, public: Published, known: Knowledge, rng: np.random.Generator) -> Knowledge:
        """Find one row on either side of the boundary, then the boundary."""
        if public.model is not None:
            return known
        query = Membership.of(public, self.queries)
        rows = known.reference.rows.astype(np.float64)
        ends = []
        try:
            for malicious in (True, False):
                candidates = rows[known.reference.labels == malicious]
                for index in rng.permutation(len(candidates))[:_ATTEMPTS]:
                    if query(candidates[index]) != malicious:
                        ends.append(candidates[index])
                        break
                else:
                    return known
            weights, threshold = linear_boundary(query, *ends, tolerance=self.tolerance)
        except QueryLimitError:
            return known
        asked = np.stack(ends)
        decisions = np.array([MALICIOUS, HONEST])
        return known.noting(Surrogate, Copied(LinearModel(weights, threshold), asked, decisions))


def suspected_model(known: Knowledge) -> Any:
    """The model that the adversary believes to be up against.

    The one in sight; if it is hidden, the one that a probe has noted in its place; and else a
    logistic regression trained on the labeled reference.

    Raises
    ------
    ValueError
        When the model is hidden and the reference holds one class only.
    """
    if known.model is not None:
        return known.model
    copied = known.notes.get(Surrogate)
    if copied is not None:
        return copied.model
    return _of_reference(known.reference)


@lru_cache(maxsize=4)
def _of_reference(reference: Batch) -> Any:
    """The reference of a play is one object that never changes: it is learned once."""
    labels = reference.labels
    if labels.all() or not labels.any():
        raise ValueError(
            "the reference must hold both classes to train a surrogate on, got one; "
            "publish the model or use a larger pool"
        )
    return _trained(None, reference.rows, labels)


def lets_through(model: Any, rows: Rows) -> NDArray[np.bool_]:
    """Which rows a model judges honest, shape (n,); an abstention is no such verdict."""
    verdicts: Verdicts = judge(model, rows)
    through: NDArray[np.bool_] = verdicts.decisions == HONEST
    return through


def _trained(model: Any, rows: Rows, malicious: NDArray[np.bool_]) -> Any:
    from sklearn.base import clone
    from sklearn.linear_model import LogisticRegression

    fresh = LogisticRegression(max_iter=1000) if model is None else clone(model)
    return fresh.fit(rows, malicious.astype(np.int8))
