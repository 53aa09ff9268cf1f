"""The catalogue: games by name, and what is said when something is not there."""

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pytest

import games
from armsrace import registry
from armsrace.checks import MatchingPennies
from armsrace.game import Game
from armsrace.registry import available_games, game_class, load_game


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Pretend that these packages, and no others, are registered as collections of games."""

    def install(**packages: ModuleType) -> None:
        class Point:
            def __init__(self, name: str) -> None:
                self.value, self.dist = name, None

            def load(self) -> ModuleType:
                return packages[self.value]

        monkeypatch.setattr("importlib.metadata.entry_points", lambda group: map(Point, packages))
        registry._catalogue.cache_clear()

    yield install
    monkeypatch.undo()
    registry._catalogue.cache_clear()


def package(name: str, **exports: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(exports)
    return module


def test_registered_games_are_those_that_games_exports() -> None:
    exported = {
        value.name: value
        for value in vars(games).values()
        if isinstance(value, type) and issubclass(value, Game)
    }
    assert available_games() == tuple(sorted(exported))
    for name, kind in exported.items():
        assert game_class(name) is kind
        assert isinstance(load_game(name), kind)


def test_parameters_are_handed_on() -> None:
    game = load_game("dictionary_attack", rounds=5, guess=0.25)
    assert game.rounds == 5
    assert game.guess == 0.25  # type: ignore[attr-defined]
    assert game == load_game("dictionary_attack", guess=0.25, rounds=5)


def test_unknown_game_lists_the_known_ones() -> None:
    message = f"unknown game 'dictionary'; available are {', '.join(available_games())}"
    with pytest.raises(LookupError, match=message):
        load_game("dictionary")


def test_unknown_parameter_lists_the_known_ones() -> None:
    says = "unknown parameter 'round' of dictionary_attack; it has rounds, discount, initial, mails"
    with pytest.raises(LookupError, match=says):
        load_game("dictionary_attack", round=5)


def test_classes_that_are_no_concrete_games_are_not_registered(installed: Any) -> None:
    installed(mine=package("mine", MatchingPennies=MatchingPennies, Game=Game, n=3, kind=dict))
    assert available_games() == ("matching_pennies",)


def test_collections_of_others_stand_beside_ours(installed: Any) -> None:
    installed(games=games, mine=package("mine", MatchingPennies=MatchingPennies))
    assert {"matching_pennies", "dictionary_attack"} <= set(available_games())


def test_two_games_of_one_name_are_refused(installed: Any) -> None:
    one, other = (package(name, MatchingPennies=MatchingPennies) for name in ("one", "other"))
    installed(one=one, other=other)
    with pytest.raises(ImportError, match="two games are called 'matching_pennies'"):
        available_games()


def test_shadowed_collection_says_where_it_came_from(installed: Any) -> None:
    installed(games=package("games", __path__=["elsewhere/games"]))
    with pytest.raises(
        ImportError, match=r"'games', .*, exports no game; .*elsewhere/games.*shadow"
    ):
        available_games()


def test_without_an_installation_the_remedy_is_told(installed: Any) -> None:
    installed()
    assert available_games() == ()
    with pytest.raises(LookupError, match=r"is armsrace installed\? \(pip install -e \.\)"):
        load_game("dictionary_attack")


def test_entry_point_of_a_real_installation_loads() -> None:
    assert EntryPoint("builtin", "games", "armsrace.games").load() is games
