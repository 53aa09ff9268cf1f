r"""Markov games known only to within confidence sets: what policies earn at least and at most.

For each state and pair of actions the transition probabilities lie within an L1 ball around an
estimate, the rewards within an interval, each pair on its own (*rectangular* sets). A lower bound
on what a policy earns, whichever game of the sets is the true one, solves

.. math:: V(s) = \sum_{ij} x_i(s) y_j(s) \, [\, (1 - \gamma) \, \underline r(s, i, j)
          + \gamma \min_{p \in B(s, i, j)} p \cdot V \,],

with the worst j in place of the sum over j for a guarantee, and an upper bound has the largest in
place of the least. The inner minimum over a ball of radius e moves the mass e / 2 from the best
next states to the worst one: one sort for all pairs. Value iteration contracts by the discount;
what it leaves is bounded and counted in, so that every number returned is a bound.

Source: G. N. Iyengar, "Robust dynamic programming", Math. Oper. Res. 30 (2005) 257-280; A. L.
Strehl and M. L. Littman, "An analysis of model-based interval estimation for Markov decision
processes", J. Comput. Syst. Sci. 74 (2008) 1309-1331 (the inner problem, section 3).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from armsrace.forms.arguments import finite
from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array
from armsrace.solvers.markov_certificate import Policies
from armsrace.solvers.markov_equilibrium import checked_policy
from armsrace.solvers.shapley import fixed_point_interval

PRECISION = 1e-9  # what value iteration leaves, as a share of the rewards' size; it is counted in


@final
@dataclass(frozen=True, eq=False, repr=False)
class MarkovSets:
    """The Markov games around an estimate.

    Parameters
    ----------
    form
        The estimate, without a horizon.
    radii
        Of the L1 balls around its transitions, shape (S, m, n), at least 0.
    low, high
        The least and the largest expected rewards, shape (2, S, m, n).

    Raises
    ------
    ValueError
        When the form has a horizon, shapes do not fit, a radius is negative or an interval empty.

    Notes
    -----
    Memory is S^2 m n numbers; a sweep of any bound takes time in proportion.

    Examples
    --------
    >>> game = MarkovGame.zero_sum([[[1]], [[0]]], [[[[1, 0]]], [[[0, 1]]]], discount=0.5)
    >>> sets = MarkovSets(game, np.full((2, 1, 1), 0.2), game.rewards, game.rewards)
    >>> only = np.ones((2, 1))
    >>> sets.least_value("learner", (only, only)).round(6).tolist()
    [0.909091, 0.0]
    """

    form: MarkovGame
    radii: Array
    low: Array
    high: Array

    def __post_init__(self) -> None:
        if self.form.horizon is not None:
            raise ValueError("form must be without a horizon, got one of finitely many rounds")
        for name, shape in (
            ("radii", self.form.shape),
            ("low", self.form.rewards.shape),
            ("high", self.form.rewards.shape),
        ):
            given = finite(name, getattr(self, name))
            if given.shape != shape:
                raise ValueError(f"{name} must have shape {shape}, got {given.shape}")
            object.__setattr__(self, name, given)
        if not (self.radii >= 0.0).all():
            raise ValueError(f"radii must not be negative, got {self.radii.min():g}")
        if not (self.low <= self.high).all():
            raise ValueError("low must not be above high in any state, for any pair of actions")

    def least_value(self, role: str, policies: Policies) -> Array:
        """What a role earns at least under policies of both, from each state on: shape (S,).

        Parameters
        ----------
        role
            By name.
        policies
            Of the learner, (S, m), and of the adversary, (S, n).
        """
        learner, adversary = self._checked(policies)
        joint = learner[:, :, None] * adversary[:, None, :]
        rewards = self.low[self.form.role_index(role)]
        return self._least(rewards, lambda worth: np.einsum("sij,sij->s", joint, worth))

    def guaranteed(self, role: str, policy: Array) -> Array:
        """What a role's policy earns at least, whatever the other does: shape (S,).

        Parameters
        ----------
        role
            By name.
        policy
            Its own, shape (S, its number of actions).
        """
        index = self.form.role_index(role)
        own = checked_policy(self.form, role, policy)
        other = self.form.masks[1 - index]

        def worst(worth: Array) -> Array:
            by_other = _averaged(worth, own, index)
            least: Array = np.where(other, by_other, np.inf).min(axis=1)
            return least

        return self._least(self.low[index], worst)

    def most_by_reply(self, role: str, against: Array) -> Array:
        """What a role earns at most against a policy of the other, by any reply: shape (S,).

        Parameters
        ----------
        role
            Who replies.
        against
            The policy of the other, shape (S, its number of actions).
        """
        index = self.form.role_index(role)
        given = checked_policy(self.form, self.form.roles[1 - index], against)
        own = self.form.masks[index]

        def best(worth: Array) -> Array:
            # Signs are turned: what is least here is the most that is earned.
            by_own = _averaged(worth, given, 1 - index)
            least: Array = np.where(own, by_own, np.inf).min(axis=1)
            return least

        return 0.0 - self._least(0.0 - self.high[index], best)

    def regret_bounds(self, policies: Policies) -> Array:
        """What a deviation of each role gains at most, in any game of the sets: shape (2, S).

        Parameters
        ----------
        policies
            Of the learner, (S, m), and of the adversary, (S, n).
        """
        learner, adversary = self._checked(policies)
        pairs = zip(self.form.roles, (adversary, learner), strict=True)
        return np.stack(
            [
                self.most_by_reply(role, other) - self.least_value(role, (learner, adversary))
                for role, other in pairs
            ]
        )

    def _checked(self, policies: Policies) -> Policies:
        learner, adversary = (
            checked_policy(self.form, role, policy)
            for role, policy in zip(self.form.roles, policies, strict=True)
        )
        return learner, adversary

    @cached_property
    def _chances(self) -> Array:
        chances: Array = self.form.transitions.toarray()
        return chances

    def _least(self, rewards: Array, backup: Callable[[Array], Array]) -> Array:
        """Solve V = backup((1 - g) rewards + g min p V) from below."""
        gamma = self.form.discount
        values = np.zeros(len(rewards))
        precision = PRECISION * float(np.abs(rewards).max())
        while True:
            expected = least_expectation(self._chances, self.radii.reshape(-1), values)
            after = backup((1.0 - gamma) * rewards + gamma * expected.reshape(self.form.shape))
            low, high = fixed_point_interval(after - values, gamma)
            if high - low <= precision:
                return after + low
            values = after


def least_expectation(chances: Array, radii: Array, values: Array) -> Array:
    """The least expectation over all distributions within an L1 distance, shape (K,).

    Parameters
    ----------
    chances
        Distributions over S states, shape (K, S).
    radii
        Distances, shape (K,).
    values
        Of the states, shape (S,).

    Examples
    --------
    >>> least_expectation(np.array([[0.5, 0.5]]), np.array([0.4]), np.array([0.0, 1.0])).tolist()
    [0.3]
    """
    best_first = np.argsort(values)[::-1]
    ordered = chances[:, best_first]
    moved = np.clip(radii / 2.0, 0.0, np.maximum(1.0 - ordered[:, -1], 0.0))
    kept = np.maximum(np.cumsum(ordered, axis=1) - moved[:, None], 0.0)
    left = np.diff(kept, prepend=0.0, axis=1)
    expected: Array = left @ values[best_first] + moved * values[best_first[-1]]
    return expected


def _averaged(worth: Array, policy: Array, role: int) -> Array:
    """Average over the actions of one role, shape (S, actions of the other)."""
    averaged: Array = np.einsum("sij,si->sj" if role == 0 else "sij,sj->si", worth, policy)
    return averaged
