"""Traffic that harms by being blocked: spoofed identities, and harmless rows that raise alerts."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.attacks.attack import Evade
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.poison.rates import check_share, effort
from armsrace.attacks.probe.surrogate import suspected_model
from armsrace.attacks.reachable import reachable
from armsrace.batch import Batch, Rows
from armsrace.models.scoring import judge
from armsrace.verdicts import MALICIOUS, Verdicts


@final
@dataclass(frozen=True)
class Spoof(Evade):
    """Malicious rows that take the identity of the target, so that it is blocked for them.

    Attributes
    ----------
    columns
        Columns that hold the identity.
    share
        Share of the malicious rows that take it, in [0, 1]; those that the suspected model flags
        most.

    Raises
    ------
    ValueError
        When there is no column or one is negative, or the share is outside [0, 1].

    References
    ----------
    Barreno, M. et al. (2006). Can machine learning be secure? ASIACCS, section 2.
    """

    columns: tuple[int, ...]
    share: float = 1.0

    def __post_init__(self) -> None:
        if not self.columns or min(self.columns) < 0:
            raise ValueError(
                f"columns must hold at least one index, each at least 0, got {self.columns}"
            )
        check_share("share", self.share)

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Copy the identity of the first target row; whoever bears it already stays as it is.

        Raises
        ------
        ValueError
            When the game gives the adversary no target, or a column of the identity lies beyond the
            rows or cannot be changed.
        """
        if not len(known.target):
            raise ValueError("a spoofed identity needs a target; give the world a target_label")
        columns = list(self.columns)
        if max(columns) >= faced.width:
            raise ValueError(
                f"columns must be below {faced.width}, the number of features, got {self.columns}"
            )
        if not known.feasible.mutable(faced.width)[columns].all():
            raise ValueError(
                f"the identity must be feasible to change, got immutable ones among {self.columns}"
            )
        malicious = np.flatnonzero(faced.labels)
        size = round(self.share * len(malicious))
        if not size:
            return faced
        scores = judge(suspected_model(known), faced.rows[malicious]).scores
        chosen = malicious[np.argsort(-scores, kind="stable")[:size]]
        originals = faced.rows[chosen]
        wished = originals.astype(np.float64)
        wished[:, columns] = known.target.rows[0][columns]
        rows, origin = faced.rows.copy(), faced.origin.copy()
        rows[chosen] = reachable(wished, known.feasible, like=originals, altered=True)
        origin[chosen] |= (rows[chosen] != originals).any(axis=1)
        return Batch(rows, faced.labels, origin, faced.target)


@final
@dataclass(frozen=True)
class AlarmFlood(Evade):
    """Harmless rows that look malicious, added so that someone has to look at them.

    They are copies of what the suspected model scores highest among the malicious rows of the
    reference, as far as that can be made; since nothing of an attack is in them, their true label
    is honest, and an alert about one is a false one. So the row that is flagged counts as a false
    positive, and one that passes as a true negative.

    Attributes
    ----------
    rate
        The adversary's share of the traffic to be judged, in [0, 1).

    Raises
    ------
    ValueError
        When the rate is outside [0, 1).

    References
    ----------
    Barreno, M. et al. (2006). Can machine learning be secure? ASIACCS, section 2.
    """

    rate: float

    def __post_init__(self) -> None:
        check_share("rate", self.rate, below_one=True)

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Add the rows, each of the best in turn; without a malicious reference row, none."""
        size = effort(self.rate, len(faced))
        if not size or not known.reference.labels.any():
            return faced
        rows, verdicts = _decoys(known)
        best = np.argsort(-verdicts.scores, kind="stable")[:size]
        return faced.plus(_harmless(rows[best[np.arange(size) % len(best)]]))


@final
@dataclass(frozen=True)
class BlendedFlood(Evade):
    """Harmless rows that look malicious, and none more so than real ones do.

    Like an `AlarmFlood`, but the rows are copies of any that the suspected model flags, drawn at
    random: their scores are spread as those of malicious rows are, so that no order in which
    alerts are looked at tells them apart.

    Attributes
    ----------
    rate
        The adversary's share of the traffic to be judged, in [0, 1).

    Raises
    ------
    ValueError
        When the rate is outside [0, 1).
    """

    rate: float

    def __post_init__(self) -> None:
        check_share("rate", self.rate, below_one=True)

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Add the rows; when no malicious reference row is flagged, none."""
        size = effort(self.rate, len(faced))
        if not size or not known.reference.labels.any():
            return faced
        rows, verdicts = _decoys(known)
        flagged = np.flatnonzero(verdicts.decisions == MALICIOUS)
        if not len(flagged):
            return faced
        return faced.plus(_harmless(rows[flagged[rng.integers(len(flagged), size=size)]]))


def _harmless(rows: Rows) -> Batch:
    """Rows of the adversary's that do no harm but by being looked at."""
    return Batch.made(rows, np.zeros(len(rows), dtype=bool))


def _decoys(known: Knowledge) -> tuple[Rows, Verdicts]:
    """The malicious rows of the reference as they can be made, and how they are suspected to do."""
    malicious = known.reference.rows[known.reference.labels]
    wished = malicious.astype(np.float64)
    rows = reachable(wished, known.feasible, like=malicious, altered=False)
    return rows, judge(suspected_model(known), rows)
