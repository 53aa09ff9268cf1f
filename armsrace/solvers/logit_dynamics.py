"""The logit dynamic: strategies move towards the smoothed best reply.

With u_i(a) what action a of role i earns against the strategies of the others now and p the
precision (Fudenberg and Levine 1998)::

    ds_i(a) / dt  =  exp(p u_i(a)) / sum_b exp(p u_i(b))  -  s_i(a)

Its resting points are the logit equilibria of that precision (`armsrace.solvers.logit_response`).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers._flow import distributions, integrated, shares, split, trajectory
from armsrace.solvers.certificate import deviation_payoffs
from armsrace.solvers.trajectory import Trajectory


def logit_dynamics(
    form: NormalForm, start: Sequence[ArrayLike], *, precision: float, times: ArrayLike
) -> Trajectory:
    """Follow the logit dynamic.

    Parameters
    ----------
    form
        The game.
    start
        One distribution over its actions for each role.
    precision
        How sharply roles reply, not negative: the odds of two actions are e to the power of it
        times their difference in payoff.
    times
        When to look, ascending from 0 or later.

    Returns
    -------
    Trajectory
        Integrated by an explicit Runge-Kutta method of order 8, to an error of about 1e-10 a step.
        ``converged`` when no probability moves faster than 1e-8 at the end.

    Raises
    ------
    ValueError
        When the start is not one distribution for each role, the precision is negative or not
        finite, or the times are not ascending.
    ArithmeticError
        When the integration fails.

    References
    ----------
    D. Fudenberg, D. Levine, "The theory of learning in games", 1998, chapter 4.

    Examples
    --------
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> path = logit_dynamics(pennies, [[1, 0], [1, 0]], precision=1, times=[0, 10, 50])
    >>> path.converged, path.strategies[0][-1].round(6).tolist()
    (True, [0.5, 0.5])
    """
    if not 0.0 <= precision < np.inf:
        raise ValueError(f"precision must be in [0, inf), got {precision:g}")
    first = np.concatenate(distributions(form, start))

    def velocity(joined: Array) -> Array:
        earned = deviation_payoffs(form, split(form, joined))
        replies = [shares(np.exp(precision * (e - e.max()))) for e in earned]
        return np.concatenate(replies) - joined

    path = integrated(velocity, first, times)
    moments = [[shares(np.maximum(s, 0.0)) for s in split(form, joined)] for joined in path]
    speed = float(np.abs(velocity(path[-1])).max())
    return trajectory(form, times, moments, "logit_dynamics", speed)
