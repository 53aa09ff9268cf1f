"""Where a dynamic takes the strategies of all roles over time."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers import certificate

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True, eq=False, repr=False)
class Trajectory:
    """The strategies of all roles at a number of times.

    Parameters
    ----------
    form
        The game.
    times
        Ascending, shape (T,).
    strategies
        For each role an array of shape (T, m_i): a distribution over its actions at each time.
    method
        The name of the dynamic.
    converged
        Whether it has come to rest at the last time.
    period
        After how much time it repeats itself, when it was caught in a cycle; otherwise None.

    Examples
    --------
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> x = np.array([[1, 0], [1, 0]])
    >>> y = np.array([[1, 0], [0, 1]])
    >>> trajectory = Trajectory(pennies, np.array([0, 1]), (x, y), "guess", False)
    >>> trajectory
    Trajectory by guess: 2 times from 0 to 1, still moving, regret 2
    >>> trajectory.regrets.tolist()
    [[0.0, 2.0], [2.0, 0.0]]
    """

    form: NormalForm
    times: Array
    strategies: tuple[Array, ...]
    method: str
    converged: bool
    period: float | None = None

    @cached_property
    def regrets(self) -> Array:
        """What each role could gain by its best deviation at each time, shape (T, N)."""
        moments = zip(*self.strategies, strict=True)
        return np.stack([certificate.regrets(self.form, moment) for moment in moments])

    def frame(self) -> "pd.DataFrame":
        """Return a table with one row for each time, role and action, and its probability."""
        import pandas as pd

        columns = zip(self.form.roles, self.form.actions, self.strategies, strict=True)
        parts = [
            pd.DataFrame(
                {
                    "time": np.repeat(self.times, len(actions)),
                    "role": role,
                    "action": [*actions] * len(self.times),
                    "probability": played.ravel(),
                }
            )
            for role, actions, played in columns
        ]
        return pd.concat(parts, ignore_index=True)

    def __repr__(self) -> str:
        if self.converged:
            state = "at rest"
        elif self.period is not None:
            state = f"in a cycle of period {self.period:g}"
        else:
            state = "still moving"
        span = f"{len(self.times)} times from {self.times[0]:g} to {self.times[-1]:g}"
        regret = round(float(self.regrets[-1].max()), 12) + 0.0
        return f"Trajectory by {self.method}: {span}, {state}, regret {regret:.6g}"
