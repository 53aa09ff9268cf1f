"""The learner's five steps, and the bundle of parts that makes an action.

``SANITIZE`` decides which offered training rows to keep (and a *collect* part gathers others,
which no adversary can touch, at a price), ``FIT`` makes the model, ``PUBLISH``
decides what is let out about it, ``CLASSIFY`` may overrule its verdicts, ``MONITOR`` looks for
an attack. A *part* takes one or more of the steps; a `Defense` is a bundle of parts which takes
all five, each as the fold of its parts that have it, in their order. So a bundle of bundles is
a bundle, and the empty bundle (the action "hold") learns nothing, hides nothing and changes no
verdict.

No part ever sees a batch's marks: which rows came from the adversary is kept from the learner.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final

import numpy as np

from armsrace.batch import Batch, Mask, Rows
from armsrace.defenses.memory import Alarms, Fitted, Memory, Observed
from armsrace.models.published import Published
from armsrace.verdicts import Verdicts


class Sanitize(ABC):
    """A part that decides which training rows to keep."""

    @abstractmethod
    def sanitize(
        self, offered: Batch, model: Fitted, memory: Memory, rng: np.random.Generator
    ) -> Mask:
        """True for each offered row that may be trained on, shape (len(offered),)."""


class Collect(ABC):
    """A part that gathers training rows out of the adversary's reach."""

    @abstractmethod
    def collect(self, gather: Callable[[], Batch]) -> Batch:
        """Rows to train on beside those that were kept.

        Parameters
        ----------
        gather
            Gives as many labeled rows of the round's honest traffic as arrive in a round.
        """


class Fit(ABC):
    """A part that makes the model."""

    @abstractmethod
    def fit(
        self, model: Fitted, memory: Memory, kept: Batch, rng: np.random.Generator
    ) -> tuple[Fitted, Memory]:
        """The model after this round's training, and what the learner remembers."""


class Publish(ABC):
    """A part that decides what is let out about the model."""

    @abstractmethod
    def publish(self, public: Published, rng: np.random.Generator) -> Published:
        """A narrower door to the same model."""


class Classify(ABC):
    """A part that may overrule the model's verdicts."""

    @abstractmethod
    def classify(
        self, model: Any, rows: Rows, verdicts: Verdicts, rng: np.random.Generator
    ) -> Verdicts:
        """The verdicts that count."""


class Monitor(ABC):
    """A part that looks for an attack."""

    @abstractmethod
    def monitor(self, alarms: Alarms, seen: Observed, rng: np.random.Generator) -> Alarms:
        """The alarms after this round."""


Part = Sanitize | Collect | Fit | Publish | Classify | Monitor


@final
@dataclass(frozen=True, init=False)
class Defense(Sanitize, Fit, Publish, Classify, Monitor):
    """A bundle of defense parts: one action of the learner.

    Raises
    ------
    TypeError
        When something is not a part of a defense.

    Examples
    --------
    >>> Defense() == Defense(Defense())
    True
    """

    parts: tuple[Part, ...]
    # The parts of each step: sorted once, since a play asks for them in every round.
    _sanitizing: tuple[Sanitize, ...] = field(compare=False)
    _collecting: tuple[Collect, ...] = field(compare=False)
    _fitting: tuple[Fit, ...] = field(compare=False)
    _publishing: tuple[Publish, ...] = field(compare=False)
    _classifying: tuple[Classify, ...] = field(compare=False)
    _monitoring: tuple[Monitor, ...] = field(compare=False)

    def __init__(self, *parts: Part) -> None:
        flat: list[Part] = []
        for part in parts:
            if isinstance(part, Defense):
                flat.extend(part.parts)
            elif isinstance(part, (Sanitize, Collect, Fit, Publish, Classify, Monitor)):
                flat.append(part)
            else:
                raise TypeError(
                    "a part of a defense must be a Sanitize, Collect, Fit, Publish, Classify or "
                    f"Monitor, got {part!r}"
                )
        object.__setattr__(self, "parts", tuple(flat))
        for name, step in (
            ("_sanitizing", Sanitize),
            ("_collecting", Collect),
            ("_fitting", Fit),
            ("_publishing", Publish),
            ("_classifying", Classify),
            ("_monitoring", Monitor),
        ):
            object.__setattr__(self, name, tuple(part for part in flat if isinstance(part, step)))

    @cached_property
    def idle(self) -> frozenset[str]:
        """The steps that no part takes, and so draws no random numbers for."""
        taking = {
            "sanitize": self._sanitizing,
            "collect": self._collecting,
            "fit": self._fitting,
            "publish": self._publishing,
            "classify": self._classifying,
            "monitor": self._monitoring,
        }
        return frozenset(step for step, parts in taking.items() if not parts)

    def __repr__(self) -> str:
        return " + ".join(map(repr, self.parts)) or "nothing"

    def sanitize(
        self, offered: Batch, model: Fitted, memory: Memory, rng: np.random.Generator
    ) -> Mask:
        """Each sanitize part judges what the ones before it have kept."""
        keep = np.ones(len(offered), dtype=bool)
        for part in self._sanitizing:
            keep[keep] = part.sanitize(offered.take(keep), model, memory, rng)
        return keep

    def collect(self, gather: Callable[[], Batch]) -> tuple[Batch, ...]:
        """What each collect part has gathered."""
        return tuple(part.collect(gather) for part in self._collecting)

    def fit(
        self, model: Fitted, memory: Memory, kept: Batch, rng: np.random.Generator
    ) -> tuple[Fitted, Memory]:
        """Each fit part goes on from the model that the one before it has made."""
        for part in self._fitting:
            model, memory = part.fit(model, memory, kept, rng)
        return model, memory

    def publish(self, public: Published, rng: np.random.Generator) -> Published:
        """Each publish part narrows the door further."""
        for part in self._publishing:
            public = part.publish(public, rng)
        return public

    def classify(
        self, model: Any, rows: Rows, verdicts: Verdicts, rng: np.random.Generator
    ) -> Verdicts:
        """Each classify part may overrule the one before it."""
        for part in self._classifying:
            verdicts = part.classify(model, rows, verdicts, rng)
        return verdicts

    def monitor(self, alarms: Alarms, seen: Observed, rng: np.random.Generator) -> Alarms:
        """An alarm stands when any monitor part raises it, and lasts one round."""
        alarms = Alarms(False, alarms.notes)
        for part in self._monitoring:
            alarms = part.monitor(alarms, seen, rng)
        return alarms
