"""Pairs of vertices of P and Q with all labels, in floating point or in exact arithmetic.

The path from one such pair to another is the one that `armsrace.solvers._complementary_pivoting`
describes.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, final

import numpy as np

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers._exact_dictionary import ExactDictionary, whole
from armsrace.solvers._polytopes import TIE, Indices, polytopes
from armsrace.solvers.exact_enumeration import simplest


@final
class RoundingError(ArithmeticError):
    """A choice on which rounding leaves a doubt, in the last trial of so many."""

    def __init__(self, made: int) -> None:
        super().__init__("rounding hides the path")
        self.made = made


class VertexPair(ABC):
    """A basis of P and one of Q whose nonbasic variables have each label once."""

    is_exact: ClassVar[bool]

    @abstractmethod
    def try_in_turn(self, trials: Indices) -> "tuple[int, VertexPair | None, int]":
        """Drop one label after the other and follow their paths until one leads to another pair.

        Parameters
        ----------
        trials
            The labels, with the number of exchanges after which to give up, shape (count, 2).

        Returns
        -------
        made, end, length
            The number of trials that were made. Of the last one, the pair at its end and the number
            of exchanges; or nothing and zero, when all paths are longer than their limit.

        Raises
        ------
        RoundingError
            When rounding hides the way of a path before one arrives.
        """

    @final
    def follow(self, label: int, limit: int) -> "tuple[VertexPair, int] | None":
        """Drop a label and follow the path to the next pair.

        Returns that pair and the number of exchanges, or nothing when it takes more than the limit.

        Raises
        ------
        RoundingError
            When rounding hides the way.
        """
        _, end, length = self.try_in_turn(np.array([[label, limit]]))
        return None if end is None else (end, length)

    @abstractmethod
    def bases(self) -> Hashable:
        """Return what tells the bases from others."""

    @abstractmethod
    def zeros(self) -> Hashable:
        """Return what tells the vertices from others, which may have many bases."""

    @abstractmethod
    def strategies(self) -> tuple[Array, Array]:
        """Return the strategies of both roles; there are none at the start, where both are zero."""


class Basis(NamedTuple):
    """A basis of {z >= 0 : M z <= 1} (`armsrace.solvers._complementary_pivoting`)."""

    columns: Array  # of M, one a row
    inverse: Array  # of the rows that are tight in the columns of the actions that are played
    variables: Indices  # these actions, then these rows, shape (2, size)

    def vertex(self) -> Array:
        """Return z."""
        from armsrace.solvers._complementary_pivoting import vertex

        return vertex(*self)

    def zeros(self) -> frozenset[int]:
        """Return the variables that are zero."""
        z = self.vertex()
        variables = np.concatenate((z, 1.0 - z @ self.columns))
        return frozenset(np.flatnonzero(variables <= TIE).tolist())


@final
@dataclass(frozen=True, eq=False)
class RoundedPair(VertexPair):
    """A pair in floating point."""

    is_exact = False
    p: Basis
    q: Basis

    @classmethod
    def start(cls, form: NormalForm) -> "RoundedPair":
        """Return the pair x = y = 0."""
        inverse, variables = np.empty((0, 0)), np.empty((2, 0), dtype=np.int64)
        p, q = (Basis(columns, inverse, variables) for columns in polytopes(form))
        return cls(p, q)

    def try_in_turn(self, trials: Indices) -> "tuple[int, RoundedPair | None, int]":
        from armsrace.solvers._complementary_pivoting import DOUBT, TOO_LONG, try_in_turn

        made, length, p, p_variables, q, q_variables = try_in_turn(*self.p, *self.q, trials)
        if length == TOO_LONG:
            return made, None, 0
        if length == DOUBT:
            raise RoundingError(made)
        end = Basis(self.p.columns, p, p_variables), Basis(self.q.columns, q, q_variables)
        return made, RoundedPair(*end), length

    def bases(self) -> Hashable:
        return tuple(
            frozenset(variables.tolist())
            for basis in (self.p, self.q)
            for variables in basis.variables
        )

    def zeros(self) -> Hashable:
        return self.p.zeros(), self.q.zeros()

    def strategies(self) -> tuple[Array, Array]:
        from armsrace.solvers._complementary_pivoting import strategy

        return strategy(*self.p), strategy(*self.q)


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

    def try_in_turn(self, trials: Indices) -> "tuple[int, ExactPair | None, int]":
        for made, (label, limit) in enumerate(trials.tolist(), start=1):
            arrival = self._path(label, limit)
            if arrival is not None:
                return made, *arrival
        return len(trials), None, 0

    def _path(self, label: int, limit: int) -> "tuple[ExactPair, int] | None":
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

    def bases(self) -> Hashable:
        return frozenset(self.p.nonbasic), frozenset(self.q.nonbasic)

    def zeros(self) -> Hashable:
        return self.p.zeros(), self.q.zeros()

    def strategies(self) -> tuple[Array, Array]:
        x, y = self.p.strategy(), self.q.strategy()
        return np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)
