"""Publish: a drawing as the files of a paper, the numbers and the provenance beside them.

Drawing NAME becomes

* ``NAME.pdf``, ``NAME.svg`` and ``NAME.png`` (300 dots an inch), in the house style;
* ``NAME.csv``, exactly the plotted numbers; every float reads back as the same float;
* ``NAME.json``, the provenance: seed, parameters, command, the sha256 of the CSV, versions, commit.

The same drawing makes the same bytes in every process: nothing holds the time, and identifiers in
the SVG come from the house style. The figures themselves carry seed, data hash and version in their
metadata (Title; Keywords in PDF, Description in SVG and PNG), never the commit, which would change
every figure with every commit.

All files are made in memory, written under other names in a folder of their own beside their
places, and moved there only when all are written; so what fails leaves nothing half-written.
"""

import csv
import hashlib
import io
import json
import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, final

from armsrace.figures.drawing import Drawing, paper_style
from armsrace.figures.provenance import Provenance, commit_of, versions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SUFFIXES: Final = (".pdf", ".svg", ".png", ".csv", ".json")
_RESOLUTION: Final = 300
"""Dots an inch of the PNG."""


@final
@dataclass(frozen=True)
class Published:
    """Where the files of a figure are."""

    pdf: Path
    svg: Path
    png: Path
    csv: Path
    json: Path


def publish(
    drawing: Drawing, name: str, folder: str | Path, *, provenance: Provenance
) -> Published:
    """Write a drawing as PDF, SVG, PNG, CSV and JSON.

    Parameters
    ----------
    drawing
        The figure and its numbers.
    name
        What the files are called, without suffix: letters, digits, ``_``, ``-`` and ``.``.
    folder
        Where they go; made when absent, but not its parents. Files of the same names are replaced.
    provenance
        What the figure was made from.

    Returns
    -------
    Published
        The paths of the five files.

    Raises
    ------
    ValueError
        When the name cannot be that of a file.
    OSError
        When the folder cannot be written to: FileNotFoundError, NotADirectoryError,
        PermissionError, ...; no file has then been written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from armsrace.figures import error_by_round
    >>> rng = np.random.default_rng(7)
    >>> lost = {"retrain": rng.uniform(size=(16, 10)), "hold": rng.uniform(size=(16, 10))}
    >>> drawing = error_by_round(lost, quantity="ham lost (share of ham)", rng=rng)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = publish(drawing, "fig1", folder, provenance=Provenance(7, "make fig1"))
    ...     print(files.csv.read_text().splitlines()[0])
    round,curve,mean,low,high
    """
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise ValueError(f"name must be made of letters, digits, '_', '-' and '.', got {name!r}")
    target = Path(folder)
    table = _table(drawing)
    digest = hashlib.sha256(table).hexdigest()
    version = versions()
    note = json.dumps({"seed": provenance.seed, "data": digest, "armsrace": version["armsrace"]})
    checkout = commit_of(provenance.source, output=target, suffixes=_SUFFIXES)
    record = {
        "name": name,
        "seed": provenance.seed,
        "parameters": dict(provenance.parameters),
        "command": provenance.command,
        "data_sha256": digest,
        "versions": version,
        **asdict(checkout),
    }
    files = {
        **_pictures(drawing.figure, name, note),
        ".csv": table,
        ".json": (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode(),
    }
    _write({target / (name + suffix): files[suffix] for suffix in _SUFFIXES}, target)
    return Published(*(target / (name + suffix) for suffix in _SUFFIXES))


def _table(drawing: Drawing) -> bytes:
    """The columns as CSV. Python writes a float as the shortest text that reads back the same."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(drawing.columns)
    writer.writerows(zip(*(c.tolist() for c in drawing.columns.values()), strict=True))
    return text.getvalue().encode()


def _pictures(figure: "Figure", name: str, note: str) -> dict[str, bytes]:
    """The figure in each format, without the time and with a title and a note in its metadata."""
    metadata: dict[str, dict[str, Any]] = {
        "pdf": {"Title": name, "Keywords": note, "CreationDate": None},
        "svg": {"Title": name, "Description": note, "Date": None},
        "png": {"Title": name, "Description": note, "Software": None},
    }
    files = {}
    with paper_style():
        for suffix, entries in metadata.items():
            buffer = io.BytesIO()
            figure.savefig(buffer, format=suffix, dpi=_RESOLUTION, metadata=entries)
            files[f".{suffix}"] = buffer.getvalue()
    return files


def _write(files: dict[Path, bytes], folder: Path) -> None:
    """Write all files into the folder, or none."""
    made = False
    try:
        if not folder.exists():
            folder.mkdir()
            made = True
        if not folder.is_dir():
            raise NotADirectoryError(None, "it is not a folder")
        for path in files:
            if path.is_dir():
                raise IsADirectoryError(None, f"{path.name} in it is a folder")
        with tempfile.TemporaryDirectory(dir=folder, prefix=".publish-") as waiting:
            for path, content in files.items():
                Path(waiting, path.name).write_bytes(content)
            for path in files:
                Path(waiting, path.name).replace(path)
    except OSError as error:
        if made:
            folder.rmdir()
        reason = (error.strerror or str(error)).lower()
        raise type(error)(
            f"cannot write figures to {str(folder)!r}: {reason}; choose another --out"
        ) from error
