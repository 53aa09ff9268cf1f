"""The cheapest camouflage against all of them, the answer to it, and a race without an end."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from armsrace.theory import adversarial_classification as theory

INF = float("inf")

# Utilities by (said malicious, is malicious).
UTILITIES = {(1, 1): 1.0, (1, 0): -10.0, (0, 0): 1.0, (0, 1): -1.0}


def test_the_threshold_is_where_both_verdicts_are_worth_the_same() -> None:
    threshold = theory.log_odds_threshold(
        UTILITIES[1, 1], UTILITIES[1, 0], UTILITIES[0, 0], UTILITIES[0, 1]
    )
    share = 1 / (1 + np.exp(-threshold))
    blocked, passed = (
        share * UTILITIES[said, 1] + (1 - share) * UTILITIES[said, 0] for said in (1, 0)
    )
    assert blocked == pytest.approx(passed)


@pytest.mark.parametrize("seed", range(60))
def test_camouflage_is_the_cheapest_of_all(seed: int) -> None:
    """Against every combination of values."""
    rng = np.random.default_rng(seed)
    features, values = int(rng.integers(1, 6)), int(rng.integers(2, 4))
    lowered = rng.normal(size=(features, values))
    costs = rng.integers(0, 6, size=(features, values)).astype(float)
    costs[rng.random(size=costs.shape) < 0.1] = INF
    lowered[:, 0] = costs[:, 0] = 0.0
    gap = float(rng.uniform(-0.5, 1.2) * lowered.max(axis=1).sum())
    every = np.array(list(product(range(values), repeat=features)))
    at = np.arange(features)
    falls, prices = lowered[at, every].sum(axis=1), costs[at, every].sum(axis=1)
    least = float(np.min(prices[falls >= gap], initial=INF))
    cost, chosen = theory.minimum_cost_camouflage(lowered, costs, gap)
    assert cost == least
    if np.isfinite(least):
        assert lowered[at, chosen].sum() >= gap - 1e-9
        assert costs[at, chosen].sum() == cost
    else:
        assert not chosen.any()


class Race:
    """Six boolean features, naive Bayes classes, a cost for each change: 64 kinds of row."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.rows = np.array(list(product((0, 1), repeat=6)))
        present = rng.uniform(0.05, 0.95, size=(2, 6))
        chances = np.where(self.rows, present[:, None], 1 - present[:, None])
        self.honest, self.malicious = chances.prod(axis=2)
        self.costs = rng.integers(1, 4, size=6)
        self.worth = float(rng.integers(3, 8))
        self.prior = 0.4

    def camouflage(self, blocked: np.ndarray) -> np.ndarray:
        """What each kind is turned into: the cheapest that passes, if that pays."""
        changes = (self.rows[:, None] != self.rows) @ self.costs
        cost = np.where(blocked, INF, changes)
        best = np.argmin(cost, axis=1)
        stay = np.arange(len(self.rows))
        return np.where(blocked & (cost[stay, best] < self.worth), best, stay)

    def answer(self, camouflage: np.ndarray) -> np.ndarray:
        """What to block against a camouflage."""
        posterior = theory.posterior_after_camouflage(
            self.honest, self.malicious, camouflage, self.prior
        )
        threshold = theory.log_odds_threshold(1.0, -10.0, 1.0, -1.0)
        with np.errstate(divide="ignore"):
            return np.log(posterior) - np.log1p(-posterior) > threshold

    def utility(self, blocked: np.ndarray, camouflage: np.ndarray) -> float:
        """The classifier's."""
        bad, good = (
            np.array([UTILITIES[int(said), truth] for said in blocked]) for truth in (1, 0)
        )
        malicious = float(self.malicious @ bad[camouflage])
        return self.prior * malicious + (1 - self.prior) * float(self.honest @ good)


@pytest.mark.parametrize("seed", range(10))
def test_the_answer_is_best_against_the_camouflage_it_knows(seed: int) -> None:
    """No other verdict on any kind of row does better, and so no other classifier."""
    race = Race(seed)
    still = np.arange(64)
    camouflage = race.camouflage(race.answer(still))
    answer = race.answer(camouflage)
    utility = race.utility(answer, camouflage)
    for kind in range(64):
        other = answer.copy()
        other[kind] ^= True
        assert race.utility(other, camouflage) <= utility + 1e-12


def test_camouflage_by_features_is_that_of_whole_rows() -> None:
    """Against a naive Bayes classifier the knapsack finds what trying all 64 rows finds."""
    race, threshold = Race(1), theory.log_odds_threshold(1.0, -10.0, 1.0, -1.0)
    odds = np.log(race.malicious / race.honest) + np.log(race.prior / (1 - race.prior))
    blocked = odds > threshold
    at = np.arange(6)
    weights = odds[np.array([32, 16, 8, 4, 2, 1])] - odds[0]
    for kind in np.flatnonzero(blocked):
        row = race.rows[kind]
        lowered, costs = np.zeros((6, 2)), np.zeros((6, 2))
        lowered[at, 1 - row] = weights * (2 * row - 1)
        costs[at, 1 - row] = race.costs
        gap = float(odds[kind] - threshold)
        cost, values = theory.minimum_cost_camouflage(lowered, costs, gap)
        changes = (race.rows != row) @ race.costs
        assert cost == changes[~blocked].min()
        assert not blocked[(race.rows == values).all(axis=1)].any()


def test_answers_that_follow_each_other_need_not_come_to_rest() -> None:
    """Utility falls when the adversary adapts, recovers by the answer, falls again, for ever."""
    cycles, turns = [], 0
    for seed in range(40):
        race = Race(seed)
        camouflage = np.arange(64)
        blocked = race.answer(camouflage)
        seen: list[bytes] = []
        utilities = [race.utility(blocked, camouflage)]
        while blocked.tobytes() not in seen:
            seen.append(blocked.tobytes())
            camouflage = race.camouflage(blocked)
            utilities.append(race.utility(blocked, camouflage))
            blocked = race.answer(camouflage)
            utilities.append(race.utility(blocked, camouflage))
        moves = np.diff(utilities)
        assert (moves[::2] <= 1e-12).all()
        assert (moves[1::2] >= -1e-12).all()
        cycles.append(len(seen) - seen.index(blocked.tobytes()))
        turns += utilities[0] > utilities[1] < utilities[2] > utilities[3]
    assert set(cycles) == {2}
    assert turns >= 39  # in one of these races the first step costs nothing


def test_kinds_that_nobody_sends_keep_the_prior() -> None:
    left = theory.posterior_after_camouflage([1.0, 0.0], [0.0, 1.0], [0, 0], prior=0.3)
    assert left.tolist() == [0.3, 0.3]


@pytest.mark.parametrize(
    ("function", "arguments", "says"),
    [
        (theory.log_odds_threshold, (1, 1, 1, 0), "true_negative must exceed false_positive"),
        (theory.log_odds_threshold, (0, 0, 1, 1), "true_positive must exceed false_negative"),
        (theory.minimum_cost_camouflage, ([[0.0]], [[0.5]], 1), "costs must be a whole number"),
        (theory.minimum_cost_camouflage, ([0.0], [0.0], 1), r"one shape \(d, v\)"),
        (theory.minimum_cost_camouflage, ([[1.0]], [[0.0]], 1), "a free value that lowers nothing"),
        (theory.posterior_after_camouflage, ([0.5], [1.0], [0], 0.5), "honest must sum to 1"),
        (theory.posterior_after_camouflage, ([1.0], [1.0], [1], 0.5), "kinds below 1, got 1"),
        (theory.posterior_after_camouflage, ([1.0], [1.0], [0, 0], 0.5), r"one shape \(n,\)"),
    ],
)
def test_bad_input_is_named_at_the_door(
    function: Callable[..., object], arguments: tuple[object, ...], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        function(*arguments)
