"""Token scores under a dictionary flood, against a table of values and the score itself."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from armsrace.theory import spam

ATTACK_MAILS = np.array([0, 11, 25, 51, 101, 204, 526, 1111])

# (spams, hams with the token, of 5000 each -> scores after ATTACK_MAILS).
SCORES = [
    (0, 5, [0.0413, 0.6819, 0.8277, 0.9066, 0.9500, 0.9741, 0.9892, 0.9943]),
    (0, 20, [0.0110, 0.3564, 0.5538, 0.7149, 0.8307, 0.9066, 0.9593, 0.9783]),
    (2, 100, [0.0217, 0.1163, 0.2128, 0.3446, 0.5024, 0.6641, 0.8267, 0.9009]),
    (10, 500, [0.0200, 0.0406, 0.0655, 0.1081, 0.1790, 0.2915, 0.4924, 0.6472]),
]


@pytest.mark.parametrize(("spam_count", "ham_count", "scores"), SCORES)
def test_score_table(spam_count: int, ham_count: int, scores: list[float]) -> None:
    values = spam.token_score(spam_count + ATTACK_MAILS, ham_count, 5000 + ATTACK_MAILS, 5000)
    np.testing.assert_allclose(values, scores, rtol=0, atol=5.001e-5)


@pytest.mark.parametrize(
    ("spam_count", "ham_count", "flips"), [(0, 20, 20.08), (2, 100, 100.0), (10, 500, 544.44)]
)
def test_flip_counts(spam_count: int, ham_count: int, flips: float) -> None:
    value = float(spam.dictionary_flip_count(spam_count, ham_count, 5000, 5000))
    assert value == pytest.approx(flips, abs=5e-3)


def test_one_percent_of_the_inbox_turns_every_token_in_fewer_than_two_percent_of_hams() -> None:
    reach = float(spam.dictionary_reach(101, spams=5000, hams=5000))
    assert reach == pytest.approx(99.0002, abs=1e-4)
    scores = spam.token_score(101, [99, 100], 5101, 5000)
    assert (scores > 0.5).tolist() == [True, False]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_score_passes_one_half_exactly_at_the_flip_count(data: st.DataObject) -> None:
    spams, hams = data.draw(st.integers(0, 300)), data.draw(st.integers(1, 300))
    spam_count = data.draw(st.integers(0, spams))
    ham_count = data.draw(st.integers(0, hams))
    mails = data.draw(st.integers(0, 400))
    strength = data.draw(st.floats(0.01, 10.0))
    assume(spams + mails > 0)
    flips = float(spam.dictionary_flip_count(spam_count, ham_count, spams, hams))
    reach = float(spam.dictionary_reach(mails, spams, hams, spam_count))
    # At equality the score is exactly 1/2 and rounding decides.
    assume(abs(mails - flips) > 1e-9)
    score = spam.token_score(
        spam_count + mails, ham_count, spams + mails, hams, prior_strength=strength
    )
    assert (score > 0.5) == (mails > flips) == (ham_count < reach)


def test_unseen_and_one_sided_tokens() -> None:
    assert float(spam.token_score(0, 0, 10, 10)) == 0.5
    assert float(spam.token_score(0, 0, 0, 0, prior_score=0.4)) == 0.4
    assert float(spam.token_score(1, 0, 1, 0)) == pytest.approx((0.225 + 1) / 1.45)
    assert float(spam.dictionary_flip_count(0, 0, 10, 10)) == 0.0  # the first mail turns it
    assert float(spam.dictionary_flip_count(3, 10, 10, 10)) == float("inf")


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (spam.token_score, (11, 0, 10, 10), "spam_count must not exceed spams, got 11 of 10"),
        (spam.token_score, (1, 0.5, 10, 10), "ham_count must be a whole number"),
        (spam.dictionary_flip_count, (1, 1, 10, 0), "hams must be in"),
        (spam.dictionary_flip_count, (-1, 1, 10, 10), "spam_count must be a whole number"),
        (spam.dictionary_reach, (0, 0, 10), "must not both be 0"),
    ],
)
def test_bad_input_is_named_at_the_door(
    function: Callable[..., object], arguments: tuple[object, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        function(*arguments)
