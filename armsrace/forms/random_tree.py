"""Random games in extensive form, to test and to measure solvers on."""

import numpy as np

from armsrace.forms.arguments import default_roles
from armsrace.forms.extensive import ExtensiveForm
from armsrace.forms.tree import Chance, Decision, Node, Terminal


def random_extensive_form(
    rng: np.random.Generator,
    *,
    roles: int = 2,
    depth: int = 5,
    moves: int = 3,
    zero_sum: bool = False,
) -> ExtensiveForm:
    """Draw a game with chance, hidden information and perfect recall.

    Each node is terminal with probability 1/8 (never the root, always at the full depth), else a
    chance node with probability 1/5, else a decision node of a role drawn at random. A role that
    moves knows its own earlier information sets and actions and one bit drawn at random, nothing
    else. The label of an information set is all it knows: its bits and actions in turn. Payoffs
    are standard normal.

    Parameters
    ----------
    rng
        Where all numbers are drawn from.
    roles
        The number of roles, from 1 to 62.
    depth
        The largest number of moves in a play, from 1 to 900.
    moves
        The largest number of moves at a node, from 2 to 26; each information set, and each chance
        node, has a number drawn from 2, ..., ``moves``.
    zero_sum
        Whether the payoffs of all roles add up to zero at every terminal node.

    Raises
    ------
    ValueError
        When a number is out of range.

    Examples
    --------
    >>> random_extensive_form(np.random.default_rng(0), depth=3)
    ExtensiveForm: 13 nodes, 8 terminal, general-sum
      learner: 2 information sets, 7 sequences
      adversary: 2 information sets, 5 sequences
    """
    for name, value, least, most in (
        ("roles", roles, 1, 62),
        ("depth", depth, 1, 900),
        ("moves", moves, 2, 26),
    ):
        if not least <= value <= most:
            raise ValueError(f"{name} must be from {least} to {most}, got {value}")
    names = default_roles(roles)
    sizes: dict[tuple[int, str], int] = {}

    def size() -> int:
        return int(rng.integers(2, moves + 1))

    def node(left: int, known: tuple[str, ...]) -> Node:
        """Draw a subtree; ``known`` is what each role remembers."""
        if left == 0 or (left < depth and rng.random() < 1 / 8):
            payoffs = rng.normal(size=roles)
            return Terminal((payoffs - zero_sum * payoffs.mean()).tolist())
        if rng.random() < 1 / 5:
            chances = rng.dirichlet(np.ones(size()))
            return Chance({i: node(left - 1, known) for i in range(len(chances))}, chances.tolist())
        role = int(rng.integers(roles))
        label = f"{known[role]}{rng.integers(2)}"
        actions = "abcdefghijklmnopqrstuvwxyz"[: sizes.setdefault((role, label), size())]
        before, after = known[:role], known[role + 1 :]
        return Decision(
            names[role],
            label,
            {a: node(left - 1, (*before, f"{label}{a}", *after)) for a in actions},
        )

    return ExtensiveForm.from_tree(node(depth, ("",) * roles), names)
