import numpy as np
import pytest

from armsrace.forms import NormalForm
from armsrace.solvers import (
    Equilibrium,
    best_for,
    best_welfare,
    most_entropic,
    pure_equilibria,
    support_enumeration,
)

CHICKEN = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]])


def test_chicken() -> None:
    found = support_enumeration(CHICKEN)
    assert best_for(found, "learner").payoffs.tolist() == [7, 2]
    assert best_for(found, "adversary").payoffs.tolist() == [2, 7]
    np.testing.assert_allclose(most_entropic(found).strategies[0], [1 / 3, 2 / 3])
    assert best_welfare(found).payoffs.sum() == pytest.approx(28 / 3)


def test_the_first_of_equals() -> None:
    found = pure_equilibria(CHICKEN)
    assert best_welfare(found) is found[0]
    assert best_welfare(found[::-1]) is found[1]
    assert most_entropic(found) is found[0]


def test_entropy_adds_up_over_the_roles() -> None:
    constant = NormalForm(np.zeros((2, 3, 2)))
    one_mixes = Equilibrium(
        constant, (np.full(3, 1 / 3), np.array([1, 0])), method="guess"
    )  # log 3 = 1.10
    both_mix = Equilibrium(
        constant, (np.array([1, 1, 0]) / 2, np.full(2, 1 / 2)), method="guess"
    )  # 1.39
    assert most_entropic([one_mixes, both_mix]) is both_mix


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="equilibria must hold at least one, got none"):
        best_welfare([])
    with pytest.raises(LookupError, match="unknown role 'referee'"):
        best_for(pure_equilibria(CHICKEN), "referee")
