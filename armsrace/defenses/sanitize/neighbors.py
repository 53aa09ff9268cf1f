"""The nearest-neighbor filter: rows whose label the trusted rows around them contradict."""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.batch import Batch, Mask
from armsrace.defenses.defense import Sanitize
from armsrace.defenses.memory import Fitted, Memory


@final
@dataclass(frozen=True)
class NeighborFilter(Sanitize):
    """Reject rows with whose label too few of the k nearest trusted rows agree.

    Distances are Euclidean: features should be of one scale. Among equal distances the trusted row
    that comes first is nearer.

    Attributes
    ----------
    neighbors
        k, at least 1; of less trusted rows, all are neighbors.
    agreement
        Share of the neighbors that must have the row's label, in [0, 1].

    Raises
    ------
    ValueError
        When a parameter is out of range.

    Notes
    -----
    O(n m (d + log m)) in time and O(n m) in memory, for n offered and m trusted rows.

    References
    ----------
    Paudice, A., Munoz-Gonzalez, L., Lupu, E. C. (2018). Label sanitization against label flipping
    poisoning attacks. ECML PKDD workshops. (There the row is relabeled, here it is rejected.)
    """

    neighbors: int = 5
    agreement: float = 0.5

    def __post_init__(self) -> None:
        if self.neighbors < 1:
            raise ValueError(f"neighbors must be at least 1, got {self.neighbors}")
        if not 0 <= self.agreement <= 1:
            raise ValueError(f"agreement must be in [0, 1], got {self.agreement}")

    def sanitize(
        self, offered: Batch, model: Fitted, memory: Memory, rng: np.random.Generator
    ) -> Mask:
        """True for each row with whose label enough of its neighbors agree."""
        from scipy.spatial.distance import cdist

        trusted = memory.trusted
        distances = cdist(offered.rows.astype(np.float64), trusted.rows.astype(np.float64))
        nearest = np.argsort(distances, axis=1, kind="stable")[:, : self.neighbors]
        agree: Mask = trusted.labels[nearest] == offered.labels[:, None]
        keep: Mask = agree.mean(axis=1) >= self.agreement
        return keep
