import sys
from collections.abc import Sequence
from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import BayesianForm, NormalForm
from armsrace.solvers import (
    Equilibrium,
    bayes_nash,
    certificate,
    pure_equilibria,
    sequence_form_lp,
    vertex_enumeration,
)

solver = sys.modules[bayes_nash.__module__]


def random_game(seed: int, types: tuple[int, ...], shape: tuple[int, ...]) -> BayesianForm:
    """Normal payoffs for even seeds, rounded to integers, with many ties, for odd ones."""
    rng = np.random.default_rng(seed)
    payoffs = rng.normal(size=(len(types), *types, *shape))
    prior = rng.dirichlet(np.ones(prod(types))).reshape(types)
    return BayesianForm(payoffs.round() if seed % 2 else payoffs, prior)


@settings(max_examples=40)
@given(
    st.integers(0, 10**9),
    st.sampled_from([((1, 2), (2, 2)), ((2, 2), (2, 3)), ((1, 2, 2), (2, 2, 2))]),
)
def test_no_plan_gains_ex_ante(seed: int, sizes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    form = random_game(seed, *sizes)
    ex_ante = form.to_normal_form()
    found = bayes_nash(form)
    assert found
    for answer in found:
        assert answer.status == "solved"
        assert answer.regret < 1e-9
        # The same strategies as distributions over the plans of each role.
        agents = iter(answer.strategies)
        plans = []
        for count in sizes[0]:
            own = [next(agents) for _ in range(count)]
            plans.append(np.array([prod(chances) for chances in product(*own)]))
        assert certificate.regrets(ex_ante, plans).max() < 1e-9


def test_a_filter_that_does_not_know_whom_it_faces() -> None:
    # By hand: the spy always attacks; the spammer is indifferent where the filter is lenient one
    # time in three, and the filter where it attacks two times in nine.
    form = BayesianForm(
        np.array(
            [
                [[[[-2, 0], [1, 0]], [[-1, 0], [-3, 0]]]],
                [[[[2, 0], [-1, 0]], [[1, 0], [3, 0]]]],
            ],
            dtype=float,
        ),
        np.array([[0.75, 0.25]]),
    )
    (answer,) = bayes_nash(form)
    np.testing.assert_allclose(answer.strategies[0], [1 / 3, 2 / 3], atol=1e-9)
    np.testing.assert_allclose(answer.strategies[1], [2 / 9, 7 / 9], atol=1e-9)
    np.testing.assert_allclose(answer.strategies[2], [1, 0], atol=1e-9)


Matrix = Sequence[Sequence[float]]


def one_sided(first: Matrix, others: Sequence[Matrix], prior: list[float]) -> BayesianForm:
    """A learner without types, whose payoffs do not depend on what it faces."""
    own = [first] * len(others)
    return BayesianForm(np.array([[own], [others]], dtype=float), np.array([prior]))


def played(answer: Equilibrium) -> list[list[float]]:
    return [strategy.round(9).tolist() for strategy in answer.strategies]


def test_battle_of_the_sexes_with_a_partner_who_may_avoid() -> None:
    # Osborne, An Introduction to Game Theory, section 9.1: (B, (B, S)) is the only pure
    # equilibrium. By hand, the learner is indifferent where the partner chooses B one time in
    # three; who wants to meet is indifferent at 2/3, who avoids at 1/3.
    form = one_sided([[2, 0], [0, 1]], [[[1, 0], [0, 2]], [[0, 2], [1, 0]]], [0.5, 0.5])
    third, two = round(1 / 3, 9), round(2 / 3, 9)
    assert [played(answer) for answer in bayes_nash(form)] == [
        [[1, 0], [1, 0], [0, 1]],
        [[two, third], [two, third], [0, 1]],
        [[third, two], [0, 1], [two, third]],
    ]


def test_battle_of_the_sexes_where_neither_knows() -> None:
    # Osborne, section 9.1, the second variant: the pure equilibria are ((B, B), (B, S)) and
    # ((S, B), (S, S)). Each role either wants to meet or to avoid.
    first = {"meet": [[2, 0], [0, 1]], "avoid": [[0, 2], [1, 0]]}
    second = {"meet": [[1, 0], [0, 2]], "avoid": [[0, 2], [1, 0]]}
    wishes = ["meet", "avoid"]
    form = BayesianForm.independent(
        [
            [[first[mine] for _ in wishes] for mine in wishes],
            [[second[theirs] for theirs in wishes] for _ in wishes],
        ],
        [[2 / 3, 1 / 3], [1 / 2, 1 / 2]],
    )
    pure = [played(e) for e in bayes_nash(form) if all(s.max() == 1 for s in e.strategies)]
    b, s = [1.0, 0.0], [0.0, 1.0]
    assert sorted(pure) == sorted([[b, b, b, s], [s, b, s, s]])


@pytest.mark.parametrize("high", [0.2, 0.4, 0.75])
def test_an_incumbent_of_unknown_cost(high: float) -> None:
    # Fudenberg, Tirole, Game Theory (1991), section 6.2, figure 6.2: an incumbent builds or not, a
    # rival enters or not. Of high cost it does not build. Of low cost: x = 0 and entry always; x =
    # 1 and no entry, or x = 1 / (2 (1 - p)) and entry half of the time, where p <= 1/2.
    rival = [[-1, 1], [0, 0]]  # rows: enter, stay out; columns: build, not
    form = one_sided(rival, [[[0, 2], [2, 3]], [[1.5, 2], [3.5, 3]]], [high, 1 - high])
    expected = [(1.0, 0.0)]
    if high < 0.5:
        expected += [(0.0, 1.0), (0.5, 1 / (2 * (1 - high)))]
    found = bayes_nash(form)
    assert all(answer.strategies[1].tolist() == [0, 1] for answer in found)
    pairs = sorted((float(e.strategies[0][0]), float(e.strategies[2][0])) for e in found)
    np.testing.assert_allclose(pairs, sorted(expected), atol=1e-12)


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("noise", [0.3, 1e-3])
def test_purification_of_matching_pennies(count: int, noise: float) -> None:
    # Harsanyi, "Games with randomly disturbed payoffs", International Journal of Game Theory 2
    # (1973). Each role is drawn to heads a little, by its type, as often as to tails. If a role
    # played heads more than half of the time, who is drawn to tails would do so on the other side,
    # then on this one too. So both are even, and each type goes where it is drawn.
    drawn = noise * np.linspace(-1.0, 1.0, count)
    match = np.array([[1.0, -1.0], [-1.0, 1.0]])
    heads = np.array([1.0, 0.0])
    learner = match + drawn[:, None, None, None] * heads[:, None] + np.zeros((1, count, 1, 1))
    adversary = -match + drawn[:, None, None] * heads + np.zeros((count, 1, 1, 1))
    uniform = np.full(count, 1.0 / count)
    form = BayesianForm.independent(np.stack([learner, adversary]), [uniform, uniform])
    (answer,) = bayes_nash(form)
    assert played(answer) == [[float(bias > 0), float(bias < 0)] for bias in (*drawn, *drawn)]


@settings(max_examples=60)
@given(st.integers(0, 10**9), st.sampled_from([(2, 2), (3, 2), (3, 4), (4, 4)]))
def test_without_types_the_list_is_that_of_vertex_enumeration(
    seed: int, shape: tuple[int, int]
) -> None:
    form = random_game(seed, (1, 1), shape)
    found, stage = bayes_nash(form), vertex_enumeration(NormalForm(form.payoffs[:, 0, 0]))
    assert len(found) == len(stage)
    for ours, theirs in zip(found, stage, strict=True):
        assert ours.parameters["degenerate"] == theirs.parameters["degenerate"]
        for own, other in zip(ours.strategies, theirs.strategies, strict=True):
            np.testing.assert_allclose(own, other, atol=1e-9)


SIZES = [((1, 2), (2, 2)), ((2, 2), (2, 3)), ((1, 3), (3, 2)), ((3, 2), (2, 2)), ((2, 2), (3, 3))]


@settings(max_examples=80)
@given(st.integers(0, 10**9), st.sampled_from(SIZES), st.booleans())
def test_all_extreme_equilibria_and_every_pure_one(
    seed: int, sizes: tuple[tuple[int, ...], tuple[int, ...]], sparse: bool
) -> None:
    form = random_game(seed, *sizes)
    if sparse and min(sizes[0]) > 1:  # types that never meet
        rows, columns = sizes[0]
        prior = np.eye(rows, columns) + (np.arange(rows)[:, None] >= columns)
        form = BayesianForm(form.payoffs, prior / prior.sum())
    found = bayes_nash(form)
    assert all(answer.regret <= 1e-8 for answer in found)
    assert len(found) % 2 or found[0].parameters["degenerate"]
    listed = np.array([np.concatenate(answer.strategies) for answer in found])
    differences = np.abs(listed[:, None] - listed).max(axis=2) + np.eye(len(listed))
    assert differences.min() > 1e-7
    for pure in pure_equilibria(form.to_agent_form()):
        assert np.abs(listed - np.concatenate(pure.strategies)).max(axis=1).min() < 1e-9


def behaviors(form: BayesianForm) -> np.ndarray:
    """The equilibria of the game of plans, as behaviors of the types."""
    rows = []
    for answer in vertex_enumeration(form.to_normal_form()):
        row = []
        for strategy, m, count in zip(answer.strategies, form.shape, form.prior.shape, strict=True):
            plans = strategy.reshape((m,) * count)
            axes = range(count)
            row += [plans.sum(axis=tuple(j for j in axes if j != t)) for t in axes]
        rows.append(np.concatenate(row))
    return np.array(rows)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(SIZES[:-1]))
def test_agreement_with_the_game_of_plans(
    seed: int, sizes: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    form = random_game(seed, *sizes)
    found = bayes_nash(form)
    listed = np.array([np.concatenate(answer.strategies) for answer in found])
    of_plans = behaviors(form)
    distances = np.abs(listed[:, None] - of_plans).max(axis=2)
    assert distances.min(axis=1).max() < 1e-8  # each behavior is one of plans
    if not found[0].parameters["degenerate"]:
        # Plans have many mixtures of one behavior, but no other behaviors.
        assert distances.min(axis=0).max() < 1e-8


@settings(max_examples=30)
@given(st.integers(0, 10**9), st.sampled_from(SIZES))
def test_zero_sum_games_have_the_value_of_the_sequence_form(
    seed: int, sizes: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    form = random_game(seed, *sizes)
    form = BayesianForm(np.stack([form.payoffs[0], -form.payoffs[0]]), form.prior)
    value = sequence_form_lp(form.to_extensive_form()).value
    for answer in bayes_nash(form):
        ex_ante = form.marginals[0] @ answer.payoffs[: sizes[0][0]]
        assert ex_ante == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize("seed", range(12))
def test_rounded_and_exact_lists_agree(seed: int) -> None:
    form = random_game(seed, (2, 2), (2, 3))
    agents = form.to_agent_form()
    rounded, exact = solver._rounded(form, agents), solver._exact(form, agents)
    assert len(rounded) == len(exact)
    for ours, theirs in zip(rounded, exact, strict=True):
        assert ours.parameters["degenerate"] == theirs.parameters["degenerate"]
        for own, other in zip(ours.strategies, theirs.strategies, strict=True):
            np.testing.assert_allclose(own, other, atol=1e-9)


def test_payoffs_that_leave_a_doubt_are_solved_exactly() -> None:
    # A reply that is better by 1e-10 of the range is neither equal nor clearly better.
    close = [[1.0, 0.0], [0.0, 1.0 + 1e-10]]
    form = one_sided([[2, 0], [2 + 1e-10, 1]], [close, [[0, 2], [1, 0]]], [0.5, 0.5])
    found = bayes_nash(form)
    assert all(answer.parameters["exact"] for answer in found)
    assert max(answer.regret for answer in found) < 1e-15
    assert [played(answer) for answer in found] == [[[0, 1], [0, 1], [1, 0]]]


@pytest.mark.parametrize("sizes", [((1, 2), (9, 9)), ((1, 2, 2), (2, 2, 2))])
def test_other_games_get_the_pure_equilibria_and_the_logit_limit(
    sizes: tuple[tuple[int, ...], tuple[int, ...]],
) -> None:
    found = bayes_nash(random_game(4, *sizes))
    assert {answer.method for answer in found} <= {"pure_equilibria", "nash_by_logit"}
    assert found
    assert max(answer.regret for answer in found) < 1e-9
