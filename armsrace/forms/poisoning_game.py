r"""Poisoning as a convex game: hinge loss against points that must pass an outlier filter.

A learner fits weights w, \|w\| at most :math:`\rho`, to n clean rows and to :math:`\epsilon n`
poison points that pass the filter. Since the hinge is the larger of two linear functions,

.. math:: \max(0, 1 - y\,w \cdot x) = \max_{0 \le a \le 1} a \,(1 - y\,w \cdot x),

the worst-case fit is a zero-sum game whose payoff is linear in everything that the adversary
chooses: how much of each clean row's loss counts, :math:`a_i \in [0, 1]`, and a mixture of points
of each class, by mass :math:`a_y` and mass-weighted mean :math:`v_y` (`Mixtures`). The learner
earns

.. math:: -\tfrac1n \sum_i a_i (1 - y_i\,w \cdot x_i)
          - \epsilon \sum_y (a_y - y\,w \cdot v_y) - \tfrac{\kappa}{2} |w|^2.

By the minimax theorem its value is minus the least of

.. math:: \tfrac1n L(w) + \tfrac\kappa2 |w|^2 + \epsilon \max_{(x, y)\ \text{that pass}}
          \max(0, 1 - y\,w \cdot x):

no attack by :math:`\epsilon n` points makes the training objective larger, and mixtures attain it.

Source: J. Steinhardt, P. W. Koh, P. Liang, "Certified defenses for data poisoning attacks", NeurIPS
2017, section 3; the game with the dual variables of the hinge is derived here.
"""

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.arguments import finite
from armsrace.forms.convex import ConvexGame
from armsrace.forms.mixtures import Mixtures
from armsrace.forms.normal import Array
from armsrace.forms.strategy_sets import Balls, Box, Product, StrategySet


def poisoning_game(
    rows: ArrayLike,
    labels: ArrayLike,
    regions: tuple[StrategySet, StrategySet],
    *,
    share: float,
    radius: float,
    ridge: float = 0.0,
) -> ConvexGame:
    r"""Make the zero-sum game of fitting against poison.

    Parameters
    ----------
    rows
        Clean rows, shape (n, d). There is no intercept; append a column of ones for one, to the
        regions as well.
    labels
        1 for malicious, 0 or -1 for honest, shape (n,).
    regions
        Where honest and where malicious points pass the filter: bounded sets of dimension d.
    share
        Poison points for each clean row, :math:`\epsilon`, positive.
    radius
        Largest length :math:`\rho` of the weights, positive.
    ridge
        Penalty :math:`\kappa` on their squared length, not negative.

    Returns
    -------
    ConvexGame
        The learner's strategy is w, shape (d,); the adversary's is :math:`a_i` for each row, then
        mass and mass-weighted mean of honest and of malicious poison: n + 2 (d + 1) numbers.

    Raises
    ------
    ValueError
        When shapes do not fit or a number is out of its range.

    Examples
    --------
    >>> regions = (Balls([[-2.0]], [1.0]), Balls([[2.0]], [1.0]))
    >>> game = poisoning_game([[-2.0], [2.0]], [0, 1], regions, share=0.1, radius=1.0)
    >>> game
    ConvexGame: learner in 1 dimension, adversary in 6 dimensions
    """
    X, given = finite("rows", rows), finite("labels", labels)
    if X.ndim != 2 or given.shape != X.shape[:1] or X.size == 0:
        raise ValueError(
            f"rows and labels must have shapes (n, d) and (n,), got {X.shape} and {given.shape}"
        )
    if not np.isin(given, (-1.0, 0.0, 1.0)).all():
        raise ValueError("labels must be 1 for malicious and 0 or -1 for honest rows")
    n, d = X.shape
    if len(regions) != 2 or any(region.dimension != d for region in regions):
        raise ValueError(f"regions must be two sets of dimension {d}, for honest and for malicious")
    if not 0.0 < share < np.inf or not 0.0 < radius < np.inf:
        raise ValueError(f"share and radius must be positive, got {share} and {radius}")
    if not 0.0 <= ridge < np.inf:
        raise ValueError(f"ridge must not be negative, got {ridge}")
    signed = np.where(given > 0.0, 1.0, -1.0)[:, None] * X / n
    poison = Mixtures(regions)
    signs = np.array([-1.0, 1.0])

    def payoff(w: Array, chosen: Array) -> float:
        counted, pairs = chosen[:n], poison.pairs(chosen[n:])
        clean = counted.sum() / n - counted @ (signed @ w)
        poisoned = pairs[:, 0].sum() - signs @ (pairs[:, 1:] @ w)
        return -float(clean + share * poisoned + ridge / 2.0 * w @ w)

    def gradients(w: Array, chosen: Array) -> tuple[Array, Array]:
        counted, pairs = chosen[:n], poison.pairs(chosen[n:])
        by_weights = counted @ signed + share * signs @ pairs[:, 1:] - ridge * w
        by_mixture = -share * np.column_stack([np.ones(2), np.outer(-signs, w)])
        return by_weights, np.concatenate([signed @ w - 1.0 / n, by_mixture.reshape(-1)])

    return ConvexGame.zero_sum(
        Balls(np.zeros((1, d)), [radius]),
        Product([Box(np.zeros(n), np.ones(n)), poison]),
        payoff,
        gradients,
    )
