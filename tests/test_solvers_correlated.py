from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm
from armsrace.solvers import (
    CorrelatedEquilibrium,
    certificate,
    coarse_correlated,
    correlated,
    maximum_entropy_correlated,
    minimax,
    support_enumeration,
)
from armsrace.solvers.joint_certificate import external_regrets, joint_payoffs, swap_regrets

CHICKEN = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]])
SHAPES = [(2, 2), (3, 4), (1, 3), (1, 1), (2, 3, 2), (2, 2, 2, 2)]

seeds, shapes = st.integers(0, 10**9), st.sampled_from(SHAPES)


def random_game(seed: int, shape: tuple[int, ...]) -> NormalForm:
    """Normal payoffs for even seeds, rounded to integers, with many ties, for odd ones."""
    normal = np.random.default_rng(seed).normal(size=(len(shape), *shape))
    return NormalForm(normal.round() if seed % 2 else normal)


def test_chicken_by_aumann() -> None:
    # Aumann 1974: obeying "both yield" half of the time earns 5.25 each, which no mediator beats.
    answer = correlated(CHICKEN)
    np.testing.assert_allclose(answer.joint, [[0, 1 / 4], [1 / 4, 1 / 2]], atol=1e-12)
    assert answer.payoffs.tolist() == pytest.approx([5.25, 5.25])
    assert answer.regret < 1e-12
    assert answer.status == "solved"


def test_three_roles_by_aumann() -> None:
    # Aumann 1974, example 2.5: all earn 2 when the first two meet by a draw that the third does not
    # see, and 1 in any Nash equilibrium. A draw of up to 2 to 1 does not tempt the third.
    left = [[[0, 0, 3], [0, 0, 0]], [[1, 0, 0], [0, 0, 0]]]
    middle = [[[2, 2, 2], [0, 0, 0]], [[2, 2, 0], [2, 2, 2]]]
    right = [[[0, 0, 0], [0, 0, 0]], [[0, 1, 0], [0, 0, 3]]]
    payoffs = np.moveaxis(np.array([left, middle, right], dtype=float), (0, 3), (3, 0))
    answer = correlated(NormalForm(payoffs))
    np.testing.assert_allclose(answer.payoffs, [2, 2, 2], atol=1e-12)
    assert 1 / 3 - 1e-12 <= answer.joint[0, 0, 1] <= 2 / 3 + 1e-12
    assert answer.joint[[0, 1], [0, 1], 1].sum() == pytest.approx(1.0)


def test_coarse_equilibria_may_play_dominated_actions() -> None:
    # Rock, paper, scissors, where a tie costs both 1: told nothing, nobody gains by one action
    # against a fair draw of the six profiles without ties.
    rps = np.array([[-1, -1, 1], [1, -1, -1], [-1, 1, -1]])
    form = NormalForm.from_bimatrix(rps, rps.T)
    joint = (1 - np.eye(3)) / 6
    assert external_regrets(form, joint) == pytest.approx([-1 / 3, -1 / 3])
    assert coarse_correlated(form).payoffs.sum() == pytest.approx(0.0, abs=1e-12)


@settings(max_examples=100)
@given(seeds, shapes)
def test_certificates_agree_with_the_sums_of_their_definition(
    seed: int, shape: tuple[int, ...]
) -> None:
    form = random_game(seed, shape)
    joint = np.random.default_rng(seed).dirichlet(np.ones(form.payoffs[0].size)).reshape(shape)
    for role, m in enumerate(shape):
        gains = np.zeros((m, m))
        earned = 0.0
        for profile in product(*map(range, shape)):
            earned += joint[profile] * form.payoffs[(role, *profile)]
            for b in range(m):
                moved = (*profile[:role], b, *profile[role + 1 :])
                gain = form.payoffs[(role, *moved)] - form.payoffs[(role, *profile)]
                gains[profile[role], b] += joint[profile] * gain
        assert joint_payoffs(form, joint)[role] == pytest.approx(earned, abs=1e-12)
        swap = max(
            sum(gains[a, b] for a, b in enumerate(swap)) for swap in product(range(m), repeat=m)
        )
        assert swap_regrets(form, joint)[role] == pytest.approx(swap, abs=1e-12)
        external = gains.sum(axis=0).max()
        assert external_regrets(form, joint)[role] == pytest.approx(external, abs=1e-12)


@settings(max_examples=100)
@given(seeds, shapes)
def test_both_are_certified_and_nested(seed: int, shape: tuple[int, ...]) -> None:
    form = random_game(seed, shape)
    tight, coarse = correlated(form), coarse_correlated(form)
    assert tight.status == coarse.status == "solved"
    assert tight.regret < 1e-9
    assert coarse.regret < 1e-9
    assert external_regrets(form, tight.joint).max() < 1e-9
    assert coarse.payoffs.sum() >= tight.payoffs.sum() - 1e-9


@settings(max_examples=100)
@given(seeds, st.integers(1, 4), st.integers(1, 4))
def test_no_nash_equilibrium_is_better_by_any_objective(seed: int, m: int, n: int) -> None:
    form = random_game(seed, (m, n))
    worth = np.random.default_rng(seed).normal(size=(m, n))
    best = correlated(form, objective=worth)
    welfare = correlated(form).payoffs.sum()
    leader = correlated(form, objective={"learner": 1}).payoffs[0]
    for nash in support_enumeration(form):
        assert nash.strategies[0] @ worth @ nash.strategies[1] <= (best.joint * worth).sum() + 1e-9
        assert nash.payoffs.sum() <= welfare + 1e-9
        assert nash.payoffs[0] <= leader + 1e-9


@settings(max_examples=50)
@given(seeds, st.integers(1, 5), st.integers(1, 5))
def test_in_zero_sum_games_every_one_earns_the_value(seed: int, m: int, n: int) -> None:
    form = NormalForm.zero_sum(random_game(seed, (m, n)).payoffs[0])
    value = minimax(form).value
    for weight in (1, -1):
        objective = {"learner": weight}
        assert correlated(form, objective=objective).payoffs[0] == pytest.approx(value, abs=1e-9)
        coarse = coarse_correlated(form, objective=objective)
        assert coarse.payoffs[0] == pytest.approx(value, abs=1e-9)


@settings(max_examples=50)
@given(seeds, shapes)
def test_units_do_not_matter(seed: int, shape: tuple[int, ...]) -> None:
    form = random_game(seed, shape)
    scale = np.logspace(-6, 6, len(shape))
    worth = np.random.default_rng(seed).normal(size=shape)
    first = correlated(form, objective=worth)
    other = correlated(form.transform(scale, scale), objective=worth)
    assert other.status == "solved"
    assert (other.joint * worth).sum() == pytest.approx((first.joint * worth).sum(), abs=1e-8)


def test_maximum_entropy_in_known_games() -> None:
    # Where all is allowed, the uniform distribution; where one is, that one.
    constant = maximum_entropy_correlated(NormalForm(np.zeros((2, 3, 2))))
    np.testing.assert_allclose(constant.joint, 1 / 6, atol=1e-9)
    dilemma = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    np.testing.assert_allclose(maximum_entropy_correlated(dilemma).joint, [[0, 0], [0, 1]])
    # Chicken, symmetric as it is, on a grid of symmetric distributions.
    best = 0.0
    for q, r in product(np.linspace(0, 0.5, 201), repeat=2):
        joint = np.array([[q, r], [r, 1 - q - 2 * r]])
        if joint.min() > 0 and (entropy := -(joint * np.log(joint)).sum()) > best:
            best = entropy if swap_regrets(CHICKEN, joint).max() <= 1e-12 else best
    found = maximum_entropy_correlated(CHICKEN)
    assert best <= found.entropy <= best + 1e-3


@settings(max_examples=50)
@given(seeds, shapes)
def test_maximum_entropy_is_certified(seed: int, shape: tuple[int, ...]) -> None:
    form = random_game(seed, shape)
    answer = maximum_entropy_correlated(form)
    assert answer.status == "solved"
    assert answer.regret < 1e-9
    bound = answer.parameters["bound"]
    assert bound == pytest.approx(answer.entropy, abs=1e-7)
    for objective in (None, np.random.default_rng(seed).normal(size=shape)):
        assert correlated(form, objective=objective).entropy <= answer.entropy + 1e-7


def test_views() -> None:
    answer = correlated(CHICKEN)
    assert answer.marginal("learner") == pytest.approx({"0": 0.25, "1": 0.75})
    assert answer.entropy == pytest.approx(1.5 * np.log(2))
    frame = answer.frame()
    assert frame["probability"].tolist() == answer.joint.ravel().tolist()
    assert (frame["learner_payoff"] * frame["probability"]).sum() == pytest.approx(5.25)
    with pytest.raises(ValueError, match="read-only"):
        answer.joint[0, 0] = 1.0


@settings(max_examples=60)
@given(seeds, shapes)
def test_an_empirical_game_gives_an_interval_and_a_bound(seed: int, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    samples = rng.normal(size=(5, len(shape), *shape))
    form = NormalForm.from_samples(samples)
    answer = correlated(form)
    # Student's t by hand: 2.7764451052 is its 97.5 % point with four degrees of freedom.
    earned = np.array([(answer.joint * replicate[0]).sum() for replicate in samples])
    half = 2.7764451052 * earned.std(ddof=1) / np.sqrt(5)
    assert answer.value == pytest.approx(earned.mean(), abs=1e-12)
    ends = earned.mean() - half, earned.mean() + half
    assert answer.interval == pytest.approx(ends, rel=0, abs=1e-9)
    error = certificate.simultaneous_error(form)
    assert answer.regret_bound == pytest.approx(answer.regret + 2 * error)
    off = NormalForm(form.payoffs + error * rng.uniform(-1, 1, size=form.payoffs.shape))
    there = CorrelatedEquilibrium(off, answer.joint, "there")
    assert there.regret <= answer.regret_bound + 1e-12


def test_exact_payoffs_are_not_in_doubt() -> None:
    answer = correlated(CHICKEN)
    assert answer.value == pytest.approx(5.25)
    assert answer.interval == (answer.value, answer.value)
    assert answer.regret_bound == answer.regret


def test_a_wrong_answer_cannot_pass() -> None:
    answer = CorrelatedEquilibrium(CHICKEN, np.array([[0, 0], [0, 1.0]]), "guess")
    assert answer.regret == 1.0
    assert (answer.regrets > certificate.tolerances(CHICKEN)).all()


@pytest.mark.parametrize(
    ("joint", "message"),
    [
        (np.ones(4) / 4, r"joint must have shape \(2, 2\), got \(4,\)"),
        ([[1.5, -0.5], [0, 0]], "joint must not be negative, got -0.5"),
        ([[0.5, 0.1], [0, 0]], "joint must sum to 1, got 0.6"),
        ([[np.nan, 1], [0, 0]], "joint must not be negative, got nan"),
    ],
)
def test_bad_distributions(joint: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CorrelatedEquilibrium(CHICKEN, joint, "guess")


def test_bad_objectives() -> None:
    with pytest.raises(ValueError, match=r"objective must have the shape of the profiles \(2, 2\)"):
        correlated(CHICKEN, objective=[1, 2])
    with pytest.raises(ValueError, match="objective must be finite, got NaN or infinity"):
        coarse_correlated(CHICKEN, objective=[[1.0, np.inf], [0.0, 0.0]])
    with pytest.raises(LookupError, match="unknown role 'mediator'"):
        correlated(CHICKEN, objective={"mediator": 1})
