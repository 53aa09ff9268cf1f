from collections.abc import Hashable, Mapping
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm
from armsrace.solvers import double_oracle, double_oracle_with, minimax

seeds, counts = st.integers(0, 10**9), st.integers(1, 9)


def growth(answer: Any) -> list[tuple[int, int, float, float]]:
    return list(answer.parameters["growth"])


@settings(max_examples=100)
@given(seeds, counts, counts)
def test_it_agrees_with_minimax_on_the_whole_game(seed: int, m: int, n: int) -> None:
    normal = np.random.default_rng(seed).normal(size=(m, n))
    form = NormalForm.zero_sum(normal.round() if seed % 2 else normal)
    answer = double_oracle(form)
    assert answer.status == "solved"
    assert answer.regret < 1e-9
    assert answer.value == pytest.approx(minimax(form).value, abs=1e-9)
    record = growth(answer)
    assert len(record) <= m + n - 1
    assert record[0][:2] == (1, 1)
    for rows, columns, lower, upper in record:
        assert rows <= m
        assert columns <= n
        assert lower - 1e-9 <= answer.value <= upper + 1e-9
    for before, after in pairwise(record):
        assert sum(after[:2]) > sum(before[:2])


def test_a_smooth_game_is_solved_from_a_few_actions() -> None:
    # Card 13: on a nearly smooth 60 x 60 game a handful of actions suffices.
    x = np.linspace(0, 1, 60)
    noise = np.random.default_rng(1).normal(size=(60, 60))
    payoffs = np.sin(3 * np.add.outer(x, 2 * x)) + np.cos(7 * np.multiply.outer(x, x))
    form = NormalForm.zero_sum(payoffs + 1e-3 * noise)
    answer = double_oracle(form)
    assert answer.status == "solved"
    assert answer.regret < 1e-12
    assert answer.value == pytest.approx(minimax(form).value, abs=1e-12)
    rows, columns, lower, upper = growth(answer)[-1]
    assert rows <= 12
    assert columns <= 12
    assert upper - lower < 1e-12


def test_constant_sum_games_keep_their_accounts() -> None:
    form = NormalForm.from_bimatrix([[0.6, 0.2], [0.3, 0.9]], [[0.4, 0.8], [0.7, 0.1]])
    assert double_oracle(form).payoffs.tolist() == pytest.approx([0.48, 0.52])


def square(x: Any, y: Any) -> float:
    return float((x - y) ** 2)


def farthest(y: Mapping[Hashable, float]) -> Hashable:
    def earned(x: float) -> float:
        return sum(p * square(x, b) for b, p in y.items())

    return max((0.0, 1.0), key=earned)


def middle(x: Mapping[Any, float]) -> Hashable:
    return float(sum(p * a for a, p in x.items()))


def test_a_game_on_the_unit_interval() -> None:
    # The payoff is convex in the adversary's point, so it goes to the middle for certain, and the
    # learner to either end: the value is 1 / 4.
    answer = double_oracle_with(square, farthest, middle, start=(0.3, 0.9))
    assert answer.status == "solved"
    assert answer.value == pytest.approx(0.25, abs=1e-9)
    assert answer.learner == pytest.approx({0.0: 0.5, 1.0: 0.5}, abs=1e-4)
    assert all(isinstance(y, float) and abs(y - 0.5) < 1e-4 for y in answer.adversary)
    assert answer.parameters["gap"] == pytest.approx(0.0, abs=1e-9)


def test_it_may_stop_early() -> None:
    answer = double_oracle_with(square, farthest, middle, start=(0.3, 0.9), iterations=2)
    assert answer.status.endswith("after 2 rounds: raise iterations")
    gap = answer.parameters["gap"]
    assert isinstance(gap, float)
    assert gap > 0.01
    assert answer.regret < 1e-12  # in the restricted game
    enough = double_oracle_with(
        square, farthest, middle, start=(0.3, 0.9), iterations=2, tolerance=gap
    )
    assert enough.status == "solved"


def test_bounds_that_cross_convict_an_oracle() -> None:
    # The best point of the learner is 1, a distance of 0.8 away; it claims 0, a distance of 0.2.
    answer = double_oracle_with(square, lambda y: 0.0, lambda x: 0.2, start=(1.0, 0.2))
    assert answer.status == "an oracle does not reply best: its reply misses 0.6 or more"


def test_an_unfinished_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("armsrace.solvers.double_oracle")
    monkeypatch.setattr(module, "ROUNDING", 3.0)
    answer = double_oracle(NormalForm.zero_sum([[1, -1], [-1, 1]]))
    assert answer.status == "regret 2: rescale the payoffs"


def test_bad_input() -> None:
    dilemma = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    with pytest.raises(ValueError, match="double_oracle needs a game of two whose payoffs add up"):
        double_oracle(dilemma)
    with pytest.raises(ValueError, match="tolerance must not be negative, got -1"):
        double_oracle_with(square, farthest, middle, start=(0, 0), tolerance=-1)
    with pytest.raises(ValueError, match="iterations must be at least 1, got 0"):
        double_oracle_with(square, farthest, middle, start=(0, 0), iterations=0)
    with pytest.raises(ValueError, match="must be finite"):
        double_oracle_with(lambda i, j: np.nan, farthest, middle, start=(0, 0))
