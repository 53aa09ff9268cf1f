r"""Games in extensive form as text: Gambit's ``.efg`` files.

A file begins with its name and version, a title, the names of the players and perhaps a comment;
then come the nodes in preorder, each subtree before what comes after it::

    EFG 2 R "A bluff" { "learner" "adversary" }
    "The comment"
    c "" 1 "" { "strong" 1/2 "weak" 1/2 } 0
    p "" 1 1 "strong" { "bet" "fold" } 0
    t "" 1 "won" { 1, -1 }
    ...

``c``, *chance*: the name of the node, the number and label of its information set, the moves with
their probabilities, the outcome. ``p``, *personal*: the name, the number of the player (from 1),
the number and label of the information set, the actions, the outcome. ``t``, *terminal*: the name,
the outcome. An *outcome* is a number, then its label and the payoffs in braces; 0, alone, stands
for none. Where an information set or an outcome occurs again, its number is enough.

*Outcomes on the way.* An outcome at a chance or personal node is received when play passes. An
`ExtensiveForm` has payoffs at terminal nodes only, so each terminal node gets the sum along its
path, the float64 nearest to it. A zero leaves what it is added to as it is, its sign included.

*Labels.* The names of nodes are kept in their attribute ``name``. An information set is labeled as
in the file when all sets of its player have different labels, none of them empty, and else by its
number. Actions of a node with equal labels are numbered. Titles, comments, the labels of outcomes
and the information sets of chance are left out. `armsrace.forms.gamefile` says how tokens are
written and why no bit of a payoff or a probability is lost.

Source: "The extensive game (.efg) file format", Gambit documentation,
https://gambitproject.readthedocs.io.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from fractions import Fraction
from typing import Any, final

from armsrace.forms.extensive import ExtensiveForm
from armsrace.forms.gamefile import (
    GameFileError,
    Reader,
    decimal,
    quoted,
    ratios,
    read_header,
    unique_labels,
)
from armsrace.forms.sequencing import TreeError

_Attributes = dict[str, Any]
_Sums = tuple[float | Fraction, ...]


def read_efg(text: str) -> ExtensiveForm:
    """Read a game in extensive form from the text of an ``.efg`` file.

    The nodes of the graph are 0, 1, ... in the order of the file.

    Parameters
    ----------
    text
        The whole file.

    Raises
    ------
    GameFileError
        When the text is no such file, or its game has no perfect recall, with the line of the
        problem.

    Examples
    --------
    >>> form = read_efg('''EFG 2 R "One choice" { "learner" }
    ... p "root" 1 1 "now" { "hold" "retrain" } 0
    ... t "" 1 "as before" { 0 }
    ... t "" 2 "cleaner" { 3/2 }''')
    >>> form.graph.nodes[0], form.graph.nodes[2]
    ({'name': 'root', 'role': 'learner', 'information_set': 'now'}, {'name': '', 'payoffs': (1.5,)})
    >>> read_efg('''EFG 2 R "No end" { "learner" }
    ... p "root" 1 1 "now" { "hold" "retrain" } 0
    ... t "" 1 "as before" { 0 }''')
    Traceback (most recent call last):
    ...
    armsrace.forms.gamefile.GameFileError: line 3: expected c or p or t, got the end of the file
    """
    import networkx as nx

    file = Reader(text)
    roles = read_header(file, "EFG", 2)
    if file.kind == "text":
        file.text("a comment")
    parts = _Parts(file, roles)
    graph: nx.DiGraph[Hashable] = nx.DiGraph()
    positions = []
    stack: list[tuple[int, _Attributes, _Sums]] = [(-1, {}, (0.0,) * len(roles))]
    while stack:
        parent, edge, received = stack.pop()
        node, position = len(graph), file.position
        kind = file.word("c", "p", "t")
        graph.add_node(node, name=file.text("the name of the node"))
        if parent >= 0:
            graph.add_edge(parent, node, **edge)
        moves = []
        if kind == "c":
            moves = parts.chance()
        elif kind == "p":
            moves = parts.decision(node)
        received = parts.add_outcome(received)
        if kind == "t":
            try:
                graph.nodes[node]["payoffs"] = tuple(map(float, received))
            except OverflowError as error:
                problem = "payoffs on a path must have a sum that float64 can hold"
                raise GameFileError(file.line_of(position), problem) from error
        stack.extend((node, move, received) for move in reversed(moves))
        positions.append(position)
    file.end()
    graph.add_nodes_from(parts.decisions())
    try:
        return ExtensiveForm(graph, roles)
    except TreeError as error:
        raise GameFileError(file.line_of(positions[error.args[1]]), error.args[0]) from error


def write_efg(
    form: ExtensiveForm,
    title: str = "",
    *,
    probabilities: Callable[[Sequence[float]], Sequence[str]] = ratios,
) -> str:
    """Write a game in extensive form as an ``.efg`` file.

    Equal payoffs are one outcome. Labels are written as their ``str``, and the attribute ``name``
    of a node, if it has one, as its name.

    Parameters
    ----------
    form
        The game.
    title
        The title of the file.
    probabilities
        What writes the probabilities of the moves from a chance node; by default as ratios that
        add up to exactly 1, as Gambit demands. Other programs cannot read such long numbers.

    Raises
    ------
    ValueError
        When a label ends in a backslash.

    Examples
    --------
    >>> from armsrace.forms import matching_pennies
    >>> print(write_efg(matching_pennies(), "pennies"))
    EFG 2 R "pennies" { "learner" "adversary" }
    ""
    <BLANKLINE>
    p "" 1 1 "first" { "heads" "tails" } 0
    p "" 2 1 "unseen" { "heads" "tails" } 0
    t "" 1 "" { 1, -1 }
    t "" 2 "" { -1, 1 }
    p "" 2 1 "unseen" { "heads" "tails" } 0
    t "" 2 "" { -1, 1 }
    t "" 1 "" { 1, -1 }
    <BLANKLINE>
    """
    import networkx as nx

    players = " ".join(map(quoted, form.roles))
    lines = [f"EFG 2 R {quoted(title)} {{ {players} }}", '""', ""]
    sets: list[dict[Hashable, int]] = [{} for _ in form.roles]
    # By text, not by value: 0.0 and -0.0 are equal and yet two outcomes.
    outcomes: dict[str, int] = {}
    chances = 0
    for node in nx.dfs_preorder_nodes(form.graph, form.root):
        attributes, edges = form.graph.nodes[node], form.graph.adj[node].values()
        name = quoted(attributes.get("name", ""))
        actions = [quoted(edge["action"]) for edge in edges]
        if "payoffs" in attributes:
            payoffs = tuple(map(float, attributes["payoffs"]))
            number = outcomes.setdefault(str(payoffs), len(outcomes) + 1)
            lines.append(f't {name} {number} "" {{ {", ".join(map(decimal, payoffs))} }}')
        elif "role" in attributes:
            player = form.roles.index(attributes["role"])
            label = attributes["information_set"]
            number = sets[player].setdefault(label, len(sets[player]) + 1)
            listed = " ".join(actions)
            lines.append(f"p {name} {player + 1} {number} {quoted(label)} {{ {listed} }} 0")
        else:
            chances += 1
            chance = probabilities([float(edge["probability"]) for edge in edges])
            listed = " ".join(f"{a} {p}" for a, p in zip(actions, chance, strict=True))
            lines.append(f'c {name} {chances} "" {{ {listed} }} 0')
    return "\n".join([*lines, ""])


@final
class _Parts:
    """Takes the parts of nodes from a file, and remembers what has been defined."""

    def __init__(self, file: Reader, roles: Sequence[str]) -> None:
        self._file = file
        self._roles = roles
        self._chances: dict[int, list[_Attributes]] = {}
        self._actions: dict[tuple[int, int], tuple[str, ...]] = {}  # by player and number
        self._labels: list[dict[int, str]] = [{} for _ in roles]  # for each player by number
        self._members: list[tuple[int, int, int]] = []  # node, player, number
        self._outcomes: dict[int, list[float]] = {}

    def chance(self) -> list[_Attributes]:
        """Take the information set of a chance node and return its moves."""
        file = self._file
        number = file.integer("the number of an information set")
        if file.kind == "text":
            file.text()
            file.open()
            labels: list[str] = []
            probabilities: list[float] = []
            while file.kind != "close" or not labels:
                labels.append(file.text("the label of a move"))
                probabilities.append(file.number("the probability of a move"))
            file.close()
            moves = zip(unique_labels(labels), probabilities, strict=True)
            self._chances[number] = [{"action": a, "probability": p} for a, p in moves]
        elif number not in self._chances:
            file.fail(f"expected the moves of the new information set {number} of chance")
        return self._chances[number]

    def decision(self, node: int) -> list[_Attributes]:
        """Take the player and the information set of a personal node and return its moves."""
        file = self._file
        player = file.integer("the number of a player", 1, len(self._roles)) - 1
        number = file.integer("the number of an information set")
        known = self._actions.get((player, number))
        if file.kind == "text":
            position, label = file.position, file.text()
            actions = unique_labels(file.texts("the label of an action"))
            if not actions:
                raise GameFileError(file.line_of(position), "there must be an action")
            if known is not None and known != actions:
                problem = f"information set {number} must have actions {known} again, got {actions}"
                raise GameFileError(file.line_of(position), problem)
            self._actions[player, number] = known = actions
            self._labels[player].setdefault(number, label)
        elif known is None:
            file.fail(f"expected the actions of the new information set {number}")
        self._members.append((node, player, number))
        return [{"action": action} for action in known]

    def add_outcome(self, received: _Sums) -> _Sums:
        """Take the outcome of a node and add it to what has been received on the way there."""
        file = self._file
        position = file.position
        number = file.integer("the number of an outcome")
        if number and file.kind in ("text", "open"):
            if file.kind == "text":
                file.text()
            file.open()
            payoffs = file.numbers(len(self._roles), "a payoff")
            file.close()
            known = self._outcomes.setdefault(number, payoffs)
            if known != payoffs:
                problem = f"outcome {number} must have payoffs {known} again, got {payoffs}"
                raise GameFileError(file.line_of(position), problem)
        if not number:
            return received
        if number not in self._outcomes:
            file.fail(f"expected the payoffs of the new outcome {number}")
        payoffs = self._outcomes[number]
        return tuple(map(_sum, received, payoffs))

    def decisions(self) -> Iterator[tuple[int, _Attributes]]:
        """Return each personal node with its attributes: role and label of the information set."""
        labels: list[dict[int, str]] = []
        for given in self._labels:
            is_good = "" not in given.values() and len(set(given.values())) == len(given)
            labels.append({number: given[number] if is_good else str(number) for number in given})
        for node, player, number in self._members:
            label = labels[player][number]
            yield node, {"role": self._roles[player], "information_set": label}


def _sum(received: float | Fraction, payoff: float) -> float | Fraction:
    """Add exactly; a fraction has no -0.0, so a zero is not added."""
    return Fraction(received) + Fraction(payoff) if received and payoff else received or payoff
