r"""What a sphere accepts of normal rows, and where the accepted ones lie.

Rows x are normal around their mean, with the standard deviation :math:`\sigma` in each of d
directions. A sphere of radius 1 has its center c at the *offset* e from that mean. With F_k the
distribution function of the noncentral chi-square law with k degrees of freedom and the
noncentrality :math:`|e|^2 / \sigma^2`, taken at :math:`1 / \sigma^2`, and a any unit vector,

.. math:: P(|x - c| \le 1) &= F_d \\
          E[1_{|x - c| \le 1} (x - c)] &= -F_{d+2} \, e \\
          E[1_{|x - c| \le 1} ((x - c) \cdot a)^2] &= \sigma^2 F_{d+2} + F_{d+4} (e \cdot a)^2.

So the rows that are accepted pull the center towards their mean with the share F_{d+2} of the way,
which is less than their number F_d: the rows farthest ahead are the ones that are lost. A center
that is far enough off is pulled no more.

Derived here, by differentiating the first line by e once and twice: the noncentral chi-square law
has :math:`\partial F_k / \partial \lambda = (F_{k+2} - F_k) / 2`.
"""

import numpy as np
from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, count, number, numbers


def accepted_share(offset: ArrayLike, features: int, spread: float) -> Array:
    """Share F_d of the rows that is accepted.

    In two more directions it is the factor F_{d+2}, in four F_{d+4}.

    Parameters
    ----------
    offset
        Distance of the center from the mean of the rows, in radii.
    features
        Number d of directions, at least 1.
    spread
        Standard deviation in each direction, in radii. At 0 all rows lie at their mean.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> accepted_share([0.0, 0.5, 1.0], features=9, spread=0.2).round(4).tolist()
    [0.997, 0.9179, 0.2105]
    """
    offset = numbers("offset", offset, "[0, inf)")
    features = count("features", features, "[1, inf)")
    spread = number("spread", spread, "[0, inf)")
    if spread == 0.0:
        return (offset <= 1.0).astype(np.float64)
    from scipy.special import chndtr

    noncentrality = (offset / spread) ** 2
    # scipy errs by up to .2 where the noncentrality is subnormal.
    noncentrality = np.where(noncentrality < 1e-300, 0.0, noncentrality)[()]
    share: Array = chndtr(spread**-2, features, noncentrality)
    return share


def accepted_moments(offset: ArrayLike, features: int, spread: float) -> tuple[Array, Array, Array]:
    """Share of the rows that is accepted, and the two factors of its moments.

    Parameters
    ----------
    offset
        Distance of the center from the mean of the rows, in radii.
    features
        Number d of directions, at least 1.
    spread
        Standard deviation in each direction, in radii. At 0 all rows lie at their mean.

    Returns
    -------
    tuple of Array
        F_d, F_{d+2} and F_{d+4}, each of the shape of the offset.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    A center one radius off accepts next to nothing in many dimensions, and nearly half in two:

    >>> [round(float(share), 4) for share in accepted_moments(1.0, features=57, spread=0.115)]
    [0.0007, 0.0004, 0.0003]
    >>> [round(float(share), 4) for share in accepted_moments(1.0, features=2, spread=0.115)]
    [0.477, 0.4314, 0.3866]
    """
    return (
        accepted_share(offset, features, spread),
        accepted_share(offset, features + 2, spread),
        accepted_share(offset, features + 4, spread),
    )


def sure_offsets(features: int, spread: float) -> tuple[float, float]:
    """Offsets up to which all rows are accepted, and from which on none is.

    But for a share of less than 1e-17, as no row lies more than 9 standard deviations off. Beyond
    them F_{d+2} and F_{d+4} are 1 or 0 but for less than 1e-13.

    Parameters
    ----------
    features
        Number d of directions, at least 1.
    spread
        Standard deviation in each direction, in radii.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> sure_offsets(features=16, spread=0.0625)
    (0.1875, 1.5625)
    """
    features = count("features", features, "[1, inf)")
    spread = number("spread", spread, "[0, inf)")
    nearest = 1.0 - spread * (float(np.sqrt(features)) + 9.0)
    return max(0.0, nearest), 1.0 + 9.0 * spread
