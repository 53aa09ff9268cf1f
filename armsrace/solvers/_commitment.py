r"""Commitment in a Markov game, node by node: what it earns, and how to improve it.

A *node* is a state, or with a horizon a pair of round and state. With rewards L of the leader and F
of the follower (weighted, and brought to a range of 1) and weights q(t | s, i, j) of the next node,
whose sum is below 1, a policy x of the leader and a reply f of the follower are worth

.. math:: u_s = \sum_i x_{si} [L_{sij} + \sum_t q(t|s,i,j) u_t], \quad
          v_s = \sum_i x_{si} [F_{sij} + \sum_t q(t|s,i,j) v_t], \quad j = f_s.
"""

from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace._linear_program import minimize
from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array
from armsrace.solvers._stages import Stages
from armsrace.solvers._unit_rewards import unit_rewards
from armsrace.solvers.markov_certificate import horizon_weights
from armsrace.solvers.pollatschek_avi_itzhak import pollatschek_avi_itzhak

ROUNDING = 1e-9  # by which bounds are taken to be wider than computed
TIED = 1e-9  # replies that are worth so nearly the same, for rewards of range 1, are tied
IMPROVEMENTS = 12  # of one policy
PRECISION = 1e-10  # of the linear programs


@final
class Commitment:
    """A Markov game as its leader sees it: nodes, with the leader's actions in rows.

    Parameters
    ----------
    form
        The game.
    leader
        The index of the role that commits.
    """

    def __init__(self, form: MarkovGame, leader: int) -> None:
        from scipy import sparse

        self.form, self.leader = form, leader
        size, *shape = form.shape
        m, n = (shape[leader], shape[1 - leader])
        self.mine, self.theirs = form.masks[leader], form.masks[1 - leader]
        rewards, self.units, self.lowest = unit_rewards(form)
        rewards = rewards[[leader, 1 - leader]]
        rows = np.arange(size * m * n).reshape(size, *shape)
        if leader == 1:
            rewards, rows = rewards.swapaxes(2, 3), rows.swapaxes(1, 2)
        following = form.transitions[rows.reshape(-1)]
        if form.horizon is None:
            self.rounds, weights = 1, [(1.0 - form.discount, form.discount)]
            blocks: Any = form.discount * following
        else:
            self.rounds, weights = form.horizon, horizon_weights(form.discount, form.horizon)
            layers: list[list[Any]] = [[None] * self.rounds for _ in range(self.rounds)]
            for clock, (_, later) in enumerate(weights):
                # The last round leads nowhere: its weight of what follows is zero.
                layers[clock][(clock + 1) % self.rounds] = later * following
            blocks = sparse.block_array(layers, format="csr")
        self.rewards = np.concatenate([now * rewards for now, _ in weights], axis=1)
        self.following: Any = sparse.csr_array(blocks)
        self.following.eliminate_zeros()
        self.mine = np.tile(self.mine, (self.rounds, 1))
        self.theirs = np.tile(self.theirs, (self.rounds, 1))
        self.weight = max(later for _, later in weights)
        self.nodes, self.m, self.n = len(self.mine), m, n

    @cached_property
    def floor(self) -> Array:
        """What the follower can guarantee itself, whatever the leader does, (N,)."""
        sign = 1.0 if self.leader == 1 else -1.0
        role = 1 - self.leader
        rewards = (self.form.rewards[role] - self.lowest[role]) / self.units[role]
        game = MarkovGame.zero_sum(
            sign * rewards,
            self.form.transitions,
            self.form.discount,
            horizon=self.form.horizon,
            available=self.form.masks,
        )
        if game.horizon is None:
            solved = pollatschek_avi_itzhak(game, tolerance=1e-9)
            least: Array = sign * solved.values[0] - solved.bound
            return least
        stages, values, layers = Stages(game), np.zeros(game.shape[0]), []
        for now, later in reversed(horizon_weights(game.discount, game.horizon)):
            values, _, _ = stages.solve(values, now, later)
            layers.append(sign * values)
        return np.concatenate(layers[::-1]) - ROUNDING

    @cached_property
    def ceiling(self) -> Array:
        """The most that the follower can earn, with the leader's help, (N,)."""
        possible = self.mine[:, :, None] & self.theirs[:, None, :]
        flat = self.rewards[1].reshape(self.nodes, -1), possible.reshape(self.nodes, -1)
        return self._process(*flat, self.following)[0] + ROUNDING

    def _process(
        self, rewards: Array, possible: NDArray[np.bool_], following: Any
    ) -> tuple[Array, NDArray[np.intp]]:
        """Optimal values and actions of a decision process on the nodes, by policy iteration."""
        nodes = np.arange(len(rewards))
        actions = np.where(possible, rewards, -np.inf).argmax(axis=1)
        while True:
            chain = following[nodes * rewards.shape[1] + actions]
            values = self._under(rewards[nodes, actions], chain)
            worth = np.where(
                possible, rewards + (following @ values).reshape(rewards.shape), -np.inf
            )
            better = worth.max(axis=1) > worth[nodes, actions] + 1e-13
            if not better.any():
                return values, actions
            actions = np.where(better, worth.argmax(axis=1), actions)

    def _under(self, earned: Array, chain: Any) -> Array:
        solved: Array
        if self.nodes <= 500:
            solved = np.linalg.solve(np.eye(self.nodes) - chain.toarray(), earned)
            return solved
        from scipy import sparse

        system = sparse.eye_array(self.nodes, format="csc") - chain.tocsc()
        solved = sparse.linalg.splu(system).solve(earned)
        return solved

    def facing(self, policy: Array) -> tuple[Array, Any]:
        """The follower's choices under a policy: both roles' rewards (2, N, n), what follows."""
        from scipy import sparse

        earned = np.einsum("rsij,si->rsj", self.rewards, policy)
        order = np.arange(self.nodes * self.m * self.n).reshape(self.nodes, self.m, self.n)
        mixing = sparse.csr_array(
            (
                np.repeat(policy, self.n, axis=0).reshape(-1),
                order.swapaxes(1, 2).reshape(-1),
                np.arange(self.nodes * self.n + 1) * self.m,
            ),
            shape=(self.nodes * self.n, self.nodes * self.m * self.n),
        )
        mixing.eliminate_zeros()
        return earned, mixing @ self.following

    def reply(self, policy: Array) -> tuple[Array, Array, NDArray[np.intp]]:
        """Values of leader and follower, (N,) each, under the best reply with the best of ties."""
        earned, following = self.facing(policy)
        theirs, _ = self._process(earned[1], self.theirs, following)
        worth = earned[1] + (following @ theirs).reshape(self.nodes, self.n)
        worth = np.where(self.theirs, worth, -np.inf)
        tied = worth >= worth.max(axis=1, keepdims=True) - TIED * (1.0 - self.weight)
        mine, actions = self._process(earned[0], tied, following)
        return mine, theirs, actions

    def under(self, policy: Array, actions: NDArray[np.intp]) -> Array:
        """Values of leader and follower under a policy and a reply, (2, N)."""
        earned, following = self.facing(policy)
        nodes = np.arange(self.nodes)
        chain = following[nodes * self.n + actions]
        return np.stack([self._under(mine[nodes, actions], chain) for mine in earned])


def improved(
    commitment: Commitment, policy: Array, replies: NDArray[np.intp], start: Array
) -> list[Array]:
    """Policies that a sequence of linear programs finds from one, for fixed replies.

    Each program takes the products of probabilities and values to first order around the last
    policy, keeps the replies best ones, and maximizes what the leader earns; where it settles, all
    constraints are met exactly.
    """
    found, reach = [], 0.5
    for _ in range(IMPROVEMENTS):
        step = _improvement(commitment, policy, replies, start, reach)
        if step is None:
            reach /= 2.0
            if reach < 0.1:
                break
            continue
        policy = np.maximum(policy + step, 0.0)
        policy = policy / policy.sum(axis=1, keepdims=True)
        found.append(policy)
        if np.abs(step).max() < 1e-10:
            break
        reach *= 0.8
    return found


def _improvement(
    commitment: Commitment,
    policy: Array,
    replies: NDArray[np.intp],
    start: Array,
    reach: float,
) -> Array | None:
    nodes, m, n = commitment.nodes, commitment.m, commitment.n
    dense = commitment.following.toarray().reshape(nodes, m, n, nodes)
    each = np.arange(nodes)
    values = commitment.under(policy, replies)
    worth = commitment.rewards + (dense @ values.T).transpose(3, 0, 1, 2)
    chain = np.einsum("si,sit->st", policy, dense[each, :, replies])
    flow = np.linalg.solve((np.eye(nodes) - chain).T, start)
    # What a change of the policy brings the leader, once values have followed it.
    objective = flow[:, None] * worth[0][each, :, replies]
    by_policy = np.zeros((nodes, nodes, m))
    by_policy[each, each] = worth[1][each, :, replies]
    moved = np.linalg.solve(np.eye(nodes) - chain, by_policy.reshape(nodes, -1))
    gain = worth[1] - worth[1][each, :, replies][:, :, None]
    mixed = np.einsum("si,sikt->skt", policy, dense)
    rivals = commitment.theirs.copy()
    rivals[each, replies] = False
    node, k = np.nonzero(rivals)
    slopes = (mixed[node, k] - mixed[node, replies[node]]) @ moved
    slopes = slopes.reshape(len(node), nodes, m)
    slopes[np.arange(len(node)), node] += gain[node, :, k]
    slack = -np.einsum("si,sik->sk", policy, gain)[node, k]
    total = np.repeat(np.eye(nodes), m, axis=1)
    least = np.maximum(-policy, -reach)
    most = np.maximum(np.minimum(commitment.mine - policy, reach), least)
    kept = np.zeros(nodes)
    try:
        step, _ = minimize(
            -objective.reshape(-1),
            np.concatenate([slopes.reshape(len(node), nodes * m), total]),
            (np.append(np.full(len(node), -np.inf), kept), np.append(slack, kept)),
            (least.reshape(-1), most.reshape(-1)),
            PRECISION,
        )
    except ArithmeticError:
        return None
    return step.reshape(nodes, m)
