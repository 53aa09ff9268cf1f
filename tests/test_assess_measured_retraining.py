"""One's own classifier: an equilibrium found by playing, its regret, and the usual schedules."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.naive_bayes import GaussianNB

import armsrace as ar
from armsrace.assess import MeasuredRetraining, Search, secure_retraining
from armsrace.assess.retraining_features import training_actions
from armsrace.attacks import RandomLabelFlip
from armsrace.defenses import Retrain
from armsrace.measures import training_error, training_rows, trusted_error
from games import CentroidShift, DictionaryAttack, Evasion, LabelFlip

ROWS, LABELS = make_classification(400, n_features=4, random_state=0)
FEATURES: dict[str, Any] = {"training_error": [0.1, 0.4], "training_rows": [20.0, 50.0]}
PRICES = ar.Prices(fp=1, fn=1, poison=-0.1)
OPPOSED = ar.Costs.opposed(PRICES)


@final
@dataclass(frozen=True)
class Own(ar.LearningGame):
    """Somebody's classifier on somebody's rows."""

    name: ClassVar[str] = "own"
    rounds: int = 4
    discount: float = 0.8
    costs: ar.Costs = OPPOSED
    restless: bool = False
    shown: bool = True

    def rules(self) -> ar.Rules:
        told = {
            "training_error": training_error,
            "training_rows": training_rows,
            "trusted_error": trusted_error,
        }
        actions = {"hold": ar.Defense(), "retrain": ar.Defense(Retrain())}
        if self.restless:
            del actions["hold"]
        return ar.Rules(
            world=ar.worlds.Pool.split(ROWS, LABELS, initial=20, per_round=30, faced=40),
            model=GaussianNB(),
            learner_actions=actions,
            adversary_actions={"wait": ar.Attack(), "flip": ar.Attack(RandomLabelFlip(0.4))},
            costs=self.costs,
            measures=told,
            learner_sees=frozenset(told),
            adversary_sees=frozenset(told if self.shown else ()),
        )


SMALL = Search(passes=2, iterations=1, seeds=6)


@pytest.fixture(scope="module")
def answer() -> MeasuredRetraining:
    return secure_retraining(Own(), features=FEATURES, periods=[2], search=SMALL)


def test_answer_is_a_policy_with_its_regret_and_losses(answer: MeasuredRetraining) -> None:
    assert {one.kind for one in answer.schedules} == {
        "equilibrium",
        "never",
        "always",
        "periodic",
        "triggered",
    }
    assert 0.0 <= float(answer.regret.low) <= float(answer.regret.high) < answer.range
    table = answer.frame()
    assert table["loss"].is_monotonic_increasing
    best = table[table["schedule"] == "equilibrium"].iloc[0]
    assert best["excess"] == best["excess_low"] == best["excess_high"] == 0.0
    assert (table["low"] <= table["loss"]).all()
    # Held, the model is the first one, whatever the adversary does: best for it is to do nothing.
    never = answer.schedule("never (hold)")
    held = [ar.play(Own(), "hold", "wait", seed=1, replicate=r).payoffs[1] for r in range(40)]
    error = np.std([*held, *never.losses], ddof=1) * np.sqrt(1 / 40 + 1 / 3)
    assert abs(never.loss - np.mean(held)) < 4 * error


def test_equilibrium_plays_and_is_taken_to_practice(answer: MeasuredRetraining) -> None:
    history = ar.play(Own(), answer.learner, answer.adversary)
    assert len(history) == 4
    classifier = ar.RetrainedClassifier(Own(), answer.learner).fit(ROWS[:20], LABELS[:20])
    classifier.partial_fit(ROWS[20:50], LABELS[20:50])
    assert classifier.action_ in ("hold", "retrain")


def test_report_reads_as_text_and_picture(answer: MeasuredRetraining) -> None:
    lines = repr(answer).splitlines()
    assert lines[0].startswith("Secure retraining of own, in play: ")
    assert "% of the range of payoffs" in lines[1]
    assert len(lines) == 3 + len(answer.schedules)
    assert len(answer.plot().axes[0].patches) == len(answer.schedules)
    with pytest.raises(LookupError, match="unknown schedule 'sometimes'; known are"):
        answer.schedule("sometimes")


@pytest.mark.slow
def test_two_workers_give_the_bytes_of_one() -> None:
    search = Search(passes=1, iterations=1, seeds=8)
    one, two = (
        secure_retraining(Own(rounds=2), features=FEATURES, periods=(), search=search, jobs=jobs)
        for jobs in (1, 2)
    )
    assert repr(one) == repr(two)
    assert one.frame().equals(two.frame())


@pytest.mark.slow
def test_features_that_nobody_names_are_found_in_play() -> None:
    search = Search(passes=1, iterations=1, seeds=4, regret_seeds=4)
    seen = secure_retraining(Own(), periods=(), search=search)
    assert set(seen.solved.estimate.grid.features) <= set(Own().setup.measures)
    hidden = secure_retraining(Own(shown=False), periods=(), search=search)
    assert set(hidden.solved.estimate.grid.features) == {"training_error", "training_rows"}
    assert repr(hidden).startswith("Secure retraining of own, in play: ")
    # What was found plays in the game that it was found in.
    history = ar.play(hidden.game, hidden.learner, hidden.adversary, seed=1)
    assert np.isfinite(history.payoffs).all()


def test_actions_that_nobody_names_differ_in_training_alone() -> None:
    assert training_actions(LabelFlip()) == ("hold", "retrain", "retrain_filtered")
    assert training_actions(DictionaryAttack())[0] == "hold"
    assert "retrain_median" not in training_actions(CentroidShift())


def test_misuse_is_refused() -> None:
    with pytest.raises(ValueError, match="trains the model on new traffic, got none in evasion"):
        secure_retraining(Evasion())
    with pytest.raises(ValueError, match="leaves the model as it is, got none in own"):
        secure_retraining(Own(restless=True))
    with pytest.raises(LookupError, match="unknown learner action 'rest'"):
        secure_retraining(Own(), learners=["rest"])
    with pytest.raises(LookupError, match="own does not reveal 'fp' to the learner"):
        secure_retraining(Own(), features={"fp": [0.0, 9.0]})
    with pytest.raises(ValueError, match="game must be zero-sum, got costs that are not opposed"):
        secure_retraining(Own(costs=ar.Costs(PRICES, ar.Prices())), features=FEATURES)
    with pytest.raises(ValueError, match=r"^seeds must be at least 4, got 3"):
        Search(seeds=3)
    with pytest.raises(ValueError, match="regret_seeds must be at least 4, got 3"):
        Search(regret_seeds=3)
    with pytest.raises(ValueError, match=r"level must be in \(0, 1\), got 1"):
        Search(level=1.0)
    with pytest.raises(ValueError, match="periods must be at least 2, got 1"):
        secure_retraining(Own(), features=FEATURES, periods=[1])


def test_measures_tell_flipped_labels_from_clean_ones() -> None:
    game = LabelFlip(rounds=3)
    clean, flipped, held = (
        ar.play(game, learner, adversary).position.state
        for learner, adversary in (
            ("retrain", "wait"),
            ("retrain", "label_noise_20%"),
            ("hold", "wait"),
        )
    )
    assert training_error(flipped) > training_error(clean) + 0.05
    assert training_rows(clean) == training_rows(held) + sum(map(len, clean.model.learned[1:]))
    assert training_error(held) == trusted_error(held)
    assert 0.0 <= trusted_error(clean) <= 1.0
