"""Poisoning as a convex game: its value is the published bound, found by another program."""

from functools import cache
from typing import Any

import cvxpy
import numpy as np
import pytest

from armsrace.forms.mixtures import Mixtures, SphereSlab
from armsrace.forms.poisoning_game import poisoning_game
from armsrace.forms.strategy_sets import Balls
from armsrace.solvers import ConvexEquilibrium, extragradient
from armsrace.theory.poisoning_bound import attack_bound, worst_losses

cp: Any = cvxpy  # it exports its functions in a way that type checkers do not see

ROWS, FEATURES, SHARE, RADIUS = 20, 2, 0.1, 3.0
R, WIDTH = 2.5, 1.0


def clean() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1], ROWS // 2)
    rows = rng.normal(size=(ROWS, FEATURES)) + 0.8 * np.where(labels[:, None], 1, -1)
    return rows, labels, np.array([rows[labels == y].mean(axis=0) for y in (0, 1)])


@cache
def solved(width: float, ridge: float) -> ConvexEquilibrium:
    rows, labels, means = clean()
    regions = tuple(SphereSlab(mean, R, width, means[1] - means[0]) for mean in means)
    game = poisoning_game(rows, labels, regions, share=SHARE, radius=RADIUS, ridge=ridge)  # type: ignore[arg-type]
    return extragradient(game, tolerance=1e-5)


@pytest.mark.parametrize(
    ("width", "ridge"),
    [
        pytest.param(np.inf, 0.0, marks=pytest.mark.slow),
        pytest.param(np.inf, 0.2, marks=pytest.mark.slow),
        (WIDTH, 0.2),
    ],
)
def test_the_value_is_the_published_bound(width: float, ridge: float) -> None:
    """Against a cone program: the reach over a slab in a sphere is a smallest sum of norms."""
    rows, labels, means = clean()
    signs = np.where(labels > 0, 1.0, -1.0)
    unit = (means[1] - means[0]) / np.linalg.norm(means[1] - means[0])
    w, worst, split = cp.Variable(FEATURES), cp.Variable(nonneg=True), cp.Variable(2)
    limits = [cp.norm(w) <= RADIUS]
    for k, sign in enumerate((-1.0, 1.0)):
        reach = R * cp.norm(w)
        if np.isfinite(width):
            reach = width * cp.abs(split[k]) + R * cp.norm(w - split[k] * unit)
        limits.append(worst >= 1 - sign * (means[k] @ w) + reach)
    fit = cp.sum(cp.pos(1 - cp.multiply(signs, rows @ w))) / ROWS
    program = cp.Problem(cp.Minimize(fit + ridge / 2 * cp.sum_squares(w) + SHARE * worst), limits)
    program.solve(solver="CLARABEL")
    answer = solved(width, ridge)
    assert answer.status == "solved"
    assert answer.regret < 1e-4
    assert -answer.value == pytest.approx(float(program.value), abs=answer.regret + 1e-7)


def test_the_equilibrium_weights_certify_the_value() -> None:
    """At the learner's weights the bound of the theory, an independent formula, is the value."""
    rows, labels, means = clean()
    answer = solved(WIDTH, 0.2)
    w = answer.strategy("learner")
    objective = np.maximum(0, 1 - np.where(labels > 0, 1, -1) * (rows @ w)).sum()
    objective += ROWS * 0.2 / 2 * w @ w
    losses = worst_losses(w, 0.0, means, [R, R], [WIDTH, WIDTH])
    bound = attack_bound(float(objective), ROWS, int(SHARE * ROWS), losses)
    assert bound == pytest.approx(-answer.value, abs=answer.regret + 1e-7)


def test_the_adversarys_strategy_is_an_attack_by_points_that_pass() -> None:
    """Real points, at the means of the mixture, leave the learner nothing better than the value."""
    rows, labels, means = clean()
    answer = solved(WIDTH, 0.2)
    regions = [SphereSlab(mean, R, WIDTH, means[1] - means[0]) for mean in means]
    pairs = Mixtures(regions).pairs(answer.strategy("adversary")[ROWS:])
    assert pairs[:, 0].sum() <= 1.0 + 1e-9
    used = pairs[:, 0] > 1e-6
    masses, points = pairs[used, 0], pairs[used, 1:] / pairs[used, :1]
    for k, point in zip(np.flatnonzero(used).tolist(), points, strict=True):
        assert regions[k].contains(point, 1e-6)
    w = cp.Variable(FEATURES)
    signs = np.where(labels > 0, 1.0, -1.0)
    fit = cp.sum(cp.pos(1 - cp.multiply(signs, rows @ w))) / ROWS
    wanted = np.array([-1.0, 1.0])[used]
    poison = cp.multiply(SHARE * masses, cp.pos(1 - cp.multiply(wanted, points @ w)))
    objective = fit + cp.sum(poison) + 0.2 / 2 * cp.sum_squares(w)
    program = cp.Problem(cp.Minimize(objective), [cp.norm(w) <= RADIUS])
    program.solve(solver="CLARABEL")
    assert float(program.value) == pytest.approx(-answer.value, abs=1e-4)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"labels": [0, 3]}, "labels must be 1 for malicious"),
        ({"labels": [0]}, "rows and labels must have shapes"),
        ({"regions": (Balls([[0.0, 0.0]], [1.0]),) * 2}, "regions must be two sets of dimension 1"),
        ({"share": 0.0}, "share and radius must be positive"),
        ({"ridge": -1.0}, "ridge must not be negative"),
    ],
)
def test_bad_input_is_named_at_the_door(change: dict[str, Any], says: str) -> None:
    regions = (Balls([[-2.0]], [1.0]), Balls([[2.0]], [1.0]))
    good: dict[str, Any] = {
        "rows": [[-2.0], [2.0]],
        "labels": [0, 1],
        "regions": regions,
        "share": 0.1,
        "radius": 1.0,
    }
    with pytest.raises(ValueError, match=says):
        poisoning_game(**{**good, **change})
