"""The command line: what it prints and writes is what the library says."""

import csv
import json
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from subprocess import PIPE
from typing import Any, final

import numpy as np
import pytest
from click.testing import CliRunner

import armsrace as ar
from armsrace import solvers
from armsrace.cli import commands, main
from armsrace.cli.door import load_configured
from armsrace.cli.solve import CONCEPTS, Concept
from armsrace.cli.table import numerals
from armsrace.forms import NormalForm
from armsrace.game import Role
from armsrace.registry import game_class
from armsrace.solvers import Equilibrium
from armsrace.taxonomy import CELLS

HEAVY = {
    "cvxpy",
    "matplotlib",
    "networkx",
    "numba",
    "pandas",
    "scipy.optimize",
    "scipy.stats",
    "sklearn",
}


@final
@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: object
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""

    def call(*words: object) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(map(str, words)))
        return Done(ended.value.code, *capsys.readouterr())

    return call


def run_alone(*words: object, stdout: int = PIPE, stderr: int = PIPE) -> Done:
    """Run a command in a process of its own."""
    code = "from armsrace.cli import main; main()"
    command = [sys.executable, "-c", code, *map(str, words)]
    done = subprocess.run(command, stdout=stdout, stderr=stderr, text=True)
    return Done(done.returncode, done.stdout or "", done.stderr or "")


# games


def test_games_lists_all_cells_in_the_order_of_the_article(run: Run) -> None:
    lines = run("games").out.splitlines()
    heads = [line for line in lines if not line.startswith(" ")]
    assert [head.split("  ")[0] for head in heads] == [str(cell) for cell in CELLS]


def test_games_lists_each_game_under_each_of_its_cells(run: Run) -> None:
    listed: list[list[str]] = []
    for line in run("games").out.splitlines():
        if line.startswith(" "):
            listed[-1].append(line.split()[0])
        else:
            listed.append([])
    members = [
        [name for name in ar.available_games() if cell in game_class(name).cells] for cell in CELLS
    ]
    assert listed == [names or ["no"] for names in members]


def test_games_tells_a_game_by_the_first_sentence_of_its_docstring(run: Run) -> None:
    out = run("games").out
    assert "  A SpamBayes filter against an adversary who floods it with dictionaries.\n" in out


@pytest.mark.parametrize("name", ar.available_games())
def test_games_shows_the_rulebook_of_one(run: Run, name: str) -> None:
    assert run("games", name) == Done(0, f"{ar.load_game(name)!r}\n", "")


# play


@pytest.mark.parametrize("name", ar.available_games())
def test_every_game_is_played(run: Run, name: str) -> None:
    done = run("play", name, "--rounds", 1)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{name}: 1 rounds, seed 0\n")


@pytest.mark.slow
@pytest.mark.parametrize("name", ar.available_games())
def test_every_game_is_solved(run: Run, tmp_path: Path, name: str) -> None:
    """Estimated from plays of every action against every other, with a certificate."""
    done = run("solve", name, "--seeds", 2, "--rounds", 1, "--out", tmp_path / "solved.json")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{name}: 1 rounds a play, 2 paired seeds, seed 0\n")
    assert "regret" in done.out


def test_play_writes_the_frame_of_the_library(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "rounds.csv"
    words = ("-l", "retrain", "-a", "dictionary_5%", "--rounds", 3, "--seed", 7)
    assert run("play", "dictionary_attack", *words, "--out", out).code == 0
    game = ar.load_game("dictionary_attack")
    history = ar.play(game, "retrain", "dictionary_5%", rounds=3, seed=7)
    frame = history.frame()
    assert out.read_bytes() == frame.to_csv(index=False, lineterminator="\n").encode()
    header, *rows = csv.reader(out.read_text().splitlines())
    assert header == list(frame)
    for row, values in zip(rows, frame.values.tolist(), strict=True):
        assert [type(value)(text) for text, value in zip(row, values, strict=True)] == values
    assert list(tmp_path.iterdir()) == [out]


def test_play_prints_a_row_a_round_and_the_payoffs(run: Run) -> None:
    done = run("play", "centroid_shift", "-l", "retrain", "-a", "shift_30%", "--rounds", 4)
    history = ar.play(ar.load_game("centroid_shift"), "retrain", "shift_30%", rounds=4)
    lines = done.out.splitlines()
    assert lines[:3] == [
        "centroid_shift: 4 rounds, seed 0",
        "  learner    retrain",
        "  adversary  shift_30%",
    ]
    (first,) = (number for number, line in enumerate(lines) if line.split()[:1] == ["0"])
    rows = [line.split() for line in lines[first : first + 4]]
    for place, name in ((1, "tp"), (2, "fp"), (3, "tn"), (4, "fn"), (-2, "learner_payoff")):
        assert [float(row[place]) for row in rows] == history.column(name).tolist()
    assert lines[first + 4] == ""
    learner, adversary = numerals(history.payoffs)
    assert lines[-1] == f"payoff a round (mean): learner {learner}, adversary {adversary}"
    assert "offered 143" in lines[-2]
    assert history.column("offered").tolist() == [143.0] * 4


def test_play_puts_actions_that_change_into_the_table(run: Run) -> None:
    done = run("play", "centroid_shift", "-l", "retrain_every_5", "-a", "wait", "--rounds", 2)
    lines = done.out.splitlines()
    assert "  learner    see the table" in lines
    assert [line.split()[:2] for line in lines if line.startswith(("retrain ", "hold "))] == [
        ["retrain", "0"],
        ["hold", "1"],
    ]


def test_play_takes_the_second_actions_by_default(run: Run) -> None:
    named = run("play", "centroid_shift", "-l", "retrain", "-a", "shift_5%", "--rounds", 2)
    assert run("play", "centroid_shift", "--rounds", 2) == named


def test_play_takes_a_mix(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "rounds.csv"
    actions = set()
    game = ar.load_game("centroid_shift")
    for seed in range(6):
        mix = "hold=0.5,retrain=0.5"
        run("play", "centroid_shift", "-l", mix, "--rounds", 1, "--seed", seed, "--out", out)
        history = ar.play(game, {"hold": 0.5, "retrain": 0.5}, "shift_5%", rounds=1, seed=seed)
        assert out.read_text() == history.frame().to_csv(index=False, lineterminator="\n")
        actions.add(history.records[0].learner)
    assert actions == {"hold", "retrain"}


def test_play_takes_settings_that_reach_into_costs(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "rounds.csv"
    settings = ("--set", "costs.learner.fp=3", "--set", "drift=0.1", "--set", "data=phishing")
    run("play", "centroid_shift", "--rounds", 2, *settings, "--out", out)
    game = ar.load_game("centroid_shift", drift=0.1, data="phishing")
    costs = game.costs  # type: ignore[attr-defined]
    game = replace(game, costs=replace(costs, learner=replace(costs.learner, fp=3.0)))  # type: ignore[type-var]
    history = ar.play(game, "retrain", "shift_5%", rounds=2)
    assert out.read_text() == history.frame().to_csv(index=False, lineterminator="\n")
    assert not game.zero_sum


def test_play_is_the_same_in_every_process(run: Run, tmp_path: Path) -> None:
    words = ("play", "centroid_displacement", "--rounds", 3, "--seed", 11, "--out")
    files = [tmp_path / name for name in ("here", "there")]
    screens = [
        run(*words, files[0]).out,
        run_alone(*words, files[1]).out,
    ]
    assert screens[0] == screens[1] != ""
    assert files[0].read_bytes() == files[1].read_bytes() != b""
    assert run("play", "centroid_displacement", "--rounds", 3, "--seed", 12).out != screens[0]


# solve


def solved(run: Run, path: Path, *words: object) -> tuple[dict[str, Any], str]:
    """What solving writes, and what it prints."""
    done = run("solve", *words, "--out", path)
    assert done.code == 0
    return json.loads(path.read_text(), parse_constant=pytest.fail), done.out


@cache
def shifted(*changes: str, seeds: int = 3, seed: int = 0, rounds: int = 2) -> NormalForm:
    """The displaced centroid, changed, as the library estimates it."""
    game = load_configured("centroid_displacement", changes)
    return ar.empirical_game(game, seeds=seeds, seed=seed, rounds=rounds)


@pytest.mark.parametrize(
    ("concept", "leader"),
    [("nash", None), ("minimax", None), ("stackelberg", "learner"), ("stackelberg", "adversary")],
)
def test_solve_writes_what_the_library_answers(
    run: Run, tmp_path: Path, concept: str, leader: str | None
) -> None:
    words: list[object] = ["centroid_displacement", "--seeds", 3, "--seed", 5, "--rounds", 2]
    words += ["--concept", concept] + (["--leader", leader] if leader else [])
    written, _ = solved(run, tmp_path / "solution.json", *words)
    form = shifted(seed=5)
    answer = solvers.stackelberg(form, leader=leader) if leader else solvers.minimax(form)
    assert written["strategies"] == {"learner": answer.learner, "adversary": answer.adversary}
    assert written["value"] == answer.value
    assert written["interval"] == list(answer.interval)
    assert (written["regret"], written["regret_bound"]) == (answer.regret, answer.regret_bound)
    assert (written["seeds"], written["seed"], written["rounds"]) == (3, 5, 2)
    assert written["leader"] == leader
    assert written["parameters"]["costs"]["learner"]["fp"] == 1.0
    assert written["parameters"]["controls"] == []
    assert written["versions"]["armsrace"] == ar.__version__
    np.testing.assert_array_equal([*written["matrix"].values()], form.payoffs)
    np.testing.assert_array_equal([*written["standard_errors"].values()], form.standard_errors)


def test_solve_prints_matrix_strategies_value_and_regret(run: Run) -> None:
    done = run("solve", "centroid_displacement", "--seeds", 3, "--rounds", 2)
    form = shifted()
    answer = solvers.minimax(form)
    lines = done.out.splitlines()
    assert lines[0] == "centroid_displacement: 2 rounds a play, 3 paired seeds, seed 0"
    for action, payoffs in zip(form.actions[0], form.payoffs[0], strict=True):
        (row,) = (line.split() for line in lines if line.startswith(f"{action} "))
        decimals = len(row[1].partition(".")[2])
        assert row[1::2] == [f"{payoff:.{decimals}f}" for payoff in payoffs]
    for role in form.roles:
        (line,) = (line for line in lines if line.startswith(f"  {role} "))
        plays = dict(part.rsplit(" ", 1) for part in line.split(" by ")[1].split(", "))
        strategy = answer.strategy(role)
        assert plays == {str(action): f"{chance:.4g}" for action, chance in strategy.items()}
    (value,) = (line.split() for line in lines if line.startswith("  value "))
    assert float(value[1].rstrip(",")) == pytest.approx(answer.value, abs=5e-3)
    assert any(line.startswith("  regret ") and "in the true one (95 %)" in line for line in lines)


@pytest.mark.parametrize("concept", ["nash", "stackelberg"])
def test_solve_takes_a_general_sum_game(run: Run, tmp_path: Path, concept: str) -> None:
    words = ("centroid_displacement", "--seeds", 3, "--rounds", 2, "--set", "costs.learner.fp=2")
    written, screen = solved(run, tmp_path / "solution.json", *words, "--concept", concept)
    form = shifted("costs.learner.fp=2")
    assert not form.is_constant_sum()
    if concept == "nash":
        found = solvers.support_enumeration(form)
        assert written["method_parameters"]["equilibria found"] == len(found)
        answer = found[0]
    else:
        answer = solvers.stackelberg(form, leader="learner")
    assert written["strategies"] == {"learner": answer.learner, "adversary": answer.adversary}
    assert written["payoffs"] == dict(zip(form.roles, answer.payoffs.tolist(), strict=True))
    assert written["regret"] < 1e-9
    assert "the adversary's payoff a round (its standard error)" in screen


@pytest.mark.parametrize("fp", [1, 2])
@pytest.mark.parametrize("concept", ["correlated", "coarse_correlated"])
def test_solve_writes_and_prints_a_joint_distribution(
    run: Run, tmp_path: Path, concept: str, fp: int
) -> None:
    words = (
        "centroid_displacement",
        "--seeds",
        3,
        "--rounds",
        2,
        "--set",
        f"costs.learner.fp={fp}",
    )
    written, screen = solved(run, tmp_path / "solution.json", *words, "--concept", concept)
    form = shifted(f"costs.learner.fp={fp}")
    solver = {"correlated": solvers.correlated, "coarse_correlated": solvers.coarse_correlated}
    answer = solver[concept](form)
    joint = np.zeros(form.shape)
    for told in written["joint"]:
        place = [form.actions[i].index(told[role]) for i, role in enumerate(form.roles)]
        joint[tuple(place)] = told["probability"]
    np.testing.assert_array_equal(joint, answer.joint)
    assert "strategies" not in written
    assert written["method"] == concept
    assert written["payoffs"] == dict(zip(form.roles, answer.payoffs.tolist(), strict=True))
    assert written["interval"] == list(answer.interval)
    assert (written["regret"], written["regret_bound"]) == (answer.regret, answer.regret_bound)
    lines = screen.splitlines()
    assert f"{concept}: solved" in lines
    told = [line.split(maxsplit=2)[2] for line in lines if line.startswith("  both told ")]
    profiles = np.argwhere(answer.joint > 0.0).tolist()
    assert sorted(told) == sorted(
        f"{form.actions[0][i]}, {form.actions[1][j]}: {answer.joint[i, j]:.4g}" for i, j in profiles
    )


def test_solve_follows_logit_equilibria(run: Run, tmp_path: Path) -> None:
    words = ("centroid_displacement", "--seeds", 3, "--rounds", 2, "--set", "costs.learner.fp=2")
    written, _ = solved(run, tmp_path / "solution.json", *words, "--concept", "logit")
    answer = solvers.nash_by_logit(shifted("costs.learner.fp=2"))
    assert written["strategies"] == {"learner": answer.learner, "adversary": answer.adversary}
    assert written["regret"] == answer.regret < 1e-8


def test_solve_with_one_seed_writes_no_interval(run: Run, tmp_path: Path) -> None:
    words = ("centroid_displacement", "--seeds", 1, "--rounds", 1)
    written, _ = solved(run, tmp_path / "solution.json", *words)
    assert written["interval"] == [None, None]
    assert written["regret_bound"] is None
    assert written["standard_errors"]["learner"][0][0] is None


@pytest.mark.slow
def test_solve_does_not_depend_on_the_number_of_jobs(run: Run, tmp_path: Path) -> None:
    words = ("solve", "centroid_displacement", "--seeds", 5, "--rounds", 1, "--out")
    one = run(*words, tmp_path / "one.json")
    assert run_alone(*words, tmp_path / "two.json", "--jobs", 2) == Done(0, one.out, "")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_solve_fails_when_the_solver_did_not_converge(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(form: NormalForm, leader: Role) -> Equilibrium:
        return replace(solvers.minimax(form), status="regret 1 is above 0.1: rescale the payoffs")

    monkeypatch.setattr("armsrace.cli.solve.CONCEPTS", {**CONCEPTS, "nash": Concept(stuck)})
    done = run("solve", "centroid_displacement", "--seeds", 2, "--rounds", 1)
    assert done.code == 1
    assert "regret 1 is above 0.1: rescale the payoffs" in done.out


# demo


def test_demo_passes_its_options_and_prints_the_screen(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    passed = []

    def record(out: Path, *, seeds: int, jobs: int, progress: bool) -> str:
        passed.append((out, seeds, jobs, progress))
        return "a screen"

    monkeypatch.setattr("armsrace.demo.run", record)
    words = ("--out", tmp_path / "figures", "--seeds", 9, "--jobs", 2)
    assert run("demo", *words) == Done(0, "a screen\n", "")
    assert run("demo").code == 0
    assert passed[0] == (tmp_path / "figures", 9, 2, True)
    assert passed[1][0] == Path("out/demo")


# The command as a whole


def test_version() -> None:
    assert run_alone("--version") == Done(0, f"armsrace {ar.__version__}\n", "")


def test_the_command_alone_shows_its_help(run: Run) -> None:
    assert run() == run("--help")
    assert "Examples:" in run("--help").out


@pytest.mark.parametrize("name", sorted(commands.commands))
def test_help_ends_with_examples_that_are_valid(run: Run, name: str) -> None:
    text = run(name, "--help").out
    examples = text.split("Examples:\n")[1].strip().splitlines()
    for example in examples:
        command, called, *words = example.split()
        assert (command, called) == ("armsrace", name)
        given_values = commands.commands[name].make_context(name, words).params
        if given_values.get("name"):
            load_configured(given_values["name"], given_values.get("settings", ()))


def test_the_commands_run_under_the_runner_of_click() -> None:
    done = CliRunner().invoke(commands, ["games"])
    assert (done.exit_code, done.output.startswith(str(CELLS[0]))) == (0, True)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["games"], ["play", "--help"]])
def test_a_light_command_imports_nothing_heavy(words: list[str]) -> None:
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        f"from armsrace.cli import main; main({words!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0
    assert "armsrace.cli.play" in done.stderr.split()
    assert HEAVY.isdisjoint(done.stderr.split())


def test_progress_shows_on_a_terminal_only() -> None:
    words = ("solve", "centroid_displacement", "--seeds", 2, "--rounds", 1)
    master, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    os.set_blocking(master, False)
    shown = run_alone(*words, stderr=terminal)
    game = ar.load_game("centroid_displacement")
    m, n = (
        len(game.actions(role)) + len(game.suggested_agents(role))
        for role in ("learner", "adversary")
    )
    assert f"/{2 * m * n}".encode() in os.read(master, 1 << 16)
    os.close(terminal)
    os.close(master)
    assert run_alone(*words) == Done(0, shown.out, "")
