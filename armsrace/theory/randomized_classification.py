r"""Which traffic to inspect on a budget, when nobody answers: the closed form.

Li and Vorobeychik (2015): traffic of kind x, a share s(x) of all, is malicious with probability
p(x). Inspected with probability q(x), it does no harm; not inspected, honest traffic is worth G(x)
and malicious traffic costs V(x). Against adversaries that do not adapt, the loss

.. math:: \sum_x s(x) \, (1 - q(x)) \left[ p(x) V(x) - (1 - p(x)) G(x) \right]

is least, with a budget :math:`\sum_x s(x) q(x) \le c`, when kinds are inspected in the order of
their *net harm* in brackets, as long as it is positive and the budget lasts.

* Without a budget (proposition 2.1): inspect where :math:`p \ge G / (G + V)`, the odds test of
  Dalvi et al.
* With a budget (proposition 2.2), for constant G and V: inspect in the order of p. *Erratum*: when
  G or V depends on x the order of p is not optimal, that of the net harm is; found here, on random
  instances.

With adversaries that adapt, see `armsrace.solvers.randomized_classification`.

References
----------
.. [1] B. Li, Y. Vorobeychik, "Scalable optimization of randomized operational decisions in
   adversarial classification settings", AISTATS 2015, propositions 2.1 and 2.2.
"""

import numpy as np
from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, distribution, number, numbers


def net_harm(malicious: ArrayLike, gain: ArrayLike, harm: ArrayLike) -> Array:
    r"""What letting a kind of traffic pass costs on balance, p V - (1 - p) G.

    Parameters
    ----------
    malicious
        Probability p that it is malicious.
    gain
        What honest traffic is worth, G.
    harm
        What malicious traffic costs, V.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> net_harm([0.2, 0.6], gain=1.0, harm=2.0).round(6).tolist()
    [-0.4, 0.8]
    """
    p = numbers("malicious", malicious, "[0, 1]")
    return p * numbers("harm", harm, "[0, inf)") - (1.0 - p) * numbers("gain", gain, "[0, inf)")


def static_inspection(
    malicious: ArrayLike, gain: ArrayLike, harm: ArrayLike, shares: ArrayLike, budget: float
) -> Array:
    """Optimal probability of inspection against adversaries that do not adapt, shape (n,).

    Parameters
    ----------
    malicious
        Probability that each kind is malicious, shape (n,).
    gain, harm
        As in `net_harm`: numbers, or shape (n,).
    shares
        Of each kind in all traffic, summing to 1, shape (n,).
    budget
        Largest share of all traffic that may be inspected, in [0, 1].

    Raises
    ------
    ValueError
        When shapes do not fit or an argument is out of its range.

    Examples
    --------
    >>> static_inspection([0.1, 0.5, 0.9], 1.0, 1.0, [0.4, 0.4, 0.2], budget=0.3).tolist()
    [0.0, 0.0, 1.0]
    >>> static_inspection([0.1, 0.6, 0.9], 1.0, 1.0, [0.4, 0.4, 0.2], budget=0.3).round(6).tolist()
    [0.0, 0.25, 1.0]
    """
    harms, given = net_harm(malicious, gain, harm), distribution("shares", shares)
    if given.ndim != 1 or harms.shape != given.shape:
        raise ValueError(
            f"malicious and shares must have one shape (n,), got {harms.shape} and {given.shape}"
        )
    left = number("budget", budget, "[0, 1]")
    order = np.argsort(-harms, kind="stable")
    spent_before = np.cumsum(given[order]) - given[order]
    affordable = np.clip(left - spent_before, 0.0, given[order])
    inspected = np.zeros_like(given)
    inspected[order] = np.where(
        given[order] > 0.0, affordable / np.where(given[order] > 0.0, given[order], 1.0), 1.0
    )
    return np.where(harms > 0.0, inspected, 0.0)
