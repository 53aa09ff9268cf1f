r"""How far frequencies and means of a few draws may be from the truth, without any limit theorem.

The radii hold for n independent draws, with the stated probability of failure, at every n:

* Frequencies of K outcomes, in total variation (Weissman, Ordentlich, Seroussi, Verdu, Weinberger
  2003, Theorem 2.1, with the distribution's own constant replaced by its least value 2):

  .. math:: P(\|\hat p - p\|_1 \ge \varepsilon) \le (2^K - 2) \, e^{-n \varepsilon^2 / 2} .

* The mean of numbers within an interval of width R, from their own variance V (Maurer and Pontil
  2009, Theorem 4, on both sides):

  .. math:: |\bar x - \mu| \le \sqrt{\frac{2 V \ln(4 / \delta)}{n}}
            + \frac{7 R \ln(4 / \delta)}{3 (n - 1)} .

The interval holds at all n at once, however the number of draws came about (Waudby-Smith and Ramdas
2024, Theorem 2), for the mean of draws in [0, 1] whose conditional mean is the same:

.. math:: \frac{\sum_t \lambda_t x_t}{\sum_t \lambda_t} \pm \frac{\ln(2 / \delta)
          + \sum_t 4 (x_t - \hat\mu_{t-1})^2 \psi(\lambda_t)}{\sum_t \lambda_t}, \qquad
          \psi(\lambda) = \tfrac14 (-\ln(1 - \lambda) - \lambda),

where :math:`\lambda_t` and :math:`\hat\mu_{t-1}` are made of the draws before the t-th:

.. math:: \lambda_t = \min\Bigl( \sqrt{\tfrac{2 \ln(2 / \delta)}
          {\hat\sigma^2_{t-1} \, t \ln(1 + t)}}, 0.9 \Bigr), \quad
          \hat\mu_t = \frac{\frac12 + \sum_{i \le t} x_i}{t + 1}, \quad
          \hat\sigma^2_t = \frac{\frac14 + \sum_{i \le t} (x_i - \hat\mu_i)^2}{t + 1} .

*Why it holds*, for any :math:`\lambda_t \in [0, 1)` and :math:`\hat\mu_{t-1} \in [0, 1]` made of
the draws before the t-th. Since :math:`(\ln(1 + u) - u) / u^2 = -\int_0^1 s / (1 + u s) \, ds`
rises with u, its value at :math:`u = \lambda \xi` with :math:`\xi \ge -1` is at least that at
:math:`-\lambda`, which says

.. math:: e^{\lambda \xi - 4 \psi(\lambda) \xi^2} \le 1 + \lambda \xi .

With :math:`\xi = x_t - \hat\mu_{t-1}` and the factor :math:`e^{-\lambda (m - \hat\mu_{t-1})}`, m
being the mean, the conditional expectation of
:math:`e^{\lambda_t (x_t - m) - 4 \psi(\lambda_t) (x_t - \hat\mu_{t-1})^2}` is at most
:math:`(1 + d) e^{-d} \le 1`, where :math:`d = \lambda_t (m - \hat\mu_{t-1})`. The products of these
numbers are therefore a nonnegative supermartingale that begins at 1, and exceed 2 / delta at any
time with probability delta / 2 at most (Ville 1939). Solved for m that is the lower end; the upper
one is the same for 1 - x.

References
----------
Weissman, T., Ordentlich, E., Seroussi, G., Verdu, S., Weinberger, M. J. (2003). Inequalities for
the L1 deviation of the empirical distribution. HP Laboratories technical report HPL-2003-97R1.
Maurer, A., Pontil, M. (2009). Empirical Bernstein bounds and sample variance penalization. COLT.
Waudby-Smith, I., Ramdas, A. (2024). Estimating means of bounded random variables by betting. J. R.
Stat. Soc. B 86 (2024) 1-27.
Fan, X., Grama, I., Liu, Q. (2015). Exponential inequalities for martingales with applications.
Electronic Journal of Probability 20 (the inequality).
Ville, J. (1939). Etude critique de la notion de collectif. Gauthier-Villars.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.theory._checks import count as whole_number
from armsrace.theory._checks import counts as whole_numbers
from armsrace.theory._checks import number, numbers

Array = NDArray[np.float64]


def weissman_radius(draws: ArrayLike, outcomes: int, failure: ArrayLike) -> Array:
    """Distance in L1 within which the frequencies are of the probabilities.

    Parameters
    ----------
    draws
        n, any shape; where it is 0 the radius is 2, which excludes nothing.
    outcomes
        K, at least 1.
    failure
        Probability that the distance is larger, in (0, 1).

    Returns
    -------
    Array
        At most 2; shape of draws and failure.

    Raises
    ------
    ValueError
        When an argument is out of range.

    Examples
    --------
    >>> weissman_radius([0, 100, 10_000], 4, 0.05).round(3).tolist()
    [2.0, 0.336, 0.034]
    """
    n = whole_numbers("draws", draws, "[0, inf)")
    k = whole_number("outcomes", outcomes, "[1, inf)")
    delta = numbers("failure", failure, "(0, 1)")
    if k == 1:
        return np.zeros(np.broadcast_shapes(n.shape, delta.shape))
    # ln(2^K - 2), for any K.
    events = k * np.log(2.0) + np.log1p(-(2.0 ** (1 - k)))
    radius = np.sqrt(2.0 * (events - np.log(delta)) / np.maximum(n, 1.0))
    bounded: Array = np.where(n == 0, 2.0, np.minimum(radius, 2.0))
    return bounded


def empirical_bernstein_radius(
    draws: ArrayLike, variance: ArrayLike, width: float, failure: ArrayLike
) -> Array:
    """Distance within which the mean of draws is of the expectation.

    Parameters
    ----------
    draws
        n, any shape; where it is less than 2 the radius is infinite.
    variance
        Of the draws, with n - 1 in its denominator; not read where n is less than 2.
    width
        R, of the interval that holds every draw; at least 0.
    failure
        Probability that the distance is larger, in (0, 1).

    Returns
    -------
    Array
        Shape of draws, variance and failure.

    Raises
    ------
    ValueError
        When an argument is out of range.

    Examples
    --------
    >>> empirical_bernstein_radius([1, 100, 10_000], 0.25, 1.0, 0.05).round(3).tolist()
    [inf, 0.251, 0.016]
    """
    n = whole_numbers("draws", draws, "[0, inf)")
    spread = numbers("variance", variance, "[0, inf)")
    size = number("width", width, "[0, inf)")
    logarithm = np.log(4.0) - np.log(numbers("failure", failure, "(0, 1)"))
    enough = np.maximum(n, 2.0)
    radius = np.sqrt(2.0 * spread * logarithm / enough)
    radius = radius + 7.0 * size * logarithm / (3.0 * (enough - 1.0))
    bounded: Array = np.where(n < 2, np.inf, radius)
    return bounded


def anytime_interval(
    draws: ArrayLike, ends: tuple[float, float], failure: float
) -> tuple[float, float]:
    """Interval of the expectation that holds at whatever draw one stops.

    Parameters
    ----------
    draws
        In the order in which they came, shape (n,); without any, the interval is the whole range.
    ends
        The least and the largest value a draw can have.
    failure
        Probability that the interval of any n misses the expectation, in (0, 1).

    Raises
    ------
    ValueError
        When an argument is out of range, or a draw beyond the ends.

    Notes
    -----
    Time and memory are in proportion to n.

    Examples
    --------
    >>> few, many = np.tile([0.4, 0.6], 10), np.tile([0.4, 0.6], 1000)
    >>> for draws in (few, many):
    ...     print(*(round(end, 3) for end in anytime_interval(draws, (0.0, 1.0), 0.05)))
    0.277 0.723
    0.49 0.51
    """
    low, high = (number("ends", end, "(-inf, inf)") for end in ends)
    delta = number("failure", failure, "(0, 1)")
    given = np.asarray(draws, dtype=np.float64)
    # What is beyond an end by rounding is at the end.
    slack = 1e-9 * max(high - low, abs(low), abs(high))
    if given.ndim != 1 or not ((given >= low - slack) & (given <= high + slack)).all():
        raise ValueError(f"draws must be a list of numbers in [{low:g}, {high:g}]")
    if not len(given) or high <= low:
        return low, high
    x = np.clip((given - low) / (high - low), 0.0, 1.0)
    logarithm = np.log(2.0 / delta)
    t = np.arange(1, len(x) + 1)
    means = (0.5 + np.cumsum(x)) / (t + 1)
    spreads = (0.25 + np.cumsum((x - means) ** 2)) / (t + 1)
    before = np.concatenate([[0.5], means[:-1]])
    spread = np.concatenate([[0.25], spreads[:-1]])
    bets = np.minimum(np.sqrt(2.0 * logarithm / (spread * t * np.log1p(t))), 0.9)
    price = 4.0 * (x - before) ** 2 * (-np.log1p(-bets) - bets) / 4.0
    middle, radius = bets @ x / bets.sum(), (logarithm + price.sum()) / bets.sum()
    return (
        low + (high - low) * float(max(middle - radius, 0.0)),
        low + (high - low) * float(min(middle + radius, 1.0)),
    )
