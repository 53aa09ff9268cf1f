r"""The linear race as a convex game: a model, and data that answer to it.

The learner picks a model :math:`\theta` and loses :math:`-\theta z + \theta^2/2` on data with mean
z. The data are the other role: their best reply to the model is the mean :math:`\mu - a \theta`.
Retraining is best-response iteration, its stable point the Nash equilibrium, and the committed
point that of the Stackelberg leader; `armsrace.theory.performative` has all of them in closed form.

Source: J. C. Perdomo, T. Zrnic, C. Mendler-Duenner, M. Hardt, "Performative prediction", ICML 2020.
"""

import numpy as np

from armsrace.forms.convex import ConvexGame, Strategies
from armsrace.forms.strategy_sets import Box


def linear_race(mean: float, response: float, *, reach: float = 1e6) -> ConvexGame:
    r"""Make the linear race.

    Parameters
    ----------
    mean
        Mean :math:`\mu` of the data when the model is 0.
    response
        Response a of the data: positive for an adversary, negative for data that follow the model.
    reach
        Largest absolute value of the model and of the mean, positive.

    Returns
    -------
    ConvexGame
        Payoffs :math:`\theta z - \theta^2 / 2` and :math:`-(z - \mu + a \theta)^2 / 2`. Strongly
        monotone with modulus :math:`1 - |1 - a| / 2` when that is positive.

    Raises
    ------
    ValueError
        When a number is not finite, or reach is not positive.

    Examples
    --------
    >>> linear_race(mean=1.0, response=0.5)
    ConvexGame: learner in 1 dimension, adversary in 1 dimension, strongly monotone with modulus
    0.75
    """
    for name, number in (("mean", mean), ("response", response), ("reach", reach)):
        if not np.isfinite(number):
            raise ValueError(f"{name} must be finite, got {number}")
    if not reach > 0.0:
        raise ValueError(f"reach must be positive, got {reach}")

    def payoffs(z: Strategies) -> tuple[float, float]:
        model, data = float(z[0][0]), float(z[1][0])
        return model * data - model**2 / 2.0, -((data - mean + response * model) ** 2) / 2.0

    allowed = Box([-reach], [reach])
    return ConvexGame(
        sets=(allowed, allowed),
        payoffs=payoffs,
        gradients=lambda z: (z[1] - z[0], mean - response * z[0] - z[1]),
        effects=lambda z: (z[0], response * (mean - response * z[0] - z[1])),
        replies=(
            lambda z: allowed.project(z[1]),
            lambda z: allowed.project(mean - response * z[0]),
        ),
        modulus=max(0.0, 1.0 - abs(1.0 - response) / 2.0),
    )
