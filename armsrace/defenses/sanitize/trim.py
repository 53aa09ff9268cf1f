"""TRIM: keep the offered rows that a model of the trusted and the kept ones fits best."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from armsrace.batch import Batch, Mask
from armsrace.defenses.defense import Sanitize
from armsrace.defenses.memory import Fitted, Memory
from armsrace.defenses.training import fit_from_scratch


@final
@dataclass(frozen=True)
class Trim(Sanitize):
    """Reject a share of the offered rows: those that the rest of the rows fits worst.

    A model of the trusted batch ranks the offered rows by their loss (`armsrace.models.TrimmedLoss`
    says which); it learns the best of them beside the trusted batch, ranks again, and so on, until
    the same rows stay. As many rows are rejected in a round without an attack: the share is a
    guess of the adversary's budget, and its false alarms are the rest of it.

    Attributes
    ----------
    share
        Share of the offered rows to reject, in [0, 1).
    model
        The classifier or regressor that ranks, or None for the learner's own.
    rounds
        How often to fit at the most, beside the first time; at least 1.

    Raises
    ------
    ValueError
        When a parameter is out of range; in a round, when the model has no margins.

    References
    ----------
    Jagielski, M., Oprea, A., Biggio, B., Liu, C., Nita-Rotaru, C., Li, B. (2018). Manipulating
    machine learning: poisoning attacks and countermeasures for regression learning. IEEE S&P,
    section 4 (algorithm 2). (There no row is trusted, and the first rows are drawn at random.)
    """

    share: float = 0.1
    model: Any = None
    rounds: int = 20

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1:
            raise ValueError(f"share must be in [0, 1), got {self.share}")
        if self.rounds < 1:
            raise ValueError(f"rounds must be at least 1, got {self.rounds}")

    def sanitize(
        self, offered: Batch, model: Fitted, memory: Memory, rng: np.random.Generator
    ) -> Mask:
        """True for each row that is fitted well enough."""
        from armsrace.models.trimmed_loss import trim

        if not len(offered):
            return np.ones(0, dtype=bool)
        trusted = memory.trusted
        template = model.template if self.model is None else self.model

        def fitted(*accepted: Batch) -> Any:
            return fit_from_scratch(template, (trusted, *accepted), rng).trained

        _, keep = trim(
            fitted(),
            lambda mask: fitted(offered.take(mask)),
            offered.rows,
            offered.labels,
            # A hair more: 0.29 of 100 rows is 29, although 0.29 * 100 < 29 in floating point.
            kept=len(offered) - int(self.share * len(offered) + 1e-9),
            rounds=self.rounds,
        )
        return keep
