import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm
from armsrace.solvers import hodge_cyclic_share

RPS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], dtype=np.float64)

seeds = st.integers(0, 10**9)


def test_rock_paper_scissors_is_all_cycle() -> None:
    assert hodge_cyclic_share(NormalForm.zero_sum(RPS)) == 1.0


@settings(max_examples=100)
@given(seeds, st.integers(1, 8))
def test_a_ladder_has_no_cycle(seed: int, n: int) -> None:
    ratings = np.random.default_rng(seed).normal(size=n)
    form = NormalForm.zero_sum(ratings[:, None] - ratings)
    assert hodge_cyclic_share(form) == pytest.approx(0.0, abs=1e-12)


@settings(max_examples=100)
@given(st.floats(0, 1), st.floats(0.1, 10))
def test_a_mixture_of_both_by_pythagoras(weight: float, size: float) -> None:
    ratings = np.array([1.0, 0.0, -1.0])
    ladder = ratings[:, None] - ratings  # of squares 12; those of the cycle are 6
    form = NormalForm.zero_sum(size * (weight * RPS + (1 - weight) * ladder))
    expected = 6 * weight**2 / (6 * weight**2 + 12 * (1 - weight) ** 2)
    assert hodge_cyclic_share(form) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=100)
@given(seeds, st.integers(2, 7))
def test_least_squares_on_the_complete_graph(seed: int, n: int) -> None:
    # HodgeRank: the gradient part is the least-squares fit of differences of strengths.
    half = np.random.default_rng(seed).normal(size=(n, n))
    flow = half - half.T
    edges = [(i, j) for i in range(n) for j in range(i)]
    differences = np.array([np.eye(n)[i] - np.eye(n)[j] for i, j in edges])
    values = np.array([flow[i, j] for i, j in edges])
    strengths = np.linalg.lstsq(differences, values, rcond=None)[0]
    left = values - differences @ strengths
    expected = left @ left / (values @ values)
    assert hodge_cyclic_share(NormalForm.zero_sum(flow)) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=100)
@given(seeds, st.integers(1, 6), st.integers(1, 6), st.floats(0.01, 100), st.floats(-100, 100))
def test_neither_units_nor_roles_matter(
    seed: int, m: int, n: int, scale: float, shift: float
) -> None:
    payoffs = np.random.default_rng(seed).normal(size=(m, n))
    share = hodge_cyclic_share(NormalForm.zero_sum(payoffs))
    assert 0.0 <= share <= 1.0
    other = NormalForm.zero_sum(scale * payoffs + shift)
    assert hodge_cyclic_share(other) == pytest.approx(share, abs=1e-8)
    exchanged = NormalForm.zero_sum(-payoffs.T)
    assert hodge_cyclic_share(exchanged) == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("value", [0.0, 5.0, 0.1])
def test_a_constant_game_has_no_cycle(value: float) -> None:
    assert hodge_cyclic_share(NormalForm.zero_sum(np.full((7, 3), value))) == 0.0


def test_bad_input() -> None:
    dilemma = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    for form in (dilemma, NormalForm(np.zeros((3, 1, 1, 1)))):
        with pytest.raises(ValueError, match="hodge_cyclic_share needs a game of two roles whose"):
            hodge_cyclic_share(form)
