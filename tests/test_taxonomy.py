"""The taxonomy: eight cells, their names, and the defenses the article proposes for each."""

import re

import pytest

from armsrace.taxonomy import (
    ARTICLE_DEFENSES,
    CELLS,
    CROSS_CUTTING_DEFENSES,
    Cell,
    Influence,
    Specificity,
    Violation,
)


def test_there_are_eight_different_cells() -> None:
    assert len(CELLS) == len(set(CELLS)) == 8
    assert {(c.influence, c.violation, c.specificity) for c in CELLS} == {
        (influence, violation, specificity)
        for influence in Influence
        for violation in Violation
        for specificity in Specificity
    }


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_cell_is_read_from_its_own_name(cell: Cell) -> None:
    assert Cell.of(str(cell)) == cell


def test_unknown_cell_lists_the_eight() -> None:
    message = f"unknown cell 'targeted causative'; the cells are {', '.join(map(str, CELLS))}"
    with pytest.raises(LookupError, match=re.escape(message)):
        Cell.of("targeted causative")


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_defenses_are_those_of_the_article(cell: Cell) -> None:
    """Barreno et al. (2006), table 2: by influence; randomization where the target is chosen.

    The one targeted cell without randomization is the exploratory attack on availability.
    """
    expected = {
        Influence.CAUSATIVE: {"regularization"},
        Influence.EXPLORATORY: {"information hiding"},
    }[cell.influence]
    exception = Cell(Influence.EXPLORATORY, Violation.AVAILABILITY, Specificity.TARGETED)
    if cell.specificity is Specificity.TARGETED and cell != exception:
        expected |= {"randomization"}
    assert set(ARTICLE_DEFENSES[cell]) == expected


def test_what_cuts_across_cells_is_in_none() -> None:
    assigned = {defense for defenses in ARTICLE_DEFENSES.values() for defense in defenses}
    assert assigned.isdisjoint(CROSS_CUTTING_DEFENSES)
    assert set(ARTICLE_DEFENSES) == set(CELLS)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("causative availability indiscriminate", "availability poisoning"),
        ("causative availability targeted", "targeted availability poisoning"),
        ("causative integrity indiscriminate", "integrity poisoning"),
        ("exploratory integrity indiscriminate", "integrity evasion"),
        ("exploratory integrity targeted", "targeted evasion"),
        (
            "exploratory availability indiscriminate",
            "indiscriminate availability attack at deployment time",
        ),
    ],
)
def test_names_of_today(cell: str, name: str) -> None:
    assert Cell.of(cell).modern_name == name
