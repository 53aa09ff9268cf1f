"""Commitment against an adversary whose kind is not known: Bayesian Stackelberg games.

The leader, of one type, commits to a mixed strategy x. The follower sees x and its own type t, of
probability p_t, and replies best, breaking ties in the leader's favor. With the leader's payoffs
L_t and the follower's F_t (rows: the leader's actions), and z_tij standing for x_i when type t
replies with j and zero otherwise, the best commitment is a mixed-integer linear program::

    max  sum_t p_t sum_ij L_tij z_tij
    s.t. sum_j z_tij = x_i   for all t, i          sum_i x_i = 1       z >= 0
         sum_i z_tij = q_tj  for all t, j          q_tj in {0, 1}
         sum_i z_tij (F_tik - F_tij) <= 0   for all t, j, k

It is DOBSS (Paruchuri et al. 2008), whose constraint on best replies needs a large constant, with
that constraint written for each reply (Casorran et al. 2019, MIP-p-S), which needs none and leaves
less to the branching. Enumerating the follower's plans instead, a reply for each type, would take
n^T linear programs.

The replies once chosen, a linear program in x alone gives the commitment to full precision.
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace._linear_program import maximize
from armsrace.forms.bayesian import BayesianForm
from armsrace.forms.normal import Array
from armsrace.solvers.equilibrium import distribution

GAP = 2e-6  # the most, as a share of its payoffs' range, that the leader of a solved game may miss
OUT_OF_TIME = 1  # what scipy's milp reports
REGRET = 1e-9  # the largest regret of a type, as a share of the follower's range


@final
@dataclass(frozen=True, eq=False, repr=False)
class BayesianCommitment:
    """A leader's mixed strategy and the reply of each type of follower, with their certificates.

    Parameters
    ----------
    form
        The game, of two roles.
    leader
        The role that commits.
    commitment
        The distribution over the leader's actions, shape (m,); kept as a read-only copy.
    replies
        The place of the action that each type of the follower replies with, shape (T,).
    bound
        What no commitment can earn the leader more than.
    status
        "solved", or what went wrong and what to do about it.

    Examples
    --------
    >>> form = BayesianForm(np.ones((2, 1, 2, 1, 1)), prior=[[0.75, 0.25]])
    >>> BayesianCommitment(form, "learner", np.ones(1), np.array([0, 0]), bound=1.0)
    BayesianCommitment: solved, regret 0, may miss 0
      learner (leader) earns 1: 0 1
      adversary of type 0 (0.75) earns 1: 0
      adversary of type 1 (0.25) earns 1: 0
    """

    form: BayesianForm
    leader: str
    commitment: Array
    replies: NDArray[np.intp]
    bound: float
    status: str = "solved"

    def __post_init__(self) -> None:
        for name in ("commitment", "replies"):
            array = np.array(getattr(self, name))
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @cached_property
    def payoff(self) -> float:
        """What the leader earns on average over the types."""
        lead, _, prior = _leader_first(self.form, self.leader)
        earned = [self.commitment @ lead[t, :, j] for t, j in enumerate(self.replies)]
        return float(prior @ earned)

    @cached_property
    def type_payoffs(self) -> Array:
        """What each type of the follower earns, shape (T,)."""
        _, follow, _ = _leader_first(self.form, self.leader)
        return np.array([self.commitment @ follow[t, :, j] for t, j in enumerate(self.replies)])

    @cached_property
    def regrets(self) -> Array:
        """What each type of the follower could gain by its best reply, shape (T,)."""
        _, follow, _ = _leader_first(self.form, self.leader)
        best = np.array([(self.commitment @ own).max() for own in follow])
        return np.maximum(best - self.type_payoffs, 0.0)

    @property
    def regret(self) -> float:
        """The largest of the regrets."""
        return float(self.regrets.max())

    @property
    def gap(self) -> float:
        """What the leader may miss: the bound less its payoff, not below zero."""
        return max(self.bound - self.payoff, 0.0)

    @property
    def strategy(self) -> dict[Hashable, float]:
        """The leader's actions of positive probability, with their probabilities."""
        labels = self.form.actions[self.form.roles.index(self.leader)]
        pairs = zip(labels, self.commitment.tolist(), strict=True)
        return {action: probability for action, probability in pairs if probability > 0.0}

    @property
    def reply(self) -> dict[Hashable, Hashable]:
        """The action that each type of the follower replies with."""
        follower = 1 - self.form.roles.index(self.leader)
        labels = self.form.actions[follower]
        pairs = zip(self.form.types[follower], self.replies.tolist(), strict=True)
        return {kind: labels[j] for kind, j in pairs}

    def __repr__(self) -> str:
        follower = self.form.roles[1 - self.form.roles.index(self.leader)]
        prior = _leader_first(self.form, self.leader)[2]
        mixture = [f"{action} {chance:.6g}" for action, chance in self.strategy.items()]
        head = f"regret {_shown(self.regret)}, may miss {_shown(self.gap)}"
        lines = [
            f"BayesianCommitment: {self.status}, {head}",
            f"  {self.leader} (leader) earns {_shown(self.payoff)}: {', '.join(mixture)}",
        ]
        for chance, payoff, (kind, action) in zip(
            prior.tolist(), self.type_payoffs.tolist(), self.reply.items(), strict=True
        ):
            who = f"{follower} of type {kind} ({chance:.6g})"
            lines.append(f"  {who} earns {_shown(payoff)}: {action}")
        return "\n".join(lines)


def bayesian_stackelberg(
    form: BayesianForm, leader: str = "learner", *, time_limit: float | None = None
) -> BayesianCommitment:
    """Find the strategy to commit to against a follower of several types, and their replies.

    Parameters
    ----------
    form
        A game of two roles, of which the leader has one type.
    leader
        The role that commits.
    time_limit
        The seconds that the mixed-integer program may take; None for no limit.

    Returns
    -------
    BayesianCommitment
        A strong Stackelberg equilibrium. Its ``bound`` is HiGHS's own, from the relaxations of its
        branches; in a solved game the leader is within 2e-6 of its payoffs' range of it, and no
        type has a regret above 1e-9 of the follower's range. When the time is over before that, the
        status says so: the commitment is the best one found, the replies to it are best all the
        same, and the bound still holds. One mixed-integer program with T n binary variables for T
        types of n actions: its time may grow exponentially in T.

    Raises
    ------
    ValueError
        When the game does not have two roles, the leader has more than one type, or the time limit
        is not positive.
    LookupError
        When the game has no such leader.
    ArithmeticError
        When HiGHS finds no optimum.

    References
    ----------
    P. Paruchuri, J. Pearce, J. Marecki, M. Tambe, F. Ordonez, S. Kraus, "Playing games for
    security: an efficient exact algorithm for solving Bayesian Stackelberg games", AAMAS 2008.

    C. Casorran, B. Fortz, M. Labbe, F. Ordonez, "A study of general and security Stackelberg game
    formulations", European Journal of Operational Research 278 (2019).

    Examples
    --------
    The learner may audit one of two channels. It does not know which the attacker prefers:

    >>> harm = [[0, -2], [-2, 0]]
    >>> spammer, spy = [[-1, 1], [2, -1]], [[-1, 2], [1, -1]]
    >>> form = BayesianForm(
    ...     payoffs=[[[harm, harm]], [[spammer, spy]]],
    ...     prior=[[0.75, 0.25]],
    ...     types=[["filter"], ["spammer", "spy"]],
    ...     actions=[["audit mail", "audit web"], ["mail", "web"]],
    ... )
    >>> bayesian_stackelberg(form)
    BayesianCommitment: solved, regret 0, may miss 0
      learner (leader) earns -0.9: audit mail 0.6, audit web 0.4
      adversary of type spammer (0.75) earns 0.2: mail
      adversary of type spy (0.25) earns 0.8: web
    """
    if len(form.roles) != 2:
        raise ValueError(f"bayesian_stackelberg needs a game of two roles, got {len(form.roles)}")
    if leader not in form.roles:
        raise LookupError(f"unknown role {leader!r}; the roles are {', '.join(form.roles)}")
    kinds = form.prior.shape[form.roles.index(leader)]
    if kinds > 1:
        raise ValueError(f"the leader must have one type, got {kinds}")
    if time_limit is not None and not time_limit > 0.0:
        raise ValueError(f"time_limit must be positive, got {time_limit:g}")
    lead, follow, prior = _leader_first(form, leader)
    low, span = lead.min(), np.ptp(lead) or 1.0
    unit = (lead - low) / span
    choices, bound, in_time = _choose_replies(unit, _unit(follow), prior, time_limit)
    answers = []
    for replies in choices:
        commitment = _commit(unit, _unit(follow), prior, replies)
        answers.append(BayesianCommitment(form, leader, commitment, replies, low + span * bound))
    answer = max(answers, key=lambda found: found.payoff)
    if answer.gap > GAP * span or answer.regret > REGRET * np.ptp(follow):
        status = (
            f"a type has a regret of {answer.regret:.1g} and the leader may miss {answer.gap:.1g}: "
            f"{'rescale the payoffs' if in_time else 'raise time_limit'}"
        )
        return replace(answer, status=status)
    return answer


def _leader_first(form: BayesianForm, leader: str) -> tuple[Array, Array, Array]:
    """Return both roles' payoffs [type, leader's action, follower's action], and the prior."""
    if form.roles.index(leader) == 0:
        return form.payoffs[0, 0], form.payoffs[1, 0], form.prior[0]
    payoffs = form.payoffs[:, :, 0].swapaxes(2, 3)
    return payoffs[1], payoffs[0], form.prior[:, 0]


def _unit(payoffs: Array) -> Array:
    """Bring payoffs into [0, 1]: the tolerances of HiGHS are absolute."""
    scaled: Array = (payoffs - payoffs.min()) / (np.ptp(payoffs) or 1.0)
    return scaled


def _choose_replies(
    lead: Array, follow: Array, prior: Array, time_limit: float | None
) -> tuple[list[NDArray[np.intp]], float, bool]:
    """Return the replies to the best commitment, what none can exceed, and whether time sufficed.

    When it did not, the replies to the best pure commitment are a second choice, or the only one.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    kinds, m, n = lead.shape
    z = np.arange(kinds * m * n).reshape(kinds, m, n)
    q = z.size + np.arange(kinds * n).reshape(kinds, n)
    x = z.size + q.size + np.arange(m)
    entries: list[tuple[NDArray[np.intp], NDArray[np.intp], Array]] = []
    first = 0

    def equations(variables: NDArray[np.intp], weights: Array) -> None:
        """Add equations: one for each index but the last, which runs over the terms."""
        nonlocal first
        rows = first + np.arange(variables[..., 0].size)
        entries.append((np.repeat(rows, variables.shape[-1]), variables.ravel(), weights.ravel()))
        first += len(rows)

    mixed = np.concatenate([z, np.broadcast_to(x[:, None], (kinds, m, 1))], axis=2)
    equations(mixed, np.where(np.arange(n + 1) < n, 1.0, -1.0) * np.ones(mixed.shape))
    chosen = np.concatenate([z.swapaxes(1, 2), q[:, :, None]], axis=2)
    equations(chosen, np.where(np.arange(m + 1) < m, 1.0, -1.0) * np.ones(chosen.shape))
    equations(q, np.ones(q.shape))
    equalities = first
    own = follow.swapaxes(1, 2)  # [type, reply, leader's action]
    temptations = own[:, None, :, :] - own[:, :, None, :]  # [type, reply j, alternative k, i]
    equations(np.broadcast_to(z.swapaxes(1, 2)[:, :, None], temptations.shape), temptations)
    rows, columns, weights = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    matrix = coo_array((weights, (rows, columns)), shape=(first, x[-1] + 1)).tocsr()
    upper = np.zeros(first)
    upper[equalities - kinds : equalities] = 1.0
    lower = np.where(np.arange(first) < equalities, upper, -np.inf)
    objective = np.zeros(x[-1] + 1)
    objective[: z.size] = -(prior[:, None, None] * lead).ravel()
    result = milp(
        objective,
        constraints=LinearConstraint(matrix, lower, upper),
        bounds=Bounds(0.0, 1.0),
        integrality=np.isin(np.arange(len(objective)), q).astype(int),
        options={"mip_rel_gap": 0.0, "time_limit": np.inf if time_limit is None else time_limit},
    )
    in_time = result.status != OUT_OF_TIME
    if result.x is None and in_time:
        raise ArithmeticError(f"a mixed-integer program was not solved: {result.message}")
    choices = [] if result.x is None else [result.x[q].argmax(axis=1)]
    bound = float(prior @ lead.max(axis=(1, 2)))  # of the best cells, whoever chooses them
    if result.mip_dual_bound is not None:
        bound = min(bound, -float(result.mip_dual_bound))
    return choices if in_time else [*choices, _replies_to_pure(lead, follow, prior)], bound, in_time


def _replies_to_pure(lead: Array, follow: Array, prior: Array) -> NDArray[np.intp]:
    """Return the replies to the pure commitment that earns most."""
    best = follow == follow.max(axis=2, keepdims=True)
    hopes = np.where(best, lead, -np.inf)  # ties go to the leader
    action = int((prior @ hopes.max(axis=2)).argmax())
    replies: NDArray[np.intp] = hopes[:, action].argmax(axis=1)
    return replies


def _commit(lead: Array, follow: Array, prior: Array, replies: NDArray[np.intp]) -> Array:
    """Return the best commitment to which these replies are best."""
    kinds, m, _ = lead.shape
    earned = sum(prior[t] * lead[t, :, replies[t]] for t in range(kinds))
    temptations = [follow[t].T - follow[t, :, replies[t]] for t in range(kinds)]
    matrix = np.vstack([*temptations, np.ones((1, m))])
    limits = np.append(np.zeros(len(matrix) - 1), 1.0)
    # With positive payoffs it pays to use up the sum of one.
    x, _ = maximize(earned + 1.0, matrix, limits)
    return distribution(x)


def _shown(number: float) -> str:
    """Show a number without its rounding, which differs between machines."""
    return f"{round(number, 12) + 0.0:.6g}"
