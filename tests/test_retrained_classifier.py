"""The learner in practice: the game's own steps, scikit-learn's contracts, honest errors."""

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError

import armsrace as ar
from armsrace.agents import Behavior, MarkovPolicy, Periodic
from armsrace.defenses import CollectClean, Defense
from armsrace.game import State
from armsrace.streams import Streams
from armsrace.worlds import Pool
from games import CentroidDisplacement, CentroidShift, LabelFlip

GAME = LabelFlip(rounds=6)
WORLD = GAME.setup.world
assert isinstance(WORLD, Pool)
POOL = WORLD


def fed(agent: Any, rounds: int = 6, seed: int = 4) -> tuple[ar.RetrainedClassifier, ar.History]:
    """A classifier that was given the rows of a play without an attack, and the play."""
    streams = Streams(seed)
    trusted = POOL.start(streams.of_round(0).start)
    classifier = ar.RetrainedClassifier(GAME, agent, random_state=seed)
    classifier.fit(trusted.rows, trusted.labels)
    for clock in range(rounds):
        batch = POOL.draw(clock, streams.of_round(clock + 1).traffic)
        classifier.partial_fit(batch.rows, batch.labels)
    return classifier, ar.play(GAME, agent, "wait", rounds=rounds, seed=seed)


@pytest.mark.parametrize(
    "agent",
    [
        Periodic("retrain", otherwise="hold", period=3),
        Behavior({"retrain_filtered": 0.5, "retrain_mixed": 0.3, "hold": 0.2}),
    ],
)
def test_its_model_is_that_of_the_play_with_the_same_rows(agent: Any) -> None:
    classifier, history = fed(agent)
    played = history.position.state
    rows = POOL.test.rows
    assert classifier.action_ == history.records[-1].learner
    assert len(classifier.state_.model.learned) == len(played.model.learned)
    np.testing.assert_array_equal(
        classifier.decision_function(rows), played.model.deployed.decision_function(rows)
    )


def test_policy_reads_the_measures_that_are_given() -> None:
    """The center's way is measured along a direction that the learner knows."""

    def displacement(state: State) -> float:
        moved = state.model.trained.center_ - state.memory.initial.trained.center_
        return float(np.linalg.norm(moved))

    policy = MarkovPolicy(
        ar.Grid({"displacement": [0.0, 1e-9]}),
        ["retrain", "hold"],
        [[1.0, 0.0], [0.0, 1.0]],
        opening=[0.0],
    )
    game = CentroidShift()
    rows = game.setup.world.draw(0, np.random.default_rng(0))

    def still(state: State) -> float:
        return 0.0

    measures = {"displacement": displacement, "lag": still, "followed": still, "course": still}
    classifier = ar.RetrainedClassifier(game, policy, measures).fit(rows.rows, rows.labels)
    actions = []
    for clock in range(3):
        new = game.setup.world.draw(clock, np.random.default_rng(clock + 1))
        actions.append(classifier.partial_fit(new.rows, new.labels).action_)
    assert actions == ["retrain", "hold", "hold"]


def test_scikit_learn_contracts() -> None:
    classifier, _ = fed(Periodic("retrain", otherwise="hold", period=2), rounds=2)
    fresh = clone(classifier)
    assert "state_" not in vars(fresh)
    assert fresh.get_params()["random_state"] == 4
    assert fresh.agent == classifier.agent
    assert fresh.set_params(random_state=1).random_state == 1
    assert is_classifier(classifier)
    assert classifier.n_features_in_ == POOL.test.width
    assert classifier.classes_.tolist() == [0, 1]
    assert classifier.predict(POOL.test.rows).shape == (len(POOL.test),)
    assert 0.8 < classifier.score(POOL.test.rows, POOL.test.labels) <= 1.0
    again = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(again.predict(POOL.test.rows), classifier.predict(POOL.test.rows))
    with pytest.raises(NotFittedError, match="call fit first"):
        fresh.predict(POOL.test.rows)
    with pytest.raises(NotFittedError, match="call fit first"):
        fresh.partial_fit(POOL.test.rows, POOL.test.labels)


def test_bad_input() -> None:
    rows, labels = POOL.train.rows[:60], POOL.train.labels[:60]
    with pytest.raises(LookupError, match="unknown learner 'pray' in label_flip"):
        ar.RetrainedClassifier(GAME, "pray").fit(rows, labels)
    with pytest.raises(TypeError, match="game must be a LearningGame, got CentroidDisplacement"):
        ar.RetrainedClassifier(CentroidDisplacement(), "hold").fit(rows, labels)  # type: ignore[arg-type]
    fitted = ar.RetrainedClassifier(GAME, "hold").fit(rows, labels)
    with pytest.raises(ValueError, match="columns as in fit, got 2"):
        fitted.predict(rows[:, :2])
    with pytest.raises(ValueError, match="labels must have shape"):
        fitted.partial_fit(rows, labels[:5])
    with pytest.raises(ValueError, match="rows must be finite"):
        fitted.predict(np.full_like(rows, np.nan, dtype=np.float64))


def test_action_that_gathers_rows_is_refused() -> None:
    class Gathering(ar.LearningGame):
        name = "gathering"

        def rules(self) -> ar.Rules:
            return ar.Rules(
                world=POOL,
                model=GAME.setup.model,
                learner_actions={"collect": Defense(CollectClean())},
                adversary_actions={"wait": ar.Attack()},
                costs=GAME.setup.costs,
            )

    rows, labels = POOL.train.rows[:60], POOL.train.labels[:60]
    fitted = ar.RetrainedClassifier(Gathering(), "collect").fit(rows, labels)
    with pytest.raises(ValueError, match="the action 'collect' gathers rows on the side"):
        fitted.partial_fit(rows, labels)


def test_number_that_is_not_told_is_named() -> None:
    policy = MarkovPolicy(
        ar.Grid({"adversary_payoff": [0.0, 1.0]}), ["hold"], [[1.0], [1.0]], opening=[0.0]
    )

    class Open(ar.LearningGame):
        name = "open"

        def rules(self) -> ar.Rules:
            return ar.Rules(
                world=POOL,
                model=GAME.setup.model,
                learner_actions={"hold": Defense()},
                adversary_actions={"wait": ar.Attack()},
                costs=GAME.setup.costs,
                learner_sees=frozenset({"adversary_payoff"}),
            )

    rows, labels = POOL.train.rows[:60], POOL.train.labels[:60]
    fitted = ar.RetrainedClassifier(Open(), policy).fit(rows, labels)
    with pytest.raises(LookupError, match="the agent needs 'adversary_payoff', which is not told"):
        fitted.partial_fit(rows, labels)
    assert fitted.action_ is None
