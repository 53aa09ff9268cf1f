import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import numba
import pytest

import armsrace.solvers
from armsrace.solvers import warm
from armsrace.solvers._compilation import compiled

SOLVERS = Path(armsrace.solvers.__file__).parent


def test_solvers_are_light_until_they_are_called() -> None:
    code = (
        "import sys, armsrace.solvers; "
        "heavy = {'numba', 'scipy.optimize', 'scipy.linalg', 'pandas', 'networkx', 'cvxpy'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_warming_knows_every_module_with_kernels() -> None:
    users = {
        f"armsrace.solvers.{path.stem}"
        for path in SOLVERS.glob("*.py")
        if "_compilation import compiled" in path.read_text()
    }
    assert set(warm.KERNELS) == users
    warm.warm()


def test_kernels_are_compiled() -> None:
    from armsrace.solvers import _simplex

    assert isinstance(_simplex.solve, numba.core.dispatcher.Dispatcher)


def double(number: float) -> float:
    return 2.0 * number


def test_a_kernel_is_compiled_even_when_it_cannot_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    njit = numba.njit

    def without_a_cache(signature: str, error_model: Literal["numpy"], cache: bool = False) -> Any:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(signature, error_model=error_model)

    monkeypatch.setattr(numba, "njit", without_a_cache)
    kernel = compiled("f8(f8)")(double)
    assert kernel is not double
    assert kernel(1.5) == 3.0


def test_without_numba_a_kernel_runs_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    assert compiled("f8(f8)")(double) is double
    assert compiled("f8(f8)", instead=abs)(double) is abs
