import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm, RepeatedGame
from armsrace.solvers import critical_discount

DILEMMA = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])


def dilemma(t: float, r: float, p: float, s: float) -> NormalForm:
    learner = np.array([[r, s], [t, p]])
    return NormalForm.from_bimatrix(learner, learner.T)


@settings(max_examples=100)
@given(st.lists(st.integers(-50, 50), min_size=4, max_size=4, unique=True))
def test_grim_trigger_has_a_closed_form(payoffs: list[int]) -> None:
    s, p, r, t = sorted(payoffs)
    found = critical_discount(dilemma(t, r, p, s), [("0", "0")])
    assert found == pytest.approx((t - r) / (t - p), abs=1e-12)


def test_a_stage_equilibrium_needs_no_patience() -> None:
    assert critical_discount(DILEMMA, [("1", "1")]) == 0.0


def test_what_earns_less_than_the_punishment_is_never_kept() -> None:
    assert critical_discount(DILEMMA, [("0", "1")]) == 1.0


def test_three_sellers_of_one_good() -> None:
    # Bertrand: n sellers share a profit of 1 at the high price, one that undercuts takes all, and
    # the low price earns nothing: delta* = 1 - 1 / n.
    low = np.indices((2, 2, 2)).sum(axis=0)
    undercuts = np.indices((2, 2, 2)) == 1
    payoffs = np.where(low == 0, 1 / 3, np.where(undercuts & (low == 1), 1.0, 0.0))
    form = NormalForm(payoffs)
    assert critical_discount(form, [("0", "0", "0")]) == pytest.approx(2 / 3, abs=1e-12)


def test_taking_turns_in_the_dilemma() -> None:
    # On (C, D), (D, C), ... the one whose turn it is to cooperate earns 0, 5, 0, 5, ... and would
    # earn 1 for ever: 5 d / (1 - d^2) >= 1 / (1 - d), so d >= 1 / 4.
    found = critical_discount(DILEMMA, [("0", "1"), ("1", "0")])
    assert found == pytest.approx(1 / 4, abs=1e-12)


def test_a_sacrifice_first() -> None:
    # The learner pays once, 0 instead of 1, for cooperation ever after: 3 d / (1 - d) >= 1 /(1 - d)
    # asks for 1 / 3, and cooperation itself for 1 / 2.
    assert critical_discount(DILEMMA, [("0", "0")], [("0", "1")]) == pytest.approx(0.5)
    # Then a payoff of 4.9 at the end of the path leaves only the sacrifice to be worth it.
    rich = NormalForm.from_bimatrix([[4.9, 0.0], [5.0, 1.0]], [[4.9, 5.0], [0.0, 1.0]])
    found = critical_discount(rich, [("0", "0")], [("0", "1")])
    assert found == pytest.approx(1 / 4.9, abs=1e-12)


rounds = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=3)


@settings(max_examples=100)
@given(st.integers(0, 10**9), rounds, rounds)
def test_no_smaller_discount_keeps_the_path(
    seed: int, cycle: list[tuple[int, int]], prefix: list[tuple[int, int]]
) -> None:
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(-5, 6, size=(2, 2, 3)).astype(float)
    stage = NormalForm(payoffs)
    low = payoffs.min(axis=(1, 2))  # as severe as can be
    path = [[tuple(map(str, actions)) for actions in part] for part in (cycle, prefix)]
    found = critical_discount(stage, *path, punishment=low)

    def shortfall(discount: float) -> float:
        values = RepeatedGame(stage, discount).continuation_payoffs(*path)
        gains = []
        for value, (i, j) in zip(values, [*prefix, *cycle], strict=True):
            best = np.array([payoffs[0, :, j].max(), payoffs[1, i].max()])
            gains.append((1 - discount) * best + discount * low - value)
        return float(np.max(gains))

    grid = np.linspace(0, 0.999, 100)
    assert all(shortfall(d) > 0.0 for d in grid[grid < found - 1e-6])
    if found < 1.0:
        assert shortfall(found) < 1e-8


def test_bad_input() -> None:
    pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    with pytest.raises(ValueError, match="the stage game has no pure equilibrium to punish with"):
        critical_discount(pennies, [("0", "0")])
    with pytest.raises(ValueError, match=r"punishment must hold a finite number for each of 2 ro"):
        critical_discount(DILEMMA, [("0", "0")], punishment=[1.0])
    with pytest.raises(ValueError, match="cycle must hold one round or more, got none"):
        critical_discount(DILEMMA, [])
    with pytest.raises(ValueError, match="a round must hold an action for each of 2 roles"):
        critical_discount(DILEMMA, [("0",)])
    with pytest.raises(LookupError, match="learner has no action 'calm'"):
        critical_discount(DILEMMA, [("calm", "0")])
