"""The measured twin against its rows, against geometry, and against the real game."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import armsrace as ar
from armsrace import Grid
from armsrace.agents import MarkovPolicy, Periodic
from armsrace.agents.strategies import Strategy
from armsrace.assess import secure_retraining
from armsrace.replicates import play_replicates
from armsrace.statistics import mean_interval
from armsrace.worlds import Drift, Pool
from games import CentroidDisplacement, CentroidShift, MeasuredDisplacement
from games.centroid_shift import drift_direction

Array = NDArray[np.float64]
REAL = CentroidShift(rounds=25, discount=0.95, memories=(200.0, 500.0))
TWIN = MeasuredDisplacement.of(REAL)


def pool(game: CentroidShift) -> Pool:
    assert isinstance(game.setup.world, Drift)
    assert isinstance(game.setup.world.world, Pool)
    return game.setup.world.world


def one_round(game: MeasuredDisplacement, state: Array, learner: int, adversary: int) -> Array:
    """Where the statistics go on average."""
    law = game.law(state[None], np.array([learner]), np.array([adversary]))
    means: Array = law.means[0, 0]
    return means


def test_it_has_the_parameters_of_its_game() -> None:
    real = CentroidShift(drift=0.1, traffic=60, memories=(300.0,), discount=0.9, rounds=7)
    twin = MeasuredDisplacement.of(real)
    assert (twin.drift, twin.traffic, twin.memories) == (0.1, 60, (300.0,))
    assert (twin.discount, twin.rounds, twin.costs) == (0.9, 7, real.costs)
    assert set(twin.learner_actions) == {"hold", "average_out_300"} <= set(real.learner_actions)
    assert list(twin.adversary_actions) == list(real.adversary_actions)


# Against the rows.


@pytest.mark.parametrize(
    ("displacement", "lag", "followed", "course"),
    [(0, 0, 0, 0), (0.3, 0.4, 0, 0), (0.1, 0.9, 0.1, 0), (-0.1, 1.2, 0.7, 0), (0.3, 0.3, 0.1, 0.6)],
)
@pytest.mark.parametrize("judged", ["train", "test"])
def test_it_blocks_and_pulls_as_the_detector_does(
    displacement: float, lag: float, followed: float, course: float, judged: str
) -> None:
    """The detector itself, put at a measured place for every target, over all rows of the part.

    With the course .6 (and the sine .8) the traffic has gone .5 radii when the center lags and has
    followed by .4 together, .3 of them towards the target.
    """
    twin = MeasuredDisplacement(memories=(500.0,), judged=judged)
    game = CentroidShift(memories=(500.0,))
    parts, radius = pool(game), game.setup.model.radius
    rows = parts.train.rows[~parts.train.labels]
    faced = rows if judged == "train" else parts.test.rows[~parts.test.labels]
    targets = parts.tune.rows[parts.tune.labels]
    drift = drift_direction(rows.shape[1])
    gone, sine = np.array([course, 1.0]) * (lag + followed), np.sqrt(1.0 - course**2)
    gone[0] /= sine
    blocked, moved = [], []
    for towards in targets / np.linalg.norm(targets, axis=1)[:, None]:
        across = drift - (drift @ towards) * towards
        across /= np.linalg.norm(across)
        way = (displacement - gone[0]) * towards + (followed - gone[1]) * across
        center = rows.mean(axis=0) + radius * way
        detector = game.setup.model.fit(rows).recentered(center, 500.0)
        blocked.append(100 * detector.predict(faced).mean())
        accepted = rows[detector.predict(rows) == 0]
        pull = (accepted - center).sum(axis=0) / len(rows) * 100 / 500 / radius
        moved.append([pull @ towards, 0.05 * sine - pull @ across, pull @ across, 0.0])
    place = np.array([displacement, lag, followed, course])
    expected = place + np.mean(moved, axis=0)
    np.testing.assert_allclose(one_round(twin, place, 1, 0), expected, atol=1e-12)
    later = np.array([[displacement, lag + 0.05 * sine, followed, course]])
    judged_here = twin.settle(place[None], np.zeros(1, int), np.zeros(1, int), later)
    assert judged_here.events["fp"][0] == pytest.approx(np.mean(blocked), abs=1e-9)


# Geometry.


def test_the_attack_pulls_to_the_targets_wherever_the_center_is() -> None:
    """43 rows at the edge, each replacing 1/500; a center farther than any honest row."""
    parts = pool(REAL)
    targets = parts.tune.rows[parts.tune.labels]
    distances = np.linalg.norm(targets, axis=1) / REAL.setup.model.radius
    for displacement, followed in ((0.0, 0.0), (0.2, 0.8), (0.5, -0.3), (0.9, 0.0)):
        way = np.stack([distances - displacement, np.full_like(distances, -followed)])
        step = 43 / 500 * (way / np.maximum(np.linalg.norm(way, axis=0), 1.0)).mean(axis=1)
        state = np.array([displacement, 2.0, followed, 0.0])
        expected = state + np.array([step[0], 0.05 - step[1], step[1], 0.0])
        np.testing.assert_allclose(one_round(TWIN, state, 2, 3), expected, atol=1e-12)


def test_targets_are_admitted_while_the_sphere_holds_them() -> None:
    parts = pool(REAL)
    targets = parts.tune.rows[parts.tune.labels]
    distances = np.linalg.norm(targets, axis=1) / REAL.setup.model.radius
    places = [(d, f) for d in (-0.2, 0.01, 0.1, 0.5) for f in (-0.9, 0.0, 0.4, 1.3)]
    states = np.array([[d, 0.3, f, 0.1] for d, f in places])
    settled = TWIN.settle(states, np.zeros(1, int), np.zeros(1, int), states)
    for (displacement, followed), share in zip(
        places, settled.events["target_errors"], strict=True
    ):
        assert share == (np.hypot(distances - displacement, followed) <= 1.0).mean()


def test_holding_changes_nothing_but_the_lag() -> None:
    """Which grows by what the traffic goes across the line."""
    for course, sine in ((0.0, 1.0), (0.6, 0.8), (-0.6, 0.8)):
        state = np.array([0.2, 0.4, 0.3, course])
        expected = [0.2, 0.4 + 0.05 * sine, 0.3, course]
        for adversary in range(4):
            np.testing.assert_allclose(one_round(TWIN, state, 0, adversary), expected)


def test_a_center_that_is_too_far_behind_stays_behind() -> None:
    """No honest row is accepted, so none is learned."""
    state = np.array([0.0, 1.3, 0.0, 0.0])
    np.testing.assert_allclose(one_round(TWIN, state, 1, 0), [0.0, 1.35, 0.0, 0.0], atol=1e-12)


def test_the_course_of_the_target_is_drawn_in_the_first_round() -> None:
    """Among means of four groups that together have the mean of all targets; then it stays."""
    parts = pool(REAL)
    targets = parts.tune.rows[parts.tune.labels]
    each = targets @ drift_direction(targets.shape[1]) / np.linalg.norm(targets, axis=1)
    law = TWIN.law(TWIN.opening[None], np.array([0]), np.array([0]))
    courses, shares = law.means[:, 0, 3], law.probabilities[:, 0]
    assert shares @ courses == pytest.approx(each.mean())
    assert np.ptp(shares) < 1.5 / len(each)
    assert courses[0] < np.quantile(each, 0.25)
    assert courses[3] > np.quantile(each, 0.75)
    told = ar.play(TWIN, "average_out_200", "shift_30%", seed=1).column("course")
    assert told[0] in courses
    assert (told == told[0]).all()
    assert set(courses) | {1.0} == set(TWIN.axes["course"])


# The real game.


def test_the_real_game_tells_the_course() -> None:
    """A center that is held lags by what is across of the way; what is along shows in no number."""
    held = ar.play(REAL, "hold", "shift_30%", seed=4)
    (course,) = set(held.column("course"))
    assert -0.2 < course < -0.1
    way = 0.05 * np.arange(1, 26) * np.sqrt(1.0 - course**2)
    np.testing.assert_allclose(held.column("lag"), way, atol=1e-12)
    still = ar.play(CentroidShift(drift=0.0), "retrain", "shift_30%", seed=3, rounds=2)
    assert not still.column("course").any()


def test_the_real_game_tells_how_far_its_center_has_followed() -> None:
    """What the traffic has gone across the line is what the center followed and what it lags."""
    held = ar.play(REAL, "hold", "shift_30%", seed=3)
    assert not held.column("followed").any()
    still = ar.play(CentroidShift(drift=0.0), "retrain", "shift_30%", seed=3, rounds=2)
    assert not still.column("followed").any()
    averaged = ar.play(REAL, "average_out_200", "wait", seed=3)
    gone = averaged.column("followed") + averaged.column("lag")
    np.testing.assert_allclose(gone, held.column("lag"), atol=0.05)
    assert averaged.column("followed")[-1] > 1.0


@pytest.mark.parametrize(
    ("learner", "adversary"),
    [
        ("hold", "wait"),
        ("average_out_200", "shift_30%"),
        ("average_out_500", "shift_5%"),
        (Periodic("average_out_200", "hold", 3), "shift_15%"),
    ],
    ids=["hold", "average_out_200", "average_out_500", "every third round"],
)
def test_the_twin_agrees_with_real_play(learner: Strategy, adversary: str) -> None:
    """Rows blocked, targets admitted and displacement, early and late: 99.9 % intervals.

    Blocked rows are counted among those that the real game judges.
    """
    plays = [ar.play(REAL, learner, adversary, seed=11, replicate=r) for r in range(16)]
    twin = MeasuredDisplacement(rounds=25, discount=0.95, memories=(200.0, 500.0), judged="test")
    told = play_replicates(twin, learner, adversary, replicates=500, seed=1).means
    for name in ("fp", "target_errors"):
        for part in (slice(0, 12), slice(12, 25)):
            sums = np.array([play.column(name)[part].mean() for play in plays])
            interval = mean_interval(sums, level=0.999)
            # Where all plays are alike, no interval says how rare another play would be.
            alike = 0.02 * float(np.ptp(sums) == 0.0)
            assert interval.low - alike <= told[name][part].mean() <= interval.high + alike, name


def test_who_waits_until_the_center_is_nearly_lost_loses_it_on_some_courses() -> None:
    """How far it is behind in the end depends on the course, in both games alike (99.9 %)."""
    lags = Grid({"lag": [0.8, 0.9]})
    waits = MarkovPolicy(lags, ["hold", "average_out_200"], np.eye(2), (0.0,))
    plays = [ar.play(REAL, waits, "shift_30%", seed=11, replicate=r) for r in range(32)]
    ends, courses = (
        np.array([play.column(name)[-1] for play in plays]) for name in ("lag", "course")
    )
    told = play_replicates(TWIN, waits, "shift_30%", replicates=2000, seed=1).statistics
    away, along = told[told[:, 3] < -0.06, 1].mean(), told[told[:, 3] > -0.06, 1].mean()
    seen_away, seen_along = (
        mean_interval(ends[group], level=0.999) for group in (courses < -0.06, courses > -0.06)
    )
    assert seen_away.low < away < seen_away.high
    assert seen_along.low < along < seen_along.high
    assert away > seen_along.high


def test_the_closed_form_does_not_agree_with_real_play() -> None:
    """Spambase is no ball of normal rows: a center half a radius behind still serves it."""
    blocked = [ar.play(REAL, "hold", "wait", seed=s, rounds=12).column("fp")[-1] for s in range(8)]
    closed = CentroidDisplacement(memories=(200.0,))
    told = ar.play(closed, "hold", "wait", rounds=12).column("fp")[-1]
    assert mean_interval(blocked, level=0.999).high < told / 3


# Solved.


def test_the_equilibrium_guarantees_less_than_every_fixed_schedule() -> None:
    features = {
        "displacement": np.linspace(-0.1, 0.5, 4),
        "lag": np.linspace(0.0, 1.2, 13),
        "followed": np.linspace(0.0, 1.2, 4),
        "course": TWIN.axes["course"][[0, 3, 4]],
    }
    answer = secure_retraining(TWIN, features=features, periods=[2])
    assert answer.regret < 1e-7
    fixed = [s.loss for s in answer.schedules if s.kind in ("never", "always", "periodic")]
    assert len(fixed) == 5
    assert answer.guaranteed_loss < 0.7 * min(fixed)


# The door.


def test_a_state_without_the_course_is_refused() -> None:
    """It would be drawn anew in every round."""
    features = {"displacement": [0.0, 0.3], "lag": [0.0, 1.0], "followed": [0.0, 1.0]}
    with pytest.raises(ValueError, match="course must be among the features of the state"):
        secure_retraining(TWIN, features=features)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"traffic": 0}, "traffic must be at least 1, got 0"),
        ({"drift": -1.0}, "drift must be at least 0, got -1"),
        ({"false_positive_rate": 1.5}, r"false_positive_rate must be in \[0, 1\], got 1.5"),
        ({"memories": (120.0,)}, "memories must be at least 143, the rows of a round, got 120"),
        ({"memories": (500.0, 500.0)}, "memories must differ in their first six digits"),
    ],
)
def test_bad_parameters_are_refused(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        MeasuredDisplacement(**parameters)


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(LookupError, match="unknown part 'tune'; judged is one of train, test"):
        MeasuredDisplacement(judged="tune")
