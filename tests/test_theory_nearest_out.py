"""Nearest-out against a convex solver, cell by cell, and its speeds against published ones."""

from typing import Any

import cvxpy
import numpy as np
import pytest
from scipy.stats import chi2

from armsrace.theory import nearest_out

CP: Any = cvxpy

# Features -> displacement in radii by as many points as the memory holds (n = 30, one run each).
SPEEDS = {2: 0.29, 4: 0.59, 8: 0.86, 30: 1.09}


def by_convex_solver(memory: np.ndarray, along: np.ndarray, radius: float) -> float:
    """The largest gain over all cells, each as equations (7) to (11) have it."""
    center, best = memory.mean(axis=0), -np.inf
    for own in memory:
        x = CP.Variable(memory.shape[1])
        nearest = [
            2 * (other - own) @ x <= other @ other - own @ own
            for other in memory
            if (other != own).any()
        ]
        within = CP.norm(x - center) <= radius
        problem = CP.Problem(CP.Maximize((x - own) @ along), [within, *nearest])
        gain = problem.solve(solver="CLARABEL")
        if problem.status == "optimal":
            best = max(best, float(gain))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_the_greedy_point_is_the_best_of_all_cells(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, features = (int(rng.integers(*bounds)) for bounds in ((2, 8), (1, 5)))
    memory, along = rng.normal(size=(size, features)), rng.normal(size=(features,))
    along = along / np.linalg.norm(along)
    spread = np.linalg.norm(memory - memory.mean(axis=0), axis=1)
    radius = float(rng.uniform(spread.min() * 1.01, 3.0))
    point, old = nearest_out.greedy_point(memory, along, radius)
    distances = np.linalg.norm(memory - point, axis=1)
    assert distances[old] <= distances.min() + 1e-7
    assert np.linalg.norm(point - memory.mean(axis=0)) <= radius * (1 + 1e-9)
    gain = (point - memory[old]) @ along
    assert gain == pytest.approx(by_convex_solver(memory, along, radius), abs=1e-6)


def test_the_center_moves_with_the_mean_of_the_memory() -> None:
    rng = np.random.default_rng(3)
    memory, along = rng.normal(size=(6, 2)), np.array([0.6, 0.8])
    path, kept = nearest_out.greedy_displacements(memory, 5 * along, 3.0, points=4), memory.copy()
    for step in range(4):
        point, old = nearest_out.greedy_point(kept, along, 3.0)
        kept[old] = point
        moved = (kept.mean(axis=0) - memory.mean(axis=0)) @ along / 3.0
        assert path[step + 1] == pytest.approx(moved)


@pytest.mark.parametrize(
    ("features", "published"),
    [
        pytest.param(*speed, marks=() if speed[0] in (2, 8) else pytest.mark.slow)
        for speed in SPEEDS.items()
    ],
)
def test_speed_is_linear_and_grows_with_the_features_as_published(
    features: int, published: float
) -> None:
    """Figure 4 (b): Gaussian points, of which one in a thousand is rejected at the start."""
    memory, points = 30, 46
    rows = np.random.default_rng(0).normal(size=(memory, features))
    radius = float(chi2.isf(0.001, features)) ** 0.5
    path = nearest_out.greedy_displacements(rows, np.eye(features)[0], radius, points)
    parts = (path[14:31], path[30:47])
    middle, last = (memory * float(np.diff(part).mean()) for part in parts)
    assert last == pytest.approx(middle, rel=0.2 if features == 2 else 0.1)
    assert last == pytest.approx(published, rel=0.1)


@pytest.mark.parametrize(
    ("memory", "direction", "radius", "says"),
    [
        ([[0.0], [1.0]], [0.0], 1.0, "direction must not be zero"),
        ([[0.0]], [1.0], 1.0, r"shapes \(n, d\), n at least 2, and \(d,\)"),
        ([[0.0], [1.0]], [1.0, 0.0], 1.0, r"got \(2, 1\) and \(2,\)"),
        ([[0.0], [1.0]], [1.0], 0.0, "radius must be in"),
        ([[0.0], [np.nan]], [1.0], 1.0, "memory must be in"),
    ],
)
def test_bad_input_is_named_at_the_door(
    memory: Any, direction: Any, radius: float, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        nearest_out.greedy_point(memory, direction, radius)


def test_number_of_points_must_be_whole() -> None:
    with pytest.raises(ValueError, match="points must be a whole number"):
        nearest_out.greedy_displacements([[0.0], [1.0]], [1.0], 1.0, points=-1)
