r"""A linear relaxation of commitment in a Markov game, which bounds what a leader can earn.

Nodes s and t, replies j, k, values v of the follower, rewards L, F and weights q are those of
`armsrace.solvers._commitment`, and :math:`\mu` the weights of the start. Let :math:`y_{sji}` be how
often the leader takes action i in node s while the follower replies j, and put
:math:`W_{sjit} = y_{sji} v_t`. The leader earns :math:`\sum y_{sji} L_{sij}`. If a commitment has
values :math:`a \le v \le b`, then:

* What comes to a node is what leaves it, :math:`\sum_{ji} y_{sji} = \mu_s + \sum_{rji} q(s|r,i,j)
  y_{rji}`; this times v_t, :math:`\sum_{ji} W_{sjit} = \mu_s v_t + \sum_{rji} q(s|r,i,j) W_{rjit}`.
* Where it is played, j is worth :math:`v_s`, and no reply k more:
  :math:`\sum_i y_{sji} F_{sik} + \sum_{it} q(t|s,i,k) W_{sjit} \le \sum_i W_{sjis}`, with equality
  for k = j.
* :math:`a_t y_{sji} \le W_{sjit} \le b_t y_{sji}`.

All of this is linear in y, W and v (the reformulation-linearization technique), so that no
commitment with values in the box earns more than the largest :math:`\sum y L`, and the largest
and smallest :math:`v_t` of those that earn enough make the box narrower. Nodes that play may miss
bind the follower by what would happen there; for each of them there is a second copy of y, the
policy itself, which sums to 1. As the box shrinks to a point, W has no other choice than
:math:`y v`; y is then a mixture of commitments node by node, of which one is as good.

Source: H. D. Sherali, C. H. Tuncbilek, "A global optimization algorithm for polynomial programming
problems using a reformulation-linearization technique", Journal of Global Optimization 2 (1992)
101-112; for ranges narrowed by linear programs, H. S. Ryoo, N. V. Sahinidis, "A branch-and-reduce
approach to global optimization", Journal of Global Optimization 8 (1996) 107-138.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace._linear_program import minimize
from armsrace.forms.normal import Array
from armsrace.solvers._commitment import PRECISION, ROUNDING, Commitment

Rows = tuple[tuple[Any, Any, Any], Array, Array]  # entries, least and most

SLACK = 1e-8  # by which a narrowed box is wider than computed
RARE = 1e-6  # nodes visited less often take their policy from the second copy


@final
@dataclass(frozen=True, eq=False)
class Relaxed:
    """What the relaxation says of a box.

    Attributes
    ----------
    upper
        What the leader cannot exceed, on the weighted average of the start.
    policy
        The leader's in the relaxation, (N, m).
    replies
        The follower's, (N,).
    mismatch
        By how much the products with a node's value miss what they stand for, (N,).
    values
        The follower's, (N,).
    """

    upper: float
    policy: Array
    replies: NDArray[np.intp]
    mismatch: Array
    values: Array


@final
class Relaxation:
    """The linear program of all boxes.

    Its variables are y, a *slot* for each copy, node, reply and action; what W exceeds its least
    value by, a *link* for each slot and next node; and what v exceeds its least value by.

    Parameters
    ----------
    commitment
        The game.
    start
        The weights of the nodes in which it starts, (N,).
    """

    def __init__(self, commitment: Commitment, start: Array) -> None:
        self.commitment = commitment
        nodes = commitment.nodes
        possible = commitment.theirs[:, :, None] & commitment.mine[:, None, :]
        often = np.stack(np.nonzero(possible))
        missed = np.flatnonzero(start == 0.0)
        once = often[:, np.isin(often[0], missed)]
        self.node, self.reply, self.action = np.concatenate([often, once], axis=1)
        self.first = np.arange(len(self.node)) < often.shape[1]
        dense = commitment.following.toarray().reshape(nodes, commitment.m, commitment.n, nodes)
        self.slot, self.next = np.nonzero(_linked(dense)[self.node])
        self.size = len(self.node), len(self.slot), nodes
        leaves = self.node[None, :] == np.arange(nodes)[:, None]
        comes = np.where(self.first[:, None], dense[self.node, self.action, self.reply], 0.0).T
        balance = np.concatenate([(leaves & self.first) - comes, (leaves & ~self.first)[missed]])
        self._arrange(
            self._balanced(balance, np.concatenate([start, np.ones(len(missed))])),
            self._tempting(dense),
        )
        lead = commitment.rewards[0][self.node, self.action, self.reply]
        self._objective = np.concatenate([lead * self.first, np.zeros(sum(self.size[1:]))])

    def _balanced(self, balance: Array, amounts: Array) -> Rows:
        """The rows balance @ y = amounts, and their products with the values of linked nodes."""
        slots, links, nodes = self.size
        place = np.full((slots, nodes), -1)
        place[self.slot, self.next] = slots + np.arange(links)
        used = balance != 0.0
        product = used.astype(np.int64) @ (place < 0) == 0
        numbers = np.where(
            product, len(amounts) + np.cumsum(product).reshape(product.shape) - 1, -1
        )
        row, slot = np.nonzero(used)
        among = product[row]
        owner, value = np.nonzero(product)
        rows = np.concatenate([row, numbers[row][among], numbers[owner, value]])
        columns = np.concatenate([slot, place[slot][among], slots + links + value])
        each = balance[row, slot]
        data = np.concatenate([each, np.repeat(each, among.sum(axis=1)), -amounts[owner]])
        limits = np.concatenate([amounts, np.zeros(len(owner))])
        return (rows, columns, data), limits, limits

    def _tempting(self, dense: Array) -> Rows:
        """The rows that make a reply worth the node's value, and no other worth more."""
        slots, _, nodes = self.size
        n, follow = self.commitment.n, self.commitment.rewards[1]
        block = np.ravel_multi_index((1 - self.first, self.node, self.reply), (2, nodes, n))
        source, t = self.slot, self.next
        stays = (t == self.node[source]).astype(np.float64)
        rows, columns, data = [], [], []
        for k in range(n):
            worth = follow[self.node, self.action, k], dense[self.node, self.action, k][source, t]
            rows += [block * n + k, block[source] * n + k]
            columns += [np.arange(slots), slots + np.arange(len(source))]
            data += [worth[0], worth[1] - stays]
        flat = [np.concatenate(part) for part in (rows, columns, data)]
        kept, row = np.unique(flat[0], return_inverse=True)
        least = np.where(kept % n == kept // n % n, 0.0, -np.inf)
        return (row, flat[1], flat[2]), least, np.zeros(len(kept))

    def _arrange(self, *parts: Rows) -> None:
        from scipy import sparse

        width = sum(self.size)
        blocks = [
            sparse.csr_array((data, (row, column)), shape=(len(least), width))
            for (row, column, data), least, _ in parts
        ]
        rows: Any = sparse.vstack(blocks, format="csr")
        slots, links, _ = self.size
        self._rows = rows[:, :slots], rows[:, slots : slots + links], rows[:, slots + links :]
        self._least = np.concatenate([least for _, least, _ in parts])
        self._most = np.concatenate([most for _, _, most in parts])

    def solve(self, low: Array, high: Array, enough: float) -> Relaxed:
        """Bound all commitments with values in a box that earn the leader enough.

        Raises
        ------
        InfeasibleError
            When there are none.
        ArithmeticError
            When the linear program was not solved.
        """
        solution = minimize(-self._objective, *self._program(low, high, enough), PRECISION)[0]
        upper = float(self._objective @ solution) + ROUNDING
        slots, links, nodes = self.size
        values = low + solution[slots + links :]
        played = np.maximum(solution[:slots], 0.0)
        beyond = low[self.next] - values[self.next]
        missing = np.abs(solution[slots : slots + links] + beyond * played[self.slot])
        mismatch = np.bincount(self.next, missing, nodes).astype(np.float64)
        policy = np.zeros((2, nodes, self.commitment.m))
        blocks = np.zeros((2, nodes, self.commitment.n))
        copy = 1 - self.first
        np.add.at(blocks, (copy, self.node, self.reply), played)
        replies = blocks.argmax(axis=2)
        chosen = self.reply == replies[copy, self.node]
        np.add.at(policy, (copy[chosen], self.node[chosen], self.action[chosen]), played[chosen])
        rare = np.where(blocks[0].sum(axis=1) > RARE, 0, 1)
        each = np.arange(nodes)
        mixed = policy[rare, each]
        mixed /= mixed.sum(axis=1, keepdims=True)
        return Relaxed(upper, mixed, replies[rare, each], mismatch, values)

    def narrowed(
        self, low: Array, high: Array, enough: float, nodes: NDArray[np.intp]
    ) -> tuple[Array, Array]:
        """A box narrowed, in some nodes, to the values of commitments that earn enough."""
        program = self._program(low, high, enough)
        low, high, origin = low.copy(), high.copy(), low
        for node in nodes:
            for sign in (1.0, -1.0):
                objective = np.zeros(sum(self.size))
                objective[node - len(low)] = sign
                try:
                    solution = minimize(objective, *program, PRECISION)[0]
                except ArithmeticError:
                    continue
                reached = origin[node] + solution[node - len(low)]
                if sign > 0.0:
                    low[node] = max(low[node], reached - SLACK)
                else:
                    high[node] = min(high[node], reached + SLACK)
        return low, high

    def _program(
        self, low: Array, high: Array, enough: float
    ) -> tuple[Any, tuple[Array, Array], tuple[float, Array]]:
        """The matrix, the limits of its rows, and those of the variables."""
        from scipy import sparse

        slots, links, _ = self.size
        by_slot, by_link, by_value = self._rows
        link = np.arange(links)
        least = sparse.csr_array((low[self.next], (link, self.slot)), shape=(links, slots))
        sides = (high - low)[self.next]
        most = sparse.csr_array((-sides, (link, self.slot)), shape=(links, slots))
        matrix = sparse.block_array(
            [
                [by_slot + by_link @ least, by_link, by_value],
                [most, sparse.eye_array(links), None],
                [sparse.csr_array(self._objective[None, :slots]), None, None],
            ],
            format="csr",
        )
        moved = by_value @ low
        none, zero = np.full(links, -np.inf), np.zeros(links)
        rows = (
            np.concatenate([self._least - moved, none, [enough]]),
            np.concatenate([self._most - moved, zero, [np.inf]]),
        )
        return matrix, rows, (0.0, np.append(np.full(slots + links, np.inf), high - low))


def _linked(dense: Array) -> NDArray[np.bool_]:
    """The pairs of nodes s, t such that s has products with the value of t, (N, N).

    They are the nodes that may follow s, s itself, and what may follow all nodes that come before
    s: with these, what comes to s is known times the value of t.
    """
    follows = np.asarray((dense != 0.0).any(axis=(1, 2)))
    linked = follows | np.eye(len(follows), dtype=np.bool_)
    preceded = follows.any(axis=0).reshape(-1, 1)
    missing = follows.T.astype(np.int64) @ ~linked
    result: NDArray[np.bool_] = linked | (preceded & (missing == 0))
    return result
