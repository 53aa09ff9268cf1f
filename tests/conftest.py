"""What tests share: hypothesis settings, the registered games, small runs of experiments."""

import io
import os
import runpy
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from armsrace.game import Game
from armsrace.registry import load_game

# The machine may be busy, so no example has a deadline; CI draws the same examples every time.
settings.register_profile("armsrace", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("armsrace")


@pytest.fixture(scope="session")
def game_called() -> Callable[[str], Game]:
    """Registered games by name, as they come; their worlds are set up once in a session."""
    return cache(load_game)


@pytest.fixture(scope="session")
def small_run(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Callable[[str], tuple[Path, str]]:
    """By the name of an experiment: the folder that its small run published to, and its output.

    Each is run once in a session, whichever worker asks first, from a folder that is not its own;
    a warning is an error.
    """
    scripts = Path(__file__).parents[1] / "experiments"
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "small_runs"

    @cache
    def run(name: str) -> tuple[Path, str]:
        folder, report = shared / name, shared / f"{name}.txt"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            wait_for(report)
        else:
            few = ["--rounds", "2", "--seeds", "5"]
            small = few if name.startswith("fig") else ["--quick"]
            words = [str(scripts / f"{name}.py"), "--out", str(folder / "out"), *small]
            printed = io.StringIO()
            try:
                with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
                    patch.chdir(folder)
                    patch.setattr(sys, "argv", words)
                    runpy.run_path(words[0], run_name="__main__")
            finally:  # the other worker is not to wait for one that failed
                written = report.with_suffix(".part")
                written.write_text(printed.getvalue())
                written.rename(report)
        assert [path.name for path in folder.iterdir()] == ["out"]
        return folder / "out", report.read_text()

    return run


def wait_for(path: Path, seconds: float = 300.0) -> None:
    """Return when another worker has made a file."""
    until = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < until, f"no {path.name} from the other worker"
        time.sleep(0.1)
