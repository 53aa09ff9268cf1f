"""Trees, node by node: how an extensive form is written down.

A tree is a node that holds its subtrees: a `Chance` node draws one of them, a `Decision` lets a
role choose one, a `Terminal` node ends the game with payoffs. `ExtensiveForm.from_tree` makes the
game of a tree. A subtree may be used at several places; each place then is a node of its own.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final


@final
@dataclass(frozen=True, eq=False, repr=False)
class Terminal:
    """The end of the game.

    Parameters
    ----------
    payoffs
        One number for each role, in the order of the roles.

    Examples
    --------
    >>> Terminal([1, -1]).payoffs
    (1.0, -1.0)
    """

    payoffs: Sequence[float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "payoffs", tuple(map(float, self.payoffs)))


@final
@dataclass(frozen=True, eq=False, repr=False)
class Chance:
    """A draw of one of several moves.

    Parameters
    ----------
    moves
        For the label of each move, the node that it leads to. Kept as a copy.
    probabilities
        The probability of each move, in their order; by default all are equally likely.

    Raises
    ------
    ValueError
        When there is no move, or not one probability for each.

    Examples
    --------
    >>> coin = Chance({"heads": Terminal([1, -1]), "tails": Terminal([-1, 1])})
    >>> coin.probabilities
    (0.5, 0.5)
    """

    moves: Mapping[Any, "Node"]
    probabilities: Sequence[float] = ()

    def __post_init__(self) -> None:
        moves = dict(self.moves)
        if not moves:
            raise ValueError("moves must hold one move or more; the end of the game is a Terminal")
        probabilities = tuple(self.probabilities) or (1.0 / len(moves),) * len(moves)
        if len(probabilities) != len(moves):
            raise ValueError(
                f"probabilities must hold one number for each of {len(moves)} moves, "
                f"got {len(probabilities)}"
            )
        object.__setattr__(self, "moves", moves)
        object.__setattr__(self, "probabilities", probabilities)


@final
@dataclass(frozen=True, eq=False, repr=False)
class Decision:
    """A choice of one of several actions by a role.

    Parameters
    ----------
    role
        The role that chooses.
    information_set
        The label of the information set, any hashable object: what the role knows. Nodes of one
        role with the same label cannot be told apart by it, so they have the same actions.
    actions
        For the label of each action, the node that it leads to. Kept as a copy.

    Raises
    ------
    ValueError
        When there is no action.

    Examples
    --------
    >>> choice = Decision("learner", "now", {"hold": Terminal([0]), "retrain": Terminal([1])})
    >>> list(choice.actions), choice.actions["retrain"].payoffs
    (['hold', 'retrain'], (1.0,))
    """

    role: str
    information_set: Hashable
    actions: Mapping[Any, "Node"]

    def __post_init__(self) -> None:
        actions = dict(self.actions)
        if not actions:
            raise ValueError(
                "actions must hold one action or more; the end of the game is a Terminal"
            )
        object.__setattr__(self, "actions", actions)


Node = Terminal | Chance | Decision
"""A node of a tree, with all that follows it."""
