r"""Sequences of one role, and the three ways to write its strategy.

A *sequence* of a role is what it has done on the way to a node: the actions it took, each at its
information set. With perfect recall all nodes of an information set h have the same sequence, the
*parent* of h, and a sequence other than the empty one is named by its last action: it is the pair
of an information set and an action there. A role with H information sets has therefore
S = 1 + (number of actions at all of them) sequences.

A role's strategy can be written in three ways.

* A *behavior strategy* gives the probability of each action at each information set. Here it is an
  array of shape (S,): the probability of the last action of each sequence, and 1 for the empty one.
* A *realization plan* x, shape (S,), gives each sequence the product of its actions' probabilities.
  Plans are the solutions of linear equations ``E x = e, x >= 0``: the empty sequence has 1, and the
  sequences of an information set add up to its parent.
* A *mixed strategy* gives each pure strategy a probability, as in the normal form.

With perfect recall the three are equivalent (Kuhn's theorem): strategies with the same plan earn
the same against anything.

*Order.* Sequence 0 is the empty one. The information sets are sorted by *depth*, the number of
actions that the role has taken before, and sequences by information set. So the information sets of
one depth, and their sequences, are slices, and what goes down or up the tree of a role takes one
vectorized step a depth.

Sources: H. W. Kuhn, "Extensive games and the problem of information", Contributions to the Theory
of Games II (1953) 193-216; B. von Stengel, "Efficient computation of behavior strategies", Games
and Economic Behavior 14 (1996) 220-246.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, product
from math import prod
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.forms.normal import Array

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Indices = NDArray[np.intp]
PureStrategy = tuple[int, ...]
"""The sequences that a pure strategy chooses, one at each information set that it can reach."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class RoleSequences:
    """The information sets and sequences of one role; made by `ExtensiveForm`.

    Attributes
    ----------
    role
        The name of the role.
    information_sets
        The labels of the H information sets, sorted by depth.
    actions
        The labels of the actions at each information set.
    parents
        Shape (H,): the sequence that leads to each information set.
    starts
        Shape (H + 1,): the sequences of information set h are starts[h], ..., starts[h + 1] - 1, in
        the order of its actions; the last entry is S.
    levels
        Shape (D + 1,): the information sets of depth d are levels[d], ..., levels[d + 1] - 1.

    Examples
    --------
    >>> from armsrace.forms import kuhn_poker
    >>> learner = kuhn_poker().sequence_form().of("learner")
    >>> learner
    RoleSequences of learner: 6 information sets, 13 sequences
    >>> learner.information_sets
    ('J', 'Q', 'K', 'J, check, bet', 'Q, check, bet', 'K, check, bet')
    >>> learner.parents.tolist(), learner.starts.tolist(), learner.levels.tolist()
    ([0, 0, 0, 1, 3, 5], [1, 3, 5, 7, 9, 11, 13], [0, 3, 6])
    """

    role: str
    information_sets: tuple[Hashable, ...]
    actions: tuple[tuple[Hashable, ...], ...]
    parents: Indices
    starts: Indices
    levels: Indices

    @property
    def count(self) -> int:
        """The number of sequences, S."""
        return int(self.starts[-1])

    @property
    def summary(self) -> str:
        """The name of the role and how many information sets and sequences it has, in words."""
        sets, ending = len(self.parents), "" if self.count == 1 else "s"
        noun = "information set" if sets == 1 else "information sets"
        return f"{self.role}: {sets} {noun}, {self.count} sequence{ending}"

    @property
    def strategy_count(self) -> int:
        """The number of pure strategies, exactly."""
        return prod(np.diff(self.starts).tolist())

    @cached_property
    def information_set_of(self) -> Indices:
        """The information set of the last action of each sequence, shape (S,); -1 for the empty."""
        return np.append(-1, np.repeat(np.arange(len(self.parents)), np.diff(self.starts)))

    @cached_property
    def predecessors(self) -> Indices:
        """The sequence without its last action, shape (S,); -1 for the empty one."""
        return np.append(-1, np.repeat(self.parents, np.diff(self.starts)))

    @property
    def pairs(self) -> tuple[tuple[Hashable, Hashable], ...]:
        """The (information set, action) that ends each sequence but the empty one: S - 1 pairs."""
        labeled = zip(self.information_sets, self.actions, strict=True)
        return tuple((label, action) for label, actions in labeled for action in actions)

    @cached_property
    def reduced_count(self) -> int:
        """The number of reduced pure strategies, exactly."""
        counts = [0] * len(self.parents)
        for index in reversed(range(len(counts))):
            sequences = range(self.starts[index], self.starts[index + 1])
            counts[index] = sum(prod(counts[h] for h in self._below[s]) for s in sequences)
        return prod(counts[h] for h in self._below[0])

    def blocks(self) -> Iterator[tuple[slice, slice]]:
        """Go down the depths: the information sets of each, and their sequences, as two slices."""
        for first, last in zip(self.levels[:-1], self.levels[1:], strict=True):
            yield slice(first, last), slice(self.starts[first], self.starts[last])

    def constraints(self) -> tuple["csr_array", Array]:
        """Return E, sparse of shape (H + 1, S), and e, shape (H + 1,), of E x = e.

        Examples
        --------
        >>> from armsrace.forms import matching_pennies
        >>> E, e = matching_pennies().sequence_form().of("adversary").constraints()
        >>> E.toarray().tolist(), e.tolist()
        ([[1.0, 0.0, 0.0], [-1.0, 1.0, 1.0]], [1.0, 0.0])
        """
        from scipy.sparse import csr_array

        sets = np.arange(len(self.parents)) + 1
        rows = np.concatenate([self.information_set_of + 1, sets])
        columns = np.concatenate([np.arange(self.count), self.parents])
        values = np.concatenate([np.ones(self.count), -np.ones(len(sets))])
        shape = (len(sets) + 1, self.count)
        return csr_array((values, (rows, columns)), shape=shape), np.eye(1, shape[0])[0]

    def uniform(self) -> Array:
        """Return the behavior strategy that takes all actions alike, shape (S,)."""
        counts = np.diff(self.starts)
        return np.append(1.0, np.repeat(1.0 / counts, counts))

    def behavior(self, strategy: Mapping[Any, Mapping[Any, float]]) -> Array:
        """Make a behavior strategy of probabilities by label, shape (S,).

        Parameters
        ----------
        strategy
            For every information set the probabilities of its actions; those left out have 0.

        Raises
        ------
        LookupError
            When there is no such information set or action.
        ValueError
            When an information set is left out, or its probabilities are no distribution.
        """
        behavior = np.zeros(self.count)
        behavior[0] = 1.0
        for label, probabilities in strategy.items():
            index = _position(f"information set of {self.role}", label, self.information_sets)
            for action, probability in probabilities.items():
                place = _position(f"action at {label!r}", action, self.actions[index])
                behavior[self.starts[index] + place] = probability
        missing = [label for label in self.information_sets if label not in strategy]
        if missing:
            raise ValueError(f"strategy of {self.role} must hold {missing[0]!r} too")
        self.check(behavior)
        return behavior

    def table(self, behavior: ArrayLike) -> dict[Hashable, dict[Hashable, float]]:
        """Return the probabilities of a behavior strategy by information set and action."""
        played = self.check(behavior)[1:].tolist()
        table: dict[Hashable, dict[Hashable, float]] = {}
        for (label, action), probability in zip(self.pairs, played, strict=True):
            table.setdefault(label, {})[action] = probability
        return table

    def plan(self, behavior: ArrayLike) -> Array:
        """Return the realization plan of a behavior strategy, shape (S,)."""
        return self._descend(self.check(behavior))

    def behavior_of_plan(self, plan: ArrayLike) -> Array:
        """Return the behavior strategy of a realization plan, shape (S,).

        An information set that the plan does not reach gets equal probabilities. The plan may be
        inexact, or any multiple of one, as solvers leave it: numbers below zero count as zero, and
        each information set is normalized by itself.

        Parameters
        ----------
        plan
            Shape (S,).

        Raises
        ------
        ValueError
            When the shape does not fit or a number is not finite.
        """
        weights = np.array(plan, dtype=np.float64)
        if weights.shape != (self.count,) or not np.isfinite(weights).all():
            raise ValueError(
                f"plan of {self.role} must hold {self.count} finite numbers, "
                f"got an array of shape {weights.shape}"
            )
        behavior = self.uniform()
        weights = np.maximum(weights[1:], 0.0)
        if len(weights):
            totals = np.repeat(self._sums(weights), np.diff(self.starts))
            np.divide(weights, totals, out=behavior[1:], where=totals > 0.0)
        return behavior

    def strategies(self) -> tuple[PureStrategy, ...]:
        """Return the pure strategies: an action at every information set, reached or not.

        In the order of the actions of `ExtensiveForm.to_normal_form`: the action at the last
        information set changes fastest. Their number is the product of the numbers of actions.

        Raises
        ------
        ValueError
            When there are more than 10^7.
        """
        choices = [range(*bounds) for bounds in zip(self.starts, self.starts[1:], strict=False)]
        check_size(self.strategy_count, f"the pure strategies of {self.role}")
        return tuple(product(*choices))

    def reduced_strategies(self) -> tuple[PureStrategy, ...]:
        """Return the pure strategies without the actions where they themselves do not lead.

        In the order of the actions of `ExtensiveForm.to_reduced_normal_form`.

        Raises
        ------
        ValueError
            When there are more than 10^7.
        """
        check_size(self.reduced_count, f"the reduced pure strategies of {self.role}")
        below = self._below
        plans: list[list[PureStrategy]] = [[] for _ in self.parents]

        def combined(sequence: int) -> Iterator[PureStrategy]:
            """Choose a reduced strategy at every information set below a sequence."""
            for parts in product(*(plans[index] for index in below[sequence])):
                yield tuple(chain.from_iterable(parts))

        for index in reversed(range(len(plans))):
            sequences = range(self.starts[index], self.starts[index + 1])
            plans[index] = [(s, *rest) for s in sequences for rest in combined(s)]
        return tuple(tuple(sorted(strategy)) for strategy in combined(0))

    def pure_plans(self, strategies: Sequence[PureStrategy]) -> Array:
        """Return the realization plans of pure strategies, shape (K, S), zeros and ones."""
        choices = np.zeros((len(strategies), self.count))
        choices[:, 0] = 1.0
        for row, strategy in zip(choices, strategies, strict=True):
            row[list(strategy)] = 1.0
        return self._descend(choices)

    def mixed(self, behavior: ArrayLike, strategies: Sequence[PureStrategy]) -> Array:
        """Return the mixed strategy over pure strategies that does as a behavior strategy does.

        The probability of a pure strategy is the product of those of its choices (Kuhn 1953).

        Parameters
        ----------
        behavior
            Shape (S,).
        strategies
            All pure strategies, or all reduced ones; K of them.

        Returns
        -------
        numpy.ndarray
            Shape (K,).
        """
        played = self.check(behavior)
        return np.array([played[list(strategy)].prod() for strategy in strategies])

    def plan_of_mixed(self, mixed: ArrayLike, strategies: Sequence[PureStrategy]) -> Array:
        """Return the realization plan of a mixed strategy over pure strategies, shape (S,).

        Examples
        --------
        >>> from armsrace.forms import kuhn_poker
        >>> learner = kuhn_poker().sequence_form().of("learner")
        >>> reduced = learner.reduced_strategies()
        >>> mixed = learner.mixed(learner.uniform(), reduced)
        >>> plan = learner.plan_of_mixed(mixed, reduced)
        >>> bool(np.allclose(plan, learner.plan(learner.uniform())))
        True
        """
        plan: Array = np.asarray(mixed, dtype=np.float64) @ self.pure_plans(strategies)
        return plan

    def check(self, behavior: ArrayLike) -> Array:
        """Make sure that an array is a behavior strategy of this role, and return it.

        Raises
        ------
        ValueError
            When the shape does not fit, or an information set has no distribution.
        """
        array = np.asarray(behavior, dtype=np.float64)
        if array.shape != (self.count,):
            raise ValueError(
                f"behavior of {self.role} must have shape ({self.count},), got {array.shape}"
            )
        if not (array >= 0.0).all() or array[0] != 1.0:
            raise ValueError(
                f"behavior of {self.role} must begin with 1 and must not be negative, "
                f"got {array[0]:g} first and {array.min():g} at the least"
            )
        if self.count > 1:
            sums = self._sums(array[1:])
            worst = int(np.argmax(np.abs(sums - 1.0)))
            if not abs(sums[worst] - 1.0) <= 1e-9:
                raise ValueError(
                    f"probabilities at information set {self.information_sets[worst]!r} of "
                    f"{self.role} must sum to 1, got {sums[worst]:.12g}"
                )
        return array

    def __repr__(self) -> str:
        return f"RoleSequences of {self.summary}"

    @cached_property
    def _below(self) -> list[list[int]]:
        """The information sets that each sequence leads to."""
        below: list[list[int]] = [[] for _ in range(self.count)]
        for index, parent in enumerate(self.parents.tolist()):
            below[parent].append(index)
        return below

    def _sums(self, values: Array) -> Array:
        """Add up the values of the sequences, without the empty one, of each information set."""
        sums: Array = np.add.reduceat(values, self.starts[:-1] - 1)
        return sums

    def _descend(self, choices: Array) -> Array:
        """Multiply the choices along each sequence; sequences are the last axis."""
        plan = choices.copy()
        for _, block in self.blocks():
            plan[..., block] *= plan[..., self.predecessors[block]]
        return plan


def check_size(count: int, what: str) -> None:
    """Refuse to list more than 10^7 pure strategies, or payoffs of a normal form.

    Raises
    ------
    ValueError
        When there are more.
    """
    if count > 10**7:
        size = str(count) if count < 10**15 else f"about 10^{count.bit_length() * 0.30103:.0f}"
        raise ValueError(
            f"{what} must be at most 10^7 to be listed, got {size}; "
            "solvers of the sequence form need no list"
        )


def _position(what: str, label: Hashable, labels: Sequence[Hashable]) -> int:
    if label not in labels:
        raise LookupError(f"unknown {what}: {label!r}; known are {', '.join(map(str, labels))}")
    return labels.index(label)
