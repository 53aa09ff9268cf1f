"""Games in which a role does not know whom it faces.

In a *Bayesian game* each of N roles has a *type*, which it alone knows: role i one of T_i. A
profile of types (t_1, ..., t_N) is drawn with a known probability, the *prior*; each role learns
its own type and chooses one of m_i actions; role i then receives
u_i(t_1, ..., t_N, a_1, ..., a_N), which it maximizes. A role of one type has no private knowledge:
with a prior over the adversary's types only, the question is which adversary the learner is facing.

Three other forms say the same.

* *Ex ante*, before types are known, a role chooses an action for each of its types: a normal form
  in which role i has m_i ** T_i actions.
* In the *agent form* each type of each role is an agent of its own, who receives what its role
  expects given that type: a normal form of T_1 + ... + T_N roles.
* The *extensive form* lets chance draw the types; an information set of a role is its type.

Source: J. C. Harsanyi, "Games with incomplete information played by 'Bayesian' players", Management
Science 14 (1967-68) 159-182, 320-334, 486-502.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import prod
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.arguments import check_unique, default_labels, default_roles, finite
from armsrace.forms.extensive import ExtensiveForm
from armsrace.forms.normal import Array, NormalForm
from armsrace.forms.role_sequences import check_size
from armsrace.forms.tree import Chance, Decision, Node, Terminal


@final
@dataclass(frozen=True, eq=False, repr=False)
class BayesianForm:
    """A game of simultaneous moves between roles who each know their own type only.

    Parameters
    ----------
    payoffs
        Shape (N, T_1, ..., T_N, m_1, ..., m_N): role, then the type of each role, then the action
        of each role. Kept as a read-only copy.
    prior
        Shape (T_1, ..., T_N): the probability of each profile of types. Every type of a role must
        be possible, though not with every type of the others.
    types, actions
        The labels of the types and of the actions, one sequence a role: any hashable objects,
        different within a role. By default the indices as strings, "0", "1", ...
    roles
        The names of the roles, by default ("learner", "adversary") when there are two and
        ("player 1", ..., "player N") otherwise.

    Raises
    ------
    ValueError
        When a number is not finite, a shape does not fit, the prior is no distribution or leaves a
        type out, or labels are missing or not unique.

    Examples
    --------
    A filter does not know whether it faces a spammer, or a spy who wants honest mail blocked.

    >>> game = BayesianForm(
    ...     payoffs=[
    ...         [[[[-2, 0], [1, 0]], [[-1, 0], [-3, 0]]]],
    ...         [[[[2, 0], [-1, 0]], [[1, 0], [3, 0]]]],
    ...     ],
    ...     prior=[[0.75, 0.25]],
    ...     types=[["filter"], ["spammer", "spy"]],
    ...     actions=[["lenient", "strict"], ["attack", "wait"]],
    ... )
    >>> game
    BayesianForm: 2 x 2 actions, 1 x 2 types
      learner: lenient, strict
        types: filter 1
      adversary: attack, wait
        types: spammer 0.75, spy 0.25
    >>> game.to_normal_form().payoffs[0].tolist()
    [[-1.75, -1.5, -0.25, 0.0], [0.0, 0.75, -0.75, 0.0]]
    >>> game.to_agent_form().roles
    ('learner: filter', 'adversary: spammer', 'adversary: spy')
    """

    payoffs: Array
    prior: Array
    types: tuple[tuple[Hashable, ...], ...] = ()
    actions: tuple[tuple[Hashable, ...], ...] = ()
    roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        payoffs, prior = finite("payoffs", self.payoffs), finite("prior", self.prior)
        count = prior.ndim
        axes = (count, *prior.shape)
        if count < 1 or payoffs.ndim != 2 * count + 1 or payoffs.shape[: count + 1] != axes:
            raise ValueError(
                "payoffs must have shape (N, T_1, ..., T_N, m_1, ..., m_N) with a prior of shape "
                f"(T_1, ..., T_N), got {payoffs.shape} and {prior.shape}"
            )
        if payoffs.size == 0:
            raise ValueError(
                f"every role must have a type and an action, got payoffs of shape {payoffs.shape}"
            )
        if prior.min() < 0.0 or abs(prior.sum() - 1.0) > 1e-9:
            raise ValueError(
                "prior must hold probabilities that sum to 1, "
                f"got a sum of {prior.sum():.12g} and {prior.min():g} at the least"
            )
        roles = tuple(self.roles) or default_roles(count)
        if len(roles) != count:
            raise ValueError(f"roles must hold {count} names, got {len(roles)}: {roles}")
        check_unique("roles", roles)
        shape = payoffs.shape[count + 1 :]
        object.__setattr__(self, "payoffs", payoffs)
        object.__setattr__(self, "prior", prior)
        object.__setattr__(self, "roles", roles)
        object.__setattr__(self, "types", _labels("types", self.types, roles, prior.shape))
        object.__setattr__(self, "actions", _labels("actions", self.actions, roles, shape))
        for role, labels, chances in zip(roles, self.types, self.marginals, strict=True):
            if chances.min() <= 0.0:
                label = labels[int(np.argmin(chances))]
                raise ValueError(
                    f"every type of {role} must have a positive probability, got 0 for {label!r}; "
                    "leave it out"
                )

    @classmethod
    def independent(
        cls,
        payoffs: ArrayLike,
        priors: Sequence[ArrayLike],
        *,
        types: Sequence[Sequence[Hashable]] = (),
        actions: Sequence[Sequence[Hashable]] = (),
        roles: Sequence[str] = (),
    ) -> "BayesianForm":
        """Make the game in which the types of different roles are drawn independently.

        Parameters
        ----------
        payoffs, types, actions, roles
            As in `BayesianForm`.
        priors
            One distribution over its types for each role, of shape (T_i,).

        Raises
        ------
        ValueError
            When one of the priors does not sum to 1, or as in `BayesianForm`.

        Examples
        --------
        >>> game = BayesianForm.independent(np.zeros((2, 1, 2, 2, 2)), [[1], [0.75, 0.25]])
        >>> game.prior.tolist()
        [[0.75, 0.25]]
        """
        marginals = [finite("priors", chances) for chances in priors]
        for chances in marginals:
            if abs(chances.sum() - 1.0) > 1e-9:
                raise ValueError(f"each of the priors must sum to 1, got {chances.sum():.12g}")
        prior = reduce(np.multiply.outer, marginals, np.ones(()))
        labels = (tuple(map(tuple, types)), tuple(map(tuple, actions)))
        return cls(np.asarray(payoffs, dtype=np.float64), prior, *labels, tuple(roles))

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of actions of each role, (m_1, ..., m_N)."""
        return self.payoffs.shape[self.prior.ndim + 1 :]

    @property
    def marginals(self) -> tuple[Array, ...]:
        """The probability of each type, one array of shape (T_i,) a role."""
        axes = range(self.prior.ndim)
        return tuple(self.prior.sum(axis=tuple(j for j in axes if j != i)) for i in axes)

    def to_normal_form(self) -> NormalForm:
        """Return the ex ante normal form: each role chooses an action for each of its types.

        Its actions are labeled by (type, action) pairs; the action of the last type changes
        fastest.

        Raises
        ------
        ValueError
            When it has more than 10^7 payoffs.
        """
        sizes = list(zip(self.shape, self.prior.shape, strict=True))
        check_size(
            len(sizes) * prod(m**count for m, count in sizes), "the payoffs of a normal form"
        )
        # plans[role][k, t]: the action of type t in the k-th action of the normal form.
        plans = [np.array(list(product(range(m), repeat=count))) for m, count in sizes]
        everyone, by_types = np.arange(len(sizes)), self._by_types
        payoffs = np.zeros((len(sizes), *map(len, plans)))
        for profile in map(tuple, np.argwhere(self.prior).tolist()):
            chosen = [plan[:, t] for plan, t in zip(plans, profile, strict=True)]
            payoffs += self.prior[profile] * by_types[profile][np.ix_(everyone, *chosen)]
        labels = tuple(
            tuple(
                tuple((t, actions[a]) for t, a in zip(types, plan, strict=True))
                for plan in table.tolist()
            )
            for types, actions, table in zip(self.types, self.actions, plans, strict=True)
        )
        return NormalForm(payoffs, labels, self.roles)

    def to_agent_form(self) -> NormalForm:
        """Return the agent form: each type of each role plays for itself.

        The agents, named ``<role>: <type>``, are sorted by role, then by type. An agent receives
        what its role expects given its type; its payoffs are thus those of a role divided by the
        probability of the type, which leaves best replies as they are.

        Raises
        ------
        ValueError
            When it has more than 10^7 payoffs.
        """
        counts = self.prior.shape
        sizes = np.repeat(self.shape, counts).tolist()
        check_size(len(sizes) * prod(sizes), "the payoffs of an agent form")
        firsts = np.cumsum([0, *counts[:-1]]).tolist()  # the agent of each role's first type
        by_types = self._by_types
        payoffs = np.zeros((len(sizes), *sizes))
        for profile in map(tuple, np.argwhere(self.prior).tolist()):
            agents = [first + t for first, t in zip(firsts, profile, strict=True)]
            block = [m if agent in agents else 1 for agent, m in enumerate(sizes)]
            for i, (agent, t) in enumerate(zip(agents, profile, strict=True)):
                given = self.prior[profile] / self.marginals[i][t]
                payoffs[agent] += given * by_types[profile][i].reshape(block)
        names = [
            f"{role}: {t}"
            for role, types in zip(self.roles, self.types, strict=True)
            for t in types
        ]
        actions = [
            labels for labels, count in zip(self.actions, counts, strict=True) for _ in range(count)
        ]
        return NormalForm(payoffs, tuple(actions), tuple(names))

    def to_extensive_form(self) -> ExtensiveForm:
        """Return the tree: chance draws the types, then the roles move in their order, unseen.

        The information sets of a role are labeled by its types, the moves of chance by profiles of
        types. Profiles of probability zero are left out.
        """

        def play(profile: tuple[int, ...], chosen: tuple[int, ...]) -> Node:
            """Let the next role choose, or end with the payoffs."""
            role = len(chosen)
            if role == len(self.roles):
                return Terminal(ends[(*profile, *chosen)].tolist())
            moves = {a: play(profile, (*chosen, k)) for k, a in enumerate(self.actions[role])}
            return Decision(self.roles[role], self.types[role][profile[role]], moves)

        ends = np.moveaxis(self.payoffs, 0, -1)
        drawn = [tuple(profile) for profile in np.argwhere(self.prior).tolist()]
        names = [
            tuple(types[t] for types, t in zip(self.types, profile, strict=True))
            for profile in drawn
        ]
        moves = {name: play(profile, ()) for name, profile in zip(names, drawn, strict=True)}
        chances = [float(self.prior[profile]) for profile in drawn]
        return ExtensiveForm.from_tree(Chance(moves, chances), self.roles)

    @property
    def _by_types(self) -> Array:
        """The payoffs with the role behind the types, shape (T_1, ..., T_N, N, m_1, ..., m_N)."""
        return np.moveaxis(self.payoffs, 0, self.prior.ndim)

    def __repr__(self) -> str:
        actions, types = (" x ".join(map(str, shape)) for shape in (self.shape, self.prior.shape))
        lines = [f"BayesianForm: {actions} actions, {types} types"]
        parts = zip(self.roles, self.actions, self.types, self.marginals, strict=True)
        for role, labels, kinds, chances in parts:
            lines.append(f"  {role}: {', '.join(map(str, labels))}")
            mixed = (f"{t} {p:.6g}" for t, p in zip(kinds, chances.tolist(), strict=True))
            lines.append(f"    types: {', '.join(mixed)}")
        return "\n".join(lines)


def _labels(
    name: str,
    given: Sequence[Sequence[Hashable]],
    roles: Sequence[str],
    shape: Sequence[int],
) -> tuple[tuple[Hashable, ...], ...]:
    """Check the labels of the types or actions of each role."""
    labels = tuple(map(tuple, given)) or default_labels(shape)
    if len(labels) != len(roles):
        raise ValueError(f"{name} must hold labels for {len(roles)} roles, got {len(labels)}")
    for role, names, count in zip(roles, labels, shape, strict=True):
        if len(names) != count:
            raise ValueError(f"{name} of {role} must hold {count} labels, got {len(names)}")
        check_unique(f"{name} of {role}", names)
    return labels
