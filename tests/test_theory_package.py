"""The package: every public module is exported, and stands on numpy and scipy alone."""

import ast
import pkgutil
from pathlib import Path

import pytest

from armsrace import theory

MODULES = [m.name for m in pkgutil.iter_modules(theory.__path__) if not m.name.startswith("_")]
STANDARD = {"collections.abc", "dataclasses", "itertools", "typing"}


def test_every_module_is_exported() -> None:
    assert [name for name in MODULES if not hasattr(theory, name)] == []


@pytest.mark.parametrize("name", MODULES)
def test_module_needs_numpy_at_its_top_and_scipy_at_most_inside(name: str) -> None:
    tree = ast.parse((Path(theory.__path__[0]) / f"{name}.py").read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    at_top = {source for node in tree.body if node in imports for source in sources(node)}
    inside = {source for node in imports if node not in tree.body for source in sources(node)}
    assert at_top <= {"armsrace.theory._checks", "numpy", "numpy.typing"} | STANDARD
    assert {source.split(".")[0] for source in inside} <= {"scipy"}


def sources(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
