r"""Shapley's value iteration for zero-sum Markov games.

The value V of the game is the only fixed point of the operator that solves each state's matrix
game with the future in it,

.. math:: (TV)(s) = \operatorname{val}_{ij} \; [(1 - \gamma) \, r(s, i, j) + \gamma
          \textstyle\sum_t P(t \mid s, i, j) \, V(t)],

which contracts the largest difference by :math:`\gamma`. Since T is monotone and moves a constant
by :math:`\gamma` times itself, one application locates V (MacQueen 1966): with the least and the
largest entry l, h of TV - V,

.. math:: TV + \tfrac{\gamma}{1 - \gamma} \, l \;\le\; V^* \;\le\;
          TV + \tfrac{\gamma}{1 - \gamma} \, h,

The values of the strategies that are optimal at V, played against each other for ever, lie in the
same interval, by the same argument; the iteration stops when it is no wider than the tolerance.

Source: L. S. Shapley, "Stochastic games", PNAS 39 (1953), theorem 1 and 2.
"""

import numpy as np

from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array
from armsrace.solvers._stages import Stages
from armsrace.solvers.markov_certificate import Policies
from armsrace.solvers.markov_equilibrium import MarkovEquilibrium


def shapley(
    form: MarkovGame, *, tolerance: float = 1e-8, iterations: int = 100_000
) -> MarkovEquilibrium:
    r"""Solve a zero-sum Markov game without a horizon by value iteration.

    Parameters
    ----------
    form
        The game.
    tolerance
        Largest error of the values, in the units of the rewards; positive.
    iterations
        Most sweeps over the states.

    Returns
    -------
    MarkovEquilibrium
        Stationary policies, optimal in every state's matrix game at the last values; their values
        are within ``bound`` of the game's.

    Raises
    ------
    ValueError
        When the game is not zero-sum or has a horizon, or tolerance or iterations is out of range.

    Notes
    -----
    A sweep is one `minimax_batch` over the states and one sparse product; their number is about
    :math:`\log(1/\text{tolerance}) / \log(1/\gamma)` or less.

    Examples
    --------
    >>> game = MarkovGame.zero_sum(
    ...     [[[0, -1]], [[-3, -3]]], [[[[1, 0], [0.5, 0.5]]], [[[1, 0], [0, 1]]]], discount=0.9
    ... )
    >>> answer = shapley(game)
    >>> answer.values[0].round(6).tolist()
    [-2.636364, -3.0]
    """
    check_zero_sum_task(form, tolerance, iterations)
    gamma, stages = form.discount, Stages(form)
    values, bound, sweeps = np.zeros(form.shape[0]), np.inf, 0
    while bound > tolerance and sweeps < iterations:
        after, x, y = stages.solve(values, 1.0 - gamma, gamma)
        low, high = fixed_point_interval(after - values, gamma)
        values, bound = after + (low + high) / 2.0, high - low
        sweeps += 1
    return located(form, (x, y), "shapley", bound, tolerance, sweeps, iterations)


def check_zero_sum_task(form: MarkovGame, tolerance: float, iterations: int) -> None:
    """Refuse what the solvers of zero-sum games without a horizon cannot do.

    Raises
    ------
    ValueError
        When the game has a horizon, or tolerance or iterations is out of range.
    """
    if form.horizon is not None:
        raise ValueError("horizon must be None; backward_induction solves games with a horizon")
    if not tolerance > 0.0:
        raise ValueError(f"tolerance must be positive, got {tolerance}")
    if iterations < 1:
        raise ValueError(f"iterations must be at least 1, got {iterations}")


def fixed_point_interval(rise: Array, discount: float) -> tuple[float, float]:
    """How far beyond TV the fixed point lies in every state, at least and at most.

    Parameters
    ----------
    rise
        TV - V, shape (S,).
    discount
        By which T contracts.
    """
    factor = discount / (1.0 - discount)
    return factor * float(rise.min()), factor * float(rise.max())


def located(
    form: MarkovGame,
    policies: Policies,
    method: str,
    bound: float,
    tolerance: float,
    taken: int,
    iterations: int,
) -> MarkovEquilibrium:
    """The answer of a solver that has located the value within a bound after so many iterations."""
    status = "solved"
    if bound > tolerance:
        status = f"values known to within {bound:.1g} only: raise iterations above {iterations}"
    parameters = {"tolerance": tolerance, "iterations": taken}
    return MarkovEquilibrium(form, policies, method, bound, parameters, status)
