"""What tokens say of a mail, by Robinson's scores and Fisher's test; `spambayes` has the formulas.

All functions take the scores f of many tokens, or what follows from them, at once.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc

_DECIMALS: Final = 12  # to which deviations are compared


def token_scores(
    spam_counts: NDArray[np.int64],
    ham_counts: NDArray[np.int64],
    spam_total: int,
    ham_total: int,
    *,
    prior: float,
    strength: float,
) -> NDArray[np.float64]:
    """Scores f of tokens that so many of so many spam and ham mails have, shape (d,)."""
    spam_share, ham_share = spam_counts / spam_total, ham_counts / ham_total
    seen = spam_counts + ham_counts
    relative = np.zeros(len(seen))
    np.divide(spam_share, spam_share + ham_share, out=relative, where=seen > 0)
    scores: NDArray[np.float64] = strength * prior + seen * relative
    return scores / (strength + seen)


def deviations(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far scores are from 1/2, rounded so that equal ones are equal; same shape."""
    rounded: NDArray[np.float64] = np.abs(scores - 0.5).round(_DECIMALS)
    return rounded


def spamminess(
    telling: NDArray[np.number[Any]], as_spam: NDArray[np.float64], as_ham: NDArray[np.float64]
) -> NDArray[np.float64]:
    """I of mails, from their number of telling tokens and the sums of -log f and -log(1 - f)."""
    # Q(z) = gammaincc(n, z/2); where no token tells, both sums are 0 and both tails 1.
    pairs = np.maximum(telling, 1)
    found: NDArray[np.float64] = (1 + gammaincc(pairs, as_spam) - gammaincc(pairs, as_ham)) / 2
    return found


def spamminess_by_each(
    absent: NDArray[np.float64],
    present: NDArray[np.float64],
    learned: NDArray[np.bool_],
    judged: NDArray[np.bool_],
    *,
    minimum_deviation: float,
    max_tokens: int,
) -> NDArray[np.float64]:
    """I of the mails `judged` by models whose f depends on whether `learned` has a token.

    Shapes: f (d,) each, learned (m, d), judged (n, d); the answer is (m, n).
    """
    both = np.stack([absent, present])
    deviation = deviations(both)
    telling = deviation >= minimum_deviation
    says = np.stack([np.ones_like(both), -np.log(both), -np.log1p(-both)]) * telling
    # Number of telling tokens and the two sums of logarithms, shape (3, m, n).
    sums = np.where(learned, says[:, 1:], says[:, :1]) @ judged.T.astype(np.float64)
    for mail in np.flatnonzero((sums[0] > max_tokens).any(axis=0)):
        # Rank its tokens, each as present and as absent; of these two a model has one.
        tokens = np.flatnonzero(judged[mail])
        order = np.argsort(-deviation[:, tokens].T.ravel(), kind="stable")
        place, known = np.divmod(order[: telling[:, tokens].sum()], 2)
        has = learned.take(tokens[place], axis=1) == known.astype(bool)
        most = has & (has.cumsum(axis=1) <= max_tokens)
        sums[..., mail] = says[:, known, tokens[place]] @ most.T.astype(np.float64)
    count, as_spam, as_ham = sums
    return spamminess(count, as_spam, as_ham)
