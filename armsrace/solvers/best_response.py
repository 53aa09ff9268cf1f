"""The exact best reply of one role of a Markov game to a policy of the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array
from armsrace.solvers.markov_certificate import best_reply
from armsrace.solvers.markov_equilibrium import checked_policy


@final
@dataclass(frozen=True, eq=False, repr=False)
class BestResponse:
    """What a role can do best against a policy.

    Attributes
    ----------
    form
        The game.
    role
        Who replies.
    values
        What the reply earns a round, from each state on, shape (S,).
    policy
        The reply, which needs no chance: 0 and 1, of shape (S, actions), or (T, S, actions).
    """

    form: MarkovGame
    role: str
    values: Array
    policy: Array

    @property
    def actions(self) -> Mapping[object, object]:
        """The action by state, both by name; with a horizon, in the first round."""
        labels = self.form.actions[self.form.role_index(self.role)]
        first = self.policy if self.form.horizon is None else self.policy[0]
        chosen = (labels[k] for k in first.argmax(axis=1).tolist())
        return dict(zip(self.form.states, chosen, strict=True))

    def __repr__(self) -> str:
        low, high = float(self.values.min()), float(self.values.max())
        return f"BestResponse of the {self.role}: {low:.6g} to {high:.6g} a round"


def best_response(form: MarkovGame, role: str, against: Array) -> BestResponse:
    """Return a role's best reply to a policy of the other role.

    Parameters
    ----------
    form
        The game.
    role
        Who replies: "learner" or "adversary".
    against
        The policy of the other role, shape (S, its actions), or (T, S, its actions) with a horizon.

    Raises
    ------
    LookupError
        When there is no such role.
    ValueError
        When the policy is not one of this game.

    Notes
    -----
    Policy iteration (R. A. Howard, *Dynamic Programming and Markov Processes*, 1960): a few linear
    systems in as many unknowns as there are states. With a horizon, one backward recursion.

    Examples
    --------
    >>> game = MarkovGame.zero_sum(
    ...     [[[0, -1]], [[-3, -3]]], [[[[1, 0], [0.5, 0.5]]], [[[1, 0], [0, 1]]]], discount=0.9
    ... )
    >>> reply = best_response(game, "adversary", against=np.ones((2, 1)))
    >>> reply.values.round(6).tolist(), reply.policy.tolist()
    ([2.636364, 3.0], [[0.0, 1.0], [0.0, 1.0]])
    """
    index = form.role_index(role)
    policy = checked_policy(form, form.roles[1 - index], against)
    values, actions = best_reply(form, role, policy)
    return BestResponse(form, role, values, _pure(actions, form.shape[1 + index]))


def _pure(actions: NDArray[np.intp], count: int) -> Array:
    policy: Array = np.eye(count)[actions]
    return policy
