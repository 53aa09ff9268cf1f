"""Worlds: where honest labelled traffic comes from.

A world knows nothing of the players; its draws depend on the round and the generator alone. It
keeps three parts of its data apart: one that the learner trains on and the adversary may study,
one that the adversary may tune on (and takes its targets from), and a test part which is only
ever faced, so that no attack, threshold or best response is scored on data that chose it.
"""

from abc import ABC, abstractmethod

import numpy as np

from armsrace.batch import Batch


class World(ABC):
    """A source of labelled traffic."""

    @abstractmethod
    def start(self, rng: np.random.Generator) -> Batch:
        """The trusted batch that the learner's first model is trained on."""

    @abstractmethod
    def draw(self, clock: int, rng: np.random.Generator) -> Batch:
        """The round's training traffic, before the adversary touches it."""

    @abstractmethod
    def face(self, clock: int, rng: np.random.Generator) -> Batch:
        """The round's traffic to be judged, from the test part, before the adversary touches it."""

    @abstractmethod
    def reference(self) -> Batch:
        """What the adversary may study and tune on."""

    @abstractmethod
    def aim(self, rng: np.random.Generator) -> Batch:
        """The rows that a targeted attack of one play is about; none is in the test part."""
