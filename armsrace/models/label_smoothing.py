"""Label smoothing: classifiers of randomly flipped labels vote, which bounds what a flip can do.

Every training label is flipped with a known probability q, a classifier is trained on the result,
and so again many times. The *smoothed* prediction is the more probable class; the adversary's own
flips vanish among the random ones, and how many of them cannot change a prediction follows from the
probability of the predicted class alone (`armsrace.theory.label_smoothing`).
"""

from typing import Any, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state

from armsrace.models.inputs import check_both_classes, finite_rows, malicious
from armsrace.models.voting import VotingClassifier, canonical_order, fitted_voter, votes
from armsrace.theory.label_smoothing import certified_flips


@final
class LabelSmoothing(VotingClassifier):
    """Randomized smoothing of the training labels by a vote of `draws` classifiers.

    A draw in which all labels are of one class votes for it. Ties are honest.

    Parameters
    ----------
    estimator
        The classifier that each draw trains a clone of; any scikit-learn classifier or pipeline.
    noise
        q, the probability of a random flip, in (0, 0.5).
    draws
        Number of classifiers, at least 1. Few draws certify little: when all of 100 agree, the
        probability of their class is only known to be at least .933, with confidence .999.
    random_state
        Seed or generator of the flips, as everywhere in scikit-learn.

    Attributes
    ----------
    voters_
        The fitted classifiers.
    classes_
        0 (honest) and 1 (malicious).
    n_features_in_
        Number of features.

    References
    ----------
    Rosenfeld, E., Winston, E., Ravikumar, P., Kolter, J. Z. (2020). Certified robustness to
    label-flipping attacks via randomized smoothing. ICML.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> rng = np.random.default_rng(0)
    >>> labels = np.arange(100) % 2
    >>> rows = rng.normal(size=(100, 2)) + 4 * labels[:, None]
    >>> smooth = LabelSmoothing(GaussianNB(), noise=0.3, random_state=0).fit(rows, labels)
    >>> smooth.predict([[0.0, 0.0], [4.0, 4.0]]).tolist()
    [0, 1]
    >>> smooth.certified_flips([[0.0, 0.0], [4.0, 4.0]]).tolist()
    [3, 3]
    """

    def __init__(
        self, estimator: Any, *, noise: float = 0.25, draws: int = 100, random_state: Any = None
    ) -> None:
        self.estimator = estimator
        self.noise = noise
        self.draws = draws
        self.random_state = random_state

    @property
    def _voters(self) -> int:
        """One for each of the draws."""
        count: int = self.draws
        return count

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Forget everything, and train a classifier on every draw of flips.

        Parameters
        ----------
        X
            Feature rows, shape (n, d).
        y
            Labels, shape (n,), 1 for malicious; both classes must occur.

        Raises
        ------
        ValueError
            When a parameter is out of range, a value is not finite, shapes disagree, or a class is
            missing.
        """
        if not 0 < self.noise < 0.5:
            raise ValueError(f"noise must be in (0, 0.5), got {self.noise}")
        if self.draws < 1:
            raise ValueError(f"draws must be at least 1, got {self.draws}")
        rows = finite_rows(X)
        labels = malicious(y, len(rows))
        check_both_classes(labels)
        self.n_features_in_ = rows.shape[1]
        self.classes_ = np.array([0, 1])
        # Flips go by the rows' own order, so that the model does not depend on how they came.
        order = canonical_order(rows, labels)
        rows, labels = rows[order], labels[order]
        random = check_random_state(self.random_state)
        flips = random.random_sample((self.draws, len(labels))) < self.noise
        self.voters_ = tuple(fitted_voter(self.estimator, rows, labels ^ flip) for flip in flips)
        return self

    def votes(self, X: ArrayLike) -> NDArray[np.int64]:
        """How many draws call each row honest and malicious, shape (n, 2).

        Raises
        ------
        ValueError
            When a value is not finite or the width is wrong; NotFittedError before `fit`.
        """
        if "voters_" not in vars(self):
            raise NotFittedError("LabelSmoothing is not fitted yet; call fit first")
        return votes(self.voters_, finite_rows(X, self.n_features_in_))

    def certified_flips(self, X: ArrayLike, *, confidence: float = 0.999) -> NDArray[np.int64]:
        """How many training labels may be flipped without changing each smoothed prediction.

        Shape (n,). The probability of the predicted class is bounded from below by Clopper and
        Pearson's one-sided limit, so that each certificate holds with the given confidence over
        the draws; -1 where not even the prediction itself is certain.

        Parameters
        ----------
        X
            Feature rows, shape (n, d).
        confidence
            In (0, 1).

        Raises
        ------
        ValueError
            When the confidence is out of range; otherwise as for `votes`.
        """
        from scipy.stats import beta

        if not 0 < confidence < 1:
            raise ValueError(f"confidence must be in (0, 1), got {confidence}")
        # max of the two counts: abstentions count against the prediction.
        winning = self.votes(X).max(axis=1)
        bounds = beta.ppf(1 - confidence, winning, self.draws - winning + 1)
        return np.array(
            [certified_flips(bound, self.noise) if bound > 0.5 else -1 for bound in bounds],
            dtype=np.int64,
        )
