r"""Malicious rows that go down the slope of the score: as far as a budget goes, or as need be.

Both parts follow the linear approximation of the score at the current row, whose best answer inside
the bounds is known in closed form (`armsrace.attacks.evade.descent`). For an affine score that is
the optimum at once, a few microseconds a row; for other smooth scores it is repeated, which leads
to a local one. Whole numbers, one-hot groups and words are rounded to afterwards; a row that this
throws back is taken farther along its way until it is let through.

The model is the one in sight, or what stands in for it (`suspected_model`).
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.attack import Evade
from armsrace.attacks.evade.descent import cheapest_descent, check_order, steepest_descent
from armsrace.attacks.evade.slopes import Slope, smooth_scores
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.probe.surrogate import suspected_model
from armsrace.attacks.reachable import reachable, within
from armsrace.batch import Batch, Rows
from armsrace.feasible import Feasible
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST

_STEPS: Final = 20
"""Linear approximations of a score that is not affine."""

_FARTHER: Final = tuple(1.0 + 8.0**power for power in range(-10, 6))
"""How much farther a row is taken in turn: from a billionth of its way to thousands of ways."""

_HALVINGS: Final = 12
_CLOSE: Final = 1e-8
"""Share of a way that is no longer halved."""


@final
@dataclass(frozen=True)
class BudgetedEvasion(Evade):
    """Every malicious row as honest as the model can be made to see it at a given distance.

    For an affine score and real features within bounds this is the optimum; else conditional
    gradient steps, the best of which counts.

    Attributes
    ----------
    budget
        Largest distance of a row from what it was, at least 0.
    order
        Order of the norm, 1 or 2.

    Raises
    ------
    ValueError
        When an attribute is out of range.

    References
    ----------
    Biggio, B. et al. (2013). Evasion attacks against machine learning at test time. ECML PKDD.
    """

    budget: float
    order: int = 2

    def __post_init__(self) -> None:
        if not 0 <= self.budget < np.inf:
            raise ValueError(f"budget must be at least 0 and finite, got {self.budget}")
        check_order(self.order)

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Lower the score of each malicious row; one that cannot be lowered stays."""
        moving = np.flatnonzero(faced.labels)
        if not len(moving) or not self.budget:
            return faced
        model, originals = suspected_model(known), faced.rows[moving]
        slope = Slope.of(model, originals)
        _check_real(slope, originals)
        best = self._lowered(slope, originals, known.feasible)
        lower = smooth_scores(model, best) < smooth_scores(model, originals)
        return _altered(faced, moving[lower], best[lower])

    def _lowered(self, slope: Slope, originals: Rows, feasible: Feasible) -> Rows:
        start = originals.astype(np.float64)
        low, high = _bounds(originals, feasible)
        budget = np.full(len(start), self.budget)
        best, lowest = originals, smooth_scores(slope.model, originals)
        current = start
        for step in range(1 if slope.weights is not None else _STEPS):
            # The lowest row of the linear approximation within the budget of the *original*.
            ahead = steepest_descent(
                start, slope.gradient(current), budget, low, high, order=self.order
            )
            current = current + (ahead - current) * (2 / (step + 2))
            reached = within(originals, current, feasible, self.budget, order=self.order)
            scores = smooth_scores(slope.model, reached)
            best = np.where((scores < lowest)[:, None], reached, best)
            lowest = np.minimum(scores, lowest)
        return best


@final
@dataclass(frozen=True)
class MinimumCostEvasion(Evade):
    """Every malicious row changed as little as it takes to be let through.

    For an affine score and real features within bounds this is the optimum; else a sequence of
    linear approximations, and the shortest way to where it ends. A row that is let through as it
    is, or for which the way would be too far or none was found, is left as it is.

    Attributes
    ----------
    limit
        Largest distance of a row from what it was, at least 0; infinite for no limit.
    order
        Order of the norm, 1 or 2.
    margin
        How far below the threshold the score is to come, at least 0: a reserve against a
        threshold that is uncertain, or drawn at random.

    Raises
    ------
    ValueError
        When an attribute is out of range.

    References
    ----------
    Lowd, D., Meek, C. (2005). Adversarial learning. KDD.
    """

    limit: float = np.inf
    order: int = 2
    margin: float = 0.0

    def __post_init__(self) -> None:
        if not self.limit >= 0:
            raise ValueError(f"limit must be at least 0, got {self.limit}")
        if not 0 <= self.margin < np.inf:
            raise ValueError(f"margin must be at least 0 and finite, got {self.margin}")
        check_order(self.order)

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Have the malicious rows let through that are not, where that is possible."""
        if not faced.labels.any():
            return faced
        model = suspected_model(known)
        slope = Slope.of(model, faced.rows[faced.labels])
        needy = faced.labels.copy()
        needy[faced.labels] = ~self._passes(model, faced.rows[faced.labels])
        moving = np.flatnonzero(needy)
        if not len(moving):
            return faced
        originals = faced.rows[moving]
        _check_real(slope, originals)
        ends = self._across(slope, originals, known.feasible)
        feasible = known.feasible
        whole = len(feasible.integer) or feasible.groups or originals.dtype.kind != "f"
        exact = slope.weights is not None and not whole
        changed, through = self._shortest(model, originals, ends, feasible, exact=exact)
        distance = np.linalg.norm(changed.astype(np.float64) - originals, ord=self.order, axis=1)
        sent = through & (distance <= self.limit * (1 + 1e-12))
        return _altered(faced, moving[sent], changed[sent])

    def _passes(self, model: Any, rows: Rows) -> NDArray[np.bool_]:
        """Which rows are let through, with the margin to spare where the threshold is 0."""
        verdicts = judge(model, rows)
        through: NDArray[np.bool_] = verdicts.decisions == HONEST
        if not self.margin:
            return through
        # A model that has margins is not asked for them twice.
        margins = hasattr(model, "decision_function")
        scores = verdicts.scores if margins else smooth_scores(model, rows)
        return through & (scores <= -self.margin)

    def _across(self, slope: Slope, originals: Rows, feasible: Feasible) -> NDArray[np.float64]:
        """Where the linear approximations come to cross the threshold, constraints aside."""
        start = originals.astype(np.float64)
        low, high = _bounds(originals, feasible)
        current = start
        for _ in range(1 if slope.weights is not None else _STEPS):
            gradient = slope.gradient(current)
            excess = smooth_scores(slope.model, current) + self.margin
            descent = excess + np.einsum("nd,nd->n", gradient, start - current)
            current = cheapest_descent(start, gradient, descent, low, high, order=self.order)
        return current

    def _shortest(
        self,
        model: Any,
        originals: Rows,
        ends: NDArray[np.float64],
        feasible: Feasible,
        *,
        exact: bool,
    ) -> tuple[Rows, NDArray[np.bool_]]:
        """The feasible row on the way to each end, or beyond, from which on it is let through.

        Where the ends are exact optima, there is nothing to be looked for before them.
        """
        start = originals.astype(np.float64)

        def at(share: NDArray[np.float64]) -> Rows:
            wished = start + share[:, None] * (ends - start)
            return reachable(wished, feasible, like=originals, altered=True)

        # Rounding leaves a crossing a hair short, whole numbers leave it farther.
        share, short = np.ones(len(start)), np.full(len(start), 1.0 if exact else 0.0)
        rows = at(share)
        through = self._passes(model, rows)
        for farther in _FARTHER:
            if through.all():
                break
            short[~through], share[~through] = share[~through], farther
            rows = at(share)
            through = self._passes(model, rows)
        for _ in range(_HALVINGS):
            if (share - short <= _CLOSE).all():
                break
            middle = (short + share) / 2
            tried = at(middle)
            enough = self._passes(model, tried)
            share, short = np.where(enough, middle, share), np.where(enough, short, middle)
            rows = np.where(enough[:, None], tried, rows)
        return rows, through


def _check_real(slope: Slope, originals: Rows) -> None:
    if originals.dtype == np.bool_ and slope.weights is None:
        raise ValueError(
            "words have no gradient but under an affine score, "
            f"got {type(slope.model).__name__}; use GoodWords or BooleanDisguise"
        )


def _bounds(originals: Rows, feasible: Feasible) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, high = feasible.bounds(originals.shape[1], originals)
    if originals.dtype == np.bool_:
        return np.maximum(low, 0.0), np.minimum(high, 1.0)
    return low, high


def _altered(faced: Batch, moved: NDArray[np.intp], rows: Rows) -> Batch:
    """Put rows in the place of some, and mark them."""
    all_rows, origin = faced.rows.copy(), faced.origin.copy()
    all_rows[moved], origin[moved] = rows, True
    return Batch(all_rows, faced.labels, origin, faced.target)
