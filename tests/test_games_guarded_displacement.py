"""The watched center's analytic game: theorems, rows that are drawn, chains of levels, play."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

import armsrace as ar
from armsrace.agents import Triggered
from armsrace.analytic import Law
from armsrace.assess import secure_retraining
from armsrace.batch import Batch
from armsrace.defenses import AverageOut, Bootstrap, Defense, FalsePositiveGuard
from armsrace.defenses.memory import Memory
from armsrace.defenses.training import fit_from_scratch
from armsrace.markov import markov_game
from armsrace.models import CentroidDetector
from armsrace.statistics import mean_interval
from armsrace.theory.limited_control import protected_displacement_bound
from games import GuardedDisplacement

Array = NDArray[np.float64]
FAR = 1e6
"""A distance that no displacement reaches."""

SMALL = {
    "displacement": np.linspace(-0.1, 0.4, 11),
    "lag": np.array([0.0, 0.15, 0.3]),
    "drifted": np.array([0.0, 0.15, 0.3]),
    "level": np.arange(4.0),
}


def after_a_round(
    game: GuardedDisplacement, state: Array, learner: str, adversary: str, count: int = 1
) -> Array:
    """Statistics of as many replicates after a round from the same state, shape (count, 4)."""
    after, _ = game.advance(
        np.tile(state, (count, 1)),
        np.array([list(game.learner_actions).index(learner)]),
        np.array([list(game.adversary_actions).index(adversary)]),
        np.random.default_rng(0),
    )
    return after


def detector(center: Array) -> tuple[ar.defenses.Fitted, Memory]:
    """A real detector of radius 1 there."""
    trusted = Batch.of(center[None], [0])
    model = fit_from_scratch(CentroidDetector(radius=1.0), (trusted,), np.random.default_rng(0))
    return model, Memory(model, (trusted,))


# One round.


@pytest.mark.parametrize(
    ("displacement", "lag", "learner"),
    [(0.3, 0.2, "average_out"), (0.5, 0.6, "average_out"), (0.1, 0.9, "quarantine")],
)
def test_a_round_has_the_moments_of_the_real_detector(
    displacement: float, lag: float, learner: str
) -> None:
    """Gaussian rows in 20 directions through the real parts: what they block is not learned."""
    features, spread, honest = 20, 0.19, 60
    game = GuardedDisplacement(
        traffic=honest, features=features, spread=spread, memory=150, distance=FAR, clean=0.5
    )
    center = np.zeros(features)
    center[:2] = displacement, -lag
    model, memory = detector(center)
    bundle = Defense(Bootstrap(), AverageOut(150)) if learner == "average_out" else AverageOut(150)
    clean = learner == "quarantine"
    rows_each, attack = (30, 0) if clean else (honest, 26)
    rng, moved = np.random.default_rng(7), []
    edge = center + np.eye(features)[0] * (1.0 - 1e-9)
    for _ in range(1500):
        rows = rng.normal(0, spread, size=(rows_each, features))
        batch = Batch.of(
            np.concatenate([rows, np.tile(edge, (attack, 1))]), [0] * (rows_each + attack)
        )
        if isinstance(bundle, Defense):
            batch = batch.take(bundle.sanitize(batch, model, memory, rng))
        fitted, _ = bundle.fit(model, memory, batch, rng)
        moved.append(fitted.trained.center_[:2])
    real = np.array(moved)
    state = np.array([displacement, lag, 0.9, 0.0])
    twin = after_a_round(replace(game, reach=0.9), state, learner, "shift_30%", 40_000)
    interval = mean_interval(real, level=0.999)
    assert interval.low[0] <= twin[:, 0].mean() <= interval.high[0]
    assert interval.low[1] <= -twin[:, 1].mean() <= interval.high[1]
    squares = (real[:, 0] - real[:, 0].mean()) ** 2
    assert abs(squares.mean() - twin[:, 0].var()) < 4 * squares.std() / np.sqrt(len(squares))


@pytest.mark.parametrize("displacement", [0.1, 0.4])
def test_the_guard_goes_back_where_the_real_one_does(displacement: float) -> None:
    """Tried on many trusted rows, just below and above the share that the moved sphere blocks."""
    features, spread = 9, 0.24
    rng = np.random.default_rng(1)
    rows = rng.normal(0, spread, size=(20_000, features))
    center = np.zeros(features)
    center[0] = displacement
    share = float((((rows - center) ** 2).sum(axis=1) > 1).mean())
    trusted = Batch.of(rows, np.zeros(len(rows)))
    moved, _ = detector(center)
    first = fit_from_scratch(CentroidDetector(radius=1.0), (trusted,), rng)
    for limit, kept in ((share - 0.01, False), (share + 0.01, True)):
        guarded, _ = FalsePositiveGuard(limit).fit(moved, Memory(first, (trusted,)), trusted, rng)
        assert (guarded is moved) == kept
        game = GuardedDisplacement(
            features=features, spread=spread, drift=0.0, guards=(limit,), memory=1e9, rates=()
        )
        name = list(game.learner_actions)[-1]
        after = after_a_round(game, np.array([displacement, 0.0, 0.0, 0.0]), name, "wait")[0]
        assert after[0] == pytest.approx(displacement if kept else 0.0, abs=1e-6)
        if not kept:
            assert after[3] == game.alarm_level


def test_the_guard_is_tried_on_the_rows_of_before_the_drift() -> None:
    """A center that has followed the traffic is as far from the trusted rows as one led astray."""
    game = GuardedDisplacement(guards=(0.1,), memory=1e9, reach=0.5)
    for state, back in (([0.0, 0.5, 0.5, 0.0], False), ([0.0, 0.0, 0.5, 0.0], True)):
        after = after_a_round(game, np.array(state), "guarded_10%", "wait")[0]
        assert after[:3] == pytest.approx([0.0, 0.5 if back else state[1], 0.5], abs=1e-6)


def test_holding_and_rolling_back() -> None:
    game = GuardedDisplacement(drift=0.1, reach=0.3)
    state = np.array([0.25, 0.05, 0.15, 0.0])
    held = after_a_round(game, state, "hold", "shift_30%")[0]
    back = after_a_round(game, state, "roll_back", "shift_30%")[0]
    np.testing.assert_allclose(held[:3], [0.25, 0.15, 0.25], rtol=1e-12)
    np.testing.assert_allclose(back[:3], [0.0, 0.25, 0.25], rtol=1e-12)


def test_the_traffic_stays_where_its_way_ends() -> None:
    history = ar.play(GuardedDisplacement(drift=0.2, reach=0.3, rounds=4), "hold", "wait", seed=1)
    assert history.column("drifted").tolist() == pytest.approx([0.2, 0.3, 0.3, 0.3])
    assert history.column("lag").tolist() == pytest.approx([0.2, 0.3, 0.3, 0.3])


# The watch.


@pytest.mark.parametrize("state", [[0.0, 0.0, 0.0, 0.0], [0.2, 0.1, 0.3, 2.0], [0.1, 0, 0, 3.0]])
def test_levels_are_those_of_the_cusum(state: list[float]) -> None:
    """By a plain loop over the blocked rows, as the definition says; 5 standard errors in play."""
    game = GuardedDisplacement(drift=0.0, reach=0.3)
    blocked = game.settle(
        np.array([state]), np.zeros(1, dtype=int), np.zeros(1, dtype=int), np.array([state])
    ).events["fp"][0]
    start = 0.0 if state[3] == 3 else state[3]
    chances = np.zeros(4)
    for number in range(21):
        level = min(3.0, max(0.0, start + number - 2))
        chances[int(level)] += binom.pmf(number, 20, blocked / 100)
    law = game.aftermath(np.array([state]), np.zeros(1, dtype=int), np.zeros(1, dtype=int))
    np.testing.assert_allclose(law.probabilities[:, 0], chances, atol=1e-9)
    levels = after_a_round(game, np.array(state), "hold", "wait", 20_000)[:, 3]
    shares = (levels[:, None] == np.arange(4)).mean(axis=0)
    assert (np.abs(shares - chances) <= 5 * np.sqrt(chances / 20_000) + 1e-9).all()


def test_the_run_length_is_that_of_play_without_an_attack() -> None:
    """Mean rounds to the first alarm: 4 standard errors of 4,000 plays of a watch."""
    game = GuardedDisplacement(drift=0.0, tolerated=1)
    assert game.run_length == pytest.approx(15.2, abs=0.1)
    rng = np.random.default_rng(0)
    statistics, waiting = np.tile(game.opening, (4000, 1)), np.zeros(4000)
    running = np.ones(4000, dtype=bool)
    while running.any():
        statistics, settled = game.advance(statistics, np.zeros(1, int), np.zeros(1, int), rng)
        waiting += running
        running &= settled.events["alarms"] == 0
    assert abs(waiting.mean() - game.run_length) < 4 * waiting.std() / np.sqrt(4000)
    assert GuardedDisplacement().run_length == pytest.approx(196, abs=1)
    assert GuardedDisplacement(spread=0.0).run_length == np.inf
    assert GuardedDisplacement(tested=2).run_length == np.inf


def test_alarms_answer_an_attack_and_the_agent_that_is_suggested_answers_alarms() -> None:
    game = GuardedDisplacement(drift=0.0, rounds=40)
    quiet, attacked, answered = (
        ar.play(game, learner, adversary, seed=2)
        for learner, adversary in (
            ("average_out", "wait"),
            ("average_out", "shift_30%"),
            ("roll_back_when_alarmed", "shift_30%"),
        )
    )
    assert quiet.column("alarms").sum() <= 2
    assert attacked.column("alarms")[-10:].all()
    assert attacked.column("displacement")[-1] > 0.5
    assert isinstance(game.suggested_agents("learner")["roll_back_when_alarmed"], Triggered)
    after_alarm = answered.column("alarms")[:-1] == 1
    assert after_alarm.sum() >= 3
    assert (answered.column("displacement")[1:][after_alarm] == 0).all()


# The theorem.


@pytest.mark.parametrize(
    ("rate", "limit", "needed"), [(0.1, 0.1, False), (0.2, 0.12, False), (0.3, 0.2, True)]
)
def test_the_guarded_center_stays_within_theorem_12(
    rate: float, limit: float, needed: bool
) -> None:
    """Kloft and Laskov (2012): means of 2,000 plays in every round, below the bound.

    They count rows, each of which is the adversary's with the probability nu; here a round brings
    that share of rows. A strong attack passes the bound where there is no guard.
    """
    game = GuardedDisplacement(
        drift=0.0, rates=(rate,), guards=(limit,), distance=FAR, memory=400, rounds=60
    )
    shift, guarded = list(game.adversary_actions)[1], list(game.learner_actions)[-1]
    attack = round(100 * rate / (1 - rate))
    rows = (100 + attack) * np.arange(1, 61)
    bound = protected_displacement_bound(rows, attack / (100 + attack), 400, limit)
    means = {
        action: ar.play_replicates(game, action, shift, replicates=2000).means["displacement"]
        for action in (guarded, "average_out")
    }
    assert (means[guarded] <= bound).all()
    assert (means["average_out"][-1] > bound[-1]) == needed


# The Markov game.


def test_rows_are_those_of_both_laws() -> None:
    """Transitions and rewards by a plain loop over the states in between."""
    from armsrace.markov import rounded

    game = GuardedDisplacement()
    built = markov_game(
        game, SMALL, learner=["guarded_15%", "quarantine"], adversary=["shift_30%"], discount=0.5
    )
    grid = ar.Grid(SMALL)
    dense = built.transitions.toarray().reshape(len(grid), 2, len(grid))
    names = list(game.learner_actions)
    for i, action in enumerate(("guarded_15%", "quarantine")):
        actions = np.array([names.index(action)]), np.array([3])
        steps = []
        for law in (game.law(grid.states, *actions), game.aftermath(grid.states, *actions)):
            shares = [rounded(law, k, axis) for k, axis in enumerate(grid.axes)]
            joint = np.einsum("br,bri,brj,brk,brl->rijkl", _every(law), *shares)
            steps.append(joint.reshape(len(grid), len(grid)))
        chance = steps[0] @ steps[1]
        np.testing.assert_allclose(dense[:, i], chance, atol=1e-9)
        for state in (0, 17, len(grid) - 1):
            came = np.repeat(grid.states[[state]], len(grid), axis=0)
            settled = game.settle(came, *actions, grid.states)
            worth = (settled.payoffs * chance[state]).sum(axis=1)
            np.testing.assert_allclose(built.rewards[:, state, i, 0], worth, atol=1e-6)


def _every(law: Law) -> Array:
    """Probabilities of the branches for every row."""
    return np.broadcast_to(law.probabilities, law.means.shape[:2])


def test_without_drift_not_retraining_is_optimal() -> None:
    answer = secure_retraining(GuardedDisplacement(drift=0.0), discount=0.9, periods=[3])
    assert answer.regret < 1e-9
    assert answer.schedule("never (hold)").loss == pytest.approx(answer.guaranteed_loss, abs=1e-9)


def test_with_drift_the_policy_uses_its_means_and_keeps_what_it_guarantees() -> None:
    """Below every schedule by a third; in 2,000 plays of the continuous game, within 3 %."""
    axes = {**GuardedDisplacement().axes, "displacement": np.linspace(-0.1, 0.4, 11)}
    game = GuardedDisplacement(discount=0.9, rounds=80)
    answer = secure_retraining(game, features=axes, periods=[3])
    assert answer.regret < 1e-9
    best = min(s.loss for s in answer.schedules if s.kind != "equilibrium")
    assert answer.guaranteed_loss < 0.85 * best
    policy = answer.policy("learner")
    used = set(np.array(policy.actions)[(policy.table > 0.05).any(axis=0)])
    assert {"quarantine", "roll_back", "hold"} <= used
    plays = ar.play_replicates(game, policy, answer.policy("adversary"), replicates=2000, seed=3)
    loss = -plays.payoffs[0]
    error = loss.std(ddof=1) / np.sqrt(2000)
    assert abs(loss.mean() - answer.guaranteed_loss) < 4 * error + 0.03 * answer.guaranteed_loss


def test_counted_events_and_prices() -> None:
    game = GuardedDisplacement(rounds=6)
    for learner in game.learner_actions:
        history = ar.play(game, learner, "shift_30%", seed=1)
        trained = learner != "hold"
        losses = (
            history.column("fp")
            + 20 * history.column("target_errors")
            + 0.5 * trained
            + 5 * history.column("alarms")
            + 0.2 * history.column("collected")
            - 0.1 * history.column("poison")
        )
        np.testing.assert_allclose(history.column("learner_payoff"), -losses, rtol=1e-12)
        assert history.column("collected")[0] == (20 if learner == "quarantine" else 0)
        assert history.column("offered").tolist() == [143] * 6
        if learner == "quarantine":
            assert not history.column("kept").any()
            assert not history.column("poison_kept").any()


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"traffic": 0}, "traffic must be at least 1, got 0"),
        ({"features": 0}, "features must be at least 1, got 0"),
        ({"spread": 1e-5}, "spread must be 0 or at least 0.001, got 1e-05"),
        ({"drift": -1}, "drift must be at least 0, got -1"),
        ({"reach": -1}, "reach must be at least 0, got -1"),
        ({"tested": 0}, "tested must be at least 1, got 0"),
        ({"tolerated": 1.5}, "tolerated must be a whole number, got 1.5"),
        ({"alarm_level": 0}, "alarm_level must be at least 1, got 0"),
        ({"distance": 0}, "distance must be positive, got 0"),
        ({"clean": 0}, r"clean must be in \(0, 1\], got 0"),
        ({"guards": (1.2,)}, r"guards must be in \[0, 1\], got 1.2"),
        ({"guards": (0.1, 0.1)}, "guards must differ in their first six digits"),
        ({"rates": (1.0,)}, r"rates must be in \[0, 1\), got 1.0"),
        ({"rates": (0.1, 0.1)}, "rates must differ in their first six digits"),
        ({"memory": 100}, "memory must be at least 143, the rows of a round, got 100"),
    ],
)
def test_bad_parameters_are_refused(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        GuardedDisplacement(**parameters)
