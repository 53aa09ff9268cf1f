r"""When an attack shows: run lengths of CUSUM, and what a stealthy attack trades for time.

*CUSUM.* From the log-likelihood ratio l of each observation, traffic under attack against honest
traffic, the detector keeps S = max(0, S + l), starting at 0, and raises an alarm at S >= h. Its
*run length* is the number of observations until the alarm. Under honest traffic the mean run
length measures false alarms, and it is at least :math:`e^h`; under attack, from S = 0, it is the
worst-case mean *delay*. `cusum_run_length` computes both for any distribution of l by the chain of
Brook and Evans (1972); `siegmund_run_length` approximates them in closed form for a Gaussian. For a
mean that moves by d standard deviations, l = d x - d^2 / 2.

*Shares.* A detector that judges n rows of several classes, each row of class c with the chance p_c
to be marked, marks a sum of binomials. How many it marks before one knows which detector one has is
a mixture of these (`marked_rows`), from which a limit follows exactly, for traffic of any size.

*Stealth.* An adversary that contaminates only a fraction :math:`\nu` of the traffic with P1 turns
the honest P0 into :math:`(1 - \nu) P_0 + \nu P_1`, whose divergence from P0 is of order
:math:`\nu^2`: the delay grows as :math:`1 / \nu^2`, the attack points that pass before the alarm
as :math:`1 / \nu`.

References
----------
.. [1] D. Brook, D. A. Evans, "An approach to the probability distribution of CUSUM run length",
   Biometrika 59, 1972.
.. [2] D. Siegmund, "Sequential analysis", Springer, 1985, section 2.6.
.. [3] G. Lorden, "Procedures for reacting to a change in distribution", Annals of Mathematical
   Statistics 42, 1971.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, count, counts, number, numbers

_LONGEST = 1e12  # a longer run cannot be told from no alarm at all within float64


def cusum_run_length(
    increment_cdf: Callable[[Array], Array], threshold: float, cells: int = 400
) -> float:
    """Mean run length of a CUSUM whose increments are independent draws of one distribution.

    The sum is rounded to the nearest of the states 0, w, 2w, ..., with cells of width w that end
    at the threshold; the mean run length of that Markov chain solves a linear system. For smooth
    distributions the error falls as 1 / cells^2. Takes time of order cells^3.

    Parameters
    ----------
    increment_cdf
        Distribution function of the increment l, from an array of any shape to one of that shape.
    threshold
        Level h of the alarm, in the unit of the increments; positive.
    cells
        Number of states, at least 2.

    Returns
    -------
    float
        Observations until the alarm, on average.

    Raises
    ------
    ValueError
        When an argument is out of its range, or the run is longer than 1e12 observations.

    Examples
    --------
    >>> from scipy.special import ndtr
    >>> round(cusum_run_length(lambda l: ndtr(l + 0.5), threshold=4.0), 1)
    335.4
    """
    threshold = number("threshold", threshold, "(0, inf)")
    cells = count("cells", cells, "[2, inf)")
    width = threshold / (cells - 0.5)
    edges = (np.arange(-cells, cells, dtype=np.float64) + 0.5) * width
    below = increment_cdf(edges)
    states = np.arange(cells)
    upper = states - states[:, None] + cells  # the edge above each move from state to state
    moves = below[upper] - below[upper - 1]
    moves[:, 0] = below[upper[:, 0]]  # whatever falls below zero starts again from zero
    try:
        lengths = np.linalg.solve(np.eye(cells) - moves, np.ones(cells))
    except np.linalg.LinAlgError:
        lengths = np.full(cells, np.inf)
    if not 0.0 < lengths[0] <= _LONGEST:
        raise ValueError(
            f"threshold must give a run length of at most {_LONGEST:g}, got {threshold:g}; lower it"
        )
    return float(lengths[0])


def gaussian_cusum_run_length(
    shift: float, threshold: float, mean: float = 0.0, cells: int = 400
) -> float:
    """Mean run length of the CUSUM for a shift of the mean of unit-variance Gaussian observations.

    Parameters
    ----------
    shift
        Shift d that the CUSUM is built for, in standard deviations; positive.
    threshold
        Level h of the alarm, in units of the log-likelihood ratio; positive.
    mean
        Mean that the observations really have: 0 for the time between false alarms, the shift for
        the delay.
    cells
        Number of states of the chain, at least 2.

    Raises
    ------
    ValueError
        When an argument is out of its range, or the run is longer than 1e12 observations.

    Examples
    --------
    >>> round(gaussian_cusum_run_length(1.0, 5.0), 1)
    930.9
    >>> round(gaussian_cusum_run_length(1.0, 5.0, mean=1.0), 2)
    10.38
    """
    from scipy.special import ndtr

    shift = number("shift", shift, "(0, inf)")
    mean = number("mean", mean, "(-inf, inf)")
    drift = shift * mean - shift**2 / 2.0
    return cusum_run_length(lambda ratio: ndtr((ratio - drift) / shift), threshold, cells)


def gaussian_cusum_threshold(shift: float, run_length: float, cells: int = 400) -> float:
    """Threshold at which false alarms are a stated number of observations apart, on average.

    Parameters
    ----------
    shift
        Shift d that the CUSUM is built for, in standard deviations; positive.
    run_length
        Mean number of observations between false alarms, at most 1e9. Without any threshold, they
        are already 1 / P(l > 0) observations apart.
    cells
        Number of states of the chain, at least 2.

    Raises
    ------
    ValueError
        When an argument is out of its range, or no threshold makes alarms as frequent as that.

    Examples
    --------
    >>> round(gaussian_cusum_threshold(1.0, run_length=1000), 3)
    5.071
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr

    shift = number("shift", shift, "(0, inf)")
    run_length = number("run_length", run_length, "[2, 1e9]")
    shortest = 1.0 / float(ndtr(-shift / 2.0))
    if run_length <= shortest:
        raise ValueError(
            f"run_length must exceed {shortest:g} for a shift of {shift:g}, got {run_length:g}"
        )

    def excess(threshold: float) -> float:
        length = gaussian_cusum_run_length(shift, threshold, cells=cells)
        return float(np.log(length / run_length))

    # The run length is at least exp(threshold), so the upper end is long enough.
    return float(brentq(excess, 1e-9, np.log(run_length), xtol=1e-10))


def marked_rows(sizes: ArrayLike, rates: ArrayLike) -> Array:
    r"""Distribution of the number of rows that a detector marks, over detectors.

    .. math:: P(K = k) = E_p\, P\Big(\sum_c \mathrm{Bin}(n_c, p_c) = k\Big)

    Parameters
    ----------
    sizes
        Number n of rows of each class, shape (classes,).
    rates
        Chance p that a detector marks a row of each class, shape (detectors, classes); the
        detectors are equally likely.

    Returns
    -------
    array
        The chance of k = 0, 1, ... marked rows, shape (sum of sizes + 1,).

    Raises
    ------
    ValueError
        When an argument is out of its range, or the shapes do not fit.

    Examples
    --------
    >>> marked_rows([1, 1], [[0.5, 0.5], [0.0, 1.0]]).tolist()
    [0.125, 0.75, 0.125]
    """
    from scipy.special import gammaln, xlog1py, xlogy

    sizes = counts("sizes", sizes, "[0, inf)")
    rates = numbers("rates", rates, "[0, 1]")
    if sizes.ndim != 1 or rates.ndim != 2 or not len(rates) or rates.shape[1] != len(sizes):
        raise ValueError(
            "rates must have shape (detectors, classes) and sizes (classes,), got "
            f"{rates.shape} and {sizes.shape}"
        )
    chances = np.ones((len(rates), 1))
    for size, rate in zip(sizes, rates.T, strict=True):
        k = np.arange(size + 1.0)
        ways = gammaln(size + 1) - gammaln(k + 1) - gammaln(size - k + 1)
        added = np.exp(ways + xlogy(k, rate[:, None]) + xlog1py(size - k, -rate[:, None]))
        chances = np.array([np.convolve(*each) for each in zip(chances, added, strict=True)])
    mean: Array = chances.mean(axis=0)
    return mean


def siegmund_run_length(shift: ArrayLike, threshold: ArrayLike, mean: ArrayLike = 0.0) -> Array:
    r"""Closed-form approximation of `gaussian_cusum_run_length`.

    .. math:: \frac{e^{-2 \Delta b} + 2 \Delta b - 1}{2 \Delta^2}, \qquad
              \Delta = \mu - d/2, \qquad b = h / d + 1.166,

    which is b^2 at :math:`\Delta = 0`. Within 1 % for shifts up to 1, 6.2 % at 2.

    Parameters
    ----------
    shift
        Shift d that the CUSUM is built for, in standard deviations; positive.
    threshold
        Level h of the alarm, in units of the log-likelihood ratio; positive.
    mean
        Mean :math:`\mu` that the observations really have.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> siegmund_run_length(1.0, 5.0, mean=[0.0, 1.0]).round(1).tolist()
    [938.2, 10.3]
    """
    shift = numbers("shift", shift, "(0, inf)")
    barrier = numbers("threshold", threshold, "(0, inf)") / shift + 1.166
    drift = numbers("mean", mean, "(-inf, inf)") - shift / 2.0
    exponent = -2.0 * drift * barrier
    with np.errstate(divide="ignore", invalid="ignore"):
        length = (np.expm1(exponent) - exponent) / (2.0 * drift**2)
    # The quotient loses its digits near zero drift; its series there is b^2 (1 + exponent / 3).
    return np.where(np.abs(exponent) < 1e-4, barrier**2 * (1.0 + exponent / 3.0), length)[()]


def shortest_run_length(threshold: ArrayLike) -> Array:
    """Lower bound exp(h) of the mean time between false alarms, for any distribution (Lorden 1971).

    Parameters
    ----------
    threshold
        Level h of the alarm, in units of the log-likelihood ratio.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(shortest_run_length(5.0)), 1)
    148.4
    """
    return np.exp(numbers("threshold", threshold, "[0, inf)"))


def lorden_delay(run_length: ArrayLike, divergence: ArrayLike) -> Array:
    r"""Smallest worst-case mean delay, to first order as false alarms become rare (Lorden 1971).

    .. math:: \frac{\ln \mathrm{ARL}}{\mathrm{KL}}

    which CUSUM attains. The *ratio* of the delay to this tends to 1; at any finite run length the
    delay may be shorter. For a shift of one standard deviation it is 0.67 times this at h = 3 and
    0.89 times at h = 14.

    Parameters
    ----------
    run_length
        Mean number ARL of observations between false alarms, at least 1.
    divergence
        Kullback-Leibler divergence, in nats, of the traffic under attack from honest traffic.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(lorden_delay(1000, divergence=0.5)), 2)
    13.82
    """
    run_length = numbers("run_length", run_length, "[1, inf)")
    return np.log(run_length) / numbers("divergence", divergence, "(0, inf)")


def gaussian_chi_square(shift: ArrayLike) -> Array:
    r"""Chi-square divergence of a unit-variance Gaussian from the same one shifted by d.

    .. math:: \chi^2(P_1 \| P_0) = \int \frac{p_1^2}{p_0} - 1 = e^{d^2} - 1

    Parameters
    ----------
    shift
        Shift d in standard deviations.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(gaussian_chi_square(1.0)), 4)
    1.7183
    """
    return np.expm1(numbers("shift", shift, "(-inf, inf)") ** 2)


def contamination_divergence(rate: ArrayLike, chi_square: ArrayLike) -> Array:
    r"""Divergence of contaminated from honest traffic, to second order in the rate.

    .. math:: \mathrm{KL}\left((1 - \nu) P_0 + \nu P_1 \,\|\, P_0\right)
              \approx \tfrac12 \nu^2 \chi^2(P_1 \| P_0)

    Derived here. For a unit Gaussian shift the exact value is 0.98 times this at a rate of 1 % and
    0.77 times at 20 %.

    Parameters
    ----------
    rate
        Share :math:`\nu` of the traffic that is the adversary's, in [0, 1].
    chi_square
        Chi-square divergence of the adversary's traffic from honest traffic.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(contamination_divergence(0.1, gaussian_chi_square(1.0))), 6)
    0.008591
    """
    rate = numbers("rate", rate, "[0, 1]")
    return rate**2 * numbers("chi_square", chi_square, "[0, inf)") / 2.0


def stealth_points(run_length: ArrayLike, rate: ArrayLike, chi_square: ArrayLike) -> Array:
    r"""Attack points that pass before the alarm, to first order in rare alarms and small rates.

    .. math:: \nu \cdot \mathrm{delay} \approx \frac{2 \ln \mathrm{ARL}}{\nu \chi^2}

    The rate times `lorden_delay` at `contamination_divergence`: the slower the attack, the more
    of it passes.

    Parameters
    ----------
    run_length
        Mean number ARL of observations between false alarms, at least 1.
    rate
        Share :math:`\nu` of the traffic that is the adversary's, in (0, 1].
    chi_square
        Chi-square divergence of the adversary's traffic from honest traffic.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> stealth_points(1000, [0.05, 0.1], gaussian_chi_square(1.0)).round(1).tolist()
    [160.8, 80.4]
    """
    rate = numbers("rate", rate, "(0, 1]")
    chi_square = numbers("chi_square", chi_square, "(0, inf)")
    return rate * lorden_delay(run_length, contamination_divergence(rate, chi_square))
