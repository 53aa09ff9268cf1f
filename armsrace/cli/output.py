"""Files that are written whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
