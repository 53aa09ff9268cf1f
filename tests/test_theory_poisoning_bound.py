"""Steinhardt's bound: no attack exceeds it, and mixtures of points attain it."""

from typing import Any

import cvxpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.attacks import Region
from armsrace.theory import poisoning_bound

CP: Any = cvxpy
Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def least_objective(rows: Array, signs: Array, weights: Array, ridge: float) -> tuple[float, Array]:
    """The support vector machine's least objective by a convex solver, and where it lies."""
    w, b = CP.Variable(rows.shape[1]), CP.Variable()
    losses = CP.pos(1 - CP.multiply(signs, rows @ w + b))
    objective = weights @ losses + 0.5 * ridge * CP.sum_squares(w)
    value = CP.Problem(CP.Minimize(objective)).solve(solver="CLARABEL")
    return float(value), np.append(w.value, b.value)


def instance(seed: int) -> tuple[Array, Array, Array, Array, Array]:
    """Clean rows, signs, means, radii and widths."""
    rng = np.random.default_rng(seed)
    signs = np.where(np.arange(30) % 2 == 1, 1.0, -1.0)
    rows = rng.normal(size=(30, int(rng.integers(1, 5)))) + signs[:, None]
    means = np.stack([rows[signs == s].mean(axis=0) for s in (-1.0, 1.0)])
    return rows, signs, means, rng.uniform(0.1, 3.0, 2), rng.uniform(0.05, 2.0, 2)


def pass_filters(points: Array, means: Array, label: int, radii: Array, widths: Array) -> Array:
    """Points drawn towards their class mean until they pass."""
    axis = (means[1] - means[0]) / np.linalg.norm(means[1] - means[0])
    away = points - means[label]
    over = np.linalg.norm(away, axis=1) / radii[label]
    over = np.maximum(over, np.abs(away @ axis) / widths[label])
    drawn: Array = means[label] + away / np.maximum(over, 1.0)[:, None]
    return drawn


@pytest.mark.parametrize("seed", range(60))
def test_no_attack_exceeds_the_bound(seed: int) -> None:
    """Whatever passes, wherever the bound is evaluated: at 0, at random, at the clean optimum."""
    rows, signs, means, radii, widths = instance(seed)
    rng = np.random.default_rng(1000 + seed)
    size, ridge = int(rng.integers(1, 15)), 1.0
    own = rng.choice([-1.0, 1.0], size)
    points = rng.normal(size=(size, rows.shape[1])) * 5
    for label in (0, 1):
        of_label = own == 2 * label - 1
        points[of_label] = pass_filters(points[of_label], means, label, radii, widths)
    everything = np.concatenate([rows, points]), np.concatenate([signs, own])
    attained, _ = least_objective(*everything, np.ones(30 + size), ridge)
    clean, best = least_objective(rows, signs, np.ones(30), ridge)
    for state in (np.zeros_like(best), rng.normal(size=len(best)), best):
        w, b = state[:-1], float(state[-1])
        own_losses = np.maximum(0, 1 - signs * (rows @ w + b)).sum() + 0.5 * ridge * w @ w
        losses = poisoning_bound.worst_losses(w, b, means, radii, widths)
        bound = poisoning_bound.attack_bound(float(own_losses), 30, size, losses)
        assert attained / 30 <= bound + 1e-6
    assert clean / 30 <= bound + 1e-6


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6))
def test_worst_losses_agree_with_the_extreme_points_of_regions(seed: int) -> None:
    """Two ways: closed form here, price of the slab there."""
    rows, _, means, radii, widths = instance(seed)
    rng = np.random.default_rng(seed)
    w, b = rng.normal(size=rows.shape[1]), float(rng.normal())
    losses = poisoning_bound.worst_losses(w, b, means, radii, widths)
    for label, sign in ((0, -1.0), (1, 1.0)):
        region = Region(
            means[label], radius=radii[label], axis=means[1] - means[0], width=widths[label]
        )
        point, _ = region.extreme(-sign * w)
        assert losses[label] == pytest.approx(max(0.0, 1 - sign * (point @ w + b)), abs=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_sphere_alone_has_the_published_closed_form(seed: int) -> None:
    """[1 - y (w . mu + b) + r |w|]+."""
    rows, _, means, radii, _ = instance(seed)
    w = np.random.default_rng(seed).normal(size=rows.shape[1])
    expected = [
        max(0.0, 1 - y * (means[i] @ w + 0.3) + radii[i] * np.linalg.norm(w))
        for i, y in enumerate((-1.0, 1.0))
    ]
    losses = poisoning_bound.worst_losses(w, 0.3, means, radii)
    assert losses.tolist() == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(4))
def test_mixtures_of_points_attain_the_bound(seed: int) -> None:
    """Tight: worst points, added until the two sides meet to 1e-4, as the minimax theorem says."""
    rows, signs, means, radii, widths = instance(seed)
    size, ridge, points, own = 6, 1.0, [means[1]], [1.0]
    upper = np.inf
    for _ in range(60):
        attained, state = mixture(rows, signs, np.array(points), np.array(own), size, ridge)
        w, b = state[:-1], float(state[-1])
        losses = poisoning_bound.worst_losses(w, b, means, radii, widths)
        clean = np.maximum(0, 1 - signs * (rows @ w + b)).sum() + 0.5 * ridge * w @ w
        upper = min(upper, poisoning_bound.attack_bound(float(clean), 30, size, losses))
        if upper - attained < 1e-4:
            break
        label = int(np.argmax(losses))
        region = Region(
            means[label], radius=radii[label], axis=means[1] - means[0], width=widths[label]
        )
        points.append(region.extreme(-(2.0 * label - 1) * w)[0])
        own.append(2.0 * label - 1)
    assert -1e-6 <= upper - attained < 1e-4


def mixture(
    rows: Array, signs: Array, points: Array, own: Array, size: int, ridge: float
) -> tuple[float, Array]:
    """The learner's least objective against the worst mixture of given points, over 30 rows."""
    w, b, worst = CP.Variable(rows.shape[1]), CP.Variable(), CP.Variable(nonneg=True)
    clean = CP.sum(CP.pos(1 - CP.multiply(signs, rows @ w + b)))
    objective = clean + 0.5 * ridge * CP.sum_squares(w) + size * worst
    caught = [worst >= 1 - CP.multiply(own, points @ w + b)]
    value = CP.Problem(CP.Minimize(objective), caught).solve(solver="CLARABEL")
    return float(value) / 30, np.append(w.value, b.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"radii": [1.0, -1.0]}, r"radii must be in \[0, inf\), got -1"),
        ({"radii": [1.0]}, r"shapes \(d,\), \(2, d\), \(2,\) and \(2,\), got"),
        (
            {"means": [[0.0], [0.0]], "widths": [1.0, 1.0]},
            "means must differ where there is a slab",
        ),
        ({"weights": [np.nan]}, "weights must be in"),
    ],
)
def test_bad_input_is_named_at_the_door(change: dict[str, object], says: str) -> None:
    given_ = {"weights": [1.0], "intercept": 0.0, "means": [[0.0], [1.0]], "radii": [1.0, 1.0]}
    with pytest.raises(ValueError, match=says):
        poisoning_bound.worst_losses(**(given_ | change))  # type: ignore[arg-type]


def test_bound_needs_a_clean_row() -> None:
    with pytest.raises(ValueError, match="clean_rows must be a whole number"):
        poisoning_bound.attack_bound(1.0, 0, 1, [1.0, 1.0])
