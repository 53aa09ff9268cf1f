"""Randomized decisions: each row by a threshold of its own."""

import numpy as np
import pytest

from armsrace.defenses import MixedThreshold
from armsrace.verdicts import Verdicts

RNG = np.random.default_rng


def decided(part: MixedThreshold, scores: list[float], seed: int = 0) -> Verdicts:
    given = Verdicts(np.array(scores), np.zeros(len(scores), dtype=np.int8))
    return part.classify(None, np.zeros((len(scores), 1)), given, RNG(seed))


def test_outside_the_interval_nothing_is_random() -> None:
    for seed in range(20):
        verdicts = decided(MixedThreshold(0.2, 0.8), [0.1, 0.2, 0.81, 5.0], seed)
        assert verdicts.decisions.tolist() == [0, 0, 1, 1]
        assert verdicts.scores.tolist() == [0.1, 0.2, 0.81, 5.0]


def test_within_the_interval_the_odds_are_the_place() -> None:
    """At a quarter of the interval, a quarter is blocked; 5 standard errors of 20,000 draws."""
    blocked = decided(MixedThreshold(0.0, 4.0), [1.0] * 20_000).decisions.mean()
    assert abs(blocked - 0.25) <= 5 * np.sqrt(0.25 * 0.75 / 20_000)


def test_an_interval_of_one_point_is_a_threshold() -> None:
    assert decided(MixedThreshold(0.5, 0.5), [0.5, 0.5001]).decisions.tolist() == [0, 1]


@pytest.mark.parametrize(("low", "high"), [(0.8, 0.2), (float("nan"), 0.5)])
def test_interval_must_be_in_order(low: float, high: float) -> None:
    with pytest.raises(ValueError, match=f"low must not exceed high, got {low} and {high}"):
        MixedThreshold(low, high)
