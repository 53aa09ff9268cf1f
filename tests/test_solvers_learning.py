"""Learning dynamics: known answers, rates, and life without Numba."""

import sys
from collections.abc import Callable
from importlib.util import find_spec, module_from_spec
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import armsrace.solvers
from armsrace.forms import NormalForm
from armsrace.solvers import (
    Equilibrium,
    _learning,
    certificate,
    exp3,
    fictitious_play,
    hedge,
    minimax,
    regret_matching,
    regret_matching_plus,
)
from armsrace.theory.experts import duality_gap_bound

Learner = Callable[[NormalForm, int], Equilibrium]

LEARNERS: dict[str, Learner] = {
    "fictitious_play": lambda form, t: fictitious_play(form, iterations=t),
    "regret_matching": lambda form, t: regret_matching(form, iterations=t),
    "regret_matching_plus": lambda form, t: regret_matching_plus(form, iterations=t),
    "hedge": lambda form, t: hedge(form, iterations=t),
    "exp3": lambda form, t: exp3(form, iterations=t, rng=np.random.default_rng(1)),
}

seeds = st.integers(0, 10**9)
sizes = st.integers(1, 8)


def drawn(seed: int, *shape: int) -> NormalForm:
    """A zero-sum game: normal payoffs for even seeds, few integers for odd ones."""
    normal = np.random.default_rng(seed).normal(size=shape)
    return NormalForm.zero_sum(10 * normal.round() if seed % 2 else normal)


@pytest.mark.parametrize("name", LEARNERS)
def test_all_reach_the_value_of_a_zero_sum_game(name: str) -> None:
    form = NormalForm.zero_sum([[2, -3], [0, 1]])
    answer = LEARNERS[name](form, 100_000)
    assert answer.regret < 0.2
    np.testing.assert_allclose(answer.strategies[0], [1 / 6, 5 / 6], atol=0.02)
    assert answer.method == name
    assert answer.value == pytest.approx(1 / 3, abs=0.05)


def test_brown_and_robinson_by_hand() -> None:
    # (0, 0), then the adversary leaves; the learner, tied in round 3, follows in round 4.
    counts = [
        fictitious_play(NormalForm.zero_sum([[1, -1], [-1, 1]]), iterations=t).strategies
        for t in (1, 2, 3, 4)
    ]
    assert [(t + 1) * counts[t][0][0] for t in range(4)] == pytest.approx([1, 2, 3, 3])
    assert [(t + 1) * counts[t][1][0] for t in range(4)] == pytest.approx([1, 1, 1, 1])


def test_fictitious_play_cycles_in_shapleys_game() -> None:
    # Shapley 1964: the frequencies never settle, so the regret of the only equilibrium, uniform
    # play, is never reached.
    form = NormalForm.from_bimatrix(np.eye(3), np.roll(np.eye(3), 1, axis=1))
    answer = fictitious_play(form, iterations=100_000)
    assert answer.regret > 0.05
    assert "only in zero-sum games of two" in answer.status


@settings(max_examples=60)
@given(seeds, sizes, sizes)
def test_regret_matching_keeps_its_bound(seed: int, m: int, n: int) -> None:
    form = drawn(seed, m, n)
    span = np.ptp(form.payoffs[0])
    for rounds in (1, 10, 1000):
        gap = regret_matching(form, iterations=rounds).regrets.sum()
        assert gap <= span * (np.sqrt(m) + np.sqrt(n)) / np.sqrt(rounds) + 1e-12
        gap = regret_matching_plus(form, iterations=rounds).regrets.sum()
        assert gap <= 2 * span * (np.sqrt(m) + np.sqrt(n)) / np.sqrt(rounds) + 1e-12


@settings(max_examples=60)
@given(seeds, sizes, sizes)
def test_hedge_keeps_its_bound(seed: int, m: int, n: int) -> None:
    form = drawn(seed, m, n)
    span = np.ptp(form.payoffs[0])
    for rounds in (1, 10, 1000):
        gap = hedge(form, iterations=rounds).regrets.sum()
        assert gap <= span * duality_gap_bound(m, n, rounds) + 1e-12


def test_exp3_keeps_its_bound_on_average() -> None:
    m, n, rounds = 5, 3, 10_000
    form = drawn(2, m, n)
    gaps = [
        exp3(form, iterations=rounds, rng=np.random.default_rng(seed)).regrets.sum()
        for seed in range(20)
    ]
    bound = sum(2.63 * np.sqrt(k * np.log(k) / rounds) for k in (m, n))
    assert np.mean(gaps) <= np.ptp(form.payoffs[0]) * bound


@settings(max_examples=60)
@given(seeds, sizes, sizes)
def test_regret_matching_plus_finds_the_value(seed: int, m: int, n: int) -> None:
    form = drawn(seed, m, n)
    answer = regret_matching_plus(form, iterations=3000)
    span = np.ptp(form.payoffs[0])
    assert answer.regret <= 1e-2 * span
    assert abs(answer.value - minimax(form).value) <= 1e-2 * span


def test_the_path_is_what_shorter_runs_reach() -> None:
    form = drawn(4, 6, 5)
    for learner in (fictitious_play, regret_matching, regret_matching_plus):
        path = learner(form, iterations=100).parameters["path"]
        assert isinstance(path, tuple)
        assert [rounds for rounds, _ in path] == [1, 2, 4, 8, 16, 32, 64, 100]
        for rounds, regret in path:
            assert learner(form, iterations=rounds).regret == regret


@pytest.mark.parametrize("name", LEARNERS)
def test_three_roles_learn_what_dominates(name: str) -> None:
    # A public good: each of three keeps 1 or gives it, and all share twice what is given.
    gifts = np.indices((2, 2, 2)).astype(float)
    form = NormalForm((1 - gifts) + 2 * gifts.sum(axis=0) / 3)
    answer = LEARNERS[name](form, 100_000)
    assert all(strategy[0] > 0.95 for strategy in answer.strategies)


@settings(max_examples=30)
@given(seeds, st.sampled_from([(3, 4), (2, 3, 4), (4, 1, 2, 3), (5,)]))
def test_kernels_earn_what_the_certificate_says(seed: int, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    form = NormalForm(rng.normal(size=(len(shape), *shape)))
    strategies = np.zeros((len(shape), max(shape)))
    for i, m in enumerate(shape):
        strategies[i, :m] = rng.dirichlet(np.ones(m))
    mixed = [own[:m] for own, m in zip(strategies, shape, strict=True)]
    expected = certificate.deviation_payoffs(form, mixed)
    profile = rng.integers(0, shape)
    pure = certificate.deviation_payoffs(
        form, [np.eye(m)[a] for m, a in zip(shape, profile, strict=True)]
    )
    weights = np.empty(form.payoffs[0].size)
    for i, m in enumerate(shape):
        payoffs = np.moveaxis(form.payoffs[i], i, -1).flatten()
        earned = np.empty(m)
        _learning.weigh(strategies, np.array(shape), i, weights)
        _learning.earn(payoffs, weights, earned)
        np.testing.assert_allclose(earned, expected[i], atol=1e-12)
        start = m * _learning.place(profile, np.array(shape), i)
        np.testing.assert_array_equal(payoffs[start : start + m], pure[i])


def test_exploration_and_rate_can_be_chosen() -> None:
    form = NormalForm.zero_sum([[2, -3], [0, 1]])
    uniform = hedge(form, iterations=50, rate=0.0)
    assert [s.tolist() for s in uniform.strategies] == [[0.5, 0.5]] * 2
    rng = np.random.default_rng(3)
    always = exp3(form, iterations=50, rng=rng, exploration=1.0)
    assert [s.tolist() for s in always.strategies] == [[0.5, 0.5]] * 2


def test_units_do_not_matter() -> None:
    form = drawn(6, 4, 4)
    other = form.transform([100.0, 100.0], [7.0, -7.0])
    for name, learner in LEARNERS.items():
        for first, second in zip(
            learner(form, 200).strategies, learner(other, 200).strategies, strict=True
        ):
            np.testing.assert_allclose(first, second, atol=1e-9, err_msg=name)


def test_a_solved_game_says_so() -> None:
    dilemma = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    assert fictitious_play(
        dilemma, iterations=100
    ).status == "regret 0.01 after 100 iterations: " + (
        "only in zero-sum games of two do more iterations lower it for certain"
    )
    saddle = NormalForm.zero_sum([[4, 5], [3, 7]])
    assert fictitious_play(saddle, iterations=100).status == "solved"
    pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    status = fictitious_play(pennies, iterations=101).status
    assert status.endswith("after 101 iterations: more iterations lower it")


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The kernels as they are where Numba cannot be imported."""
    monkeypatch.setitem(sys.modules, "numba", None)
    spec = find_spec("armsrace.solvers._learning")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(armsrace.solvers, "_learning", module)
    return module


@pytest.mark.parametrize("name", LEARNERS)
def test_without_numba_the_answers_are_the_same(name: str, interpreted: ModuleType) -> None:
    assert interpreted.hedge is not _learning.hedge
    forms = [drawn(seed, 5, 7) for seed in range(4)]
    forms.append(NormalForm(np.random.default_rng(5).normal(size=(3, 2, 3, 4))))
    for form in forms:
        plain = LEARNERS[name](form, 100)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(armsrace.solvers, "_learning", _learning)
            compiled = LEARNERS[name](form, 100)
        for first, second in zip(plain.strategies, compiled.strategies, strict=True):
            if name in ("hedge", "exp3"):  # the exponential function may differ in its last bit
                np.testing.assert_allclose(first, second, atol=1e-12)
            else:
                assert first.tobytes() == second.tobytes()


def test_bad_input() -> None:
    form = NormalForm.zero_sum([[1]])
    rng = np.random.default_rng(0)
    for learner in LEARNERS.values():
        with pytest.raises(ValueError, match="iterations must be at least 1, got 0"):
            learner(form, 0)
    with pytest.raises(ValueError, match=r"rate must be in \[0, inf\), got -1"):
        hedge(form, iterations=1, rate=-1)
    with pytest.raises(ValueError, match=r"exploration must be in \(0, 1\], got 0"):
        exp3(form, iterations=1, rng=rng, exploration=0)
