"""Watches: a statistic of what the learner observes, and a chart that raises the alarm."""

from dataclasses import replace

import numpy as np
import pytest

from armsrace.checks import scenes
from armsrace.defenses import (
    Alarms,
    BlockedShare,
    Chart,
    Cusum,
    Defense,
    FixedLimit,
    Observed,
    RandomAlarm,
    Reading,
    Standardized,
    Statistic,
    Watch,
)
from armsrace.verdicts import Verdicts

WORDS = scenes()[0]
RNG = np.random.default_rng


def judged(decisions: list[int]) -> Observed:
    verdicts = Verdicts(np.zeros(len(decisions)), np.array(decisions, dtype=np.int8))
    return replace(WORDS.seen(), verdicts=verdicts)


def after(part: Watch, decisions: list[int], before: Alarms | None = None) -> Alarms:
    return part.monitor(before or Alarms(), judged(decisions), RNG(0))


@pytest.mark.parametrize(
    ("decisions", "share", "raised"),
    [
        ([0, 0, 0, 0], 0.0, False),
        ([1, 0, 0, 0], 0.25, False),
        ([1, -1, 0, 0], 0.5, False),
        ([1, -1, 1, 0], 0.75, True),
        ([], None, False),
    ],
)
def test_alarm_when_more_than_the_limit_is_blocked_or_unsure(
    decisions: list[int], share: float | None, raised: bool
) -> None:
    part = Watch(BlockedShare(), FixedLimit(0.5))
    alarms = after(part, decisions)
    assert alarms.raised == raised
    assert dict(alarms.notes) == {part: Reading(share, None)}


def test_two_watches_keep_their_notes_apart() -> None:
    strict, lax = (Watch(BlockedShare(), FixedLimit(limit)) for limit in (0.1, 0.9))
    alarms = after(lax, [1, 0], after(strict, [1, 0]))
    assert alarms.raised
    assert set(alarms.notes) == {strict, lax}


def test_a_chart_goes_on_from_round_to_round_and_starts_anew_at_an_alarm() -> None:
    part = Watch(BlockedShare(), Cusum(allowance=0.25, threshold=1.0))
    alarms, raised, states = Alarms(), [], []
    for decisions in ([1, 0], [1, 1], [], [1, 0], [1, 0]):
        alarms = Defense(part).monitor(alarms, judged(decisions), RNG(0))
        raised.append(alarms.raised)
        states.append(alarms.notes[part].state)
    assert states == [0.25, 0.0, 0.0, 0.25, 0.5]
    assert raised == [False, True, False, False, False]


def test_a_standardized_statistic_counts_spreads_from_its_mean() -> None:
    statistic = Standardized(BlockedShare(), mean=0.25, spread=0.125)
    assert statistic.of(judged([1, 0])) == 2.0
    assert statistic.of(judged([])) is None


def test_random_alarms_come_at_their_rate_whatever_happens() -> None:
    """4,000 rounds at one in eight, to 5 standard errors."""
    part, rng, rounds = RandomAlarm(0.125), RNG(3), 4000
    for seen in (judged([0]), judged([1])):
        raised = sum(part.monitor(Alarms(), seen, rng).raised for _ in range(rounds))
        assert abs(raised / rounds - 0.125) <= 5 * np.sqrt(0.125 * 0.875 / rounds)


@pytest.mark.parametrize(
    ("mean", "spread", "message"),
    [
        (0.0, 0.0, "spread must be positive and finite, got 0.0"),
        (0.0, float("nan"), "spread must be positive and finite, got nan"),
        (float("inf"), 1.0, "mean must be finite, got inf"),
    ],
)
def test_standards_must_be_numbers(mean: float, spread: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Standardized(BlockedShare(), mean, spread)


def test_rate_of_random_alarms_must_be_a_probability() -> None:
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\], got 1.5"):
        RandomAlarm(1.5)


@pytest.mark.parametrize("kind", [Statistic, Chart])
def test_families_are_abstract(kind: type) -> None:
    with pytest.raises(TypeError, match="abstract"):
        kind()
