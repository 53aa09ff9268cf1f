"""Exp3: learning from nothing but what the action taken has earned.

Role i plays Hedge on an estimate of what each action would have earned: payoff / probability for
the action it took, zero for the others, which is right on average. A share gamma of its play is
uniform, so that every action goes on being tried::

    s_i(a) = (1 - gamma) w_i(a) / sum_b w_i(b) + gamma / m,    w_i(a) = exp(gamma G_i(a) / m)

with G_i(a) the sum of the estimates and payoffs taken as shares of their range D. At the default
gamma the expected regret of role i after T rounds is at most 2.63 D sqrt(m ln m / T) a round,
whatever the others do (Auer et al. 2002, corollary 3.2).
"""

import numpy as np

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers._average_play import Sizes, average_play
from armsrace.solvers.equilibrium import Equilibrium


def exp3(
    form: NormalForm,
    *,
    iterations: int,
    rng: np.random.Generator,
    exploration: float | None = None,
) -> Equilibrium:
    """Let all roles play Exp3 against each other, and return their average strategies.

    Parameters
    ----------
    form
        The game.
    iterations
        The number T of rounds, 1 or more. All roles start with uniform strategies.
    rng
        Draws the actions, one number for each role and round.
    exploration
        The share gamma of uniform play of all roles, in (0, 1]. By default, for a role of m
        actions, sqrt(m ln m / ((e - 1) T)), at most 1.

    Returns
    -------
    Equilibrium
        The averages of the strategies that the actions were drawn from. ``parameters["path"]``
        holds pairs of a number of rounds and the regret of the averages then. A round takes time
        in proportion to the number of actions of all roles.

    Raises
    ------
    ValueError
        When there are no iterations or the exploration is out of its range.

    References
    ----------
    P. Auer, N. Cesa-Bianchi, Y. Freund, R. Schapire, "The nonstochastic multiarmed bandit problem",
    SIAM Journal on Computing 32 (2002).

    Examples
    --------
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> answer = exp3(pennies, iterations=100_000, rng=np.random.default_rng(7))
    >>> answer.strategies[0].round(1).tolist()
    [0.5, 0.5]
    """
    from armsrace.solvers import _learning

    if exploration is not None and not 0.0 < exploration <= 1.0:
        raise ValueError(f"exploration must be in (0, 1], got {exploration:g}")
    m = np.array(form.shape)
    default = np.minimum(np.sqrt(m * np.log(m) / ((np.e - 1.0) * max(iterations, 1))), 1.0)
    shares = default if exploration is None else np.full(len(m), exploration)

    def learn(payoffs: Array, sizes: Sizes, checkpoints: Sizes, sums: Array) -> None:
        ranges = np.ptp(payoffs, axis=1, keepdims=True)
        unit = (payoffs - payoffs.min(axis=1, keepdims=True)) / np.where(ranges > 0.0, ranges, 1.0)
        chances = rng.random((iterations, len(sizes)))
        _learning.exp3(unit, sizes, shares, chances, checkpoints, sums)

    return average_play(form, learn, iterations, method="exp3", parameters={"exploration": shares})
