"""The best reply to a strategy in a game with a classifier, among policies of a few features."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from armsrace.agents.markov_policy import MarkovPolicy
from armsrace.agents.strategies import Strategy, as_agent
from armsrace.empirical.exploration import explore, explorer
from armsrace.empirical.markov_game import checked_discount
from armsrace.empirical.transitions import Tally
from armsrace.game import Game, Role
from armsrace.grid import Grid

GIVEN: Final = ("given",)
"""The one action of the role that plays its strategy."""


def markov_reply(
    game: Game,
    role: Role,
    against: Strategy,
    features: Mapping[str, ArrayLike],
    *,
    actions: Sequence[str] | None = None,
    opening: ArrayLike | None = None,
    discount: float | None = None,
    seeds: int = 64,
    seed: int = 0,
    rounds: int | None = None,
    jobs: int = 1,
) -> MarkovPolicy:
    """A role's best reply to a strategy of the other, among policies of a few features.

    The role explores while the other plays its strategy; the decision process that this leaves is
    estimated as in `empirical_markov`, and solved.

    Parameters
    ----------
    game
        The real game.
    role
        Who replies.
    against
        The other role's strategy, as in `play`.
    features, opening, discount, seeds, seed, rounds, jobs
        As in `empirical_markov`; the features need be revealed to this role alone.
    actions
        The role's actions, by name; None for all.

    Raises
    ------
    LookupError, ValueError
        As `empirical_markov`.

    Examples
    --------
    >>> import armsrace as ar
    >>> game = ar.load_game("centroid_displacement", drift=0.0, rounds=20)
    >>> markov_reply(game, "learner", "shift_30%", {"displacement": [0.0, 0.2]}, discount=0.9)
    MarkovPolicy by displacement
      displacement <= 0    hold
      displacement >= 0.2  reset
    """
    from armsrace.solvers.best_response import best_response

    gamma = checked_discount(game, discount)
    grid = Grid(features)
    own, other = explorer(game, role, actions), as_agent(against, game, other_role(role))
    learner, adversary = (own, other) if role == "learner" else (other, own)
    seen = explore(
        game,
        grid,
        learner,
        adversary,
        opening=opening,
        seeds=seeds,
        seed=seed,
        rounds=rounds,
        jobs=jobs,
    )
    labels = (own.actions, GIVEN) if role == "learner" else (GIVEN, own.actions)
    tally = Tally.of(seen, (len(grid), len(labels[0]), len(labels[1])))
    reply = best_response(tally.form(grid, labels, gamma), role, np.ones((len(grid), 1)))
    return MarkovPolicy(grid, own.actions, reply.policy, tuple(seen.opening.tolist()))


def other_role(role: Role) -> Role:
    """The role that is not this one."""
    return "adversary" if role == "learner" else "learner"
