from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm
from armsrace.solvers import alpha_rank, alpha_rank_symmetric

RPS = NormalForm.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])

seeds = st.integers(0, 10**9)
shapes = st.sampled_from([(2, 2), (3, 4), (2, 2, 3), (1, 3)])


def random_game(seed: int, shape: tuple[int, ...]) -> NormalForm:
    """Normal payoffs for even seeds, rounded to integers, with many ties, for odd ones."""
    normal = np.random.default_rng(seed).normal(size=(len(shape), *shape))
    return NormalForm(normal.round() if seed % 2 else normal)


def fixation(gain: float, population: int) -> float:
    """The formula of card 13, as it stands."""
    if gain == 0.0:
        return 1.0 / population
    return float((1.0 - np.exp(-gain)) / (1.0 - np.exp(-population * gain)))


def stationary(chain: np.ndarray) -> np.ndarray:
    """The stationary distribution by linear equations."""
    count = len(chain)
    equations = np.vstack([chain.T - np.eye(count), np.ones(count)])
    masses = np.linalg.lstsq(equations, np.append(np.zeros(count), 1.0), rcond=None)[0]
    return np.asarray(masses)


@settings(max_examples=60)
@given(seeds, shapes, st.floats(0.05, 1.0), st.integers(2, 20))
def test_masses_are_those_of_the_chain(
    seed: int, shape: tuple[int, ...], alpha: float, population: int
) -> None:
    form = random_game(seed, shape)
    profiles = list(product(*map(range, shape)))
    mutants = sum(m - 1 for m in shape)
    chain = np.zeros((len(profiles), len(profiles)))
    for s, old in enumerate(profiles):
        for t, new in enumerate(profiles):
            moved = [i for i in range(len(shape)) if old[i] != new[i]]
            if len(moved) == 1:
                gain = form.payoffs[(moved[0], *new)] - form.payoffs[(moved[0], *old)]
                chain[s, t] = fixation(alpha * gain, population) / mutants
        chain[s, s] = 1.0 - chain[s].sum()
    masses = alpha_rank(form, alpha=alpha, population=population)
    np.testing.assert_allclose(masses.ravel(), stationary(chain), atol=1e-9)


@settings(max_examples=60)
@given(seeds, st.integers(2, 5), st.floats(0.05, 1.0), st.integers(2, 12))
def test_one_population_by_its_birth_and_death(
    seed: int, n: int, alpha: float, population: int
) -> None:
    earned = random_game(seed, (n, n)).payoffs[0]
    chain = np.zeros((n, n))
    for a, b in product(range(n), repeat=2):
        if a == b:
            continue
        # The chance h[k] that k mutants b take over from a: h[k] is the average of h[k + 1] and
        # h[k - 1] by how the two fare in a duel, an odds of exp(alpha * difference).
        equations, right = np.eye(population + 1), np.zeros(population + 1)
        right[-1] = 1.0
        for k in range(1, population):
            mutant = (k - 1) * earned[b, b] + (population - k) * earned[b, a]
            resident = k * earned[a, b] + (population - k - 1) * earned[a, a]
            up = 1.0 / (1.0 + np.exp(-alpha * (mutant - resident) / (population - 1)))
            equations[k, k + 1] -= up
            equations[k, k - 1] -= 1.0 - up
        chain[a, b] = np.linalg.solve(equations, right)[1] / (n - 1)
    chain += np.diag(1.0 - chain.sum(axis=1))
    form = NormalForm.from_bimatrix(earned, earned.T)
    masses = alpha_rank_symmetric(form, alpha=alpha, population=population)
    np.testing.assert_allclose(masses, stationary(chain), atol=1e-9)


def test_known_rankings() -> None:
    # Omidshafiei et al. 2019: the cycle is ranked evenly, as are the two conventions of the battle
    # of the sexes; defection takes all.
    np.testing.assert_allclose(alpha_rank_symmetric(RPS), 1 / 3, atol=1e-12)
    pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    np.testing.assert_allclose(alpha_rank(pennies), 1 / 4, atol=1e-12)
    battle = NormalForm.from_bimatrix([[3, 0], [0, 2]], [[2, 0], [0, 3]])
    np.testing.assert_allclose(alpha_rank(battle), [[0.5, 0], [0, 0.5]], atol=1e-12)
    dilemma = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    np.testing.assert_allclose(alpha_rank(dilemma), [[0, 0], [0, 1]], atol=1e-12)
    np.testing.assert_allclose(alpha_rank_symmetric(dilemma), [0, 1], atol=1e-12)


def test_selection_is_neutral_between_equals() -> None:
    np.testing.assert_allclose(alpha_rank(NormalForm(np.ones((2, 3, 4)))), 1 / 12, atol=1e-12)


@settings(max_examples=60)
@given(seeds, shapes)
def test_strong_selection_stays_in_the_sinks_of_better_replies(
    seed: int, shape: tuple[int, ...]
) -> None:
    form = random_game(2 * seed, shape)
    graph: nx.DiGraph[tuple[int, ...]] = nx.DiGraph()
    profiles = list(product(*map(range, shape)))
    graph.add_nodes_from(profiles)
    for old, new in product(profiles, repeat=2):
        moved = [i for i in range(len(shape)) if old[i] != new[i]]
        if len(moved) == 1 and (form.payoffs[(moved[0], *new)] > form.payoffs[(moved[0], *old)]):
            graph.add_edge(old, new)
    sinks = set().union(*nx.attracting_components(graph))
    masses = alpha_rank(form, alpha=1e7)
    assert sum(masses[profile] for profile in sinks) == pytest.approx(1.0, abs=1e-6)


@settings(max_examples=60)
@given(seeds, shapes)
def test_labels_do_not_matter(seed: int, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    form = random_game(seed, shape)
    orders = [rng.permutation(m) for m in shape]
    shuffled = NormalForm(form.payoffs[np.ix_(np.arange(len(shape)), *orders)])
    expected = alpha_rank(form)[np.ix_(*orders)]
    np.testing.assert_allclose(alpha_rank(shuffled), expected, atol=1e-9)


def test_a_very_strong_selection_neither_under_nor_overflows() -> None:
    payoffs = np.random.default_rng(1).normal(size=(30, 30))
    form = NormalForm.zero_sum(payoffs - payoffs.T)
    for alpha in (1e-6, 1.0, 1e3, 1e9):
        masses = alpha_rank_symmetric(form, alpha=alpha)
        assert masses.sum() == pytest.approx(1.0)
        assert np.isfinite(masses).all()
    np.testing.assert_allclose(alpha_rank_symmetric(form, alpha=1e-6), 1 / 30, rtol=1e-3)


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="alpha must be positive and finite, got 0"):
        alpha_rank(RPS, alpha=0)
    with pytest.raises(ValueError, match="population must be at least 2, got 1"):
        alpha_rank_symmetric(RPS, population=1)
    with pytest.raises(ValueError, match="alpha_rank_symmetric needs a symmetric game of two"):
        alpha_rank_symmetric(NormalForm.zero_sum([[1, -1], [-1, 1]]))
