"""Games in extensive form.

An *extensive form* is a tree. Play starts at its root. At a *chance* node a move is drawn from
given probabilities; at a *decision* node a role chooses an action; at a *terminal* node the game
ends and every role receives its payoff, which it maximizes. The decision nodes of a role are parted
into *information sets*: it cannot tell the nodes of one set apart, so they have the same actions.
Every role has *perfect recall*: all nodes of an information set follow the same own information
sets and actions, that is, a role never forgets what it knew or did.

The tree is a `networkx.DiGraph`. A terminal node has the attribute ``payoffs``, one number a role;
a decision node has ``role`` and ``information_set``, any hashable label that is unique to the set
within its role; a chance node has none of these. Every edge has ``action``, the label of the move,
and every edge from a chance node has ``probability``. Moves are in the order of the edges. Further
attributes are kept and mean nothing.

Source: H. W. Kuhn, "Extensive games and the problem of information", Contributions to the Theory of
Games II (1953) 193-216.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any, final

import numpy as np

from armsrace.forms.arguments import check_unique, default_roles
from armsrace.forms.normal import NormalForm
from armsrace.forms.role_sequences import check_size
from armsrace.forms.sequence import SequenceForm
from armsrace.forms.sequencing import sequence_form
from armsrace.forms.tree import Chance, Decision, Node, Terminal

if TYPE_CHECKING:
    import networkx as nx

_PAYOFFS = "the payoffs of a normal form"


@final
@dataclass(frozen=True, eq=False, repr=False)
class ExtensiveForm:
    """A game in which roles move one after another, knowing what their information sets tell.

    Parameters
    ----------
    graph
        The tree, with attributes as the module says. Kept as a frozen copy. Most games are written
        more easily with `from_tree`.
    roles
        The names of the roles, in the order of the payoffs. By default ("learner", "adversary")
        when there are two and ("player 1", ..., "player N") otherwise.

    Raises
    ------
    TypeError
        When the graph is not a `networkx.DiGraph`.
    ValueError
        When the graph is not a tree with one root, or is no game: what and, in a `TreeError`, at
        which node. Above all when probabilities do not sum to 1 within 1e-9, the nodes of an
        information set have different actions, or a role lacks perfect recall.
    LookupError
        When a node belongs to an unknown role.

    Examples
    --------
    A learner may plant a honeypot; an intruder that finds a host cannot tell which kind it is.

    >>> def host(captured):
    ...     attack = Terminal([8, -8] if captured else [-2, 2])
    ...     return Decision("adversary", "a host", {"attack": attack, "leave": Terminal([0, 0])})
    >>> planted = Chance({"honeypot": host(True), "real": host(False)}, [1 / 4, 3 / 4])
    >>> game = ExtensiveForm.from_tree(
    ...     Decision("learner", "start", {"plant": planted, "hold": host(False)})
    ... )
    >>> game
    ExtensiveForm: 11 nodes, 6 terminal, zero-sum
      learner: 1 information set, 3 sequences
      adversary: 1 information set, 3 sequences
    >>> game.to_normal_form().payoffs[0].tolist()
    [[0.5, 0.0], [-2.0, 0.0]]
    """

    graph: "nx.DiGraph[Hashable]"
    roles: tuple[str, ...] = ()
    _sequences: SequenceForm = field(init=False)

    def __post_init__(self) -> None:
        import networkx as nx

        if not isinstance(self.graph, nx.DiGraph) or self.graph.is_multigraph():
            raise TypeError(f"graph must be a networkx.DiGraph, got {type(self.graph).__name__}")
        graph = nx.freeze(self.graph.copy())
        for _, attributes in graph.nodes.data():
            if "payoffs" in attributes:
                attributes["payoffs"] = tuple(map(float, attributes["payoffs"]))
        object.__setattr__(self, "graph", graph)
        roles = tuple(self.roles) or default_roles(_count_payoffs(graph))
        check_unique("roles", roles)
        object.__setattr__(self, "roles", roles)
        object.__setattr__(self, "_sequences", sequence_form(graph, self.root, roles))

    @classmethod
    def from_tree(cls, tree: Node, roles: Sequence[str] = ()) -> "ExtensiveForm":
        """Make the game of a tree that is written down as nodes in nodes.

        The nodes of the graph are 0, 1, ... in preorder: each subtree before what comes after it.

        Parameters
        ----------
        tree
            The root, with all that follows it.
        roles
            As in `ExtensiveForm`.
        """
        import networkx as nx

        graph: nx.DiGraph[Hashable] = nx.DiGraph()
        stack: list[tuple[Node, int, dict[str, Any]]] = [(tree, -1, {})]
        while stack:
            node, parent, edge = stack.pop()
            number = len(graph)
            attributes, moves = _attributes_and_moves(node)
            graph.add_node(number, **attributes)
            if parent >= 0:
                graph.add_edge(parent, number, **edge)
            stack.extend((child, number, edge) for child, edge in reversed(moves))
        return cls(graph, tuple(roles))

    @classmethod
    def from_efg(cls, text: str) -> "ExtensiveForm":
        """Read a game from the text of a Gambit ``.efg`` file; see `armsrace.forms.efg`.

        Raises
        ------
        GameFileError
            When the text is no such file, or its game has no perfect recall, with the line of the
            problem.

        Examples
        --------
        >>> ExtensiveForm.from_efg('EFG 2 R "" { "learner" } t "" 1 "" { 3 }')
        ExtensiveForm: 1 nodes, 1 terminal, constant-sum
          learner: 0 information sets, 1 sequence
        """
        from armsrace.forms.efg import read_efg

        return read_efg(text)

    def to_efg(self, title: str = "") -> str:
        """Write the game as a Gambit ``.efg`` file; see `armsrace.forms.efg`.

        No bit of a payoff or a probability is lost. Labels are written as their ``str``.

        Raises
        ------
        ValueError
            When a label ends in a backslash, which the format cannot hold.
        """
        from armsrace.forms.efg import write_efg

        return write_efg(self, title)

    @property
    def root(self) -> Hashable:
        """The node at which play starts.

        Raises
        ------
        ValueError
            When there is not exactly one node without an edge to it; never after construction.
        """
        roots = [node for node, degree in self.graph.in_degree if degree == 0]
        if len(roots) != 1:
            raise ValueError(f"graph must have one root, got {len(roots)}: {roots[:5]}")
        return roots[0]

    def is_constant_sum(self, tolerance: float = 1e-12) -> bool:
        """Tell whether the payoffs of all roles add up to the same at every terminal node.

        Parameters
        ----------
        tolerance
            The largest deviation that passes for rounding, as a share of the largest payoff's size.
        """
        payoffs = self._sequences.payoffs
        return float(np.ptp(payoffs.sum(axis=0))) <= 2 * tolerance * float(np.abs(payoffs).max())

    def is_zero_sum(self, tolerance: float = 1e-12) -> bool:
        """Tell whether the payoffs of all roles add up to zero at every terminal node.

        Parameters
        ----------
        tolerance
            The largest deviation that passes for rounding, as a share of the largest payoff's size.
        """
        payoffs = self._sequences.payoffs
        return float(np.abs(payoffs.sum(axis=0)).max()) <= tolerance * float(np.abs(payoffs).max())

    def sequence_form(self) -> SequenceForm:
        """Return the sequences of each role and what they earn; made once, with the game."""
        return self._sequences

    def to_normal_form(self) -> NormalForm:
        """Return the normal form: each role chooses an action for all its information sets at once.

        Its actions are labeled by their (information set, action) pairs.

        Raises
        ------
        ValueError
            When it has more than 10^7 payoffs; their number is exponential in the information sets.

        Examples
        --------
        >>> from armsrace.forms import kuhn_poker
        >>> kuhn_poker().to_normal_form().shape, kuhn_poker().to_reduced_normal_form().shape
        ((64, 64), (27, 64))
        """
        form = self._sequences
        check_size(len(self.roles) * prod(s.strategy_count for s in form.sequences), _PAYOFFS)
        return form.normal_form([s.strategies() for s in form.sequences])

    def to_reduced_normal_form(self) -> NormalForm:
        """Return the normal form without duplicates: strategies that differ only off their path.

        A strategy chooses at those information sets only that its own actions do not rule out.

        Raises
        ------
        ValueError
            When it has more than 10^7 payoffs.
        """
        form = self._sequences
        check_size(len(self.roles) * prod(s.reduced_count for s in form.sequences), _PAYOFFS)
        return form.normal_form([s.reduced_strategies() for s in form.sequences])

    def __repr__(self) -> str:
        if self.is_zero_sum():
            kind = "zero-sum"
        elif self.is_constant_sum():
            kind = "constant-sum"
        else:
            kind = "general-sum"
        _, *roles = repr(self._sequences).splitlines()
        ends = len(self._sequences.chance)
        return "\n".join(
            [f"ExtensiveForm: {len(self.graph)} nodes, {ends} terminal, {kind}", *roles]
        )


def _attributes_and_moves(node: Node) -> tuple[dict[str, Any], list[tuple[Node, dict[str, Any]]]]:
    """Return the attributes of a node and, for each move, where it leads and its attributes."""
    if isinstance(node, Terminal):
        return {"payoffs": node.payoffs}, []
    if isinstance(node, Decision):
        attributes = {"role": node.role, "information_set": node.information_set}
        return attributes, [(child, {"action": action}) for action, child in node.actions.items()]
    if isinstance(node, Chance):
        drawn = zip(node.moves.items(), node.probabilities, strict=True)
        moves = [(child, {"action": a, "probability": p}) for (a, child), p in drawn]
        return {}, moves
    raise TypeError(f"a node must be a Chance, Decision or Terminal, got {node!r}")


def _count_payoffs(graph: "nx.DiGraph[Hashable]") -> int:
    """Return the number of payoffs at the first terminal node."""
    for _, payoffs in graph.nodes.data("payoffs"):
        if payoffs is not None:
            return len(payoffs)
    raise ValueError("graph must have a terminal node: one with the attribute payoffs")
