"""What happens to alerts: a few analysts look at them, or a service is blocked for them.

Both are the ways in which an alert costs availability (Barreno et al. 2006): a flood of alerts
hides the intrusion among them, and traffic spoofed to look like a service has its honest traffic
blocked. A row is *flagged* when it was judged malicious; an unsure row is no alert.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from armsrace.batch import Rows
from armsrace.defenses.defense import Classify
from armsrace.verdicts import HONEST, MALICIOUS, Verdicts


@final
@dataclass(frozen=True)
class Analysts(Classify):
    """Block only as many flagged rows a round as there are analysts to look at them.

    Which of the flagged rows are looked at is drawn at random; those are blocked as the model
    says, and all others pass as honest. An adversary that raises many alerts of its own hides an
    intrusion among them.

    Attributes
    ----------
    capacity
        Rows that the analysts look at in a round, at least 0.

    Raises
    ------
    ValueError
        When the capacity is negative.

    Examples
    --------
    >>> flagged = Verdicts(np.zeros(5), np.array([1, 0, 1, 1, -1], dtype=np.int8))
    >>> rows, rng = np.zeros((5, 2)), np.random.default_rng(0)
    >>> Analysts(capacity=2).classify(None, rows, flagged, rng).decisions.tolist()
    [1, 0, 0, 1, -1]
    """

    capacity: int

    def __post_init__(self) -> None:
        if self.capacity < 0:
            raise ValueError(f"capacity must be at least 0, got {self.capacity}")

    def classify(
        self, model: Any, rows: Rows, verdicts: Verdicts, rng: np.random.Generator
    ) -> Verdicts:
        """Let the flagged rows pass that nobody has time for."""
        flagged = np.flatnonzero(verdicts.decisions == MALICIOUS)
        decisions = verdicts.decisions.copy()
        decisions[rng.permutation(flagged)[self.capacity :]] = HONEST
        return verdicts.with_decisions(decisions)


@final
@dataclass(frozen=True)
class SpreadAnalysts(Classify):
    """Analysts who look at alerts of all scores alike, so that a crowd of one score waits.

    The range of the flagged rows' scores is cut into bands of equal width, and the bands take
    turns: one alert of each, drawn at random, then a second one, until the analysts have no time
    left. Rows that crowd together in a band, as those of an `AlarmFlood` do, are only in each
    other's way. An adversary that spreads its alerts as malicious rows are spread loses nothing.

    Attributes
    ----------
    capacity
        Rows that the analysts look at in a round, at least 0.
    bands
        Number of bands, at least 1; with one, these are `Analysts`.

    Raises
    ------
    ValueError
        When a number is below its least.

    Examples
    --------
    >>> flagged = Verdicts(np.array([9.0, 9.1, 9.2, 9.3, 1.0]), np.ones(5, dtype=np.int8))
    >>> rows, rng = np.zeros((5, 2)), np.random.default_rng(0)
    >>> SpreadAnalysts(capacity=2, bands=3).classify(None, rows, flagged, rng).decisions.tolist()
    [0, 0, 1, 0, 1]
    """

    capacity: int
    bands: int = 5

    def __post_init__(self) -> None:
        for name, least in (("capacity", 0), ("bands", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")

    def classify(
        self, model: Any, rows: Rows, verdicts: Verdicts, rng: np.random.Generator
    ) -> Verdicts:
        """Let the flagged rows pass whose turn does not come."""
        flagged = rng.permutation(np.flatnonzero(verdicts.decisions == MALICIOUS))
        if not len(flagged):
            return verdicts
        scores = verdicts.scores[flagged]
        edges = np.linspace(scores.min(), scores.max(), self.bands + 1)
        band = np.searchsorted(edges[1:-1], scores, side="right")
        order = np.argsort(band, kind="stable")
        starts = np.searchsorted(band[order], np.arange(self.bands))
        turn = np.empty(len(flagged), dtype=np.intp)
        turn[order] = np.arange(len(flagged)) - starts[band[order]]
        # The rows came in random order, and so do the bands within a turn.
        waiting = flagged[np.argsort(turn, kind="stable")[self.capacity :]]
        decisions = verdicts.decisions.copy()
        decisions[waiting] = HONEST
        return verdicts.with_decisions(decisions)


@final
@dataclass(frozen=True)
class BlockService(Classify):
    """Block every row of an identity under which too many rows were flagged.

    The identity of a row, the service or sender it claims to be, is what it holds in some
    columns; rows that are equal there share it. An adversary that gives its rows the identity of
    a service has the service blocked.

    Attributes
    ----------
    limit
        Flagged rows of one identity in a round that are tolerated, at least 0.
    columns
        Columns that hold the identity.

    Raises
    ------
    ValueError
        When the limit is negative, or there is no column, or one is negative.

    Examples
    --------
    >>> rows = np.array([[80.0], [80.0], [80.0], [25.0]])
    >>> flagged = Verdicts(np.zeros(4), np.array([1, 1, 0, 0], dtype=np.int8))
    >>> rng = np.random.default_rng(0)
    >>> BlockService(limit=1, columns=(0,)).classify(None, rows, flagged, rng).decisions.tolist()
    [1, 1, 1, 0]
    """

    limit: int
    columns: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.limit < 0:
            raise ValueError(f"limit must be at least 0, got {self.limit}")
        if not self.columns or min(self.columns) < 0:
            raise ValueError(
                f"columns must hold at least one index, each at least 0, got {self.columns}"
            )

    def classify(
        self, model: Any, rows: Rows, verdicts: Verdicts, rng: np.random.Generator
    ) -> Verdicts:
        """Block whoever shares an identity that was flagged too often.

        Raises
        ------
        ValueError
            When the rows have fewer columns than that.
        """
        if max(self.columns) >= rows.shape[1]:
            raise ValueError(
                f"columns must be below {rows.shape[1]}, the number of features, got {self.columns}"
            )
        _, identity = np.unique(rows[:, list(self.columns)], axis=0, return_inverse=True)
        identity = identity.reshape(-1)  # NumPy 2.0 gives it a second axis
        flagged = np.bincount(identity, weights=verdicts.decisions == MALICIOUS)
        blocked = (flagged > self.limit)[identity]
        return verdicts.with_decisions(np.where(blocked, MALICIOUS, verdicts.decisions))
