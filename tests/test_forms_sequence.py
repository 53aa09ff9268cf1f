from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from armsrace.forms import (
    Chance,
    Decision,
    ExtensiveForm,
    RoleSequences,
    SequenceForm,
    Terminal,
    beer_quiche,
    kuhn_poker,
    leduc_poker,
    random_extensive_form,
)
from armsrace.solvers import certificate
from armsrace.solvers import extensive_certificate as extensive

SEEDS = st.integers(0, 2**32)


def random_behavior(role: RoleSequences, rng: np.random.Generator) -> np.ndarray:
    """Draw a behavior strategy; some actions have probability zero."""
    weights = rng.random(role.count) * (rng.random(role.count) < 0.7)
    weights[role.starts[:-1]] += 1e-3
    return role.behavior_of_plan(weights)


def solved_by_linear_program(form: SequenceForm) -> tuple[list[np.ndarray], float]:
    """Solve a zero-sum game by von Stengel's linear program for each role.

    max_x min_y x'Ay over realization plans: the inner minimum, by duality, is f'q with q free and
    F'q <= A'x.
    """
    behaviors, values = [], []
    for i in range(2):
        own, other = form.sequences[i], form.sequences[1 - i]
        payoffs = form.payoff_matrix(own.role).toarray()
        A = payoffs if i == 0 else payoffs.T
        E, e = own.constraints()
        F, f = other.constraints()
        answer = linprog(
            np.concatenate([np.zeros(own.count), -f]),
            A_ub=np.hstack([-A.T, F.toarray().T]),
            b_ub=np.zeros(other.count),
            A_eq=np.hstack([E.toarray(), np.zeros((len(e), len(f)))]),
            b_eq=e,
            bounds=[(0, None)] * own.count + [(None, None)] * len(f),
        )
        assert answer.fun is not None
        assert answer.x is not None
        behaviors.append(own.behavior_of_plan(answer.x[: own.count]))
        values.append(-float(answer.fun))
    return behaviors, values[0]


@pytest.mark.parametrize(
    ("game", "value"),
    [
        (kuhn_poker, -1 / 18),  # H. W. Kuhn (1950)
        (leduc_poker, -0.0856064240),  # found by this test; the certificate is the proof
    ],
    ids=["kuhn", "leduc"],
)
def test_poker_is_solved_by_the_sequence_form(
    game: Callable[[], ExtensiveForm], value: float
) -> None:
    form = game().sequence_form()
    behaviors, found = solved_by_linear_program(form)
    assert found == pytest.approx(value, abs=1e-9)
    assert extensive.regrets(form, behaviors).max() < 1e-9
    assert extensive.expected_payoffs(form, behaviors)[0] == pytest.approx(value, abs=1e-9)


@settings(max_examples=100)
@given(SEEDS, st.integers(1, 3))
def test_information_sets_are_sorted_by_depth(seed: int, roles: int) -> None:
    form = random_extensive_form(np.random.default_rng(seed), roles=roles).sequence_form()
    for role in form.sequences:
        depths = np.repeat(np.arange(len(role.levels) - 1), np.diff(role.levels))
        for h, parent in enumerate(role.parents):
            above = role.information_set_of[parent]
            assert depths[h] == (depths[above] + 1 if parent else 0)
            assert parent < role.starts[h]
            # The label of a random game's set is all its role knows: the parent's, and more.
            if parent:
                assert str(role.information_sets[h]).startswith("".join(role.pairs[parent - 1]))
        blocks = list(role.blocks())
        assert sum(b.stop - b.start for _, b in blocks) == role.count - 1
        assert (role.predecessors[1:] == role.parents[role.information_set_of[1:]]).all()


@settings(max_examples=100)
@given(SEEDS)
def test_plans_solve_the_constraints_and_behaviors_come_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for role in random_extensive_form(rng).sequence_form().sequences:
        behavior = random_behavior(role, rng)
        plan = role.plan(behavior)
        E, e = role.constraints()
        assert E @ plan == pytest.approx(e, abs=1e-12)
        back = role.behavior_of_plan(3.7 * plan)
        assert role.plan(back) == pytest.approx(plan, abs=1e-12)
        reached = plan[role.predecessors] > 0
        reached[0] = True
        assert back[reached] == pytest.approx(behavior[reached], abs=1e-12)
        assert (back[~reached] == role.uniform()[~reached]).all()


@settings(max_examples=100)
@given(SEEDS, st.integers(1, 3))
def test_kuhns_theorem(seed: int, roles: int) -> None:
    """Behavior, mixed and reduced mixed strategies earn the same."""
    rng = np.random.default_rng(seed)
    game = random_extensive_form(rng, roles=roles, depth=4, moves=2)
    form = game.sequence_form()
    behaviors = [random_behavior(role, rng) for role in form.sequences]
    expected = extensive.expected_payoffs(form, behaviors)
    reduced = [
        r.mixed(b, r.reduced_strategies()) for r, b in zip(form.sequences, behaviors, strict=True)
    ]
    normal = game.to_reduced_normal_form()
    assert certificate.expected_payoffs(normal, reduced) == pytest.approx(expected, abs=1e-10)
    for role, behavior, mixed in zip(form.sequences, behaviors, reduced, strict=True):
        assert mixed.sum() == pytest.approx(1, abs=1e-12)
        plan = role.plan(behavior)
        strategies = role.reduced_strategies()
        assert len(strategies) == role.reduced_count
        assert role.plan_of_mixed(mixed, strategies) == pytest.approx(plan, abs=1e-12)
        if role.strategy_count <= 500:
            everywhere = role.strategies()
            full = role.mixed(behavior, everywhere)
            assert full.sum() == pytest.approx(1, abs=1e-12)
            assert role.plan_of_mixed(full, everywhere) == pytest.approx(plan, abs=1e-12)


def test_a_mixed_strategy_of_kuhn_as_a_behavior() -> None:
    role = kuhn_poker().sequence_form().of("learner")
    strategies = role.reduced_strategies()
    assert strategies[0] == (1, 3, 5, 7, 9, 11)  # check and fold throughout
    mixed = np.zeros(len(strategies))
    mixed[[0, -1]] = 0.25, 0.75  # the last bets throughout
    behavior = role.behavior_of_plan(role.plan_of_mixed(mixed, strategies))
    assert role.table(behavior)["J"] == {"check": 0.25, "bet": 0.75}
    assert role.table(behavior)["J, check, bet"] == {"fold": 1.0, "call": 0.0}


def test_strategies_by_label() -> None:
    role = beer_quiche().sequence_form().of("sender")
    strategy = {"surly": {"beer": 1.0}, "wimp": {"beer": 0.25, "quiche": 0.75}}
    behavior = role.behavior(strategy)
    assert behavior.tolist() == [1, 1, 0, 0.25, 0.75]
    assert role.table(behavior) == {"surly": {"beer": 1.0, "quiche": 0.0}, "wimp": strategy["wimp"]}


@pytest.mark.parametrize(
    ("strategy", "error", "message"),
    [
        ({}, ValueError, "strategy of sender must hold 'surly' too"),
        (
            {"strong": {}},
            LookupError,
            "unknown information set of sender: 'strong'; known are surly",
        ),
        (
            {"surly": {"tea": 1}},
            LookupError,
            "unknown action at 'surly': 'tea'; known are beer, qui",
        ),
        (
            {"surly": {"beer": 1}, "wimp": {"beer": 0.5}},
            ValueError,
            "'wimp' of sender must sum to 1",
        ),
        ({"surly": {"beer": 2, "quiche": -1}, "wimp": {"beer": 1}}, ValueError, "not be negative"),
    ],
)
def test_strategies_are_checked(
    strategy: Mapping[str, Mapping[str, float]], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        beer_quiche().sequence_form().of("sender").behavior(strategy)


@pytest.mark.parametrize(
    ("behavior", "message"),
    [
        ([1, 1, 0], r"behavior of sender must have shape \(5,\), got \(3,\)"),
        ([0, 1, 0, 1, 0], "must begin with 1"),
        ([1, 1, 0, 0.5, 0.4], "at information set 'wimp' of sender must sum to 1, got 0.9"),
        ([1, 1, 0, np.nan, 1], "must not be negative"),
    ],
)
def test_behaviors_are_checked(behavior: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        beer_quiche().sequence_form().of("sender").plan(behavior)


def test_plans_are_checked() -> None:
    role = beer_quiche().sequence_form().of("sender")
    with pytest.raises(ValueError, match="plan of sender must hold 5 finite numbers"):
        role.behavior_of_plan([1, 2])
    with pytest.raises(ValueError, match="plan of sender must hold 5 finite numbers"):
        role.behavior_of_plan([1, np.inf, 0, 0, 0])


def test_too_many_strategies_are_not_listed() -> None:
    role = leduc_poker().sequence_form().of("learner")
    for listed in (role.strategies, role.reduced_strategies):
        with pytest.raises(ValueError, match=r"must be at most 10\^7 to be listed"):
            listed()


@settings(max_examples=50)
@given(SEEDS)
def test_the_payoff_matrix_and_tensor_hold_the_terminal_nodes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    form = random_extensive_form(rng, depth=4).sequence_form()
    x, y = (role.plan(random_behavior(role, rng)) for role in form.sequences)
    behaviors = [form.sequences[0].behavior_of_plan(x), form.sequences[1].behavior_of_plan(y)]
    expected = extensive.expected_payoffs(form, behaviors)
    for role, payoff in zip(form.roles, expected, strict=True):
        A = form.payoff_matrix(role)
        assert x @ (A @ y) == pytest.approx(payoff, abs=1e-12)
        assert form.payoff_tensor(role) == pytest.approx(A.toarray(), abs=1e-12)


def test_three_roles_have_a_tensor_and_no_matrix() -> None:
    form = random_extensive_form(np.random.default_rng(2), roles=3, depth=3).sequence_form()
    shape = tuple(role.count for role in form.sequences)
    assert form.payoff_tensor("player 3").shape == shape
    with pytest.raises(ValueError, match="a payoff matrix needs 2 roles, got 3"):
        form.payoff_matrix("player 1")
    with pytest.raises(LookupError, match="unknown role 'learner'; the roles are player 1"):
        form.of("learner")


def test_arrays_are_read_only() -> None:
    form = kuhn_poker().sequence_form()
    role = form.of("learner")
    arrays = (form.payoffs, form.chance, form.terminals, role.parents, role.starts, role.levels)
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_a_role_that_never_moves() -> None:
    tree = Chance({"a": Terminal([1, 2]), "b": Decision("learner", "x", {"c": Terminal([3, 4])})})
    role = ExtensiveForm.from_tree(tree).sequence_form().of("adversary")
    assert (role.count, role.strategy_count, role.reduced_count) == (1, 1, 1)
    assert role.strategies() == role.reduced_strategies() == ((),)
    assert role.plan([1]).tolist() == role.uniform().tolist() == [1]
    assert role.behavior({}).tolist() == role.behavior_of_plan([1]).tolist() == [1]
    assert role.table([1]) == {}
    E, e = role.constraints()
    assert (E.toarray().tolist(), e.tolist()) == ([[1]], [1])
