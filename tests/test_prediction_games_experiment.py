"""The experiment on prediction games runs, small, from anywhere; its tables hold what it says."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

SCRIPT = Path(__file__).parents[1] / "experiments" / "prediction_games.py"


def test_both_tables(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--quick", "--out", str(tmp_path / "out")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    scores = pd.read_csv(tmp_path / "out" / "prediction_games_table.csv")
    assert len(scores) == 5 * 2 * 2
    assert scores["f_measure"].between(0.0, 1.0).all()
    naive = pd.read_csv(tmp_path / "out" / "prediction_games_best_responses.csv")
    unique = naive[naive["surely_unique"]]
    assert (unique["product"] == 1.05).all()
    assert (unique["period"] == 1).all()
    assert (unique["equilibrium_distance"] < 1e-6).all()
    swinging = naive[(naive["game"] == "nash_logistic_regression") & (naive["product"] == 0.02)]
    assert swinging["period"].tolist() == [2]
    assert (swinging["last_move"] > 1.0).all()
    assert (naive["equilibrium_regret"] < 1e-8).all()
