"""Bars of losses: in order, with their intervals, and nothing drawn of nothing."""

from typing import Any

import numpy as np
import pytest

from armsrace.figures import loss_bars
from armsrace.statistics import mean_interval


def test_bars_are_the_means_in_order_with_student_intervals() -> None:
    rng = np.random.default_rng(0)
    losses = {"b": rng.normal(2.0, size=9), "a": rng.normal(1.0, size=9), "c": np.full(4, 3.0)}
    drawing = loss_bars(losses, quantity="loss", highlighted={"a"})
    columns = drawing.columns
    assert columns["policy"].tolist() == ["a", "b", "c"]
    expected = mean_interval(losses["b"])
    assert columns["low"][1] == pytest.approx(float(expected.low))
    assert columns["seeds"].tolist() == [9, 9, 4]
    axes = drawing.figure.axes[0]
    bars: list[Any] = list(axes.patches)
    assert [bar.get_width() for bar in bars] == pytest.approx(columns["mean"].tolist())
    colors = {bar.get_facecolor() for bar in bars}
    assert len(colors) == 2
    assert axes.get_title() == "mean and 95% interval (Student t), seeds: 4 to 9"


def test_nothing_and_single_plays_are_refused() -> None:
    with pytest.raises(ValueError, match="losses must hold at least one policy, got none"):
        loss_bars({}, quantity="loss")
    with pytest.raises(ValueError, match=r"losses of a must be of two plays or more, got \(1,\)"):
        loss_bars({"a": [1.0]}, quantity="loss")
