"""Histories: columns, averages, tables."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.agents import Behavior
from armsrace.checks import MatchingPennies
from armsrace.history import Record
from armsrace.play import play

FAIR = Behavior({"heads": 0.5, "tails": 0.5})
RECORD = Record(3, "hold", "wait", {"fp": 2, "fn": 1}, -2.0, 1.5)


def test_record_reveals_what_it_is_asked_for_and_has() -> None:
    assert RECORD.revealed(frozenset({"fp", "adversary_payoff", "tp"})) == {
        "fp": 2,
        "adversary_payoff": 1.5,
    }
    assert RECORD.revealed(frozenset()) == {}


def test_columns_are_the_numbers_of_the_rounds() -> None:
    history = play(MatchingPennies(rounds=6), FAIR, "heads", seed=2)
    shown = [record.learner == "heads" for record in history.records]
    assert history.column("alarms").tolist() == [float(not match) for match in shown]
    assert history.column("learner_payoff").tolist() == [1.0 if m else -1.0 for m in shown]
    assert history.column("alarms").dtype == np.float64
    assert len(history) == 6


def test_unknown_column_lists_the_known_ones() -> None:
    history = play(MatchingPennies(rounds=2), "heads", "heads")
    message = "unknown column 'fp'; known are alarms, learner_payoff, adversary_payoff"
    with pytest.raises(LookupError, match=message):
        history.column("fp")


@given(st.floats(0.01, 1), st.integers(1, 30), st.integers(0, 100))
@settings(max_examples=100)
def test_payoffs_are_the_discounted_average_by_the_round(
    discount: float, rounds: int, seed: int
) -> None:
    """By definition, sum of delta^t u_t over sum of delta^t; so units do not depend on rounds."""
    game = MatchingPennies(rounds=rounds, discount=discount)
    history = play(game, FAIR, FAIR, seed=seed)
    earned = sum(discount**t * r.learner_payoff for t, r in enumerate(history.records))
    expected = earned / sum(discount**t for t in range(rounds))
    assert history.payoffs[0] == pytest.approx(expected, abs=1e-12)
    assert history.payoffs[1] == pytest.approx(-expected, abs=1e-12)


@pytest.mark.parametrize("discount", [1.0, 0.5])
def test_constant_payoff_is_its_own_average(discount: float) -> None:
    history = play(MatchingPennies(rounds=9, discount=discount), "heads", "heads")
    assert history.payoffs == (1.0, -1.0)


def test_table_has_one_row_a_round() -> None:
    frame = play(MatchingPennies(rounds=2), "heads", "tails").frame()
    assert frame.to_dict("list") == {
        "round": [0, 1],
        "learner": ["heads", "heads"],
        "adversary": ["tails", "tails"],
        "alarms": [1, 1],
        "learner_payoff": [-1.0, -1.0],
        "adversary_payoff": [1.0, 1.0],
    }


def test_before_the_first_round_nothing_is_paid() -> None:
    history = play(MatchingPennies(), "heads", "tails", pause=0)
    assert history.payoffs == (0.0, 0.0)
    assert len(history.frame()) == 0
    with pytest.raises(LookupError, match="unknown column 'alarms'; known are"):
        history.column("alarms")
    assert "0 of 20 rounds" in repr(history)


def test_repr_tells_who_won() -> None:
    told = repr(play(MatchingPennies(rounds=4), "heads", "tails", seed=3, replicate=5))
    assert re.fullmatch(
        r"History of matching_pennies, 4 rounds, seed 3, replicate 5\n"
        r"  learner    Always\(action='heads'\): -1 a round\n"
        r"  adversary  Always\(action='tails'\): 1 a round",
        told,
    )
