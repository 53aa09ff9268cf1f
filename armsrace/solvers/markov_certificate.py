r"""Certificates of Markov games: what policies are worth, and what the best deviation gains.

Nothing here knows how the policies were found. Fixed policies make a Markov chain, whose values are
the solution of one linear system; fixing one role's policy alone leaves the other a decision
process, whose optimum is found by Howard's policy iteration (1960), each step again one linear
system. The *regret* of a role is the largest gain over the states,

.. math:: \max_s \; [\, \max_{\pi'} V^{\pi', \sigma}(s) - V^{\pi, \sigma}(s) \,],

and no policy at all, stationary or not, gains more. With a horizon, both are backward recursions,
and the regret is over the states of the first round. Rounding enters at about 1e-16 of the rewards
times :math:`1 / (1 - \gamma)`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.decision_process import DecisionProcess
from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array

Policies = tuple[Array, Array]
"""Of the learner and of the adversary: (S, m) and (S, n), or (T, S, m) and (T, S, n)."""


def policy_values(form: MarkovGame, policies: Policies) -> Array:
    """What each role earns a round from each state on, shape (2, S).

    Parameters
    ----------
    form
        The game.
    policies
        One a role; with a horizon, one for each round.

    Examples
    --------
    >>> game = MarkovGame.zero_sum([[[1]], [[0]]], [[[[0, 1]]], [[[0, 1]]]], discount=0.9)
    >>> policy_values(game, (np.ones((2, 1)), np.ones((2, 1)))).round(6).tolist()
    [[0.1, 0.0], [-0.1, 0.0]]
    """
    learner, adversary = policies
    if form.horizon is None:
        earned, chain = _chain(form, learner, adversary)
        return _discounted(chain, (1.0 - form.discount) * earned, form.discount)
    values, weights = np.zeros((2, form.shape[0])), _weights(form)
    for clock in range(form.horizon)[::-1]:
        earned, chain = _chain(form, learner[clock], adversary[clock])
        now, later = weights[clock]
        values = now * earned + later * (chain @ values.T).T
    return values


def best_reply(form: MarkovGame, role: str, policy: Array) -> tuple[Array, NDArray[np.intp]]:
    """What a role can earn at best against a policy of the other, and by which actions.

    Parameters
    ----------
    form
        The game.
    role
        Who replies.
    policy
        Of the other role, (S, its actions); with a horizon (T, S, its actions).

    Returns
    -------
    values, actions
        From each state on, shape (S,), and the action in each state: (S,), or (T, S).
    """
    if form.horizon is None:
        return solve_decision_process(form.facing(role, policy))
    size = form.shape[0]
    values, actions = np.zeros(size), np.empty((form.horizon, size), dtype=np.intp)
    for clock, (now, later) in reversed(list(enumerate(_weights(form)))):
        worth = form.facing(role, policy[clock]).worth(values, now, later)
        actions[clock] = worth.argmax(axis=1)
        values = worth.max(axis=1)
    return values, actions


def solve_decision_process(process: DecisionProcess) -> tuple[Array, NDArray[np.intp]]:
    """Optimal values and actions of a decision process without a horizon, by policy iteration.

    An action gives way only to one that is better by more than rounding, so the values rise
    strictly and the iteration ends.
    """
    gamma = process.discount
    now, later = 1.0 - gamma, gamma
    states = np.arange(len(process.rewards))
    actions = process.worth(np.zeros(len(states)), 1.0, 0.0).argmax(axis=1)
    largest = np.abs(process.rewards[process.available]).max(initial=0.0)
    while True:
        earned, chain = process.under(actions)
        values = _discounted(chain, now * earned[None], gamma)[0]
        worth = process.worth(values, now, later)
        better = worth.max(axis=1) > worth[states, actions] + 1e-13 * largest
        if not better.any():
            return values, actions
        actions = np.where(better, worth.argmax(axis=1), actions)


def regrets(form: MarkovGame, policies: Policies) -> Array:
    """The most that a deviation of each role gains in any state, shape (2,), never negative."""
    return regrets_above(form, policies, policy_values(form, policies))


def regrets_above(form: MarkovGame, policies: Policies, values: Array) -> Array:
    """`regrets`, when it is known what the policies are worth: `policy_values`, shape (2, S)."""
    replies = (best_reply(form, role, policies[1 - k])[0] for k, role in enumerate(form.roles))
    gains = [float((best - own).max()) for best, own in zip(replies, values, strict=True)]
    return np.maximum(gains, 0.0)


def horizon_weights(discount: float, rounds: int) -> list[tuple[float, float]]:
    """Weights of the reward and of what follows, round by round, in a discounted average.

    Examples
    --------
    >>> horizon_weights(1.0, 2)
    [(0.5, 0.5), (1.0, 0.0)]
    """
    mass, weights = 0.0, []
    for _ in range(rounds):
        later = discount * mass
        mass = 1.0 + later
        weights.append((1.0 / mass, later / mass))
    return weights[::-1]


def _weights(form: MarkovGame) -> list[tuple[float, float]]:
    assert form.horizon is not None
    return horizon_weights(form.discount, form.horizon)


def _chain(form: MarkovGame, learner: Array, adversary: Array) -> tuple[Array, Any]:
    """What both roles earn in each state, (2, S), and the chain that the policies make, (S, S)."""
    from scipy import sparse

    size, m, n = form.shape
    joint = learner[:, :, None] * adversary[:, None, :]
    earned = np.einsum("rsij,sij->rs", form.rewards, joint)
    mixing = sparse.csr_array(
        (joint.reshape(-1), np.arange(size * m * n), np.arange(size + 1) * (m * n)),
        shape=(size, size * m * n),
    )
    mixing.eliminate_zeros()
    return earned, mixing @ form.transitions


def _discounted(chain: Any, earned: Array, discount: float) -> Array:
    """Solve v = earned + discount chain v for each row of earned, shape (k, S).

    States that no state leads to are no unknowns: they follow from the others.
    """
    entered = np.bincount(chain.indices, minlength=chain.shape[0]) > 0
    if entered.all():
        return _solved(chain, earned, discount)
    values = np.zeros_like(earned)
    values[:, entered] = _solved(chain[entered][:, entered], earned[:, entered], discount)
    values[:, ~entered] = earned[:, ~entered] + discount * (chain[~entered] @ values.T).T
    return values


def _solved(chain: Any, earned: Array, discount: float) -> Array:
    from scipy import sparse

    size = chain.shape[0]
    # Past a tenth of all entries a sparse factorization fills up and costs more than a dense one.
    if chain.nnz > 0.1 * size * size:
        system = np.eye(size) - discount * chain.toarray()
        dense: Array = np.linalg.solve(system, earned.T).T
        return dense
    system = sparse.eye_array(size, format="csc") - discount * chain.tocsc()
    solved = sparse.linalg.splu(system).solve(np.ascontiguousarray(earned.T))
    values: Array = solved.T
    return values
