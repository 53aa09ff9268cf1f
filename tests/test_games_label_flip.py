"""The label-flip game: what it refuses, and that its attacks are as strong as they could be."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from armsrace.attacks import AlternatingLabelFlip, RandomLabelFlip, WorstCaseLabelFlip
from armsrace.batch import Batch
from armsrace.checks import Scene
from armsrace.models.scoring import judge
from armsrace.play import play
from armsrace.taxonomy import DEFENSES
from games import LabelFlip

GAME = LabelFlip(rounds=3)
OPTIMIZED = ("alternating_flips_20%", "worst_flips_20%")


@cache
def gains(learner: str, adversary: str, seeds: range) -> np.ndarray[Any, Any]:
    """The adversary's payoff in each of some paired plays."""
    return np.array([play(GAME, learner, adversary, seed=s).payoffs[1] for s in seeds])


@cache
def best_reply(learner: str) -> str:
    """The action that gains most against a learner on ten seeds."""
    return max(GAME.adversary_actions, key=lambda action: gains(learner, action, range(10)).mean())


@pytest.mark.parametrize("adversary", OPTIMIZED)
def test_chosen_flips_beat_random_ones_of_the_same_budget(adversary: str) -> None:
    """Paired seeds: the mean advantage exceeds two standard errors."""
    seeds = range(12)
    advantage = gains("retrain", adversary, seeds) - gains("retrain", "label_noise_20%", seeds)
    assert advantage.mean() > 2 * advantage.std(ddof=1) / np.sqrt(len(seeds))


@pytest.mark.slow
@pytest.mark.parametrize("defense", DEFENSES)
def test_the_best_reply_to_a_defense_is_no_worse_than_the_one_to_none(defense: str) -> None:
    """Chosen on ten seeds and scored on ten others, on which the plays are paired."""
    learner, other = GAME.setup.answers[defense][0], range(100, 110)
    adapted, naive = (gains(learner, best_reply(to), other) for to in (learner, "retrain"))
    assert (adapted - naive).mean() >= 0


def test_every_defense_of_the_article_has_its_action() -> None:
    assert set(GAME.setup.answers) == set(DEFENSES)


def test_budget_is_spent_to_the_last_label() -> None:
    record = play(GAME, "retrain", "worst_flips_20%", rounds=1, seed=0).records[0]
    assert record.events["poison"] == round(0.2 * GAME.pages)


def test_alternation_asks_what_kind_of_model_it_meets() -> None:
    """A stronger penalty is another model, and gets another attack."""
    scene = Scene.of(GAME)
    shown = LabelFlip(penalty=1e-3)
    other = Scene.of(shown)
    part, rng = AlternatingLabelFlip(0.2), np.random.default_rng
    plain = part.poison(scene.traffic, scene.known, rng(0)).labels
    adapted = part.poison(scene.traffic, other.known, rng(0)).labels
    assert (plain != adapted).any()


def test_greedy_flips_cost_more_accuracy_than_random_ones_on_held_out_pages() -> None:
    """One round, without costs: the error of the retrained model on pages no side has seen."""
    world = GAME.setup.world
    errors: dict[str, list[float]] = {"random": [], "worst": []}
    for seed in range(10):
        rng = np.random.default_rng(seed)
        traffic = world.draw(0, rng)
        known = Scene.of(GAME).known
        for name, part in (("random", RandomLabelFlip(0.2)), ("worst", WorstCaseLabelFlip(0.2))):
            errors[name].append(error(part.poison(traffic, known, rng), world.face(0, rng)))
    assert np.mean(errors["worst"]) > 1.5 * np.mean(errors["random"])


def error(training: Batch, faced: Batch) -> float:
    model = GAME.setup.model.fit(training.rows, training.labels.astype(np.int8))
    return float((judge(model, faced.rows).decisions != faced.labels).mean())


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"penalty": 0.0}, "penalty must be positive, got 0.0"),
        ({"regularized_penalty": -1.0}, "regularized_penalty must be positive, got -1.0"),
        ({"mixing": -0.5}, "mixing must be at least 0, got -0.5"),
        ({"pages": 0}, "pages must be at least 1, got 0"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        _ = LabelFlip(**parameters).setup
