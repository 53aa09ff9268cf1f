"""Canaries: planted intrusions that the learner is never trained on, to see whether it misses them.

What the false alarms of a canary set are, `armsrace.theory.canaries` says; the charts for it are
`FixedLimit.for_misses` and `Cusum.for_misses`. Canaries see only the region where they lie.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike

from armsrace.batch import Batch, Rows
from armsrace.defenses.memory import Observed
from armsrace.defenses.monitor.watch import Statistic
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST


@final
@dataclass(frozen=True, eq=False, init=False, repr=False)
class Canaries:
    """A fixed set of malicious rows; a value, equal to another one with the same rows.

    Parameters
    ----------
    rows
        Feature rows, shape (n, d), n at least 1. They should be kept out of the learner's
        training data, and out of the adversary's reference.

    Attributes
    ----------
    rows
        The same, read-only.

    Raises
    ------
    ValueError
        When the rows are no matrix of finite numbers, or there is none.

    Examples
    --------
    >>> Canaries([[0.0, 1.0], [2.0, 3.0]])
    2 canaries
    >>> Canaries([[0.0, 1.0]]) == Canaries([[0.0, 1.0]])
    True
    """

    rows: Rows

    def __init__(self, rows: ArrayLike) -> None:
        kept = np.array(rows)
        checked = Batch.of(kept, np.ones(len(kept), dtype=bool))
        if not len(checked):
            raise ValueError("rows must hold at least one canary, got none")
        object.__setattr__(self, "rows", checked.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Canaries) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)

    def __repr__(self) -> str:
        return f"{len(self)} canaries"

    def __getstate__(self) -> dict[str, Any]:
        return {"rows": self.rows}

    @cached_property
    def _content(self) -> tuple[Any, ...]:
        return self.rows.shape, self.rows.dtype.str, self.rows.tobytes()


@final
@dataclass(frozen=True)
class CanaryMisses(Statistic):
    """How many canaries the round's model takes for honest; an unsure one is not missed.

    Attributes
    ----------
    canaries
        The planted intrusions.
    """

    canaries: Canaries

    def of(self, seen: Observed) -> float:
        """A whole number, at most the number of canaries."""
        decisions = judge(seen.model.deployed, self.canaries.rows).decisions
        return float((decisions == HONEST).sum())
