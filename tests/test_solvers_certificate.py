from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from armsrace.forms import NormalForm
from armsrace.solvers import certificate

SHAPES = [(2, 2), (3, 4), (1, 5), (2, 3, 2), (2, 2, 2, 3)]


def random_game(
    seed: int, shape: tuple[int, ...]
) -> tuple[NormalForm, list[np.ndarray], np.random.Generator]:
    rng = np.random.default_rng(seed)
    form = NormalForm(rng.normal(size=(len(shape), *shape)))
    return form, [rng.dirichlet(np.ones(m)) for m in shape], rng


def summed(form: NormalForm, strategies: list[np.ndarray], role: int) -> float:
    """The expected payoff, profile by profile."""
    total = 0.0
    for profile in product(*map(range, form.shape)):
        chances = [float(s[a]) for s, a in zip(strategies, profile, strict=True)]
        total += prod(chances) * float(form.payoffs[(role, *profile)])
    return total


@settings(max_examples=100)
@given(st.integers(0, 10**9), st.sampled_from(SHAPES))
def test_certificate_agrees_with_the_sum_over_profiles(seed: int, shape: tuple[int, ...]) -> None:
    form, strategies, _ = random_game(seed, shape)
    for role, m in enumerate(shape):
        deviations = []
        for action in range(m):
            deviating = [*strategies]
            deviating[role] = np.eye(m)[action]
            deviations.append(summed(form, deviating, role))
        earned = summed(form, strategies, role)
        found = certificate.deviation_payoffs(form, strategies)[role]
        np.testing.assert_allclose(found, deviations, atol=1e-12)
        assert certificate.expected_payoffs(form, strategies)[role] == pytest.approx(earned)
        regret = certificate.regrets(form, strategies)[role]
        assert regret == pytest.approx(max(deviations) - earned, abs=1e-12)


@settings(max_examples=200)
@given(st.integers(0, 10**9), st.sampled_from(SHAPES), st.floats(0.0, 2.0))
def test_regret_moves_by_twice_the_error_of_the_payoffs(
    seed: int, shape: tuple[int, ...], error: float
) -> None:
    form, strategies, rng = random_game(seed, shape)
    other = NormalForm(form.payoffs + rng.uniform(-error, error, form.payoffs.shape))
    change = certificate.regrets(other, strategies) - certificate.regrets(form, strategies)
    assert np.abs(change).max() <= 2 * error + 1e-12


def test_payoff_interval_is_students() -> None:
    samples = np.random.default_rng(3).normal(size=(12, 2, 2, 3))
    form = NormalForm.from_samples(samples)
    x, y = np.array([0.25, 0.75]), np.array([0.5, 0.2, 0.3])
    replicates = [x @ replicate[1] @ y for replicate in samples]
    expected = stats.ttest_1samp(replicates, 0.0).confidence_interval(0.95)
    found = certificate.payoff_interval(form, [x, y], "adversary")
    assert found == pytest.approx((expected.low, expected.high))


def test_exact_payoffs_are_not_in_doubt() -> None:
    form = NormalForm.zero_sum([[3.0]])
    assert certificate.payoff_interval(form, [np.ones(1), np.ones(1)], "adversary") == (-3.0, -3.0)
    assert certificate.simultaneous_error(form) == 0.0


def test_one_replicate_leaves_everything_in_doubt() -> None:
    form = NormalForm.from_samples(np.zeros((1, 2, 1, 1)))
    strategies = [np.ones(1), np.ones(1)]
    assert certificate.payoff_interval(form, strategies, "learner") == (-np.inf, np.inf)
    assert certificate.simultaneous_error(form) == np.inf


def test_intervals_hold_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    truth = rng.normal(size=(2, 2, 3))
    exact = NormalForm(truth)
    strategies = [np.array([0.5, 0.5]), np.array([0.2, 0.3, 0.5])]
    value = certificate.expected_payoffs(exact, strategies)[0]
    covered = within = 0
    for _ in range(1000):
        form = NormalForm.from_samples(truth + rng.normal(size=(8, *truth.shape)))
        low, high = certificate.payoff_interval(form, strategies, "learner")
        covered += low <= value <= high
        error = certificate.simultaneous_error(form)
        within += bool(np.abs(form.payoffs - truth).max() <= error)
    assert 930 <= covered <= 970  # binomial(1000, 0.95): 950 with standard deviation 7
    assert within >= 930


@settings(max_examples=100)
@given(st.integers(0, 10**9), st.sampled_from(["learner", "adversary"]))
def test_no_commitment_beats_the_bound_whatever_the_multipliers(seed: int, leader: str) -> None:
    form, strategies, rng = random_game(seed, (3, 4))
    index = form.role_index(leader)
    n = form.shape[1 - index]
    multipliers = rng.exponential(size=(n, n)) * (rng.random((n, n)) < 0.5)
    bound = certificate.commitment_bound(form, leader, multipliers)
    replies = certificate.deviation_payoffs(form, strategies)[1 - index]
    strategies[1 - index] = np.eye(n)[replies.argmax()]
    assert certificate.expected_payoffs(form, strategies)[index] <= bound + 1e-12


def test_multipliers_must_not_be_negative() -> None:
    with pytest.raises(ValueError, match="multipliers must not be negative, got -1"):
        certificate.commitment_bound(NormalForm.zero_sum([[0]]), "learner", -np.ones((1, 1)))
