"""Concentration radii: values by hand, limits, and how often they hold."""

import numpy as np
import pytest

from armsrace.theory.concentration import (
    anytime_interval,
    empirical_bernstein_radius,
    weissman_radius,
)


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


def test_anytime_interval_by_hand() -> None:
    """Two draws: the first is bet on blindly, the second by what the first one was."""
    log = np.log(2 / 0.5)
    bets = np.minimum(np.sqrt(2 * log / (np.array([0.25, 0.15625]) * [1, 2] * np.log([2, 3]))), 0.9)
    price = np.array([0.5, 0.25]) ** 2 * (-np.log(1 - bets) - bets)
    wanted = bets[0] / bets.sum() + np.array([-1, 1]) * (log + price.sum()) / bets.sum()
    found = anytime_interval([3.0, 1.0], (1.0, 3.0), 0.5)
    np.testing.assert_allclose(found, 1.0 + 2.0 * np.clip(wanted, 0.0, 1.0))


def test_anytime_interval_holds_for_who_stops_at_the_worst_draw() -> None:
    """Of 200 paths of 300 draws, at most 20 % leave the interval at any time."""
    rng = np.random.default_rng(5)
    paths = rng.choice([0.0, 1.0, 4.0], p=[0.6, 0.3, 0.1], size=(200, 300))
    missed = 0
    for path in paths:
        stops = (anytime_interval(path[:n], (0.0, 4.0), 0.2) for n in range(1, 301, 13))
        missed += any(not low <= 0.7 <= high for low, high in stops)
    assert missed <= 40


def test_the_product_behind_the_interval_is_a_supermartingale() -> None:
    """Each factor is expected to be 1 at most: draws of 0 or 1, the extreme laws of any mean."""
    mean, guess, bet = np.meshgrid(
        np.linspace(0.0, 1.0, 21), np.linspace(0.0, 1.0, 21), np.linspace(0.0, 0.999, 41)
    )
    price = -np.log1p(-bet) - bet
    one, none = (np.exp(bet * (x - mean) - price * (x - guess) ** 2) for x in (1.0, 0.0))
    assert (mean * one + (1.0 - mean) * none).max() <= 1.0 + 1e-12
    # And the inequality that makes it so for all draws, not for these alone.
    xi, bets = np.meshgrid(np.linspace(-1.0, 1.0, 201), np.linspace(0.0, 0.999, 201))
    gap = 1.0 + bets * xi - np.exp(bets * xi - (-np.log1p(-bets) - bets) * xi**2)
    assert gap.min() >= -1e-12


def test_anytime_interval_without_draws_is_the_range() -> None:
    assert anytime_interval([], (-1.0, 2.0), 0.1) == (-1.0, 2.0)
    assert anytime_interval([2.0, 2.0], (2.0, 2.0), 0.1) == (2.0, 2.0)


def test_bad_input() -> None:
    with pytest.raises(ValueError, match=r"draws must be a list of numbers in \[0, 1\]"):
        anytime_interval([0.5, 1.5], (0.0, 1.0), 0.1)
    with pytest.raises(ValueError, match=r"failure must be in \(0, 1\), got 0"):
        anytime_interval([0.5], (0.0, 1.0), 0.0)
    with pytest.raises(ValueError, match="draws must be"):
        weissman_radius(-1, 3, 0.1)
    with pytest.raises(ValueError, match=r"failure must be in \(0, 1\), got 1"):
        weissman_radius(1, 3, 1.0)
    with pytest.raises(ValueError, match="variance must be"):
        empirical_bernstein_radius(3, -0.1, 1.0, 0.1)
