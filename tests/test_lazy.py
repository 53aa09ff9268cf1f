"""Packages that import what they export on demand: every name is there, and none before."""

import subprocess
import sys
from types import ModuleType

import pytest

import armsrace
from armsrace import attacks, defenses, models


@pytest.mark.parametrize("package", [armsrace, attacks, defenses, models])
def test_every_name_that_is_listed_is_found(package: ModuleType) -> None:
    for name in dir(package):
        assert getattr(package, name) is not None or name in vars(package)


def test_exports_of_the_parts_are_listed() -> None:
    assert {"Attack", "KKTPoison", "regions"} <= set(dir(attacks))
    assert {"Defense", "RejectOnNegativeImpact"} <= set(dir(defenses))
    assert attacks.KKTPoison.__module__ == "armsrace.attacks.poison.kkt"


@pytest.mark.parametrize("package", [armsrace, attacks, defenses])
def test_unknown_names_list_the_known_ones(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match=r"has no attribute 'Nothing'; it exports \w+"):
        package.Nothing  # noqa: B018


def test_parts_are_imported_when_they_are_asked_for() -> None:
    code = (
        "import sys, armsrace as ar\n"
        "late = ('armsrace.attacks.poison.kkt', 'armsrace.defenses.monitor.cusum')\n"
        "before = [name in sys.modules for name in late]\n"
        "ar.attacks.KKTPoison, ar.defenses.Cusum\n"
        "print(*before, *(name in sys.modules for name in late))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert answer.stdout.split() == ["False", "False", "True", "True"]
