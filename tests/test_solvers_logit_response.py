from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit

from armsrace.forms import NormalForm
from armsrace.solvers import LogitPath, logit_response, nash_by_logit, support_enumeration
from armsrace.solvers.certificate import deviation_payoffs

MODULE = import_module("armsrace.solvers.logit_response")
SHAPES = [(2, 2), (3, 3), (4, 2), (1, 3), (2, 2, 2), (3, 2, 3)]
seeds, shapes = st.integers(0, 10**9), st.sampled_from(SHAPES)


def random_game(seed: int, shape: tuple[int, ...]) -> NormalForm:
    """Normal payoffs for even seeds, rounded to integers, with many ties, for odd ones."""
    normal = np.random.default_rng(seed).normal(size=(len(shape), *shape))
    return NormalForm(normal.round() if seed % 2 else normal)


@settings(max_examples=40)
@given(seeds, shapes, st.floats(0.1, 30))
def test_every_point_is_a_logit_equilibrium(
    seed: int, shape: tuple[int, ...], precision: float
) -> None:
    form = random_game(seed, shape)
    path = logit_response(form, precision=precision)
    assert path.status == "solved"
    assert path.precisions[0] == 0.0
    assert path.precisions[-1] == pytest.approx(precision, rel=1e-12)
    for own in path.strategies:
        np.testing.assert_allclose(own[0], 1 / own.shape[1], atol=1e-12)
    for p, *point in zip(path.precisions, *path.strategies, strict=True):
        for own, earned in zip(point, deviation_payoffs(form, point), strict=True):
            weights = np.exp(p * (earned - earned.max()))
            np.testing.assert_allclose(own, weights / weights.sum(), atol=1e-9)


@settings(max_examples=30)
@given(seeds, shapes)
def test_small_steps_end_at_the_same_point(seed: int, shape: tuple[int, ...]) -> None:
    # A jump to another branch would depend on the steps.
    form = random_game(seed, shape)
    path = logit_response(form, precision=20.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MODULE, "STRAIGHT", 0.999)
        patch.setattr(MODULE, "GROWTH", 1.2)
        slow = logit_response(form, precision=20.0)
    assert len(slow.precisions) > len(path.precisions)
    for first, second in zip(path.strategies, slow.strategies, strict=True):
        np.testing.assert_allclose(first[-1], second[-1], atol=1e-8)


def test_matching_pennies_with_a_higher_stake() -> None:
    # McKelvey, Palfrey and Weber 2000: 9 instead of 1 for one of the learner's wins. The fixed
    # point is one equation in one unknown, solved here by bisection.
    form = NormalForm.from_bimatrix([[9, 0], [0, 1]], [[0, 1], [1, 0]])
    for p in (0.1, 0.5, 1.0, 3.0):
        x = brentq(
            lambda x, p=p: x - expit(p * (10 * expit(p * (1 - 2 * x)) - 1)), 0, 1, xtol=1e-14
        )
        path = logit_response(form, precision=p)
        assert path.strategies[0][-1, 0] == pytest.approx(x, abs=1e-10)
        assert path.strategies[1][-1, 0] == pytest.approx(expit(p * (1 - 2 * x)), abs=1e-10)


@settings(max_examples=30)
@given(st.floats(0.1, 5), st.floats(0.1, 5))
def test_of_two_strict_equilibria_the_risk_dominant_one(a: float, d: float) -> None:
    # Turocy 2005, section 5: in 2x2 games the limit is the risk-dominant equilibrium (Harsanyi and
    # Selten), here the one with the larger product of losses from leaving it.
    if abs(a - d) < 0.05:
        return
    form = NormalForm.from_bimatrix([[a, 0], [0, d]], [[a, 0], [0, d]])
    expected = 0 if a > d else 1
    assert all(own[expected] == 1.0 for own in nash_by_logit(form).strategies)


def test_risk_beats_payoff_in_the_stag_hunt() -> None:
    hunt = NormalForm.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]])
    assert [own.tolist() for own in nash_by_logit(hunt).strategies] == [[0, 1], [0, 1]]


def test_a_branch_that_turns() -> None:
    # Where the branch approaches one equilibrium and ends in another, precision falls in between.
    turning = [
        seed
        for seed in range(30)
        if (
            np.diff(logit_response(random_game(2 * seed, (3, 3)), precision=50).precisions) < 0
        ).any()
    ]
    assert turning
    for seed in turning:
        assert nash_by_logit(random_game(2 * seed, (3, 3))).status == "solved"


def test_a_branch_that_turns_back_far_does_not_run_past_its_start() -> None:
    # It falls from precision 82 to where the start is near: a long step there has landed on the
    # branch of negative precisions, which meets this one only at the start.
    answer = nash_by_logit(random_game(1204, (4, 2)))
    assert answer.status == "solved"
    assert [own.tolist() for own in answer.strategies] == [[0, 0, 0, 1], [0, 1]]


def test_symmetric_play_goes_straight_through_a_fork() -> None:
    form = NormalForm.from_bimatrix(np.eye(2), np.eye(2))
    answer = nash_by_logit(form)
    assert answer.status == "solved"
    np.testing.assert_allclose(answer.strategies[0], [0.5, 0.5], atol=1e-12)


@settings(max_examples=60)
@given(seeds, shapes)
def test_the_limit_is_a_nash_equilibrium(seed: int, shape: tuple[int, ...]) -> None:
    answer = nash_by_logit(random_game(seed, shape))
    assert answer.status == "solved"
    assert answer.regret < 1e-9
    moved = answer.parameters["moved"]
    assert isinstance(moved, float)
    assert moved < 0.01


@settings(max_examples=30)
@given(seeds, st.integers(1, 4), st.integers(1, 4))
def test_support_enumeration_knows_it_too(seed: int, m: int, n: int) -> None:
    form = random_game(2 * seed, (m, n))
    answer = nash_by_logit(form)
    distances = [
        max(np.abs(a - b).max() for a, b in zip(e.strategies, answer.strategies, strict=True))
        for e in support_enumeration(form)
    ]
    assert min(distances) < 1e-9


@settings(max_examples=30)
@given(seeds, shapes, st.floats(1e-3, 1e3))
def test_units_do_not_matter(seed: int, shape: tuple[int, ...], scale: float) -> None:
    form = random_game(seed, shape)
    path = logit_response(form, precision=5.0)
    other = logit_response(form.transform(scale, 3.0), precision=5.0 / scale)
    for first, second in zip(path.strategies, other.strategies, strict=True):
        np.testing.assert_allclose(first[-1], second[-1], atol=1e-8)


def test_a_lost_branch_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    form = NormalForm.from_bimatrix([[9, 0], [0, 1]], [[0, 1], [1, 0]])
    monkeypatch.setattr(MODULE, "STEPS", 5)
    path = logit_response(form, precision=100.0)
    assert path.status.startswith("lost at precision 0.")
    assert path.status.endswith("5 steps were not enough")
    monkeypatch.setattr(MODULE, "_finished", lambda form, strategies, played: strategies)
    answer = nash_by_logit(form)
    assert answer.status.endswith("5 steps were not enough")
    assert answer.regret > 0.01
    monkeypatch.setattr(MODULE, "STEPS", 1000)
    monkeypatch.setattr(MODULE, "CORRECTED", 0.0)
    assert logit_response(form, precision=100.0).status.endswith("too sharp a bend")


def test_views() -> None:
    path = logit_response(NormalForm.zero_sum([[1, -1], [-1, 1]]), precision=2.0)
    assert isinstance(path, LogitPath)
    assert repr(path).startswith("LogitPath: solved, ")
    np.testing.assert_allclose(path.regrets, 0.0, atol=1e-12)


@pytest.mark.parametrize("precision", [0.0, -1.0, np.inf, np.nan])
def test_bad_input(precision: float) -> None:
    with pytest.raises(
        ValueError, match=f"precision must be positive and finite, got {precision:g}"
    ):
        logit_response(NormalForm.zero_sum([[1]]), precision=precision)
