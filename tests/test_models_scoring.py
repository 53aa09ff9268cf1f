"""One way to ask any classifier: margins, probabilities, predictions, and one class alone."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid

from armsrace.models.scoring import judge, margins

ROWS = np.array([[0.0], [0.2], [1.0], [1.3]])
LABELS = np.array([0, 0, 1, 1])


@pytest.mark.parametrize("model", [LogisticRegression(), Perceptron()])
def test_margin_above_zero_is_malicious(model: LogisticRegression) -> None:
    verdicts = judge(model.fit(ROWS, LABELS), ROWS)
    np.testing.assert_array_equal(verdicts.scores, model.decision_function(ROWS))
    np.testing.assert_array_equal(verdicts.decisions, model.predict(ROWS))


def test_probability_above_one_half_is_malicious() -> None:
    model = GaussianNB().fit(ROWS, LABELS)
    verdicts = judge(model, ROWS)
    np.testing.assert_array_equal(verdicts.scores, model.predict_proba(ROWS)[:, 1])
    assert verdicts.decisions.tolist() == [0, 0, 1, 1]


def test_predicted_class_is_the_score_of_a_model_that_says_no_more() -> None:
    class OnlyPredicts:
        def predict(self, rows: np.ndarray) -> np.ndarray:
            return (rows[:, 0] > 0.5).astype(int)

    assert not hasattr(OnlyPredicts(), "decision_function")
    assert judge(OnlyPredicts(), ROWS).decisions.tolist() == [0, 0, 1, 1]
    assert judge(NearestCentroid().fit(ROWS, LABELS), ROWS).decisions.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("label", [0, 1])
def test_classifier_that_has_seen_one_class_is_sure_of_it(label: int) -> None:
    for model in (GaussianNB(), DummyClassifier()):
        verdicts = judge(model.fit(ROWS, np.full(4, label)), ROWS)
        assert verdicts.decisions.tolist() == [label] * 4


def test_what_cannot_judge_is_refused() -> None:
    with pytest.raises(TypeError, match="model must have decision_function, predict_proba or pred"):
        judge(object(), ROWS)


@pytest.mark.parametrize("width", [1, 9, 57])
def test_margins_are_those_that_the_model_would_give(width: int) -> None:
    """To the last bit, for rows in any layout; only the checks of the rows are spared."""
    rng = np.random.default_rng(width)
    rows = rng.normal(size=(120, width))
    model = LogisticRegression().fit(rows, (rows[:, 0] > 0).astype(np.int8))
    asked = (rows, rows[:1], np.asfortranarray(rows), rows[::3], np.round(rows), rows > 0)
    for each in asked:
        np.testing.assert_array_equal(margins(model, each), model.decision_function(each))


def test_margins_of_rows_that_the_model_refuses_are_refused() -> None:
    rows = np.random.default_rng(0).normal(size=(20, 3))
    model = LogisticRegression().fit(rows, (rows[:, 0] > 0).astype(np.int8))
    spoiled = rows.copy()
    spoiled[3, 1] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        margins(model, spoiled)
    with pytest.raises(ValueError, match="expecting 3 features"):
        margins(model, rows[:, :2])
