"""Best-response, replicator and logit dynamics: where they go, and what they conserve."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm
from armsrace.solvers import (
    Trajectory,
    best_response_dynamics,
    logit_dynamics,
    pure_equilibria,
    replicator,
)
from armsrace.solvers.certificate import deviation_payoffs

PENNIES = NormalForm.zero_sum([[1, -1], [-1, 1]])
RPS = NormalForm.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
COORDINATION = NormalForm.from_bimatrix([[2, 0], [0, 1]], [[2, 0], [0, 1]])

seeds = st.integers(0, 10**9)
shapes = st.sampled_from([(2, 2), (3, 4), (2, 3, 2)])


def profiles(path: Trajectory) -> list[tuple[int, ...]]:
    moves = np.stack([own.argmax(axis=1) for own in path.strategies], axis=1)
    return [tuple(profile) for profile in moves.tolist()]


def test_in_turn_they_rest_where_at_once_they_cycle() -> None:
    start = {"learner": "0", "adversary": "1"}
    in_turn = best_response_dynamics(COORDINATION, start)
    assert in_turn.converged
    assert profiles(in_turn) == [(0, 1), (1, 1), (1, 1)]
    at_once = best_response_dynamics(COORDINATION, start, at_once=True)
    assert not at_once.converged
    assert at_once.period == 2
    assert profiles(at_once) == [(0, 1), (1, 0), (0, 1)]


def test_matching_pennies_never_rest() -> None:
    path = best_response_dynamics(PENNIES)
    assert path.period == 2
    assert profiles(path) == [(0, 0), (0, 1), (1, 0), (0, 1)]


@settings(max_examples=100)
@given(seeds, shapes, st.booleans())
def test_best_responses_rest_or_repeat(seed: int, shape: tuple[int, ...], at_once: bool) -> None:
    form = NormalForm(np.random.default_rng(seed).normal(size=(len(shape), *shape)).round())
    path = best_response_dynamics(form, at_once=at_once)
    steps = profiles(path)
    last = steps[-1]
    pure = [tuple(int(s.argmax()) for s in e.strategies) for e in pure_equilibria(form)]
    assert path.converged == (last in pure)
    if path.converged:
        assert path.period is None
        assert path.regrets[-1].max() == 0.0
    else:
        assert path.period is not None
        period = int(path.period)
        assert period > 1
        assert steps[-1 - period] == last
        assert len(set(steps)) == len(steps) - 1


def test_replicator_conserves_the_product_in_a_zero_sum_game() -> None:
    # Around a fully mixed equilibrium s*, sum_i sum_a s*_i(a) log s_i(a) is a constant of motion
    # (Hofbauer, Sigmund, The Theory of Learning in Games, section 11).
    path = replicator(RPS, [[0.2, 0.5, 0.3], [0.6, 0.2, 0.2]], times=np.linspace(0, 50, 101))
    invariant = sum(np.log(own).mean(axis=1) for own in path.strategies)
    np.testing.assert_allclose(invariant, invariant[0], atol=1e-6)
    assert not path.converged


def test_replicator_is_logistic_where_one_action_dominates() -> None:
    dilemma = NormalForm.from_bimatrix([[3, 0], [4, 1]], [[3, 4], [0, 1]])
    times = np.linspace(0, 30, 7)
    path = replicator(dilemma, [[0.9, 0.1], [0.5, 0.5]], times=times)
    np.testing.assert_allclose(path.strategies[0][:, 1], 1 / (1 + 9 * np.exp(-times)), atol=1e-9)
    assert path.converged


def test_replicator_keeps_what_is_extinct_extinct() -> None:
    path = replicator(COORDINATION, [[0, 1], [0.9, 0.1]], times=[0, 100])
    assert path.strategies[0].tolist() == [[0, 1], [0, 1]]
    np.testing.assert_allclose(path.strategies[1][-1], [0, 1], atol=1e-9)


@settings(max_examples=30)
@given(seeds, shapes)
def test_both_start_out_as_their_equations_say(seed: int, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    form = NormalForm(rng.normal(size=(len(shape), *shape)))
    start = [rng.dirichlet(np.ones(m)) for m in shape]
    step = 1e-4
    earned = deviation_payoffs(form, start)
    evolved = replicator(form, start, times=[0, step])
    smoothed = logit_dynamics(form, start, precision=2.0, times=[0, step])
    for i, (own, e) in enumerate(zip(start, earned, strict=True)):
        speed = (evolved.strategies[i][1] - evolved.strategies[i][0]) / step
        np.testing.assert_allclose(speed, own * (e - own @ e), atol=1e-2)
        speed = (smoothed.strategies[i][1] - smoothed.strategies[i][0]) / step
        reply = np.exp(2.0 * e) / np.exp(2.0 * e).sum()
        np.testing.assert_allclose(speed, reply - own, atol=1e-2)


@settings(max_examples=30)
@given(seeds, st.floats(0, 3))
def test_logit_dynamics_rest_at_a_logit_equilibrium_of_a_zero_sum_game(
    seed: int, precision: float
) -> None:
    form = NormalForm.zero_sum(np.random.default_rng(seed).normal(size=(3, 4)))
    start = [np.full(3, 1 / 3), np.full(4, 1 / 4)]
    path = logit_dynamics(form, start, precision=precision, times=[0, 200])
    assert path.converged
    rest = [own[-1] for own in path.strategies]
    for own, e in zip(rest, deviation_payoffs(form, rest), strict=True):
        weights = np.exp(precision * e)
        np.testing.assert_allclose(own, weights / weights.sum(), atol=1e-7)


def test_views() -> None:
    path = replicator(PENNIES, [[0.5, 0.5], [0.25, 0.75]], times=[1, 2])
    frame = path.frame()
    assert list(frame.columns) == ["time", "role", "action", "probability"]
    assert len(frame) == 8
    chosen = frame[(frame.time == 2) & (frame.role == "adversary") & (frame.action == "1")]
    assert chosen.probability.tolist() == [path.strategies[1][1, 1]]
    assert "2 times from 1 to 2, still moving" in repr(path)
    at_start = replicator(PENNIES, [[0.5, 0.5], [0.5, 0.5]], times=[0])
    assert at_start.converged


@pytest.mark.parametrize(
    ("start", "times", "message"),
    [
        ([[1, 0]], [0, 1], "start must hold one distribution for each of 2 roles, got 1"),
        ([[1, 0], [1]], [0, 1], r"start of adversary must have shape \(2,\), got \(1,\)"),
        ([[1, 0], [1, 1]], [0, 1], r"start of adversary must be a distribution, got \[1.0, 1.0\]"),
        ([[1, 0], [1, 0]], [0, 0], r"times must ascend from 0 or later, got \[0.0, 0.0\]"),
        ([[1, 0], [1, 0]], [-1, 0], r"times must ascend from 0 or later, got \[-1.0, 0.0\]"),
        ([[1, 0], [1, 0]], [np.inf], r"times must be finite numbers, one or more, got \[inf\]"),
        ([[1, 0], [1, 0]], [], r"times must be finite numbers, one or more, got \[\]"),
    ],
)
def test_bad_input(start: Any, times: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replicator(PENNIES, start, times=times)


def test_bad_precision_and_bad_names() -> None:
    with pytest.raises(ValueError, match=r"precision must be in \[0, inf\), got nan"):
        logit_dynamics(PENNIES, [[1, 0], [1, 0]], precision=np.nan, times=[1])
    with pytest.raises(LookupError, match="learner has no action 'fold'; its actions are 0, 1"):
        best_response_dynamics(PENNIES, {"learner": "fold"})
    with pytest.raises(LookupError, match="unknown role 'referee'"):
        best_response_dynamics(PENNIES, {"referee": "0"})
