from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm
from armsrace.solvers import Equilibrium, minimax, support_enumeration

# Payoffs of both roles and all equilibria, in the order of their supports.
KNOWN: dict[str, tuple[list[list[int]], list[list[int]], list[tuple[list[float], list[float]]]]] = {
    "prisoner's dilemma": ([[3, 0], [5, 1]], [[3, 5], [0, 1]], [([0, 1], [0, 1])]),
    "matching pennies": (
        [[1, -1], [-1, 1]],
        [[-1, 1], [1, -1]],
        [([1 / 2, 1 / 2], [1 / 2, 1 / 2])],
    ),
    "battle of the sexes": (
        [[2, 0], [0, 1]],
        [[1, 0], [0, 2]],
        [([1, 0], [1, 0]), ([0, 1], [0, 1]), ([2 / 3, 1 / 3], [1 / 3, 2 / 3])],
    ),
    # Von Stengel in Nisan et al. (eds.), Algorithmic Game Theory, 2007, chapter 3, game (3.3).
    "von Stengel": (
        [[3, 3], [2, 5], [0, 6]],
        [[3, 2], [2, 6], [3, 1]],
        [
            ([1, 0, 0], [1, 0]),
            ([4 / 5, 1 / 5, 0], [2 / 3, 1 / 3]),
            ([0, 1 / 3, 2 / 3], [1 / 3, 2 / 3]),
        ],
    ),
}


def listed(equilibria: list[Equilibrium]) -> np.ndarray:
    """One line for each equilibrium: the probabilities of all roles."""
    return np.array([np.concatenate(e.strategies) for e in equilibria])


def sorted_lines(lines: np.ndarray) -> np.ndarray:
    return np.array(sorted(lines.round(9).tolist()))


@pytest.mark.parametrize("name", KNOWN)
def test_known_answers(name: str) -> None:
    learner, adversary, expected = KNOWN[name]
    found = support_enumeration(NormalForm.from_bimatrix(learner, adversary))
    np.testing.assert_allclose(listed(found), [x + y for x, y in expected], atol=1e-12)
    assert all(e.status == "solved" and e.regret < 1e-12 for e in found)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_coordination_games_have_an_equilibrium_on_each_support(n: int) -> None:
    # Quint, Shubik 1997: 2^n - 1 equilibria.
    found = support_enumeration(NormalForm.from_bimatrix(np.eye(n), np.eye(n)))
    assert len(found) == 2**n - 1
    for equilibrium in found:
        for strategy in equilibrium.strategies:
            np.testing.assert_allclose(strategy[strategy > 0], strategy.max())


seeds, counts = st.integers(0, 10**9), st.integers(1, 5)


@settings(max_examples=100)
@given(seeds, counts, counts)
def test_random_games_have_an_odd_number_of_equilibria(seed: int, m: int, n: int) -> None:
    # Wilson 1971, for nondegenerate games.
    form = NormalForm(np.random.default_rng(seed).normal(size=(2, m, n)))
    found = support_enumeration(form)
    assert len(found) % 2 == 1
    assert max(e.regret for e in found) < 1e-9
    assert not found[0].parameters["degenerate"]


@settings(max_examples=100)
@given(seeds, counts, counts)
def test_every_answer_in_a_degenerate_game_is_an_equilibrium(seed: int, m: int, n: int) -> None:
    form = NormalForm(np.random.default_rng(seed).normal(size=(2, m, n)).round())
    assert all(e.regret < 1e-9 for e in support_enumeration(form))


@settings(max_examples=50)
@given(seeds, counts, counts)
def test_units_labels_and_roles_do_not_matter(seed: int, m: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    form = NormalForm(rng.normal(size=(2, m, n)))
    expected = sorted_lines(listed(support_enumeration(form)))
    scaled = support_enumeration(form.transform([1e3, 1e-3], [-5, 9]))
    np.testing.assert_allclose(sorted_lines(listed(scaled)), expected, atol=1e-6)

    rows, columns = rng.permutation(m), rng.permutation(n)
    shuffled = support_enumeration(NormalForm(form.payoffs[:, rows][:, :, columns]))
    back = np.argsort(np.concatenate([rows, m + columns]))
    np.testing.assert_allclose(sorted_lines(listed(shuffled)[:, back]), expected, atol=1e-6)

    swapped = support_enumeration(NormalForm(form.payoffs[::-1].swapaxes(1, 2)))
    np.testing.assert_allclose(
        sorted_lines(np.roll(listed(swapped), m, axis=1)), expected, atol=1e-6
    )


@settings(max_examples=50)
@given(seeds, counts, counts)
def test_zero_sum_games_have_one_value(seed: int, m: int, n: int) -> None:
    form = NormalForm.zero_sum(np.random.default_rng(seed).normal(size=(m, n)))
    value = minimax(form).value
    assert all(e.value == pytest.approx(value, abs=1e-9) for e in support_enumeration(form))


def test_degenerate_games_are_told_when_the_answers_prove_it() -> None:
    flat = support_enumeration(NormalForm(np.zeros((2, 2, 2))))
    assert len(flat) == 4
    assert all(e.parameters["degenerate"] for e in flat)
    # The learner is indifferent, so any mixture of it with the adversary's first action will do.
    segment = support_enumeration(NormalForm.from_bimatrix([[1, 0], [1, 0]], [[1, 0], [2, 0]]))
    np.testing.assert_allclose(listed(segment), [[1, 0, 1, 0], [0, 1, 1, 0]])
    assert all(e.parameters["degenerate"] for e in segment)


def test_blocks_of_pairs_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    form = NormalForm(np.random.default_rng(1).normal(size=(2, 5, 6)))
    whole = listed(support_enumeration(form))
    monkeypatch.setattr(import_module("armsrace.solvers.support_enumeration"), "BLOCK", 50)
    np.testing.assert_array_equal(listed(support_enumeration(form)), whole)


def test_three_roles_are_refused() -> None:
    with pytest.raises(ValueError, match="support_enumeration needs a game of two roles, got 3"):
        support_enumeration(NormalForm(np.zeros((3, 2, 2, 2))))
