r"""Pollatschek and Avi-Itzhak's policy iteration for zero-sum Markov games, with a safeguard.

The value solves F(V) = TV - V = 0 (see `armsrace.solvers.shapley`). Solving every state's matrix
game at V gives strategies x, y; taking for the next V what these two policies are worth against
each other is Newton's step for F,

.. math:: V' = V + (I - \gamma P_{xy})^{-1} F(V),

and converges in a few steps where it converges, which it need not do (van der Wal 1978). As Filar
and Tolwinski proposed, the step is shortened, by halves, until the squared norm of F falls by a
part of what Newton's model promises; should ten halvings not suffice, a sweep of value iteration,
which contracts F by :math:`\gamma` in any case, is taken instead.

Source: M. A. Pollatschek and B. Avi-Itzhak, "Algorithms for stochastic games with geometrical
interpretation", Management Science 15 (1969) 399-415; J. A. Filar and B. Tolwinski, "On the
algorithm of Pollatschek and Avi-Itzhak", in *Stochastic Games and Related Topics* (1991) 59-70.
"""

import numpy as np

from armsrace.forms.markov import MarkovGame
from armsrace.solvers._stages import Stages
from armsrace.solvers.markov_certificate import policy_values
from armsrace.solvers.markov_equilibrium import MarkovEquilibrium
from armsrace.solvers.shapley import check_zero_sum_task, fixed_point_interval, located

HALVINGS = 10
DECREASE = 1e-4  # the share of the promised decrease that a step must bring (Armijo's rule)


def pollatschek_avi_itzhak(
    form: MarkovGame, *, tolerance: float = 1e-8, iterations: int = 10_000
) -> MarkovEquilibrium:
    """Solve a zero-sum Markov game without a horizon by Newton's method.

    Parameters
    ----------
    form
        The game.
    tolerance
        Largest error of the values, in the units of the rewards; positive.
    iterations
        Most sweeps over the states, those of shortened steps included.

    Returns
    -------
    MarkovEquilibrium
        Stationary policies, optimal in every state's matrix game at the last values; their values
        are within ``bound`` of the game's (see `armsrace.solvers.shapley`).

    Raises
    ------
    ValueError
        When the game is not zero-sum or has a horizon, or tolerance or iterations is out of range.

    Notes
    -----
    A step is one linear system in as many unknowns as there are states, and one `minimax_batch`
    over the states for each length that is tried.

    Examples
    --------
    >>> game = MarkovGame.zero_sum(
    ...     [[[0, -1]], [[-3, -3]]], [[[[1, 0], [0.5, 0.5]]], [[[1, 0], [0, 1]]]], discount=0.9
    ... )
    >>> pollatschek_avi_itzhak(game).values[0].round(6).tolist()
    [-2.636364, -3.0]
    """
    check_zero_sum_task(form, tolerance, iterations)
    gamma, stages = form.discount, Stages(form)
    values, sweeps = np.zeros(form.shape[0]), 1
    after, x, y = stages.solve(values, 1.0 - gamma, gamma)
    while True:
        rise = after - values
        low, high = fixed_point_interval(rise, gamma)
        bound = high - low
        if bound <= tolerance or sweeps >= iterations:
            break
        step = policy_values(form, (x, y))[0] - values
        size = float(rise @ rise)
        for halving in range(HALVINGS):
            length = 0.5**halving
            tried = values + length * step
            solved = stages.solve(tried, 1.0 - gamma, gamma)
            sweeps += 1
            left = solved[0] - tried
            if left @ left <= (1.0 - 2.0 * DECREASE * length) * size:
                values, (after, x, y) = tried, solved
                break
        else:
            values = after
            after, x, y = stages.solve(values, 1.0 - gamma, gamma)
            sweeps += 1
    method = "pollatschek_avi_itzhak"
    return located(form, (x, y), method, bound, tolerance, sweeps, iterations)
