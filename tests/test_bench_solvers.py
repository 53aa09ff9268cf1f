"""The benchmarks of the solvers run, small, and tell right answers from wrong ones.

What they measure is for `make bench` on a quiet machine.
"""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from armsrace.forms import NormalForm, kuhn_poker
from armsrace.solvers import cfr_plus, vertex_enumeration

FOLDER = Path(__file__).parents[1] / "experiments"
COORDINATION = NormalForm.from_bimatrix(np.eye(2), np.eye(2))  # two pure equilibria and a mixed one


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("bench_answers")


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("bench_pairs")


@pytest.mark.slow
def test_every_benchmark_runs_whatever_peers_are_there(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / "bench_solvers.py"), "--quick"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    for name in ("minimax:", "batch:", "lemke-howson:", "enumeration:", "poker:", "learning:"):
        assert sum(line.startswith(name) for line in lines) == 1
    beside = [line for line in lines if line.startswith("    beside ")]
    for peer in ("quantecon", "nashpy", "Gambit", "OpenSpiel", "scipy, HiGHS", "a numpy loop"):
        assert any(line.startswith(f"    beside {peer}") for line in beside)
    # Scipy and numpy are always there, and have goals.
    assert sum(" met " in line or " MISSED " in line for line in beside) >= 4
    assert sum("41 of 41 equilibria" in line for line in lines) >= 1


def test_a_peer_may_be_right_or_wrong_or_fail_or_be_absent(pairs: ModuleType) -> None:
    def absent() -> None:
        raise ModuleNotFoundError("No module named 'gone'", name="gone")

    def fails(game: int) -> int:
        raise ZeroDivisionError("no pivot")

    job = pairs.Job(
        "squares",
        3,
        lambda game: game**2,
        lambda found: (found == [0, 1, 4], f"{found}"),
        [
            pairs.Peer("right", lambda: lambda game: game * game, 1e-9),
            pairs.Peer("wrong", lambda: lambda game: game + game, 1e-9),
            pairs.Peer("slow", lambda: lambda game: game * game, 1e9, share=0.5),
            pairs.Peer("fails", lambda: fails, 1.0),
            pairs.Peer("absent", absent, 1.0),
        ],
    )
    effort = pairs.Effort(pairs=5, shortest=1e-4, patience=60.0)
    ours, right, wrong, slow, *others = pairs.lines(job, effort)
    assert (ours.ratios, ours.note) == ((), "[0, 1, 4]")
    assert len(right.ratios) == 5
    assert " met " in str(right)
    assert wrong.note == "WRONG: [0, 2, 4]"
    assert " met " not in str(wrong)
    assert "MISSED" in str(slow)
    assert "no answer: ZeroDivisionError: no pivot" in others[0]
    assert "absent: there is no module gone" in others[1]


def test_armsrace_must_not_be_wrong(pairs: ModuleType) -> None:
    job = pairs.Job("squares", 2, lambda game: game + 1, lambda found: (False, "off by one"), [])
    with pytest.raises(ArithmeticError, match="squares is wrong: off by one"):
        list(pairs.lines(job, pairs.Effort(pairs=1, shortest=0.0, patience=0.0)))


def test_all_equilibria_are_all_and_no_others(answers: ModuleType) -> None:
    account = answers.all_equilibria([COORDINATION])
    found = [answers.certified(answer) for answer in vertex_enumeration(COORDINATION)]
    assert account([found]) == (True, "3 of 3 equilibria")
    assert account([[*found, found[0]]]) == (True, "3 of 3 equilibria")
    assert account([found[:2]]) == (False, "2 of 3 equilibria")
    false = (np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    assert account([[*found, false]]) == (False, "3 of 3 equilibria, 1 false")


def test_an_equilibrium_is_judged_by_its_regret(answers: ModuleType) -> None:
    account = answers.equilibria([COORDINATION], 1e-9)
    half = np.array([0.5, 0.5])
    assert account([(half, half)]) == (True, "regret 0e+00")
    assert account([(np.array([0.6, 0.4]), half)]) == (False, "regret 1e-01")


def test_many_games_are_judged_by_their_largest_gap(answers: ModuleType) -> None:
    games = np.array([[[1.0, -1.0], [-1.0, 1.0]]] * 3)
    half, heads = np.full((3, 2), 0.5), np.array([[1.0, 0.0]] * 3)
    assert answers.values(games)([(half, half)]) == (True, "gap 0e+00, 3 games")
    assert answers.values(games)([(half[:1], half[:1])]) == (True, "gap 0e+00, 1 games")
    assert answers.values(games)([(heads, half)]) == (False, "gap 1e+00, 3 games")


def test_a_solution_is_judged_by_its_value_and_exploitability(answers: ModuleType) -> None:
    learned = cfr_plus(kuhn_poker(), iterations=1000)
    assert answers.solution(kuhn_poker(), 1e-3)([learned])[0]
    assert not answers.solution(kuhn_poker(), 1e-6)([learned])[0]


def test_masses_are_judged_by_balance(answers: ModuleType) -> None:
    rock_paper_scissors = NormalForm.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    account = answers.stationary(rock_paper_scissors, 1.0)
    assert account([np.full(3, 1 / 3)])[0]
    assert not account([np.array([0.3, 0.3, 0.4])])[0]
