r"""The extragradient descent scheme (EDS) of the prediction games.

The full step along the gradients is a direction, :math:`d = P(z + F(z)) - z`. On the way there is a
point :math:`\bar z = z + t d`, t = 1, 1/2, 1/4, ..., with

.. math:: F(\bar z) \cdot d \ge \sigma |d|^2,

and in a monotone game the hyperplane through it across F parts z from every equilibrium. So the
projection on the hyperplane, and then on the sets, comes nearer to all of them:

.. math:: z' = P(z + \gamma F(\bar z)), \qquad
          \gamma = t \, \frac{F(\bar z) \cdot d}{|F(\bar z)|^2}.

No constant of the game need be known. The scheme is for equilibria inside the sets, as those of the
prediction games are: at one on the boundary, where F does not vanish, :math:`\gamma` shrinks with
the square of the residual, and `armsrace.solvers.extragradient` is much faster.

Source: M. Brueckner, C. Kanzow, T. Scheffer, "Static prediction games for adversarial learning
problems", JMLR 13 (2012), algorithm 2; M. V. Solodov and B. F. Svaiter, "A new projection method
for variational inequality problems", SIAM Journal on Control and Optimization 37 (1999) 765-776.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.convex import ConvexGame
from armsrace.solvers.convex_equilibrium import ConvexEquilibrium, answer, check_convex_task


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
        way = form.project(point + form.ascent(point)) - point
        squared = float(way @ way)
        if np.sqrt(squared) <= tolerance:
            break
        share = 1.0
        uphill = form.ascent(point + way)
        while uphill @ way < acceptance * squared and share > 1e-12:
            share /= 2.0
            uphill = form.ascent(point + share * way)
        across = share * float(uphill @ way) / float(uphill @ uphill)
        point, taken = form.project(point + across * uphill), taken + 1
    remedy = "raise iterations, or use extragradient"
    return answer(form, point, "extragradient_descent", tolerance, taken, remedy)
