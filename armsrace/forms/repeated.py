r"""Repeated games: the same stage game, round after round, for ever.

In every round t = 0, 1, ... all roles choose actions of the *stage game*, a normal form, and see
what all have chosen. A play path a(0), a(1), ... earns role i the discounted average ::

    (1 - d) sum_t d^t u_i(a(t))

with the discount d in [0, 1): in the unit of the stage game, so that a constant path earns what one
round does. Paths here are eventually periodic: a prefix played once, then a cycle played for ever.

The *minmax* value of a role is what the others can hold it down to when it answers as well as it
can; no equilibrium earns it less. Three versions differ in what the others may do: each chooses an
action for certain (`RepeatedGame.pure_minmax`), or they draw a profile from any distribution
(`RepeatedGame.minmax`), or each mixes by itself, which lies between the two. With two roles the
last two are the same; with more the last is hard to compute (C. Borgs and others, "The myth of the
folk theorem", Games and Economic Behavior 70 (2010) 34-43) and not offered.

Source: G. J. Mailath and L. Samuelson, *Repeated games and reputations* (2006), chapters 2 and 3.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace._linear_program import maximize
from armsrace.forms.normal import Array, NormalForm

Path = Sequence[Sequence[Hashable]]
"""Rounds of a play: for each the label of every role's action, in the order of the roles."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class RepeatedGame:
    """A stage game played for ever, with discounted payoffs.

    Parameters
    ----------
    stage
        The game of one round.
    discount
        What a payoff in the next round is worth now, in [0, 1).

    Raises
    ------
    ValueError
        When the discount is not in [0, 1).

    Examples
    --------
    >>> payoffs = [[3, 0], [5, 1]], [[3, 5], [0, 1]]
    >>> stage = NormalForm.from_bimatrix(*payoffs, actions=[["calm", "arm"], ["calm", "arm"]])
    >>> game = RepeatedGame(stage, discount=0.5)
    >>> game.payoffs([("calm", "calm")]).tolist()
    [3.0, 3.0]
    >>> game.payoffs([("arm", "arm")], prefix=[("arm", "calm")]).tolist()
    [3.0, 0.5]
    >>> game.minmax().tolist()
    [1.0, 1.0]
    """

    stage: NormalForm
    discount: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.discount < 1.0:
            raise ValueError(f"discount must be in [0, 1), got {self.discount:g}")

    def payoffs(self, cycle: Path, prefix: Path = ()) -> Array:
        """Return what a play path earns each role, shape (N,): the discounted average.

        Parameters
        ----------
        cycle
            The rounds that are played for ever, one at least.
        prefix
            The rounds that come before them.

        Raises
        ------
        ValueError
            When the cycle is empty or a round has not one action for each role.
        LookupError
            When a role has no such action.
        """
        first: Array = self.continuation_payoffs(cycle, prefix)[0]
        return first

    def continuation_payoffs(self, cycle: Path, prefix: Path = ()) -> Array:
        """Return what a play path earns from each of its rounds on, shape (rounds, N).

        The rounds are those of the prefix, then those of one cycle. Solves
        v(t) = (1 - d) u(a(t)) + d v(t + 1) backwards, the end of the cycle being its beginning.

        Parameters
        ----------
        cycle, prefix
            As in `payoffs`.

        Raises
        ------
        ValueError
            When the cycle is empty or a round has not one action for each role.
        LookupError
            When a role has no such action.

        Examples
        --------
        >>> stage = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
        >>> game = RepeatedGame(stage, discount=0.5)
        >>> game.continuation_payoffs([("0", "1"), ("1", "0")]).round(3).tolist()
        [[1.667, 3.333], [3.333, 1.667]]
        """
        if not cycle:
            raise ValueError("cycle must hold one round or more, got none")
        now = (1.0 - self.discount) * np.array([self._earned(r) for r in (*prefix, *cycle)])
        weights = self.discount ** np.arange(len(cycle))
        value = weights @ now[len(prefix) :] / (1.0 - self.discount ** len(cycle))
        values = np.empty_like(now)
        for t in reversed(range(len(now))):
            value = values[t] = now[t] + self.discount * value
        return values

    def pure_minmax(self) -> Array:
        """Return what the others can hold each role down to by an action each, shape (N,).

        Takes one pass over the payoffs of the stage game for each role.

        Examples
        --------
        >>> RepeatedGame(NormalForm.zero_sum([[1, -1], [-1, 1]]), 0.9).pure_minmax().tolist()
        [1.0, 1.0]
        """
        return np.array([u.max(axis=i).min() for i, u in enumerate(self.stage.payoffs)])

    def minmax(self) -> Array:
        """Return what the others can hold each role down to by a joint distribution, shape (N,).

        With two roles this is the minmax value in mixed strategies. One linear program a role, by
        HiGHS; what is returned is the best reply against the distribution found, so the others can
        indeed hold the role down to it.

        Raises
        ------
        ArithmeticError
            When HiGHS finds no optimum.

        Examples
        --------
        >>> RepeatedGame(NormalForm.zero_sum([[1, -1], [-1, 1]]), 0.9).minmax().round(9).tolist()
        [0.0, 0.0]
        """
        return np.array([_minmax(payoffs, i) for i, payoffs in enumerate(self.stage.payoffs)])

    def __repr__(self) -> str:
        first, *rest = repr(self.stage).splitlines()
        return "\n".join([f"RepeatedGame: discount {self.discount:g}, stage {first}", *rest])

    def _earned(self, actions: Sequence[Hashable]) -> Array:
        """Return what one round earns each role, before discounting."""
        roles = self.stage.roles
        if len(actions) != len(roles):
            raise ValueError(
                f"a round must hold an action for each of {len(roles)} roles, got {actions!r}"
            )
        profile = {role: [action] for role, action in zip(roles, actions, strict=True)}
        return self.stage.restrict(profile).payoffs.ravel()


def _minmax(payoffs: Array, role: int) -> float:
    """Minimize, over distributions of the others' profiles, the role's best reply."""
    table = np.moveaxis(payoffs, role, 0).reshape(payoffs.shape[role], -1)
    # With positive payoffs, the best distribution is in proportion to the y >= 0 of largest sum
    # whose best reply earns 1.
    positive = 1.0 + (table - table.min()) / (np.ptp(table) or 1.0)
    m, n = positive.shape
    weights = np.maximum(maximize(np.ones(n), positive, np.ones(m))[0], 0.0)
    return float((table @ (weights / weights.sum())).max())
