"""The closed forms of descent in a box are optimal; slopes are those of the scores."""

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.attacks.evade.descent import cheapest_descent, steepest_descent
from armsrace.attacks.evade.slopes import Slope, smooth_scores

RNG = np.random.default_rng
SEEDS = st.integers(0, 2**32 - 1)


def problem(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows in a box, of which some sides are open, and weights, of which some are zero."""
    rng = RNG(seed)
    width = int(rng.integers(1, 9))
    rows = rng.normal(size=(4, width))
    weights = rng.normal(size=width) * rng.choice([0, 1, 1, 1], size=width)
    low = rows - np.where(rng.random(rows.shape) < 0.2, np.inf, rng.exponential(size=rows.shape))
    high = rows + np.where(rng.random(rows.shape) < 0.2, np.inf, rng.exponential(size=rows.shape))
    return rows, weights, low, high


def linear_program(
    row: Any, weights: Any, low: Any, high: Any, *, budget: float, order: int
) -> float:
    """The lowest score within the budget, by a general solver."""
    cp: Any = import_module("cvxpy")
    move = cp.Variable(len(row))
    sides = [move[i] >= low[i] - row[i] for i in range(len(row)) if np.isfinite(low[i])]
    sides += [move[i] <= high[i] - row[i] for i in range(len(row)) if np.isfinite(high[i])]
    task = cp.Problem(cp.Minimize(weights @ move), [cp.norm(move, order) <= budget, *sides])
    task.solve(solver=cp.CLARABEL)
    return float(task.value)


@pytest.mark.parametrize("order", [1, 2])
@given(seed=SEEDS, budget=st.floats(0.01, 5))
@settings(max_examples=25, deadline=None)
def test_steepest_descent_is_the_optimum(order: int, seed: int, budget: float) -> None:
    rows, weights, low, high = problem(seed)
    moved = steepest_descent(rows, weights, np.full(4, budget), low, high, order=order)
    best = linear_program(rows[0], weights, low[0], high[0], budget=budget, order=order)
    assert float(weights @ (moved[0] - rows[0])) == pytest.approx(best, abs=1e-6)
    assert (np.linalg.norm(moved - rows, ord=order, axis=1) <= budget * (1 + 1e-9)).all()
    assert ((low <= moved) & (moved <= high)).all()


@pytest.mark.parametrize("order", [1, 2])
@given(seed=SEEDS, budget=st.floats(0.01, 5))
@settings(max_examples=200, deadline=None)
def test_cheapest_descent_undoes_steepest_descent(order: int, seed: int, budget: float) -> None:
    """What a cost buys at the most, costs at least that: one answer to both questions."""
    rows, weights, low, high = problem(seed)
    lowest = steepest_descent(rows, weights, np.full(4, budget), low, high, order=order)
    descent = (rows - lowest) @ weights
    again = cheapest_descent(rows, weights, descent, low, high, order=order)
    assert (rows - again) @ weights == pytest.approx(descent, abs=1e-9)
    cost, spent = (np.linalg.norm(x - rows, ord=order, axis=1) for x in (again, lowest))
    assert (cost <= spent + 1e-7).all()


@pytest.mark.parametrize("order", [1, 2])
def test_descent_goes_as_far_as_the_box_allows(order: int) -> None:
    rows, low = np.array([[1.0, 1.0, 7.0]]), np.zeros((1, 3))
    weights, far = np.array([1.0, 2.0, 0.0]), np.array([100.0])
    for descend in (cheapest_descent, steepest_descent):
        moved = descend(rows, weights, far, low, low + 9.0, order=order)
        assert moved.tolist() == [[0.0, 0.0, 7.0]]


def test_order_of_the_norm_must_be_supported() -> None:
    box = np.zeros((1, 1))
    with pytest.raises(ValueError, match="order must be 1 or 2, got 3"):
        steepest_descent(box, box[0], box[0], box, box, order=3)


def clouds() -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(120) % 2
    return RNG(0).normal(size=(120, 4)) + 1.5 * labels[:, None], labels


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_gradients_agree_with_central_differences(kernel: str) -> None:
    from sklearn.svm import SVC

    rows, labels = clouds()
    model = SVC(kernel=kernel, gamma=0.3).fit(rows, labels)
    gradient = Slope.of(model, rows).gradient(rows)
    step = 1e-6 * np.eye(4)
    for column in range(4):
        ahead, behind = (model.decision_function(rows + s * step[column]) for s in (1, -1))
        assert gradient[:, column] == pytest.approx((ahead - behind) / 2e-6, abs=1e-6)


def test_affine_scores_are_recognized_whoever_makes_them() -> None:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.linear_model import LogisticRegression, RidgeClassifier
    from sklearn.naive_bayes import GaussianNB
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC, LinearSVC
    from sklearn.tree import DecisionTreeClassifier

    rows, labels = clouds()
    scaled = make_pipeline(StandardScaler(), LogisticRegression())
    for model in (LogisticRegression(), LinearSVC(), RidgeClassifier(), scaled):
        assert Slope.of(model.fit(rows, labels), rows).weights is not None
    assert Slope.of(LinearDiscriminantAnalysis().fit(rows, labels), rows).weights is not None
    for model in (SVC(), GaussianNB(), DecisionTreeClassifier()):
        assert Slope.of(model.fit(rows, labels), rows).weights is None


def test_numerical_gradient_of_probabilities_points_downhill() -> None:
    from sklearn.naive_bayes import GaussianNB

    rows, labels = clouds()
    model = GaussianNB().fit(rows, labels)
    slope = Slope.of(model, rows)
    # Where probabilities are not all but certain, which rounding makes flat.
    near = rows[np.abs(smooth_scores(model, rows)) < 5]
    ahead = near - 1e-3 * slope.gradient(near)
    assert (smooth_scores(model, ahead) < smooth_scores(model, near)).all()


def test_model_without_scores_is_refused_with_the_remedy() -> None:
    class Oracle:
        def predict(self, rows: Any) -> Any:
            return np.ones(len(rows))

    with pytest.raises(ValueError, match="decision_function or predict_proba, got Oracle; use"):
        Slope.of(Oracle(), np.zeros((1, 2)))
