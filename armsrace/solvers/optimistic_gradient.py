r"""The optimistic gradient method for convex games.

Each role expects the gradient to go on changing as it has just changed,

.. math:: z_{k+1} = P(z_k + \eta_k F(z_k) + \eta_{k-1} (F(z_k) - F(z_{k-1}))),

so that one look at the gradients a step is enough where the extragradient method takes two. It
converges when F is monotone and :math:`\eta < 1 / (2L)`. On the payoff x y over the plane the
factor a step is the largest root of :math:`m^2 - (1 - 2 i \eta) m - i \eta`, which is less than 1
exactly for :math:`\eta < 1/\sqrt3`.

Source: L. D. Popov, "A modification of the Arrow-Hurwicz method for search of saddle points",
Mathematical Notes 28 (1980) 845-848; projections and search from Y. Malitsky and M. K. Tam,
"A forward-backward splitting method for monotone inclusions without cocoercivity", SIAM Journal on
Optimization 30 (2020), algorithm 1.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.convex import ConvexGame
from armsrace.solvers.convex_equilibrium import (
    ConvexEquilibrium,
    answer,
    check_convex_task,
    check_step,
)


def optimistic_gradient(
    form: ConvexGame,
    start: Sequence[ArrayLike] | None = None,
    *,
    step: float | None = None,
    tolerance: float = 1e-9,
    iterations: int = 100_000,
) -> ConvexEquilibrium:
    r"""Solve a convex game by the optimistic gradient method.

    Parameters
    ----------
    form
        The game; monotone, or there is no guarantee.
    start
        A strategy of each role; by default the points nearest to 0.
    step
        The step :math:`\eta`; by default it is searched for each time, so that
        :math:`\eta_k |F(z_{k+1}) - F(z_k)| \le 0.45 |z_{k+1} - z_k|`.
    tolerance
        Residual at which to stop, positive.
    iterations
        Most steps; each evaluates all gradients once, and once more for each step refused.

    Returns
    -------
    ConvexEquilibrium
        The last strategies.

    Raises
    ------
    ValueError
        When start is not allowed, or step, tolerance or iterations is out of range.

    Examples
    --------
    >>> from armsrace.forms.strategy_sets import Box
    >>> square = Box([-1.0], [1.0])
    >>> game = ConvexGame.zero_sum(square, square, lambda x, y: x[0] * y[0], lambda x, y: (y, x))
    >>> optimistic_gradient(game, [[1.0], [0.5]], step=0.3).status
    'solved'
    """
    check_convex_task(tolerance, iterations)
    check_step(step)
    point, length, taken = form.start(start), step or 1.0, 0
    uphill = form.ascent(point)
    expected = np.zeros_like(point)  # the change still to come, times the last step
    while taken < iterations:
        if np.linalg.norm(point - form.project(point + uphill)) <= tolerance:
            break
        after = form.project(point + length * uphill + expected)
        seen = form.ascent(after)
        while (
            step is None
            and length * np.linalg.norm(seen - uphill) > 0.45 * np.linalg.norm(after - point)
            and length > 1e-12
        ):
            length *= 0.7
            after = form.project(point + length * uphill + expected)
            seen = form.ascent(after)
        expected = length * (seen - uphill)
        point, uphill, taken = after, seen, taken + 1
        if step is None:
            length *= 1.1
    remedy = "raise iterations" if step is None else "raise iterations, or leave step to the search"
    return answer(form, point, "optimistic_gradient", tolerance, taken, remedy)
