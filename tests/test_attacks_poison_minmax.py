"""Regions, min-max and KKT attacks: exact geometry, certified bounds, decoys that are learned."""

from typing import Any

import cvxpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.attacks import (
    Hinge,
    KKTPoison,
    Knowledge,
    LinearLearner,
    Logistic,
    MinMaxPoison,
    Region,
    Squared,
    SquaredHinge,
    certified_loss,
    kkt_attack,
    minmax_attack,
)
from armsrace.attacks.poison.filters import regions
from armsrace.batch import Batch
from armsrace.checks import scenes
from armsrace.feasible import Feasible
from armsrace.models.published import Published

RNG = np.random.default_rng
CP: Any = cvxpy
SCENES = {scene.name: scene for scene in scenes()}
SPHERE, PLANE = SCENES["sphere"], SCENES["plane"]
PUBLIC = PLANE.public()


def region_of(seed: int) -> Region:
    rng = RNG(seed)
    size = int(rng.integers(1, 7))
    center, boxed, cut = rng.normal(size=size), seed % 3 > 0, seed % 5 > 0
    return Region(
        center,
        radius=float(rng.exponential()) + 0.1,
        axis=rng.normal(size=size) if cut else None,
        width=float(rng.exponential()) * 0.3 + 1e-3 if cut else np.inf,
        lower=center - rng.exponential(size=size) if boxed else -np.inf,
        upper=center + rng.exponential(size=size) if boxed else np.inf,
    )


def constraints(region: Region, x: Any) -> list[Any]:
    found: list[Any] = [CP.norm(x - region.center) <= region.radius]
    if region.axis is not None:
        found.append(CP.abs(region.axis @ (x - region.center)) <= region.width)
    if np.isfinite(region.lower).all():
        found += [x >= region.lower, x <= region.upper]
    return found


@pytest.mark.parametrize("seed", range(60))
def test_extreme_points_are_those_of_a_convex_solver(seed: int) -> None:
    region = region_of(seed)
    direction = RNG(seed).normal(size=len(region.center))
    direction[0] *= seed % 4 > 0
    point, bound = region.extreme(direction)
    x = CP.Variable(len(direction))
    problem = CP.Problem(CP.Maximize(direction @ x), constraints(region, x))
    assert bound == pytest.approx(problem.solve(solver="CLARABEL"), abs=1e-6)
    assert region.contains(point[None]).all()
    assert direction @ point == pytest.approx(bound, abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6))
def test_nearest_points_satisfy_the_variational_inequality(seed: int) -> None:
    """p is the projection of z on a convex set iff (z - p) . (x - p) <= 0 for every x in it."""
    region = region_of(seed)
    wished = RNG(seed).normal(size=len(region.center)) * 2
    near = region.nearest(wished)
    assert region.contains(near[None]).all()
    _, furthest = region.extreme(wished - near)
    assert furthest - (wished - near) @ near <= 1e-7


def clouds(seed: int) -> tuple[Any, Any, Any]:
    rng = RNG(seed)
    labels = np.arange(60) % 2 == 1
    rows = rng.normal(size=(60, int(rng.integers(1, 6)))) + rng.uniform(0, 2) * labels[:, None]
    return rows, labels, np.where(labels, 1.0, -1.0)


def least_objective(rows: Any, signs: Any, ridge: float, norm: float) -> float:
    w, b = CP.Variable(rows.shape[1]), CP.Variable()
    losses = CP.sum(CP.pos(1 - CP.multiply(signs, rows @ w + b)))
    within = [CP.norm(w) <= norm] if np.isfinite(norm) else []
    problem = CP.Problem(CP.Minimize(losses + 0.5 * ridge * CP.sum_squares(w)), within)
    return float(problem.solve(solver="CLARABEL"))


@pytest.mark.parametrize("seed", range(40))
def test_attack_is_feasible_and_stays_below_its_bound(seed: int) -> None:
    """Whole columns, a box, slab or none, ball or ridge: attack <= bound, and the bound is one."""
    rows, labels, signs = clouds(seed)
    ridge, norm = ((1.0, np.inf), (0.0, 2.0), (0.3, 4.0))[seed % 3]
    whole = Feasible(lower=-4, upper=6, integer=[0]) if seed % 2 else Feasible()
    if seed % 2:
        rows = whole.nearest(rows)
    slab = None if seed % 5 == 0 else 0.9
    attack = minmax_attack(
        rows, labels, 0.15, feasible=whole, slab=slab, ridge=ridge, norm=norm, steps=150
    )
    own = np.where(attack.labels, 1.0, -1.0)
    everything = np.concatenate([rows, attack.rows]), np.concatenate([signs, own])
    assert least_objective(*everything, ridge, norm) / 60 <= attack.bound + 1e-6
    assert whole.allows(attack.rows).all()
    for label, region in zip((False, True), attack.filtered, strict=True):
        assert region.contains(attack.rows[attack.labels == label]).all()
    again = certified_loss(
        attack.weights,
        attack.intercept,
        rows,
        labels,
        len(attack.rows),
        attack.filtered,
        loss=Hinge(),
        ridge=ridge,
    )
    assert again == pytest.approx(attack.bound)
    assert np.linalg.norm(attack.weights) <= norm * (1 + 1e-9)


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))]
)
def test_the_gap_closes(seed: int) -> None:
    """A long run's attack comes within a tenth of the bound, and does far more than none."""
    rows, labels, signs = clouds(seed)
    attack = minmax_attack(rows, labels, 0.3, ridge=1.0, steps=4000)
    own = np.where(attack.labels, 1.0, -1.0)
    everything = np.concatenate([rows, attack.rows]), np.concatenate([signs, own])
    attained = least_objective(*everything, 1.0, np.inf) / 60
    clean = least_objective(rows, signs, 1.0, np.inf) / 60
    assert attack.bound - attained <= 0.1 * (attack.bound - clean)


def test_no_budget_no_points() -> None:
    rows, labels, signs = clouds(0)
    attack = minmax_attack(rows, labels, 0.0, ridge=1.0, steps=2000)
    assert attack.rows.shape == (0, rows.shape[1])
    clean = least_objective(rows, signs, 1.0, np.inf) / 60
    assert clean <= attack.bound <= clean * 1.02 + 1e-6


@pytest.mark.parametrize("loss", [Logistic(), SquaredHinge()])
def test_bound_holds_for_smooth_losses(loss: Any) -> None:
    rows, labels, signs = clouds(3)
    attack = minmax_attack(rows, labels, 0.2, ridge=1.0, loss=loss, steps=300)
    learner = LinearLearner(loss, 1.0)
    own = np.where(attack.labels, 1.0, -1.0)
    everything = np.concatenate([rows, attack.rows]), np.concatenate([signs, own])
    assert learner.objective(learner.fit(*everything), *everything) / 60 <= attack.bound + 1e-9


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rate": 1.0}, r"rate must be in \[0, 1\), got 1.0"),
        ({"ridge": 0.0}, "ridge must be positive or norm finite"),
        ({"norm": -1.0}, "ridge must be positive or norm finite"),
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"sphere": 0.0}, r"sphere must be in \(0, 1\], got 0.0"),
        ({"loss": Squared()}, "loss must be decreasing"),
        ({"labels": np.ones(60)}, r"both classes, got no honest \(0\) row"),
        ({"labels": np.full(60, 2)}, r"labels must be 0 \(honest\) or 1"),
        ({"labels": np.ones(3)}, "rows and labels must have shapes"),
    ],
)
def test_bad_input_is_named_at_the_door(change: dict[str, Any], says: str) -> None:
    rows, labels, _ = clouds(0)
    given_: dict[str, Any] = {"rows": rows, "labels": labels, "rate": 0.1, "ridge": 1.0} | change
    first = [given_.pop(name) for name in ("rows", "labels", "rate")]
    with pytest.raises(ValueError, match=says):
        minmax_attack(*first, **given_)


def test_constant_features_leave_a_region_of_no_width() -> None:
    rows = np.column_stack([np.ones(20), np.arange(20.0)])
    attack = minmax_attack(rows, np.arange(20) % 2, 0.2, ridge=1.0, steps=50)
    assert len(attack.rows) == 5
    equal = minmax_attack(np.ones((20, 2)), np.arange(20) % 2, 0.2, ridge=1.0, steps=50)
    assert equal.rows == pytest.approx(np.ones((5, 2)))


def test_region_refuses_what_is_none() -> None:
    for arguments, says in (
        ({"radius": 0.0}, "radius must be in"),
        ({"radius": 1.0, "width": 0.0}, "width must be in"),
        ({"radius": 1.0, "axis": [0.0]}, "axis must be a direction"),
        ({"radius": 1.0, "lower": 1.0}, "center must lie between"),
    ):
        with pytest.raises(ValueError, match=says):
            Region([0.0], **arguments)


@pytest.mark.parametrize("loss", [Logistic(), Squared(), SquaredHinge()])
@pytest.mark.parametrize("seed", range(4))
def test_decoys_that_can_be_taught_are_learned(loss: Any, seed: int) -> None:
    """Decoys are made by points that pass the filters, so a residual of 0 exists.

    The attack is a local optimum; it must take away most of the gradient, and where it takes away
    all of it the retrained model is the decoy.
    """
    rows, labels, signs = clouds(seed)
    learner = LinearLearner(loss, 1.0)
    rng = RNG(seed)
    pair = np.stack(
        [
            0.9 * r.extreme(rng.normal(size=rows.shape[1]))[0] + 0.1 * r.center
            for r in regions(rows, labels)
        ]
    )
    planted = np.repeat(pair, [10, 10], axis=0), np.repeat([-1.0, 1.0], [10, 10])
    decoy = learner.fit(
        *(np.concatenate(both) for both in zip((rows, signs), planted, strict=True))
    )
    attack = kkt_attack(rows, labels, 0.25, decoy[:-1], decoy[-1], learner=learner, steps=400)
    untouched = float(np.linalg.norm(learner.gradient(decoy, rows, signs))) / 60
    assert attack.residual <= max(0.5 * untouched, 1e-9)
    if attack.residual < 1e-8:
        own = np.where(attack.labels, 1.0, -1.0)
        learned = learner.fit(np.concatenate([rows, attack.rows]), np.concatenate([signs, own]))
        assert learned == pytest.approx(decoy, abs=1e-5)


def test_kkt_residual_is_the_gradient_at_the_decoy() -> None:
    rows, labels, signs = clouds(1)
    learner = LinearLearner(Logistic(), 1.0)
    decoy = learner.fit(rows, -signs)
    attack = kkt_attack(rows, labels, 0.2, decoy[:-1], decoy[-1], learner=learner)
    own = np.where(attack.labels, 1.0, -1.0)
    everything = np.concatenate([rows, attack.rows]), np.concatenate([signs, own])
    gradient = learner.gradient(decoy, *everything)
    assert attack.residual == pytest.approx(np.linalg.norm(gradient) / 60)


def test_kkt_refuses_a_decoy_of_another_width() -> None:
    rows, labels, _ = clouds(0)
    with pytest.raises(ValueError, match="weights must have shape"):
        kkt_attack(rows, labels, 0.1, np.ones(9), 0.0, learner=LinearLearner(Logistic()))


@pytest.mark.parametrize("part", [MinMaxPoison(0.2), KKTPoison(0.2)])
def test_designed_poison_harms_more_than_wrong_copies_that_pass_the_filters(part: Any) -> None:
    learner, scene = LinearLearner(Logistic()), PLANE
    offered = part.poison(scene.traffic, scene.known, RNG(0))
    own = offered.take(offered.origin)
    reference = scene.known.reference
    signs = np.where(reference.labels, 1.0, -1.0)
    many = np.tile(np.arange(len(own)), 3)

    filtered = regions(reference.rows, reference.labels)

    def passed(row: Any, sign: float) -> Any:
        return filtered[int(sign > 0)].nearest(row)

    def harm(rows: Any, labels: Any) -> float:
        both = np.concatenate([reference.rows, rows]), np.concatenate([signs, labels])
        return learner.mean_loss(learner.fit(*both), reference.rows, signs)

    designed = harm(own.rows[many], np.where(own.labels, 1.0, -1.0)[many])
    copies = [
        harm(np.array([passed(reference.rows[i], -signs[i]) for i in chosen]), -signs[chosen])
        for chosen in (RNG(seed).integers(len(signs), size=len(many)) for seed in range(20))
    ]
    assert designed > np.mean(copies)


@pytest.mark.parametrize("part", [MinMaxPoison(0.2, steps=20), KKTPoison(0.2, steps=5)])
def test_plan_is_made_once_and_anew_for_another_model(part: Any) -> None:
    known = PLANE.known
    noted = part.probe(PUBLIC, known, RNG(0))
    again = part.probe(PUBLIC, noted, RNG(1))
    assert again.notes[part] is noted.notes[part]
    hidden = noted.seeing(PUBLIC.hidden())
    assert part.probe(hidden.public, hidden, RNG(1)).notes[part] is noted.notes[part]
    from sklearn.linear_model import LogisticRegression

    other = noted.seeing(Published(LogisticRegression(C=0.1)))
    assert part.probe(other.public, other, RNG(1)).notes[part] is not noted.notes[part]


@pytest.mark.parametrize("part", [MinMaxPoison(0.1), KKTPoison(0.1)])
def test_designed_poison_says_what_it_cannot_do(part: Any) -> None:
    known = PLANE.known
    with pytest.raises(ValueError, match="model must be LogisticRegression or LinearSVC"):
        part.poison(SPHERE.traffic, SPHERE.known, RNG(0))
    one = Knowledge(known.reference.take(known.reference.labels), known.target)
    with pytest.raises(ValueError, match="reference rows of both classes, got malicious"):
        part.poison(PLANE.traffic, one, RNG(0))
    words = Batch.unmarked(PLANE.traffic.rows > 0, PLANE.traffic.labels)
    with pytest.raises(ValueError, match="rows of floating-point numbers, got bool"):
        part.poison(words, known, RNG(0))
    assert len(type(part)(0.0).poison(PLANE.traffic, known, RNG(0))) == len(PLANE.traffic)
