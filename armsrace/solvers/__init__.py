"""Solvers: plain functions from a formal game to an `Equilibrium`, or to a list of them.

Each name is imported when it is first used, so that `import armsrace` stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from armsrace.solvers.equilibrium import Equilibrium as Equilibrium

_MODULES = {
    "Equilibrium": "equilibrium",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_MODULES)
