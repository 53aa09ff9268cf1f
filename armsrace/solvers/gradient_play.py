r"""Gradient play: every role goes along its own gradient, as if the others stood still.

.. math:: z' = P(z + \eta F(z))

It is what learners and adversaries do who never look ahead. In a strongly monotone game with
modulus :math:`\mu` and Lipschitz constant L it converges for :math:`\eta < 2 \mu / L^2`. In a
zero-sum game it need not: on the payoff x y over the plane each step multiplies the distance from
the equilibrium by :math:`\sqrt{1 + \eta^2}`.

Source: J. B. Rosen, "Existence and uniqueness of equilibrium points for concave n-person games",
Econometrica 33 (1965), section 4.
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


def gradient_play(
    form: ConvexGame,
    start: Sequence[ArrayLike] | None = None,
    *,
    step: float = 0.1,
    tolerance: float = 1e-9,
    iterations: int = 100_000,
) -> ConvexEquilibrium:
    r"""Let all roles go along their own gradients until they rest.

    Parameters
    ----------
    form
        The game.
    start
        A strategy of each role; by default the points nearest to 0.
    step
        The step :math:`\eta`, positive.
    tolerance
        Residual at which to stop, positive.
    iterations
        Most steps; each evaluates all gradients once.

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
    >>> plane = Box([-np.inf], [np.inf])
    >>> game = ConvexGame.zero_sum(plane, plane, lambda x, y: x[0] * y[0], lambda x, y: (y, x))
    >>> gradient_play(game, [[1.0], [0.0]], iterations=100).status
    'residual 2 after 100 iterations, above 1e-09: take a smaller step, or use extragradient'
    """
    check_convex_task(tolerance, iterations)
    check_step(step)
    point, taken = form.start(start), 0
    while taken < iterations:
        uphill = form.ascent(point)
        if np.linalg.norm(point - form.project(point + uphill)) <= tolerance:
            break
        after = form.project(point + step * uphill)
        if not np.linalg.norm(after) < 1e100:
            break
        point, taken = after, taken + 1
    remedy = "take a smaller step, or use extragradient"
    return answer(form, point, "gradient_play", tolerance, taken, remedy)
