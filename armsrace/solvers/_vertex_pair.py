"""Pairs of vertices of P and Q with all labels, in floating point or in exact arithmetic.

The path from one such pair to another is the one that `armsrace.solvers._complementary_pivoting`
describes.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers._exact_dictionary import ExactDictionary, whole
from armsrace.solvers._polytopes import Dictionary, polytopes, strategy
from armsrace.solvers.exact_enumeration import simplest


@final
class RoundingError(ArithmeticError):
    """A choice on which rounding leaves a doubt."""


class VertexPair(ABC):
    """A basis of P and one of Q whose nonbasic variables have each label once."""

    is_exact: ClassVar[bool]

    @abstractmethod
    def follow(self, label: int, limit: int) -> "tuple[VertexPair, int] | None":
        """Drop a label and follow the path to the next pair.

        Returns that pair and the number of exchanges, or nothing when it takes more than the limit.

        Raises
        ------
        RoundingError
            When rounding hides the way.
        """

    @abstractmethod
    def bases(self) -> tuple[int, int]:
        """Return the nonbasic variables of either polytope, one bit each."""

    @abstractmethod
    def zeros(self) -> tuple[int, int]:
        """Return the variables of either polytope that are zero: the nonbasic ones at least."""

    @abstractmethod
    def strategies(self) -> tuple[Array, Array]:
        """Return the strategies of both roles; there are none at the start, where both are zero."""


@final
@dataclass(frozen=True, eq=False)
class RoundedPair(VertexPair):
    """A pair in floating point.

    Parameters
    ----------
    start_p, start_q
        The dictionaries at x = y = 0.
    p, q
        Those of the pair.
    """

    is_exact = False
    start_p: Dictionary
    start_q: Dictionary
    p: Dictionary
    q: Dictionary

    @classmethod
    def start(cls, form: NormalForm) -> "RoundedPair":
        """Return the pair x = y = 0."""
        p, q = polytopes(form)
        return cls(p, q, p, q)

    def follow(self, label: int, limit: int) -> "tuple[RoundedPair, int] | None":
        from armsrace.solvers._complementary_pivoting import DOUBT, TOO_LONG, follow

        p, q = self.p.copy(), self.q.copy()
        length = follow(*p, *q, label, limit)
        if length == TOO_LONG:
            return None
        if length == DOUBT:
            raise RoundingError(f"rounding hides the path of label {label}")
        return RoundedPair(self.start_p, self.start_q, p, q), length

    def bases(self) -> tuple[int, int]:
        return _bits(self.p.nonbasic.tolist()), _bits(self.q.nonbasic.tolist())

    def zeros(self) -> tuple[int, int]:
        return _zeros(self.p), _zeros(self.q)

    def strategies(self) -> tuple[Array, Array]:
        # From the payoffs anew: a long path gathers rounding.
        return _strategy(self.start_p, self.p), _strategy(self.start_q, self.q)


@final
@dataclass(frozen=True, eq=False)
class ExactPair(VertexPair):
    """A pair in exact arithmetic."""

    is_exact = True
    p: ExactDictionary
    q: ExactDictionary

    @classmethod
    def start(cls, form: NormalForm) -> "ExactPair":
        """Return the pair x = y = 0."""
        learner, adversary = form.payoffs
        p, q = whole(simplest(adversary.T)), whole(simplest(learner))
        return cls(ExactDictionary.start(p), ExactDictionary.start(q))

    def follow(self, label: int, limit: int) -> "tuple[ExactPair, int] | None":
        p, q = self.p, self.q
        m, n = len(p.nonbasic), len(q.nonbasic)
        in_p = label in p.nonbasic
        dropped = label
        for length in range(1, limit + 1):
            if in_p:
                p, dropped = p.step(dropped)
            else:
                q, displaced = q.step((dropped + n) % (m + n))
                dropped = (displaced + m) % (m + n)
            if dropped == label:
                return ExactPair(p, q), length
            in_p = not in_p
        return None

    def bases(self) -> tuple[int, int]:
        return _bits(self.p.nonbasic), _bits(self.q.nonbasic)

    def zeros(self) -> tuple[int, int]:
        return self.p.zeros(), self.q.zeros()

    def strategies(self) -> tuple[Array, Array]:
        x, y = self.p.strategy(), self.q.strategy()
        return np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)


def _bits(variables: Iterable[int]) -> int:
    return sum(1 << variable for variable in variables)


def _zeros(dictionary: Dictionary) -> int:
    from armsrace.solvers._dictionary import TIE

    at_zero = np.abs(dictionary.tableau[:-1, -1]) <= TIE
    return _bits([*dictionary.nonbasic.tolist(), *dictionary.basic[at_zero].tolist()])


def _strategy(start: Dictionary, there: Dictionary) -> Array:
    matrix = start.tableau[:-1, :-1]
    columns = matrix.shape[1]
    played = there.basic[there.basic < columns]
    return strategy(matrix, played, there.nonbasic[there.nonbasic >= columns] - columns)
