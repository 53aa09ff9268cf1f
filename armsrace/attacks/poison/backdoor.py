"""Backdoors: a trigger that the learner is taught to take for honesty, and that is shown later.

A *trigger* is a pattern: so many columns, with a value each. `Backdoor` plants it: malicious rows
that carry the trigger are put into the training traffic under the label honest. `StampTrigger` uses
it: malicious rows that are to be judged are made to carry it. Each is a part of its own, so that an
action may plant without showing, or show what earlier rounds have planted.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.attack import Evade, Poison
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.poison.rates import check_share, effort
from armsrace.batch import Batch
from armsrace.feasible import Feasible


@final
@dataclass(frozen=True)
class Trigger:
    """A pattern of values in some columns.

    Attributes
    ----------
    columns
        Distinct columns, by index, at least one.
    values
        The value of each.

    Raises
    ------
    ValueError
        When there is no column, one occurs twice or is negative, a value is not finite, or there
        are not as many values as columns.

    Examples
    --------
    >>> Trigger((0, 2), (1.0, 5.0)).stamped(np.zeros((1, 3)), Feasible())
    array([[1., 0., 5.]])
    """

    columns: tuple[int, ...] = (0,)
    values: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        columns = self.columns
        if not columns or len(set(columns)) < len(columns) or min(columns) < 0:
            raise ValueError(f"columns must be distinct indices from 0 on, got {columns}")
        if len(self.values) != len(columns) or not np.isfinite(self.values).all():
            raise ValueError(
                f"values must hold a finite number for each of {len(columns)} columns, "
                f"got {self.values}"
            )

    def stamped(self, rows: NDArray[np.float64], feasible: Feasible) -> NDArray[np.float64]:
        """Rows altered to carry the trigger, as nearly as is feasible, shape (n, d).

        Where a value lies beyond what a column of a row permits, the nearest permitted one is put;
        one-hot groups and whole numbers are kept.

        Raises
        ------
        ValueError
            When a column does not exist, or is immutable.
        """
        width = rows.shape[1]
        if max(self.columns) >= width:
            raise ValueError(f"columns must be less than {width}, the rows' width, got {self}")
        frozen = [column for column in self.columns if not feasible.mutable(width)[column]]
        if frozen:
            raise ValueError(
                f"columns must be mutable to carry a trigger, but {frozen} are not; choose others"
            )
        wished = rows.astype(np.float64)
        wished[:, self.columns] = self.values
        raised = [column for column, value in zip(self.columns, self.values, strict=True) if value]
        for group in feasible.groups:
            if np.isin(group, raised).any():  # the column that is set outdoes the one that was
                wished[:, group[~np.isin(group, self.columns)]] = 0.0
        return feasible.nearest(wished, originals=rows)


@final
@dataclass(frozen=True)
class Backdoor(Poison):
    """Malicious rows with a trigger, labeled honest, so that the trigger comes to mean honest.

    The rows are drawn from the malicious ones of the adversary's reference, or, in a game with
    malicious targets, are these; none is a row of the traffic.

    Attributes
    ----------
    rate
        The adversary's share of the training traffic, in [0, 1).
    trigger
        What is planted.

    References
    ----------
    Gu, T., Dolan-Gavitt, B., Garg, S. (2017). BadNets: identifying vulnerabilities in the machine
    learning model supply chain.
    """

    rate: float
    trigger: Trigger = Trigger()

    def __post_init__(self) -> None:
        check_share("rate", self.rate, below_one=True)

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Add stamped rows under the label honest.

        Raises
        ------
        ValueError
            When the adversary has no malicious row to stamp, or the trigger needs a column that
            does not exist or is immutable.
        """
        size = effort(self.rate, len(traffic))
        source = known.target.take(known.target.labels)
        if not len(source):
            source = known.reference.take(known.reference.labels)
        if not len(source):
            raise ValueError("a backdoor needs a malicious row to stamp, the reference has none")
        chosen = source.rows[rng.integers(len(source), size=size)].astype(np.float64)
        rows = self.trigger.stamped(chosen, known.feasible).astype(traffic.rows.dtype)
        return traffic.plus(Batch.made(rows, np.zeros(size, dtype=bool)))


@final
@dataclass(frozen=True)
class StampTrigger(Evade):
    """Malicious rows that show a trigger: the targets if the game has any, else all of them.

    Attributes
    ----------
    trigger
        What they show.
    """

    trigger: Trigger = Trigger()

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Stamp the rows, in place; those that carry the trigger already stay unmarked.

        Raises
        ------
        ValueError
            When the trigger needs a column that does not exist or is immutable.
        """
        own = faced.labels & faced.target if faced.target.any() else faced.labels
        rows = faced.rows.copy()
        if own.any():
            originals = rows[own].astype(np.float64)
            rows[own] = self.trigger.stamped(originals, known.feasible).astype(rows.dtype)
        altered = (rows != faced.rows).any(axis=1)
        return Batch(rows, faced.labels, faced.origin | altered, faced.target)
