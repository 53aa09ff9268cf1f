"""Every exported classifier passes every check of models."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from sklearn.base import BaseEstimator

import armsrace.checks
from armsrace import models
from armsrace.checks import checks_in, exported_classes
from armsrace.models import CentroidDetector, MedianCentroidDetector

# A radius that is left open is set when a detector is fitted and kept when it is updated, so that
# updating is refitting only for a radius that is given.
PARAMETERS: Final[dict[type, dict[str, Any]]] = {
    CentroidDetector: {"radius": 1.5},
    MedianCentroidDetector: {"radius": 1.5},
}


@pytest.mark.parametrize("check", checks_in(armsrace.checks.models))
@pytest.mark.parametrize("kind", exported_classes(models, (BaseEstimator,)))
def test_model(kind: type, check: Callable[[Any], None]) -> None:
    check(kind(**PARAMETERS.get(kind, {})))
