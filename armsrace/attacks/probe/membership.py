"""Membership queries: is this row let through? Counted, remembered, and limited.

All searches of this folder ask nothing else. They are plain functions of a `Membership`, so that
they serve without a game, too, and a query that is refused ends a search with the best that it
has found so far.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from armsrace.batch import Rows
from armsrace.models.published import Published, QueryLimitError
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST

Row = Rows
"""One feature vector, shape (d,)."""


@final
class Membership:
    """Asks whether rows are let through.

    What was answered once is not asked again: the same row costs one query however often it is
    asked, and gets the same answer even from a learner who draws lots.

    Parameters
    ----------
    accepts
        Says of a row whether it is let through.
    budget
        Queries that may be spent, at least 0; None for no limit.

    Attributes
    ----------
    count
        Queries spent so far.

    Raises
    ------
    ValueError
        When the budget is negative.

    Examples
    --------
    >>> import numpy as np
    >>> query = Membership(lambda row: row.sum() < 2, budget=2)
    >>> query(np.array([1.0, 0.5])), query(np.array([1.0, 0.5])), query.count
    (True, True, 1)
    """

    def __init__(self, accepts: Callable[[Row], bool], budget: int | None = None) -> None:
        if budget is not None and budget < 0:
            raise ValueError(f"budget must be at least 0, got {budget}")
        self.count = 0
        self._accepts = accepts
        self._budget = budget
        self._answers: dict[bytes, bool] = {}

    @classmethod
    def of(cls, public: Published, budget: int | None = None) -> "Membership":
        """Ask what a learner has published.

        A model in sight is evaluated at home, which the learner neither sees nor counts; a hidden
        one is asked through the door, where every query counts and may be refused.
        """
        model = public.model

        def accepts(row: Row) -> bool:
            verdicts = public.query(row[None]) if model is None else judge(model, row[None])
            return bool(verdicts.decisions[0] == HONEST)

        return cls(accepts, budget)

    def __call__(self, row: Row) -> bool:
        """Whether a row is let through.

        Raises
        ------
        QueryLimitError
            When the budget is spent, or the learner refuses.
        """
        key = row.tobytes()
        if key not in self._answers:
            if self._budget is not None and self.count >= self._budget:
                raise QueryLimitError(f"the budget of {self._budget} queries is spent")
            self._answers[key] = bool(self._accepts(row))
            self.count += 1
        return self._answers[key]


@final
@dataclass(frozen=True, eq=False)
class Found:
    """What a search has found.

    Attributes
    ----------
    instance
        The cheapest row that was seen to be let through; None when none was.
    cost
        Its cost; infinite when there is none.
    queries
        Queries spent on it.
    """

    instance: Row | None
    cost: float
    queries: int
