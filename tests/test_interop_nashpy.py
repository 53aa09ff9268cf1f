import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm
from armsrace.interop import from_nashpy, to_nashpy
from armsrace.solvers import fictitious_play, vertex_enumeration

nashpy = pytest.importorskip("nashpy")

seeds, counts = st.integers(0, 10**9), st.integers(1, 4)


def random_game(seed: int, m: int, n: int) -> NormalForm:
    return NormalForm(np.random.default_rng(seed).normal(size=(2, m, n)))


@settings(max_examples=100)
@given(seeds, counts, counts)
def test_payoffs_come_back_bit_by_bit(seed: int, m: int, n: int) -> None:
    form = random_game(seed, m, n)
    assert from_nashpy(to_nashpy(form)).payoffs.tobytes() == form.payoffs.tobytes()


def test_the_copy_may_be_changed() -> None:
    form = random_game(0, 2, 2)
    before = form.payoffs.copy()
    to_nashpy(form).payoff_matrices[0][:] = 0.0
    np.testing.assert_array_equal(form.payoffs, before)


@pytest.mark.parametrize("seed", range(20))
def test_the_ends_of_its_paths_are_equilibria_of_ours(seed: int) -> None:
    form = random_game(seed, 3, 4)
    ours = [np.concatenate(answer.strategies) for answer in vertex_enumeration(form)]
    game = to_nashpy(form)
    for label in range(7):
        theirs = np.concatenate(game.lemke_howson(initial_dropped_label=label))
        assert min(np.abs(theirs - point).max() for point in ours) < 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_fictitious_play_agrees_in_value(seed: int) -> None:
    matrix = np.random.default_rng(seed).normal(size=(5, 6))
    form = NormalForm.zero_sum(matrix)
    *_, counts = to_nashpy(form).fictitious_play(iterations=2000)
    x, y = (count / count.sum() for count in counts)
    ours = fictitious_play(form, iterations=2000)
    # Each is within its own regret of the value.
    theirs = (matrix @ y).max() - (x @ matrix).min()
    assert abs(x @ matrix @ y - ours.value) <= theirs + ours.regrets.sum()


def test_more_roles_are_refused() -> None:
    with pytest.raises(ValueError, match=r"a nashpy.Game has two roles, got 3: \('player 1', "):
        to_nashpy(NormalForm(np.zeros((3, 1, 1, 1))))
