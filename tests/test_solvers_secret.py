"""A secret model, played with for ever: the classical examples, independent LPs, and bounds."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import block_diag
from scipy.optimize import linprog

from armsrace.forms import Chance, Decision, ExtensiveForm, Terminal
from armsrace.forms.tree import Node
from armsrace.solvers import average_game_values, secret_value, sequence_form_lp

Array = NDArray[np.float64]

# Aumann and Maschler (1995), chapter 1: nothing, everything, and a part is revealed.
NOTHING = [[[1, 0], [0, 0]], [[0, 0], [0, 1]]]
EVERYTHING = [[[-1, 0], [0, 0]], [[0, 0], [0, -1]]]
PART = [[[4, 0, 2], [4, 0, -2]], [[0, 4, -2], [0, 4, 2]]]

priors = st.floats(0.0, 1.0)
seeds = st.integers(0, 2**32 - 1)


def values_by_scipy(matrices: Array) -> Array:
    """Values of zero-sum games, by one linear program of the test's own, a block each."""
    k, m, n = matrices.shape
    blocks = [np.hstack([-matrix.T, np.ones((n, 1))]) for matrix in matrices]
    result = linprog(
        np.tile(np.append(np.zeros(m), -1.0), k),
        A_ub=block_diag(*blocks),
        b_ub=np.zeros(k * n),
        A_eq=block_diag(*[np.append(np.ones(m), 0.0)[None]] * k),
        b_eq=np.ones(k),
        bounds=([(0, None)] * m + [(None, None)]) * k,
    )
    assert result.x is not None
    return np.asarray(result.x[m :: m + 1])


def hull_by_scipy(stages: Array, prior: Array, points: Array) -> float:
    """Concave hull of u over given beliefs.

    As it comes, the program misses a prior of 1e-7 altogether.
    """
    values = values_by_scipy(np.tensordot(points, stages, 1))
    result = linprog(
        -values, A_eq=points.T, b_eq=prior, options={"primal_feasibility_tolerance": 1e-10}
    )
    assert result.fun is not None
    return float(-result.fun)


@settings(deadline=None, max_examples=50)
@given(p=priors)
def test_when_using_the_secret_gives_it_away_nothing_is_revealed(p: float) -> None:
    answer = secret_value(NOTHING, [p, 1 - p])
    assert answer.value == pytest.approx(p * (1 - p), abs=1e-8)
    assert answer.points.tolist() == [pytest.approx([p, 1 - p])]


@settings(deadline=None, max_examples=50)
@given(p=st.floats(0.01, 0.99))
def test_when_the_secret_is_a_weakness_of_ignorance_everything_is_revealed(p: float) -> None:
    answer = secret_value(EVERYTHING, [p, 1 - p])
    assert answer.value == pytest.approx(0.0, abs=1e-8)
    assert answer.unrevealed == pytest.approx(-p * (1 - p))
    assert answer.revealed == 0.0
    assert sorted(answer.points.tolist()) == [[0.0, 1.0], [1.0, 0.0]]


@pytest.mark.parametrize(
    ("p", "value", "unrevealed"),
    [(0.1, 0.4, 0.4), (0.25, 1, 1), (0.4, 1, 0.4), (0.5, 1, 0), (0.7, 1, 0.8), (0.9, 0.4, 0.4)],
)
def test_partial_revelation(p: float, value: float, unrevealed: float) -> None:
    answer = secret_value(PART, [p, 1 - p])
    assert answer.value == pytest.approx(value, abs=1e-7)
    assert answer.bound == pytest.approx(value, abs=1e-7)
    assert answer.unrevealed == pytest.approx(unrevealed)
    if 0.25 < p < 0.75:
        assert np.sort(answer.points[:, 0]).tolist() == pytest.approx([0.25, 0.75], abs=1e-6)


def random_stages(seed: int, types: int) -> Array:
    rng = np.random.default_rng(seed)
    return rng.integers(-3, 4, size=(types, *rng.integers(2, 5, size=2))).astype(float)


@settings(deadline=None, max_examples=50)
@example(seed=277, p=1e-7)
@example(seed=73688, p=5e-324)
@given(seed=seeds, p=priors)
def test_two_types_agree_with_an_independent_linear_program(seed: int, p: float) -> None:
    stages = random_stages(seed, 2)
    prior = np.array([p, 1 - p])
    answer = secret_value(stages, prior)
    first = np.linspace(0, 1, 51)
    sampled = hull_by_scipy(stages, prior, np.stack([first, 1 - first], axis=1))
    spread = np.abs(stages[0] - stages[1]).max()  # u changes no faster than this
    assert answer.bound >= sampled - 1e-7
    assert answer.value <= sampled + spread * 0.01 + 1e-7
    assert 0 <= answer.error <= 1e-9 * np.ptp(stages) + 1e-12


@settings(deadline=None, max_examples=30)
@given(seed=seeds)
def test_three_types_have_a_true_value_between_the_bounds(seed: int) -> None:
    stages = random_stages(seed, 3)
    prior = np.random.default_rng(seed).dirichlet(np.ones(3))
    coarse, fine = secret_value(stages, prior, mesh=4), secret_value(stages, prior, mesh=8)
    assert coarse.value <= fine.value + 1e-8  # the grid of 8 holds that of 4
    assert fine.value <= coarse.bound + 1e-8
    rng = np.random.default_rng(seed)
    points = np.vstack([prior, np.eye(3), rng.dirichlet(np.ones(3), size=60)])
    assert hull_by_scipy(stages, prior, points) <= fine.bound + 1e-7


def test_bounds_close_as_the_mesh_grows() -> None:
    """Three types that each have a good action of their own: u is the harmonic value."""
    stages = np.array([np.diag(row) for row in np.eye(3)])
    prior = np.array([0.5, 0.3, 0.2])
    exact = float(average_game_values(stages, prior))  # concave, so that nothing is revealed
    assert exact == pytest.approx(1 / (1 / prior).sum())
    errors = []
    for mesh in (5, 10, 20, 40):
        answer = secret_value(stages, prior, mesh=mesh)
        assert answer.value == pytest.approx(exact, abs=1e-8)
        errors.append(answer.error)
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.002


@settings(deadline=None, max_examples=100)
@given(seed=seeds, types=st.integers(1, 3))
def test_splitting_is_a_splitting_and_earns_the_value(seed: int, types: int) -> None:
    stages = random_stages(seed, types)
    prior = np.random.default_rng(seed).dirichlet(np.ones(types))
    answer = secret_value(stages, prior, mesh=6)
    assert answer.weights.sum() == pytest.approx(1.0)
    assert (answer.weights @ answer.points).tolist() == pytest.approx(prior.tolist(), abs=1e-7)
    assert answer.lottery.sum(axis=1).tolist() == pytest.approx([1.0] * types, abs=1e-6)
    earned = [
        (strategy @ np.tensordot(point, stages, 1)).min()
        for point, strategy in zip(answer.points, answer.strategies, strict=True)
    ]
    assert answer.weights @ earned == pytest.approx(answer.value, abs=1e-6)
    assert answer.value >= max(answer.unrevealed, answer.revealed) - 1e-7


@pytest.mark.parametrize("stages", [NOTHING, EVERYTHING, PART], ids=["nothing", "all", "part"])
@pytest.mark.parametrize("p", [0.3, 0.5])
def test_finite_repetitions_come_down_to_the_value(stages: list[Array], p: float) -> None:
    """The game of one and of two rounds, as a tree: the informed side wins no less."""
    once, twice = (finite_value(np.array(stages, float), p, rounds) for rounds in (1, 2))
    value = secret_value(stages, [p, 1 - p]).value
    assert once >= twice - 1e-9
    assert twice >= value - 1e-7


def finite_value(stages: Array, p: float, rounds: int) -> float:
    """Value a round of the game with so many rounds."""
    m, n = stages.shape[1:]

    def node(kind: int, past: tuple[tuple[int, int], ...]) -> Node:
        if len(past) == rounds:
            earned = sum(stages[kind, i, j] for i, j in past) / rounds
            return Terminal([earned, -earned])
        return Decision("learner", (kind, past), {i: reply(kind, past, i) for i in range(m)})

    def reply(kind: int, past: tuple[tuple[int, int], ...], i: int) -> Node:
        after = {j: node(kind, (*past, (i, j))) for j in range(n)}
        return Decision("adversary", past, after)

    tree = Chance({kind: node(kind, ()) for kind in range(2)}, [p, 1 - p])
    return sequence_form_lp(ExtensiveForm.from_tree(tree)).value


def test_a_type_that_cannot_be_changes_nothing() -> None:
    stages = [*PART, [[9, 9, 9], [9, 9, 9]]]
    answer = secret_value(stages, [0.5, 0.5, 0.0])
    assert answer.value == pytest.approx(1.0, abs=1e-7)
    assert answer.points[:, 2].tolist() == [0.0] * len(answer.points)
    assert answer.lottery[2].tolist() == [0.0] * len(answer.points)
    assert secret_value(stages, [0, 0, 1]).value == 9.0


def test_average_game_values_keep_the_shape() -> None:
    beliefs = np.array(list(product([0.2, 0.5], repeat=1))).repeat(2, axis=1)
    beliefs[:, 1] = 1 - beliefs[:, 0]
    assert average_game_values(NOTHING, beliefs[None]).shape == (1, 2)
    assert average_game_values(NOTHING, [0.5, 0.5]).shape == ()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: secret_value([[1, 2]], [1]), r"stages must have shape \(K, m, n\)"),
        (lambda: secret_value([[[np.nan]]], [1]), "stages must be finite"),
        (lambda: secret_value(NOTHING, [1]), "prior must hold 2 probabilities"),
        (lambda: secret_value(NOTHING, [0.6, 0.6]), "non-negative and sum to 1"),
        (lambda: secret_value(NOTHING, [[0.5, 0.5]]), r"prior must have shape \(2,\)"),
        (lambda: secret_value(NOTHING, [0.5, 0.5], tolerance=0), "tolerance must be positive"),
        (lambda: secret_value(NOTHING, [0.5, 0.5], mesh=0), "mesh must be at least 1, got 0"),
        (lambda: secret_value(np.zeros((9, 1, 1)), np.ones(9) / 9, mesh=30), "a smaller mesh"),
        (lambda: average_game_values(NOTHING, [-1, 2]), "beliefs must be non-negative"),
    ],
)
def test_bad_input_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
