from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm
from armsrace.solvers import exact_enumeration, exact_equilibria
from armsrace.solvers.exact_enumeration import Number, simplest

Matrix = list[list[int]]
Vector = tuple[Fraction, ...]


def solved(equations: Sequence[Sequence[int]], right: Sequence[int]) -> Vector | None:
    """Solve square equations by elimination, unless they are singular."""
    rows = [[*map(Fraction, row), Fraction(b)] for row, b in zip(equations, right, strict=True)]
    for k in range(len(rows)):
        pivot = next((i for i in range(k, len(rows)) if rows[i][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [entry / rows[k][k] for entry in rows[k]]
        for i in range(len(rows)):
            if i != k:
                rows[i] = [a - rows[i][k] * b for a, b in zip(rows[i], rows[k], strict=True)]
    return tuple(row[-1] for row in rows)


def best_reply_corners(payoffs: Matrix) -> dict[Vector, tuple[set[int], set[int]]]:
    """Find the corners of {(z, u) : z a strategy, no row of the payoffs earns more than u}.

    Returns for each z what it plays, and the rows that are best replies to it. All subsets of the
    inequalities that could determine a corner are tried.
    """
    rows, columns = len(payoffs), len(payoffs[0])
    unit = [[int(i == j) for j in range(columns)] + [0] for i in range(columns)]
    inequalities = unit + [[-entry for entry in row] + [1] for row in payoffs]
    corners = {}
    for chosen in combinations(range(columns + rows), columns):
        equations = [[1] * columns + [0], *(inequalities[k] for k in chosen)]
        corner = solved(equations, [1] + [0] * columns)
        if corner is None:
            continue
        slack = [sum(a * b for a, b in zip(row, corner, strict=True)) for row in inequalities]
        if min(slack) >= 0:
            played = {j for j in range(columns) if slack[j]}
            best = {i for i in range(rows) if not slack[columns + i]}
            corners[corner[:-1]] = played, best
    return corners


def by_brute_force(learner: Matrix, adversary: Matrix) -> set[tuple[Vector, Vector]]:
    transposed = [list(column) for column in zip(*adversary, strict=True)]
    of_x, of_y = best_reply_corners(transposed), best_reply_corners(learner)
    return {
        (x, y)
        for x, (plays, best_against_x) in of_x.items()
        for y, (they_play, best_against_y) in of_y.items()
        if plays <= best_against_y and they_play <= best_against_x
    }


@st.composite
def integer_games(draw: st.DrawFn) -> tuple[Matrix, Matrix]:
    m, n = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    highest = draw(st.integers(1, 4))
    matrix = st.lists(
        st.lists(st.integers(0, highest), min_size=n, max_size=n), min_size=m, max_size=m
    )
    return draw(matrix), draw(matrix)


@given(integer_games())
@settings(max_examples=100)
def test_brute_force_finds_the_same(game: tuple[Matrix, Matrix]) -> None:
    equilibria = exact_equilibria(*game)
    assert len(set(equilibria)) == len(equilibria)
    assert set(equilibria) == by_brute_force(*game)


@given(integer_games())
@settings(max_examples=150)
def test_every_answer_is_an_equilibrium_exactly(game: tuple[Matrix, Matrix]) -> None:
    learner, adversary = game
    equilibria = exact_equilibria(learner, adversary)
    assert equilibria
    for x, y in equilibria:
        assert sum(x) == sum(y) == 1
        assert min(x + y) >= 0
        earned = [sum(a * b for a, b in zip(row, y, strict=True)) for row in learner]
        lost = [
            sum(a * b for a, b in zip(x, row, strict=True)) for row in zip(*adversary, strict=True)
        ]
        assert max(earned) == sum(a * b for a, b in zip(x, earned, strict=True))
        assert max(lost) == sum(a * b for a, b in zip(y, lost, strict=True))


def test_numbers_of_many_kinds_are_read_exactly() -> None:
    kinds: list[list[list[Number]]] = [
        [[0, 7], [2, 6]],
        [["0", "7"], ["2", "12/2"]],
        [[Fraction(0), Fraction(7)], [Fraction(2), 6.0]],
    ]
    expected = exact_equilibria([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    assert expected[-1] == ((Fraction(1, 3), Fraction(2, 3)), (Fraction(1, 3), Fraction(2, 3)))
    for learner in kinds:
        assert exact_equilibria(learner, np.array([[0, 2], [7, 6]])) == expected
    # Numbers far beyond floating point.
    huge = 10**40
    assert exact_equilibria([[huge, 0], [0, huge + 1]], [[1, 0], [0, 1]])[-1][1] == (
        Fraction(huge + 1, 2 * huge + 1),
        Fraction(huge, 2 * huge + 1),
    )


def test_payoffs_stand_for_simple_fractions() -> None:
    assert simplest(np.array([[0.1 + 0.2, -1 / 7, 1e6 + 0.1]])) == [
        [Fraction(3, 10), Fraction(-1, 7), Fraction(10_000_001, 10)]
    ]
    numbers = [0.123456789012345, 12345.678901234567, 1e-300, 0.0]
    assert simplest(np.array([numbers])) == [[Fraction(number) for number in numbers]]


def test_equilibria_of_a_form_come_with_their_fractions() -> None:
    form = NormalForm.from_bimatrix([[0.0, 0.7], [0.2, 0.6]], [[0, 2], [7, 6]])
    answers = exact_enumeration(form)
    assert answers[-1].parameters["fractions"] == (
        (Fraction(1, 3), Fraction(2, 3)),
        (Fraction(1, 3), Fraction(2, 3)),
    )
    for answer in answers:
        assert answer.regret < 1e-15
        assert answer.method == "exact_enumeration"


@pytest.mark.parametrize(
    ("learner", "adversary", "message"),
    [
        ([[1, "x"]], [[1, 2]], "learner must hold rational numbers, got 'x'"),
        ([[1, "1/0"]], [[1, 2]], "learner must hold rational numbers, got '1/0'"),
        ([[1, 2]], [[1, float("nan")]], "adversary must hold rational numbers, got nan"),
        ([[1, float("inf")]], [[1, 2]], "learner must hold rational numbers, got inf"),
        ([[1, 2], [3]], [[1, 2], [3, 4]], "learner must be a matrix with rows of one length"),
        ([], [[1]], "learner must be a matrix with rows of one length"),
        ([[]], [[1]], "learner must be a matrix with rows of one length"),
        ([[1, 2]], [[1], [2]], r"the same shape \(m, n\), got \(1, 2\) and \(2, 1\)"),
    ],
)
def test_bad_payoffs_are_refused(
    learner: Iterable[Iterable[Number]], adversary: Iterable[Iterable[Number]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        exact_equilibria(learner, adversary)
