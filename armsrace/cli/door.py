"""The door: what was written on the command line, as the library takes it, or a refusal.

A setting is written ``key=value``; a key with dots reaches into a parameter that has parts, as in
``costs.learner.fp=2``. A strategy is the name of an action or agent, or a mix of these,
``hold=0.3,retrain=0.7``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import click

from armsrace.agents import Strategy
from armsrace.game import Game
from armsrace.registry import load_game


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what the library raises at its doors into a refusal of the command.

    Only checks of the input belong inside: a KeyError or IndexError, and whatever is raised in the
    work after them, is a bug and passes.
    """
    try:
        yield
    except (KeyError, IndexError):
        raise
    except (LookupError, ValueError, TypeError) as error:
        raise click.ClickException(str(error)) from error


def load_configured(name: str, settings: Iterable[str]) -> Game:
    """Make a registered game with the parameters that were set.

    Parameters
    ----------
    name
        One of the registered games.
    settings
        Each ``key=value``; of two for the same key the later one counts.

    Raises
    ------
    LookupError
        When there is no such game or key; the message lists those there are.
    ValueError
        When a setting is not written so, or its value is not of the parameter's type.

    Examples
    --------
    >>> game = load_configured("dictionary_attack", ["rounds=5", "costs.learner.fp=2"])
    >>> game.rounds, game.costs.learner.fp, game.costs.adversary.fp
    (5, 2.0, 1.0)
    """
    texts = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise ValueError(f"a parameter is set as key=value, got {setting!r}")
        texts[key.strip()] = text.strip()
    game: Game = _with(load_game(name), name, texts)
    return game


def read_strategy(text: str) -> Strategy:
    """Read the name of an action or agent, or a mix of them.

    Raises
    ------
    ValueError
        When a mix is not written ``name=probability,name=probability``.

    Examples
    --------
    >>> read_strategy("retrain")
    'retrain'
    >>> read_strategy("hold=0.3, retrain=0.7")
    {'hold': 0.3, 'retrain': 0.7}
    """
    if "=" not in text:
        return text
    mix: dict[str, float] = {}
    for part in text.split(","):
        name, _, probability = (word.strip() for word in part.partition("="))
        try:
            weight = float(probability)
        except ValueError:
            raise ValueError(
                f"a mix is written name=probability,name=probability, got {part.strip()!r}"
            ) from None
        if name in mix:
            raise ValueError(f"a mix must name each strategy once, got {name!r} twice")
        mix[name] = weight
    return mix


def _with(owner: Any, place: str, texts: Mapping[str, str]) -> Any:
    """The same dataclass with other values at some keys, all of them replaced at once."""
    heads: dict[str, dict[str, str]] = {}
    for key, text in texts.items():
        head, _, rest = key.partition(".")
        heads.setdefault(head, {})[rest] = text
    hints = get_type_hints(type(owner))
    changes = {}
    for head, parts in heads.items():
        if head not in _names(owner):
            known = ", ".join(_names(owner))
            raise LookupError(f"unknown parameter {head!r} of {place}; it has {known}")
        value, here = getattr(owner, head), f"{place}.{head}"
        if is_dataclass(value) and "" not in parts:
            changes[head] = _with(value, here, parts)
        elif is_dataclass(value):
            known = ", ".join(_names(value))
            raise ValueError(f"{here} is set part by part; it has {known}")
        elif parts.keys() != {""}:
            raise LookupError(f"{here} has no parts, got {'.'.join((head, *parts))!r}")
        else:
            changes[head] = _read(here, parts[""], hints[head])
    return replace(owner, **changes)


def _names(owner: Any) -> list[str]:
    return [item.name for item in fields(owner) if item.init]


def _read(name: str, text: str, hint: Any) -> Any:
    """A value of a parameter's type; of a union, of the first of its types that fits."""
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    readers = dict(map(_reader, kinds))
    for read in readers.values():
        with suppress(ValueError):
            return read(text)
    raise ValueError(f"{name} must be {' or '.join(readers)}, got {text!r}")


def _reader(kind: Any) -> tuple[str, Callable[[str], Any]]:
    """What a type is called, and the function that reads it or raises a ValueError."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"one of {', '.join(member.value for member in kind)}", kind
    return _READERS.get(kind, ("set in Python", _refuse))


def _boolean(text: str) -> bool:
    words = {"true": True, "false": False}
    if text.lower() not in words:
        raise ValueError
    return words[text.lower()]


def _none(text: str) -> None:
    if text.lower() != "none":
        raise ValueError


def _refuse(text: str) -> None:
    raise ValueError


_READERS: Final[Mapping[Any, tuple[str, Callable[[str], Any]]]] = MappingProxyType(
    {
        bool: ("true or false", _boolean),
        int: ("an integer", int),
        float: ("a number", float),
        str: ("a text", str),
        NoneType: ("none", _none),
    }
)
