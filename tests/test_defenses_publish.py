"""Publishing: what an adversary gets to see, and how often it may ask."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from armsrace.checks import scenes
from armsrace.defenses import (
    Defense,
    HideFeatures,
    HideModel,
    Honeypot,
    LabelsOnly,
    LimitQueries,
    Mislead,
    NoisyScores,
    Publish,
    RoundScores,
)
from armsrace.models.published import Published, QueryLimitError
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST, MALICIOUS

WORDS, _, PLANE = scenes()[:3]
ROWS = WORDS.faced.rows
CLOUDS = np.concatenate([PLANE.traffic.rows, PLANE.faced.rows])
RNG = np.random.default_rng

# It was trained on the wrong labels, so it errs wherever the real model is right.
CONTRARY = LogisticRegression().fit(PLANE.traffic.rows, ~PLANE.traffic.labels)
# It takes a cloud for malicious only far out, so it misses intrusions and blocks nothing else.
BLIND = LogisticRegression().fit(PLANE.traffic.rows + 2.0, PLANE.traffic.labels)


def published(*parts: Publish) -> Published:
    return Defense(*parts).publish(WORDS.public(), RNG(0))


def opened(*parts: Publish, seed: int = 0) -> Published:
    return Defense(*parts).publish(PLANE.public(), RNG(seed))


def test_without_any_part_everything_is_public() -> None:
    public = published()
    assert public.model is WORDS.model.deployed
    assert public.remaining is None
    assert public.query(ROWS).scores.tolist() == WORDS.verdicts().scores.tolist()
    assert public.log.count == len(ROWS)


def test_a_hidden_model_still_answers() -> None:
    public = published(HideModel())
    assert public.model is None
    assert public.query(ROWS).scores.tolist() == WORDS.verdicts().scores.tolist()


def test_labels_only_tell_the_decision_twice() -> None:
    answer = published(LabelsOnly()).query(ROWS)
    assert answer.decisions.tolist() == WORDS.verdicts().decisions.tolist()
    assert answer.scores.tolist() == answer.decisions.tolist()


def test_queries_are_answered_up_to_the_limit() -> None:
    public = published(LimitQueries(5))
    public.query(ROWS[:3])
    assert public.remaining == 2
    with pytest.raises(QueryLimitError, match="3 rows queried, 2 queries remain"):
        public.query(ROWS[:3])
    assert public.log.count == 3
    public.query(ROWS[:2])
    assert public.remaining == 0


def test_every_copy_counts_in_the_same_log() -> None:
    door = WORDS.public()
    narrow = Defense(LimitQueries(4), LabelsOnly()).publish(door, RNG(0))
    door.query(ROWS[:3])
    assert narrow.remaining == 1


def test_the_strictest_limit_holds_in_any_order() -> None:
    assert published(LimitQueries(2), LimitQueries(5)).remaining == 2
    assert published(LimitQueries(5), LimitQueries(2)).remaining == 2


def test_limit_must_not_be_negative() -> None:
    with pytest.raises(ValueError, match="limit must be at least 0, got -1"):
        LimitQueries(-1)


@given(st.floats(0.01, 5.0))
@settings(max_examples=100)
def test_rounded_scores_are_the_nearest_multiples_of_the_step(step: float) -> None:
    truth, told = judge(PLANE.model.deployed, CLOUDS), opened(RoundScores(step)).query(CLOUDS)
    assert np.abs(told.scores - truth.scores).max() <= step / 2 * (1 + 1e-12)
    multiples = told.scores / step
    np.testing.assert_allclose(multiples, np.round(multiples), atol=1e-9)
    assert told.decisions.tolist() == truth.decisions.tolist()


def test_noise_has_the_stated_scale_and_leaves_decisions_true() -> None:
    """Mean and deviation of 20,000 draws, to 5 standard errors; no two rounds share their noise."""
    rows, scale = RNG(1).normal(size=(20_000, 6)), 0.7
    truth = judge(PLANE.model.deployed, rows)
    one, other = (opened(NoisyScores(scale), seed=seed).query(rows) for seed in (0, 1))
    noise = one.scores - truth.scores
    assert abs(noise.mean()) <= 5 * scale / np.sqrt(len(rows))
    assert abs(noise.std() - scale) <= 5 * scale / np.sqrt(2 * len(rows))
    correlation = np.corrcoef(noise, other.scores - truth.scores)[0, 1]
    assert abs(correlation) <= 5 / np.sqrt(len(rows))
    assert one.decisions.tolist() == truth.decisions.tolist()


@pytest.mark.parametrize("part", [NoisyScores(1.0), Mislead(CONTRARY, share=0.5)])
def test_chance_falls_to_the_row_and_not_to_the_question(part: Publish) -> None:
    """Asked again, in another order, one by one or as other kinds of number: the same answer."""
    rows = np.round(CLOUDS)
    public = opened(part)
    told = public.query(rows)
    backwards = public.query(rows[::-1])
    alone = [public.query(row[None]).scores[0] for row in rows]
    integers = public.query(rows.astype(np.int64))
    np.testing.assert_allclose(backwards.scores[::-1], told.scores, rtol=1e-12)
    np.testing.assert_allclose(alone, told.scores, rtol=1e-12)
    np.testing.assert_array_equal(integers.decisions, told.decisions)


def test_hidden_features_change_no_answer_but_every_verdict() -> None:
    public = opened(HideFeatures((0, 3), value=0.5))
    assert public.model is None
    moved = CLOUDS.copy()
    moved[:, [0, 3]] += 10.0
    told = public.query(CLOUDS)
    assert public.query(moved).scores.tolist() == told.scores.tolist()
    assumed = CLOUDS.copy()
    assumed[:, [0, 3]] = 0.5
    assert told.scores.tolist() == judge(PLANE.model.deployed, assumed).scores.tolist()
    assert (judge(PLANE.model.deployed, moved).scores != told.scores).all()
    assert public.log.rows.tolist() == np.concatenate([CLOUDS, moved]).tolist()


def test_a_decoy_that_is_always_believed_shows_nothing_of_the_model() -> None:
    public = opened(Mislead(CONTRARY))
    assert public.model is CONTRARY
    assert public.query(CLOUDS).scores.tolist() == judge(CONTRARY, CLOUDS).scores.tolist()


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_stated_share_of_rows_is_lied_about(share: float) -> None:
    rows = RNG(2).normal(size=(5000, 6)) + 1.0
    told = opened(Mislead(CONTRARY, share)).query(rows)
    truth, lie = judge(PLANE.model.deployed, rows), judge(CONTRARY, rows)
    lied = told.scores == lie.scores
    assert (told.scores[~lied] == truth.scores[~lied]).all()
    assert (told.decisions == np.where(lied, lie.decisions, truth.decisions)).all()
    assert abs(lied.mean() - share) <= 5 * np.sqrt(share * (1 - share) / len(rows))


def test_a_honeypot_tells_one_kind_of_lie() -> None:
    public = opened(Honeypot(BLIND))
    assert public.model is BLIND
    told = public.query(CLOUDS)
    truth, lie = judge(PLANE.model.deployed, CLOUDS), judge(BLIND, CLOUDS)
    lied = told.decisions != truth.decisions
    assert lied.any()
    assert (told.decisions[lied] == HONEST).all()
    assert (truth.decisions[lied] == MALICIOUS).all()
    assert (told.scores == np.where(lie.decisions == HONEST, lie.scores, truth.scores)).all()


@pytest.mark.parametrize("part", [Mislead(CONTRARY), Honeypot(BLIND)])
def test_what_is_hidden_stays_hidden_behind_a_decoy(part: Publish) -> None:
    for parts in ([HideModel(), part], [part, HideModel()]):
        assert opened(*parts).model is None


def test_answers_change_in_the_order_of_the_bundle() -> None:
    coarse = opened(Mislead(CONTRARY), LabelsOnly()).query(CLOUDS)
    assert np.isin(coarse.scores, (0.0, 1.0)).all()
    fine = opened(LabelsOnly(), Mislead(CONTRARY)).query(CLOUDS)
    assert fine.scores.tolist() == judge(CONTRARY, CLOUDS).scores.tolist()


def stepped_over(shown: Any, rows: Any) -> Any:
    """Each row moved straight over the boundary of the linear model on show, by a tenth more."""
    slope = shown.coef_[0]
    return rows - np.outer(1.1 * shown.decision_function(rows) / (slope @ slope), slope)


@pytest.mark.parametrize("part", [Mislead(CONTRARY), Honeypot(BLIND)])
def test_evading_the_decoy_evades_the_model_less_often(part: Publish) -> None:
    caught = CLOUDS[judge(PLANE.model.deployed, CLOUDS).decisions == MALICIOUS]

    def passing(public: Published) -> float:
        blocked = judge(public.model, caught).decisions == MALICIOUS
        met = np.where(blocked[:, None], stepped_over(public.model, caught), caught)
        return float((judge(PLANE.model.deployed, met).decisions == HONEST).mean())

    assert passing(opened()) == 1.0
    assert passing(opened(part)) < 0.1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RoundScores(0.0), "step must be positive and finite, got 0.0"),
        (lambda: NoisyScores(float("nan")), "scale must be positive and finite, got nan"),
        (lambda: HideFeatures(()), "columns must hold at least one index"),
        (lambda: HideFeatures((1, -1)), "columns must hold at least one index, each at least 0"),
        (lambda: Mislead(CONTRARY, 1.5), r"share must be in \[0, 1\], got 1.5"),
        (lambda: Mislead(LogisticRegression()), "decoy must be a fitted classifier, got Logistic"),
        (lambda: Honeypot(None), "decoy must be a fitted classifier, got None"),
    ],
)
def test_parameters_are_checked_at_the_door(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_query_without_the_hidden_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="columns must be below 6, the number of features"):
        opened(HideFeatures((6,))).query(CLOUDS)
