r"""What holds against every adversary: the regret of experts, the error under malicious labels.

*Experts.* In each of T rounds a learner mixes N experts and then sees their losses, in [0, 1],
which an adversary may choose knowing the mixture. *Hedge* weighs an expert with cumulative loss L
by :math:`e^{-\eta L}`. Its *regret*, its own cumulative loss minus that of the best expert, is
bounded without any assumption about the adversary, which is why Barreno et al. (2010) propose
prediction with experts as a defense.

*Malicious errors.* If a share :math:`\beta` of the training data is the adversary's, no learner
can guarantee an error below :math:`\beta / (1 - \beta)`: the adversary shows a point of honest mass
:math:`\epsilon` with the wrong label until both labels are equally frequent,
:math:`(1 - \beta)\,\epsilon = \beta` (Kearns and Li 1993).

References
----------
.. [1] N. Cesa-Bianchi, G. Lugosi, "Prediction, learning, and games", Cambridge University Press,
   2006, theorems 2.2 and 2.3.
.. [2] M. Kearns, M. Li, "Learning in the presence of malicious errors", SIAM Journal on Computing
   22, 1993.
.. [3] M. Barreno, B. Nelson, A. D. Joseph, J. D. Tygar, "The security of machine learning",
   Machine Learning 81, 2010.
"""

import numpy as np
from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, counts, numbers


def hedge_rate(experts: ArrayLike, rounds: ArrayLike) -> Array:
    r"""Learning rate of Hedge for which `hedge_regret_bound` holds.

    .. math:: \eta = \sqrt{8 \ln N / T}

    With T replaced by the number of the current round, it is the rate of the anytime version.

    Parameters
    ----------
    experts
        Number N of experts.
    rounds
        Number T of rounds, known in advance, or of the current round, from 1.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(hedge_rate(experts=10, rounds=1000)), 4)
    0.1357
    """
    experts = counts("experts", experts, "[1, inf)")
    rounds = counts("rounds", rounds, "[1, inf)")
    return np.sqrt(8.0 * np.log(experts) / rounds)


def hedge_regret_bound(experts: ArrayLike, rounds: ArrayLike) -> Array:
    r"""Regret that Hedge never exceeds when it knows the number of rounds in advance.

    .. math:: R_T \le \sqrt{\tfrac12 T \ln N}

    Parameters
    ----------
    experts
        Number N of experts.
    rounds
        Number T of rounds.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(hedge_regret_bound(experts=10, rounds=1000)), 2)
    33.93
    """
    experts = counts("experts", experts, "[1, inf)")
    rounds = counts("rounds", rounds, "[0, inf)")
    return np.sqrt(rounds * np.log(experts) / 2.0)


def anytime_regret_bound(experts: ArrayLike, rounds: ArrayLike) -> Array:
    r"""Regret that Hedge never exceeds, at any time, when its rate falls with the round.

    .. math:: R_T \le 2 \sqrt{\tfrac12 T \ln N} + \sqrt{\tfrac18 \ln N},
              \qquad \eta_t = \sqrt{8 \ln N / t}

    Parameters
    ----------
    experts
        Number N of experts.
    rounds
        Number T of rounds so far.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(anytime_regret_bound(experts=10, rounds=1000)), 2)
    68.4
    """
    experts = counts("experts", experts, "[1, inf)")
    return 2.0 * hedge_regret_bound(experts, rounds) + np.sqrt(np.log(experts) / 8.0)


def duality_gap_bound(rows: ArrayLike, columns: ArrayLike, rounds: ArrayLike) -> Array:
    r"""How far the average strategies of two Hedge players are from minimax, at most.

    .. math:: \max_j \bar x^\top A e_j - \min_i e_i^\top A \bar y
              \le \sqrt{\frac{\ln m}{2T}} + \sqrt{\frac{\ln n}{2T}}

    for losses A in [0, 1] of m rows and n columns: the sum of both average regrets.

    Parameters
    ----------
    rows, columns
        Numbers m and n of actions of the two players.
    rounds
        Number T of rounds.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(duality_gap_bound(10, 10, rounds=1000)), 4)
    0.0679
    """
    rounds = counts("rounds", rounds, "[1, inf)")
    return (hedge_regret_bound(rows, rounds) + hedge_regret_bound(columns, rounds)) / rounds


def kearns_li_rate(error: ArrayLike) -> Array:
    r"""Share of the training data with which an adversary prevents learning to an error.

    .. math:: \beta = \frac{\epsilon}{1 + \epsilon}

    Parameters
    ----------
    error
        Error :math:`\epsilon` that the learner has to reach, in [0, 1].

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(kearns_li_rate(0.1)), 4)
    0.0909
    """
    error = numbers("error", error, "[0, 1]")
    return error / (1.0 + error)


def kearns_li_error(rate: ArrayLike) -> Array:
    r"""Error below which no learner gets when a share of the training data is malicious.

    .. math:: \epsilon = \frac{\beta}{1 - \beta}

    Parameters
    ----------
    rate
        Share :math:`\beta` of the training data that is the adversary's, in [0, 1/2].

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(kearns_li_error(0.05)), 4)
    0.0526
    """
    rate = numbers("rate", rate, "[0, 0.5]")
    return rate / (1.0 - rate)
