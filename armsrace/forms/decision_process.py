r"""Markov decision processes: a Markov game in which one role has nothing left to decide.

One role chooses an action a in state s, earns ``rewards[s, a]``, and the next state is t with
probability ``transitions[s, a, t]``. Values are discounted averages per round, as in
`armsrace.forms.markov`; the optimal ones solve

.. math:: V(s) = \max_a \; (1 - \gamma) \, r(s, a) + \gamma \sum_t P(t \mid s, a) V(t).

Source: M. L. Puterman, *Markov Decision Processes* (1994), chapter 6.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.normal import Array


@final
@dataclass(frozen=True, eq=False)
class DecisionProcess:
    """What one role decides when the other's policy is fixed; made by `MarkovGame.facing`.

    The constructor trusts its arguments.

    Attributes
    ----------
    rewards
        Shape (S, m).
    transitions
        Sparse, shape (S m, S), rows in the order of (state, action).
    discount
        Of a round relative to the one before.
    available
        Which actions there are in each state, shape (S, m).
    horizon
        Number of rounds; None for a process without end.
    """

    rewards: Array
    transitions: Any
    discount: float
    available: NDArray[np.bool_]
    horizon: int | None = None

    def worth(self, values: Array, now: float, later: float) -> Array:
        """What each action is worth when the future is; -inf where it is not available: (S, m).

        Parameters
        ----------
        values
            Of the next state, shape (S,).
        now, later
            Weights of the reward and of the next state's value.
        """
        expected = (self.transitions @ values).reshape(self.rewards.shape)
        worth: Array = np.where(self.available, now * self.rewards + later * expected, -np.inf)
        return worth

    def under(self, actions: NDArray[np.intp]) -> tuple[Array, Any]:
        """Rewards, shape (S,), and transitions, (S, S), of one action for each state."""
        size, m = self.rewards.shape
        rows = np.arange(size) * m + actions
        return self.rewards.reshape(-1)[rows], self.transitions[rows]
