"""Published figures: the same bytes every time, numbers and provenance beside them, or nothing."""

import csv
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from pypdf import PdfReader

import armsrace
from armsrace.figures import (
    Drawing,
    Provenance,
    Published,
    best_response_graph,
    error_by_round,
    paper_style,
    payoff_heat_map,
    publish,
)
from armsrace.figures.provenance import commit_of
from armsrace.forms import NormalForm
from armsrace.solvers.equilibrium import Equilibrium

REPOSITORY = Path(__file__).parents[1]


def curves() -> Drawing:
    rng = np.random.default_rng(11)
    return error_by_round(
        {"hold": rng.uniform(size=(8, 6)), "retrain": rng.uniform(size=(8, 6))},
        quantity="ham lost (share of ham)",
        rng=rng,
    )


def empirical_form() -> NormalForm:
    samples = np.random.default_rng(12).normal(size=(9, 2, 3, 4))
    return NormalForm.from_samples(samples)


def heat_map() -> Drawing:
    half = [0.5, 0.5, 0.0]
    solved = Equilibrium(empirical_form(), (np.array(half), np.array([*half, 0.0])), method="guess")
    return payoff_heat_map(solved, unit="cost a round")


def graph() -> Drawing:
    return best_response_graph(empirical_form())


DRAWINGS = {"curves": curves, "heat_map": heat_map, "graph": graph}
every_drawing = pytest.mark.parametrize("name", DRAWINGS)


def blank(number: float = 1.0) -> Drawing:
    """A drawing that is quickly published."""
    with paper_style():
        return Drawing(Figure(figsize=(1, 1)), {"number": np.array([number])})


def provenance(folder: Path) -> Provenance:
    """Of a source outside any checkout, so that nothing but the drawing decides the bytes."""
    return Provenance(7, "python fig1.py", {"rounds": 6, "rates": [0.1, 0.2]}, source=folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Drawing, Published]]:
    """All drawings, by name, and the files that each was published as, in one folder."""
    folder = tmp_path_factory.mktemp("published")
    drawn = {name: draw() for name, draw in DRAWINGS.items()}
    return {
        name: (drawing, publish(drawing, name, folder, provenance=provenance(folder)))
        for name, drawing in drawn.items()
    }


@every_drawing
def test_same_bytes_twice(
    name: str, published: dict[str, tuple[Drawing, Published]], tmp_path: Path
) -> None:
    drawing, files = published[name]
    first = {path.name: path.read_bytes() for path in sorted(files.csv.parent.glob(f"{name}.*"))}
    assert list(first) == [f"{name}.{kind}" for kind in ("csv", "json", "pdf", "png", "svg")]
    publish(drawing, name, tmp_path / "again", provenance=provenance(tmp_path))
    publish(DRAWINGS[name](), name, tmp_path / "anew", provenance=provenance(tmp_path))
    assert contents(tmp_path / "again") == first
    assert contents(tmp_path / "anew") == first


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all drawings as published by a process with settings of its own.

    The process also lists the modules that it had when it could draw and when it had drawn.
    """
    folder = tmp_path_factory.mktemp("other")
    settings = folder / "matplotlibrc"
    settings.write_text("font.size: 20\nsavefig.bbox: tight\npdf.fonttype: 3\naxes.grid: True\n")
    program = f"""
import sys
import armsrace.figures
before = sorted(sys.modules)
import json, runpy
from pathlib import Path
here = runpy.run_path({str(Path(__file__))!r})
folder = Path({str(folder)!r})
for name, draw in here["DRAWINGS"].items():
    here["publish"](draw(), name, folder / "out", provenance=here["provenance"](folder))
(folder / "before.json").write_text(json.dumps(before))
(folder / "after.json").write_text(json.dumps(sorted(sys.modules)))
"""
    environment = os.environ | {"PYTHONHASHSEED": "5", "MATPLOTLIBRC": str(settings)}
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, env=environment, check=True)
    return folder


def test_same_bytes_in_another_process_with_other_settings(
    other: Path, published: dict[str, tuple[Drawing, Published]]
) -> None:
    files = contents(published["graph"][1].csv.parent)
    assert len(files) == 15
    assert contents(other / "out") == files


def test_matplotlib_is_imported_to_draw_and_pyplot_never(other: Path) -> None:
    before, after = (
        set(json.loads((other / f"{name}.json").read_text())) for name in ("before", "after")
    )
    assert not before & {"matplotlib", "networkx", "pandas", "scipy.special"}
    assert "matplotlib.figure" in after
    assert "matplotlib.pyplot" not in after


@every_drawing
def test_csv_is_exactly_the_columns(
    name: str, published: dict[str, tuple[Drawing, Published]]
) -> None:
    drawing, files = published[name]
    with files.csv.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == list(drawing.columns)
    assert len(rows) > 0
    for title, texts in zip(header, zip(*rows, strict=True), strict=True):
        column = drawing.columns[title]
        if column.dtype.kind == "f":
            np.testing.assert_array_equal(np.array(texts, dtype=np.float64), column)
        else:
            assert list(texts) == [str(value) for value in column.tolist()]


def test_metadata_reads_back(published: dict[str, tuple[Drawing, Published]]) -> None:
    _, files = published["curves"]
    note = {
        "seed": 7,
        "data": hashlib.sha256(files.csv.read_bytes()).hexdigest(),
        "armsrace": armsrace.__version__,
    }
    document = PdfReader(files.pdf)
    pdf: Any = document.metadata
    assert pdf["/Title"] == "curves"
    assert json.loads(pdf["/Keywords"]) == note
    assert "/CreationDate" not in pdf
    assert float(document.pages[0].mediabox.width) == pytest.approx(3.5 * 72)
    with Image.open(files.png) as png:
        assert png.info["Title"] == "curves"
        assert json.loads(png.info["Description"]) == note
        assert set(png.info) == {"Title", "Description", "dpi"}
        assert png.width == pytest.approx(3.5 * 300, abs=1)
    svg = files.svg.read_text()
    assert "<dc:title>curves</dc:title>" in svg
    assert f"<dc:description>{json.dumps(note)}</dc:description>" in svg
    assert "dc:date" not in svg


def test_pdf_has_editable_fonts_and_svg_has_text(
    published: dict[str, tuple[Drawing, Published]],
) -> None:
    _, files = published["curves"]
    assert b"/FontFile2" in files.pdf.read_bytes()
    assert b"/Type3" not in files.pdf.read_bytes()
    assert ">retrain</text>" in files.svg.read_text()


def test_provenance_is_beside_the_figure(tmp_path: Path) -> None:
    files = publish(blank(), "fig1", tmp_path, provenance=provenance(tmp_path))
    record = json.loads(files.json.read_text())
    assert record["seed"] == 7
    assert record["command"] == "python fig1.py"
    assert record["parameters"] == {"rounds": 6, "rates": [0.1, 0.2]}
    assert record["data_sha256"] == hashlib.sha256(files.csv.read_bytes()).hexdigest()
    assert record["versions"]["armsrace"] == armsrace.__version__
    assert set(record["versions"]) == {"armsrace", "matplotlib", "numpy", "python"}
    assert record["commit"] is None
    assert record["dirty"] is None


def test_commit_and_changes_are_on_record(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        author = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        command = ["git", "-C", str(tmp_path), *author, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def state(source: str) -> tuple[str | None, bool | None]:
        found = commit_of(tmp_path / source, output=tmp_path / "out", suffixes=(".pdf", ".json"))
        return found.commit, found.dirty

    code = tmp_path / "fig1.py"
    code.write_text("first\n")
    (tmp_path / ".gitignore").write_text("site-packages\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "site-packages").mkdir()
    assert state("fig1.py") == (None, None)
    git("init", "-q")
    assert state("fig1.py") == (None, None)  # no commit yet
    git("add", ".")
    git("commit", "-q", "-m", "first")
    head = git("rev-parse", "HEAD").strip()
    assert state("fig1.py") == state(".") == (head, False)
    (tmp_path / "out" / "fig1.pdf").write_text("published")
    assert state("fig1.py") == (head, False)
    (tmp_path / "out" / "notes.txt").write_text("not published")
    assert state("fig1.py") == (head, True)
    (tmp_path / "out" / "notes.txt").unlink()
    code.write_text("second\n")
    assert state("fig1.py") == (head, True)
    assert state("site-packages") == (None, None)


def test_no_git_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = commit_of(REPOSITORY / "armsrace", output=tmp_path, suffixes=())
    assert found.commit is None


def test_figures_are_replaced(tmp_path: Path) -> None:
    for number, name in ((1.0, "fig1"), (2.0, "fig1"), (2.0, "fig2")):
        publish(blank(number), name, tmp_path, provenance=provenance(tmp_path))
    files = contents(tmp_path)
    assert len(files) == 10
    assert files["fig1.csv"] == files["fig2.csv"]


def check_refused(folder: Path, kind: type[OSError], reason: str) -> None:
    message = f"^cannot write figures to '{folder}': .*{reason}.*; choose another --out$"
    with pytest.raises(kind, match=message):
        publish(blank(), "fig1", folder, provenance=provenance(REPOSITORY.parent))


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    check_refused(tmp_path / "out", NotADirectoryError, "not a folder")
    check_refused(tmp_path / "out" / "deeper", NotADirectoryError, "not a directory")
    assert contents(tmp_path) == {"out": b"mine"}


def test_parents_must_be_there(tmp_path: Path) -> None:
    check_refused(tmp_path / "absent" / "out", FileNotFoundError, "no such file or directory")
    assert contents(tmp_path) == {}


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "fig1.csv").mkdir()
    check_refused(tmp_path, IsADirectoryError, "fig1.csv in it is a folder")
    assert [path.name for path in tmp_path.iterdir()] == ["fig1.csv"]


@pytest.mark.parametrize("name", ["old", "new"])
def test_a_full_disk_leaves_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "fig1.pdf").write_text("before")
    write = Path.write_bytes

    def fail_on_png(path: Path, data: bytes) -> int:
        if path.suffix == ".png":
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", fail_on_png)
    check_refused(tmp_path / name, OSError, "no space left on device")
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert contents(tmp_path / "old") == {"fig1.pdf": b"before"}


def test_a_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    check_refused(tmp_path, PermissionError, "permission denied")
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("name", ["", "a/b", "../a", ".hidden", "a b"])
def test_names_are_file_names(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="name must be made of letters"):
        publish(blank(), name, tmp_path, provenance=provenance(tmp_path))
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("value", [np.int64(3), float("nan"), {1, 2}, Path()])
def test_parameters_must_be_json(value: object) -> None:
    with pytest.raises(TypeError, match="rounds must be made of numbers, strings"):
        Provenance(7, "make", {"rounds": value})


@pytest.mark.parametrize(
    "columns", [{}, {"a": [1, 2], "b": [1]}, {"a": [[1, 2]]}, {"a": 3}], ids=repr
)
def test_columns_make_one_table(columns: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="columns must be arrays of one shape"):
        Drawing(blank().figure, columns)


def test_settings_do_not_leak(tmp_path: Path) -> None:
    with matplotlib.rc_context({"font.size": 17.0}):
        before = dict(matplotlib.rcParams)
        publish(heat_map(), "fig1", tmp_path, provenance=provenance(tmp_path))
        assert dict(matplotlib.rcParams) == before
        with paper_style():
            assert matplotlib.rcParams["font.size"] == 8.0
        assert dict(matplotlib.rcParams) == before
