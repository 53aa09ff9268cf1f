"""Error by round: how a rate moves as the rounds go by, one curve a policy."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from armsrace.figures.drawing import SINGLE_COLUMN, Drawing, paper_style, settle, written
from armsrace.statistics import Array, simultaneous_band

_MOST: Final = 7
"""Curves that the style has a color and a dash for."""

_PLOT: Final = 2.1
_LEGEND_ROW: Final = 0.15
"""Heights in inches."""

_SAMPLE: Final = 0.45
_LETTER: Final = 0.05
"""Widths in the legend, in inches: a line sample with its gaps, and a letter."""


def error_by_round(
    curves: Mapping[str, ArrayLike],
    *,
    quantity: str,
    rng: np.random.Generator,
    level: float = 0.95,
    width: float = SINGLE_COLUMN,
) -> Drawing:
    """Draw a rate by round: its mean over the seeds, with a band for the whole curve.

    The band encloses the mean at all rounds of one curve together with the probability `level`
    (`armsrace.statistics.simultaneous_band`), cut to [0, 1], where every rate is.

    Parameters
    ----------
    curves
        For each label the rates, shape (seeds, rounds), in [0, 1]; all of one shape, at most 7
        labels and at least 5 seeds.
    quantity
        What the rate is, with its unit, for the axis: "ham lost (share of ham)".
    rng
        Draws the resamples of the bands.
    level
        In (0, 1).
    width
        In inches.

    Returns
    -------
    Drawing
        Its columns are round (from 0), curve, mean, low and high: one row a round of a curve.

    Raises
    ------
    ValueError
        When there are no curves or too many, their shapes differ or do not fit, or a rate is not in
        [0, 1].

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> drawing = error_by_round(
    ...     {"retrain": rng.uniform(size=(16, 10))}, quantity="ham lost (share of ham)", rng=rng
    ... )
    >>> list(drawing.columns), len(drawing.columns["mean"])
    (['round', 'curve', 'mean', 'low', 'high'], 10)
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    rates = _rates(curves)
    seeds, rounds = next(iter(rates.values())).shape
    bands = {
        label: simultaneous_band(values, rng=rng, level=level) for label, values in rates.items()
    }
    kind = next(iter(bands.values())).kind
    axis = np.arange(rounds)
    table: dict[str, Array] = {
        "mean": np.concatenate([band.estimate for band in bands.values()]),
        "low": np.concatenate([np.maximum(band.low, 0.0) for band in bands.values()]),
        "high": np.concatenate([np.minimum(band.high, 1.0) for band in bands.values()]),
    }
    entry = _SAMPLE + _LETTER * max(map(len, bands))
    columns = max(1, min(len(bands), int(width / entry)))
    rows = 1 + -(-len(bands) // columns)  # the title is one
    with paper_style():
        figure = Figure(figsize=(width, _PLOT + _LEGEND_ROW * rows))
        axes = figure.subplots()
        parts = zip(
            bands, *(np.split(values, len(bands)) for values in table.values()), strict=True
        )
        for label, mean, low, high in parts:
            (line,) = axes.plot(axis, mean, label=written(label, 60))
            axes.fill_between(axis, low, high, color=line.get_color(), alpha=0.22, linewidth=0)
        axes.set(xlabel="round", ylabel=quantity)
        axes.set_ylim(bottom=0.0)
        axes.margins(x=0.02)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        figure.legend(
            loc="outside upper center",
            ncols=columns,
            title=f"mean of {seeds} seeds, {100 * level:g} % simultaneous band ({kind})",
        )
        settle(figure)
    return Drawing(
        figure,
        {"round": np.tile(axis, len(bands)), "curve": np.repeat(list(bands), rounds), **table},
    )


def _rates(curves: Mapping[str, ArrayLike]) -> dict[str, Array]:
    if not 1 <= len(curves) <= _MOST:
        raise ValueError(
            f"curves must hold 1 to {_MOST} labels to be told apart, got {len(curves)}"
        )
    rates = {label: np.asarray(values, dtype=np.float64) for label, values in curves.items()}
    shapes = {label: values.shape for label, values in rates.items()}
    if len(set(shapes.values())) != 1 or len(next(iter(shapes.values()))) != 2:
        raise ValueError(f"curves must all have one shape (seeds, rounds), got {shapes}")
    for label, values in rates.items():
        if not ((values >= 0) & (values <= 1)).all():
            raise ValueError(f"rates of {label} must be in [0, 1]")
    return rates
