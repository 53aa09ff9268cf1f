"""Agents: rules that pick an action each round from what their role has seen."""

from armsrace.agents.agent import Agent as Agent
from armsrace.agents.agent import Seen as Seen
from armsrace.agents.always import Always as Always
from armsrace.agents.behavior import Behavior as Behavior
from armsrace.agents.markov_policy import MarkovPolicy as MarkovPolicy
from armsrace.agents.mixed import Mixed as Mixed
from armsrace.agents.periodic import Periodic as Periodic
from armsrace.agents.saving import load_agent as load_agent
from armsrace.agents.saving import save_agent as save_agent
from armsrace.agents.strategies import Strategy as Strategy
from armsrace.agents.strategies import as_agent as as_agent
from armsrace.agents.triggered import Triggered as Triggered
from armsrace.agents.vectorized import SeenInEach as SeenInEach
from armsrace.agents.vectorized import VectorizedAgent as VectorizedAgent
