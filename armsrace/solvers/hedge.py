"""Hedge: play each action in proportion to the exponential of what it would have earned.

With G_i(a) the sum of what action a would have earned role i against the others' strategies so far,
payoffs taken as shares of their range D, role i plays a with probability proportional to
exp(rate * G_i(a)). At the rate sqrt(8 ln m / T) no role regrets more than D sqrt(ln m / (2 T)) a
round after T rounds (`armsrace.theory.experts`), so in zero-sum games of two the average strategies
are that close to minimax strategies, both roles' bounds added.
"""

import numpy as np

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers._average_play import Sizes, average_play
from armsrace.solvers.equilibrium import Equilibrium


def hedge(form: NormalForm, *, iterations: int, rate: float | None = None) -> Equilibrium:
    """Let all roles play Hedge against each other, and return their average strategies.

    Parameters
    ----------
    form
        The game.
    iterations
        The number T of rounds, 1 or more. All roles start with uniform strategies.
    rate
        The learning rate of all roles, not negative, for payoffs as shares of their range. By
        default sqrt(8 ln m / T) for a role of m actions, which makes the bound hold.

    Returns
    -------
    Equilibrium
        The average strategies. ``parameters["path"]`` holds pairs of a number of rounds and the
        regret of the averages then. A round takes one pass over the payoffs for each role.

    Raises
    ------
    ValueError
        When there are no iterations or the rate is negative or not finite.

    References
    ----------
    Y. Freund, R. Schapire, "Adaptive game playing using multiplicative weights", Games and Economic
    Behavior 29 (1999).

    N. Cesa-Bianchi, G. Lugosi, "Prediction, learning, and games", 2006, theorem 2.2.

    Examples
    --------
    >>> answer = hedge(NormalForm.zero_sum([[2, -3], [0, 1]]), iterations=1000)
    >>> answer.strategies[0].round(2).tolist()
    [0.16, 0.84]
    """
    from armsrace.solvers import _learning
    from armsrace.theory.experts import hedge_rate

    if rate is not None and not 0.0 <= rate < np.inf:
        raise ValueError(f"rate must be in [0, inf), got {rate:g}")
    default = hedge_rate(np.array(form.shape), max(iterations, 1))
    rates = default if rate is None else np.full(len(form.roles), rate)

    def learn(payoffs: Array, sizes: Sizes, checkpoints: Sizes, sums: Array) -> None:
        ranges = np.ptp(payoffs, axis=1)
        scaled = rates / np.where(ranges > 0.0, ranges, 1.0)
        _learning.hedge(payoffs, sizes, scaled, checkpoints, sums)

    return average_play(form, learn, iterations, method="hedge", parameters={"rates": rates})
