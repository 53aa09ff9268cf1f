"""Reading the data files that ship with the package; none is read before its SHA-256 is checked."""

import gzip
import hashlib
import html
import re
from collections.abc import Sequence
from importlib.resources import files
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

_FOLDER: Final = files("armsrace.worlds") / "data"
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[£$€]")


def read(name: str) -> tuple[list[str], str]:
    """Lines of a shipped file, the header included, and its SHA-256.

    Raises
    ------
    ValueError
        When the file is not the one that was shipped.
    """
    content = (_FOLDER / name).read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    listed = (line.split() for line in (_FOLDER / "SHA256SUMS").read_text().splitlines())
    expected = next(digest for digest, file in listed if file == name)
    if sha256 != expected:
        raise ValueError(
            f"{name} is damaged: its SHA-256 must be {expected}, got {sha256}; reinstall armsrace"
        )
    # Not splitlines(): a message may contain other characters that count as line ends there.
    return gzip.decompress(content).decode().removesuffix("\n").split("\n"), sha256


def tokenize(text: str) -> list[str]:
    """Cut a text into lower-case words, in order.

    A word is a run of letters, apostrophes inside included, or one of the signs £ $ €; each run of
    digits becomes the word ``number``. Everything else separates. HTML entities are decoded first.

    Examples
    --------
    >>> tokenize("WIN £1000 &amp; don't pay")
    ['win', '£', 'number', "don't", 'pay']
    """
    found = _TOKEN.findall(html.unescape(text).lower())
    return ["number" if word[0].isdigit() else word for word in found]


def word_presence(
    documents: Sequence[Sequence[str]], *, minimum: int
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Which document contains which word, and the words, in alphabetical order.

    Words that occur in fewer than `minimum` documents are left out.

    Examples
    --------
    >>> presence, words = word_presence([["a", "b", "a"], ["a", "c"], []], minimum=2)
    >>> presence.tolist(), words
    ([[True], [True], [False]], ('a',))
    """
    words = sorted(set(chain.from_iterable(documents)))
    column = {word: number for number, word in enumerate(words)}
    row = np.repeat(np.arange(len(documents)), [len(document) for document in documents])
    presence = np.zeros((len(documents), len(words)), dtype=bool)
    presence[row, [column[word] for word in chain.from_iterable(documents)]] = True
    kept = np.flatnonzero(np.count_nonzero(presence, axis=0) >= minimum)
    return presence[:, kept], tuple(words[number] for number in kept)
