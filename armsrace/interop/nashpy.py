"""Games of two, to and from ``nashpy``.

A ``nashpy.Game`` holds the payoff matrix of each of its two players, the first player's actions in
rows in both, as our payoffs are. It has no labels.
"""

from typing import TYPE_CHECKING

from armsrace.forms import NormalForm
from armsrace.interop._peer import check_type, peer

if TYPE_CHECKING:
    import nashpy


def to_nashpy(form: NormalForm) -> "nashpy.Game":
    """Return a game of two as a ``nashpy.Game``; its labels are left out.

    Parameters
    ----------
    form
        A game of two roles. Of an empirical game the mean payoffs are taken.

    Raises
    ------
    ImportError
        When nashpy is not installed.
    ValueError
        When the game does not have two roles.

    Examples
    --------
    >>> game = to_nashpy(NormalForm.zero_sum([[1, -1], [-1, 1]]))  # doctest: +SKIP
    >>> [[strategy.tolist() for strategy in pair] for pair in game.support_enumeration()]
    ... # doctest: +SKIP
    [[[0.5, 0.5], [0.5, 0.5]]]
    """
    nashpy = peer("nashpy", "nashpy")
    if len(form.roles) != 2:
        raise ValueError(f"a nashpy.Game has two roles, got {len(form.roles)}: {form.roles}")
    return nashpy.Game(*form.payoffs.copy())


def from_nashpy(game: "nashpy.Game") -> NormalForm:
    """Return a ``nashpy.Game`` as a game of two in normal form.

    Parameters
    ----------
    game
        The game of nashpy.

    Raises
    ------
    ImportError
        When nashpy is not installed.
    TypeError
        When the game is no ``nashpy.Game``.

    Examples
    --------
    >>> import nashpy  # doctest: +SKIP
    >>> from_nashpy(nashpy.Game([[3, 0], [5, 1]], [[3, 5], [0, 1]]))  # doctest: +SKIP
    NormalForm: 2 x 2, general-sum, exact payoffs
      learner: 0, 1
      adversary: 0, 1
    """
    check_type(game, peer("nashpy", "nashpy").Game, "nashpy.Game")
    return NormalForm.from_bimatrix(*game.payoff_matrices)
