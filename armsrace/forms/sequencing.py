"""From a tree to its sequences: one walk that checks the tree and numbers what it finds.

Perfect recall is what makes sequences well defined: a role has it exactly when all nodes of each of
its information sets are reached by one and the same sequence of the role. So the walk that finds
the sequences is also the check.
"""

from collections.abc import Hashable, Iterable, Mapping
from math import fsum, isfinite
from typing import TYPE_CHECKING, Any, TypeVar, final

import numpy as np

from armsrace.forms.normal import Array
from armsrace.forms.role_sequences import Indices, RoleSequences
from armsrace.forms.sequence import SequenceForm

if TYPE_CHECKING:
    import networkx as nx

_Numbers = TypeVar("_Numbers", Array, Indices)


@final
class TreeError(ValueError):
    """A tree that is no extensive form: ``TreeError(problem, node)``.

    Examples
    --------
    >>> error = TreeError("payoffs must hold 2 numbers, got 3", "z")
    >>> str(error), error.node
    ("payoffs must hold 2 numbers, got 3 (at node 'z')", 'z')
    """

    @property
    def node(self) -> Hashable:
        """The node with the problem."""
        node: Hashable = self.args[1]
        return node

    def __str__(self) -> str:
        return f"{self.args[0]} (at node {self.args[1]!r})"


def sequence_form(
    graph: "nx.DiGraph[Hashable]", root: Hashable, roles: tuple[str, ...]
) -> SequenceForm:
    """Walk through a tree, check every node, and return the game's sequence form.

    Takes one step a node. The terminal nodes are in preorder.

    Parameters
    ----------
    graph
        The tree, as `armsrace.forms.extensive` describes it.
    root
        The node without an edge to it.
    roles
        The names of the roles.

    Raises
    ------
    ValueError
        When the graph is not a tree or a node, an information set or a payoff is not in order.
    LookupError
        When a node belongs to an unknown role.
    """
    for node, degree in graph.in_degree:
        if degree > 1:
            raise TreeError(f"a node must have one edge to it, got {degree}", node)
    found = {role: _InformationSets(role) for role in roles}
    index = {role: place for place, role in enumerate(roles)}
    ends: list[tuple[tuple[int, ...], float, list[float]]] = []
    visited = 0
    stack = [(root, (0,) * len(roles), 1.0)]
    while stack:
        node, sequences, chance = stack.pop()
        visited += 1
        attributes, edges = graph.nodes[node], graph.adj[node]
        moves = []
        if "payoffs" in attributes:
            ends.append((sequences, chance, _payoffs(node, attributes, edges, len(roles))))
        elif "role" in attributes:
            role = attributes["role"]
            if role not in index:
                known = ", ".join(roles)
                raise LookupError(f"unknown role {role!r} at node {node!r}; the roles are {known}")
            place = index[role]
            label = _required(node, attributes, "information_set", "a decision node")
            first = found[role].enter(node, label, _actions(node, edges), sequences[place])
            before, after = sequences[:place], sequences[place + 1 :]
            for number, child in enumerate(edges, first):
                moves.append((child, (*before, number, *after), chance))
        else:
            _actions(node, edges)
            for child, probability in zip(edges, _probabilities(node, edges), strict=True):
                moves.append((child, sequences, chance * probability))
        stack.extend(reversed(moves))
    if visited < len(graph):
        raise ValueError(
            f"graph must be a tree, but only {visited} of {len(graph)} nodes follow the root"
        )
    return _assemble(found.values(), ends)


@final
class _InformationSets:
    """The information sets of one role, in the order in which a walk meets them."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._indices: dict[Hashable, int] = {}
        self._actions: list[tuple[Hashable, ...]] = []
        self._parents: list[int] = []
        self._depths: list[int] = []
        self._starts = [1]
        self._owners = [-1]  # the information set of each sequence

    def enter(
        self, node: Hashable, label: Hashable, actions: tuple[Hashable, ...], sequence: int
    ) -> int:
        """Enter an information set by the role's sequence, and return the first that it begins."""
        index = self._indices.setdefault(label, len(self._indices))
        if index == len(self._parents):
            above = self._owners[sequence]
            self._actions.append(actions)
            self._parents.append(sequence)
            self._depths.append(0 if above < 0 else self._depths[above] + 1)
            self._starts.append(self._starts[-1] + len(actions))
            self._owners.extend([index] * len(actions))
        if self._actions[index] != actions:
            raise TreeError(
                f"information set {label!r} of {self._role} must have the same actions at all its "
                f"nodes, got {self._actions[index]} and {actions}",
                node,
            )
        if self._parents[index] != sequence:
            moves = f"{self._last_move(self._parents[index])} and {self._last_move(sequence)}"
            raise TreeError(
                f"information set {label!r} of {self._role} must have perfect recall, "
                f"but its nodes follow different own moves: {moves}",
                node,
            )
        return self._starts[index]

    def _last_move(self, sequence: int) -> str:
        owner = self._owners[sequence]
        if owner < 0:
            return "none"
        label = list(self._indices)[owner]
        return f"{self._actions[owner][sequence - self._starts[owner]]!r} at {label!r}"

    def sorted_by_depth(self) -> tuple[RoleSequences, Indices]:
        """Return the information sets sorted by depth, and the new number of each sequence."""
        depths = np.array(self._depths, dtype=np.intp)
        order = np.argsort(depths, kind="stable")
        starts, labels = np.array(self._starts), list(self._indices)
        spans = [np.arange(starts[h], starts[h + 1]) for h in order]
        numbers = np.zeros(starts[-1], dtype=np.intp)
        numbers[np.concatenate([[0], *spans])] = np.arange(starts[-1])
        role = RoleSequences(
            role=self._role,
            information_sets=tuple(labels[h] for h in order),
            actions=tuple(self._actions[h] for h in order),
            parents=_read_only(numbers[np.array(self._parents, dtype=np.intp)[order]]),
            starts=_read_only(np.cumsum([1, *map(len, spans)])),
            levels=_read_only(np.append(0, np.cumsum(np.bincount(depths)))),
        )
        return role, numbers


def _assemble(
    found: Iterable[_InformationSets], ends: list[tuple[tuple[int, ...], float, list[float]]]
) -> SequenceForm:
    """Number the sequences for good."""
    met, chance, payoffs = zip(*ends, strict=True)
    roles, numbers = zip(*(sets.sorted_by_depth() for sets in found), strict=True)
    terminals = np.array(met, dtype=np.intp).T
    return SequenceForm(
        sequences=roles,
        terminals=_read_only(np.stack([n[t] for n, t in zip(numbers, terminals, strict=True)])),
        chance=_read_only(np.array(chance)),
        payoffs=_read_only(np.array(payoffs).T),
    )


def _required(node: Hashable, attributes: Mapping[str, Any], name: str, what: str) -> Any:
    if name not in attributes:
        raise TreeError(f"{what} must have the attribute {name}", node)
    return attributes[name]


def _actions(node: Hashable, edges: Mapping[Hashable, Mapping[str, Any]]) -> tuple[Hashable, ...]:
    """Return the labels of the moves from a node."""
    if not edges:
        raise TreeError(
            "a node without moves is terminal and must have the attribute payoffs", node
        )
    actions = tuple(_required(node, edge, "action", "every move") for edge in edges.values())
    if len(set(actions)) < len(actions):
        raise TreeError(f"actions must be unique, got {actions}", node)
    return actions


def _probabilities(node: Hashable, edges: Mapping[Hashable, Mapping[str, Any]]) -> list[float]:
    """Return the probabilities of the moves from a chance node."""
    what = "every move of a chance node (a node without a role)"
    values = [float(_required(node, edge, "probability", what)) for edge in edges.values()]
    for value in values:
        if not 0.0 <= value <= 1.0:
            raise TreeError(f"probability must be in [0, 1], got {value:g}", node)
    if abs(fsum(values) - 1.0) > 1e-9:
        raise TreeError(f"probabilities must sum to 1, got {fsum(values):.12g}", node)
    return values


def _payoffs(
    node: Hashable, attributes: Mapping[str, Any], edges: Mapping[Hashable, Any], count: int
) -> list[float]:
    """Return the payoffs at a terminal node."""
    if edges:
        raise TreeError("a node with payoffs is terminal and must have no moves", node)
    payoffs = list(attributes["payoffs"])
    if len(payoffs) != count:
        raise TreeError(f"payoffs must hold {count} numbers, got {len(payoffs)}", node)
    if not all(map(isfinite, payoffs)):
        raise TreeError(f"payoffs must be finite, got {payoffs}", node)
    return payoffs


def _read_only(array: _Numbers) -> _Numbers:
    array.flags.writeable = False
    return array
