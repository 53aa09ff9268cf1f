"""Agents as JSON files, so that what was found today is played tomorrow, anywhere.

A file names the kind of agent and its parameters; a mixture holds the files of its parts. Nothing
in a file is run when it is read.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from armsrace.agents.agent import Agent
from armsrace.agents.always import Always
from armsrace.agents.behavior import Behavior
from armsrace.agents.markov_policy import MarkovPolicy
from armsrace.agents.mixed import Mixed
from armsrace.agents.periodic import Periodic
from armsrace.agents.triggered import Triggered

_PLAIN: Final[Mapping[str, Any]] = {
    kind.__name__: kind for kind in (Always, Behavior, Periodic, Triggered)
}


def save_agent(agent: Agent, path: str | Path) -> None:
    """Write an agent as JSON; `load_agent` gives an equal one.

    Parameters
    ----------
    agent
        `Always`, `Behavior`, `Periodic`, `Triggered`, `MarkovPolicy`, or a `Mixed` of these.
    path
        The file.

    Raises
    ------
    TypeError
        When the agent, or a part of the mixture, is of another kind.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> mixture = Mixed({Always("hold"): 0.75, Periodic("retrain", "hold", 5): 0.25})
    >>> with TemporaryDirectory() as folder:
    ...     save_agent(mixture, Path(folder) / "learner.json")
    ...     load_agent(Path(folder) / "learner.json") == mixture
    True
    """
    Path(path).write_text(json.dumps(_content(agent)) + "\n", encoding="utf-8")


def load_agent(path: str | Path) -> Agent:
    """Read an agent that was saved.

    Raises
    ------
    ValueError
        When the file is not one.
    """
    try:
        return _agent(json.loads(Path(path).read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} must be an agent written by save_agent, got {error!r}") from error


def _content(agent: Agent) -> dict[str, Any]:
    kind = type(agent).__name__
    if isinstance(agent, Mixed):
        parts = [{"weight": weight, **_content(part)} for part, weight in agent.strategy.items()]
        return {"kind": kind, "parts": parts}
    if isinstance(agent, MarkovPolicy):
        return {"kind": kind, "policy": agent.content()}
    if _PLAIN.get(kind) is not type(agent):
        known = ", ".join((*_PLAIN, "MarkovPolicy", "Mixed"))
        raise TypeError(f"agents that can be saved are {known}; got {agent!r}")
    told = {item.name: getattr(agent, item.name) for item in fields(agent)}  # type: ignore[arg-type]
    plain = {name: dict(one) if isinstance(one, Mapping) else one for name, one in told.items()}
    return {"kind": kind, "parameters": plain}


def _agent(content: Mapping[str, Any]) -> Agent:
    kind = content["kind"]
    if kind == "Mixed":
        return Mixed({_agent(part): part["weight"] for part in content["parts"]})
    if kind == "MarkovPolicy":
        return MarkovPolicy.from_content(content["policy"])
    made: Agent = _PLAIN[kind](**content["parameters"])
    return made
