"""Choosing among the equilibria of a game."""

from collections.abc import Callable, Sequence

import numpy as np

from armsrace.solvers.equilibrium import Equilibrium


def most_entropic(equilibria: Sequence[Equilibrium]) -> Equilibrium:
    """Choose the equilibrium whose strategies have the largest entropy together.

    Roles draw independently, so the entropy of the profile is the sum over the roles of
    ``-sum_a s_i(a) log s_i(a)``. The first of equals.

    Parameters
    ----------
    equilibria
        One or more, as `vertex_enumeration` or `support_enumeration` finds them.

    Raises
    ------
    ValueError
        When there is none to choose from.

    Examples
    --------
    >>> from armsrace.forms import NormalForm
    >>> from armsrace.solvers import support_enumeration
    >>> chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    >>> most_entropic(support_enumeration(chicken))
    Equilibrium by support_enumeration: solved, regret 0
      learner earns 4.66667: 0 0.333333, 1 0.666667
      adversary earns 4.66667: 0 0.333333, 1 0.666667
    """
    return _best(equilibria, _entropy)


def best_for(equilibria: Sequence[Equilibrium], role: str) -> Equilibrium:
    """Choose the equilibrium that earns a role most. The first of equals.

    Parameters
    ----------
    equilibria
        One or more.
    role
        Whose payoff counts.

    Raises
    ------
    ValueError
        When there is none to choose from.
    LookupError
        When the game has no such role.

    Examples
    --------
    >>> from armsrace.forms import NormalForm
    >>> from armsrace.solvers import pure_equilibria
    >>> chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    >>> best_for(pure_equilibria(chicken), "adversary").payoffs.tolist()
    [2.0, 7.0]
    """
    return _best(equilibria, lambda answer: float(answer.payoffs[answer.form.role_index(role)]))


def best_welfare(equilibria: Sequence[Equilibrium]) -> Equilibrium:
    """Choose the equilibrium with the largest sum of payoffs. The first of equals.

    Parameters
    ----------
    equilibria
        One or more.

    Raises
    ------
    ValueError
        When there is none to choose from.

    Examples
    --------
    >>> from armsrace.forms import NormalForm
    >>> from armsrace.solvers import pure_equilibria
    >>> hunt = NormalForm.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]])
    >>> best_welfare(pure_equilibria(hunt)).payoffs.tolist()
    [4.0, 4.0]
    """
    return _best(equilibria, lambda answer: float(answer.payoffs.sum()))


def _best(equilibria: Sequence[Equilibrium], worth: Callable[[Equilibrium], float]) -> Equilibrium:
    if not equilibria:
        raise ValueError("equilibria must hold at least one, got none")
    return max(equilibria, key=worth)


def _entropy(answer: Equilibrium) -> float:
    played = np.concatenate([strategy[strategy > 0.0] for strategy in answer.strategies])
    return float(-(played * np.log(played)).sum())
