"""Every experiment runs, small, from another directory, and publishes its numbers.

The benchmarks print what they measure and publish nothing; they have tests of their own.
"""

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "experiments"
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if not path.stem.startswith("bench"))


def test_there_are_experiments() -> None:
    names = {script.stem for script in SCRIPTS}
    assert {"secure_retraining", "who_leads", "prediction_games", "honeypot"} <= names


@pytest.mark.parametrize("name", [script.stem for script in SCRIPTS])
def test_experiment_publishes_from_anywhere(
    name: str, small_run: Callable[[str], tuple[Path, str]]
) -> None:
    out, _ = small_run(name)
    wanted = {name + suffix for suffix in (".pdf", ".svg", ".png", ".csv", ".json")}
    published = {path.name for path in out.iterdir()}
    assert wanted <= published
    assert all(path.startswith(f"{name}_") and path.endswith(".csv") for path in published - wanted)
    for path in out.glob("*.csv"):
        with path.open() as file:
            assert len(list(csv.DictReader(file))) > 1
    record = json.loads((out / f"{name}.json").read_text())
    assert record["command"] == f"python experiments/{name}.py"


@pytest.mark.parametrize("name", [script.stem for script in SCRIPTS])
def test_readme_lists_the_experiment(name: str) -> None:
    assert f"python experiments/{name}.py" in (FOLDER.parent / "README.md").read_text()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_committed_numbers_are_those_of_their_record(path: Path) -> None:
    """Made by committed code, and not edited since."""
    record = json.loads(path.read_text())
    data = path.with_suffix(".csv").read_bytes()
    assert hashlib.sha256(data).hexdigest() == record["data_sha256"]
    assert record["dirty"] is False
