"""What the learner carries from round to round: its model, its training archive, its alarms.

And what it has observed by the end of a round. All are values: a step returns new ones and never
alters what it was given, so that a play can be stopped, copied, saved and resumed between any two
rounds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, final

from armsrace.batch import Batch, Rows
from armsrace.models.published import Published
from armsrace.verdicts import Verdicts


@final
@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted model and what it was fitted on.

    Attributes
    ----------
    template
        The estimator it was made from, unfitted.
    trained
        The estimator as it came out of training.
    deployed
        The estimator that judges the traffic: the trained one, unless a part has adjusted it
        (its thresholds, say).
    learned
        The batches that `trained` has learned from, in order.
    exact
        Whether training on them alone gives `trained`; otherwise none can be taken out again.
    """

    template: Any
    trained: Any
    deployed: Any
    learned: tuple[Batch, ...]
    exact: bool = True

    @classmethod
    def of(
        cls, template: Any, trained: Any, learned: tuple[Batch, ...], *, exact: bool = True
    ) -> "Fitted":
        """Deploy a model as it was trained."""
        return cls(template, trained, trained, learned, exact)

    def deploying(self, model: Any) -> "Fitted":
        """Keep the trained model and deploy an adjusted one."""
        return replace(self, deployed=model)


@final
@dataclass(frozen=True, eq=False)
class Memory:
    """The learner's training archive.

    Attributes
    ----------
    initial
        The model before the first round, fitted on trusted data.
    archive
        The accepted training batches, oldest first; the first is the trusted one the game
        started with.
    notes
        What parts remember from round to round, keyed by the part.
    """

    initial: Fitted
    archive: tuple[Batch, ...]
    notes: Mapping[Any, Any] = field(default_factory=dict)

    @property
    def trusted(self) -> Batch:
        """The training batch of before the game, which no adversary has touched."""
        return self.initial.learned[0]

    def storing(self, kept: Batch) -> "Memory":
        """Add an accepted batch to the archive."""
        return Memory(self.initial, (*self.archive, kept), self.notes)

    def forgetting(self) -> "Memory":
        """Go back to the trusted batch alone."""
        return replace(self, archive=(self.trusted,))

    def noting(self, part: Any, note: Any) -> "Memory":
        """Remember something for a part."""
        return replace(self, notes={**self.notes, part: note})


@final
@dataclass(frozen=True)
class Alarms:
    """What the learner's monitor says.

    Attributes
    ----------
    raised
        Whether an alarm was raised in the last round.
    notes
        The detectors' statistics, keyed by the part.
    """

    raised: bool = False
    notes: Mapping[Any, Any] = field(default_factory=dict)

    def noting(self, part: Any, note: Any, raised: bool) -> "Alarms":
        """Remember a detector's statistic, and raise an alarm or leave the others' standing."""
        return Alarms(self.raised or raised, {**self.notes, part: note})


@final
@dataclass(frozen=True, eq=False)
class Observed:
    """What the learner has observed by the end of a round: all that a monitor may look at.

    Attributes
    ----------
    offered
        The training rows that were offered, without marks.
    kept
        Those that its sanitizing let through.
    model, memory
        Its model and archive after training.
    public
        What was published, with the log of the queries.
    faced, verdicts
        The rows of the faced traffic, shape (n, d), and how they were judged.
    """

    offered: Batch
    kept: Batch
    model: Fitted
    memory: Memory
    public: Published
    faced: Rows
    verdicts: Verdicts
