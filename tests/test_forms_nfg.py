from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import GameFileError, NormalForm
from armsrace.forms.nfg import read_nfg, write_nfg, write_nfg_payoffs

# The stag hunt, with Rousseau's story: A. Rapoport, "Game theory as a theory of conflict
# resolution" (1974), in both dialects.
STAG_OUTCOMES = r"""NFG 1 R "The \"stag\" hunt" { "Ann" "Bob" }
{ { "stag" "hare" }
  { "stag" "hare" } }
"Outcome 0 gives nothing, so that it need not be listed."

{
{ "a feast" 4, 4 }
{ "one hare" 3 0 }
{ "" 0, 3 }
{ "two hares" 3, 3, }
}
1 2 3 4
"""
STAG_PAYOFFS = 'NFG 1 D "" { "Ann" "Bob" } { 2 2 } "no labels" 4 4 3 0 0 3 3 3'
STAG = [[[4, 0], [3, 3]], [[4, 3], [0, 3]]]

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@pytest.mark.parametrize("text", [STAG_OUTCOMES, STAG_PAYOFFS])
def test_the_first_action_changes_fastest_in_both_dialects(text: str) -> None:
    form = NormalForm.from_nfg(text)
    assert form.payoffs.tolist() == STAG
    assert form.roles == ("Ann", "Bob")


def test_labels_are_kept() -> None:
    assert NormalForm.from_nfg(STAG_OUTCOMES).actions == (("stag", "hare"), ("stag", "hare"))
    assert NormalForm.from_nfg(STAG_PAYOFFS).actions == (("0", "1"), ("0", "1"))


def test_payoffs_can_follow_labels() -> None:
    text = 'NFG 1 R "" { "Ann" "Bob" } { { "up" "down" } { "left" } } 1 2 3 4'
    form = NormalForm.from_nfg(text)
    assert form.payoffs.tolist() == [[[1], [3]], [[2], [4]]]
    assert form.actions == (("up", "down"), ("left",))


def test_three_roles() -> None:
    numbers = np.arange(2 * 3 * 2 * 3)
    text = f'NFG 1 R "" {{ "a" "b" "c" }} {{ 2 3 2 }} {" ".join(map(str, numbers))}'
    payoffs = NormalForm.from_nfg(text).payoffs
    assert payoffs.shape == (3, 2, 3, 2)
    # Profile (1, 2, 1) is the last of 2 * 3 * 2; (0, 1, 0) the third.
    assert payoffs[:, 1, 2, 1].tolist() == [33, 34, 35]
    assert payoffs[:, 0, 1, 0].tolist() == [6, 7, 8]


def test_outcome_zero_pays_nothing() -> None:
    text = 'NFG 1 R "" { "Ann" "Bob" } { { "up" "down" } { "left" } } { { "" 1, 2 } } 0 1'
    assert NormalForm.from_nfg(text).payoffs.tolist() == [[[0], [1]], [[0], [2]]]
    text = 'NFG 1 R "" { "Ann" } { { "up" "down" } } { } 0 0'
    assert NormalForm.from_nfg(text).payoffs.tolist() == [[0, 0]]


def test_equal_names_give_way_to_default_names() -> None:
    text = 'NFG 1 R "" { "Ann" "Ann" } { { "" "" } { "left" } } 1 2 3 4'
    form = NormalForm.from_nfg(text)
    assert form.roles == ("player 1", "player 2")
    assert form.actions == (("0", "1"), ("left",))


@settings(max_examples=200)
@given(SHAPES, st.data())
def test_what_is_written_is_read_back_bit_by_bit(shape: list[int], data: st.DataObject) -> None:
    finite = st.floats(allow_nan=False, allow_infinity=False)
    size = len(shape) * int(np.prod(shape))
    values = data.draw(st.lists(finite, min_size=size, max_size=size))
    label = st.text(max_size=5).map(lambda text: text.rstrip("\\"))
    actions = tuple(
        tuple(data.draw(st.lists(label, min_size=m, max_size=m, unique=True))) for m in shape
    )
    form = NormalForm(np.reshape(values, (len(shape), *shape)), actions)
    for text in (write_nfg(form, 'the "title"'), write_nfg_payoffs(form)):
        back = read_nfg(text)
        assert back.payoffs.tobytes() == form.payoffs.tobytes()
        assert back.roles == form.roles
    assert NormalForm.from_nfg(form.to_nfg()).actions == form.actions


def test_an_empirical_game_is_written_by_its_mean() -> None:
    form = NormalForm.from_samples([[[[1.0]], [[0.0]]], [[[2.0]], [[0.0]]]])
    back = NormalForm.from_nfg(form.to_nfg())
    assert back.payoffs.tolist() == [[[1.5]], [[0.0]]]
    assert back.samples is None


HEAD = 'NFG 1 R "" { "a" "b" }'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected NFG, got the end of the file"),
        ("EFG 2 R", "line 1: expected NFG, got EFG"),
        ("NFG\n2 R", "line 2: expected version 1 of NFG, got 2"),
        ("NFG 1 Q", "line 1: expected R or D, got Q"),
        ("NFG 1 R untitled", "line 1: expected a title, got untitled"),
        ('NFG 1 R "" { }', "line 1: a game must have 1 to 63 players, got 0"),
        ('NFG 1 R ""' + "\n{" + '"p" ' * 64 + "}", "line 2: a game must have 1 to 63 players"),
        ('NFG 1 R "" { "a" 2 }', "line 1: expected the name of a player, got 2"),
        (HEAD + "\n{ 2 }", "line 2: expected a number of actions, got }"),
        (HEAD + "{ 2 2 2 }", "line 1: expected '}', got 2"),
        (HEAD + "{ 0 2 }", "line 1: expected a number of actions, 1 or more, got 0"),
        (HEAD + '{ { "x" } { } }', "line 1: every player must have an action"),
        (HEAD + "{ 1 2 }\n1 2\n3", "line 3: expected payoff 4 of 4, got the end of the file"),
        (HEAD + "{ 1 1 }\n1 2\n3", "line 3: expected the end of the file, got 3"),
        (HEAD + "{ 999999999 999999999 } 1", "expected payoff 2 of 1999999996000000002, got the"),
        (HEAD + "{ 1 1 } { 1 2 } 1", "line 1: expected '}', got 1"),
        (HEAD + "{ 1 1 } { { 1 2 } } 1", "line 1: expected the label of an outcome, got 1"),
        (HEAD + '{ 1 1 } { { "" 1 } } 1', "line 1: expected a payoff, got }"),
        (HEAD + '{ 1 1 } { { "" 1 2 3 } } 1', "line 1: expected '}', got 3"),
        (HEAD + '{ 1 1 } { { "" 1 2 } }\n2', "line 2: expected outcome 1 of 1, 1 or less, got 2"),
        (HEAD + '{ 1 1 } { { "" 1 2 } }\n"', "line 2: .* got a quote that is never closed"),
    ],
)
def test_malformed_files_are_refused_with_their_line(text: str, message: str) -> None:
    with pytest.raises(GameFileError, match=message):
        NormalForm.from_nfg(text)


def test_gambit_reads_what_is_written(tmp_path: Path) -> None:
    gambit = pytest.importorskip("pygambit")
    scale = 10.0 ** np.random.default_rng(1).integers(-30, 30, size=(3, 2, 3, 4))
    form = NormalForm(np.random.default_rng(0).normal(size=(3, 2, 3, 4)) * scale)
    for text in (write_nfg(form), write_nfg_payoffs(form)):
        path = tmp_path / "game.nfg"
        path.write_text(text)
        game = gambit.read_nfg(path)
        assert np.array(game.to_arrays(dtype=float)).tolist() == form.payoffs.tolist()
