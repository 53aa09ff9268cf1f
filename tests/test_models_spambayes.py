"""SpamBayes against a direct transcription of its formulas, published values, and its contract."""

import pickle
from collections.abc import Callable
from itertools import pairwise
from math import log

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import chi2
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from armsrace.models.dynamic_threshold import dynamic_cutoffs
from armsrace.models.spambayes import SpamBayes

Array = NDArray[np.bool_]


def slow_token_score(model: SpamBayes, mails: Array, spam: Array, token: int) -> float:
    """f(w), from the definition."""
    in_spam = sum(bool(mail[token]) for mail, is_spam in zip(mails, spam, strict=True) if is_spam)
    in_ham = sum(
        bool(mail[token]) for mail, is_spam in zip(mails, spam, strict=True) if not is_spam
    )
    seen = in_spam + in_ham
    if seen == 0:
        return model.unknown_prior
    spam_share, ham_share = in_spam / sum(spam), in_ham / sum(~spam)
    relative = spam_share / (spam_share + ham_share)
    strength = model.unknown_strength
    return float((strength * model.unknown_prior + seen * relative) / (strength + seen))


def slow_spamminess(model: SpamBayes, scores: list[float], mail: Array) -> float:
    """I(E), mail by mail, with the chi-square tail of scipy.stats."""
    deviation = [float(np.round(abs(score - 0.5), 12)) for score in scores]
    telling = [w for w in np.flatnonzero(mail) if deviation[w] >= model.minimum_deviation]
    telling = sorted(telling, key=lambda w: (-deviation[w], w))[: model.max_tokens]
    if not telling:
        return 0.5
    h = chi2.sf(-2 * sum(log(scores[w]) for w in telling), 2 * len(telling))
    s = chi2.sf(-2 * sum(log(1 - scores[w]) for w in telling), 2 * len(telling))
    return float((1 + h - s) / 2)


def corpus(seed: int, mails: int = 40, tokens: int = 12) -> tuple[Array, Array]:
    """Mails whose classes prefer different tokens."""
    rng = np.random.default_rng(seed)
    spam = rng.random(mails) < 0.4
    spam[:2] = True, False
    rate = np.where(spam[:, None], rng.random(tokens), rng.random(tokens))
    return rng.random((mails, tokens)) < rate, spam


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=150, deadline=None)
@given(
    seed=seeds,
    prior=st.floats(0.05, 0.95),
    strength=st.floats(0.01, 5),
    max_tokens=st.integers(1, 12),
    minimum_deviation=st.floats(0, 0.5),
)
def test_scores_are_those_of_the_formulas(
    seed: int, prior: float, strength: float, max_tokens: int, minimum_deviation: float
) -> None:
    mails, spam = corpus(seed)
    model = SpamBayes(
        unknown_prior=prior,
        unknown_strength=strength,
        max_tokens=max_tokens,
        minimum_deviation=minimum_deviation,
    ).fit(mails, spam)
    scores = [slow_token_score(model, mails, spam, token) for token in range(12)]
    np.testing.assert_allclose(model.token_scores_, scores, rtol=1e-14)
    faced = np.concatenate([corpus(seed + 1)[0], np.ones((1, 12), bool), np.zeros((1, 12), bool)])
    expected = [slow_spamminess(model, list(model.token_scores_), mail) for mail in faced]
    np.testing.assert_allclose(model.decision_function(faced), expected, atol=1e-12)


def test_more_than_150_tokens_are_cut_to_the_most_telling() -> None:
    mails, spam = corpus(5, mails=60, tokens=700)
    model = SpamBayes().fit(mails, spam)
    faced = np.concatenate([corpus(6, mails=20, tokens=700)[0], np.ones((2, 700), bool)])
    scores = list(model.token_scores_)
    assert sum(abs(score - 0.5) >= 0.1 for score in scores) > 300
    expected = [slow_spamminess(model, scores, mail) for mail in faced]
    np.testing.assert_allclose(model.decision_function(faced), expected, atol=1e-12)


# Tokens by the number of hams and of spams (5,000 each) that hold them.
INBOX = ((5, 0), (20, 0), (100, 2), (500, 10))


@pytest.fixture(scope="module")
def inbox() -> SpamBayes:
    number = np.arange(5000)
    ham = np.column_stack([number < in_ham for in_ham, _ in INBOX])
    spam = np.column_stack([number < in_spam for _, in_spam in INBOX])
    labels = np.repeat([False, True], 5000)
    return SpamBayes().fit(np.concatenate([ham, spam]), labels)


def flooded(model: SpamBayes, mails: int) -> SpamBayes:
    return model.updated(np.ones((mails, len(model.token_scores_))), np.ones(mails))


@pytest.mark.parametrize(
    ("mails", "scores"),
    [
        (0, (0.0413, 0.0110, 0.0217, 0.0200)),
        (11, (0.6819, 0.3564, 0.1163, 0.0406)),
        (25, (0.8277, 0.5538, 0.2128, 0.0655)),
        (51, (0.9066, 0.7149, 0.3446, 0.1081)),
        (101, (0.9500, 0.8307, 0.5024, 0.1790)),
        (204, (0.9741, 0.9066, 0.6641, 0.2915)),
        (526, (0.9892, 0.9593, 0.8267, 0.4924)),
        (1111, (0.9943, 0.9783, 0.9009, 0.6472)),
    ],
)
def test_token_scores_under_a_dictionary_attack(
    inbox: SpamBayes, mails: int, scores: tuple[float, ...]
) -> None:
    # Evaluated independently from the closed form f(w) for an inbox of 5,000 hams and 5,000 spams.
    np.testing.assert_allclose(flooded(inbox, mails).token_scores_, scores, atol=5e-5)


@pytest.mark.parametrize(
    ("token", "last_honest", "first_spammy"), [(1, 20, 21), (2, 99, 101), (3, 544, 545)]
)
def test_flip_thresholds(inbox: SpamBayes, token: int, last_honest: int, first_spammy: int) -> None:
    # k* = (n_H N_S/N_H - n_S) / (1 - n_H/N_H): 20.08, 100 and 544.44.
    assert flooded(inbox, last_honest).token_scores_[token] < 0.5
    assert flooded(inbox, first_spammy).token_scores_[token] > 0.5


def test_at_the_flip_threshold_the_score_is_one_half(inbox: SpamBayes) -> None:
    assert flooded(inbox, 100).token_scores_[2] == pytest.approx(0.5, abs=1e-15)


@settings(max_examples=200, deadline=None)
@given(
    hams=st.integers(2, 60),
    spams=st.integers(1, 60),
    mails=st.integers(0, 200),
    data=st.data(),
)
def test_a_token_turns_spammy_after_k_star_mails(
    hams: int, spams: int, mails: int, data: st.DataObject
) -> None:
    in_ham, in_spam = data.draw(st.integers(0, hams - 1)), data.draw(st.integers(0, spams))
    threshold = (in_ham * spams / hams - in_spam) / (1 - in_ham / hams)
    assume(abs(mails - threshold) > 1e-9)
    token = np.concatenate([np.arange(hams) < in_ham, np.arange(spams) < in_spam])
    model = SpamBayes().fit(token[:, None], np.repeat([False, True], [hams, spams]))
    score = flooded(model, mails).token_scores_[0]
    assert (score > 0.5) == (mails > threshold)


@settings(max_examples=100, deadline=None)
@given(seed=seeds, cuts=st.lists(st.integers(2, 40), max_size=4))
def test_learning_in_portions_is_learning_at_once(seed: int, cuts: list[int]) -> None:
    mails, spam = corpus(seed)
    whole = SpamBayes().fit(mails, spam)
    borders = [0, *sorted({2, *cuts}), 40]
    pieces = [slice(*pair) for pair in pairwise(borders)]
    online = SpamBayes()
    functional = SpamBayes().fit(mails[pieces[0]], spam[pieces[0]])
    for piece in pieces:
        online.partial_fit(mails[piece], spam[piece])
    for piece in reversed(pieces[1:]):
        functional = functional.updated(mails[piece], spam[piece])
    for model in (online, functional):
        np.testing.assert_array_equal(model.token_scores_, whole.token_scores_, strict=True)
        np.testing.assert_array_equal(
            model.decision_function(mails), whole.decision_function(mails), strict=True
        )
        assert (model.spam_total_, model.ham_total_) == (whole.spam_total_, whole.ham_total_)


@settings(max_examples=100, deadline=None)
@given(seed=seeds)
def test_unlearning_undoes_learning(seed: int) -> None:
    mails, spam = corpus(seed)
    more, more_spam = corpus(seed + 1)
    model = SpamBayes().fit(mails, spam)
    before = {name: np.copy(value) for name, value in vars(model).items() if name[-1] == "_"}
    learned = model.updated(more, more_spam)
    again = learned.downdated(more[::-1], more_spam[::-1])
    for name, value in before.items():
        np.testing.assert_array_equal(getattr(again, name), value)
        np.testing.assert_array_equal(getattr(model, name), value)
    np.testing.assert_array_equal(again.decision_function(more), model.decision_function(more))
    assert learned.spam_total_ == model.spam_total_ + more_spam.sum()


@settings(max_examples=150, deadline=None)
@given(
    seed=seeds,
    tokens=st.sampled_from([3, 12, 60]),
    max_tokens=st.integers(1, 40),
    minimum_deviation=st.sampled_from([0.0, 0.1, 0.3]),
)
def test_scores_after_each_are_those_of_the_updated_models(
    seed: int, tokens: int, max_tokens: int, minimum_deviation: float
) -> None:
    mails, spam = corpus(seed, tokens=tokens)
    model = SpamBayes(max_tokens=max_tokens, minimum_deviation=minimum_deviation)
    model.fit(mails[:20], spam[:20])
    learned, labels = mails[20:], spam[20:]
    judged = np.concatenate([corpus(seed + 1, tokens=tokens)[0], np.zeros((1, tokens), bool)])
    one_by_one = [
        model.updated(learned[i : i + 1], labels[i : i + 1]).decision_function(judged)
        for i in range(len(learned))
    ]
    scores = model.scores_after_each(learned, labels, judged)
    np.testing.assert_allclose(scores, one_by_one, atol=1e-13)
    sparse_scores = model.scores_after_each(
        sparse.csr_array(learned), labels, sparse.csr_array(judged)
    )
    np.testing.assert_array_equal(sparse_scores, scores)


def test_scores_after_each_of_nothing() -> None:
    mails, spam = corpus(3)
    model = SpamBayes().fit(mails, spam)
    assert model.scores_after_each(mails[:0], spam[:0], mails).shape == (0, 40)
    assert model.scores_after_each(mails, spam, mails[:0]).shape == (40, 0)


def test_an_update_without_mails_changes_nothing() -> None:
    mails, spam = corpus(0)
    model = SpamBayes().fit(mails, spam)
    same = model.updated(mails[:0], spam[:0]).downdated(mails[:0], spam[:0])
    np.testing.assert_array_equal(same.token_scores_, model.token_scores_)
    assert model.decision_function(mails[:0]).shape == (0,)
    assert model.predict(mails[:0]).dtype == np.int8


@pytest.mark.parametrize(
    "form", [sparse.csr_array, sparse.csc_array, sparse.coo_array, sparse.csr_matrix]
)
@pytest.mark.parametrize("dtype", [np.bool_, np.int64, np.float64])
def test_sparse_rows_are_dense_rows(form: Callable[[object], object], dtype: type) -> None:
    mails, spam = corpus(2, tokens=300)
    dense = SpamBayes(max_tokens=20).fit(mails, spam)
    rows = form(mails.astype(dtype))
    model = SpamBayes(max_tokens=20).fit(rows, spam)  # type: ignore[arg-type]
    np.testing.assert_array_equal(model.token_scores_, dense.token_scores_)
    faced = corpus(3, tokens=300)[0]
    np.testing.assert_array_equal(
        model.decision_function(form(faced.astype(dtype))),  # type: ignore[arg-type]
        dense.decision_function(faced.astype(dtype)),
        strict=True,
    )


def test_stored_zeros_of_a_sparse_matrix_are_absent_tokens() -> None:
    mails, spam = corpus(2)
    rows = sparse.csr_array(np.ones_like(mails, dtype=float))
    rows.data[:] = mails.ravel()
    model = SpamBayes().fit(rows, spam)
    dense = SpamBayes().fit(mails, spam)
    np.testing.assert_array_equal(model.spam_counts_, dense.spam_counts_)
    np.testing.assert_array_equal(model.ham_counts_, dense.ham_counts_)
    np.testing.assert_array_equal(model.predict(rows), dense.predict(mails))
    np.testing.assert_array_equal(rows.data, mails.ravel())


def test_a_score_does_not_depend_on_the_other_mails() -> None:
    mails, spam = corpus(4, mails=80, tokens=400)
    model = SpamBayes(max_tokens=60).fit(mails, spam)
    alone = np.concatenate([model.decision_function(mail[None]) for mail in mails])
    np.testing.assert_array_equal(model.decision_function(mails), alone, strict=True)


def test_of_equal_deviations_the_lower_column_goes_first() -> None:
    # Token 0 occurs in ham only, token 1 as often in spam only: f and 1 - f.
    mails = np.array([[1, 0, 1], [1, 0, 0], [0, 1, 0], [0, 1, 1]])
    labels = np.array([0, 0, 1, 1])
    model = SpamBayes(max_tokens=1).fit(mails, labels)
    assert model.decision_function([[1, 1, 1]])[0] < 0.5
    swapped = SpamBayes(max_tokens=1).fit(mails[:, [1, 0, 2]], labels)
    assert swapped.decision_function([[1, 1, 1]])[0] > 0.5


def test_a_deviation_of_exactly_the_minimum_takes_part() -> None:
    # One spam of one holds the token, no ham: f = (s/2 + 1) / (s + 1) = 0.6 for s = 4.
    mails, labels = [[1, 1], [0, 1]], [1, 0]
    model = SpamBayes(unknown_strength=4.0, minimum_deviation=0.1).fit(mails, labels)
    assert model.token_scores_[0] == pytest.approx(0.6)
    assert model.decision_function([[1, 0]])[0] == pytest.approx(0.6)


def test_one_token_gives_its_own_score() -> None:
    # With n = 1, Q(z) = exp(-z/2), so H = f, S = 1 - f and I = f.
    mails, spam = corpus(7)
    model = SpamBayes(minimum_deviation=0.0).fit(mails, spam)
    np.testing.assert_allclose(model.decision_function(np.eye(12)), model.token_scores_, rtol=1e-13)


def test_a_mail_without_a_telling_token_scores_one_half() -> None:
    model = SpamBayes().fit([[1, 0, 1], [0, 0, 1]], [1, 0])
    np.testing.assert_array_equal(model.decision_function([[0, 0, 0], [0, 1, 1]]), [0.5, 0.5])
    untelling = SpamBayes(minimum_deviation=0.5).fit([[1, 0], [0, 1]], [1, 0])
    np.testing.assert_array_equal(untelling.decision_function([[1, 1]]), [0.5])


def test_verdicts_follow_the_cutoffs() -> None:
    mails, spam = corpus(1)
    model = SpamBayes(ham_cutoff=0.3, spam_cutoff=0.7).fit(mails, spam)
    assert model.decide([[0.0, 0.3], [0.7, 0.71]]).tolist() == [[0, 0], [-1, 1]]
    assert model.decide([]).dtype == np.int8
    scores = model.decision_function(mails)
    expected = [0 if i <= 0.3 else 1 if i > 0.7 else -1 for i in scores]
    assert model.predict(mails).tolist() == expected
    assert len(set(expected)) == 3
    assert model.score(mails, spam) == pytest.approx(np.mean(expected == spam.astype(int)))


def test_other_cutoffs_make_another_model() -> None:
    mails, spam = corpus(1)
    model = SpamBayes().fit(mails, spam)
    strict = model.with_cutoffs(0.5, 0.5)
    assert (model.ham_cutoff, model.spam_cutoff) == (0.20, 0.90)
    assert set(strict.predict(mails)) == {0, 1}
    np.testing.assert_array_equal(strict.token_scores_, model.token_scores_)
    assert clone(strict).get_params()["spam_cutoff"] == 0.5
    with pytest.raises(ValueError, match="cutoffs must satisfy 0 <= ham_cutoff <= spam_cutoff"):
        model.with_cutoffs(0.6, 0.5)


def test_it_is_a_scikit_learn_estimator() -> None:
    mails, spam = corpus(1)
    model = SpamBayes(max_tokens=7, unknown_prior=0.4).fit(mails, spam)
    check_is_fitted(model)
    fresh = clone(model)
    assert fresh.get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        check_is_fitted(fresh)
    assert model.classes_.tolist() == [0, 1]
    assert model.n_features_in_ == 12
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copied.decision_function(mails), model.decision_function(mails))


def test_fitted_arrays_are_read_only_and_the_input_is_not() -> None:
    mails, spam = corpus(1)
    model = SpamBayes().fit(mails, spam)
    for name in ("token_scores_", "spam_counts_", "ham_counts_"):
        assert not getattr(model, name).flags.writeable
    mails[0, 0], spam[0] = True, True


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"unknown_prior": 0.0}, r"unknown_prior must be in \(0, 1\), got 0.0"),
        ({"unknown_prior": np.nan}, r"unknown_prior must be in \(0, 1\)"),
        ({"unknown_strength": 0.0}, "unknown_strength must be positive, got 0.0"),
        ({"max_tokens": 0}, "max_tokens must be at least 1, got 0"),
        ({"minimum_deviation": 0.6}, r"minimum_deviation must be in \[0, 0.5\], got 0.6"),
        ({"ham_cutoff": 0.95}, "0 <= ham_cutoff <= spam_cutoff <= 1, got 0.95 and 0.9"),
        ({"spam_cutoff": 1.1}, "0 <= ham_cutoff <= spam_cutoff <= 1, got 0.2 and 1.1"),
    ],
)
def test_bad_parameters_are_refused(parameters: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SpamBayes(**parameters).fit([[1], [0]], [1, 0])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "labels", "message"),
    [
        ([[np.nan], [1.0]], [0, 1], "X must hold only 0 and 1 .* got nan"),
        ([[2], [1]], [0, 1], "X must hold only 0 and 1 .* got 2; use X > 0 for counts"),
        ([[-1], [1]], [0, 1], "X must hold only 0 and 1 .* got -1"),
        (sparse.csr_array([[0.5], [1.0]]), [0, 1], "X must hold only 0 and 1 .* got 0.5"),
        ([["a"], ["b"]], [0, 1], "X must hold 0 and 1, got dtype <U1"),
        ([1, 0], [0, 1], r"X must be a matrix of shape \(rows, columns\), got shape \(2,\)"),
        (np.zeros((2, 0)), [0, 1], "X must be a matrix"),
        ([[1], [0]], [0, 1, 1], r"y must have shape \(2,\), one label a row, got \(3,\)"),
        ([[1], [0]], [0, 2], r"y must hold only 0 \(honest\) and 1 \(malicious\), got 2"),
        ([[1], [0]], [0, np.nan], r"y must hold only 0 \(honest\) and 1 \(malicious\), got nan"),
        ([[1], [0]], [1, 1], r"both classes, got malicious \(1\) only"),
        ([[1], [0]], [False, False], r"both classes, got honest \(0\) only"),
        (np.zeros((0, 3)), [], "both classes, got no labels"),
    ],
)
def test_bad_training_mails_are_refused(rows: object, labels: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SpamBayes().fit(rows, labels)  # type: ignore[arg-type]


def test_another_width_is_refused() -> None:
    mails, spam = corpus(0)
    model = SpamBayes().fit(mails, spam)
    calls: list[Callable[[], object]] = [
        lambda: model.predict(mails[:, :5]),
        lambda: model.updated(mails[:, :5], spam),
        lambda: model.downdated(mails[:, :5], spam),
        lambda: model.partial_fit(mails[:, :5], spam),
        lambda: model.predict(sparse.csr_array(mails[:, :5])),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="X must have 12 columns as in fit, got 5"):
            call()


def test_an_unfitted_model_says_so() -> None:
    mails, spam = corpus(0)
    for call in (SpamBayes().updated, SpamBayes().downdated):
        with pytest.raises(NotFittedError, match="SpamBayes is not fitted yet; call fit"):
            call(mails, spam)
    with pytest.raises(NotFittedError, match="SpamBayes is not fitted yet; call fit"):
        SpamBayes().predict(mails)


def test_mails_never_learned_cannot_be_unlearned() -> None:
    model = SpamBayes().fit([[1, 0], [1, 0], [0, 1], [0, 1]], [1, 1, 0, 0])
    foreign = "X must hold only mails that the model has learned, got others"
    with pytest.raises(ValueError, match=foreign):
        model.downdated([[0, 1]], [1])
    with pytest.raises(ValueError, match=foreign):  # fewer spams than the token has occurred in
        model.downdated([[0, 0]], [1])
    with pytest.raises(ValueError, match=foreign):
        model.downdated([[0, 1]] * 3, [0] * 3)
    with pytest.raises(ValueError, match="X must leave the model a mail of each class"):
        model.downdated([[0, 1]] * 2, [0] * 2)
    assert model.downdated([[0, 1]], [0]).ham_total_ == 1


def g_at(threshold: float, scores: NDArray[np.float64], spam: Array) -> float | None:
    """Spam below a threshold, among the spam below and the ham above; None for 0/0."""
    below = int(np.sum(scores[spam] < threshold))
    above = int(np.sum(scores[~spam] > threshold))
    return below / (below + above) if below + above else None


@settings(max_examples=300, deadline=None)
@given(
    scores=st.lists(st.integers(0, 8).map(lambda eighth: eighth / 8), min_size=2, max_size=30),
    seed=seeds,
    g=st.sampled_from([(0.05, 0.95), (0.1, 0.9), (0.25, 0.75), (0.5, 0.5), (0.0, 1.0)]),
)
def test_dynamic_cutoffs_are_those_of_the_definition(
    scores: list[float], seed: int, g: tuple[float, float]
) -> None:
    values = np.array(scores)
    spam = np.random.default_rng(seed).random(len(values)) < 0.5
    spam[:2] = True, False
    levels = sorted({0.0, *scores, 1.0})
    gaps = [(low + high) / 2 for low, high in pairwise(levels)]
    shares = {gap: g_at(gap, values, spam) for gap in gaps}
    low = [gap for gap, share in shares.items() if share is None or share <= g[0]]
    high = [gap for gap, share in shares.items() if share is None or share >= g[1]]
    expected = max(low, default=0.0), min(high, default=1.0)
    assert dynamic_cutoffs(values, spam, g=g) == expected
    assert expected[0] <= expected[1]


@settings(max_examples=100, deadline=None)
@given(seed=seeds, size=st.integers(4, 200))
def test_verdicts_under_dynamic_cutoffs_keep_the_stated_shares(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    spam = rng.random(size) < 0.5
    spam[:2] = True, False
    scores = np.clip(rng.normal(np.where(spam, 0.7, 0.3), 0.3), 0.001, 0.999)
    ham_cutoff, spam_cutoff = dynamic_cutoffs(scores, spam)
    verdicts = SpamBayes(ham_cutoff=ham_cutoff, spam_cutoff=spam_cutoff).decide(scores)
    let_in = np.sum(spam & (verdicts == 0))
    assert let_in <= 0.05 * (let_in + np.sum(~spam & (verdicts != 0)))
    blocked = np.sum(~spam & (verdicts == 1))
    assert blocked <= 0.05 * (blocked + np.sum(spam & (verdicts != 1))) + 1e-9


@pytest.mark.parametrize(
    ("scores", "labels", "expected"),
    [
        ([0.2, 0.8], [0, 1], (0.5, 0.5)),  # separated: one cutoff, nothing unsure
        ([0.8, 0.2], [0, 1], (0.1, 0.9)),  # reversed: almost everything unsure
        ([0.5, 0.5], [0, 1], (0.25, 0.75)),  # equal scores stay together, and unsure
        ([1.0, 1.0], [0, 1], (0.5, 1.0)),  # a flood: nothing is called spam any more
        ([0.0, 0.0], [0, 1], (0.0, 0.5)),
        ([0.0, 1.0], [0, 1], (0.5, 0.5)),
    ],
)
def test_dynamic_cutoffs_at_the_edges(
    scores: list[float], labels: list[int], expected: tuple[float, float]
) -> None:
    assert dynamic_cutoffs(scores, labels) == expected


def test_dynamic_cutoffs_part_neighboring_floats() -> None:
    top = np.nextafter(1.0, 0.0)
    low, high = dynamic_cutoffs([top, 1.0], [0, 1])
    assert (low, high) == (top, top)
    assert SpamBayes(ham_cutoff=low, spam_cutoff=high).decide([top, 1.0]).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("scores", "labels", "g", "message"),
    [
        ([0.1, np.nan], [0, 1], (0.05, 0.95), r"scores must be a vector of numbers in \[0, 1\]"),
        ([0.1, 1.2], [0, 1], (0.05, 0.95), r"scores must be a vector of numbers in \[0, 1\]"),
        ([[0.1, 0.2]], [0, 1], (0.05, 0.95), r"scores must be a vector of numbers in \[0, 1\]"),
        ([0.1, 0.2], [0, 1], (0.95, 0.05), r"g must satisfy 0 <= g\[0\] <= g\[1\] <= 1"),
        ([0.1, 0.2], [1, 1], (0.05, 0.95), r"both classes, got malicious \(1\) only"),
        ([0.1, 0.2], [1], (0.05, 0.95), r"y must have shape \(2,\)"),
    ],
)
def test_dynamic_cutoffs_refuse(
    scores: object, labels: object, g: tuple[float, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        dynamic_cutoffs(scores, labels, g=g)  # type: ignore[arg-type]
