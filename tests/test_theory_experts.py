"""Regret bounds, against Hedge as it runs."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.theory import experts

Adversary = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def hit_the_heaviest(mixture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.where(mixture == mixture.max(), 1.0, 0.0)


def fair_coins(mixture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 2, mixture.size).astype(float)


def hit_whom_it_trusts_at_random(mixture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (rng.random(mixture.size) < mixture * mixture.size / 2).astype(float)


def hedge_regrets(
    count: int, rates: np.ndarray, adversary: Adversary, rng: np.random.Generator
) -> np.ndarray:
    """Regret after each round, shape (rounds,)."""
    losses, own, regrets = np.zeros(count), 0.0, []
    for rate in rates:
        mixture = np.exp(-rate * (losses - losses.min()))
        mixture /= mixture.sum()
        loss = adversary(mixture, rng)
        own += mixture @ loss
        losses += loss
        regrets.append(own - losses.min())
    return np.array(regrets)


@pytest.mark.parametrize("adversary", [hit_the_heaviest, fair_coins, hit_whom_it_trusts_at_random])
@pytest.mark.parametrize("count", [2, 10, 50])
def test_hedge_keeps_its_bounds(count: int, adversary: Adversary) -> None:
    rng = np.random.default_rng(3)
    rounds = np.arange(1, 1001)
    for horizon in (1, 30, 1000):
        rates = np.full(horizon, experts.hedge_rate(count, horizon))
        regrets = hedge_regrets(count, rates, adversary, rng)
        assert regrets[-1] <= experts.hedge_regret_bound(count, horizon)
    regrets = hedge_regrets(count, experts.hedge_rate(count, rounds), adversary, rng)
    assert np.all(regrets <= experts.anytime_regret_bound(count, rounds))


def test_the_bound_is_nearly_met_by_fair_coins() -> None:
    # For many experts and rounds no learner does better than sqrt(T ln N / 2) on fair coins.
    count, rounds = 1000, 2000
    rng = np.random.default_rng(4)
    rates = np.full(rounds, experts.hedge_rate(count, rounds))
    regret = hedge_regrets(count, rates, fair_coins, rng)[-1]
    assert 0.7 < regret / float(experts.hedge_regret_bound(count, rounds)) <= 1.0


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 8), st.integers(1, 8), st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_two_hedge_players_come_as_close_to_minimax_as_stated(
    rows: int, columns: int, rounds: int, seed: int
) -> None:
    losses = np.random.default_rng(seed).random((rows, columns))
    totals, gains = np.zeros(rows), np.zeros(columns)
    average_row, average_column = np.zeros(rows), np.zeros(columns)
    for _ in range(rounds):
        row = np.exp(-experts.hedge_rate(rows, rounds) * (totals - totals.min()))
        column = np.exp(experts.hedge_rate(columns, rounds) * (gains - gains.max()))
        row, column = row / row.sum(), column / column.sum()
        totals, gains = totals + losses @ column, gains + row @ losses
        average_row, average_column = average_row + row / rounds, average_column + column / rounds
    gap = (average_row @ losses).max() - (losses @ average_column).min()
    assert gap <= float(experts.duality_gap_bound(rows, columns, rounds)) + 1e-12


@settings(max_examples=100, deadline=None)
@given(st.floats(1e-6, 1.0))
def test_at_the_kearns_li_rate_both_labels_of_the_rare_point_are_equally_frequent(
    error: float,
) -> None:
    rate = float(experts.kearns_li_rate(error))
    honest, malicious = (1 - rate) * error, rate
    assert honest == pytest.approx(malicious, rel=1e-12)
    assert float(experts.kearns_li_error(rate)) == pytest.approx(error, rel=1e-12)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (experts.hedge_rate, (0, 5), "experts must be"),
        (experts.hedge_rate, (3, 0), "rounds must be"),
        (experts.hedge_regret_bound, (3, -1), "rounds must be"),
        (experts.duality_gap_bound, (3, 3, 0), "rounds must be"),
        (experts.kearns_li_rate, (1.5,), r"error must be in \[0, 1\], got 1.5"),
        (experts.kearns_li_error, (0.6,), r"rate must be in \[0, 0.5\], got 0.6"),
    ],
)
def test_bad_input_is_named_at_the_door(
    function: Callable[..., object], arguments: tuple[object, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        function(*arguments)
