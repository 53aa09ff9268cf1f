r"""How many training labels may be flipped before a randomly smoothed learner can change its mind.

Rosenfeld et al. (2020): flip every training label independently with probability q (the *noise*),
train, predict, and repeat; the smoothed prediction is the more probable class, of *probability* p.
An adversary who flips r labels beforehand moves the distribution of the noisy labels, on those r
coordinates, from "wrong with probability q" to "wrong with probability 1 - q". The prediction
cannot change while the worst classifier consistent with p still answers with probability above 1/2.

`certified_flips` is the exact answer for that worst classifier (Neyman and Pearson): it spends its
probability p first on label vectors that are likely without the attack and unlikely with it, which
are those with the fewest of the r labels wrong. `flip_bound` is the published closed form, which
is smaller.

References
----------
.. [1] E. Rosenfeld, E. Winston, P. Ravikumar, J. Z. Kolter, "Certified robustness to label-flipping
   attacks via randomized smoothing", ICML 2020.
"""

import numpy as np
from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, count, number, numbers


def flip_bound(probability: ArrayLike, noise: ArrayLike) -> Array:
    r"""Real number that the flipped labels may not exceed, in closed form.

    .. math:: r \le \frac{\ln 4 p (1 - p)}{2 (1 - 2q) \ln \frac{q}{1 - q}}

    Parameters
    ----------
    probability
        Probability p of the predicted class (a lower confidence bound), in [1/2, 1).
    noise
        Probability q of a random flip, in (0, 1/2).

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> flip_bound(0.99, [0.1, 0.25, 0.4]).round(3).tolist()
    [0.918, 2.939, 19.909]
    """
    probability = numbers("probability", probability, "[0.5, 1)")
    noise = numbers("noise", noise, "(0, 0.5)")
    spread = np.log(4.0 * probability * (1.0 - probability))
    return spread / (2.0 * (1.0 - 2.0 * noise) * np.log(noise / (1.0 - noise)))


def worst_probability(probability: float, noise: float, flips: int) -> float:
    r"""Probability that r flipped labels leave to the predicted class, at worst.

    With J the number of the r labels that are wrong, binomial with q before and with 1 - q after
    the attack, and j the p-quantile of the former,

    .. math:: P_{1-q}(J < j) + \left(p - P_q(J < j)\right) \frac{P_{1-q}(J = j)}{P_q(J = j)}.

    Parameters
    ----------
    probability
        Probability p of the predicted class (a lower confidence bound), in [1/2, 1).
    noise
        Probability q of a random flip, in (0, 1/2).
    flips
        Number r of labels that the adversary flips.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(worst_probability(0.99, noise=0.25, flips=5), 4)
    0.5191
    """
    from scipy.stats import binom

    probability = number("probability", probability, "[0.5, 1)")
    noise = number("noise", noise, "(0, 0.5)")
    flips = count("flips", flips, "[0, inf)")
    edge = binom.ppf(probability, flips, noise)
    share = (probability - binom.cdf(edge - 1, flips, noise)) / binom.pmf(edge, flips, noise)
    attacked = 1.0 - noise
    below, at_edge = binom.cdf(edge - 1, flips, attacked), binom.pmf(edge, flips, attacked)
    return float(below + min(max(share, 0.0), 1.0) * at_edge)


def certified_flips(probability: float, noise: float) -> int:
    """Largest number of flipped labels that cannot change the prediction, exactly.

    Found by bisection: `worst_probability` falls with every further flip.

    Parameters
    ----------
    probability
        Probability p of the predicted class (a lower confidence bound), in [1/2, 1).
    noise
        Probability q of a random flip, in (0, 1/2).

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> certified_flips(0.99, noise=0.25)
    5
    """
    low, high = 0, 1
    while worst_probability(probability, noise, high) > 0.5:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if worst_probability(probability, noise, middle) > 0.5:
            low = middle
        else:
            high = middle
    return low
