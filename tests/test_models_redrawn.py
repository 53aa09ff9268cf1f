"""Many logistic regressions at once: scikit-learn's, as many as are asked for."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from armsrace.batch import Batch
from armsrace.models.redrawn import redrawn_scores

RNG = np.random.default_rng


@pytest.mark.parametrize("spread", [0.1, 1.0, 30.0])
def test_each_is_the_regression_of_its_batch(spread: float) -> None:
    """Where the classes overlap, and where they are far apart: one Newton step goes too far."""

    def draw(rng: np.random.Generator) -> Batch:
        labels = np.arange(30) % 3 == 0
        return Batch.of(rng.normal(size=(30, 4)) * 2 + spread * labels[:, None], labels)

    rows = RNG(1).normal(size=(20, 4))
    found = redrawn_scores(draw, rows, models=3, seed=2)
    for rng, scores in zip(RNG(2).spawn(3), found, strict=True):
        batch = draw(rng)
        # Newton's method of scikit-learn stops at a gradient of tol times the number of rows.
        model = LogisticRegression(solver="newton-cholesky", tol=1e-10, max_iter=1000)
        expected = model.fit(batch.rows, batch.labels).decision_function(rows)
        np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-5)


def test_what_cannot_be_trained_is_refused() -> None:
    def honest(rng: np.random.Generator) -> Batch:
        return Batch.of(rng.normal(size=(5, 2)), np.zeros(5))

    with pytest.raises(ValueError, match="must hold both classes, got 5 rows of one; draw more"):
        redrawn_scores(honest, np.zeros((1, 2)), models=2)
    with pytest.raises(ValueError, match="models must be at least 1, got 0"):
        redrawn_scores(honest, np.zeros((1, 2)), models=0)
