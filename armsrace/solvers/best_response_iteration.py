"""Best responses in a convex game: what naive retraining and naive evasion do to each other.

In turn, or all at once, every role takes its best reply to what the others do. Where the iteration
rests it has found a Nash equilibrium; it may as well repeat itself with a period, or wander.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.convex import ConvexGame, Strategies
from armsrace.forms.normal import Array
from armsrace.solvers._concave import best_reply
from armsrace.solvers.convex_equilibrium import ConvexEquilibrium, check_convex_task

_KEPT = 64  # strategies that are remembered: two periods of up to 31


def best_response_iteration(
    form: ConvexGame,
    start: Sequence[ArrayLike] | None = None,
    *,
    at_once: bool = False,
    tolerance: float = 1e-9,
    iterations: int = 500,
) -> ConvexEquilibrium:
    """Let roles take best replies until they rest or repeat themselves.

    Parameters
    ----------
    form
        The game. Its formulas for best replies are used where it has them.
    start
        A strategy of each role; by default the points nearest to 0. Who moves first does not read
        its own.
    at_once
        Whether all roles move together, each replying to what the others did before. By default
        they move in turn, in their order, and each sees where the others have gone.
    tolerance
        Length of a move, relative to the size of the strategies, at which they rest; positive. And
        the distance, relative to the last move, at which they have returned to where they were: so
        that swings that die out are not taken for a cycle.
    iterations
        Most rounds, of one move of every role each.

    Returns
    -------
    ConvexEquilibrium
        The last strategies. ``parameters`` hold the length of each round's move, ``moves``, and the
        ``period``: 1 at rest, more in a cycle (up to 31), None otherwise.

    Raises
    ------
    ValueError
        When start is not allowed, or tolerance or iterations is out of range.

    Examples
    --------
    The data flee from the model as fast as it follows them:

    >>> from armsrace.forms.performative import linear_race
    >>> answer = best_response_iteration(linear_race(mean=1.0, response=1.0))
    >>> answer.status
    'cycle of period 2: no equilibrium is reached; use extragradient'
    """
    check_convex_task(tolerance, iterations)
    point = form.start(start)
    visited, moves = [point], list[float]()
    period: int | None = None
    while period is None and len(moves) < iterations:
        after = np.concatenate(_replied(form, form.split(point), at_once))
        moves.append(float(np.linalg.norm(after - point)))
        point = after
        visited = [*visited[1 - _KEPT :], point]
        period = _period(visited, tolerance)
    if period == 1:
        status = "solved"
    elif period is not None:
        status = f"cycle of period {period}: no equilibrium is reached; use extragradient"
    else:
        status = f"still moving by {moves[-1]:.1g} after {iterations} rounds; use extragradient"
    return ConvexEquilibrium(
        form,
        form.split(point),
        "best_response_iteration",
        {"tolerance": tolerance, "moves": tuple(moves), "period": period},
        status,
    )


def _replied(form: ConvexGame, before: Strategies, at_once: bool) -> Strategies:
    """The strategies after every role has moved."""
    after = before
    for i in range(len(form.roles)):
        seen = before if at_once else after
        formula = form.replies[i]
        reply = best_reply(form, seen, i) if formula is None else np.asarray(formula(seen))
        after = (*after[:i], reply, *after[i + 1 :])
    return after


def _period(visited: list[Array], tolerance: float) -> int | None:
    """After how many rounds the strategies recur, for a whole period, when they do."""
    move = float(np.linalg.norm(visited[-1] - visited[-2]))
    if move <= tolerance * (1.0 + float(np.linalg.norm(visited[-1]))):
        return 1
    for period in range(2, (len(visited) + 1) // 2):
        returns = (visited[-1 - k] - visited[-1 - k - period] for k in range(period))
        if all(float(np.linalg.norm(back)) <= tolerance * move for back in returns):
            return period
    return None
