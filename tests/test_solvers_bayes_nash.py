from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import BayesianForm
from armsrace.solvers import bayes_nash, certificate


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


def test_pure_equilibria_stand_once() -> None:
    # Battle of the sexes with a partner who wants to meet or, half of the time, to avoid (Osborne,
    # An Introduction to Game Theory, section 9.1): (B, (B, S)) is the only pure equilibrium.
    first = [[2, 0], [0, 1]]
    meet, avoid = [[1, 0], [0, 2]], [[0, 2], [1, 0]]
    form = BayesianForm(
        np.array([[[first, first]], [[meet, avoid]]], dtype=float), np.array([[0.5, 0.5]])
    )
    pure = [e for e in bayes_nash(form) if e.method == "pure_equilibria"]
    (only,) = pure
    assert [int(s.argmax()) for s in only.strategies] == [0, 0, 1]
    assert only.payoffs.tolist() == pytest.approx([1, 1, 2])
