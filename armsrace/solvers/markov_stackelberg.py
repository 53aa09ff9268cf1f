r"""Commitment across rounds: the policy that a leader announces once, for the whole game.

One role, the *leader*, commits before the first round to a policy x: a mixture for each state, or
with a horizon for each round and state. The other, the *follower*, sees the policy (not the actions
drawn from it) and replies with its best policy, which it chooses, where several are best, in the
leader's favor (strong Stackelberg equilibrium). Unlike in `backward_induction_with`, where the
leader commits anew in each round, it can here commit to what it will not want to do later. What the
best commitment is therefore depends on where the game starts.

*Over what it is best.* Over Markov policies: with a horizon those that depend on round and state,
without one the stationary ones. The follower may reply in any way: against such a policy it faces a
decision process, and history does not help it. A leader that could let its mixture depend on past
actions too, so as to punish, or announce the outcome of lotteries, might earn more (Letchford et
al. 2012); that is another problem. The best Markov commitment is hard to find (NP-hard already with
a horizon), since probabilities and later values are multiplied.

*How it is found.* Probabilities are multiplied by the follower's values v only. A search divides
the box of all v: each part has a linear relaxation, whose value no commitment with v in that part
exceeds (the proof is in `armsrace.solvers._commitment_relaxed`). A part is discarded when that is
no more than what a commitment found so far earns; otherwise the same program narrows it to the v of
commitments that earn more, and what remains is cut in two where the relaxation's products differ
most from what they stand for. From the relaxed policies, sequential linear programs lead to
commitments that are played as they are: their value is the leader's against the follower's exact
best reply. The answer's ``bound`` is the difference between the largest relaxed value that is left
and the best commitment's. Games of a few states are solved exactly in this way, up to the
tolerance; for larger ones the search ends when its boxes are used up, and the bound says what may
be missing.

Source: J. Letchford, L. MacDermed, V. Conitzer, R. Parr, C. Isbell, "Computing optimal strategies
to commit to in stochastic games", AAAI 2012; Y. Vorobeychik, S. Singh, "Computing Stackelberg
equilibria in discounted stochastic games", AAAI 2012, for the problem and its hardness.
"""

from heapq import heappop, heappush
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from armsrace._linear_program import InfeasibleError
from armsrace.forms.arguments import finite
from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array
from armsrace.solvers._commitment import Commitment, improved
from armsrace.solvers._commitment_relaxed import Relaxation, Relaxed
from armsrace.solvers.markov_equilibrium import MarkovEquilibrium

NARROW = 1e-7  # sides of boxes that are not divided further
EXACT = 1e-9  # mismatches that are taken for none
EAGER = 6  # boxes from whose relaxed policies programs are always started, later when they are
SELDOM = 10  # better than what is known, or one in so many
MARGIN = 0.1  # the least part of a side that a division cuts off


def markov_stackelberg(
    form: MarkovGame,
    leader: str = "learner",
    *,
    start: ArrayLike | None = None,
    tolerance: float = 1e-6,
    boxes: int = 200,
) -> MarkovEquilibrium:
    """Find the Markov policy to commit to, and the follower's reply to it.

    Parameters
    ----------
    form
        The game, general-sum or not, with a horizon or without one.
    leader
        The role that commits.
    start
        Weights of the states in which the game may start, shape (S,), not all zero; the leader
        maximizes its average with these weights. By default all the same.
    tolerance
        The largest bound of an answer that counts as solved, in the units of the leader's rewards;
        positive.
    boxes
        Most relaxations.

    Returns
    -------
    MarkovEquilibrium
        The leader's policy and the follower's best reply to it, whose regret is the answer's.
        ``bound`` is how much more, on the weighted average of the start, any Markov commitment
        could earn the leader at most; ``parameters`` hold its "value", the "upper" limit and the
        number of "boxes". The status says if the bound is above the tolerance.

    Raises
    ------
    LookupError
        When there is no such leader.
    ValueError
        When start, tolerance or boxes is out of range.

    Notes
    -----
    A box takes 2 N + 2 linear programs with some N c m n variables, for N states (with a horizon of
    T rounds, T times as many) and c that can follow one; their number may grow exponentially with
    the states that matter. Random games of 3 states and 3 x 3 actions take a second or so; of 5
    states half a minute, for bounds of some 1e-4. Memory grows with the square of N.

    Examples
    --------
    In a game of one state the commitment is that of the stage, if nobody can do better by playing
    differently later:

    >>> stage = [[[[2, 4], [1, 3]]], [[[1, 0], [0, 1]]]]
    >>> game = MarkovGame(stage, np.ones((1, 2, 2, 1)), discount=0.5)
    >>> answer = markov_stackelberg(game)
    >>> answer.status, answer.leader, answer.values.round(6).tolist()
    ('solved', 'learner', [[3.5], [0.5]])
    """
    index = form.role_index(leader)
    weights = _weights(form, start)
    if not tolerance > 0.0:
        raise ValueError(f"tolerance must be positive, got {tolerance}")
    if boxes < 1:
        raise ValueError(f"boxes must be at least 1, got {boxes}")
    commitment = Commitment(form, index)
    search = _Search(commitment, weights)
    unit = float(commitment.units[index])
    upper = search.run(tolerance / unit, boxes)
    gap = max(0.0, upper - search.value) * unit
    follower = np.eye(commitment.n)[search.replies]
    policies = [_by_round(form, policy) for policy in (search.policy, follower)]
    if index == 1:
        policies.reverse()
    status = "solved"
    if gap > tolerance:
        status = f"the leader may miss {gap:.2g}: raise boxes above {boxes}"
    lowest = float(commitment.lowest[index])
    parameters = {
        "value": lowest + unit * search.value,
        "upper": lowest + unit * search.value + gap,
        "boxes": search.count,
    }
    return MarkovEquilibrium(
        form,
        (policies[0], policies[1]),
        "markov_stackelberg",
        bound=gap,
        parameters=parameters,
        status=status,
        leader=leader,
    )


def _weights(form: MarkovGame, start: ArrayLike | None) -> Array:
    size = form.shape[0]
    if start is None:
        return np.full(size, 1.0 / size)
    given = finite("start", start)
    if given.shape != (size,):
        raise ValueError(f"start must have shape {(size,)}, a weight a state, got {given.shape}")
    if given.min() < 0.0 or given.sum() == 0.0:
        raise ValueError(f"start must not be negative nor all zero, got {given.tolist()}")
    weights: Array = given / given.sum()
    return weights


def _by_round(form: MarkovGame, policy: Array) -> Array:
    if form.horizon is None:
        return policy
    return policy.reshape(form.horizon, form.shape[0], -1)


@final
class _Search:
    """The best commitment found so far, and the boxes that may hold a better one."""

    def __init__(self, commitment: Commitment, weights: Array) -> None:
        self._commitment = commitment
        self._start = np.zeros(commitment.nodes)
        self._start[: len(weights)] = weights
        self._relaxation = Relaxation(commitment, self._start)
        self._tolerance, self._discarded = 0.0, -np.inf
        self._heap: list[tuple[float, int, Array, Array, Relaxed | None]] = []
        self.value, self.count = float(-np.inf), 0
        uniform = commitment.mine / commitment.mine.sum(axis=1, keepdims=True)
        self._try(uniform)

    def _try(self, policy: Array) -> bool:
        """Keep a policy if it is the best so far, played against the follower's best reply."""
        mine, _, replies = self._commitment.reply(policy)
        value = float(self._start @ mine)
        if value <= self.value:
            return False
        self.value, self.policy, self.replies = value, policy, replies
        return True

    def _improve(self, relaxed: Relaxed) -> None:
        """Try the relaxed policy, and at times what programs make of it."""
        if self._try(relaxed.policy) or self.count < EAGER or self.count % SELDOM == 0:
            actual = self._commitment.reply(relaxed.policy)[2]
            for replies in {tuple(relaxed.replies.tolist()), tuple(actual.tolist())}:
                found = improved(self._commitment, relaxed.policy, np.array(replies), self._start)
                for policy in found:
                    self._try(policy)

    def _look(self, low: Array, high: Array, limit: float) -> None:
        """Bound a box, see what its relaxed policy leads to, and keep it if it may hold more."""
        self.count += 1
        relaxed = None
        try:
            for _ in range(2):
                enough = self.value + self._tolerance
                self._discarded = max(self._discarded, enough)
                if relaxed is not None:
                    open_nodes = np.flatnonzero(relaxed.mismatch > EXACT)
                    low, high = self._relaxation.narrowed(low, high, enough, open_nodes)
                relaxed = self._relaxation.solve(low, high, enough)
                limit = min(limit, relaxed.upper)
                self._improve(relaxed)
                if limit <= self.value + self._tolerance:
                    self._discarded = max(self._discarded, limit)
                    return
        except InfeasibleError:
            return
        except ArithmeticError:
            pass  # The limit of the box that it is a part of holds for it as well.
        heappush(self._heap, (-limit, self.count, low, high, relaxed))

    def run(self, tolerance: float, boxes: int) -> float:
        """Search, and return what no commitment exceeds on the weighted average of the start."""
        self._tolerance = 0.5 * tolerance
        self._look(self._commitment.floor, self._commitment.ceiling, 1.0)
        while self._heap:
            limit = max(-self._heap[0][0], self._discarded)
            if limit <= self.value + tolerance or self.count >= boxes:
                return limit
            _, _, low, high, relaxed = heappop(self._heap)
            sides = high - low
            mismatch = sides if relaxed is None else relaxed.mismatch
            values = (low + high) / 2.0 if relaxed is None else relaxed.values
            node = int(np.where(sides > NARROW, mismatch, -1.0).argmax())
            if sides[node] <= NARROW:
                self._discarded = limit
                continue
            cut = np.clip(
                values[node],
                low[node] + MARGIN * sides[node],
                high[node] - MARGIN * sides[node],
            )
            below, above = high.copy(), low.copy()
            below[node] = above[node] = cut
            self._look(low, below, limit)
            self._look(above, high, limit)
        return max(self._discarded, self.value)
