"""Drift: honest rows move at a constant velocity, and nothing else does."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.worlds import Drift, Pool

RNG = np.random.default_rng
POOL = Pool.split(
    RNG(0).normal(size=(100, 2)),
    np.arange(100) % 2,
    initial=10,
    per_round=10,
    faced=10,
    target_label=False,
)
VELOCITY = np.array([0.5, -0.25])


@given(st.integers(0, 100), st.integers(0, 2**32))
@settings(max_examples=100)
def test_honest_rows_have_moved_by_clock_times_velocity(clock: int, seed: int) -> None:
    moving = Drift(POOL, VELOCITY)
    for name in ("draw", "face"):
        before = getattr(POOL, name)(clock, RNG(seed))
        after = getattr(moving, name)(clock, RNG(seed))
        moved = after.rows - before.rows
        assert moved[~before.labels] == pytest.approx(
            np.tile(clock * VELOCITY, (int((~before.labels).sum()), 1)), abs=1e-12
        )
        assert not moved[before.labels].any()
        assert after.labels.tolist() == before.labels.tolist()


def test_what_was_before_the_first_round_does_not_move() -> None:
    moving = Drift(POOL, VELOCITY)
    assert moving.start(RNG(1)).rows.tolist() == POOL.start(RNG(1)).rows.tolist()
    assert moving.aim(RNG(1)).rows.tolist() == POOL.aim(RNG(1)).rows.tolist()
    assert moving.reference() is POOL.reference()


def test_a_world_may_drift_twice() -> None:
    twice, once = Drift(Drift(POOL, VELOCITY), VELOCITY), Drift(POOL, 2 * VELOCITY)
    assert twice.draw(4, RNG(1)).rows == pytest.approx(once.draw(4, RNG(1)).rows)


@pytest.mark.parametrize(
    ("velocity", "says"),
    [
        ([1.0], r"velocity must have shape \(2,\), got \(1,\)"),
        ([[1.0, 2.0]], r"velocity must have shape \(2,\), got \(1, 2\)"),
        ([1.0, np.nan], "velocity must be finite, got NaN or infinity"),
    ],
)
def test_velocity_must_fit_the_rows(velocity: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Drift(POOL, np.array(velocity))
