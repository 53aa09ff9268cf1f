"""The replicator dynamic: actions grow by what they earn above the average.

With u_i(a) what action a of role i earns against the strategies of the others now, and u_i(s) what
the role earns (Taylor and Jonker 1978, each role being a population of its own)::

    ds_i(a) / dt  =  s_i(a) (u_i(a) - u_i(s))

It is integrated as the sums of earnings, dG_i(a)/dt = u_i(a), with s_i(a) proportional to s_i(a, 0)
exp(G_i(a)), which keeps probabilities positive and their sum one. Nash equilibria rest; around a
mixed one of a zero-sum game it circles forever.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers._flow import distributions, integrated, shares, split, trajectory
from armsrace.solvers.certificate import deviation_payoffs
from armsrace.solvers.trajectory import Trajectory


def replicator(form: NormalForm, start: Sequence[ArrayLike], *, times: ArrayLike) -> Trajectory:
    """Follow the replicator dynamic.

    Parameters
    ----------
    form
        The game.
    start
        One distribution over its actions for each role; what is zero stays zero.
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
        When the start is not one distribution for each role or the times are not ascending.
    ArithmeticError
        When the integration fails.

    References
    ----------
    P. Taylor, L. Jonker, "Evolutionary stable strategies and game dynamics", Mathematical
    Biosciences 40 (1978).

    Examples
    --------
    In a prisoner's dilemma where defecting earns 1 more, the odds of it grow by e in each unit of
    time:

    >>> dilemma = NormalForm.from_bimatrix([[3, 0], [4, 1]], [[3, 4], [0, 1]])
    >>> path = replicator(dilemma, [[0.5, 0.5], [0.5, 0.5]], times=[0, 1, 20])
    >>> (path.strategies[0][:, 1] / path.strategies[0][:, 0]).round(4).tolist()
    [1.0, 2.7183, 485165195.4098]
    """
    first = distributions(form, start)

    def strategies(gains: Array) -> list[Array]:
        return [
            shares(weights * np.exp(np.minimum(sums - sums[weights > 0.0].max(), 0.0)))
            for weights, sums in zip(first, split(form, gains), strict=True)
        ]

    def velocity(gains: Array) -> Array:
        earned = deviation_payoffs(form, strategies(gains))
        # A common number added to all sums of a role changes nothing, so let them stay small.
        return np.concatenate([e - e.mean() for e in earned])

    path = integrated(velocity, np.zeros(sum(form.shape)), times)
    moments = [strategies(gains) for gains in path]
    earned = deviation_payoffs(form, moments[-1])
    speed = max(
        float(np.abs(s * (e - s @ e)).max()) for s, e in zip(moments[-1], earned, strict=True)
    )
    return trajectory(form, times, moments, "replicator", speed)
