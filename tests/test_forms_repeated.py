from itertools import cycle, islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm, RepeatedGame
from armsrace.solvers import minimax

ACTIONS = [["calm", "arm"], ["calm", "arm"]]
DILEMMA = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=ACTIONS)
CALM, ARM = ("calm", "calm"), ("arm", "arm")


@pytest.mark.parametrize("discount", [0.3, 0.5, 0.9])
def test_grim_trigger_deters_from_one_half_on(discount: float) -> None:
    # With temptation 5, reward 3 and punishment 1 the critical discount is (5 - 3) / (5 - 1): the
    # folk theorem's textbook case (Mailath and Samuelson 2006, section 2.5).
    game = RepeatedGame(DILEMMA, discount)
    loyal = game.payoffs([CALM])[0]
    disloyal = game.payoffs([ARM], prefix=[("arm", "calm")])[0]
    assert (loyal >= disloyal - 1e-12) == (discount >= 0.5)


@settings(max_examples=200)
@given(
    st.floats(0, 0.95),
    st.lists(
        st.sampled_from([CALM, ARM, ("arm", "calm"), ("calm", "arm")]), min_size=1, max_size=5
    ),
    st.lists(st.sampled_from([CALM, ARM, ("arm", "calm"), ("calm", "arm")]), max_size=5),
)
def test_a_path_earns_the_discounted_sum(
    discount: float, period: list[tuple[str, str]], prefix: list[tuple[str, str]]
) -> None:
    game = RepeatedGame(DILEMMA, discount)
    earned = dict(
        zip(
            [CALM, ("calm", "arm"), ("arm", "calm"), ARM],
            [[3, 3], [0, 5], [5, 0], [1, 1]],
            strict=True,
        )
    )
    rounds = [*prefix, *islice(cycle(period), 1000)]
    weights = (1 - discount) * discount ** np.arange(len(rounds))
    values = game.continuation_payoffs(period, prefix)
    assert len(values) == len(prefix) + len(period)
    for start, value in enumerate(values):
        tail = np.array([earned[profile] for profile in rounds[start:]])
        assert value == pytest.approx(weights[: len(tail)] @ tail, abs=1e-9)
    assert (game.payoffs(period, prefix) == values[0]).all()


def test_three_roles_earn_along_a_path() -> None:
    payoffs = np.arange(24.0).reshape(3, 2, 2, 2)
    game = RepeatedGame(NormalForm(payoffs), 0.5)
    assert game.payoffs([("0", "1", "0")]).tolist() == payoffs[:, 0, 1, 0].tolist()


@pytest.mark.parametrize(
    ("stage", "pure", "mixed"),
    [
        (DILEMMA, [1, 1], [1, 1]),
        (NormalForm.zero_sum([[1, -1], [-1, 1]]), [1, 1], [0, 0]),
        # Bach or Stravinsky: the other mixes so that both actions earn 2/3.
        (NormalForm.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]]), [1, 1], [2 / 3, 2 / 3]),
        (NormalForm.from_bimatrix([[7, 7]], [[0, 4]]), [7, 4], [7, 4]),
    ],
)
def test_minmax_values(stage: NormalForm, pure: list[float], mixed: list[float]) -> None:
    game = RepeatedGame(stage, 0.9)
    assert game.pure_minmax().tolist() == pure
    assert game.minmax() == pytest.approx(mixed, abs=1e-12)


def test_punishers_of_a_third_role_gain_by_acting_jointly() -> None:
    # The third loses only when all three do the same: the others hold it to 1/2 by a common coin,
    # but to no less than 1 by an action each.
    third = np.ones((2, 2, 2))
    third[0, 0, 0] = third[1, 1, 1] = 0
    game = RepeatedGame(
        NormalForm(np.stack([np.zeros((2, 2, 2)), np.zeros((2, 2, 2)), third])), 0.9
    )
    assert game.pure_minmax().tolist() == [0, 0, 1]
    assert game.minmax() == pytest.approx([0, 0, 0.5], abs=1e-12)


@settings(max_examples=100)
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 6), st.floats(-6, 6))
def test_minmax_of_a_zero_sum_game_is_its_value(seed: int, m: int, n: int, size: float) -> None:
    stage = NormalForm.zero_sum(10**size * np.random.default_rng(seed).normal(size=(m, n)))
    value = minimax(stage).value
    found = RepeatedGame(stage, 0.5).minmax()
    assert found == pytest.approx([value, -value], abs=1e-9 * 10**size)
    assert (found <= RepeatedGame(stage, 0.5).pure_minmax() + 1e-12 * 10**size).all()


@pytest.mark.parametrize("discount", [-0.1, 1.0, float("nan")])
def test_the_discount_is_below_one(discount: float) -> None:
    with pytest.raises(ValueError, match=r"discount must be in \[0, 1\), got"):
        RepeatedGame(DILEMMA, discount)


def test_paths_are_checked() -> None:
    game = RepeatedGame(DILEMMA, 0.5)
    with pytest.raises(ValueError, match="cycle must hold one round or more, got none"):
        game.payoffs([])
    with pytest.raises(ValueError, match=r"an action for each of 2 roles, got \('calm',\)"):
        game.payoffs([("calm",)])
    with pytest.raises(LookupError, match="adversary has no action 'peace'; its actions are calm"):
        game.payoffs([CALM], prefix=[("calm", "peace")])


def test_repr_shows_the_stage() -> None:
    first, *_ = repr(RepeatedGame(DILEMMA, 0.5)).splitlines()
    assert (
        first == "RepeatedGame: discount 0.5, stage NormalForm: 2 x 2, general-sum, exact payoffs"
    )
