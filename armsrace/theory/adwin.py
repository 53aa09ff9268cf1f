r"""When ADWIN notices that the mean of a bounded stream has changed.

ADWIN (Bifet and Gavalda 2007) keeps the longest recent window of values in [0, 1] whose parts look
alike: wherever the means of an older part of :math:`n_0` values and a newer part of :math:`n_1`
values differ by `cut` or more, the older part is dropped. For an adversary this is the resolution
of the detector: a drift whose parts never differ by that much is not seen.

References
----------
.. [1] A. Bifet, R. Gavalda, "Learning from time-changing data with adaptive windowing", SDM 2007.
"""

import numpy as np
from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, count, counts, number, numbers


def cut(older: ArrayLike, newer: ArrayLike, significance: ArrayLike) -> Array:
    r"""Difference of the means of two windows from which ADWIN drops the older one.

    .. math:: \epsilon = \sqrt{\frac{1}{2m} \ln \frac{4 n}{\delta}}, \qquad
              \frac1m = \frac1{n_0} + \frac1{n_1}, \qquad n = n_0 + n_1

    for values in [0, 1]; at most a share :math:`\delta` of windows without a change is cut.

    Parameters
    ----------
    older, newer
        Numbers n_0 and n_1 of values in the two windows.
    significance
        Probability :math:`\delta` of a cut without a change, in (0, 1).

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(float(cut(1000, 94, significance=0.1)), 4)
    0.2494
    """
    older = counts("older", older, "[1, inf)")
    newer = counts("newer", newer, "[1, inf)")
    significance = numbers("significance", significance, "(0, 1)")
    inverse = 1.0 / older + 1.0 / newer
    return np.sqrt(inverse / 2.0 * np.log(4.0 * (older + newer) / significance))


def guaranteed_window(shift: float, older: int, significance: float) -> float:
    r"""Fewest new values after which a shift of the mean is cut with probability 1 - delta.

    The guarantee (theorem 3.1 of the paper) holds as soon as the shift is at least twice `cut`,
    which falls with the newer part up to :math:`n_1 = n_0 \ln(4 n / \delta)` and rises, slowly,
    beyond.

    Parameters
    ----------
    shift
        Change of the mean, in (0, 1].
    older
        Number :math:`n_0` of values before the change.
    significance
        Probability :math:`\delta`, in (0, 1).

    Returns
    -------
    float
        Values, a whole number; ``inf`` when the older part is too short for any guarantee.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> [guaranteed_window(shift, older=1000, significance=0.1) for shift in (0.2, 0.3, 0.5)]
    [1339.0, 319.0, 94.0]
    """
    shift = number("shift", shift, "(0, 1]")
    older = count("older", older, "[1, inf)")
    significance = number("significance", significance, "(0, 1)")

    def seen(newer: int) -> bool:
        return 2.0 * float(cut(older, newer, significance)) <= shift

    high = _most_sensitive(older, significance)
    if not seen(high):
        return np.inf
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return float(high)


def _most_sensitive(older: int, significance: float) -> int:
    """Return the length of the newer part at which the cut is smallest."""
    newer = float(older)
    for _ in range(60):  # a contraction by a factor below 1/2: n_1 > n_0 throughout
        newer = older * float(np.log(4.0 * (older + newer) / significance))
    lengths = np.array([np.floor(newer), np.ceil(newer)])
    return int(lengths[np.argmin(cut(older, lengths, significance))])
