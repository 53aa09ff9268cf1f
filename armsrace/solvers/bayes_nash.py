"""Bayes-Nash equilibria: every type of every role replies best, given what it knows.

A strategy of a Bayesian game chooses an action for each type, and an equilibrium leaves no type
anything to gain in expectation over the types of the others. That is a Nash equilibrium of the
agent form, where each type plays for itself (`armsrace.forms.BayesianForm.to_agent_form`).
"""

import numpy as np

from armsrace.forms.bayesian import BayesianForm
from armsrace.solvers.equilibrium import Equilibrium
from armsrace.solvers.logit_response import nash_by_logit
from armsrace.solvers.pure import pure_equilibria

SAME = 1e-6  # the largest difference between probabilities of strategies that count as the same


def bayes_nash(form: BayesianForm) -> list[Equilibrium]:
    """Find Bayes-Nash equilibria: all pure ones, and the one that logit equilibria lead to.

    Parameters
    ----------
    form
        The game, of any number of roles.

    Returns
    -------
    list
        Equilibria of the agent form, one at least: the pure ones in the order of their profiles,
        then the limit of the logit equilibria unless it is one of them. Other mixed equilibria may
        exist. A regret is what a type could still gain, given its type; the agents are named
        ``<role>: <type>``. The agent form has m_1^T_1 ... m_N^T_N profiles.

    Raises
    ------
    ValueError
        When the agent form has more than 10^7 payoffs.

    References
    ----------
    J. Harsanyi, "Games with incomplete information played by 'Bayesian' players", Management
    Science 14 (1967-68).

    Examples
    --------
    A filter faces a spammer or, one time in four, a spy who wants honest mail blocked:

    >>> form = BayesianForm(
    ...     payoffs=[
    ...         [[[[-2, 0], [1, 0]], [[-1, 0], [-3, 0]]]],
    ...         [[[[2, 0], [-1, 0]], [[1, 0], [3, 0]]]],
    ...     ],
    ...     prior=[[0.75, 0.25]],
    ...     types=[["filter"], ["spammer", "spy"]],
    ...     actions=[["lenient", "strict"], ["attack", "wait"]],
    ... )
    >>> for equilibrium in bayes_nash(form):
    ...     print(equilibrium)
    Equilibrium by nash_by_logit: solved, regret 0
      learner: filter earns -0.583333: lenient 0.333333, strict 0.666667
      adversary: spammer earns 0: attack 0.222222, wait 0.777778
      adversary: spy earns 2.33333: attack 1
    """
    agents = form.to_agent_form()
    found = pure_equilibria(agents)
    limit = nash_by_logit(agents)
    if not any(_same(limit, pure) for pure in found):
        found.append(limit)
    return found


def _same(first: Equilibrium, second: Equilibrium) -> bool:
    pairs = zip(first.strategies, second.strategies, strict=True)
    return all(float(np.abs(a - b).max()) <= SAME for a, b in pairs)
