r"""The extragradient method for convex games.

A step along the gradients leads all roles to a point from which they look at their gradients again;
from where they stood they then go along those:

.. math:: y = P(z + \eta F(z)), \qquad z' = P(z + \eta F(y)).

It converges whenever F is monotone and :math:`\eta < 1/L`, zero-sum games included, where plain
gradient steps circle outwards; in strongly monotone games at a linear rate. On the payoff x y over
the plane it contracts distances by :math:`\sqrt{1 - \eta^2 + \eta^4}` a step.

Source: G. M. Korpelevich, "The extragradient method for finding saddle points and other problems",
Matekon 13 (1977) 35-49; the step by search from E. N. Khobotov, "Modification of the extra-gradient
method for solving variational inequalities", USSR Computational Mathematics 27 (1987) 120-127.
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


def extragradient(
    form: ConvexGame,
    start: Sequence[ArrayLike] | None = None,
    *,
    step: float | None = None,
    tolerance: float = 1e-9,
    iterations: int = 100_000,
) -> ConvexEquilibrium:
    r"""Solve a convex game by the extragradient method.

    Parameters
    ----------
    form
        The game; monotone, or there is no guarantee.
    start
        A strategy of each role; by default the points nearest to 0.
    step
        The step :math:`\eta`; by default it is searched for each time, so that
        :math:`\eta |F(z) - F(y)| \le 0.9 |z - y|`.
    tolerance
        Residual at which to stop, positive.
    iterations
        Most steps; each evaluates all gradients twice, and once more for each step refused.

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
    >>> extragradient(game, [[1.0], [0.5]]).status
    'solved'
    """
    check_convex_task(tolerance, iterations)
    check_step(step)
    point, length, taken = form.start(start), step or 1.0, 0
    while taken < iterations:
        uphill = form.ascent(point)
        if np.linalg.norm(point - form.project(point + uphill)) <= tolerance:
            break
        ahead = form.project(point + length * uphill)
        seen = form.ascent(ahead)
        while (
            step is None
            and length * np.linalg.norm(seen - uphill) > 0.9 * np.linalg.norm(ahead - point)
            and length > 1e-12
        ):
            length *= 0.7
            ahead = form.project(point + length * uphill)
            seen = form.ascent(ahead)
        point, taken = form.project(point + length * seen), taken + 1
        if step is None:
            length *= 1.1
    remedy = "raise iterations" if step is None else "raise iterations, or leave step to the search"
    return answer(form, point, "extragradient", tolerance, taken, remedy)
