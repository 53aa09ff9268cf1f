"""Every exported defense part passes every check, in each of the scenes that suit it."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import pytest

import armsrace.checks
from armsrace import defenses
from armsrace.attacks import Evade, GoodWords
from armsrace.checks import Scene, checks_in, example_of, exported_classes, scenes, scenes_for
from armsrace.checks.scenes import Part
from armsrace.defenses import (
    BlockedShare,
    Chart,
    Classify,
    Cusum,
    Defense,
    Fit,
    Monitor,
    Publish,
    Sanitize,
    Statistic,
)

# A bundle has no fields of its own to be filled: it is its parts, and test_defenses has its
# algebra. Nor does it keep to check_alarm_stands: a bundle begins the round, so it ends the alarm.
BUNDLES: Final = {Defense}

# A part that needs a model gets the one of the plane.
VALUES: Final = {
    int: 3,
    float: 0.25,
    tuple[int, ...]: (0, 2),
    Any: scenes()[2].model.deployed,
    Evade: GoodWords(3),
    Statistic: BlockedShare(),
    Chart: Cusum(0.1, 0.5),
}

STEPS = (Sanitize, Fit, Publish, Classify, Monitor)
PARTS = [kind for kind in exported_classes(defenses, STEPS) if kind not in BUNDLES]


@cache
def part_of(kind: type[Part]) -> tuple[Part, tuple[Scene, ...]]:
    """An example of a part, with the scenes that suit it: found once, for all checks."""
    part = example_of(kind, VALUES)
    return part, scenes_for(part)


@pytest.mark.parametrize(
    "check", [*checks_in(armsrace.checks.parts), *checks_in(armsrace.checks.defenses)]
)
@pytest.mark.parametrize("kind", PARTS)
def test_defense(kind: type[Part], check: Callable[[Part, Scene], None]) -> None:
    part, suitable = part_of(kind)
    for scene in suitable:
        check(part, scene)
