"""Wrong labels on rows of the training traffic: at random, greedily, or in turn with the model.

All flip round(rate n) labels of n rows in place; the rows themselves stay as they are. The two that
choose which ones judge a choice by what a model retrained on it does on the adversary's reference
rows.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.attack import Poison
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.poison.linear import with_ones
from armsrace.attacks.poison.margin_losses import Hinge, Logistic
from armsrace.attacks.poison.plans import reference_of
from armsrace.attacks.poison.rates import check_share
from armsrace.batch import Batch, Mask

Array = NDArray[np.float64]

_RIDGE: Final = 0.1


@final
@dataclass(frozen=True)
class RandomLabelFlip(Poison):
    """Wrong labels on rows of the honest traffic, chosen at random: the attack that knows nothing.

    Attributes
    ----------
    rate
        Share of the rows whose label is flipped, in [0, 1].

    References
    ----------
    Biggio, B., Nelson, B., Laskov, P. (2011). Support vector machines under adversarial label
    noise. ACML.
    """

    rate: float

    def __post_init__(self) -> None:
        check_share("rate", self.rate)

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Flip the labels of round(rate n) rows, in place."""
        flipped = np.zeros(len(traffic), dtype=bool)
        flipped[rng.permutation(len(traffic))[: round(self.rate * len(traffic))]] = True
        return _with_flipped(traffic, flipped)


@final
@dataclass(frozen=True)
class WorstCaseLabelFlip(Poison):
    """The wrong labels that do most harm, chosen one by one with a retraining for each candidate.

    At each step every label that is still right is flipped in trial, a surrogate is retrained, and
    the flip is kept after which the mean hinge loss on the reference rows is largest. Then each
    flip in turn is taken back and given to the label that does most harm in its place, until no
    such exchange does more: what is sent cannot be bettered by one exchange.

    The surrogate is regularized least squares on the traffic, whose scores are linear in the
    labels: one matrix G = V (X'X + r)^-1 X' of reference rows V and traffic rows X gives the exact
    scores of all retrained candidates at O(m n) a step, for m reference and n traffic rows; a turn
    of exchanges has as many steps as there are flips, and two or three turns do. What is found so
    is sent whatever the learner's model is; nothing of it is used, so hiding it changes nothing.

    Attributes
    ----------
    rate
        Share of the rows whose label is flipped, in [0, 1].

    References
    ----------
    Xiao, H., Xiao, H., Eckert, C. (2012). Adversarial label flips attack on support vector
    machines. ECAI. (The problem; the choice by exact retraining and exchanges is ours.)
    """

    rate: float

    def __post_init__(self) -> None:
        check_share("rate", self.rate)

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Flip the labels of round(rate n) rows, in place.

        Raises
        ------
        ValueError
            When the reference rows are of one class only.
        """
        rows, truth = reference_of(known)
        flips = round(self.rate * len(traffic))
        if not flips:
            return traffic
        signs = np.where(traffic.labels, 1.0, -1.0)
        reach = truth[:, None] * _response(traffic.rows.astype(np.float64), rows)
        return _with_flipped(traffic, _worst_flips(reach @ signs, 2 * reach * signs, flips))


@final
@dataclass(frozen=True)
class AlternatingLabelFlip(Poison):
    """Wrong labels chosen in turn with the model that is trained on them.

    Let the *gain* of a flip be how much more the flipped label suits the model trained on the
    flipped labels than the honest one does, less the same for the model trained on the right ones,
    both in logistic loss. The attack alternates: flip the labels of the largest gain, retrain,
    compute the gains anew; until a choice comes back or the turns are used up. Of all the choices
    met, the one is sent whose model has the largest loss on the reference rows.

    The model is a clone of the one in sight, trained on reference rows and traffic: any
    scikit-learn classifier with ``decision_function`` or ``predict_proba``; other models, and
    hidden ones, are replaced by logistic regression.

    Attributes
    ----------
    rate
        Share of the rows whose label is flipped, in [0, 1].
    turns
        Retrainings at the most, at least 1.

    References
    ----------
    Xiao, H., Xiao, H., Eckert, C. (2012). Adversarial label flips attack on support vector
    machines. ECAI. (The alternation, there with a linear program; keeping the best is ours.)
    """

    rate: float
    turns: int = 5

    def __post_init__(self) -> None:
        check_share("rate", self.rate)
        if self.turns < 1:
            raise ValueError(f"turns must be at least 1, got {self.turns}")

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Flip the labels of round(rate n) rows, in place.

        Raises
        ------
        ValueError
            When the reference rows are of one class only.
        """
        _, truth = reference_of(known)
        flips = round(self.rate * len(traffic))
        if not flips:
            return traffic
        model = _stand_in(known)
        rows = np.concatenate([known.reference.rows, traffic.rows])
        signs = np.where(traffic.labels, 1.0, -1.0)
        loss = Logistic()

        def scores(flipped: Mask) -> tuple[Array, float]:
            """Scores of the traffic by the model retrained on flips, and its reference loss."""
            labels = np.concatenate([known.reference.labels, traffic.labels ^ flipped])
            fitted = _fitted(model, rows, labels)
            every = _scores(fitted, rows)
            reference, own = every[: len(truth)], every[len(truth) :]
            return own, float(loss.value(truth * reference).mean())

        honest, _ = scores(np.zeros(len(traffic), dtype=bool))
        # Logistic loss of the right label less that of the wrong one is minus the margin.
        gains: Array = -signs * honest
        tried: list[tuple[float, Mask]] = []
        for _ in range(self.turns):
            flipped = np.zeros(len(traffic), dtype=bool)
            flipped[np.argsort(-gains, kind="stable")[:flips]] = True
            if any(np.array_equal(flipped, earlier) for _, earlier in tried):
                break
            tainted, harm = scores(flipped)
            tried.append((harm, flipped))
            gains = signs * (honest - tainted)
        return _with_flipped(traffic, max(tried, key=lambda choice: choice[0])[1])


def _worst_flips(margins: Array, effects: Array, flips: int) -> Mask:
    """The choice of flips that no exchange of one for another betters, from the greedy one on.

    Parameters
    ----------
    margins
        Of the reference rows when no label is flipped, shape (m,).
    effects
        By how much flipping each label lowers them, shape (m, n).
    flips
        How many labels to flip, from 1 to n.
    """
    flipped = np.zeros(effects.shape[1], dtype=bool)

    def worst(margins: Array) -> tuple[int, float]:
        """The label that is still right whose flip does most harm, and the harm."""
        harm = np.full(len(flipped), -np.inf)
        harm[~flipped] = Hinge().value(margins[:, None] - effects[:, ~flipped]).mean(axis=0)
        chosen = int(np.argmax(harm))
        return chosen, float(harm[chosen])

    for _ in range(flips):
        chosen, most = worst(margins)
        flipped[chosen] = True
        margins = margins - effects[:, chosen]
    better = True
    while better:
        better = False
        for old in np.flatnonzero(flipped):
            flipped[old] = False
            without = margins + effects[:, old]
            new, harm = worst(without)
            # Rounding is not an improvement, or two equal choices would take turns for ever.
            if harm > most * (1 + 1e-12):
                better, most, margins = True, harm, without - effects[:, new]
            else:
                new = int(old)
            flipped[new] = True
    return flipped


def _with_flipped(traffic: Batch, flipped: Mask) -> Batch:
    return Batch(traffic.rows, traffic.labels ^ flipped, traffic.origin | flipped, traffic.target)


def _response(rows: Array, reference: Array) -> Array:
    """Scores on reference rows by least squares on rows, as a matrix applied to the labels.

    Columns are scaled to unit variance, so that one ridge, 0.1 a row, suits any units.
    """
    middle, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    own, other = with_ones((rows - middle) / scale), with_ones((reference - middle) / scale)
    penalty = np.full(own.shape[1], _RIDGE * len(rows))
    penalty[-1] = 0.0
    response: Array = other @ np.linalg.solve(own.T @ own + np.diag(penalty), own.T)
    return response


def _stand_in(known: Knowledge) -> Any:
    """An unfitted model to retrain: the learner's, if it is in sight and has scores around 0."""
    from sklearn.base import clone
    from sklearn.linear_model import LogisticRegression

    model = known.model
    scored = hasattr(model, "decision_function") or hasattr(model, "predict_proba")
    if model is None or not scored or hasattr(model, "decide"):
        return LogisticRegression(max_iter=1000)
    return clone(model)


def _fitted(model: Any, rows: NDArray[Any], labels: Mask) -> Any:
    from sklearn.base import clone

    return clone(model).fit(rows, labels.astype(np.int8))


def _scores(model: Any, rows: NDArray[Any]) -> Array:
    """Log-odds or margins: positive for malicious."""
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(rows), dtype=np.float64)
    odds = np.clip(model.predict_proba(rows)[:, 1], 1e-9, 1 - 1e-9)
    return np.asarray(np.log(odds) - np.log1p(-odds))
