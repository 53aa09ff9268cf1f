r"""Inexact line search (ILS) on the regularized Nikaido-Isoda function.

With c > 0 let every role reply to the others, but reluctantly:

.. math:: V(z) = \max_y \sum_i \left[ u_i(y_i, z_{-i}) - u_i(z) \right] - \tfrac{c}{2} |y - z|^2.

V is not negative, and 0 exactly at the equilibria. The maximizing y gives the direction
:math:`d = y - z`; the step along it is the largest t = 1, 1/2, 1/4, ... with

.. math:: V(z + t d) \le V(z) - \sigma t^2 |d|^2.

Source: M. Brueckner, C. Kanzow, T. Scheffer, "Static prediction games for adversarial learning
problems", JMLR 13 (2012), algorithm 1; A. von Heusinger and C. Kanzow, "Relaxation methods for
generalized Nash equilibrium problems with inexact line search", Journal of Optimization Theory and
Applications 143 (2009) 159-183.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.convex import ConvexGame
from armsrace.forms.normal import Array
from armsrace.solvers._concave import best_reply
from armsrace.solvers.convex_equilibrium import ConvexEquilibrium, answer, check_convex_task


def inexact_line_search(
    form: ConvexGame,
    start: Sequence[ArrayLike] | None = None,
    *,
    inertia: float = 1.0,
    tolerance: float = 1e-7,
    iterations: int = 1_000,
) -> ConvexEquilibrium:
    """Solve a convex game by reluctant best replies with an inexact line search.

    Parameters
    ----------
    form
        The game; strongly monotone, or there is no guarantee.
    start
        A strategy of each role; by default the points nearest to 0.
    inertia
        The number c, positive: the price of moving.
    tolerance
        Residual at which to stop, positive. V is a difference of payoffs, and so is known only to
        their rounding: residuals below 1e-8 are out of reach.
    iterations
        Most steps; each finds a reluctant best reply of every role, once or more.

    Returns
    -------
    ConvexEquilibrium
        The last strategies.

    Raises
    ------
    ValueError
        When start is not allowed, or inertia, tolerance or iterations is out of range.

    Examples
    --------
    >>> from armsrace.forms.strategy_sets import Box
    >>> line = Box([-4.0], [4.0])
    >>> game = ConvexGame(
    ...     (line, line),
    ...     payoffs=lambda z: (-((z[0][0] + z[1][0] - 1) ** 2), -((z[1][0] - z[0][0]) ** 2)),
    ...     gradients=lambda z: (-2 * (z[0] + z[1] - 1), -2 * (z[1] - z[0])),
    ... )
    >>> inexact_line_search(game).strategy("learner").round(6).tolist()
    [0.5]
    """
    check_convex_task(tolerance, iterations)
    if not 0.0 < inertia < np.inf:
        raise ValueError(f"inertia must be positive and finite, got {inertia}")
    point, taken = form.start(start), 0
    merit, way = _merit(form, point, inertia)
    while taken < iterations:
        if np.linalg.norm(point - form.project(point + form.ascent(point))) <= tolerance:
            break
        share = 1.0
        after, onward = _merit(form, point + way, inertia)
        while after > merit - 1e-4 * share**2 * float(way @ way) and share > 1e-6:
            share /= 2.0
            after, onward = _merit(form, point + share * way, inertia)
        if share <= 1e-6:
            break
        point, merit, way, taken = point + share * way, after, onward, taken + 1
    remedy = "no step descends; use extragradient" if taken < iterations else "raise iterations"
    return answer(form, point, "inexact_line_search", tolerance, taken, remedy)


def _merit(form: ConvexGame, point: Array, inertia: float) -> tuple[float, Array]:
    """V and the direction of the reluctant best replies."""
    z = form.split(point)
    here = form.earned(z)
    total, ways = 0.0, []
    for i, own in enumerate(z):
        reply = best_reply(form, z, i, inertia=inertia)
        way = reply - own
        gained = form.earned((*z[:i], reply, *z[i + 1 :]))[i] - here[i]
        total += float(gained - inertia / 2.0 * way @ way)
        ways.append(way)
    return total, np.concatenate(ways)
