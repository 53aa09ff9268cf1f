import numpy as np
import pytest

from armsrace.forms import ExtensiveForm, kuhn_poker, leduc_poker, matching_pennies


@pytest.fixture(scope="module")
def leduc() -> ExtensiveForm:
    return leduc_poker()


def paid(game: ExtensiveForm, *actions: str) -> float:
    """Follow a play from the root and return what the learner receives."""
    node = game.root
    for action in actions:
        edges = game.graph.adj[node].items()
        node = next(child for child, edge in edges if edge["action"] == action)
    return float(game.graph.nodes[node]["payoffs"][0])


def test_sizes_of_poker(leduc: ExtensiveForm) -> None:
    # 936 information sets and 9,457 nodes, as OpenSpiel counts for leduc_poker.
    assert len(leduc.graph) == 9457
    form = leduc.sequence_form()
    assert [len(role.information_sets) for role in form.sequences] == [468, 468]
    assert len(form.chance) == 5520
    kuhn = kuhn_poker().sequence_form()
    assert [len(role.information_sets) for role in kuhn.sequences] == [6, 6]
    assert [role.count for role in kuhn.sequences] == [13, 13]
    assert [role.reduced_count for role in kuhn.sequences] == [27, 64]
    assert [role.strategy_count for role in kuhn.sequences] == [64, 64]


@pytest.mark.parametrize(
    ("play", "payoff"),
    [
        ("KJ check check", 1),
        ("JK check bet fold", -1),
        ("JK check bet call", -2),
        ("QJ bet fold", 1),
        ("QK bet call", -2),
    ],
)
def test_kuhn_poker_pays(play: str, payoff: float) -> None:
    assert paid(kuhn_poker(), *play.split()) == payoff


@pytest.mark.parametrize(
    ("play", "payoff"),
    [
        ("K1 J1 call raise fold", -1),
        ("K1 J1 raise raise fold", -3),
        ("J1 K1 raise call J2 call call", 3),  # a pair beats the king
        ("K1 J1 call call Q1 raise raise call", 9),
        ("K1 K2 raise raise call Q1 raise raise call", 0),  # equal ranks split
        ("K1 J1 raise raise call J2 raise raise call", -13),
        ("Q1 J1 call call K1 call raise fold", -1),
    ],
)
def test_leduc_poker_pays(leduc: ExtensiveForm, play: str, payoff: float) -> None:
    assert paid(leduc, *play.split()) == payoff


def test_leduc_poker_hides_the_other_card_and_allows_two_raises(
    leduc: ExtensiveForm,
) -> None:
    role = leduc.sequence_form().of("adversary")
    at = dict(zip(role.information_sets, role.actions, strict=True))
    assert at["J1 r"] == ("fold", "call", "raise")
    assert at["J1 c"] == ("call", "raise")
    assert at["Q2 K1 rrc/r"] == ("fold", "call", "raise")
    assert at["Q2 K1 rc/crr"] == ("fold", "call")


def test_the_adversary_does_not_see_the_penny() -> None:
    form = matching_pennies().sequence_form()
    assert form.of("adversary").information_sets == ("unseen",)
    assert np.array_equal(form.payoffs[0], [1, -1, -1, 1])
