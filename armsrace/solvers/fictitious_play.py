"""Fictitious play: every role replies best to what the others have played so far.

In round t role i takes an action that earns most against the empirical frequency of the others'
profiles in rounds 1, ..., t - 1. In zero-sum games of two the frequencies converge to minimax
strategies (Robinson 1951), typically with a regret of about 1 / sqrt(t); elsewhere they may cycle
forever (Shapley 1964).
"""

from armsrace.forms.normal import NormalForm
from armsrace.solvers._average_play import average_play
from armsrace.solvers.equilibrium import Equilibrium


def fictitious_play(form: NormalForm, *, iterations: int) -> Equilibrium:
    """Let all roles reply best to the past, and return how often they took each action.

    Parameters
    ----------
    form
        The game. With more than two roles each believes in the joint frequency of the others.
    iterations
        The number of rounds, 1 or more. In the first, and among equals, the first action is taken.

    Returns
    -------
    Equilibrium
        The empirical frequencies. ``parameters["path"]`` holds pairs of a number of rounds and the
        regret of the frequencies then. A round takes one addition for each action of each role.

    Raises
    ------
    ValueError
        When there are no iterations.

    References
    ----------
    G. Brown, "Iterative solution of games by fictitious play", in Activity Analysis of Production
    and Allocation, 1951.

    J. Robinson, "An iterative method of solving a game", Annals of Mathematics 54 (1951).

    Examples
    --------
    >>> answer = fictitious_play(NormalForm.zero_sum([[2, -3], [0, 1]]), iterations=10_000)
    >>> answer.strategies[0].round(2).tolist()
    [0.16, 0.84]
    >>> [(rounds, round(regret, 3)) for rounds, regret in answer.parameters["path"][::4]]
    [(1, 5.0), (16, 0.266), (256, 0.057), (4096, 0.014)]
    """
    from armsrace.solvers import _learning

    return average_play(
        form, _learning.fictitious_play, iterations, method="fictitious_play", parameters={}
    )
