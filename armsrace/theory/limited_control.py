r"""How far a centroid detector is dragged when the adversary sends only a share of its traffic.

Kloft and Laskov (2012): the detector keeps n points in memory (the *memory*) and replaces the mean
by every point it accepts (*average-out*): a new point x moves the center c to c + (x - c) / n. In
units of the radius and along the direction of the attack, the displacement D starts at 0. A point
is the adversary's with probability :math:`\nu` (the *rate*) and then lies on the sphere's surface,
:math:`D \leftarrow D + 1/n`; otherwise it is honest, is always accepted, and has coordinate s,
:math:`D \leftarrow D + (s - D)/n`, with E s = 0 and E s^2 = the *second moment*. With full control
(rate 1) D = i / n after i points: linear, where infinite memory allows only ln(1 + i/n)
(`armsrace.theory.hypersphere`).

What limits the adversary is therefore the pull of honest traffic: the displacement settles around
:math:`\nu / (1 - \nu)` and a target at relative distance d from the *boundary* (not from the
center) needs at least the share d / (1 + d) of the traffic.

Limits of the model: once the drift makes the detector reject honest traffic, the pull is lost and
:math:`\nu/(1-\nu)` no longer bounds the displacement; `protected_displacement_bound` is about the
detector that guards against this. Where the paper's section 8 discusses the experiments, two of
its statements contradict its own theorem and are read here as the theorem has it: the attack fails
when the needed displacement *exceeds* :math:`\nu/(1-\nu)`, and :math:`\nu` "= 0.45" is 0.045.

References
----------
.. [1] M. Kloft, P. Laskov, "Security analysis of online centroid anomaly detection", JMLR 13,
   2012, pp. 3681-3724.
"""

from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, count, counts, number, numbers


def limiting_displacement(rate: ArrayLike) -> Array:
    r"""Displacement that the adversary approaches and never exceeds on average (Corollary 9).

    .. math:: \lim_{i \to \infty} \mathrm{E}\, D_i = \frac{\nu}{1 - \nu}

    Parameters
    ----------
    rate
        Share of the traffic that is the adversary's, in [0, 1]; infinite at 1.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(limiting_displacement(0.05)), 4)
    0.0526
    """
    rate = numbers("rate", rate, "[0, 1]")
    with np.errstate(divide="ignore"):
        return rate / (1.0 - rate)


def critical_rate(displacement: ArrayLike) -> Array:
    r"""Share of the traffic below which a displacement is out of reach on average (eq. 18).

    .. math:: \nu_{crit} = \frac{d}{1 + d}

    Parameters
    ----------
    displacement
        Relative distance d of the target from the boundary: (distance from the center - R) / R.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(critical_rate(0.176)), 3)
    0.15
    """
    displacement = numbers("displacement", displacement, "[0, inf)")
    return displacement / (1.0 + displacement)


def expected_displacement(points: ArrayLike, rate: ArrayLike, memory: ArrayLike) -> Array:
    r"""Mean displacement after i points of traffic (Theorem 8; rate 1: Theorem 4).

    .. math:: \mathrm{E}\, D_i = (1 - a_i) \frac{\nu}{1 - \nu},
              \qquad a_i = \left(1 - \frac{1 - \nu}{n}\right)^i

    which is i / n at rate 1.

    Parameters
    ----------
    points
        Number i of points since the start of the attack, or ``numpy.inf``.
    rate
        Share of them that is the adversary's, in [0, 1].
    memory
        Number n of points that the detector remembers, at least 1.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> expected_displacement([1000, 5000, np.inf], rate=0.05, memory=1000).round(4).tolist()
    [0.0323, 0.0522, 0.0526]
    """
    points = counts("points", points, "[0, inf]")
    rate = numbers("rate", rate, "[0, 1]")
    memory = counts("memory", memory, "[1, inf)")
    return rate * _relaxation(points, 1.0 - rate, memory)


def required_points(displacement: ArrayLike, rate: ArrayLike, memory: ArrayLike) -> Array:
    r"""Points of traffic, a real number, after which the mean displacement reaches a level.

    The inverse of `expected_displacement`,

    .. math:: i = \frac{\ln\left(1 - d\,(1 - \nu)/\nu\right)}{\ln\left(1 - (1 - \nu)/n\right)}

    and n d at rate 1; ``inf`` where the rate does not exceed `critical_rate`.

    Parameters
    ----------
    displacement
        Displacement d to reach.
    rate
        Share of the traffic that is the adversary's, in [0, 1].
    memory
        Number n of points that the detector remembers, at least 1.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> required_points(0.18, rate=[0.14, 0.16, 1.0], memory=1000).round().tolist()
    [inf, 3451.0, 180.0]
    """
    displacement = numbers("displacement", displacement, "[0, inf)")
    rate = numbers("rate", rate, "[0, 1]")
    memory = counts("memory", memory, "[1, inf)")
    honest = 1.0 - rate
    with np.errstate(divide="ignore", invalid="ignore"):
        settled = np.minimum(displacement * honest / rate, 1.0)
        points = np.log1p(-settled) / np.log1p(-honest / memory)
    points = np.where(honest == 0.0, displacement * memory, points)
    points = np.where(displacement * honest >= rate, np.inf, points)
    return np.where(displacement == 0.0, 0.0, points)[()]


def displacement_moments(
    points: int, rate: float, memory: int, second_moment: float = 1.0
) -> tuple[Array, Array]:
    r"""Exact mean and variance of the displacement after 0, 1, ..., i points.

    With m the mean, the law of total variance over whose turn it is gives

    .. math:: V_{i+1} = \left(\nu + (1 - \nu)\left(1 - \tfrac1n\right)^2\right) V_i
              + \frac{(1 - \nu)\,\mathrm{E}\,s^2}{n^2} + \frac{\nu (1 - \nu) (1 + m_i)^2}{n^2}

    whose terms are all positive, so that nothing cancels. Derived here.

    Parameters
    ----------
    points
        Number i of points.
    rate
        Share of them that is the adversary's, in [0, 1].
    memory
        Number n of points that the detector remembers, at least 1.
    second_moment
        Mean square of an honest point's coordinate along the attack, in units of the squared
        radius: in [0, 1], because honest points lie in the sphere.

    Returns
    -------
    tuple of Array
        Means and variances, each of shape (points + 1,).

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> means, variances = displacement_moments(500, rate=0.1, memory=50, second_moment=0.25)
    >>> round(float(means[-1]), 4), round(float(variances[-1]), 6)
    (0.1111, 0.003772)
    """
    points = count("points", points, "[0, inf)")
    rate = number("rate", rate, "[0, 1]")
    memory = count("memory", memory, "[1, inf)")
    second_moment = number("second_moment", second_moment, "[0, 1]")
    means = expected_displacement(np.arange(points + 1), rate, memory)
    shrinkage = rate + (1.0 - rate) * (1.0 - 1.0 / memory) ** 2
    inputs = (1.0 - rate) * (second_moment + rate * (1.0 + means[:-1]) ** 2) / memory**2
    variances = accumulate(
        inputs.tolist(), lambda variance, added: shrinkage * variance + added, initial=0.0
    )
    return means, np.fromiter(variances, dtype=np.float64, count=points + 1)


def limiting_variance(rate: ArrayLike, memory: ArrayLike, second_moment: ArrayLike = 1.0) -> Array:
    r"""Variance around which the displacement settles, the fixed point of the exact recursion.

    .. math:: V_\infty = \frac{1}{2n - 1} \left(\mathrm{E}\,s^2 + \frac{\nu}{(1 - \nu)^2}\right)

    It vanishes as the memory grows, as Corollary 9 says.

    Parameters
    ----------
    rate
        Share of the traffic that is the adversary's, in [0, 1).
    memory
        Number n of points that the detector remembers, at least 1.
    second_moment
        Mean square of an honest point's coordinate along the attack, in [0, 1].

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(limiting_variance(0.1, memory=50, second_moment=0.25)), 6)
    0.003772
    """
    rate = numbers("rate", rate, "[0, 1)")
    memory = counts("memory", memory, "[1, inf)")
    second_moment = numbers("second_moment", second_moment, "[0, 1]")
    return (second_moment + rate / (1.0 - rate) ** 2) / (2.0 * memory - 1.0)


def variance_bound(points: ArrayLike, rate: ArrayLike, memory: ArrayLike) -> Array:
    r"""Upper bound of the variance of the displacement after i points (Theorem 8).

    .. math:: \mathrm{Var}\, D_i \le \gamma_i \left(\frac{\nu}{1 - \nu}\right)^2 + \delta_n,
              \qquad \gamma_i = a_i - b_i,
              \qquad \delta_n = \frac{\nu^2 + (1 - b_i)}{(2n - 1)(1 - \nu)^2}

    with :math:`a_i` as in `expected_displacement` and
    :math:`b_i = \left(1 - \frac{1 - \nu}{n}\left(2 - \frac1n\right)\right)^i`. For any honest
    traffic inside the sphere; often several times the exact value (`displacement_moments`).

    Parameters
    ----------
    points
        Number i of points since the start of the attack, or ``numpy.inf``.
    rate
        Share of them that is the adversary's, in [0, 1).
    memory
        Number n of points that the detector remembers, at least 1.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(variance_bound(500, rate=0.1, memory=50)), 5)
    0.0126
    """
    points = counts("points", points, "[0, inf]")
    rate = numbers("rate", rate, "[0, 1)")
    memory = counts("memory", memory, "[1, inf)")
    honest = 1.0 - rate
    lost_mean = honest * _relaxation(points, honest, memory)  # 1 - a_i
    squares = honest * (2.0 - 1.0 / memory)
    lost_square = squares * _relaxation(points, squares, memory)  # 1 - b_i
    transient = (lost_square - lost_mean) * (rate / honest) ** 2
    return transient + (rate**2 + lost_square) / ((2.0 * memory - 1.0) * honest**2)


def protected_displacement_bound(
    points: ArrayLike, rate: ArrayLike, memory: ArrayLike, false_positive_rate: ArrayLike
) -> Array:
    r"""Upper bound of the mean displacement under a false-positive guard (Theorem 12).

    The detector goes back to its first center as soon as it rejects more than the share
    :math:`\alpha` of honest traffic; honest points outside the sphere are lost to it; honest
    traffic is symmetric around the first center. Then

    .. math:: \mathrm{E}\, D_i \le (1 - a_i)
              \frac{\nu + \alpha (1 - \nu)}{(1 - \nu)(1 - \alpha)},
              \qquad a_i = \left(1 - \frac{(1 - \nu)(1 - \alpha)}{n}\right)^i.

    At :math:`\alpha = 0` it is `expected_displacement`. It leaves out what the resets gain, which
    can be nearly everything.

    Parameters
    ----------
    points
        Number i of points since the start of the attack, or ``numpy.inf``.
    rate
        Share of them that is the adversary's, in [0, 1].
    memory
        Number n of points that the detector remembers, at least 1.
    false_positive_rate
        Share of honest traffic that may be rejected before the reset, in [0, 1].

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> bound = protected_displacement_bound(
    ...     np.inf, rate=0.05, memory=1000, false_positive_rate=0.005
    ... )
    >>> round(float(bound), 4)
    0.0579
    """
    points = counts("points", points, "[0, inf]")
    rate = numbers("rate", rate, "[0, 1]")
    memory = counts("memory", memory, "[1, inf)")
    tolerated = numbers("false_positive_rate", false_positive_rate, "[0, 1]")
    honest = (1.0 - rate) * (1.0 - tolerated)
    return (1.0 - honest) * _relaxation(points, honest, memory)


def oldest_out_speed(memory: ArrayLike) -> Array:
    r"""Displacement by each point, in the long run, when the oldest point leaves the memory.

    .. math:: \lim_{i \to \infty} (D_{i+1} - D_i) = \frac{2}{n + 1}

    for an adversary that controls all traffic and always plays on the surface. It is almost twice
    the 1 / n of average-out, with which the paper lumps it together: the points that leave lie
    behind the center. Derived here.

    Parameters
    ----------
    memory
        Number n of points that the detector remembers, at least 1.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(oldest_out_speed(99)), 6)
    0.02
    """
    return 2.0 / (counts("memory", memory, "[1, inf)") + 1.0)


def _relaxation(points: Array, pull: Array, memory: Array) -> Array:
    """Return (1 - (1 - pull / memory)^points) / pull, which is points / memory without a pull."""
    from scipy.special import xlog1py

    with np.errstate(divide="ignore", invalid="ignore"):
        relaxed = np.abs(np.expm1(xlog1py(points, -pull / memory))) / pull
    return np.where(pull == 0.0, points / memory, relaxed)
