"""Who leads: the small run publishes its files, and the corners are the two Stackelberg points."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[1] / "experiments" / "who_leads.py"


def rows_of(folder: Path, *words: str) -> dict[tuple[int, int], dict[str, str]]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--out", str(folder), *words],
        cwd=folder.parent,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with (folder / "who_leads.csv").open() as file:
        return {
            (int(row["learner_period"]), int(row["adversary_period"])): row
            for row in csv.DictReader(file)
        }


def test_points_are_those_of_the_game() -> None:
    """By the game's own losses: best responses, and the leader's least loss, on a fine grid."""
    values = np.linspace(0.0, 3.0, 300_001)
    model, effort = 8 / 7, 13 / 35
    assert model == pytest.approx(0.4 + 2 * effort)
    assert effort == pytest.approx(0.2 + 0.15 * model)
    replies = 0.2 + 0.15 * values
    led = values**2 / 2 - values * (0.4 + 2 * replies)
    assert values[led.argmin()] == pytest.approx(2.0, abs=1e-4)
    models = 0.4 + 2 * values
    led = values**2 / 2 - values * (0.2 + 0.15 * models) + 0.1 * models
    assert values[led.argmin()] == pytest.approx(0.15, abs=1e-4)


def test_small_run_publishes_and_equal_periods_end_at_the_nash_point(tmp_path: Path) -> None:
    rows = rows_of(tmp_path / "out", "--quick")
    wanted = {f"who_leads{suffix}" for suffix in (".pdf", ".svg", ".png", ".csv", ".json")}
    assert {path.name for path in (tmp_path / "out").iterdir()} == wanted
    assert len(rows) == 9
    assert [rows[p, p]["regime"] for p in (1, 4, 16)] == ["Nash"] * 3
    assert float(rows[16, 1]["model"]) > 8 / 7 > float(rows[1, 16]["model"])


@pytest.mark.slow
def test_slow_sides_lead(tmp_path: Path) -> None:
    rows = rows_of(tmp_path / "out")
    assert rows[256, 1]["regime"] == "learner leads"
    assert rows[1, 256]["regime"] == "adversary leads"
    assert float(rows[256, 1]["model"]) == pytest.approx(2.0, abs=0.05)
    assert float(rows[1, 256]["effort"]) == pytest.approx(0.15, abs=0.01)
