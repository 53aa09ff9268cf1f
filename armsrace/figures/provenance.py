"""Provenance: what a figure was made from, so that anybody can make it again."""

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, final

import numpy as np

_PACKAGE: Final = Path(__file__).resolve().parents[1]


@final
@dataclass(frozen=True)
class Provenance:
    """What a figure was made from.

    Parameters
    ----------
    seed
        The seed of all its random numbers, or several.
    command
        The command that makes the figure, without where it writes to.
    parameters
        Everything else the numbers depend on, by name: numbers, strings, truth values, and lists
        and mappings of these.
    source
        A file or folder of the code that made the numbers, usually ``Path(__file__)``: its git
        checkout is the one whose commit goes on record. By default the package itself.

    Raises
    ------
    TypeError
        When the seed or a parameter cannot be written as JSON.

    Examples
    --------
    >>> Provenance(7, "python experiments/fig1.py", {"rounds": 20}).parameters["rounds"]
    20
    """

    seed: int | Sequence[int]
    command: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    source: Path = _PACKAGE

    def __post_init__(self) -> None:
        for name, value in {"seed": self.seed, **self.parameters}.items():
            try:
                json.dumps(value, allow_nan=False)
            except (TypeError, ValueError) as error:
                raise TypeError(
                    f"{name} must be made of numbers, strings, lists and mappings that JSON can "
                    f"hold, got {value!r} ({error})"
                ) from None


@final
@dataclass(frozen=True)
class Commit:
    """The state of a git checkout.

    Attributes
    ----------
    commit
        The hash of the commit, or None outside a checkout.
    dirty
        Whether files differ from the commit or are new, or None outside a checkout.
    """

    commit: str | None
    dirty: bool | None


def versions() -> dict[str, str]:
    """Return the versions of what a figure's bytes depend on."""
    import matplotlib

    import armsrace

    return {
        "armsrace": armsrace.__version__,
        "matplotlib": matplotlib.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def commit_of(source: Path, *, output: Path, suffixes: Sequence[str]) -> Commit:
    """Return the commit of the checkout that holds a file or folder, and whether it is dirty.

    Files with the given suffixes in the output folder do not count: a figure that is made twice
    must not find itself dirty. A source that git ignores, such as a package installed in a virtual
    environment within a checkout, is in no checkout.
    """
    folder = source if source.is_dir() else source.parent
    head = _git(folder, "rev-parse", "--show-toplevel", "HEAD")
    if head is None or _git(folder, "check-ignore", "--quiet", str(source)) is not None:
        return Commit(None, None)
    top, commit = head.splitlines()
    # NUL-separated entries, each two letters of state, a space and a path from the top.
    status = _git(folder, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    changed = [Path(top, entry[3:]) for entry in (status or "").split("\0") if entry]
    published = output.resolve()
    dirty = any(not (p.parent == published and p.suffix in suffixes) for p in changed)
    return Commit(commit, dirty)


def _git(folder: Path, *arguments: str) -> str | None:
    """The output of a git command in a folder, or None when it fails or git is not there."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout
