r"""Commitment in a convex game: the leader's gradient through the follower's best reply.

The leader commits to x; the follower replies with y(x), the maximum of its concave payoff g over
its set, and the leader earns f(x, y(x)). With any step :math:`\eta > 0` the reply is the fixed
point of a projection, :math:`y = P(y + \eta \nabla_y g(x, y))`. Let D be the derivative of P there,
which is symmetric, and :math:`H = \nabla^2_{yy} g`. Differentiating both sides gives

.. math:: \nabla \left[ f(x, y(x)) \right] = \nabla_x f + \eta \, \nabla^2_{xy} g \; D \lambda,
          \qquad \left( I - (I + \eta H) D \right) \lambda = \nabla_y f,

active constraints included. No second derivative is asked for: H and the mixed ones act on single
vectors, and differences of the gradients and effects of the game do that. The linear equation is
solved by GMRES.

The leader then climbs by projected gradient steps with a line search; its payoff need not be
concave, so that what it finds is a local optimum: start from several places, and compare with a
grid where there are few dimensions.

Source: M. Brueckner, T. Scheffer, "Stackelberg games for adversarial prediction problems", KDD
2011, who replace the reply by its optimality conditions; A. L. Dontchev and R. T. Rockafellar,
*Implicit Functions and Solution Mappings* (2009), chapter 2.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.convex import ConvexGame, Strategies
from armsrace.forms.normal import Array
from armsrace.solvers._concave import best_reply
from armsrace.solvers.convex_equilibrium import ConvexEquilibrium, check_convex_task

_DIFFERENCE = 1e-6


def implicit_stackelberg(
    form: ConvexGame,
    leader: str = "learner",
    start: Sequence[ArrayLike] | None = None,
    *,
    tolerance: float = 1e-6,
    iterations: int = 1_000,
) -> ConvexEquilibrium:
    """Find a commitment that no small change of it improves, given that the follower replies best.

    Parameters
    ----------
    form
        A game of two with effects, in which the follower has one best reply to everything.
    leader
        The role that commits.
    start
        A strategy of each role; by default the points nearest to 0. The leader's matters.
    tolerance
        Length of the leader's projected gradient step at which to stop, positive. Differences of
        gradients are good to about 1e-9.
    iterations
        Most steps of the leader.

    Returns
    -------
    ConvexEquilibrium
        With its ``leader``; the regret is the follower's. ``parameters`` hold the length of the
        leader's last projected gradient step, ``stationarity``.

    Raises
    ------
    LookupError
        When there is no such role.
    ValueError
        When the game has more than two roles or no effects, start is not allowed, or tolerance or
        iterations is out of range.

    Examples
    --------
    >>> from armsrace.forms.performative import linear_race
    >>> answer = implicit_stackelberg(linear_race(mean=1.0, response=1.0))
    >>> answer.strategy("learner").round(6).tolist()
    [0.333333]
    """
    index = form.role_index(leader)
    if len(form.roles) != 2 or form.effects is None:
        raise ValueError("commitment needs a game of two with effects; give effects=...")
    check_convex_task(tolerance, iterations)
    allowed = form.sets[index]
    z = _answered(form, form.split(form.start(start)), index)
    step, length, taken = 1.0, np.inf, 0
    while taken < iterations:
        uphill = commitment_gradient(form, leader, z)
        length = float(np.linalg.norm(allowed.project(z[index] + uphill) - z[index]))
        if length <= tolerance:
            break
        found = _climbed(form, z, index, uphill, step)
        if found is None:
            break
        z, step = found
        taken, step = taken + 1, 2.0 * step
    status = "solved"
    if length > tolerance:
        remedy = "raise iterations" if taken == iterations else "raise tolerance: no step climbs"
        status = f"stationary to within {length:.1g} only after {taken} steps: {remedy}"
    parameters = {"tolerance": tolerance, "iterations": taken, "stationarity": length}
    return ConvexEquilibrium(form, z, "implicit_stackelberg", parameters, status, leader)


def commitment_gradient(form: ConvexGame, leader: str, strategies: Strategies) -> Array:
    """The gradient of what the leader earns once the follower has replied.

    Parameters
    ----------
    form, leader
        A game of two with effects, and who leads.
    strategies
        The leader's, and the follower's best reply to it.

    Raises
    ------
    LookupError
        When there is no such role.
    ValueError
        When the game has no effects.

    Examples
    --------
    >>> from armsrace.forms.performative import linear_race
    >>> game = linear_race(mean=1.0, response=1.0)
    >>> commitment_gradient(game, "learner", (np.array([0.0]), np.array([1.0]))).round(6).tolist()
    [1.0]
    """
    from scipy.sparse.linalg import LinearOperator, gmres

    index = form.role_index(leader)
    if form.effects is None:
        raise ValueError("commitment needs a game of two with effects; give effects=...")
    effects, follower = form.effects, 1 - index
    reply = strategies[follower]

    def with_reply(y: Array) -> Strategies:
        return (strategies[0], y) if follower == 1 else (y, strategies[1])

    def curvature(way: Array) -> Array:
        return _along(lambda y: np.asarray(form.gradients(with_reply(y))[follower]), reply, way)

    uphill = np.asarray(form.gradients(strategies)[follower], dtype=np.float64)
    step = 1.0 / max(float(np.linalg.norm(curvature(_generic(len(reply))))), 1e-12)

    def project(way: Array) -> Array:
        return _along(form.sets[follower].project, reply + step * uphill, way)

    def system(way: Array) -> Array:
        free = project(way)
        return np.asarray(way - free - step * curvature(free))

    wanted = np.asarray(effects(strategies)[index], dtype=np.float64)
    operator = LinearOperator((len(reply), len(reply)), matvec=system, dtype=np.float64)
    multiplier, _ = gmres(operator, wanted, rtol=1e-10, atol=0.0)
    free = project(multiplier)
    through = _along(lambda y: np.asarray(effects(with_reply(y))[follower]), reply, free)
    return np.asarray(form.gradients(strategies)[index] + step * through)


def _climbed(
    form: ConvexGame, z: Strategies, index: int, uphill: Array, step: float
) -> tuple[Strategies, float] | None:
    """The first sufficient improvement among ever shorter steps, or None."""
    here = form.earned(z)[index]
    while step > 1e-12:
        moved = form.sets[index].project(z[index] + step * uphill)
        after = _answered(form, (moved, z[1]) if index == 0 else (z[0], moved), index)
        gained = form.earned(after)[index] - here
        if gained > 0.0 and gained >= 1e-4 * float(uphill @ (moved - z[index])):
            return after, step
        step /= 2.0
    return None


def _answered(form: ConvexGame, z: Strategies, index: int) -> Strategies:
    """The leader's strategy with the follower's best reply."""
    follower = 1 - index
    formula = form.replies[follower]
    reply = best_reply(form, z, follower) if formula is None else np.asarray(formula(z))
    return (z[0], reply) if follower == 1 else (reply, z[1])


def _along(function: Callable[[Array], Array], point: Array, way: Array) -> Array:
    """The derivative of a function along a way, by central differences."""
    length = float(np.linalg.norm(way))
    if length == 0.0:
        return np.zeros_like(function(point))
    h = _DIFFERENCE * (1.0 + float(np.linalg.norm(point))) / length
    return (function(point + h * way) - function(point - h * way)) / (2.0 * h)


def _generic(size: int) -> Array:
    """A unit vector without regularity."""
    way = np.mod(np.arange(1, size + 1) * (np.sqrt(5.0) - 1.0) / 2.0, 1.0) + 0.5
    return np.asarray(way / np.linalg.norm(way))
