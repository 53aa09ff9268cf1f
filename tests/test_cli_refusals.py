"""What the command line refuses, and how it fails: one line, an exit code, nothing half-written."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import NoReturn, final

import pytest

from armsrace import solvers
from armsrace.cli import main
from armsrace.registry import game_class


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


def refused(done: Done, *said: str) -> None:
    """It ended with code 2 and one line that says these things, and printed nothing else."""
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("armsrace: ")
    assert done.err.endswith("\n")
    assert done.err.count("\n") == 1
    for words in said:
        assert words in done.err


SPAM = ("play", "dictionary_attack")
SHIFT = ("solve", "centroid_shift")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        # unknown names list the known ones
        (["paly"], ["'paly'", "games, play, solve, assess, demo"]),
        (["games", "spam"], ["'spam'", "centroid_shift", "dictionary_attack"]),
        (["play", "spam"], ["'spam'", "centroid_shift", "dictionary_attack"]),
        (["solve", "spam"], ["'spam'", "centroid_shift", "dictionary_attack"]),
        ([*SPAM, "-l", "sleep"], ["'sleep'", "hold", "retrain_roni"]),
        ([*SPAM, "-a", "hold"], ["'hold'", "wait", "focused_5%"]),
        ([*SPAM, "-l", "hold=0.5,sleep=0.5"], ["'sleep'", "hold", "retrain_roni"]),
        ([*SPAM, "--set", "mail=3"], ["'mail'", "rounds", "mails", "costs"]),
        ([*SPAM, "--set", "costs.enemy.fp=3"], ["'enemy'", "learner, adversary"]),
        ([*SPAM, "--set", "costs.learner.fpr=3"], ["'fpr'", "tp, fp, tn, fn"]),
        (["play", "centroid_shift", "--set", "data=faces"], ["'faces'", "spambase, phishing"]),
        ([*SHIFT, "--concept", "maximin"], ["'maximin'", "nash", "minimax", "stackelberg"]),
        ([*SHIFT, "--concept", "stackelberg", "--leader", "me"], ["'me'", "learner", "adversary"]),
        # values out of range, or of another type
        ([*SPAM, "--rounds", "-1"], ["--rounds", "-1"]),
        ([*SPAM, "--rounds", "0"], ["--rounds", "x>=1"]),
        ([*SPAM, "--rounds", "1.5"], ["--rounds", "'1.5'"]),
        ([*SPAM, "--seed", "-1"], ["--seed", "x>=0"]),
        ([*SPAM, "--set", "rounds=-1"], ["rounds must be at least 1, got -1"]),
        ([*SPAM, "--set", "mails=0"], ["at least 1, got 0"]),
        ([*SPAM, "--set", "mails=many"], ["mails must be an integer, got 'many'"]),
        ([*SPAM, "--set", "guess=nan"], ["guess must be in [0, 1], got nan"]),
        ([*SPAM, "--set", "costs.learner.fp=inf"], ["fp must be finite, got inf"]),
        ([*SPAM, "--set", "initial=1"], ["both classes"]),
        ([*SHIFT, "--seeds", "0"], ["--seeds", "x>=1"]),
        ([*SHIFT, "--jobs", "0"], ["--jobs", "x>=1"]),
        ([*SHIFT, "--set", "discount=0"], ["discount must be in (0, 1], got 0"]),
        (["demo", "--seeds", "2"], ["--seeds", "x>=8"]),
        # mixes
        ([*SPAM, "-l", "hold=0.5,retrain"], ["name=probability", "'retrain'"]),
        ([*SPAM, "-l", "hold=half,retrain=0.5"], ["name=probability", "'hold=half'"]),
        ([*SPAM, "-l", "hold=0.5,hold=0.5"], ["once", "'hold'"]),
        ([*SPAM, "-l", "hold=0.5,retrain=0.6"], ["sum to 1, got 1.1"]),
        ([*SPAM, "-l", "hold=-1,retrain=2"], ["non-negative"]),
        ([*SPAM, "-l", "hold=nan,retrain=1"], ["finite"]),
        # what does not fit together
        ([*SPAM, "--set", "mails"], ["key=value", "'mails'"]),
        ([*SPAM, "--set", "costs=3"], ["part by part", "learner, adversary"]),
        ([*SPAM, "--set", "rounds.first=3"], ["no parts", "rounds.first"]),
        ([*SPAM, "--set", "rounds=3", "--set", "rounds.first=3"], ["no parts"]),
        ([*SHIFT, "--leader", "learner"], ["nash has no leader"]),
        (
            [*SHIFT, "--concept", "minimax", "--set", "costs.learner.fp=2"],
            ["minimax needs a zero-sum game"],
        ),
        # syntax
        (["play"], ["NAME", "armsrace play --help"]),
        (["games", "a", "b"], ["extra argument", "armsrace games --help"]),
        (["--verbose"], ["--verbose", "armsrace --help"]),
        ([*SPAM, "--verbose"], ["--verbose", "armsrace play --help"]),
        ([*SPAM, "--seed"], ["--seed"]),
    ],
    ids=" ".join,
)
def test_bad_input_is_refused(
    run: Run, tmp_path: Path, words: list[str], said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out = ["--out", "result"] if words[0] in ("play", "solve") and words[-1] != "--seed" else []
    refused(run(*words, *out), *said)
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_one_line_in_a_process_of_its_own() -> None:
    done = run_alone("play", "centroid_displacement", "-l", "sleep")
    refused(done, "unknown learner 'sleep'")


@pytest.mark.parametrize("words", [("play", "centroid_shift"), ("solve", "centroid_shift")])
@pytest.mark.parametrize("place", ["missing/result", "folder", "file/result", "pipe", "n" * 300])
def test_unwritable_out_is_refused_before_the_work(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], place: str
) -> None:
    def work(*args: object, **kwargs: object) -> NoReturn:
        pytest.fail("it began to work")

    monkeypatch.setattr("armsrace.cli.play.resume", work)
    monkeypatch.setattr("armsrace.empirical_game", work)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine")
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.rglob("*"))
    refused(run(*words, "--out", tmp_path / place), "cannot write", place, "choose another --out")
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file").read_text() == "mine"
    assert (tmp_path / "pipe").is_fifo()


def test_read_only_out_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked of the system, since whoever runs the tests may be allowed everything."""
    out = tmp_path / "rounds.csv"
    out.write_text("mine")
    monkeypatch.setattr("os.access", lambda path, mode: (Path(path), mode) != (out, os.W_OK))
    refused(run("play", "centroid_shift", "--out", out), "read-only")
    assert out.read_text() == "mine"


@pytest.mark.parametrize("failing", ["write_text", "replace"])
def test_what_was_there_survives_a_failure_to_write(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    out = tmp_path / "rounds.csv"
    out.write_text("mine")

    def fail(*args: object, **kwargs: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, failing, fail)
    done = run("play", "centroid_shift", "--rounds", 1, "--out", out)
    refused(done, "cannot write", "no space left on device")
    assert out.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [out]


def test_out_replaces_a_file_where_a_link_leads(run: Run, tmp_path: Path) -> None:
    kept, link = tmp_path / "kept" / "rounds.csv", tmp_path / "latest.csv"
    kept.parent.mkdir()
    kept.write_text("old")
    link.symlink_to(kept)
    assert run("play", "centroid_shift", "--rounds", 1, "--out", link).code == 0
    assert link.is_symlink()
    assert kept.read_text().startswith("round,learner,adversary,")
    assert sorted(tmp_path.rglob("*")) == sorted([kept.parent, kept, link])


def test_a_degenerate_game_that_hides_its_equilibria_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solvers, "support_enumeration", lambda form: [], raising=False)
    words = ("--seeds", 2, "--rounds", 1, "--set", "costs.learner.fp=2")
    refused(run("solve", "centroid_shift", *words), "degenerate", "--concept stackelberg")


def test_demo_refuses_a_folder_it_cannot_write_to(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused(run("demo", "--out", tmp_path / "file" / "figures"), "cannot write", "--out")


@pytest.mark.parametrize("bug", [KeyError, IndexError, ValueError, TypeError, AttributeError])
@pytest.mark.parametrize("command", ["play", "solve"])
def test_a_bug_shows_its_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str, bug: type[Exception]
) -> None:
    def step(*args: object) -> NoReturn:
        raise bug("a bug")

    monkeypatch.setattr(game_class("centroid_shift"), "step", step)
    with pytest.raises(bug, match="a bug"):
        main([command, "centroid_shift", "--out", str(tmp_path / "result")])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bug", [KeyError, IndexError])
def test_a_bug_at_the_door_shows_its_traceback(
    monkeypatch: pytest.MonkeyPatch, bug: type[Exception]
) -> None:
    def load(name: str) -> NoReturn:
        raise bug("a bug")

    monkeypatch.setattr("armsrace.cli.games.load_game", load)
    with pytest.raises(bug):
        main(["games", "dictionary_attack"])


@pytest.mark.parametrize("words", [("games",), ("play", "centroid_displacement", "--rounds", "1")])
def test_a_closed_pipe_is_no_error(words: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    assert run_alone(*words, stdout=writer) == Done(1, "", "")
    os.close(writer)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_output_that_cannot_be_written_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        refused(run_alone("games", stdout=full.fileno()), "No space left on device")


def test_an_interrupt_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupt(*args: object, **kwargs: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("armsrace.empirical_game", interrupt)
    done = run("solve", "centroid_shift", "--out", tmp_path / "solution.json")
    assert done == Done(130, "", "armsrace: interrupted\n")
    assert list(tmp_path.iterdir()) == []
