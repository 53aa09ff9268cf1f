"""What a solution of an extensive form tells, and what it refuses."""

import numpy as np
import pytest

from armsrace.forms import kuhn_poker, matching_pennies
from armsrace.solvers import ExtensiveEquilibrium, extensive_certificate

HALF = np.array([1.0, 0.5, 0.5])


def test_it_tells_payoffs_and_regrets() -> None:
    answer = ExtensiveEquilibrium(matching_pennies(), (HALF, np.array([1, 0.75, 0.25])), "guess")
    assert answer.payoffs.tolist() == [0, 0]
    assert answer.value == 0
    assert answer.regrets.tolist() == [0.5, 0]
    assert answer.regret == 0.5
    assert answer.exploitability == 0.25


def test_regrets_of_uniform_play_in_kuhns_poker() -> None:
    # Against uniform play the first role wins 1/2 at best and the second 5/12, by hand.
    form = kuhn_poker()
    uniform = tuple(role.uniform() for role in form.sequence_form().sequences)
    answer = ExtensiveEquilibrium(form, uniform, "uniform")
    best = [
        extensive_certificate.best_response(form.sequence_form(), uniform, role)[0]
        for role in form.roles
    ]
    assert best == pytest.approx([1 / 2, 5 / 12])
    assert answer.value == pytest.approx(1 / 8)
    assert answer.regrets == pytest.approx([1 / 2 - 1 / 8, 5 / 12 + 1 / 8])
    assert answer.exploitability == pytest.approx(11 / 24)


def test_strategies_are_read_by_label_and_can_be_played() -> None:
    answer = ExtensiveEquilibrium(matching_pennies(), (HALF, np.array([1.0, 1.0, 0.0])), "guess")
    assert answer.learner == {"first": {"heads": 0.5, "tails": 0.5}}
    assert answer.adversary == {"unseen": {"heads": 1.0}}
    assert answer.strategy("adversary") == answer.adversary
    role = answer.form.sequence_form().of("adversary")
    assert role.behavior(answer.adversary).tolist() == [1, 1, 0]
    with pytest.raises(LookupError, match="unknown role 'dealer'; the roles are learner"):
        answer.strategy("dealer")


def test_frame() -> None:
    form = kuhn_poker()
    uniform = tuple(role.uniform() for role in form.sequence_form().sequences)
    frame = ExtensiveEquilibrium(form, uniform, "uniform").frame()
    assert frame.columns.tolist() == [
        "role",
        "information_set",
        "action",
        "probability",
        "realization",
    ]
    assert len(frame) == 24
    row = frame[(frame["role"] == "learner") & (frame["information_set"] == "K, check, bet")]
    assert row["action"].tolist() == ["fold", "call"]
    assert row["probability"].tolist() == [0.5, 0.5]
    assert row["realization"].tolist() == [0.25, 0.25]


def test_it_keeps_copies_that_cannot_be_written() -> None:
    mine = HALF.copy()
    parameters = {"iterations": 1}
    answer = ExtensiveEquilibrium(matching_pennies(), (mine, HALF), "guess", parameters)
    mine[1], parameters["iterations"] = 0.9, 2
    assert answer.strategies[0].tolist() == [1, 0.5, 0.5]
    assert answer.parameters == {"iterations": 1}
    with pytest.raises(ValueError, match="read-only"):
        answer.strategies[0][1] = 0.0


def test_bad_strategies() -> None:
    form = matching_pennies()
    with pytest.raises(ValueError, match="one array for each of 2 roles, got 1"):
        ExtensiveEquilibrium(form, (HALF,), "guess")
    with pytest.raises(ValueError, match=r"behavior of adversary must have shape \(3,\), got \(2,"):
        ExtensiveEquilibrium(form, (HALF, HALF[1:]), "guess")
    with pytest.raises(ValueError, match="at information set 'unseen' of adversary must sum to 1"):
        ExtensiveEquilibrium(form, (HALF, np.array([1, 0.5, 0.6])), "guess")
