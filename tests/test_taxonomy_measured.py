"""The measured taxonomy: a small version of it, and its verdicts on losses that are known."""

import json
import runpy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import armsrace as ar
from armsrace.solvers import minimax
from armsrace.statistics import mean_interval, paired_difference
from armsrace.taxonomy import CELLS, DEFENSES, Cell

SCRIPT = Path(__file__).parents[1] / "experiments" / "taxonomy_measured.py"
ROUNDS, TUNING, SCORING, SEED = 4, 2, 4, 2006
LEARNERS = ("none", *DEFENSES)


@cache
def script() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


@pytest.fixture(scope="module")
def out(small_run: Callable[[str], tuple[Path, str]]) -> Path:
    folder, printed = small_run("taxonomy_measured")
    assert "equilibrium_loss" in printed
    return folder


@pytest.fixture(scope="module")
def table(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "taxonomy_measured_table.csv", keep_default_na=False)


@pytest.fixture(scope="module")
def cells(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "taxonomy_measured_cells.csv", keep_default_na=False)


def test_the_figure_shows_the_numbers_of_the_table(out: Path, table: pd.DataFrame) -> None:
    record = json.loads((out / "taxonomy_measured.json").read_text())
    assert record["seed"] == SEED
    assert record["parameters"]["scoring_seeds"] == SCORING
    drawn = pd.read_csv(out / "taxonomy_measured.csv")
    defended = table[table["defense"] != "none"]
    assert drawn["verdict"].tolist() == defended["verdict"].tolist()
    np.testing.assert_allclose(drawn["change"], defended["change"] / defended["harm"])
    framed = drawn[drawn["proposed"]]["defense"].tolist()
    assert framed == ["regularization", "randomization"] * 2


def test_a_cell_is_what_playing_it_gives(table: pd.DataFrame, cells: pd.DataFrame) -> None:
    """The same plays, evaluated here once more: attack, loss, change, harm and value."""
    mine = table[table["game"] == "centroid_shift"].set_index("defense")
    game = ar.load_game("centroid_shift", rounds=ROUNDS)
    played = ar.empirical_game(
        game,
        learners=mine["action"],
        adversaries=game.adversary_actions,
        seeds=TUNING + SCORING,
        seed=SEED,
    )
    assert played.samples is not None
    lost = -played.samples[:, 0]
    best = lost[:TUNING].mean(axis=0).argmax(axis=1)  # the game is zero-sum
    assert mine["attack"].tolist() == [played.actions[1][j] for j in best]
    scores = lost[TUNING:, np.arange(len(LEARNERS)), best]
    np.testing.assert_allclose(mine["loss"], scores.mean(axis=0))
    each = paired_difference(scores[:, 1:], scores[:, :1].repeat(6, axis=1), level=1 - 0.05 / 12)
    for column, end in (("change", "estimate"), ("change_low", "low"), ("change_high", "high")):
        np.testing.assert_allclose(mine[column].iloc[1:], getattr(each, end), atol=1e-9)
    losses = mean_interval(scores, level=1 - 0.05 / 14)
    np.testing.assert_allclose(mine["loss_high"], losses.high)
    undefended = lost[:TUNING, 0].mean(axis=0)
    np.testing.assert_allclose(mine["harm"], undefended.max() - undefended[0])
    np.testing.assert_allclose(mine["loss_waiting"], lost[TUNING:, :, 0].mean(axis=0))

    solved = minimax(type(played).from_samples(played.samples[:TUNING]))
    x, y = solved.strategies
    row = cells.set_index("game").loc["centroid_shift"]
    mean = lost[TUNING:].mean(axis=0)
    assert row["equilibrium_loss"] == pytest.approx(x @ mean @ y)
    assert row["low"] < (mean @ y).min()
    assert row["high"] > (x @ mean).max()


def test_every_row_follows_from_its_numbers(table: pd.DataFrame, cells: pd.DataFrame) -> None:
    assert table.groupby("game")["defense"].apply(tuple).tolist() == [LEARNERS] * 2
    for _, row in table.iterrows():
        if row["defense"] == "none":
            assert (row["change"], row["proposed"], row["verdict"]) == (0, "", "")
        elif row["change_high"] < 0:
            assert row["verdict"] == "confirmed"
        elif row["change_low"] > -0.1 * row["harm"]:
            assert row["verdict"] == "refuted"
        else:
            assert row["verdict"] == "undecided"
        assert (row["poison"] > 0) == (row["attack"] != "wait")
    whence = table[table["game"] == "focused_attack"]["proposed"].tolist()
    assert whence == ["", "table", "table", "text", "text", "text", "not"]
    for _, cell in cells.iterrows():
        mine = table[(table["game"] == cell["game"]) & (table["proposed"] == "table")]
        assert cell["article"] == ", ".join(mine["defense"] + ": " + mine["verdict"])
        assert cell["verdict"] in mine["verdict"].tolist()


def test_false_alarms_stand_beside_the_loss(table: pd.DataFrame) -> None:
    """A learner whose threshold is drawn at random blocks honest rows, attacked or not."""
    mine = table[table["game"] == "centroid_shift"].set_index("defense")
    assert mine["fp"]["randomization"] > 2 * mine["fp"]["none"]
    assert (mine["false_rejections"] > 0).all()


@pytest.mark.parametrize(
    ("saved", "noise", "wanted"),
    [
        (2.0, 0.5, "confirmed"),  # more than the margin, surely
        (0.5, 0.1, "confirmed"),  # less than the margin, but surely something
        (0.0, 0.0, "refuted"),  # the same in every play
        (0.0, 0.2, "refuted"),  # surely less than the margin
        (-2.0, 0.5, "refuted"),  # it does harm
        (-2.0, 9.0, "undecided"),
        (2.0, 9.0, "undecided"),
        (0.0, 9.0, "undecided"),
    ],
)
def test_verdicts_on_known_losses(saved: float, noise: float, wanted: str) -> None:
    rng = np.random.default_rng(0)
    undefended = rng.normal(10.0, 5.0, size=32)
    differences = rng.normal(size=32)
    differences = (differences - differences.mean()) / differences.std()  # exactly as told
    defended = undefended - saved + noise * differences
    judge = script()["verdict"]
    assert judge(defended, undefended, margin=1.0, level=0.999) == wanted


def test_the_claim_without_a_margin_is_about_the_sign_alone() -> None:
    judge = script()["verdict"]
    lost = np.arange(8.0)
    assert judge(lost + 1, lost, margin=0.0, level=0.95) == "refuted"
    assert judge(lost, lost, margin=0.0, level=0.95) == "undecided"
    assert judge(lost - 1, lost, margin=0.0, level=0.95) == "confirmed"


def test_one_play_decides_nothing() -> None:
    assert script()["verdict"](np.ones(1), np.zeros(1), margin=1.0, level=0.95) == "undecided"


def test_verdicts_are_wrong_as_seldom_as_their_level_says() -> None:
    """A worthless defense is called helpful in half of the 5 % of the intervals that err."""
    judge, rng = script()["verdict"], np.random.default_rng(1)
    called = [
        judge(rng.normal(size=16), rng.normal(size=16), margin=1.0, level=0.95) == "confirmed"
        for _ in range(2000)
    ]
    assert 0.012 < np.mean(called) < 0.04


def test_a_cell_is_confirmed_by_all_and_refuted_by_one() -> None:
    both = script()["conjunction"]
    assert both(("confirmed", "confirmed")) == "confirmed"
    assert both(("confirmed", "undecided")) == "undecided"
    assert both(("undecided", "refuted")) == "refuted"


def test_every_cell_has_its_game() -> None:
    assert tuple(map(Cell.of, script()["GAMES"])) == CELLS


def test_a_game_that_does_not_fit_is_refused() -> None:
    contest, sizes = script()["contest"], script()["SMALL"]
    cell = Cell.of("causative availability indiscriminate")
    with pytest.raises(LookupError, match="unknown game 'no_such'; available are"):
        contest(cell, "no_such", sizes)
    with pytest.raises(LookupError, match="dictionary_attack has no action for regularization, "):
        contest(cell, "dictionary_attack", sizes)
    for other in ("centroid_shift", "centroid_displacement"):
        with pytest.raises(ValueError, match=f"{other} must be a game with a classifier about"):
            contest(cell, other, sizes)
