"""How far the false alarms of each game's watches are apart: as far as is stated, in play."""

import pytest

from armsrace.assess import false_alarms
from games import CentroidShift
from games.centroid_shift import GUARDS


@pytest.mark.parametrize(
    ("data", "learner", "run_length"),
    [
        ("spambase", "retrain_guarded", 20),
        pytest.param("spambase", "retrain_guarded_late", 100, marks=pytest.mark.slow),
        pytest.param("phishing", "retrain_guarded", 20, marks=pytest.mark.slow),
        pytest.param("phishing", "retrain_guarded_late", 100, marks=pytest.mark.slow),
    ],
)
def test_a_guard_resets_as_seldom_as_is_stated(data: str, learner: str, run_length: int) -> None:
    """On other plays than those that set the limit: as seldom or more, and not by much."""
    plays = 2 * run_length
    found = false_alarms(CentroidShift(data=data), learner, plays=plays, seed=5)
    assert found.high > run_length
    assert found.low < 1.5 * run_length
    # A limit that is lower by a fifth would reset more often than that.
    limit = dict(zip(("retrain_guarded", "retrain_guarded_late"), GUARDS[data], strict=True))
    lower = CentroidShift(data=data, guards=(0.8 * limit[learner], 1.0))
    assert false_alarms(lower, "retrain_guarded", plays=plays, seed=5).high < run_length
