"""The special test set: false alarms and power."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from armsrace.theory import canaries


def test_a_hundred_canaries_against_a_fivefold_miss_rate() -> None:
    tolerated = canaries.tolerated_misses(100, miss_rate=0.02, false_alarm_rate=0.01)
    assert tolerated == 6
    false_alarm, power = canaries.alarm_probability(100, tolerated, [0.02, 0.10])
    assert float(false_alarm) == pytest.approx(0.0041, abs=5e-5)
    assert float(power) == pytest.approx(0.883, abs=5e-4)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 300), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_tolerance_is_the_smallest_that_keeps_the_rate(
    count: int, miss: float, rate: float
) -> None:
    tolerated = canaries.tolerated_misses(count, miss, rate)
    assert binom.sf(tolerated, count, miss) <= rate + 1e-12
    if tolerated:
        assert binom.sf(tolerated - 1, count, miss) > rate - 1e-12


def test_tolerating_every_miss_never_alarms() -> None:
    probabilities = canaries.alarm_probability(5, np.arange(4, 9), 1.0)
    assert probabilities.tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_bad_input_is_named_at_the_door() -> None:
    with pytest.raises(ValueError, match=r"miss_rate must be in \[0, 1\], got 1.2"):
        canaries.alarm_probability(10, 2, 1.2)
    with pytest.raises(ValueError, match="false_alarm_rate must be in"):
        canaries.tolerated_misses(10, 0.1, -1.0)
    with pytest.raises(ValueError, match="canaries must be a whole number"):
        canaries.tolerated_misses(-1, 0.1, 0.1)
