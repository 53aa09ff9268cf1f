r"""Backward induction for Markov games with a horizon.

In the last round the game of each state is a matrix game; in an earlier one it is the matrix game
whose payoffs count the value of the state to come. Solved from the end, with the weights
:math:`w_t, w'_t` that make a discounted average of the rounds t, ..., T - 1,

.. math:: V_t(s) = \text{solution of } \; [\, w_t \, r(s, i, j) + w'_t
          \textstyle\sum_u P(u \mid s, i, j) V_{t+1}(u) ]_{ij}.

With minimax or Nash equilibria as solutions the policies are a (Markov perfect) equilibrium of the
whole game. With strong Stackelberg solutions they are its feedback Stackelberg equilibrium: the
leader commits anew in every round, to a mixture that the follower sees before it moves, and cannot
commit to punish in later rounds.

Source: L. S. Shapley (1953), section 4; T. Basar and G. J. Olsder, *Dynamic Noncooperative Game
Theory* (1982), section 3.6 for feedback Stackelberg equilibria.
"""

from collections.abc import Callable

import numpy as np

from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import NormalForm
from armsrace.solvers._stages import Stages
from armsrace.solvers.equilibrium import Equilibrium
from armsrace.solvers.markov_certificate import horizon_weights
from armsrace.solvers.markov_equilibrium import MarkovEquilibrium


def backward_induction(form: MarkovGame) -> MarkovEquilibrium:
    """Solve a zero-sum Markov game with a horizon.

    Parameters
    ----------
    form
        The game.

    Returns
    -------
    MarkovEquilibrium
        A policy for each round; exact up to rounding.

    Raises
    ------
    ValueError
        When the game has no horizon or is not zero-sum.

    Notes
    -----
    One `minimax_batch` over the states and one sparse product a round.

    Examples
    --------
    >>> game = MarkovGame.zero_sum(
    ...     [[[0, -1]], [[-3, -3]]],
    ...     [[[[1, 0], [0.5, 0.5]]], [[[1, 0], [0, 1]]]],
    ...     discount=1,
    ...     horizon=2,
    ... )
    >>> backward_induction(game).values[0].tolist()
    [-1.5, -3.0]
    """
    horizon = _horizon(form)
    stages = Stages(form)
    size, m, n = form.shape
    learner, adversary = np.empty((horizon, size, m)), np.empty((horizon, size, n))
    values = np.zeros(size)
    weights = horizon_weights(form.discount, horizon)
    for clock in range(horizon)[::-1]:
        values, learner[clock], adversary[clock] = stages.solve(values, *weights[clock])
    return MarkovEquilibrium(
        form, (learner, adversary), method="backward_induction", bound=_rounding(form)
    )


def backward_induction_with(
    form: MarkovGame, solve: Callable[[NormalForm], Equilibrium]
) -> MarkovEquilibrium:
    """Solve a Markov game with a horizon by a solver of your choice for the games of its states.

    Parameters
    ----------
    form
        The game, general-sum or not.
    solve
        From a normal form of two roles to an `Equilibrium`: `lemke_howson`, or
        ``lambda stage: stackelberg(stage, leader="learner")``.

    Returns
    -------
    MarkovEquilibrium
        A policy for each round. The status is that of the first stage that was not solved, and the
        leader that of the stages, if they all have the same.

    Raises
    ------
    ValueError
        When the game has no horizon, or the solver refuses a stage.

    Notes
    -----
    Calls the solver once for each state and round.

    Examples
    --------
    >>> from armsrace.solvers import stackelberg
    >>> stage = [[[[2, 4], [1, 3]]], [[[1, 0], [0, 1]]]]
    >>> game = MarkovGame(stage, np.ones((1, 2, 2, 1)), discount=1, horizon=3)
    >>> answer = backward_induction_with(game, lambda stage: stackelberg(stage, leader="learner"))
    >>> answer.values[0].round(6).tolist(), answer.leader
    ([3.5], 'learner')
    """
    horizon = _horizon(form)
    size, m, n = form.shape
    policies = np.zeros((horizon, size, m)), np.zeros((horizon, size, n))
    values, status, leaders = np.zeros((2, size)), "solved", set()
    weights = horizon_weights(form.discount, horizon)
    for clock in range(horizon)[::-1]:
        now, later = weights[clock]
        future = np.stack([form.expected_next(worth) for worth in values])
        payoffs = now * form.rewards + later * future
        values = np.empty_like(values)
        for state in range(size):
            answer = solve(form.stage(state, payoffs[:, state]))
            for policy, mask, strategy in zip(policies, form.masks, answer.strategies, strict=True):
                policy[clock, state, mask[state]] = strategy
            values[:, state] = answer.payoffs
            leaders.add(answer.leader)
            if answer.status != "solved" and status == "solved":
                status = f"round {clock}, state {form.states[state]!r}: {answer.status}"
    return MarkovEquilibrium(
        form,
        policies,
        method="backward_induction_with",
        status=status,
        leader=leaders.pop() if len(leaders) == 1 else None,
    )


def _horizon(form: MarkovGame) -> int:
    if form.horizon is None:
        raise ValueError("horizon must be a number of rounds, got None; use shapley without one")
    return form.horizon


def _rounding(form: MarkovGame) -> float:
    """Each round's stage values are exact to 1e-10 of the range of the payoffs (`minimax`)."""
    return 1e-10 * float(np.ptp(form.rewards[0])) * _horizon(form)
