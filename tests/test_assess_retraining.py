"""When to retrain: the equilibrium beats every schedule, is certified, and plays as it promised."""

import io

import numpy as np
import pytest

import armsrace as ar
from armsrace.assess import Search, SecureRetraining, secure_retraining
from armsrace.checks import MatchingPennies
from games import CentroidDisplacement


@pytest.fixture(scope="module")
def drifting() -> SecureRetraining:
    game = CentroidDisplacement(memories=(200.0, 500.0), discount=0.95)
    return secure_retraining(game, periods=[2, 5])


def test_under_drift_the_equilibrium_loses_strictly_less_than_every_schedule(
    drifting: SecureRetraining,
) -> None:
    assert drifting.schedules[0].kind == "equilibrium"
    assert drifting.regret < 1e-7
    kinds = {schedule.kind for schedule in drifting.schedules}
    assert kinds == {"equilibrium", "never", "always", "periodic", "triggered"}
    for schedule in drifting.schedules[1:]:
        assert schedule.loss > drifting.guaranteed_loss + 1.0, schedule.name


def test_guaranteed_loss_is_the_value_where_the_game_opens(drifting: SecureRetraining) -> None:
    opening = drifting.grid.interpolated(drifting.equilibrium.values[0], [[0.0, 0.0]])
    assert drifting.guaranteed_loss == pytest.approx(-opening[0], abs=1e-6)


def test_without_drift_never_retraining_is_an_equilibrium() -> None:
    answer = secure_retraining(CentroidDisplacement(drift=0.0), periods=[3])
    assert answer.schedule("never (hold)").loss == pytest.approx(answer.guaranteed_loss, abs=1e-6)
    opening = int(np.abs(answer.grid.states[:, 0]).argmin())
    assert answer.policy("learner").table[opening].tolist() == [1.0, 0.0, 0.0]


def test_schedules_lose_in_play_what_they_are_said_to_lose(drifting: SecureRetraining) -> None:
    """Always averaging out, against the reply that it provokes: 2,000 plays of 90 rounds."""
    schedule = drifting.schedule("always average_out_500")
    reply = ar.solvers.best_response(drifting.form, "adversary", against=schedule.cycle[0])
    adversary = ar.agents.MarkovPolicy(
        drifting.grid, [str(action) for action in drifting.form.actions[1]], reply.policy
    )
    plays = ar.play_replicates(
        drifting.game, "average_out_500", adversary, replicates=2000, rounds=90, seed=2
    )
    error = plays.payoffs[0].std(ddof=1) / np.sqrt(2000)
    assert abs(-plays.payoffs[0].mean() - schedule.loss) < 4 * error + 0.02 * schedule.loss


def test_report_reads_as_text_table_and_picture(drifting: SecureRetraining) -> None:
    lines = repr(drifting).splitlines()
    assert lines[0] == "Secure retraining of centroid_displacement, discount 0.95"
    assert lines[3].split()[0] == "equilibrium"
    table = drifting.frame()
    assert table.columns.tolist() == ["schedule", "kind", "guaranteed_loss", "excess"]
    assert table["guaranteed_loss"].is_monotonic_increasing
    figure = drifting.plot()
    (axes,) = figure.axes
    assert len(axes.patches) == len(drifting.schedules)
    figure.savefig(io.BytesIO())
    box = axes.get_tightbbox()
    assert box is not None
    assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1  # no label is cut off


def test_misuse_is_refused(drifting: SecureRetraining) -> None:
    with pytest.raises(
        TypeError, match="game must be an AnalyticGame or a LearningGame, got Match"
    ):
        secure_retraining(MatchingPennies())  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="search must not be given for an analytic game"):
        secure_retraining(CentroidDisplacement(), search=Search())  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="periods must be at least 2, got 1"):
        secure_retraining(CentroidDisplacement(), periods=[1])
    with pytest.raises(LookupError, match="unknown schedule 'sometimes'; known are equilibrium,"):
        drifting.schedule("sometimes")
