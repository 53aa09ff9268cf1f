from collections.abc import Hashable
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import (
    Chance,
    Decision,
    ExtensiveForm,
    GameFileError,
    Terminal,
    kuhn_poker,
    leduc_poker,
    random_extensive_form,
)
from armsrace.forms.efg import write_efg

# R. Selten, "Reexamination of the perfectness concept for equilibrium points in extensive games",
# International Journal of Game Theory 4 (1975) 25-55, figure 1: his horse. The third player cannot
# tell who has moved down.
HORSE = r"""EFG 2 R "Selten's \"horse\"" { "1" "2" "3" }
"Three players, written by hand."

p "" 1 1 "first" { "across" "down" } 0
p "" 2 1 "second" { "across" "down" } 0
t "" 1 "all across" { 1, 1, 1 }
p "" 3 1 "third" { "left" "right" } 0
t "" 2 "" { 4 4 0 }
t "" 3 "" { 0, 0, 1 }
p "" 3 1 0
t "" 4 "" { 3, 3, 2 }
t "" 0
"""

# A stake that is paid to enter, and a prize: outcomes on the way add up.
FEES = """EFG 2 D "fees" { "learner" "adversary" }
p "gate" 1 1 "gate" { "enter" "stay out" } 0
c "" 1 "luck" { "won" 1/3 "lost" 2/3 } 1 "the fee" { -1/3, 0 }
p "" 2 1 "" { "pay" "flee" } 2 "the fine" { 0.1 -0.1 }
t "" 3 "the prize" { 10, -10 }
t "" 1
t "" 0
t "" 0
"""


def attributes(form: ExtensiveForm) -> list[tuple[dict[str, object], list[dict[str, object]]]]:
    """Return all that a tree says, in preorder."""
    order = nx.dfs_preorder_nodes(form.graph, form.root)
    return [(form.graph.nodes[n], list(form.graph.adj[n].values())) for n in order]


def same_bits(first: ExtensiveForm, second: ExtensiveForm) -> bool:
    one, two = first.sequence_form(), second.sequence_form()
    return all(
        a.tobytes() == b.tobytes()
        for a, b in zip(
            (one.payoffs, one.chance, one.terminals),
            (two.payoffs, two.chance, two.terminals),
            strict=True,
        )
    )


def test_seltens_horse_has_two_pure_equilibria_outcomes() -> None:
    form = ExtensiveForm.from_efg(HORSE)
    assert [len(s.information_sets) for s in form.sequence_form().sequences] == [1, 1, 1]
    normal = form.to_normal_form()
    assert normal.roles == ("1", "2", "3")
    is_best = [normal.payoffs[i] >= normal.payoffs[i].max(axis=i, keepdims=True) for i in range(3)]
    found = [
        tuple(normal.actions[i][a][0][1] for i, a in enumerate(profile))  # type: ignore[index]
        for profile in np.argwhere(np.logical_and.reduce(is_best)).tolist()
    ]
    assert sorted(found) == [("across", "across", "right"), ("down", "across", "left")]


def test_outcomes_on_the_way_add_up() -> None:
    form = ExtensiveForm.from_efg(FEES)
    payoffs = form.sequence_form().payoffs.T
    assert payoffs[0].tolist() == [-1 / 3 + 0.1 + 10, -10.1]
    assert payoffs[1] == pytest.approx([-2 / 3 + 0.1, -0.1], abs=1e-16)
    assert payoffs[2:].tolist() == [[-1 / 3, 0], [0, 0]]
    assert form.sequence_form().chance.tolist() == [1 / 3, 1 / 3, 2 / 3, 1]


def test_a_zero_keeps_its_sign_unless_something_is_added_to_it() -> None:
    text = """EFG 2 R "" { "a" "b" "c" }
    p "" 1 1 "" { "x" "y" "z" } 1 "" { -0.0 1 0 }
    t "" 2 "" { -0.0 -1 -0.0 }
    t "" 3 "" { 2 -0.0 0 }
    t "" 0"""
    payoffs = ExtensiveForm.from_efg(text).sequence_form().payoffs.T
    assert str(payoffs.tolist()) == "[[-0.0, 0.0, -0.0], [2.0, 1.0, 0.0], [-0.0, 1.0, 0.0]]"


@pytest.mark.parametrize("payoffs", [(0.0, -0.0), (-0.0, 0.0), (-0.0, -0.0)])
def test_zeros_of_either_sign_come_back(payoffs: tuple[float, float]) -> None:
    tree = Decision("learner", "x", {"a": Terminal(payoffs), "b": Terminal((0.0, 0.0))})
    form = ExtensiveForm.from_tree(tree)
    assert same_bits(form, ExtensiveForm.from_efg(form.to_efg()))


def test_names_of_nodes_are_kept_and_sets_without_labels_numbered() -> None:
    form = ExtensiveForm.from_efg(FEES)
    assert form.graph.nodes[0]["name"] == "gate"
    assert form.sequence_form().of("learner").information_sets == ("gate",)
    assert form.sequence_form().of("adversary").information_sets == ("1",)
    assert attributes(ExtensiveForm.from_efg(form.to_efg("again"))) == attributes(form)


def test_equal_labels_of_sets_and_actions_are_numbered() -> None:
    text = """EFG 2 R "" { "learner" }
    p "" 1 1 "x" { "" "" } 0
    p "" 1 5 "x" { "a" "a" } 0  t "" 0  t "" 0
    p "" 1 3 "y" { "a" } 0  t "" 0"""
    role = ExtensiveForm.from_efg(text).sequence_form().of("learner")
    assert role.information_sets == ("1", "5", "3")
    assert role.actions == (("0", "1"), ("0", "1"), ("a",))


def test_a_game_of_rounded_probabilities_is_read() -> None:
    # As other programs print 1/3; they add up to a bit less than 1.
    third = "0.3333333333333333"
    text = f'EFG 2 R "" {{ "a" }} c "" 1 "" {{ "x" {third} "y" {third} "z" {third} }} 0 '
    form = ExtensiveForm.from_efg(text + 't "" 1 "" { 1 } t "" 1 t "" 1')
    assert form.sequence_form().chance.tolist() == [1 / 3] * 3
    assert '"x" 1/3 "y" 1/3 "z" 1/3' in form.to_efg()


@settings(max_examples=100)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_what_is_written_is_read_back_bit_by_bit(seed: int, roles: int) -> None:
    form = random_extensive_form(np.random.default_rng(seed), roles=roles, depth=4)
    back = ExtensiveForm.from_efg(form.to_efg('a "title"'))
    assert same_bits(form, back)
    for one, two in zip(
        form.sequence_form().sequences, back.sequence_form().sequences, strict=True
    ):
        assert (one.information_sets, one.actions) == (two.information_sets, two.actions)
    assert back.to_efg() == form.to_efg()


@settings(max_examples=100)
@given(
    st.lists(st.text(max_size=4).map(lambda text: text.rstrip("\\")), min_size=2, unique=True),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=4, max_size=4),
)
def test_any_label_and_payoff_come_back(labels: list[str], payoffs: list[float]) -> None:
    ends: dict[Hashable, Terminal] = {labels[0]: Terminal(payoffs[:2])}
    ends |= {label: Terminal(payoffs[2:]) for label in labels[1:]}
    tree = Decision("learner", "set " + labels[0], ends)
    form = ExtensiveForm.from_tree(Chance(dict.fromkeys(labels, tree)))
    back = ExtensiveForm.from_efg(form.to_efg())
    assert same_bits(form, back)
    assert back.sequence_form().of("learner").actions == (tuple(labels),)


def test_poker_comes_back() -> None:
    for form in (kuhn_poker(), leduc_poker()):
        assert same_bits(form, ExtensiveForm.from_efg(form.to_efg()))


HEAD = 'EFG 2 R "" { "a" "b" }\n'
MOVE = HEAD + 'p "" 1 1 "" { "x" "y" } 0\n'
LEAF = 't "" 1 "" { 1 2 }\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected EFG, got the end of the file"),
        ('EFG 1 R "" { "a" }', "line 1: expected version 2 of EFG, got 1"),
        (HEAD, "line 2: expected c or p or t, got the end of the file"),
        (HEAD + 'x ""', "line 2: expected c or p or t, got x"),
        (HEAD + "t 1", "line 2: expected the name of the node, got 1"),
        (HEAD + 't "" 1', "line 2: expected the payoffs of the new outcome 1, got the end"),
        (HEAD + 't "" -1', "line 2: expected the number of an outcome, 0 or more, got -1"),
        (HEAD + 't "" 1 "" { 1 }', "line 2: expected a payoff, got }"),
        (HEAD + 't "" 1 "" { 1 2 3 }', "line 2: expected '}', got 3"),
        (HEAD + LEAF + LEAF, "line 3: expected the end of the file, got t"),
        (MOVE + LEAF, "line 4: expected c or p or t, got the end of the file"),
        (MOVE + LEAF + 't "" 1 "" { 1 3 }', r"line 4: outcome 1 must have payoffs \[1.0, 2.0\]"),
        (HEAD + 'p "" 3 1 "" { "x" } 0', "line 2: expected the number of a player, 2 or less"),
        (HEAD + 'p "" 0 1 "" { "x" } 0', "line 2: expected the number of a player, 1 or more"),
        (HEAD + 'p "" 1 1 "" { } 0', "line 2: there must be an action"),
        (HEAD + 'p "" 1 1 0', "line 2: expected the actions of the new information set 1, got 0"),
        (MOVE + 'p "" 1 1 "" { "x" } 0', "line 3: information set 1 must have actions .* again"),
        (HEAD + 'c "" 1 0', "line 2: expected the moves of the new information set 1 of chance"),
        (HEAD + 'c "" 1 "" { } 0', "line 2: expected the label of a move, got }"),
        (HEAD + 'c "" 1 "" { "x" } 0', "line 2: expected the probability of a move, got }"),
        (HEAD + '\nc "" 1 "" { "x" 0.9 } 0\n' + LEAF, "line 3: probabilities must sum to 1, got"),
        (
            HEAD + '\nc "" 1 "" { "x" -1 "y" 2 } 0\n' + LEAF * 2,
            r"line 3: probability must be in \[0, 1\], got -1",
        ),
        (
            HEAD + 'p "" 1 1 "" { "x" } 1 "" { 1e308 0 }\nt "" 2 "" { 1e308 0 }',
            "line 3: payoffs on a path must have a sum that float64 can hold",
        ),
    ],
)
def test_malformed_files_are_refused_with_their_line(text: str, message: str) -> None:
    with pytest.raises(GameFileError, match=message):
        ExtensiveForm.from_efg(text)


def test_forgetting_is_refused_with_the_line_and_the_information_set() -> None:
    text = """EFG 2 R "forgetful" { "learner" }
    p "" 1 1 "first" { "x" "y" } 0
    p "" 1 2 "second" { "x" "y" } 0
    t "" 0
    t "" 0
    p "" 1 2 0
    t "" 0
    t "" 0"""
    with pytest.raises(
        GameFileError, match="line 6: information set 'second' of learner must have"
    ):
        ExtensiveForm.from_efg(text)


def test_gambit_reads_what_is_written(tmp_path: Path) -> None:
    gambit = pytest.importorskip("pygambit")
    path = tmp_path / "game.efg"
    path.write_text(kuhn_poker().to_efg("Kuhn"))
    game = gambit.read_efg(path)
    assert [len(list(game.get_infosets(player))) for player in game.players] == [6, 6]
    equilibrium = gambit.nash.lp_solve(game).equilibrium
    assert float(equilibrium.payoffs["learner"]) == pytest.approx(-1 / 18, abs=1e-15)


def test_probabilities_are_written_as_they_are_asked_for() -> None:
    form = ExtensiveForm.from_tree(Chance({"x": Terminal([1.0]), "y": Terminal([2.0])}, [0.1, 0.9]))
    text = write_efg(form, probabilities=lambda chances: [f"{chance:.2f}" for chance in chances])
    assert '{ "x" 0.10 "y" 0.90 }' in text
    assert '{ "x" 1/10 "y" 9/10 }' in form.to_efg()
