"""Decisions by some members of an ensemble, drawn at random.

With members that were each trained on a random subset of the features this is the random subspace
method; scikit-learn trains them for any estimator ::

    Retrain(model=BaggingClassifier(estimator, n_estimators=20, max_features=0.5, bootstrap=False))

and with members that were trained on random subsets of the rows, or are of different kinds, a
random ensemble (``RandomForestClassifier``, ``VotingClassifier``).
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Rows
from armsrace.defenses.defense import Classify
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST, MALICIOUS, UNSURE, Verdicts


@final
@dataclass(frozen=True)
class RandomMembers(Classify):
    """Judge each row by a few members of the model, drawn anew for each row.

    They decide by majority; a tie leaves the row unsure, and the score is the mean of theirs. An
    adversary may know every member: whom it will meet it does not know, so that a row has to get
    past most of them to pass reliably. Its queries are answered by the whole ensemble.

    The model is a fitted ensemble with ``estimators_``, or a pipeline that ends in one. Any other
    model is its own only member, and its verdicts stay as they are.

    Attributes
    ----------
    size
        How many members judge a row, at least 1; all of them when there are no more.

    Raises
    ------
    ValueError
        When the size is less than 1.

    References
    ----------
    Ho, T. K. (1998). The random subspace method for constructing decision forests. IEEE TPAMI 20.
    """

    size: int = 1

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"size must be at least 1, got {self.size}")

    def classify(
        self, model: Any, rows: Rows, verdicts: Verdicts, rng: np.random.Generator
    ) -> Verdicts:
        """What the members say that are drawn for each row; time is that of asking all members.

        Raises
        ------
        ValueError
            When the members are no classifiers (those of gradient boosting are not).
        """
        ensemble = model[-1] if hasattr(model, "steps") else model
        if not hasattr(ensemble, "estimators_") or not len(rows):
            return verdicts
        if ensemble is not model:
            rows = model[:-1].transform(rows)
        opinions = _opinions(ensemble, rows)
        order = np.tile(np.arange(len(opinions))[:, None], len(rows))
        drawn = rng.permuted(order, axis=0)[: self.size]
        scores = np.take_along_axis(np.array([each.scores for each in opinions]), drawn, axis=0)
        votes = np.take_along_axis(np.array([each.decisions for each in opinions]), drawn, axis=0)
        balance = (votes == MALICIOUS).sum(axis=0) - (votes == HONEST).sum(axis=0)
        decisions = np.select([balance > 0, balance < 0], [MALICIOUS, HONEST], UNSURE)
        return Verdicts(scores.mean(axis=0), decisions.astype(np.int8))


def _opinions(ensemble: Any, rows: Rows) -> list[Verdicts]:
    """What each member says of each row, seen through the features that it was trained on."""
    from sklearn.base import is_regressor

    members = ensemble.estimators_
    # Gradient boosting holds an array of regressors, which make one decision only together.
    if not isinstance(members, list) or any(map(is_regressor, members)):
        raise ValueError(
            f"the members of {type(ensemble).__name__} must be classifiers, got regressors; "
            "use bagging, a random forest or a vote"
        )
    everything = [slice(None)] * len(members)
    features = getattr(ensemble, "estimators_features_", everything)
    return [
        _opinion(member, rows[:, columns], ensemble.classes_)
        for member, columns in zip(members, features, strict=True)
    ]


def _opinion(member: Any, rows: Rows, classes: NDArray[Any]) -> Verdicts:
    known = getattr(member, "classes_", classes)
    if len(known) == 1:
        # Trained on one class alone, it knows no other. Members count the ensemble's classes from
        # 0, which makes a difference when the ensemble has one only.
        only = np.full(len(rows), known[0] if len(classes) > 1 else classes[0])
        return Verdicts(only.astype(np.float64), only.astype(np.int8))
    return judge(member, rows)
