from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm
from armsrace.solvers import minimax, stackelberg, support_enumeration


def test_the_golden_example() -> None:
    answer = stackelberg(NormalForm.from_bimatrix([[2, 4], [1, 3]], [[1, 0], [0, 1]]))
    assert answer.value == pytest.approx(3.5, abs=1e-12)
    np.testing.assert_allclose(answer.strategies[0], [0.5, 0.5], atol=1e-12)
    np.testing.assert_allclose(answer.strategies[1], [0, 1])
    assert answer.leader == "learner"
    assert answer.status == "solved"


def test_the_adversary_may_lead() -> None:
    form = NormalForm.from_bimatrix([[1, 0], [0, 1]], [[2, 1], [4, 3]])
    answer = stackelberg(form, leader="adversary")
    assert answer.payoffs[1] == pytest.approx(3.5, abs=1e-12)
    np.testing.assert_allclose(answer.strategies[1], [0.5, 0.5], atol=1e-12)
    assert answer.leader == "adversary"


def test_ties_go_to_the_leader() -> None:
    answer = stackelberg(NormalForm.from_bimatrix([[0, 5, 3]], [[1, 1, 1]]))
    assert answer.adversary == {"1": 1.0}
    assert answer.value == 5.0


def random_game(seed: int, m: int, n: int) -> NormalForm:
    """Normal payoffs for even seeds, rounded to integers, with many ties, for odd ones."""
    rng = np.random.default_rng(seed)
    normal = rng.normal(size=(2, m, n))
    return NormalForm(normal.round() if seed % 2 else normal)


seeds, counts = st.integers(0, 10**9), st.integers(1, 6)


@settings(max_examples=100)
@given(seeds, counts, counts, st.sampled_from(["learner", "adversary"]))
def test_follower_replies_best_and_leader_reaches_its_bound(
    seed: int, m: int, n: int, leader: str
) -> None:
    form = random_game(seed, m, n)
    answer = stackelberg(form, leader)
    assert answer.status == "solved"
    assert answer.regret < 1e-9
    bound = answer.parameters["bound"]
    assert bound == pytest.approx(answer.payoffs[form.role_index(leader)], abs=1e-9)


@settings(max_examples=100)
@given(seeds, st.integers(1, 5))
def test_a_leader_of_two_actions_by_brute_force(seed: int, n: int) -> None:
    form = random_game(seed, 2, n)
    lead, follow = form.payoffs
    # The leader's best chance of its first action is 0, 1, or makes two replies equally good.
    chances = [0.0, 1.0]
    for j in range(n):
        for k in range(j):
            slope = (follow[0, j] - follow[1, j]) - (follow[0, k] - follow[1, k])
            if slope:
                chances.append((follow[1, k] - follow[1, j]) / slope)
    best = -np.inf
    for chance in chances:
        if 0.0 <= chance <= 1.0:
            x = np.array([chance, 1.0 - chance])
            replies = x @ follow >= (x @ follow).max() - 1e-12
            best = max(best, (x @ lead)[replies].max())
    assert stackelberg(form).value == pytest.approx(best, abs=1e-9)


@settings(max_examples=100)
@given(seeds, counts, counts, st.sampled_from(["learner", "adversary"]))
def test_commitment_is_no_worse_than_any_nash_equilibrium(
    seed: int, m: int, n: int, leader: str
) -> None:
    form = random_game(seed, m, n)
    index = form.role_index(leader)
    committed = stackelberg(form, leader).payoffs[index]
    for equilibrium in support_enumeration(form):
        assert committed >= equilibrium.payoffs[index] - 1e-9


@settings(max_examples=100)
@given(seeds, counts, counts)
def test_commitment_gains_nothing_in_zero_sum_games(seed: int, m: int, n: int) -> None:
    form = NormalForm.zero_sum(random_game(seed, m, n).payoffs[0])
    assert stackelberg(form).value == pytest.approx(minimax(form).value, abs=1e-9)


@settings(max_examples=50)
@given(seeds, counts, counts)
def test_units_do_not_matter(seed: int, m: int, n: int) -> None:
    form = random_game(seed, m, n)
    other = stackelberg(form.transform([1e6, 1e-6], [5, -7e-6]))
    assert other.status == "solved"
    assert other.value == pytest.approx(1e6 * stackelberg(form).value + 5, rel=1e-9, abs=1e-3)


def test_an_unfinished_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def lie(objective: np.ndarray, matrix: np.ndarray, limits: np.ndarray) -> tuple[object, object]:
        return np.zeros(matrix.shape[1]), np.zeros(len(matrix))

    monkeypatch.setattr(import_module("armsrace.solvers.stackelberg"), "maximize", lie)
    answer = stackelberg(NormalForm.from_bimatrix([[2, 4], [1, 3]], [[1, 0], [0, 1]]))
    assert "the leader may miss 1: rescale the payoffs" in answer.status


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="stackelberg needs a game of two roles, got 3"):
        stackelberg(NormalForm(np.zeros((3, 1, 1, 1))))
    with pytest.raises(LookupError, match="unknown role 'follower'; the roles are learner, adv"):
        stackelberg(NormalForm.zero_sum([[1]]), leader="follower")
