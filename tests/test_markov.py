"""Analytic games as Markov games: exact laws, limits that are known, play that agrees."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

import armsrace as ar
from armsrace.agents import MarkovPolicy
from armsrace.analytic import Law
from armsrace.markov import markov_game, rounded
from armsrace.solvers import best_response, hoffman_karp, pollatschek_avi_itzhak, shapley
from armsrace.theory.limited_control import limiting_displacement
from games import CentroidDisplacement

POINTS = np.array([-1.0, 0.0, 0.4, 2.0])


@given(st.floats(-2, 3), st.floats(0.01, 2))
@settings(max_examples=60, deadline=None)
def test_chances_of_the_points_are_integrals_over_the_normal_law(mean: float, sd: float) -> None:
    """By Gauss's rule on pieces no longer than a deviation, on which rounding is linear."""
    law = Law(np.array([[[mean]]]), {0: np.array([[sd]])}, np.ones((1, 1)))
    shares = rounded(law, 0, POINTS)[0, 0]
    inside = POINTS[np.abs(POINTS - mean) < 12 * sd]
    edges = np.unique(np.append(mean + sd * np.arange(-12, 13), inside))
    nodes, weights = np.polynomial.legendre.leggauss(20)
    halves = np.diff(edges)[:, None] / 2
    values = (edges[:-1, None] + halves + halves * nodes).reshape(-1)
    masses = (halves * weights).reshape(-1) * norm.pdf(values, mean, sd)
    numeric = masses @ ar.Grid({"x": POINTS}).interpolated(np.eye(4), values[:, None])
    assert shares == pytest.approx(numeric, abs=1e-12)
    assert shares.sum() == pytest.approx(1.0, abs=1e-12)


def test_certain_statistics_and_a_single_point() -> None:
    law = Law(np.array([[[0.1, 5.0]]]), {}, np.ones((1, 1)))
    assert rounded(law, 0, POINTS)[0, 0].tolist() == pytest.approx([0.0, 0.75, 0.25, 0.0])
    assert rounded(law, 1, np.array([3.0])).tolist() == [[[1.0]]]


def test_rows_are_those_of_the_law_for_every_pair_of_actions() -> None:
    """Every transition and reward by a plain loop over states and actions."""
    game = CentroidDisplacement(drift=0.01)
    axes = {"displacement": np.linspace(-0.1, 0.4, 6), "lag": np.linspace(0.0, 0.1, 3)}
    built = markov_game(game, axes, learner=["average_out_500", "hold"], discount=0.5)
    grid = ar.Grid(axes)
    dense = built.transitions.toarray().reshape(18, 2, 4, 18)
    for s, (displacement, lag) in enumerate(grid.labels):
        for i, own in enumerate([3, 0]):
            for j in range(4):
                statistics = np.array([[displacement, game.initial, lag, 0.0]])
                law = game.law(statistics, np.array([own]), np.array([j]))
                across = rounded(law, 0, grid.axes[0])[0, 0]
                along = rounded(law, 2, grid.axes[1])[0, 0]
                chance = np.outer(across, along).reshape(-1)
                np.testing.assert_allclose(dense[s, i, j], chance, atol=1e-11)
                after = np.tile(game.opening, (18, 1))
                after[:, [0, 2]] = grid.states
                settled = game.settle(
                    np.repeat(statistics, 18, axis=0), np.array([own]), np.array([j]), after
                )
                worth = (np.broadcast_to(settled.payoffs, (2, 18)) * chance).sum(axis=1)
                np.testing.assert_allclose(built.rewards[:, s, i, j], worth, atol=1e-9)


def test_without_drift_the_solver_finds_that_not_retraining_is_optimal() -> None:
    game = CentroidDisplacement(drift=0.0)
    built = markov_game(
        game,
        {"displacement": np.linspace(0.0, 0.5, 51)},
        learner=["hold", "average_out_500"],
        discount=0.95,
    )
    answer = hoffman_karp(built)
    assert answer.strategy("learner", built.states[0]) == {"hold": 1.0}
    never = np.tile([1.0, 0.0], (51, 1))
    assert best_response(built, "adversary", never).values[0] == pytest.approx(
        -answer.values[0, 0], abs=1e-7
    )


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2])
def test_limited_control_settles_at_the_closed_form(rate: float) -> None:
    """Theorem 8 of Kloft and Laskov (2012): nu / (1 - nu) in the long run of the Markov chain."""
    game = CentroidDisplacement(
        controls=(rate,),
        rates=(),
        drift=0.0,
        spread=0.0,
        distance=2.0,
        traffic=20,
        memories=(100.0,),
    )
    axis = np.linspace(0.0, 0.5, 101)
    built = markov_game(
        game,
        {"displacement": axis},
        learner=["average_out_100"],
        adversary=[f"control_{100 * rate:g}%"],
        discount=0.9,
    )
    chain = built.transitions.toarray()
    stationary = np.linalg.matrix_power(chain, 4096)[0]
    settled = float(limiting_displacement(rate))
    assert stationary @ axis == pytest.approx(settled, abs=1e-3)


def test_finer_grids_converge() -> None:
    game = CentroidDisplacement(drift=0.0)

    def value(points: int) -> float:
        axis = np.linspace(0.0, 0.5, points)
        built = markov_game(game, {"displacement": axis}, learner=["average_out_500"], discount=0.9)
        return float(shapley(built).values[0, 0])

    coarse, middle, fine = (value(n) for n in (26, 51, 101))
    assert abs(fine - middle) < abs(middle - coarse)
    assert abs(fine - middle) < 0.02 * abs(fine)


def solved_with_drift() -> tuple[CentroidDisplacement, MarkovPolicy, MarkovPolicy, float, float]:
    """A discounted race with drift, both policies, the value and its reach over 80 rounds."""
    game = CentroidDisplacement(drift=0.05, rounds=80, discount=0.9)
    axes = {"displacement": np.linspace(-0.1, 0.4, 41), "lag": np.linspace(0.0, 1.0, 41)}
    built = markov_game(game, axes, learner=["hold", "average_out_500"])
    answer = pollatschek_avi_itzhak(built)
    grid = ar.Grid(axes)
    policies = [
        MarkovPolicy(grid, [str(action) for action in actions], table)
        for actions, table in zip(built.actions, answer.policies, strict=True)
    ]
    opening = int(np.abs(grid.states).sum(axis=1).argmin())
    return game, policies[0], policies[1], float(answer.values[0, opening]), answer.regret


def test_policies_earn_in_play_what_the_solver_said() -> None:
    """4,000 plays of the continuous game; the grid's error is below 1 % of the value."""
    game, learner, adversary, value, regret = solved_with_drift()
    assert regret < 1e-7
    plays = ar.play_replicates(game, learner, adversary, replicates=4000, seed=3)
    mean = plays.payoffs[0].mean()
    error = plays.payoffs[0].std(ddof=1) / np.sqrt(4000)
    assert abs(mean - value) < 4 * error + 0.01 * abs(value)


def test_vectorized_play_has_the_law_of_the_loop() -> None:
    """Means of 150 plays one by one and of 3,000 at once, within four standard errors."""
    game, learner, adversary, _, _ = solved_with_drift()
    short = 15
    alone = np.array(
        [
            ar.play(game, learner, adversary, rounds=short, seed=5, replicate=r).payoffs[0]
            for r in range(150)
        ]
    )
    together = ar.play_replicates(
        game, learner, adversary, replicates=3000, rounds=short, seed=6
    ).payoffs[0]
    error = np.hypot(alone.std(ddof=1) / np.sqrt(150), together.std(ddof=1) / np.sqrt(3000))
    assert abs(alone.mean() - together.mean()) < 4 * error


def test_unknown_names_list_the_known_ones() -> None:
    game = CentroidDisplacement()
    with pytest.raises(
        LookupError, match="unknown statistic 'speed' in centroid_displacement; the"
    ):
        markov_game(game, {"speed": [0.0, 1.0]}, discount=0.5)
    with pytest.raises(LookupError, match="unknown learner action 'pray'"):
        markov_game(game, {"displacement": [0.0, 1.0]}, learner=["pray"], discount=0.5)
    with pytest.raises(ValueError, match="the adversary must have at least one action, got none"):
        markov_game(game, {"displacement": [0.0, 1.0]}, adversary=[], discount=0.5)
    with pytest.raises(ValueError, match=r"discount must be in \[0, 1\), got 1"):
        markov_game(game, {"displacement": [0.0, 1.0]})
