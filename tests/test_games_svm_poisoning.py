"""The poisoned digit reader: the attack beats chance, and follows the defense that it meets."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.svm import SVC

import armsrace as ar
from armsrace.attacks import Knowledge, SupportVectorPoisoning
from armsrace.batch import Batch, join
from armsrace.models.published import Published
from armsrace.statistics import mean_interval
from armsrace.taxonomy import DEFENSES
from games import SvmPoisoning

SEEDS = range(6)
GAME = SvmPoisoning(rounds=6)
ADDED = GAME.digits // 4
"""Rows that make up a fifth of the traffic."""


@cache
def errors(learner: str, adversary: str) -> NDArray[np.float64]:
    """Digits misread a round, one number a seed."""
    plays = (ar.play(GAME, learner, adversary, seed=seed) for seed in SEEDS)
    return np.array([(play.column("fp") + play.column("fn")).mean() for play in plays])


@pytest.mark.parametrize(
    "learner",
    [
        "retrain",
        "retrain_mixed",
        pytest.param("retrain_hidden", marks=pytest.mark.slow),
        pytest.param("retrain_misleading", marks=pytest.mark.slow),
        pytest.param("retrain_honeypot", marks=pytest.mark.slow),
    ],
)
def test_the_attack_beats_random_attacks_of_the_same_budget(learner: str) -> None:
    """Copies under the wrong label, and even labels flipped in place, by more than chance."""
    poisoned = errors(learner, "svm_poisoning_20%")
    for random in ("flipped_copies_20%", "label_noise_20%"):
        gained = mean_interval(poisoned - errors(learner, random))
        assert gained.low > 0


@pytest.mark.slow
def test_a_larger_budget_does_more() -> None:
    rates = ("wait", "svm_poisoning_5%", "svm_poisoning_10%", "svm_poisoning_20%")
    means = [errors("retrain", adversary).mean() for adversary in rates]
    assert (np.diff(means) > 0).all()


def retrained(training: Batch, penalty: float) -> SVC:
    return SVC(kernel="linear", C=penalty).fit(training.rows, training.labels.astype(np.int8))


@pytest.mark.slow
def test_following_the_regularized_machine_does_more_than_the_attack_on_the_plain_one() -> None:
    """Held-out hinge loss of the regularized learner, 20 paired rounds."""
    world, strong = GAME.setup.world, GAME.regularized_penalty
    held: Any = world.test  # type: ignore[attr-defined]
    nothing = world.reference().take(np.zeros(0, dtype=np.intp))
    known = Knowledge(world.reference(), nothing, feasible=GAME.setup.feasible)
    gains = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        trusted, traffic = world.draw(0, rng), world.draw(0, rng)
        losses = []
        for assumed in (strong, GAME.penalty):
            sees = known.seeing(Published(retrained(trusted, assumed)))
            attack = SupportVectorPoisoning(0.2, steps=GAME.steps)
            offered = attack.poison(traffic, sees, np.random.default_rng(seed))
            scores = retrained(join((trusted, offered)), strong).decision_function(held.rows)
            losses.append(np.maximum(0, 1 - np.where(held.labels, 1, -1) * scores).mean())
        gains.append(losses[0] - losses[1])
    assert mean_interval(np.array(gains)).low > 0


def test_the_filter_keeps_most_of_the_poison_out_and_pays_for_it() -> None:
    play = ar.play(GAME, "retrain_filtered", "svm_poisoning_20%", seed=0)
    assert play.column("poison").sum() == 6 * ADDED
    assert play.column("poison_kept").sum() < 0.1 * 6 * ADDED
    assert ar.play(GAME, "retrain_filtered", "wait", seed=0).column("false_rejections").sum() > 0


def test_every_row_of_the_adversary_is_counted() -> None:
    for adversary, rows in (
        ("wait", 0),
        ("label_noise_20%", GAME.digits // 5),
        ("flipped_copies_20%", ADDED),
        ("svm_poisoning_20%", ADDED),
    ):
        play = ar.play(GAME, "retrain", adversary, seed=0, rounds=2)
        assert (play.column("poison") == rows).all()


def test_who_holds_cannot_be_poisoned() -> None:
    assert (errors("hold", "svm_poisoning_20%") == errors("hold", "wait")).all()


def test_each_of_the_articles_defenses_has_its_action() -> None:
    assert set(GAME.setup.answers) == set(DEFENSES)
    named = [action for actions in GAME.setup.answers.values() for action in actions]
    assert len(set(named)) == len(named)
    assert next(iter(GAME.learner_actions)) not in named


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"penalty": 0.0}, "penalty must be positive, got 0.0"),
        ({"regularized_penalty": -1.0}, "regularized_penalty must be positive, got -1.0"),
        ({"mixing": -0.1}, "mixing must be at least 0, got -0.1"),
        ({"digits": 0}, "digits must be at least 1, got 0"),
        ({"steps": -1}, "steps must be at least 0, got -1"),
        ({"window": 0}, "window must be at least 1, got 0"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        _ = SvmPoisoning(**parameters).setup
