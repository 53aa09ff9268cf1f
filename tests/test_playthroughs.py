"""Every registered game has a playthrough, and still plays it line by line."""

from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

import pytest

from armsrace.checks import playthrough
from armsrace.game import Game
from armsrace.registry import available_games

FOLDER = Path(__file__).parent / "playthroughs"


@pytest.mark.parametrize("name", available_games())
def test_playthrough(name: str, game_called: Callable[[str], Game]) -> None:
    path = FOLDER / f"{name}.txt"
    command = f"python -m armsrace.checks {name} > tests/playthroughs/{name}.txt"
    assert path.exists(), f"{name} has no playthrough; write it with: {command}"
    told = path.read_text().splitlines()
    for number, (line, now) in enumerate(
        zip_longest(told, playthrough(game_called(name)).splitlines()), start=1
    ):
        assert line == now, f"line {number}; if this is meant, write it again with: {command}"


def test_every_playthrough_is_of_a_registered_game() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(available_games())
