"""Where poison may lie: the points that sphere, slab and box leave open, and the worst of them.

A filter leaves the adversary a `Region` for each label: a *sphere* around the mean of the class, a
*slab* around the same mean (the distance along the line through the two class means), and the box
in which rows lie at all. A linear function over a region, and the distance to it, are optimized
exactly; so the point that a linear classifier gets most wrong is at hand (`worst_point`), and with
it a bound on every attack (`certified_loss`; `armsrace.theory.poisoning_bound`
gives the argument, and closed forms where there is no box).

Labels are booleans, True for malicious; in formulas y = 1 stands for it and y = -1 for honest.

References
----------
Steinhardt, J., Koh, P. W., Liang, P. (2017). Certified defenses for data poisoning attacks.
NeurIPS, sections 2 and 3.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.attacks.poison.margin_losses import MarginLoss
from armsrace.attacks.poison.region import Region, finite, inside

Array = NDArray[np.float64]


def regions(
    rows: ArrayLike,
    labels: ArrayLike,
    *,
    sphere: float = 0.95,
    slab: float | None = 0.95,
    lower: ArrayLike = -np.inf,
    upper: ArrayLike = np.inf,
) -> tuple[Region, Region]:
    """What sphere and slab filters, calibrated on clean rows, leave open for either label.

    Parameters
    ----------
    rows, labels
        Clean rows, shape (n, d), and their labels, shape (n,), of both classes.
    sphere, slab
        Share of a class's clean rows that its filter keeps, in (0, 1]; None for no slab.
    lower, upper
        The box in which rows lie.

    Returns
    -------
    tuple of Region and Region
        For honest and for malicious points.

    Raises
    ------
    ValueError
        When a class is missing, or a share is out of range.

    Examples
    --------
    >>> honest, malicious = regions([[0.0], [2.0], [5.0], [9.0]], [0, 0, 1, 1], sphere=1.0)
    >>> honest.center.tolist(), honest.radius, malicious.center.tolist(), malicious.radius
    ([1.0], 1.0, [7.0], 2.0)
    """
    clean, signs = labeled(rows, labels)
    inside("sphere", sphere, 0 < sphere <= 1, "(0, 1]")
    if slab is not None:
        inside("slab", slab, 0 < slab <= 1, "(0, 1]")
    classes = [clean[signs == sign] for sign in (-1.0, 1.0)]
    for name, members in zip(("honest (0)", "malicious (1)"), classes, strict=True):
        if not len(members):
            raise ValueError(f"rows must hold both classes, got no {name} row")
    centers = [members.mean(axis=0) for members in classes]
    between = centers[1] - centers[0]
    parted = bool(np.linalg.norm(between) > 0)
    found = []
    for members, center in zip(classes, centers, strict=True):
        away = members - center
        radius = float(np.quantile(np.linalg.norm(away, axis=1), sphere))
        width = np.inf
        if slab is not None and parted:
            along = np.abs(away @ between) / np.linalg.norm(between)
            width = float(np.quantile(along, slab))
        # Rounding can put the mean of a constant column a hair outside its box.
        middle = np.clip(center, lower, upper)
        scale = float(np.abs(clean).max(initial=1.0))
        found.append(
            Region(
                middle,
                # A class of equal rows has a sphere of no size: only a hair around its center.
                radius=max(radius, 1e-12 * scale),
                axis=between if slab is not None and parted else None,
                width=max(width, 1e-12 * scale),
                lower=lower,
                upper=upper,
            )
        )
    return found[0], found[1]


def worst_point(
    weights: ArrayLike, intercept: float, filtered: tuple[Region, Region]
) -> tuple[Array, bool, float]:
    """The point that a linear classifier gets most wrong, among those that pass the filters.

    Parameters
    ----------
    weights, intercept
        The classifier, shape (d,) and a number.
    filtered
        Regions for honest and malicious points.

    Returns
    -------
    tuple of Array, bool and float
        The point, its label, and a lower bound on the margin of any point of the regions, which
        this one attains to rounding.

    Examples
    --------
    For a sphere the least margin is y (w . mean + b) - r ||w||:

    >>> ball = Region([1.0, 0.0], radius=2.0)
    >>> point, label, margin = worst_point([3.0, 4.0], 0.5, (ball, Region([5.0, 5.0], radius=1.0)))
    >>> label, round(margin, 9)
    (False, -13.5)
    """
    w = finite("weights", weights)
    candidates = []
    for label, region in zip((False, True), filtered, strict=True):
        sign = 1.0 if label else -1.0
        point, reach = region.extreme(-sign * w)
        candidates.append((point, label, sign * intercept - reach))
    return min(candidates, key=lambda candidate: candidate[2])


def certified_loss(
    weights: ArrayLike,
    intercept: float,
    rows: ArrayLike,
    labels: ArrayLike,
    points: int,
    filtered: tuple[Region, Region],
    *,
    loss: MarginLoss,
    ridge: float = 0.0,
) -> float:
    """No attack by so many points makes the learner's least objective larger than this.

    The learner minimizes the sum of the losses of clean rows and poison plus ``ridge / 2 |w|^2``,
    possibly over weights of bounded length; the objective is that sum divided by the number of
    clean rows. The bound holds for any weights that are open to the learner; good ones make it
    tight.

    Parameters
    ----------
    weights, intercept
        Where to evaluate the bound, shape (d,) and a number.
    rows, labels
        Clean rows, shape (n, d), and their labels, shape (n,).
    points
        Number m of poison points, at least 0.
    filtered
        Where they may lie when labeled honest and malicious.
    loss
        A decreasing loss.
    ridge
        Penalty on the weights, at least 0.

    Raises
    ------
    ValueError
        When the loss is not decreasing, or another argument is out of range.

    Examples
    --------
    At weights 0 each of 2 clean rows and 1 point costs 1, whatever the region:

    >>> from armsrace.attacks.poison.margin_losses import Hinge
    >>> anywhere = (Region([0.0], radius=1.0), Region([0.0], radius=1.0))
    >>> certified_loss([0.0], 0.0, [[1.0], [-1.0]], [1, 0], 1, anywhere, loss=Hinge())
    1.5
    """
    clean, signs = labeled(rows, labels)
    check_decreasing(loss)
    inside("points", points, points >= 0, "[0, inf)")
    inside("ridge", ridge, 0 <= ridge < np.inf, "[0, inf)")
    w = finite("weights", weights)
    total = float(loss.value(signs * (clean @ w + intercept)).sum()) + 0.5 * ridge * float(w @ w)
    if points:
        margin = worst_point(w, intercept, filtered)[2]
        total += points * float(loss.value(np.array(margin)))
    return total / len(clean)


def labeled(rows: ArrayLike, labels: ArrayLike) -> tuple[Array, Array]:
    """Rows as numbers, and labels 0 and 1 as signs -1 and 1.

    Raises
    ------
    ValueError
        When the shapes disagree, there is no row, or a label is neither 0 nor 1.

    Examples
    --------
    >>> labeled([[0.5], [1.0]], [0, 1])[1].tolist()
    [-1.0, 1.0]
    """
    matrix = finite("rows", rows)
    given = np.asarray(labels)
    if matrix.ndim != 2 or not len(matrix) or given.shape != (len(matrix),):
        raise ValueError(
            "rows and labels must have shapes (n, d) and (n,) with n at least 1, "
            f"got {matrix.shape} and {given.shape}"
        )
    if not np.isin(given, (0, 1)).all():
        raise ValueError(f"labels must be 0 (honest) or 1 (malicious), got {np.unique(given)[:5]}")
    return matrix, np.where(given.astype(bool), 1.0, -1.0)


def check_decreasing(loss: MarginLoss) -> None:
    """Refuse a loss that is not worst at the least margin.

    Raises
    ------
    ValueError
        When a larger margin can cost more.
    """
    if not loss.decreasing:
        raise ValueError(f"loss must be decreasing in the margin, got {loss!r}; use SquaredHinge()")
