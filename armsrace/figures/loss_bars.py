"""What each of several policies loses, as bars with intervals."""

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import ArrayLike

from armsrace.figures.drawing import Drawing, paper_style, settle
from armsrace.statistics import mean_interval

HIGHLIGHTED, PLAIN = "#4477AA", "#BBBBBB"


def loss_bars(
    losses: Mapping[str, ArrayLike],
    *,
    quantity: str,
    highlighted: Collection[str] = (),
    level: float = 0.95,
) -> Drawing:
    """Draw mean losses as horizontal bars, the smallest on top.

    Parameters
    ----------
    losses
        What each policy lost in each of its plays, shape (seeds,), by the name of the policy.
    quantity
        What is lost, with its unit: the label of the axis.
    highlighted
        Policies drawn in color.
    level
        Of the intervals (Student t), in (0, 1).

    Returns
    -------
    Drawing
        Its table has the columns policy, mean, low, high and seeds.

    Raises
    ------
    ValueError
        When there is nothing to draw, or a policy has fewer than two plays.

    Examples
    --------
    >>> drawing = loss_bars({"hold": [3.0, 5.0], "retrain": [1.0, 2.0]}, quantity="loss")
    >>> drawing.columns["policy"].tolist()
    ['retrain', 'hold']
    """
    if not losses:
        raise ValueError("losses must hold at least one policy, got none")
    samples = {name: np.asarray(lost, dtype=np.float64) for name, lost in losses.items()}
    for name, lost in samples.items():
        if lost.ndim != 1 or len(lost) < 2:
            raise ValueError(f"losses of {name} must be of two plays or more, got {lost.shape}")
    order = sorted(samples, key=lambda name: float(samples[name].mean()))
    intervals = {name: mean_interval(samples[name], level=level) for name in order}
    means, lows, highs = (
        np.array([float(getattr(intervals[name], end)) for name in order])
        for end in ("estimate", "low", "high")
    )
    seeds = np.array([len(samples[name]) for name in order])
    with paper_style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(5.5, 0.24 * len(order) + 0.8))
        axes = figure.add_subplot()
        colors = [HIGHLIGHTED if name in highlighted else PLAIN for name in order]
        axes.barh(order, means, color=colors)
        axes.errorbar(
            means, order, xerr=np.stack([means - lows, highs - means]), fmt="none", ecolor="black"
        )
        axes.invert_yaxis()
        axes.set_xlabel(quantity)
        shown = f"{seeds[0]}" if (seeds == seeds[0]).all() else f"{seeds.min()} to {seeds.max()}"
        axes.set_title(f"mean and {level:.0%} interval (Student t), seeds: {shown}")
        settle(figure)
    columns = {"policy": order, "mean": means, "low": lows, "high": highs, "seeds": seeds}
    return Drawing(figure, {name: np.asarray(values) for name, values in columns.items()})
