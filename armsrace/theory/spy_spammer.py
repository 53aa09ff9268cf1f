r"""Which traffic to block when an attacker chooses what to send and honest traffic must pass.

Dritsoula, Loiseau and Musacchio (2012, 2017): an attacker (a spy among spammers) picks one of n
*kinds* v of traffic, earns the *reward* R(v) and pays the *penalty* c when it is detected. The
defender picks a set of kinds that it calls malicious. Everybody else (a spammer) sends v with
probability P(v), and an honest transmission that is blocked costs c_fa. With p the probability
that a transmission is the attacker's, the defender's payoff is

.. math:: p\,(-R(v) + c\,[v \text{ detected}]) - (1 - p)\,c_{fa}\,P(\text{detected}).

Adding to the attacker's payoff what the defender's false alarms cost, which it cannot influence,
makes this a zero-sum game with *false-alarm weight* :math:`\kappa = (1 - p)\,c_{fa} / p`. Its
solution needs no linear program:

* kinds are detected with probability :math:`\pi(v) = \min(1, \max(0, (R(v) - z) / c))`, that is by
  a threshold on the reward, drawn uniformly from [z, z + c];
* the *threshold* is :math:`z = \max\left(\max R - c,\; \inf\{t : P(R > t) \le c / \kappa\}\right)`,
  which is also what the attacker earns;
* the attacker sends v with probability :math:`(\kappa / c) P(v)` where R(v) > z: others' traffic,
  truncated. What is left goes to R(v) = z, or, when z = max R - c, to the largest reward.

The closed form for given numbers is derived here; the shape of both mixtures is theirs.

References
----------
.. [1] L. Dritsoula, P. Loiseau, J. Musacchio, "A game-theoretic analysis of adversarial
   classification", IEEE Transactions on Information Forensics and Security 12, 2017.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, distribution, number, numbers


@final
@dataclass(frozen=True, eq=False)
class DetectionEquilibrium:
    """Equilibrium mixtures over n kinds of traffic.

    Attributes
    ----------
    threshold
        Lower end z of the interval of length c from which the defender draws its threshold; also
        what the attacker earns.
    detection
        Probability that each kind is detected, shape (n,).
    attack
        Probability that the attacker sends each kind, shape (n,).
    value
        Value of the equivalent zero-sum game, which the attacker maximizes: z plus the false-alarm
        weight times the share of honest traffic that is blocked. The defender earns -p times this.
    """

    threshold: float
    detection: Array
    attack: Array
    value: float


def false_alarm_weight(attacker_probability: float, false_alarm_cost: float) -> float:
    r"""Cost of blocking all honest traffic, for each transmission of the attacker's.

    .. math:: \kappa = \frac{(1 - p)\,c_{fa}}{p}

    Parameters
    ----------
    attacker_probability
        Probability p that a transmission is the attacker's, in (0, 1].
    false_alarm_cost
        Cost c_fa of one blocked honest transmission.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> false_alarm_weight(attacker_probability=0.2, false_alarm_cost=1.0)
    4.0
    """
    share = number("attacker_probability", attacker_probability, "(0, 1]")
    cost = number("false_alarm_cost", false_alarm_cost, "[0, inf)")
    return (1.0 - share) * cost / share


def detection_equilibrium(
    rewards: ArrayLike, honest: ArrayLike, penalty: float, false_alarm_weight: float
) -> DetectionEquilibrium:
    """Optimal randomized detection and the attack that it faces.

    Takes time of order n log n.

    Parameters
    ----------
    rewards
        Reward R(v) of each kind of traffic, shape (n,).
    honest
        Probability P(v) of each kind in honest traffic, shape (n,).
    penalty
        What detection costs the attacker, c, positive.
    false_alarm_weight
        Weight of blocked honest traffic, not negative (`false_alarm_weight`).

    Raises
    ------
    ValueError
        When shapes do not fit or an argument is out of its range.

    Examples
    --------
    >>> equilibrium = detection_equilibrium(
    ...     rewards=[0, 1, 2, 3], honest=[0.4, 0.3, 0.2, 0.1], penalty=2.0, false_alarm_weight=5.0
    ... )
    >>> equilibrium.threshold, equilibrium.detection.tolist()
    (1.0, [0.0, 0.0, 0.5, 1.0])
    >>> equilibrium.attack.round(2).tolist()
    [0.0, 0.0, 0.5, 0.5]
    """
    gains = numbers("rewards", rewards, "(-inf, inf)")
    shares = distribution("honest", honest)
    if gains.ndim != 1 or gains.shape != shares.shape:
        raise ValueError(
            f"rewards and honest must have one shape (n,), got {gains.shape} and {shares.shape}"
        )
    penalty = number("penalty", penalty, "(0, inf)")
    weight = number("false_alarm_weight", false_alarm_weight, "[0, inf)")

    top = float(gains.max())
    threshold = max(top - penalty, _affordable_threshold(gains, shares, penalty, weight))
    detection = np.clip((gains - threshold) / penalty, 0.0, 1.0)
    attack = np.where(gains > threshold, weight / penalty * shares, 0.0)
    # The rest goes where it changes no detection: below the interval, or beyond its upper end.
    rest = max(1.0 - float(attack.sum()), 0.0)
    edge = gains == (top if threshold == top - penalty else threshold)
    attack[edge] += rest * _proportions(shares[edge])
    value = threshold + weight * float(shares @ detection)
    return DetectionEquilibrium(threshold, detection, attack, value)


def _affordable_threshold(gains: Array, shares: Array, penalty: float, weight: float) -> float:
    """Return the least t for which blocking all rewards above t costs no more than it deters."""
    if weight <= penalty:
        return -np.inf
    order = np.argsort(gains)
    levels, starts = np.unique(gains[order], return_index=True)
    at_level = np.add.reduceat(shares[order], starts)
    above = at_level[::-1].cumsum()[::-1] - at_level
    return float(levels[np.argmax(above * weight <= penalty)])


def _proportions(shares: Array) -> Array:
    """Return the shares scaled to sum to one, or equal ones when all are zero."""
    total = shares.sum()
    return shares / total if total > 0.0 else np.full(shares.size, 1.0 / shares.size)
