"""Every exported classifier passes every check of models."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB

import armsrace.checks
from armsrace import models
from armsrace.checks import checks_in, exported_classes
from armsrace.models import (
    CentroidDetector,
    HuberCentroidDetector,
    LabelSmoothing,
    MedianCentroidDetector,
    PartitionEnsemble,
    TrimmedCentroidDetector,
    TrimmedLoss,
)

# A radius that is left open is set when a detector is fitted and kept when it is updated, so that
# updating is refitting only for a radius that is given.
PARAMETERS: Final[dict[type, dict[str, Any]]] = {
    CentroidDetector: {"radius": 1.5},
    HuberCentroidDetector: {"radius": 1.5},
    LabelSmoothing: {"estimator": BernoulliNB(), "draws": 10, "random_state": 0},
    MedianCentroidDetector: {"radius": 1.5},
    PartitionEnsemble: {"estimator": BernoulliNB(), "partitions": 5},
    TrimmedCentroidDetector: {"radius": 1.5},
    TrimmedLoss: {"estimator": LogisticRegression()},
}


@pytest.mark.parametrize("check", checks_in(armsrace.checks.models))
@pytest.mark.parametrize("kind", exported_classes(models, (BaseEstimator,)))
def test_model(kind: type, check: Callable[[Any], None]) -> None:
    check(kind(**PARAMETERS.get(kind, {})))
