"""The shipped data: checksums, shapes, class balance, and the cut into three parts."""

import hashlib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from armsrace.worlds import shipped
from armsrace.worlds.datasets import (
    Dataset,
    load_digits_pair,
    load_mail_words,
    load_phishing,
    load_sms_spam,
    load_sms_texts,
    load_spambase,
)
from armsrace.worlds.splitting import _groups, split

LOADERS: list[Callable[[], Dataset]] = [
    load_mail_words,
    load_sms_spam,
    load_spambase,
    load_phishing,
    load_digits_pair,
]


def labeled(rows: object, labels: object, **changes: object) -> Dataset:
    matrix = np.asarray(rows)
    names = tuple(f"x{number}" for number in range(matrix.shape[-1]))
    fields = {"name": "own", "feature_names": names, "source": "made up", "sha256": ""} | changes
    return Dataset(rows=matrix, labels=np.asarray(labels), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("load", "shape", "malicious", "dtype", "distinct"),
    [
        (load_mail_words, (4534, 1895), 1199, np.bool_, 4534),
        (load_sms_spam, (4534, 3303), 561, np.bool_, 4459),
        (load_spambase, (4601, 57), 1813, np.float64, 4207),
        (load_phishing, (1250, 9), 548, np.float64, 625),
        (load_digits_pair, (361, 64), 180, np.float64, 361),
    ],
)
def test_rows_and_class_balance(
    load: Callable[[], Dataset],
    shape: tuple[int, int],
    malicious: int,
    dtype: type,
    distinct: int,
) -> None:
    data = load()
    assert data.rows.shape == shape
    assert data.rows.dtype == dtype
    assert data.labels.dtype == np.bool_
    assert int(data.labels.sum()) == malicious
    packed = np.packbits(data.rows, axis=1) if dtype is np.bool_ else data.rows
    assert len(np.unique(packed, axis=0)) == distinct
    assert len(set(data.feature_names)) == shape[1]


@pytest.mark.parametrize("load", LOADERS)
def test_data_cannot_be_changed_and_are_loaded_once(load: Callable[[], Dataset]) -> None:
    data = load()
    with pytest.raises(ValueError, match="read-only"):
        data.rows[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        data.labels[0] = True
    assert load() is data


@pytest.mark.parametrize("load", LOADERS)
def test_source_names_the_license(load: Callable[[], Dataset]) -> None:
    assert load().source.endswith(("MIT", "CC BY 4.0"))


@pytest.mark.parametrize(
    ("load", "file"),
    [
        (load_mail_words, "mail_words.tsv.gz"),
        (load_sms_spam, "sms_spam.tsv.gz"),
        (load_spambase, "spambase.csv.gz"),
        (load_phishing, "phishing.csv.gz"),
    ],
)
def test_checksum_is_that_of_the_file(load: Callable[[], Dataset], file: str) -> None:
    content = (files("armsrace.worlds") / "data" / file).read_bytes()
    assert load().sha256 == hashlib.sha256(content).hexdigest()


def test_checksum_of_the_digits_is_that_of_their_bytes() -> None:
    data = load_digits_pair()
    content = data.rows.tobytes() + data.labels.tobytes()
    assert data.sha256 == hashlib.sha256(content).hexdigest()


def test_every_shipped_file_is_listed_with_its_checksum() -> None:
    folder = files("armsrace.worlds") / "data"
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    listed = {line.split()[1]: line.split()[0] for line in lines}
    shipped_files = {item.name for item in folder.iterdir() if item.name.endswith(".gz")}
    assert set(listed) == shipped_files
    for name, digest in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_a_damaged_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files("armsrace.worlds") / "data"
    for name in ("SHA256SUMS", "phishing.csv.gz"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    monkeypatch.setattr(shipped, "_FOLDER", tmp_path)
    lines, _ = shipped.read("phishing.csv.gz")
    assert len(lines) == 1251
    content = bytearray((tmp_path / "phishing.csv.gz").read_bytes())
    content[1000] ^= 1
    (tmp_path / "phishing.csv.gz").write_bytes(bytes(content))
    with pytest.raises(ValueError, match=r"phishing.csv.gz is damaged: .* reinstall armsrace"):
        shipped.read("phishing.csv.gz")


def test_first_mail_holds_the_words_of_the_first_line() -> None:
    mails = load_mail_words()
    line = shipped.read("mail_words.tsv.gz")[0][1]
    words = [mails.feature_names[number] for number in np.flatnonzero(mails.rows[0])]
    assert ("spam" if mails.labels[0] else "ham") + "\t" + " ".join(words) == line


def test_no_mail_occurs_twice_or_with_both_labels() -> None:
    # The file has 5,000 mails; of those that are equal the first stays.
    assert len(shipped.read("mail_words.tsv.gz")[0]) == 5001
    assert len(np.unique(load_mail_words().rows, axis=0)) == len(load_mail_words().rows) == 4534


def test_row_of_a_message_holds_its_words() -> None:
    texts, labels = load_sms_texts()
    messages = load_sms_spam()
    assert len(set(texts)) == len(texts)
    np.testing.assert_array_equal(messages.labels, labels)
    column = {word: number for number, word in enumerate(messages.feature_names)}
    for number in (0, 1, 17, 4533):
        words = [column[word] for word in shipped.tokenize(texts[number]) if word in column]
        assert set(np.flatnonzero(messages.rows[number])) == set(words)


def test_minimum_counts_messages() -> None:
    every, common = load_sms_spam(minimum=1), load_sms_spam(minimum=10)
    counts = dict(zip(every.feature_names, every.rows.sum(axis=0), strict=True))
    assert set(common.feature_names) == {word for word, count in counts.items() if count >= 10}
    with pytest.raises(ValueError, match="minimum must be at least 1, got 0"):
        load_sms_spam(minimum=0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Call 08712 NOW!", ["call", "number", "now"]),
        ("&lt;#&gt; &amp; don't", ["don't"]),
        ("Ü 2morrow_x £5.50", ["ü", "number", "morrow", "x", "£", "number", "number"]),
        ("'tis o'clock' ", ["tis", "o'clock"]),
        ("...", []),
    ],
)
def test_tokenize(text: str, words: list[str]) -> None:
    assert shipped.tokenize(text) == words


def test_phishing_and_spambase_keep_what_the_literature_counts() -> None:
    assert set(np.unique(load_phishing().rows)) == {0.0, 0.5, 1.0}
    assert load_phishing().feature_names[0] == "empty_server_form_handler"
    assert load_spambase().feature_names[-1] == "capitalTotal"
    assert load_spambase().rows.max() == 15841


def test_digits_pair() -> None:
    pair = load_digits_pair(7, 1)
    assert pair.name == "digits_7_1"
    assert pair.rows.shape == (361, 64)
    assert int(pair.labels.sum()) == 179
    assert pair.rows.min() == 0
    assert pair.rows.max() == 16
    with pytest.raises(ValueError, match="positive must be a digit from 0 to 9, got 10"):
        load_digits_pair(10, 1)
    with pytest.raises(ValueError, match="must be different digits, got 3 twice"):
        load_digits_pair(3, 3)


@pytest.mark.parametrize("load", LOADERS)
def test_split_is_disjoint_complete_stratified_and_by_group(load: Callable[[], Dataset]) -> None:
    data = load()
    parts = split(data.rows, data.labels, rng=np.random.default_rng(3))
    indices = (parts.train, parts.tune, parts.test)
    np.testing.assert_array_equal(np.sort(np.concatenate(indices)), np.arange(len(data.labels)))
    shares = [data.labels[index].mean() for index in indices]
    assert np.ptp(shares) < 0.02
    keys = [{row.tobytes() for row in data.rows[index]} for index in indices]
    assert not keys[0] & keys[1]
    assert not keys[0] & keys[2]
    assert not keys[1] & keys[2]


@st.composite
def grouped_data(draw: st.DrawFn) -> Dataset:
    """Few distinct rows, so that most occur several times, and with both labels."""
    size = draw(st.integers(60, 200))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows: NDArray[np.float64] = (
        rng.integers(-3, 4, size=(size, 2)) * rng.choice([1.0, -1.0], size)[:, None]
    )
    labels = rng.random(size) < 0.5
    labels[:2] = True, False
    return labeled(rows, labels)


@settings(max_examples=200, deadline=None)
@given(
    data=grouped_data(),
    seed=st.integers(0, 2**32 - 1),
    fractions=st.sampled_from([(0.6, 0.2, 0.2), (0.5, 0.25, 0.25), (0.34, 0.33, 0.33)]),
)
def test_split_gives_each_part_its_fraction_of_each_stratum(
    data: Dataset, seed: int, fractions: tuple[float, float, float]
) -> None:
    parts = split(data.rows, data.labels, fractions=fractions, rng=np.random.default_rng(seed))
    part = np.empty(len(data.labels), dtype=int)
    for number, index in enumerate((parts.train, parts.tune, parts.test)):
        part[index] = number
    _, group, sizes = np.unique(data.rows, axis=0, return_inverse=True, return_counts=True)
    share = np.bincount(group.ravel(), weights=data.labels) / sizes
    stratum = np.sign(share) + (share == 1)
    for number in range(len(sizes)):
        assert len(set(part[group.ravel() == number])) == 1
    for value in np.unique(stratum):
        inside = np.isin(group.ravel(), np.flatnonzero(stratum == value))
        largest = sizes[stratum == value].max()
        for number in range(3):
            wanted = fractions[number] * inside.sum()
            assert abs((inside & (part == number)).sum() - wanted) <= largest + 1e-9


def test_split_follows_its_generator() -> None:
    data = load_phishing()
    first, again, other = (
        split(data.rows, data.labels, rng=np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.train, again.train)
    np.testing.assert_array_equal(first.test, again.test)
    assert not np.array_equal(first.train, other.train)
    assert not first.train.flags.writeable


def test_split_holds_a_beginning_of_a_part_to_be_a_sample() -> None:
    # Spambase lists all its spam first; a part in that order would begin with spam alone.
    data = load_spambase()
    train = split(data.rows, data.labels, rng=np.random.default_rng(0)).train
    assert abs(data.labels[train[:500]].mean() - data.labels.mean()) < 0.1


@pytest.mark.parametrize(
    "fractions", [(0.5, 0.5, 0.5), (1.0, 0.0, 0.0), (0.5, 0.5), (1.2, -0.1, -0.1), (np.nan,) * 3]
)
def test_split_refuses_bad_fractions(fractions: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="fractions must be three positive numbers with sum 1"):
        split(
            load_phishing().rows,
            load_phishing().labels,
            fractions=fractions,
            rng=np.random.default_rng(0),
        )


def test_split_refuses_a_part_without_a_class() -> None:
    data = labeled(np.arange(6.0)[:, None], np.arange(6) == 0)
    with pytest.raises(ValueError, match="part must hold both classes, got one at most in"):
        split(data.rows, data.labels, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("rows", "labels", "error", "message"),
    [
        ([[1.0], [np.nan]], [True, False], ValueError, "rows must be finite, row 1 is not"),
        ([[np.inf], [1.0]], [True, False], ValueError, "rows must be finite, row 0 is not"),
        ([1.0, 2.0], [True, False], ValueError, "rows must be a matrix"),
        (np.zeros((0, 2)), np.zeros(0, bool), ValueError, "rows must be a matrix"),
        ([[1.0], [2.0]], [1, 0], TypeError, "labels must be bool"),
        ([[1.0], [2.0]], [True], ValueError, r"labels must have shape \(2,\), got \(1,\)"),
        ([[1.0], [2.0]], [True, True], ValueError, "both classes, got malicious rows only"),
        ([[1.0], [2.0]], [False, False], ValueError, "both classes, got honest rows only"),
    ],
)
def test_dataset_refuses(
    rows: object, labels: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        labeled(rows, labels)


def test_dataset_refuses_a_wrong_number_of_names() -> None:
    with pytest.raises(ValueError, match="one name for each of the 1 columns, got 2"):
        labeled([[1.0], [2.0]], [True, False], feature_names=("a", "b"))


def test_dataset_copies_what_it_is_given() -> None:
    rows, labels = np.array([[1], [2]]), np.array([True, False])
    data = labeled(rows, labels)
    rows[0], labels[0] = 7, False
    assert data.rows.tolist() == [[1.0], [2.0]]
    assert data.labels.tolist() == [True, False]
    assert repr(data) == "Dataset(name='own')"


def test_rows_that_differ_in_the_sign_of_zero_are_equal() -> None:
    group, sizes = _groups(np.array([[0.0, 1.0], [-0.0, 1.0], [0.0, 2.0]]))
    assert group[0] == group[1] != group[2]
    assert sizes[group].tolist() == [2, 2, 1]
