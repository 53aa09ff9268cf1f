from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm
from armsrace.solvers import pure_equilibria

# Payoffs of both roles and the profiles of the pure equilibria, in textbook games.
KNOWN: dict[str, tuple[list[list[int]], list[list[int]], list[tuple[int, int]]]] = {
    "prisoner's dilemma": ([[3, 0], [5, 1]], [[3, 5], [0, 1]], [(1, 1)]),
    "matching pennies": ([[1, -1], [-1, 1]], [[-1, 1], [1, -1]], []),
    "battle of the sexes": ([[2, 0], [0, 1]], [[1, 0], [0, 2]], [(0, 0), (1, 1)]),
    "chicken": ([[0, 7], [2, 6]], [[0, 2], [7, 6]], [(0, 1), (1, 0)]),
    "stag hunt": ([[4, 0], [3, 3]], [[4, 3], [0, 3]], [(0, 0), (1, 1)]),
    "all alike": ([[0, 0], [0, 0]], [[0, 0], [0, 0]], [(0, 0), (0, 1), (1, 0), (1, 1)]),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_answers(name: str) -> None:
    learner, adversary, profiles = KNOWN[name]
    found = pure_equilibria(NormalForm.from_bimatrix(learner, adversary))
    assert [tuple(int(s.argmax()) for s in e.strategies) for e in found] == profiles
    assert all(e.regret == 0.0 and e.status == "solved" for e in found)


@settings(max_examples=100)
@given(st.integers(0, 10**9), st.sampled_from([(2, 2), (3, 4), (2, 3, 2), (2, 2, 2, 2)]))
def test_no_profile_is_missed(seed: int, shape: tuple[int, ...]) -> None:
    payoffs = np.random.default_rng(seed).normal(size=(len(shape), *shape)).round()
    form = NormalForm(payoffs)
    stable: list[tuple[int, ...]] = []
    for profile in product(*map(range, shape)):
        content = True
        for role, m in enumerate(shape):
            for action in range(m):
                moved = (*profile[:role], action, *profile[role + 1 :])
                content &= bool(payoffs[(role, *moved)] <= payoffs[(role, *profile)])
        if content:
            stable.append(profile)
    found = pure_equilibria(form)
    assert [tuple(int(s.argmax()) for s in e.strategies) for e in found] == stable
    assert all(e.regret == 0.0 for e in found)
