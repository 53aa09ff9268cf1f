r"""What two patient roles can earn: the equilibrium payoffs of a repeated game.

With perfect monitoring and a public random signal before each round, the payoffs of all
subgame-perfect equilibria in pure actions of a game of two form a convex polygon V. It is the
largest set that supports itself: each of its points is a mixture of payoffs

.. math:: (1 - \delta)\, g(a) + \delta w, \qquad w \in V, \qquad
          w_i \ge v_i + \tfrac{1 - \delta}{\delta} h_i(a)

where action profile a earns g(a) now, continuations w come later, h_i(a) is what role i's best
deviation gains now, and v_i the least that V gives it, its punishment (Abreu, Pearce, Stacchetti
1990). Of these points, the extreme ones need either no incentive, w = g(a), so that a is played for
ever, or have a binding constraint: w is an extreme point of the continuations that just deter a
role. Hence at most four points a profile (Abreu and Sannikov 2014, theorem 1), and the operator ::

    R(W, v) = hull of (1 - delta) g(a) + delta C(a),
    C(a) = {g(a)} if it deters both roles, else the extreme points of W, cut by the constraints,
           at which one of them binds

applied again and again to all feasible payoffs, with v the minmax values in pure actions and then
the least payoffs of W, shrinks to V.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.forms.normal import Array
from armsrace.forms.repeated import RepeatedGame
from armsrace.solvers._polygon import CLOSE, cut, distance, hull

ITERATIONS = 10_000


@final
@dataclass(frozen=True, eq=False)
class PayoffSet:
    """The equilibrium payoffs of a repeated game of two, as a convex polygon.

    Parameters
    ----------
    vertices
        Its extreme points, counterclockwise, shape (K, 2): the payoffs of the first and of the
        second role. None, K = 0, when there is no equilibrium in pure actions.
    punishment
        The least that each role earns in any of the equilibria, shape (2,); the pure minmax values
        when there is none.
    iterations
        How often the operator was applied.
    error
        How far the last application moved a vertex at most.
    status
        "solved", or what went wrong and what to do about it.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    >>> PayoffSet(square, punishment=np.zeros(2), iterations=1, error=0.0).area
    4.0
    """

    vertices: Array
    punishment: Array
    iterations: int
    error: float
    status: str = "solved"

    @property
    def area(self) -> float:
        """The area of the polygon."""
        x, y = self.vertices.T
        return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2.0 if len(x) else 0.0


def payoff_set(game: RepeatedGame, *, tolerance: float = 1e-10) -> PayoffSet:
    """Find the payoffs of all subgame-perfect equilibria with a public random signal.

    Parameters
    ----------
    game
        A repeated game of two roles.
    tolerance
        When to stop: the largest move of a vertex, as a share of the payoffs' range.

    Returns
    -------
    PayoffSet
        Every iteration contains the true set, so the answer does, but for a rounding of 1e-12 of
        the payoffs' range. Each takes time in proportion to the number of profiles times the number
        of vertices.

    Raises
    ------
    ValueError
        When the stage game does not have two roles or the tolerance is not positive.

    References
    ----------
    D. Abreu, Y. Sannikov, "An algorithm for two-player repeated games with perfect monitoring",
    Theoretical Economics 9 (2014).

    Examples
    --------
    >>> from armsrace.forms import NormalForm
    >>> dilemma = NormalForm.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> payoff_set(RepeatedGame(dilemma, discount=0.3)).vertices.round(6).tolist()
    [[3.0, 3.0], [9.75, 3.0], [9.0, 9.0], [3.0, 9.75]]
    >>> payoff_set(RepeatedGame(dilemma, discount=0.1)).vertices.round(6).tolist()
    [[3.0, 3.0]]
    """
    stage, discount = game.stage, game.discount
    if len(stage.roles) != 2:
        raise ValueError(f"payoff_set needs a game of two roles, got {len(stage.roles)}")
    if not tolerance > 0.0:
        raise ValueError(f"tolerance must be positive, got {tolerance:g}")
    span = float(np.ptp(stage.payoffs)) or 1.0
    low = float(stage.payoffs.min())
    payoffs = (stage.payoffs - low) / span
    best = np.stack([u.max(axis=i, keepdims=True) - u for i, u in enumerate(payoffs)])
    now, gains = payoffs.reshape(2, -1).T, best.reshape(2, -1).T
    least = (game.pure_minmax() - low) / span
    polygon, error, iteration = hull(now), np.inf, 0
    while error > tolerance and iteration < ITERATIONS:
        smaller = _supported(polygon, least, now, gains, discount)
        iteration += 1
        error = distance(polygon, smaller)
        polygon = smaller
        if len(polygon):
            least = np.maximum(least, polygon.min(axis=0))
    status = "solved" if error <= tolerance else "still moving: raise the tolerance"
    return PayoffSet(low + span * polygon, low + span * least, iteration, span * error, status)


def _supported(polygon: Array, least: Array, now: Array, gains: Array, discount: float) -> Array:
    """Apply the operator once."""
    points = []
    for earned, gain in zip(now, gains, strict=True):
        if discount > 0.0:
            floor = least + (1.0 - discount) / discount * gain
        else:
            floor = np.where(gain > 0.0, np.inf, least)
        if (earned >= floor - CLOSE).all():
            points.append(earned[None])
            continue
        rest = cut(cut(polygon, 0, floor[0]), 1, floor[1])
        binding = rest[(np.abs(rest - floor) <= CLOSE).any(axis=1)]
        points.append((1.0 - discount) * earned + discount * binding)
    return hull(np.concatenate(points))
