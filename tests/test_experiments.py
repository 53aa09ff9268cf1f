"""Every figure of experiments/ runs, small, from another directory, and publishes its files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "experiments"
FIGURES = sorted(FOLDER.glob("fig*.py"))


def test_there_are_figures() -> None:
    assert FIGURES


@pytest.mark.parametrize("script", FIGURES, ids=lambda script: script.stem)
def test_figure_runs_from_anywhere(script: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, str(script), "--out", str(out), "--rounds", "2"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    wanted = {script.stem + suffix for suffix in (".pdf", ".svg", ".png", ".csv", ".json")}
    assert {path.name for path in out.iterdir()} == wanted
