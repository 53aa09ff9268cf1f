"""Who leads: the corners of the table are the two Stackelberg points of the game."""

import csv
import runpy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from armsrace.forms import Box, ConvexGame
from armsrace.solvers import extragradient, implicit_stackelberg

SCRIPT = Path(__file__).parents[1] / "experiments" / "who_leads.py"
Rows = dict[tuple[int, int], dict[str, str]]


@cache
def script() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


def rows_of(path: Path) -> Rows:
    with path.open() as file:
        return {
            (int(row["learner_period"]), int(row["adversary_period"])): row
            for row in csv.DictReader(file)
        }


def closed_form() -> ConvexGame:
    """The game by the losses of the experiment; derivatives of these are checked at the door."""
    losses = script()["learner_loss"], script()["adversary_loss"]
    line = Box([-10.0], [10.0])
    return ConvexGame(
        (line, line),
        payoffs=lambda z: [-float(loss(z[0][0], z[1][0])) for loss in losses],
        gradients=lambda z: (0.4 + 2 * z[1] - z[0], 0.2 + 0.15 * z[0] - z[1]),
        effects=lambda z: (2 * z[0], 0.15 * z[1] - 0.1),
    )


def test_points_are_those_of_the_game() -> None:
    game, points = closed_form(), script()["POINTS"]
    for name, answer in (
        ("Nash", extragradient(game)),
        ("learner leads", implicit_stackelberg(game, "learner")),
        ("adversary leads", implicit_stackelberg(game, "adversary")),
    ):
        assert answer.status == "solved"
        assert answer.regret < 1e-9
        assert np.concatenate(answer.strategies) == pytest.approx(points[name], abs=1e-5)


def test_equal_periods_end_at_the_nash_point_and_slower_sides_gain_by_it(
    small_run: Callable[[str], tuple[Path, str]],
) -> None:
    rows = rows_of(small_run("who_leads")[0] / "who_leads.csv")
    assert len(rows) == 9
    assert [rows[p, p]["regime"] for p in (1, 4, 16)] == ["Nash"] * 3
    assert float(rows[16, 1]["model"]) > 8 / 7 > float(rows[1, 16]["model"])


def test_slow_sides_lead() -> None:
    """By the committed table, as simulated at full size."""
    rows = rows_of(SCRIPT.with_suffix(".csv"))
    points = script()["POINTS"]
    for periods, name in (((256, 1), "learner leads"), ((1, 256), "adversary leads")):
        row = rows[periods]
        assert row["regime"] == name
        ends = float(row["model"]), float(row["effort"])
        assert ends == pytest.approx(points[name], abs=0.005)
    for p in script()["PERIODS"]:
        assert rows[p, p]["regime"] == "Nash"


@pytest.mark.slow
def test_committed_table_is_what_the_simulation_gives() -> None:
    one = script()
    periods = one["PERIODS"]
    rng = np.random.default_rng(one["SEED"])
    ends = one["simulate"](periods, one["SEEDS"], 4 * max(periods) * one["EPOCHS"], rng)
    rows = rows_of(SCRIPT.with_suffix(".csv"))
    for name, values in ends.items():
        committed = [float(row[name]) for row in rows.values()]
        np.testing.assert_allclose(values.mean(axis=-1).ravel(), committed, rtol=1e-9)
