"""The package of models: what it exports, and that it is light until asked."""

import subprocess
import sys

import pytest

from armsrace import models


def test_every_exported_name_is_found() -> None:
    exported = ("CentroidDetector", "HypersphereDetector", "MedianCentroidDetector", "SpamBayes")
    for name in (*exported, "dynamic_cutoffs"):
        assert name in dir(models)
        assert getattr(models, name).__name__ == name


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'NaiveBayes'; it exports Centroid"):
        models.NaiveBayes  # noqa: B018


def test_import_does_not_load_scikit_learn() -> None:
    code = "import sys, armsrace.models; print('sklearn' in sys.modules, 'scipy' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert answer.stdout.split() == ["False", "False"]
