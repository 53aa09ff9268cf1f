"""Files that are written whole or not at all, and what is written as JSON."""

import json
import math
import os
import platform
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click


def check_writable(path: Path) -> None:
    """Refuse a path that could not be written to, before the work whose result it is to hold.

    Raises
    ------
    click.ClickException
        When its folder is missing or closed to us, or it is there and is no file, or read-only.
    """
    with _refusing(path):
        if path.exists() and not path.is_file():
            raise OSError(None, "it is not a file")
        if path.exists() and not os.access(path, os.W_OK):
            raise OSError(None, "it is read-only")
        with _folder_beside(path):
            pass


def write(path: Path, content: str) -> None:
    """Write a text under another name in the same folder and then move it to its place.

    So there is at no time half a file, and what was there before survives any failure.

    Raises
    ------
    click.ClickException
        When it cannot be written.
    """
    with _refusing(path), _folder_beside(path) as folder:
        whole = folder / path.name
        whole.write_text(content, encoding="utf-8", newline="")
        whole.replace(os.path.realpath(path))


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """A folder for the time being, where the file is: of a link, where it leads."""
    place = os.path.dirname(os.path.realpath(path))
    with tempfile.TemporaryDirectory(dir=place, prefix=".armsrace-") as folder:
        yield Path(folder)


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise click.ClickException(
            f"cannot write {str(path)!r}: {why}; choose another --out"
        ) from error


def finite(number: float) -> float | None:
    """JSON has no infinity: what a single seed cannot tell is null."""
    return number if math.isfinite(number) else None


def as_json(content: Mapping[str, Any]) -> str:
    """Write an answer, the same text for the same content; NaN and infinity are refused."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False, default=_plain) + "\n"


def versions() -> dict[str, str]:
    """The versions of what the numbers depend on, by the name of the package."""
    packages = ("armsrace", "highspy", "numpy", "scikit-learn", "scipy")
    return {name: version(name) for name in packages} | {"python": platform.python_version()}


def _plain(value: Any) -> Any:
    """A parameter that is no number or text: by its parts, its value, or as Python shows it."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value.value if isinstance(value, Enum) else repr(value)
