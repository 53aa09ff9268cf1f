"""Linear programs: HiGHS itself answers as scipy's door to it does, in silence."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from armsrace._linear_program import InfeasibleError, maximize, minimize


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 6), st.booleans())
@settings(max_examples=100)
def test_the_optimum_is_that_of_scipy(seed: int, m: int, n: int, sparse: bool) -> None:
    """Bounds of all kinds, some of them equal; by duality the multipliers give the optimum, too."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(m, n)) * (rng.random((m, n)) < 0.7)
    inside = rng.normal(size=n)
    low = matrix @ inside - rng.exponential(size=m) * (rng.random(m) < 0.7)
    objective, ends = rng.normal(size=n), (inside - 1.0, inside + 1.0)
    x, multipliers = minimize(
        objective, csr_array(matrix) if sparse else matrix, (low, np.inf), ends, 1e-9
    )
    box: Any = np.stack(ends, axis=1)
    expected = linprog(objective, -matrix, -low, bounds=box)
    assert objective @ x == pytest.approx(expected.fun, abs=1e-7)
    assert (matrix @ x >= low - 1e-8).all()
    assert (multipliers >= -1e-9).all()
    reduced = objective - multipliers @ matrix
    dual = multipliers @ low + np.minimum(reduced * ends[0], reduced * ends[1]).sum()
    assert dual == pytest.approx(expected.fun, abs=1e-7)


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    maximize(np.array([3.0, 2.0]), np.array([[1.0, 1.0]]), np.array([4.0]))
    assert capfd.readouterr() == ("", "")


def test_a_program_without_an_optimum_says_why() -> None:
    for matrix, says, kind in (
        ([[1.0]], "Infeasible", InfeasibleError),
        ([[-1.0]], "Unbounded", ArithmeticError),
    ):
        with pytest.raises(kind, match=f"HiGHS says '.*{says}") as caught:
            maximize(np.array([1.0]), np.array(matrix), np.array([-1.0]))
        assert caught.type is kind
