"""The benchmarks run, small; what they measure is for `make bench` on a quiet machine."""

import runpy
import sys
from pathlib import Path

import pytest

import armsrace as ar

SCRIPT = Path(__file__).parents[1] / "experiments" / "bench.py"


def test_every_benchmark_runs_and_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each one checks, before it measures, that both ways give the same answer."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), "--quick"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    for name in ar.available_games():
        actions = ar.load_game(name).learner_actions
        assert any(line.strip().startswith(f"{name}: {act}, ") for line in lines for act in actions)
    for benchmark in ("rounds:", "refit:", "replicates:"):
        assert sum(line.startswith(benchmark) for line in lines) == 1
    verdicts = [line for line in lines if " met " in line or " MISSED " in line]
    assert len(verdicts) == 6
