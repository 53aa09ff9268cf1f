"""Games in normal and in extensive form, to and from OpenSpiel.

A game of OpenSpiel is a set of states, each of which knows its moves and the states they lead to.
A game of one simultaneous move becomes a normal form, any other game a tree: the walk visits every
history, so it is for games that are small enough to write down. What a player knows at a state is
the state's information state string, the label of the information set.
"""

from collections.abc import Hashable, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from armsrace.forms import ExtensiveForm, NormalForm
from armsrace.forms.arguments import default_roles
from armsrace.forms.efg import write_efg
from armsrace.forms.gamefile import decimal, unique_labels
from armsrace.forms.role_sequences import check_size
from armsrace.interop._peer import check_type, peer

if TYPE_CHECKING:
    import pyspiel


def to_openspiel(form: NormalForm | ExtensiveForm) -> "pyspiel.Game":
    """Return a game as one of OpenSpiel's.

    Parameters
    ----------
    form
        The game. Labels become their ``str``; of an empirical game the mean payoffs are taken.

    Returns
    -------
    pyspiel.Game
        A ``pyspiel.MatrixGame`` for a normal form of two roles, a ``pyspiel.TensorGame`` for any
        other normal form, an ``efg_game`` for an extensive form. The names of the roles are lost,
        but for an extensive form.

    Raises
    ------
    ImportError
        When open_spiel is not installed.
    ValueError
        When a label of an extensive form ends in a backslash.

    Examples
    --------
    >>> form = NormalForm.zero_sum([[2, -3], [-1, 1]], actions=[["hold", "retrain"], ["0", "1"]])
    >>> game = to_openspiel(form)  # doctest: +SKIP
    >>> game.row_action_name(1), game.col_utilities().tolist()  # doctest: +SKIP
    ('retrain', [[-2.0, 3.0], [1.0, -1.0]])
    """
    pyspiel = peer("pyspiel", "open_spiel")
    if isinstance(form, ExtensiveForm):
        return pyspiel.load_efg_game(write_efg(form, probabilities=_decimals))
    names = [list(map(str, labels)) for labels in form.actions]
    if len(form.roles) == 2:
        return pyspiel.create_matrix_game("armsrace", "armsrace", *names, *form.payoffs)
    payoffs = form.payoffs.reshape(len(form.roles), -1)
    return pyspiel.create_tensor_game("armsrace", "armsrace", names, payoffs.tolist())


def normal_form_from_openspiel(game: "pyspiel.Game") -> NormalForm:
    """Return a game of OpenSpiel in which all move once, at the same time, in normal form.

    Parameters
    ----------
    game
        A ``pyspiel.MatrixGame``, a ``pyspiel.TensorGame``, or any other game of one simultaneous
        move, such as ``blotto``. Every profile is played once.

    Raises
    ------
    ImportError
        When open_spiel is not installed.
    TypeError
        When the game is no ``pyspiel.Game``.
    ValueError
        When the game is not one simultaneous move, or has more than 10^7 payoffs.

    Examples
    --------
    >>> import pyspiel  # doctest: +SKIP
    >>> normal_form_from_openspiel(pyspiel.load_game("matrix_rps"))  # doctest: +SKIP
    NormalForm: 3 x 3, zero-sum, exact payoffs
      learner: Rock, Paper, Scissors
      adversary: Rock, Paper, Scissors
    """
    check_type(game, peer("pyspiel", "open_spiel").Game, "pyspiel.Game")
    start, players = game.new_initial_state(), range(game.num_players())
    if not start.is_simultaneous_node():
        raise ValueError(
            "game must begin with a simultaneous move; "
            "extensive_form_from_openspiel takes any other"
        )
    legal = [start.legal_actions(player) for player in players]
    shape = tuple(map(len, legal))
    check_size(len(shape) * prod(shape), "the payoffs of a normal form")
    payoffs = np.empty((len(shape), *shape))
    for place, profile in zip(np.ndindex(shape), product(*legal), strict=True):
        end = start.clone()
        end.apply_actions(list(profile))
        if not end.is_terminal():
            raise ValueError(
                "game must end after one simultaneous move; "
                "extensive_form_from_openspiel takes any other"
            )
        payoffs[(slice(None), *place)] = end.returns()
    labels = [
        unique_labels([start.action_to_string(player, action) for action in actions])
        for player, actions in zip(players, legal, strict=True)
    ]
    return NormalForm(payoffs, tuple(labels))


def extensive_form_from_openspiel(
    game: "pyspiel.Game", *, max_nodes: int = 100_000
) -> ExtensiveForm:
    """Return a game of OpenSpiel as a tree.

    Simultaneous moves become moves one after another that the later ones do not see.

    Parameters
    ----------
    game
        A finite game whose players have perfect recall and whose chance moves are listed. Its
        players become the roles "learner" and "adversary" when there are two, else "player 1", ...
    max_nodes
        The most nodes that the tree may have: its histories, which Leduc poker has 9457 of and
        tic-tac-toe 549946.

    Returns
    -------
    ExtensiveForm
        Payoffs and probabilities are those of OpenSpiel; an information set is labeled by its
        information state string. The nodes are 0, 1, ... in preorder. Takes some twenty
        microseconds a node.

    Raises
    ------
    ImportError
        When open_spiel is not installed.
    TypeError
        When the game is no ``pyspiel.Game``.
    ValueError
        When the game has more nodes, says not what players know, samples its chance moves or has a
        mean field; in a `TreeError`, when a player lacks perfect recall.

    Examples
    --------
    >>> import pyspiel  # doctest: +SKIP
    >>> extensive_form_from_openspiel(pyspiel.load_game("kuhn_poker"))  # doctest: +SKIP
    ExtensiveForm: 58 nodes, 30 terminal, zero-sum
      learner: 6 information sets, 13 sequences
      adversary: 6 information sets, 13 sequences
    """
    import networkx as nx

    pyspiel = peer("pyspiel", "open_spiel")
    check_type(game, pyspiel.Game, "pyspiel.Game")
    kind = game.get_type()
    if kind.dynamics == pyspiel.GameType.Dynamics.MEAN_FIELD:
        raise ValueError("game must have players, got a mean-field game")
    if kind.chance_mode == pyspiel.GameType.ChanceMode.SAMPLED_STOCHASTIC:
        raise ValueError("game must list its chance moves, but it samples them")
    if kind.dynamics == pyspiel.GameType.Dynamics.SIMULTANEOUS:
        game = pyspiel.convert_to_turn_based(game)
    if not game.get_type().provides_information_state_string:
        raise ValueError("game must provide information state strings: what its players know")
    roles = default_roles(game.num_players())
    graph: nx.DiGraph[Hashable] = nx.DiGraph()
    stack: list[tuple[Any, int, dict[str, Any]]] = [(game.new_initial_state(), -1, {})]
    while stack:
        state, parent, edge = stack.pop()
        node = len(graph)
        if node == max_nodes:
            raise ValueError(f"the tree must have at most {max_nodes} nodes: raise max_nodes")
        attributes, moves = _attributes_and_moves(state, roles)
        graph.add_node(node, **attributes)
        if parent >= 0:
            graph.add_edge(parent, node, **edge)
        stack.extend((state.child(action), node, edge) for action, edge in reversed(moves))
    return ExtensiveForm(graph, roles)


def _attributes_and_moves(
    state: "pyspiel.State", roles: Sequence[str]
) -> tuple[dict[str, Any], list[tuple[int, dict[str, Any]]]]:
    """Return the attributes of a node and, for each move, its action and the edge's attributes."""
    if state.is_terminal():
        return {"payoffs": state.returns()}, []
    if state.is_chance_node():
        drawn = state.chance_outcomes()
        labels = _labels(state, [action for action, _ in drawn])
        moves = zip(drawn, labels, strict=True)
        return {}, [(a, {"action": label, "probability": p}) for (a, p), label in moves]
    actions = state.legal_actions()
    role = roles[state.current_player()]
    attributes = {"role": role, "information_set": state.information_state_string()}
    named = zip(actions, _labels(state, actions), strict=True)
    return attributes, [(action, {"action": label}) for action, label in named]


def _labels(state: "pyspiel.State", actions: Sequence[int]) -> tuple[str, ...]:
    return unique_labels([state.action_to_string(action) for action in actions])


def _decimals(probabilities: Sequence[float]) -> list[str]:
    """Write probabilities as decimals: OpenSpiel reads no long ratios."""
    return list(map(decimal, probabilities))
