"""What different solvers must agree on, whatever the game.

Each table names the solvers that a statement is about; each statement is tried on random games and
on degenerate ones, whose integer payoffs make ties the rule.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from armsrace.forms import Decision, ExtensiveForm, NormalForm, Terminal, random_extensive_form
from armsrace.solvers import (
    CorrelatedEquilibrium,
    Equilibrium,
    ExtensiveEquilibrium,
    best_welfare,
    cfr,
    cfr_plus,
    coarse_correlated,
    correlated,
    discounted_cfr,
    double_oracle,
    exact_enumeration,
    fictitious_play,
    hedge,
    lemke_howson,
    lemke_howson_all,
    minimax,
    nash_by_logit,
    predictive_cfr_plus,
    pure_equilibria,
    regret_matching,
    regret_matching_plus,
    sequence_form_lp,
    stackelberg,
    support_enumeration,
    vertex_enumeration,
)

Array = NDArray[np.float64]
Profile = Sequence[Array]

# Those that answer with all equilibria of some kind, and those that answer with one or a few.
ENUMERATIONS: dict[str, Callable[[NormalForm], list[Equilibrium]]] = {
    "vertex_enumeration": vertex_enumeration,
    "exact_enumeration": exact_enumeration,
    "pure_equilibria": pure_equilibria,
    # Those of mixtures that their supports determine: in a degenerate game, not all.
    "support_enumeration": support_enumeration,
}
NASH: dict[str, Callable[[NormalForm], list[Equilibrium]]] = ENUMERATIONS | {
    "lemke_howson": lambda form: [lemke_howson(form)],
    "lemke_howson_all": lemke_howson_all,
    "best_welfare": lambda form: [best_welfare(vertex_enumeration(form))],
}
ZERO_SUM: dict[str, Callable[[NormalForm], Equilibrium | ExtensiveEquilibrium]] = {
    "minimax": minimax,
    "lemke_howson": lemke_howson,
    "vertex_enumeration": lambda form: vertex_enumeration(form)[-1],
    "double_oracle": double_oracle,
    "sequence_form_lp": lambda form: sequence_form_lp(tree(form)),
}
LEARNERS: dict[str, Callable[[NormalForm], Equilibrium | ExtensiveEquilibrium]] = {
    "fictitious_play": lambda form: fictitious_play(form, iterations=1000),
    "hedge": lambda form: hedge(form, iterations=1000),
    "regret_matching": lambda form: regret_matching(form, iterations=1000),
    "regret_matching_plus": lambda form: regret_matching_plus(form, iterations=1000),
    "cfr": lambda form: cfr(tree(form), iterations=1000),
    "cfr_plus": lambda form: cfr_plus(tree(form), iterations=1000),
    "discounted_cfr": lambda form: discounted_cfr(tree(form), iterations=1000),
    "predictive_cfr_plus": lambda form: predictive_cfr_plus(tree(form), iterations=1000),
}
CORRELATED: dict[str, Callable[[NormalForm], CorrelatedEquilibrium]] = {
    "correlated": correlated,
    "coarse_correlated": coarse_correlated,
}

seeds = st.integers(0, 2**32)


def tree(form: NormalForm) -> ExtensiveForm:
    """A game of two as a tree: the second role moves without seeing what the first did."""
    replies = {
        str(i): Decision(
            form.roles[1], "unseen", {str(j): Terminal(list(cell)) for j, cell in enumerate(row)}
        )
        for i, row in enumerate(np.moveaxis(form.payoffs, 0, -1).tolist())
    }
    return ExtensiveForm.from_tree(Decision(form.roles[0], "first", replies), form.roles)


@st.composite
def payoffs(draw: st.DrawFn, *, roles: int = 2, most: int = 4) -> Array:
    """Payoffs of normal size, or of the integers 0, 1, 2 alone."""
    shape = draw(st.tuples(*[st.integers(1, most)] * roles))
    rng = np.random.default_rng(draw(seeds))
    if draw(st.booleans()):
        return rng.normal(size=(roles, *shape))
    return rng.integers(0, 3, size=(roles, *shape)).astype(np.float64)


games = payoffs().map(NormalForm)
games_of_three = payoffs(roles=3, most=3).map(NormalForm)
zero_sum_games = payoffs().map(lambda array: NormalForm.zero_sum(array[0]))


# Exact solvers have no regret


@pytest.mark.parametrize("name", NASH)
@settings(max_examples=100)
@given(form=games)
def test_nash_equilibria_have_no_regret(name: str, form: NormalForm) -> None:
    answers = NASH[name](form)
    assert answers or name == "pure_equilibria" or name == "support_enumeration"
    for answer in answers:
        assert answer.status == "solved"
        assert answer.regret < 1e-8


@settings(max_examples=100)
@given(games_of_three)
def test_pure_equilibria_of_three_roles_have_no_regret(form: NormalForm) -> None:
    assert all(answer.regret < 1e-8 for answer in pure_equilibria(form))


@settings(max_examples=20)
@given(st.one_of(games, games_of_three))
def test_the_limits_of_logit_equilibria_have_no_regret(form: NormalForm) -> None:
    answer = nash_by_logit(form)
    assert answer.status == "solved"
    assert answer.regret < 1e-8


@pytest.mark.parametrize("name", ZERO_SUM)
@settings(max_examples=60)
@given(form=zero_sum_games)
def test_solutions_of_zero_sum_games_have_no_regret(name: str, form: NormalForm) -> None:
    answer = ZERO_SUM[name](form)
    assert answer.status == "solved"
    assert answer.regret < 1e-8


@settings(max_examples=100)
@given(seeds, st.integers(1, 5))
def test_solutions_of_trees_have_no_regret(seed: int, depth: int) -> None:
    rng = np.random.default_rng(seed)
    answer = sequence_form_lp(random_extensive_form(rng, depth=depth, zero_sum=True))
    assert answer.status == "solved"
    assert answer.regret < 1e-8


@pytest.mark.parametrize("name", CORRELATED)
@settings(max_examples=100)
@given(form=st.one_of(games, games_of_three))
def test_correlated_equilibria_have_no_regret(name: str, form: NormalForm) -> None:
    answer = CORRELATED[name](form)
    assert answer.status == "solved"
    assert answer.regret < 1e-8


@settings(max_examples=100)
@given(games, st.sampled_from(["learner", "adversary"]))
def test_followers_have_no_regret(form: NormalForm, leader: str) -> None:
    answer = stackelberg(form, leader)
    assert answer.status == "solved"
    assert answer.regret < 1e-8


# The same game in other words


def other_units(form: NormalForm, rng: np.random.Generator) -> NormalForm:
    return form.transform(rng.choice([0.125, 3.0, 1e3], 2), rng.integers(-9, 9, 2))


def other_order(form: NormalForm, rng: np.random.Generator) -> NormalForm:
    orders = [rng.permutation(m) for m in form.shape]
    shuffled = [
        [labels[a] for a in order] for labels, order in zip(form.actions, orders, strict=True)
    ]
    return form.restrict(dict(zip(form.roles, shuffled, strict=True)))


def other_seats(form: NormalForm, rng: np.random.Generator) -> NormalForm:
    del rng
    swapped = form.payoffs[::-1].swapaxes(1, 2)
    return NormalForm(swapped, form.actions[::-1], form.roles[::-1])


REWORDINGS: dict[str, Callable[[NormalForm, np.random.Generator], NormalForm]] = {
    "units": other_units,
    "labels": other_order,
    "roles": other_seats,
}


def in_words_of(form: NormalForm, answer: Equilibrium) -> Profile:
    """The strategies of an answer, by role and label, in the order of another wording."""
    found = []
    for role, labels in zip(form.roles, form.actions, strict=True):
        played = answer.strategy(role)
        found.append(np.array([played.get(label, 0.0) for label in labels]))
    return found


def joined(profiles: Sequence[Profile]) -> Array:
    return np.array([np.concatenate(list(profile)) for profile in profiles])


@pytest.mark.parametrize("rewording", REWORDINGS)
@pytest.mark.parametrize("name", NASH)
@settings(max_examples=30)
@given(form=games, seed=seeds)
def test_equilibria_of_another_wording_are_equilibria(
    name: str, rewording: str, form: NormalForm, seed: int
) -> None:
    other = REWORDINGS[rewording](form, np.random.default_rng(seed))
    for answer in NASH[name](other):
        there = Equilibrium(form, tuple(in_words_of(form, answer)), name)
        assert there.regret < 1e-8


@pytest.mark.parametrize("rewording", ["labels", "roles"])
@settings(max_examples=15)
@given(form=games, seed=seeds)
def test_logit_equilibria_do_not_depend_on_the_wording(
    rewording: str, form: NormalForm, seed: int
) -> None:
    form = NormalForm(np.random.default_rng(seed).normal(size=form.payoffs.shape))
    other = REWORDINGS[rewording](form, np.random.default_rng(seed))
    found = in_words_of(form, nash_by_logit(other))
    np.testing.assert_allclose(joined([found]), joined([nash_by_logit(form).strategies]), atol=1e-6)


@pytest.mark.parametrize("rewording", REWORDINGS)
@pytest.mark.parametrize("name", ENUMERATIONS)
@settings(max_examples=30)
@given(form=games, seed=seeds)
def test_another_wording_has_the_same_equilibria(
    name: str, rewording: str, form: NormalForm, seed: int
) -> None:
    if name == "support_enumeration":
        form = NormalForm(np.random.default_rng(seed).normal(size=form.payoffs.shape))
    other = REWORDINGS[rewording](form, np.random.default_rng(seed))
    found = [in_words_of(form, answer) for answer in ENUMERATIONS[name](other)]
    expected = [answer.strategies for answer in ENUMERATIONS[name](form)]
    assert len(found) == len(expected)
    if expected:
        distances = np.abs(joined(found)[:, None] - joined(expected)).max(axis=2)
        assert max(distances.min(axis=0).max(), distances.min(axis=1).max()) < 1e-8


@pytest.mark.parametrize("rewording", ["labels", "roles"])
@settings(max_examples=40)
@given(form=games, seed=seeds)
def test_values_do_not_depend_on_the_wording(rewording: str, form: NormalForm, seed: int) -> None:
    other = REWORDINGS[rewording](form, np.random.default_rng(seed))
    for solve in (correlated, coarse_correlated):
        assert solve(other).payoffs.sum() == pytest.approx(solve(form).payoffs.sum(), abs=1e-8)
    for leader in form.roles:
        one, two = stackelberg(form, leader), stackelberg(other, leader)
        earned = two.payoffs[other.role_index(leader)]
        assert one.payoffs[form.role_index(leader)] == pytest.approx(earned, abs=1e-8)


@pytest.mark.parametrize("name", ZERO_SUM)
@settings(max_examples=25)
@given(form=zero_sum_games, seed=seeds, scale=st.sampled_from([0.125, 3.0, 1e3]))
def test_values_of_zero_sum_games_follow_the_wording(
    name: str, form: NormalForm, seed: int, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    value = ZERO_SUM[name](form).value
    assert ZERO_SUM[name](other_order(form, rng)).value == pytest.approx(value, abs=1e-8)
    # The learner that sits second is the adversary of the transposed game, which earns as much.
    assert -ZERO_SUM[name](other_seats(form, rng)).value == pytest.approx(value, abs=1e-8)
    shifted = form.transform(scale, [7.0, -7.0])
    assert ZERO_SUM[name](shifted).value == pytest.approx(scale * value + 7.0, abs=1e-8 * scale)


# One value


@settings(max_examples=100)
@given(zero_sum_games)
def test_zero_sum_games_have_one_value(form: NormalForm) -> None:
    values = {name: solve(form).value for name, solve in ZERO_SUM.items()}
    assert max(values.values()) - min(values.values()) < 1e-8, values


@pytest.mark.parametrize("name", LEARNERS)
@settings(max_examples=25)
@given(form=zero_sum_games)
def test_learners_come_as_close_to_the_value_as_their_regret(name: str, form: NormalForm) -> None:
    value, answer = minimax(form).value, LEARNERS[name](form)
    learner, adversary = answer.regrets.tolist()
    assert -learner - 1e-9 <= answer.value - value <= adversary + 1e-9
    assert learner + adversary <= 0.15 * (np.ptp(form.payoffs[0]) or 1.0)


@settings(max_examples=40)
@given(seeds, st.integers(1, 4))
def test_trees_have_the_value_of_their_normal_form(seed: int, depth: int) -> None:
    form = random_extensive_form(np.random.default_rng(seed), depth=depth, zero_sum=True)
    normal = form.to_reduced_normal_form()
    value = sequence_form_lp(form).value
    assert minimax(normal).value == pytest.approx(value, abs=1e-8)
    assert lemke_howson(normal).value == pytest.approx(value, abs=1e-8)
    answer = cfr_plus(form, iterations=300)
    learner, adversary = answer.regrets.tolist()
    assert -learner - 1e-9 <= answer.value - value <= adversary + 1e-9


# Who is better off


@settings(max_examples=100)
@given(games)
def test_a_leader_is_no_worse_off_than_in_any_nash_equilibrium(form: NormalForm) -> None:
    equilibria = vertex_enumeration(form)
    for index, leader in enumerate(form.roles):
        committed = stackelberg(form, leader).payoffs[index]
        assert committed >= max(answer.payoffs[index] for answer in equilibria) - 1e-8


@settings(max_examples=100)
@given(st.one_of(games, games_of_three))
def test_who_listens_is_no_worse_off_together(form: NormalForm) -> None:
    told, bound = correlated(form).payoffs.sum(), coarse_correlated(form).payoffs.sum()
    enumerate_all = vertex_enumeration if len(form.roles) == 2 else pure_equilibria
    alone = [answer.payoffs.sum() for answer in enumerate_all(form)]
    assert bound >= told - 1e-8
    assert told >= max(alone, default=told) - 1e-8
