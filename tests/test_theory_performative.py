"""The linear race and the general bounds, against retraining and numeric minimization."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from armsrace.theory import performative

means = st.floats(-5.0, 5.0)
responses = st.floats(-0.45, 20.0)
examples = settings(max_examples=100, deadline=None)


def retrain(model: float, mean: float, response: float) -> float:
    """Minimize the loss on the data that the present model causes."""
    data_mean = mean - response * model
    result = minimize_scalar(lambda theta: -theta * data_mean + theta**2 / 2)
    return float(result.x)


@examples
@given(means, responses)
def test_points_are_what_they_are_called(mean: float, response: float) -> None:
    stable = float(performative.stable_point(mean, response))
    assert retrain(stable, mean, response) == pytest.approx(stable, rel=1e-6, abs=1e-6)
    committed = float(performative.committed_point(mean, response))
    least = minimize_scalar(lambda theta: float(performative.expected_loss(theta, mean, response)))
    assert committed == pytest.approx(float(least.x), rel=1e-5, abs=1e-6)


@examples
@given(st.floats(0.1, 5.0), responses)
def test_price_is_the_ratio_of_the_gains(mean: float, response: float) -> None:
    stable = performative.stable_point(mean, response)
    committed = performative.committed_point(mean, response)
    gains = [-float(performative.expected_loss(x, mean, response)) for x in (committed, stable)]
    price = float(performative.price_of_racing(response))
    assert gains[0] / gains[1] == pytest.approx(price, rel=1e-9)
    assert price >= 1.0
    assert gains[1] == pytest.approx(mean**2 / (2 * (1 + response) ** 2), rel=1e-9)


def test_the_golden_race() -> None:
    assert float(performative.stable_point(1.0, 0.5)) == pytest.approx(2 / 3)
    assert float(performative.committed_point(1.0, 0.5)) == 0.5
    assert float(performative.price_of_racing(0.5)) == pytest.approx(1.125)
    assert float(performative.price_of_racing(0.0)) == 1.0


@pytest.mark.parametrize("response", [0.5, 1.0, 1.5])
def test_full_retraining_converges_alternates_or_diverges(response: float) -> None:
    mean, initial = 1.0, 0.2
    models = [initial]
    for _ in range(12):
        models.append(retrain(models[-1], mean, response))
    expected = performative.retrained_model(initial, mean, response, np.arange(13))
    np.testing.assert_allclose(models, expected, rtol=1e-6, atol=1e-6)
    errors = np.array(models) - float(performative.stable_point(mean, response))
    np.testing.assert_allclose(errors[1:] / errors[:-1], -response, rtol=1e-3)


def test_lazy_retraining_converges_where_full_retraining_diverges() -> None:
    assert abs(float(performative.retraining_factor(3.0))) > 1.0
    assert float(performative.retraining_factor(3.0, step=0.2)) == pytest.approx(0.2)
    model = 1.0
    for _ in range(30):
        model -= 0.2 * (model - (0.7 - 3.0 * model))  # the gradient on the data of the last model
    assert model == pytest.approx(float(performative.stable_point(0.7, 3.0)), rel=1e-9)


def test_the_biased_coin() -> None:
    # Perdomo et al., example 2.2: squared loss, mu = 0.3, data that follow by epsilon = 0.2.
    # That loss is 1/4 plus twice the loss of the linear race with response -epsilon.
    stable = float(performative.stable_point(0.3, -0.2))
    committed = float(performative.committed_point(0.3, -0.2))
    assert (stable, committed) == pytest.approx((0.375, 0.5))
    losses = 0.25 + 2 * performative.expected_loss([stable, committed], 0.3, -0.2)
    np.testing.assert_allclose(losses, [0.109375, 0.1], rtol=1e-12)


@examples
@given(st.floats(0.1, 5.0), st.floats(-0.45, 5.0))
def test_general_bounds_contain_the_linear_race(mean: float, response: float) -> None:
    # There the loss is 1-smooth and 1-strongly convex, and Lipschitz in the data by |theta|.
    sensitivity = abs(response)
    factor = float(performative.contraction_factor(sensitivity, 1.0, 1.0))
    assert factor == pytest.approx(abs(float(performative.retraining_factor(response))), abs=1e-12)
    stable = float(performative.stable_point(mean, response))
    committed = float(performative.committed_point(mean, response))
    lipschitz = max(abs(stable), abs(committed))
    bound = float(performative.stability_gap_bound(sensitivity, lipschitz, 1.0))
    assert abs(stable - committed) <= bound + 1e-12


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (performative.stable_point, (1.0, -1.0), r"response must be in \(-1, inf\), got -1"),
        (performative.committed_point, (1.0, -0.5), r"response must be in \(-0.5, inf\)"),
        (performative.price_of_racing, (-0.7,), "response must be in"),
        (performative.retraining_factor, (0.5, 0.0), "step must be in"),
        (performative.retrained_model, (0.0, 1.0, 0.5, 1.5), "retrainings must be a whole number"),
        (performative.contraction_factor, (0.1, 1.0, 0.0), "convexity must be in"),
        (performative.stability_gap_bound, (-0.1, 1.0, 1.0), "sensitivity must be in"),
        (performative.expected_loss, (float("inf"), 1.0, 1.0), "model must be in"),
    ],
)
def test_bad_input_is_named_at_the_door(
    function: Callable[..., object], arguments: tuple[object, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        function(*arguments)
