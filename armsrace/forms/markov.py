r"""Markov games (stochastic games): two roles, states, and chance that depends on what both do.

In state s the learner chooses i and the adversary j at once; role r earns ``rewards[r, s, i, j]``,
and the next state is t with probability ``transitions[s, i, j, t]``. Both see the state. A
*stationary policy* of a role is one distribution over its actions for each state, an array of shape
(S, m); a *policy for a horizon* has one such array for each round, shape (T, S, m).

*One unit.* The payoff of a play is its discounted average per round, as everywhere in armsrace.
Without a horizon, discount :math:`\gamma \in [0, 1)`, values solve

.. math:: V = (1 - \gamma) \, r + \gamma P V,

so that a constant reward is its own value (multiply by :math:`1 / (1 - \gamma)` for the total).
With a horizon of T rounds, discount in [0, 1], the weights are
:math:`\gamma^t / (1 + \gamma + \dots + \gamma^{T-1})`.

Transitions are kept sparse, as a matrix with a row for each (s, i, j) in this order and a column
for each next state: S m n rows, memory proportional to the transitions that can happen.

Source: L. S. Shapley, "Stochastic games", PNAS 39 (1953) 1095-1100; J. Filar and K. Vrieze,
*Competitive Markov Decision Processes* (1997).
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.forms.arguments import check_unique, default_labels, finite
from armsrace.forms.decision_process import DecisionProcess
from armsrace.forms.normal import Array, NormalForm

Masks = tuple[NDArray[np.bool_], NDArray[np.bool_]]


@final
@dataclass(frozen=True, eq=False, repr=False)
class MarkovGame:
    """A game of two on states, with discounted payoffs or over a number of rounds.

    Parameters
    ----------
    rewards
        Shape (2, S, m, n): role, state, the learner's action, the adversary's action.
    transitions
        Shape (S, m, n, S), or a sparse matrix of shape (S m n, S) with its rows in the order of
        (state, learner's action, adversary's action).
    discount
        Of a round relative to the one before: in [0, 1), or in [0, 1] with a horizon.
    horizon
        Number of rounds, at least 1; None for a game without end.
    actions
        Labels of the learner's and of the adversary's actions; by default their numbers.
    states
        Labels of the states; by default their numbers.
    available
        Which actions each role has in each state: two masks, of shapes (S, m) and (S, n). By
        default all of them. What rewards and transitions say of others is not read.

    Raises
    ------
    ValueError
        When shapes do not fit, a number is not finite, probabilities of a state and pair of actions
        are negative or do not sum to 1 (within 1e-9), a role has no action in some state, or
        discount or horizon is out of range.

    Examples
    --------
    A model that is clean or poisoned; retraining on poisoned data keeps it so:

    >>> game = MarkovGame.zero_sum(
    ...     rewards=[[[0, -1]], [[-3, -3]]],
    ...     transitions=[[[[1, 0], [0.5, 0.5]]], [[[1, 0], [0, 1]]]],
    ...     discount=0.9,
    ...     actions=[["retrain"], ["wait", "poison"]],
    ...     states=["clean", "poisoned"],
    ... )
    >>> game
    MarkovGame: 2 states, 1 x 2 actions, zero-sum, discount 0.9
      learner: retrain
      adversary: wait, poison
    >>> game.expected_next([1.0, 0.0]).tolist()
    [[[1.0, 0.5]], [[1.0, 0.0]]]
    """

    rewards: Array
    transitions: Any
    discount: float
    horizon: int | None = None
    actions: tuple[tuple[Hashable, ...], tuple[Hashable, ...]] = ((), ())
    states: tuple[Hashable, ...] = ()
    available: Masks | None = None

    def __post_init__(self) -> None:
        rewards = finite("rewards", self.rewards)
        if rewards.ndim != 4 or len(rewards) != 2 or rewards.size == 0:
            raise ValueError(
                "rewards must have shape (2, S, m, n): role, state, the learner's action, the "
                f"adversary's action, got {rewards.shape}; zero_sum takes the learner's alone"
            )
        _check_discount(self.discount, self.horizon)
        size, shape = rewards.shape[1], rewards.shape[2:]
        states = tuple(self.states) or default_labels([size])[0]
        if len(states) != size:
            raise ValueError(f"states must hold {size} labels, got {len(states)}")
        check_unique("states", states)
        given = (tuple(labels) for labels in self.actions)
        defaults = default_labels(shape)
        learner, adversary = (a or d for a, d in zip(given, defaults, strict=True))
        for role, labels, m in zip(self.roles, (learner, adversary), shape, strict=True):
            if len(labels) != m:
                raise ValueError(f"actions of {role} must hold {m} labels, got {len(labels)}")
            check_unique(f"actions of {role}", labels)
        object.__setattr__(self, "rewards", rewards)
        object.__setattr__(self, "states", states)
        object.__setattr__(self, "actions", (learner, adversary))
        object.__setattr__(self, "available", _masks(self.available, rewards.shape, states))
        object.__setattr__(self, "transitions", self._checked_transitions())

    def _checked_transitions(self) -> Any:
        from scipy import sparse

        _, size, m, n = self.rewards.shape
        wanted = (size * m * n, size)
        given: Any = self.transitions
        matrix: Any
        if hasattr(given, "tocsr"):
            matrix = sparse.csr_array(given.tocsr().astype(np.float64))
            matrix.sum_duplicates()
        else:
            dense = np.asarray(given, dtype=np.float64)
            if dense.shape != (size, m, n, size):
                raise ValueError(
                    f"transitions must have shape {(size, m, n, size)} to match rewards of shape "
                    f"{self.rewards.shape}, got {dense.shape}"
                )
            matrix = sparse.csr_array(dense.reshape(wanted))
        if matrix.shape != wanted:
            raise ValueError(
                f"sparse transitions must have shape {wanted}, a row for each state and pair of "
                f"actions, got {matrix.shape}"
            )
        if not np.isfinite(matrix.data).all():
            raise ValueError("transitions must be finite, got NaN or infinity")
        played = self._playable.reshape(-1)
        if not played.all():
            matrix = sparse.diags_array(played.astype(np.float64)) @ matrix
            matrix.eliminate_zeros()
        self._check_rows(matrix, played)
        return matrix

    def _check_rows(self, matrix: Any, played: NDArray[np.bool_]) -> None:
        if matrix.data.size and matrix.data.min() < 0.0:
            worst = int(matrix.data.argmin())
            row = int(np.searchsorted(matrix.indptr, worst, side="right")) - 1
            raise ValueError(
                f"transitions {self._named(row)} must not be negative, got {matrix.data[worst]:g}"
            )
        sums = matrix.sum(axis=1)
        wrong = np.flatnonzero(played & (np.abs(sums - 1.0) > 1e-9))
        if len(wrong):
            row = int(wrong[0])
            raise ValueError(f"transitions {self._named(row)} must sum to 1, got {sums[row]:.12g}")

    def _named(self, row: int) -> str:
        _, size, m, n = self.rewards.shape
        s, i, j = (int(index) for index in np.unravel_index(row, (size, m, n)))
        return (
            f"from state {self.states[s]!r} under {self.actions[0][i]!r} and {self.actions[1][j]!r}"
        )

    @classmethod
    def zero_sum(
        cls,
        rewards: ArrayLike,
        transitions: Any,
        discount: float,
        *,
        horizon: int | None = None,
        actions: Sequence[Sequence[Hashable]] = ((), ()),
        states: Sequence[Hashable] = (),
        available: Masks | None = None,
    ) -> "MarkovGame":
        """Make the game in which the adversary gains what the learner loses.

        Parameters
        ----------
        rewards
            The learner's, shape (S, m, n).
        transitions, discount, horizon, actions, states, available
            As in `MarkovGame`.
        """
        learner = np.asarray(rewards, dtype=np.float64)
        if learner.ndim != 3:
            raise ValueError(f"rewards must have shape (S, m, n), got {learner.shape}")
        both = np.stack([learner, 0.0 - learner])
        first, second = map(tuple, actions)
        return cls(both, transitions, discount, horizon, (first, second), tuple(states), available)

    @property
    def roles(self) -> tuple[str, str]:
        """The names of the two roles."""
        return ("learner", "adversary")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of states, of the learner's actions and of the adversary's."""
        _, size, m, n = self.rewards.shape
        return size, m, n

    @property
    def _playable(self) -> NDArray[np.bool_]:
        learner, adversary = self.masks
        return learner[:, :, None] & adversary[:, None, :]

    @property
    def masks(self) -> Masks:
        """Which actions the learner, (S, m), and the adversary, (S, n), have in each state."""
        assert self.available is not None
        return self.available

    def role_index(self, role: str) -> int:
        """Return the place of a role.

        Raises
        ------
        LookupError
            When it is neither "learner" nor "adversary".
        """
        if role not in self.roles:
            raise LookupError(f"unknown role {role!r}; the roles are {', '.join(self.roles)}")
        return self.roles.index(role)

    def is_zero_sum(self) -> bool:
        """Whether the rewards add up to zero wherever they can be earned, but for rounding."""
        sums = np.abs(self.rewards.sum(axis=0))[self._playable]
        return bool(sums.max() <= 1e-12 * max(1.0, np.abs(self.rewards).max()))

    def opposed(self) -> "MarkovGame":
        """The zero-sum game with the learner's rewards: the adversary is out to harm.

        Its value is the learner's security level.
        """
        return replace(self, rewards=np.stack([self.rewards[0], 0.0 - self.rewards[0]]))

    def expected_next(self, values: ArrayLike) -> Array:
        """Expected value of the next state, by state and pair of actions: shape (S, m, n).

        Parameters
        ----------
        values
            A number for each state, shape (S,).
        """
        expected: Array = self.transitions @ np.asarray(values, dtype=np.float64)
        return expected.reshape(self.shape)

    def stage(self, state: int, payoffs: Array) -> NormalForm:
        """The normal form of one state, with payoffs (2, m, n), restricted to what is available.

        Parameters
        ----------
        state
            Its index.
        payoffs
            What each pair of actions is worth there, the future included.
        """
        rows, columns = (np.flatnonzero(mask[state]) for mask in self.masks)
        kept = payoffs[:, rows[:, None], columns]
        labels = zip(self.actions, (rows, columns), strict=True)
        return NormalForm(kept, tuple(tuple(a[k] for k in index) for a, index in labels))

    def facing(self, role: str, policy: Array) -> DecisionProcess:
        """The decision process of one role when the other follows a stationary policy.

        Parameters
        ----------
        role
            Who decides.
        policy
            Of the other role, shape (S, its number of actions).

        Notes
        -----
        Time and memory are proportional to the transitions that can happen.
        """
        from scipy import sparse

        own = self.role_index(role)
        size, m, n = self.shape
        rewards = self.rewards[own]
        if own == 0:
            earned = np.einsum("sij,sj->si", rewards, policy)
            order = np.arange(size * m * n)
            weights = np.repeat(policy, m, axis=0)
        else:
            earned = np.einsum("sij,si->sj", rewards, policy)
            order = np.arange(size * m * n).reshape(size, m, n).swapaxes(1, 2).reshape(-1)
            weights = np.repeat(policy, n, axis=0)
        others = weights.shape[1]
        mixing = sparse.csr_array(
            (weights.reshape(-1), order, np.arange(len(weights) + 1) * others),
            shape=(len(weights), size * m * n),
        )
        mixing.eliminate_zeros()
        return DecisionProcess(
            earned, mixing @ self.transitions, self.discount, self.masks[own], self.horizon
        )

    def __repr__(self) -> str:
        size, m, n = self.shape
        kind = "zero-sum" if self.is_zero_sum() else "general-sum"
        horizon = "" if self.horizon is None else f", {self.horizon} rounds"
        head = f"MarkovGame: {size} states, {m} x {n} actions, {kind}, discount {self.discount:g}"
        lines = [head + horizon]
        for role, labels in zip(self.roles, self.actions, strict=True):
            lines.append(f"  {role}: {', '.join(map(str, labels))}")
        return "\n".join(lines)


def _check_discount(discount: float, horizon: int | None) -> None:
    if horizon is None:
        if not 0.0 <= discount < 1.0:
            raise ValueError(
                f"discount must be in [0, 1), got {discount:g}; 1 is possible with a horizon"
            )
        return
    if not isinstance(horizon, int) or isinstance(horizon, bool):
        raise TypeError(f"horizon must be an integer, got {horizon!r}")
    if horizon < 1:
        raise ValueError(f"horizon must be at least 1, got {horizon}")
    if not 0.0 <= discount <= 1.0:
        raise ValueError(f"discount must be in [0, 1], got {discount:g}")


def _masks(available: Masks | None, shape: tuple[int, ...], states: tuple[Hashable, ...]) -> Masks:
    _, size, m, n = shape
    if available is None:
        return np.ones((size, m), dtype=bool), np.ones((size, n), dtype=bool)
    learner, adversary = (np.array(mask, dtype=bool) for mask in available)
    for role, mask, count in (("learner", learner, m), ("adversary", adversary, n)):
        if mask.shape != (size, count):
            raise ValueError(
                f"available actions of {role} must have shape {(size, count)}, got {mask.shape}"
            )
        if not mask.any(axis=1).all():
            bare = states[int(np.argmin(mask.any(axis=1)))]
            raise ValueError(f"{role} must have an action in every state, got none in {bare!r}")
        mask.flags.writeable = False
    return learner, adversary
