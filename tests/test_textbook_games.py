"""Published and textbook games with their exact answers, against every solver that applies.

Strategies are written as fractions, the roles parted by a bar and the equilibria by a semicolon;
pure profiles as indices of actions.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import final

import numpy as np
import pytest
from numpy.typing import ArrayLike

from armsrace.forms import (
    BayesianForm,
    Chance,
    Decision,
    ExtensiveForm,
    NormalForm,
    Terminal,
    beer_quiche,
    kuhn_poker,
    leduc_poker,
    matching_pennies,
)
from armsrace.forms.normal import Array
from armsrace.forms.tree import Node
from armsrace.solvers import (
    Equilibrium,
    cfr_plus,
    correlated,
    equilibrium_components,
    exact_enumeration,
    fictitious_play,
    iterated_dominance,
    lemke_howson_all,
    minimax,
    nash_by_logit,
    pure_equilibria,
    sequence_form_lp,
    stackelberg,
    support_enumeration,
    vertex_enumeration,
)

REGRET = 1e-8

two = NormalForm.from_bimatrix
zero_sum = NormalForm.zero_sum

Strategy = tuple[Fraction, ...]
Profile = tuple[Strategy, ...]


@final
@dataclass(frozen=True)
class Case:
    """A game in normal form and what is known of it.

    `equilibria` are all extreme ones of a game of two, and `count` is their number, where it is too
    large to list them; `components` is the number of connected sets that they span, by default
    each its own; a game is `degenerate` when some strategy has more best replies than it plays
    actions. `among` are some equilibria, `pure` all pure ones (by default read off
    `equilibria`), `value` is what the learner earns in a zero-sum game, `welfare` the largest sum
    of payoffs in a correlated equilibrium, `commitment` what each leader can get, `survivors` are
    the actions that iterated dominance leaves, `unique` is the only equilibrium of a game of more
    than two, and `cycles` says that fictitious play does not converge.
    """

    name: str
    source: str
    form: NormalForm
    equilibria: str = ""
    count: int | None = None
    components: int | None = None
    degenerate: bool = False
    among: str = ""
    unique: str = ""
    pure: str | None = None
    value: str = ""
    welfare: str = ""
    commitment: Mapping[str, str] = field(default_factory=dict)
    survivors: tuple[tuple[int, ...], ...] = ()
    cycles: bool = False


@final
@dataclass(frozen=True)
class Tree:
    """A zero-sum game in extensive form, what it is worth to the learner, and how exactly."""

    name: str
    source: str
    form: ExtensiveForm
    value: float
    tolerance: float = 1e-10


def profiles(text: str) -> list[Profile]:
    return [
        tuple(tuple(map(Fraction, own.split())) for own in profile.split("|"))
        for profile in text.split(";")
        if profile
    ]


def symmetric(payoffs: ArrayLike) -> NormalForm:
    matrix = np.asarray(payoffs, dtype=float)
    return NormalForm.from_bimatrix(matrix, matrix.T)


def crowd(players: int, earns: Callable[[int, int], float]) -> NormalForm:
    """Let each of several play 0 or 1, and earn by its action and how many others play 1."""
    payoffs = np.zeros((players, *[2] * players))
    for profile in product(range(2), repeat=players):
        for player, action in enumerate(profile):
            payoffs[(player, *profile)] = earns(action, sum(profile) - action)
    return NormalForm(payoffs)


def circulant(size: int, steps: Iterable[int]) -> NormalForm:
    """Let action i beat the actions i + step, modulo the size."""
    matrix = np.zeros((size, size))
    for i, step in product(range(size), steps):
        matrix[i, (i + step) % size], matrix[(i + step) % size, i] = 1, -1
    return zero_sum(matrix)


def morra(fingers: int) -> NormalForm:
    """Show some fingers and guess the other's: who alone is right wins all fingers shown."""
    moves = list(product(range(1, fingers + 1), repeat=2))
    return zero_sum([[(s + t) * (int(g == t) - int(h == s)) for t, h in moves] for s, g in moves])


def travelers(low: int, high: int) -> NormalForm:
    claims = range(low, high + 1)
    return symmetric([[min(a, b) + 2 * ((a < b) - (a > b)) for b in claims] for a in claims])


def blotto(mine: int, theirs: int) -> NormalForm:
    """Split regiments over two posts: a post won is worth 1 and the regiments beaten there."""

    def post(a: int, b: int) -> int:
        return (a > b) * (b + 1) - (a < b) * (a + 1)

    return zero_sum(
        [
            [post(a, b) + post(mine - a, theirs - b) for b in range(theirs + 1)]
            for a in range(mine + 1)
        ]
    )


def lines_through_cells(size: int) -> NormalForm:
    """Seek a cell of a square board by naming its row or its column."""
    cells = list(product(range(size), repeat=2))
    return zero_sum([[cell[axis] == k for cell in cells] for axis in (0, 1) for k in range(size)])


def mendelsohn(highest: int) -> NormalForm:
    """Name a number: one more than the other wins 1, two or more above it lose 2."""
    above = (0, 1, *[-2] * (highest - 2))
    numbers = range(highest)
    return zero_sum([[above[a - b] if a >= b else -above[b - a] for b in numbers] for a in numbers])


def jordan() -> NormalForm:
    """Let the first match the second, the second the third, the third mismatch the first."""
    payoffs = np.zeros((3, 2, 2, 2))
    for a, b, c in product(range(2), repeat=3):
        payoffs[:, a, b, c] = a == b, b == c, c != a
    return NormalForm(payoffs)


def selten_horse() -> NormalForm:
    def third(left: list[float], right: list[float]) -> Node:
        return Decision("third", "asked", {"L": Terminal(left), "R": Terminal(right)})

    across = {"c": Terminal([1, 1, 1]), "d": third([4, 4, 0], [0, 0, 1])}
    down = third([3, 3, 2], [0, 0, 0])
    tree = Decision("first", "start", {"C": Decision("second", "asked", across), "D": down})
    return ExtensiveForm.from_tree(tree, ["first", "second", "third"]).to_normal_form()


def meeting_or_avoiding() -> NormalForm:
    """Battle of the sexes with a second role who wants to meet or to avoid the first."""
    first = [[2, 0], [0, 1]]
    payoffs = [[[first, first]], [[[[1, 0], [0, 2]], [[0, 2], [1, 0]]]]]
    return BayesianForm(np.array(payoffs, dtype=float), np.array([[0.5, 0.5]])).to_normal_form()


def won(chips: float) -> Terminal:
    return Terminal([chips, -chips])


def bluff(winning: float, bet: float) -> ExtensiveForm:
    """Bet on a card that only the learner sees, or show it for the ante of 1."""

    def moves(sign: int) -> Node:
        answers = {"call": won(sign * (1 + bet)), "fold": won(1)}
        shown = won(sign)
        card = "good" if sign > 0 else "bad"
        return Decision(
            "learner", card, {"bet": Decision("adversary", "bet", answers), "show": shown}
        )

    return ExtensiveForm.from_tree(
        Chance({"good": moves(1), "bad": moves(-1)}, [winning, 1 - winning])
    )


def inspections(stages: int, visits: int) -> ExtensiveForm:
    """Let the inspector choose stages to visit; the first violation ends the game."""

    def stage(left: int, visits: int, seen: str) -> Node:
        if not left:
            return won(0)

        def answered(after: Node, caught: int) -> Node:
            return Decision("adversary", seen, {"legal": after, "violate": won(caught)})

        moves = {"stay": answered(stage(left - 1, visits, seen + "s"), -1)}
        if visits:
            moves["visit"] = answered(stage(left - 1, visits - 1, seen + "v"), 1)
        return Decision("learner", seen, moves)

    return ExtensiveForm.from_tree(stage(stages, visits, ""))


# fmt: off
GAMES = [
    # Two by two.
    Case("prisoner's dilemma", "Tucker 1950; payoffs of Axelrod 1984", symmetric([[3, 0], [5, 1]]),
         "0 1|0 1", welfare="2", commitment={"learner": "1"}, survivors=((1,), (1,))),
    Case("deadlock", "folklore", symmetric([[1, 0], [3, 2]]), "0 1|0 1", welfare="4",
         survivors=((1,), (1,))),
    Case("stag hunt", "Rousseau 1755; payoffs of Skyrms 2004", symmetric([[4, 0], [3, 3]]),
         "1 0|1 0; 0 1|0 1; 3/4 1/4|3/4 1/4", welfare="8", commitment={"learner": "4"}),
    Case("chicken", "Aumann 1974", symmetric([[0, 7], [2, 6]]),
         "1 0|0 1; 0 1|1 0; 1/3 2/3|1/3 2/3", welfare="21/2", commitment={"learner": "7"}),
    Case("hawk-dove", "Maynard Smith, Price 1973; V = 2, C = 4", symmetric([[-1, 2], [0, 1]]),
         "1 0|0 1; 0 1|1 0; 1/2 1/2|1/2 1/2", welfare="2", commitment={"adversary": "2"}),
    Case("battle of the sexes", "Luce, Raiffa 1957, section 5.3",
         two([[2, 0], [0, 1]], [[1, 0], [0, 2]]), "1 0|1 0; 0 1|0 1; 2/3 1/3|1/3 2/3", welfare="3",
         commitment={"learner": "2", "adversary": "2"}),
    Case("hi-lo", "Bacharach 2006", symmetric([[2, 0], [0, 1]]),
         "1 0|1 0; 0 1|0 1; 1/3 2/3|1/3 2/3", welfare="4", commitment={"learner": "2"}),
    Case("matching pennies", "von Neumann 1928", zero_sum([[1, -1], [-1, 1]]),
         "1/2 1/2|1/2 1/2", value="0", commitment={"learner": "0"}),
    Case("odd or even", "Ferguson, Game Theory, part II, section 1", zero_sum([[-2, 3], [3, -4]]),
         "7/12 5/12|7/12 5/12", value="1/12"),
    Case("silver dollar", "Ferguson, Game Theory, part II; find it with 1/2 or 1/3",
         zero_sum(np.diag([1 / 2, 1 / 3])), "2/5 3/5|2/5 3/5", value="1/5"),
    Case("Bismarck Sea", "Haywood 1954", zero_sum([[2, 2], [1, 3]]), "1 0|1 0; 1 0|1/2 1/2",
         components=1, degenerate=True, value="2"),
    Case("penalty kicks", "Palacios-Huerta 2003, in hundredths of a percent",
         zero_sum([[5830, 9497], [9291, 6992]]),
         "2299/5966 3667/5966|2505/5966 3461/5966", value="2498593/314"),
    Case("asymmetric pennies, 320", "Goeree, Holt 2001", two([[320, 40], [40, 80]],
         [[40, 80], [80, 40]]), "1/2 1/2|1/8 7/8"),
    Case("asymmetric pennies, 44", "Goeree, Holt 2001", two([[44, 40], [40, 80]],
         [[40, 80], [80, 40]]), "1/2 1/2|10/11 1/11"),
    Case("inspection game", "Turocy, von Stengel 2001", two([[0, -10], [-1, -6]],
         [[0, 10], [0, -90]]), "9/10 1/10|4/5 1/5", commitment={"learner": "-1/10"}),
    Case("quality choice", "Turocy, von Stengel 2001", two([[2, 0], [3, 1]], [[2, 1], [0, 1]]),
         "0 1|0 1", welfare="2", commitment={"learner": "5/2"}, survivors=((1,), (1,))),
    Case("Bagwell", "Bagwell 1995", two([[5, 3], [6, 4]], [[2, 1], [3, 4]]), "0 1|0 1", welfare="8",
         commitment={"learner": "11/2"}, survivors=((1,), (1,))),
    Case("commitment", "Conitzer, Sandholm 2006", two([[2, 4], [1, 3]], [[1, 0], [0, 1]]),
         "1 0|1 0", commitment={"learner": "7/2"}, survivors=((0,), (0,))),
    Case("patrol", "Paruchuri and others 2008", two([[2, 4], [1, 3]], [[1, 0], [0, 2]]),
         "1 0|1 0", commitment={"learner": "11/3"}, survivors=((0,), (0,))),
    Case("trust", "Kreps 1990", two([[0, 0], [10, -5]], [[0, 0], [10, 15]]),
         "1 0|0 1; 1 0|1/3 2/3", components=1, degenerate=True,
         commitment={"adversary": "40/3", "learner": "0"}),
    Case("chain store", "Selten 1978", two([[1, 1], [2, 0]], [[5, 5], [2, 0]]),
         "0 1|1 0; 1 0|0 1; 1 0|1/2 1/2", components=2, degenerate=True, welfare="6",
         commitment={"adversary": "5"}),
    Case("small ultimatum", "Gale, Binmore, Samuelson 1995", two([[2, 2], [3, 0]],
         [[2, 2], [1, 0]]), "0 1|1 0; 1 0|0 1; 1 0|2/3 1/3", components=2, degenerate=True,
         commitment={"learner": "3", "adversary": "2"}),
    Case("Nash 1", "Nash 1951, example 1", two([[5, -4], [-5, 3]], [[-3, 4], [5, -4]]),
         "9/16 7/16|7/17 10/17"),
    Case("Nash 2", "Nash 1951, example 2", two([[1, -10], [10, -1]], [[1, 10], [-10, -1]]),
         "0 1|0 1", survivors=((1,), (1,))),
    Case("Nash 3", "Nash 1951, example 3", symmetric([[1, -10], [-10, 1]]),
         "1 0|1 0; 0 1|0 1; 1/2 1/2|1/2 1/2", welfare="2"),
    Case("Nash 4", "Nash 1951, example 4", two([[1, 0], [1, 0]], [[1, 1], [0, 0]]),
         "1 0|1 0; 1 0|0 1; 0 1|1 0; 0 1|0 1", components=1, degenerate=True, welfare="2",
         survivors=((0, 1), (0, 1))),
    Case("Nash 5", "Nash 1951, example 5", two([[1, -1], [-4, 2]], [[2, -4], [-1, 1]]),
         "1 0|1 0; 0 1|0 1; 1/4 3/4|3/8 5/8", welfare="3"),
    Case("Nash 6", "Nash 1951, example 6", symmetric([[1, 0], [0, 0]]), "1 0|1 0; 0 1|0 1",
         degenerate=True, welfare="2", survivors=((0, 1), (0, 1))),
    Case("Braess without the link", "Braess 1968, of two drivers", symmetric([[-9, -7], [-7, -9]]),
         "1 0|0 1; 0 1|1 0; 1/2 1/2|1/2 1/2", welfare="-14"),

    # Larger games of two.
    Case("Braess with the link", "Braess 1968, of two drivers",
         symmetric([[-9, -7, -9], [-7, -9, -9], [-6, -6, -8]]), "0 0 1|0 0 1", welfare="-16",
         survivors=((2,), (2,))),
    Case("rock-paper-scissors", "folklore", circulant(3, [2]), "1/3 1/3 1/3|1/3 1/3 1/3",
         value="0"),
    Case("weighted rock-paper-scissors", "Kaplansky 1945",
         zero_sum([[0, -1, 2], [1, 0, -3], [-2, 3, 0]]), "1/2 1/3 1/6|1/2 1/3 1/6", value="0"),
    Case("rock-paper-scissors-Spock-lizard", "Kass, Bryla 1998", circulant(5, [1, 3]),
         "1/5 1/5 1/5 1/5 1/5|1/5 1/5 1/5 1/5 1/5", degenerate=True, value="0"),
    Case("tournament of quadratic residues", "Fisher, Ryan 1992", circulant(7, [1, 2, 4]),
         "|".join([" ".join(["1/7"] * 7)] * 2), degenerate=True, value="0"),
    Case("Shapley", "Shapley 1964", two(np.eye(3), np.roll(np.eye(3), 1, axis=1)),
         "1/3 1/3 1/3|1/3 1/3 1/3", welfare="1", cycles=True),
    Case("Morra of two fingers", "folklore; Ferguson, Game Theory, part II", morra(2),
         "0 4/7 3/7 0|0 4/7 3/7 0; 0 4/7 3/7 0|0 3/5 2/5 0;"
         "0 3/5 2/5 0|0 4/7 3/7 0; 0 3/5 2/5 0|0 3/5 2/5 0",
         components=1, degenerate=True, value="0"),
    Case("Morra of three fingers", "Williams 1954", morra(3), value="0",
         among="0 0 5/12 0 1/3 0 1/4 0 0|0 0 5/12 0 1/3 0 1/4 0 0", pure=""),
    Case("dominance in rows and columns", "Ferguson, Game Theory, part II, section 2",
         zero_sum([[2, 0, 4], [1, 2, 3], [4, 1, 2]]), "0 3/4 1/4|1/4 3/4 0", value="7/4",
         survivors=((1, 2), (0, 1))),
    Case("diagonal game", "Ferguson, Game Theory, part II, section 3",
         zero_sum(np.diag([1, 2, 3])), "6/11 3/11 2/11|6/11 3/11 2/11", degenerate=True,
         value="6/11"),
    Case("triangular game", "Ferguson, Game Theory, part II, section 3",
         zero_sum([[1, -2, 3, -4], [0, 1, -2, 3], [0, 0, 1, -2], [0, 0, 0, 1]]),
         "1/12 1/4 1/3 1/3|1/3 1/3 1/4 1/12", degenerate=True, value="1/12"),
    Case("magic square", "Ferguson, Game Theory, part II, section 3",
         zero_sum([[8, 1, 6], [3, 5, 7], [4, 9, 2]]), "1/3 1/3 1/3|1/3 1/3 1/3", value="5"),
    Case("one more, not two", "Mendelsohn 1946",
         mendelsohn(5),
         "1/4 1/2 1/4 0 0|1/4 1/2 1/4 0 0", degenerate=True, value="0",
         survivors=((0, 1, 2), (0, 1, 2))),
    Case("endgame in poker", "Ferguson, Game Theory, part II",
         zero_sum([[-1.5, 1.0], [0.0, -0.5], [-2.0, 1.0], [-0.5, -0.5]]),
         "1/6 5/6 0 0|1/2 1/2", degenerate=True, value="-1/4"),
    Case("card game", "Myerson 1991, chapter 2",
         zero_sum([[0.0, 1.0], [0.5, 0.0], [-0.5, 1.0], [0.0, 0.0]]), "1/3 2/3 0 0|2/3 1/3",
         degenerate=True, value="1/3"),
    Case("Colonel Blotto", "Dresher 1961; four regiments against three", blotto(4, 3),
         value="14/9", pure="",
         among="4/9 0 1/9 0 4/9|1/18 4/9 4/9 1/18; 4/9 0 1/9 0 4/9|1/30 8/15 16/45 7/90"),
    Case("O'Neill's cards", "O'Neill 1987",
         zero_sum([[-1, 1, 1, -1], [1, -1, 1, -1], [1, 1, -1, -1], [-1, -1, -1, 1]]),
         "1/5 1/5 1/5 2/5|1/5 1/5 1/5 2/5", degenerate=True, value="-1/5"),
    Case("hide and seek", "von Neumann 1953, on a board of four cells", lines_through_cells(2),
         "1/2 1/2 0 0|1/2 0 0 1/2; 1/2 1/2 0 0|0 1/2 1/2 0;"
         "0 0 1/2 1/2|1/2 0 0 1/2; 0 0 1/2 1/2|0 1/2 1/2 0",
         components=1, degenerate=True, value="1/2"),
    Case("hide and seek, nine cells", "von Neumann 1953", lines_through_cells(3), count=12,
         components=1, value="1/3", pure=""),
    Case("four doors", "folklore", zero_sum(np.eye(4)),
         "1/4 1/4 1/4 1/4|1/4 1/4 1/4 1/4", degenerate=True, value="1/4"),
    Case("high or low", "Johnson 1964; the guesses that find a number up to 3",
         zero_sum([[-1, -2, -3], [-1, -3, -2], [-2, -1, -2], [-2, -3, -1], [-3, -2, -1]]),
         "0 1/5 3/5 1/5 0|2/5 1/5 2/5", degenerate=True, value="-9/5"),
    Case("two candidates", "Hotelling 1929; Downs 1957",
         zero_sum([[0, -1, 0], [1, 0, 1], [0, -1, 0]]), "0 1 0|0 1 0", value="0",
         survivors=((1,), (1,))),
    Case("von Stengel, three by two", "Nisan and others 2007, section 3.3",
         two([[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]]),
         "1 0 0|1 0; 4/5 1/5 0|2/3 1/3; 0 1/3 2/3|1/3 2/3"),
    Case("von Stengel, degenerate", "Nisan and others 2007, chapter 3",
         two([[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]]),
         "1 0 0|1 0; 1 0 0|2/3 1/3; 0 1/3 2/3|1/3 2/3", components=2, degenerate=True),
    Case("von Stengel, six by six", "von Stengel 1999", two(
        [[9504, -660, 19976, -20526, 1776, -8976], [-111771, 31680, -130944, 168124, -8514, 52764],
         [397584, -113850, 451176, -586476, 29216, -178761],
         [171204, -45936, 208626, -263076, 14124, -84436],
         [1303104, -453420, 1227336, -1718376, 72336, -461736],
         [737154, -227040, 774576, -1039236, 48081, -300036]],
        np.transpose([[72336, -461736, 1227336, -1718376, 1303104, -453420],
         [48081, -300036, 774576, -1039236, 737154, -227040],
         [29216, -178761, 451176, -586476, 397584, -113850],
         [14124, -84436, 208626, -263076, 171204, -45936],
         [1776, -8976, 19976, -20526, 9504, -660],
         [-8514, 52764, -130944, 168124, -111771, 31680]])), count=75, components=75),
    *[Case(f"coordination, {n} by {n}", "Quint, Shubik 1997: 2^n - 1 equilibria",
           symmetric(np.eye(n)), count=2**n - 1, components=2**n - 1, welfare="2",
           pure=";".join(f"{k} {k}" for k in range(n))) for n in (2, 3, 4, 5)],
    Case("traveler's dilemma, claims of 2 to 8", "Basu 1994", travelers(2, 8),
         "1 0 0 0 0 0 0|1 0 0 0 0 0 0", degenerate=True, welfare="4",
         survivors=((0,), (0,))),
    Case("traveler's dilemma, claims of 2 to 100", "Basu 1994", travelers(2, 100), pure="0 0"),
    Case("Cournot", "Cournot 1838; price 12 - q - r, quantities 3, 4, 6",
         symmetric([[q * (12 - q - r) for r in (3, 4, 6)] for q in (3, 4, 6)]), "0 1 0|0 1 0",
         welfare="32", commitment={"learner": "19"}, survivors=((1,), (1,))),
    Case("Bertrand", "Bertrand 1883; prices 1, 2, 3, twice the profit",
         symmetric([[1, 2, 2], [0, 2, 4], [0, 0, 3]]), "1 0 0|1 0 0; 0 1 0|0 1 0", degenerate=True,
         survivors=((0, 1), (0, 1)), welfare="4"),
    Case("demand game", "Nash 1953; demands of 1, 2, 3 out of 4",
         symmetric([[1, 1, 1], [2, 2, 0], [3, 0, 0]]),
         "1 0 0|0 0 1; 0 1 0|0 1 0; 0 0 1|1 0 0; 1/3 0 2/3|1/3 0 2/3;"
         "1/3 1/6 1/2|1/3 1/6 1/2; 0 1/2 1/2|2/3 1/3 0; 2/3 1/3 0|0 1/2 1/2", welfare="4"),
    Case("centipede of four moves", "Rosenthal 1981; payoffs of McKelvey, Palfrey 1992, reduced",
         two([[4, 4, 4], [2, 16, 16], [2, 8, 64]], [[1, 1, 1], [8, 4, 4], [8, 32, 16]]),
         "1 0 0|1 0 0; 1 0 0|6/7 1/7 0; 1 0 0|30/31 0 1/31; 1 0 0|6/7 6/49 1/49",
         components=1, degenerate=True, welfare="5"),
    Case("outside option", "Kohlberg, Mertens 1986", two([[2, 2], [3, 0], [0, 1]],
         [[2, 2], [1, 0], [0, 3]]), "0 1 0|1 0; 1 0 0|0 1; 1 0 0|2/3 1/3", components=2,
         degenerate=True, welfare="4", survivors=((0, 1), (0, 1))),
    Case("proper equilibrium", "Myerson 1978",
         symmetric([[1, 0, -9], [0, 0, -7], [-9, -7, -7]]),
         "1 0 0|1 0 0; 0 1 0|0 1 0; 0 0 1|0 0 1", degenerate=True, welfare="2"),
    Case("rationalizable actions", "Bernheim 1984",
         two([[0, 2, 7, 0], [5, 3, 5, 0], [7, 2, 0, 0], [0, 0, 0, 10]],
             [[7, 5, 0, 1], [2, 3, 2, 1], [0, 5, 7, 1], [0, -2, 0, -1]]),
         "0 1 0 0|0 1 0 0", degenerate=True, survivors=((0, 1, 2), (0, 1, 2))),
    Case("iterated elimination", "Gibbons 1992, figure 1.1.1",
         two([[1, 1, 0], [0, 0, 2]], [[0, 2, 1], [3, 1, 0]]), "1 0|0 1 0",
         survivors=((0,), (1,)), welfare="3"),
    Case("nothing to eliminate", "Gibbons 1992, figure 1.1.4",
         two([[0, 4, 5], [4, 0, 5], [3, 3, 6]], [[4, 0, 3], [0, 4, 3], [5, 5, 6]]),
         "0 0 1|0 0 1", survivors=((0, 1, 2), (0, 1, 2)), welfare="12"),
    Case("Kreps's game", "Goeree, Holt 2001",
         two([[200, 0, 10, 20], [0, 10, 30, 50]], [[50, 45, 30, -250], [-250, -100, 30, 40]]),
         "1 0|1 0 0 0; 0 1|0 0 0 1; 30/31 1/31|1/21 20/21 0 0"),
    Case("beer and quiche", "Cho, Kreps 1987, section II", beer_quiche().to_normal_form(),
         pure="0 2; 3 1"),
    Case("meeting or avoiding", "Osborne 2004, example 273.1", meeting_or_avoiding(), pure="0 1"),

    # More than two.
    Case("public good", "Ledyard 1995; three give 1 each, multiplied by 3/2",
         crowd(3, lambda own, others: (own + others) / 2 - own), unique="1 0|1 0|1 0", pure="0 0 0",
         welfare="0", survivors=((0,), (0,), (0,))),
    Case("diner's dilemma", "Glance, Huberman 1994; meals of cost 4 or 10 and worth 5 or 8",
         crowd(3, lambda own, others: 5 + 3 * own - (12 + 6 * (own + others)) / 3),
         unique="0 1|0 1|0 1", pure="1 1 1", welfare="-6", survivors=((1,), (1,), (1,))),
    Case("volunteers, three", "Diekmann 1985; benefit 4, cost 1",
         crowd(3, lambda own, others: 4 * (own + others > 0) - own), pure="1 0 0; 0 1 0; 0 0 1",
         among="1/2 1/2|1/2 1/2|1/2 1/2", welfare="11"),
    Case("volunteers, four", "Diekmann 1985; benefit 8, cost 1",
         crowd(4, lambda own, others: 8 * (own + others > 0) - own),
         pure="1 0 0 0; 0 1 0 0; 0 0 1 0; 0 0 0 1",
         among="1/2 1/2|1/2 1/2|1/2 1/2|1/2 1/2", welfare="31"),
    Case("El Farol", "Arthur 1994, with three guests and seats for two",
         crowd(3, lambda own, others: own * (1 if others < 2 else -3)),
         pure="1 1 0; 1 0 1; 0 1 1", among="1/2 1/2|1/2 1/2|1/2 1/2", welfare="2"),
    Case("minority game", "Challet, Zhang 1997, of three",
         crowd(3, lambda own, others: others == 2 * (1 - own)),
         pure="0 0 1; 0 1 0; 1 0 0; 0 1 1; 1 0 1; 1 1 0", among="1/2 1/2|1/2 1/2|1/2 1/2",
         welfare="1"),
    Case("stag hunt, three", "Rousseau 1755", crowd(3, lambda own, others: 4 * (others == 2) if own
         else 1), pure="0 0 0; 1 1 1", among="1/2 1/2|1/2 1/2|1/2 1/2", welfare="12"),
    Case("step-level public good", "Palfrey, Rosenthal 1984; two of three must give 1 to win 3",
         crowd(3, lambda own, others: 3 * (own + others >= 2) - own),
         pure="0 0 0; 0 1 1; 1 0 1; 1 1 0", welfare="7"),
    Case("two equal roads", "Rosenthal 1973, of three drivers",
         crowd(3, lambda own, others: -(1 + (others if own else 2 - others))),
         pure="0 0 1; 0 1 0; 1 0 0; 0 1 1; 1 0 1; 1 1 0", among="1/2 1/2|1/2 1/2|1/2 1/2",
         welfare="-5"),
    Case("pennies of three", "Jordan 1993", jordan(), unique="1/2 1/2|1/2 1/2|1/2 1/2", pure="",
         cycles=True),
    Case("Selten's horse", "Selten 1975", selten_horse(), pure="1 0 0; 0 0 1"),
]

TREES = [
    Tree("matching pennies", "von Neumann 1928", matching_pennies(), 0),
    Tree("Kuhn's poker", "Kuhn 1950", kuhn_poker(), -1 / 18),
    Tree("Leduc poker", "Southey and others 2005; value by OpenSpiel", leduc_poker(), -0.0856064,
         1e-7),
    Tree("endgame in poker", "Ferguson, Game Theory, part II", bluff(1 / 4, 2), -1 / 4),
    Tree("card game", "Myerson 1991, chapter 2", bluff(1 / 2, 1), 1 / 3),
    *[Tree(f"inspection of {n} stages, {k} visits", "Dresher 1962", inspections(n, k), value)
      for n, k, value in [(2, 1, -1 / 3), (3, 1, -1 / 2), (4, 2, -3 / 11)]],
]
# fmt: on


def where(holds: Callable[[Case], object]) -> pytest.MarkDecorator:
    """Parametrize a test by the cases for which something holds."""
    cases = [case for case in GAMES if holds(case)]
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


def rows(found: Iterable[Equilibrium]) -> Array:
    """One line for each equilibrium, sorted: the probabilities of all roles."""
    return np.array(sorted(np.concatenate(e.strategies).round(9).tolist() for e in found))


def expected_rows(found: Iterable[Profile]) -> Array:
    lines = [[float(p) for own in profile for p in own] for profile in found]
    return np.array(sorted(np.round(lines, 9).tolist()))


def check(found: Iterable[Equilibrium]) -> None:
    """Assert the certificate of every equilibrium."""
    for equilibrium in found:
        assert equilibrium.status == "solved"
        assert equilibrium.regret < REGRET


def test_there_are_many_games_of_different_names() -> None:
    names = [case.name for case in GAMES]
    assert len(names) + len(TREES) >= 80
    assert len(set(names)) == len(names)


@where(lambda case: case.equilibria)
def test_all_extreme_equilibria_are_found(case: Case) -> None:
    answers = profiles(case.equilibria)
    found = vertex_enumeration(case.form)
    check(found)
    np.testing.assert_allclose(rows(found), expected_rows(answers), atol=2e-9)
    assert {e.parameters["degenerate"] for e in found} == {case.degenerate}


@where(lambda case: case.equilibria)
def test_all_extreme_equilibria_are_found_exactly(case: Case) -> None:
    found = exact_enumeration(case.form)
    check(found)
    assert sorted(map(exactly, found)) == sorted(profiles(case.equilibria))


def exactly(found: Equilibrium) -> Profile:
    fractions = found.parameters["fractions"]
    assert isinstance(fractions, tuple)
    return tuple(map(tuple, fractions))


@where(lambda case: case.equilibria)
def test_all_that_their_supports_determine_are_found(case: Case) -> None:
    found = support_enumeration(case.form)
    check(found)
    learner, adversary = case.form.payoffs
    answers = [
        (x, y)
        for x, y in profiles(case.equilibria)
        if determines(learner, x, y) and determines(adversary.T, y, x)
    ]
    np.testing.assert_allclose(rows(found), expected_rows(answers), atol=2e-9)


def determines(payoffs: Array, own: Strategy, other: Strategy) -> bool:
    """Tell if the other's strategy alone, on its support, makes all own actions earn the same."""
    played, met = (np.flatnonzero(np.array(strategy, dtype=float)) for strategy in (own, other))
    equations = np.pad(payoffs[np.ix_(played, met)], (0, 1), constant_values=1)
    equations[-1, -1] = 0
    return len(played) == len(met) == int(np.linalg.matrix_rank(equations)) - 1


@where(lambda case: case.count)
def test_number_of_extreme_equilibria(case: Case) -> None:
    for solver in (vertex_enumeration, exact_enumeration):
        found = solver(case.form)
        check(found)
        assert len(found) == case.count


@where(lambda case: case.equilibria or case.count)
def test_number_of_components(case: Case) -> None:
    expected = case.components or len(profiles(case.equilibria))
    assert len(equilibrium_components(case.form)) == expected


@where(lambda case: len(case.form.shape) == 2 and case.form.payoffs.size < 400)
def test_complementary_pivoting_ends_in_extreme_equilibria(case: Case) -> None:
    found = lemke_howson_all(case.form)
    check(found)
    assert found
    if case.equilibria:
        answers = {tuple(row) for row in expected_rows(profiles(case.equilibria))}
        assert {tuple(row) for row in rows(found)} <= answers


@where(lambda case: case.equilibria or case.pure is not None)
def test_pure_equilibria(case: Case) -> None:
    found = pure_equilibria(case.form)
    check(found)
    if case.pure is not None:
        expected = {tuple(map(int, profile.split())) for profile in case.pure.split(";") if profile}
    else:
        certain = [p for p in profiles(case.equilibria) if all(max(own) == 1 for own in p)]
        expected = {tuple(own.index(Fraction(1)) for own in profile) for profile in certain}
    assert {tuple(int(own.argmax()) for own in e.strategies) for e in found} == expected


@where(lambda case: case.value)
def test_value(case: Case) -> None:
    found = minimax(case.form)
    check([found])
    assert found.value == pytest.approx(float(Fraction(case.value)), abs=1e-9, rel=1e-12)


@where(lambda case: case.among or case.unique)
def test_known_equilibria_hold_their_certificate(case: Case) -> None:
    for profile in profiles(case.among + case.unique):
        strategies = tuple(np.array(own, dtype=float) for own in profile)
        check([Equilibrium(case.form, strategies, method="literature")])


@where(lambda case: case.form.payoffs.size < 400)
def test_logit_equilibria_end_in_an_equilibrium(case: Case) -> None:
    found = nash_by_logit(case.form)
    check([found])
    if case.unique:
        expected = expected_rows(profiles(case.unique))
        np.testing.assert_allclose(rows([found]), expected, atol=1e-8)


@where(lambda case: case.survivors)
def test_iterated_dominance(case: Case) -> None:
    left = iterated_dominance(case.form).actions
    assert tuple(tuple(map(int, map(str, own))) for own in left) == case.survivors


@where(lambda case: case.welfare)
def test_welfare_of_correlated_equilibria(case: Case) -> None:
    found = correlated(case.form)
    assert found.status == "solved"
    assert found.regret < REGRET
    assert found.payoffs.sum() == pytest.approx(float(Fraction(case.welfare)), abs=1e-8)


@where(lambda case: case.commitment)
def test_value_of_commitment(case: Case) -> None:
    for leader, value in case.commitment.items():
        found = stackelberg(case.form, leader)
        check([found])
        earned = found.payoffs[case.form.role_index(leader)]
        assert earned == pytest.approx(float(Fraction(value)), abs=1e-8)


@where(lambda case: case.cycles)
def test_fictitious_play_does_not_converge(case: Case) -> None:
    assert min(fictitious_play(case.form, iterations=n).regret for n in (500, 5000, 50000)) > 0.05


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.name)
def test_value_of_trees_by_the_sequence_form(tree: Tree) -> None:
    found = sequence_form_lp(tree.form)
    assert found.status == "solved"
    assert found.regret < REGRET
    assert found.value == pytest.approx(tree.value, abs=tree.tolerance)


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.name)
def test_value_of_trees_by_regret_minimization(tree: Tree) -> None:
    found = cfr_plus(tree.form, iterations=2000)
    assert found.exploitability < 1e-3
    assert found.value == pytest.approx(tree.value, abs=2e-3)


@pytest.mark.parametrize(
    "tree",
    [t for t in TREES if t.form.sequence_form().of("learner").count < 100],
    ids=lambda tree: tree.name,
)
def test_value_of_trees_by_the_reduced_normal_form(tree: Tree) -> None:
    found = minimax(tree.form.to_reduced_normal_form())
    check([found])
    assert found.value == pytest.approx(tree.value, abs=1e-9)
