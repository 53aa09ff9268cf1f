r"""How much of a zero-sum game is a cycle, like rock, paper, scissors, and how much a ladder.

A game is a *ladder* when each action has a strength and the payoffs are differences of strengths,
:math:`A_{ij} = v + r_i - c_j`: then the strongest action is best against everything. What is left
of a game when the nearest ladder is taken off favors no action on average; it is the *cyclic* part.
The two are orthogonal, so the squares of their sizes add up.

When A is antisymmetric, this is the Hodge decomposition of the flow A on the complete graph of the
actions into a gradient and a divergence-free part (Jiang et al. 2011; Balduzzi et al. 2019), with
the same strengths for both roles. For any other matrix it is the interaction in a two-way table.
"""

import numpy as np

from armsrace.forms.normal import NormalForm


def hodge_cyclic_share(form: NormalForm) -> float:
    r"""Return the share of a zero-sum game's payoffs that no strengths of actions explain.

    .. math:: \frac{\sum_{ij} (A_{ij} - \bar A_{i\cdot} - \bar A_{\cdot j} + \bar A)^2}
                   {\sum_{ij} (A_{ij} - \bar A)^2}

    Parameters
    ----------
    form
        A game of two roles whose payoffs add up to a constant.

    Returns
    -------
    float
        From 0, a ladder, to 1, where on average no action is better than another. 0 when all
        payoffs are equal. A few passes over the payoffs.

    Raises
    ------
    ValueError
        When the game does not have two roles or its payoffs do not add up to a constant.

    References
    ----------
    X. Jiang, L.-H. Lim, Y. Yao, Y. Ye, "Statistical ranking and combinatorial Hodge theory",
    Mathematical Programming 127 (2011).

    D. Balduzzi et al., "Open-ended learning in symmetric zero-sum games", ICML 2019.

    Examples
    --------
    >>> hodge_cyclic_share(NormalForm.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]))
    1.0
    >>> strength = np.array([3.0, 1.0, 0.0])
    >>> round(hodge_cyclic_share(NormalForm.zero_sum(strength[:, None] - strength)), 12)
    0.0
    """
    if len(form.roles) != 2 or not form.is_constant_sum():
        raise ValueError(
            "hodge_cyclic_share needs a game of two roles whose payoffs add up to a constant"
        )
    payoffs = form.payoffs[0] - form.payoffs[0].mean()
    rounding = 1e-13 * np.abs(form.payoffs[0]).max()
    if np.abs(payoffs).max() <= rounding:
        return 0.0
    payoffs /= np.abs(payoffs).max()
    cyclic = payoffs - payoffs.mean(axis=1, keepdims=True) - payoffs.mean(axis=0)
    return float((cyclic**2).sum() / (payoffs**2).sum())
