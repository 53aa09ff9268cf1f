"""The benchmarks of Markov games run, small, and judge the answers that they time.

What they measure is for `make bench` on a quiet machine.
"""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "experiments"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("bench_markov")


@pytest.mark.slow
def test_every_benchmark_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / "bench_markov.py"), "--quick"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    for name in ("solve:", "growth:", "memory:", "general:", "play:"):
        assert sum(line.startswith(name) for line in lines) == 1
    beside = [line for line in lines if line.startswith("    beside ")]
    assert [line.split()[1] for line in beside] == ["scipy,", "play,"]
    assert not any("WRONG" in line or "no answer" in line for line in beside)
    assert sum("GiB" in line and " goal 1 " in line for line in lines) == 1


def test_walks_go_up_and_down_by_two_and_differ_by_seed(bench: ModuleType) -> None:
    game, other = bench.walk(9, 2), bench.walk(9, 2, seed=1)
    assert game.is_zero_sum()
    rows, columns = game.transitions.nonzero()
    assert np.abs(rows // 4 - columns).max() == 2
    assert not np.array_equal(game.rewards, other.rewards)
    assert not bench.general_walk(9, 2, 0).is_zero_sum()


def test_a_measure_says_whether_it_meets_its_goal(bench: ModuleType) -> None:
    assert " met " in str(bench.Measure("time", 2.9, "s", 3.0))
    assert "MISSED" in str(bench.Measure("time", 3.1, "s", 3.0))
    assert "goal" not in str(bench.Measure("time", 3.1, "s"))


def test_stages_at_the_value_have_it(bench: ModuleType) -> None:
    from armsrace.solvers import minimax_batch, shapley

    game = bench.walk(9, 2)
    values = shapley(game, tolerance=1e-10).values[0]
    worth, _, _ = minimax_batch(bench.stages_of(game, values))
    np.testing.assert_allclose(worth, values, atol=1e-9)


def test_the_peak_of_a_process_is_that_of_its_solution(bench: ModuleType) -> None:
    peak, seconds, regret = map(float, bench.peak(11, 2).split())
    assert 10_000_000 < peak < 10 * bench.GIB
    assert seconds > 0.0
    assert regret <= 2 * bench.TOLERANCE
