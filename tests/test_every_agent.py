"""Every exported agent passes every check of agents, on an example made from its fields."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

import armsrace.checks
from armsrace import agents
from armsrace.agents import Agent, Always
from armsrace.checks import checks_in, example_of, exported_classes
from armsrace.grid import Grid

# What a field is given in an example: by its name, or by its type.
VALUES: Final[Mapping[Any, Any]] = {
    "otherwise": "tails",
    str: "heads",
    int: 3,
    float: 0.25,
    Mapping[str, float]: {"heads": 0.25, "tails": 0.75},
    "grid": Grid({"alarms": [0.0, 1.0]}),
    "actions": ("heads", "tails"),
    "table": [[0.25, 0.75], [1.0, 0.0]],
    "opening": (0.0,),
    Mapping[Agent, float]: {Always("heads"): 0.25, Always("tails"): 0.75},
}


@pytest.mark.parametrize("check", checks_in(armsrace.checks.agents))
@pytest.mark.parametrize("kind", exported_classes(agents, (Agent,)))
def test_agent(kind: type[Agent], check: Callable[[Agent], None]) -> None:
    check(example_of(kind, VALUES))
