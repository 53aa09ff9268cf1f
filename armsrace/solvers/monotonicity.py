r"""Is a convex game monotone? The curvature of all payoffs together, looked at where one asks.

The derivative J of the ascent F(z) is the *pseudo-Jacobian*. The game is strongly monotone with
modulus :math:`\mu` exactly if -(J + J')/2 has no eigenvalue below :math:`\mu` anywhere on the sets.
A negative one somewhere disproves monotonicity, and what builds on it: uniqueness and the
convergence of the projection methods are then not guaranteed. Positive ones at some points prove
nothing of the others; for a proof, see the modulus of a form.

Source: J. B. Rosen, "Existence and uniqueness of equilibrium points for concave n-person games",
Econometrica 33 (1965), theorems 2 and 6.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.convex import ConvexGame
from armsrace.forms.normal import Array

_STEP = 1e-5


def pseudo_jacobian(form: ConvexGame, strategies: Sequence[ArrayLike]) -> Array:
    """The derivative of the ascent, by central differences, shape (D, D) for D numbers in all.

    Parameters
    ----------
    form
        The game. Its gradients are evaluated within 1e-5 of the strategies, outside the sets too.
    strategies
        Of all roles.

    Raises
    ------
    ValueError
        When the strategies are not of this game.

    Notes
    -----
    2 D evaluations of all gradients.

    Examples
    --------
    >>> from armsrace.forms.performative import linear_race
    >>> pseudo_jacobian(linear_race(1.0, 3.0), [[0.0], [0.0]]).round(6).tolist()
    [[-1.0, 1.0], [-3.0, -1.0]]
    """
    point = form.start(strategies)
    steps = _STEP * np.eye(len(point))
    columns = [form.ascent(point + step) - form.ascent(point - step) for step in steps]
    return np.stack(columns, axis=1) / (2.0 * _STEP)


def monotonicity(form: ConvexGame, strategies: Sequence[ArrayLike]) -> float:
    """The smallest eigenvalue of minus the symmetric part of the pseudo-Jacobian there.

    Negative: the game is not monotone. Positive: it is strongly monotone near these strategies.

    Parameters
    ----------
    form, strategies
        As in `pseudo_jacobian`.

    Raises
    ------
    ValueError
        When the strategies are not of this game.

    Examples
    --------
    >>> from armsrace.forms.performative import linear_race
    >>> round(monotonicity(linear_race(1.0, 3.0), [[0.0], [0.0]]), 6)
    0.0
    """
    jacobian = pseudo_jacobian(form, strategies)
    return float(np.linalg.eigvalsh(-(jacobian + jacobian.T) / 2.0)[0]) + 0.0
