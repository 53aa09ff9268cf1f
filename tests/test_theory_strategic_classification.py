"""Strategic classification on one number, against utilities computed one by one."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.theory import strategic_classification as strategic

numbers = st.floats(-3.0, 3.0)
positive = st.floats(0.1, 3.0)


@settings(max_examples=200)
@given(numbers, numbers, positive, positive)
def test_the_reply_earns_most(score: float, threshold: float, gain: float, cost: float) -> None:
    def earned(moved: float) -> float:
        return gain * (moved >= threshold) - cost * max(0.0, moved - score)

    reply = float(strategic.best_reply(score, threshold, gain, cost))
    candidates = [score, threshold, *np.linspace(-4.0, 4.0, 41)]
    assert earned(reply) >= max(earned(float(x)) for x in candidates) - 1e-9


@settings(max_examples=100)
@given(numbers, positive, positive)
def test_the_shifted_threshold_is_passed_by_exactly_those_wanted(
    wanted: float, gain: float, cost: float
) -> None:
    """Scores away from the threshold by more than rounding."""
    scores = np.linspace(-10.0, 10.0, 401)
    scores = scores[np.abs(scores - wanted) > 1e-9]
    published = strategic.shifted_threshold(wanted, gain, cost)
    passed = strategic.best_reply(scores, published, gain, cost) >= published
    np.testing.assert_array_equal(passed, scores >= wanted)


def test_the_published_check() -> None:
    """Standard normal scores, k = 2: .808 at the naive threshold, 1 at the shifted one."""
    naive = float(strategic.naive_accuracy(0.0, gain=1.0, unit_cost=2.0))
    assert naive == pytest.approx(0.808, abs=1e-3)
    scores = np.random.default_rng(0).normal(size=200_000)
    for threshold, accuracy in ((0.0, naive), (0.5, 1.0)):
        passed = strategic.best_reply(scores, threshold, 1.0, 2.0) >= threshold
        assert (passed == (scores >= 0.0)).mean() == pytest.approx(accuracy, abs=4e-3)


@pytest.mark.parametrize(
    ("function", "arguments", "says"),
    [
        (strategic.shifted_threshold, (0.0, -1.0, 1.0), "gain must be in"),
        (strategic.reachable_distance, (1.0, 0.0), "unit_cost must be in"),
        (strategic.best_reply, (np.nan, 0.0, 1.0, 1.0), "scores must be in"),
        (strategic.naive_accuracy, (np.inf, 1.0, 1.0), "wanted must be in"),
    ],
)
def test_bad_input_is_named_at_the_door(
    function: Callable[..., object], arguments: tuple[float, ...], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        function(*arguments)
