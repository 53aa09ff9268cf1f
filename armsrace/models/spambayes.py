r"""SpamBayes: the token-based spam filter of Robinson and Fisher, learning and unlearning exactly.

A mail is the set of its tokens: a row of a 0/1 matrix with one column a token. Of token w the model
knows in how many spam mails, n_S(w) of N_S, and in how many ham mails, n_H(w) of N_H, it occurred.
Its *score* is its relative frequency in spam, drawn towards a prior x of strength s:

    P(w) = (n_S(w) / N_S) / (n_S(w) / N_S + n_H(w) / N_H)
    f(w) = (s x + n(w) P(w)) / (s + n(w)),        n(w) = n_S(w) + n_H(w)

A mail is judged by its most telling tokens: those whose deviation abs(f(w) - 1/2) is at least
``minimum_deviation``, and of these the ``max_tokens`` most deviating. Fisher's method turns n such
tokens into two chi-square tails, Q(z) = P(chi^2_2n >= z), and into the *spamminess* I in [0, 1]:

    H = Q(-2 sum log f(w)),     S = Q(-2 sum log(1 - f(w))),     I = (1 + H - S) / 2

I <= ham_cutoff is ham (0), I > spam_cutoff is spam (1), what lies between is unsure (-1). A mail
without a telling token has I = 1/2.

Deviations are compared after rounding to 12 decimals, and of equal deviations the lower column goes
first. So which tokens judge a mail follows from the counts and the column order alone, not from the
last bit of a quotient.

The state is counts of mails. Learning adds to them and unlearning subtracts, so both are exact: the
same mails in any order and any portions give the same model, bit for bit.

References
----------
Robinson, G. (2003). A statistical approach to the spam problem. Linux Journal 107.
Nelson, B., Barreno, M., Chi, F. J., Joseph, A. D., Rubinstein, B. I. P., Saini, U., Sutton, C.,
    Tygar, J. D., Xia, K. (2008). Exploiting machine learning to subvert your spam filter. LEET.
"""

from typing import Any, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError

from armsrace.models.inputs import (
    Presence,
    check_both_classes,
    column_counts,
    dense,
    malicious,
    ranked_positions,
    read_only,
    shared_copy,
    token_presence,
)
from armsrace.models.token_evidence import (
    deviations,
    spamminess,
    spamminess_by_each,
    token_scores,
)


@final
class SpamBayes(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Robinson-Fisher spam filter that answers ham, spam or unsure; the module has its formulas.

    Parameters
    ----------
    unknown_prior
        x, the score of a token never seen, in (0, 1).
    unknown_strength
        s, how many mails the prior weighs, positive.
    max_tokens
        Largest number of tokens that judge a mail, at least 1.
    minimum_deviation
        Smallest abs(f - 1/2) of a token that takes part, in [0, 1/2].
    ham_cutoff, spam_cutoff
        Borders of the verdict, 0 <= ham_cutoff <= spam_cutoff <= 1. These and all other defaults
        are SpamBayes's own.

    Attributes
    ----------
    token_scores_
        f of every token, shape (d,).
    spam_counts_, ham_counts_
        n_S and n_H of every token, int64, shape (d,).
    spam_total_, ham_total_
        N_S and N_H.
    classes_
        0 and 1; a prediction may also be -1 (unsure), which `score` counts as an error.
    n_features_in_
        d, the number of tokens.

    Notes
    -----
    Rows are 0/1, dense (bool is fastest) or a SciPy sparse matrix; labels are 0/1 or bool, 1 for
    spam. Learning costs O(d log d) and one pass over the new rows, however much was learned before.
    Fitted arrays are read-only.

    Examples
    --------
    Three tokens: *viagra*, *meeting*, *the*.

    >>> mails = [[1, 0, 1], [1, 0, 1], [1, 0, 0], [0, 1, 1], [0, 1, 1], [0, 1, 0]]
    >>> model = SpamBayes().fit(mails, [1, 1, 1, 0, 0, 0])
    >>> model.token_scores_.round(3).tolist()
    [0.935, 0.065, 0.5]
    >>> model.predict([[1, 0, 1], [0, 1, 0], [1, 1, 1]]).tolist()
    [1, 0, -1]

    Spam that contains every token makes the honest ones suspect:

    >>> flooded = model.updated([[1, 1, 1]] * 6, [1] * 6)
    >>> flooded.predict([[0, 1, 0]]).tolist(), model.predict([[0, 1, 0]]).tolist()
    ([-1], [0])
    """

    classes_: NDArray[np.int8]
    n_features_in_: int
    spam_total_: int
    ham_total_: int
    spam_counts_: NDArray[np.int64]
    ham_counts_: NDArray[np.int64]
    token_scores_: NDArray[np.float64]

    def __init__(
        self,
        *,
        unknown_prior: float = 0.5,
        unknown_strength: float = 0.45,
        max_tokens: int = 150,
        minimum_deviation: float = 0.1,
        ham_cutoff: float = 0.20,
        spam_cutoff: float = 0.90,
    ) -> None:
        self.unknown_prior = unknown_prior
        self.unknown_strength = unknown_strength
        self.max_tokens = max_tokens
        self.minimum_deviation = minimum_deviation
        self.ham_cutoff = ham_cutoff
        self.spam_cutoff = spam_cutoff

    def fit(self, X: ArrayLike | csr_array, y: ArrayLike) -> Self:
        """Forget everything and learn these mails.

        Parameters
        ----------
        X
            Token presence, shape (n, d).
        y
            Labels, shape (n,), 1 for spam; both classes must occur.

        Raises
        ------
        ValueError
            When a parameter is out of range, a value is neither 0 nor 1, shapes disagree, or a
            class is missing.
        """
        self._check_parameters()
        rows = token_presence(X)
        spam = malicious(y, rows.shape[0])
        check_both_classes(spam)
        self.classes_ = np.array([0, 1], dtype=np.int8)
        self.n_features_in_ = int(rows.shape[1])
        self.spam_total_ = self.ham_total_ = 0
        self.spam_counts_ = self.ham_counts_ = np.zeros(self.n_features_in_, dtype=np.int64)
        self._count(rows, spam, 1)
        return self

    def partial_fit(self, X: ArrayLike | csr_array, y: ArrayLike) -> Self:
        """Learn these mails on top of what is known; the first call is `fit`.

        Parameters
        ----------
        X
            Token presence, shape (m, d); after the first call m may be 0.
        y
            Labels, shape (m,), 1 for spam; after the first call one class will do.

        Raises
        ------
        ValueError
            As for `fit`, and when the width is not that of the first mails.
        """
        if not self._is_fitted():
            return self.fit(X, y)
        rows = self._known(X)
        self._count(rows, malicious(y, rows.shape[0]), 1)
        return self

    def updated(self, X: ArrayLike | csr_array, y: ArrayLike) -> Self:
        """Return a new model that has learned these mails as well; this one stays as it is.

        Parameters
        ----------
        X
            Token presence, shape (m, d); m may be 0.
        y
            Labels, shape (m,), 1 for spam.

        Raises
        ------
        ValueError
            When a value is neither 0 nor 1 or shapes disagree; NotFittedError before `fit`.
        """
        rows = self._known(X)
        model = shared_copy(self)
        model._count(rows, malicious(y, rows.shape[0]), 1)
        return model

    def downdated(self, X: ArrayLike | csr_array, y: ArrayLike) -> Self:
        """Return a new model that has never learned these mails; this one stays as it is.

        Parameters
        ----------
        X
            Token presence, shape (m, d), of mails that were learned.
        y
            The labels they were learned with, shape (m,).

        Raises
        ------
        ValueError
            As for `updated`, and when the model cannot have learned these mails, or no mail of a
            class would be left.
        """
        rows = self._known(X)
        model = shared_copy(self)
        model._count(rows, malicious(y, rows.shape[0]), -1)
        return model

    def with_cutoffs(self, ham_cutoff: float, spam_cutoff: float) -> Self:
        """Return a new model with other borders of the verdict, fitted if this one is.

        Raises
        ------
        ValueError
            Unless 0 <= ham_cutoff <= spam_cutoff <= 1.
        """
        _check_cutoffs(ham_cutoff, spam_cutoff)
        model = shared_copy(self)
        model.ham_cutoff, model.spam_cutoff = ham_cutoff, spam_cutoff
        return model

    def decision_function(self, X: ArrayLike | csr_array) -> NDArray[np.float64]:
        """Spamminess I of mails, in [0, 1], shape (n,); it does not depend on the other mails.

        Parameters
        ----------
        X
            Token presence, shape (n, d).

        Raises
        ------
        ValueError
            When a value is neither 0 nor 1 or the width is wrong; NotFittedError before `fit`.
        """
        rows = self._known(X)
        mail, rank = ranked_positions(rows, self._order)
        telling = np.bincount(mail, minlength=rows.shape[0])
        if telling.max(initial=0) > self.max_tokens:
            # A mail's tokens come by rank, the most telling first.
            place = np.arange(len(mail)) - (np.cumsum(telling) - telling)[mail]
            kept = place < self.max_tokens
            mail, rank = mail[kept], rank[kept]
            telling = np.minimum(telling, self.max_tokens)
        as_spam, as_ham = (
            np.bincount(mail, weights=surprise[rank], minlength=len(telling)).astype(np.float64)
            for surprise in self._surprises
        )
        return spamminess(telling, as_spam, as_ham)

    def scores_after_each(
        self, X: ArrayLike | csr_array, y: ArrayLike, mails: ArrayLike | csr_array
    ) -> NDArray[np.float64]:
        """Spamminess of mails after learning one of several others, each by itself.

        Row i is ``self.updated(X[i:i+1], y[i:i+1]).decision_function(mails)`` to within rounding,
        without the cost of making m models.

        Parameters
        ----------
        X
            Token presence, shape (m, d).
        y
            Labels, shape (m,), 1 for spam.
        mails
            Token presence of the mails to be judged, shape (n, d).

        Returns
        -------
        Spamminess, shape (m, n).

        Raises
        ------
        ValueError
            As for `updated`.
        """
        learned, judged = dense(self._known(X)), dense(self._known(mails))
        spam = malicious(y, len(learned))
        used = np.flatnonzero(judged.any(axis=0))
        learned, judged = learned[:, used], judged[:, used]
        scores = np.empty((len(learned), len(judged)))
        for label in np.unique(spam).astype(int):
            # These models have all counted one mail of the class; a token was in it or was not.
            absent, present = (
                self._scores(
                    self.spam_counts_[used] + label * counted,
                    self.ham_counts_[used] + (1 - label) * counted,
                    self.spam_total_ + label,
                    self.ham_total_ + 1 - label,
                )
                for counted in (0, 1)
            )
            members = spam == label
            scores[members] = spamminess_by_each(
                *(absent, present, learned[members], judged),
                minimum_deviation=self.minimum_deviation,
                max_tokens=self.max_tokens,
            )
        return scores

    def decide(self, scores: ArrayLike) -> NDArray[np.int8]:
        """Verdicts of scores by the cutoffs: 0 ham, 1 spam, -1 unsure; same shape.

        Examples
        --------
        >>> SpamBayes().decide([0.2, 0.21, 0.9, 0.91]).tolist()
        [0, -1, -1, 1]
        """
        given = np.asarray(scores)
        verdicts = np.full(given.shape, -1, dtype=np.int8)
        verdicts[given <= self.ham_cutoff] = 0
        verdicts[given > self.spam_cutoff] = 1
        return verdicts

    def predict(self, X: ArrayLike | csr_array) -> NDArray[np.int8]:
        """Verdicts of mails: 0 ham, 1 spam, -1 unsure; shape (n,).

        Raises
        ------
        ValueError
            As for `decision_function`.
        """
        return self.decide(self.decision_function(X))

    def _check_parameters(self) -> None:
        if not 0 < self.unknown_prior < 1:
            raise ValueError(f"unknown_prior must be in (0, 1), got {self.unknown_prior}")
        if not 0 < self.unknown_strength < np.inf:
            raise ValueError(f"unknown_strength must be positive, got {self.unknown_strength}")
        if not self.max_tokens >= 1:
            raise ValueError(f"max_tokens must be at least 1, got {self.max_tokens}")
        if not 0 <= self.minimum_deviation <= 0.5:
            raise ValueError(f"minimum_deviation must be in [0, 0.5], got {self.minimum_deviation}")
        _check_cutoffs(self.ham_cutoff, self.spam_cutoff)

    def _is_fitted(self) -> bool:
        return "token_scores_" in vars(self)

    def _known(self, X: ArrayLike | csr_array) -> Presence:
        if not self._is_fitted():
            raise NotFittedError("SpamBayes is not fitted yet; call fit with ham and spam first")
        return token_presence(X, self.n_features_in_)

    def _count(self, rows: Presence, spam: NDArray[np.bool_], sign: int) -> None:
        """Count mails in (sign 1) or out (-1); arrays are replaced, as copies share them."""
        spam_tokens = column_counts(rows[spam])
        ham_tokens = column_counts(rows) - spam_tokens
        spam_mails = int(np.count_nonzero(spam))
        spam_total = self.spam_total_ + sign * spam_mails
        ham_total = self.ham_total_ + sign * (len(spam) - spam_mails)
        spam_counts = self.spam_counts_ + sign * spam_tokens
        ham_counts = self.ham_counts_ + sign * ham_tokens
        if sign < 0:
            _check_remainder(spam_total, spam_counts)
            _check_remainder(ham_total, ham_counts)
        self.spam_total_, self.ham_total_ = spam_total, ham_total
        self.spam_counts_, self.ham_counts_ = read_only(spam_counts), read_only(ham_counts)
        self._score_tokens()

    def _scores(self, *counts: Any) -> NDArray[np.float64]:
        return token_scores(*counts, prior=self.unknown_prior, strength=self.unknown_strength)

    def _score_tokens(self) -> None:
        """Derive from the counts the scores f, the telling tokens by rank, and their logarithms."""
        scores = self._scores(
            self.spam_counts_, self.ham_counts_, self.spam_total_, self.ham_total_
        )
        deviation = deviations(scores)
        telling = np.flatnonzero(deviation >= self.minimum_deviation)
        self.token_scores_ = read_only(scores)
        self._order = read_only(telling[np.argsort(-deviation[telling], kind="stable")])
        ranked = scores[self._order]
        self._surprises = read_only(-np.log(ranked)), read_only(-np.log1p(-ranked))


def _check_cutoffs(ham_cutoff: float, spam_cutoff: float) -> None:
    if not 0 <= ham_cutoff <= spam_cutoff <= 1:
        raise ValueError(
            "cutoffs must satisfy 0 <= ham_cutoff <= spam_cutoff <= 1, "
            f"got {ham_cutoff} and {spam_cutoff}"
        )


def _check_remainder(total: int, counts: NDArray[np.int64]) -> None:
    """Refuse counts that no set of mails can have, and an empty class."""
    if total < 0 or (counts < 0).any() or (counts > total).any():
        raise ValueError(
            "X must hold only mails that the model has learned, got others; "
            "check that the labels are those of then"
        )
    if not total:
        raise ValueError("X must leave the model a mail of each class, got the last one; fit anew")
