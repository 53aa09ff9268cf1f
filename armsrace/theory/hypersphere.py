r"""How far and how fast a hypersphere detector that retrains on what it accepts can be dragged.

The learner of Barreno et al. (2006, section 5) calls a point honest when it lies within a fixed
radius R of the center, and the center is the mean of *all* points it has accepted. Before
retraining i the adversary adds :math:`\alpha_i` points, at best all of them where the sphere's
surface meets the direction of its target. With N honest points before the attack and

.. math:: M_i = N + \sum_{j \le i} \alpha_j

points after retraining i, the center has then moved, in units of R, by the *displacement*

.. math:: D = \sum_{i=1}^{T} \frac{\alpha_i}{M_i}.

The adversary pays in time (T *retrainings*) and in points (:math:`M = \sum_i \alpha_i`, the
*effort*). Conventions:

* Without prior points (N = 0) the first point places the center and gives a displacement of 1 at
  once: D(T, M, 0) = 1 + D(T - 1, M - 1, 1). That retraining and that point are counted.
* A target at distance s from the first center is accepted once D >= s / R - 1, when the sphere's
  surface reaches it (`required_displacement`), not when the center does.
* Efforts may be fractions of points: the closed forms are upper bounds for whole points, which
  `optimal_integer_schedule` treats exactly.
* All arguments broadcast, where they may be arrays.

No honest traffic arrives during the attack and nothing is forgotten; any finite memory makes the
effort linear in D (`armsrace.theory.limited_control`).

The finite-horizon formulas are derived from the sum above, and the tests confirm them on the
learner itself; the infinite horizon is also Theorem 3 of Kloft and Laskov (2012).

References
----------
.. [1] M. Barreno, B. Nelson, R. Sears, A. D. Joseph, J. D. Tygar, "Can machine learning be
   secure?", ASIACCS 2006, section 5.
.. [2] B. Nelson, A. D. Joseph, "Bounding an attack's complexity for a simple learning model",
   SysML 2006.
.. [3] M. Kloft, P. Laskov, "Security analysis of online centroid anomaly detection", JMLR 13,
   2012.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.theory._checks import Array, count, counts, number, numbers


def required_displacement(distance: ArrayLike, radius: ArrayLike = 1.0) -> Array:
    """Displacement at which a target at some distance from the center is accepted.

    .. math:: D = max(0, s / R - 1)

    Parameters
    ----------
    distance
        Distance s from the center before the attack to the target.
    radius
        Radius R of the sphere, in the unit of the distance.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> float(required_displacement(2.5))
    1.5
    """
    distance = numbers("distance", distance, "[0, inf)")
    radius = numbers("radius", radius, "(0, inf)")
    return np.maximum(distance / radius - 1.0, 0.0)


def displacement(schedule: ArrayLike, prior: float = 0.0) -> Array:
    r"""Displacement that a schedule of attack points reaches.

    .. math:: D = \sum_{i=1}^{T} \alpha_i / M_i

    Parameters
    ----------
    schedule
        Points :math:`\alpha_i` added before each retraining, shape (..., T).
    prior
        Number N of honest points before the attack.

    Returns
    -------
    Array
        Shape (...).

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(displacement([1, 2, 5, 12])), 6)
    2.891667
    """
    points = _schedule(schedule)
    totals = number("prior", prior, "[0, inf)") + np.cumsum(points, axis=-1)
    # Before the first point of all there is no center, hence nothing that moves.
    steps = np.divide(points, totals, out=np.zeros_like(points), where=totals > 0.0)
    reached: Array = steps.sum(axis=-1)
    return reached


def optimal_displacement(
    retrainings: ArrayLike, effort: ArrayLike, prior: ArrayLike = 0.0
) -> Array:
    r"""Largest displacement within T retrainings and M attack points.

    .. math::

        D^*(T, M, N) &= T \left(1 - \left(\tfrac{N}{M + N}\right)^{1/T}\right) \\
        D^*(T, M, 0) &= T - (T - 1) M^{-1/(T - 1)}

    Parameters
    ----------
    retrainings
        Number T of retrainings, at least 1; ``numpy.inf`` gives `limit_displacement`.
    effort
        Number M of attack points; at least 1 without prior points.
    prior
        Number N of honest points before the attack.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(optimal_displacement(retrainings=5, effort=100)), 4)
    3.7351
    >>> optimal_displacement(4, [20, 200], prior=10).round(4).tolist()
    [0.9607, 2.1314]
    """
    retrainings = counts("retrainings", retrainings, "[1, inf]")
    first, log_growth = _log_growth(effort, prior)
    stages = retrainings - first
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = -stages * np.expm1(-log_growth / stages)
    gain = np.where(np.isinf(stages), log_growth, np.where(stages == 0.0, 0.0, gain))
    return first + gain


def limit_displacement(effort: ArrayLike, prior: ArrayLike = 0.0) -> Array:
    r"""Least upper bound of the displacement by M attack points, however many retrainings.

    .. math:: D^*(\infty, M, N) = \ln(1 + M / N), \qquad D^*(\infty, M, 0) = 1 + \ln M

    Parameters
    ----------
    effort
        Number M of attack points; at least 1 without prior points.
    prior
        Number N of honest points before the attack.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(limit_displacement(effort=1000)), 4)
    7.9078
    """
    first, log_growth = _log_growth(effort, prior)
    return first + log_growth


def required_effort(
    displacement: ArrayLike, retrainings: ArrayLike = np.inf, prior: ArrayLike = 0.0
) -> Array:
    r"""Fewest attack points (a real number) that reach a displacement; the inverse of the optimum.

    .. math::

        M &= N \left((1 - D/T)^{-T} - 1\right), \quad N (e^D - 1) \text{ for } T = \infty \\
        M &= \left(1 - \tfrac{D - 1}{T - 1}\right)^{-(T - 1)},
             \quad e^{D - 1} \text{ for } T = \infty \text{, when } N = 0

    Parameters
    ----------
    displacement
        Displacement D to reach. Without prior points the first point already gives 1.
    retrainings
        Number T of retrainings, at least 1, or ``numpy.inf``.
    prior
        Number N of honest points before the attack.

    Returns
    -------
    Array
        Points, ``inf`` where no effort is enough: T retrainings displace by less than T (a single
        one without prior points by exactly 1). A finite effort too large for a float64 also reads
        ``inf``.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(required_effort(2.0, prior=100)), 2)
    638.91
    >>> required_effort(2.0, retrainings=[2, 3, 4], prior=100).round().tolist()
    [inf, 2600.0, 1500.0]
    """
    displacement = numbers("displacement", displacement, "[0, inf)")
    retrainings = counts("retrainings", retrainings, "[1, inf]")
    first, base = _base(numbers("prior", prior, "[0, inf)"))
    target = np.maximum(displacement - first, 0.0)
    stages = retrainings - first
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        log_growth = np.where(
            np.isinf(stages), target, -stages * np.log1p(-np.minimum(target / stages, 1.0))
        )
        log_growth = np.where(target == 0.0, 0.0, log_growth)
        log_growth = np.where((target >= stages) & (target > 0.0), np.inf, log_growth)
        return first + base * np.expm1(log_growth)


def optimal_schedule(retrainings: int, effort: float, prior: float = 0.0) -> Array:
    r"""Schedule in fractions of points that reaches `optimal_displacement`.

    The total grows by the same factor at every retraining,

    .. math:: M_i = N \left(\tfrac{M + N}{N}\right)^{i/T}, \qquad M_i = M^{(i-1)/(T-1)}
              \text{ when } N = 0.

    Parameters
    ----------
    retrainings
        Number T of retrainings, at least 1.
    effort
        Number M of attack points; at least 1 without prior points.
    prior
        Number N of honest points before the attack.

    Returns
    -------
    Array
        Points :math:`\alpha_i` before each retraining, shape (T,); they sum to M.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> optimal_schedule(retrainings=4, effort=20).round(3).tolist()
    [1.0, 1.714, 4.654, 12.632]
    """
    stages = count("retrainings", retrainings, "[1, inf)")
    effort = number("effort", effort, "[0, inf)")
    prior = number("prior", prior, "[0, inf)")
    first, log_growth = _log_growth(effort, prior)
    if not first:
        return _geometric(prior, float(log_growth), stages)
    if stages == 1:
        return np.array([effort])
    return np.append(1.0, _geometric(1.0, float(log_growth), stages - 1))


def optimal_integer_schedule(retrainings: int, effort: int, prior: int = 0) -> NDArray[np.int64]:
    r"""Best schedule in whole points, by dynamic programming over the total.

    With :math:`V_i(m)` the largest displacement by m points within i retrainings,

    .. math:: V_i(m) = \max_{m' \le m} V_{i-1}(m') + \frac{m - m'}{N + m}.

    Takes time of order :math:`T M^2` and memory of order :math:`M^2`; exact up to the rounding of
    float64, hence some optimal schedule where several are equally good.

    Parameters
    ----------
    retrainings
        Number T of retrainings, at least 1.
    effort
        Number M of attack points.
    prior
        Number N of honest points before the attack.

    Returns
    -------
    NDArray[np.int64]
        Points :math:`\alpha_i` before each retraining, shape (T,); they sum to M.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> optimal_integer_schedule(retrainings=4, effort=20).tolist()
    [1, 2, 5, 12]
    """
    retrainings = count("retrainings", retrainings, "[1, inf)")
    effort = count("effort", effort, "[0, inf)")
    prior = count("prior", prior, "[0, inf)")

    before, after = np.arange(effort + 1), np.arange(effort + 1)[:, None]
    steps = np.where(before <= after, (after - before) / np.maximum(prior + after, 1), -np.inf)
    value = np.where(before == 0, 0.0, -np.inf)
    choices = []
    for _ in range(retrainings):
        candidates = value + steps
        choices.append(candidates.argmax(axis=1))
        value = candidates.max(axis=1)

    schedule, total = [], effort
    for choice in reversed(choices):
        earlier = int(choice[total])
        schedule.append(total - earlier)
        total = earlier
    return np.array(schedule[::-1], dtype=np.int64)


def single_point_displacement(effort: ArrayLike, prior: ArrayLike = 0) -> Array:
    r"""Displacement when the learner retrains after every single point.

    .. math:: D = \sum_{m=1}^{M} \frac{1}{N + m} = H_{N+M} - H_N

    the most that M whole points can do, with H the harmonic numbers. (The recursion printed in
    section 4.1 of [3]_ runs from 1 / N to 1 / (N + M - 1), one step early, and so exceeds the
    paper's own bound ln(1 + M / N); this sum keeps it.)

    Parameters
    ----------
    effort
        Number M of attack points.
    prior
        Number N of honest points before the attack.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(single_point_displacement(4)), 6)
    2.083333
    """
    from scipy.special import digamma

    effort = counts("effort", effort, "[0, inf)")
    prior = counts("prior", prior, "[0, inf)")
    return digamma(prior + effort + 1.0) - digamma(prior + 1.0)


def single_point_effort(displacement: float, prior: int = 0) -> int:
    r"""Fewest whole points that reach a displacement, with a retraining after every one.

    The smallest M with :math:`H_{N+M} - H_N \ge D`, found by bisection between the bounds
    :math:`\ln\frac{N+M+1}{N+1} \le H_{N+M} - H_N \le \ln\frac{N+M+1/2}{N+1/2}`. No attack in whole
    points does better. Exact while N + M stays below 1e12, where float64 still sees one more point.

    Parameters
    ----------
    displacement
        Displacement D to reach, within 1e-13; at most 25.
    prior
        Number N of honest points before the attack.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> single_point_effort(1.0, prior=100)
    173
    """
    displacement = number("displacement", displacement, "[0, 25]")
    prior = count("prior", prior, "[0, inf)")
    # One below the lower and one above the upper bound: rounding cannot move the answer out.
    low = int((prior + 0.5) * np.expm1(displacement)) - 1
    high = int((prior + 1.0) * np.expm1(displacement)) + 2
    while high - low > 1:
        middle = (low + high) // 2
        if single_point_displacement(middle, prior) >= displacement - 1e-13:
            high = middle
        else:
            low = middle
    return high


def _schedule(schedule: ArrayLike) -> Array:
    points = numbers("schedule", schedule, "[0, inf)")
    if points.ndim == 0:
        raise ValueError("schedule must have one entry for each retraining, got a single number")
    return points


def _base(prior: Array) -> tuple[Array, Array]:
    """Return whether the first point has still to place the center (0 or 1), and N or that 1."""
    first = (prior == 0.0).astype(np.float64)
    return first, prior + first


def _log_growth(effort: ArrayLike, prior: ArrayLike) -> tuple[Array, Array]:
    """Return 0 or 1 as `_base` does, and the logarithm of the factor by which the total grows."""
    effort = numbers("effort", effort, "[0, inf)")
    first, base = _base(numbers("prior", prior, "[0, inf)"))
    if np.any(effort < first):
        raise ValueError(
            f"effort must be at least 1 without prior points, got {np.min(effort):g}; "
            "the first point places the center"
        )
    return first, np.log1p((effort - first) / base)


def _geometric(base: float, log_growth: float, stages: int) -> Array:
    """Increments of a total that grows from base by the same factor in every stage."""
    rate = log_growth / stages
    increments: Array = base * np.expm1(rate) * np.exp(rate * np.arange(stages))
    return increments
