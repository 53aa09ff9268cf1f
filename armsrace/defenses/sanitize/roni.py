"""RONI: reject on negative impact."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Batch, Mask, Rows
from armsrace.defenses.defense import Sanitize
from armsrace.defenses.memory import Fitted, Memory
from armsrace.defenses.training import fit_from_scratch
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST


@final
@dataclass(frozen=True)
class RejectOnNegativeImpact(Sanitize):
    """RONI: keep a row out when training on it makes a small model worse.

    In each of `trials` trials a small training set and a quiz set are drawn from the trusted batch.
    Every suspect row is added to the small set by itself, and the honest quiz rows that the small
    model accepts are counted before and after. The row's *impact* is the relative change of that
    number, summed over the trials; a row whose impact is below ``-tolerance`` is rejected.

    The change is taken relative to what the small model accepted before, since a model of twenty
    mails leaves many unsure: on the mail of `load_mail_words` a dictionary mail costs at least
    97 % of them, and 99 of 100 other spam mails at most 77 % (25 trusted batches of 100 mails). In
    absolute numbers the two overlap.

    Attributes
    ----------
    training, quiz
        Sizes of the small training set and of the quiz set.
    trials
        Number of trials a row, on the same draws for all rows.
    tolerance
        Largest share of the accepted honest quiz rows that a row may cost, in [0, 1].
    suspects
        The labels of the rows to be examined: in the contamination model of the paper the
        attack mails are labelled spam, and ham cannot be one. Default: the malicious only.

    References
    ----------
    Nelson, B. et al. (2008). Exploiting machine learning to subvert your spam
    filter. LEET, section 5.1.
    """

    training: int = 20
    quiz: int = 50
    trials: int = 5
    tolerance: float = 0.85
    suspects: tuple[bool, ...] = (True,)

    def __post_init__(self) -> None:
        for name in ("training", "quiz", "trials"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not 0 <= self.tolerance <= 1:
            raise ValueError(f"tolerance must be in [0, 1], got {self.tolerance}")

    def sanitize(
        self, offered: Batch, model: Fitted, memory: Memory, rng: np.random.Generator
    ) -> Mask:
        """True for each row that is no suspect, or whose impact is tolerable."""
        suspects = np.flatnonzero(np.isin(offered.labels, self.suspects))
        if not len(suspects):
            return np.ones(len(offered), dtype=bool)
        impact = self.impact(offered.take(suspects), model.trained, memory.trusted, rng)
        keep = np.ones(len(offered), dtype=bool)
        keep[suspects] = impact >= -self.tolerance
        return keep

    def impact(
        self, candidates: Batch, model: Any, trusted: Batch, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Relative change in the number of honest quiz rows accepted, shape (len(candidates),).

        Negative is harmful; zero where the small models accept nothing to begin with. A model with
        a method ``scores_after_each`` (`SpamBayes`) is asked about all candidates at once.

        Parameters
        ----------
        candidates
            The rows to be examined.
        model
            The estimator whose small copies are trained.
        trusted
            Where the small training and quiz sets come from.
        """
        distinct, which = _distinct(candidates)
        accepted, change = 0, np.zeros(len(distinct))
        for _ in range(self.trials):
            small, quiz = _draw_sets(trusted, self.training, self.quiz, rng)
            honest = quiz.rows[~quiz.labels]
            base = fit_from_scratch(model, (small,), rng).trained
            before = _accepted(base, honest)
            accepted += before
            change += _accepted_after_each(distinct, base, model, small, honest, rng) - before
        mean: NDArray[np.float64] = (change / max(accepted, 1))[which]
        return mean


def _distinct(candidates: Batch) -> tuple[Batch, NDArray[np.intp]]:
    keys: dict[tuple[bytes, bool], int] = {}
    which = np.array(
        [
            keys.setdefault((row.tobytes(), bool(label)), len(keys))
            for row, label in zip(candidates.rows, candidates.labels, strict=True)
        ]
    )
    return candidates.take(np.unique(which, return_index=True)[1]), which


def _draw_sets(
    trusted: Batch, training: int, quiz: int, rng: np.random.Generator
) -> tuple[Batch, Batch]:
    """Two disjoint draws, the classes in equal parts as far as the trusted batch has them."""
    order = rng.permutation(len(trusted))
    labels = trusted.labels[order]
    # Alternate the classes, so that every beginning of the list is balanced.
    rank = np.empty(len(order))
    for label in (False, True):
        members = labels == label
        rank[members] = np.arange(members.sum()) + 0.5 * label
    order = order[np.argsort(rank, kind="stable")]
    return trusted.take(order[:training]), trusted.take(order[training : training + quiz])


def _accepted(model: Any, rows: Rows) -> int:
    return int((judge(model, rows).decisions == HONEST).sum())


def _accepted_after_each(
    candidates: Batch,
    base: Any,
    model: Any,
    small: Batch,
    rows: Rows,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """How many rows each model accepts that has learned one candidate and what `base` has."""
    if hasattr(base, "scores_after_each"):
        scores = base.scores_after_each(candidates.rows, candidates.labels, rows)
        accepted: NDArray[np.intp] = (base.decide(scores) == HONEST).sum(axis=1)
        return accepted
    added = [candidates.take(np.array([position])) for position in range(len(candidates))]
    if hasattr(base, "updated"):
        changed = (base.updated(one.rows, one.labels) for one in added)
    else:
        changed = (fit_from_scratch(model, (small, one), rng).trained for one in added)
    return np.array([_accepted(one, rows) for one in changed])
