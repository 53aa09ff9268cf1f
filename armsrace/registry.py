"""The catalogue: games by name.

A collection of games is an importable package with one line in its metadata,
``[project.entry-points."armsrace.games"]``; its concrete `Game` classes are those that it
exports. So exporting a class is registering it, and armsrace never imports a collection by
name.
"""

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from inspect import isabstract
from types import ModuleType
from typing import TYPE_CHECKING, Any

from armsrace.game import Game

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


def available_games() -> tuple[str, ...]:
    """The names of all registered games, in alphabetical order.

    Examples
    --------
    >>> "dictionary_attack" in available_games()
    True
    """
    return tuple(sorted(_catalogue()))


def game_class(name: str) -> type[Game]:
    """The class of a registered game.

    Raises
    ------
    LookupError
        When no game has this name; the message lists those there are.
    """
    catalogue = _catalogue()
    if name not in catalogue:
        known = ", ".join(sorted(catalogue)) or "none: is armsrace installed? (pip install -e .)"
        raise LookupError(f"unknown game {name!r}; available are {known}")
    return catalogue[name]


def load_game(name: str, **parameters: Any) -> Game:
    """Make a registered game.

    Parameters
    ----------
    name
        One of `available_games`.
    **parameters
        The game's parameters; those not given keep their defaults.

    Raises
    ------
    LookupError
        When there is no such game, or it has no such parameter; the message lists those there are.

    Examples
    --------
    >>> load_game("dictionary_attack", rounds=5).rounds
    5
    """
    kind = game_class(name)
    known = [item.name for item in fields(kind)]  # type: ignore[arg-type]
    for parameter in parameters:
        if parameter not in known:
            raise LookupError(
                f"unknown parameter {parameter!r} of {name}; it has {', '.join(known)}"
            )
    return kind(**parameters)


@cache
def _catalogue() -> dict[str, type[Game]]:
    # importlib.metadata takes longer to import than the rest of this module.
    from importlib.metadata import entry_points

    catalogue: dict[str, type[Game]] = {}
    for point in entry_points(group="armsrace.games"):
        package = point.load()
        found = list(_exported_games(package))
        if not found:
            raise ImportError(_shadowed(point, package))
        for kind in found:
            if kind.name in catalogue:
                raise ImportError(
                    f"two games are called {kind.name!r}: {catalogue[kind.name].__module__} "
                    f"and {kind.__module__}"
                )
            catalogue[kind.name] = kind
    return catalogue


def _exported_games(package: ModuleType) -> Iterator[type[Game]]:
    for value in vars(package).values():
        if isinstance(value, type) and issubclass(value, Game) and not isabstract(value):
            yield value


def _shadowed(point: "EntryPoint", package: ModuleType) -> str:
    places = list(getattr(package, "__path__", [])) or getattr(package, "__file__", None)
    return (
        f"package {point.value!r}, registered as a collection of games, exports no game; "
        f"it was imported from {places}: is a folder of the same name shadowing it?"
    )
