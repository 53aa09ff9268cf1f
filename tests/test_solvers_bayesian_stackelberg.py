from importlib import import_module
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import OptimizeResult, linprog

from armsrace.forms import BayesianForm, NormalForm
from armsrace.solvers import BayesianCommitment, bayesian_stackelberg, stackelberg

LEADERS = st.sampled_from(["learner", "adversary"])
seeds = st.integers(0, 10**9)
kinds, counts = st.integers(1, 4), st.integers(1, 3)


def random_game(seed: int, types: int, m: int, n: int, leader: str) -> BayesianForm:
    """Normal payoffs for even seeds, rounded to integers, with many ties, for odd ones."""
    rng = np.random.default_rng(seed)
    payoffs = rng.normal(size=(2, 1, types, m, n))
    payoffs = payoffs.round() if seed % 2 else payoffs
    prior = rng.dirichlet(np.ones(types))[None]
    if leader == "learner":
        return BayesianForm(payoffs, prior)
    return BayesianForm(payoffs[::-1].swapaxes(1, 2).swapaxes(3, 4), prior.T)


def one_program_a_plan(form: BayesianForm) -> float:
    """The learner's best commitment, by a linear program for each plan of the adversary."""
    lead, follow = form.payoffs[:, 0]
    types, m, n = lead.shape
    best = -np.inf
    for plan in product(range(n), repeat=types):
        gain = sum(form.prior[0, t] * lead[t, :, j] for t, j in enumerate(plan))
        rules = np.vstack([(follow[t] - follow[t, :, [j]].T).T for t, j in enumerate(plan)])
        found = linprog(
            -gain, A_ub=rules, b_ub=np.zeros(len(rules)), A_eq=np.ones((1, m)), b_eq=[1]
        )
        if found.fun is not None:
            best = max(best, -found.fun)
    return best


@settings(max_examples=100)
@given(seeds, kinds, counts, counts, LEADERS)
def test_it_equals_the_stackelberg_equilibrium_of_the_normal_form(
    seed: int, types: int, m: int, n: int, leader: str
) -> None:
    form = random_game(seed, types, m, n, leader)
    answer = bayesian_stackelberg(form, leader)
    assert answer.status == "solved"
    assert answer.regret < 1e-9
    assert answer.gap < 1e-6
    harsanyi = stackelberg(form.to_normal_form(), leader)
    expected = harsanyi.payoffs[form.roles.index(leader)]
    assert answer.payoff == pytest.approx(expected, abs=1e-9)
    assert answer.bound >= expected - 1e-9


@settings(max_examples=40)
@given(seeds, st.integers(1, 3), counts, counts)
def test_it_equals_one_linear_program_for_each_plan(seed: int, types: int, m: int, n: int) -> None:
    form = random_game(seed, types, m, n, "learner")
    expected = one_program_a_plan(form)
    assert bayesian_stackelberg(form).payoff == pytest.approx(expected, abs=1e-7)


@settings(max_examples=60)
@given(seeds, kinds, counts, counts, LEADERS)
def test_certificates_by_their_definition(
    seed: int, types: int, m: int, n: int, leader: str
) -> None:
    form = random_game(seed, types, m, n, leader)
    index = form.roles.index(leader)
    rng = np.random.default_rng(seed)
    x, replies = rng.dirichlet(np.ones(m)), rng.integers(0, n, types)
    answer = BayesianCommitment(form, leader, x, replies, bound=0.0)
    payoff = 0.0
    for t, i in product(range(types), range(m)):
        kind, played = (0, t), (i, int(replies[t]))
        if index == 1:
            kind, played = kind[::-1], played[::-1]
        payoff += form.prior[kind] * x[i] * form.payoffs[(index, *kind, *played)]
    assert answer.payoff == pytest.approx(payoff)
    for t in range(types):
        earned = np.zeros(n)
        for i, j in product(range(m), range(n)):
            kind, played = ((0, t), (i, j)) if index == 0 else ((t, 0), (j, i))
            earned[j] += x[i] * form.payoffs[(1 - index, *kind, *played)]
        assert answer.type_payoffs[t] == pytest.approx(earned[replies[t]])
        assert answer.regrets[t] == pytest.approx(earned.max() - earned[replies[t]], abs=1e-12)


def test_one_type_is_the_plain_game() -> None:
    # The golden example of card 13: 3.5 by committing to (1/2, 1/2).
    lead, follow = [[2, 4], [1, 3]], [[1, 0], [0, 1]]
    form = BayesianForm(np.array([[[lead]], [[follow]]], dtype=float), np.ones((1, 1)))
    answer = bayesian_stackelberg(form)
    assert answer.payoff == pytest.approx(3.5, abs=1e-12)
    assert answer.commitment.tolist() == pytest.approx([0.5, 0.5])
    assert answer.reply == {"0": "1"}
    plain = stackelberg(NormalForm.from_bimatrix(lead, follow))
    assert answer.strategy == pytest.approx(plain.learner)


def test_the_example_of_dobss() -> None:
    # Paruchuri et al. 2008, table 1: up to a chance of 2/3 of the leader's first action the
    # follower takes its second, which earns the leader 11/3.
    lead, follow = np.array([[2, 4], [1, 3]]), np.array([[1, 0], [0, 2]])
    payoffs = np.array([[[lead, lead]], [[follow, follow[:, ::-1]]]], dtype=float)
    one = BayesianForm(payoffs[:, :, :1], np.ones((1, 1)))
    assert bayesian_stackelberg(one).payoff == pytest.approx(11 / 3, abs=1e-9)
    two = BayesianForm(payoffs, np.array([[0.5, 0.5]]))
    assert bayesian_stackelberg(two).payoff == pytest.approx(one_program_a_plan(two), abs=1e-9)


@settings(max_examples=30)
@given(seeds, kinds, counts, counts)
def test_units_do_not_matter(seed: int, types: int, m: int, n: int) -> None:
    form = random_game(seed, types, m, n, "learner")
    scale = np.array([1e6, 1e-6]).reshape(2, 1, 1, 1, 1)
    other = bayesian_stackelberg(BayesianForm(scale * (form.payoffs + 3.0), form.prior))
    assert other.status == "solved"
    expected = 1e6 * (bayesian_stackelberg(form).payoff + 3.0)
    assert other.payoff == pytest.approx(expected, rel=1e-9, abs=1e-3)


def test_a_wrong_choice_of_replies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("armsrace.solvers.bayesian_stackelberg")
    lead, follow = [[2, 4], [1, 3]], [[1, 0], [0, 1]]
    form = BayesianForm(np.array([[[lead]], [[follow]]], dtype=float), np.ones((1, 1)))
    monkeypatch.setattr(module, "_choose_replies", lambda *_: ([np.array([0])], 0.9, True))
    assert "the leader may miss" in bayesian_stackelberg(form).status


@pytest.mark.parametrize("leader", ["learner", "adversary"])
@pytest.mark.parametrize("seed", range(6))
def test_time_that_does_not_suffice_is_told(seed: int, leader: str) -> None:
    # No program of this size is solved in a nanosecond.
    form = random_game(2 * seed, 5, 5, 5, leader)
    solved = bayesian_stackelberg(form, leader, time_limit=600.0)
    assert solved.status == "solved"
    hurried = bayesian_stackelberg(form, leader, time_limit=1e-9)
    assert hurried.status.endswith("raise time_limit")
    assert hurried.regret < 1e-9
    assert hurried.payoff <= solved.payoff + 1e-9
    assert hurried.bound >= solved.payoff - 1e-9
    # No worse than the best pure commitment.
    index = form.roles.index(leader)
    for action in range(5):
        x = np.eye(5)[action]
        replies = []
        for t in range(5):
            kind = (0, t) if index == 0 else (t, 0)
            cells = form.payoffs[(slice(None), *kind)]
            lead, follow = (cells[0], cells[1]) if index == 0 else (cells[1].T, cells[0].T)
            replies.append(max(range(5), key=lambda j: (follow[action, j], lead[action, j])))
        pure = BayesianCommitment(form, leader, x, np.array(replies), bound=0.0)
        assert hurried.payoff >= pure.payoff - 1e-9


def test_time_that_suffices_changes_nothing() -> None:
    form = random_game(2, 3, 3, 3, "learner")
    one, two = bayesian_stackelberg(form), bayesian_stackelberg(form, time_limit=600.0)
    assert one.commitment.tolist() == two.commitment.tolist()
    assert (one.bound, one.status) == (two.bound, two.status)


def test_a_program_that_is_not_solved_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = OptimizeResult()
    failed.update(x=None, status=4, message="numerical trouble", mip_dual_bound=None)
    monkeypatch.setattr("scipy.optimize.milp", lambda *_, **__: failed)
    with pytest.raises(ArithmeticError, match="was not solved: numerical trouble"):
        bayesian_stackelberg(random_game(2, 2, 2, 2, "learner"))


@pytest.mark.parametrize("time_limit", [0.0, -1.0, np.nan])
def test_a_time_limit_is_positive(time_limit: float) -> None:
    with pytest.raises(ValueError, match=f"time_limit must be positive, got {time_limit:g}"):
        bayesian_stackelberg(random_game(2, 2, 2, 2, "learner"), time_limit=time_limit)


def test_bad_input() -> None:
    form = random_game(1, 2, 2, 2, "learner")
    with pytest.raises(ValueError, match="the leader must have one type, got 2"):
        bayesian_stackelberg(form, leader="adversary")
    with pytest.raises(LookupError, match="unknown role 'follower'; the roles are learner, adv"):
        bayesian_stackelberg(form, leader="follower")
    three = BayesianForm(np.zeros((3, 1, 1, 1, 1, 1, 1)), np.ones((1, 1, 1)))
    with pytest.raises(ValueError, match="bayesian_stackelberg needs a game of two roles, got 3"):
        bayesian_stackelberg(three)
