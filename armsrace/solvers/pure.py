"""Equilibria in pure strategies, of any number of roles."""

import numpy as np

from armsrace.forms.normal import NormalForm
from armsrace.solvers.equilibrium import Equilibrium


def pure_equilibria(form: NormalForm) -> list[Equilibrium]:
    """Find all equilibria in which every role takes one action for certain.

    A profile is one when no role has an action that earns more against the same actions of the
    others. Payoffs are compared as they are, without a tolerance.

    Parameters
    ----------
    form
        The game.

    Returns
    -------
    list
        All of them, in the order of their profiles; empty when there is none. One pass over the
        payoffs.

    References
    ----------
    J. Nash, "Non-cooperative games", Annals of Mathematics 54 (1951) 286-295.

    Examples
    --------
    >>> labels = [["dare", "yield"], ["dare", "yield"]]
    >>> chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]], actions=labels)
    >>> for equilibrium in pure_equilibria(chicken):
    ...     print(equilibrium)
    Equilibrium by pure_equilibria: solved, regret 0
      learner earns 7: dare 1
      adversary earns 2: yield 1
    Equilibrium by pure_equilibria: solved, regret 0
      learner earns 2: yield 1
      adversary earns 7: dare 1
    """
    stable = np.ones(form.shape, dtype=bool)
    for axis, payoffs in enumerate(form.payoffs):
        stable &= payoffs == payoffs.max(axis=axis, keepdims=True)
    certain = [np.eye(m) for m in form.shape]
    return [
        Equilibrium(
            form,
            tuple(unit[action] for unit, action in zip(certain, profile, strict=True)),
            method="pure_equilibria",
        )
        for profile in np.argwhere(stable)
    ]
