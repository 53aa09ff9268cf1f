"""Concentration radii: values by hand, limits, and how often they hold."""

import numpy as np
import pytest

from armsrace.theory.concentration import empirical_bernstein_radius, weissman_radius


def test_values_by_hand() -> None:
    assert weissman_radius(50, 3, 0.1) == pytest.approx(np.sqrt(2 / 50 * np.log(6 / 0.1)))
    wanted = np.sqrt(2 * 0.2 * np.log(80) / 40) + 7 * 3 * np.log(80) / (3 * 39)
    assert empirical_bernstein_radius(40, 0.2, 3.0, 0.05) == pytest.approx(wanted)


def test_without_draws_nothing_is_excluded() -> None:
    assert weissman_radius([0, 1], 9, 0.05).tolist() == [2.0, 2.0]
    assert empirical_bernstein_radius([0, 1], 0.0, 1.0, 0.05).tolist() == [np.inf, np.inf]


def test_a_single_outcome_is_certain() -> None:
    assert weissman_radius([0, 5], 1, 0.05).tolist() == [0.0, 0.0]


def test_many_outcomes_do_not_overflow() -> None:
    assert 0 < float(weissman_radius(10**9, 5000, 0.05)) < 0.01


@pytest.mark.parametrize("draws", [20, 400])
def test_radii_hold_at_least_as_often_as_they_say(draws: int) -> None:
    rng = np.random.default_rng(draws)
    truth = np.array([0.6, 0.3, 0.1])
    found = rng.multinomial(draws, truth, size=2000) / draws
    far = np.abs(found - truth).sum(axis=1) > weissman_radius(draws, 3, 0.2)
    assert far.mean() <= 0.2
    samples = rng.choice([0.0, 1.0, 4.0], p=truth, size=(2000, draws))
    radius = empirical_bernstein_radius(draws, samples.var(axis=1, ddof=1), 4.0, 0.2)
    assert (np.abs(samples.mean(axis=1) - truth @ [0.0, 1.0, 4.0]) > radius).mean() <= 0.2


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="draws must be"):
        weissman_radius(-1, 3, 0.1)
    with pytest.raises(ValueError, match=r"failure must be in \(0, 1\), got 1"):
        weissman_radius(1, 3, 1.0)
    with pytest.raises(ValueError, match="variance must be"):
        empirical_bernstein_radius(3, -0.1, 1.0, 0.1)
