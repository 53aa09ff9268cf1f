"""Best-response graph: where the race goes when one role at a time moves to its best reply."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from armsrace.figures.drawing import SINGLE_COLUMN, Drawing, label_actions, paper_style, settle

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from armsrace.forms.normal import NormalForm
    from armsrace.solvers.best_response_graph import Profile

_ROW: Final = 0.36
_TALLEST: Final = 5.0
"""Heights of a row and at most of all rows together, in inches."""

_COLORS: Final = ("#4477AA", "#EE6677")
"""Of the arrows of each role."""

_NODE: Final = 6.0
"""Diameter of a profile, in points."""

_UNDECIDED: Final = (0, (3, 1.5))
"""Dashes of an arrow whose gain may be 0, in line widths."""


def best_response_graph(form: "NormalForm", *, width: float = SINGLE_COLUMN) -> Drawing:
    """Draw the best replies of both roles at every pure profile, and where they lead.

    A node is a profile: the learner's action in rows, the adversary's in columns, so the learner
    moves up and down and the adversary to the sides. Arrows lead to best replies; those whose gain
    the data cannot tell from 0 are dashed. Nodes and arrows of a sink component, where every walk
    ends, stand out; a sink of one profile is a pure Nash equilibrium. When there are several sinks,
    their nodes are numbered. See `armsrace.solvers.best_response_graph`.

    Parameters
    ----------
    form
        A game of two roles.
    width
        In inches.

    Returns
    -------
    Drawing
        One row for each best reply of each role at each profile. Its columns are the action of each
        role under the role's name; sink, the number of the profile's sink component, 0 when it is
        in none; mover, the role that replies; reply, its best reply, which is what it plays already
        when nothing is better; gain with the ends low and high of its 95 % interval (Student's t of
        the paired differences, each by itself; all equal to the gain when payoffs are exact); and
        is_undecided, whether the interval of a positive gain encloses 0.

    Raises
    ------
    ValueError
        When the game does not have two roles.

    Examples
    --------
    >>> from armsrace.forms import NormalForm
    >>> dilemma = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> drawing = best_response_graph(dilemma)
    >>> drawing.columns["sink"].tolist()
    [0, 0, 0, 0, 0, 0, 1, 1]
    >>> drawing.columns["gain"].tolist()
    [2.0, 2.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    """
    from matplotlib.figure import Figure

    from armsrace.solvers import best_response_graph as graph_of
    from armsrace.solvers import sink_components

    if len(form.roles) != 2:
        raise ValueError(
            f"the game must have two roles to be drawn on a grid, got {len(form.roles)}: "
            f"{', '.join(form.roles)}"
        )
    graph = graph_of(form)
    sinks = sink_components(graph)
    sink_of = {profile: k for k, sink in enumerate(sinks, start=1) for profile in sink}
    with paper_style():
        figure = Figure(figsize=(width, 3.0))
        axes = figure.add_subplot()
        label_actions(axes, form, width)
        _draw_nodes(axes, form, sink_of)
        _explain(figure, form, graph)
        settle(figure, axes, min(_ROW * form.shape[0], _TALLEST))
        _draw_arrows(axes, form, graph, sink_of)
    names = (*form.roles, "sink", "mover", "reply", "gain", "low", "high", "is_undecided")
    table = zip(*_replies(form, graph, sink_of), strict=True)
    return Drawing(figure, dict(zip(names, map(np.array, table), strict=True)))


def _replies(
    form: "NormalForm", graph: "nx.DiGraph[Profile]", sink_of: dict["Profile", int]
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table: every best reply of each role at each profile."""
    for profile in graph:
        names = [str(labels[i]) for labels, i in zip(form.actions, profile, strict=True)]
        for axis, role in enumerate(form.roles):
            head = (*names, sink_of.get(profile, 0), role)
            moves = [
                (str(form.actions[axis][new[axis]]), move["gain"], move["low"], move["high"])
                for _, new, move in graph.out_edges(profile, data=True)
                if move["role"] == role
            ]
            for reply, gain, low, high in moves or [(names[axis], 0.0, 0.0, 0.0)]:
                yield (*head, reply, gain, low, high, low <= 0 < gain)


def _draw_nodes(axes: "Axes", form: "NormalForm", sink_of: dict["Profile", int]) -> None:
    """Draw the profiles, those in sinks filled and, when there are several sinks, numbered."""
    is_numbered = max(sink_of.values()) > 1
    for i, j in np.ndindex(form.shape):
        sink = sink_of.get((i, j))
        axes.plot(
            j + 0.5,
            i + 0.5,
            "o",
            markersize=_NODE,
            markerfacecolor="black" if sink else "white",
            markeredgecolor="black" if sink else "0.55",
            markeredgewidth=0.7,
            zorder=3,
        )
        if sink and is_numbered:
            axes.annotate(
                str(sink),
                (j + 0.5, i + 0.5),
                color="white",
                fontsize=5,
                ha="center",
                va="center_baseline",
                zorder=4,
            )


def _draw_arrows(
    axes: "Axes", form: "NormalForm", graph: "nx.DiGraph[Profile]", sink_of: dict["Profile", int]
) -> None:
    """Draw the moves as arcs, the longer the wider, past the profiles between their ends."""
    from matplotlib.patches import FancyArrowPatch

    box = axes.get_window_extent()
    cell = (box.height / form.shape[0], box.width / form.shape[1])
    for old, new, move in graph.edges(data=True):
        axis = form.roles.index(move["role"])
        steps = abs(new[axis] - old[axis])
        bow = min(0.15 + 0.05 * (steps - 1), 0.36) * min(cell)
        is_inside = old in sink_of  # then so is the other end
        axes.add_patch(
            FancyArrowPatch(
                (old[1] + 0.5, old[0] + 0.5),
                (new[1] + 0.5, new[0] + 0.5),
                # The height of an arc is half of rad times the distance of its ends.
                connectionstyle=f"arc3,rad={2 * bow / (steps * cell[axis])}",
                arrowstyle="-|>,head_length=3,head_width=1.3",
                mutation_scale=1,
                shrinkA=_NODE / 2 + 0.5,
                shrinkB=_NODE / 2 + 0.5,
                color=_COLORS[axis],
                linestyle=_UNDECIDED if move["low"] <= 0 else "-",
                linewidth=1.4 if is_inside else 0.7,
                alpha=1.0 if is_inside else 0.6,
                zorder=2 if is_inside else 1,
            )
        )


def _explain(figure: "Figure", form: "NormalForm", graph: "nx.DiGraph[Profile]") -> None:
    """Say above the graph what colors, dashes and nodes mean, and where the gains come from."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=color, linestyle="-", label=f"{role}'s best reply")
        for role, color in zip(form.roles, _COLORS, strict=True)
    ]
    handles.append(
        Line2D([], [], linestyle="", marker="o", color="black", ms=_NODE, label="sink component")
    )
    if any(move["low"] <= 0 for _, _, move in graph.edges(data=True)):
        handles.append(
            Line2D([], [], color="0.3", linestyle=_UNDECIDED, label="gain not told from 0 at 95 %")
        )
    if form.samples is None:
        title = "exact payoffs"
    else:
        title = f"gains by Student t of paired differences, seeds: {len(form.samples)}"
    figure.legend(handles=handles, loc="outside upper center", ncols=2, title=title)
