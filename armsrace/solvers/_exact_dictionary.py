"""Dictionaries of best-reply polytopes in exact arithmetic.

The same as in `armsrace.solvers._dictionary`, in integers of any size: all numbers of a dictionary
are integers over one common denominator, and an exchange keeps them so, since each is up to its
sign a minor of the matrix that the dictionary started from (Edmonds 1967; Bareiss 1968).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import final

import numpy as np
from numpy.typing import NDArray

Rationals = Sequence[Sequence[Fraction]]
Integers = NDArray[np.object_]


def whole(payoffs: Rationals) -> Integers:
    """Turn payoffs whose first axis is the role's own action into the matrix of a polytope.

    Positive integers in place of the payoffs: compared with others of the same column, no action
    fares better or worse for it.
    """
    array = np.array(payoffs, dtype=object)
    array = array - array.min(axis=0)
    denominator = lcm(*(number.denominator for number in array.flat))
    integers: Integers = np.vectorize(int, otypes=[object])(array * denominator) + 1
    return integers


def whole_rows(rows: Integers) -> Integers:
    """Multiply each row of fractions by what makes it whole."""
    scales = [[lcm(*(number.denominator for number in row))] for row in rows]
    integers: Integers = np.vectorize(int, otypes=[object])(rows * np.array(scales, dtype=object))
    return integers


@final
@dataclass(frozen=True, eq=False)
class ExactDictionary:
    """A basis of the polytope {z >= 0 : M z <= 1}, with all that is said of it there.

    Parameters
    ----------
    numerators
        Shape (rows, columns + 1).
    denominator
        What all numerators are over, positive.
    basic, nonbasic
        The variables of the rows and of the columns.
    """

    numerators: Integers
    denominator: int
    basic: tuple[int, ...]
    nonbasic: tuple[int, ...]

    @classmethod
    def start(cls, matrix: Integers) -> "ExactDictionary":
        """Return the dictionary of the vertex 0."""
        return cls.at_zero(np.hstack([matrix, np.full((len(matrix), 1), 1, dtype=object)]))

    @classmethod
    def at_zero(cls, rows: Integers) -> "ExactDictionary":
        """Return the dictionary of the vertex 0 of {z >= 0 : M z <= d}, given M and d >= 0."""
        columns = rows.shape[1] - 1
        variables = tuple(range(columns + len(rows)))
        return cls(rows, 1, variables[columns:], variables[:columns])

    def reachable(self) -> Iterator["ExactDictionary"]:
        """Yield this dictionary, then those of all other bases, perturbed where degenerate."""
        known = {frozenset(self.basic)}
        waiting = [self]
        while waiting:
            vertex = waiting.pop()
            yield vertex
            for column, entering in enumerate(vertex.nonbasic):
                row = vertex.leaving_row(column)
                basis = frozenset(vertex.basic) ^ {vertex.basic[row], entering}
                if basis not in known:
                    known.add(basis)
                    waiting.append(vertex.exchange(row, column))

    def leaving_row(self, column: int) -> int:
        """Find the row whose variable turns to zero first when that of the column grows."""
        pivots = self.numerators[:, column]
        rows = [i for i, pivot in enumerate(pivots) if pivot > 0]
        for entries in self._perturbed():
            smallest = rows[:1]
            for i in rows[1:]:
                best = smallest[0]
                difference = entries[i] * pivots[best] - entries[best] * pivots[i]
                if difference < 0:
                    smallest = [i]
                elif difference == 0:
                    smallest.append(i)
            rows = smallest
            if len(rows) == 1:
                break
        return rows[0]

    def _perturbed(self) -> Iterator[Sequence[int] | Integers]:
        """Yield the right side, then the column of the slack of each row."""
        yield self.numerators[:, -1]
        columns = len(self.nonbasic)
        for slack in range(columns, columns + len(self.basic)):
            if slack in self.nonbasic:
                yield self.numerators[:, self.nonbasic.index(slack)]
            else:
                yield [self.denominator * (slack == known) for known in self.basic]

    def exchange(self, row: int, column: int) -> "ExactDictionary":
        """Exchange the basic variable of a row with the nonbasic variable of a column."""
        old, pivot = self.numerators, self.numerators[row, column]
        new = (old * pivot - np.outer(old[:, column], old[row])) // self.denominator
        new[row], new[:, column] = old[row], -old[:, column]
        new[row, column] = self.denominator
        basic, nonbasic = list(self.basic), list(self.nonbasic)
        basic[row], nonbasic[column] = nonbasic[column], basic[row]
        return ExactDictionary(new, pivot, tuple(basic), tuple(nonbasic))

    def step(self, variable: int) -> tuple["ExactDictionary", int]:
        """Exchange a nonbasic variable with the basic one that it displaces, and return that."""
        column = self.nonbasic.index(variable)
        row = self.leaving_row(column)
        return self.exchange(row, column), self.basic[row]

    def zeros(self) -> int:
        """Return the variables that are zero, one bit each."""
        values = zip(self.basic, self.numerators[:, -1], strict=True)
        zero = [variable for variable, value in values if value == 0]
        return sum(1 << variable for variable in (*self.nonbasic, *zero))

    def strategy(self) -> tuple[Fraction, ...]:
        """Return z divided by its sum."""
        z = dict(zip(self.basic, self.numerators[:, -1], strict=True))
        weights = [z.get(variable, 0) for variable in range(len(self.nonbasic))]
        total = sum(weights)
        return tuple(Fraction(weight, total) for weight in weights)
