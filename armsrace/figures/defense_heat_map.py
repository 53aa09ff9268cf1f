"""Defense heat map: what each defense does against each kind of attack, and who proposed it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.figures.drawing import DOUBLE_COLUMN, Drawing, paper_style, settle, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "confirmed": "\N{CHECK MARK}",
        "refuted": "\N{MULTIPLICATION SIGN}",
        "no effect": "\N{ALMOST EQUAL TO}",
        "undecided": "?",
    }
)
"""What stands for each verdict in a cell."""

_COLORS: Final = ("#77AADD", "#FFFFFF", "#EE8866")
"""Of a loss that is less by the full scale, the same, and more: black can be read on all three."""

_ROW: Final = 0.34
"""Height of a row, in inches."""


def defense_heat_map(
    changes: ArrayLike,
    *,
    attacks: Sequence[str],
    defenses: Sequence[str],
    proposed: ArrayLike,
    verdicts: ArrayLike,
    quantity: str,
    note: str = "",
    width: float = DOUBLE_COLUMN,
) -> Drawing:
    """Draw how much each defense changes the loss to each attack, as a share of something.

    A cell holds the change in percent and a mark for its verdict (`MARKS`); those that somebody
    proposed are framed. Colors end at a change by the whole, 100 %; numbers do not.

    Parameters
    ----------
    changes
        Shape (attacks, defenses), 1 for a loss that is greater by the whole, -1 for one that is
        less by it.
    attacks, defenses
        What stands beside the rows and below the columns.
    proposed
        Which defenses are proposed against which attacks, of the same shape.
    verdicts
        "confirmed", "refuted", "no effect" or "undecided", of the same shape.
    quantity
        What the changes are of, and a share of what: the label of the color bar.
    note
        What stands above the map: kind and level of the intervals, number of seeds.
    width
        In inches.

    Returns
    -------
    Drawing
        One row a cell, with the columns attack, defense, change, proposed and verdict.

    Raises
    ------
    ValueError
        When shapes differ, a change is not finite, or there is nothing to draw.
    LookupError
        When a verdict is unknown.

    Examples
    --------
    >>> drawing = defense_heat_map(
    ...     [[-0.8, 0.1]],
    ...     attacks=["dictionary flood"],
    ...     defenses=["detection", "honeypot"],
    ...     proposed=[[True, False]],
    ...     verdicts=[["confirmed", "undecided"]],
    ...     quantity="change of the loss (share of the harm)",
    ... )
    >>> drawing.columns["change"].tolist(), drawing.columns["proposed"].tolist()
    ([-0.8, 0.1], [True, False])
    """
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    values = np.asarray(changes, dtype=np.float64)
    is_proposed = np.asarray(proposed, dtype=np.bool_)
    judged = np.asarray(verdicts, dtype=np.str_)
    _check(values, is_proposed, judged, (len(attacks), len(defenses)))
    with paper_style():
        # Laid out as it is published: small text is wider there than at a screen's resolution.
        figure = Figure(figsize=(width, 3.0), dpi=rcParams["savefig.dpi"])
        axes = figure.add_subplot()
        _color(figure, axes, values, quantity)
        _label(axes, attacks, defenses)
        for (i, j), change in np.ndenumerate(values):
            text = f"{_percent(change)} {MARKS[str(judged[i, j])]}"
            axes.text(j + 0.5, i + 0.5, text, ha="center", va="center", fontsize=7)
        _frame(axes, is_proposed)
        _explain(figure, note, any_framed=bool(is_proposed.any()))
        settle(figure, axes, _ROW * len(attacks))
    return Drawing(
        figure,
        {
            "attack": np.repeat(attacks, len(defenses)),
            "defense": np.tile(defenses, len(attacks)),
            "change": values.ravel(),
            "proposed": is_proposed.ravel(),
            "verdict": judged.ravel(),
        },
    )


def _check(
    values: NDArray[np.float64],
    is_proposed: NDArray[np.bool_],
    judged: NDArray[np.str_],
    shape: tuple[int, int],
) -> None:
    if 0 in shape:
        raise ValueError(f"there must be an attack and a defense to draw, got shape {shape}")
    for name, array in (("changes", values), ("proposed", is_proposed), ("verdicts", judged)):
        if array.shape != shape:
            raise ValueError(
                f"{name} must have shape {shape}, one row an attack and one column a defense, "
                f"got {array.shape}"
            )
    if not np.isfinite(values).all():
        raise ValueError("changes must be finite, got NaN or infinity")
    for verdict in np.unique(judged).tolist():
        if verdict not in MARKS:
            raise LookupError(f"unknown verdict {verdict!r}; known are {', '.join(MARKS)}")


def _color(figure: "Figure", axes: "Axes", values: NDArray[np.float64], quantity: str) -> None:
    """Color the cells and explain the colors below the map."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.ticker import FuncFormatter

    colors = LinearSegmentedColormap.from_list("change", _COLORS)
    mesh = axes.pcolormesh(values, cmap=colors, vmin=-1, vmax=1, edgecolors="white", linewidth=0.6)
    bar = figure.colorbar(
        mesh, ax=axes, location="bottom", fraction=0.05, pad=0.03, aspect=60, extend="both"
    )
    bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda change, _: _percent(change)))
    bar.set_label(quantity)


def _label(axes: "Axes", attacks: Sequence[str], defenses: Sequence[str]) -> None:
    """Name the rows, from above, and the columns."""
    rows, columns = (
        [written(name, 32) for name in attacks],
        [written(name, 14) for name in defenses],
    )
    axes.set_yticks(np.arange(len(rows)) + 0.5, rows, linespacing=1.0)
    axes.set_xticks(np.arange(len(columns)) + 0.5, columns, linespacing=1.0)
    axes.set(xlim=(0, len(defenses)), ylim=(len(attacks), 0))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _frame(axes: "Axes", is_proposed: NDArray[np.bool_]) -> None:
    """Frame what somebody proposed."""
    from matplotlib.patches import Rectangle

    for i, j in np.argwhere(is_proposed).tolist():
        frame = Rectangle((j + 0.03, i + 0.06), 0.94, 0.88, linewidth=1.1, fill=False)
        axes.add_patch(frame)


def _explain(figure: "Figure", note: str, *, any_framed: bool) -> None:
    """Say above the map what frames and marks mean."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    frame = [Patch(fill=False, linewidth=1.1, label="proposed")] if any_framed else []
    marks = [
        Line2D([], [], linestyle="none", label=f"{mark}  {verdict}")
        for verdict, mark in MARKS.items()
    ]
    figure.legend(
        handles=[*frame, *marks], loc="outside upper center", ncols=5, title=note or None
    ).get_title().set_multialignment("center")


def _percent(share: float) -> str:
    """A share in percent, with its sign and a true minus."""
    percent = round(100 * share)
    sign = "" if percent == 0 else "+" if percent > 0 else "\N{MINUS SIGN}"
    return f"{sign}{abs(percent)} %"
