"""Agents as files: equal when they come back, playing alike, and nothing else passes for one."""

from pathlib import Path

import pytest

import armsrace as ar
from armsrace.agents import (
    Agent,
    Always,
    Behavior,
    MarkovPolicy,
    Mixed,
    Periodic,
    Triggered,
    load_agent,
    save_agent,
)
from armsrace.empirical import Explorer

POLICY = MarkovPolicy(
    ar.Grid({"displacement": [0.0, 0.2], "lag": [0.0, 0.1]}),
    ["hold", "reset"],
    [[1.0, 0.0], [0.1, 0.9], [0.0, 1.0], [1 / 3, 2 / 3]],
    opening=[0.0, 0.0],
)


@pytest.mark.parametrize(
    "agent",
    [
        Always("hold"),
        Behavior({"hold": 1 / 3, "reset": 2 / 3}),
        Periodic("reset", otherwise="hold", period=3, phase=1),
        Triggered("reset", otherwise="hold", lasting=2),
        POLICY,
        Mixed({POLICY: 0.6, Periodic("reset", "hold", 2): 0.4}),
        Mixed({Mixed({Always("hold"): 0.5, Always("reset"): 0.5}): 0.25, POLICY: 0.75}),
    ],
)
def test_what_is_loaded_equals_what_was_saved(agent: Agent, tmp_path: Path) -> None:
    save_agent(agent, tmp_path / "agent.json")
    assert load_agent(tmp_path / "agent.json") == agent


def test_loaded_mixture_plays_as_the_saved_one(tmp_path: Path) -> None:
    mixture = Mixed({POLICY: 0.5, Always("reset"): 0.5})
    save_agent(mixture, tmp_path / "agent.json")
    game = ar.load_game("centroid_displacement", rounds=5)
    for seed in range(3):
        one, two = (
            ar.play(game, agent, "shift_30%", seed=seed)
            for agent in (mixture, load_agent(tmp_path / "agent.json"))
        )
        assert one.records == two.records


def test_other_files_and_agents_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="agents that can be saved are Always, Behavior, Periodic"):
        save_agent(Explorer(("hold",)), tmp_path / "agent.json")
    (tmp_path / "other.json").write_text('{"kind": "Path", "parameters": {}}')
    with pytest.raises(ValueError, match=r"other\.json must be an agent written by save_agent"):
        load_agent(tmp_path / "other.json")
    (tmp_path / "other.json").write_text("[1, 2]")
    with pytest.raises(ValueError, match=r"other\.json must be an agent written by save_agent"):
        load_agent(tmp_path / "other.json")
