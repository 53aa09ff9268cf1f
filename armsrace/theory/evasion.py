r"""How many queries it takes to evade a classifier at nearly the least cost.

Nelson et al. (2012): the adversary holds a malicious instance x^A, pays A(x) = ||x - x^A|| (an l_p
norm) to send x instead, and may only ask whether an x is accepted. The least cost of an accepted
instance is the MAC; the adversary wants one within a factor :math:`1 + \epsilon` of it (the
*tolerance*), knowing at first only that the MAC lies between :math:`C_0^+` (everything cheaper is
rejected) and :math:`C_0^-` (the cost of some accepted instance). The set of rejected instances is
convex, and D is the *dimension*.

Bisecting the logarithm of the cost takes

.. math:: L_\epsilon = \left\lceil \log_2 \frac{\ln (C_0^- / C_0^+)}{\ln(1 + \epsilon)} \right\rceil

*steps*, a double logarithm: 11 for a ratio of 2^20 and a tolerance of 1 %. Searching along a set W
of directions multiplies by at most |W|. For l_1 costs the 2 D coordinate directions suffice; for
p > 1 they do only up to `axis_tolerance`, and below `hard_tolerance` every algorithm needs a
number of queries exponential in D. Lower bounds are for the worst classifier that fits the answers.

References
----------
.. [1] B. Nelson, B. I. P. Rubinstein, L. Huang, A. D. Joseph, S. J. Lee, S. Rao, J. D. Tygar,
   "Query strategies for evading convex-inducing classifiers", JMLR 13, 2012, pp. 1293-1332.
"""

import numpy as np
from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, counts, numbers


def multiplicative_steps(lower: ArrayLike, upper: ArrayLike, tolerance: ArrayLike) -> Array:
    r"""Steps of a search by factors that ends within a factor :math:`1 + \epsilon` of the MAC.

    .. math:: L_\epsilon = \left\lceil \log_2
              \frac{\ln (C_0^- / C_0^+)}{\ln(1 + \epsilon)} \right\rceil

    and 0 where the bounds are already that close.

    Parameters
    ----------
    lower, upper
        Bounds of the least cost, positive, the lower one first.
    tolerance
        Relative tolerance, positive.

    Raises
    ------
    ValueError
        When an argument is out of its range or the bounds are out of order.

    Examples
    --------
    >>> int(multiplicative_steps(1.0, 2.0**20, tolerance=0.01))
    11
    """
    lower, upper = _bounds(lower, upper)
    tolerance = numbers("tolerance", tolerance, "(0, inf)")
    return _halvings(np.log(upper / lower) / np.log1p(tolerance))


def additive_steps(lower: ArrayLike, upper: ArrayLike, tolerance: ArrayLike) -> Array:
    r"""Steps of a search by differences that ends within :math:`\eta` of the MAC.

    .. math:: L_\eta = \left\lceil \log_2 \frac{C_0^- - C_0^+}{\eta} \right\rceil

    and 0 where the bounds are already that close.

    Parameters
    ----------
    lower, upper
        Bounds of the least cost, positive, the lower one first.
    tolerance
        Absolute tolerance :math:`\eta`, positive.

    Raises
    ------
    ValueError
        When an argument is out of its range or the bounds are out of order.

    Examples
    --------
    >>> int(additive_steps(1.0, 101.0, tolerance=0.1))
    10
    """
    lower, upper = _bounds(lower, upper)
    return _halvings((upper - lower) / numbers("tolerance", tolerance, "(0, inf)"))


def multiline_query_bound(directions: ArrayLike, steps: ArrayLike) -> Array:
    r"""Most queries of the search that halves the gap along all directions at once.

    .. math:: |W| \, L_\epsilon

    reached when nothing but the dearest instances is accepted.

    Parameters
    ----------
    directions
        Number |W| of directions, at least 1.
    steps
        Number :math:`L_\epsilon` of steps.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> int(multiline_query_bound(directions=100, steps=11))
    1100
    """
    directions = counts("directions", directions, "[1, inf)")
    return directions * counts("steps", steps, "[0, inf)")


def kstep_query_bound(directions: ArrayLike, steps: ArrayLike) -> Array:
    r"""Most queries of the search that takes K steps along one direction before the others.

    .. math:: \left\lceil \tfrac{L_\epsilon}{K} \right\rceil (K + |W| - 1) + (K + 1)(|W| - 1),
              \qquad K = \left\lceil \sqrt{L_\epsilon} \right\rceil,

    which is :math:`O(L_\epsilon + \sqrt{L_\epsilon}\,|W|)` as Theorem 4 states. The constants are
    derived here: either no other direction is accepted at the cost that the K steps have reached,
    and the gap shrinks K-fold for K + |W| - 1 queries; or one is, and each direction dropped on the
    way costs at most the K steps and one query.

    Parameters
    ----------
    directions
        Number |W| of directions, at least 1.
    steps
        Number :math:`L_\epsilon` of steps.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> int(kstep_query_bound(directions=100, steps=11))
    804
    """
    others = counts("directions", directions, "[1, inf)") - 1.0
    steps = counts("steps", steps, "[0, inf)")
    stride = np.maximum(np.ceil(np.sqrt(steps)), 1.0)
    bound = np.ceil(steps / stride) * (stride + others) + (stride + 1.0) * others
    return np.where(steps == 0.0, 0.0, bound)[()]


def query_lower_bound(dimension: ArrayLike, steps: ArrayLike) -> Array:
    r"""Queries that every algorithm needs, for any convex cost (Theorem 5).

    .. math:: \max(D, L_\epsilon)

    Parameters
    ----------
    dimension
        Dimension D of the space.
    steps
        Number :math:`L_\epsilon` of steps.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> query_lower_bound([5, 50], steps=11).tolist()
    [11.0, 50.0]
    """
    dimension = counts("dimension", dimension, "[1, inf)")
    return np.maximum(dimension, counts("steps", steps, "[0, inf)"))


def inscribed_cost(cost: ArrayLike, dimension: ArrayLike, order: ArrayLike) -> Array:
    r"""Cost of the largest l_p ball inside an l_1 ball (Lemma 7).

    .. math:: C \, D^{(1 - p) / p}, \qquad C / D \text{ for } p = \infty

    Parameters
    ----------
    cost
        Radius C of the l_1 ball.
    dimension
        Dimension D of the space.
    order
        Order p of the norm, in [1, inf].

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> inscribed_cost(1.0, 16, [1, 2, np.inf]).tolist()
    [1.0, 0.25, 0.0625]
    """
    cost = numbers("cost", cost, "[0, inf)")
    dimension = counts("dimension", dimension, "[1, inf)")
    return cost * dimension ** -_exponent(order)


def axis_tolerance(dimension: ArrayLike, order: ArrayLike) -> Array:
    r"""Tolerance above which the 2 D coordinate directions suffice for an l_p cost (Corollary 9).

    .. math:: D^{(p - 1) / p} - 1, \qquad D - 1 \text{ for } p = \infty

    Parameters
    ----------
    dimension
        Dimension D of the space.
    order
        Order p of the norm, in [1, inf].

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> axis_tolerance(16, [1, 2, np.inf]).tolist()
    [0.0, 3.0, 15.0]
    """
    dimension = counts("dimension", dimension, "[1, inf)")
    return dimension ** _exponent(order) - 1.0


def hard_tolerance(order: ArrayLike) -> Array:
    r"""Tolerance below which evasion takes exponentially many queries, p > 1 (Theorem 10).

    .. math:: 2^{(p - 1) / p} - 1, \qquad 1 \text{ for } p = \infty

    Parameters
    ----------
    order
        Order p of the norm, in [1, inf]; at 1 no tolerance is hard.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> hard_tolerance([1, 2, np.inf]).round(4).tolist()
    [0.0, 0.4142, 1.0]
    """
    return np.exp2(_exponent(order)) - 1.0


def exponential_query_bound(dimension: ArrayLike, tolerance: ArrayLike, order: ArrayLike) -> Array:
    r"""Queries that every algorithm needs for an l_p cost and a small tolerance (Theorem 10).

    .. math:: \alpha^D, \qquad \alpha = 2^{1 - H(\delta)}, \qquad
              \delta = 1 - (1 + \epsilon)^{-p / (p - 1)} < \tfrac12

    with H the binary entropy in bits. The theorem states some :math:`\alpha > 1`; this one is
    derived here. Were some sign vector s to differ from every query in more than :math:`\delta D`
    signs, a half-space with normal s would, by Hoelder's inequality, part all queries from an
    instance cheaper by more than the tolerance. So Hamming balls around the queries, each of at
    most :math:`2^{H(\delta) D}` vectors, must cover all 2^D.

    Parameters
    ----------
    dimension
        Dimension D of the space.
    tolerance
        Relative tolerance, positive; from `hard_tolerance` on, the bound is 1, which says nothing.
    order
        Order p of the norm, in (1, inf].

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(exponential_query_bound(100, 0.1, order=np.inf)) / 1e16, 2)
    7.46
    """
    from scipy.special import entr

    dimension = counts("dimension", dimension, "[1, inf)")
    tolerance = numbers("tolerance", tolerance, "(0, inf)")
    exponent = _exponent(numbers("order", order, "(1, inf]"))
    share = np.minimum(-np.expm1(-np.log1p(tolerance) / exponent), 0.5)
    entropy: Array = (entr(share) + entr(1.0 - share)) / np.log(2.0)
    return np.exp2(dimension * (1.0 - entropy))


def euclidean_query_bound(dimension: ArrayLike, tolerance: ArrayLike) -> Array:
    r"""Queries that every algorithm needs for an l_2 cost (Theorem 11).

    .. math:: \alpha^{(D - 2) / 2}, \qquad
              \alpha = \frac{(1 + \epsilon)^2}{(1 + \epsilon)^2 - 1}

    Parameters
    ----------
    dimension
        Dimension D of the space, at least 2.
    tolerance
        Relative tolerance, positive.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(euclidean_query_bound(20, tolerance=0.1)) / 1e6, 1)
    7.0
    """
    dimension = counts("dimension", dimension, "[2, inf)")
    tolerance = numbers("tolerance", tolerance, "(0, inf)")
    growth = -np.log(-np.expm1(-2.0 * np.log1p(tolerance)))
    return np.exp(growth * (dimension - 2.0) / 2.0)


def _bounds(lower: ArrayLike, upper: ArrayLike) -> tuple[Array, Array]:
    low, high = numbers("lower", lower, "(0, inf)"), numbers("upper", upper, "(0, inf)")
    if np.any(low > high):
        raise ValueError(f"lower must not exceed upper, got {low} and {high}")
    return low, high


def _halvings(ratio: Array) -> Array:
    """Return how often a gap of so many tolerances must be halved."""
    return np.ceil(np.log2(np.maximum(ratio, 1.0)))


def _exponent(order: ArrayLike) -> Array:
    """Return (p - 1) / p, which is 1 at infinity."""
    return 1.0 - 1.0 / numbers("order", order, "[1, inf]")
