r"""When a dictionary flood makes an innocent word look like spam.

The SpamBayes learner trains on :math:`N_S` spams and :math:`N_H` hams; a token occurs in
:math:`n_S` of the spams and :math:`n_H` of the hams. Its score is Robinson's smoothed estimate,
between 0 (ham) and 1 (spam),

.. math:: f = \frac{s\,x + n P}{s + n}, \qquad n = n_S + n_H, \qquad
          P = \frac{n_S / N_S}{n_S / N_S + n_H / N_H},

with a prior score x = 1/2 of strength s = 0.45. In a *dictionary attack* (Nelson et al. 2008) the
adversary sends mails that contain every token and that are then trained on as spam; k of them turn
:math:`n_S` into :math:`n_S + k` and :math:`N_S` into :math:`N_S + k`. Because x = 1/2, the score
is above 1/2 exactly when the token's share among spams exceeds its share among hams, whatever the
strength; this gives the closed forms below, derived here.

References
----------
.. [1] G. Robinson, "A statistical approach to the spam problem", Linux Journal 107, 2003.
.. [2] B. Nelson et al., "Exploiting machine learning to subvert your spam filter", LEET 2008.
"""

import numpy as np
from numpy.typing import ArrayLike

from armsrace.theory._checks import Array, counts, number, numbers


def token_score(
    spam_count: ArrayLike,
    ham_count: ArrayLike,
    spams: ArrayLike,
    hams: ArrayLike,
    *,
    prior_score: float = 0.5,
    prior_strength: float = 0.45,
) -> Array:
    """Robinson's smoothed score of a token: near 0 for ham, near 1 for spam.

    Parameters
    ----------
    spam_count, ham_count
        Training spams and hams that contain the token.
    spams, hams
        Training spams and hams in all.
    prior_score
        Score x of a token never seen, in [0, 1].
    prior_strength
        Weight s of the prior score, in tokens seen; positive.

    Raises
    ------
    ValueError
        When a count is negative, fractional, or exceeds its total.

    Examples
    --------
    A word in 20 of 5000 hams and in no spam, before and after 101 dictionary mails:

    >>> token_score([0, 101], 20, [5000, 5101], 5000).round(4).tolist()
    [0.011, 0.8307]
    """
    spam_count, spams = _part("spam_count", spam_count, "spams", spams)
    ham_count, hams = _part("ham_count", ham_count, "hams", hams)
    prior_score = number("prior_score", prior_score, "[0, 1]")
    prior_strength = number("prior_strength", prior_strength, "(0, inf)")
    spam_share = spam_count / np.maximum(spams, 1.0)
    ham_share = ham_count / np.maximum(hams, 1.0)
    seen = spam_count + ham_count
    # A token never seen has no share on either side; its weight is 0 then.
    raw = spam_share / np.where(seen > 0.0, spam_share + ham_share, 1.0)
    return (prior_strength * prior_score + seen * raw) / (prior_strength + seen)


def dictionary_flip_count(
    spam_count: ArrayLike, ham_count: ArrayLike, spams: ArrayLike, hams: ArrayLike
) -> Array:
    r"""Threshold k* such that k dictionary mails put a token's score above 1/2 iff k > k*.

    .. math:: k^* = \frac{n_H N_S / N_H - n_S}{1 - n_H / N_H}

    Parameters
    ----------
    spam_count, ham_count
        Training spams and hams that contain the token before the attack.
    spams, hams
        Training spams and hams in all before the attack; at least one ham.

    Returns
    -------
    Array
        Mails, a real number: negative when the token looks like spam already, ``inf`` when it is
        in every ham, so that no flood is enough.

    Raises
    ------
    ValueError
        When a count is negative, fractional, or exceeds its total.

    Examples
    --------
    >>> dictionary_flip_count([0, 2, 10, 0], [20, 100, 500, 5000], 5000, 5000).round(2).tolist()
    [20.08, 100.0, 544.44, inf]
    """
    spam_count, spams = _part("spam_count", spam_count, "spams", spams)
    ham_count, hams = _part("ham_count", ham_count, "hams", numbers("hams", hams, "[1, inf)"))
    missing = hams - ham_count
    with np.errstate(divide="ignore", invalid="ignore"):
        flips = (ham_count * spams - spam_count * hams) / missing
    return np.where(missing == 0.0, np.inf, flips)[()]


def dictionary_reach(
    attack_mails: ArrayLike, spams: ArrayLike, hams: ArrayLike, spam_count: ArrayLike = 0.0
) -> Array:
    r"""Number of hams below which a token's score is above 1/2 after k dictionary mails.

    The inverse of `dictionary_flip_count`: the tokens that k mails turn are those in fewer than

    .. math:: N_H \frac{n_S + k}{N_S + k}

    hams.

    Parameters
    ----------
    attack_mails
        Dictionary mails k that are trained on as spam.
    spams, hams
        Training spams and hams in all before the attack.
    spam_count
        Training spams that contain the token before the attack.

    Raises
    ------
    ValueError
        When a count is negative, fractional, or exceeds its total, or there is no spam at all.

    Examples
    --------
    1 % of an inbox of 10,000 turns every token that occurs in fewer than 2 % of the hams:

    >>> round(float(dictionary_reach(101, spams=5000, hams=5000)), 1)
    99.0
    """
    attack_mails = counts("attack_mails", attack_mails, "[0, inf)")
    spam_count, spams = _part("spam_count", spam_count, "spams", spams)
    hams = counts("hams", hams, "[0, inf)")
    trained = spams + attack_mails
    if np.any(trained == 0.0):
        raise ValueError("spams and attack_mails must not both be 0: there is no spam to train on")
    return hams * (spam_count + attack_mails) / trained


def _part(name: str, part: ArrayLike, whole_name: str, whole: ArrayLike) -> tuple[Array, Array]:
    """Return counts and the totals that they are part of."""
    parts = counts(name, part, "[0, inf)")
    wholes = counts(whole_name, whole, "[0, inf)")
    beyond = parts > wholes
    if np.any(beyond):
        excess, limit = (np.broadcast_to(a, beyond.shape)[beyond][0] for a in (parts, wholes))
        raise ValueError(f"{name} must not exceed {whole_name}, got {excess:g} of {limit:g}")
    return parts, wholes
