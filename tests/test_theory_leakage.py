"""Privacy against poisoning, and what channels leak, against exhaustive attacks and extremes."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.theory import leakage


def exponential_mechanism(items: int, privacy: float) -> tuple[np.ndarray, np.ndarray]:
    """Noisy counts of ones: data sets, shape (2^n, n), and their channel, (2^n, n + 1)."""
    data = np.array(list(product([0, 1], repeat=items)))
    scores = -np.abs(np.arange(items + 1) - data.sum(axis=1, keepdims=True))
    weights = np.exp(privacy * scores / 2)
    return data, weights / weights.sum(axis=1, keepdims=True)


def random_channel(rng: np.random.Generator, secrets: int, answers: int) -> np.ndarray:
    return rng.dirichlet(np.full(answers, 0.5), secrets)


@pytest.mark.parametrize("privacy", [0.1, 0.5, 2.0])
def test_no_modification_of_k_items_beats_the_bound(privacy: float) -> None:
    data, channel = exponential_mechanism(5, privacy)
    rng = np.random.default_rng(1)
    distances = np.abs(data[:, None] - data).sum(axis=2)
    for _ in range(20):
        cost = rng.exponential(size=6)
        expected = channel @ cost
        for k in range(1, 6):
            after = np.where(distances <= k, expected, np.inf).min(axis=1)
            assert np.all(after >= leakage.poisoned_cost_bound(expected, privacy, k))
            negative = np.where(distances <= k, -expected, np.inf).min(axis=1)
            assert np.all(negative >= leakage.poisoned_cost_bound(-expected, privacy, k))


@pytest.mark.parametrize("privacy", [0.1, 1.0])
def test_randomized_response_meets_the_bound(privacy: float) -> None:
    truth = np.exp(privacy) / (1 + np.exp(privacy))
    bound = float(leakage.poisoned_cost_bound(truth, privacy, 1))
    assert bound == pytest.approx(1 - truth, rel=1e-12)


@settings(max_examples=100, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(0.01, 3.0), st.floats(0.0, 0.2), st.integers(0, 30))
def test_approximate_bound_is_the_single_item_bound_again_and_again(
    cost: float, privacy: float, slack: float, modified: int
) -> None:
    again = cost
    for _ in range(modified):
        again = np.exp(-privacy) * (again - slack)  # the definition, for costs in [0, 1]
    bound = float(leakage.approximate_poisoned_cost_bound(cost, 1.0, privacy, slack, modified))
    assert bound == pytest.approx(max(again, 0.0), abs=1e-12)
    if slack == 0.0:
        pure = float(leakage.poisoned_cost_bound(cost, privacy, modified))
        assert bound == pytest.approx(pure, rel=1e-12)


@settings(max_examples=100, deadline=None)
@given(st.floats(1.0, 1e6), st.floats(0.01, 5.0))
def test_required_items_are_just_enough(factor: float, privacy: float) -> None:
    items = int(leakage.required_items(factor, privacy))
    assert float(leakage.poisoned_cost_bound(factor, privacy, items)) <= 1.0 + 1e-9
    if items:
        assert float(leakage.poisoned_cost_bound(factor, privacy, items - 1)) > 1.0 - 1e-9


def test_capacity_bounds_every_gain_and_prior_and_the_uniform_prior_attains_it() -> None:
    rng = np.random.default_rng(2)
    for _ in range(500):
        secrets, answers, guesses = rng.integers(1, 7, 3)
        channel = random_channel(rng, secrets, answers)
        capacity = leakage.capacity(channel)
        prior = rng.dirichlet(np.ones(secrets))
        gain = rng.exponential(size=(guesses, secrets))
        assert leakage.leakage(channel, prior, gain) <= capacity + 1e-9
        uniform = np.full(secrets, 1 / secrets)
        attained = leakage.leakage(channel, uniform, np.eye(secrets))
        assert attained == pytest.approx(capacity, abs=1e-12)


@pytest.mark.parametrize(("values", "privacy"), [(2, 0.1), (3, 1.0), (4, 5.0)])
def test_randomized_response_attains_the_private_capacity(values: int, privacy: float) -> None:
    single = np.ones((values, values)) + (np.exp(privacy) - 1) * np.eye(values)
    single /= single.sum(axis=1, keepdims=True)
    channel = np.ones((1, 1))
    for individuals in (1, 2, 3):
        channel = np.kron(channel, single)
        bound = float(leakage.private_capacity_bound(individuals, values, privacy))
        assert leakage.capacity(channel) == pytest.approx(bound, rel=1e-12)


@pytest.mark.parametrize("privacy", [0.1, 1.0, 4.0])
def test_private_counts_leak_no_more_than_the_bound(privacy: float) -> None:
    _, channel = exponential_mechanism(6, privacy)
    assert leakage.capacity(channel) <= float(leakage.private_capacity_bound(6, 2, privacy))


def test_without_privacy_everything_can_leak() -> None:
    assert float(leakage.private_capacity_bound(5, 4, 800.0)) == pytest.approx(10.0)
    assert float(leakage.private_capacity_bound(5, 4, 0.0)) == 0.0


@pytest.mark.parametrize(("queries", "bits"), [(1, 1.0), (2, 1.585), (3, 2.0), (4, 2.322)])
def test_labels_of_a_threshold_leak_as_stated(queries: int, bits: float) -> None:
    # 17 thresholds, of log2(17) = 4.087 bits, queried at evenly spaced points.
    points = np.linspace(0, 17, queries + 2)[1:-1]
    labels = (np.arange(17)[:, None] < points).astype(int)
    answers, index = np.unique(labels, axis=0, return_inverse=True)
    channel = np.eye(len(answers))[index.ravel()]
    assert leakage.capacity(channel) == pytest.approx(bits, abs=5e-4)
    assert float(leakage.threshold_query_leakage(queries)) == pytest.approx(bits, abs=5e-4)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (leakage.poisoned_cost_bound, (1.0, -0.1, 2), "privacy must be in"),
        (leakage.poisoned_cost_bound, (1.0, 0.1, 2.5), "modified must be a whole number"),
        (leakage.approximate_poisoned_cost_bound, (2.0, 1.0, 0.1, 0.0, 1), "must not exceed"),
        (leakage.approximate_poisoned_cost_bound, (0.5, 1.0, 0.0, 0.0, 1), "privacy must be in"),
        (leakage.required_items, (0.5, 0.1), "factor must be in"),
        (leakage.capacity, ([[0.5, 0.6]],), "channel must sum to 1 along the last axis, got 1.1"),
        (leakage.capacity, ([0.5, 0.5],), "channel must have shape"),
        (leakage.leakage, ([[1.0]], [0.5, 0.5], [[1.0]]), r"prior must have shape \(1,\)"),
        (leakage.leakage, ([[1.0]], [1.0], [1.0]), r"gain must have shape \(guesses, 1\)"),
        (leakage.leakage, ([[1.0]], [1.0], [[0.0]]), "gain must be positive"),
        (leakage.private_capacity_bound, (1, 0, 1.0), "values must be"),
        (leakage.threshold_query_leakage, (-1,), "queries must be"),
    ],
)
def test_bad_input_is_named_at_the_door(
    function: Callable[..., object], arguments: tuple[object, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        function(*arguments)
