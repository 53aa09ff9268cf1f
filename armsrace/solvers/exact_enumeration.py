"""All extreme equilibria of a game of two in rational arithmetic, for reference and publication.

No number is rounded: payoffs are rational, and so is each equilibrium, a vector of quotients of
minors of the payoff matrices. All feasible bases of the two best-reply polytopes are visited
(perturbed by the lexicographic rule where they are degenerate), and the vertices that have all
labels between them are the extreme equilibria; `armsrace.solvers._polytopes` defines these words.
`vertex_enumeration` finds the same in floating point, some hundred times as fast.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import isqrt

import numpy as np

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers._complementarity import extreme_pairs
from armsrace.solvers._exact_dictionary import ExactDictionary, Integers, Rationals, whole
from armsrace.solvers._scaling import ROUNDING
from armsrace.solvers.equilibrium import Equilibrium

SIMPLE = 10**12  # the product of the numerator and the denominator of a fraction that is meant

ExactStrategy = tuple[Fraction, ...]
Number = int | float | str | Fraction


def exact_equilibria(
    learner: Iterable[Iterable[Number]], adversary: Iterable[Iterable[Number]]
) -> list[tuple[ExactStrategy, ExactStrategy]]:
    """Find all extreme equilibria of a game of two in rational numbers.

    Parameters
    ----------
    learner, adversary
        The payoffs of either role, each of shape (m, n), the learner's actions in rows. Integers,
        fractions, strings such as "1/3" or "0.1"; a float is the decimal number that it prints as.

    Returns
    -------
    list
        The strategies of both roles in each extreme equilibrium; simple ones first. The set of all
        equilibria is made of their mixtures (`equilibrium_components`). The number of bases to
        visit grows about as 2^n for n actions each; ten actions take a second.

    Raises
    ------
    ValueError
        When an entry is no rational number, or the shapes differ or are not (m, n).

    References
    ----------
    D. Avis, G. D. Rosenberg, R. Savani, B. von Stengel, "Enumeration of Nash equilibria for
    two-player games", Economic Theory 42 (2010) 9-37.

    Examples
    --------
    >>> for x, y in exact_equilibria([[0, 7], [2, 6]], [[0, 2], [7, 6]]):
    ...     print(*x, "against", *y)
    1 0 against 0 1
    0 1 against 1 0
    1/3 2/3 against 1/3 2/3
    """
    first, second = _rationals("learner", learner), _rationals("adversary", adversary)
    if len(first) != len(second) or len(first[0]) != len(second[0]):
        raise ValueError(
            "learner and adversary must have the same shape (m, n), "
            f"got {(len(first), len(first[0]))} and {(len(second), len(second[0]))}"
        )
    return _extreme_equilibria(first, second)


def exact_enumeration(form: NormalForm) -> list[Equilibrium]:
    """Find all extreme equilibria of a game of two without rounding.

    Parameters
    ----------
    form
        A game of two roles. A payoff within rounding of a fraction whose numerator and denominator
        have twelve digits together counts as that fraction: 0.1 and 1 / 3 are meant exactly.

    Returns
    -------
    list
        As by `vertex_enumeration`; in their ``parameters``, "fractions" holds both strategies as
        they are. Takes the time of `exact_equilibria`.

    Raises
    ------
    ValueError
        When the game does not have two roles.

    References
    ----------
    As `exact_equilibria`.

    Examples
    --------
    >>> tie = NormalForm.from_bimatrix([[0.1, 0.3], [0.2, 0.1 + 0.1]], [[1, 1], [0, 0]])
    >>> for equilibrium in exact_enumeration(tie):
    ...     x, y = equilibrium.parameters["fractions"]
    ...     print(*x, "against", *y)
    1 0 against 0 1
    1 0 against 1/2 1/2
    0 1 against 1 0
    0 1 against 1/2 1/2
    """
    if len(form.roles) != 2:
        raise ValueError(f"exact_enumeration needs a game of two roles, got {len(form.roles)}")
    return [
        Equilibrium(
            form,
            (np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)),
            method="exact_enumeration",
            parameters={"fractions": (x, y)},
        )
        for x, y in _extreme_equilibria(*map(simplest, form.payoffs))
    ]


def simplest(payoffs: Array) -> Rationals:
    """Return the fractions that payoffs stand for, simple ones where rounding allows for them.

    Examples
    --------
    >>> print(*simplest(np.array([[0.1 + 0.2, 1 / 3, 3.0]]))[0])
    3/10 1/3 3
    """
    return [[_simplest(payoff) for payoff in row] for row in payoffs.tolist()]


def _simplest(payoff: float) -> Fraction:
    literal = Fraction(payoff)
    if literal == 0:
        return literal
    largest = isqrt(SIMPLE * literal.denominator // abs(literal.numerator))
    simple = literal.limit_denominator(max(largest, 1))
    return simple if abs(simple - literal) <= ROUNDING * abs(payoff) else literal


def _extreme_equilibria(
    learner: Rationals, adversary: Rationals
) -> list[tuple[ExactStrategy, ExactStrategy]]:
    x, y = exact_vertices(learner, adversary)
    sizes = len(learner), len(learner[0])
    first, second, pairs = extreme_pairs(x, y, sizes, sizes)
    return [(x[first[i]], y[second[j]]) for i, j in pairs]


def exact_vertices(
    learner: Rationals, adversary: Rationals
) -> tuple[dict[int, ExactStrategy], dict[int, ExactStrategy]]:
    """Find the strategies at all vertices but 0 of P and of Q, by their label sets."""
    return _vertices(whole(tuple(zip(*adversary, strict=True)))), _vertices(whole(learner))


def _vertices(matrix: Integers) -> dict[int, ExactStrategy]:
    """Visit all feasible bases of {z >= 0 : M z <= 1}."""
    start = ExactDictionary.start(matrix)
    found: dict[int, ExactStrategy] = {}
    for vertex in start.reachable():
        if vertex is not start:
            found.setdefault(vertex.zeros(), vertex.strategy())
    return found


def _rationals(name: str, matrix: Iterable[Iterable[Number]]) -> Rationals:
    """Read a matrix of rational numbers, floats as the decimal numbers that they print as."""
    rows = [tuple(_rational(name, entry) for entry in row) for row in matrix]
    widths = {len(row) for row in rows}
    if len(widths) != 1 or widths == {0}:
        raise ValueError(f"{name} must be a matrix with rows of one length, got lengths {widths}")
    return rows


def _rational(name: str, entry: Number) -> Fraction:
    try:
        return Fraction(str(entry))
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{name} must hold rational numbers, got {entry!r}") from None
