"""The dynamic threshold of Nelson et al. (2008): cutoffs that follow the scores."""

import numpy as np
from numpy.typing import ArrayLike

from armsrace.models.inputs import check_both_classes, malicious


def dynamic_cutoffs(
    scores: ArrayLike, labels: ArrayLike, *, g: tuple[float, float] = (0.05, 0.95)
) -> tuple[float, float]:
    """Ham and spam cutoff fitted to the scores of labeled mails that the filter has not learned.

    At a threshold t, let g(t) = N_S(t) / (N_S(t) + N_H(t)), where N_S(t) counts the spam scoring
    below t and N_H(t) the ham scoring above. It rises from 0 to 1. The ham cutoff is the highest
    threshold with g(t) <= g[0], the spam cutoff the lowest with g(t) >= g[1]. An attack that lifts
    all scores lifts both cutoffs.

    g is constant between neighboring scores (0 and 1 counted among them), so the candidates are the
    middles of these gaps, and 1, which counts as above every score; so equal scores stay together.
    Where no spam is below and no ham above, g is 0/0: such a t makes no error and serves as either
    cutoff, so classes that the scores separate get one common cutoff and no mail is unsure. When
    the lowest gap already has too much spam below it (spam of score 0), the ham cutoff is 0.

    Parameters
    ----------
    scores
        Spamminess in [0, 1], shape (n,), say of one half of the mails after learning the other.
    labels
        Their classes, shape (n,), 1 for spam; both must occur.
    g
        The values of g at the ham and at the spam cutoff, 0 <= g[0] <= g[1] <= 1.

    Returns
    -------
    The ham and the spam cutoff, as `SpamBayes.with_cutoffs` takes them.

    Raises
    ------
    ValueError
        When scores are outside [0, 1], shapes disagree, a class is missing, or g is out of order.

    References
    ----------
    Nelson, B. et al. (2008). Exploiting machine learning to subvert your spam filter. LEET: the
    dynamic threshold defense.

    Examples
    --------
    >>> dynamic_cutoffs([0.1, 0.3, 0.7, 0.9], [0, 0, 1, 1])
    (0.5, 0.5)
    >>> dynamic_cutoffs([0.25, 0.75, 0.5, 1.0], [0, 0, 1, 1])
    (0.375, 0.875)
    """
    given = np.asarray(scores, dtype=np.float64)
    if given.ndim != 1 or not ((given >= 0) & (given <= 1)).all():
        raise ValueError("scores must be a vector of numbers in [0, 1]; use decision_function")
    if not 0 <= g[0] <= g[1] <= 1:
        raise ValueError(f"g must satisfy 0 <= g[0] <= g[1] <= 1, got {g}")
    spam = malicious(labels, len(given))
    check_both_classes(spam)
    levels = np.unique(np.concatenate(([0.0], given, [1.0])))
    upper = np.append(levels[1:], 1.0)
    middles = levels + (upper - levels) / 2
    # Between neighboring floats there is no middle; the lower level parts them as well.
    thresholds = np.where(middles < upper, middles, levels)
    spam_below = np.searchsorted(np.sort(given[spam]), levels, side="right")
    ham_up_to = np.searchsorted(np.sort(given[~spam]), levels, side="right")
    errors = spam_below + np.count_nonzero(~spam) - ham_up_to
    share = np.full(len(levels), np.nan)
    np.divide(spam_below, errors, out=share, where=errors > 0)
    # Put the other way round, the conditions hold where the share is 0/0, not a number.
    low = np.flatnonzero(~(share > g[0]))
    high = np.flatnonzero(~(share < g[1]))
    return float(thresholds[low[-1]]) if len(low) else 0.0, float(thresholds[high[0]])
