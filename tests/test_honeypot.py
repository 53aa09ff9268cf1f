"""Honeypots: the small run publishes a table whose cells are what theory says at its edges."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def rows(small_run: Callable[[str], tuple[Path, str]]) -> list[dict[str, str]]:
    with (small_run("honeypot")[0] / "honeypot.csv").open() as file:
        return list(csv.DictReader(file))


def test_every_cell_is_solved(rows: list[dict[str, str]]) -> None:
    assert len(rows) == 12
    assert all(float(row["regret"]) < 1e-9 and int(row["equilibria"]) > 0 for row in rows)
    assert all(float(row["loss_at_best"]) <= float(row["loss"]) + 1e-9 for row in rows)


def test_without_honeypots_every_host_is_attacked(rows: list[dict[str, str]]) -> None:
    bare = [row for row in rows if float(row["share"]) == 0.0]
    assert len(bare) == 3
    assert {float(row["attack_probability"]) for row in bare} == {1.0}
    assert not any(row["pays"] == "True" for row in bare)


def test_free_disguises_deter_from_a_third_on(rows: list[dict[str, str]]) -> None:
    free = {
        round(float(row["share"]), 3): float(row["attack_probability"])
        for row in rows
        if float(row["price_of_disguise"]) == 0.0
    }
    assert free == {0.0: 1.0, 0.2: pytest.approx(1.0), 0.4: 0.0, 0.6: 0.0}


def test_beyond_the_damage_disguises_are_not_worn(rows: list[dict[str, str]]) -> None:
    """Then real hosts are attacked and honeypots are not: the attacks are the real hosts."""
    dear = [row for row in rows if float(row["price_of_disguise"]) > 3.0]
    assert len(dear) == 4
    for row in dear:
        share = float(row["share"])
        assert float(row["attack_probability"]) == pytest.approx(1.0 - share)
        assert float(row["loss"]) == pytest.approx(3.0 * (1.0 - share) + 0.5 * share)
        assert (row["pays"] == "True") == (share > 0.0)
