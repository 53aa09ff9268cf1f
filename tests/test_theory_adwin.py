"""ADWIN's cut and its guarantee."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.theory import adwin


@pytest.mark.parametrize(("shift", "newer"), [(0.2, 1339), (0.3, 319), (0.5, 94)])
def test_known_windows(shift: float, newer: int) -> None:
    assert adwin.guaranteed_window(shift, older=1000, significance=0.1) == newer


@settings(max_examples=100, deadline=None)
@given(st.floats(0.05, 1.0), st.integers(1, 2000), st.floats(0.001, 0.5))
def test_guaranteed_window_is_the_first_that_sees(
    shift: float, older: int, significance: float
) -> None:
    lengths = np.arange(1, 60_000)
    seen = 2 * adwin.cut(older, lengths, significance) <= shift
    window = adwin.guaranteed_window(shift, older, significance)
    assert window == (lengths[np.argmax(seen)] if seen.any() else np.inf)


def test_unchanged_windows_are_cut_far_more_rarely_than_the_bound_allows() -> None:
    rng = np.random.default_rng(6)
    older, newer, runs = 200, 100, 20_000
    means = rng.binomial(older, 0.5, runs) / older, rng.binomial(newer, 0.5, runs) / newer
    cuts = np.abs(means[0] - means[1]) >= adwin.cut(older, newer, significance=0.1)
    # Hoeffding's inequality, and the union over all places to cut, cost two orders of magnitude.
    assert cuts.mean() < 0.1 / 100


def test_twice_the_cut_is_seen_with_the_promised_probability() -> None:
    rng = np.random.default_rng(7)
    shift, older, runs = 0.3, 1000, 2000
    newer = int(adwin.guaranteed_window(shift, older, significance=0.1))
    before = rng.binomial(older, 0.35, runs) / older
    after = rng.binomial(newer, 0.65, runs) / newer
    cuts = np.abs(before - after) >= adwin.cut(older, newer, significance=0.1)
    assert cuts.mean() >= 0.9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 10, 0.1), "shift must be in"),
        ((0.1, 0, 0.1), "older must be"),
        ((0.1, 10, 1.0), "significance must be in"),
    ],
)
def test_bad_input_is_named_at_the_door(arguments: tuple[float, int, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        adwin.guaranteed_window(*arguments)
