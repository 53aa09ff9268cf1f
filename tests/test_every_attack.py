"""Every exported attack part passes every check, in each of the scenes that suit it."""

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from typing import Any, Final

import pytest

import armsrace.checks
from armsrace import attacks
from armsrace.attacks import Attack, Evade, Poison, Probe
from armsrace.checks import Scene, checks_in, example_of, exported_classes, scenes_for
from armsrace.checks.scenes import Part

# A bundle has no fields of its own to be filled: it is its parts, and test_attacks has its algebra.
BUNDLES: Final = {Attack}

PARTS = [kind for kind in exported_classes(attacks, (Poison, Probe, Evade)) if kind not in BUNDLES]


@cache
def part_of(kind: type[Part]) -> tuple[Part, tuple[Scene, ...]]:
    """An example of a part, with the scenes that suit it: found once, for all checks."""
    part: Any = example_of(kind, {int: 3, float: 0.25, "columns": (4, 5)})
    if any(field.name == "steps" for field in fields(part)):
        # What is asked holds after any number of steps, and the default takes seconds.
        part = replace(part, steps=4)
    return part, scenes_for(part)


@pytest.mark.parametrize(
    "check",
    [
        check
        for module in (armsrace.checks.parts, armsrace.checks.attacks, armsrace.checks.bad_input)
        for check in checks_in(module)
    ],
)
@pytest.mark.parametrize("kind", PARTS)
def test_attack(kind: type[Part], check: Callable[[Part, Scene], None]) -> None:
    part, suitable = part_of(kind)
    for scene in suitable:
        check(part, scene)
