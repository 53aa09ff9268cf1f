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
from numpy.typing import NDArray

import armsrace as ar
from armsrace.agents.agent import Agent
from armsrace.assess import timed_attacks
from armsrace.game import LearningGame
from armsrace.solvers import minimax
from armsrace.statistics import mean_interval, paired_difference
from armsrace.taxonomy import CELLS, DEFENSES, Cell

SCRIPT = Path(__file__).parents[1] / "experiments" / "taxonomy_measured.py"
ROUNDS, TUNING, SCORING, SEED = 4, 2, 4, 2006
LEARNERS = ("none", *DEFENSES)
Array = NDArray[np.float64]


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
    assert framed == ["regularization", "randomization", "information hiding"]


def own_losses(
    game: LearningGame, learner: str, adversary: str | Agent, seeds: int, seed: int
) -> Array:
    """What the learner itself loses a round, added up from the events by hand."""
    own = {
        "centroid_shift": {"fp": 1.0, "target_errors": 20.0, "retrainings": 0.5},
        "alarm_flood": {"fp": 0.2, "fn": 1.0, "alarms": 0.5, "retrainings": 0.5},
    }[game.name]
    lost = []
    for replicate in range(seeds):
        played = ar.play(game, learner, adversary, seed=seed, replicate=replicate)
        lost.append(sum(price * played.column(event).mean() for event, price in own.items()))
    return np.array(lost)


@pytest.mark.parametrize("name", ["centroid_shift", "alarm_flood"])
def test_a_row_is_what_playing_it_gives(name: str, table: pd.DataFrame) -> None:
    """The same plays, evaluated here once more: strength, attack, loss, change and harm."""
    mine = table[table["game"] == name].set_index("defense")
    game = ar.load_game(name, rounds=ROUNDS)
    assert isinstance(game, LearningGame)
    held: dict[str, str | Agent] = {each: each for each in game.adversary_actions}
    attacks = held | timed_attacks(game, "wait")
    best, lost = {}, {}
    rows: list[dict[Any, Any]] = mine.to_dict("records")
    for row in rows:
        strengths = row["of"].split(", ")
        for action in strengths:
            tried = attacks if action in game.setup.learner_agents else held
            form = ar.empirical_game(
                game, learners=[action], adversaries=tried.values(), seeds=TUNING, seed=SEED
            )
            best[action] = list(tried)[int(form.payoffs[1, 0].argmax())]
            lost[action] = own_losses(game, action, attacks[best[action]], TUNING, SEED).mean()
        assert row["action"] == min(strengths, key=lambda action: lost[action])
        assert row["attack"] == best[row["action"]]
    scores = np.array(
        [own_losses(game, row["action"], attacks[row["attack"]], SCORING, SEED + 1) for row in rows]
    ).T
    np.testing.assert_allclose(mine["loss"], scores.mean(axis=0))
    each = paired_difference(scores[:, 1:], scores[:, :1].repeat(6, axis=1), level=1 - 0.05 / 12)
    for column, end in (("change", "estimate"), ("change_low", "low"), ("change_high", "high")):
        np.testing.assert_allclose(mine[column].iloc[1:], getattr(each, end), atol=1e-9)
    losses = mean_interval(scores, level=1 - 0.05 / 14)
    np.testing.assert_allclose(mine["loss_high"], losses.high)
    none = mine["action"]["none"]
    waiting = own_losses(game, none, "wait", TUNING, SEED).mean()
    np.testing.assert_allclose(mine["harm"], lost[none] - waiting)
    calm = own_losses(game, none, "wait", SCORING, SEED + 1).mean()
    assert mine["loss_waiting"]["none"] == pytest.approx(calm)


def test_an_equilibrium_is_solved_and_scored_apart(cells: pd.DataFrame) -> None:
    game = ar.load_game("centroid_shift", rounds=ROUNDS)
    assert isinstance(game, LearningGame)
    actions = [action for each in game.setup.answers.values() for action in each]
    tuned, scored = (
        ar.empirical_game(game, learners=actions, seeds=seeds, seed=seed)
        for seeds, seed in ((TUNING, SEED), (SCORING, SEED + 1))
    )
    x, y = minimax(tuned).strategies
    row = cells.set_index("game").loc["centroid_shift"]
    lost = -scored.payoffs[0]
    assert row["equilibrium_loss"] == pytest.approx(x @ lost @ y)
    assert row["low"] < (lost @ y).min()
    assert row["high"] > (x @ lost).max()
    spent = x @ lost @ y - row["own_loss"]
    assert -5 < spent <= 0


def test_what_the_adversary_spends_is_no_part_of_the_loss(table: pd.DataFrame) -> None:
    """An alarm costs the learner time: that the flood's source is closed saves it nothing."""
    np.testing.assert_allclose(table["adversary_payoff"], table["loss"] - table["spent"])
    mine = table[table["game"] == "alarm_flood"].set_index("defense")
    watch = mine.loc["detection"]
    assert watch["alarms"] > 0
    assert watch["spent"] == pytest.approx(0.05 * watch["evasions"] + 2.5 * watch["alarms"])


def test_the_share_saved_stands_beside_the_verdict(table: pd.DataFrame) -> None:
    """Its interval is on one side of 0 when that of the change is, where four seeds can tell."""
    none = table[table["defense"] == "none"].set_index("game")["loss"]
    saved = -table["change"] / table["game"].map(none)
    np.testing.assert_allclose(table["saved"], saved, atol=1e-12)
    told = table[np.isfinite(table["saved_low"]) & (table["defense"] != "none")]
    assert len(told) >= 6
    assert ((told["saved_low"] > 0) == (told["change_high"] < 0)).all()
    assert ((told["saved_high"] < 0) == (told["change_low"] > 0)).all()


def test_what_follows_an_alarm_is_told(table: pd.DataFrame) -> None:
    watch = table[table["game"] == "alarm_flood"].set_index("defense").loc["detection"]
    assert watch["parts"] == "Analysts + Watch, after an alarm SpreadAnalysts"
    assert watch["alarms_waiting"] <= 0.25


def test_every_row_follows_from_its_numbers(table: pd.DataFrame, cells: pd.DataFrame) -> None:
    assert table.groupby("game")["defense"].apply(tuple).tolist() == [LEARNERS] * 2
    for _, row in table.iterrows():
        margin = 0.1 * row["harm"]
        if row["defense"] == "none":
            assert (row["change"], row["proposed"], row["verdict"]) == (0, "", "")
        elif max(-row["change_low"], row["change_high"]) <= margin:
            assert row["verdict"] == "no effect"
        elif row["change_high"] < 0:
            assert row["verdict"] == "confirmed"
        elif row["change_low"] > 0:
            assert row["verdict"] == "refuted"
        else:
            assert row["verdict"] == "undecided"
        assert (row["poison"] + row["evasions"] > 0) == (row["attack"] != "wait")
    whence = table[table["game"] == "alarm_flood"]["proposed"].tolist()
    assert whence == ["", "not", "not", "text", "text", "text", "table"]
    parts = table[table["game"] == "centroid_shift"].set_index("defense")["parts"]
    assert parts["none"] == "Bootstrap + Retrain"
    assert parts["honeypot"] == "Bootstrap + Retrain + Honeypot"
    for _, cell in cells.iterrows():
        mine = table[(table["game"] == cell["game"]) & (table["proposed"] == "table")]
        assert cell["article"] == ", ".join(mine["defense"] + ": " + mine["verdict"])
        assert cell["verdict"] == script()["conjunction"](tuple(mine["verdict"]))


def test_false_alarms_stand_beside_the_loss(table: pd.DataFrame) -> None:
    """A learner whose threshold is drawn at random blocks honest rows, attacked or not."""
    mine = table[table["game"] == "centroid_shift"].set_index("defense")
    assert mine["fp_waiting"]["randomization"] > 2 * mine["fp_waiting"]["none"]
    assert mine["fp"]["randomization"] > 2 * mine["fp"]["none"]
    assert (mine["false_rejections"] > 0).all()


def test_a_cell_is_confirmed_by_all_and_refuted_by_one() -> None:
    both = script()["conjunction"]
    assert both(("confirmed", "confirmed")) == "confirmed"
    assert both(("confirmed", "undecided")) == "undecided"
    assert both(("undecided", "refuted")) == "refuted"
    assert both(("confirmed", "no effect")) == "refuted"


def test_every_cell_has_its_game() -> None:
    assert tuple(map(Cell.of, script()["GAMES"])) == CELLS


def test_a_game_that_does_not_fit_is_refused() -> None:
    played_in, sizes = script()["played_in"], script()["SMALL"]
    cell = Cell.of("causative availability indiscriminate")
    with pytest.raises(LookupError, match="unknown game 'no_such'; available are"):
        played_in(cell, "no_such", sizes)
    for other in ("centroid_shift", "centroid_displacement"):
        with pytest.raises(ValueError, match=f"{other} must be a game with a classifier about"):
            played_in(cell, other, sizes)
