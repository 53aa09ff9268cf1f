"""Games in sequence form.

The sequence form of an extensive form keeps, for each role, its information sets and sequences
(`RoleSequences`), and for each terminal node z the sequence of every role that leads there, the
probability chance(z) that chance plays along, and the payoffs. With x_j the realization plan of
role j, role i earns ::

    u_i(x_1, ..., x_N) = sum_z  chance(z) u_i(z) prod_j x_j(sequence of j at z)

which is linear in every plan, while the normal form is exponentially larger.

Source: B. von Stengel, "Efficient computation of behavior strategies", Games and Economic Behavior
14 (1996) 220-246.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, final

import numpy as np

from armsrace.forms.normal import Array, NormalForm
from armsrace.forms.role_sequences import Indices, PureStrategy, RoleSequences, check_size

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@final
@dataclass(frozen=True, eq=False, repr=False)
class SequenceForm:
    """The sequences of every role and what they earn; made by `ExtensiveForm.sequence_form`.

    Attributes
    ----------
    sequences
        One `RoleSequences` for each of N roles.
    terminals
        Shape (N, Z): the sequence of each role at each of Z terminal nodes.
    chance
        Shape (Z,): the product of the chance probabilities on the way to each terminal node.
    payoffs
        Shape (N, Z): what each role receives at each terminal node.

    Examples
    --------
    >>> from armsrace.forms import kuhn_poker
    >>> kuhn = kuhn_poker().sequence_form()
    >>> kuhn
    SequenceForm: 30 terminal nodes
      learner: 6 information sets, 13 sequences
      adversary: 6 information sets, 13 sequences
    >>> kuhn.payoff_matrix("learner").shape
    (13, 13)
    """

    sequences: tuple[RoleSequences, ...]
    terminals: Indices
    chance: Array
    payoffs: Array

    @property
    def roles(self) -> tuple[str, ...]:
        """The names of the roles."""
        return tuple(sequences.role for sequences in self.sequences)

    def role_index(self, role: str) -> int:
        """Return the position of a role in the order of the roles.

        Raises
        ------
        LookupError
            When the game has no such role.
        """
        if role not in self.roles:
            raise LookupError(f"unknown role {role!r}; the roles are {', '.join(self.roles)}")
        return self.roles.index(role)

    def of(self, role: str) -> RoleSequences:
        """Return the information sets and sequences of a role.

        Raises
        ------
        LookupError
            When the game has no such role.
        """
        return self.sequences[self.role_index(role)]

    def payoff_matrix(self, role: str) -> "csr_array":
        """Return the payoffs of a role in a game of two, sparse of shape (S_1, S_2).

        Entry (s, t) is the sum of chance times payoff over the terminal nodes where the first
        role's sequence is s and the second's is t, so the role earns ``x @ A @ y`` by plans x, y.

        Raises
        ------
        ValueError
            When there are not two roles.
        LookupError
            When the game has no such role.
        """
        from scipy.sparse import csr_array

        if len(self.roles) != 2:
            raise ValueError(f"a payoff matrix needs 2 roles, got {len(self.roles)}")
        values = self.chance * self.payoffs[self.role_index(role)]
        shape = (self.sequences[0].count, self.sequences[1].count)
        return csr_array((values, tuple(self.terminals)), shape=shape)

    def payoff_tensor(self, role: str) -> Array:
        """Return the payoffs of a role by the sequence of each role, shape (S_1, ..., S_N).

        Dense; entries add up as in `payoff_matrix`.

        Raises
        ------
        ValueError
            When it has more than 10^7 numbers.
        LookupError
            When the game has no such role.
        """
        shape = tuple(sequences.count for sequences in self.sequences)
        check_size(prod(shape), "the entries of a payoff tensor")
        tensor = np.zeros(shape)
        np.add.at(tensor, tuple(self.terminals), self.chance * self.payoffs[self.role_index(role)])
        return tensor

    def normal_form(self, strategies: Sequence[Sequence[PureStrategy]]) -> NormalForm:
        """Return the game in which each role chooses one of some pure strategies.

        Parameters
        ----------
        strategies
            For each role its pure strategies. In the normal form a strategy is labeled by its
            (information set, action) pairs.

        Raises
        ------
        ValueError
            When the normal form has more than 10^7 payoffs.
        """
        shape = tuple(map(len, strategies))
        check_size(prod(shape) * len(shape), "the payoffs of a normal form")
        plans = [s.pure_plans(pure) for s, pure in zip(self.sequences, strategies, strict=True)]
        payoffs = np.zeros((len(shape), *shape))
        earned = self.chance * self.payoffs
        for place, met in enumerate(self.terminals.T):
            # The profiles that lead to this terminal node: a block of the array.
            rows = [np.flatnonzero(plan[:, s]) for plan, s in zip(plans, met, strict=True)]
            block = np.ix_(np.arange(len(shape)), *rows)
            payoffs[block] += earned[:, place].reshape(-1, *(1 for _ in shape))
        labels = [_labels(s, pure) for s, pure in zip(self.sequences, strategies, strict=True)]
        return NormalForm(payoffs, tuple(labels), self.roles)

    def __repr__(self) -> str:
        lines = [f"SequenceForm: {len(self.chance)} terminal nodes"]
        return "\n".join([*lines, *(f"  {role.summary}" for role in self.sequences)])


def _labels(role: RoleSequences, strategies: Sequence[PureStrategy]) -> tuple[Hashable, ...]:
    """Label each pure strategy by the (information set, action) pairs that it chooses."""
    pairs = role.pairs
    return tuple(tuple(pairs[sequence - 1] for sequence in strategy) for strategy in strategies)
