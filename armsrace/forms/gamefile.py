r"""Text files of games: what Gambit's ``.nfg`` and ``.efg`` have in common.

A file is a row of *tokens*, parted by white space, which has no other meaning:

========  =======================================================================================
text      Anything between two double quotes, line ends included. A quote inside is written
          ``\"``; any other backslash stands for itself.
number    An integer, a decimal such as ``-2.5``, ``.5`` or ``1e-3``, or a ratio of two integers
          such as ``1/3``.
brace     ``{`` or ``}``.
comma     ``,``, which may stand between numbers and is then skipped.
word      Anything else: ``NFG``, ``EFG``, ``R``, ``D``, ``c``, ``p``, ``t``.
========  =======================================================================================

*Exactness.* A number read from a file is the float64 nearest to what is written. A number written
is the shortest decimal that is nearest to its float64, so that writing and reading back changes no
bit. Probabilities are written as ratios that add up to exactly 1, which Gambit asks for, and which
are nearest to their float64 as well.

Source: "Game representation formats", Gambit documentation, https://gambitproject.readthedocs.io.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from math import isfinite
from typing import Never, final

# Possessive throughout (`*+`): nothing is tried twice, so reading takes linear time.
_TOKEN = re.compile(
    r"""\s*+(?:
        (?P<text>   "(?:[^"\\]++|\\"|\\(?!"))*+" )
      | (?P<number> [+-]?+ (?: [0-9]++/[0-9]++
                             | (?:[0-9]++\.?+[0-9]*+|\.[0-9]++) (?:[eE][+-]?+[0-9]++)?+ )
                    (?=[\s{},"]|\Z) )
      | (?P<open>   \{ )
      | (?P<close>  \} )
      | (?P<comma>  , )
      | (?P<word>   [^\s{},"]++ )
      | (?P<quote>  " )
      | (?P<end>    \Z )
    )""",
    re.VERBOSE,
)


@final
class GameFileError(ValueError):
    """A game file that cannot be read: ``GameFileError(line, problem)``.

    Examples
    --------
    >>> error = GameFileError(3, "expected a number, got '}'")
    >>> str(error), error.line
    ("line 3: expected a number, got '}'", 3)
    """

    @property
    def line(self) -> int:
        """The number of the line with the problem; the first is 1."""
        return int(self.args[0])

    def __str__(self) -> str:
        return f"line {self.args[0]}: {self.args[1]}"


@final
class Reader:
    """A cursor over the tokens of a file; each method takes what it names or says what it met.

    Parameters
    ----------
    text
        The whole file.

    Attributes
    ----------
    kind
        The kind of the next token: "text", "number", "open", "close", "comma", "word", "end", or
        "quote" for a quote that is never closed.
    position
        Where in the text it begins.
    written
        How it is written.

    Raises
    ------
    GameFileError
        From every method, when the next token is not what the method takes.

    Examples
    --------
    >>> file = Reader('NFG 1 R "a title" { 1/4, .5 }')
    >>> file.word("NFG"), file.integer("a version"), file.word("R", "D"), file.text()
    ('NFG', 1, 'R', 'a title')
    >>> file.open(), file.numbers(2), file.close()
    (None, [0.25, 0.5], None)
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = 0
        self._advance()

    @property
    def line(self) -> int:
        """The number of the line on which the next token begins."""
        return self.line_of(self.position)

    def line_of(self, position: int) -> int:
        """Return the number of the line of a position in the text."""
        return self._text.count("\n", 0, position) + 1

    def word(self, *known: str) -> str:
        """Take one of the known words."""
        if self.kind != "word" or self.written not in known:
            self.fail(f"expected {' or '.join(known)}")
        return self._take()

    def text(self, what: str = "a quoted text") -> str:
        """Take a text; ``what`` names it in an error."""
        if self.kind != "text":
            self.fail(f"expected {what}")
        return self._take()[1:-1].replace('\\"', '"')

    def texts(self, what: str) -> list[str]:
        """Take a list of texts in braces."""
        self.open()
        found = []
        while self.kind != "close":
            found.append(self.text(what))
        self.close()
        return found

    def integer(self, what: str, least: int = 0, most: int | None = None) -> int:
        """Take an integer that is not below the least nor above the most."""
        written = self.written
        if self.kind != "number" or not written.lstrip("+-").isdigit() or len(written) > 18:
            self.fail(f"expected {what}")
        if int(written) < least:
            self.fail(f"expected {what}, {least} or more")
        if most is not None and int(written) > most:
            self.fail(f"expected {what}, {most} or less")
        return int(self._take())

    def number(self, what: str = "a number") -> float:
        """Take a number, as the float64 that is nearest to it."""
        if self.kind != "number":
            self.fail(f"expected {what}")
        numerator, _, denominator = self.written.partition("/")
        try:
            value = int(numerator) / int(denominator) if denominator else float(numerator)
        except (ValueError, ArithmeticError):  # too many digits for Python; 1/0; too large
            self.fail(f"expected {what} that float64 can hold")
        if not isfinite(value):
            self.fail(f"expected {what} that float64 can hold")
        self._take()
        return value

    def numbers(self, count: int, what: str = "a number") -> list[float]:
        """Take so many numbers, with or without a comma after each."""
        found = []
        for _ in range(count):
            found.append(self.number(what))
            if self.kind == "comma":
                self._take()
        return found

    def open(self) -> None:
        """Take an opening brace."""
        if self.kind != "open":
            self.fail("expected '{'")
        self._take()

    def close(self) -> None:
        """Take a closing brace."""
        if self.kind != "close":
            self.fail("expected '}'")
        self._take()

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self.kind != "end":
            self.fail("expected the end of the file")

    def fail(self, problem: str) -> Never:
        """Raise the error: the line, the problem, and what the next token is instead."""
        if self.kind == "end":
            got = "the end of the file"
        elif self.kind == "quote":
            got = "a quote that is never closed"
        else:
            got = self.written if len(self.written) <= 40 else f"{self.written[:40]}..."
        raise GameFileError(self.line, f"{problem}, got {got}")

    def _take(self) -> str:
        written = self.written
        self._advance()
        return written

    def _advance(self) -> None:
        token = _TOKEN.match(self._text, self._end)
        assert token is not None  # the kinds leave nothing out
        self.kind = str(token.lastgroup)
        self.position = token.start(self.kind)
        self._end = token.end()
        self.written = token[self.kind]


def read_header(file: Reader, name: str, version: int) -> tuple[str, ...]:
    """Take what begins both kinds of file: their name, version, title and players.

    Returns
    -------
    tuple
        The names of the roles: those of the players or, when two are the same, "player 1", ...
    """
    file.word(name)
    if file.kind == "number" and file.written != str(version):
        file.fail(f"expected version {version} of {name}")
    file.integer("a version")
    file.word("R", "D")
    file.text("a title")
    line = file.line
    players = file.texts("the name of a player")
    if not 1 <= len(players) <= 63:  # payoffs have one axis more, and numpy's arrays 64 at most
        raise GameFileError(line, f"a game must have 1 to 63 players, got {len(players)}")
    if len(set(players)) < len(players):
        return tuple(f"player {number}" for number in range(1, len(players) + 1))
    return tuple(players)


def unique_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the labels, or the numbers 0, 1, ... instead when two labels are the same.

    Examples
    --------
    >>> unique_labels(["up", "down"]), unique_labels(["", ""])
    (('up', 'down'), ('0', '1'))
    """
    return tuple(labels) if len(set(labels)) == len(labels) else tuple(map(str, range(len(labels))))


def quoted(label: object) -> str:
    r"""Write a label as a text.

    Raises
    ------
    ValueError
        When it ends in a backslash, which would take the closing quote with it.

    Examples
    --------
    >>> print(quoted('the "big" one'))
    "the \"big\" one"
    """
    text = str(label)
    if text.endswith("\\"):
        raise ValueError(f"a label in a game file must not end in a backslash, got {text!r}")
    return '"' + text.replace('"', '\\"') + '"'


def decimal(value: float) -> str:
    """Write a number as the shortest decimal that is nearest to this float64 and no other.

    Examples
    --------
    >>> decimal(2.0), decimal(0.1), decimal(1e300)
    ('2', '0.1', '1e300')
    """
    # Gambit does not read the sign of a positive exponent.
    return repr(float(value)).removesuffix(".0").replace("e+", "e")


def ratios(probabilities: Sequence[float]) -> list[str]:
    """Write probabilities as ratios that add up to exactly 1, each nearest to its float64.

    The largest probability is what the others leave of 1. Should that not be nearest to it (the
    float64 numbers may add up to a bit more or less than 1), the probabilities are written as
    decimals, whose sum is as far from 1 as theirs.

    Examples
    --------
    >>> ratios([1 / 3, 1 / 3, 1 / 3]), ratios([0.1, 0.9])
    (['1/3', '1/3', '1/3'], ['1/10', '9/10'])
    """
    largest = max(range(len(probabilities)), key=probabilities.__getitem__)
    for exact in (_simplest, Fraction):
        values = [exact(probability) for probability in probabilities]
        values[largest] = 1 - sum(values[:largest] + values[largest + 1 :], Fraction())
        if float(values[largest]) == probabilities[largest]:
            return list(map(str, values))
    return list(map(decimal, probabilities))


def _simplest(value: float) -> Fraction:
    """Return the first convergent of the continued fraction that is nearest to this float64."""
    rest, divisor = value.as_integer_ratio()
    before, last = (0, 1), (1, 0)
    while last[1] == 0 or last[0] / last[1] != value:
        quotient, remainder = divmod(rest, divisor)
        before, last = last, (quotient * last[0] + before[0], quotient * last[1] + before[1])
        rest, divisor = divisor, remainder
    return Fraction(*last)
