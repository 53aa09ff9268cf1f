"""What the adversary knows when it acts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, final

from armsrace.batch import Batch
from armsrace.feasible import Feasible
from armsrace.models.published import Published

ANYTHING: Final = Feasible()
"""No constraint at all."""


@final
@dataclass(frozen=True, eq=False)
class Knowledge:
    """The adversary's knowledge; a value that the steps of a round pass on and extend.

    Attributes
    ----------
    reference
        Labelled traffic that the adversary may study and tune on; never the test part.
    target
        The rows a targeted attack is about; empty when the game has none.
    clock
        The round, counted from 0.
    public
        What the learner published last; None before it has published anything.
    notes
        What parts remember from round to round, keyed by the part.
    feasible
        What it can do to a row; every part keeps to it.
    """

    reference: Batch
    target: Batch
    clock: int = 0
    public: Published | None = None
    notes: Mapping[Any, Any] = field(default_factory=dict)
    feasible: Feasible = ANYTHING

    @property
    def model(self) -> Any | None:
        """The learner's model if the adversary can see it, else None."""
        return None if self.public is None else self.public.model

    def seeing(self, public: Published) -> "Knowledge":
        """Take in what the learner publishes."""
        return Knowledge(self.reference, self.target, self.clock, public, self.notes, self.feasible)

    def at(self, clock: int) -> "Knowledge":
        """Go on to another round."""
        return Knowledge(self.reference, self.target, clock, self.public, self.notes, self.feasible)

    def noting(self, part: Any, note: Any) -> "Knowledge":
        """Remember something for a part."""
        return replace(self, notes={**self.notes, part: note})
