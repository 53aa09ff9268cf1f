"""Optimal randomized classification: propositions, their erratum, and the linear program."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from armsrace.solvers.randomized_classification import (
    InspectionProblem,
    distance_likeness,
    randomized_classification,
)
from armsrace.theory import randomized_classification as theory


def instance(rng: np.random.Generator, n: int, *, adaptive: float) -> InspectionProblem:
    return InspectionProblem(
        malicious=rng.uniform(size=n),
        gain=rng.uniform(0.2, 2.0, n),
        harm=rng.uniform(0.2, 2.0, n),
        shares=rng.dirichlet(np.ones(n)),
        likeness=distance_likeness(rng.normal(size=(n, 2)), 1.0),
        adaptive=adaptive,
    )


def closed_form(problem: InspectionProblem, budget: float) -> np.ndarray:
    return theory.static_inspection(
        problem.malicious, problem.gain, problem.harm, problem.shares, budget
    )


def filled(order: np.ndarray, shares: np.ndarray, budget: float, harms: np.ndarray) -> np.ndarray:
    """Inspect kinds in an order while harm is positive and budget lasts."""
    q = np.zeros(len(shares))
    for kind in order[harms[order] > 0]:
        q[kind] = min(1.0, budget / shares[kind])
        budget = max(0.0, budget - q[kind] * shares[kind])
    return q


# Against adversaries that do not adapt


def test_without_a_budget_the_odds_decide() -> None:
    """Proposition 2.1: inspect where p >= G / (G + V)."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        problem = instance(rng, 8, adaptive=0.0)
        p, G, V = (np.asarray(x) for x in (problem.malicious, problem.gain, problem.harm))
        expected = (p >= G / (G + V)).astype(float)
        assert closed_form(problem, 1.0) == pytest.approx(expected, abs=1e-9)
        answer = randomized_classification(problem, 1.0)
        assert answer.inspection == pytest.approx(expected, abs=1e-9)


def test_with_constant_worth_kinds_are_ranked_by_probability() -> None:
    """Proposition 2.2."""
    rng = np.random.default_rng(1)
    for _ in range(100):
        p, shares = rng.uniform(size=8), rng.dirichlet(np.ones(8))
        budget = rng.uniform()
        q = theory.static_inspection(p, 1.0, 2.0, shares, budget)
        expected = filled(np.argsort(-p), shares, budget, theory.net_harm(p, 1.0, 2.0))
        assert q == pytest.approx(expected, abs=1e-9)


def test_erratum_with_other_worth_that_rank_is_not_optimal_and_net_harm_is() -> None:
    rng = np.random.default_rng(2)
    worse = 0
    for _ in range(200):
        problem, budget = instance(rng, 8, adaptive=0.0), 0.3
        p, shares = np.asarray(problem.malicious), np.asarray(problem.shares)
        harms = theory.net_harm(p, problem.gain, problem.harm)
        least = randomized_classification(problem, budget).loss
        assert problem.loss(closed_form(problem, budget)) == pytest.approx(least, abs=1e-9)
        published = problem.loss(filled(np.argsort(-p), shares, budget, harms))
        assert published >= least - 1e-9
        worse += published > least + 1e-6
    assert worse > 50


# Against adversaries that adapt


@pytest.mark.parametrize("adaptive", [0.0, 0.4, 1.0])
def test_the_loss_meets_its_lower_bound(adaptive: float) -> None:
    rng = np.random.default_rng(3)
    for _ in range(30):
        problem, budget = instance(rng, 7, adaptive=adaptive), rng.uniform()
        answer = randomized_classification(problem, budget)
        assert answer.loss == pytest.approx(answer.bound, abs=1e-8)
        assert answer.inspection @ np.asarray(problem.shares) <= budget + 1e-9
        for _ in range(20):
            other = rng.uniform(size=7)
            other *= min(1.0, budget / float(other @ np.asarray(problem.shares)))
            assert problem.loss(other) >= answer.bound - 1e-9


def test_randomized_inspection_is_never_worse_and_often_better_than_deterministic() -> None:
    rng = np.random.default_rng(4)
    better = 0
    for _ in range(30):
        problem, budget = instance(rng, 6, adaptive=1.0), 0.4
        shares = np.asarray(problem.shares)
        sets = (np.array(q) for q in product([0.0, 1.0], repeat=6))
        deterministic = min(problem.loss(q) for q in sets if q @ shares <= budget)
        answer = randomized_classification(problem, budget)
        assert answer.loss <= deterministic + 1e-9
        better += answer.loss < deterministic - 1e-3
    assert better > 15


def test_the_program_as_printed() -> None:
    """(3a)-(3e) with dense matrices, written out independently."""
    problem = instance(np.random.default_rng(5), 5, adaptive=0.7)
    s, p, G, V, k = (
        np.asarray(x)
        for x in (problem.shares, problem.malicious, problem.gain, problem.harm, problem.likeness)
    )
    rows, limits = [], []
    for x, disguise in product(range(5), repeat=2):
        row = np.zeros(10)
        row[disguise], row[5 + x] = -V[x] * k[x, disguise], -1.0
        rows.append(row)
        limits.append(-V[x] * k[x, disguise])
    rows.append(np.append(s, np.zeros(5)))
    limits.append(0.35)
    cost = np.append(s * ((1 - p) * G - p * 0.3 * V), 0.7 * s * p)
    result = linprog(cost, np.array(rows), limits, bounds=[(0, 1)] * 5 + [(0, None)] * 5)
    assert result.fun is not None
    expected = result.fun - float((s * ((1 - p) * G - p * 0.3 * V)).sum())
    assert randomized_classification(problem, 0.35).loss == pytest.approx(expected, abs=1e-9)


# Refusals


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"shares": [0.5, 0.6]}, "shares must be n numbers, not negative, that sum to 1"),
        ({"malicious": [0.5, 1.5]}, r"malicious must be in \[0, 1\]"),
        ({"gain": -1.0}, r"gain must be in \[0, inf\]"),
        ({"harm": [1.0]}, r"harm must be a number or have shape \(2,\)"),
        ({"likeness": [[1.0, 0.0]]}, r"likeness must have shape \(2, 2\)"),
        ({"likeness": [[0.5, 0.0], [0.0, 1.0]]}, "1 between a kind and itself"),
        ({"adaptive": 2.0}, r"adaptive must be in \[0, 1\]"),
    ],
)
def test_bad_problems_are_refused(change: dict[str, Any], says: str) -> None:
    good: dict[str, Any] = {
        "malicious": [0.5, 0.1],
        "gain": 1.0,
        "harm": 1.0,
        "shares": [0.5, 0.5],
        "likeness": np.eye(2),
        "adaptive": 0.5,
    }
    problem = InspectionProblem(**good)
    with pytest.raises(ValueError, match=r"budget must be in \[0, 1\], got 2"):
        randomized_classification(problem, 2.0)
    with pytest.raises(ValueError, match="inspection must be 2 probabilities"):
        problem.loss([0.5, 1.5])
    with pytest.raises(ValueError, match=says):
        InspectionProblem(**{**good, **change})


def test_bad_closed_form_and_likeness_are_refused() -> None:
    with pytest.raises(ValueError, match="malicious and shares must have one shape"):
        theory.static_inspection([0.5], 1.0, 1.0, [0.5, 0.5], 0.5)
    with pytest.raises(ValueError, match="budget must be in"):
        theory.static_inspection([0.5], 1.0, 1.0, [1.0], 1.5)
    with pytest.raises(ValueError, match="harm must be in"):
        theory.net_harm(0.5, 1.0, -1.0)
    with pytest.raises(ValueError, match="decay must not be negative"):
        distance_likeness([[0.0]], -1.0)
    with pytest.raises(ValueError, match=r"kinds must have shape \(n, d\)"):
        distance_likeness([0.0], 1.0)
