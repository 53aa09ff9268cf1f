"""Commitment: the best strategy of a leader whose strategy the follower sees.

One role, the *leader*, commits to a mixed strategy x; the other, the *follower*, sees x (not the
action drawn from it) and replies best. In the *strong* Stackelberg equilibrium the follower breaks
its ties in the leader's favor, which the leader can bring about by an arbitrarily small change of
x. With the leader's payoffs L and the follower's F (rows: the leader's actions), it is the best of
one linear program for each reply j (Conitzer and Sandholm 2006, multiple LPs)::

    max  sum_i x_i L_ij   subject to   sum_i x_i (F_ik - F_ij) <= 0 for all k,   x a distribution

Here each program maximizes what x earns above the best commitment found so far, and x may also
stay below a sum of one. So none is infeasible; one that ends at zero is refuted; and the dual
multipliers of all of them together prove that the leader can get no more
(`armsrace.solvers.certificate.commitment_bound`).
"""

from dataclasses import replace

import numpy as np

from armsrace._linear_program import maximize
from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers import certificate
from armsrace.solvers.equilibrium import Equilibrium, distribution


def stackelberg(form: NormalForm, leader: str = "learner") -> Equilibrium:
    """Find the strategy to commit to, and the follower's reply to it.

    Parameters
    ----------
    form
        A game of two roles.
    leader
        The role that commits.

    Returns
    -------
    Equilibrium
        The strong Stackelberg equilibrium; its leader is no worse off than in any Nash equilibrium.
        Its regret is the follower's; ``parameters["bound"]`` is what the leader cannot exceed,
        whatever it commits to. At most one linear program for each action of the follower, by
        HiGHS; fewer when no mixture could make its reply worthwhile.

    Raises
    ------
    ValueError
        When the game does not have two roles.
    LookupError
        When the game has no such leader.

    References
    ----------
    V. Conitzer, T. Sandholm, "Computing the optimal strategy to commit to", EC 2006.

    Examples
    --------
    Up dominates down, but the threat to play down half of the time is worth more:

    >>> labels = [["up", "down"], ["left", "right"]]
    >>> game = NormalForm.from_bimatrix([[2, 4], [1, 3]], [[1, 0], [0, 1]], actions=labels)
    >>> stackelberg(game)
    Equilibrium by stackelberg: solved, regret 0
      learner (leader) earns 3.5: up 0.5, down 0.5
      adversary earns 0.5: right 1
    """
    if len(form.roles) != 2:
        raise ValueError(f"stackelberg needs a game of two roles, got {len(form.roles)}")
    index = form.role_index(leader)
    lead, follow = _leader_first(form, index)
    commitment, reply, multipliers = _multiple_programs(_unit(lead), _unit(follow))
    strategies = [commitment, np.eye(lead.shape[1])[reply]]
    if index == 1:
        strategies.reverse()
    scale = np.ptp(lead) / (np.ptp(follow) or 1.0)
    bound = certificate.commitment_bound(form, leader, scale * multipliers)
    answer = Equilibrium(form, tuple(strategies), "stackelberg", {"bound": bound}, leader=leader)
    gap = bound - answer.payoffs[index]
    tolerances = certificate.tolerances(form)
    if answer.regret > tolerances[1 - index] or gap > tolerances[index]:
        status = (
            f"the follower's regret is {answer.regret:.1g} and the leader may miss {gap:.1g}: "
            "rescale the payoffs"
        )
        return replace(answer, status=status)
    return answer


def _leader_first(form: NormalForm, leader: int) -> tuple[Array, Array]:
    """Return the payoffs of leader and follower with the leader's actions in rows."""
    lead, follow = form.payoffs[leader], form.payoffs[1 - leader]
    return (lead, follow) if leader == 0 else (lead.T, follow.T)


def _unit(payoffs: Array) -> Array:
    """Bring payoffs into [0, 1]: the tolerances of HiGHS are absolute."""
    scaled: Array = (payoffs - payoffs.min()) / (np.ptp(payoffs) or 1.0)
    return scaled


def _multiple_programs(lead: Array, follow: Array) -> tuple[Array, int, Array]:
    """Return the commitment, the reply, and the multipliers of each reply's program in its row."""
    m, n = lead.shape
    best_replies = follow == follow.max(axis=1, keepdims=True)
    action, reply = np.unravel_index(np.where(best_replies, lead, -1.0).argmax(), lead.shape)
    commitment, value = np.eye(m)[action], lead[action, reply]
    multipliers = np.zeros((n, n))
    limits = np.append(np.zeros(n), 1.0)
    hopes = lead.max(axis=0)
    for j in np.argsort(-hopes, kind="stable"):
        if hopes[j] <= value:
            break
        temptations = (follow - follow[:, [j]]).T
        x, duals = maximize(lead[:, j] - value, np.vstack([temptations, np.ones(m)]), limits)
        multipliers[j] = duals[:n]
        if x @ (lead[:, j] - value) > 1e-12:
            commitment, reply = distribution(x), j
            value = commitment @ lead[:, j]
    return commitment, int(reply), multipliers
