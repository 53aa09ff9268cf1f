import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import (
    Decision,
    ExtensiveForm,
    RoleSequences,
    Terminal,
    beer_quiche,
    kuhn_poker,
    leduc_poker,
    random_extensive_form,
)
from armsrace.solvers import certificate
from armsrace.solvers.extensive_certificate import (
    best_response,
    expected_payoffs,
    exploitability,
    regrets,
    sequence_payoffs,
)

SEEDS = st.integers(0, 2**32)


def random_behavior(role: RoleSequences, rng: np.random.Generator) -> np.ndarray:
    return role.behavior_of_plan(rng.random(role.count) ** 3)


@pytest.mark.parametrize("alpha", [0.0, 0.2, 1 / 3])
def test_kuhns_equilibria_have_no_regret(alpha: float) -> None:
    # H. W. Kuhn (1950): the learner bluffs with the jack at alpha in [0, 1/3], bets the king three
    # times as often, and calls with the queen at alpha + 1/3; the adversary's strategy is unique.
    form = kuhn_poker().sequence_form()
    learner: dict[str, dict[str, float]] = {
        "J": {"bet": alpha, "check": 1 - alpha},
        "Q": {"check": 1},
        "K": {"bet": 3 * alpha, "check": 1 - 3 * alpha},
        "J, check, bet": {"fold": 1},
        "Q, check, bet": {"call": alpha + 1 / 3, "fold": 2 / 3 - alpha},
        "K, check, bet": {"call": 1},
    }
    adversary: dict[str, dict[str, float]] = {
        "J, check": {"bet": 1 / 3, "check": 2 / 3},
        "Q, check": {"check": 1},
        "K, check": {"bet": 1},
        "J, bet": {"fold": 1},
        "Q, bet": {"call": 1 / 3, "fold": 2 / 3},
        "K, bet": {"call": 1},
    }
    behaviors = [form.of("learner").behavior(learner), form.of("adversary").behavior(adversary)]
    assert expected_payoffs(form, behaviors) == pytest.approx([-1 / 18, 1 / 18], abs=1e-15)
    assert regrets(form, behaviors).max() < 1e-15
    assert exploitability(form, behaviors) < 1e-15


def test_beer_and_quiche_pool_on_either_meal() -> None:
    # Cho and Kreps (1987), section II: two pooling equilibria, and none in which meals tell.
    form = beer_quiche().sequence_form()
    sender, receiver = form.sequences

    def regret(surly: str, wimp: str, after_beer: str, after_quiche: str) -> float:
        meals = sender.behavior({"surly": {surly: 1}, "wimp": {wimp: 1}})
        replies = receiver.behavior({"beer": {after_beer: 1}, "quiche": {after_quiche: 1}})
        return float(regrets(form, [meals, replies]).max())

    assert regret("beer", "beer", "leave", "duel") == 0
    assert regret("quiche", "quiche", "duel", "leave") == 0
    for after_beer in ("duel", "leave"):
        for after_quiche in ("duel", "leave"):
            assert regret("beer", "quiche", after_beer, after_quiche) > 0
            assert regret("quiche", "beer", after_beer, after_quiche) > 0


@settings(max_examples=200)
@given(SEEDS, st.integers(1, 3))
def test_regrets_are_those_of_the_normal_form(seed: int, roles: int) -> None:
    rng = np.random.default_rng(seed)
    game = random_extensive_form(rng, roles=roles, depth=4, moves=2)
    form = game.sequence_form()
    behaviors = [random_behavior(role, rng) for role in form.sequences]
    mixed = [
        r.mixed(b, r.reduced_strategies()) for r, b in zip(form.sequences, behaviors, strict=True)
    ]
    expected = certificate.regrets(game.to_reduced_normal_form(), mixed)
    assert regrets(form, behaviors) == pytest.approx(expected, abs=1e-10)
    assert exploitability(form, behaviors) == pytest.approx(expected.mean(), abs=1e-10)


@settings(max_examples=100)
@given(SEEDS, st.integers(1, 3))
def test_a_best_response_earns_its_value(seed: int, roles: int) -> None:
    rng = np.random.default_rng(seed)
    form = random_extensive_form(rng, roles=roles).sequence_form()
    behaviors = [random_behavior(role, rng) for role in form.sequences]
    for i, role in enumerate(form.sequences):
        value, response = best_response(form, behaviors, role.role)
        assert set(response.tolist()) <= {0.0, 1.0}
        played = expected_payoffs(form, [*behaviors[:i], response, *behaviors[i + 1 :]])
        assert played[i] == pytest.approx(value, abs=1e-12)
        gains = sequence_payoffs(form, behaviors, role.role)
        assert role.plan(behaviors[i]) @ gains == pytest.approx(
            expected_payoffs(form, behaviors)[i], abs=1e-12
        )


def test_uniform_poker_loses() -> None:
    # NashConv of the uniform strategies as OpenSpiel 2.0.2 computes it: 11/12 and 4.747222...
    kuhn, leduc = kuhn_poker().sequence_form(), leduc_poker().sequence_form()
    uniform = [role.uniform() for role in kuhn.sequences]
    assert best_response(kuhn, uniform, "learner")[0] == pytest.approx(1 / 2, abs=1e-15)
    assert best_response(kuhn, uniform, "adversary")[0] == pytest.approx(5 / 12, abs=1e-15)
    assert exploitability(kuhn, uniform) == pytest.approx(11 / 24, abs=1e-15)
    uniform = [role.uniform() for role in leduc.sequences]
    assert exploitability(leduc, uniform) == pytest.approx(4.747222222222222 / 2, abs=1e-14)


def test_ties_go_to_the_first_action() -> None:
    end = Terminal([1, 0])
    again = Decision("learner", "then", {"c": end, "d": end})
    form = ExtensiveForm.from_tree(
        Decision("learner", "first", {"a": again, "b": end})
    ).sequence_form()
    value, response = best_response(form, [role.uniform() for role in form.sequences], "learner")
    assert value == 1.0
    assert response.tolist() == [1, 1, 0, 1, 0]


def test_strategies_are_checked() -> None:
    form = kuhn_poker().sequence_form()
    uniform = [role.uniform() for role in form.sequences]
    with pytest.raises(ValueError, match="one array for each of 2 roles, got 1"):
        regrets(form, uniform[:1])
    with pytest.raises(ValueError, match="behavior of adversary must have shape"):
        expected_payoffs(form, [uniform[0], uniform[1][:-1]])
    with pytest.raises(LookupError, match="unknown role 'third'"):
        best_response(form, uniform, "third")
