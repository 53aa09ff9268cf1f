r"""A linear relaxation of commitment in a Markov game, which bounds what a leader can earn.

Nodes s and t, replies j, k, values u of the leader and v of the follower, rewards L, F and weights
q are those of `armsrace.solvers._commitment`.

Suppose :math:`a \le v \le b`. For node s and reply j put :math:`X_{it} = x_i v_t`
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
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.normal import Array
from armsrace.solvers._commitment import PRECISION, Commitment
from armsrace.solvers._linear_program import minimize

KAPPAS = -1.0, 0.5, 1.0, 2.0
SWEEPS = 12  # of the relaxation in one box


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
        # The bound is valid throughout; Newton's method seeks the point where it is least.
        point = upper
        for _ in range(SWEEPS):
            solved = self._program(low, high, point)
            if solved is None:
                return None
            raised, slopes, (policy, replies, promised, kept) = solved
            error = max(0.0, float((raised - point).max()))
            upper = np.minimum(upper, point + error / (1.0 - weight))
            if error <= 1e-10 and float((point - raised).max()) <= 1e-9:
                break
            step = np.linalg.solve(np.eye(len(point)) - slopes, raised - point)
            point = np.minimum(point + step, upper)
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
        matrix: Any = sparse.csr_array(
            (flat[2], (flat[0], flat[1])), shape=(height, slots + 2 * links)
        )
        limits = np.zeros(height)
        limits[-nodes:] = 1.0
        least = np.repeat([0.0, -np.inf], [slots, 2 * links])
        best, duals = minimize(
            -self._objective, matrix, (-np.inf, limits), (least, np.inf), PRECISION
        )
        return self._read(best, -duals[ceiling : ceiling + links])

    def _read(self, solution: Array, duals: Array) -> Any:
        slots, links = self.size
        nodes = self.commitment.nodes
        played = np.maximum(solution[:slots], 0.0)
        blocks = np.bincount(self.slot_block, played, len(self.block_node)).astype(np.float64)
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
        big = solution[slots : slots + links]
        total = np.bincount(self.slot_block, self._earned * played, len(blocks))
        total += np.bincount(self.slot_block[self.link_slot], self.kept * big, len(blocks))
        kept: Array = (total / np.maximum(blocks, 1e-300))[best]
        promised: Array = np.stack([kept, kept])
        used = (best[self.slot_node] == self.slot_block) & (played > 1e-7)
        links_used = used[self.link_slot]
        said = big[links_used] / played[self.link_slot[links_used]]
        np.minimum.at(promised[0], self.link_next[links_used], said)
        np.maximum.at(promised[1], self.link_next[links_used], said)
        return promised, kept
