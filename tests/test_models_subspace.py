"""Subspace detectors: the Q-statistic against chi squares, components against exact covariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, norm

from armsrace.models import RobustSubspaceDetector, SubspaceDetector, q_statistic

RNG = np.random.default_rng
RATES = (0.05, 0.01, 0.001)


def rows_with_covariance(covariance: np.ndarray, count: int = 200) -> np.ndarray:
    """Rows whose sample covariance is exactly the one given."""
    rows = RNG(0).normal(size=(count, len(covariance)))
    rows -= rows.mean(axis=0)
    whitening = np.linalg.inv(np.linalg.cholesky(np.cov(rows.T))).T
    return rows @ whitening @ np.linalg.cholesky(covariance).T


@pytest.mark.parametrize("count", [1, 2, 5, 20])
@pytest.mark.parametrize("rate", RATES)
def test_equal_components_give_wilson_and_hilferty(count: int, rate: float) -> None:
    cube = (1 - 2 / (9 * count) + norm.isf(rate) * np.sqrt(2 / (9 * count))) ** 3
    threshold = q_statistic(np.full(count, 3.0), rate)
    assert threshold == pytest.approx(3.0 * count * cube, rel=1e-12)
    # The exact distribution is chi square: the approximation is off by a sixth at the most.
    assert chi2.sf(threshold / 3.0, count) == pytest.approx(rate, rel=0.17)


@pytest.mark.parametrize(
    ("variances", "achieved"),
    [
        # Falling variances, h = 0.15: Jackson and Mudholkar's formula reads too high a threshold.
        (0.6 ** np.arange(7), {0.05: 0.0456, 0.01: 0.0076, 0.001: 0.0005}),
        # One variance over a hundred small ones, h = -0.85: Pearson's approximation.
        (np.append(1.0, np.full(100, 0.02)), {0.05: 0.049, 0.01: 0.01, 0.001: 0.001}),
    ],
)
def test_achieved_rate(variances: np.ndarray, achieved: dict[float, float]) -> None:
    rng = RNG(1)
    squared = np.concatenate(
        [rng.normal(size=(20_000, len(variances))) ** 2 @ variances for _ in range(20)]
    )
    for rate, expected in achieved.items():
        error = np.sqrt(expected / len(squared))
        share = float((squared > q_statistic(variances, rate)).mean())
        assert abs(share - expected) < 5 * error


@given(
    st.lists(st.floats(0.01, 100.0), min_size=1, max_size=10),
    st.floats(0.0001, 0.4),
    st.floats(1e-6, 1e6),
)
@settings(max_examples=200)
def test_threshold_scales_with_the_variances_and_falls_with_the_rate(
    variances: list[float], rate: float, scale: float
) -> None:
    threshold = q_statistic(variances, rate)
    assert q_statistic(scale * np.array(variances), rate) == pytest.approx(scale * threshold)
    assert q_statistic(variances, rate / 2) > threshold > 0
    assert q_statistic([*variances, 0.0], rate) == pytest.approx(threshold)


def test_detector_finds_the_leading_eigenvectors_of_an_exact_covariance() -> None:
    turn, _ = np.linalg.qr(RNG(2).normal(size=(6, 6)))
    variances = np.array([9.0, 5.0, 1.0, 0.5, 0.3, 0.1])
    rows = rows_with_covariance(turn * variances @ turn.T) + 7.0
    detector = SubspaceDetector(components=2, false_positive_rate=0.01).fit(rows)
    assert detector.center_ == pytest.approx(np.full(6, 7.0))
    assert np.abs(detector.components_ @ turn) == pytest.approx(np.eye(2, 6), abs=1e-9)
    assert detector.threshold_ == pytest.approx(q_statistic(variances[2:], 0.01) ** 0.5)
    residual = np.linalg.norm((rows[:5] - 7.0) @ turn[:, 2:], axis=1)
    assert detector.residuals(rows[:5]) == pytest.approx(residual)


@pytest.mark.parametrize("rate", [0.01, 0.05])
def test_honest_gaussian_rows_are_rejected_at_the_rate(rate: float) -> None:
    turn, _ = np.linalg.qr(RNG(3).normal(size=(10, 10)))
    spread = turn * np.array([4.0, 2.0, *[1.0] * 8])
    rng = RNG(4)
    detector = SubspaceDetector(components=2, false_positive_rate=rate)
    detector.fit(rng.normal(size=(20_000, 10)) @ spread.T)
    rejected = detector.predict(rng.normal(size=(50_000, 10)) @ spread.T).mean()
    # Eight equal components, where the Q-statistic is exact to 2 %; the rest is sampling error.
    assert rejected == pytest.approx(rate, rel=0.15)


@pytest.mark.parametrize(("chaff", "taken"), [(0.9, False), (1.1, True)])
def test_orthogonal_chaff_takes_over_once_its_variance_exceeds_the_gap(
    chaff: float, taken: bool
) -> None:
    first, second = 3.0, 1.0
    covariance = np.diag([first, second + chaff * (first - second), 0.5])
    detector = SubspaceDetector(components=1).fit(rows_with_covariance(covariance))
    assert np.abs(detector.components_[0]) == pytest.approx(np.eye(3)[int(taken)], abs=1e-9)


@pytest.mark.parametrize("volume", [0.1, 1.0, 5.0])
def test_chaff_tilts_the_component_by_the_closed_form(volume: float) -> None:
    along = np.array([np.cos(1.0), np.sin(1.0)])
    covariance = np.diag([2.0, 0.5]) + volume * np.outer(along, along)
    detector = SubspaceDetector(components=1).fit(rows_with_covariance(covariance))
    (x, y) = detector.components_[0]
    tilt = 0.5 * np.arctan2(2 * covariance[0, 1], covariance[0, 0] - covariance[1, 1])
    assert np.tan(tilt) == pytest.approx(y / x)


def test_robust_components_are_orthonormal_and_near_those_of_clean_rows() -> None:
    turn, _ = np.linalg.qr(RNG(5).normal(size=(8, 8)))
    rows = RNG(6).normal(size=(1000, 8)) * np.array([8.0, 4.0, *[1.0] * 6]) @ turn.T
    detector = RobustSubspaceDetector(components=2).fit(rows)
    assert detector.components_ @ detector.components_.T == pytest.approx(np.eye(2), abs=1e-12)
    explained = np.linalg.norm(detector.components_ @ turn[:, :2])
    assert explained**2 > 1.95  # of 2, for the subspace of the two leading directions


def test_chaff_in_a_fifth_of_the_rows_turns_the_mean_but_not_the_median_detector() -> None:
    rows = RNG(7).normal(size=(500, 6)) * np.array([3.0, *[1.0] * 5])
    rows[400:, 5] += 12.0 * RNG(8).normal(size=100)
    plain, robust = (
        kind(components=1).fit(rows) for kind in (SubspaceDetector, RobustSubspaceDetector)
    )
    assert abs(plain.components_[0, 5]) > 0.95
    assert abs(robust.components_[0, 0]) > 0.9
    assert np.abs(robust.center_).max() < 0.5


def test_laplace_threshold_is_that_of_median_and_deviation() -> None:
    rows = RNG(9).normal(size=(300, 4)) * np.array([5.0, 1.0, 1.0, 1.0])
    detector = RobustSubspaceDetector(components=1, false_positive_rate=0.02).fit(rows)
    residuals = detector.residuals(rows)
    middle = np.median(residuals)
    scale = np.median(np.abs(residuals - middle)) / np.log(2)
    assert detector.threshold_ == pytest.approx(middle + scale * np.log(1 / 0.04))


def test_without_components_the_residual_is_the_distance_from_the_center() -> None:
    rows = RNG(10).normal(size=(50, 3))
    for kind in (SubspaceDetector, RobustSubspaceDetector):
        detector = kind(components=0).fit(rows)
        distances = np.linalg.norm(rows - detector.center_, axis=1)
        assert detector.residuals(rows) == pytest.approx(distances)


@pytest.mark.parametrize("kind", [SubspaceDetector, RobustSubspaceDetector])
def test_what_cannot_be_fitted_is_refused(
    kind: type[SubspaceDetector] | type[RobustSubspaceDetector],
) -> None:
    rows = RNG(11).normal(size=(20, 3))
    with pytest.raises(ValueError, match="components must be at least 0, got -1"):
        kind(components=-1).fit(rows)
    with pytest.raises(ValueError, match=r"false_positive_rate must be in \(0, 1\), got 0"):
        kind(false_positive_rate=0.0).fit(rows)
    with pytest.raises(ValueError, match="more than 3 columns for 3 components, got 20 and 3"):
        kind(components=3).fit(rows)
    with pytest.raises(ValueError, match=r"more than 3 honest rows .*, got 3 and 3"):
        kind(components=2).fit(rows[:3])
    with pytest.raises(ValueError, match="must leave a residual, got none"):
        kind(components=1).fit(rows[:, :1] * [1.0, 0.0, 0.0])


def test_rows_without_spread_are_refused() -> None:
    rows = RNG(11).normal(size=(20, 1))
    with pytest.raises(ValueError, match="must leave a residual, got none"):
        SubspaceDetector(components=1).fit(rows * [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"must spread in 2 directions, .* got 1"):
        RobustSubspaceDetector(components=2).fit(rows * [1.0, 0.0, 0.0])
    with pytest.raises(ValueError, match=r"must spread in 1 directions, .* got 0"):
        RobustSubspaceDetector(components=1).fit(np.ones((20, 3)))


def test_parameters_of_the_grid_search_are_checked() -> None:
    rows = RNG(12).normal(size=(20, 3))
    for parameters, message in (
        ({"angles": 1}, "angles must be at least 2, got 1"),
        ({"sweeps": 0}, "sweeps must be at least 1, got 0"),
        ({"false_positive_rate": 0.5}, "false_positive_rate must be below 1/2, got 0.5"),
    ):
        with pytest.raises(ValueError, match=message):
            RobustSubspaceDetector(components=1, **parameters).fit(rows)


def test_bad_variances_are_refused() -> None:
    for variances in ([], [0.0, 0.0], [-1.0, 2.0], [float("nan")]):
        with pytest.raises(ValueError, match="eigenvalues must be at least 0 and not all 0"):
            q_statistic(variances, 0.01)
    with pytest.raises(ValueError, match=r"false_positive_rate must be in \(0, 1\), got 1"):
        q_statistic([1.0], 1.0)
