"""Certificates: how far strategies are from an equilibrium, computed from the definition.

Nothing here knows how the strategies were found. With u_i(a, s_-i) the payoff of role i when it
takes action a and every other role j draws its action from s_j, the *regret* of role i is what its
best unilateral deviation still gains::

    regret_i = max_a u_i(a, s_-i) - sum_a s_i(a) u_i(a, s_-i)

Strategies are a Nash equilibrium exactly when no role has a positive regret. Each deviation payoff
is a sum of products of float64 numbers, so a regret carries rounding of about 1e-16 times the size
of the payoffs times the number of actions.

In an empirical game the payoffs are themselves in doubt, and two statements at 95 % say how much.
For given strategies, each replicate yields one payoff, and Student's t over the S replicates gives
an interval for the mean. And with K payoffs in the game, Student's t at level 1 - 0.05 / K for each
of them (Bonferroni) gives a number eps such that *all* payoffs are within eps of the truth
together; then the regret of any strategies in the true game is within 2 eps of their regret in the
estimated one. Both take the mean over replicates to be normally distributed.
"""

from collections.abc import Sequence

import numpy as np

from armsrace.forms.normal import Array, NormalForm
from armsrace.statistics import mean_interval


def deviation_payoffs(form: NormalForm, strategies: Sequence[Array]) -> tuple[Array, ...]:
    """Return what each action of each role earns against the strategies of the others.

    Parameters
    ----------
    form
        The game.
    strategies
        One distribution over its actions for each role, of shape (m_i,).

    Returns
    -------
    tuple
        For each role i an array of shape (m_i,): u_i(a, s_-i) for every action a. Takes one pass
        over the payoffs for each role.

    Examples
    --------
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> [v.tolist() for v in deviation_payoffs(pennies, [np.array([1, 0]), np.array([0.5, 0.5])])]
    [[0.0, 0.0], [-1.0, 1.0]]
    """
    return tuple(_against(form.payoffs[i], strategies, i) for i in range(len(strategies)))


def _against(payoffs: Array, strategies: Sequence[Array], role: int) -> Array:
    """Average the payoffs of one role over the actions of all others."""
    for strategy in reversed(strategies[role + 1 :]):
        payoffs = payoffs @ strategy  # over the last axis
    for strategy in reversed(strategies[:role]):
        payoffs = strategy @ payoffs  # over the last but one: the last is the role's own
    return payoffs


def expected_payoffs(form: NormalForm, strategies: Sequence[Array]) -> Array:
    """Return what each role earns on average, shape (N,).

    Examples
    --------
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> expected_payoffs(pennies, [np.array([1, 0]), np.array([0.25, 0.75])]).tolist()
    [-0.5, 0.5]
    """
    deviations = deviation_payoffs(form, strategies)
    return np.array([s @ d for s, d in zip(strategies, deviations, strict=True)])


def regrets(form: NormalForm, strategies: Sequence[Array]) -> Array:
    """Return what the best unilateral deviation of each role gains, shape (N,), never negative.

    Examples
    --------
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> regrets(pennies, [np.array([1, 0]), np.array([0.25, 0.75])]).tolist()
    [1.0, 0.5]
    """
    deviations = deviation_payoffs(form, strategies)
    # What follows is the largest entry less the average, in the calls that take least time.
    return np.array(
        [
            max(d.item(d.argmax()) - float(s.dot(d)), 0.0)
            for s, d in zip(strategies, deviations, strict=True)
        ]
    )


def commitment_bound(form: NormalForm, leader: str, multipliers: Array) -> float:
    """Return what the leader of a game of two cannot exceed by any commitment.

    Whatever multipliers lambda >= 0 come with a reply j of the follower: a commitment x to which j
    is a best reply earns the leader, by weak duality, no more than ::

        max_i  L_ij - sum_k lambda_k (F_ik - F_ij)

    with L the leader's payoffs and F the follower's, the leader's actions in rows. The bound is the
    largest over the replies; good multipliers make it tight.

    Parameters
    ----------
    form
        A game of two roles.
    leader
        The role that commits.
    multipliers
        Not negative, shape (n, n) for n actions of the follower: reply j, then the alternative k.

    Raises
    ------
    ValueError
        When a multiplier is negative.

    Examples
    --------
    >>> game = NormalForm.from_bimatrix([[2, 4], [1, 3]], [[1, 0], [0, 1]])
    >>> commitment_bound(game, "learner", np.zeros((2, 2)))
    4.0
    >>> commitment_bound(game, "learner", np.array([[0, 0], [0.5, 0]]))
    3.5
    """
    if not (multipliers >= 0.0).all():
        raise ValueError(f"multipliers must not be negative, got {multipliers.min():g}")
    index = form.role_index(leader)
    lead, follow = form.payoffs[index], form.payoffs[1 - index]
    if index == 1:
        lead, follow = lead.T, follow.T
    follow = follow - follow.min()  # only differences matter, and small ones round less
    totals = multipliers.sum(axis=1)
    return float((lead - follow @ multipliers.T + totals * follow).max())


def tolerances(form: NormalForm) -> Array:
    """Return the regret that each role may have in a game that counts as solved, shape (N,).

    1e-10 of the range of its payoffs, plus 1e-13 of their size for the rounding of the regret.

    Examples
    --------
    >>> tolerances(NormalForm.zero_sum([[1, -1], [-1, 1]])).tolist()
    [2.001e-10, 2.001e-10]
    """
    payoffs = form.payoffs.reshape(len(form.roles), -1)
    highest, lowest = payoffs.max(axis=1), payoffs.min(axis=1)
    bounds: Array = 1e-10 * (highest - lowest) + 1e-13 * np.maximum(highest, -lowest)
    return bounds


def payoff_interval(
    form: NormalForm, strategies: Sequence[Array], role: str
) -> tuple[float, float]:
    """Return the 95 % interval of what a role earns on average, by Student's t over the replicates.

    The strategies are taken as given: if they were computed from the same replicates, the interval
    does not cover what that choice has made of chance. With exact payoffs the interval is a point;
    with a single replicate it is the whole line.

    Examples
    --------
    >>> game = NormalForm.from_samples([[[[v]], [[-v]]] for v in (1.0, 2.0, 3.0)])
    >>> low, high = payoff_interval(game, [np.ones(1), np.ones(1)], "learner")
    >>> round(low, 3), round(high, 3)
    (-0.484, 4.484)
    """
    index = form.role_index(role)
    if form.samples is None:
        mean = float(expected_payoffs(form, strategies)[index])
        return mean, mean
    replicates = form.samples[:, index]
    for strategy in reversed(strategies):
        replicates = replicates @ strategy
    interval = mean_interval(replicates)
    return float(interval.low), float(interval.high)


def simultaneous_error(form: NormalForm) -> float:
    """Return eps such that, at 95 %, all payoffs at once are within eps of their true values.

    Zero when the payoffs are exact, infinite with a single replicate.

    Examples
    --------
    >>> game = NormalForm.from_samples([[[[v]], [[-v]]] for v in (1.0, 2.0, 3.0)])
    >>> round(simultaneous_error(game), 3)
    3.583
    """
    if form.samples is None:
        return 0.0
    level = 1.0 - 0.05 / form.payoffs.size
    return float(mean_interval(form.samples, level=level).half_width.max())
