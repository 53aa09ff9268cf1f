"""Evasion that asks and sees no score: it works against every model."""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.attack import Evade
from armsrace.attacks.evade.mimicry import nearest
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.probe.surrogate import lets_through
from armsrace.attacks.reachable import reachable
from armsrace.batch import Batch, Rows
from armsrace.models.published import Published
from armsrace.verdicts import HONEST

_CLOSER: Final = 0.1
"""Share of its distance by which a proposal comes nearer to the original."""

_ATTEMPTS: Final = 5
"""Honest rows that are tried for each malicious one, the nearest first."""

_ASIDE: Final = 0.3
"""Length of its random step, in that distance."""


@final
@dataclass(frozen=True)
class BoundaryEvasion(Evade):
    """Malicious rows led across the boundary, by the answers to membership queries alone.

    Each row is tried as it is, then as the nearest honest rows of the reference in turn; between
    the two, the boundary is bisected in half of the queries that are left. The other half goes to
    random proposals: nearer to the original and a step aside, kept when they are let through. All
    rows are asked in turns; when there are no queries for a turn of all, the last of them do
    without. A row that was never seen to be let through is left as it is.

    A model in sight is asked at home, where nobody counts; a hidden one through the door, at the
    price of a query each and up to the learner's limit.

    Attributes
    ----------
    queries
        Queries a round, at least 1.

    Raises
    ------
    ValueError
        When queries is less than 1.

    References
    ----------
    Brendel, W., Rauber, J., Bethge, M. (2018). Decision-based adversarial attacks. ICLR.
    """

    queries: int

    def __post_init__(self) -> None:
        if self.queries < 1:
            raise ValueError(f"queries must be at least 1, got {self.queries}")

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Search for each malicious row; without a public model or an honest row, none is."""
        honest = known.reference.rows[~known.reference.labels]
        if not len(honest) or known.public is None or not faced.labels.any():
            return faced
        door = _Door(known.public, self.queries)
        malicious = np.flatnonzero(faced.labels)
        flagged = ~door.asked(faced.rows[malicious], unasked=True)
        moving, originals = malicious[flagged], faced.rows[malicious[flagged]]
        best, through = _crossed(door, originals, honest, known, rng)
        rows, origin = faced.rows.copy(), faced.origin.copy()
        rows[moving[through]], origin[moving[through]] = best[through], True
        return Batch(rows, faced.labels, origin, faced.target)


@final
class _Door:
    """Asks rows as long as there are queries."""

    def __init__(self, public: Published, budget: int) -> None:
        self._public = public
        self._budget = budget

    @property
    def left(self) -> int:
        """Queries that can still be asked."""
        remaining = self._public.remaining
        if self._public.model is not None or remaining is None:
            return self._budget
        return min(self._budget, remaining)

    def asked(self, rows: Rows, *, unasked: bool) -> NDArray[np.bool_]:
        """Which rows are let through; what is put down for those that cannot be asked."""
        size = min(len(rows), self.left)
        self._budget -= size
        through = np.full(len(rows), unasked)
        if size:
            through[:size] = self._through(rows[:size])
        return through

    def _through(self, rows: Rows) -> Any:
        if self._public.model is not None:
            return lets_through(self._public.model, rows)
        return self._public.query(rows).decisions == HONEST


def _crossed(
    door: _Door,
    originals: Rows,
    honest: Rows,
    known: Knowledge,
    rng: np.random.Generator,
) -> tuple[Rows, NDArray[np.bool_]]:
    """The nearest rows that were let through, and where there are any."""
    start = originals.astype(np.float64)

    def made(wished: NDArray[np.float64]) -> Rows:
        return reachable(wished, known.feasible, like=originals, altered=True)

    best, models = originals.copy(), start.copy()
    through = np.zeros(len(start), dtype=bool)
    for _ in range(_ATTEMPTS):
        missing = np.flatnonzero(~through)
        if not len(missing) or not len(honest) or not door.left:
            break
        number = nearest(originals[missing], honest, known.feasible)
        models[missing] = honest[number]
        best[missing] = made(models)[missing]
        through[missing] = door.asked(best[missing], unasked=False)
        honest = np.delete(honest, np.unique(number[~through[missing]]), axis=0)
    low, high = np.zeros(len(start)), np.ones(len(start))
    proposals = door.left // 2
    while len(start) and door.left > max(proposals, len(start)):
        middle = (low + high) / 2
        tried = made(start + middle[:, None] * (models - start))
        enough = door.asked(tried, unasked=False) & through
        best = np.where(enough[:, None], tried, best)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    while len(start) and door.left > 0:
        gap = best - start
        length = np.linalg.norm(gap, axis=1, keepdims=True)
        aside = rng.normal(size=gap.shape)
        aside *= _ASIDE * length / np.linalg.norm(aside, axis=1, keepdims=True)
        tried = made(start + (1 - _CLOSER) * gap + aside)
        nearer = np.linalg.norm(tried - start, axis=1) < length[:, 0]
        ahead = np.flatnonzero(nearer & through)
        before = door.left
        accepted = ahead[door.asked(tried[ahead], unasked=False)]
        best[accepted] = tried[accepted]
        if door.left == before:
            break
    return best, through
