"""Other programs, imported when they are needed."""

from importlib import import_module
from types import ModuleType


def peer(module: str, package: str) -> ModuleType:
    """Import another program's module.

    Parameters
    ----------
    module
        What Python imports: a module at the top.
    package
        What pip installs.

    Raises
    ------
    ImportError
        When it is not installed.

    Examples
    --------
    >>> peer("no_such_solver", "no-such-solver")
    Traceback (most recent call last):
    ...
    ImportError: no-such-solver is not installed; pip install armsrace[interop]
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        message = f"{package} is not installed; pip install armsrace[interop]"
        raise ImportError(message, name=module) from error


def check_type(game: object, expected: type, name: str) -> None:
    """Make sure that a game is an object of the other program.

    Raises
    ------
    TypeError
        When it is not.
    """
    if not isinstance(game, expected):
        raise TypeError(f"game must be a {name}, got {type(game).__name__}")
