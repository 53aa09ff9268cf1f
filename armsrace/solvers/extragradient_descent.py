r"""The extragradient descent scheme (EDS) of the prediction games.

The full step along the gradients is a direction, :math:`d = P(z + F(z)) - z`. On the way there is a
point :math:`\bar z = z + t d`, t = 1, 1/2, 1/4, ..., with

.. math:: F(\bar z) \cdot d \ge \sigma |d|^2,

and in a monotone game the hyperplane through it across F parts z from every equilibrium. The next
point is the nearest to z that is in the sets and not on its side of the hyperplane, so that every
step comes nearer to all equilibria:

.. math:: z' = P(z + \gamma F(\bar z)), \qquad F(\bar z) \cdot (z' - \bar z) = 0.

No constant of the game need be known. Where the projection does not bind,

.. math:: \gamma = t \, \frac{F(\bar z) \cdot d}{|F(\bar z)|^2},

which is the step that Brueckner, Kanzow and Scheffer state for all points. At an equilibrium on the
boundary, where F does not vanish, that step shrinks with the square of the residual; the longer
one, of Solodov and Svaiter, with the residual. It is searched for by bisection, which evaluates
projections and no gradients.

There, z parts from its hyperplane by the square of the residual, along a gradient of any length:
below residuals of about 1e-7 that is less than numbers of 64 bits tell apart. The last steps are
therefore measured by differences alone. With the scale :math:`\eta` = 1, 1/2, 1/4, ... of the
payoffs for which the full step, :math:`d = P(z + \eta F(z)) - z`, is short enough,

.. math:: D = d + \eta \, (F(z + d) - F(z)), \quad d \cdot D \ge \sigma |d|^2, \quad
          z' = P\Bigl(z + \frac{d \cdot D}{|D|^2} \, \eta F(z + d)\Bigr),

every such step, too, comes nearer to all equilibria (He).

Source: M. Brueckner, C. Kanzow, T. Scheffer, "Static prediction games for adversarial learning
problems", JMLR 13 (2012), algorithm 2; the step on the boundary from M. V. Solodov and B. F.
Svaiter, "A new projection method for variational inequality problems", SIAM Journal on Control and
Optimization 37 (1999) 765-776; the last steps from B. He, "A class of projection and contraction
methods for monotone variational inequalities", Applied Mathematics and Optimization 35 (1997)
69-76.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.convex import ConvexGame
from armsrace.forms.normal import Array
from armsrace.solvers.convex_equilibrium import ConvexEquilibrium, answer, check_convex_task

_LONGEST = 1e9  # steps along a gradient: further out all projections are the same
_LEAST = 1e-12  # share of a step, and scale of payoffs
_SHORT = 0.1  # of a step
_ROUNDING = 1e-15  # of the lengths that are multiplied


def extragradient_descent(
    form: ConvexGame,
    start: Sequence[ArrayLike] | None = None,
    *,
    acceptance: float = 0.25,
    tolerance: float = 1e-9,
    iterations: int = 100_000,
) -> ConvexEquilibrium:
    r"""Solve a convex game by the extragradient descent scheme.

    Parameters
    ----------
    form
        The game; monotone, or there is no guarantee.
    start
        A strategy of each role; by default the points nearest to 0.
    acceptance
        The number :math:`\sigma` in (0, 1): larger ones take shorter steps.
    tolerance
        Residual at which to stop, positive.
    iterations
        Most steps; each evaluates all gradients twice or more.

    Returns
    -------
    ConvexEquilibrium
        The last strategies.

    Raises
    ------
    ValueError
        When start is not allowed, or acceptance, tolerance or iterations is out of range.

    Examples
    --------
    >>> from armsrace.forms.strategy_sets import Box
    >>> square = Box([-1.0], [1.0])
    >>> game = ConvexGame.zero_sum(square, square, lambda x, y: x[0] * y[0], lambda x, y: (y, x))
    >>> extragradient_descent(game, [[1.0], [0.5]]).status
    'solved'
    """
    check_convex_task(tolerance, iterations)
    if not 0.0 < acceptance < 1.0:
        raise ValueError(f"acceptance must be in (0, 1), got {acceptance}")
    point, taken = form.start(start), 0
    while taken < iterations:
        here = form.ascent(point)
        way = form.project(point + here) - point
        squared = float(way @ way)
        if np.sqrt(squared) <= tolerance:
            break
        share = 1.0
        uphill = form.ascent(point + way)
        while uphill @ way < acceptance * squared and share > _LEAST:
            share /= 2.0
            uphill = form.ascent(point + share * way)
        wanted = share * float(uphill @ way)
        if wanted <= _ROUNDING * np.linalg.norm(uphill) * (1.0 + np.linalg.norm(point)):
            point = _nearer(form, point, here, acceptance)
        else:
            point = _across(form, point, uphill, wanted)
        taken += 1
    remedy = "raise iterations, or use extragradient"
    return answer(form, point, "extragradient_descent", tolerance, taken, remedy)


def _across(form: ConvexGame, point: Array, normal: Array, wanted: float) -> Array:
    """The nearest point of the sets that lies as far along the normal as is wanted.

    The step along the normal is lengthened as far as the projection takes it back. What is found
    may fall short of the hyperplane, by up to a tenth of the step, but never lies beyond it.
    """
    low = wanted / float(normal @ normal)
    ahead = point + low * normal
    reached = form.project(ahead)
    if np.array_equal(reached, ahead):
        return reached
    high = np.inf
    while low < _LONGEST and high > (1.0 + _SHORT) * low:
        step = 2.0 * low if high == np.inf else (low + high) / 2.0
        after = form.project(point + step * normal)
        if float(normal @ (after - point)) <= wanted:
            low, reached = step, after
        else:
            high = step
    return reached


def _nearer(form: ConvexGame, point: Array, here: Array, acceptance: float) -> Array:
    """The next point where the hyperplane is nearer than rounding; here is the gradient there."""
    scale = 1.0
    while True:
        way = form.project(point + scale * here) - point
        uphill = form.ascent(point + way)
        contrast = way + scale * (uphill - here)
        along = float(way @ contrast)
        if along >= acceptance * float(way @ way) or scale < _LEAST:
            break
        scale /= 2.0
    length = along / float(contrast @ contrast)
    return form.project(point + length * scale * uphill)
