r"""What a model's own deployment does to its data: where retraining ends, and what that costs.

Performative prediction (Perdomo et al. 2020): deploying a model :math:`\theta` makes the data
follow a distribution :math:`\mathcal D(\theta)`. *Retraining* fits each model to the data that the
last one has caused; a *stable* point is one that it leaves alone. The *committed* point is the best
for a learner that takes the answer of the data into account, the Stackelberg leader.

A loss that is :math:`\gamma`-strongly convex and jointly :math:`\beta`-smooth, on data that are
:math:`\epsilon`-sensitive (:math:`W_1(\mathcal D(\theta), \mathcal D(\theta')) \le
\epsilon \|\theta - \theta'\|`), makes retraining a contraction by :math:`\epsilon \beta / \gamma`.
Below 1 it converges; from 1 on it can cycle or diverge. That is a property of fitting to the last
data alone.

The *linear race* shows all of it in closed form: the loss is
:math:`-\theta z + \theta^2 / 2`, and an adversary pulls the mean of z away from the model, from
:math:`\mu` to :math:`\mu - a \theta`. The *response* a is 0 for data that do not react, positive
for an adversary, negative for data that follow the model.

References
----------
.. [1] J. C. Perdomo, T. Zrnic, C. Mendler-Duenner, M. Hardt, "Performative prediction", ICML 2020,
   theorems 3.5 and 4.3.
"""

from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, counts, numbers


def contraction_factor(
    sensitivity: ArrayLike, smoothness: ArrayLike, convexity: ArrayLike
) -> Array:
    r"""Factor by which one retraining brings two models closer, at most.

    .. math:: \frac{\epsilon \beta}{\gamma}

    Below 1, retraining converges to the one stable point.

    Parameters
    ----------
    sensitivity
        Sensitivity :math:`\epsilon` of the data to the model.
    smoothness
        Smoothness :math:`\beta` of the loss in the model and the data.
    convexity
        Strong convexity :math:`\gamma` of the loss in the model, positive.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> float(contraction_factor(sensitivity=0.2, smoothness=2.0, convexity=1.0))
    0.4
    """
    sensitivity = numbers("sensitivity", sensitivity, "[0, inf)")
    smoothness = numbers("smoothness", smoothness, "[0, inf)")
    return sensitivity * smoothness / numbers("convexity", convexity, "(0, inf)")


def stability_gap_bound(
    sensitivity: ArrayLike, lipschitz: ArrayLike, convexity: ArrayLike
) -> Array:
    r"""Largest distance between a stable point and the committed point.

    .. math:: \|\theta_{committed} - \theta_{stable}\| \le \frac{2 L \epsilon}{\gamma}

    Parameters
    ----------
    sensitivity
        Sensitivity :math:`\epsilon` of the data to the model.
    lipschitz
        Lipschitz constant L of the loss in the data.
    convexity
        Strong convexity :math:`\gamma` of the loss in the model, positive.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> float(stability_gap_bound(sensitivity=0.25, lipschitz=1.0, convexity=2.0))
    0.25
    """
    return 2.0 * contraction_factor(sensitivity, lipschitz, convexity)


def expected_loss(model: ArrayLike, mean: ArrayLike, response: ArrayLike) -> Array:
    r"""Loss of a deployed model on the data that it causes, in the linear race.

    .. math:: -\theta (\mu - a \theta) + \tfrac12 \theta^2

    Parameters
    ----------
    model
        Deployed model :math:`\theta`.
    mean
        Mean :math:`\mu` of the data when the model is 0.
    response
        Response a of the data.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> float(expected_loss(0.5, mean=1.0, response=1.0))
    -0.125
    """
    model = numbers("model", model, "(-inf, inf)")
    mean = numbers("mean", mean, "(-inf, inf)")
    response = numbers("response", response, "(-inf, inf)")
    return -model * (mean - response * model) + model**2 / 2.0


def stable_point(mean: ArrayLike, response: ArrayLike) -> Array:
    r"""Model that retraining leaves alone, in the linear race.

    .. math:: \theta_{stable} = \frac{\mu}{1 + a}

    Parameters
    ----------
    mean
        Mean :math:`\mu` of the data when the model is 0.
    response
        Response a of the data, above -1.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> float(stable_point(mean=1.0, response=1.0))
    0.5
    """
    mean = numbers("mean", mean, "(-inf, inf)")
    return mean / (1.0 + numbers("response", response, "(-1, inf)"))


def committed_point(mean: ArrayLike, response: ArrayLike) -> Array:
    r"""Model with the least `expected_loss`, in the linear race.

    .. math:: \theta_{committed} = \frac{\mu}{1 + 2a}

    Parameters
    ----------
    mean
        Mean :math:`\mu` of the data when the model is 0.
    response
        Response a of the data, above -1/2: below, there is no least loss.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(committed_point(mean=1.0, response=1.0)), 4)
    0.3333
    """
    mean = numbers("mean", mean, "(-inf, inf)")
    return mean / (1.0 + 2.0 * numbers("response", response, "(-0.5, inf)"))


def price_of_racing(response: ArrayLike) -> Array:
    r"""How many times more commitment gains than retraining until it is stable.

    .. math:: \frac{-\mathrm{loss}(\theta_{committed})}{-\mathrm{loss}(\theta_{stable})}
              = \frac{(1 + a)^2}{1 + 2a} = 1 + \frac{a^2}{1 + 2a}

    in the linear race, where the gain is the amount by which the loss lies below that of the
    model 0, for any mean but 0. It is 1 only when the data do not react.

    Parameters
    ----------
    response
        Response a of the data, above -1/2.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(price_of_racing(1.0)), 4)
    1.3333
    """
    response = numbers("response", response, "(-0.5, inf)")
    return 1.0 + response**2 / (1.0 + 2.0 * response)


def retraining_factor(response: ArrayLike, step: ArrayLike = 1.0) -> Array:
    r"""Factor on the distance to the stable point at each retraining, in the linear race.

    .. math:: 1 - \eta (1 + a)

    Full retraining, :math:`\eta = 1`, has the factor -a: it converges when \|a\| < 1, alternates
    between two models at a = 1, and diverges above. Smaller steps converge for every
    a < 2 / :math:`\eta` - 1.

    Parameters
    ----------
    response
        Response a of the data.
    step
        Length :math:`\eta` of the gradient step that each retraining takes, positive; 1 fits the
        last data exactly.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> retraining_factor([0.5, 1.0, 3.0]).tolist()
    [-0.5, -1.0, -3.0]
    >>> round(float(retraining_factor(3.0, step=0.2)), 4)
    0.2
    """
    response = numbers("response", response, "(-inf, inf)")
    return 1.0 - numbers("step", step, "(0, inf)") * (1.0 + response)


def retrained_model(
    initial: ArrayLike,
    mean: ArrayLike,
    response: ArrayLike,
    retrainings: ArrayLike,
    step: ArrayLike = 1.0,
) -> Array:
    r"""Model after t retrainings, in the linear race.

    .. math:: \theta_t = \theta_{stable} + \left(1 - \eta (1 + a)\right)^t
              (\theta_0 - \theta_{stable})

    Parameters
    ----------
    initial
        First model :math:`\theta_0`.
    mean
        Mean :math:`\mu` of the data when the model is 0.
    response
        Response a of the data, above -1.
    retrainings
        Number t of retrainings.
    step
        Length :math:`\eta` of the gradient step that each retraining takes, positive.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> retrained_model(0.0, mean=1.0, response=1.0, retrainings=[0, 1, 2, 3]).tolist()
    [0.0, 1.0, 0.0, 1.0]
    """
    initial = numbers("initial", initial, "(-inf, inf)")
    rest = stable_point(mean, response)
    factor = retraining_factor(response, step)
    return rest + factor ** counts("retrainings", retrainings, "[0, inf)") * (initial - rest)
