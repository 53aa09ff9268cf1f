"""Solvers of convex games: published rates, golden answers, and certificates that hold."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms.convex import ConvexGame, Strategies
from armsrace.forms.normal import NormalForm
from armsrace.forms.performative import linear_race
from armsrace.forms.strategy_sets import Balls, Box, Simplex
from armsrace.solvers import (
    ConvexEquilibrium,
    best_response_iteration,
    extragradient,
    extragradient_descent,
    gradient_play,
    implicit_stackelberg,
    inexact_line_search,
    minimax,
    monotonicity,
    optimistic_gradient,
)
from armsrace.solvers.implicit_stackelberg import commitment_gradient
from armsrace.theory import performative

Solver = Callable[..., ConvexEquilibrium]
MONOTONE: list[Solver] = [extragradient, optimistic_gradient, extragradient_descent]
EVERY: list[Solver] = [*MONOTONE, inexact_line_search, best_response_iteration, gradient_play]
PLANE = Box([-np.inf], [np.inf])


def product(allowed: Box) -> ConvexGame:
    return ConvexGame.zero_sum(
        allowed, allowed, lambda x, y: float(x[0] * y[0]), lambda x, y: (y, x)
    )


def quadratic(
    seed: int, size: int = 2, radius: float = 1.0
) -> tuple[ConvexGame, np.ndarray, np.ndarray]:
    """A strongly monotone game on balls with ascent b - J z; its modulus is exact."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(2 * size, 2 * size))
    skew, root = raw - raw.T, rng.normal(size=(2 * size, 2 * size))
    J = skew + root @ root.T / size + 0.2 * np.eye(2 * size)
    b = rng.normal(size=2 * size)
    modulus = float(np.linalg.eigvalsh((J + J.T) / 2)[0])
    own, other = slice(0, size), slice(size, 2 * size)

    def payoffs(z: Strategies) -> list[float]:
        stacked = np.concatenate(z)
        return [
            float(
                b[i] @ stacked[i]
                - stacked[i] @ J[i, i] @ stacked[i] / 2
                - stacked[i] @ J[i, k] @ stacked[k]
            )
            for i, k in ((own, other), (other, own))
        ]

    def gradients(z: Strategies) -> tuple[np.ndarray, np.ndarray]:
        stacked = np.concatenate(z)
        return tuple(
            b[i] - (J[i, i] + J[i, i].T) / 2 @ stacked[i] - J[i, k] @ stacked[k]
            for i, k in ((own, other), (other, own))
        )  # type: ignore[return-value]

    # Payoffs see only the symmetric part of the diagonal blocks.
    for i in (own, other):
        J[i, i] = (J[i, i] + J[i, i].T) / 2
    balls = Balls(np.zeros((1, size)), [radius])
    return ConvexGame((balls, balls), payoffs, gradients, modulus=modulus * (1 - 1e-9)), J, b


# Rates on x y over the plane (card 13)


@pytest.mark.parametrize("eta", [0.1, 0.3, 0.7])
def test_plain_gradient_steps_circle_outwards(eta: float) -> None:
    answer = gradient_play(product(PLANE), [[0.6], [0.8]], step=eta, iterations=50)
    assert np.hypot(*np.concatenate(answer.strategies)) == pytest.approx((1 + eta**2) ** 25)
    assert "use extragradient" in answer.status


@pytest.mark.parametrize("eta", [0.1, 0.3, 0.7])
def test_extragradient_contracts_at_its_published_rate(eta: float) -> None:
    answer = extragradient(product(PLANE), [[0.6], [0.8]], step=eta, iterations=50)
    rate = np.sqrt(1 - eta**2 + eta**4)
    assert np.hypot(*np.concatenate(answer.strategies)) == pytest.approx(rate**50)


def test_optimistic_gradient_contracts_at_the_largest_root() -> None:
    norms = []
    for steps in (60, 160):
        answer = optimistic_gradient(
            product(PLANE), [[0.6], [0.8]], step=0.3, iterations=steps, tolerance=1e-15
        )
        norms.append(float(np.hypot(*np.concatenate(answer.strategies))))
    rate = np.abs(np.roots([1.0, -(1 - 0.6j), -0.3j])).max()
    assert rate == pytest.approx(0.9487, abs=5e-5)
    assert (norms[1] / norms[0]) ** 0.01 == pytest.approx(rate, rel=1e-6)


def test_optimistic_gradient_is_stable_up_to_one_over_the_root_of_three() -> None:
    start = [[0.6], [0.8]]
    below, above = (
        optimistic_gradient(product(PLANE), start, step=c / np.sqrt(3), iterations=500)
        for c in (0.97, 1.03)
    )
    assert np.hypot(*np.concatenate(below.strategies)) < 1.0
    assert np.hypot(*np.concatenate(above.strategies)) > 1.0


def test_steps_that_leave_the_numbers_stop() -> None:
    answer = gradient_play(product(PLANE), [[1.0], [1.0]], step=1e9)
    assert answer.status.startswith("residual")


# Certificates


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1))
def test_certificates_hold_anywhere(seed: int) -> None:
    """The distance bound encloses the equilibrium, the regret is never below a deviation's gain."""
    game, J, b = quadratic(seed)
    rng = np.random.default_rng(seed)
    exact = extragradient(game, tolerance=1e-12)
    assert exact.distance_bound < 1e-9
    point = game.split(game.project(rng.normal(size=4)))
    answer = ConvexEquilibrium(game, point, "guess")
    away = float(np.linalg.norm(np.concatenate(point) - np.concatenate(exact.strategies)))
    assert away <= answer.distance_bound + 1e-9
    angles = np.linspace(0.0, 2 * np.pi, 400)
    ring = np.column_stack([np.cos(angles), np.sin(angles)])
    tried = np.concatenate([radius * ring for radius in (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)])
    for i, (own, other) in enumerate([(slice(0, 2), slice(2, 4)), (slice(2, 4), slice(0, 2))]):
        slope = b[own] - J[own, other] @ point[1 - i]
        earned = tried @ slope - np.sum((tried @ J[own, own]) * tried, axis=1) / 2
        replaced = (*point[:i], tried[-1], *point[i + 1 :])
        assert earned[-1] == pytest.approx(game.earned(replaced)[i])
        assert answer.regrets[i] >= (earned - answer.payoffs[i]).max() - 1e-12


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([extragradient, optimistic_gradient]))
def test_solvers_find_the_equilibrium_of_monotone_games(seed: int, solver: Solver) -> None:
    game, _, _ = quadratic(seed)
    answer = solver(game)
    assert answer.status == "solved"
    assert answer.regret < 1e-9
    assert answer.distance_bound < 1e-6


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from(MONOTONE))
def test_inside_the_sets_it_solves_the_linear_equations(seed: int, solver: Solver) -> None:
    game, J, b = quadratic(seed, radius=1e3)
    answer = solver(game)
    assert answer.status == "solved"
    np.testing.assert_allclose(np.concatenate(answer.strategies), np.linalg.solve(J, b), atol=1e-7)


@pytest.mark.parametrize("seed", [1, 2, 3, 7])
def test_descent_reaches_the_boundary_in_few_steps(seed: int) -> None:
    """The published step takes 3,000 to a residual of 0.01 in these four games."""
    game, _, _ = quadratic(seed)
    exact = extragradient(game)
    assert max(map(np.linalg.norm, exact.strategies)) == pytest.approx(1.0)
    answer = extragradient_descent(game, tolerance=1e-6, iterations=150)
    assert answer.status == "solved"
    assert answer.distance_bound < 1e-5
    apart = np.concatenate(answer.strategies) - np.concatenate(exact.strategies)
    assert np.linalg.norm(apart) <= answer.distance_bound + exact.distance_bound


def test_every_step_of_the_descent_comes_nearer() -> None:
    game, _, _ = quadratic(3)
    solution = np.concatenate(extragradient(game, tolerance=1e-12).strategies)
    distances = [
        np.linalg.norm(
            np.concatenate(extragradient_descent(game, iterations=k).strategies) - solution
        )
        for k in (1, 2, 3, 5, 9, 17, 33, 65, 129)
    ]
    assert (np.diff(distances) < 0.0).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_descent_goes_on_where_its_hyperplanes_are_nearer_than_rounding(seed: int) -> None:
    """That is at residuals of 1e-7 on the boundary."""
    game, _, _ = quadratic(seed)
    exact = extragradient(game, tolerance=1e-12)
    assert max(map(np.linalg.norm, exact.strategies)) == pytest.approx(1.0)
    assert extragradient_descent(game).residual <= 1e-9
    answer = extragradient_descent(game, tolerance=1e-12, iterations=200)
    assert answer.status == "solved"
    apart = np.concatenate(answer.strategies) - np.concatenate(exact.strategies)
    assert np.linalg.norm(apart) < 1e-10


def test_regrets_are_tight() -> None:
    """On x y over a square the best deviations are known."""
    game = product(Box([-1.0], [1.0]))
    answer = ConvexEquilibrium(game, (np.array([0.3]), np.array([-0.4])), "guess")
    assert answer.regrets == pytest.approx([0.4 + 0.12, 0.3 - 0.12], abs=1e-12)


def test_a_lying_formula_for_replies_does_not_lower_the_regret() -> None:
    square = Box([-1.0], [1.0])
    honest = product(square)
    lying = ConvexGame(
        (square, square), honest.payoffs, honest.gradients, replies=(lambda z: z[0], lambda z: z[1])
    )
    point = (np.array([0.3]), np.array([-0.4]))
    answers = [ConvexEquilibrium(game, point, "guess") for game in (honest, lying)]
    assert answers[1].regrets.tolist() == answers[0].regrets.tolist()
    assert best_response_iteration(lying, point).regret > 0.1


def test_without_a_bounded_set_or_a_modulus_nothing_is_certified() -> None:
    answer = ConvexEquilibrium(product(PLANE), (np.array([0.1]), np.array([0.0])), "guess")
    assert answer.regret == np.inf
    assert answer.distance_bound == np.inf


def test_equilibria_of_matrices_agree_with_linear_programming() -> None:
    matrix = np.random.default_rng(4).normal(size=(3, 4))
    game = ConvexGame.zero_sum(
        Simplex(3),
        Simplex(4),
        lambda x, y: float(x @ matrix @ y),
        lambda x, y: (matrix @ y, x @ matrix),
    )
    value = minimax(NormalForm.zero_sum(matrix)).value
    for solver in (extragradient, optimistic_gradient):
        answer = solver(game, tolerance=1e-8)
        assert answer.value == pytest.approx(value, abs=1e-6)
        assert answer.regret < 1e-6


@pytest.mark.parametrize("solver", [*MONOTONE, inexact_line_search, best_response_iteration])
def test_cournots_oligopoly(solver: Solver) -> None:
    """N firms at price 1 - total and no cost supply 1 / (N + 1) each."""
    allowed = Box([0.0], [1.0])
    game = ConvexGame(
        (allowed,) * 3,
        lambda z: [float(own[0] * (1.0 - np.sum(z))) for own in z],
        lambda z: tuple(1.0 - np.sum(z) - own for own in z),
        modulus=1.0,
    )
    answer = solver(game)
    assert answer.status == "solved"
    assert answer.distance_bound < 1e-6
    np.testing.assert_allclose(np.concatenate(answer.strategies), 0.25, atol=1e-6)


# The linear race: golden answers


@pytest.mark.parametrize("response", [-0.3, 0.0, 0.5, 0.9])
@pytest.mark.parametrize("solver", EVERY)
def test_every_solver_finds_the_stable_point(solver: Solver, response: float) -> None:
    answer = solver(linear_race(1.0, response))
    assert answer.status == "solved"
    stable = float(performative.stable_point(1.0, response))
    assert answer.strategy("learner")[0] == pytest.approx(stable, abs=1e-6)


def test_retraining_alternates_at_one_and_diverges_above() -> None:
    assert best_response_iteration(linear_race(1.0, 1.0)).parameters["period"] == 2
    beyond = best_response_iteration(linear_race(1.0, 1.5, reach=1e9), iterations=40)
    assert beyond.parameters["period"] is None
    assert "still moving" in beyond.status
    moves = np.array(beyond.parameters["moves"])
    np.testing.assert_allclose(moves[2:] / moves[1:-1], 1.5)


def test_looking_ahead_converges_where_retraining_diverges() -> None:
    answer = extragradient(linear_race(1.0, 2.5))
    assert answer.strategy("learner")[0] == pytest.approx(1 / 3.5, abs=1e-8)
    assert answer.distance_bound < 1e-7


def test_swings_that_die_out_are_not_a_cycle() -> None:
    answer = best_response_iteration(linear_race(1.0, 0.99), iterations=5_000)
    assert answer.status == "solved"


def test_moving_at_once_cycles_where_taking_turns_converges() -> None:
    """Each wants to be where the other is, mirrored: at once they swap places for ever."""
    line = Box([-1.0], [1.0])
    game = ConvexGame(
        (line, line),
        lambda z: (-float((z[0][0] - z[1][0]) ** 2), -float((z[1][0] - z[0][0]) ** 2)),
        lambda z: (-2 * (z[0] - z[1]), -2 * (z[1] - z[0])),
    )
    start = [[1.0], [-1.0]]
    assert best_response_iteration(game, start, at_once=True).parameters["period"] == 2
    assert best_response_iteration(game, start).status == "solved"


@pytest.mark.parametrize("response", [-0.3, 0.0, 0.5, 1.0, 2.0])
def test_the_leader_commits_to_the_committed_point(response: float) -> None:
    answer = implicit_stackelberg(linear_race(1.0, response))
    committed = float(performative.committed_point(1.0, response))
    assert answer.status == "solved"
    assert answer.leader == "learner"
    assert answer.strategy("learner")[0] == pytest.approx(committed, abs=1e-5)
    assert -answer.value == pytest.approx(
        float(performative.expected_loss(committed, 1.0, response)), abs=1e-9
    )
    assert answer.regret < 1e-12


def test_the_biased_coin() -> None:
    """Perdomo et al.: mean .3 + .2 theta; stable .375, committed .5."""
    game = linear_race(0.3, -0.2)
    assert extragradient(game).strategy("learner")[0] == pytest.approx(0.375)
    assert implicit_stackelberg(game).strategy("learner")[0] == pytest.approx(0.5, abs=1e-5)


def test_price_of_racing() -> None:
    for response in (0.5, 1.0, 2.0):
        game = linear_race(1.0, response)
        price = implicit_stackelberg(game).value / extragradient(game).value
        assert price == pytest.approx(float(performative.price_of_racing(response)), abs=1e-6)


# Commitment through active constraints


def bounded_follower(limit: float) -> ConvexGame:
    """The follower wants to be at 2 x but may not go beyond its limit."""
    return ConvexGame(
        sets=(Box([-3.0], [3.0]), Balls([[0.0, 0.0]], [limit])),
        payoffs=lambda z: (
            float(-((z[0][0] - 1.0) ** 2) + z[1][0]),
            float(-((z[1][0] - 2 * z[0][0]) ** 2) / 2 - (z[1][1] - 1.0) ** 2 / 2),
        ),
        gradients=lambda z: (
            -2 * (z[0] - 1.0),
            np.array([2 * z[0][0] - z[1][0], 1.0 - z[1][1]]),
        ),
        effects=lambda z: (np.array([1.0, 0.0]), np.array([2 * (z[1][0] - 2 * z[0][0])])),
    )


@pytest.mark.parametrize("limit", [1.5, 10.0])
def test_commitment_agrees_with_a_grid(limit: float) -> None:
    game = bounded_follower(limit)
    answer = implicit_stackelberg(game, start=[[0.1], [0.0, 0.0]])
    assert answer.status == "solved"
    grid = np.linspace(-3.0, 3.0, 6001)
    replies = game.sets[1].project
    earned = [game.earned((np.array([x]), replies(np.array([2 * x, 1.0]))))[0] for x in grid]
    assert answer.value == pytest.approx(max(earned), abs=1e-6)
    assert answer.value >= max(earned) - 1e-9
    assert answer.regret < 1e-9


@pytest.mark.parametrize("limit", [1.5, 10.0])
def test_the_commitment_gradient_is_the_slope_of_what_the_leader_earns(limit: float) -> None:
    game = bounded_follower(limit)

    def earned(x: float) -> float:
        return float(game.earned((np.array([x]), game.sets[1].project(np.array([2 * x, 1.0]))))[0])

    x, h = 0.9, 1e-5
    reply = game.sets[1].project(np.array([2 * x, 1.0]))
    slope = commitment_gradient(game, "learner", (np.array([x]), reply))
    assert slope[0] == pytest.approx((earned(x + h) - earned(x - h)) / (2 * h), abs=1e-6)


def test_the_adversary_may_lead() -> None:
    """In the linear race the data gain nothing by committing: they have what they want already."""
    answer = implicit_stackelberg(linear_race(1.0, 0.5), "adversary")
    assert answer.leader == "adversary"
    assert answer.strategy("learner") == pytest.approx([2 / 3], abs=1e-5)


def test_monotonicity_is_the_eigenvalue_of_the_pseudo_jacobian() -> None:
    for seed in range(10):
        game, J, _ = quadratic(seed)
        smallest = np.linalg.eigvalsh((J + J.T) / 2)[0]
        assert monotonicity(game, game.split(np.zeros(4))) == pytest.approx(smallest, abs=1e-7)


# Answers and refusals


def test_an_answer_shows_itself() -> None:
    answer = extragradient(linear_race(1.0, 0.5))
    assert repr(answer).startswith("ConvexEquilibrium by extragradient: solved, regret at most")
    assert answer.frame().columns.tolist() == ["role", "coordinate", "strategy"]
    with pytest.raises(LookupError, match="unknown role 'spy'"):
        answer.strategy("spy")


@pytest.mark.parametrize("solver", [*EVERY, implicit_stackelberg])
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tolerance": 0.0}, "tolerance must be positive"),
        ({"iterations": 0}, "iterations must be at least 1"),
        ({"start": [[0.0], [1e7]]}, "strategy of adversary must be in its set"),
    ],
)
def test_bad_tasks_are_refused(solver: Solver, change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        solver(linear_race(1.0, 0.5), **change)


@pytest.mark.parametrize(
    ("solver", "change", "says"),
    [
        (extragradient, {"step": 0.0}, "step must be positive"),
        (optimistic_gradient, {"step": np.inf}, "step must be positive"),
        (gradient_play, {"step": -1.0}, "step must be positive"),
        (extragradient_descent, {"acceptance": 1.0}, r"acceptance must be in \(0, 1\)"),
        (inexact_line_search, {"inertia": 0.0}, "inertia must be positive"),
    ],
)
def test_bad_options_are_refused(solver: Solver, change: dict[str, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        solver(linear_race(1.0, 0.5), **change)


def test_commitment_needs_effects_and_a_role() -> None:
    game, _, _ = quadratic(0)
    with pytest.raises(ValueError, match="commitment needs a game of two with effects"):
        implicit_stackelberg(game)
    with pytest.raises(LookupError, match="unknown role 'spy'"):
        implicit_stackelberg(linear_race(1.0, 0.5), "spy")


@pytest.mark.parametrize("solver", EVERY)
def test_too_few_iterations_are_admitted_with_the_remedy(solver: Solver) -> None:
    answer = solver(linear_race(1.0, 0.9), [[100.0], [0.0]], iterations=1)
    assert answer.status != "solved"
    assert "use extragradient" in answer.status or "raise iterations" in answer.status
