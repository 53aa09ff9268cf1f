r"""Hoffman-Karp policy iteration for zero-sum Markov games.

Alternate two steps. *Improve*: the learner takes an optimal strategy x_s of every state's matrix
game, with the values V of the future in it. *Evaluate*: V becomes what x guarantees, the value of
the decision process that x leaves to the adversary. The guarantees rise from step to step and are
lower bounds throughout; the first improvement that gains nothing ends the iteration at the value.
Usually a handful of steps are enough, whatever the discount.

Source: A. J. Hoffman and R. M. Karp, "On nonterminating stochastic games", Management Science 12
(1966) 359-370; S. S. Rao, R. Chandrasekaran and K. P. K. Nair, "Algorithms for discounted
stochastic games", JOTA 11 (1973) 627-637 for discounted ones.
"""

import numpy as np

from armsrace.forms.markov import MarkovGame
from armsrace.solvers._stages import Stages
from armsrace.solvers.markov_certificate import solve_decision_process
from armsrace.solvers.markov_equilibrium import MarkovEquilibrium
from armsrace.solvers.shapley import check_zero_sum_task, fixed_point_interval, located


def hoffman_karp(
    form: MarkovGame, *, tolerance: float = 1e-8, iterations: int = 1_000
) -> MarkovEquilibrium:
    """Solve a zero-sum Markov game without a horizon by policy iteration.

    Parameters
    ----------
    form
        The game.
    tolerance
        Largest error of the values, in the units of the rewards; positive.
    iterations
        Most improvements.

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
    A step is one `minimax_batch` over the states and one decision process, which takes a few
    linear systems in as many unknowns as there are states.

    Examples
    --------
    >>> game = MarkovGame.zero_sum(
    ...     [[[0, -1]], [[-3, -3]]], [[[[1, 0], [0.5, 0.5]]], [[[1, 0], [0, 1]]]], discount=0.9
    ... )
    >>> hoffman_karp(game).values[0].round(6).tolist()
    [-2.636364, -3.0]
    """
    check_zero_sum_task(form, tolerance, iterations)
    gamma, stages = form.discount, Stages(form)
    values, steps = np.zeros(form.shape[0]), 0
    while True:
        after, x, y = stages.solve(values, 1.0 - gamma, gamma)
        low, high = fixed_point_interval(after - values, gamma)
        bound = high - low
        if bound <= tolerance or steps == iterations:
            break
        # What the policy x guarantees against an adversary who knows it.
        lost, _ = solve_decision_process(form.facing("adversary", x))
        values = 0.0 - lost
        steps += 1
    return located(form, (x, y), "hoffman_karp", bound, tolerance, steps, iterations)
