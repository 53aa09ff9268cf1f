"""Packages that import what they export when it is first asked for.

The `__init__` of such a package lists its exports once, as ``from module import name as name`` in
a block ``if TYPE_CHECKING:``, where type checkers and readers find them, and ends with ::

    __getattr__, __dir__ = lazy_exports(__name__, __file__)

The block is read, not run: a name is looked up in it when the package does not have it yet.
"""

import ast
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any


def lazy_exports(package: str, path: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make the functions ``__getattr__`` and ``__dir__`` of a package.

    Parameters
    ----------
    package
        Its name.
    path
        The file of its `__init__`.
    """

    @cache
    def modules() -> dict[str, str]:
        """The module that each exported name stands in."""
        tree = ast.parse(Path(path).read_text(encoding="utf-8"))
        blocks = (
            node.body
            for node in tree.body
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        )
        return {
            export.name: statement.module
            for block in blocks
            for statement in block
            if isinstance(statement, ast.ImportFrom) and statement.module
            for export in statement.names
        }

    def get(name: str) -> Any:
        # Names that Python itself asks every module for are not worth reading the file.
        known = {} if name.startswith("__") else modules()
        if name not in known:
            raise AttributeError(
                f"module {package!r} has no attribute {name!r}; it exports {', '.join(known)}"
            )
        module = known[name]
        if module == package:
            return import_module(f"{package}.{name}")
        value = getattr(import_module(module), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *modules()})

    return get, names
