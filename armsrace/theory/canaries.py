r"""How well a special test set reveals an attack on the learner (Barreno et al. 2006).

The learner plants n *canaries*, intrusions whose label it knows, and raises an alarm when it misses
more than c of them. When each is missed independently with the learner's miss rate f, the number
of misses is binomial:

.. math:: P(\text{alarm}) = \sum_{k = c + 1}^{n} \binom{n}{k} f^k (1 - f)^{n - k}.

The canaries see only the region where they lie, and no longer one who knows them: an adversary that
targets another region stays unseen, and using them again and again gives them away.

References
----------
.. [1] M. Barreno, B. Nelson, R. Sears, A. D. Joseph, J. D. Tygar, "Can machine learning be
   secure?", ASIACCS 2006, section 4.
"""

import numpy as np
from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, count, counts, number, numbers


def alarm_probability(canaries: ArrayLike, tolerated: ArrayLike, miss_rate: ArrayLike) -> Array:
    """Probability that more than a tolerated number of canaries is missed.

    At the miss rate of the clean learner this is the false-alarm rate, at that of the attacked one
    the power.

    Parameters
    ----------
    canaries
        Number n of canaries.
    tolerated
        Number c of misses that raise no alarm.
    miss_rate
        Probability f that the learner misses an intrusion, in [0, 1].

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> alarm_probability(100, 6, [0.02, 0.1]).round(4).tolist()
    [0.0041, 0.8828]
    """
    from scipy.special import betainc

    canaries = counts("canaries", canaries, "[0, inf)")
    tolerated = counts("tolerated", tolerated, "[0, inf)")
    miss_rate = numbers("miss_rate", miss_rate, "[0, 1]")
    tail = betainc(tolerated + 1.0, np.maximum(canaries - tolerated, 1.0), miss_rate)
    return np.where(tolerated < canaries, tail, 0.0)[()]


def tolerated_misses(canaries: int, miss_rate: float, false_alarm_rate: float) -> int:
    """Smallest number of tolerated misses that keeps false alarms within a rate.

    Parameters
    ----------
    canaries
        Number n of canaries.
    miss_rate
        Probability that the clean learner misses an intrusion, in [0, 1].
    false_alarm_rate
        Largest probability of an alarm without an attack, in [0, 1].

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> tolerated_misses(100, miss_rate=0.02, false_alarm_rate=0.01)
    6
    """
    canaries = count("canaries", canaries, "[0, inf)")
    miss_rate = number("miss_rate", miss_rate, "[0, 1]")
    false_alarm_rate = number("false_alarm_rate", false_alarm_rate, "[0, 1]")
    alarms = alarm_probability(canaries, np.arange(canaries + 1), miss_rate)
    return int(np.argmax(alarms <= false_alarm_rate))
