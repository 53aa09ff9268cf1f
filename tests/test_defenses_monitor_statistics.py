"""What a watch may look at: each statistic from what the learner has observed."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LogisticRegression

import armsrace.checks
from armsrace.checks import checks_in, scenes
from armsrace.defenses import (
    BlockedShare,
    Canaries,
    CanaryMisses,
    CloseQueries,
    Cusum,
    Defense,
    Honeypot,
    HoneypotHits,
    KeptScore,
    Mislead,
    OfferedScore,
    QueryCount,
    RejectedShare,
    Standardized,
    Statistic,
    TrustedError,
    Watch,
)
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST, MALICIOUS

WORDS, SPHERE, PLANE = scenes()[:3]
RNG = np.random.default_rng
INTRUSIONS = PLANE.traffic.rows[PLANE.traffic.labels]

STATISTICS: list[Statistic] = [
    BlockedShare(),
    CanaryMisses(Canaries(INTRUSIONS)),
    CloseQueries(0.5),
    HoneypotHits(),
    KeptScore(),
    OfferedScore(),
    QueryCount(),
    RejectedShare(),
    Standardized(TrustedError(), 0.1, 0.02),
    TrustedError(),
]


@pytest.mark.parametrize("statistic", STATISTICS)
def test_every_check_holds_of_a_watch_on_it(statistic: Statistic) -> None:
    part = Watch(statistic, Cusum(0.1, 0.5))
    for check in (*checks_in(armsrace.checks.parts), *checks_in(armsrace.checks.defenses)):
        check(part, PLANE)


def test_every_exported_statistic_is_checked() -> None:
    exported = armsrace.checks.exported_classes(armsrace.defenses, (Statistic,))
    assert {type(statistic) for statistic in STATISTICS} == set(exported)


def test_canaries_are_missed_where_the_model_takes_them_for_honest() -> None:
    missed = judge(PLANE.model.deployed, INTRUSIONS).decisions == HONEST
    assert CanaryMisses(Canaries(INTRUSIONS)).of(PLANE.seen()) == missed.sum()
    honest = PLANE.memory.trusted.rows[~PLANE.memory.trusted.labels]
    accepted = honest[judge(PLANE.model.deployed, honest).decisions == HONEST]
    assert CanaryMisses(Canaries(accepted)).of(PLANE.seen()) == len(accepted) > 0


def test_an_unsure_canary_is_not_missed() -> None:
    seen = WORDS.seen()
    rows = WORDS.memory.trusted.rows
    decisions = judge(WORDS.model.deployed, rows).decisions
    assert (decisions == -1).any()
    assert CanaryMisses(Canaries(rows)).of(seen) == (decisions == HONEST).sum()


def test_canaries_are_a_value() -> None:
    rows = np.arange(6.0).reshape(3, 2)
    one, same, other = Canaries(rows), Canaries(rows.copy()), Canaries(rows + 1.0)
    copied = pickle.loads(pickle.dumps(one))
    assert one == same == copied
    assert hash(one) == hash(same) == hash(copied)
    assert one != other
    assert one != Canaries(rows.reshape(2, 3))
    assert one != Canaries(rows.astype(np.float32))
    rows[:] = 7.0
    assert one == same
    assert not one.rows.flags.writeable


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.zeros((0, 2)), "rows must hold at least one canary, got none"),
        (np.zeros(3), "rows must be a matrix"),
        ([[np.nan]], "rows must be finite"),
    ],
)
def test_canaries_must_be_rows(rows: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Canaries(rows)


def test_rejected_share_is_what_sanitizing_left_out() -> None:
    seen, size = PLANE.seen(), len(PLANE.traffic)
    kept = replace(seen, kept=PLANE.traffic.take(np.arange(size // 4)))
    assert RejectedShare().of(seen) == 0.0
    assert RejectedShare().of(kept) == pytest.approx(0.75)
    nothing = PLANE.traffic.take(np.arange(0))
    assert RejectedShare().of(replace(seen, kept=nothing)) == 1.0
    assert RejectedShare().of(replace(seen, offered=nothing, kept=nothing)) is None


def test_scores_are_means_over_the_offered_and_over_the_kept_rows() -> None:
    kept = PLANE.traffic.take(PLANE.traffic.labels)
    seen = replace(PLANE.seen(), kept=kept)
    every = judge(PLANE.model.deployed, PLANE.traffic.rows).scores
    assert OfferedScore().of(seen) == pytest.approx(every.mean(), rel=1e-12)
    assert KeptScore().of(seen) == pytest.approx(every[PLANE.traffic.labels].mean(), rel=1e-12)
    nothing = PLANE.traffic.take(np.arange(0))
    assert KeptScore().of(replace(seen, kept=nothing)) is None
    assert OfferedScore().of(replace(seen, offered=nothing)) is None


def test_trusted_error_is_the_share_of_wrong_verdicts_that_are_sure() -> None:
    for scene in (WORDS, SPHERE, PLANE):
        trusted = scene.memory.trusted
        decisions = judge(scene.model.deployed, trusted.rows).decisions
        wrong = (decisions == HONEST) & trusted.labels | (decisions == MALICIOUS) & ~trusted.labels
        assert TrustedError().of(scene.seen()) == wrong.mean()


@given(arrays(np.float64, st.tuples(st.integers(0, 12), st.just(2)),
              elements=st.integers(-8, 8).map(float)), st.integers(0, 6))  # fmt: skip
@settings(max_examples=150)
def test_close_queries_have_another_one_within_the_radius(rows: Any, radius: int) -> None:
    seen = PLANE.seen()
    padded = np.pad(rows, ((0, 0), (0, 4)))
    for row in padded:
        seen.public.query(row[None])
    distances = np.linalg.norm(padded[:, None] - padded[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    close = (distances <= radius).any(axis=1).sum() if len(rows) else 0
    assert CloseQueries(float(radius)).of(seen) == close
    assert QueryCount().of(seen) == len(rows)


def test_a_line_search_asks_closer_than_a_sample() -> None:
    """As many queries, along a line to the boundary and all over the traffic."""
    searching, sampling = PLANE.seen(), PLANE.seen()
    low, high = PLANE.traffic.rows[0], INTRUSIONS[0]
    for step in range(12):
        searching.public.query((low + (high - low) * (1 - 0.5**step))[None])
    sampling.public.query(PLANE.traffic.rows[:12])
    statistic = CloseQueries(0.3)
    searched, sampled = statistic.of(searching), statistic.of(sampling)
    assert QueryCount().of(searching) == QueryCount().of(sampling) == 12
    assert searched is not None
    assert sampled is not None
    assert searched > sampled


@pytest.mark.parametrize("radius", [-0.1, float("nan"), float("inf")])
def test_radius_must_be_a_distance(radius: float) -> None:
    with pytest.raises(ValueError, match="radius must be at least 0 and finite"):
        CloseQueries(radius)


# It takes only what lies far out for malicious: the trap is the rest of the malicious cloud.
BLIND = LogisticRegression().fit(PLANE.traffic.rows + 2.0, PLANE.traffic.labels)


def trapped(rows: Any) -> Any:
    real, lie = judge(PLANE.model.deployed, rows), judge(BLIND, rows)
    return (real.decisions == MALICIOUS) & (lie.decisions == HONEST)


def test_hits_are_the_queries_the_offers_and_the_evasions_in_the_trap() -> None:
    public = Defense(Honeypot(BLIND)).publish(PLANE.public(), RNG(0))
    seen = replace(PLANE.seen(), public=public)
    offered, faced = (trapped(rows).sum() for rows in (PLANE.traffic.rows, PLANE.faced.rows))
    assert faced > 0
    assert HoneypotHits().of(seen) == offered + faced
    public.query(PLANE.faced.rows)
    assert HoneypotHits().of(seen) == offered + 2 * faced


def test_with_the_decoy_out_of_sight_only_queries_are_hits() -> None:
    public = Defense(Honeypot(BLIND)).publish(PLANE.public(), RNG(0)).hidden()
    seen = replace(PLANE.seen(), public=public)
    assert HoneypotHits().of(seen) == 0
    public.query(PLANE.faced.rows)
    assert HoneypotHits().of(seen) == trapped(PLANE.faced.rows).sum()


def test_without_a_lie_there_is_no_hit() -> None:
    seen = PLANE.seen()
    seen.public.query(PLANE.faced.rows)
    assert HoneypotHits().of(seen) == 0
    told = Defense(Mislead(BLIND, share=0.0)).publish(PLANE.public(), RNG(0)).hidden()
    told.query(PLANE.faced.rows)
    assert HoneypotHits().of(replace(seen, public=told)) == 0
