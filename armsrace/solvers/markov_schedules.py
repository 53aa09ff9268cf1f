"""What policies that go round in a cycle are worth in a Markov game.

A learner who retrains every third round follows a policy that depends on the round modulo 3. The
other role replies best by counting along: its decision process has a state for each pair of phase
and state, and from phase p chance leads to phase p + 1.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from armsrace.forms.decision_process import DecisionProcess
from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array
from armsrace.solvers.markov_certificate import solve_decision_process
from armsrace.solvers.markov_equilibrium import checked_policy


def reply_to_cycle(form: MarkovGame, role: str, cycle: Sequence[Array]) -> tuple[Array, Array]:
    """Return a role's best reply to policies that the other one goes through again and again.

    Parameters
    ----------
    form
        The game, without a horizon.
    role
        Who replies.
    cycle
        Policies of the other role, shape (S, its actions) each, one at least: in round t it follows
        number t modulo their count.

    Returns
    -------
    values, policies
        What the reply earns a round from each state on, when the cycle begins, shape (S,); and its
        policy in each phase, shape (phases, S, actions).

    Raises
    ------
    LookupError
        When there is no such role.
    ValueError
        When the game has a horizon, the cycle is empty, or a policy is not one of this game.

    Notes
    -----
    As `best_response`, with so many times the states.

    Examples
    --------
    Whoever alternates heads and tails loses every round to a reply that counts along:

    >>> pennies = MarkovGame.zero_sum([[[1, -1], [-1, 1]]], np.ones((1, 2, 2, 1)), discount=0.9)
    >>> heads, tails = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    >>> values, policies = reply_to_cycle(pennies, "adversary", [heads, tails])
    >>> values.round(6).tolist(), policies.tolist()
    ([1.0], [[[0.0, 1.0]], [[1.0, 0.0]]])
    """
    index = form.role_index(role)
    whole = _facing_cycle(form, role, cycle)
    values, actions = solve_decision_process(whole)
    size, count = form.shape[0], form.shape[1 + index]
    policies: Array = np.eye(count)[actions].reshape(len(cycle), size, count)
    return values[:size], policies


def harm_of_best_reply(form: MarkovGame, cycle: Sequence[Array]) -> Array:
    """Return what the learner loses a round to the adversary's best reply to its cycle.

    The adversary does what is best by its own rewards; of several best replies, the one that harms
    the learner most. In a zero-sum game that is its gain.

    Parameters
    ----------
    form
        The game, without a horizon.
    cycle
        The learner's policies, as in `reply_to_cycle`.

    Returns
    -------
    ndarray
        From each state on, when the cycle begins, shape (S,).

    Raises
    ------
    ValueError
        When the game has a horizon, the cycle is empty, or a policy is not one of this game.

    Notes
    -----
    Replies are equal when they earn the same up to 1e-9 of the range of the adversary's rewards, in
    every state.

    Examples
    --------
    The adversary earns nothing in any case, so that it may well do harm:

    >>> rewards = [[[[0, -1]]], [[[0, 0]]]]
    >>> game = MarkovGame(rewards, np.ones((1, 1, 2, 1)), discount=0.9)
    >>> harm_of_best_reply(game, [np.ones((1, 1))]).tolist()
    [1.0]
    """
    selfish = _facing_cycle(form, "adversary", cycle)
    values, _ = solve_decision_process(selfish)
    if not form.is_zero_sum():
        worth = selfish.worth(values, 1.0 - form.discount, form.discount)
        near = 1e-9 * float(np.ptp(form.rewards[1]))
        best = worth >= worth.max(axis=1, keepdims=True) - near
        harmful = _facing_cycle(form.opposed(), "adversary", cycle)
        values, _ = solve_decision_process(replace(harmful, available=best))
    return values[: form.shape[0]]


def _facing_cycle(form: MarkovGame, role: str, cycle: Sequence[Array]) -> DecisionProcess:
    """The decision process of a role that counts along, its states by phase and state."""
    from scipy import sparse

    index = form.role_index(role)
    if form.horizon is not None:
        raise ValueError("horizon must be None; with one, give best_response a policy a round")
    if not len(cycle):
        raise ValueError("cycle must hold at least one policy, got none")
    other = form.roles[1 - index]
    facing = [form.facing(role, checked_policy(form, other, policy)) for policy in cycle]
    phases = len(cycle)
    blocks = [[None] * phases for _ in range(phases)]
    for phase, process in enumerate(facing):
        blocks[phase][(phase + 1) % phases] = process.transitions
    return DecisionProcess(
        np.concatenate([process.rewards for process in facing]),
        sparse.block_array(blocks, format="csr"),
        form.discount,
        np.concatenate([process.available for process in facing]),
    )
