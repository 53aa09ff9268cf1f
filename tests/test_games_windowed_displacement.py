"""The window's analytic game: known speeds, rows in the plane, and the real detector."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import armsrace as ar
from armsrace.assess import secure_retraining
from armsrace.markov import markov_game
from armsrace.solvers import hoffman_karp
from armsrace.statistics import mean_interval
from armsrace.theory.limited_control import limiting_displacement, oldest_out_speed
from games import CentroidShift, WindowedDisplacement

FAR = 1e6
"""A distance that no displacement reaches."""


def certain(**parameters: Any) -> WindowedDisplacement:
    """A game without chance, drift and target."""
    return WindowedDisplacement(**{"spread": 0.0, "drift": 0.0, "distance": FAR, **parameters})


@pytest.mark.parametrize("window", [1, 2, 3])
def test_an_adversary_with_all_traffic_moves_the_center_at_the_known_speed(window: int) -> None:
    """2 / (w + 1) radii a round in the long run."""
    game = certain(windows=(window,), rates=(1.0,), rounds=60)
    displacement = ar.play(game, f"window_{window}", "shift_100%").column("displacement")
    speed = float(oldest_out_speed(window))
    assert np.diff(displacement)[-1] == pytest.approx(speed, rel=1e-9)


@pytest.mark.parametrize("window", [1, 2, 3])
@pytest.mark.parametrize("rate", [0.1, 0.3])
def test_every_window_settles_at_the_odds_of_the_rate(window: int, rate: float) -> None:
    game = certain(windows=(window,), rates=(rate,), rounds=80)
    displacement = ar.play(game, f"window_{window}", f"shift_{100 * rate:g}%").column(
        "displacement"
    )
    assert displacement[-1] == pytest.approx(float(limiting_displacement(rate)), rel=1e-9)


@pytest.mark.parametrize("actions", ["hold", "window_1", "window_2", "window_3", "mixed"])
def test_the_center_is_the_mean_of_rows_in_the_plane(actions: str) -> None:
    """Batches kept row by row, both coordinates, whatever was done in the rounds before."""
    game = WindowedDisplacement(
        windows=(1, 2, 3), rates=(0.2,), spread=0.0, drift=0.1, traffic=10, distance=0.4, rounds=24
    )
    names = list(game.learner_actions)
    rng = np.random.default_rng(3)
    plan = [str(rng.choice(names)) if actions == "mixed" else actions for _ in range(24)]
    state, center = game.opening[None], np.array([0.0, -0.2])
    archive = [np.tile([0.0, -0.1 * age], (10, 1)) for age in (3, 2, 1)]
    for clock, action in enumerate(plan):
        honest = np.tile([0.0, 0.1 * clock], (8, 1))
        edge = center[0] + min(1.0, 1.4 - center[0])
        archive.append(np.concatenate([honest, np.tile([edge, 0.1 * clock], (2, 1))]))
        if action != "hold":
            window = int(action.removeprefix("window_"))
            center = np.concatenate(archive[-window:]).mean(axis=0)
        state, settled = game.advance(
            state, np.array([names.index(action)]), np.array([1]), np.random.default_rng(0)
        )
        assert state[0, 0] == pytest.approx(center[0], rel=1e-12)
        assert state[0, 3] == pytest.approx(0.1 * (clock + 1) - center[1], rel=1e-12)
        offset = np.hypot(center[0], 0.1 * clock - center[1])
        assert settled.events["fp"][0] == (10 if offset > 1 else 0)
        assert settled.events["target_errors"][0] == (center[0] >= 0.4)


def test_noise_of_a_batch_leaves_with_it() -> None:
    """Variance sigma^2 n / n^2 / w in a center of w batches of honest rows, 4 standard errors."""
    game = WindowedDisplacement(windows=(1, 2, 3), spread=0.3, drift=0.0, traffic=4, rates=())
    for window in (1, 2, 3):
        plays = ar.play_replicates(game, f"window_{window}", "wait", replicates=20_000, rounds=5)
        squares = plays.statistics[:, 0] ** 2
        expected = 0.3**2 / 4 / window
        assert abs(squares.mean() - expected) < 4 * squares.std() / np.sqrt(len(squares))


def test_the_twin_agrees_with_the_real_game() -> None:
    """Without drift and blocked rows, each play beside a twin of its target's distance."""
    rounds, shift = 8, "shift_30%"
    real = CentroidShift(
        drift=0.0, initial=143, false_positive_rate=0.0, reach=5.0, rounds=rounds, window=2
    )
    differences = []
    for replicate in range(24):
        history = ar.play(real, "retrain_window", shift, seed=5, replicate=replicate)
        state = history.position.state
        trusted, target = state.memory.initial.trained, state.known.target.rows[0]
        distance = np.linalg.norm(target - trusted.center_) / trusted.radius_ - 1
        # 43 attack rows beside 100 honest ones.
        twin = WindowedDisplacement(
            traffic=143, rates=(43 / 143,), drift=0.0, spread=0.0, distance=distance, rounds=rounds
        )
        path = ar.play(twin, "window_2", list(twin.adversary_actions)[1]).column("displacement")
        differences.append(history.column("displacement") - path)
    interval = mean_interval(differences, level=0.99)
    assert ((interval.low < 0) & (interval.high > 0)).all()
    assert (np.abs(interval.estimate) < 0.05 * path).all()


def test_without_drift_not_retraining_is_optimal() -> None:
    game = WindowedDisplacement(drift=0.0, windows=(1, 2, 3))
    answer = secure_retraining(game, discount=0.9, periods=[3])
    assert answer.regret < 1e-9
    never = answer.schedule("never (hold)")
    assert never.loss == pytest.approx(answer.guaranteed_loss, abs=1e-9)
    assert min(s.loss for s in answer.schedules if s.kind == "always") > never.loss + 20


def test_with_drift_the_policy_guarantees_less_loss_than_any_schedule_and_keeps_it() -> None:
    """On a coarse grid; 2,000 plays of the continuous game, the grid's error below 3 %."""
    axes = {
        "displacement": np.linspace(-0.1, 0.4, 11),
        "newest": np.linspace(-0.1, 0.4, 11),
        "lag": np.linspace(0.0, 0.8, 17),
    }
    game = WindowedDisplacement(discount=0.9, rounds=80)
    answer = secure_retraining(game, features=axes, periods=[2, 5])
    assert answer.regret < 1e-9
    best = min(s.loss for s in answer.schedules if s.kind != "equilibrium")
    assert answer.guaranteed_loss < best - 0.5
    plays = ar.play_replicates(
        game, answer.policy("learner"), answer.policy("adversary"), replicates=2000, seed=3
    )
    loss = -plays.payoffs[0]
    error = loss.std(ddof=1) / np.sqrt(2000)
    assert abs(loss.mean() - answer.guaranteed_loss) < 4 * error + 0.03 * answer.guaranteed_loss


def test_the_game_opens_with_the_mean_of_trusted_batches() -> None:
    assert WindowedDisplacement(drift=0.1, windows=(1, 3)).opening.tolist() == [0, 0, 0, 0.2]
    assert set(WindowedDisplacement(windows=(1,)).axes) == {"displacement", "lag"}
    assert set(WindowedDisplacement(windows=(3,), drift=0).axes) == {
        "displacement",
        "newest",
        "older",
    }


def test_what_is_not_on_an_axis_changes_nothing() -> None:
    """The oldest batch without the longest window, the lag without drift: more axes, same value."""
    game = WindowedDisplacement(drift=0.0, discount=0.8)
    points = np.linspace(-0.1, 0.4, 6)
    axes = {"displacement": points, "newest": points}
    values = [
        hoffman_karp(markov_game(game, more)).values[0].reshape(6, 6, -1)
        for more in (axes, {**axes, "older": points}, {**axes, "lag": np.array([0.0, 0.1])})
    ]
    np.testing.assert_allclose(values[1], np.tile(values[0], (1, 1, 6)), atol=1e-7)
    np.testing.assert_allclose(values[2][..., :1], values[0], atol=1e-7)


def test_counted_rows_and_prices() -> None:
    costs = ar.Costs(ar.Prices(fp=2.0, target_errors=7.0, retrainings=1.0), ar.Prices(poison=-0.5))
    game = WindowedDisplacement(costs=costs, rounds=4)
    history = ar.play(game, "window_2", "shift_30%", seed=1)
    assert history.column("offered").tolist() == [100] * 4
    assert history.column("poison").tolist() == [30] * 4
    losses = 2 * history.column("fp") + 7 * history.column("target_errors") + 1
    np.testing.assert_allclose(history.column("learner_payoff"), -losses, rtol=1e-12)
    np.testing.assert_allclose(history.column("adversary_payoff"), -15, rtol=1e-12)
    assert not game.zero_sum
    assert replace(game, costs=WindowedDisplacement.costs).zero_sum


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"traffic": 0}, "traffic must be at least 1, got 0"),
        ({"features": 0}, "features must be at least 1, got 0"),
        ({"spread": -0.1}, "spread must be at least 0, got -0.1"),
        ({"spread": 1e-5}, "spread must be 0 or at least 0.001, got 1e-05"),
        ({"drift": float("nan")}, "drift must be at least 0, got nan"),
        ({"distance": 0}, "distance must be positive, got 0"),
        ({"windows": ()}, r"windows must be different numbers of batches, 1 to 3, got \(\)"),
        ({"windows": (1, 1)}, "windows must be different numbers"),
        ({"windows": (4,)}, "windows must be different numbers of batches, 1 to 3, got"),
        ({"rates": (1.5,)}, r"rates must be in \[0, 1\], got 1.5"),
        ({"rates": (0.1, 0.1)}, "rates must differ in their first six digits"),
    ],
)
def test_bad_parameters_are_refused(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        WindowedDisplacement(**parameters)
