"""Games on which well-known programs have been seen to give wrong answers: ours must be right.

Degenerate games are where enumerations lose equilibria, paths end in vectors that are no
strategies, and success is reported with nothing found; `test_solvers_vertex_enumeration.py` has the
largest of them, von Stengel's game of 75 equilibria.
"""

import numpy as np
import pytest

from armsrace.forms import NormalForm
from armsrace.solvers import (
    exact_enumeration,
    lemke_howson,
    lemke_howson_all,
    nash_by_logit,
    pure_equilibria,
    support_enumeration,
    vertex_enumeration,
)


def degenerate(seed: int, m: int, n: int) -> NormalForm:
    rng = np.random.default_rng(seed)
    return NormalForm(rng.integers(0, 3, size=(2, m, n)).astype(float))


@pytest.mark.parametrize("seed", range(30))
def test_paths_in_degenerate_games_end_in_distributions(seed: int) -> None:
    form = degenerate(seed, 4, 5)
    answers = lemke_howson_all(form)
    assert answers
    for answer in answers:
        assert (answer.status, answer.regret < 1e-12) == ("solved", True)
        for strategy, m in zip(answer.strategies, form.shape, strict=True):
            assert strategy.shape == (m,)
            assert strategy.min() >= 0.0
            assert strategy.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("seed", range(30))
def test_no_degenerate_game_is_left_without_an_equilibrium(seed: int) -> None:
    form = degenerate(seed, 3, 4)
    for answers in (vertex_enumeration(form), lemke_howson_all(form), [nash_by_logit(form)]):
        assert answers
        assert all(answer.status == "solved" for answer in answers)
        assert max(answer.regret for answer in answers) < 1e-8


def test_plain_random_games_have_all_their_equilibria() -> None:
    counts = set()
    for seed in range(10):
        form = NormalForm(np.random.default_rng(seed).normal(size=(2, 8, 8)))
        found, exact = support_enumeration(form), exact_enumeration(form)
        assert len(found) == len(exact)
        assert len(found) % 2 == 1
        assert max(answer.regret for answer in found) < 1e-10
        counts.add(len(found))
    assert max(counts) >= 3


def test_larger_games_are_solved_to_rounding() -> None:
    for seed in range(10):
        form = NormalForm(np.random.default_rng(seed).normal(size=(2, 20, 20)))
        assert lemke_howson(form).regret < 1e-10


def test_no_pure_equilibrium_of_four_roles_is_missed() -> None:
    # By the definition, profile by profile, in games with many ties.
    for seed in range(20):
        payoffs = np.random.default_rng(seed).integers(0, 2, size=(4, 2, 3, 2, 2)).astype(float)
        expected = sum(
            all(
                payoffs[(i, *profile)]
                >= payoffs[(i, *profile[:i], slice(None), *profile[i + 1 :])].max()
                for i in range(4)
            )
            for profile in np.ndindex(payoffs.shape[1:])
        )
        assert len(pure_equilibria(NormalForm(payoffs))) == expected
