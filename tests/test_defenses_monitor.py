"""Alarms: raised by the share of traffic that is not let through, noted under the part."""

from dataclasses import replace

import numpy as np
import pytest

from armsrace.checks import scenes
from armsrace.defenses import Alarms, BlockedShareAlarm
from armsrace.verdicts import Verdicts

WORDS = scenes()[0]


def after(part: BlockedShareAlarm, decisions: list[int], before: Alarms | None = None) -> Alarms:
    verdicts = Verdicts(np.zeros(len(decisions)), np.array(decisions, dtype=np.int8))
    seen = replace(WORDS.seen(), verdicts=verdicts)
    return part.monitor(before or Alarms(), seen, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("decisions", "share", "raised"),
    [
        ([0, 0, 0, 0], 0.0, False),
        ([1, 0, 0, 0], 0.25, False),
        ([1, -1, 0, 0], 0.5, False),
        ([1, -1, 1, 0], 0.75, True),
        ([], 0.0, False),
    ],
)
def test_alarm_when_more_than_the_limit_is_blocked_or_unsure(
    decisions: list[int], share: float, raised: bool
) -> None:
    part = BlockedShareAlarm(0.5)
    alarms = after(part, decisions)
    assert alarms.raised == raised
    assert dict(alarms.notes) == {part: share}


def test_two_alarms_keep_their_notes_apart() -> None:
    strict, lax = BlockedShareAlarm(0.1), BlockedShareAlarm(0.9)
    alarms = after(lax, [1, 0], after(strict, [1, 0]))
    assert alarms.raised
    assert set(alarms.notes) == {strict, lax}


@pytest.mark.parametrize("limit", [-0.1, 1.5, float("nan")])
def test_limit_must_be_a_share(limit: float) -> None:
    with pytest.raises(ValueError, match=rf"limit must be in \[0, 1\], got {limit}"):
        BlockedShareAlarm(limit)
