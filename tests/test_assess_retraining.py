"""When to retrain: the equilibrium beats every schedule, is certified, and plays as it promised."""

import io

import numpy as np
import pytest

import armsrace as ar
from armsrace.assess import Search, SecureRetraining, secure_retraining
from armsrace.checks import MatchingPennies
from armsrace.costs import Costs, Prices
from armsrace.solvers.markov_certificate import policy_values
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
    columns = ["schedule", "kind", "guaranteed_loss", "excess", "security_level"]
    assert table.columns.tolist() == columns
    assert table["security_level"].equals(table["guaranteed_loss"])
    assert table["guaranteed_loss"].is_monotonic_increasing
    figure = drifting.plot()
    (axes,) = figure.axes
    assert len(axes.patches) == len(drifting.schedules)
    figure.savefig(io.BytesIO())
    box = axes.get_tightbbox()
    assert box is not None
    assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1  # no label is cut off


UNOPPOSED = Costs(
    Prices(fp=2.0, target_errors=20.0, retrainings=0.5), Prices(target_errors=20.0, poison=-0.1)
)


@pytest.fixture(scope="module")
def unopposed() -> SecureRetraining:
    """Still traffic, and an adversary who gains nothing from blocked honest rows."""
    return secure_retraining(CentroidDisplacement(drift=0.0, costs=UNOPPOSED), periods=[5])


def test_costs_that_are_not_opposed_have_a_markov_perfect_equilibrium(
    unopposed: SecureRetraining,
) -> None:
    assert unopposed.equilibrium.method == "markov_nash"
    assert unopposed.equilibrium.status == "solved"
    assert unopposed.regret < 1e-9
    assert unopposed.equilibrium_loss <= unopposed.guaranteed_loss + 1e-9
    lines = repr(unopposed).splitlines()
    assert lines[2].startswith("  in it the learner loses ")
    assert lines[3].endswith("security level")
    assert len(lines) == 4 + len(unopposed.schedules)


def test_no_policy_is_more_secure_than_the_secure_one(unopposed: SecureRetraining) -> None:
    levels = {schedule.name: schedule.security_level for schedule in unopposed.schedules}
    assert levels["security"] <= min(levels.values()) + 1e-6
    for schedule in unopposed.schedules:
        assert schedule.loss <= schedule.security_level + 1e-9


def test_the_reply_is_best_for_the_adversary_and_of_such_the_worst_for_the_learner(
    unopposed: SecureRetraining,
) -> None:
    """Against holding, by all that the adversary could do with its actions in every state alike."""
    form = unopposed.form
    never = unopposed.schedule("never (hold)").cycle[0]
    reply = ar.solvers.best_response(form, "adversary", against=never)
    lost = -policy_values(form, (never, reply.policy))[0]
    opening = int(np.abs(unopposed.grid.states[:, 0]).argmin())
    # The adversary has one best reply here: what it brings is what the learner is said to lose.
    assert unopposed.schedule("never (hold)").loss == pytest.approx(lost[opening], abs=1e-6)


def test_misuse_is_refused(drifting: SecureRetraining) -> None:
    with pytest.raises(
        TypeError, match="game must be an AnalyticGame or a LearningGame, got Match"
    ):
        secure_retraining(MatchingPennies())  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="search must not be given for an analytic game"):
        secure_retraining(CentroidDisplacement(), search=Search())  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="periods must be at least 2, got 1"):
        secure_retraining(CentroidDisplacement(), periods=[1])
    with pytest.raises(TypeError, match=r"learners must be a list, got 'hold'; write \['hold'\]"):
        secure_retraining(CentroidDisplacement(), learners="hold")
    with pytest.raises(LookupError, match="unknown schedule 'sometimes'; known are equilibrium,"):
        drifting.schedule("sometimes")
