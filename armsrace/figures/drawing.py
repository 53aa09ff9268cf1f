"""What every figure is made of: a matplotlib figure in the house style, and the numbers it shows.

A figure is as wide as one column of a paper (3.5 inches) or as two (7.16 inches). Figures are made
without pyplot, so that drawing one leaves nothing behind: no current figure, no changed setting.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from armsrace.forms.normal import NormalForm

SINGLE_COLUMN: Final = 3.5
"""Width of one column, in inches."""

DOUBLE_COLUMN: Final = 7.16
"""Width of two columns and the gap between them, in inches."""

_LETTER: Final = 0.055
"""Width of a letter of a tick label, in inches."""

_MOST_LAYOUTS: Final = 8
_EXACT: Final = 0.01
"""How often a height is corrected at most, and what error is let pass, in inches."""

_STYLE: Final = Path(__file__).with_name("paper.mplstyle")


@final
@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure and the numbers that it shows.

    Parameters
    ----------
    figure
        Made within `paper_style`.
    columns
        The plotted numbers and labels as the columns of one table: arrays of shape (rows,), all of
        the same length.

    Raises
    ------
    ValueError
        When there is no column, or the columns are not of one length.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> with paper_style():
    ...     figure = Figure()
    ...     _ = figure.subplots().plot([0, 1, 2], [0.1, 0.3, 0.2])
    >>> drawing = Drawing(figure, {"round": [0, 1, 2], "error": [0.1, 0.3, 0.2]})
    >>> drawing.columns["error"].tolist()
    [0.1, 0.3, 0.2]
    """

    figure: "Figure"
    columns: Mapping[str, NDArray[Any]]

    def __post_init__(self) -> None:
        columns = {name: np.asarray(values) for name, values in self.columns.items()}
        shapes = {name: values.shape for name, values in columns.items()}
        if len(set(shapes.values())) != 1 or any(len(shape) != 1 for shape in shapes.values()):
            raise ValueError(f"columns must be arrays of one shape (rows,), got {shapes}")
        object.__setattr__(self, "columns", MappingProxyType(columns))


@contextmanager
def paper_style() -> Iterator[None]:
    """Draw in the house style within a `with` statement, whatever the settings outside it.

    Starts from matplotlib's defaults, not from the user's settings, so that a figure is the same on
    every machine; afterwards all settings are what they were.
    """
    from matplotlib import style

    with style.context(_STYLE, after_reset=True):
        yield


def settle(figure: "Figure", axes: "Axes | None" = None, height: float = 0.0) -> "Figure":
    """Lay a figure out once and for all.

    A constrained layout starts from where the last one ended, so a figure that is laid out anew for
    each file would not be the same in all of them.

    Parameters
    ----------
    figure
        In constrained layout.
    axes, height
        When given, the figure is made as high as it takes for these axes to be `height` inches
        high, whatever the labels around them need.
    """
    layout = figure.get_layout_engine()
    if layout is None:
        raise ValueError("figure must have a layout engine; make it within paper_style()")
    layout.execute(figure)
    layout.execute(figure)  # the first may have changed which ticks there are
    if axes is not None:
        for _ in range(_MOST_LAYOUTS):  # other axes take a share of each change
            missing = height - axes.get_position().height * figure.get_figheight()
            if abs(missing) < _EXACT:
                break
            figure.set_figheight(figure.get_figheight() + missing)
            layout.execute(figure)
    figure.set_layout_engine("none")
    return figure


def label_actions(axes: "Axes", form: "NormalForm", width: float) -> None:
    """Label the rows with the first role's actions, from above, and the columns with the second's.

    Row i is at height i + 1/2 and column j at j + 1/2, in a figure `width` inches wide.
    """
    rows = [written(action, 18) for action in form.actions[0]]
    columns = [written(action, 28) for action in form.actions[1]]
    axes.set_yticks(np.arange(len(rows)) + 0.5, rows, linespacing=1.0)
    # Labels stand level when they fit beside one another in about two thirds of the width.
    room = 0.65 * width / len(columns)
    level = max(map(len, columns)) * _LETTER <= room
    slant: dict[str, Any] = (
        {} if level else {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    )
    axes.set_xticks(np.arange(len(columns)) + 0.5, columns, **slant)
    axes.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
    axes.set(xlabel=f"{form.roles[1]}'s action", ylabel=f"{form.roles[0]}'s action")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def written(label: object, width: int) -> str:
    """Write a label for a figure: a long one on several lines, and no part taken as mathematics.

    Lines break at spaces and after underscores, before they pass `width` characters where possible.

    Examples
    --------
    >>> print(written("retrain_with_roni_and_threshold", 18))
    retrain_with_roni_
    and_threshold
    """
    lines = [""]
    for word in re.split(r"(?<=[_ ])", str(label)):
        if lines[-1] and len(lines[-1]) + len(word.rstrip()) > width:
            lines.append("")
        lines[-1] += word
    return "\n".join(line.rstrip() for line in lines).replace("$", r"\$")
