"""Disguises for a chosen row, searched by queries: parts that probe, and then evade.

The row is the game's target. Each round the disguise of the round before is tried again, for one
query; if it is rejected, another one is searched. What was found stands in ``known.notes[part]``,
one `Found` a target row, and is what the target looks like when it is judged. A target that is let
through as it is, or for which no disguise was found, is left alone.

With the model in sight the queries are put to it at home, and nobody counts them; a hidden model is
asked through the learner's door, until the budget or the learner's limit is used up.
"""

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.attack import Evade, Probe
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.probe.acre import acre_boolean
from armsrace.attacks.probe.membership import Found, Membership, Row
from armsrace.attacks.probe.multiline import Line, kstep_search, multiline_search
from armsrace.attacks.reachable import reachable
from armsrace.batch import Batch
from armsrace.models.published import Published, QueryLimitError

_RESAMPLES: Final = 3
"""Orders in which words are added, beside the one by the reference itself."""


class Disguise(Probe, Evade):
    """A search by queries for what a target must look like to be let through.

    Attributes
    ----------
    queries
        Queries that may be spent in a round; several target rows share them equally.
    """

    queries: int

    @abstractmethod
    def search(
        self, query: Membership, start: Row, known: Knowledge, rng: np.random.Generator
    ) -> Found:
        """A row that is let through in the place of `start`, which is rejected."""

    @final
    def probe(self, public: Published, known: Knowledge, rng: np.random.Generator) -> Knowledge:
        """Try the disguises of the last round, and search for those that no longer serve.

        Raises
        ------
        ValueError
            When the game gives the adversary no target.
        """
        if not len(known.target):
            raise ValueError("a disguise needs a target; give the world a target_label")
        share = self.queries // len(known.target)
        earlier = known.notes.get(self, (None,) * len(known.target))
        found = [
            self._found(Membership.of(public, share), start, before, known, rng)
            for start, before in zip(known.target.rows, earlier, strict=True)
        ]
        return known.noting(self, tuple(found))

    @final
    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Put on the disguises that were found."""
        rows, origin = faced.rows.copy(), faced.origin.copy()
        targets = np.flatnonzero(faced.target)
        for target, found in zip(targets, known.notes.get(self, ()), strict=False):
            if found.instance is not None and found.cost > 0:
                rows[target], origin[target] = found.instance, True
        return Batch(rows, faced.labels, origin, faced.target)

    def _found(
        self,
        query: Membership,
        start: Row,
        before: Found | None,
        known: Knowledge,
        rng: np.random.Generator,
    ) -> Found:
        best = Found(None, np.inf, 0) if before is None else before
        with suppress(QueryLimitError):
            if best.instance is not None and query(best.instance):
                return best
            best = Found(start, 0.0, 1) if query(start) else self.search(query, start, known, rng)
        if best.instance is None:
            return best
        change = np.abs(best.instance.astype(np.float64) - start)
        return Found(best.instance, float(change.sum()), best.queries)


@final
@dataclass(frozen=True)
class MultilineDisguise(Disguise):
    """A disguise found by `multiline_search`.

    The lines are the coordinate directions, as far as they are feasible, and the cost is the
    l_1 norm; for words they are orders in which words are added, the most honest first, and the
    cost is their number.

    Attributes
    ----------
    queries
        Queries a round, at least 1.
    words
        Words to add at most, where rows hold words; at least 1.
    tolerance
        Relative tolerance of the cost, positive.

    Raises
    ------
    ValueError
        When an attribute is out of its range.

    References
    ----------
    Nelson, B. et al. (2012). Query strategies for evading convex-inducing classifiers. JMLR 13.
    """

    queries: int
    words: int = 100
    tolerance: float = 0.05

    def __post_init__(self) -> None:
        _check(self.queries, self.words, self.tolerance)

    def search(
        self, query: Membership, start: Row, known: Knowledge, rng: np.random.Generator
    ) -> Found:
        """Halve the gap between costs, asking all lines."""
        lines, lower, upper = _lines(start, known, self.words, self.tolerance, rng)
        if not lines:
            return Found(None, np.inf, 0)
        return multiline_search(query, lines, lower=lower, upper=upper, tolerance=self.tolerance)


@final
@dataclass(frozen=True)
class KstepDisguise(Disguise):
    """A disguise found by `kstep_search`, which spends fewer queries on the worst of lines.

    Attributes
    ----------
    queries
        Queries a round, at least 1.
    words
        Words to add at most, where rows hold words; at least 1.
    tolerance
        Relative tolerance of the cost, positive.

    Raises
    ------
    ValueError
        When an attribute is out of its range.

    References
    ----------
    Nelson, B. et al. (2012). Query strategies for evading convex-inducing classifiers. JMLR 13.
    """

    queries: int
    words: int = 100
    tolerance: float = 0.05

    def __post_init__(self) -> None:
        _check(self.queries, self.words, self.tolerance)

    def search(
        self, query: Membership, start: Row, known: Knowledge, rng: np.random.Generator
    ) -> Found:
        """Take several steps along a line before the others are asked."""
        lines, lower, upper = _lines(start, known, self.words, self.tolerance, rng)
        if not lines:
            return Found(None, np.inf, 0)
        return kstep_search(query, lines, lower=lower, upper=upper, tolerance=self.tolerance)


@final
@dataclass(frozen=True)
class BooleanDisguise(Disguise):
    """Words added to the target, as few as `acre_boolean` can do with.

    Begins with the words that are the most frequent in honest mail relative to malicious, as far
    as they can be added. Where even all these do not help, nothing is found.

    Attributes
    ----------
    queries
        Queries a round, at least 1.
    words
        Words to begin with, at least 1.

    Raises
    ------
    ValueError
        When an attribute is out of its range.

    References
    ----------
    Lowd, D., Meek, C. (2005). Adversarial learning. KDD, section 4.
    """

    queries: int
    words: int = 100

    def __post_init__(self) -> None:
        _check(self.queries, self.words, 1.0)

    def search(
        self, query: Membership, start: Row, known: Knowledge, rng: np.random.Generator
    ) -> Found:
        """Add all the words, then take back what is not needed.

        Raises
        ------
        ValueError
            When the rows do not hold words.
        """
        if start.dtype != np.bool_:
            raise ValueError(f"rows must hold words as booleans, got {start.dtype}")
        addable = _honest_words(start, known, known.reference)
        # What is not feasible as it stands has to change in any case.
        bare = _with_words(start, addable[:0], known)
        full = _with_words(start, addable[: self.words], known)
        if query(bare):
            return Found(bare, 0.0, query.count)
        if not query(full):
            return Found(None, np.inf, query.count)
        return acre_boolean(query, bare, full, changeable=addable)


def _check(queries: int, words: int, tolerance: float) -> None:
    for name, value in (("queries", queries), ("words", words)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    if not 0 < tolerance < np.inf:
        raise ValueError(f"tolerance must be positive and finite, got {tolerance}")


def _lines(
    start: Row, known: Knowledge, words: int, tolerance: float, rng: np.random.Generator
) -> tuple[Sequence[Line], float, float]:
    """Where to search, and the costs between which; no line where nothing can be changed."""
    if start.dtype == np.bool_:
        size = len(known.reference)
        resamples = (known.reference.take(rng.integers(size, size=size)) for _ in range(_RESAMPLES))
        rankings = [_honest_words(start, known, mails) for mails in (known.reference, *resamples)]
        upper = float(min(words, len(rankings[0])))
        return [partial(_spelled, start, order, known) for order in rankings if upper], 1.0, upper
    honest = known.reference.rows[~known.reference.labels]
    upper = float(np.abs(honest - start).sum(axis=1).max(initial=0.0))
    width = len(start)
    free = np.flatnonzero(known.feasible.mutable(width) & (upper > 0))
    directions = np.vstack([np.eye(width)[free], -np.eye(width)[free]])
    lines = [partial(_moved, start, direction, known) for direction in directions]
    return lines, upper * min(tolerance, 1.0) ** 2, upper


def _honest_words(start: Row, known: Knowledge, mails: Batch) -> NDArray[np.intp]:
    """Words that can be added to a mail by themselves, from the most honest on."""
    honest, malicious = (
        mails.rows[mails.labels == label].sum(axis=0) / max((mails.labels == label).sum(), 1)
        for label in (False, True)
    )
    ranking = np.argsort(malicious - honest, kind="stable")
    addable = (known.feasible.bounds(len(start), start[None])[1][0] >= 1.0) & (start == 0)
    for group in known.feasible.groups:
        addable[group] = False
    order: NDArray[np.intp] = ranking[addable[ranking]]
    return order


def _with_words(start: Row, words: NDArray[np.intp], known: Knowledge) -> Row:
    wished = start.astype(np.float64)
    wished[words] = 1.0
    row: Row = reachable(wished[None], known.feasible, like=start[None], altered=True)[0]
    return row


def _spelled(start: Row, ranking: NDArray[np.intp], known: Knowledge, cost: float) -> Row:
    return _with_words(start, ranking[: int(cost)], known)


def _moved(start: Row, direction: NDArray[np.float64], known: Knowledge, cost: float) -> Row:
    wished = (start + cost * direction)[None]
    row: Row = reachable(wished, known.feasible, like=start[None], altered=True)[0]
    return row
