"""Actions that no reasonable role takes, removed again and again.

An action a of role i is *strictly dominated* when some mixture x of the role's other actions earns
more than a whatever the other roles do::

    sum_k x_k u_i(k, s_-i)  >  u_i(a, s_-i)   for all profiles s_-i of the others' actions

Such an action is a best reply to no belief about the others (Pearce 1984, lemma 3), so it has
probability zero in every Nash and every correlated equilibrium. Once it is gone, others may become
dominated; what is left in the end does not depend on the order in which actions are removed
(Gilboa, Kalai, Zemel 1990). Here all that are dominated in a round are removed at its end.

The best mixture against an action is a linear program: it maximizes the *margin*, the least that
the mixture earns above the action. Only a margin above 1e-9 of the range of the role's payoffs
counts, so that rounding dominates nothing.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace._linear_program import maximize
from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers.equilibrium import distribution

STRICT = 1e-9  # the smallest margin that counts, as a share of the payoffs' range


@final
@dataclass(frozen=True)
class Elimination:
    """An action that was removed, and what dominated it.

    Parameters
    ----------
    round
        When it was removed, from 1.
    role
        Whose action it was.
    action
        Its label.
    by
        The actions that dominate it together, with their probabilities.
    margin
        The least that they earn above it, whatever the others do that is not yet removed.
    """

    round: int
    role: str
    action: Hashable
    by: Mapping[Hashable, float]
    margin: float


def iterated_dominance(form: NormalForm) -> NormalForm:
    """Remove strictly dominated actions until there are none.

    Parameters
    ----------
    form
        The game, of any number of roles.

    Returns
    -------
    NormalForm
        The game restricted to the actions that are left, in their old order. It has the same Nash
        and the same correlated equilibria. Each round takes at most one linear program for each
        action that is not a best reply to anything pure, and there are at most as many rounds as
        actions. `eliminations` tells which actions were removed, and why.

    References
    ----------
    D. Pearce, "Rationalizable strategic behavior and the problem of perfection", Econometrica 52
    (1984).

    I. Gilboa, E. Kalai, E. Zemel, "On the order of eliminating dominated strategies", Operations
    Research Letters 9 (1990).

    Examples
    --------
    >>> labels = [["up", "middle", "down"], ["left", "right"]]
    >>> game = NormalForm.from_bimatrix(
    ...     [[4, 0], [0, 4], [1, 1]], [[1, 0], [1, 0], [0, 9]], actions=labels
    ... )
    >>> iterated_dominance(game)
    NormalForm: 1 x 1, constant-sum, exact payoffs
      learner: up
      adversary: left
    """
    stages = [form, *(stage for stage, _ in _rounds(form))]
    return stages[-1]


def eliminations(form: NormalForm) -> list[Elimination]:
    """Tell which actions `iterated_dominance` removes, and why.

    Parameters
    ----------
    form
        The game, of any number of roles.

    Returns
    -------
    list
        One `Elimination` for each action removed, by round, role and action.

    Examples
    --------
    >>> labels = [["up", "middle", "down"], ["left", "right"]]
    >>> game = NormalForm.from_bimatrix(
    ...     [[4, 0], [0, 4], [1, 1]], [[1, 0], [1, 0], [0, 9]], actions=labels
    ... )
    >>> for e in eliminations(game):
    ...     print(e.round, e.role, e.action, "by", dict(e.by), "margin", e.margin)
    1 learner down by {'up': 0.5, 'middle': 0.5} margin 1.0
    2 adversary right by {'left': 1.0} margin 1.0
    3 learner middle by {'up': 1.0} margin 4.0
    """
    return [removed for _, removals in _rounds(form) for removed in removals]


def _rounds(form: NormalForm) -> Iterator[tuple[NormalForm, list[Elimination]]]:
    """Yield the game after each round, with what the round removed."""
    number = 0
    scales = np.ptp(form.payoffs.reshape(len(form.roles), -1), axis=1)
    while True:
        number += 1
        removals = []
        for index, role in enumerate(form.roles):
            labels = form.actions[index]
            earned = np.moveaxis(form.payoffs[index], index, 0).reshape(len(labels), -1)
            for action in np.flatnonzero(~(earned == earned.max(axis=0)).any(axis=1)).tolist():
                mixture, margin = _best_mixture(earned, action)
                if margin > STRICT * scales[index]:
                    by = {labels[k]: float(mixture[k]) for k in np.flatnonzero(mixture)}
                    removals.append(Elimination(number, role, labels[action], by, margin))
        if not removals:
            return
        gone = {(removed.role, removed.action) for removed in removals}
        form = form.restrict(
            {
                role: [label for label in labels if (role, label) not in gone]
                for role, labels in zip(form.roles, form.actions, strict=True)
            }
        )
        yield form, removals


def _best_mixture(earned: Array, action: int) -> tuple[Array, float]:
    """Return the mixture of largest margin over an action, and that margin.

    Shape of earned: own actions, profiles of the others. A pure action that dominates is preferred,
    for its plainness.
    """
    advantages = earned - earned[action]
    margins = advantages.min(axis=1)
    if margins.max() > 0.0:
        best = int(margins.argmax())
        return np.eye(len(earned))[best], float(margins[best])
    unit = advantages / np.abs(advantages).max()
    profiles, own = unit.T.shape
    # Variables: the mixture, then its margin; a mixture below a sum of one could be scaled up.
    matrix = np.block([[-unit.T, np.ones((profiles, 1))], [np.ones((1, own)), np.zeros((1, 1))]])
    limits = np.append(np.zeros(profiles), 1.0)
    x, _ = maximize(np.append(np.zeros(own), 1.0), matrix, limits)
    if x[-1] <= 0.0:
        return np.eye(own)[action], 0.0
    mixture = distribution(x[:-1])
    return mixture, float((mixture @ advantages).min())
