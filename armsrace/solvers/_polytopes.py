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

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.normal import Array, NormalForm

Indices = NDArray[np.int64]

TIE = 1e-11  # numbers up to this size pass for zero
CLEAR = 1e-9  # numbers above this size do not; what is between is in doubt


def polytopes(form: NormalForm) -> tuple[Array, Array]:
    """Return the columns of the matrices of P, shape (m, n), and of Q, shape (n, m).

    Entries are from 0.1 to 1.1. What an action earns is compared with other actions of the same
    role against the same action of the other alone, so the lowest of these payoffs can be taken
    from all. What then remains of the rounding of the payoffs is zero.
    """
    from armsrace.solvers._scaling import scale

    learner, adversary = form.payoffs
    p, q = adversary.copy(), learner.T.copy()
    scale(p)
    scale(q)
    return p, q


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
