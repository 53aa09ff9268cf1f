r"""Commitment in a Markov game, node by node: what it earns, and a relaxation that bounds it.

A *node* is a state, or with a horizon a pair of round and state. With rewards L of the leader and F
of the follower (weighted, and brought to a range of 1) and weights q(t | s, i, j) of the next node,
whose sum is below 1, a policy x of the leader and a reply f of the follower are worth

.. math:: u_s = \sum_i x_{si} [L_{sij} + \sum_t q(t|s,i,j) u_t], \quad
          v_s = \sum_i x_{si} [F_{sij} + \sum_t q(t|s,i,j) v_t], \quad j = f_s.

**Relaxation.** Suppose :math:`a \le v \le b`. For node s and reply j put :math:`X_{it} = x_i v_t`
and :math:`Y_{it} = x_i u_t`. If :math:`u \le \bar u`, these meet linear constraints:

* j is a best reply: :math:`\sum_i x_i (F_{ik} - F_{ij}) + \sum_{it} (q(t|i,k) - q(t|i,j)) X_{it}
  \le 0` for every reply k; what the follower earns, :math:`\sum_i x_i F_{ij} + \sum q X`, is in
  :math:`[a_s, b_s]`;
* :math:`a_t x_i \le X_{it} \le b_t x_i` and :math:`Y_{it} \le \bar u_t x_i`;
* :math:`Y_{it} + \kappa X_{it} \le J_t(\kappa) x_i`, where J is the most that both together can
  bring about of :math:`u + \kappa v` (a decision process), for some weights :math:`\kappa`.

Let :math:`T_s(\bar u)` be the most that :math:`\sum_i x_i L_{ij} + \sum q Y` can be, over all
replies. Every commitment with values in the box has :math:`u \le T(u)`; T is monotone, and moves by
at most the largest sum of weights g when all of :math:`\bar u` moves by one. So for any
:math:`\bar u`, with :math:`e = \max(0, \max_s (T(\bar u) - \bar u)_s)`, the point
:math:`w = \bar u + e / (1 - g)` has :math:`T(w) \le w`, and :math:`u \le w` for all these
commitments. As the box shrinks to a point, X and Y have no other choice, and w becomes what the
best commitment with these values of the follower earns: given v, every node is solved by itself.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array
from armsrace.solvers._stages import Stages
from armsrace.solvers.markov_certificate import horizon_weights
from armsrace.solvers.pollatschek_avi_itzhak import pollatschek_avi_itzhak

KAPPAS = -1.0, 0.5, 1.0, 2.0
TIED = 1e-9  # replies that are worth so nearly the same, for rewards of range 1, are tied
IMPROVEMENTS = 12  # of one policy
SWEEPS = 12  # of the relaxation in one box
PRECISE = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


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
        rewards, self.units, self.lowest = _scaled(form)
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
            return sign * solved.values[0] - solved.bound
        stages, values, layers = Stages(game), np.zeros(game.shape[0]), []
        for now, later in reversed(horizon_weights(game.discount, game.horizon)):
            values, _, _ = stages.solve(values, now, later)
            layers.append(sign * values)
        return np.concatenate(layers[::-1]) - 1e-9

    def together(self, kappa: float | None) -> Array:
        """The most of leader's plus kappa times follower's value that both can bring about, (N,).

        Without a kappa, of the follower's value alone.
        """
        wanted = self.rewards[1] if kappa is None else self.rewards[0] + kappa * self.rewards[1]
        possible = self.mine[:, :, None] & self.theirs[:, None, :]
        return self._best(wanted.reshape(self.nodes, -1), possible.reshape(self.nodes, -1))

    def _best(self, rewards: Array, possible: NDArray[np.bool_], following: Any = None) -> Array:
        """Optimal values of a decision process on the nodes, by policy iteration."""
        return self._process(rewards, possible, self.following if following is None else following)[
            0
        ]

    def _process(
        self, rewards: Array, possible: NDArray[np.bool_], following: Any
    ) -> tuple[Array, NDArray[np.intp]]:
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
        theirs = self._best(earned[1], self.theirs, following)
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


def _scaled(form: MarkovGame) -> tuple[Array, Array, Array]:
    """Rewards of each role brought to [0, 1], zero where not available, units, and least ones."""
    learner, adversary = form.masks
    playable = learner[:, :, None] & adversary[:, None, :]
    lowest = np.array([rewards[playable].min() for rewards in form.rewards])
    units = np.array([np.ptp(rewards[playable]) or 1.0 for rewards in form.rewards])
    moved = (form.rewards - lowest[:, None, None, None]) / units[:, None, None, None]
    return np.where(playable, moved, 0.0), units, lowest


@final
@dataclass(frozen=True, eq=False)
class Relaxed:
    """What the relaxation says of a box.

    Attributes
    ----------
    upper
        What the leader cannot exceed in any node, (N,).
    policy
        The leader's in the relaxation, (N, m).
    replies
        The follower's, (N,).
    mismatch
        By how much what is promised of a node and what is kept there differ, (N,).
    split
        Between the two, (N,).
    """

    upper: Array
    policy: Array
    replies: NDArray[np.intp]
    mismatch: Array
    split: Array


@final
class Relaxation:
    """The linear programs of all nodes and replies, as one whose blocks do not touch."""

    def __init__(self, commitment: Commitment) -> None:
        self.commitment = commitment
        nodes, m, n = commitment.nodes, commitment.m, commitment.n
        dense = commitment.following.toarray().reshape(nodes, m, n, nodes)
        reached = (dense * commitment.theirs[:, None, :, None]).any(axis=2)  # (N, m, N)
        # A block is a node and a reply j; a slot a block and an action i; a link a slot and t.
        self.block_node, self.block_reply = np.nonzero(commitment.theirs)
        self.slot_block, self.slot_action = np.nonzero(commitment.mine[self.block_node])
        self.slot_node = self.block_node[self.slot_block]
        self.slot_reply = self.block_reply[self.slot_block]
        self.link_slot, self.link_next = np.nonzero(reached[self.slot_node, self.slot_action])
        self._arranged(dense)
        self.caps = np.stack([commitment.together(kappa) for kappa in KAPPAS])

    def _arranged(self, dense: Array) -> None:
        """The parts of the program that no box changes."""
        node, reply, action = self.slot_node, self.slot_reply, self.slot_action
        lead, follow = self.commitment.rewards
        slots, links = len(node), len(self.link_slot)
        self.size = slots, links
        own, other, t = node[self.link_slot], action[self.link_slot], self.link_next
        # What link (i, t) weighs after the block's own reply, and after every other one.
        self.kept = dense[own, other, reply[self.link_slot], t]
        lost = dense[own, other, :, t] - self.kept[:, None]
        gain = follow[node, action] - follow[node, action, reply][:, None]
        rivals = np.zeros((len(self.block_node), self.commitment.n), dtype=bool)
        rivals[:] = self.commitment.theirs[self.block_node]
        rivals[np.arange(len(rivals)), self.block_reply] = False
        self._row = np.where(rivals, np.cumsum(rivals).reshape(rivals.shape) - 1, -1)
        rows, columns, data = [], [], []
        for k in range(self.commitment.n):
            row = self._row[self.slot_block, k]
            rows += [row, row[self.link_slot]]
            columns += [np.arange(slots), slots + np.arange(links)]
            data += [gain[:, k], lost[:, k]]
        flat = [np.concatenate(part) for part in (rows, columns, data)]
        used = (flat[0] >= 0) & (flat[2] != 0.0)
        self._tempting = [part[used] for part in flat]
        self._rivals = int(rivals.sum())
        self._earned = follow[node, action, reply]
        self._objective = np.concatenate([lead[node, action, reply] + 1.0, 0.0 * t, self.kept])

    def solve(self, low: Array, high: Array, upper: Array) -> Relaxed | None:
        """Bound all commitments with the follower's values in a box; None when there are none."""
        upper = np.minimum(upper, self._capped(low, high))
        weight = self.commitment.weight
        # The bound that is valid throughout, and the point that Newton's method has come to.
        point, found = upper, None
        for _ in range(SWEEPS):
            solved = self._program(low, high, point)
            if solved is None:
                return None
            raised, slopes, found = solved
            error = max(0.0, float((raised - point).max()))
            upper = np.minimum(upper, point + error / (1.0 - weight))
            if error <= 1e-10 and float((point - raised).max()) <= 1e-9:
                break
            step = np.linalg.solve(np.eye(len(point)) - slopes, raised - point)
            point = np.minimum(point + step, upper)
        policy, replies, promised, kept = found
        mismatch = np.abs(promised - kept[None]).max(axis=0)
        farthest = np.abs(promised - kept[None]).argmax(axis=0)
        split = (promised[farthest, np.arange(len(kept))] + kept) / 2.0
        return Relaxed(upper, policy, replies, mismatch, split)

    def _capped(self, low: Array, high: Array) -> Array:
        worst = np.array([high if kappa < 0.0 else low for kappa in KAPPAS])
        capped: Array = (self.caps - np.array(KAPPAS)[:, None] * worst).min(axis=0)
        return capped

    def _program(self, low: Array, high: Array, upper: Array) -> Any:
        """One sweep: T(upper), its slopes, and the policies and promises that go with it."""
        from scipy import sparse
        from scipy.optimize import linprog

        slots, links = self.size
        blocks, nodes = len(self.block_node), self.commitment.nodes
        x, big, gain = np.arange(slots), slots + np.arange(links), slots + links + np.arange(links)
        source, t = self.link_slot, self.link_next
        one = np.ones(links)
        rows, columns, data = ([part] for part in self._tempting)
        height = self._rivals

        def add(row: Any, column: Any, value: Any) -> None:
            rows.append(height + row)
            columns.append(column)
            data.append(value)

        link = np.arange(links)
        for sign, limit in ((-1.0, low), (1.0, high)):
            add(link, big, sign * one)
            add(link, x[source], -sign * limit[t])
            height += links
        add(link, gain, one)
        add(link, x[source], -upper[t])
        ceiling = height
        height += links
        for kappa, cap in zip(KAPPAS, self.caps, strict=True):
            add(link, gain, one)
            add(link, big, kappa * one)
            add(link, x[source], -cap[t])
            height += links
        block = self.slot_block
        for sign, limit in ((-1.0, low), (1.0, high)):
            add(block, x, sign * (self._earned - limit[self.slot_node]))
            add(block[source], big, sign * self.kept)
            height += blocks
        add(self.slot_node, x, np.ones(slots))
        height += nodes
        flat = [np.concatenate(part) for part in (rows, columns, data)]
        matrix = sparse.csr_array((flat[2], (flat[0], flat[1])), shape=(height, slots + 2 * links))
        limits = np.zeros(height)
        limits[-nodes:] = 1.0
        free = np.zeros((slots + 2 * links, 2))
        free[:, 1] = np.inf
        free[slots:, 0] = -np.inf
        result = linprog(-self._objective, matrix, limits, bounds=free, options=PRECISE)
        if result.x is None:
            raise ArithmeticError(f"a linear program was not solved: {result.message}")
        return self._read(result.x, -result.ineqlin.marginals[ceiling : ceiling + links])

    def _read(self, solution: Array, duals: Array) -> Any:
        slots, links = self.size
        nodes = self.commitment.nodes
        played = np.maximum(solution[:slots], 0.0)
        blocks = np.bincount(self.slot_block, played, len(self.block_node))
        total = np.bincount(self.block_node, blocks, nodes)
        if total.min() < 0.5:
            return None
        earned = (self._objective * solution)[:slots] - played
        raised = np.bincount(self.slot_node, earned, nodes)
        owner = self.slot_node[self.link_slot]
        raised += np.bincount(owner, self.kept * solution[slots + links :], nodes)
        slopes = np.zeros((nodes, nodes))
        np.add.at(slopes, (owner, self.link_next), duals * played[self.link_slot])
        best = np.zeros(nodes, dtype=np.intp)
        order = np.argsort(blocks, kind="stable")
        best[self.block_node[order]] = order
        chosen = best[self.slot_node] == self.slot_block
        policy = np.zeros((nodes, self.commitment.m))
        policy[self.slot_node[chosen], self.slot_action[chosen]] = played[chosen]
        policy /= policy.sum(axis=1, keepdims=True)
        promised, kept = self._promises(solution, played, best, blocks)
        return raised, slopes, (policy, self.block_reply[best], promised, kept)

    def _promises(
        self, solution: Array, played: Array, best: NDArray[np.intp], blocks: Array
    ) -> tuple[Array, Array]:
        """What is promised to the follower of each node, least and most, and what is kept."""
        slots, links = self.size
        nodes = self.commitment.nodes
        big = solution[slots : slots + links]
        kept = np.bincount(self.slot_block, self._earned * played, len(blocks))
        kept += np.bincount(self.slot_block[self.link_slot], self.kept * big, len(blocks))
        kept = kept[best] / blocks[best]
        promised = np.stack([kept, kept])
        used = (best[self.slot_node] == self.slot_block) & (played > 1e-7)
        links_used = used[self.link_slot]
        said = big[links_used] / played[self.link_slot[links_used]]
        np.minimum.at(promised[0], self.link_next[links_used], said)
        np.maximum.at(promised[1], self.link_next[links_used], said)
        return promised, kept


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
    from scipy.optimize import linprog

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
    bounds = np.stack(
        [np.maximum(-policy, -reach), np.minimum(commitment.mine - policy, reach)], axis=2
    )
    bounds[:, :, 1] = np.maximum(bounds[:, :, 1], bounds[:, :, 0])
    result = linprog(
        -objective.reshape(-1),
        slopes.reshape(len(node), nodes * m),
        slack,
        total,
        np.zeros(nodes),
        bounds=bounds.reshape(-1, 2),
        options=PRECISE,
    )
    if result.x is None:
        return None
    step: Array = result.x.reshape(nodes, m)
    return step
