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

    warm.warm()
    assert isinstance(_simplex.solve, numba.core.dispatcher.Dispatcher)


def double(number: float) -> float:
    return 2.0 * number


def test_a_kernel_is_compiled_even_when_it_cannot_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    njit = numba.njit

    def without_a_cache(signature: str, error_model: Literal["numpy"], cache: bool = False) -> Any:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(signature, error_model=error_model)

    warm.warm()
    monkeypatch.setattr(numba, "njit", without_a_cache)
    kernel = compiled("f8(f8)")(double)
    assert kernel is not double
    assert kernel(1.5) == 3.0


def test_without_numba_a_kernel_runs_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    warm.warm()
    monkeypatch.setitem(sys.modules, "numba", None)
    assert compiled("f8(f8)")(double) is double
    assert compiled("f8(f8)", instead=abs)(double) is abs


SMALL_GAMES = """
import sys

import numpy as np

from armsrace.forms import NormalForm
from armsrace.solvers import lemke_howson, lemke_howson_all, minimax, vertex_enumeration
from armsrace.solvers import warm


def bits():
    found = []
    for seed, shape in enumerate([(1, 1), (2, 2), (3, 2), (3, 3), (4, 4), (4, 4)]):
        rng = np.random.default_rng(seed)
        a, b = rng.integers(0, 4, shape), rng.normal(size=shape)
        forms = NormalForm.zero_sum(b), NormalForm.from_bimatrix(a, b)
        found.append(minimax(forms[0]))
        found.append(lemke_howson(forms[1]))
        found.extend(lemke_howson_all(forms[1]) if seed < 3 else [])
        found.extend(vertex_enumeration(forms[1]))
    found.append(lemke_howson(NormalForm.from_bimatrix(rng.normal(size=(9, 9)), np.eye(9))))
    return [strategy.tobytes() for answer in found for strategy in answer.strategies]


plain = bits()
assert "numba" not in sys.modules
warm.warm()
from armsrace.solvers import _complementary_pivoting, _reverse_search, _simplex
for kernel in (_complementary_pivoting.scale, _reverse_search.exchange, _simplex.exchange):
    assert kernel.signatures
assert bits() == plain
"""


def test_small_games_do_without_numba_and_get_the_same_bits() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", SMALL_GAMES], check=True)


def test_many_small_games_are_worth_compiling_for() -> None:
    code = (
        "import sys, numpy as np; from armsrace.solvers import minimax_batch; "
        "games = np.random.default_rng(0).normal(size=(8, 3, 3)); "
        "calls = [minimax_batch(games)[0].tobytes() for _ in range(400)]; "
        "assert 'numba' in sys.modules and len(set(calls)) == 1"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
