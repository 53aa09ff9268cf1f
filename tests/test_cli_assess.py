"""``armsrace assess``: it prints and writes what the library says, or refuses in one line."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, final

import pytest

import armsrace as ar
from armsrace.assess import race, secure_retraining
from armsrace.cli import main
from games import CentroidDisplacement


@final
@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: object
    out: str
    err: str


Run = Callable[..., Done]
TWIN = ("assess", "centroid_displacement")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""

    def call(*words: object) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(map(str, words)))
        return Done(ended.value.code, *capsys.readouterr())

    return call


def refused(done: Done, *said: str) -> None:
    """It ended with code 2 and one line that says these things, and printed nothing else."""
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("armsrace: ")
    assert done.err.count("\n") == 1
    for words in said:
        assert words in done.err


def test_all_questions_of_an_analytic_game_are_answered(run: Run) -> None:
    game = CentroidDisplacement()
    raced = race(game, seeds=4, rounds=3, seed=7)
    done = run(*TWIN, "--seeds", 4, "--rounds", 3, "--seed", 7)
    assert done == Done(0, f"{raced!r}\n\n{secure_retraining(game)!r}\n", "")


def test_one_question_can_be_asked(run: Run) -> None:
    words = ("--seeds", 4, "--rounds", 2, "--question")
    assert run(*TWIN, *words, "race").out.startswith("Race of centroid_displacement")
    done = run(*TWIN, *words, "retraining", "--set", "discount=0.5")
    assert done.out.startswith("Secure retraining of centroid_displacement, discount 0.5\n")


def test_a_game_with_a_classifier_is_asked_for_its_race_alone(run: Run) -> None:
    done = run("assess", "centroid_shift", "--seeds", 4, "--rounds", 1)
    game = ar.load_game("centroid_shift")
    assert done == Done(0, f"{race(game, seeds=4, rounds=1)!r}\n", "")


def test_the_file_holds_what_the_library_says(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "answers.json"
    words = (*TWIN, "--seeds", 6, "--rounds", 3, "--out", out)
    assert run(*words).code == 0
    text = out.read_text()
    told = json.loads(text)
    game = CentroidDisplacement()
    raced, retrained = race(game, seeds=6, rounds=3), secure_retraining(game)
    assert (told["game"], told["seeds"], told["rounds"]) == ("centroid_displacement", 6, 3)
    assert told["race"]["course"] == raced.course.value
    assert told["race"]["price"] == {
        "estimate": float(raced.price.estimate),
        "low": float(raced.price.low),
        "high": float(raced.price.high),
    }
    assert [one["change"] for one in told["race"]["changes"]] == [
        change.name for change in raced.changes
    ]
    sizes = [len(sink) for sink in told["race"]["sinks"]]
    assert sizes == [len(sink) for sink in raced.sinks]
    assert told["race"]["stable"]["payoff"] == raced.stable_payoff
    assert told["retraining"]["regret"] == retrained.regret
    assert [one["guaranteed_loss"] for one in told["retraining"]["schedules"]] == [
        schedule.loss for schedule in retrained.schedules
    ]
    assert list(tmp_path.iterdir()) == [out]
    assert run(*words).code == 0
    assert out.read_text() == text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["spam"], ["'spam'", "centroid_shift", "dictionary_attack"]),
        (["centroid_shift", "--question", "risk"], ["'risk'", "race", "retraining"]),
        (["evasion", "--question", "retraining"], ["trains the model", "--question race"]),
        (
            ["label_flip", "--question", "retraining", "--set", "costs.learner.fp=2"],
            ["zero-sum", "--question race"],
        ),
        (["centroid_shift", "--seeds", "3"], ["--seeds", "x>=4"]),
        (["centroid_shift", "--jobs", "0"], ["--jobs", "x>=1"]),
        (["centroid_shift", "--rounds", "0"], ["--rounds", "x>=1"]),
        (["centroid_shift", "--set", "traffic=0"], ["traffic must be at least 1, got 0"]),
        (["centroid_shift", "--set", "mail=3"], ["'mail'", "rounds", "costs"]),
        ([], ["NAME", "armsrace assess --help"]),
    ],
    ids=" ".join,
)
def test_bad_input_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(run("assess", *words, "--out", "answers.json"), *said)
    assert list(tmp_path.iterdir()) == []


def test_unwritable_out_is_refused_before_the_work(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*args: object, **kwargs: object) -> NoReturn:
        pytest.fail("it began to work")

    monkeypatch.setattr("armsrace.assess.race", work)
    refused(run("assess", "centroid_shift", "--out", tmp_path / "no" / "file"), "cannot write")


def test_a_general_sum_twin_is_asked_both_questions(run: Run) -> None:
    settings = ("--set", "costs.learner.fp=2", "--set", "drift=0")
    done = run(*TWIN, "--seeds", 4, "--rounds", 2, *settings)
    assert done.code == 0
    assert "cyclic share" not in done.out
    assert "equilibrium by markov_nash on 46 states: solved" in done.out


@pytest.mark.slow
def test_retraining_of_a_game_with_a_classifier_is_played(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "answers.json"
    asked = ("--question", "retraining", "--seeds", 4, "--rounds", 2, "--out", out)
    done = run("assess", "centroid_shift", "--set", "traffic=20", *asked)
    assert done.code == 0
    assert done.out.startswith("Secure retraining of centroid_shift, in play: ")
    told = json.loads(out.read_text())["retraining"]
    assert told["discount"] == 0.95
    assert set(told["features"]) <= {"displacement", "lag", "followed", "course"}
    kinds = {one["kind"] for one in told["schedules"]}
    assert kinds == {"equilibrium", "never", "always", "periodic", "triggered"}
    regret = told["regret"]
    assert 0.0 <= regret["low"] <= regret["estimate"] <= regret["high"]
