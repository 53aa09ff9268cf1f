"""Verdicts: three values, and decisions that may be overruled."""

import numpy as np

from armsrace.verdicts import HONEST, MALICIOUS, UNSURE, Verdicts


def test_values_are_those_stated() -> None:
    assert (int(HONEST), int(MALICIOUS), int(UNSURE)) == (0, 1, -1)


def test_decisions_are_overruled_and_scores_are_kept() -> None:
    verdicts = Verdicts(np.array([0.1, 0.9]), np.array([0, 1], dtype=np.int8))
    overruled = verdicts.with_decisions(np.array([-1, 0]))
    assert overruled.scores is verdicts.scores
    assert overruled.decisions.tolist() == [-1, 0]
    assert overruled.decisions.dtype == np.int8
    assert verdicts.decisions.tolist() == [0, 1]
    assert len(overruled) == 2
