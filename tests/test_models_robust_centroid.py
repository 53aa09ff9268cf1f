"""Robust centers against their definitions, scipy, and what a minority can do to them.

That they are detectors like any other is tested in test_models_centroid.
"""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import trim_mean

from armsrace.models import (
    CentroidDetector,
    HuberCentroidDetector,
    MedianCentroidDetector,
    RobustCentroidDetector,
    TrimmedCentroidDetector,
)

seeds = st.integers(0, 2**32 - 1)
MAKERS: list[Callable[..., RobustCentroidDetector]] = [
    MedianCentroidDetector,
    TrimmedCentroidDetector,
    HuberCentroidDetector,
]


@settings(max_examples=100, deadline=None)
@given(seed=seeds, size=st.integers(1, 40), trimmed=st.sampled_from([0.0, 0.1, 0.25, 0.4, 0.49]))
def test_the_trimmed_center_is_scipys(seed: int, size: int, trimmed: float) -> None:
    rows = np.random.default_rng(seed).standard_cauchy((size, 3))
    center = TrimmedCentroidDetector(trimmed=trimmed, radius=1.0).fit(rows).center_
    np.testing.assert_allclose(center, trim_mean(rows, trimmed, axis=0), rtol=1e-12)


def test_29_percent_of_100_rows_are_29() -> None:
    # 0.29 * 100 is below 29 in floating point.
    rows = np.arange(100.0)[:, None] ** 3
    center = TrimmedCentroidDetector(trimmed=0.29, radius=1.0).fit(rows).center_
    assert center[0] == pytest.approx(rows[29:71].mean(), rel=1e-14)


@settings(max_examples=150, deadline=None)
@given(seed=seeds, size=st.integers(3, 40), tuning=st.sampled_from([0.1, 1.0, 1.345, 5.0]))
def test_the_huber_center_is_the_root_of_its_equation(seed: int, size: int, tuning: float) -> None:
    numbers = np.random.default_rng(seed).standard_cauchy(size)
    median = np.median(numbers)
    # 0.6744897501960817 is the 75 % quantile of the standard normal distribution.
    width = tuning * np.median(np.abs(numbers - median)) / 0.6744897501960817

    def pull(center: float) -> float:
        return float(np.clip(numbers - center, -width, width).sum())

    center = float(
        HuberCentroidDetector(tuning=tuning, radius=1.0).fit(numbers[:, None]).center_[0]
    )
    assert abs(pull(center)) <= 1e-9 * size * width
    if tuning >= 1:  # then the root is unique
        root = brentq(pull, numbers.min() - width, numbers.max() + width, xtol=1e-13)
        assert center == pytest.approx(root, abs=1e-9)


def test_a_wide_huber_center_is_the_mean_and_a_narrow_one_the_median() -> None:
    rows = np.random.default_rng(0).normal(size=(41, 4))
    wide = HuberCentroidDetector(tuning=100.0, radius=1.0).fit(rows).center_
    np.testing.assert_allclose(wide, rows.mean(axis=0), atol=1e-14)
    narrow = HuberCentroidDetector(tuning=1e-6, radius=1.0).fit(rows).center_
    np.testing.assert_allclose(narrow, np.median(rows, axis=0), atol=1e-4)


@pytest.mark.parametrize("make", MAKERS)
def test_a_constant_feature_stays_what_it_is(make: Callable[..., RobustCentroidDetector]) -> None:
    rows = np.random.default_rng(0).normal(size=(20, 2))
    rows[:, 1] = 0.7
    assert make(radius=1.0).fit(rows).center_[1] == pytest.approx(0.7, abs=1e-15)


@settings(max_examples=150, deadline=None)
@given(seed=seeds, honest=st.integers(3, 20), data=st.data(), make=st.sampled_from(MAKERS))
def test_a_minority_cannot_move_a_coordinate_far(
    seed: int,
    honest: int,
    data: st.DataObject,
    make: Callable[..., RobustCentroidDetector],
) -> None:
    # Of the trimmed center with its default of 1/10, only a tenth is such a minority.
    most = honest // 10 if make is TrimmedCentroidDetector else (honest - 1) // 2
    outliers = data.draw(st.integers(0, most))
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(honest, 3))
    poison = rng.normal(size=(outliers, 3)) * 1e9
    center = make(radius=1.0).fit(rows).updated(poison).center_
    # Median and trimmed mean stay among the honest rows. With a minority of outliers the MAD is at
    # most the honest range, so that Huber's width is at most twice that, and its center within it.
    span = rows.max(axis=0) - rows.min(axis=0)
    slack = 2 * span if make is HuberCentroidDetector else 0 * span
    assert (center >= rows.min(axis=0) - slack - 1e-12).all()
    assert (center <= rows.max(axis=0) + slack + 1e-12).all()


@pytest.mark.parametrize("make", MAKERS)
def test_planted_rows_pull_less_than_they_pull_the_mean(
    make: Callable[..., RobustCentroidDetector],
) -> None:
    """Five percent of the rows lie 10 standard deviations off: the mean follows by half of one."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 2))
    poison = np.full((10, 2), 10.0)
    clean = make(radius=1.0).fit(rows)
    pulled = np.abs(clean.updated(poison).center_ - clean.center_).max()
    mean = CentroidDetector(radius=1.0).fit(rows)
    assert np.abs(mean.updated(poison).center_ - mean.center_).min() > 0.4
    assert pulled < 0.2


def test_robust_centers_are_less_efficient_by_the_known_factors() -> None:
    """Asymptotic variances at Gaussian rows, over that of the mean: pi/2 and 1/.95 (Huber 1964)."""
    samples = np.random.default_rng(0).normal(size=(201, 20_000))
    variance = samples.mean(axis=0).var()
    for make, factor in ((MedianCentroidDetector, np.pi / 2), (HuberCentroidDetector, 1 / 0.95)):
        center = make(radius=1.0).fit(samples).center_
        assert center.var() / variance == pytest.approx(factor, rel=0.03)


def test_rows_are_kept_in_order() -> None:
    detector = MedianCentroidDetector(radius=1.0).fit([[3.0], [1.0], [3.0]]).updated([[2.0]])
    assert detector.rows_.ravel().tolist() == [3.0, 1.0, 3.0, 2.0]
    # Of equal rows the earliest goes first.
    assert detector.downdated([[3.0]]).rows_.ravel().tolist() == [1.0, 3.0, 2.0]


def test_zero_of_either_sign_is_one_row() -> None:
    detector = MedianCentroidDetector(radius=1.0).fit([[0.0], [-0.0], [1.0]])
    assert detector.downdated([[-0.0], [0.0]]).rows_.tolist() == [[1.0]]


@pytest.mark.parametrize("trimmed", [-0.1, 0.5, np.nan])
def test_trimmed_is_checked(trimmed: float) -> None:
    with pytest.raises(ValueError, match=r"trimmed must be in \[0, 0.5\), got"):
        TrimmedCentroidDetector(trimmed=trimmed).fit([[0.0], [1.0]])


@pytest.mark.parametrize("tuning", [0.0, -1.0, np.inf])
def test_tuning_is_checked(tuning: float) -> None:
    with pytest.raises(ValueError, match="tuning must be positive, got"):
        HuberCentroidDetector(tuning=tuning).fit([[0.0], [1.0]])
