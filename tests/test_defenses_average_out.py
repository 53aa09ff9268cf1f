"""Averaging out: the rule of its definition, memories in turn, and what it refuses."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import armsrace as ar
from armsrace.batch import Batch
from armsrace.defenses import AverageOut, Memory, Retrain
from armsrace.defenses.training import fit_from_scratch
from armsrace.models import CentroidDetector, MedianCentroidDetector
from games import CentroidDisplacement

RNG = np.random.default_rng


def trained(rows: np.ndarray) -> tuple[ar.defenses.Fitted, Memory]:
    trusted = Batch.of(rows, np.zeros(len(rows)))
    model = fit_from_scratch(CentroidDetector(radius=1.0), (trusted,), RNG(0))
    return model, Memory(model, (trusted,))


def test_center_moves_by_the_share_of_every_row() -> None:
    model, memory = trained(np.zeros((5, 2)))
    kept = Batch.of([[1.0, 0.0], [0.0, 0.5], [9.0, 9.0]], [0, 0, 1])
    moved, memory = AverageOut(10).fit(model, memory, kept, RNG(0))
    assert moved.trained.center_.tolist() == pytest.approx([0.1, 0.05])
    assert moved.trained.count_ == 10
    assert len(memory.archive) == 2
    again, _ = AverageOut(4).fit(moved, memory, kept, RNG(0))
    expected = np.array([0.1, 0.05]) + (np.array([1.0, 0.5]) - 2 * np.array([0.1, 0.05])) / 4
    assert again.trained.center_ == pytest.approx(expected)


def test_retraining_goes_on_from_where_averaging_out_has_come() -> None:
    """The center weighs n points then, so that the next mean is taken over n and the new rows."""
    model, memory = trained(np.zeros((5, 1)))
    one = Batch.of([[1.0]], [0])
    model, memory = AverageOut(4).fit(model, memory, one, RNG(0))
    model, memory = Retrain().fit(model, memory, one, RNG(0))
    assert model.trained.center_.tolist() == pytest.approx([(4 * 0.25 + 1.0) / 5])


def test_averaging_out_goes_on_from_a_median() -> None:
    """The sphere is that of the first detector again, around the median that was found."""
    model, memory = trained(np.zeros((5, 1)))
    rows = Batch.of(np.repeat([[0.5], [0.5], [9.0]], 4, axis=0), np.zeros(12))
    median = Retrain(model=MedianCentroidDetector(radius=1.0))
    model, memory = median.fit(model, memory, rows, RNG(0))
    assert model.trained.center_.tolist() == [0.5]
    moved, _ = AverageOut(4).fit(model, memory, Batch.of([[1.5]], [0]), RNG(0))
    assert moved.trained.center_.tolist() == pytest.approx([0.75])
    assert moved.trained.predict([[1.7], [1.8]]).tolist() == [0, 1]


def test_a_window_after_averaging_out_is_trained_from_nothing() -> None:
    """The center weighs less than the rows of the batch that leaves the window."""
    model, memory = trained(np.zeros((5, 1)))
    one = Batch.of([[1.0]], [0])
    model, memory = AverageOut(4).fit(model, memory, one, RNG(0))
    model, memory = Retrain(window=2).fit(model, memory, one, RNG(0))
    assert model.trained.center_.tolist() == pytest.approx([1.0])
    assert model.exact


def test_twin_follows_the_same_law() -> None:
    """One round of the analytic game without spread, beside the detector with the same rows."""
    game = CentroidDisplacement(
        spread=0.0, drift=0.0, rates=(), blocks=(30.0,), traffic=70, memories=(200.0,), distance=9.0
    )
    after = ar.play(game, "average_out_200", "shift_30_rows", rounds=2).column("displacement")
    model, memory = trained(np.zeros((5, 1)))
    for displacement in after:
        pushed = model.trained.center_ + 1.0 - 1e-12
        rows = np.concatenate([np.zeros((70, 1)), np.tile(pushed, (30, 1))])
        kept = Batch.of(rows, np.zeros(100))
        model, memory = AverageOut(200).fit(model, memory, kept, RNG(0))
        assert model.trained.center_[0] == pytest.approx(displacement)


def test_nothing_kept_changes_nothing() -> None:
    model, memory = trained(np.zeros((5, 1)))
    empty = Batch.of(np.zeros((0, 1)), [])
    assert AverageOut(4).fit(model, memory, empty, RNG(0)) == (model, memory)


def test_misuse_is_refused() -> None:
    with pytest.raises(ValueError, match="memory must be positive, got 0"):
        AverageOut(0)
    model, memory = trained(np.zeros((5, 1)))
    with pytest.raises(ValueError, match="memory must be at least 3, the rows of a round, got 2"):
        AverageOut(2).fit(model, memory, Batch.of(np.zeros((3, 1)), [0, 0, 0]), RNG(0))
    rows = Batch.of([[0.0], [1.0]], [0, 1])
    other = fit_from_scratch(LogisticRegression(), (rows,), RNG(0))
    with pytest.raises(ValueError, match="averaging out needs a CentroidDetector, got Logistic"):
        AverageOut(4).fit(other, Memory(other, (rows,)), rows, RNG(0))
    detector = CentroidDetector(radius=1.0).fit([[0.0]])
    with pytest.raises(ValueError, match="count must be positive, got 0"):
        detector.recentered([0.0], 0)
