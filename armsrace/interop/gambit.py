"""Games in normal and in extensive form, to and from Gambit.

Gambit keeps payoffs and probabilities as rational numbers or decimals. Games pass as the text of
its own files, `armsrace.forms.nfg` and `armsrace.forms.efg`, which keep every bit of a float64.
"""

from collections.abc import Sequence
from fractions import Fraction
from io import StringIO
from typing import TYPE_CHECKING

from armsrace.forms import ExtensiveForm, NormalForm
from armsrace.forms.efg import write_efg
from armsrace.forms.gamefile import ratios
from armsrace.interop._peer import check_type, peer

if TYPE_CHECKING:
    import pygambit


def to_gambit(form: NormalForm | ExtensiveForm) -> "pygambit.Game":
    """Return a game as one of Gambit's.

    Parameters
    ----------
    form
        The game. Labels become their ``str``; of an empirical game the mean payoffs are taken.

    Returns
    -------
    pygambit.Game
        In the same form. Payoffs and probabilities are the same float64 numbers; but Gambit demands
        probabilities that sum to exactly 1, so those that do not, for their rounding, are divided
        by their sum.

    Raises
    ------
    ImportError
        When pygambit is not installed.
    ValueError
        When a label ends in a backslash, or Gambit has its own reason to refuse the game.

    Examples
    --------
    >>> from armsrace.forms import kuhn_poker
    >>> import pygambit  # doctest: +SKIP
    >>> answer = pygambit.nash.lp_solve(to_gambit(kuhn_poker()))  # doctest: +SKIP
    >>> answer.equilibrium.payoffs["learner"]  # doctest: +SKIP
    Rational(-1, 18)
    """
    pygambit = peer("pygambit", "pygambit")
    if isinstance(form, NormalForm):
        return pygambit.read_nfg(StringIO(form.to_nfg()))
    return pygambit.read_efg(StringIO(write_efg(form, probabilities=_exact_ratios)))


def normal_form_from_gambit(game: "pygambit.Game") -> NormalForm:
    """Return a game of Gambit's in normal form, each payoff as the nearest float64.

    Parameters
    ----------
    game
        The game of Gambit. Of one in extensive form this is the reduced normal form, and Gambit
        numbers its strategies.

    Raises
    ------
    ImportError
        When pygambit is not installed.
    TypeError
        When the game is no ``pygambit.Game``.

    Examples
    --------
    >>> import pygambit  # doctest: +SKIP
    >>> game = pygambit.StrategicGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    ... # doctest: +SKIP
    >>> normal_form_from_gambit(game).payoffs.tolist()  # doctest: +SKIP
    [[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]]
    """
    check_type(game, peer("pygambit", "pygambit").gambit.Game, "pygambit.Game")
    return NormalForm.from_nfg(game.to_nfg())


def extensive_form_from_gambit(game: "pygambit.Game") -> ExtensiveForm:
    """Return a game of Gambit's in extensive form, each number as the nearest float64.

    Outcomes at nodes on the way are added to the payoffs at the end.

    Parameters
    ----------
    game
        The game of Gambit, in extensive form.

    Raises
    ------
    ImportError
        When pygambit is not installed.
    TypeError
        When the game is no ``pygambit.ExtensiveGame``.
    GameFileError
        When a player of the game lacks perfect recall.

    Examples
    --------
    >>> from armsrace.forms import matching_pennies
    >>> extensive_form_from_gambit(to_gambit(matching_pennies()))  # doctest: +SKIP
    ExtensiveForm: 7 nodes, 4 terminal, zero-sum
      learner: 1 information set, 3 sequences
      adversary: 1 information set, 3 sequences
    """
    expected = peer("pygambit", "pygambit").ExtensiveGame
    check_type(game, expected, "pygambit.ExtensiveGame")
    return ExtensiveForm.from_efg(game.to_efg())


def _exact_ratios(probabilities: Sequence[float]) -> list[str]:
    """Write probabilities as ratios that add up to exactly 1, whatever their rounding."""
    written = ratios(probabilities)
    total = sum(map(Fraction, written))
    if total == 1:
        return written
    return [str(Fraction(probability) / total) for probability in written]
