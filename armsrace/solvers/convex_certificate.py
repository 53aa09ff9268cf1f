r"""Certificates for convex games: how far strategies are from an equilibrium, with proof.

Nothing here knows how the strategies were found. Three numbers, weakest claim first:

* The *residual* :math:`|z - P(z + F(z))|`: zero exactly at a Nash equilibrium.
* The *regret* of role i, what its best unilateral deviation still gains. A deviation b is sought,
  and duality bounds what any other gains beyond it: because u_i is concave,

  .. math:: \max_{s \in S_i} u_i(s, z_{-i}) \le u_i(b, z_{-i}) + \max_{s \in S_i} g \cdot (s - b),

  g its gradient at b. The largest number on the right is a linear maximization; in a strongly
  monotone game it loses :math:`\tfrac\mu2 |s - b|^2` besides, and is a projection. The bound holds
  however good or bad b is.
* The *distance* to the equilibrium, in a game with modulus :math:`\mu > 0`. For any step
  :math:`\eta > 0` let :math:`x = P(z + \eta F(z))`. Then
  :math:`e = (z - x) / \eta + F(z) - F(x)` is such that :math:`F(x) + e` points out of the set at
  x, and so :math:`\mu |x - z^*| \le |e|` and

  .. math:: |z - z^*| \le |z - x| + |e| / \mu.

  (With a Lipschitz constant L of F the right-hand side is of order (1 + L) / :math:`\mu` times the
  residual, as in Facchinei and Pang, *Finite-Dimensional Variational Inequalities* (2003), theorem
  2.3.3, but L need not be known.)
"""

import numpy as np

from armsrace.forms.convex import ConvexGame, Strategies
from armsrace.forms.normal import Array
from armsrace.solvers._concave import best_reply

_STEPS = 2.0 ** np.arange(-8, 9)


def residual(form: ConvexGame, strategies: Strategies) -> float:
    """The length of the step that all roles take together along their gradients.

    Examples
    --------
    >>> from armsrace.forms.strategy_sets import Box
    >>> square = Box([-1.0], [1.0])
    >>> game = ConvexGame.zero_sum(square, square, lambda x, y: x[0] * y[0], lambda x, y: (y, x))
    >>> residual(game, (np.array([0.0]), np.array([0.5])))
    0.5
    """
    point = np.concatenate(strategies)
    return float(np.linalg.norm(point - form.project(point + form.ascent(point))))


def regrets(form: ConvexGame, strategies: Strategies) -> Array:
    """No deviation of a role gains more than this, shape (N,); see the module.

    Takes one maximization of a concave function for each role.

    Examples
    --------
    >>> from armsrace.forms.strategy_sets import Box
    >>> square = Box([-1.0], [1.0])
    >>> game = ConvexGame.zero_sum(square, square, lambda x, y: x[0] * y[0], lambda x, y: (y, x))
    >>> regrets(game, (np.array([0.25]), np.array([0.5]))).tolist()
    [0.375, 0.375]
    """
    here = form.earned(strategies)
    return np.array([_regret(form, strategies, i, here[i]) for i in range(len(form.roles))])


def _regret(form: ConvexGame, strategies: Strategies, i: int, here: float) -> float:
    formula = form.replies[i]
    candidates = [strategies[i], best_reply(form, strategies, i)]
    if formula is not None:
        candidates.append(form.sets[i].project(formula(strategies)))
    bounds = []
    for candidate in candidates:
        deviation = (*strategies[:i], candidate, *strategies[i + 1 :])
        gain = float(form.earned(deviation)[i]) - here
        bounds.append(gain + unexploited(form, deviation, i))
    return max(min(bounds), 0.0)


def unexploited(form: ConvexGame, strategies: Strategies, i: int) -> float:
    """What the best deviation of role i can gain at most, by duality alone.

    Infinite where the set is unbounded along the gradient and the game has no modulus.
    """
    allowed, own = form.sets[i], strategies[i]
    gradient = np.asarray(form.gradients(strategies)[i], dtype=np.float64)
    moving = gradient != 0.0
    away = (allowed.farthest(gradient) - own)[moving]
    linear = float(gradient[moving] @ away)
    if form.modulus == 0.0:
        return linear
    step = allowed.project(own + gradient / form.modulus) - own
    return min(linear, float(gradient @ step - form.modulus / 2.0 * step @ step))


def distance_bound(form: ConvexGame, strategies: Strategies) -> float:
    """No equilibrium is farther away than this; infinite when the game has no modulus.

    Examples
    --------
    >>> from armsrace.forms.strategy_sets import Box
    >>> line = Box([-np.inf], [np.inf])
    >>> game = ConvexGame(
    ...     (line, line),
    ...     payoffs=lambda z: (-(z[0][0] ** 2), -(z[1][0] ** 2)),
    ...     gradients=lambda z: (-2 * z[0], -2 * z[1]),
    ...     modulus=2.0,
    ... )
    >>> distance_bound(game, (np.array([3.0]), np.array([4.0])))
    5.0
    """
    if form.modulus == 0.0:
        return np.inf
    point = np.concatenate(strategies)
    ascent = form.ascent(point)
    bounds = []
    for step in _STEPS:
        moved = form.project(point + step * ascent)
        error = (point - moved) / step + ascent - form.ascent(moved)
        bounds.append(np.linalg.norm(point - moved) + np.linalg.norm(error) / form.modulus)
    return float(min(bounds))
