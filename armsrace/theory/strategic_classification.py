r"""Classification of those who can change what is measured, at a price: shift the threshold.

Hardt, Megiddo, Papadimitriou and Wootters (2016): a jury publishes a classifier, then each
contestant may move from x to x', for the *gain* g of being accepted minus a cost. When cost is
separable, :math:`\max(0, c_2(x') - c_1(x))`, the best classifier is a threshold on c_1. On one
measured number, with the *cost* k for each unit upwards, everyone within g / k below the threshold
moves up to it; so a jury that wants those above t to pass publishes t + g / k, and then exactly
they do.

Here a contestant is malicious traffic that wants a low score to pass as honest no less than a
student who wants a high one: change the sign of the score.

References
----------
.. [1] M. Hardt, N. Megiddo, C. Papadimitriou, M. Wootters, "Strategic classification", ITCS 2016.
"""

import numpy as np
from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, numbers


def best_reply(
    scores: ArrayLike, threshold: ArrayLike, gain: ArrayLike, unit_cost: ArrayLike
) -> Array:
    r"""Scores after everybody has moved to where it pays.

    From x to t if :math:`t - g/k \le x < t`, and nowhere otherwise: who is indifferent moves.

    Parameters
    ----------
    scores
        What is measured of them when they do nothing.
    threshold
        Published threshold t; scores of at least t are accepted.
    gain
        What acceptance is worth, g.
    unit_cost
        What one unit upwards costs, k, positive.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> best_reply([-1.0, -0.4, 0.3], threshold=0.0, gain=1.0, unit_cost=2.0).tolist()
    [-1.0, 0.0, 0.3]
    """
    x = numbers("scores", scores, "(-inf, inf)")
    t = numbers("threshold", threshold, "(-inf, inf)")
    reach = reachable_distance(gain, unit_cost)
    return np.where((x < t) & (x >= t - reach), t, x)


def reachable_distance(gain: ArrayLike, unit_cost: ArrayLike) -> Array:
    r"""How far below the threshold moving up to it still pays, g / k.

    Parameters
    ----------
    gain
        What acceptance is worth, g.
    unit_cost
        What one unit upwards costs, k, positive.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> float(reachable_distance(1.0, 2.0))
    0.5
    """
    return numbers("gain", gain, "[0, inf)") / numbers("unit_cost", unit_cost, "(0, inf)")


def shifted_threshold(wanted: ArrayLike, gain: ArrayLike, unit_cost: ArrayLike) -> Array:
    r"""Threshold to publish so that exactly those above the wanted one pass, t + g / k.

    Parameters
    ----------
    wanted
        Threshold t that is right for scores nobody has changed.
    gain
        What acceptance is worth, g.
    unit_cost
        What one unit upwards costs, k, positive.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> float(shifted_threshold(0.0, gain=1.0, unit_cost=2.0))
    0.5
    """
    wanted = numbers("wanted", wanted, "(-inf, inf)")
    return wanted + reachable_distance(gain, unit_cost)


def naive_accuracy(wanted: ArrayLike, gain: ArrayLike, unit_cost: ArrayLike) -> Array:
    r"""Share judged rightly when the wanted threshold itself is published, scores standard normal.

    .. math:: 1 - \left[ \Phi(t) - \Phi(t - g/k) \right]

    Parameters
    ----------
    wanted
        Threshold t that is right for scores nobody has changed.
    gain
        What acceptance is worth, g.
    unit_cost
        What one unit upwards costs, k, positive.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(naive_accuracy(0.0, gain=1.0, unit_cost=2.0)), 4)
    0.8085
    """
    from scipy.special import ndtr

    wanted = numbers("wanted", wanted, "(-inf, inf)")
    return np.asarray(1.0 - (ndtr(wanted) - ndtr(wanted - reachable_distance(gain, unit_cost))))
