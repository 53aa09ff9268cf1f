"""The three figures show their numbers, and all their text is on the page and in the clear."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.collections import PolyCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from armsrace.figures import (
    DOUBLE_COLUMN,
    SINGLE_COLUMN,
    Drawing,
    best_response_graph,
    error_by_round,
    payoff_heat_map,
)
from armsrace.figures.drawing import written
from armsrace.forms import NormalForm
from armsrace.solvers.equilibrium import Equilibrium
from armsrace.statistics import mean_interval, paired_difference, simultaneous_band

LEARNER = (
    "hold",
    "retrain",
    "retrain_with_roni",
    "retrain_with_dynamic_threshold",
    "retrain_on_window",
)
ADVERSARY = (
    "wait",
    "dictionary_0.1%",
    "dictionary_1%",
    "dictionary_5%",
    "focused",
    "red_$herring$",
)
LABELS = ["hold", "retrain", "retrain_with_roni", "retrain_with_dynamic_threshold"]


def race(seeds: int = 12) -> NormalForm:
    """A made race of 5 x 6 actions with long names, noisy enough to leave some cells undecided."""
    rng = np.random.default_rng(5)
    traffic = rng.normal(0, 0.05, size=(seeds, 1, 1, 1))
    noise = rng.normal(0, 0.1, size=(seeds, 2, 5, 6))
    return NormalForm.from_samples(
        rng.uniform(-1, 0, size=(2, 5, 6)) + traffic + noise, actions=(LEARNER, ADVERSARY)
    )


def solved(form: NormalForm) -> Equilibrium:
    """Strategies with a pure and a mixed part; whether they are an equilibrium does not matter."""
    m, n = form.shape
    return Equilibrium(form, (np.eye(m)[0], np.full(n, 1 / n)), method="stackelberg")


@cache
def curves(width: float) -> Drawing:
    rng = np.random.default_rng(6)
    rates = {label: rng.beta(2, 9 - 2 * k, size=(16, 20)) for k, label in enumerate(LABELS)}
    return error_by_round(rates, quantity="ham lost (share of ham)", rng=rng, width=width)


@cache
def heat_map(width: float) -> Drawing:
    return payoff_heat_map(solved(race()), unit="cost a round", width=width)


@cache
def graph(width: float) -> Drawing:
    return best_response_graph(race(), width=width)


every_figure = pytest.mark.parametrize("draw", [curves, heat_map, graph])
every_width = pytest.mark.parametrize("width", [SINGLE_COLUMN, DOUBLE_COLUMN])


@cache
def drawn(figure: Figure) -> Figure:
    """The figure when all its texts have been placed, which drawing it again would not change."""
    figure.draw_without_rendering()
    return figure


def visible_texts(figure: Figure) -> Iterator[Text]:
    """All texts that are drawn, the tick labels among them only where there are ticks in view."""

    def is_text(artist: Artist) -> bool:
        return isinstance(artist, Text)

    for text in drawn(figure).findobj(is_text):
        assert isinstance(text, Text)
        if text.get_visible() and text.get_text():
            yield text


def level_boxes(figure: Figure) -> list[Bbox]:
    """The boxes of all level texts, a hair smaller than they are."""
    texts = [text for text in visible_texts(figure) if text.get_rotation() in (0.0, 90.0)]
    shown = {id(text): text.get_window_extent() for text in texts if in_view(text)}
    return [box.padded(-0.5) for box in shown.values()]


def in_view(text: Text) -> bool:
    """Whether a tick label belongs to a tick within the limits; other texts always are."""
    for axes in [] if text.figure is None else text.figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            for tick in axis.get_major_ticks():
                if text in (tick.label1, tick.label2):
                    low, high = sorted(axis.get_view_interval())
                    return bool(low <= tick.get_loc() <= high)
    return True


@every_width
@every_figure
def test_all_text_is_on_the_page(draw: Callable[[float], Drawing], width: float) -> None:
    figure = draw(width).figure
    assert figure.get_figwidth() == width
    texts = [text for text in visible_texts(figure) if in_view(text)]
    assert len(texts) > 10
    for text in texts:
        box = text.get_window_extent()
        message = f"{text.get_text()!r} is cut off"
        assert box.x0 >= 0, message
        assert box.y0 >= 0, message
        assert box.x1 <= figure.bbox.width, message
        assert box.y1 <= figure.bbox.height, message


@every_width
@every_figure
def test_no_texts_overlap(draw: Callable[[float], Drawing], width: float) -> None:
    boxes = level_boxes(draw(width).figure)
    assert len(boxes) > 10
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]


@every_figure
def test_legend_is_clear_of_the_axes(draw: Callable[[float], Drawing]) -> None:
    figure = drawn(draw(SINGLE_COLUMN).figure)
    legend = figure.legends[0].get_window_extent()
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert box is not None
        assert box.y1 <= legend.y0 + 1


@every_figure
def test_texts_are_large_enough_to_read(draw: Callable[[float], Drawing]) -> None:
    sizes = {
        text.get_fontproperties().get_size_in_points()
        for text in visible_texts(draw(SINGLE_COLUMN).figure)
    }
    assert min(sizes) >= 4.0


def test_curves_are_the_means_with_their_bands() -> None:
    rates = {"a": np.random.default_rng(1).beta(1, 9, size=(7, 5)), "b": np.full((7, 5), 0.5)}
    drawing = error_by_round(rates, quantity="error", rng=np.random.default_rng(2))
    columns = drawing.columns
    rng = np.random.default_rng(2)
    bands = [simultaneous_band(values, rng=rng) for values in rates.values()]
    np.testing.assert_array_equal(columns["mean"], np.concatenate([b.estimate for b in bands]))
    np.testing.assert_array_equal(columns["low"], np.maximum([b.low for b in bands], 0).ravel())
    np.testing.assert_array_equal(columns["high"], np.minimum([b.high for b in bands], 1).ravel())
    assert columns["low"].min() == 0.0  # so the first band was cut
    assert columns["round"].tolist() == [0, 1, 2, 3, 4] * 2
    assert columns["curve"].tolist() == ["a"] * 5 + ["b"] * 5
    (axes,) = drawing.figure.axes
    for k, line in enumerate(axes.lines):
        np.testing.assert_array_equal(line.get_ydata(), columns["mean"][5 * k : 5 * k + 5])
    for k, band in enumerate(axes.collections):
        assert isinstance(band, PolyCollection)
        heights = set(np.asarray(band.get_paths()[0].vertices)[:, 1])
        rows = slice(5 * k, 5 * k + 5)
        assert heights == {*columns["low"][rows], *columns["high"][rows]}


def test_curves_say_how_many_seeds_and_what_kind_of_band() -> None:
    title = curves(SINGLE_COLUMN).figure.legends[0].get_title().get_text()
    assert title == "mean of 16 seeds, 95 % simultaneous band (max-t bootstrap)"


def test_curves_differ_in_color_and_dash() -> None:
    (axes,) = curves(SINGLE_COLUMN).figure.axes
    assert len({line.get_color() for line in axes.lines}) == len(LABELS)
    assert len({str(line.get_linestyle()) for line in axes.lines}) == len(LABELS)


def test_curves_that_are_zero_can_be_drawn() -> None:
    drawing = error_by_round(
        {"hold": np.zeros((5, 1))}, quantity="error", rng=np.random.default_rng(0)
    )
    assert drawing.columns["high"].tolist() == [0.0]


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ({}, "1 to 7 labels to be told apart, got 0"),
        ({str(k): np.zeros((5, 2)) for k in range(8)}, "1 to 7 labels to be told apart, got 8"),
        ({"a": np.zeros((5, 2)), "b": np.zeros((6, 2))}, "one shape"),
        ({"a": np.full((5, 2), 1.1)}, r"rates of a must be in \[0, 1\]"),
        ({"a": np.full((5, 2), np.nan)}, r"rates of a must be in \[0, 1\]"),
        ({"a": np.zeros((4, 2))}, "at least 5 seeds"),
        ({"a": np.zeros(5)}, r"one shape \(seeds, rounds\)"),
    ],
)
def test_curves_refuse_what_they_cannot_show(rates: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        error_by_round(rates, quantity="error", rng=np.random.default_rng(0))


def test_heat_map_shows_its_numbers() -> None:
    form = race()
    drawing = heat_map(SINGLE_COLUMN)
    columns, axes = drawing.columns, drawing.figure.axes[0]
    np.testing.assert_array_equal(columns["payoff"], form.payoffs[0].ravel())
    half_widths = mean_interval(form.samples[:, 0]).half_width  # type: ignore[index]
    np.testing.assert_array_equal(columns["half_width"], half_widths.ravel())
    (mesh,) = (c for c in axes.collections if isinstance(c, QuadMesh))
    np.testing.assert_array_equal(np.asarray(mesh.get_array()).ravel(), columns["payoff"])
    cells = [text.get_text() for text in axes.texts]
    assert len(cells) == 30
    for cell, payoff, half in zip(cells, columns["payoff"], half_widths.ravel(), strict=True):
        value, error = cell.replace("\N{MINUS SIGN}", "-").split("\n±")
        assert float(value) == pytest.approx(payoff, abs=0.0006)
        assert float(error) == pytest.approx(half, abs=0.0006)
    bars = [
        [patch for patch in side.patches if isinstance(patch, Rectangle)]
        for side in drawing.figure.axes[1:3]
    ]
    assert [bar.get_height() for bar in bars[0]] == [1 / 6] * 6
    assert [bar.get_width() for bar in bars[1]] == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert columns["adversary_probability"].tolist() == [1 / 6] * 30
    assert columns["learner_probability"].tolist() == [1.0] * 6 + [0.0] * 24


def test_heat_map_marks_best_and_undecided_cells() -> None:
    form, columns = race(), heat_map(SINGLE_COLUMN).columns
    payoffs, samples = form.payoffs[0], form.samples
    assert samples is not None
    is_best = columns["is_best"].reshape(5, 6)
    is_undecided = columns["is_undecided"].reshape(5, 6)
    for j in range(6):
        best = int(payoffs[:, j].argmax())
        assert np.flatnonzero(is_best[:, j]).tolist() == [best]
        for i in set(range(5)) - {best}:
            gap = paired_difference(samples[:, 0, best, j], samples[:, 0, i, j])
            assert is_undecided[i, j] == (gap.low <= 0)
    assert 0 < is_undecided.sum() < 20
    hatched = [
        patch for patch in heat_map(SINGLE_COLUMN).figure.axes[0].patches if patch.get_hatch()
    ]
    assert len(hatched) == is_undecided.sum()


def test_heat_map_says_what_its_numbers_are() -> None:
    form = race()
    equilibrium = solved(form)
    title = (
        heat_map(SINGLE_COLUMN)
        .figure.legends[0]
        .get_title()
        .get_text()
        .replace("\N{MINUS SIGN}", "-")
    )
    low, high = equilibrium.interval
    assert f"stackelberg: value {equilibrium.value:.3f} ± {(high - low) / 2:.3f}, regret" in title
    assert "95 % interval (Student t), seeds: 12" in title
    assert "learner's payoff (cost a round)" in [
        text.get_text() for text in visible_texts(heat_map(SINGLE_COLUMN).figure)
    ]


def test_exact_payoffs_have_no_error_bars() -> None:
    drawing = payoff_heat_map(solved(NormalForm.zero_sum([[2, -3], [0, 1]])), unit="points")
    assert [text.get_text() for text in drawing.figure.axes[0].texts] == [
        "2.00",
        "\N{MINUS SIGN}3.00",
        "0.00",
        "1.00",
    ]
    assert drawing.columns["half_width"].tolist() == [0.0] * 4
    assert not drawing.columns["is_undecided"].any()
    assert "interval" not in drawing.figure.legends[0].get_title().get_text()


def test_one_seed_decides_nothing() -> None:
    drawing = payoff_heat_map(solved(race(seeds=1)), unit="points")
    assert drawing.columns["is_undecided"].sum() == 24
    assert np.isinf(drawing.columns["half_width"]).all()


def test_cell_texts_stand_out() -> None:
    axes = heat_map(SINGLE_COLUMN).figure.axes[0]
    (mesh,) = (c for c in axes.collections if isinstance(c, QuadMesh))
    lightness = mesh.to_rgba(mesh.get_array())[..., :3].mean(axis=-1).ravel()  # type: ignore[arg-type]
    inks = np.array([text.get_color() for text in axes.texts])
    assert set(inks) == {"black", "white"}
    assert lightness[inks == "white"].max() < lightness[inks == "black"].min()


def test_numbers_too_small_to_read_are_left_out() -> None:
    form = NormalForm.zero_sum(np.random.default_rng(0).normal(size=(30, 30)))
    drawing = payoff_heat_map(solved(form), unit="points")
    assert not drawing.figure.axes[0].texts
    assert len(drawing.columns["payoff"]) == 900
    assert drawing.figure.get_figheight() < 9


def test_graph_shows_its_moves() -> None:
    drawing = graph(SINGLE_COLUMN)
    columns = drawing.columns
    (axes,) = drawing.figure.axes
    arrows = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    is_move = columns["gain"] > 0
    assert len(arrows) == is_move.sum() == 5 * 6 * 2 - 6 - 5  # all but the best replies
    dashed = [arrow for arrow in arrows if arrow.get_linestyle() != "-"]
    assert len(dashed) == columns["is_undecided"].sum() > 0
    np.testing.assert_array_equal(columns["is_undecided"], is_move & (columns["low"] <= 0))
    filled = [line for line in axes.lines if line.get_markerfacecolor() == "black"]
    profiles = set(zip(columns["learner"], columns["adversary"], columns["sink"], strict=True))
    assert len(profiles) == 30
    assert len(filled) == sum(sink > 0 for _, _, sink in profiles) > 0


def test_graph_says_what_its_marks_are() -> None:
    legend = graph(SINGLE_COLUMN).figure.legends[0]
    assert legend.get_title().get_text() == "gains by Student t of paired differences, seeds: 12"
    assert [text.get_text() for text in legend.get_texts()] == [
        "learner's best reply",
        "adversary's best reply",
        "sink component",
        "gain not told from 0 at 95 %",
    ]


def test_graph_numbers_several_sinks() -> None:
    coordination = NormalForm.from_bimatrix(np.eye(3), np.eye(3))
    drawing = best_response_graph(coordination)
    assert [text.get_text() for text in drawing.figure.axes[0].texts] == ["1", "2", "3"]
    assert sorted(set(drawing.columns["sink"].tolist())) == [0, 1, 2, 3]


def test_two_roles_are_needed() -> None:
    three = NormalForm(np.zeros((3, 2, 2, 2)))
    strategies = (np.array([1.0, 0.0]),) * 3
    with pytest.raises(ValueError, match=r"the game must have two roles.*got 3"):
        payoff_heat_map(Equilibrium(three, strategies, method="guess"), unit="points")
    with pytest.raises(ValueError, match=r"the game must have two roles.*got 3"):
        best_response_graph(three)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("hold", "hold"),
        ("retrain_with_roni", "retrain_with_roni"),
        ("retrain with roni and more", "retrain with roni\nand more"),
        ("retrain_with_dynamic_threshold", "retrain_with_\ndynamic_threshold"),
        ("a_word_that_is_unbreakableunbreakable", "a_word_that_is_\nunbreakableunbreakable"),
        ("$5", r"\$5"),
        (3, "3"),
    ],
)
def test_labels_break_between_words(label: object, expected: str) -> None:
    assert written(label, 17) == expected
