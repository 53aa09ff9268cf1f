r"""Intervals: how far an estimate from a few random repetitions may be from the truth.

An *interval* at level c is a pair of numbers, computed from data, that encloses the unknown number
with probability c. The first axis of all data is the repetition (one seed, one row); every other
axis is a quantity of its own.

* The mean of n independent draws: Student's t, `mean_interval`.
* The difference of two means whose draws are paired, seed by seed: the t interval of the
  differences, `paired_difference`. When both share their random numbers it is the narrower one.
* The ratio of two such means: Fieller's set, `paired_ratio`, the ratios that the paired t interval
  does not reject.
* A rate, k successes in n trials: Wilson's score interval, `wilson_interval`, which keeps inside
  [0, 1] and has a positive width even at k = 0.
* A curve, that is many means at once: `simultaneous_band` encloses the *whole* curve with
  probability c, whereas pointwise intervals at 95 % enclose ten independent points together in
  :math:`0.95^{10}` = 60 % of cases.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, eq=False)
class Interval:
    """Estimates with the intervals around them; arrays of one shape.

    Attributes
    ----------
    estimate, low, high
        The estimate and the two ends of its interval, in the unit of the data.
    level
        The probability with which the interval encloses the truth, in (0, 1).
    kind
        How it was made, for the caption of a figure: "Student t", "max-t bootstrap", "Wilson".
    """

    estimate: Array
    low: Array
    high: Array
    level: float
    kind: str

    @property
    def half_width(self) -> Array:
        """Half the distance between the ends."""
        return (self.high - self.low) / 2


def mean_interval(samples: ArrayLike, *, level: float = 0.95) -> Interval:
    r"""Estimate means of independent draws by Student's t.

    .. math:: \bar x \pm t_{n-1}\!\left(\tfrac{1+c}{2}\right) \frac{s}{\sqrt n}

    with s the standard deviation (n - 1 in its denominator). Exact for normal draws.

    Parameters
    ----------
    samples
        Shape (n, ...): draw, then the quantities. With n = 1 the intervals are infinite: one draw
        cannot tell how much it errs.
    level
        In (0, 1).

    Raises
    ------
    ValueError
        When a number is not finite, there is no draw, or level is not in (0, 1).

    Examples
    --------
    >>> interval = mean_interval([1.0, 2.0, 3.0])
    >>> float(interval.estimate), round(float(interval.half_width), 3)
    (2.0, 2.484)
    """
    from scipy.special import stdtrit

    array = _draws("samples", samples)
    _check_level(level)
    n = len(array)
    mean = array.mean(axis=0)
    if n == 1:
        half = np.full_like(mean, np.inf)
    else:
        half = stdtrit(n - 1, (1 + level) / 2) * array.std(axis=0, ddof=1) / np.sqrt(n)
    return Interval(mean, mean - half, mean + half, level, "Student t")


def paired_difference(first: ArrayLike, second: ArrayLike, *, level: float = 0.95) -> Interval:
    """Estimate the mean of first - second over paired draws by Student's t.

    Parameters
    ----------
    first, second
        Shape (n, ...), both alike; draw s of both was made with the same random numbers.
    level
        In (0, 1).

    Raises
    ------
    ValueError
        When the shapes differ, and as in `mean_interval`.

    Examples
    --------
    >>> difference = paired_difference([2.0, 9.0, 5.0], [1.0, 8.0, 4.5])
    >>> round(float(difference.low), 3), round(float(difference.high), 3)
    (0.116, 1.55)
    """
    one, two = _draws("first", first), _draws("second", second)
    if one.shape != two.shape:
        raise ValueError(
            f"first and second must have the same shape, got {one.shape} and {two.shape}"
        )
    return mean_interval(one - two, level=level)


def paired_ratio(first: ArrayLike, second: ArrayLike, *, level: float = 0.95) -> Interval:
    r"""Estimate mean(first) / mean(second) over paired draws by Fieller's set.

    All ratios r at which the t interval of the mean of first - r second holds 0. Where it is finite
    it lies on one side of 0 exactly when the t interval of the mean of first does. Exact for draws
    that are normal together.

    Parameters
    ----------
    first, second
        Shape (n,), both alike; draw s of both was made with the same random numbers.
    level
        In (0, 1).

    Returns
    -------
    Interval
        Infinite where the mean of second may be 0: no ratio can be told then.

    Raises
    ------
    ValueError
        When the shapes differ, and as in `mean_interval`.

    References
    ----------
    Fieller, E. C. (1954). Some problems in interval estimation. JRSS B 16.

    Examples
    --------
    >>> ratio = paired_ratio([1.0, 1.3, 1.1], [2.0, 2.4, 2.3])
    >>> round(float(ratio.estimate), 3), round(float(ratio.low), 3), round(float(ratio.high), 3)
    (0.507, 0.412, 0.586)
    """
    from scipy.special import stdtrit

    one, two = _draws("first", first), _draws("second", second)
    _check_level(level)
    if one.ndim != 1 or one.shape != two.shape:
        raise ValueError(
            f"first and second must have the same shape (n,), got {one.shape} and {two.shape}"
        )
    n, low, high = len(one), -np.inf, np.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = one.mean() / two.mean()
    if n > 1:
        spread = stdtrit(n - 1, (1 + level) / 2) ** 2 / n * np.cov(one, two)
        # The roots of a r^2 - 2 b r + c = 0.
        a = two.mean() ** 2 - spread[1, 1]
        b = one.mean() * two.mean() - spread[0, 1]
        c = one.mean() ** 2 - spread[0, 0]
        if a > 0:
            # Where a > 0 there are real roots; rounding may say otherwise of a double one.
            reach = np.sqrt(max(b * b - a * c, 0.0))
            low, high = (b - reach) / a, (b + reach) / a
    return Interval(np.asarray(estimate), np.asarray(low), np.asarray(high), level, "Fieller")


def wilson_interval(successes: ArrayLike, trials: ArrayLike, *, level: float = 0.95) -> Interval:
    r"""Estimate rates from counts by Wilson's score interval.

    All rates p that a normal test of k successes in n trials does not reject, z the normal quantile
    at (1 + c) / 2:

    .. math:: |k/n - p| \le z \sqrt{p (1 - p) / n}

    Parameters
    ----------
    successes, trials
        Counts k and n, of shapes that broadcast; 0 <= k <= n and n >= 1.
    level
        In (0, 1).

    Raises
    ------
    ValueError
        When a count is out of its range or level is not in (0, 1).

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", J. Am.
    Stat. Assoc. 22 (1927) 209-212.

    Examples
    --------
    >>> rate = wilson_interval(0, 10)
    >>> float(rate.estimate), float(rate.low), round(float(rate.high), 4)
    (0.0, 0.0, 0.2775)
    """
    from scipy.special import ndtri

    k, n = np.broadcast_arrays(
        np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    )
    _check_level(level)
    if not (n >= 1).all():
        raise ValueError(f"trials must be at least 1, got {n.min()}")
    if not ((k >= 0) & (k <= n)).all():
        raise ValueError("successes must be in [0, trials]")
    z = float(ndtri((1 + level) / 2))
    center = (k + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(k * (n - k) / n + z**2 / 4)
    # Rounding aside, the ends are 0 at k = 0 and 1 at k = n.
    low = np.where(k == 0, 0.0, center - half)
    high = np.where(k == n, 1.0, center + half)
    return Interval(k / n, low, high, level, "Wilson")


def simultaneous_band(
    samples: ArrayLike,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    resamples: int = 1999,
) -> Interval:
    r"""Enclose a whole curve of means, at all its points together, by the max-t bootstrap.

    With :math:`\bar x_j` and :math:`s_j` the mean and the standard deviation at point j, the band
    is :math:`\bar x_j \pm q\, s_j / \sqrt n`, with one q for all points: the quantile of

    .. math:: \max_j \; \sqrt n \, |\bar x^*_j - \bar x_j| \,/\, s^*_j

    over resamples, drawn with replacement, of whole rows; so the dependence between the points of
    one curve is kept. Every resample is divided by its own standard deviation, which holds the
    joint level for few seeds and skewed draws, at the price of a wide band below 16 seeds. In
    simulations with 20 points and from 8 seeds on it enclosed the curve in 94 to 99 % of 1000 cases
    of normal, binomial and exponential draws each; pointwise intervals did in 10 to 80 %.

    No band can know of what no seed has shown. Where all seeds agree its width is zero, and for
    curves that jump at a random round, whose first rounds hang on the rare early jump, it enclosed
    the curve in 83 to 90 % of cases.

    Parameters
    ----------
    samples
        Shape (n, points): seed, then the points of the curve; at least 5 seeds.
    rng
        Draws the resamples.
    level
        In (0, 1).
    resamples
        How many, at least 1 / (1 - level).

    Raises
    ------
    ValueError
        When the shape does not fit, a number is not finite, or there are too few seeds or
        resamples.

    References
    ----------
    J. P. Romano, M. Wolf, "Stepwise multiple testing as formalized data snooping", Econometrica 73
    (2005) 1237-1282 (the studentized maximum).

    Examples
    --------
    >>> curves = np.random.default_rng(0).normal(size=(64, 10)).cumsum(axis=1)
    >>> band = simultaneous_band(curves, rng=np.random.default_rng(1))
    >>> pointwise = mean_interval(curves)
    >>> bool((band.half_width > pointwise.half_width).all())
    True
    """
    array = _draws("samples", samples)
    _check_level(level)
    if array.ndim != 2 or array.shape[1] == 0:
        raise ValueError(f"samples must have shape (seeds, points), got {array.shape}")
    n = len(array)
    if n < 5:
        raise ValueError(f"samples must hold at least 5 seeds for a band, got {n}; play more seeds")
    if resamples * (1 - level) < 1:
        raise ValueError(
            f"resamples must be at least {int(np.ceil(1 / (1 - level)))} at level {level:g}, "
            f"got {resamples}"
        )
    mean = array.mean(axis=0)
    spread = array.std(axis=0, ddof=1)
    # A constant column is known exactly, as far as the seeds tell, and has no t; rounding in its
    # mean may leave a spread of 1e-16 times its size.
    moving = np.ptp(array, axis=0) > 0
    spread = np.where(moving, spread, 0.0)
    quantile = (
        _max_t_quantile((array - mean)[:, moving] / spread[moving], rng, level, resamples)
        if moving.any()
        else 0.0
    )
    half = quantile * spread / np.sqrt(n)
    return Interval(mean, mean - half, mean + half, level, "max-t bootstrap")


def _max_t_quantile(
    deviations: Array, rng: np.random.Generator, level: float, resamples: int
) -> float:
    """Quantile of the largest |t| over the columns, each of mean 0 and standard deviation 1."""
    n = len(deviations)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=resamples).astype(np.float64)
    means = counts @ deviations / n
    variances = (counts @ deviations**2 / n - means**2) * n / (n - 1)
    # A resample in which a column is constant has no scale there, so no t. The threshold is far
    # above the rounding of the difference and far below any variance of distinct values.
    scaled = variances > 1e-12
    ratios = np.zeros_like(means)
    np.divide(np.abs(means), np.sqrt(variances, where=scaled, out=ratios), where=scaled, out=ratios)
    # The next larger order statistic: never a band narrower than the level.
    return float(np.sqrt(n) * np.quantile(ratios.max(axis=1), level, method="higher"))


def _draws(name: str, values: ArrayLike) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0 or len(array) == 0:
        raise ValueError(f"{name} must hold at least one draw, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity")
    return array


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), got {level:g}")
