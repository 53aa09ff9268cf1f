r"""How much of an attack privacy stops, and how much of a secret the answers give away.

*Privacy as robustness* (Ma, Zhu and Hsu 2019). The adversary modifies at most k training items to
lower the expected cost J of the model that it gets; a learner that is :math:`(\epsilon, \delta)`-
differentially private towards the replacement of one item hardly lets it. (An insertion and a
deletion are two items where privacy is towards adding or removing one.)

*Leakage.* A *channel* C[x, y] is the probability of the answer y when the secret is x: a model that
is queried, a posted score. Its leakage is the logarithm, in bits, of the factor by which the answer
raises what an adversary can gain from the secret. The capacity bounds this factor for every prior
and every non-negative gain g[w, x] of a guess w (the miracle theorem).

References
----------
.. [1] Y. Ma, X. Zhu, J. Hsu, "Data poisoning against differentially-private learners: attacks and
   defenses", IJCAI 2019, theorems 2 and 3.
.. [2] M. S. Alvim, K. Chatzikokolakis, C. Palamidessi, G. Smith, "Measuring information leakage
   using generalized gain functions", CSF 2012.
.. [3] M. S. Alvim, M. E. Andres, K. Chatzikokolakis, P. Degano, C. Palamidessi, "On the
   information leakage of differentially-private mechanisms", Journal of Computer Security 23, 2015.
"""

import numpy as np
from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, counts, distribution, numbers


def poisoned_cost_bound(cost: ArrayLike, privacy: ArrayLike, modified: ArrayLike) -> Array:
    r"""Least expected cost to which k modified items can bring a private learner.

    .. math:: J(\tilde D) \ge e^{-k \epsilon} J(D) \text{ for costs} \ge 0, \qquad
              J(\tilde D) \ge e^{k \epsilon} J(D) \text{ for costs} \le 0

    Parameters
    ----------
    cost
        Expected cost J(D) before the attack, of a cost that never changes its sign.
    privacy
        Privacy parameter :math:`\epsilon` of one item.
    modified
        Number k of modified items.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> poisoned_cost_bound([1.0, -1.0], privacy=0.1, modified=5).round(4).tolist()
    [0.6065, -1.6487]
    """
    cost = numbers("cost", cost, "(-inf, inf)")
    exponent = _budget(privacy, modified)
    return cost * np.exp(-np.sign(cost) * exponent)


def approximate_poisoned_cost_bound(
    cost: ArrayLike, largest: ArrayLike, privacy: ArrayLike, slack: ArrayLike, modified: ArrayLike
) -> Array:
    r"""Least expected cost to which k modified items can bring an approximately private learner.

    .. math:: J(\tilde D) \ge \max\left(0,\; e^{-k \epsilon} \left(J(D)
              + \frac{\bar C \delta}{e^\epsilon - 1}\right)
              - \frac{\bar C \delta}{e^\epsilon - 1}\right)

    for costs in :math:`[0, \bar C]`.

    Parameters
    ----------
    cost
        Expected cost J(D) before the attack.
    largest
        Largest cost :math:`\bar C`.
    privacy
        Privacy parameter :math:`\epsilon` of one item, positive.
    slack
        Privacy parameter :math:`\delta` of one item, in [0, 1].
    modified
        Number k of modified items.

    Raises
    ------
    ValueError
        When an argument is out of its range or the cost exceeds the largest.

    Examples
    --------
    >>> bound = approximate_poisoned_cost_bound(0.5, 1.0, privacy=0.1, slack=0.01, modified=5)
    >>> round(float(bound), 4)
    0.2659
    """
    cost = numbers("cost", cost, "[0, inf)")
    largest = numbers("largest", largest, "[0, inf)")
    if np.any(cost > largest):
        raise ValueError(f"cost must not exceed the largest cost, got {cost} and {largest}")
    privacy = numbers("privacy", privacy, "(0, inf)")
    lost = largest * numbers("slack", slack, "[0, 1]") / np.expm1(privacy)
    exponent = _budget(privacy, modified)
    return np.maximum(np.exp(-exponent) * cost + np.expm1(-exponent) * lost, 0.0)


def required_items(factor: ArrayLike, privacy: ArrayLike) -> Array:
    r"""Fewest items that must be modified to divide an expected cost, never negative, by a factor.

    .. math:: k = \left\lceil \frac{\ln \tau}{\epsilon} \right\rceil

    Parameters
    ----------
    factor
        Factor :math:`\tau`, at least 1.
    privacy
        Privacy parameter :math:`\epsilon` of one item, positive.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> int(required_items(10.0, privacy=0.1))
    24
    """
    factor = numbers("factor", factor, "[1, inf)")
    return np.ceil(np.log(factor) / numbers("privacy", privacy, "(0, inf)"))


def leakage(channel: ArrayLike, prior: ArrayLike, gain: ArrayLike) -> float:
    r"""Factor, in bits, by which an answer raises the best expected gain (g-leakage).

    .. math:: \log_2 \frac{\sum_y \max_w \sum_x \pi_x C_{xy} g_{wx}}{\max_w \sum_x \pi_x g_{wx}}

    Parameters
    ----------
    channel
        Probabilities of the answers, shape (secrets, answers).
    prior
        Probabilities of the secrets, shape (secrets,).
    gain
        What each guess earns for each secret, never negative, shape (guesses, secrets). The
        identity gives min-entropy leakage: one guess at the secret itself.

    Raises
    ------
    ValueError
        When shapes do not fit, probabilities do not sum to 1, or no guess gains anything.

    Examples
    --------
    >>> noisy_bit = [[0.9, 0.1], [0.1, 0.9]]
    >>> round(leakage(noisy_bit, prior=[0.5, 0.5], gain=[[1, 0], [0, 1]]), 4)
    0.848
    """
    matrix = _channel(channel)
    weights = distribution("prior", prior)
    gains = numbers("gain", gain, "[0, inf)")
    secrets = matrix.shape[0]
    if weights.shape != (secrets,):
        raise ValueError(f"prior must have shape ({secrets},), got {weights.shape}")
    if gains.ndim != 2 or gains.shape[1] != secrets:
        raise ValueError(f"gain must have shape (guesses, {secrets}), got {gains.shape}")
    blind = float((gains @ weights).max())
    if blind == 0.0:
        raise ValueError("gain must be positive for some secret that the prior allows, got none")
    informed = float(((gains * weights) @ matrix).max(axis=0).sum())
    return float(np.log2(informed / blind))


def capacity(channel: ArrayLike) -> float:
    r"""Largest leakage of a channel in bits, over all priors and all non-negative gains.

    .. math:: \log_2 \sum_y \max_x C_{xy}

    The uniform prior attains it with one guess at the secret.

    Parameters
    ----------
    channel
        Probabilities of the answers, shape (secrets, answers).

    Raises
    ------
    ValueError
        When the channel is not a matrix whose rows sum to 1.

    Examples
    --------
    >>> round(capacity([[0.9, 0.1], [0.1, 0.9]]), 4)
    0.848
    """
    return float(np.log2(_channel(channel).max(axis=0).sum()))


def private_capacity_bound(individuals: ArrayLike, values: ArrayLike, privacy: ArrayLike) -> Array:
    r"""Largest leakage, in bits, of an epsilon-differentially private answer about a data set.

    .. math:: n \log_2 \frac{v \, e^\epsilon}{v - 1 + e^\epsilon}

    for n individuals with one of v values each; v-ary randomized response attains it.

    Parameters
    ----------
    individuals
        Number n of individuals.
    values
        Number v of values that each may have.
    privacy
        Privacy parameter :math:`\epsilon` of one individual.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(private_capacity_bound(10, values=2, privacy=0.1)), 4)
    0.7033
    """
    individuals = counts("individuals", individuals, "[0, inf)")
    values = counts("values", values, "[1, inf)")
    privacy = numbers("privacy", privacy, "[0, inf)")
    # Divided by e^epsilon, so that strong answers do not overflow.
    return individuals * np.log2(values / (1.0 + (values - 1.0) * np.exp(-privacy)))


def threshold_query_leakage(queries: ArrayLike) -> Array:
    r"""Most that k labels tell, in bits, about the threshold of a classifier on a line.

    .. math:: \log_2 (k + 1)

    for queries fixed in advance; adaptive ones tell up to k bits.

    Parameters
    ----------
    queries
        Number k of queries.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> threshold_query_leakage([1, 2, 3, 4]).round(3).tolist()
    [1.0, 1.585, 2.0, 2.322]
    """
    return np.log2(counts("queries", queries, "[0, inf)") + 1.0)


def _budget(privacy: ArrayLike, modified: ArrayLike) -> Array:
    """Return k times epsilon."""
    return numbers("privacy", privacy, "[0, inf)") * counts("modified", modified, "[0, inf)")


def _channel(channel: ArrayLike) -> Array:
    matrix = distribution("channel", channel)
    if matrix.ndim != 2:
        raise ValueError(f"channel must have shape (secrets, answers), got {matrix.shape}")
    return matrix
