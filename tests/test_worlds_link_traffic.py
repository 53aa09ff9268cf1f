"""Link traffic: low rank, a daily and a weekly course, noise, and floods where they should be."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.worlds import ABILENE, LinkTraffic

RNG = np.random.default_rng
WORLD = LinkTraffic()
QUIET = replace(WORLD, noise=0.0)


def test_centered_loads_without_noise_have_rank_three() -> None:
    rows = QUIET.start(RNG(0)).rows
    values = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False)
    assert values[2] > 1.0
    assert values[3] < 1e-9 * values[0]


def test_a_weekday_without_noise_has_rank_two() -> None:
    rows = QUIET.draw(0, RNG(0)).rows
    values = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False)
    assert values[1] > 0.1
    assert values[2] < 1e-9 * values[0]


def test_days_repeat_and_weekends_are_lower() -> None:
    week = [QUIET.draw(day, RNG(0)).rows for day in range(8)]
    for day in (1, 2, 3, 4, 7):
        assert week[day] == pytest.approx(week[0], abs=1e-9)
    drop = QUIET.weekend * ABILENE.routing @ QUIET.means
    for day in (5, 6):
        assert week[0] - week[day] == pytest.approx(np.tile(drop, (QUIET.bins, 1)), abs=1e-9)


def test_a_flow_peaks_at_fifteen_local_solar_time() -> None:
    times = np.arange(24 * 60) / (24 * 60)
    volumes = QUIET.volumes(times)
    for flow, (origin, _) in enumerate(ABILENE.flows):
        local = (24 * times[np.argmax(volumes[:, flow])] + ABILENE.cities[origin][1] / 15) % 24
        assert local == pytest.approx(15.0, abs=1 / 60)


def test_expected_loads_are_the_routed_volumes() -> None:
    growing = replace(QUIET, growth=0.02)
    times = 3 + np.arange(growing.bins) / growing.bins
    assert growing.draw(3, RNG(0)).rows == pytest.approx(
        growing.volumes(times) @ ABILENE.routing.T, abs=1e-9
    )


def test_mean_flow_is_the_unit_and_means_obey_gravity() -> None:
    assert WORLD.means.mean() == pytest.approx(1.0)
    flow = dict(zip(ABILENE.flows, WORLD.means, strict=True))
    # m_ab m_cd = m_ad m_cb, as only products of sizes can.
    for a, b, c, d in (
        ("Seattle", "Denver", "Chicago", "Atlanta"),
        ("Houston", "New York", "Denver", "Seattle"),
    ):
        assert flow[a, b] * flow[c, d] == pytest.approx(flow[a, d] * flow[c, b])


def test_noise_has_its_standard_deviation_and_flows_are_independent() -> None:
    small = replace(WORLD, noise=0.05, initial=70)
    residual = small.start(RNG(1)).rows - replace(small, noise=0.0).start(RNG(1)).rows
    expected = small.noise**2 * (ABILENE.routing * small.means**2) @ ABILENE.routing.T
    # 6,720 rows: a covariance is within 5 standard errors, each sqrt((s_ii s_jj + s_ij^2) / n).
    error = np.sqrt((np.outer(np.diag(expected), np.diag(expected)) + expected**2) / len(residual))
    assert (np.abs(np.cov(residual.T) - expected) < 5 * error).all()


def test_no_load_is_negative_however_loud_the_noise() -> None:
    assert (replace(WORLD, noise=5.0).start(RNG(0)).rows >= 0).all()


@given(st.integers(0, 50), st.integers(0, 2**32))
@settings(max_examples=100)
def test_same_generator_same_traffic_and_another_other(clock: int, seed: int) -> None:
    for draw in (WORLD.draw, WORLD.face):
        first = draw(clock, RNG(seed))
        assert np.array_equal(first.rows, draw(clock, RNG(seed)).rows)
        assert not np.array_equal(first.rows, draw(clock, RNG(seed + 1)).rows)


@given(st.floats(0.0, 1.0), st.integers(1, 50))
@settings(max_examples=100)
def test_the_flood_runs_in_its_share_of_the_faced_bins_and_nowhere_else(
    share: float, bins: int
) -> None:
    world = replace(WORLD, flooded=share, bins=bins, initial=1)
    assert int(world.face(0, RNG(0)).labels.sum()) == round(share * bins)
    assert not world.draw(0, RNG(0)).labels.any()
    assert not world.start(RNG(0)).labels.any()


def test_the_flood_is_added_to_the_links_of_its_flow() -> None:
    day = QUIET.face(0, RNG(0))
    calm = replace(QUIET, flood=0.0).face(0, RNG(0))
    assert day.labels.any()
    added = day.rows - calm.rows
    expected = np.outer(day.labels, QUIET.flood * QUIET.direction)
    assert added == pytest.approx(expected, abs=1e-12)
    assert set(np.flatnonzero(QUIET.direction)) == set(ABILENE.path(*QUIET.flow))


def test_the_reference_shows_every_bin_without_and_with_the_flood() -> None:
    reference = WORLD.reference()
    half = len(reference) // 2
    assert half == WORLD.initial * WORLD.bins
    assert reference.labels.tolist() == [False] * half + [True] * half
    added = reference.rows[half:] - reference.rows[:half]
    assert added == pytest.approx(np.tile(WORLD.flood * WORLD.direction, (half, 1)))
    assert not len(WORLD.aim(RNG(0)))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"bins": 0}, "bins must be at least 1, got 0"),
        ({"initial": 0}, "initial must be at least 1, got 0"),
        ({"flooded": 1.5}, r"flooded must be in \[0, 1\], got 1.5"),
        ({"noise": -0.1}, "noise must be finite and at least 0, got -0.1"),
        ({"growth": float("nan")}, "growth must be finite and at least 0, got nan"),
    ],
)
def test_bad_parameters_are_refused(parameters: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LinkTraffic(**parameters)  # type: ignore[arg-type]


def test_unknown_flow_lists_the_cities() -> None:
    with pytest.raises(LookupError, match=r"unknown flow .* two of Seattle, Sunnyvale"):
        LinkTraffic(flow=("Seattle", "Paris"))
