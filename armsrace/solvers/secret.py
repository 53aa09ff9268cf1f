r"""The repeated game in which the learner's model is secret: how much of it to give away.

Chance draws one of K zero-sum stage games, of shape (m, n) each, by a *prior* p. The learner, who
is paid :math:`A^k_{ij}`, is told which *type* k was drawn; the adversary is not. They play that one
game for ever, seeing each other's actions but no payoffs. To use what it knows is to give it away:
the learner that plays the best strategy of its type shows its type.

With :math:`u(p)` the value of the *average game* :math:`\sum_k p_k A^k`, in which nobody knows the
type, the value of the infinitely repeated game (and the limit of long and of patient ones) is

.. math:: (\operatorname{Cav} u)(p) = \min \{ f(p) : f \text{ concave}, f \ge u \}
          = \max \Bigl\{ \sum_s \lambda_s u(q_s) : \sum_s \lambda_s q_s = p \Bigr\}

the *concave hull* of u. Optimal points q with weights :math:`\lambda` are a *splitting* of the
prior. The learner draws one of them by a lottery that depends on its type,

.. math:: P(s | k) = \lambda_s q_{s k} / p_k

and from then on plays the average game at :math:`q_s` optimally: what the adversary can ever
believe is :math:`q_s`. Splitting into the corners gives the type away, a single point (the prior)
tells nothing, and anything else is partial revelation.

How u is sampled, and how Cav u is bounded from above between the samples:
`armsrace.solvers._concave_hull`.

References
----------
.. [1] R. J. Aumann, M. Maschler, Repeated Games with Incomplete Information, MIT Press, 1995,
   chapter 1.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.arguments import finite
from armsrace.forms.normal import Array
from armsrace.solvers._concave_hull import between_two, on_grid
from armsrace.solvers.minimax import minimax_batch


@final
@dataclass(frozen=True, eq=False, repr=False)
class SecretValue:
    """What a repeated game with a secret is worth, and how much of the secret to give away.

    Attributes
    ----------
    stages
        The learner's payoffs, shape (K, m, n).
    prior
        Probabilities of the types, shape (K,).
    value, bound
        A payoff a round that the learner can guarantee with the splitting, and one that it cannot
        exceed: Cav u lies between.
    points
        The splitting, shape (S, K): beliefs that the learner leads the adversary to.
    weights
        Their probabilities, shape (S,).
    unrevealed
        u at the prior: what the learner earns when it never uses what it knows.
    revealed
        What it earns when it gives all away at once: the mean of the values of the stage games.

    Examples
    --------
    >>> game = secret_value([[[4, 0, 2], [4, 0, -2]], [[0, 4, -2], [0, 4, 2]]], [0.5, 0.5])
    >>> game
    SecretValue of 2 types: 1, exact to 1e-09
      never reveal 0, reveal at once 0
      lead to [0.25 0.75] with probability 0.5
      lead to [0.75 0.25] with probability 0.5
    >>> game.lottery.round(6).tolist()
    [[0.25, 0.75], [0.75, 0.25]]
    """

    stages: Array
    prior: Array
    value: float
    bound: float
    points: Array
    weights: Array
    unrevealed: float
    revealed: float

    @cached_property
    def lottery(self) -> Array:
        """Probability with which each type draws each point, shape (K, S); 0 for types of prior 0.

        The learner tells no more than what is drawn, and plays `strategies` there.
        """
        joint = (self.weights[:, None] * self.points).T
        shares = np.zeros_like(joint)
        np.divide(joint, self.prior[:, None], out=shares, where=self.prior[:, None] > 0)
        return shares

    @cached_property
    def strategies(self) -> Array:
        """The learner's optimal strategy in the average game at each point, shape (S, m)."""
        return minimax_batch(np.tensordot(self.points, self.stages, 1))[1]

    @property
    def error(self) -> float:
        """How far the value may lie below Cav u."""
        return self.bound - self.value

    def __repr__(self) -> str:
        shown = [f"{round(x, 9) + 0.0:.6g}" for x in (self.value, self.unrevealed, self.revealed)]
        lines = [
            f"SecretValue of {len(self.prior)} types: {shown[0]}, exact to {_above(self.error)}",
            f"  never reveal {shown[1]}, reveal at once {shown[2]}",
        ]
        for point, weight in zip(self.points.round(6), self.weights.tolist(), strict=True):
            lines.append(f"  lead to {point + 0.0} with probability {weight:.6g}")
        return "\n".join(lines)


def average_game_values(stages: ArrayLike, beliefs: ArrayLike) -> Array:
    """Return the values u of the average games at some beliefs.

    Parameters
    ----------
    stages
        The learner's payoffs in the stage game of each type, shape (K, m, n).
    beliefs
        Probabilities of the types, shape (..., K).

    Returns
    -------
    array
        Shape (...).

    Raises
    ------
    ValueError
        When a shape does not fit, a number is not finite, or a belief is not a distribution.

    Examples
    --------
    >>> games = [[[1, 0], [0, 0]], [[0, 0], [0, 1]]]
    >>> average_game_values(games, [[0.5, 0.5], [1, 0]]).round(9).tolist()
    [0.25, 0.0]
    """
    games = _stages(stages)
    points = _beliefs("beliefs", beliefs, len(games))
    values, _, _ = minimax_batch(np.tensordot(points.reshape(-1, len(games)), games, 1))
    return values.reshape(points.shape[:-1])


def secret_value(
    stages: ArrayLike, prior: ArrayLike, *, tolerance: float = 1e-9, mesh: int = 20
) -> SecretValue:
    """Solve the repeated zero-sum game whose type the learner knows and the adversary does not.

    Parameters
    ----------
    stages
        The learner's payoffs in the stage game of each type, shape (K, m, n).
    prior
        Probability of each type, shape (K,).
    tolerance
        For one or two types, how far the bounds may lie apart, as a share of the range of the
        payoffs; positive.
    mesh
        For three types or more, in how many parts each side of the simplex is cut; at least 1. The
        answer states its error, which falls in proportion to 1 / mesh or faster.

    Returns
    -------
    SecretValue
        The value with its bound, and the splitting. Two types take a few dozen average games; K
        types take comb(mesh + K - 1, K - 1) of them and a linear program over their pairs.

    Raises
    ------
    ValueError
        When a shape does not fit, a number is not finite or out of its range, the prior is not a
        distribution, or the grid would have more than 20,000 points.
    ArithmeticError
        When the bounds of a game of two types do not close; a larger tolerance helps.

    Examples
    --------
    Types whose good actions differ, so that to use them is to tell: nothing is revealed.

    >>> secret_value([[[1, 0], [0, 0]], [[0, 0], [0, 1]]], [0.5, 0.5])
    SecretValue of 2 types: 0.25, exact to 1e-09
      never reveal 0.25, reveal at once 0
      lead to [0.5 0.5] with probability 1
    """
    games = _stages(stages)
    belief = _beliefs("prior", prior, len(games))
    if belief.ndim != 1:
        raise ValueError(f"prior must have shape ({len(games)},), got {belief.shape}")
    if not 0 < tolerance < np.inf:
        raise ValueError(f"tolerance must be positive and finite, got {tolerance:g}")
    if mesh < 1:
        raise ValueError(f"mesh must be at least 1, got {mesh}")
    present = np.flatnonzero(belief > 0)
    played = games[present]
    if len(present) <= 2:
        hull = between_two(played, belief[present], tolerance * float(np.ptp(games)))
    else:
        hull = on_grid(played, belief[present], mesh)
    points = np.zeros((len(hull.weights), len(games)))
    points[:, present] = hull.points
    corners, _, _ = minimax_batch(games)
    return SecretValue(
        stages=games,
        prior=belief,
        value=hull.value,
        bound=max(hull.bound, hull.value),
        points=points,
        weights=hull.weights,
        unrevealed=float(average_game_values(games, belief)),
        revealed=float(belief @ corners),
    )


def _above(error: float) -> str:
    """A power of ten that an error stays below."""
    return f"{10.0 ** np.ceil(np.log10(max(error, 1e-9))):.0e}"


def _stages(stages: ArrayLike) -> Array:
    games = finite("stages", stages)
    if games.ndim != 3 or 0 in games.shape:
        raise ValueError(f"stages must have shape (K, m, n), one game a type, got {games.shape}")
    return games


def _beliefs(name: str, values: ArrayLike, types: int) -> Array:
    points = finite(name, values)
    if points.ndim == 0 or points.shape[-1] != types:
        raise ValueError(f"{name} must hold {types} probabilities, one a type, got {points.shape}")
    if not (points >= 0).all() or not np.allclose(points.sum(axis=-1), 1.0, rtol=0, atol=1e-9):
        raise ValueError(f"{name} must be non-negative and sum to 1, got {points.tolist()}")
    beliefs: Array = points / points.sum(axis=-1, keepdims=True)
    return beliefs
