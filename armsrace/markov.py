r"""From a game with a few statistics to its Markov game, by formula.

An `AnalyticGame` knows the law of its next statistics. Laid over a `Grid`, it becomes a Markov
game: the one in which the statistics are rounded to the grid after every round, and before its
aftermath where there is one, at random and without moving their mean (see `armsrace.grid`). For a
statistic that is normal with mean m and standard deviation v, the chance of a point is a second
difference of

.. math:: H(x) = E[(s' - x)_+] = (m - x) \, \Phi(\tfrac{m - x}{v})
          + v \, \varphi(\tfrac{m - x}{v}),

so nothing is sampled and nothing is fitted. What rounding changes shrinks with the square of the
distance of the points where payoffs are smooth, and with the distance where they jump.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from armsrace.agents.agent import check_action
from armsrace.analytic import AnalyticGame, Law
from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array
from armsrace.game import ROLES, Role
from armsrace.grid import Grid


def markov_game(
    game: AnalyticGame,
    axes: Mapping[str, ArrayLike] | None = None,
    *,
    learner: Sequence[str] | None = None,
    adversary: Sequence[str] | None = None,
    discount: float | None = None,
    horizon: int | None = None,
) -> MarkovGame:
    """The Markov game of an analytic game on a grid.

    Parameters
    ----------
    game
        The analytic game.
    axes
        Points along the statistics that make up the state, by name; None for those of the game. A
        statistic that is not among them stays at its opening value; leave out those that nothing
        depends on under the actions named.
    learner, adversary
        The actions to take over, by name; None for those that the game's own axes cover.
    discount
        Of the Markov game; None for the game's own, which must be below 1 without a horizon.
    horizon
        Number of rounds; None for a game without end.

    Returns
    -------
    MarkovGame
        Its states are labeled by their statistics; they are those of ``Grid(axes)``, in order.

    Raises
    ------
    LookupError
        When there is no such statistic or action.
    ValueError
        When points do not increase, or discount or horizon is out of range.

    Notes
    -----
    Time and memory are proportional to states, pairs of actions, branches of chance and points
    that a branch can reach.

    Examples
    --------
    >>> from games import CentroidDisplacement
    >>> markov_game(CentroidDisplacement(), discount=0.95)
    MarkovGame: 1196 states, 2 x 4 actions, zero-sum, discount 0.95
      learner: hold, average_out_500
      adversary: wait, shift_5%, shift_15%, shift_30%
    """
    grid = Grid(game.axes if axes is None else axes)
    columns = [_column(game, name) for name in grid.features]
    chosen = [
        game.covered(role) if names is None else tuple(names)
        for role, names in zip(ROLES, (learner, adversary), strict=True)
    ]
    indices = [_indices(game, role, names) for role, names in zip(ROLES, chosen, strict=True)]
    statistics = np.tile(game.opening, (len(grid), 1))
    statistics[:, columns] = grid.states
    size, m, n = len(grid), len(chosen[0]), len(chosen[1])
    rewards = np.empty((2, size, m, n))
    blocks = []
    for i, own in enumerate(indices[0]):
        for j, other in enumerate(indices[1]):
            actions = np.array([own]), np.array([other])
            chance = _spread(game.law(statistics, *actions), grid, columns)
            following = game.aftermath(statistics, *actions)
            if following is not None:
                chance = chance @ _spread(following, grid, columns)
            came = np.repeat(np.arange(size), np.diff(chance.indptr))
            after = np.tile(game.opening, (chance.nnz, 1))
            after[:, columns] = grid.states[chance.indices]
            settled = game.settle(statistics[came], *actions, after)
            worth = np.broadcast_to(settled.payoffs, (2, chance.nnz)) * chance.data
            for role, earned in enumerate(worth):
                rewards[role, :, i, j] = np.bincount(came, weights=earned, minlength=size)
            blocks.append(chance)
    return MarkovGame(
        rewards,
        _interleaved(blocks, size),
        game.discount if discount is None else discount,
        horizon,
        (chosen[0], chosen[1]),
        grid.labels,
    )


def _spread(law: Law, grid: Grid, columns: Sequence[int]) -> Any:
    """Chances of the states after each row of a law, sparse, shape (R, states)."""
    shares = (rounded(law, column, axis) for column, axis in zip(columns, grid.axes, strict=True))
    return grid.spread(tuple(shares), law.probabilities)


def rounded(law: Law, statistic: int, points: Array) -> Array:
    """Chances of the points that a statistic is rounded to, in each branch: (B, R, n).

    Examples
    --------
    >>> certain = Law(np.array([[[0.25]]]), {}, np.ones((1, 1)))
    >>> rounded(certain, 0, np.array([0.0, 1.0, 2.0])).tolist()
    [[[0.75, 0.25, 0.0]]]
    """
    from scipy.special import ndtr

    if len(points) == 1:
        return np.ones((*law.means.shape[:2], 1))
    above = law.means[..., statistic, None] - points
    deviation = law.deviations.get(statistic, np.zeros((1, 1)))[..., None]
    scale = np.where(deviation > 0.0, deviation, 1.0)
    with np.errstate(over="ignore"):  # so many deviations that they are infinitely many
        ratio = above / scale
        density = np.exp(-0.5 * ratio**2) / np.sqrt(2.0 * np.pi)
    normal = above * ndtr(ratio) + deviation * density
    excess = np.where(deviation > 0.0, normal, np.maximum(above, 0.0))
    risen = -np.diff(excess, axis=-1) / np.diff(points)
    edges = np.concatenate([np.ones_like(risen[..., :1]), risen, np.zeros_like(risen[..., :1])], -1)
    shares: Array = np.maximum(-np.diff(edges, axis=-1), 0.0)
    return shares


def _column(game: AnalyticGame, name: str) -> int:
    if name not in game.statistics:
        raise LookupError(
            f"unknown statistic {name!r} in {game.name}; they are {', '.join(game.statistics)}"
        )
    return game.statistics.index(name)


def _indices(game: AnalyticGame, role: Role, names: Sequence[str]) -> list[int]:
    if not names:
        raise ValueError(f"the {role} must have at least one action, got none")
    known = list(game.actions(role))
    return [known.index(check_action(game, role, name)) for name in names]


def _interleaved(blocks: list[Any], size: int) -> Any:
    """Rows in the order (state, pair of actions) from one block of states for each pair."""
    from scipy import sparse

    stacked = sparse.vstack(blocks, format="csr")
    order = np.arange(len(blocks) * size).reshape(len(blocks), size).T.reshape(-1)
    return stacked[order]
