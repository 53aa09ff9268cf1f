from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import (
    Chance,
    ExtensiveForm,
    NormalForm,
    Terminal,
    TreeError,
    kuhn_poker,
    leduc_poker,
    random_extensive_form,
)
from armsrace.interop import (
    extensive_form_from_openspiel,
    normal_form_from_openspiel,
    to_openspiel,
)
from armsrace.solvers import (
    cfr,
    cfr_plus,
    coarse_correlated,
    correlated,
    extensive_certificate,
    minimax,
    pure_equilibria,
    sequence_form_lp,
)

pyspiel = pytest.importorskip("pyspiel")

seeds = st.integers(0, 10**9)
shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def random_game(seed: int, *shape: int) -> NormalForm:
    return NormalForm(np.random.default_rng(seed).normal(size=(len(shape), *shape)))


@settings(max_examples=100)
@given(seeds, shapes)
def test_normal_forms_come_back_bit_by_bit(seed: int, shape: tuple[int, ...]) -> None:
    form = random_game(seed, *shape)
    game = to_openspiel(form)
    assert isinstance(game, pyspiel.MatrixGame if len(shape) == 2 else pyspiel.TensorGame)
    back = normal_form_from_openspiel(game)
    assert back.payoffs.tobytes() == form.payoffs.tobytes()
    assert back.actions == form.actions


@settings(max_examples=100)
@given(seeds, st.integers(1, 3))
def test_extensive_forms_come_back_bit_by_bit(seed: int, roles: int) -> None:
    form = random_extensive_form(np.random.default_rng(seed), roles=roles, depth=4)
    back = extensive_form_from_openspiel(to_openspiel(form))
    ours, theirs = form.sequence_form(), back.sequence_form()
    assert theirs.payoffs.tobytes() == ours.payoffs.tobytes()
    assert theirs.terminals.tobytes() == ours.terminals.tobytes()
    assert theirs.chance.tobytes() == ours.chance.tobytes()
    assert [s.actions for s in theirs.sequences] == [s.actions for s in ours.sequences]


def test_labels_are_kept() -> None:
    form = NormalForm.zero_sum([[1, -1]], actions=[["a b"], ['say "c"', "d"]])
    assert normal_form_from_openspiel(to_openspiel(form)).actions == form.actions
    roles = NormalForm(np.zeros((3, 1, 1, 2)), actions=(("x",), ("y",), ("z", "w")))
    assert normal_form_from_openspiel(to_openspiel(roles)).actions == roles.actions


def test_equal_names_of_actions_are_numbered() -> None:
    game = pyspiel.create_matrix_game("g", "g", ["same", "same"], ["x"], [[1], [2]], [[0], [0]])
    assert normal_form_from_openspiel(game).actions == (("0", "1"), ("x",))


def test_a_game_of_one_simultaneous_move_is_a_normal_form() -> None:
    # Blotto of three: who sends most to a field wins it.
    form = normal_form_from_openspiel(pyspiel.load_game("blotto(players=3,coins=3,fields=2)"))
    assert form.shape == (4, 4, 4)
    assert form.is_symmetric()
    assert form.is_zero_sum()


@pytest.mark.parametrize("name", ["kuhn_poker", "tic_tac_toe"])
def test_moves_one_after_another_are_no_normal_form(name: str) -> None:
    with pytest.raises(ValueError, match="game must begin with a simultaneous move"):
        normal_form_from_openspiel(pyspiel.load_game(name))


def test_a_second_move_is_refused() -> None:
    game = pyspiel.load_game("goofspiel(num_cards=3,points_order=descending)")
    with pytest.raises(ValueError, match="game must end after one simultaneous move"):
        normal_form_from_openspiel(game)


# Trees

# Nodes, terminal nodes, information sets of each role.
TREES = {
    "kuhn_poker": (58, 30, [6, 6]),
    "leduc_poker": (9457, 5520, [468, 468]),
    "kuhn_poker(players=3)": (617, 312, [16, 16, 16]),
    "matching_pennies_3p": (15, 8, [1, 1, 1]),
    "matrix_rps": (13, 9, [1, 1]),
}


@pytest.mark.parametrize("name", TREES)
def test_sizes_of_trees(name: str) -> None:
    nodes, ends, sets = TREES[name]
    form = extensive_form_from_openspiel(pyspiel.load_game(name))
    assert len(form.graph) == nodes
    assert len(form.sequence_form().chance) == ends
    assert [len(role.information_sets) for role in form.sequence_form().sequences] == sets


def test_its_pokers_are_ours() -> None:
    for name, own in (("kuhn_poker", kuhn_poker()), ("leduc_poker", leduc_poker())):
        form = extensive_form_from_openspiel(pyspiel.load_game(name))
        value = sequence_form_lp(own).value
        assert sequence_form_lp(form).value == pytest.approx(value, abs=1e-9)


def test_simultaneous_moves_are_unseen_moves_one_after_another() -> None:
    game = pyspiel.load_game("matrix_rpsw")
    normal = normal_form_from_openspiel(game)
    form = extensive_form_from_openspiel(game)
    np.testing.assert_array_equal(form.to_normal_form().payoffs, normal.payoffs)
    assert sequence_form_lp(form).value == pytest.approx(minimax(normal).value, abs=1e-9)


def test_an_uneven_draw_of_chance_is_kept() -> None:
    chances = [0.7, 0.1, 0.2]
    moves = {letter: Terminal([value, 0.0]) for letter, value in zip("abc", range(3), strict=True)}
    back = extensive_form_from_openspiel(
        to_openspiel(ExtensiveForm.from_tree(Chance(moves, chances)))
    )
    assert back.sequence_form().chance.tolist() == chances


def test_imperfect_recall_is_refused() -> None:
    with pytest.raises(TreeError, match="must have perfect recall"):
        extensive_form_from_openspiel(pyspiel.load_game("dark_hex_ir(board_size=2)"))


@pytest.mark.parametrize(
    ("name", "max_nodes", "message"),
    [
        ("kuhn_poker", 57, "the tree must have at most 57 nodes: raise max_nodes"),
        ("mfg_crowd_modelling", 100, "game must have players, got a mean-field game"),
        ("pathfinding", 100, "game must provide information state strings"),
    ],
)
def test_what_is_no_tree_is_refused(name: str, max_nodes: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        extensive_form_from_openspiel(pyspiel.load_game(name), max_nodes=max_nodes)


def test_a_tree_of_exactly_the_most_nodes_is_taken() -> None:
    game = pyspiel.load_game("kuhn_poker")
    assert len(extensive_form_from_openspiel(game, max_nodes=58).graph) == 58


def test_its_own_file_of_kuhns_poker_is_read() -> None:
    form = ExtensiveForm.from_efg(pyspiel.get_kuhn_poker_efg_data())
    assert sequence_form_lp(form).value == pytest.approx(-1 / 18, abs=1e-12)


# The solvers


def policy(form: ExtensiveForm, strategies: Sequence[np.ndarray]) -> object:
    """Behavior strategies as a policy of OpenSpiel, for games that number the actions in order."""
    table = {}
    for role, strategy in zip(form.sequence_form().sequences, strategies, strict=True):
        for place, label in enumerate(role.information_sets):
            chances = strategy[role.starts[place] : role.starts[place + 1]]
            table[label] = list(enumerate(chances.tolist()))
    return pyspiel.TabularPolicy(table)


@pytest.mark.parametrize("seed", range(10))
def test_minimax_strategies_cannot_be_exploited(seed: int) -> None:
    form = NormalForm.zero_sum(random_game(seed, 6, 7).payoffs[0])
    game = pyspiel.convert_to_turn_based(to_openspiel(form))
    tree = extensive_form_from_openspiel(game)
    mixed = [np.append(1.0, strategy) for strategy in minimax(form).strategies]
    assert pyspiel.exploitability(game, policy(tree, mixed)) == pytest.approx(0.0, abs=1e-9)
    mixed = [np.append(1.0, np.eye(m)[0]) for m in form.shape]
    expected = extensive_certificate.exploitability(tree.sequence_form(), mixed)
    assert pyspiel.exploitability(game, policy(tree, mixed)) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_counterfactual_regrets_lead_to_one_value(seed: int) -> None:
    rng = np.random.default_rng(seed)
    form = random_extensive_form(rng, roles=2, depth=4, zero_sum=True)
    game = to_openspiel(form)
    solver = pyspiel.CFRPlusSolver(game)
    for _ in range(300):
        solver.evaluate_and_update_policy()
    theirs = pyspiel.exploitability(game, solver.average_policy())
    ours = cfr_plus(form, iterations=300)
    assert abs(ours.value - sequence_form_lp(form).value) <= ours.regrets.sum() + 1e-12
    assert theirs < 0.1
    assert ours.regrets.sum() < 0.1


def test_exploitability_agrees() -> None:
    game = pyspiel.load_game("kuhn_poker")
    form = extensive_form_from_openspiel(game)
    for answer, most in ((cfr(form, iterations=50), 1.0), (sequence_form_lp(form), 1e-9)):
        theirs = pyspiel.exploitability(game, policy(form, answer.strategies))
        ours = extensive_certificate.exploitability(form.sequence_form(), answer.strategies)
        assert ours == pytest.approx(theirs, abs=1e-12)
        assert ours < most


@pytest.mark.parametrize("seed", range(10))
def test_correlated_equilibria_are_theirs_too(seed: int) -> None:
    form = random_game(seed, 3, 3, 2)
    game = pyspiel.convert_to_turn_based(to_openspiel(form))
    tree = extensive_form_from_openspiel(game)
    labels = [sets.information_sets[0] for sets in tree.sequence_form().sequences]
    for answer, distance in (
        (correlated(form), pyspiel.ce_dist),
        (coarse_correlated(form), pyspiel.cce_dist),
    ):
        device = []
        for profile in np.argwhere(answer.joint > 0.0):
            told = zip(labels, profile.tolist(), form.shape, strict=True)
            obeyed = {label: list(enumerate(np.eye(m)[a].tolist())) for label, a, m in told}
            device.append((float(answer.joint[tuple(profile)]), pyspiel.TabularPolicy(obeyed)))
        assert distance(game, device).dist_value < 1e-8
    assert correlated(form).payoffs.sum() <= coarse_correlated(form).payoffs.sum() + 1e-9
    welfare = [answer.payoffs.sum() for answer in pure_equilibria(form)]
    assert correlated(form).payoffs.sum() >= max(welfare, default=-np.inf) - 1e-9
