"""Verdicts: what a classifier says of each row.

A verdict is an int8: `HONEST` (0), `MALICIOUS` (1) or `UNSURE` (-1). A verdict may abstain (a
spam filter's "unsure"); an abstention is neither right nor wrong and is counted, and priced,
apart.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

HONEST: Final = np.int8(0)
MALICIOUS: Final = np.int8(1)
UNSURE: Final = np.int8(-1)


@final
@dataclass(frozen=True, eq=False)
class Verdicts:
    """Scores and decisions of n rows.

    Attributes
    ----------
    scores
        How malicious each row looks, float64 of shape (n,); larger is more malicious, units are
        the model's own.
    decisions
        int8 of shape (n,): 0 honest, 1 malicious, -1 unsure.
    """

    scores: NDArray[np.float64]
    decisions: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.decisions)

    def with_decisions(self, decisions: NDArray[Any]) -> "Verdicts":
        """Keep the scores and decide otherwise."""
        return Verdicts(self.scores, decisions.astype(np.int8, copy=False))
