"""What a learner lets out about its model: the only door through which the adversary learns of it.

Without any publish part the model is published as it is (Kerckhoffs's principle: security must
not rest on a secret that has not been declared one). A publish part narrows the door: it hides
the model, limits the queries, or changes the answers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, final

from armsrace.batch import Rows
from armsrace.models.scoring import judge
from armsrace.verdicts import Verdicts


@final
class QueryLog:
    """Counts the queries of one round; the learner's monitor may read it."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


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
        The fitted model itself (white box), or None when it is hidden.
    log
        Counts the rows queried this round, over all copies of this object.
    """

    _model: Any
    _visible: bool = True
    _limit: int | None = None
    _answers: tuple[Callable[[Verdicts], Verdicts], ...] = ()
    log: QueryLog = field(default_factory=QueryLog)

    @property
    def model(self) -> Any | None:
        """The fitted model, or None when it is hidden."""
        return self._model if self._visible else None

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
        self.log.count += len(rows)
        verdicts = judge(self._model, rows)
        for answer in self._answers:
            verdicts = answer(verdicts)
        return verdicts

    def hidden(self) -> "Published":
        """Keep the model secret; queries are still answered."""
        return replace(self, _visible=False)

    def limited(self, limit: int) -> "Published":
        """Answer at most this many queries a round (the strictest limit holds)."""
        strictest = limit if self._limit is None else min(limit, self._limit)
        return replace(self, _limit=strictest)

    def answering(self, answer: Callable[[Verdicts], Verdicts]) -> "Published":
        """Change every answer before it goes out."""
        return replace(self, _answers=(*self._answers, answer))
