"""What is installed: the pins, the wheel, the entry points, the light import, the public names."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

import armsrace

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("armsrace", "games")

# What takes long to import, and so is imported by the call that needs it.
HEAVY = (
    "cvxpy",
    "matplotlib",
    "networkx",
    "numba",
    "pandas",
    "scipy.optimize",
    "scipy.stats",
    "sklearn",
)

PIN = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)==[\w.+!]+( ; python_version [<>=]+ \"3\.\d+\")?")


def pins() -> list[str]:
    """Return the lines of the constraints file that say something."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def normalized(requirement: str) -> str:
    """Return the name in a requirement as package indexes compare it."""
    name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


# Constraints


def test_constraints_are_names_and_versions_only() -> None:
    """No address, no path, no option of the installer: only `name==version` and a marker."""
    assert [line for line in pins() if not PIN.fullmatch(line)] == []


def test_constraints_pin_each_requirement_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    required = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    pinned = [normalized(line) for line in pins() if ";" not in line]
    assert len(pinned) == len(set(pinned))
    assert {normalized(line) for line in required} <= {normalized(line) for line in pins()}


# The wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    """The wheel of this tree, built by the declared backend."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    with ZipFile(path) as opened:
        yield opened


def test_wheel_holds_the_two_packages_and_nothing_else(wheel: ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {*PACKAGES, f"armsrace-{armsrace.__version__}.dist-info"}


def test_wheel_holds_every_file_of_the_packages(wheel: ZipFile) -> None:
    """Types marker, data sets and drawing styles are shipped without being listed anywhere."""
    there = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {"armsrace/py.typed", "armsrace/__init__.py", "games/__init__.py"} <= there
    assert there == {name for name in wheel.namelist() if name.split("/")[0] in PACKAGES}


def test_every_shipped_data_set_has_its_source_and_licence_in_the_notice(wheel: ZipFile) -> None:
    notice = (ROOT / "NOTICE").read_text()
    shipped = {name for name in wheel.namelist() if name.endswith(".gz")}
    assert shipped == set(re.findall(r"^armsrace/\S+\.gz$", notice, flags=re.MULTILINE))
    for heading in ("What", "Source", "Licence"):
        assert len(re.findall(rf"^    {heading} ", notice, flags=re.MULTILINE)) == len(shipped)


def test_wheel_carries_licence_and_notice(wheel: ZipFile) -> None:
    licences = f"armsrace-{armsrace.__version__}.dist-info/licenses"
    for name in ("LICENSE", "NOTICE"):
        assert wheel.read(f"{licences}/{name}") == (ROOT / name).read_bytes()


# The installed distribution


def declared(group: str, name: str) -> EntryPoint:
    """Return the one entry point of that name, wherever it is installed from."""
    (found,) = entry_points(group=group, name=name)
    return found


def test_version_is_the_same_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text()
    assert version("armsrace") == armsrace.__version__
    assert f"\nversion: {armsrace.__version__}\n" in citation


def test_entry_point_is_the_collection_of_games() -> None:
    games = declared("armsrace.games", "builtin").load()
    assert isinstance(games, ModuleType)
    assert Path(str(games.__file__)) == ROOT / "games" / "__init__.py"


def test_command_is_callable() -> None:
    assert callable(declared("console_scripts", "armsrace").load())


# The light import


def loaded_by(statements: str) -> set[str]:
    """Return which of the heavy modules a new process has loaded after the statements."""
    report = f"print(*(name for name in {HEAVY} if name in sys.modules), file=sys.stderr)"
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys\n{statements}\n{report}"],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stderr.splitlines()[-1].split())


def test_heavy_modules_are_seen_when_they_are_loaded() -> None:
    assert loaded_by("import scipy.optimize") >= {"scipy.optimize"}


def test_import_is_light() -> None:
    assert loaded_by("import armsrace") == set()


@pytest.mark.parametrize("argument", ["--help", "games"])
def test_command_is_light_where_it_computes_nothing(argument: str) -> None:
    run = f"""
from armsrace.cli import main
sys.argv = ["armsrace", {argument!r}]
try:
    main()
except SystemExit as stop:
    if stop.code:
        raise
"""
    assert loaded_by(run) == set()


# The public names


def exports(package: str) -> list[tuple[str, str, str]]:
    """Return (package, module, name) for every `from module import name as name` in its __init__.

    Lazy exports are found too: they stand under `if TYPE_CHECKING` for the type checkers.
    """
    source = (ROOT / package.replace(".", "/") / "__init__.py").read_text()
    return [
        (package, node.module, alias.name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
        if alias.asname == alias.name
    ]


EXPORTS = [
    export
    for top in PACKAGES
    for init in sorted((ROOT / top).rglob("__init__.py"))
    for export in exports(".".join(init.parent.relative_to(ROOT).parts))
]


HIDDEN = f"""
from importlib import import_module
for package, module, name in {EXPORTS}:
    if module == package:
        defined = import_module(package + "." + name)
    else:
        defined = getattr(import_module(module), name)
    if getattr(import_module(package), name) is not defined:
        print(package, name)
"""


def test_exported_names_are_what_their_modules_define() -> None:
    """A module of the same name, once imported, must not hide what the package exports.

    In a process of its own: to find doctests, pytest loads a module that bears the name of its
    function a second time, and hides the function, unless its package was imported before.
    """
    assert len(EXPORTS) > 100
    ran = subprocess.run([sys.executable, "-c", HIDDEN], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_the_public_face_is_exported() -> None:
    """The names a first script needs stand at the top of the package."""
    face = {"available_games", "empirical_game", "forms", "load_game", "play", "solvers"}
    assert face <= {name for package, _, name in EXPORTS if package == "armsrace"}


def test_make_bench_runs_every_benchmark() -> None:
    """A benchmark is a script; what the scripts share has no main part of its own."""
    recipe = (ROOT / "Makefile").read_text().partition("\nbench:")[2].partition("\n\n")[0]
    scripts = [
        path.name
        for path in sorted((ROOT / "experiments").glob("bench*.py"))
        if 'if __name__ == "__main__":' in path.read_text()
    ]
    assert "bench_poisoning.py" in scripts
    assert [name for name in scripts if f"experiments/{name}\n" not in f"{recipe}\n"] == []
