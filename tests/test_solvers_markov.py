"""Markov games solved: limits, known values, agreement of independent ways, and certificates."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from armsrace.forms import MarkovGame, NormalForm
from armsrace.forms.normal import Array
from armsrace.solvers import (
    MarkovEquilibrium,
    backward_induction,
    backward_induction_with,
    best_response,
    hoffman_karp,
    lemke_howson,
    minimax,
    pollatschek_avi_itzhak,
    shapley,
    stackelberg,
)
from armsrace.solvers._stages import Stages
from armsrace.solvers.markov_certificate import policy_values
from armsrace.solvers.shapley import fixed_point_interval

SOLVERS: list[Callable[..., MarkovEquilibrium]] = [shapley, hoffman_karp, pollatschek_avi_itzhak]
SEEDS = st.integers(0, 2**32 - 1)


def random_game(
    seed: int, size: int = 5, m: int = 3, n: int = 4, discount: float = 0.8, **more: Any
) -> MarkovGame:
    rng = np.random.default_rng(seed)
    transitions = rng.dirichlet(np.full(size, 0.3), size=(size, m, n))
    return MarkovGame.zero_sum(rng.normal(size=(size, m, n)), transitions, discount, **more)


# Values of policies


@pytest.mark.parametrize("entered", [1, 3, 5])
def test_states_that_nothing_leads_to_have_their_values_all_the_same(entered: int) -> None:
    """They are no unknowns of the linear system, but what they are worth follows from the others.

    The sparse and the dense factorization, against numpy's solution of the whole system.
    """
    for copies in (1, 40):  # one block, or so many that hardly any entry is not zero
        block = np.random.default_rng(entered).dirichlet(np.ones(entered), size=5)
        chain = np.kron(np.eye(copies), np.pad(block, ((0, 0), (0, 5 - entered))))
        rewards = np.arange(5.0 * copies)[:, None, None]
        game = MarkovGame.zero_sum(rewards, sparse.csr_array(chain), discount=0.9)
        ones = np.ones((5 * copies, 1))
        expected = np.linalg.solve(np.eye(5 * copies) - 0.9 * chain, 0.1 * rewards[:, 0, 0])
        np.testing.assert_allclose(policy_values(game, (ones, ones))[0], expected, atol=1e-11)


# Limits


@pytest.mark.parametrize("solve", SOLVERS)
def test_discount_zero_is_the_stage_game(solve: Callable[..., MarkovEquilibrium]) -> None:
    game = random_game(1, discount=0.0)
    answer = solve(game)
    stages = [minimax(NormalForm.zero_sum(rewards)).value for rewards in game.rewards[0]]
    np.testing.assert_allclose(answer.values[0], stages, atol=1e-9)


@pytest.mark.parametrize("discount", [0.0, 0.5, 1.0])
def test_horizon_one_is_the_stage_game(discount: float) -> None:
    game = random_game(2, discount=discount, horizon=1)
    stages = [minimax(NormalForm.zero_sum(rewards)).value for rewards in game.rewards[0]]
    np.testing.assert_allclose(backward_induction(game).values[0], stages, atol=1e-9)


def test_long_horizon_tends_to_the_game_without_one() -> None:
    far = backward_induction(random_game(3, discount=0.7, horizon=80))
    np.testing.assert_allclose(far.values, shapley(random_game(3, discount=0.7)).values, atol=1e-7)


@given(SEEDS, st.floats(0.1, 0.95))
@settings(max_examples=50)
def test_shapleys_operator_contracts_at_the_discount(seed: int, discount: float) -> None:
    """Theorem 2 of Shapley (1953)."""
    game = random_game(seed, discount=discount)
    stages, rng = Stages(game), np.random.default_rng(seed)
    one, other = rng.normal(size=(2, 5))
    after = [stages.solve(values, 1.0 - discount, discount)[0] for values in (one, other)]
    assert np.abs(after[0] - after[1]).max() <= discount * np.abs(one - other).max() + 1e-9


@given(SEEDS)
@settings(max_examples=50)
def test_one_sweep_locates_the_value(seed: int) -> None:
    """MacQueen's bounds hold at any values, far from the fixed point."""
    game = random_game(seed)
    values = np.random.default_rng(seed).normal(size=5)
    after, _, _ = Stages(game).solve(values, 0.2, 0.8)
    low, high = fixed_point_interval(after - values, 0.8)
    exact = pollatschek_avi_itzhak(game, tolerance=1e-11).values[0]
    assert (after + low <= exact + 1e-9).all()
    assert (exact <= after + high + 1e-9).all()


# Known answers


@pytest.mark.parametrize("solve", SOLVERS)
def test_one_player_game_equals_its_decision_process_by_linear_programming(
    solve: Callable[..., MarkovEquilibrium],
) -> None:
    """Minimize the sum of V subject to V >= (1 - g) r + g P V (Puterman 1994, section 6.9)."""
    rng = np.random.default_rng(4)
    rewards = rng.normal(size=(6, 4, 1))
    transitions = rng.dirichlet(np.ones(6), size=(6, 4, 1))
    answer = solve(MarkovGame.zero_sum(rewards, transitions, 0.9))
    rows = 0.9 * transitions.reshape(24, 6) - np.repeat(np.eye(6), 4, axis=0)
    program = linprog(np.ones(6), rows, -0.1 * rewards.reshape(-1), bounds=(None, None))
    assert program.success
    np.testing.assert_allclose(answer.values[0], np.asarray(program.x), atol=1e-8)


def big_match(discount: float) -> MarkovGame:
    """Blackwell and Ferguson (1968): the learner guesses the adversary's coin, or stops.

    While it goes on it earns a point for a right guess of tails; when it says "heads" the game is
    over, and it earns 1 a round for ever if it was right, and 0 if not.
    """
    rewards = [[[1, 0], [0, 1]], [[1, 1], [1, 1]], [[0, 0], [0, 0]]]
    stop_right, stop_wrong, go_on = [0, 1, 0], [0, 0, 1], [1, 0, 0]
    won, lost = [[[0, 1, 0]] * 2] * 2, [[[0, 0, 1]] * 2] * 2
    transitions = [[[stop_right, stop_wrong], [go_on, go_on]], won, lost]
    return MarkovGame.zero_sum(rewards, transitions, discount)


@pytest.mark.parametrize("discount", [0.0, 0.5, 0.9, 0.99])
def test_big_match_is_worth_one_half(discount: float) -> None:
    """Value 1/2 at every discount; the learner stops with 1 / (1 + the total weight to come)."""
    answer = hoffman_karp(big_match(discount), tolerance=1e-10)
    assert answer.values[0].tolist() == pytest.approx([0.5, 1.0, 0.0], abs=1e-9)
    assert answer.strategy("learner", "0")["0"] == pytest.approx((1 - discount) / (2 - discount))
    assert answer.policies[1][0].tolist() == pytest.approx([0.5, 0.5])


def test_matching_pennies_with_a_state_that_doubles_the_stakes() -> None:
    """The learner who is caught plays for more: pennies of 1 and of 2, both worth nothing."""
    pennies = np.array([[1.0, -1.0], [-1.0, 1.0]])
    transitions = np.zeros((2, 2, 2, 2))
    transitions[:, 0, 0, 0] = transitions[:, 1, 1, 0] = 1.0
    transitions[:, 0, 1, 1] = transitions[:, 1, 0, 1] = 1.0
    answer = shapley(MarkovGame.zero_sum([pennies, 2 * pennies], transitions, 0.9))
    np.testing.assert_allclose(answer.values, 0.0, atol=1e-8)
    for policy in answer.policies:
        np.testing.assert_allclose(policy, 0.5, atol=1e-8)


def inspection_game(rounds: int, inspections: int) -> MarkovGame:
    """Dresher (1962): an inspector with k visits in n rounds, an inspectee who violates once.

    State k is the number of visits left, the last state is the end. The learner inspects or waits;
    a violation that is caught earns it 1 over the whole play, one that is not -1, legal play 0.
    """
    end = inspections + 1
    rewards = np.zeros((end + 1, 2, 2))
    transitions = np.zeros((end + 1, 2, 2, end + 1))
    for left in range(inspections + 1):
        rewards[left, 0, 1], rewards[left, 1, 1] = (1.0, -1.0) if left else (-1.0, -1.0)
        transitions[left, :, 1, end] = 1.0
        transitions[left, 0, 0, max(left - 1, 0)] = 1.0
        transitions[left, 1, 0, left] = 1.0
    transitions[end, :, :, end] = 1.0
    return MarkovGame.zero_sum(rewards, transitions, 1.0, horizon=rounds)


@pytest.mark.parametrize(("rounds", "inspections"), [(2, 1), (3, 1), (3, 2), (5, 2), (8, 3)])
def test_dreshers_inspection_game(rounds: int, inspections: int) -> None:
    """Its value is -C(n-1, k) / sum_{i <= k} C(n, i), over the whole play."""
    from math import comb

    answer = backward_induction(inspection_game(rounds, inspections))
    total = answer.values[0, inspections] * rounds
    wanted = -comb(rounds - 1, inspections) / sum(comb(rounds, i) for i in range(inspections + 1))
    assert total == pytest.approx(wanted, abs=1e-9)


# Agreement, and certificates


@given(SEEDS, st.floats(0.0, 0.9))
@example(1, 0.98)
@settings(max_examples=100, deadline=None)
def test_three_solvers_agree_and_are_certified(seed: int, discount: float) -> None:
    game = random_game(seed, discount=discount)
    answers = [solve(game) for solve in SOLVERS]
    for answer in answers:
        assert answer.status == "solved"
        assert answer.bound <= 1e-8
        assert answer.regret <= 2e-8
        np.testing.assert_allclose(answer.values, answers[0].values, atol=3e-8)
        np.testing.assert_allclose(answer.guaranteed("learner"), answers[0].values[0], atol=3e-8)


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_degenerate_integer_games_with_missing_actions_are_solved(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, m, n = 4, 3, 3
    targets = rng.integers(size, size=(size, m, n))
    masks = rng.random((size, m)) < 0.7, rng.random((size, n)) < 0.7
    for mask in masks:
        mask[np.arange(size), rng.integers(3, size=size)] = True
    game = MarkovGame.zero_sum(
        rng.integers(-1, 2, size=(size, m, n)), np.eye(size)[targets], 0.7, available=masks
    )
    for solve in SOLVERS:
        answer = solve(game)
        assert answer.regret <= 2e-8
        for policy, mask in zip(answer.policies, masks, strict=True):
            assert (policy[~mask] == 0.0).all()


@given(SEEDS, st.integers(1, 5), st.sampled_from([0.0, 0.6, 1.0]))
@settings(max_examples=60, deadline=None)
def test_backward_induction_is_certified_and_equals_it_with_a_solver(
    seed: int, horizon: int, discount: float
) -> None:
    game = random_game(seed, size=3, discount=discount, horizon=horizon)
    answer, stagewise = backward_induction(game), backward_induction_with(game, minimax)
    assert answer.regret <= 1e-8
    np.testing.assert_allclose(answer.values, stagewise.values, atol=1e-8)


def test_certificate_agrees_with_play() -> None:
    """Values by simulation: 4,000 plays, cut off when what follows weighs less than 1e-6."""
    game = random_game(7, discount=0.7)
    answer = shapley(game)
    rng = np.random.default_rng(0)
    dense = game.transitions.toarray().reshape(*game.shape, game.shape[0])
    plays, total = 4000, np.zeros(4000)
    state = np.zeros(plays, dtype=int)
    for clock in range(40):
        chosen = [
            (rng.random(plays)[:, None] > np.cumsum(policy[state], axis=1)[:, :-1]).sum(axis=1)
            for policy in answer.policies
        ]
        total += 0.3 * 0.7**clock * game.rewards[0, state, chosen[0], chosen[1]]
        borders = np.cumsum(dense[state, chosen[0], chosen[1]], axis=1)[:, :-1]
        state = (rng.random(plays)[:, None] > borders).sum(axis=1)
    error = total.std(ddof=1) / np.sqrt(plays)
    assert abs(total.mean() - answer.values[0, 0]) < 4 * error


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_no_pure_policy_beats_the_best_response(seed: int) -> None:
    """Against all 3^3 stationary pure replies, one by one."""
    game = random_game(seed, size=3, m=3, n=2)
    rng = np.random.default_rng(seed)
    adversary: Array = rng.dirichlet(np.ones(2), size=3)
    reply = best_response(game, "learner", against=adversary)
    every = np.stack(np.meshgrid(*[np.arange(3)] * 3), axis=-1).reshape(-1, 3)
    values = [policy_values(game, (np.eye(3)[actions], adversary))[0] for actions in every]
    np.testing.assert_allclose(reply.values, np.max(values, axis=0), atol=1e-9)
    earned = policy_values(game, (reply.policy, adversary))[0]
    np.testing.assert_allclose(earned, reply.values, atol=1e-9)
    assert set(reply.actions) == set(game.states)


def test_nash_and_stackelberg_stage_by_stage() -> None:
    """General-sum: no regret for Nash; a leader who commits in every round earns no less."""
    rng = np.random.default_rng(11)
    rewards = rng.normal(size=(2, 3, 2, 2))
    transitions = rng.dirichlet(np.ones(3), size=(3, 2, 2))
    game = MarkovGame(rewards, transitions, 0.9, horizon=4)
    nash = backward_induction_with(game, lemke_howson)
    assert nash.regret < 1e-9
    assert nash.leader is None
    last = MarkovGame(rewards, transitions, 0.9, horizon=1)
    led = backward_induction_with(last, lambda stage: stackelberg(stage, leader="learner"))
    assert led.leader == "learner"
    assert led.regret < 1e-9
    assert (led.values[0] >= backward_induction_with(last, lemke_howson).values[0] - 1e-9).all()


def test_certificate_handles_sparse_and_dense_chains_alike() -> None:
    """A walk along a line, whose chain is sparse, beside the dense solution by hand."""
    size = 60
    rows = np.arange(size * 4)
    state = rows // 4
    target = np.clip(state + np.where(rows % 4 < 2, 1, -1), 0, size - 1)
    walk = sparse.csr_array((np.ones(size * 4), (rows, target)), shape=(size * 4, size))
    game = MarkovGame.zero_sum(np.arange(size * 4.0).reshape(size, 2, 2), walk, 0.95)
    policies = np.full((size, 2), 0.5), np.full((size, 2), 0.5)
    chain = walk.toarray().reshape(size, 4, size).mean(axis=1)
    earned = game.rewards[0].mean(axis=(1, 2))
    expected = np.linalg.solve(np.eye(size) - 0.95 * chain, 0.05 * earned)
    np.testing.assert_allclose(policy_values(game, policies)[0], expected, rtol=1e-10)


# Refusals, and answers that are not reached


def test_general_sum_games_and_horizons_are_refused() -> None:
    rng = np.random.default_rng(0)
    general = MarkovGame(rng.normal(size=(2, 2, 2, 2)), np.full((2, 2, 2, 2), 0.5), 0.5)
    for solve in SOLVERS:
        with pytest.raises(ValueError, match="rewards must add up to zero; for general-sum"):
            solve(general)
        with pytest.raises(ValueError, match="horizon must be None; backward_induction solves"):
            solve(random_game(0, horizon=3))
        with pytest.raises(ValueError, match="tolerance must be positive, got 0"):
            solve(random_game(0), tolerance=0)
        with pytest.raises(ValueError, match="iterations must be at least 1, got 0"):
            solve(random_game(0), iterations=0)
    with pytest.raises(ValueError, match="horizon must be a number of rounds, got None; use shap"):
        backward_induction(random_game(0))
    with pytest.raises(ValueError, match="a guarantee needs a zero-sum game"):
        MarkovEquilibrium(general, (np.full((2, 2), 0.5),) * 2, "guess").guaranteed("learner")


@pytest.mark.parametrize("solve", SOLVERS)
def test_too_few_iterations_say_so(solve: Callable[..., MarkovEquilibrium]) -> None:
    answer = solve(random_game(5, discount=0.99), iterations=1, tolerance=1e-12)
    assert answer.status.startswith("values known to within")
    assert "raise iterations above 1" in answer.status
    assert answer.bound > 1e-12


def test_policies_of_another_game_are_refused() -> None:
    game = random_game(0, size=2, m=2, n=2)
    half = np.full((2, 2), 0.5)
    with pytest.raises(ValueError, match=r"policy of learner must have shape \(2, 2\), got \(3, 2"):
        MarkovEquilibrium(game, (np.full((3, 2), 0.5), half), "guess")
    with pytest.raises(ValueError, match="policy of adversary must be a distribution over the act"):
        best_response(game, "learner", against=np.array([[0.5, 0.5], [0.7, 0.7]]))
    with pytest.raises(LookupError, match="unknown role 'judge'"):
        best_response(game, "judge", against=half)
    with pytest.raises(LookupError, match="unknown state 'limbo'; the game has 2"):
        MarkovEquilibrium(game, (half, half), "guess").strategy("learner", "limbo")


def test_answer_as_a_table_and_as_text() -> None:
    game = random_game(0, size=2, m=2, n=2, states=["calm", "hot"])
    answer = MarkovEquilibrium(game, (np.full((2, 2), 0.5), np.eye(2)), "guess")
    table = answer.frame()
    assert table.columns.tolist() == ["state", "role", "action", "probability", "value"]
    assert len(table) == 8
    assert answer.strategy("adversary", "hot") == {"1": 1.0}
    assert repr(answer).startswith("MarkovEquilibrium by guess: solved, regret ")
    assert "in 2 states" in repr(answer)
