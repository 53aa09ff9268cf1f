r"""Classification as a game of one move each: the cheapest camouflage, and the answer to it.

Dalvi et al. (2004): rows x have finitely many kinds of value in each feature. The *classifier* says
malicious when the log odds LO(x) of its naive Bayes model, a sum over the features, exceed the
threshold

.. math:: LT = \log \frac{U(-, -) - U(+, -)}{U(+, +) - U(-, +)},

U(said, is) being its utilities. The *adversary* sees a malicious row that is caught and may change
it to x' at the cost :math:`\sum_i W_i(x_i, x'_i)`; it takes the cheapest x' that passes, its
*minimum-cost camouflage*, and only when that costs less than passing is worth. Features are changed
one by one, and a change lowers the log odds by an amount of its own: a knapsack in which one value
a feature is chosen, exact in time O(d v C) where d features have v values each and costs are whole
numbers up to C.

A classifier that knows the adversary answers with the posterior in which a malicious row counts
where its camouflage has put it. That answer is best against *this* adversary only: the next one
answers again, and repeated answers need not come to rest.

References
----------
.. [1] N. Dalvi, P. Domingos, Mausam, S. Sanghai, D. Verma, "Adversarial classification", KDD 2004,
   sections 3 to 5.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.theory._checks import Array, counts, distribution, number, numbers


def log_odds_threshold(
    true_positive: float, false_positive: float, true_negative: float, false_negative: float
) -> float:
    """Log odds above which saying malicious is worth more.

    Parameters
    ----------
    true_positive, false_positive, true_negative, false_negative
        The classifier's utility of each outcome; being right must be worth more than being wrong.

    Raises
    ------
    ValueError
        When being wrong is worth as much as being right.

    Examples
    --------
    Blocking a honest mail is ten times as bad as letting a spam mail through:

    >>> round(log_odds_threshold(1.0, -10.0, 1.0, -0.1), 6)
    2.302585
    """
    values = {
        "true_positive": true_positive,
        "false_positive": false_positive,
        "true_negative": true_negative,
        "false_negative": false_negative,
    }
    u = {name: number(name, value, "(-inf, inf)") for name, value in values.items()}
    for right, wrong in (
        ("true_negative", "false_positive"),
        ("true_positive", "false_negative"),
    ):
        if u[right] <= u[wrong]:
            raise ValueError(f"{right} must exceed {wrong}, got {u[right]:g} and {u[wrong]:g}")
    honest = u["true_negative"] - u["false_positive"]
    malicious = u["true_positive"] - u["false_negative"]
    return float(np.log(honest / malicious))


def minimum_cost_camouflage(
    lowered: ArrayLike, costs: ArrayLike, gap: float
) -> tuple[float, NDArray[np.intp]]:
    """The cheapest changes that lower the log odds by a gap, one value a feature.

    Parameters
    ----------
    lowered
        By how much each value of each feature lowers the log odds, shape (d, v).
    costs
        What each costs, whole numbers, shape (d, v); a feature's present value is free and lowers
        nothing. What cannot be done is infinitely dear.
    gap
        By how much the log odds must fall, at least.

    Returns
    -------
    :
        The least cost, infinite when nothing suffices; and the value of each feature, shape (d,),
        of its free one where nothing suffices.

    Raises
    ------
    ValueError
        When shapes disagree, a cost is negative or no whole number, or a feature has no free value
        that lowers nothing.

    Examples
    --------
    Two features with values 0 (the present one), 1 and 2:

    >>> cost, values = minimum_cost_camouflage([[0, 1, 3], [0, 2, 2.5]], [[0, 1, 4], [0, 2, 3]], 3)
    >>> cost, values.tolist()
    (3.0, [1, 1])
    """
    falls = numbers("lowered", lowered, "(-inf, inf)")
    prices = numbers("costs", costs, "[0, inf]")
    finite = np.isfinite(prices)
    counts("costs", prices[finite], "[0, inf)")
    needed = number("gap", gap, "(-inf, inf)")
    if falls.ndim != 2 or falls.shape != prices.shape:
        raise ValueError(
            f"lowered and costs must have one shape (d, v), got {falls.shape} and {prices.shape}"
        )
    free = (falls == 0.0) & (prices == 0.0)
    if not free.any(axis=1).all():
        raise ValueError(
            "every feature must have a free value that lowers nothing: its present one"
        )
    dearest = int(np.where(finite, prices, 0.0).max(axis=1).sum())
    # most[i, c]: by how much the first i features lower the log odds for a cost of c in all.
    most = np.full((len(falls) + 1, dearest + 1), -np.inf)
    most[0, 0] = 0.0
    chosen = np.zeros((len(falls), dearest + 1), dtype=np.intp)
    for i, (fall, price) in enumerate(zip(falls, prices, strict=True)):
        for value in np.flatnonzero(np.isfinite(price)):
            paid = int(price[value])
            reached = np.full(dearest + 1, -np.inf)
            reached[paid:] = most[i, : dearest + 1 - paid] + fall[value]
            better = reached > most[i + 1]
            most[i + 1, better], chosen[i, better] = reached[better], value
    enough = np.flatnonzero(most[-1] >= needed - 1e-12)
    if not len(enough):
        return np.inf, np.argmax(free, axis=1)
    cost = spent = int(enough[0])
    values = np.zeros(len(falls), dtype=np.intp)
    for i in reversed(range(len(falls))):
        values[i] = chosen[i, spent]
        spent -= int(prices[i, values[i]])
    return float(cost), values


def posterior_after_camouflage(
    honest: ArrayLike, malicious: ArrayLike, camouflage: ArrayLike, prior: float
) -> Array:
    """Probability that each kind of row is malicious once malicious rows are camouflaged.

    Parameters
    ----------
    honest, malicious
        Probability of each kind of row in its class, shape (n,).
    camouflage
        The kind that each malicious one is turned into, shape (n,); its own when it stays.
    prior
        Probability of a malicious row, in [0, 1].

    Returns
    -------
    Array
        Shape (n,); where no row can come from, the prior.

    Raises
    ------
    ValueError
        When shapes disagree or the camouflage names no kind.

    Examples
    --------
    >>> posterior_after_camouflage([0.9, 0.1], [0.2, 0.8], [0, 0], prior=0.5).round(3).tolist()
    [0.526, 0.0]
    """
    good, bad = distribution("honest", honest), distribution("malicious", malicious)
    turned = counts("camouflage", camouflage, "[0, inf)").astype(np.intp)
    share = number("prior", prior, "[0, 1]")
    if good.ndim != 1 or good.shape != bad.shape or turned.shape != good.shape:
        raise ValueError(
            "honest, malicious and camouflage must have one shape (n,), "
            f"got {good.shape}, {bad.shape} and {turned.shape}"
        )
    if (turned >= len(good)).any():
        raise ValueError(f"camouflage must name kinds below {len(good)}, got {turned.max()}")
    moved = np.bincount(turned, weights=bad, minlength=len(good))
    weight = share * moved + (1 - share) * good
    with np.errstate(invalid="ignore"):
        return np.where(weight > 0, share * moved / weight, share)
