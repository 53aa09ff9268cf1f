"""What a solver of Markov games answers: policies of both roles, with their certificate.

As with `armsrace.solvers.equilibrium`, a solver states its policies and a bound that its method
guarantees; values and regrets are computed from the game by
`armsrace.solvers.markov_certificate` when they are asked for.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array
from armsrace.solvers import markov_certificate
from armsrace.solvers.markov_certificate import Policies

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True, eq=False, repr=False)
class MarkovEquilibrium:
    """Policies of both roles in a Markov game, with their certificate.

    Parameters
    ----------
    form
        The game that was solved.
    policies
        Of the learner and of the adversary: (S, m) and (S, n), or with a horizon (T, S, m) and
        (T, S, n). Kept as read-only copies.
    method
        The name of the solver.
    bound
        What the solver's method guarantees: values are within this of the exact ones in every
        state; infinite when it guarantees nothing.
    parameters
        What the solver was told besides the form, or what it reports about its way.
    status
        "solved", or what went wrong and what to do about it.
    leader
        The role that committed to its policy, if there is one; its regret does not count.

    Raises
    ------
    ValueError
        When a policy is not a distribution over the available actions in every state.
    """

    form: MarkovGame
    policies: Policies
    method: str
    bound: float = np.inf
    parameters: Mapping[str, object] = field(default_factory=dict)
    status: str = "solved"
    leader: str | None = None

    def __post_init__(self) -> None:
        learner, adversary = (
            checked_policy(self.form, role, policy)
            for role, policy in zip(self.form.roles, self.policies, strict=True)
        )
        object.__setattr__(self, "policies", (learner, adversary))
        object.__setattr__(self, "parameters", dict(self.parameters))
        if self.leader is not None:
            self.form.role_index(self.leader)

    @cached_property
    def values(self) -> Array:
        """What each role earns a round, from each state on, shape (2, S)."""
        return markov_certificate.policy_values(self.form, self.policies)

    @cached_property
    def regrets(self) -> Array:
        """What the best deviation of each role gains in the state where it gains most, (2,)."""
        return markov_certificate.regrets_above(self.form, self.policies, self.values)

    @property
    def regret(self) -> float:
        """The largest of the regrets, that of a committed leader left out."""
        named = zip(self.form.roles, self.regrets.tolist(), strict=True)
        return max(float(regret) for role, regret in named if role != self.leader)

    def guaranteed(self, role: str) -> Array:
        """What a role's policy earns at least in a zero-sum game, from each state on: shape (S,).

        The value against the other role's exact best reply.

        Raises
        ------
        LookupError
            When there is no such role.
        ValueError
            When the game is not zero-sum: there a best reply need not be the worst case.
        """
        index = self.form.role_index(role)
        if not self.form.is_zero_sum():
            raise ValueError("a guarantee needs a zero-sum game; read values and regrets instead")
        other = self.form.roles[1 - index]
        values, _ = markov_certificate.best_reply(self.form, other, self.policies[index])
        return 0.0 - values

    def strategy(self, role: str, state: Hashable, clock: int = 0) -> dict[Hashable, float]:
        """A role's actions of positive probability in a state, with their probabilities.

        Parameters
        ----------
        role, state
            By name.
        clock
            The round, in a game with a horizon.

        Raises
        ------
        LookupError
            When there is no such role or state.
        """
        index = self.form.role_index(role)
        if state not in self.form.states:
            raise LookupError(f"unknown state {state!r}; the game has {len(self.form.states)}")
        policy = self.policies[index] if self.form.horizon is None else self.policies[index][clock]
        row = policy[self.form.states.index(state)]
        pairs = zip(self.form.actions[index], row.tolist(), strict=True)
        return {action: probability for action, probability in pairs if probability > 0.0}

    def frame(self) -> "pd.DataFrame":
        """One row for each state, role and action: probability, and the role's value there.

        With a horizon, of the first round.
        """
        import pandas as pd

        parts = []
        for index, (role, actions) in enumerate(
            zip(self.form.roles, self.form.actions, strict=True)
        ):
            policy = self.policies[index]
            first = policy if self.form.horizon is None else policy[0]
            table = pd.DataFrame(first, index=list(self.form.states), columns=list(actions))
            long = (
                table.rename_axis("state")
                .reset_index()
                .melt("state", var_name="action", value_name="probability")
            )
            worth = dict(zip(self.form.states, self.values[index].tolist(), strict=True))
            parts.append(long.assign(role=role, value=long["state"].map(worth)))
        columns = ["state", "role", "action", "probability", "value"]
        return pd.concat(parts, ignore_index=True)[columns]

    def __repr__(self) -> str:
        size = self.form.shape[0]
        lines = [f"MarkovEquilibrium by {self.method}: {self.status}, regret {self.regret:.1e}"]
        for role, values in zip(self.form.roles, self.values, strict=True):
            name = f"{role} (leader)" if role == self.leader else role
            low, high = values.min() + 0.0, values.max() + 0.0
            lines.append(f"  {name} earns {low:.6g} to {high:.6g} a round in {size} states")
        return "\n".join(lines)


def checked_policy(form: MarkovGame, role: str, policy: Array) -> Array:
    """A read-only copy of a policy.

    Raises
    ------
    ValueError
        When its shape is another game's, or it is not a distribution over the available actions in
        every state.
    """
    index = form.role_index(role)
    given = np.array(policy, dtype=np.float64)
    wanted: tuple[int, ...] = (form.shape[0], form.shape[1 + index])
    if form.horizon is not None:
        wanted = (form.horizon, *wanted)
    if given.shape != wanted:
        raise ValueError(
            f"policy of {role} must have shape {wanted}, got {given.shape}; is it for another game?"
        )
    used = (given > 0.0) & ~form.masks[index]
    if not (given >= 0.0).all() or (np.abs(given.sum(axis=-1) - 1.0) > 1e-9).any() or used.any():
        bad = (given < 0.0).any(axis=-1) | (np.abs(given.sum(axis=-1) - 1.0) > 1e-9)
        place = np.argwhere(bad | used.any(axis=-1))[0]
        raise ValueError(
            f"policy of {role} must be a distribution over the actions available in state "
            f"{form.states[place[-1]]!r}, got {given[tuple(place)].tolist()}"
        )
    given.flags.writeable = False
    return given
