"""Prediction games: the published uniqueness condition, convergence and oscillation, commitment."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from armsrace.forms.margin_losses import LinearLoss, LogisticLoss, MarginLoss, TrigonometricLoss
from armsrace.forms.prediction_games import (
    PredictionGame,
    linear_pressure,
    nash_logistic_regression,
    nash_svm,
)
from armsrace.solvers import (
    best_response_iteration,
    extragradient,
    extragradient_descent,
    implicit_stackelberg,
    inexact_line_search,
    monotonicity,
    optimistic_gradient,
)

Make = Callable[..., PredictionGame]
NASH = pytest.mark.parametrize("make", [nash_logistic_regression, nash_svm])


def mails(
    rows: int = 20, features: int = 2, seed: int = 1, spread: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
    """Two clouds; with the usual spread they overlap."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1], rows // 2)
    centers = 0.5 * np.where(labels[:, None], 1, -1)
    return spread * rng.normal(size=(rows, features)) + centers, labels


# Losses


@pytest.mark.parametrize("loss", [LogisticLoss(), TrigonometricLoss(0.7), LinearLoss()])
@settings(max_examples=100)
@given(st.floats(-5, 5), st.sampled_from([-1.0, 1.0]))
def test_slopes_are_those_of_convex_losses(loss: MarginLoss, value: float, label: float) -> None:
    at, y, h = np.array([value]), np.array([label]), 1e-6
    slope = (loss.loss(at + h, y) - loss.loss(at - h, y)) / (2 * h)
    np.testing.assert_allclose(loss.slope(at, y), slope, atol=1e-7)
    assert np.abs(loss.slope(at, y)) <= 1.0
    assert loss.slope(at + 0.1, y) >= loss.slope(at, y) - 1e-12


def test_the_trigonometric_loss_is_the_hinge_away_from_its_corner() -> None:
    values = np.array([-9.0, -2.0, 2.0, 9.0])
    hinge = np.maximum(-values, 0.0)
    np.testing.assert_allclose(TrigonometricLoss(2.0).loss(values, np.ones(4)), hinge, atol=1e-15)


@pytest.mark.parametrize("smoothing", [0.5, 2.0])
def test_its_largest_curvature_is_pi_over_four_s(smoothing: float) -> None:
    loss, grid = TrigonometricLoss(smoothing), np.linspace(-3, 3, 60_001)
    curvature = np.diff(loss.slope(grid, np.ones_like(grid))) / np.diff(grid)
    assert curvature.max() == pytest.approx(np.pi / (4 * smoothing), rel=1e-6)


# Uniqueness (corollaries 11 and 15)


@NASH
def test_the_uniqueness_test_at_the_published_threshold(make: Make) -> None:
    rows, labels = mails()
    assert make(rows, labels, 1.05, 1.0).surely_unique()
    assert make(rows, labels, 2.1, 0.5).surely_unique()
    assert not make(rows, labels, 0.5, 1.0).surely_unique()
    assert not make(rows, labels, 0.02, 1.0).surely_unique()


def test_at_the_threshold_only_the_logistic_game_is_covered() -> None:
    rows, labels = mails()
    assert nash_logistic_regression(rows, labels, 1.0, 1.0).surely_unique()
    assert not nash_svm(rows, labels, 1.0, 1.0).surely_unique()


def test_unequal_weights_raise_the_threshold() -> None:
    rows, labels = mails()
    weights = np.linspace(1.0, 3.0, 20) / 40.0
    game = PredictionGame(rows, labels, 1.05, 1.0, weights=weights)
    assert not game.surely_unique()
    assert game.uniqueness_margin == pytest.approx(1.05 - 20 * weights @ weights)


def test_different_losses_are_not_covered() -> None:
    assert not linear_pressure(*mails(), 100.0, 100.0).surely_unique()


@NASH
@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_no_curvature_lies_below_the_proved_modulus(make: Make, seed: int) -> None:
    rows, labels = mails(rows=10)
    game = make(rows, labels, 1.05, 1.0)
    form = game.form()
    assert form.modulus > 0.0
    point = form.project(3.0 * np.random.default_rng(seed).normal(size=22))
    assert monotonicity(form, form.split(point)) >= form.modulus - 1e-7


def test_below_the_threshold_monotonicity_can_fail() -> None:
    """A model that blocks much honest mail, which flees as malicious mail does."""
    labels = np.zeros(10)
    rows = np.full((10, 1), 3.0)
    game = nash_logistic_regression(rows, labels, 0.05, 1.0)
    assert monotonicity(game.form(), [[4.0], np.zeros(10)]) < -0.1


# Equilibria


@NASH
@pytest.mark.parametrize(
    "solver",
    [extragradient, optimistic_gradient, extragradient_descent, inexact_line_search],
)
def test_four_starts_agree(make: Make, solver: Callable[..., Any]) -> None:
    rows, labels = mails()
    game = make(rows, labels, 1.05, 1.0)
    form, rng = game.form(), np.random.default_rng(0)
    found = []
    for _ in range(4):
        start = form.split(form.project(rng.normal(size=sum(form.dimensions))))
        answer = solver(form, start)
        assert answer.status == "solved"
        assert answer.regret < 1e-9
        assert answer.distance_bound < 1e-5
        found.append(np.concatenate(answer.strategies))
    np.testing.assert_allclose(found, np.broadcast_to(found[0], np.shape(found)), atol=1e-6)


@NASH
@pytest.mark.parametrize("spread", [0.5, 0.15])
def test_best_responses_converge_where_the_equilibrium_is_unique(make: Make, spread: float) -> None:
    game = make(*mails(spread=spread), 1.05, 1.0)
    answer = best_response_iteration(game.form())
    assert answer.status == "solved"
    assert answer.distance_bound < 1e-7


@NASH
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_best_responses_oscillate_where_it_need_not_be(make: Make, seed: int) -> None:
    """Penalties (.02, 1), the learner's first; clouds of our own that do not overlap."""
    rows, labels = mails(seed=seed, spread=0.15)
    assert (np.where(labels > 0, 1, -1) * (rows @ [1.0, 1.0]) > 0.0).all()
    form = make(rows, labels, 0.02, 1.0).form()
    answer = best_response_iteration(form)
    assert answer.parameters["period"] == 2
    assert answer.parameters["moves"][-1] > 1.0  # type: ignore[index]
    assert answer.regret > 0.05
    assert extragradient(form).regret < 1e-8  # there is an equilibrium all the same


def test_overlap_settles_the_support_vector_machine_alone() -> None:
    """Rows that no model gets right pull at full strength whatever it is, and keep it short."""
    periods = [
        best_response_iteration(make(*mails(), 0.02, 1.0).form()).parameters["period"]
        for make in (nash_logistic_regression, nash_svm)
    ]
    assert periods == [2, 1]


@NASH
def test_with_the_penalties_exchanged_best_responses_do_not_settle_either(make: Make) -> None:
    answer = best_response_iteration(make(*mails(), 1.0, 0.02).form(), iterations=60)
    assert "still moving" in answer.status
    assert answer.parameters["moves"][-1] > 1.0  # type: ignore[index]


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.sampled_from([nash_logistic_regression, nash_svm]))
def test_the_formula_for_the_adversarys_reply_is_its_best_reply(seed: int, make: Make) -> None:
    rng = np.random.default_rng(seed)
    game = make(*mails(rows=8), rng.uniform(0.02, 3.0), rng.uniform(0.1, 3.0))
    form = game.form()
    model = form.sets[0].project(3.0 * rng.normal(size=2))
    reply = game.displacements(game.moved_rows(model))
    assert form.sets[1].contains(reply, 1e-9)  # so the bounds on the sets bind nobody
    assert np.abs(form.gradients((model, reply))[1]).max() < 1e-9


def test_the_bound_on_the_model_binds_nobody() -> None:
    for penalty in (0.02, 0.5, 3.0):
        game = nash_svm(*mails(), penalty, 1.0)
        own = extragradient(game.form()).strategy("learner")
        radius = float(np.asarray(game.form().sets[0].radii)[0])  # type: ignore[attr-defined]
        assert np.linalg.norm(own) < radius


def test_rows_and_displacements_are_inverse() -> None:
    game = nash_svm(*mails(), 1.0, 1.0)
    moved = game.moved_rows([0.3, -0.2])
    np.testing.assert_allclose(game.rows_after(game.displacements(moved)), moved, atol=1e-15)


# Commitment


@pytest.mark.parametrize("make", [nash_logistic_regression, nash_svm, linear_pressure])
def test_commitment_minimizes_the_cost_after_the_reply(make: Make) -> None:
    game = make(*mails(), 0.1, 1.0)
    form = game.form()
    answer = implicit_stackelberg(form)
    assert answer.status == "solved"
    assert answer.regret < 1e-9

    def cost(model: np.ndarray) -> float:
        return -float(form.earned((model, game.displacements(game.moved_rows(model))))[0])

    axis = np.linspace(-2.0, 2.0, 17)
    grid = min(cost(np.array([a, b])) for a in axis for b in axis)
    assert -answer.value <= grid
    direct = minimize(cost, np.array([0.1, 0.1]), method="Nelder-Mead", options={"xatol": 1e-8})
    assert -answer.value == pytest.approx(float(direct.fun), abs=1e-8)
    assert answer.value >= extragradient(form).value - 1e-9  # to lead is no worse


def test_linear_pressure_has_the_published_reduction() -> None:
    """Sum of losses of w x - |w|^2 / rho_a plus the penalty, in the model alone."""
    rows, labels = mails()
    game = linear_pressure(rows, labels, 0.1, 2.0)
    signs = np.where(labels > 0, 1.0, -1.0)
    for model in np.random.default_rng(0).normal(size=(20, 2)):
        reduced = rows @ model - model @ model / 2.0
        cost = np.logaddexp(0, -signs * reduced).mean() + 0.05 * model @ model
        moved = game.moved_rows(model)
        np.testing.assert_allclose(moved, rows - model / 2.0, atol=1e-12)
        z = (model, game.displacements(moved))
        paid = np.logaddexp(0, -signs * (game.rows_after(z[1]) @ model)).mean()
        assert paid + 0.05 * model @ model == pytest.approx(cost)


# Refusals


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"labels": [0, 2]}, "labels must be 1 for malicious and 0 or -1 for honest"),
        ({"labels": [0]}, r"rows and labels must have shapes \(n, d\) and \(n,\)"),
        ({"rows": [[np.nan], [0.0]]}, "rows must be finite"),
        ({"learner_penalty": 0.0}, "learner_penalty must be positive and finite, got 0"),
        ({"adversary_penalty": np.inf}, "adversary_penalty must be positive and finite"),
        ({"weights": [0.5, 0.6]}, "weights must be 2 positive numbers that sum to 1"),
        ({"weights": [1.0, 0.0]}, "weights must be 2 positive numbers that sum to 1"),
        ({"learner_loss": LinearLoss()}, "learner_loss must be bounded below"),
    ],
)
def test_bad_games_are_refused(change: dict[str, Any], says: str) -> None:
    good = {"rows": [[0.0], [1.0]], "labels": [0, 1], "learner_penalty": 1, "adversary_penalty": 1}
    with pytest.raises(ValueError, match=says):
        PredictionGame(**{**good, **change})


def test_smoothing_must_be_positive() -> None:
    with pytest.raises(ValueError, match="smoothing must be positive and finite, got 0"):
        TrigonometricLoss(0.0)
