"""The analytic twin against the theorems, against geometry, and against the real game."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import chndtr

import armsrace as ar
from armsrace.replicates import play_replicates
from armsrace.statistics import mean_interval, wilson_interval
from armsrace.theory import hypersphere, limited_control
from games import CentroidDisplacement, CentroidShift

Array = NDArray[np.float64]
FAR = 1e6
"""A distance that no displacement reaches, as in the theorems."""


def full_control(**parameters: Any) -> CentroidDisplacement:
    """No honest traffic at all."""
    return CentroidDisplacement(
        **{
            "traffic": 0,
            "spread": 0.0,
            "rates": (),
            "drift": 0.0,
            "distance": FAR,
            "memories": (FAR,),
            **parameters,
        }
    )


def one_round(
    game: CentroidDisplacement, state: Array, learner: str, adversary: str, seed: int = 0
) -> Array:
    """Statistics after a round of a single replicate."""
    after, _ = game.advance(
        state[None],
        np.array([list(game.learner_actions).index(learner)]),
        np.array([list(game.adversary_actions).index(adversary)]),
        np.random.default_rng(seed),
    )
    statistics: Array = after[0]
    return statistics


def reached(schedule: Array, prior: float) -> float:
    """How far a center is led that is retrained after each block of a schedule."""
    state = full_control(initial=prior).opening
    for rows in schedule:
        game = full_control(initial=prior, blocks=(float(rows),))
        state = one_round(game, state, "retrain", list(game.adversary_actions)[1])
    return float(state[0])


# Full control: Barreno et al. 2006, section 5.


@settings(max_examples=100, deadline=None)
@given(retrainings=st.integers(1, 12), effort=st.floats(1, 1e4), prior=st.floats(1, 1e3))
def test_the_optimal_schedule_reaches_the_bound(
    retrainings: int, effort: float, prior: float
) -> None:
    """D*(T, M, N) = T (1 - (N / (M + N))^(1/T)), below ln(1 + M/N)."""
    displacement = reached(hypersphere.optimal_schedule(retrainings, effort, prior), prior)
    bound = retrainings * (1 - (prior / (effort + prior)) ** (1 / retrainings))
    assert displacement == pytest.approx(bound, rel=1e-9)
    assert displacement <= np.log1p(effort / prior) * (1 + 1e-12)


def test_many_retrainings_approach_the_limit() -> None:
    """D*(T, M, N) -> ln(1 + M/N), with an error of the order 1/T."""
    limit = np.log1p(400 / 100)
    for retrainings in (10, 30, 100):
        schedule = hypersphere.optimal_schedule(retrainings, 400, 100)
        missing = limit - reached(schedule, 100.0)
        assert missing * retrainings == pytest.approx(limit**2 / 2, rel=0.2)


@pytest.mark.parametrize(
    ("schedule", "prior", "displacement"),
    [((3, 4, 6, 7), 10, 0.960265), ((6, 7, 9, 12, 16), 20, 1.10797)],
)
def test_whole_points_reach_the_integer_optimum(
    schedule: tuple[int, ...], prior: float, displacement: float
) -> None:
    """Known answers of the dynamic program over whole points."""
    assert reached(np.array(schedule), prior) == pytest.approx(displacement, abs=1e-5)


def test_one_point_a_round_is_the_harmonic_sum() -> None:
    """Kloft and Laskov, Theorem 3: D_i = 1/(n + 1) + ... + 1/(n + i) <= ln(1 + i/n)."""
    game = full_control(initial=50.0, blocks=(1.0,), rounds=300)
    displacement = ar.play(game, "retrain", "shift_1_rows").column("displacement")
    points = np.arange(1, 301)
    np.testing.assert_allclose(displacement, np.cumsum(1 / (50 + points)), rtol=1e-12)
    assert (displacement <= np.log1p(points / 50)).all()


def test_a_fixed_memory_makes_the_shift_linear() -> None:
    """Kloft and Laskov, Theorem 4: D_i = i/n, also in blocks."""
    game = full_control(blocks=(4.0,), memories=(40.0,), rounds=100)
    displacement = ar.play(game, "average_out_40", "shift_4_rows").column("displacement")
    np.testing.assert_allclose(displacement, 4 * np.arange(1, 101) / 40, rtol=1e-12)


# Limited control: Kloft and Laskov 2012, Theorem 8.


@pytest.mark.parametrize(("rate", "memory", "spread"), [(0.2, 20, 0.1), (0.05, 50, 0.2)])
def test_limited_control_has_the_moments_of_theorem_8(
    rate: float, memory: int, spread: float
) -> None:
    """Row by row: mean within 4 standard errors, variance within 5, and both within the bounds."""
    count, rounds = 20_000, 6 * memory
    game = CentroidDisplacement(
        traffic=1,
        rates=(),
        controls=(rate,),
        memories=(float(memory),),
        spread=spread,
        drift=0.0,
        distance=FAR,
    )
    plays = play_replicates(
        game, f"average_out_{memory}", f"control_{100 * rate:g}%", replicates=count, rounds=rounds
    )
    means, variances = limited_control.displacement_moments(rounds, rate, memory, spread**2)
    errors = plays.standard_errors["displacement"]
    assert (np.abs(plays.means["displacement"] - means[1:]) < 4 * errors)[::memory].all()
    squares = (plays.statistics[:, 0] - means[-1]) ** 2
    assert abs(squares.mean() - variances[-1]) < 5 * squares.std() / np.sqrt(count)
    settled = limited_control.limiting_displacement(rate)
    assert plays.means["displacement"][-1] == pytest.approx(settled, rel=0.02)
    assert squares.mean() < limited_control.variance_bound(rounds, rate, memory)


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.5])
def test_the_displacement_settles_at_the_odds_of_the_rate(rate: float) -> None:
    """nu / (1 - nu): exponentially with a fixed memory, like N^-(1 - nu) with all rows so far."""
    game = CentroidDisplacement(
        traffic=900,
        rates=(rate,),
        memories=(2000.0,),
        spread=0.0,
        drift=0.0,
        distance=FAR,
        rounds=400,
    )
    odds, shift = rate / (1 - rate), f"shift_{100 * rate:g}%"
    forgetting = ar.play(game, "average_out_2000", shift).column("displacement")
    assert forgetting[-1] == pytest.approx(odds, rel=1e-12)
    remembering = ar.play(game, "retrain", shift)
    missing = 1 - remembering.column("displacement") / odds
    weight = remembering.column("weight")
    orders = np.diff(np.log(missing[[99, 399]])) / np.diff(np.log(weight[[99, 399]]))
    assert orders[0] == pytest.approx(rate - 1, abs=5e-3)


@pytest.mark.parametrize("distance", [0.1, 0.25, 1.0])
def test_the_target_is_admitted_above_the_critical_rate_only(distance: float) -> None:
    """nu_crit = d / (1 + d), equation 18."""
    critical = float(limited_control.critical_rate(distance))
    rates = (0.97 * critical, 1.03 * critical)
    game = CentroidDisplacement(
        traffic=10_000,
        rates=rates,
        memories=(30_000.0,),
        spread=0.0,
        drift=0.0,
        distance=distance,
        rounds=300,
    )
    below, above = (
        ar.play(game, "average_out_30000", shift).column("target_errors")
        for shift in list(game.adversary_actions)[1:]
    )
    assert not below.any()
    assert above[-1] == 1.0


def test_no_row_goes_past_the_target() -> None:
    """Once the target is inside, the rows are copies of it: D settles at A (1 + s) / (A + H)."""
    game = CentroidDisplacement(
        traffic=100, rates=(0.5,), memories=(400.0,), spread=0.0, drift=0.0, distance=0.2
    )
    displacement = ar.play(game, "average_out_400", "shift_50%", rounds=300).column("displacement")
    assert displacement[-1] == pytest.approx(1.2 / 2, rel=1e-9)


# The real detector.


@pytest.mark.parametrize("shift", ["shift_15%", "shift_30%"])
@pytest.mark.parametrize("initial", [200, 1500])
def test_the_twin_agrees_with_the_real_game(initial: int, shift: str) -> None:
    """Without drift, and with a sphere that accepts the honest rows, within the sampling error.

    Each real play has a target of its own, so it is compared with a twin of that distance. What is
    left is the luck of the honest rows, which averages out.
    """
    rounds = 12
    real = CentroidShift(
        drift=0.0, initial=initial, false_positive_rate=0.0, reach=5.0, rounds=rounds
    )
    differences = []
    for replicate in range(40):
        history = ar.play(real, "retrain", shift, seed=5, replicate=replicate)
        state = history.position.state
        trusted, target = state.memory.initial.trained, state.known.target.rows[0]
        distance = np.linalg.norm(target - trusted.center_) / trusted.radius_ - 1
        twin = CentroidDisplacement(drift=0.0, initial=initial, spread=0.0, distance=distance)
        path = ar.play(twin, "retrain", shift, rounds=rounds).column("displacement")
        differences.append(history.column("displacement") - path)
    interval = mean_interval(differences, level=0.99)
    assert ((interval.low < 0) & (interval.high > 0))[[0, 5, 11]].all()
    assert (np.abs(interval.estimate) < 0.02 * path).all()


# Honest traffic.


@pytest.mark.parametrize(("features", "spread"), [(1, 0.4), (9, 0.24), (57, 0.115)])
def test_the_blocked_share_is_that_of_gaussian_rows_outside_the_sphere(
    features: int, spread: float
) -> None:
    """Rows drawn in d dimensions around an honest mean that has left the center in two of them."""
    rng = np.random.default_rng(features)
    rows = rng.normal(0, spread, size=(200_000, features))
    game = CentroidDisplacement(features=features, spread=spread, traffic=1, rates=(), drift=0.0)
    for displacement, lag in ((0.0, 0.0), (0.3, 0.0), (0.2, 0.4), (0.9, 1.1)):
        center = np.zeros(features)
        center[0] = displacement if features > 1 else np.hypot(displacement, lag)
        center[-1] += lag if features > 1 else 0.0
        outside = (((rows - center) ** 2).sum(axis=1) > 1).sum()
        interval = wilson_interval(outside, len(rows), level=0.9999)
        share = blocked(game, displacement, lag)
        assert interval.low <= share <= interval.high


def blocked(game: CentroidDisplacement, displacement: float, lag: float) -> float:
    """Share of the honest rows that a sphere at this place blocks."""
    state = np.array([[displacement, 1.0, lag + game.drift, 0.0]])
    settled = game.settle(state, np.zeros(1, dtype=int), np.zeros(1, dtype=int), state)
    assert settled.events["fp"] + settled.events["tn"] == pytest.approx(game.traffic)
    return float(settled.events["fp"][0] / game.traffic)


@settings(max_examples=100, deadline=None)
@given(
    features=st.integers(1, 200),
    spread=st.floats(0.01, 2),
    offsets=st.tuples(st.floats(0, 3), st.floats(0, 3)),
)
def test_the_blocked_share_is_the_noncentral_chi_square_and_rises_with_the_offset(
    features: int, spread: float, offsets: tuple[float, float]
) -> None:
    game = CentroidDisplacement(features=features, spread=spread)
    shares = [blocked(game, offset, 0.0) for offset in sorted(offsets)]
    exact = [1 - chndtr(spread**-2, features, (o / spread) ** 2) for o in sorted(offsets)]
    np.testing.assert_allclose(shares, exact, atol=1e-5)
    assert 0 <= shares[0] <= shares[1] <= 1


def test_by_default_five_percent_are_blocked_at_rest() -> None:
    assert blocked(CentroidDisplacement(), 0.0, 0.0) == pytest.approx(0.05, abs=2e-4)


def test_without_spread_all_rows_or_none_are_blocked() -> None:
    game = CentroidDisplacement(spread=0.0)
    assert [blocked(game, offset, 0.0) for offset in (0.0, 1.0, 1.0001, 7.0)] == [0, 0, 1, 1]


def test_the_center_follows_the_drift_as_a_mean_of_rows_does() -> None:
    """Against the geometry: rows in the plane, the mean of all so far, both coordinates."""
    game = CentroidDisplacement(
        traffic=20, initial=40.0, rates=(0.2,), drift=0.1, spread=0.0, distance=0.5, rounds=30
    )
    history = ar.play(game, "retrain_every_5", "shift_20%")
    center, weight, across = np.zeros(2), 40.0, 0.0
    for clock in range(30):
        across = 0.1 * clock
        if clock % 5 == 0:
            honest = np.tile([0.0, across], (20, 1))
            edge = [center[0] + min(1.0, 1.5 - center[0]), center[1]]
            rows = np.concatenate([honest, np.tile(edge, (5, 1))])
            center = (weight * center + rows.sum(axis=0)) / (weight + 25)
            weight += 25
        assert history.column("displacement")[clock] == pytest.approx(center[0], rel=1e-12)
        assert history.column("weight")[clock] == weight
        # On record is the lag at the beginning of the next round.
        assert history.column("lag")[clock] == pytest.approx(across + 0.1 - center[1], rel=1e-12)
        assert history.column("drifted")[clock] == pytest.approx(across + 0.1, rel=1e-12)


def test_never_retraining_is_not_free_under_drift() -> None:
    game = CentroidDisplacement(rounds=20)
    held, retrained = (ar.play(game, action, "wait") for action in ("hold", "average_out_500"))
    assert held.column("fp")[-1] > 95
    assert retrained.column("fp")[-1] < 30
    assert retrained.payoffs[0] > held.payoffs[0]
    still = CentroidDisplacement(rounds=20, drift=0.0)
    assert ar.play(still, "hold", "wait").payoffs[0] > ar.play(still, "retrain", "wait").payoffs[0]


def test_a_reset_goes_back_to_the_trusted_center() -> None:
    game = CentroidDisplacement(initial=150.0, drift=0.05, memories=(300.0,))
    state = np.array([0.4, 990.0, 0.3, 0.75])
    np.testing.assert_allclose(
        one_round(game, state, "reset", "shift_30%"), [0.0, 150.0, 0.8, 0.8], rtol=1e-12
    )
    averaged = one_round(game, state, "average_out_300", "wait")
    assert averaged[1] == 300.0
    assert averaged[2] == pytest.approx(0.3 * (1 - 100 / 300) + 0.05)
    np.testing.assert_allclose(
        one_round(game, state, "hold", "shift_30%"), [0.4, 990.0, 0.35, 0.8], rtol=1e-12
    )


def test_payoffs_are_the_priced_events() -> None:
    costs = ar.Costs(ar.Prices(fp=2.0, target_errors=7.0), ar.Prices(fn=3.0, poison=-0.5))
    game = CentroidDisplacement(costs=costs, distance=0.05)
    history = ar.play(game, "retrain", "shift_30%", seed=1)
    learner = -2 * history.column("fp") - 7 * history.column("target_errors")
    adversary = 3 * history.column("fn") - 0.5 * history.column("poison")
    np.testing.assert_allclose(history.column("learner_payoff"), learner, rtol=1e-12)
    np.testing.assert_allclose(history.column("adversary_payoff"), adversary, rtol=1e-12)
    assert history.column("target_errors").any()
    assert not game.zero_sum
    assert CentroidDisplacement().zero_sum


def test_rows_are_counted_by_their_expectation() -> None:
    game = CentroidDisplacement(traffic=10, rates=(0.5,), blocks=(3.0,), controls=(0.25,))
    rows = {
        action: (history.column("offered")[0], history.column("poison")[0])
        for action in game.adversary_actions
        for history in [ar.play(game, "hold", action, rounds=1)]
    }
    assert rows == {
        "wait": (10, 0),
        "shift_50%": (20, 10),
        "shift_3_rows": (13, 3),
        "control_25%": (10, pytest.approx(2.5)),
    }


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"traffic": -1}, "traffic must be at least 0, got -1"),
        ({"features": 0}, "features must be at least 1, got 0"),
        ({"spread": -0.1}, "spread must be at least 0, got -0.1"),
        ({"spread": float("nan")}, "spread must be at least 0, got nan"),
        ({"spread": 1e-5}, "spread must be 0 or at least 0.001, got 1e-05"),
        ({"drift": -1}, "drift must be at least 0, got -1"),
        ({"initial": 0}, "initial must be positive, got 0"),
        ({"memories": (0,)}, "memories must be at least 143, the rows of a round, got 0"),
        ({"memories": (500, 120)}, "memories must be at least 143, the rows of a round, got 120"),
        ({"memories": (500, 500)}, "memories must differ in their first six digits"),
        ({"distance": 0}, "distance must be positive, got 0"),
        ({"rates": (1.0,)}, r"rates must be in \[0, 1\), got 1.0"),
        ({"controls": (1.5,)}, r"controls must be in \[0, 1\], got 1.5"),
        ({"blocks": (-1,)}, "blocks must be at least 0, got -1"),
        ({"traffic": 0}, "rates must be empty when traffic is 0"),
        ({"rates": (0.1, 0.1)}, "rates, blocks and controls must differ"),
    ],
)
def test_bad_parameters_are_refused(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        CentroidDisplacement(**parameters)
