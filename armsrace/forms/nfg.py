r"""Games in normal form as text: Gambit's ``.nfg`` files.

A file begins with its name and version, a title, and the names of the players::

    NFG 1 R "Matching pennies" { "learner" "adversary" }

Next come the actions, as ``{ 2 2 }`` or with their labels, ``{ { "heads" "tails" } { ... } }``, and
perhaps a comment, a quoted text. The payoffs follow in one of two dialects. Both go through the
profiles with the action of the first player changing fastest.

*Payoff version*: the payoffs of all players at each profile, without any braces. *Outcome
version*: a list of outcomes in braces, each a label and one payoff a player, ``{ "" 1, -1 }``; then
for each profile the number of its outcome, counted from 1, with 0 for "all payoffs are zero".

Titles, comments and the labels of outcomes mean nothing to a `NormalForm` and are left out. Where
two players, or two actions of one player, have the same label, the default labels stand in.
`armsrace.forms.gamefile` says how tokens are written and why no bit of a payoff is lost.

Source: "The strategic game (.nfg) file format", payoff and outcome version, Gambit documentation,
https://gambitproject.readthedocs.io.
"""

from math import prod

import numpy as np

from armsrace.forms.gamefile import (
    GameFileError,
    Reader,
    decimal,
    quoted,
    read_header,
    unique_labels,
)
from armsrace.forms.normal import Array, NormalForm


def read_nfg(text: str) -> NormalForm:
    """Read a game in normal form from the text of a ``.nfg`` file, in either dialect.

    Parameters
    ----------
    text
        The whole file.

    Raises
    ------
    GameFileError
        When the text is no such file, with the line of the problem.

    Examples
    --------
    >>> read_nfg('NFG 1 R "payoffs" { "row" "column" } { 2 1 }  1/2 -1/2  .5 1e2').payoffs.tolist()
    [[[0.5], [0.5]], [[-0.5], [100.0]]]
    >>> read_nfg('NFG 1 R "outcomes" { "A" "B" } { { "a" "b" } { "c" } } { { "" 1, 2 } } 0 1')
    NormalForm: 2 x 1, general-sum, exact payoffs
      A: a, b
      B: c
    >>> read_nfg('NFG 1 R "cut short" { "row" "column" } { 2 1 } 1 2 3')
    Traceback (most recent call last):
    ...
    armsrace.forms.gamefile.GameFileError: line 1: expected payoff 4 of 4, got the end of the file
    """
    file = Reader(text)
    roles = read_header(file, "NFG", 1)
    shape, actions = _read_actions(file, len(roles))
    if file.kind == "text":
        file.text("a comment")
    read_payoffs = _read_outcomes if file.kind == "open" else _read_payoffs
    payoffs = read_payoffs(file, len(roles), prod(shape))
    file.end()
    return NormalForm(payoffs.reshape(*shape[::-1], len(roles)).T, actions, roles)


def write_nfg(form: NormalForm, title: str = "") -> str:
    """Write a game in normal form as an ``.nfg`` file of the outcome version, with all labels.

    Parameters
    ----------
    form
        The game; of an empirical game the mean payoffs are written.
    title
        The title of the file.

    Raises
    ------
    ValueError
        When a label ends in a backslash.

    Examples
    --------
    >>> print(write_nfg(NormalForm.zero_sum([[1, -1]], actions=[["hold"], ["wait", "flood"]])))
    NFG 1 R "" { "learner" "adversary" }
    <BLANKLINE>
    { { "hold" }
    { "wait" "flood" } }
    ""
    <BLANKLINE>
    {
    { "" 1, -1 }
    { "" -1, 1 }
    }
    1 2
    <BLANKLINE>
    """
    labels = "\n".join("{ " + " ".join(map(quoted, names)) + " }" for names in form.actions)
    rows = _profiles(form).tolist()
    outcomes = "\n".join('{ "" ' + ", ".join(map(decimal, row)) + " }" for row in rows)
    numbers = " ".join(map(str, range(1, len(rows) + 1)))
    return f'{_header(form, title)}\n\n{{ {labels} }}\n""\n\n{{\n{outcomes}\n}}\n{numbers}\n'


def write_nfg_payoffs(form: NormalForm, title: str = "") -> str:
    """Write a game in normal form as an ``.nfg`` file of the payoff version, without labels.

    This is the dialect that every other program reads.

    Parameters
    ----------
    form
        The game; of an empirical game the mean payoffs are written.
    title
        The title of the file.

    Raises
    ------
    ValueError
        When the name of a role ends in a backslash.

    Examples
    --------
    >>> print(write_nfg_payoffs(NormalForm.zero_sum([[1, -1]]), "pennies"))
    NFG 1 R "pennies" { "learner" "adversary" } { 1 2 }
    <BLANKLINE>
    1 -1
    -1 1
    <BLANKLINE>
    """
    counts = " ".join(map(str, form.shape))
    rows = "\n".join(" ".join(map(decimal, row)) for row in _profiles(form).tolist())
    return f"{_header(form, title)} {{ {counts} }}\n\n{rows}\n"


def _read_actions(
    file: Reader, players: int
) -> tuple[tuple[int, ...], tuple[tuple[str, ...], ...]]:
    """Take the number of actions of each player and their labels, none if the file has none."""
    file.open()
    if file.kind == "open":
        lists = [file.texts("the label of an action") for _ in range(players)]
        shape = tuple(map(len, lists))
        actions = tuple(map(unique_labels, lists))
    else:
        shape = tuple(file.integer("a number of actions", least=1) for _ in range(players))
        actions = ()
    if 0 in shape:
        raise GameFileError(file.line, f"every player must have an action, got {shape} actions")
    file.close()
    return shape, actions


def _read_payoffs(file: Reader, players: int, profiles: int) -> Array:
    """Take the payoffs of each profile, shape (profiles, N)."""
    total = profiles * players
    return np.array([file.number(f"payoff {place + 1} of {total}") for place in range(total)])


def _read_outcomes(file: Reader, players: int, profiles: int) -> Array:
    """Take the list of outcomes, then the outcome of each profile, shape (profiles, N)."""
    outcomes = [[0.0] * players]
    file.open()
    while file.kind == "open":
        file.open()
        file.text("the label of an outcome")
        outcomes.append(file.numbers(players, "a payoff"))
        file.close()
    file.close()
    most = len(outcomes) - 1
    chosen = [
        file.integer(f"outcome {place + 1} of {profiles}", most=most) for place in range(profiles)
    ]
    return np.array(outcomes)[chosen]


def _header(form: NormalForm, title: str) -> str:
    return f"NFG 1 R {quoted(title)} {{ {' '.join(map(quoted, form.roles))} }}"


def _profiles(form: NormalForm) -> Array:
    """Return the payoffs of each profile, the first role's action changing fastest."""
    return form.payoffs.T.reshape(-1, len(form.roles))
