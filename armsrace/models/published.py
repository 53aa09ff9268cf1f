"""What a learner lets out about its model: the only door through which the adversary learns of it.

Without any publish part the model is published as it is (Kerckhoffs's principle: security must
not rest on a secret that has not been declared one). A publish part narrows the door: it hides
the model or shows a decoy in its place, limits the queries, or changes the answers.

A query goes through the door as ::

    rows -> views -> model -> answers -> verdicts

where a *view* changes what the model gets to see of the rows, and an *answer* what it says.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Rows
from armsrace.models.scoring import judge
from armsrace.verdicts import Verdicts

View = Callable[[Rows], Rows]
Answer = Callable[[Rows, Verdicts], Verdicts]


@final
class QueryLog:
    """The queries of one round; the learner's monitor may read it.

    Attributes
    ----------
    count
        How many rows were queried.
    """

    __slots__ = ("_asked", "_told", "count")

    def __init__(self) -> None:
        self.count = 0
        self._asked: list[Rows] = []
        self._told: list[NDArray[np.int8]] = []

    def record(self, rows: Rows, decisions: NDArray[np.int8]) -> None:
        """Keep rows, and the decisions that were given out on them."""
        if len(rows):
            self.count += len(rows)
            self._asked.append(np.array(rows))
            self._told.append(decisions)

    @property
    def rows(self) -> Rows:
        """The rows as they were asked, in order, shape (count, d); (0, 0) when none was."""
        return np.concatenate(self._asked) if self._asked else np.zeros((0, 0))

    @property
    def decisions(self) -> NDArray[np.int8]:
        """What was answered to them, shape (count,)."""
        return np.concatenate(self._told) if self._told else np.zeros(0, dtype=np.int8)


@final
class QueryLimitError(Exception):
    """A query was refused because the round's limit is used up."""


@final
@dataclass(frozen=True, eq=False)
class Published:
    """A model as the adversary may see it in one round.

    Attributes
    ----------
    model
        The fitted model itself (white box), or a decoy, or None when it is hidden.
    log
        The rows queried this round, over all copies of this object.
    """

    _model: Any
    _visible: bool = True
    _limit: int | None = None
    _decoy: Any = None
    _views: tuple[View, ...] = ()
    _answers: tuple[Answer, ...] = ()
    log: QueryLog = field(default_factory=QueryLog)

    @property
    def model(self) -> Any | None:
        """The fitted model or what is shown in its place, or None when it is hidden."""
        if not self._visible:
            return None
        return self._model if self._decoy is None else self._decoy

    @property
    def remaining(self) -> int | None:
        """How many rows may still be queried this round; None for no limit."""
        return None if self._limit is None else max(0, self._limit - self.log.count)

    def query(self, rows: Rows) -> Verdicts:
        """Have rows judged, as far as the learner answers truthfully; every row counts as a query.

        Raises
        ------
        QueryLimitError
            When fewer queries remain than rows are asked; nothing is answered then.
        """
        remaining = self.remaining
        if remaining is not None and len(rows) > remaining:
            raise QueryLimitError(f"{len(rows)} rows queried, {remaining} queries remain")
        seen = rows
        for view in self._views:
            seen = view(seen)
        verdicts = judge(self._model, seen)
        for answer in self._answers:
            verdicts = answer(seen, verdicts)
        self.log.record(rows, verdicts.decisions)
        return verdicts

    def hidden(self) -> "Published":
        """Keep the model secret; queries are still answered."""
        return replace(self, _visible=False)

    def showing(self, decoy: Any) -> "Published":
        """Show another model in the place of the real one, if any is shown at all."""
        return replace(self, _decoy=decoy)

    def limited(self, limit: int) -> "Published":
        """Answer at most this many queries a round (the strictest limit holds)."""
        strictest = limit if self._limit is None else min(limit, self._limit)
        return replace(self, _limit=strictest)

    def viewing(self, view: View) -> "Published":
        """Change what the model gets to see of every queried row."""
        return replace(self, _views=(*self._views, view))

    def answering(self, answer: Answer) -> "Published":
        """Change every answer before it goes out; the answer is given the rows as they were seen.

        Answers are changed in the order in which they were added.
        """
        return replace(self, _answers=(*self._answers, answer))
