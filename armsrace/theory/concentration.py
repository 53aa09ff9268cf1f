r"""How far frequencies and means of a few draws may be from the truth, without any limit theorem.

Both radii hold for n independent draws, with the stated probability of failure, at every n:

* Frequencies of K outcomes, in total variation (Weissman, Ordentlich, Seroussi, Verdu, Weinberger
  2003, Theorem 2.1, with the distribution's own constant replaced by its least value 2):

  .. math:: P(\|\hat p - p\|_1 \ge \varepsilon) \le (2^K - 2) \, e^{-n \varepsilon^2 / 2} .

* The mean of numbers within an interval of width R, from their own variance V (Maurer and Pontil
  2009, Theorem 4, on both sides):

  .. math:: |\bar x - \mu| \le \sqrt{\frac{2 V \ln(4 / \delta)}{n}}
            + \frac{7 R \ln(4 / \delta)}{3 (n - 1)} .

References
----------
Weissman, T., Ordentlich, E., Seroussi, G., Verdu, S., Weinberger, M. J. (2003). Inequalities for
the L1 deviation of the empirical distribution. HP Laboratories technical report HPL-2003-97R1.
Maurer, A., Pontil, M. (2009). Empirical Bernstein bounds and sample variance penalization. COLT.
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
