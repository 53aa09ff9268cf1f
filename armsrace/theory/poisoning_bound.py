r"""How much harm points can do that must pass an outlier filter: a bound on every such attack.

A support vector machine is fitted on n clean rows and m poison points; it minimizes

.. math:: L(w, b) = \sum_{i=1}^{n + m} \max(0, 1 - y_i (w \cdot x_i + b))
          + \tfrac{\kappa}{2} \|w\|^2 \quad \text{over} \quad \|w\| \le \rho.

A filter, fixed beforehand, lets a point of label y pass if it lies in a *sphere*,
:math:`\|x - \mu_y\| \le r_y`, and in a *slab*, :math:`|(x - \mu_y) \cdot a| \le s_y`, where a is
the unit vector from one class mean to the other. Then for *every* w in the ball and every b,

.. math:: \min L \;\le\; L_{clean}(w, b) + m \max_{(x, y)\ \text{that pass}}
          \max(0, 1 - y (w \cdot x + b)),

because the minimum is at most the value at (w, b), where no point that passes costs more than the
worst one. So whichever weights are put in, the right-hand side certifies all attacks; the least
value over all weights is attained by mixtures of points, by the minimax theorem. It bounds the
training objective, not the test error, and an attack that shifts the means on which the filter
rests can exceed it.

Index 0 of a pair stands for honest points (y = -1), index 1 for malicious ones (y = 1).

References
----------
.. [1] J. Steinhardt, P. W. Koh, P. Liang, "Certified defenses for data poisoning attacks",
   NeurIPS 2017, sections 2 and 3.
"""

import numpy as np
from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, count, number, numbers


def worst_losses(
    weights: ArrayLike,
    intercept: float,
    means: ArrayLike,
    radii: ArrayLike,
    widths: ArrayLike = (np.inf, np.inf),
) -> Array:
    r"""Largest hinge loss of any honest and of any malicious point that passes the filters.

    .. math:: \max(0,\; 1 - y (w \cdot \mu_y + b) + g_y)

    where g is the furthest reach along w: r |w| if that point lies in the slab, and otherwise
    :math:`s |w \cdot a| + \sqrt{r^2 - s^2}\, |w - (w \cdot a) a|`.

    Parameters
    ----------
    weights, intercept
        The classifier, shape (d,) and a number.
    means
        Class means, shape (2, d), different from each other where a slab is meant.
    radii, widths
        Of the spheres and of the slabs, two each; an infinite width means no slab.

    Returns
    -------
    Array
        Two losses.

    Raises
    ------
    ValueError
        When shapes disagree or a number is out of range.

    Examples
    --------
    >>> means = [[0.0, 0.0], [5.0, 0.0]]
    >>> worst_losses([3.0, 4.0], 0.5, means, [2.0, 1.0]).tolist()
    [11.5, 0.0]
    >>> worst_losses([3.0, 4.0], 0.5, means, [5.0, 1.0], [2.0, 1.0]).round(6).tolist()
    [25.830303, 0.0]
    """
    w = numbers("weights", weights, "(-inf, inf)")
    mu = numbers("means", means, "(-inf, inf)")
    r, s = numbers("radii", radii, "[0, inf)"), numbers("widths", widths, "[0, inf]")
    if mu.shape != (2, *w.shape) or w.ndim != 1 or r.shape != (2,) or s.shape != (2,):
        raise ValueError(
            "weights, means, radii and widths must have shapes (d,), (2, d), (2,) and (2,), got "
            f"{w.shape}, {mu.shape}, {r.shape} and {s.shape}"
        )
    between = mu[1] - mu[0]
    gap = float(np.linalg.norm(between))
    if gap == 0 and np.isfinite(s).any():
        raise ValueError("means must differ where there is a slab, or it has no direction")
    axis = between / gap if gap > 0 else between
    length, along = float(np.linalg.norm(w)), abs(float(w @ axis))
    across = float(np.linalg.norm(w - (w @ axis) * axis))
    held = np.minimum(s, r)  # a slab wider than the sphere holds nothing back
    cut = held * along + np.sqrt(r**2 - held**2) * across
    reach = np.where(r * along <= held * length, r * length, cut)
    signs = np.array([-1.0, 1.0])
    return np.maximum(0.0, 1.0 - signs * (mu @ w + intercept) + reach)


def attack_bound(
    clean_objective: float,
    clean_rows: int,
    points: int,
    losses: ArrayLike,
) -> float:
    """No attack makes the learner's least objective, divided by the clean rows, larger than this.

    Parameters
    ----------
    clean_objective
        The objective at some weights on the clean rows alone, a sum, penalty included.
    clean_rows, points
        Numbers n and m of clean rows and of poison points.
    losses
        Largest loss at the same weights of points that pass, as `worst_losses` gives them.

    Raises
    ------
    ValueError
        When a number is out of range.

    Examples
    --------
    At weights 0 every row and every point costs 1:

    >>> attack_bound(200.0, 200, 10, worst_losses([0.0], 0.0, [[0.0], [4.0]], [2.0, 2.0]))
    1.05
    """
    n, m = count("clean_rows", clean_rows, "[1, inf)"), count("points", points, "[0, inf)")
    total = number("clean_objective", clean_objective, "[0, inf)")
    return (total + m * float(numbers("losses", losses, "[0, inf)").max())) / n
