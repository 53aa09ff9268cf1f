"""The adversary's three steps, and the bundle of parts that makes an action.

``POISON`` alters the training traffic before the learner sees it, ``PROBE`` learns about the
published model, ``EVADE`` alters the traffic that the model will judge. A *part* takes one or
more of the steps; an `Attack` is a bundle of parts which takes all three, each as the fold of
its parts that have it, in their order. So a bundle of bundles is a bundle, and the empty bundle
(the action "wait") leaves everything as it is.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import final

import numpy as np

from armsrace.attacks.knowledge import Knowledge
from armsrace.batch import Batch
from armsrace.models.published import Published


class Poison(ABC):
    """A part that alters the training traffic."""

    @abstractmethod
    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Training traffic as it is offered to the learner, its own rows marked in ``origin``."""


class Probe(ABC):
    """A part that learns about the published model."""

    @abstractmethod
    def probe(self, public: Published, known: Knowledge, rng: np.random.Generator) -> Knowledge:
        """What the adversary knows after having asked."""


class Evade(ABC):
    """A part that alters the traffic to be judged."""

    @abstractmethod
    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Traffic as it meets the classifier.

        Labels stay the truth; rows altered or added are marked in ``origin``.
        """


@final
@dataclass(frozen=True, init=False)
class Attack(Poison, Probe, Evade):
    """A bundle of attack parts: one action of the adversary.

    Raises
    ------
    TypeError
        When something is not a part of an attack.

    Examples
    --------
    >>> Attack() == Attack(Attack())
    True
    """

    parts: tuple[Poison | Probe | Evade, ...]
    # The parts of each step: sorted once, since a play asks for them in every round.
    _poisoning: tuple[Poison, ...] = field(compare=False)
    _probing: tuple[Probe, ...] = field(compare=False)
    _evading: tuple[Evade, ...] = field(compare=False)

    def __init__(self, *parts: Poison | Probe | Evade) -> None:
        flat: list[Poison | Probe | Evade] = []
        for part in parts:
            if isinstance(part, Attack):
                flat.extend(part.parts)
            elif isinstance(part, (Poison, Probe, Evade)):
                flat.append(part)
            else:
                raise TypeError(
                    f"a part of an attack must be a Poison, Probe or Evade, got {part!r}"
                )
        object.__setattr__(self, "parts", tuple(flat))
        for name, step in (("_poisoning", Poison), ("_probing", Probe), ("_evading", Evade)):
            object.__setattr__(self, name, tuple(part for part in flat if isinstance(part, step)))

    @cached_property
    def idle(self) -> frozenset[str]:
        """The steps that no part takes, and so draws no random numbers for."""
        taking = {"poison": self._poisoning, "probe": self._probing, "evade": self._evading}
        return frozenset(step for step, parts in taking.items() if not parts)

    def __repr__(self) -> str:
        return " + ".join(map(repr, self.parts)) or "nothing"

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Each poison part alters what the one before it has left."""
        for part in self._poisoning:
            traffic = part.poison(traffic, known, rng)
        return traffic

    def probe(self, public: Published, known: Knowledge, rng: np.random.Generator) -> Knowledge:
        """Take in what is public, then let each probe part ask."""
        known = known.seeing(public)
        for part in self._probing:
            known = part.probe(public, known, rng)
        return known

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Each evade part alters what the one before it has left."""
        for part in self._evading:
            faced = part.evade(faced, known, rng)
        return faced
