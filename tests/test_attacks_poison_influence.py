"""Influence poisoning: the gradient against a full retrain, the learners, and the poison."""

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from armsrace.attacks import (
    Hinge,
    InfluencePoison,
    Knowledge,
    LinearLearner,
    Logistic,
    Squared,
    SquaredHinge,
    influence_gradient,
)
from armsrace.batch import Batch
from armsrace.checks import scenes
from armsrace.feasible import Feasible

RNG = np.random.default_rng
PLANE = {scene.name: scene for scene in scenes()}["plane"]
MODELS = [
    LogisticRegression(C=0.7, tol=1e-10, max_iter=5000),
    LogisticRegression(C=0.5, solver="liblinear", tol=1e-12, intercept_scaling=2.0),
    RidgeClassifier(alpha=3.0),
    LinearSVC(C=0.3, tol=1e-12, max_iter=100_000, dual=False, intercept_scaling=3.0),
]


def cloud(seed: int, size: int) -> tuple[Any, Any]:
    signs = np.where(np.arange(size) % 2 == 1, 1.0, -1.0)
    return RNG(seed).normal(size=(size, 4)) + 0.5 * signs[:, None], signs


def refitted(model: Any, rows: Any, signs: Any) -> Any:
    """Weights and intercept by scikit-learn."""
    model.fit(rows, signs > 0)
    return np.append(np.ravel(model.coef_), model.intercept_)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_newton_finds_what_scikit_learn_finds(model: Any) -> None:
    rows, signs = cloud(0, 80)
    assert LinearLearner.of(model).fit(rows, signs) == pytest.approx(
        refitted(model, rows, signs), abs=1e-6
    )


@pytest.mark.parametrize("model", MODELS, ids=repr)
@pytest.mark.parametrize("seed", range(3))
def test_gradient_agrees_with_finite_differences_through_a_full_retrain(
    model: Any, seed: int
) -> None:
    """By scikit-learn, from scratch; cosine above .999 for each point, and the same length."""
    learner, clean, reference = LinearLearner.of(model), cloud(seed, 60), cloud(seed + 9, 60)
    poison = RNG(seed).normal(size=(3, 4)), np.array([1.0, -1.0, -1.0])
    signs = np.concatenate([clean[1], poison[1]])

    def harm(points: Any) -> float:
        state = refitted(model, np.concatenate([clean[0], points]), signs)
        return learner.mean_loss(state, *reference)

    state = learner.fit(np.concatenate([clean[0], poison[0]]), signs)
    gradient = influence_gradient(learner, state, clean, poison, reference)
    measured = np.zeros_like(gradient)
    for index in np.ndindex(*gradient.shape):
        step = np.zeros_like(gradient)
        step[index] = 1e-4
        measured[index] = (harm(poison[0] + step) - harm(poison[0] - step)) / 2e-4
    for found, expected in zip(gradient, measured, strict=True):
        lengths = float(np.linalg.norm(found) * np.linalg.norm(expected))
        assert found @ expected / lengths > 0.999
    assert np.linalg.norm(gradient) == pytest.approx(np.linalg.norm(measured), rel=1e-3)


@pytest.mark.parametrize("loss", [Hinge(), SquaredHinge(), Logistic(), Squared()], ids=repr)
def test_slopes_and_curvatures_are_derivatives(loss: Any) -> None:
    margins = np.array([-30.0, -2.0, -0.3, 0.0, 0.4, 0.99, 1.01, 3.0, 30.0])
    step = 1e-6
    slope = (loss.value(margins + step) - loss.value(margins - step)) / (2 * step)
    assert loss.slope(margins) == pytest.approx(slope, abs=1e-6)
    curvature = (loss.slope(margins + step) - loss.slope(margins - step)) / (2 * step)
    assert loss.curvature(margins) == pytest.approx(curvature, abs=1e-6)


@pytest.mark.parametrize(
    ("model", "learner"),
    [
        (LogisticRegression(C=0.5), LinearLearner(Logistic(), 2.0)),
        (RidgeClassifier(alpha=0.5), LinearLearner(Squared(), 1.0)),
        (LinearSVC(C=2.0), LinearLearner(SquaredHinge(), 0.5, 0.5)),
        (LinearSVC(loss="hinge"), LinearLearner(Hinge(), 1.0, 1.0)),
        (SVC(kernel="linear", C=4.0), LinearLearner(Hinge(), 0.25)),
    ],
    ids=repr,
)
def test_supported_models(model: Any, learner: LinearLearner) -> None:
    assert LinearLearner.of(model) == learner


@pytest.mark.parametrize(
    "model",
    [
        SVC(),
        LogisticRegression(l1_ratio=1.0, solver="saga"),
        LogisticRegression(fit_intercept=False),
        RidgeClassifier(class_weight="balanced"),
        LinearSVC(penalty="l1", dual=False),
        make_pipeline(StandardScaler(), LogisticRegression()),
        object(),
    ],
    ids=lambda model: type(model).__name__,
)
def test_other_models_are_refused(model: Any) -> None:
    with pytest.raises(
        ValueError, match="model must be LogisticRegression or LinearSVC with an L2"
    ):
        LinearLearner.of(model)


def harm_of(offered: Batch, reference: Batch) -> float:
    learner, own = LinearLearner(Logistic()), offered.take(offered.origin)
    signs = np.where(reference.labels, 1.0, -1.0)
    rows = np.concatenate([reference.rows, own.rows])
    state = learner.fit(rows, np.concatenate([signs, np.where(own.labels, 1.0, -1.0)]))
    return learner.mean_loss(state, reference.rows, signs)


def test_steps_raise_the_harm_and_stay_within_the_reference() -> None:
    """From wrong copies (no step) upwards, inside the columns' ranges."""
    reference = PLANE.known.reference
    harms = []
    for steps in (0, 1, 5, 30):
        offered = InfluencePoison(0.3, steps=steps).poison(reference, PLANE.known, RNG(0))
        harms.append(harm_of(offered, reference))
        own = offered.rows[offered.origin]
        assert (own >= reference.rows.min(axis=0)).all()
        assert (own <= reference.rows.max(axis=0)).all()
    assert harms == sorted(harms)
    assert harms[-1] > 1.2 * harms[0]


def test_poison_is_feasible() -> None:
    limits = Feasible(lower=-1, upper=3, integer=[0, 1], groups=([4, 5],))
    known = Knowledge(PLANE.known.reference, PLANE.known.target, feasible=limits)
    offered = InfluencePoison(0.3).poison(PLANE.traffic, known, RNG(0))
    assert limits.allows(offered.rows[offered.origin]).all()


def test_bad_input_and_neutral_cases() -> None:
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\), got 1"):
        InfluencePoison(1.0)
    with pytest.raises(ValueError, match="steps must be at least 0, got -1"):
        InfluencePoison(0.1, steps=-1)
    nothing = InfluencePoison(0.0).poison(PLANE.traffic, PLANE.known, RNG(0))
    assert len(nothing) == len(PLANE.traffic)
    reference = PLANE.known.reference
    one = Knowledge(reference.take(~reference.labels), PLANE.known.target)
    with pytest.raises(ValueError, match="reference rows of both classes"):
        InfluencePoison(0.1).poison(PLANE.traffic, one, RNG(0))
    flat = Batch.unmarked(np.ones((20, 6)), np.arange(20) % 2 == 1)
    known = Knowledge(flat, PLANE.known.target)
    offered = InfluencePoison(0.2).poison(flat, known, RNG(0))
    assert (offered.rows == 1).all()
    rows, signs = cloud(0, 10)
    with pytest.raises(ValueError, match="loss must be smooth to be retrained"):
        LinearLearner(Hinge()).fit(rows, signs)
    with pytest.raises(ValueError, match="loss must be smooth to be followed"):
        influence_gradient(
            LinearLearner(Hinge()), np.zeros(5), (rows, signs), (rows, signs), (rows, signs)
        )
    for arguments, says in (((0.0,), "ridge must be positive"), ((1.0, -1.0), "intercept_ridge")):
        with pytest.raises(ValueError, match=says):
            LinearLearner(Logistic(), *arguments)
