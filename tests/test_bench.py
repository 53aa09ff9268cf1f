"""The benchmarks run, small; what they measure is for `make bench` on a quiet machine."""

import os
import subprocess
import sys
from pathlib import Path

import armsrace as ar

SCRIPT = Path(__file__).parents[1] / "experiments" / "bench.py"


def test_every_benchmark_runs_and_reports(tmp_path: Path) -> None:
    """Each one checks, before it measures, that both ways give the same answer."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--quick"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    for name in ar.available_games():
        actions = ar.load_game(name).learner_actions
        assert any(line.strip().startswith(f"{name}: {act}, ") for line in lines for act in actions)
    for benchmark in ("rounds:", "refit:", "replicates:"):
        assert sum(line.startswith(benchmark) for line in lines) == 1
    verdicts = [line for line in lines if " met " in line or " MISSED " in line]
    assert len(verdicts) == 6
