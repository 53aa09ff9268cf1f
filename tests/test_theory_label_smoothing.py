"""Certificates against flipped labels, against every vector of noisy labels."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.theory import label_smoothing

# (noise, probability, closed form, exact).
TABLE = [
    (0.1, 0.99, 0.918, 1),
    (0.25, 0.99, 2.94, 5),
    (0.4, 0.9, 6.30, 10),
    (0.4, 0.99, 19.9, 33),
    (0.45, 0.999, 137.6, 238),
]


def worst_by_enumeration(probability: float, noise: float, flips: int) -> float:
    """Fill the label vectors in the order of their likelihood ratio, one by one."""
    vectors = np.array(list(product([0, 1], repeat=flips))).reshape(2**flips, flips)
    wrong = vectors.sum(axis=1)
    clean = noise**wrong * (1 - noise) ** (flips - wrong)
    attacked = (1 - noise) ** wrong * noise ** (flips - wrong)
    left, worst = probability, 0.0
    for i in np.argsort(attacked / clean, kind="stable"):
        share = min(1.0, left / clean[i])
        worst += share * attacked[i]
        left -= share * clean[i]
    return worst


@pytest.mark.parametrize(("noise", "probability", "bound", "exact"), TABLE)
def test_table(noise: float, probability: float, bound: float, exact: int) -> None:
    value = float(label_smoothing.flip_bound(probability, noise))
    assert value == pytest.approx(bound, rel=2e-3)
    assert label_smoothing.certified_flips(probability, noise) == exact


@settings(max_examples=100, deadline=None)
@given(st.floats(0.5, 0.9999), st.floats(0.02, 0.48), st.integers(0, 8))
def test_worst_probability_is_that_of_the_enumeration(
    probability: float, noise: float, flips: int
) -> None:
    value = label_smoothing.worst_probability(probability, noise, flips)
    assert value == pytest.approx(worst_by_enumeration(probability, noise, flips), abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.floats(0.5001, 0.99999), st.floats(0.02, 0.48))
def test_exact_certificate_contains_the_closed_form(probability: float, noise: float) -> None:
    exact = label_smoothing.certified_flips(probability, noise)
    assert exact >= np.floor(float(label_smoothing.flip_bound(probability, noise)) - 1e-9)
    assert label_smoothing.worst_probability(probability, noise, exact) > 0.5
    assert label_smoothing.worst_probability(probability, noise, exact + 1) <= 0.5


def test_a_tie_certifies_nothing() -> None:
    assert float(label_smoothing.flip_bound(0.5, 0.3)) == 0.0
    assert label_smoothing.certified_flips(0.5, 0.3) == 0


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (label_smoothing.flip_bound, (0.4, 0.1), r"probability must be in \[0.5, 1\), got 0.4"),
        (label_smoothing.flip_bound, (0.9, 0.5), "noise must be in"),
        (label_smoothing.worst_probability, (0.9, 0.1, -1), "flips must be a whole number"),
        (label_smoothing.certified_flips, (1.0, 0.1), "probability must be in"),
        (label_smoothing.certified_flips, (0.9, 0.0), "noise must be in"),
    ],
)
def test_bad_input_is_named_at_the_door(
    function: Callable[..., object], arguments: tuple[object, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        function(*arguments)
