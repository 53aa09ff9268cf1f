"""Payoff heat map: what the learner earns at each pair of actions, and which are played."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from armsrace.figures.drawing import SINGLE_COLUMN, Drawing, label_actions, paper_style, settle
from armsrace.statistics import Array, mean_interval, paired_difference

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from armsrace.forms.normal import NormalForm
    from armsrace.solvers.equilibrium import Equilibrium

_CELL: Final = 0.29
_TALLEST: Final = 5.0
"""Heights of a cell and at most of all rows together, in inches."""

_MARGIN: Final = 1.2
"""Height of a bar of probability 1 above the columns, in cells."""

_LARGEST: Final = 7.0
_SMALLEST: Final = 4.0
"""Type sizes of the numbers, in points."""

_HATCH: Final = "//////"


def payoff_heat_map(
    equilibrium: "Equilibrium", *, unit: str, width: float = SINGLE_COLUMN
) -> Drawing:
    """Draw the learner's payoff at every pair of actions, with the equilibrium on the margins.

    The map shows the game that was solved, ``equilibrium.form``. A cell holds the learner's payoff
    and, in an empirical game, half the width of its 95 % interval (Student's t over the
    replicates). In each column the learner's best reply is framed, and cells that the data cannot
    tell from it are hatched: those where the 95 % interval of the paired difference encloses 0.
    Bars show the probability of each action. Numbers that would be too small to read are left out.

    Parameters
    ----------
    equilibrium
        Of a game of two roles.
    unit
        What the payoffs are counted in: "cost a round".
    width
        In inches.

    Returns
    -------
    Drawing
        One row a cell. Its columns are the action of each role under the role's name, payoff,
        half_width (0 when the payoffs are exact), is_best, is_undecided, and the equilibrium's
        probability of each role's action.

    Raises
    ------
    ValueError
        When the game does not have two roles.

    Examples
    --------
    >>> from armsrace.forms import NormalForm
    >>> from armsrace.solvers.equilibrium import Equilibrium
    >>> game = NormalForm.zero_sum([[2, -3], [0, 1]])
    >>> solution = Equilibrium(game, ([1 / 6, 5 / 6], [2 / 3, 1 / 3]), method="minimax")
    >>> drawing = payoff_heat_map(solution, unit="cost a round")
    >>> drawing.columns["payoff"].tolist(), drawing.columns["is_best"].tolist()
    ([2.0, -3.0, 0.0, 1.0], [True, False, False, True])
    """
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap
    from matplotlib.figure import Figure

    form = equilibrium.form
    if len(form.roles) != 2:
        raise ValueError(
            f"the game must have two roles to be drawn as a map, got {len(form.roles)}: "
            f"{', '.join(form.roles)}"
        )
    m, n = form.shape
    payoffs = form.payoffs[0]
    half_widths = _half_widths(form)
    is_best = payoffs == payoffs.max(axis=0)
    is_undecided = _undecided(form)
    decimals = _decimals(payoffs, half_widths)
    with paper_style():
        figure = Figure(figsize=(width, 3.0))
        grid = figure.add_gridspec(2, 2, width_ratios=[6, 1], height_ratios=[_MARGIN, m])
        axes = figure.add_subplot(grid[1, 0])
        # One hue whose lightness rises with the payoff, so grey prints the same order; without the
        # ends, where the lines between cells and the frames would be lost.
        blues = ListedColormap(colormaps["Blues_r"](np.linspace(0.08, 0.92, 256)))
        mesh = axes.pcolormesh(payoffs, cmap=blues, edgecolors="white", linewidth=0.6)
        label_actions(axes, form, width)
        _mark(axes, mesh, is_best, is_undecided)
        above = figure.add_subplot(grid[0, 0], sharex=axes)
        beside = figure.add_subplot(grid[1, 1], sharey=axes)
        chances = _draw_margins(above, beside, equilibrium)
        bar = figure.colorbar(mesh, ax=axes, location="bottom", fraction=0.06, pad=0.03, aspect=40)
        bar.outline.set_visible(False)
        bar.set_label(f"{form.roles[0]}'s payoff ({unit})")
        _explain(figure, equilibrium, decimals, any_undecided=bool(is_undecided.any()))
        settle(figure, axes, min(_CELL * m, _TALLEST))
        box = axes.get_window_extent()
        _fit(
            _write_cells(axes, mesh, payoffs, half_widths, decimals), box.width / n, box.height / m
        )
        _fit(chances, box.width / n, box.height / m)
    rows, columns = ([str(action) for action in actions] for actions in form.actions)
    return Drawing(
        figure,
        {
            form.roles[0]: np.repeat(rows, n),
            form.roles[1]: np.tile(columns, m),
            "payoff": payoffs.ravel(),
            "half_width": half_widths.ravel(),
            "is_best": is_best.ravel(),
            "is_undecided": is_undecided.ravel(),
            f"{form.roles[0]}_probability": np.repeat(equilibrium.strategies[0], n),
            f"{form.roles[1]}_probability": np.tile(equilibrium.strategies[1], m),
        },
    )


def _half_widths(form: "NormalForm") -> Array:
    """Half the 95 % interval of the first role's payoffs, shape (m, n); 0 when they are exact."""
    if form.samples is None:
        return np.zeros(form.shape)
    return mean_interval(form.samples[:, 0]).half_width


def _undecided(form: "NormalForm") -> NDArray[np.bool_]:
    """Where the first role's payoff is less than the column's best, but within its error of it."""
    payoffs = form.payoffs[0]
    is_less: NDArray[np.bool_] = payoffs < payoffs.max(axis=0)
    if form.samples is None:
        return np.zeros_like(is_less)
    samples = form.samples[:, 0]
    best = np.take_along_axis(samples, payoffs.argmax(axis=0)[None, None, :], axis=1)
    gap = paired_difference(np.broadcast_to(best, samples.shape), samples)
    return is_less & (gap.low <= 0)


def _mark(
    axes: "Axes", mesh: "QuadMesh", is_best: NDArray[np.bool_], is_undecided: NDArray[np.bool_]
) -> None:
    """Frame the best replies, and hatch the foot of the cells that cannot be told from them."""
    from matplotlib.patches import Rectangle

    inks = _inks(mesh)
    for i, j in np.argwhere(is_best).tolist():
        frame = Rectangle((j + 0.05, i + 0.07), 0.9, 0.86, linewidth=0.9)
        frame.set(fill=False, edgecolor=inks[i, j])
        axes.add_patch(frame)
    for i, j in np.argwhere(is_undecided).tolist():
        foot = Rectangle((j + 0.02, i + 0.8), 0.96, 0.18, linewidth=0)
        foot.set(fill=False, edgecolor=inks[i, j], hatch=_HATCH)
        axes.add_patch(foot)


def _draw_margins(above: "Axes", beside: "Axes", equilibrium: "Equilibrium") -> list["Text"]:
    """Draw the probabilities as bars above and beside the map, and return the numbers on them."""
    rows, columns = equilibrium.strategies
    above.bar(np.arange(len(columns)) + 0.5, columns, width=0.6, color="0.35")
    beside.barh(np.arange(len(rows)) + 0.5, rows, height=0.6, color="0.35")
    above.set_ylim(0, 1)
    beside.set_xlim(0, 1)
    for axes, base in ((above, "bottom"), (beside, "left")):
        axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
        axes.spines[:].set_visible(False)
        axes.spines[base].set_visible(True)
    placed: dict[str, Any] = {"textcoords": "offset points", "fontsize": _LARGEST - 1}
    numbers: list[Text] = [
        above.annotate(f"{p:.2f}", (j + 0.5, p), (0, 1), ha="center", va="bottom", **placed)
        for j, p in enumerate(columns.tolist())
        if p > 0
    ]
    numbers += [
        beside.annotate(f"{p:.2f}", (p, i + 0.5), (1.5, 0), ha="left", va="center", **placed)
        for i, p in enumerate(rows.tolist())
        if p > 0
    ]
    return numbers


def _explain(
    figure: "Figure", equilibrium: "Equilibrium", decimals: int, *, any_undecided: bool
) -> None:
    """Say above the map what was solved, and what numbers and marks mean."""
    from matplotlib.patches import Patch

    form = equilibrium.form
    value = _number(equilibrium.value, decimals)
    error = reading = ""
    if form.samples is not None:
        low, high = equilibrium.interval
        seeds = len(form.samples)
        error = f" ± {(high - low) / 2:.{decimals}f}"
        reading = f"\nmean ± half of the 95 % interval (Student t), seeds: {seeds}"
    title = f"{equilibrium.method}: value {value}{error}, regret {equilibrium.regret:.2g}{reading}"
    best = Patch(fill=False, linewidth=0.9, label=f"{form.roles[0]}'s best reply")
    undecided = Patch(fill=False, linewidth=0, hatch=_HATCH, label="not told from it at 95 %")
    legend = figure.legend(
        handles=[best, undecided] if any_undecided else [best],
        loc="outside upper center",
        ncols=2,
        title=title,
    )
    legend.get_title().set_multialignment("center")


def _write_cells(
    axes: "Axes", mesh: "QuadMesh", payoffs: Array, half_widths: Array, decimals: int
) -> list["Text"]:
    """Write each payoff with its half-width, if payoffs are not exact, into its cell."""
    inks = _inks(mesh)
    is_exact = not half_widths.any()
    texts = []
    for (i, j), payoff in np.ndenumerate(payoffs):
        error = "" if is_exact else f"\n±{half_widths[i, j]:.{decimals}f}"
        text = axes.text(j + 0.5, i + 0.46, _number(payoff, decimals) + error, color=inks[i, j])
        text.set(ha="center", va="center", fontsize=_LARGEST, linespacing=0.95)
        texts.append(text)
    return texts


def _fit(texts: "Sequence[Text]", width: float, height: float) -> None:
    """Make all texts small enough for a cell, in pixels, with some air; or take them away."""
    # Digits are equally wide, so the text of most characters is the largest.
    largest = max(texts, key=lambda text: len(text.get_text())).get_window_extent()
    shrink = min(1.0, 0.8 * width / largest.width, 0.8 * height / largest.height)
    for text in texts:
        size = shrink * text.get_fontproperties().get_size_in_points()
        if size < _SMALLEST:
            text.remove()
        else:
            text.set_fontsize(size)


def _decimals(payoffs: Array, half_widths: Array) -> int:
    """How many decimals show two digits of a typical error, or three of exact payoffs' range."""
    errors = half_widths[np.isfinite(half_widths) & (half_widths > 0)]
    if len(errors):
        digits = 1 - np.floor(np.log10(np.median(errors)))
    else:
        digits = 2 - np.floor(np.log10(float(np.ptp(payoffs)) or 1.0))
    return int(np.clip(digits, 0, 4))


def _number(value: float, decimals: int) -> str:
    """A number with a true minus sign, and never minus zero."""
    return f"{round(float(value), decimals) + 0.0:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def _inks(mesh: "QuadMesh") -> NDArray[np.str_]:
    """Black or white for each cell, whichever stands out more (WCAG 2 contrast), shape (m, n)."""
    colors = mesh.to_rgba(mesh.get_array())[..., :3]  # type: ignore[arg-type]
    linear = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    # The contrasts 1.05 / (luminance + 0.05) and (luminance + 0.05) / 0.05 meet here.
    return np.where(luminance < np.sqrt(1.05 * 0.05) - 0.05, "white", "black")
