"""Regret matching: play each action in proportion to the regret of not having played it.

After t rounds the regret of role i for action a is what it would have earned more, in all, by
always playing a::

    R_i(a) = sum_{k <= t}  u_i(a, s_-i^k) - u_i(s^k)

*Regret matching* plays a with probability max(R_i(a), 0) / sum_b max(R_i(b), 0). By Blackwell's
approachability no role then regrets more than D sqrt(m / t) a round, D the range of its payoffs and
m the number of its actions; so in zero-sum games of two the average strategies are that close to
minimax strategies, both roles' bounds added (Hart and Mas-Colell 2000).

*Regret matching+* sets R_i(a) to zero whenever it turns negative, lets the roles move in turn, and
weighs round t by t in the averages. Its bound is of the same order and its practice far better
(Tammelin 2014; Burch, Moravcik, Schmid 2019 on turns).
"""

from armsrace.forms.normal import NormalForm
from armsrace.solvers._average_play import average_play
from armsrace.solvers.equilibrium import Equilibrium


def regret_matching(form: NormalForm, *, iterations: int) -> Equilibrium:
    """Let all roles match their regrets, and return their average strategies.

    Parameters
    ----------
    form
        The game.
    iterations
        The number of rounds, 1 or more. All roles start with uniform strategies.

    Returns
    -------
    Equilibrium
        The average strategies. ``parameters["path"]`` holds pairs of a number of rounds and the
        regret of the averages then. A round takes one pass over the payoffs for each role.

    Raises
    ------
    ValueError
        When there are no iterations.

    References
    ----------
    S. Hart, A. Mas-Colell, "A simple adaptive procedure leading to correlated equilibrium",
    Econometrica 68 (2000); unconditional regrets as in section 4(c).

    Examples
    --------
    >>> answer = regret_matching(NormalForm.zero_sum([[2, -3], [0, 1]]), iterations=1000)
    >>> answer.strategies[0].round(2).tolist()
    [0.17, 0.83]
    """
    from armsrace.solvers import _learning

    return average_play(
        form, _learning.regret_matching, iterations, method="regret_matching", parameters={}
    )


def regret_matching_plus(form: NormalForm, *, iterations: int) -> Equilibrium:
    """Let roles in turn match their regrets, the negative ones forgotten, and average late rounds.

    Parameters
    ----------
    form
        The game.
    iterations
        The number of rounds, 1 or more. All roles start with uniform strategies.

    Returns
    -------
    Equilibrium
        The average strategies, round t weighted by t. ``parameters["path"]`` holds pairs of a
        number of rounds and the regret of the averages then. A round takes one pass over the
        payoffs for each role.

    Raises
    ------
    ValueError
        When there are no iterations.

    References
    ----------
    O. Tammelin, "Solving large imperfect information games using CFR+", arXiv 1407.5042 (2014).

    N. Burch, M. Moravcik, M. Schmid, "Revisiting CFR+ and alternating updates", Journal of
    Artificial Intelligence Research 64 (2019).

    Examples
    --------
    >>> answer = regret_matching_plus(NormalForm.zero_sum([[2, -3], [0, 1]]), iterations=1000)
    >>> answer.strategies[0].round(3).tolist()
    [0.166, 0.834]
    """
    from armsrace.solvers import _learning

    return average_play(
        form,
        _learning.regret_matching_plus,
        iterations,
        method="regret_matching_plus",
        parameters={},
    )
