"""Games in normal form, to and from QuantEcon.py.

A ``quantecon.game_theory.NormalFormGame`` holds an array for each of its N players, whose axes are
the player's own actions, then those of the players after it and, beginning again with the first,
of those before it. It has no labels.
"""

from typing import TYPE_CHECKING

import numpy as np

from armsrace.forms import NormalForm
from armsrace.interop._peer import check_type, peer

if TYPE_CHECKING:
    from quantecon.game_theory import NormalFormGame


def to_quantecon(form: NormalForm) -> "NormalFormGame":
    """Return a game as a ``quantecon.game_theory.NormalFormGame``; its labels are left out.

    Parameters
    ----------
    form
        The game, of any number of roles. Of an empirical game the mean payoffs are taken.

    Raises
    ------
    ImportError
        When quantecon is not installed.

    Examples
    --------
    >>> chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    >>> game = to_quantecon(chicken)  # doctest: +SKIP
    >>> game.payoff_arrays[1].tolist()  # doctest: +SKIP
    [[0.0, 7.0], [2.0, 6.0]]
    """
    theory = peer("quantecon", "quantecon").game_theory
    players = []
    for i, payoffs in enumerate(form.payoffs):
        order = np.roll(np.arange(payoffs.ndim), -i)
        players.append(theory.Player(payoffs.transpose(order).copy()))
    return theory.NormalFormGame(players)


def from_quantecon(game: "NormalFormGame") -> NormalForm:
    """Return a ``quantecon.game_theory.NormalFormGame`` as a game in normal form.

    Parameters
    ----------
    game
        The game of QuantEcon.py.

    Raises
    ------
    ImportError
        When quantecon is not installed.
    TypeError
        When the game is no ``NormalFormGame``.
    ValueError
        When a payoff is not finite; QuantEcon.py allows it.

    Examples
    --------
    >>> from quantecon.game_theory import NormalFormGame  # doctest: +SKIP
    >>> from_quantecon(NormalFormGame([[4, 3], [3, 2]]))  # doctest: +SKIP
    NormalForm: 2 x 2, general-sum, exact payoffs
      learner: 0, 1
      adversary: 0, 1
    """
    expected = peer("quantecon", "quantecon").game_theory.NormalFormGame
    check_type(game, expected, "quantecon.game_theory.NormalFormGame")
    payoffs = []
    for i, player in enumerate(game.players):
        order = np.roll(np.arange(player.payoff_array.ndim), i)
        payoffs.append(player.payoff_array.transpose(order))
    return NormalForm(np.stack(payoffs))
