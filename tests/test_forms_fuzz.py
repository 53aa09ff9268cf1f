"""Readers of game files meet files that are broken in 10,000 ways."""

from collections.abc import Callable

import numpy as np
import pytest

from armsrace.forms import ExtensiveForm, GameFileError, NormalForm

PAYOFFS = """NFG 1 R "a \\"title\\"" { "learner" "adversary" } { 2 3 }

1 -1 1/2 -1/2 .25 -.25 1e-3 -1e-3 0 0 7 -7
"""
OUTCOMES = """NFG 1 D "three" { "A" "B" "C" }
{ { "up" "down" }
{ "left" "right" }
{ "only" } }
"a comment"
{
{ "first" 1, 2, 3 }
{ "" 0.5 -1/3 1e2 }
}
1 2 0 1
"""
TREE = """EFG 2 R "signals" { "sender" "receiver" }
"a comment"
c "root" 1 "nature" { "strong" 2/3 "weak" 1/3 } 0
p "" 1 1 "strong" { "bold" "shy" } 4 "fee" { -1, 0 }
p "" 2 1 "bold" { "fight" "flee" } 0
t "" 1 "one" { 1, -1 }
t "" 2 "two" { 3, 0 }
t "" 3 "three" { 0.5 0.5 }
p "" 1 2 "weak" { "bold" "shy" } 0
p "" 2 1 0
t "" 1
t "" 2 "two" { 3, 0 }
t "" 3
"""
FILES: list[tuple[Callable[[str], object], str]] = [
    (NormalForm.from_nfg, PAYOFFS),
    (NormalForm.from_nfg, OUTCOMES),
    (ExtensiveForm.from_efg, TREE),
    (ExtensiveForm.from_efg, TREE),
]
SNIPPETS = [
    *'"{},\\/.-+eE0123456789 \n\t\0é٣cptRD',
    *('""', "{ }", "1/0", "0/0", "1e999", "-1", "1e-999999999", "nan", "inf", "\\"),
    *("9" * 30, "9" * 5000, "1/" + "9" * 400, '{ { "x" } }', 'p "" 1 1', 't "" 1', "999999999"),
]


def mutated(text: str, rng: np.random.Generator) -> str:
    """Break a text at one to three places: cut, repeat, move or replace a piece of it."""
    for _ in range(rng.integers(1, 4)):
        i, j = np.sort(rng.integers(len(text) + 1, size=2)).tolist()
        j = min(j, i + int(rng.integers(1, 12)))
        piece = text[i:j]
        match rng.integers(6):
            case 0:
                text = text[:i] + text[j:]
            case 1:
                text = text[:j] + piece + text[j:]
            case 2:
                place = int(rng.integers(len(text) + 1))
                text = text[:place] + piece + text[place:]
            case 3:
                text = text[:i]
            case _:
                text = text[:i] + str(rng.choice(SNIPPETS)) + text[j - int(rng.integers(2)) :]
    return text


@pytest.mark.parametrize("place", range(len(FILES)))
def test_readers_raise_nothing_but_the_documented_error(place: int) -> None:
    read, text = FILES[place]
    rng = np.random.default_rng(place)
    lines = []
    for _ in range(2500):
        try:
            read(mutated(text, rng))
        except GameFileError as error:
            lines.append(error.line)
    assert 500 < len(lines) < 2500  # most mutations break the file, some do not
    assert min(lines) == 1
    assert len(set(lines)) > 3
