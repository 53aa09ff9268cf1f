"""How far the false alarms of each game's watches are apart: as far as is stated, in play.

Whatever the traffic: limits follow it, or nothing is stated.
"""

from math import inf
from typing import Any

import numpy as np
import pytest

import armsrace as ar
from armsrace.assess import false_alarms, observe, rounds_per_alarm
from armsrace.defenses import FixedLimit, Watch, alarms_in
from armsrace.game import LearningGame
from armsrace.models.redrawn import redrawn_scores
from games import AlarmFlood, CentroidShift, DictionaryAttack, Evasion, GoodWords, MistakenIdentity
from games.centroid_shift import GUARDS

SLOW = pytest.mark.slow


def watch_of(game: LearningGame, learner: str) -> Watch:
    watch = game.learner_actions[learner].parts[-1]
    assert isinstance(watch, Watch)
    return watch


@pytest.mark.parametrize(
    ("game", "learner"),
    [
        (Evasion(traffic=40, run_length=20.0), "watch"),
        (MistakenIdentity(traffic=50, tolerated=6), "watch_closely"),
        (AlarmFlood(traffic=40), "watch_closely"),
        pytest.param(AlarmFlood(), "watch_closely", marks=SLOW),
        pytest.param(MistakenIdentity(), "watch_closely", marks=SLOW),
        pytest.param(AlarmFlood(data="phishing"), "watch_closely", marks=SLOW),
        *(
            pytest.param(game, "watch", marks=SLOW)
            for game in (
                Evasion(),
                Evasion(traffic=300, initial=200),
                Evasion(data="spambase"),
                Evasion(data="spambase", traffic=50, narrow=1.0),
                MistakenIdentity(),
                MistakenIdentity(traffic=200, tolerated=22),
                AlarmFlood(),
                AlarmFlood(data="phishing"),
                AlarmFlood(traffic=300, initial=500),
            )
        ),
    ],
    ids=lambda value: value.name if isinstance(value, LearningGame) else value,
)
def test_false_alarms_are_as_far_apart_as_is_stated(game: LearningGame, learner: str) -> None:
    """On plays that have not set the limit: as far or farther, and not for long."""
    run_length, watch = game.setup.run_lengths[learner], watch_of(game, learner)
    limit, faced = watch.chart.threshold, len(game.setup.world.face(0, np.random.default_rng(0)))
    plays = 2 * int(run_length)
    calm = observe(game, learner, None, watch.statistic, plays=plays, seed=5)
    found, closer = (
        rounds_per_alarm(alarms_in(FixedLimit(at), calm), game.rounds)
        for at in (limit, limit - 3 / faced)
    )
    assert found.high > run_length
    assert closer.estimate < run_length


def test_less_traffic_takes_a_higher_limit() -> None:
    """What held for a hundred rows would have raised a false alarm in every third round or so."""
    few, many = AlarmFlood(traffic=20), AlarmFlood(traffic=500)
    limits = [watch_of(game, "watch").chart.threshold for game in (few, AlarmFlood(), many)]
    assert limits == sorted(limits, reverse=True)
    assert limits[0] > limits[1] + 0.05
    calm = observe(few, "watch", None, watch_of(few, "watch").statistic, plays=10, seed=5)
    assert rounds_per_alarm(alarms_in(FixedLimit(limits[1]), calm), few.rounds).high < 50


def test_models_are_those_of_the_game() -> None:
    """A first model scores as one that is drawn and fitted by the hundred."""
    world = Evasion().setup.world
    rows = world.reference().rows
    for each in range(2):
        rng = np.random.default_rng(3).spawn(2)[each]
        fitted = Evasion().setup.model.fit(*_rows_and_labels(world.start(rng)))
        scores = redrawn_scores(world.start, rows, models=2, seed=3)[each]
        np.testing.assert_allclose(scores, fitted.decision_function(rows), atol=0.02)


def _rows_and_labels(batch: Any) -> tuple[Any, Any]:
    return batch.rows, batch.labels


@pytest.mark.parametrize(
    ("data", "learner", "run_length"),
    [
        ("spambase", "retrain_guarded", 20),
        pytest.param("spambase", "retrain_guarded_late", 100, marks=SLOW),
        pytest.param("phishing", "retrain_guarded", 20, marks=SLOW),
        pytest.param("phishing", "retrain_guarded_late", 100, marks=SLOW),
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


@pytest.mark.parametrize(
    ("learner", "run_length", "plays"),
    [
        ("hold", 10, 20),
        pytest.param("retrain", 100, 100, marks=SLOW),
        pytest.param("retrain_dynamic", 20, 40, marks=SLOW),
        pytest.param("retrain_roni", 100, 30, marks=SLOW),
    ],
)
def test_poor_filters_raise_alarms_as_seldom_as_is_stated(
    learner: str, run_length: int, plays: int
) -> None:
    game = DictionaryAttack()
    assert game.setup.run_lengths[learner] == run_length
    assert false_alarms(game, learner, plays=plays, seed=7).high > run_length


@pytest.mark.parametrize(
    ("game", "others"),
    [
        (
            CentroidShift(),
            [
                {"traffic": 50},
                {"initial": 100},
                {"drift": 0.1},
                {"false_positive_rate": 0.1},
                {"guards": (0.1, 0.2)},
                {"rounds": 21},
            ],
        ),
        (
            DictionaryAttack(),
            [{"mails": 50}, {"initial": 100}, {"alarm_limit": 0.5}, {"rounds": 19}],
        ),
    ],
    ids=lambda value: value.name if isinstance(value, LearningGame) else "",
)
def test_what_is_not_calibrated_says_so(game: LearningGame, others: list[dict[str, Any]]) -> None:
    rules, words = game.setup, "false alarms not calibrated for these parameters"
    assert set(rules.run_lengths) == set(rules.watching)
    assert words not in repr(game)
    for changed in others:
        other = ar.load_game(game.name, **changed)
        assert isinstance(other, LearningGame)
        assert not other.setup.run_lengths
        assert f"{words}: {', '.join(rules.watching)}; " in repr(other)


def test_where_nobody_asks_without_an_attack_there_is_no_false_alarm() -> None:
    game = GoodWords(mails=10)
    assert game.setup.run_lengths == dict.fromkeys(game.setup.watching, inf)
    assert false_alarms(game, "hide_and_watch", plays=3).estimate == inf


def test_every_watch_of_every_game_states_its_run_length() -> None:
    for name in ar.available_games():
        game = ar.load_game(name)
        if isinstance(game, LearningGame):
            assert set(game.setup.run_lengths) == set(game.setup.watching), name


def test_bad_run_lengths_are_refused() -> None:
    for kind in (AlarmFlood, MistakenIdentity):
        with pytest.raises(ValueError, match=r"run_lengths must be two numbers, got \(20.0,\)"):
            _ = kind(run_lengths=(20.0,)).setup  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=r"run_length must be at least 1 and finite, got 0\.5"):
            _ = kind(run_lengths=(20.0, 0.5)).setup
    with pytest.raises(ValueError, match="run_length must be at least 1 and finite, got inf"):
        _ = Evasion(run_length=inf).setup
