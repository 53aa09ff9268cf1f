r"""Markov games known only to within confidence sets: what policies earn at least and at most.

For each state and pair of actions every transition probability and the expected reward lie within
an interval, each pair of actions on its own (*rectangular* sets). A lower bound
on what a policy earns, whichever game of the sets is the true one, solves

.. math:: V(s) = \sum_{ij} x_i(s) y_j(s) \, [\, (1 - \gamma) \, \underline r(s, i, j)
          + \gamma \min_{p \in B(s, i, j)} p \cdot V \,],

with the worst j in place of the sum over j for a guarantee, and an upper bound has the largest in
place of the least. The inner minimum gives every next state its least probability, and what is left
to the worst ones first: one sort for all pairs. The iteration starts from a bound and only rises,
so that it is a bound wherever it stops.

*Reference values.* The doubt about the transitions is paid for with the spread of V. Let W be any
function of the states, close to V if one can. The game with the rewards

.. math:: r'(s, i, j) = r(s, i, j) + \frac{\gamma \, E[W(s') \mid s, i, j] - W(s)}{1 - \gamma}

has the values V - W under any policies, and the same regrets (potential-based shaping). Intervals
of r' are intervals of one-step means, as narrow as the data allow; the doubt about transitions is
multiplied by the spread of V - W alone, which is a small one.

Source: G. N. Iyengar, "Robust dynamic programming", Math. Oper. Res. 30 (2005) 257-280; A. L.
Strehl and M. L. Littman, "An analysis of model-based interval estimation for Markov decision
processes", J. Comput. Syst. Sci. 74 (2008) 1309-1331 (the inner problem, section 3).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.forms.arguments import finite
from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array
from armsrace.solvers.markov_certificate import Policies
from armsrace.solvers.markov_equilibrium import checked_policy

PRECISION = 1e-9  # how far value iteration may stay from its limit, as a share of the rewards' size


@final
@dataclass(frozen=True, eq=False, repr=False)
class MarkovSets:
    """The Markov games around an estimate.

    Parameters
    ----------
    form
        The estimate, without a horizon.
    rare, often
        The least and the largest transition probabilities, shape (S, m, n, S).
    low, high
        The least and the largest expected rewards, shape (2, S, m, n); with reference values, those
        of r'.
    reference
        W of each role, shape (2, S); None for zero.
    ranges
        The least and the largest reward of each role, shape (2, 2), which no value is beyond; None
        for what low and high say.

    Raises
    ------
    ValueError
        When the form has a horizon, shapes do not fit, or nothing lies within the intervals.

    Notes
    -----
    Memory is S^2 m n numbers; a sweep of any bound takes time in proportion.

    Examples
    --------
    >>> game = MarkovGame.zero_sum([[[1]], [[0]]], [[[[1, 0]]], [[[0, 1]]]], discount=0.5)
    >>> certain = game.transitions.toarray().reshape(2, 1, 1, 2)
    >>> rare, often = np.maximum(certain - 0.1, 0.0), np.minimum(certain + 0.1, 1.0)
    >>> sets = MarkovSets(game, rare, often, game.rewards, game.rewards)
    >>> only = np.ones((2, 1))
    >>> sets.least_value("learner", (only, only)).round(6).tolist()
    [0.909091, 0.0]
    """

    form: MarkovGame
    rare: Array
    often: Array
    low: Array
    high: Array
    reference: Array | None = None
    ranges: Array | None = None

    def __post_init__(self) -> None:
        if self.form.horizon is not None:
            raise ValueError("form must be without a horizon, got one of finitely many rounds")
        for name, shape in (
            ("rare", (*self.form.shape, self.form.shape[0])),
            ("often", (*self.form.shape, self.form.shape[0])),
            ("low", self.form.rewards.shape),
            ("high", self.form.rewards.shape),
        ):
            given = finite(name, getattr(self, name))
            if given.shape != shape:
                raise ValueError(f"{name} must have shape {shape}, got {given.shape}")
            object.__setattr__(self, name, given)
        if not (
            (self.rare >= 0.0).all()
            and (self.rare <= self.often).all()
            and (self.rare.sum(axis=-1) <= 1.0 + 1e-9).all()
            and (self.often.sum(axis=-1) >= 1.0 - 1e-9).all()
        ):
            raise ValueError("rare and often must have a distribution between them for every pair")
        if not (self.low <= self.high).all():
            raise ValueError("low must not be above high in any state, for any pair of actions")
        for name, shape in (("reference", (2, self.form.shape[0])), ("ranges", (2, 2))):
            told = getattr(self, name)
            if told is not None and np.shape(told) != shape:
                raise ValueError(f"{name} must have shape {shape}, got {np.shape(told)}")

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
        index = self.form.role_index(role)
        return self._least(index, lambda worth: np.einsum("sij,sij->s", joint, worth))

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

        return self._least(index, worst)

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

        return 0.0 - self._least(index, best, sign=-1.0)

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

    def _least(self, role: int, backup: Callable[[Array], Array], *, sign: float = 1.0) -> Array:
        """Solve V = backup((1 - g) rewards + g min p V) from below, for rewards times the sign."""
        gamma = self.form.discount
        rewards = self.low[role] if sign > 0.0 else 0.0 - self.high[role]
        reference = np.zeros(len(rewards))
        if self.reference is not None:
            reference = sign * self.reference[role]
        floor = np.full(len(rewards), rewards.min())
        if self.ranges is not None:
            least = (sign * self.ranges[role]).min()
            floor = np.maximum(floor, least - reference)
        values, precision = floor, PRECISION * (1.0 - gamma) * float(np.abs(rewards).max())
        while True:
            expected = least_expectation(self.rare, self.often, values)
            worth = (1.0 - gamma) * rewards + gamma * expected
            after = np.maximum(backup(worth), floor)
            if (after - values).max() <= precision:
                bound: Array = after + reference
                return bound
            values = after


def least_expectation(rare: Array, often: Array, values: Array) -> Array:
    """The least expectation over all distributions between two bounds, shape (...).

    Parameters
    ----------
    rare, often
        The least and the largest probability of each of S states, shape (..., S).
    values
        Of the states, shape (S,).

    Examples
    --------
    >>> rare, often = np.array([0.3, 0.3]), np.array([0.7, 0.7])
    >>> least_expectation(rare, often, np.array([0.0, 2.0])).round(6).item()
    0.6
    """
    worst_first = np.argsort(values, kind="stable")
    room = (often - rare)[..., worst_first]
    left = 1.0 - rare.sum(axis=-1, keepdims=True)
    used = np.clip(left - (np.cumsum(room, axis=-1) - room), 0.0, room)
    expected: Array = rare @ values + used @ values[worst_first]
    return expected


def _averaged(worth: Array, policy: Array, role: int) -> Array:
    """Average over the actions of one role, shape (S, actions of the other)."""
    averaged: Array = np.einsum("sij,si->sj" if role == 0 else "sij,sj->si", worth, policy)
    return averaged
