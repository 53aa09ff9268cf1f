"""The map of defenses shows its numbers, its marks and its frames, all on the page."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from armsrace.figures import DOUBLE_COLUMN, Drawing, defense_heat_map
from armsrace.taxonomy import ARTICLE_DEFENSES, CELLS, DEFENSES

SHAPE = (len(CELLS), len(DEFENSES))
CHANGES = np.random.default_rng(0).normal(scale=0.7, size=SHAPE)
PROPOSED = np.array([[name in ARTICLE_DEFENSES[cell] for name in DEFENSES] for cell in CELLS])
VERDICTS = np.where(CHANGES < -0.2, "confirmed", np.where(CHANGES > 0.2, "refuted", "undecided"))
ARGUMENTS: dict[str, Any] = {
    "changes": CHANGES,
    "attacks": [f"{cell} (a_game_of_its_own)" for cell in CELLS],
    "defenses": DEFENSES,
    "proposed": PROPOSED,
    "verdicts": VERDICTS,
    "quantity": "change of the loss (share of the harm)",
}


def drawing(**changed: Any) -> Drawing:
    return defense_heat_map(**{**ARGUMENTS, **changed})


def one_cell(**changed: Any) -> Drawing:
    """One defense against one attack: quickly drawn."""
    cell = {"changes": [[0.5]], "verdicts": [["refuted"]], "proposed": [[False]]}
    return drawing(attacks=["flood"], defenses=["a"], **{**cell, **changed})


def test_columns_are_what_is_drawn() -> None:
    columns = drawing().columns
    assert columns["change"].tolist() == CHANGES.ravel().tolist()
    assert columns["verdict"].tolist() == VERDICTS.ravel().tolist()
    assert columns["proposed"].sum() == sum(map(len, ARTICLE_DEFENSES.values()))
    assert columns["defense"][:6].tolist() == list(DEFENSES)
    assert set(columns["attack"][:6]) == {"causative integrity targeted (a_game_of_its_own)"}


def test_each_cell_holds_its_change_and_its_verdict() -> None:
    changes, verdicts = [[-1.4, 0.004, 0.25]], [["confirmed", "no effect", "refuted"]]
    figure = drawing(
        changes=changes,
        verdicts=verdicts,
        attacks=["flood"],
        defenses=["a", "b", "c"],
        proposed=[[False, True, False]],
    ).figure
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["−140 % ✓", "0 % ≈", "+25 % ×"]  # noqa: RUF001
    (frame,) = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert 1 < frame.get_x() < frame.get_x() + frame.get_width() < 2


def color(change: float) -> np.ndarray:
    """Red, green and blue of a cell."""
    mesh: Any = one_cell(changes=[[change]]).figure.axes[0].collections[0]
    red_green_blue: np.ndarray = mesh.to_rgba(mesh.get_array())[0, 0, :3]
    return red_green_blue


def test_colors_say_less_or_more_and_end_at_the_whole() -> None:
    less, more = color(-1.0), color(1.0)
    assert less[2] > less[0]  # blue
    assert more[0] > more[2]  # red
    assert color(0.0).min() > 0.98
    assert color(-3.0).tolist() == less.tolist()


@pytest.mark.parametrize("name", ["a_game_of_its_own", "svm_poisoning", "mistaken_identity"])
def test_all_text_is_on_the_page_as_it_is_published(name: str) -> None:
    attacks = [f"{cell} ({name})" for cell in CELLS]
    figure = drawing(attacks=attacks, note="kind and level of the intervals").figure
    assert figure.dpi == 300
    assert figure.get_figwidth() == DOUBLE_COLUMN
    axes = figure.axes[0]
    rows = [label.get_window_extent() for label in axes.get_yticklabels()]
    columns = [label.get_window_extent() for label in axes.get_xticklabels()]
    cells = [text.get_window_extent() for text in axes.texts]
    for box in (*rows, *columns, *cells):
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= figure.bbox.width
        assert box.y1 <= figure.bbox.height
    assert all(above.y0 >= below.y1 for above, below in pairwise(rows))
    assert all(left.x1 <= right.x0 for left, right in pairwise(columns))
    assert all(left.x1 <= right.x0 for left, right in pairwise(cells[:6]))


def test_legend_speaks_of_frames_only_where_there_are_some() -> None:
    for proposed, wanted in ((True, 5), (False, 4)):
        (legend,) = one_cell(proposed=[[proposed]]).figure.legends
        assert len(legend.get_texts()) == wanted


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"changes": CHANGES[1:]}, ValueError, r"changes must have shape \(8, 6\)"),
        ({"proposed": PROPOSED.T}, ValueError, r"proposed must have shape \(8, 6\)"),
        ({"verdicts": "confirmed"}, ValueError, r"verdicts must have shape \(8, 6\)"),
        ({"changes": CHANGES * np.nan}, ValueError, "changes must be finite"),
        ({"attacks": []}, ValueError, "there must be an attack and a defense"),
        (
            {"verdicts": np.full(SHAPE, "proven")},
            LookupError,
            "unknown verdict 'proven'; known are confirmed, refuted, no effect, undecided",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    changed: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        drawing(**changed)
