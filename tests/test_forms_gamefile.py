import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms.gamefile import GameFileError, Reader, decimal, quoted, ratios, unique_labels

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=500)
@given(FINITE)
def test_a_number_comes_back_bit_by_bit(value: float) -> None:
    back = Reader(decimal(value)).number()
    assert (back, math.copysign(1, back)) == (value, math.copysign(1, value))


@settings(max_examples=300)
@given(st.text())
def test_a_label_comes_back(label: str) -> None:
    label = label.rstrip("\\")
    assert Reader(quoted(label)).text() == label


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1/3", 1 / 3),
        ("-10/4", -2.5),
        ("+.5", 0.5),
        ("7.", 7.0),
        ("1.25E-2", 0.0125),
        ("0.1000000000000000055511151231257827", 0.1),
        ("1" + "0" * 4000 + "/1" + "0" * 4000, 1.0),
        ("1e-400", 0.0),
    ],
)
def test_a_number_is_the_float_nearest_to_what_is_written(written: str, value: float) -> None:
    assert Reader(written).number() == value


@pytest.mark.parametrize(
    "written", ["1/0", "1e999", "9" * 400, "9" * 5000 + "/7", "1" * 400 + "/1", "-1e400"]
)
def test_a_number_that_is_no_float_is_refused(written: str) -> None:
    with pytest.raises(GameFileError, match="line 1: expected a number that float64 can hold, got"):
        Reader(written).number()


@pytest.mark.parametrize("written", ["1/2/3", "1.2.3", "--1", "1e", "nan", "inf", ".", "1/-2", "x"])
def test_what_only_looks_like_a_number_is_none(written: str) -> None:
    with pytest.raises(GameFileError, match="line 1: expected a number, got"):
        Reader(written).number()


def test_errors_name_the_line_and_what_was_met() -> None:
    file = Reader('"one\ntwo"\n\n}')
    assert file.text() == "one\ntwo"
    with pytest.raises(GameFileError, match=r"^line 4: expected '{', got }$") as raised:
        file.open()
    assert raised.value.line == 4
    file.close()
    with pytest.raises(GameFileError, match="line 4: expected a number, got the end of the file"):
        file.number()


def test_an_open_quote_is_reported_where_it_opens() -> None:
    file = Reader('\n"the \\" is not the end')
    with pytest.raises(GameFileError, match=r"line 2: expected .* a quote that is never closed"):
        file.text()


@pytest.mark.parametrize("written", ["-1", "3", "1.0", "1/1", "x", "9" * 30, "1" * 5000])
def test_integers_are_in_range(written: str) -> None:
    with pytest.raises(GameFileError, match="expected the number of a player"):
        Reader(written).integer("the number of a player", 0, 2)


@pytest.mark.parametrize("text", ["9" * 10**6 + "x", "1/" * 10**6, '"' + "\\" * 10**6, "{" * 10**6])
def test_hostile_files_take_linear_time(text: str) -> None:
    # Quadratic time would be hours here.
    with pytest.raises(GameFileError):
        Reader(text).number()


def test_an_error_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(GameFileError(7, "expected a number, got x")))
    assert (error.line, str(error)) == (7, "line 7: expected a number, got x")


def test_a_label_that_would_escape_its_closing_quote_is_refused() -> None:
    with pytest.raises(ValueError, match="must not end in a backslash"):
        quoted("C:\\")


def test_equal_labels_are_numbered() -> None:
    assert unique_labels(["x", "y"]) == ("x", "y")
    assert unique_labels(["x", "y", "x"]) == ("0", "1", "2")


@settings(max_examples=300)
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=12))
def test_probabilities_of_counts_are_written_exactly(counts: list[int]) -> None:
    probabilities = [count / sum(counts) for count in counts]
    written = ratios(probabilities)
    assert [float(Fraction(text)) for text in written] == probabilities
    assert sum(map(Fraction, written)) == 1


@settings(max_examples=200)
@given(st.integers(0, 2**32), st.integers(1, 8))
def test_any_probabilities_come_back_bit_by_bit(seed: int, count: int) -> None:
    probabilities = np.random.default_rng(seed).dirichlet(np.full(count, 0.3)).tolist()
    written = ratios(probabilities)
    assert [Reader(text).number() for text in written] == probabilities
    assert abs(float(sum(map(Fraction, written)) - 1)) < 1e-15 * count


def test_probabilities_that_miss_one_by_rounding_keep_their_bits() -> None:
    assert ratios([0.1666666666666667] * 6) == ["0.1666666666666667"] * 6
