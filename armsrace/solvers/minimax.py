"""Minimax strategies of games of two whose payoffs add up to a constant.

What one role of such a game wins the other loses, so each can look only for its best guarantee.
With A the learner's payoffs (rows: its actions, columns: the adversary's), the minimax theorem (von
Neumann 1928) says that the two guarantees meet in the *value* of the game::

    max_x min_j sum_i x_i A_ij  =  min_y max_i sum_j A_ij y_j

and the strategies x, y that reach them are exactly the Nash equilibria. They are computed exactly,
up to rounding, by a simplex method (`armsrace.solvers._simplex`); should a duality gap remain,
HiGHS solves the linear program instead.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from armsrace._linear_program import maximize
from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers import certificate
from armsrace.solvers._compilation import prepare
from armsrace.solvers.equilibrium import Equilibrium, distribution

TOLERANCE = 1e-10  # the largest duality gap of a solved game, as a share of its payoffs' range


def minimax(form: NormalForm, *, start: Sequence[ArrayLike] | None = None) -> Equilibrium:
    """Solve a game of two whose payoffs add up to zero, or to any other constant.

    Parameters
    ----------
    form
        The game. Its payoffs may add up to any constant: that changes the adversary's account,
        but not what it wants.
    start
        Strategies of the learner and of the adversary to start from, such as the solution of a
        similar game. From near the answer, a game of 100 actions or more takes two thirds of the
        time. None to guess them.

    Returns
    -------
    Equilibrium
        One equilibrium; in degenerate games there may be more, all of the same value. Its regret
        is within `certificate.tolerances`, or the status says otherwise. For a random n x n game
        in O(n^3).

    Raises
    ------
    ValueError
        When the game does not have two roles, its payoffs do not add up to a constant, their range
        exceeds the largest float, or the start is not a pair of strategies.

    Examples
    --------
    >>> actions = [["hold", "retrain"], ["wait", "flood"]]
    >>> minimax(NormalForm.zero_sum([[2, -3], [0, 1]], actions=actions))
    Equilibrium by minimax: solved, regret 0
      learner earns 0.333333: hold 0.166667, retrain 0.833333
      adversary earns -0.333333: wait 0.666667, flood 0.333333
    """
    if len(form.roles) != 2:
        raise ValueError(f"minimax needs a game of two roles, got {len(form.roles)}")
    if not form.is_constant_sum():
        total = form.payoffs.sum(axis=0)
        raise ValueError(
            "payoffs must add up to a constant, got sums from "
            f"{total.min():g} to {total.max():g}; for general-sum games use lemke_howson "
            "or support_enumeration"
        )
    x, y, _ = _strategies(form.payoffs[:1], None if start is None else _started(form, start))
    answer = Equilibrium(form, (x[0], y[0]), method="minimax")
    tolerance = float(certificate.tolerances(form).max())
    if answer.regret > tolerance:
        status = f"regret {answer.regret:.1g} is above {tolerance:.1g}: rescale the payoffs"
        return replace(answer, status=status)
    return answer


def minimax_batch(payoffs: ArrayLike) -> tuple[Array, Array, Array]:
    """Solve many zero-sum games of one shape at once.

    Parameters
    ----------
    payoffs
        The learner's payoffs in S games, shape (S, m, n): game, its action, the adversary's action.

    Returns
    -------
    values, rows, columns
        The value of each game, shape (S,), and an optimal strategy of the learner, (S, m), and of
        the adversary, (S, n), in each. Every game meets the tolerance of `minimax`.

    Raises
    ------
    ValueError
        When the payoffs have another shape or are not finite, or the range of a game's payoffs
        exceeds the largest float.
    ArithmeticError
        When a game defies both algorithms.

    Examples
    --------
    >>> values, rows, columns = minimax_batch([[[1, -1], [-1, 1]], [[2, -3], [0, 1]]])
    >>> values.round(6).tolist()
    [0.0, 0.333333]
    >>> rows.round(6).tolist()
    [[0.5, 0.5], [0.166667, 0.833333]]
    """
    games = np.asarray(payoffs, dtype=np.float64)
    if games.ndim != 3 or 0 in games.shape[1:]:
        raise ValueError(f"payoffs must have shape (S, m, n), got {games.shape}")
    if not np.isfinite(games).all():
        raise ValueError("payoffs must be finite, got NaN or infinity")
    x, y, gaps = _strategies(games)
    if gaps.size and gaps.max() > TOLERANCE:
        worst = int(gaps.argmax())
        raise ArithmeticError(
            f"game {worst} was solved only to {gaps[worst]:.1g} of its range: rescale its payoffs"
        )
    values = ((x[:, None] @ games) @ y[:, :, None])[:, 0, 0]
    return values, x, y


def _started(form: NormalForm, start: Sequence[ArrayLike]) -> tuple[Array, Array]:
    """Check strategies to start from."""
    given = [np.array(strategy, dtype=np.float64) for strategy in start]
    wrong = [strategy.shape for strategy in given] != [(m,) for m in form.shape]
    if wrong or not all((each >= 0.0).all() and 0.0 < each.sum() < np.inf for each in given):
        m, n = form.shape
        raise ValueError(
            f"start must hold weights of {m} and of {n} actions, none negative and some positive, "
            f"got {start!r}"
        )
    x, y = (each / each.sum() for each in given)
    return x[None], y[None]


def _strategies(
    games: Array, start: tuple[Array, Array] | None = None
) -> tuple[Array, Array, Array]:
    """Solve games and return strategies with their duality gaps as shares of the payoffs' range."""
    from armsrace.solvers import _simplex

    count, m, n = games.shape
    prepare(count * (2e-4 + 1.2e-6 * (m + n) ** 2))
    lowest = games.min(axis=(1, 2), keepdims=True)
    with np.errstate(over="ignore"):
        span = games.max(axis=(1, 2), keepdims=True) - lowest
    if not np.isfinite(span).all():
        raise ValueError("payoffs must have a range below 1.8e308, got more: rescale them")
    matrices = np.subtract(games, lowest, order="C")
    matrices /= np.where(span > 0.0, span, 1.0)
    matrices += 0.1
    x, y = (np.zeros((count, m)), np.zeros((count, n))) if start is None else start
    _simplex.solve(matrices, x, y)
    x, y = distribution(x), distribution(y)
    gaps = _gaps(matrices, x, y)
    for s in np.flatnonzero(gaps > TOLERANCE):
        x[s], y[s] = _by_highs(matrices[s])
        gaps[s] = _gaps(matrices[s], x[s], y[s])
    return x, y, gaps


def _gaps(matrices: Array, x: Array, y: Array) -> Array:
    """Return what the two roles' best replies to the strategies differ by."""
    best_row = (matrices @ y[..., None])[..., 0].max(axis=-1)
    best_column = (x[..., None, :] @ matrices)[..., 0, :].min(axis=-1)
    gaps: Array = best_row - best_column
    return gaps


def _by_highs(matrix: Array) -> tuple[Array, Array]:
    """Solve one game of positive payoffs: the columns' program, whose dual is the rows'."""
    m, n = matrix.shape
    y, x = maximize(np.ones(n), matrix, np.ones(m))
    return distribution(x), distribution(y)
