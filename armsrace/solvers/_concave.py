"""A role's best reply in a convex game, found by accelerated projected gradient ascent."""

from typing import Final

import numpy as np

from armsrace.forms.convex import ConvexGame, Strategies
from armsrace.forms.normal import Array

_ROUNDS: Final = 5_000
_EXACT: Final = 1e-12  # of the size of the strategy: shorter moves are rounding
_FAR: Final = 1e100  # a move this long is on its way to infinity


def best_reply(form: ConvexGame, strategies: Strategies, i: int, *, inertia: float = 0.0) -> Array:
    r"""Maximize :math:`u_i(s, z_{-i}) - \tfrac{c}{2} |s - z_i|^2` over s, from s = z_i on.

    Parameters
    ----------
    form, strategies, i
        The game, where it stands, and the place of the role that moves.
    inertia
        The weight c of staying where it is, not negative.

    Notes
    -----
    Nesterov's method with a step that is halved until the gradient changes no more over it than a
    smooth function's may, and that forgets its momentum when the momentum points downhill
    (O'Donoghue and Candes, "Adaptive restart for accelerated gradient schemes", 2015). It stops
    when a plain step no longer moves, moves without end, or after 5,000 of them.
    """
    allowed, home = form.sets[i], strategies[i]

    def slope(own: Array) -> Array:
        deviation = (*strategies[:i], own, *strategies[i + 1 :])
        return np.asarray(form.gradients(deviation)[i], dtype=np.float64) - inertia * (own - home)

    here = leading = allowed.project(home)
    step, momentum = 1.0, 1.0
    for _ in range(_ROUNDS):
        uphill = slope(leading)
        after = allowed.project(leading + step * uphill)
        move = after - leading
        length = float(np.linalg.norm(move))
        if length <= _EXACT * (1.0 + float(np.linalg.norm(after))) * min(1.0, step):
            return after
        if not length < _FAR:
            return here
        while step * np.linalg.norm(slope(after) - uphill) > length and step > 1e-12:
            step /= 2.0
            after = allowed.project(leading + step * uphill)
            move = after - leading
            length = float(np.linalg.norm(move))
        if float(move @ (after - here)) < 0.0:
            momentum = 1.0
        following = (1.0 + np.sqrt(1.0 + 4.0 * momentum**2)) / 2.0
        leading = after + (momentum - 1.0) / following * (after - here)
        here, momentum = after, following
        step *= 1.1
    return here
