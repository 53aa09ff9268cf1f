"""What a sphere accepts of normal rows: integrals, limits, and rows that are drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from armsrace.statistics import mean_interval, wilson_interval
from armsrace.theory.sphere_acceptance import accepted_moments, sure_offsets


@given(offset=st.floats(0, 3), spread=st.floats(0.05, 2))
@settings(max_examples=100, deadline=None)
def test_on_a_line_they_are_moments_of_a_truncated_normal(offset: float, spread: float) -> None:
    """One direction: the moments of N(-e, sigma^2) on [-1, 1], in closed form."""
    share, pull, square = accepted_moments(offset, 1, spread)
    ends = (np.array([-1.0, 1.0]) + offset) / spread
    mass = np.diff(norm.cdf(ends))[0]
    first = -np.diff(norm.pdf(ends))[0]  # of the standardized row
    second = mass - np.diff(ends * norm.pdf(ends))[0]
    assert share == pytest.approx(mass, abs=1e-12)
    assert -pull * offset == pytest.approx(-offset * mass + spread * first, abs=1e-12)
    moment = offset**2 * mass - 2 * offset * spread * first + spread**2 * second
    assert spread**2 * pull + square * offset**2 == pytest.approx(moment, abs=1e-11)


@pytest.mark.parametrize(("features", "spread"), [(2, 0.4), (9, 0.24), (57, 0.115)])
def test_rows_that_are_drawn_have_these_moments(features: int, spread: float) -> None:
    rng = np.random.default_rng(features)
    rows = rng.normal(0, spread, size=(100_000, features))
    for along, across in ((0.0, 0.0), (0.3, 0.0), (0.2, 0.5), (0.9, 0.6)):
        center = np.zeros(features)
        center[[0, 1]] = along, -across
        way = rows - center
        inside = (way**2).sum(axis=1) <= 1
        share, pull, square = accepted_moments(np.hypot(along, across), features, spread)
        counted = wilson_interval(inside.sum(), len(rows), level=0.9999)
        assert counted.low <= share <= counted.high
        for drawn, known in (
            (way[:, 0], -pull * along),
            (way[:, 1], pull * across),
            (way[:, 0] ** 2, spread**2 * pull + square * along**2),
            (way[:, 0] * way[:, 1], -square * along * across),
        ):
            interval = mean_interval((inside * drawn)[:, None], level=0.9999)
            assert interval.low[0] <= known <= interval.high[0]


@given(
    features=st.integers(1, 100),
    spread=st.floats(0.01, 1),
    offsets=st.tuples(st.floats(0, 3), st.floats(0, 3)),
)
@settings(max_examples=100, deadline=None)
def test_less_is_accepted_farther_off_and_what_is_lost_lies_ahead(
    features: int, spread: float, offsets: tuple[float, float]
) -> None:
    shares = np.array([accepted_moments(sorted(offsets), features, spread)])[0]
    assert (shares[:, 0] >= shares[:, 1] - 1e-12).all()
    assert (np.diff(shares, axis=0) <= 1e-12).all()
    assert ((shares >= 0) & (shares <= 1)).all()


@pytest.mark.parametrize("features", [1, 4, 57])
@pytest.mark.parametrize("spread", [0.001, 0.05, 0.115])
def test_beyond_the_sure_offsets_all_is_accepted_or_nothing(features: int, spread: float) -> None:
    nearest, farthest = sure_offsets(features, spread)
    if nearest > 0:
        assert accepted_moments(nearest, features, spread) == pytest.approx([1, 1, 1], abs=1e-13)
    assert accepted_moments(farthest, features, spread) == pytest.approx([0, 0, 0], abs=1e-13)


@pytest.mark.parametrize("offset", [1e-300, 5e-162, 2e-159, 1e-155])
def test_a_tiny_offset_is_none(offset: float) -> None:
    """Where scipy's noncentral chi-square law is wrong in the first digit."""
    assert accepted_moments(offset, 1, 0.5) == pytest.approx(accepted_moments(0.0, 1, 0.5))


def test_without_spread_all_rows_lie_at_their_mean() -> None:
    share, pull, square = accepted_moments([0.0, 1.0, 1.1], 5, 0.0)
    assert share.tolist() == pull.tolist() == square.tolist() == [1.0, 1.0, 0.0]
    assert sure_offsets(5, 0.0) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((-1.0, 2, 0.1), r"offset must be in \[0, inf\), got -1"),
        ((0.5, 0, 0.1), r"features must be a whole number in \[1, inf\), got 0"),
        ((0.5, 2, -0.1), r"spread must be in \[0, inf\), got -0.1"),
    ],
)
def test_bad_arguments_are_refused(arguments: tuple[float, int, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        accepted_moments(*arguments)
