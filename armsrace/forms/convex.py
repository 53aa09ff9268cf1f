r"""Convex games: each role chooses a point of a convex set, and its payoff is concave in it.

Role i chooses z_i from its set S_i, an array of shape (d_i,), and earns :math:`u_i(z)`, a number
that it wants large; a cost is a payoff with its sign changed. The *ascent* of the game stacks what
each role would do by itself,

.. math:: F(z) = (\nabla_{z_1} u_1(z), \dots, \nabla_{z_N} u_N(z)).

When every u_i is concave in z_i, z is a Nash equilibrium exactly if no step along F leads
anywhere: z = P(z + F(z)), with P the projection on the product of the sets. The game is *strongly
monotone* with modulus :math:`\mu > 0` when

.. math:: (F(a) - F(b)) \cdot (a - b) \le -\mu \, |a - b|^2 \quad\text{for all } a, b;

then the equilibrium exists, is unique, and its distance from any point can be bounded there.

Source: J. B. Rosen, "Existence and uniqueness of equilibrium points for concave n-person games",
Econometrica 33 (1965) 520-534; F. Facchinei and C. Kanzow, "Generalized Nash equilibrium problems",
4OR 5 (2007) 173-210.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.arguments import check_unique, default_roles
from armsrace.forms.normal import Array
from armsrace.forms.strategy_sets import Product, StrategySet

Strategies = tuple[Array, ...]

_PROBES = 6  # points at which the door looks at payoffs and gradients
_SLACK = 1e-5  # of the size of what is compared: finite differences are no better


@final
@dataclass(frozen=True, eq=False, repr=False)
class ConvexGame:
    r"""A game of two or more roles on convex sets, with payoffs and their gradients.

    All functions take the strategies of all roles, a tuple of arrays of shapes (d_1,), (d_2,), ...

    Parameters
    ----------
    sets
        The strategy set of each role.
    payoffs
        What each role earns: N numbers. Each concave in the role's own strategy.
    gradients
        Of each role's payoff with respect to its own strategy: arrays of the shape of that
        strategy. Continuous.
    effects
        In a game of two, the gradient of each role's payoff with respect to the *other's* strategy;
        only a Stackelberg leader's solver needs it.
    replies
        For each role its best reply to the strategies of the others, where there is a formula, or
        None; its own strategy in the argument is not to be read. Certificates do not trust it.
    modulus
        The modulus :math:`\mu` of strong monotonicity, when there is a proof of one; 0 claims
        nothing. Error bounds build on it.
    roles
        Names; by default "learner" and "adversary", or "player 1", "player 2", ...

    Raises
    ------
    TypeError
        When a set is none.
    ValueError
        When payoffs or gradients have wrong shapes or are not finite, or contradict what is claimed
        of them at a few points of the sets: gradients and effects that finite differences do not
        confirm, a payoff that is not concave, a modulus that is too large.

    Examples
    --------
    A learner that picks a threshold and an adversary that picks how far to hide below it:

    >>> from armsrace.forms.strategy_sets import Box
    >>> game = ConvexGame(
    ...     sets=(Box([0.0], [4.0]), Box([0.0], [4.0])),
    ...     payoffs=lambda z: (-((z[0][0] - z[1][0]) ** 2), -((z[1][0] - 2 + z[0][0] / 2) ** 2)),
    ...     gradients=lambda z: (-2 * (z[0] - z[1]), -2 * (z[1] - 2 + z[0] / 2)),
    ... )
    >>> game
    ConvexGame: learner in 1 dimension, adversary in 1 dimension
    >>> game.ascent(np.array([1.0, 0.5])).tolist()
    [-1.0, 2.0]
    """

    sets: tuple[StrategySet, ...]
    payoffs: Callable[[Strategies], Sequence[float] | Array]
    gradients: Callable[[Strategies], Sequence[Array]]
    effects: Callable[[Strategies], Sequence[Array]] | None = None
    replies: tuple[Callable[[Strategies], Array] | None, ...] = ()
    modulus: float = 0.0
    roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sets = tuple(self.sets)
        for given in sets:
            if not isinstance(given, StrategySet):
                raise TypeError(f"sets must hold a StrategySet for each role, got {given!r}")
        if len(sets) < 2:
            raise ValueError(f"sets must hold one for each of two roles or more, got {len(sets)}")
        roles = tuple(self.roles) or default_roles(len(sets))
        replies = tuple(self.replies) or (None,) * len(sets)
        for name, values in (("roles", roles), ("replies", replies)):
            if len(values) != len(sets):
                raise ValueError(f"{name} must hold {len(sets)}, one a set, got {len(values)}")
        check_unique("roles", roles)
        if not 0.0 <= self.modulus < np.inf:
            raise ValueError(f"modulus must be in [0, inf), got {self.modulus}")
        if self.effects is not None and len(sets) != 2:
            raise ValueError(f"effects are for games of two roles, got {len(sets)}")
        object.__setattr__(self, "sets", sets)
        object.__setattr__(self, "roles", roles)
        object.__setattr__(self, "replies", replies)
        _check_claims(self)

    @classmethod
    def zero_sum(
        cls,
        learner: StrategySet,
        adversary: StrategySet,
        payoff: Callable[[Array, Array], float],
        gradients: Callable[[Array, Array], tuple[Array, Array]],
        *,
        modulus: float = 0.0,
    ) -> "ConvexGame":
        """Make the game in which the adversary gains what the learner loses.

        Parameters
        ----------
        learner, adversary
            Their strategy sets.
        payoff
            The learner's, at (its strategy, the adversary's): concave in the first, convex in the
            second.
        gradients
            Of that payoff, with respect to the learner's strategy and to the adversary's.
        modulus
            As in `ConvexGame`.
        """

        def payoffs(z: Strategies) -> tuple[float, float]:
            earned = float(payoff(*z))
            return earned, -earned

        def own(z: Strategies) -> tuple[Array, Array]:
            by_learner, by_adversary = gradients(*z)
            return by_learner, -np.asarray(by_adversary)

        def effects(z: Strategies) -> tuple[Array, Array]:
            by_learner, by_adversary = gradients(*z)
            return by_adversary, -np.asarray(by_learner)

        return cls((learner, adversary), payoffs, own, effects, modulus=modulus)

    @property
    def dimensions(self) -> tuple[int, ...]:
        """The dimension of each role's strategies."""
        return tuple(strategies.dimension for strategies in self.sets)

    def role_index(self, role: str) -> int:
        """Return the place of a role.

        Raises
        ------
        LookupError
            When there is no such role.
        """
        if role not in self.roles:
            raise LookupError(f"unknown role {role!r}; the roles are {', '.join(self.roles)}")
        return self.roles.index(role)

    def split(self, point: Array) -> Strategies:
        """The strategies of all roles from one array that stacks them."""
        return tuple(self._product.split(point))

    def earned(self, strategies: Strategies) -> Array:
        """What each role earns, shape (N,)."""
        return np.array(self.payoffs(strategies), dtype=np.float64)

    def ascent(self, point: Array) -> Array:
        """F(z): every role's own gradient, stacked as the strategies in the argument."""
        return np.concatenate(
            [np.asarray(g, dtype=np.float64) for g in self.gradients(self.split(point))]
        )

    def project(self, point: Array) -> Array:
        """The nearest stacked strategies that all roles may choose."""
        return self._product.project(point)

    @cached_property
    def _product(self) -> Product:
        """The stacked strategies that all roles may choose."""
        return Product(self.sets)

    def checked(self, strategies: Sequence[ArrayLike]) -> Strategies:
        """Read-only copies of strategies from outside.

        Raises
        ------
        ValueError
            When there is not one strategy for each role, or one is not in its set (to within 1e-7
            of the size of the strategy).
        """
        if len(strategies) != len(self.sets):
            raise ValueError(
                f"strategies must hold one for each of {len(self.sets)} roles, "
                f"got {len(strategies)}"
            )
        copies = tuple(np.array(strategy, dtype=np.float64) for strategy in strategies)
        for role, allowed, strategy in zip(self.roles, self.sets, copies, strict=True):
            if strategy.shape != (allowed.dimension,):
                raise ValueError(
                    f"strategy of {role} must have shape ({allowed.dimension},), "
                    f"got {strategy.shape}"
                )
            if not allowed.contains(strategy, 1e-7 * (1.0 + float(np.linalg.norm(strategy)))):
                raise ValueError(
                    f"strategy of {role} must be in its set; set.project gives the nearest one"
                )
            strategy.flags.writeable = False
        return copies

    def start(self, strategies: Sequence[ArrayLike] | None) -> Array:
        """Where a solver starts: the given strategies, or the points nearest to 0, stacked.

        Raises
        ------
        ValueError
            As in `checked`.
        """
        if strategies is None:
            return self.project(np.zeros(sum(self.dimensions)))
        return np.concatenate(self.checked(strategies))

    def __repr__(self) -> str:
        parts = [
            f"{role} in {d} dimension{'s' if d > 1 else ''}"
            for role, d in zip(self.roles, self.dimensions, strict=True)
        ]
        known = f", strongly monotone with modulus {self.modulus:.4g}" if self.modulus else ""
        return f"ConvexGame: {', '.join(parts)}{known}"


def _check_claims(game: ConvexGame) -> None:
    """Compare payoffs, gradients and claims with each other at a few points of the sets."""
    for first, second in pairwise(_probes(game)):
        z, towards = game.split(first), game.split(second)
        _check_shapes(game, z)
        own = game.gradients(z)
        for i, role in enumerate(game.roles):
            _check_gradient(game, z, towards, i, i, own[i], f"gradient of {role}")
            _check_concave(game, z, towards, i)
        if game.effects is not None:
            effects = game.effects(z)
            for i, role in enumerate(game.roles):
                what = f"effect on {role}'s payoff of the other's strategy"
                _check_gradient(game, z, towards, i, 1 - i, effects[i], what)
        _check_modulus(game, first, second)


def _probes(game: ConvexGame) -> Iterator[Array]:
    """Points of the sets, of all sizes and without regularity, the same ones every time."""
    size = sum(game.dimensions)
    for k in range(_PROBES):
        turns = np.arange(1, size + 1) * (np.sqrt(5.0) - 1.0) / 2.0 + k * (np.sqrt(3.0) - 1.0)
        yield game.project((2.0 * np.mod(turns, 1.0) - 1.0) * 4.0 ** (k - 3))


def _check_shapes(game: ConvexGame, z: Strategies) -> None:
    earned = game.earned(z)
    if earned.shape != (len(game.roles),) or not np.isfinite(earned).all():
        raise ValueError(f"payoffs must be {len(game.roles)} finite numbers, got {earned.tolist()}")
    stacks = [("gradients", game.gradients(z), game.dimensions)]
    if game.effects is not None:
        stacks.append(("effects", game.effects(z), game.dimensions[::-1]))
    for name, arrays, wanted in stacks:
        shapes = [np.shape(array) for array in arrays]
        if shapes != [(d,) for d in wanted]:
            raise ValueError(f"{name} must have shapes {[(d,) for d in wanted]}, got {shapes}")
        if not all(np.isfinite(array).all() for array in arrays):
            raise ValueError(f"{name} must be finite on the sets")


def _shifted(z: Strategies, towards: Strategies, by: int, share: float) -> Strategies:
    """Strategies of which one has gone a share of the way towards another point."""
    moved = z[by] + share * (towards[by] - z[by])
    return (*z[:by], moved, *z[by + 1 :])


def _check_gradient(
    game: ConvexGame, z: Strategies, towards: Strategies, i: int, by: int, given: Array, what: str
) -> None:
    """Compare with the one-sided difference of second order, which stays inside the set."""
    way = towards[by] - z[by]
    length = float(np.linalg.norm(way))
    if length == 0.0:
        return
    h = min(1.0, 1e-4 / length)
    near, far = (float(game.earned(_shifted(z, towards, by, k * h))[i]) for k in (1, 2))
    here = float(game.earned(z)[i])
    slope = (4.0 * near - 3.0 * here - far) / (2.0 * h)
    claimed = float(np.dot(given, way))
    size = length * (1.0 + float(np.linalg.norm(given))) + 1e-9 * abs(here) / h
    if abs(slope - claimed) > _SLACK * size:
        raise ValueError(
            f"{what} must be that of the payoff: along a line it says {claimed:.6g}, finite "
            f"differences say {slope:.6g}; all roles maximize, so a cost's sign must change"
        )


def _check_concave(game: ConvexGame, z: Strategies, towards: Strategies, i: int) -> None:
    ends = [float(game.earned(_shifted(z, towards, i, share))[i]) for share in (0.0, 0.5, 1.0)]
    if ends[1] < (ends[0] + ends[2]) / 2.0 - 1e-9 * (1.0 + max(map(abs, ends))):
        raise ValueError(
            f"payoff of {game.roles[i]} must be concave in its own strategy: halfway between two "
            f"points it is {ends[1]:.6g}, below the mean of {ends[0]:.6g} and {ends[2]:.6g}"
        )


def _check_modulus(game: ConvexGame, first: Array, second: Array) -> None:
    if game.modulus == 0.0:
        return
    way = first - second
    drop = -float((game.ascent(first) - game.ascent(second)) @ way)
    if drop < game.modulus * float(way @ way) * (1.0 - 1e-9) - 1e-12:
        raise ValueError(
            f"modulus must be a bound at every pair of points; {game.modulus:g} is more than "
            f"{drop / float(way @ way):.6g} at one; leave it 0 when no bound is proved"
        )
