import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy.optimize import linprog

import armsrace.solvers
from armsrace.forms import NormalForm
from armsrace.solvers import _simplex, minimax, minimax_batch
from armsrace.solvers._compilation import prepare

MODULE = import_module("armsrace.solvers.minimax")

MENDELSOHN = np.zeros((100, 100))
"""The higher number wins 1 if it is higher by one, and loses 2 if it is higher by more."""
for i in range(100):
    for j in range(i):
        MENDELSOHN[i, j] = 1 if i == j + 1 else -2
        MENDELSOHN[j, i] = -MENDELSOHN[i, j]

Probabilities = list[float] | None

# Payoffs, value, the learner's and the adversary's strategy (None: not known, or not unique).
KNOWN: dict[str, tuple[ArrayLike, float, Probabilities, Probabilities]] = {
    "matching pennies": ([[1, -1], [-1, 1]], 0, [1 / 2, 1 / 2], [1 / 2, 1 / 2]),
    "rock, paper, scissors": ([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], 0, [1 / 3] * 3, [1 / 3] * 3),
    # Von Neumann, Morgenstern, Theory of Games and Economic Behavior, section 18.4.4.
    "Moriarty and Holmes": ([[100, 0], [-50, 100]], 40, [3 / 5, 2 / 5], [2 / 5, 3 / 5]),
    # Ferguson, Game Theory, part II: a diagonal game, v = 1 / sum(1 / d), x_i = v / d_i.
    "diagonal 1, 2, 3": (np.diag([1, 2, 3]), 6 / 11, [6 / 11, 3 / 11, 2 / 11], None),
    # Rows and columns of a magic square add up alike, so uniform play guarantees the mean to both.
    "magic square": (
        [[16, 3, 2, 13], [5, 10, 11, 8], [9, 6, 7, 12], [4, 15, 14, 1]],
        17 / 2,
        None,
        None,
    ),
    # Mendelsohn 1946: only 1, 2 and 3 are ever named.
    "Mendelsohn": (
        MENDELSOHN,
        0,
        [1 / 4, 1 / 2, 1 / 4] + [0] * 97,
        [1 / 4, 1 / 2, 1 / 4] + [0] * 97,
    ),
    "saddle point": ([[4, 5, 6], [3, 7, 2], [1, 9, 0]], 4, [1, 0, 0], [1, 0, 0]),
    "dominated row and column": ([[3, 2, 5], [1, 4, 6], [0, 1, 2]], 5 / 2, [3 / 4, 1 / 4, 0], None),
    "one row": ([[3, -1, 2]], -1, [1], [0, 1, 0]),
    "one column": ([[3], [-1], [7]], 7, [0, 0, 1], [1]),
    "one profile": ([[5]], 5, [1], [1]),
    "constant": (np.full((4, 6), -2.5), -2.5, None, None),
    "identity": (np.eye(7), 1 / 7, [1 / 7] * 7, [1 / 7] * 7),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_answers(name: str) -> None:
    payoffs, value, x, y = KNOWN[name]
    answer = minimax(NormalForm.zero_sum(payoffs))
    assert answer.status == "solved"
    assert answer.value == pytest.approx(value, abs=1e-12)
    assert answer.regret < 1e-12
    for found, expected in zip(answer.strategies, (x, y), strict=True):
        if expected is not None:
            np.testing.assert_allclose(found, expected, atol=1e-12)


def test_two_finger_morra_is_solved_by_a_segment() -> None:
    # Ferguson, Game Theory, part II: x = (0, p, 1 - p, 0) with 4/7 <= p <= 3/5.
    payoffs = [[0, 2, -3, 0], [-2, 0, 0, 3], [3, 0, 0, -4], [0, -3, 4, 0]]
    for strategy in minimax(NormalForm.zero_sum(payoffs)).strategies:
        np.testing.assert_allclose(strategy[[0, 3]], 0.0, atol=1e-12)
        assert 4 / 7 - 1e-12 <= strategy[1] <= 3 / 5 + 1e-12


@settings(max_examples=200)
@given(st.lists(st.integers(-20, 20), min_size=4, max_size=4))
def test_two_by_two_games_have_a_closed_form(entries: list[int]) -> None:
    a, b, c, d = entries
    lower = max(min(a, b), min(c, d))
    upper = min(max(a, c), max(b, d))
    value = lower if lower == upper else (a * d - b * c) / (a + d - b - c)
    answer = minimax(NormalForm.zero_sum([[a, b], [c, d]]))
    assert answer.value == pytest.approx(value, abs=1e-12)


def random_games() -> list[np.ndarray]:
    rng = np.random.default_rng(2006)
    shapes = rng.integers(1, 31, size=(300, 2))
    return [rng.normal(size=tuple(shape)) for shape in shapes]


def degenerate_games() -> list[np.ndarray]:
    rng = np.random.default_rng(2010)
    shapes = rng.integers(1, 31, size=(100, 2))
    return [
        rng.integers(0, high, endpoint=True, size=tuple(shape)).astype(float)
        for shape, high in zip(shapes, rng.integers(1, 4, size=100), strict=True)
    ]


@pytest.mark.parametrize("games", [random_games(), degenerate_games()], ids=["random", "integer"])
def test_regret_by_the_simplex_method_alone(
    games: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(MODULE, "_by_highs")
    for payoffs in games:
        answer = minimax(NormalForm.zero_sum(payoffs))
        assert answer.status == "solved"
        assert answer.regret < 1e-9


HARD: dict[str, Callable[[np.random.Generator, int], ArrayLike]] = {
    "low rank": lambda rng, n: rng.normal(size=(n, 2)) @ rng.normal(size=(2, n)),
    "integers of low rank": lambda rng, n: (
        rng.integers(-2, 3, (n, 4)) @ rng.integers(-2, 3, (4, n))
    ),
    "every action twice": lambda rng, n: np.kron(rng.integers(0, 4, (n, n)), np.ones((2, 2))),
    "smooth": lambda rng, n: np.exp(-5 * np.subtract.outer(rng.random(n), rng.random(n)) ** 2),
    "sparse": lambda rng, n: rng.random((n, n)) * (rng.random((n, n)) < 0.1),
    "skew": lambda rng, n: np.triu(rng.integers(-3, 4, (n, n)), 1) @ np.eye(n),
    "heavy tails": lambda rng, n: rng.standard_cauchy((n, n)),
    "many columns": lambda rng, n: rng.random((n, 8 * n)),
    "many rows": lambda rng, n: rng.random((8 * n, n)),
    "additive": lambda rng, n: np.add.outer(rng.random(n), rng.random(n)),
    "far from zero": lambda rng, n: 1e6 + rng.random((n, n)),
    "tiny": lambda rng, n: 1e-200 * rng.random((n, n)),
    "huge": lambda rng, n: 1e200 * rng.normal(size=(n, n)),
}


@pytest.mark.parametrize("kind", HARD)
def test_hard_kinds_of_games(kind: str) -> None:
    rng = np.random.default_rng(7)
    for n in (2, 3, 5, 10, 25, 60):
        payoffs = np.array(HARD[kind](rng, n), dtype=np.float64)
        answer = minimax(NormalForm.zero_sum(payoffs))
        assert answer.status == "solved"
        size, span = np.abs(payoffs).max(), np.ptp(payoffs)
        assert answer.regret <= 1e-10 * span + 1e-13 * size


def test_value_agrees_with_highs() -> None:
    rng = np.random.default_rng(8)
    for shape in [(5, 7), (20, 20), (40, 15), (120, 150)]:
        payoffs = rng.normal(size=shape)
        m, n = shape
        reference = linprog(
            [0] * m + [-1],
            A_ub=np.column_stack([-payoffs.T, np.ones(n)]),
            b_ub=np.zeros(n),
            A_eq=[[1] * m + [0]],
            b_eq=[1],
            bounds=[(0, None)] * m + [(None, None)],
        )
        assert reference.fun is not None
        assert minimax(NormalForm.zero_sum(payoffs)).value == pytest.approx(-reference.fun)


matrices = st.tuples(st.integers(0, 10**9), st.integers(1, 9), st.integers(1, 9), st.booleans())


def drawn(matrix: tuple[int, int, int, bool]) -> np.ndarray:
    """A matrix of normal or, so that it is degenerate, of few integer payoffs."""
    seed, m, n, integer = matrix
    rng = np.random.default_rng(seed)
    return rng.integers(-1, 2, (m, n)).astype(float) if integer else rng.normal(size=(m, n))


@settings(max_examples=200)
@given(matrices, st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_units_do_not_matter(
    matrix: tuple[int, int, int, bool], scale: float, shift: float
) -> None:
    form = NormalForm.zero_sum(drawn(matrix))
    answer, other = minimax(form), minimax(form.transform(scale, [shift, -shift]))
    assert other.value == pytest.approx(scale * answer.value + shift, abs=1e-9)
    assert other.regret < 1e-9


@settings(max_examples=200)
@given(matrices)
def test_labels_and_roles_do_not_matter(matrix: tuple[int, int, int, bool]) -> None:
    payoffs = drawn(matrix)
    rng = np.random.default_rng(matrix[0])
    value = minimax(NormalForm.zero_sum(payoffs)).value
    shuffled = payoffs[rng.permutation(len(payoffs))][:, rng.permutation(payoffs.shape[1])]
    assert minimax(NormalForm.zero_sum(shuffled)).value == pytest.approx(value, abs=1e-12)
    assert minimax(NormalForm.zero_sum(-payoffs.T)).value == pytest.approx(-value, abs=1e-12)


@settings(max_examples=100)
@given(st.integers(0, 10**9), st.integers(1, 12))
def test_symmetric_games_have_value_zero(seed: int, n: int) -> None:
    half = np.random.default_rng(seed).integers(-3, 4, (n, n))
    assert minimax(NormalForm.zero_sum(half - half.T)).value == pytest.approx(0.0, abs=1e-12)


def test_constant_sum_games_keep_their_accounts() -> None:
    form = NormalForm.from_bimatrix([[0.6, 0.2], [0.3, 0.9]], [[0.4, 0.8], [0.7, 0.1]])
    answer = minimax(form)
    assert answer.payoffs.tolist() == pytest.approx([0.48, 0.52])
    assert answer.regret < 1e-12


def test_an_empirical_game_gives_an_interval() -> None:
    rng = np.random.default_rng(3)
    learner = np.array([[1.0, -1.0], [-1.0, 1.0]]) + 0.1 * rng.normal(size=(64, 2, 2))
    answer = minimax(NormalForm.from_samples(np.stack([learner, -learner], axis=1)))
    low, high = answer.interval
    assert -0.1 < low < answer.value < high < 0.1
    assert answer.regret_bound < 0.2


def test_equal_input_gives_equal_bits() -> None:
    form = NormalForm.zero_sum(np.random.default_rng(4).normal(size=(60, 70)))
    for first, second in zip(minimax(form).strategies, minimax(form).strategies, strict=True):
        assert first.tobytes() == second.tobytes()


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The kernels as they are where Numba cannot be imported."""
    prepare()
    monkeypatch.setitem(sys.modules, "numba", None)
    spec = find_spec("armsrace.solvers._simplex")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(armsrace.solvers, "_simplex", module)
    return module


def test_without_numba_the_answers_are_the_same(interpreted: ModuleType) -> None:
    assert interpreted.solve is not _simplex.solve
    for payoffs in [*random_games()[:40], *degenerate_games()[:40]]:
        form = NormalForm.zero_sum(payoffs)
        answer = minimax(form)
        assert answer.regret < 1e-9
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(armsrace.solvers, "_simplex", _simplex)
            compiled = minimax(form)
        for first, second in zip(answer.strategies, compiled.strategies, strict=True):
            assert first.tobytes() == second.tobytes()


def test_highs_takes_over_where_the_simplex_method_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(matrices: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
        x[:], y[:] = 1 / x.shape[1], 1 / y.shape[1]

    monkeypatch.setattr(_simplex, "solve", give_up)
    games = [games for games in random_games()[:20] if games.size > 1]
    for payoffs in games:
        answer = minimax(NormalForm.zero_sum(payoffs))
        assert answer.status == "solved"
        assert answer.regret < 1e-9

    monkeypatch.setattr(
        MODULE, "_by_highs", lambda game: tuple(np.full(k, 1 / k) for k in game.shape)
    )
    answer = minimax(NormalForm.zero_sum([[3, 0], [0, 1]]))
    assert answer.status == "regret 0.5 is above 3e-10: rescale the payoffs"
    with pytest.raises(ArithmeticError, match=r"game 1 was solved only to 0\.3 of its range"):
        minimax_batch([[[0, 0], [0, 0]], [[3, 0], [0, 1]]])


def test_batch_agrees_with_one_at_a_time() -> None:
    rng = np.random.default_rng(9)
    for shape in [(50, 1, 1), (50, 3, 5), (50, 8, 8), (20, 20, 9)]:
        games = np.concatenate([rng.normal(size=shape), rng.integers(-1, 2, size=shape)])
        values, rows, columns = minimax_batch(games)
        for game, value, x, y in zip(games, values, rows, columns, strict=True):
            answer = minimax(NormalForm.zero_sum(game))
            assert value == pytest.approx(answer.value, abs=1e-12)
            assert x.tolist() == answer.strategies[0].tolist()
            assert y.tolist() == answer.strategies[1].tolist()


def test_batch_in_any_order_of_memory() -> None:
    games = np.random.default_rng(10).normal(size=(4, 3, 2))
    for first, second in zip(
        minimax_batch(games), minimax_batch(np.asfortranarray(games)), strict=True
    ):
        np.testing.assert_array_equal(first, second)


def test_batch_of_nothing() -> None:
    values, rows, columns = minimax_batch(np.zeros((0, 3, 2)))
    assert (values.shape, rows.shape, columns.shape) == ((0,), (0, 3), (0, 2))


def test_general_sum_games_are_refused() -> None:
    dilemma = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    with pytest.raises(ValueError, match="got sums from 2 to 6; for general-sum games use lemke"):
        minimax(dilemma)


def test_three_roles_are_refused() -> None:
    with pytest.raises(ValueError, match="minimax needs a game of two roles, got 3"):
        minimax(NormalForm(np.zeros((3, 2, 2, 2))))


@pytest.mark.parametrize(
    ("payoffs", "message"),
    [
        (np.zeros((2, 2)), r"payoffs must have shape \(S, m, n\), got \(2, 2\)"),
        (np.zeros((2, 0, 2)), r"payoffs must have shape \(S, m, n\), got \(2, 0, 2\)"),
        ([[[1.0, np.nan]]], "payoffs must be finite, got NaN or infinity"),
        ([[[1e308, -1e308]]], "payoffs must have a range below 1.8e308, got more: rescale them"),
    ],
)
def test_bad_batches(payoffs: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        minimax_batch(payoffs)


@settings(max_examples=100)
@given(st.integers(0, 2**32 - 1), st.integers(1, 24), st.integers(1, 24), st.booleans())
def test_from_any_start_the_same_value_is_reached(seed: int, m: int, n: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(-2, 3, (m, n)) if ties else rng.normal(size=(m, n))
    form = NormalForm.zero_sum(payoffs)
    answer = minimax(form)
    starts = [answer.strategies, (rng.dirichlet(np.ones(m)), np.eye(n)[rng.integers(n)])]
    for start in starts:
        again = minimax(form, start=start)
        assert again.status == "solved"
        assert again.regret < 1e-10
        assert again.value == pytest.approx(answer.value, abs=1e-10)


@pytest.mark.parametrize(
    "start",
    [([1.0], [1.0]), ([1.0, 0.0],), ([1.0, -0.5], [1.0, 0.0]), ([0.0, 0.0], [1.0, 0.0])],
)
def test_bad_starts(start: tuple[ArrayLike, ...]) -> None:
    form = NormalForm.zero_sum([[1, -1], [-1, 1]])
    with pytest.raises(ValueError, match="start must hold weights of 2 and of 2 actions, none neg"):
        minimax(form, start=start)
