import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm, RepeatedGame
from armsrace.interop import from_quantecon, to_quantecon
from armsrace.solvers import (
    certificate,
    lemke_howson,
    minimax,
    payoff_set,
    pure_equilibria,
    vertex_enumeration,
)

theory = pytest.importorskip("quantecon.game_theory")

seeds = st.integers(0, 10**9)
shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def random_game(seed: int, shape: tuple[int, ...]) -> NormalForm:
    return NormalForm(np.random.default_rng(seed).normal(size=(len(shape), *shape)))


@settings(max_examples=100)
@given(seeds, shapes)
def test_payoffs_come_back_bit_by_bit(seed: int, shape: tuple[int, ...]) -> None:
    form = random_game(seed, shape)
    back = from_quantecon(to_quantecon(form))
    assert back.payoffs.tobytes() == form.payoffs.tobytes()


@settings(max_examples=60)
@given(seeds, shapes)
def test_every_profile_has_its_payoffs(seed: int, shape: tuple[int, ...]) -> None:
    form = random_game(seed, shape)
    game = to_quantecon(form)
    for profile in np.ndindex(shape):
        theirs = game[profile] if len(shape) > 1 else [game.players[0].payoff_array[profile]]
        assert list(theirs) == form.payoffs[(slice(None), *profile)].tolist()


@settings(max_examples=60)
@given(seeds, st.lists(st.integers(1, 4), min_size=2, max_size=4).map(tuple))
def test_pure_equilibria_agree(seed: int, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    form = NormalForm(rng.integers(0, 4, size=(len(shape), *shape)).astype(float))
    theirs = theory.pure_nash_brute(to_quantecon(form))
    ours = [tuple(int(s.argmax()) for s in answer.strategies) for answer in pure_equilibria(form)]
    assert ours == theirs


@pytest.mark.parametrize("seed", range(10))
def test_equilibria_agree_on_random_games(seed: int) -> None:
    form = random_game(seed, (5, 6))
    game = to_quantecon(form)
    theirs = np.array([np.concatenate(pair) for pair in theory.vertex_enumeration(game)])
    ours = np.array([np.concatenate(answer.strategies) for answer in vertex_enumeration(form)])
    assert len(ours) == len(theirs)
    distances = np.abs(ours[:, None] - theirs).max(axis=2)
    assert max(distances.min(axis=0).max(), distances.min(axis=1).max()) < 1e-8


@pytest.mark.parametrize("seed", range(10))
def test_the_path_of_lemke_and_howson_agrees(seed: int) -> None:
    form = random_game(seed, (8, 8))
    for label in range(16):
        theirs = theory.lemke_howson(to_quantecon(form), init_pivot=label)
        for one, other in zip(lemke_howson(form, label=label).strategies, theirs, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_values_of_zero_sum_games_agree(seed: int) -> None:
    matrix = np.random.default_rng(seed).normal(size=(7, 9))
    answer = minimax(NormalForm.zero_sum(matrix))
    x, y = theory.lemke_howson(to_quantecon(answer.form))
    assert answer.value == pytest.approx(x @ matrix @ y, abs=1e-9)


def test_regrets_agree_in_games_of_three() -> None:
    form = random_game(1, (2, 3, 4))
    rng = np.random.default_rng(2)
    mixed = [rng.dirichlet(np.ones(m)) for m in form.shape]
    game = to_quantecon(form)
    for i, player in enumerate(game.players):
        others = tuple(mixed[(i + k) % 3] for k in (1, 2))
        vector = player.payoff_vector(others)
        regret = vector.max() - mixed[i] @ vector
        assert certificate.regrets(form, mixed)[i] == pytest.approx(regret, abs=1e-12)


def test_payoffs_of_a_repeated_game_agree() -> None:
    stage = NormalForm.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    theirs = theory.RepeatedGame(to_quantecon(stage), 0.3).equilibrium_payoffs()
    theirs = theirs.points[theirs.vertices]
    ours = payoff_set(RepeatedGame(stage, 0.3)).vertices
    assert sorted(map(tuple, ours.round(6).tolist())) == sorted(
        map(tuple, theirs.round(6).tolist())
    )


def test_payoffs_that_are_not_finite_are_refused() -> None:
    game = theory.NormalFormGame([[[1.0, 1.0], [-np.inf, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    with pytest.raises(ValueError, match="payoffs must be finite, got -inf"):
        from_quantecon(game)
