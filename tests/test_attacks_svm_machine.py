"""The exact machine against scikit-learn's and its own conditions; its gradient against retraining.

Finite differences go through scikit-learn's SVC, refitted from nothing, and are taken where no row
changes its part (free, or at an end of its interval) within the difference: there the loss is
differentiable. libsvm holds kernels in single precision, hence the distance and the tolerances.
"""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.svm import SVC

from armsrace.attacks.poison.svm.active_set import DualSolution, refitted, solve_dual
from armsrace.attacks.poison.svm.gradient import hinge_gradient, hinge_loss
from armsrace.attacks.poison.svm.kernels import Kernel, LinearKernel, RBFKernel
from armsrace.attacks.poison.svm.machine import KernelMachine, signs_of
from armsrace.worlds import load_digits_pair

Array = NDArray[np.float64]

KERNELS = (LinearKernel(), RBFKernel(0.05), RBFKernel(1.0))


def clouds(rng: np.random.Generator, count: int, width: int) -> tuple[Array, Array]:
    """Two overlapping clouds, and which is which."""
    signs = signs_of(np.arange(count) % 2 == 0)
    return rng.normal(size=(count, width)) + 0.7 * signs[:, None], signs


def peer(rows: Array, signs: Array, kernel: Kernel, penalty: float) -> SVC:
    """scikit-learn's machine, from nothing."""
    if isinstance(kernel, RBFKernel):
        return SVC(C=penalty, gamma=kernel.gamma, tol=1e-10).fit(rows, signs)
    return SVC(C=penalty, kernel="linear", tol=1e-10).fit(rows, signs)


def violation(gram: Array, signs: Array, penalty: float, found: DualSolution) -> float:
    """How far the conditions of optimality are missed, from their definition."""
    alpha = signs * found.coefficients
    margins = signs * (gram @ found.coefficients + found.intercept)
    return max(
        abs(float(found.coefficients.sum())),
        float(np.maximum(-alpha, alpha - penalty).max()),
        float(np.max((1 - margins)[alpha < penalty], initial=0.0)),
        float(np.max((margins - 1)[alpha > 0], initial=0.0)),
    )


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    count=st.integers(4, 90),
    width=st.integers(1, 8),
    exponent=st.floats(-3, 2),
    kernel=st.sampled_from(KERNELS),
    whole=st.booleans(),
)
def test_the_active_set_ends_at_the_optimum(
    seed: int, count: int, width: int, exponent: float, kernel: Kernel, whole: bool
) -> None:
    """Rows of small whole numbers stand there many times, under both labels."""
    rng = np.random.default_rng(seed)
    rows, signs = clouds(rng, count, width)
    rows = np.rint(rows) if whole else rows
    gram, penalty = kernel.between(rows, rows), 10.0**exponent
    found = solve_dual(gram, signs, penalty, np.zeros(count))
    scale = 1.0 + penalty * float(np.diagonal(gram).mean())
    assert violation(gram, signs, penalty, found) <= 1e-8 * scale


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("penalty", [0.01, 1.0, 10.0])
@pytest.mark.parametrize("seed", range(2))
def test_it_is_the_machine_of_scikit_learn(kernel: Kernel, penalty: float, seed: int) -> None:
    """With a small C no row is free, and the intercept, not determined then, is the same, too."""
    rng = np.random.default_rng(seed)
    rows, signs = clouds(rng, 60, 5)
    machine = KernelMachine.fit(rows, signs, kernel, penalty)
    probes = rng.normal(size=(50, 5))
    expected = peer(rows, signs, kernel, penalty).decision_function(probes)
    np.testing.assert_allclose(machine.decision(probes), expected, atol=1e-5)


def test_what_takes_too_many_turns_is_left_to_scikit_learn() -> None:
    rows, signs = clouds(np.random.default_rng(0), 40, 3)
    gram = rows @ rows.T
    by_turns = solve_dual(gram, signs, 1.0, np.zeros(40))
    for other in (
        solve_dual(gram, signs, 1.0, np.zeros(40), turns=1),
        refitted(gram, signs, 1.0, 1e-9),
    ):
        np.testing.assert_allclose(other.coefficients, by_turns.coefficients, atol=1e-6)
        assert other.intercept == pytest.approx(by_turns.intercept, abs=1e-6)
        assert (other.free == by_turns.free).all()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    penalty=st.sampled_from([0.05, 1.0, 20.0]),
    kernel=st.sampled_from(KERNELS),
)
def test_retraining_by_steps_is_training_from_nothing(
    seed: int, penalty: float, kernel: Kernel
) -> None:
    rng = np.random.default_rng(seed)
    machine = KernelMachine.fit(*clouds(rng, 40, 4), kernel, penalty)
    machine = machine.adding(rng.normal(size=(3, 4)), np.array([1.0, -1.0, 1.0]))
    for _ in range(3):
        index = rng.choice(43, size=5, replace=False)
        machine = machine.moving(index, machine.rows[index] + rng.normal(size=(5, 4)))
    fresh = KernelMachine.fit(machine.rows, machine.signs, kernel, penalty)
    np.testing.assert_allclose(machine.gram, fresh.gram, atol=1e-12)
    np.testing.assert_allclose(
        machine.decision(machine.rows), fresh.decision(fresh.rows), atol=1e-6
    )


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_slope_is_the_derivative_of_the_kernel_function(kernel: Kernel) -> None:
    rng = np.random.default_rng(0)
    rows, centers, weights = rng.normal(size=(4, 3)), rng.normal(size=(6, 3)), rng.normal(size=6)
    slope = kernel.slope(rows, centers, weights)
    for column, unit in enumerate(np.eye(3) * 1e-6):
        ahead, behind = (kernel.between(rows + sign * unit, centers) @ weights for sign in (1, -1))
        np.testing.assert_allclose(slope[:, column], (ahead - behind) / 2e-6, atol=1e-7)


REACH = 1e-3
"""Half the distance over which a difference is taken."""


def reached(machine: KernelMachine, row: int) -> list[Array]:
    """The training rows with one of them moved there and back along each axis."""
    width = machine.rows.shape[1]
    moved = []
    for offset in REACH * np.concatenate([np.eye(width), -np.eye(width)]):
        rows = machine.rows.copy()
        rows[row] += offset
        moved.append(rows)
    return moved


def is_stable(machine: KernelMachine, row: int, rows: Array, signs: Array) -> bool:
    """Whether nothing changes its part within reach, nor passes the margin that the loss has."""
    margins = signs * machine.decision(rows) < 1
    for moved in reached(machine, row):
        other = machine.moving(np.array([row]), moved[[row]])
        if (
            (other.free != machine.free).any()
            or ((other.coefficients == 0) != (machine.coefficients == 0)).any()
            or ((signs * other.decision(rows) < 1) != margins).any()
        ):
            return False
    return True


def differences(machine: KernelMachine, row: int, rows: Array, signs: Array) -> Array:
    """The gradient of the loss by differences, each end refitted by scikit-learn."""
    losses = []
    for moved in reached(machine, row):
        refit = peer(moved, machine.signs, machine.kernel, machine.penalty)
        losses.append(np.maximum(0.0, 1.0 - signs * refit.decision_function(rows)).mean())
    ahead, behind = np.split(np.array(losses), 2)
    gradient: Array = (ahead - behind) / (2 * REACH)
    return gradient


def cosine(one: Array, other: Array) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("penalty", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("seed", range(2))
def test_the_gradient_is_that_of_a_full_retrain(kernel: Kernel, penalty: float, seed: int) -> None:
    """Of bounded rows and of margin vectors, in one data set after another.

    In 8 dimensions, since d + 1 margin vectors pin a plane down, whatever the bounded rows do.
    """
    rng = np.random.default_rng(seed)
    machine = KernelMachine.fit(*clouds(rng, 80, 8), kernel, penalty)
    rows, signs = clouds(rng, 50, 8)
    bounded = (machine.coefficients != 0) & ~machine.free
    kinds = [np.flatnonzero(kind)[:3] for kind in (machine.free, bounded)]
    compared = 0
    for row in np.concatenate(kinds):
        if not is_stable(machine, row, rows, signs):
            continue
        gradient = hinge_gradient(machine, rows, signs, np.array([row]))[0]
        expected = differences(machine, row, rows, signs)
        assert cosine(gradient, expected) > 0.999
        assert np.linalg.norm(gradient) == pytest.approx(np.linalg.norm(expected), rel=1e-2)
        compared += 1
    assert compared >= 2


@pytest.mark.parametrize("kernel", [LinearKernel(), RBFKernel(0.05)])
def test_the_gradient_on_digits(kernel: Kernel) -> None:
    """Flipped copies among 100 digits, moved a little, as an attack meets them."""
    rng = np.random.default_rng(1)
    digits = load_digits_pair()
    order = rng.permutation(len(digits.rows))
    rows, signs = digits.rows[order] / 16, signs_of(digits.labels[order])
    moved = np.clip(rows[:3] + 0.2 * rng.normal(size=(3, 64)), 0, 1)
    machine = KernelMachine.fit(rows[:100], signs[:100], kernel, 1.0).adding(moved, -signs[:3])
    held, truth = rows[100:200], signs[100:200]
    stable = [row for row in (100, 101, 102) if is_stable(machine, row, held, truth)]
    assert stable
    gradients = hinge_gradient(machine, held, truth, np.array(stable))
    for row, gradient in zip(stable, gradients, strict=True):
        assert cosine(gradient, differences(machine, row, held, truth)) > 0.999


def test_rows_off_the_margin_move_nothing() -> None:
    rng = np.random.default_rng(0)
    machine = KernelMachine.fit(*clouds(rng, 60, 4), LinearKernel(), 1.0)
    rows, signs = clouds(rng, 50, 4)
    reserve = np.flatnonzero(machine.coefficients == 0)
    assert len(reserve) > 10
    assert not hinge_gradient(machine, rows, signs, reserve).any()


def test_without_a_margin_vector_the_intercept_follows_two_rows() -> None:
    rng = np.random.default_rng(0)
    machine = KernelMachine.fit(*clouds(rng, 20, 3), RBFKernel(0.05), 0.01)
    rows, signs = clouds(rng, 50, 3)
    assert not machine.free.any()
    gradients = hinge_gradient(machine, rows, signs, np.arange(20))
    assert all(is_stable(machine, row, rows, signs) for row in range(20))
    for row in range(20):
        expected = differences(machine, row, rows, signs)
        np.testing.assert_allclose(gradients[row], expected, atol=1e-6)


@given(st.integers(0, 10**6))
@settings(max_examples=50, deadline=None)
def test_a_small_step_uphill_raises_the_loss(seed: int) -> None:
    """By about its length times the slope, unless a row changes its part on the way."""
    rng = np.random.default_rng(seed)
    machine = KernelMachine.fit(*clouds(rng, 40, 4), RBFKernel(0.2), 1.0)
    rows, signs = clouds(rng, 50, 4)
    moved = np.flatnonzero(machine.coefficients)[:5]
    gradient = hinge_gradient(machine, rows, signs, moved)
    step = 1e-6 / float(np.linalg.norm(gradient))
    after = machine.moving(moved, machine.rows[moved] + step * gradient)
    assume((after.free == machine.free).all())
    gained = hinge_loss(after, rows, signs) - hinge_loss(machine, rows, signs)
    assert gained == pytest.approx(1e-6 * np.linalg.norm(gradient), rel=0.02)
