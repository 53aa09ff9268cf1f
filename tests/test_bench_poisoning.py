"""The benchmark of SVM poisoning runs, small, with or without its peer installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "experiments" / "bench_poisoning.py"


@pytest.mark.slow
def test_it_reports_damage_and_gradients_of_both_kernels(tmp_path: Path) -> None:
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
    lines = [line.split() for line in done.stdout.splitlines()]
    for name in ("nothing", "flipped", "labels", "armsrace", "armsrace,"):
        assert sum(line[0] == name and "error" in line for line in lines) == 2
    cosines = [float(line[4]) for line in lines if line[:3] == ["gradient", "of", "armsrace"]]
    assert len(cosines) == 2
    assert min(cosines) > 0.999
