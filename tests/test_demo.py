"""The demo: what it prints and writes, small, and how it compares a policy with the equilibrium."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from armsrace.demo import compare, run
from armsrace.forms import NormalForm

NAMES = ("error_by_round", "payoffs", "best_responses")
SUFFIXES = (".pdf", ".svg", ".png", ".csv", ".json")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("demo") / "new" / "folder"
    return out, run(out, seeds=8, jobs=1, progress=False, rounds=1)


def test_writes_three_figures_with_their_numbers(demo: tuple[Path, str]) -> None:
    out, _ = demo
    assert {path.name for path in out.iterdir()} == {n + s for n in NAMES for s in SUFFIXES}


def test_prints_one_screen(demo: tuple[Path, str]) -> None:
    _, screen = demo
    lines = screen.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines[:-1])) <= 100
    for word in ("learner plays", "adversary plays", "regret", "committed", "retraining blindly"):
        assert word in screen


def test_same_numbers_twice(
    demo: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is drawn the second time; what is drawn is the same, as the tests of figures show."""
    out, screen = demo
    drawn: list[Any] = []
    monkeypatch.setattr("armsrace.demo._draw", lambda *arguments: drawn.extend(arguments))
    again = run(tmp_path, seeds=8, jobs=1, progress=False, rounds=1)
    assert again.replace(str(tmp_path), "") == screen.replace(str(out), "")
    *_, races, equilibrium = drawn
    with (out / "payoffs.csv").open() as file:
        payoffs = [float(row["payoff"]) for row in csv.DictReader(file)]
    assert payoffs == equilibrium.form.payoffs[0].ravel().tolist()
    unusable = np.concatenate(
        [measured[:, :2].sum(axis=1).mean(axis=0) for measured in races.values()]
    )
    with (out / "error_by_round.csv").open() as file:
        assert [float(row["mean"]) for row in csv.DictReader(file)] == unusable.tolist()


@pytest.mark.slow
def test_same_bytes_twice(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    screens = [run(out, seeds=8, jobs=1, progress=False, rounds=2) for out in (first, second)]
    # The provenance names the commit, which may change under a running test; the rest may not.
    for path in first.iterdir():
        if path.suffix != ".json":
            assert (second / path.name).read_bytes() == path.read_bytes(), path.name
    assert screens[0].replace(str(first), "") == screens[1].replace(str(second), "")


def test_refuses_too_few_seeds(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"seeds must be at least 8 .* got 2"):
        run(tmp_path, seeds=2, jobs=1, progress=False)


def test_refuses_a_folder_that_is_a_file_before_it_plays(tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("here")
    with pytest.raises(OSError, match=r"cannot write figures to .* choose another --out"):
        run(occupied, seeds=8, jobs=1, progress=False)
    assert occupied.read_text() == "here"


def test_compares_on_replicates_that_chose_nothing() -> None:
    # The even replicates choose: there the attack "b" hurts "held" most, and mixing half and half
    # guards best. The odd ones score: there all is different, and only they may count.
    search = np.array([[0.0, -4.0], [-4.0, 0.0]])
    score = np.array([[-1.0, -7.0], [-3.0, -9.0]])
    learner = np.stack([search, score] * 4)
    matrix = NormalForm.from_samples(
        np.stack([learner, -learner], axis=1), actions=[["held", "other"], ["a", "b"]]
    )
    result = compare(matrix, "held")
    assert result.policy_attack == "b"
    assert float(result.policy_loss.estimate) == pytest.approx(7.0)
    against = {"a": 2.0, "b": 8.0}[result.equilibrium_attack]
    assert float(result.equilibrium_loss.estimate) == pytest.approx(against)
    assert float(result.difference.estimate) == pytest.approx(7.0 - against)


def test_compares_empirical_games_only() -> None:
    with pytest.raises(ValueError, match="must be an empirical game"):
        compare(NormalForm.zero_sum([[1.0]]), "0")
