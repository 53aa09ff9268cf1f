"""Certificates of joint play: what roles gain by not doing what they are told.

A *mediator* draws a profile of actions from a joint distribution p and tells each role its own
action only. Two kinds of disobedience define two concepts:

* After hearing its action, a role takes another. With the best replacement for every action a ::

      swap regret_i  =  sum_a max_b  sum_{s_-i} p(a, s_-i) (u_i(b, s_-i) - u_i(a, s_-i))

  and p is a *correlated equilibrium* exactly when no role has a swap regret (Aumann 1974).
* Before hearing anything, a role decides on one action of its own::

      external regret_i  =  max_b  sum_s p(s) (u_i(b, s_-i) - u_i(s))

  and p is a *coarse correlated equilibrium* exactly when no role has an external regret above zero
  (Moulin and Vial 1978). It is never above the swap regret.

Nothing here knows how a distribution was found.
"""

import numpy as np

from armsrace.forms.normal import Array, NormalForm
from armsrace.statistics import mean_interval


def joint_payoffs(form: NormalForm, joint: Array) -> Array:
    """Return what each role earns on average when all obey, shape (N,).

    Parameters
    ----------
    form
        The game.
    joint
        The probability of every profile, shape (m_1, ..., m_N).

    Examples
    --------
    >>> chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    >>> joint_payoffs(chicken, np.array([[0, 0.5], [0.5, 0]])).tolist()
    [4.5, 4.5]
    """
    earned: Array = (form.payoffs * joint).reshape(len(form.roles), -1).sum(axis=1)
    return earned


def swap_regrets(form: NormalForm, joint: Array) -> Array:
    """Return what each role gains by its best replacement of every action it is told, shape (N,).

    Takes m_i passes over the payoffs of each role i.

    Examples
    --------
    >>> chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    >>> swap_regrets(chicken, np.array([[0, 0.5], [0.5, 0]])).tolist()
    [0.0, 0.0]
    >>> swap_regrets(chicken, np.array([[0, 0], [0, 1]])).tolist()
    [1.0, 1.0]
    """
    return np.array([_replacements(form, joint, i).max(axis=1).sum() for i in _roles(form)])


def external_regrets(form: NormalForm, joint: Array) -> Array:
    """Return what each role gains by the best single action instead of what it is told, shape (N,).

    Negative when every action of its own is worse than obeying.

    Examples
    --------
    >>> chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    >>> external_regrets(chicken, np.array([[0, 0.5], [0.5, 0]])).tolist()
    [-0.5, -0.5]
    """
    return np.array([_replacements(form, joint, i).sum(axis=0).max() for i in _roles(form)])


def joint_interval(form: NormalForm, joint: Array, role: str) -> tuple[float, float]:
    """Return the 95 % interval of what a role earns when all obey, by Student's t over replicates.

    The joint distribution is taken as given, as strategies are in `certificate.payoff_interval`.
    With exact payoffs the interval is a point; with a single replicate it is the whole line.

    Raises
    ------
    LookupError
        When the game has no such role.

    Examples
    --------
    >>> game = NormalForm.from_samples([[[[v]], [[-v]]] for v in (1.0, 2.0, 3.0)])
    >>> low, high = joint_interval(game, np.ones((1, 1)), "learner")
    >>> round(low, 3), round(high, 3)
    (-0.484, 4.484)
    """
    index = form.role_index(role)
    if form.samples is None:
        mean = float(joint_payoffs(form, joint)[index])
        return mean, mean
    interval = mean_interval(form.samples[:, index].reshape(len(form.samples), -1) @ joint.ravel())
    return float(interval.low), float(interval.high)


def _roles(form: NormalForm) -> range:
    return range(len(form.roles))


def _replacements(form: NormalForm, joint: Array, role: int) -> Array:
    """Return what a role gains by action b when it is told a, times how often it is: [a, b]."""
    m = form.shape[role]
    payoffs = np.moveaxis(form.payoffs[role], role, 0).reshape(m, -1)
    told = np.moveaxis(joint, role, 0).reshape(m, -1)
    gains = [((payoffs - payoffs[a]) * told[a]).sum(axis=1) for a in range(m)]
    return np.stack(gains)
