"""The best-reply polytopes of a game of two.

Let the learner have m actions and the payoffs A, the adversary n actions and the payoffs B, all of
them positive. Mixed strategies, divided by the payoff of the other role's best reply to them, make
the *best-reply polytopes*::

    P = {x >= 0 : B^T x <= 1}         Q = {y >= 0 : A y <= 1}

Actions have *labels*: the learner's 0 ... m - 1, the adversary's m ... m + n - 1. A point of P has
the label of each action that x does not play and of each that is a best reply to x; in Q likewise.
Apart from x = y = 0, the pairs that have all labels between them are the Nash equilibria, since
then each action is a best reply or not played (von Stengel, "Computing equilibria for two-person
games", Handbook of Game Theory 3, 2002).

Either polytope is {z >= 0 : M z <= 1} with a matrix M of shape (rows, columns). Its *variables* are
z_j, number j < columns, and the slack of row i, number columns + i. A point has the labels of the
variables that are zero there: in P a variable's number is its label, in Q it is the label minus m,
modulo m + n. Sets of variables are integers with one bit a variable.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers.equilibrium import distribution

Indices = NDArray[np.int64]

ROUNDING = 1e-15  # how far a payoff may be from what it stands for, as a share of it: a few bits


class Dictionary(NamedTuple):
    """What a basis of a polytope says of it (`armsrace.solvers._dictionary`)."""

    tableau: Array
    basic: Indices
    nonbasic: Indices

    def copy(self) -> "Dictionary":
        """Return a copy to work on in place."""
        return Dictionary(self.tableau.copy(), self.basic.copy(), self.nonbasic.copy())


def polytopes(form: NormalForm) -> tuple[Dictionary, Dictionary]:
    """Return the dictionaries of P and Q at 0, their matrices having entries from 0.1 to 1.1.

    What an action earns is compared with other actions of the same role against the same action of
    the other alone, so the lowest of these payoffs can be taken from all. What then remains of the
    rounding of the payoffs is zero.
    """
    learner, adversary = form.payoffs
    return _at_zero(adversary.T), _at_zero(learner)


def _at_zero(payoffs: Array) -> Dictionary:
    """Make a dictionary of payoffs whose first axis is the role's own action."""
    rows, columns = payoffs.shape
    tableau = np.zeros((rows + 1, columns + 1))
    tableau[:-1, -1] = 1.0
    matrix = tableau[:-1, :-1]
    np.subtract(payoffs, payoffs.min(axis=0), out=matrix)
    matrix[matrix <= ROUNDING * np.abs(payoffs)] = 0.0
    matrix /= matrix.max() or 1.0
    matrix += 0.1
    return Dictionary(tableau, np.arange(columns, columns + rows), np.arange(columns))


def strategy(
    matrix: Array, played: Sequence[int] | Indices, tight: Sequence[int] | Indices
) -> Array:
    """Compute a strategy from the actions it plays and the rows that it meets with equality."""
    equations = matrix[np.asarray(tight)[:, None], played]
    ones = np.ones(len(tight))
    z = np.zeros(matrix.shape[1])
    if len(tight) == len(played):
        z[played] = np.linalg.solve(equations, ones)
    else:  # a degenerate vertex has more equations than it needs
        z[played] = np.linalg.lstsq(equations, ones)[0]
    return distribution(z)


def members(places: int) -> Iterator[int]:
    """Yield the members of a set that is an integer with one bit a member, the smallest first.

    Examples
    --------
    >>> list(members(0b10110))
    [1, 2, 4]
    """
    while places:
        lowest = places & -places
        yield lowest.bit_length() - 1
        places ^= lowest
