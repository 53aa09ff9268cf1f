"""Every registered game passes every check of games; nothing is listed by hand."""

from collections.abc import Callable
from pathlib import Path

import pytest

import armsrace.checks
import games
from armsrace.checks import checks_in, exported_classes
from armsrace.game import Game, LearningGame
from armsrace.registry import available_games, game_class

CASES = [
    pytest.param(name, check, id=f"{name}-{check.__name__}")
    for name in available_games()
    for check in (
        *checks_in(armsrace.checks.games),
        *(
            checks_in(armsrace.checks.learning_games)
            if issubclass(game_class(name), LearningGame)
            else ()
        ),
    )
]


@pytest.mark.parametrize(("name", "check"), CASES)
def test_game(name: str, check: Callable[[Game], None], game_called: Callable[[str], Game]) -> None:
    check(game_called(name))


def test_every_module_of_games_is_exported() -> None:
    """A game whose export line was forgotten would be neither registered nor checked."""
    (folder,) = games.__path__
    modules = {path.stem for path in Path(folder).glob("*.py")} - {"__init__"}
    assert modules == {kind.__module__.split(".")[1] for kind in exported_classes(games, (Game,))}
