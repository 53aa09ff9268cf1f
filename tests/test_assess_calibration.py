"""Watches in a game: calibrated without an attack, told by other plays, answered by an agent."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from armsrace import play
from armsrace.agents import Triggered
from armsrace.assess import Calibration, calibrate, false_alarms, observe, rounds_per_alarm
from armsrace.defenses import (
    BlockedShare,
    CollectClean,
    Cusum,
    Defense,
    FalsePositiveGuard,
    Quarantine,
    QueryCount,
    RandomAlarm,
    Retrain,
    RollBack,
    Watch,
    alarm_rounds,
)
from armsrace.game import LearningGame, Rules
from armsrace.statistics import paired_difference
from games import CentroidDisplacement, CentroidShift, DictionaryAttack

GAME = DictionaryAttack(rounds=10)
RUN_LENGTH = 40
WATCH = Watch(BlockedShare(), Cusum(allowance=0.5, threshold=1.0))


def test_values_are_those_of_the_plays() -> None:
    values = observe(GAME, "retrain", "dictionary_5%", BlockedShare(), plays=2, seed=3, first=1)
    assert values.shape == (2, 10)
    for number, row in enumerate(values):
        history = play(GAME, "retrain", "dictionary_5%", seed=3, replicate=1 + number)
        blocked = sum(
            history.column(event) for event in ("fp", "tp", "unsure_honest", "unsure_malicious")
        )
        judged = blocked + history.column("fn") + history.column("tn")
        # The target is judged too, and counted apart.
        assert np.abs(row - blocked / judged).max() <= 1 / judged.min()


def test_nobody_is_an_action_that_every_game_has() -> None:
    waiting = observe(GAME, "retrain", "wait", BlockedShare(), plays=2)
    assert waiting.tolist() == observe(GAME, "retrain", None, BlockedShare(), plays=2).tolist()


@pytest.fixture(scope="module")
def found() -> Calibration[Watch]:
    return calibrate(GAME, "retrain", WATCH, run_length=RUN_LENGTH, plays=40, seed=1)


def test_a_calibrated_watch_is_told_by_other_plays_and_beats_chance(
    found: Calibration[Watch],
) -> None:
    interval = found.run_length
    assert found.wanted == RUN_LENGTH
    assert interval.low <= RUN_LENGTH <= interval.high
    assert np.isfinite(interval.estimate)

    attacked = observe(
        GAME, "retrain", "dictionary_5%", found.watch.statistic, plays=20, seed=1, first=80
    )
    first = np.array([alarm_rounds(found.watch.chart, values)[0] for values in attacked])
    # The attack shows in its first three rounds, in every play; a watch that fires at random at
    # this run length does so in 1 - (1 - 1/40)^3 = 7 % of plays.
    assert (first < 3).all()
    chance = Defense(RandomAlarm(1 / RUN_LENGTH), Retrain())
    histories = [
        play(_Monitored(chance, chance), "retrain", "dictionary_5%", seed=1, replicate=80 + number)
        for number in range(20)
    ]
    soon = [history.column("alarms")[:3].any() for history in histories]
    assert np.mean(soon) < 0.5


@pytest.mark.parametrize(
    "recovery",
    [
        Triggered("recover", "retrain"),
        Triggered("recover", "retrain", lasting=10),
    ],
)
def test_what_follows_an_alarm_is_an_action(found: Calibration[Watch], recovery: Triggered) -> None:
    """Quarantine, roll back and learn from collected rows: better than to go on, in all plays."""
    watch = found.watch
    game = _Monitored(
        Defense(watch, Retrain()),
        Defense(watch, Quarantine(), CollectClean(0.5), RollBack(), Retrain()),
    )
    payoffs = np.array(
        [
            [
                play(game, learner, "dictionary_5%", seed=2, replicate=number).payoffs[0]
                for learner in (recovery, "retrain")
            ]
            for number in range(8)
        ]
    )
    gained = paired_difference(payoffs[:, 0], payoffs[:, 1])
    assert gained.low > 0
    # The answer undoes the damage: the round after the first alarm blocks less honest mail.
    history = play(game, recovery, "dictionary_5%", seed=2)
    alarm = int(np.flatnonzero(history.column("alarms"))[0])
    assert history.records[alarm + 1].learner == "recover"
    assert history.column("fp")[alarm + 1] < history.column("fp")[alarm]
    assert history.column("collected")[alarm + 1] > 0


def test_a_guard_is_calibrated_with_its_resets() -> None:
    """The lowest limit that keeps to the run length; what it is on other plays is told."""
    game, wanted, plays = CentroidShift(rounds=5, drift=0.1), 6, 12
    found = calibrate(game, "retrain", FalsePositiveGuard(0.0), run_length=wanted, plays=plays)
    limit = found.watch.limit
    assert limit > 0.05  # without a drift a detector blocks about as many
    apart = [
        [
            false_alarms(
                replace(game, guards=(at, 1.0)), "retrain_guarded", plays=plays, first=first
            )
            for first in (0, plays)
        ]
        for at in (limit, limit - 0.005)
    ]
    assert apart[0][0].estimate >= wanted > apart[1][0].estimate
    assert found.run_length.estimate == apart[0][1].estimate
    assert apart[0][1].low < wanted < apart[0][1].high


def test_alarms_of_an_agent_are_counted_as_those_of_an_action() -> None:
    """On record with a game's own adversary who waits."""
    game = DictionaryAttack(rounds=6, alarm_limit=0.5)
    for learner in ("retrain", "dynamic_after_alarm"):
        alarms = [
            play(game, learner, "wait", seed=2, replicate=number).column("alarms").sum()
            for number in range(3, 7)
        ]
        assert sum(alarms) > 0
        found = false_alarms(game, learner, plays=4, seed=2, first=3)
        assert found.estimate == rounds_per_alarm(alarms, 6).estimate


@dataclass(frozen=True, repr=False)
class _Monitored(LearningGame):
    """The dictionary attack with two actions of the learner's."""

    name: ClassVar[str] = "monitored"

    retrain: Defense
    recover: Defense
    rounds: int = 10

    def rules(self) -> Rules:
        return replace(
            GAME.setup,
            learner_actions={"retrain": self.retrain, "recover": self.recover},
            learner_agents={},
            answers={},
            run_lengths={},
        )


@pytest.mark.parametrize("dispersion", [1.0, 3.0])
def test_the_interval_encloses_the_run_length(dispersion: float) -> None:
    """Nominal 95 %, in 1,500 samples of 60 plays whose alarms are Poisson or come in clusters."""
    rng, rounds, rate, inside = np.random.default_rng(0), 20, 0.03, 0
    for _ in range(1500):
        if dispersion == 1.0:
            alarms = rng.poisson(rate * rounds, size=60)
        else:
            odds = 1 / dispersion
            alarms = rng.negative_binomial(rate * rounds * odds / (1 - odds), odds, size=60)
        interval = rounds_per_alarm(alarms, rounds)
        inside += bool(interval.low <= 1 / rate <= interval.high)
    assert inside / 1500 > 0.95 - 5 * np.sqrt(0.95 * 0.05 / 1500)


def test_without_alarms_the_run_length_is_bounded_below_only() -> None:
    interval = rounds_per_alarm(np.zeros(10, dtype=int), rounds=20)
    # The exact Poisson bound of none in 200 rounds, -ln(0.025).
    assert interval.low == pytest.approx(200 / -np.log(0.025))
    assert interval.estimate == interval.high == np.inf


def test_bad_input_meets_a_clear_error() -> None:
    with pytest.raises(LookupError, match="unknown action 'retrian'; known: hold, retrain"):
        observe(GAME, "retrian", None, BlockedShare(), plays=1)
    with pytest.raises(LookupError, match="unknown action 'dictionary'; known: wait, dict"):
        observe(GAME, "hold", "dictionary", BlockedShare(), plays=1)
    with pytest.raises(ValueError, match="plays must be at least 1, got 0"):
        observe(GAME, "hold", None, BlockedShare(), plays=0)
    with pytest.raises(TypeError, match="game must be a LearningGame, got CentroidDisplacement"):
        observe(CentroidDisplacement(), "hold", None, BlockedShare(), plays=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"QueryCount\(\) must vary from round to round"):
        calibrate(GAME, "hold", Watch(QueryCount(), Cusum(0.5, 1.0)), run_length=4, plays=2)
    with pytest.raises(LookupError, match="unknown action 'guard'; known: hold, retrain"):
        calibrate(GAME, "guard", FalsePositiveGuard(0.1), run_length=4, plays=2)
    with pytest.raises(ValueError, match="at least 5 x run_length = 50 rounds, got 20; play more"):
        calibrate(GAME, "retrain", FalsePositiveGuard(0.1), run_length=10, plays=2)
    with pytest.raises(LookupError, match="unknown learner 'retrian' in altered; known are hold"):
        false_alarms(GAME, "retrian", plays=1)
    for alarms in ([], [-1], [[1]]):
        with pytest.raises(ValueError, match="alarms must hold the number of alarms of each"):
            rounds_per_alarm(alarms, rounds=20)
    with pytest.raises(ValueError, match=r"level must be in \(0, 1\), got 1.0"):
        rounds_per_alarm([1], rounds=20, level=1.0)
