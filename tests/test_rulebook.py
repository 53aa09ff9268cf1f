"""The rulebook tells all there is to know before one plays."""

from dataclasses import replace

import pytest

from armsrace.checks import MatchingPennies
from armsrace.costs import Costs, Prices
from armsrace.game import Order
from armsrace.registry import load_game
from armsrace.rulebook import rulebook


def test_rulebook_of_matching_pennies() -> None:
    game = MatchingPennies(rounds=7, discount=0.9, order=Order.LEARNER_FIRST)
    assert rulebook(game).splitlines()[1:] == [
        "  cells: none",
        "  order: learner first; 7 rounds, discount 0.9; zero-sum",
        "  learner's actions:",
        "    heads  'show heads'",
        "    tails  'show tails'",
        "  adversary's actions:",
        "    heads  'show heads'",
        "    tails  'show tails'",
        "  the learner sees: alarms, learner_payoff",
        "  the adversary sees: adversary_payoff, alarms",
    ]


def test_rulebook_begins_with_the_call_that_makes_the_game() -> None:
    first = rulebook(MatchingPennies(rounds=7)).splitlines()[0]
    assert first.startswith("MatchingPennies(sides=('heads', 'tails'), ")
    assert "rounds=7" in first


def test_prices_are_told_once_when_they_are_opposed() -> None:
    game = load_game("dictionary_attack", costs=Costs.opposed(Prices(fp=1.0, poison=-0.1)))
    assert "  the learner loses and the adversary gains: 1 per fp, -0.1 per poison\n" in repr(game)


def test_what_the_adversary_spends_is_told_apart() -> None:
    costs = Costs.opposed(Prices(fp=1.0, alarms=0.5), spent=Prices(poison=0.1, alarms=2.5))
    told = repr(load_game("dictionary_attack", costs=costs))
    assert "adversary gains: 1 per fp, -0.1 per poison, -2 per alarms\n" in told
    assert "  of this the adversary spends: 0.1 per poison, 2.5 per alarms\n" in told


def test_prices_are_told_by_role_when_they_are_not() -> None:
    costs = Costs(learner=Prices(fp=2.0), adversary=Prices())
    told = repr(load_game("dictionary_attack", costs=costs))
    assert "  the learner loses: 2 per fp\n" in told
    assert "  the adversary gains: nothing\n" in told
    assert "; general-sum\n" in told


def test_false_alarms_are_told_or_said_not_to_be_known() -> None:
    told = repr(load_game("dictionary_attack", alarm_limit=0.6))
    assert "rounds between false alarms" not in told
    assert (
        "  false alarms not calibrated for these parameters: hold, retrain, retrain_roni, "
        "retrain_dynamic; armsrace.assess.false_alarms measures them\n"
    ) in told
    told = repr(load_game("alarm_flood", run_lengths=(50.0, 12.5)))
    line = "  rounds between false alarms, on average, or more: watch 50, watch_closely 12.5\n"
    assert line in told
    assert "not calibrated" not in told


@pytest.mark.parametrize("name", ["dictionary_attack", "centroid_shift"])
def test_cells_are_named(name: str) -> None:
    game = load_game(name)
    for cell in game.cells:
        assert str(cell) in repr(game)
    assert repr(replace(game, rounds=5)) != repr(game)  # type: ignore[type-var]
