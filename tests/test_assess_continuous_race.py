"""A race in one number: the golden answers of the linear race, and races that are not linear."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.assess import ContinuousRace, Course, continuous_race, linear_race
from armsrace.theory import performative

means = st.floats(0.1, 10.0) | st.floats(-10.0, -0.1)


@settings(deadline=None, max_examples=100)
@given(mean=means, response=st.floats(-0.45, 0.95) | st.floats(1.05, 10.0))
def test_points_and_price_are_those_of_the_closed_form(mean: float, response: float) -> None:
    race = linear_race(mean, response)
    stable = float(performative.stable_point(mean, response))
    committed = float(performative.committed_point(mean, response))
    assert race.stable == pytest.approx(stable, rel=1e-8)
    assert race.committed == pytest.approx(committed, rel=1e-5)
    assert race.stable_loss == pytest.approx(
        float(performative.expected_loss(stable, mean, response)), rel=1e-7
    )
    assert race.price_ratio == pytest.approx(
        float(performative.price_of_racing(response)), rel=1e-6
    )
    assert race.price >= -1e-9 * abs(race.stable_loss)


@pytest.mark.parametrize("a", [0.25, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("mu", [1.0, -3.0])
def test_golden_answers(mu: float, a: float) -> None:
    """Data mean mu - a theta, loss -theta z + theta^2 / 2; written out, not looked up."""
    race = linear_race(mu, a)
    assert race.stable == pytest.approx(mu / (1 + a), rel=1e-8)
    assert race.committed == pytest.approx(mu / (1 + 2 * a), rel=1e-5)
    assert race.price_ratio == pytest.approx((1 + a) ** 2 / (1 + 2 * a), rel=1e-6)
    if a == 1.0:
        assert (race.course, race.period) == (Course.CYCLES, 2)
        assert set(race.models.tolist()) == {0.0, mu}
    else:
        assert race.course is (Course.CONVERGES if a < 1.0 else Course.ESCALATES)


@pytest.mark.parametrize(
    ("response", "course", "period"),
    [
        (0.0, Course.CONVERGES, None),
        (0.5, Course.CONVERGES, None),
        (0.99, Course.CONVERGES, None),
        (-0.4, Course.CONVERGES, None),
        (1.0, Course.CYCLES, 2),
        (1.01, Course.ESCALATES, None),
        (3.0, Course.ESCALATES, None),
        (-1.5, Course.ESCALATES, None),
    ],
)
def test_course_turns_where_the_response_is_as_large_as_the_fit(
    response: float, course: Course, period: int | None
) -> None:
    race = linear_race(2.0, response)
    assert (race.course, race.period) == (course, period)
    factor = float(performative.retraining_factor(response))
    assert (race.course is Course.CONVERGES) == (abs(factor) < 1)


def test_models_are_those_of_the_closed_form() -> None:
    race = linear_race(1.0, 1.5, start=0.25)
    expected = performative.retrained_model(0.25, 1.0, 1.5, np.arange(20))
    assert race.models[:20].tolist() == pytest.approx(expected.tolist())


def settings_of(race: ContinuousRace) -> dict[str, tuple[str, bool]]:
    return {change.name: (change.setting, change.ends_the_race) for change in race.changes}


def test_each_change_ends_the_race_where_theory_says() -> None:
    """At a = 3: a / (1 + s) < 1, a < w, step < 2 / (1 + a), share * a < 1; the limits do not."""
    assert settings_of(linear_race(1.0, 3.0)) == {
        "regularize": ("s = 4", True),
        "widen the window": ("w = 5", True),
        "change the update period": ("p = 10", False),
        "mix": ("share = 0.25", True),
        "cap the rate": ("share = 0.25", True),
    }


def test_too_strong_a_reaction_is_ended_by_no_change_tried() -> None:
    race = linear_race(1.0, 30.0)
    assert not any(ends for _, ends in settings_of(race).values())
    assert all(math.isinf(change.loss) for change in race.changes)


def test_a_weaker_step_rests_at_the_stable_point_and_a_penalty_does_not() -> None:
    race = linear_race(1.0, 1.5)
    losses = {change.name: change.loss for change in race.changes}
    assert losses["mix"] == pytest.approx(race.stable_loss)
    assert losses["widen the window"] == pytest.approx(race.stable_loss)
    assert losses["regularize"] == pytest.approx(
        float(performative.expected_loss(1 / 3.5, 1.0, 1.5))  # mu / (1 + s + a), s = 1
    )


def test_a_bounded_race_cycles_between_its_ends() -> None:
    """Over-reaction against a learner that keeps within [0, 1]."""
    race = continuous_race(
        lambda data: min(max(data, 0.0), 1.0),
        lambda model: 2.0 - 3.0 * model,
        lambda model, data: -model * data + model**2 / 2,
    )
    assert (race.course, race.period) == (Course.CYCLES, 2)
    assert race.models[-2:].tolist() in ([0.0, 1.0], [1.0, 0.0])
    assert race.stable == pytest.approx(0.5)
    assert race.committed == pytest.approx(2 / 7)


def test_a_cycle_of_three() -> None:
    """The logistic map in its window of period 3 (r = 3.835) is a race like any other."""
    race = continuous_race(
        lambda data: 3.835 * data * (1 - data),
        lambda model: model,
        lambda model, data: (model - data) ** 2 + model**2,
        start=0.3,
    )
    assert (race.course, race.period) == (Course.CYCLES, 3)


def test_chaos_is_unsettled() -> None:
    race = continuous_race(
        lambda data: 3.9 * data * (1 - data),
        lambda model: model,
        lambda model, data: model**2,
        start=0.3,
        rounds=2000,
    )
    assert (race.course, race.period) == (Course.UNSETTLED, None)


def test_where_no_commitment_is_best_the_price_is_without_bound() -> None:
    race = linear_race(1.0, -0.75)
    assert math.isnan(race.committed)
    assert race.price == math.inf


def test_a_race_without_a_stable_point_says_so() -> None:
    race = continuous_race(lambda data: data + 1.0, lambda model: model, lambda m, z: m**2)
    assert race.course is Course.UNSETTLED
    assert math.isnan(race.stable)
    assert race.committed == pytest.approx(0.0, abs=1e-6)


def test_report_reads_as_text_table_and_picture() -> None:
    race = linear_race(1.0, 1.0)
    lines = repr(race).splitlines()
    assert lines[0] == "Naive best response cycles with period 2"
    assert "gain ratio 1.33333" in lines[3]
    table = race.frame()
    assert table["change"].tolist() == [change.name for change in race.changes]
    assert table["ends_the_race"].tolist() == [True, True, False, True, True]
    (axes,) = race.plot().axes
    assert axes.lines[0].get_ydata() == pytest.approx(race.models[:40])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linear_race(math.nan, 1.0), "mean must be finite, got nan"),
        (lambda: linear_race(1.0, math.inf), "response must be finite, got inf"),
        (
            lambda: continuous_race(lambda z: z, lambda m: m, lambda m, z: 0.0, rounds=10),
            "rounds must be at least 256, got 10",
        ),
        (
            lambda: continuous_race(lambda z: math.nan, lambda m: m, lambda m, z: 0.0),
            "fit must be finite, got nan",
        ),
        (
            lambda: continuous_race(lambda z: z, lambda m: m, lambda m, z: 0.0, start=math.inf),
            "start must be finite, got inf",
        ),
    ],
)
def test_bad_input_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
