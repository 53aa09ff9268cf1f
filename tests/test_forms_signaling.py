"""Honeypots and disinformation: the games, their equilibria, and what is believed in them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import (
    ExtensiveForm,
    NormalForm,
    disinformation_game,
    honeypot_game,
    honeypot_inspection,
    kuhn_poker,
    matching_pennies,
    signaling_game,
)
from armsrace.solvers import (
    behavior_enumeration,
    sequence_form_lp,
    signal_beliefs,
    vertex_enumeration,
)
from armsrace.theory import inspection

sizes = st.floats(0.125, 4.0)
prices = st.one_of(st.just(0.0), st.floats(0.05, 4.0))


def test_inspection_game_has_the_mixed_equilibrium_of_theory() -> None:
    prices = {"gain": 1.0, "loss": 2.0, "benefit": 1.0, "damage": 3.0, "cost": 0.5}
    (answer,) = vertex_enumeration(honeypot_inspection(**prices))
    assert answer.learner["honeypot"] == pytest.approx(1 / 3)
    assert answer.adversary["attack"] == pytest.approx(1 / 8)
    assert (answer.learner["honeypot"], answer.adversary["attack"]) == pytest.approx(
        inspection.inspection_equilibrium(**prices)
    )


@settings(deadline=None, max_examples=100)
@given(share=st.floats(0.05, 0.95), gain=sizes, loss=sizes, damage=sizes, armor=prices, bait=prices)
def test_attacks_are_made_exactly_while_the_belief_in_a_honeypot_is_small(
    share: float, gain: float, loss: float, damage: float, armor: float, bait: float
) -> None:
    game = honeypot_game(
        share, gain=gain, loss=loss, benefit=1.0, damage=damage, armor=armor, bait=bait
    )
    threshold = inspection.honeypot_probability(gain, loss)
    answers = behavior_enumeration(game)
    assert answers
    for answer in answers:
        assert answer.regret < 1e-9
        for look, belief in signal_beliefs(answer).items():
            attacked = answer.adversary[look].get("attack", 0.0)
            if belief["honeypot"] < threshold - 1e-6:
                assert attacked == pytest.approx(1.0)
            if belief["honeypot"] > threshold + 1e-6:
                assert attacked == pytest.approx(0.0)


@pytest.mark.parametrize(("share", "attacks"), [(0.2, 1.0), (0.45, 0.0)])
def test_looks_that_cost_nothing_pool(share: float, attacks: float) -> None:
    """The adversary gets what it would by the prior alone, whatever the looks."""
    game = honeypot_game(share, gain=1, loss=2, benefit=2, damage=1, armor=0, bait=0)
    answer = sequence_form_lp(game)
    assert answer.regret < 1e-9
    assert answer.value == pytest.approx(attacks * (2 * share - (1 - share)))


def test_disguises_beyond_all_price_are_not_worn() -> None:
    game = honeypot_game(0.2, gain=1, loss=2, benefit=1, damage=3, armor=9, bait=9)
    (answer,) = behavior_enumeration(game)
    assert answer.learner == {"real": {"real": 1.0}, "honeypot": {"honeypot": 1.0}}
    assert answer.adversary == {"real": {"attack": 1.0}, "honeypot": {"leave": 1.0}}
    assert answer.payoffs.tolist() == pytest.approx([-2.4, 0.8])
    assert signal_beliefs(answer) == {
        "real": {"real": 1.0, "honeypot": 0.0},
        "honeypot": {"real": 0.0, "honeypot": 1.0},
    }


@settings(deadline=None, max_examples=100)
@given(strict=st.floats(0.01, 0.99), gain=sizes, loss=sizes, damage=sizes)
def test_free_lies_are_noise(strict: float, gain: float, loss: float, damage: float) -> None:
    game = disinformation_game(strict, gain=gain, loss=loss, damage=damage, lie=0)
    expected = gain - (gain + loss) * min(strict, 1 - strict)
    for answer in behavior_enumeration(game):
        assert answer.payoffs[1] == pytest.approx(expected, abs=1e-8)


@settings(deadline=None, max_examples=50)
@given(strict=st.floats(0.01, 0.99), gain=sizes, loss=sizes, damage=sizes)
def test_lies_dearer_than_the_damage_are_not_told(
    strict: float, gain: float, loss: float, damage: float
) -> None:
    game = disinformation_game(strict, gain=gain, loss=loss, damage=damage, lie=1.1 * damage)
    (answer,) = behavior_enumeration(game)
    assert answer.learner == {"strict": {"strict": 1.0}, "lax": {"lax": 1.0}}
    assert answer.payoffs.tolist() == pytest.approx([-damage, gain])


def test_a_price_of_lying_can_help_the_liar() -> None:
    """At half the damage a claim is believed only in part; the learner is spared some attacks."""
    losses = {}
    for lie in (0.0, 1.0, 3.0):
        game = disinformation_game(0.4, gain=1, loss=1, damage=2, lie=lie)
        losses[lie] = {-round(answer.value, 9) for answer in behavior_enumeration(game)}
    assert losses[0.0] == {1.2}
    assert losses[3.0] == {2.0}
    assert min(losses[1.0]) < 2.0


@settings(deadline=None, max_examples=50)
@given(share=st.floats(0.05, 0.95), damage=sizes, benefit=sizes)
def test_enumeration_agrees_with_the_sequence_form_where_both_apply(
    share: float, damage: float, benefit: float
) -> None:
    game = honeypot_game(
        share, gain=damage, loss=benefit, benefit=benefit, damage=damage, armor=0, bait=0
    )
    value = sequence_form_lp(game).value
    for answer in behavior_enumeration(game):
        assert answer.value == pytest.approx(value, abs=1e-8)


def test_enumeration_keeps_the_payoffs_of_the_normal_form() -> None:
    game = honeypot_game(0.3, gain=1, loss=2, benefit=1, damage=3, armor=0.5, bait=0.25)
    mixed = {tuple(a.payoffs.round(9)) for a in vertex_enumeration(game.to_reduced_normal_form())}
    assert {tuple(a.payoffs.round(9)) for a in behavior_enumeration(game)} == mixed


def test_types_of_probability_zero_are_left_out() -> None:
    game = honeypot_game(0.0, gain=1, loss=2, benefit=1, damage=3, armor=1, bait=1)
    assert game.sequence_form().of("learner").information_sets == ("real",)
    best = max(answer.value for answer in behavior_enumeration(game))
    assert best == pytest.approx(-3.0)


SIGNALING: dict[str, Any] = {
    "prior": {"a": 0.5, "b": 0.5},
    "signals": ["s"],
    "replies": ["r"],
    "payoffs": lambda *_: (0.0, 0.0),
}
HONEYPOT = {"gain": 1, "loss": 2, "benefit": 1, "damage": 3, "armor": 1, "bait": 1}
DISINFORMATION = {"gain": 1, "loss": 1, "damage": 1, "lie": 0}
INSPECTION = {"gain": 1, "loss": 2, "benefit": 1, "damage": 3, "cost": 0.5}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: signaling_game(**SIGNALING | {"signals": []}), "signals must hold at least one"),
        (lambda: signaling_game(**SIGNALING | {"replies": ["r", "r"]}), "replies must be unique"),
        (lambda: signaling_game(**SIGNALING | {"prior": {"a": 0.4, "b": 0.5}}), "sum to 1"),
        (lambda: signaling_game(**SIGNALING | {"prior": {}}), "at least one|one move or more"),
        (lambda: honeypot_game(1.5, **HONEYPOT), r"share must be in \[0, 1\], got 1.5"),
        (lambda: honeypot_game(0.5, **HONEYPOT | {"gain": 0}), "gain must be positive"),
        (lambda: honeypot_game(0.5, **HONEYPOT | {"bait": -1}), "bait must be finite and not neg"),
        (lambda: honeypot_game(0.5, **HONEYPOT | {"armor": np.inf}), "armor must be finite"),
        (lambda: disinformation_game(np.nan, **DISINFORMATION), r"strict must be in \[0, 1\]"),
        (lambda: disinformation_game(0.5, **DISINFORMATION | {"lie": -1}), "lie must be finite"),
        (lambda: honeypot_inspection(**INSPECTION | {"cost": 0}), "cost must be positive"),
    ],
)
def test_bad_games_are_refused(
    make: Callable[[], ExtensiveForm | NormalForm], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_bad_questions_are_refused() -> None:
    with pytest.raises(TypeError, match="needs an ExtensiveForm, got NormalForm"):
        behavior_enumeration(honeypot_inspection(**INSPECTION))  # type: ignore[arg-type]
    for game in (kuhn_poker(), matching_pennies()):
        with pytest.raises(ValueError, match="must be of a signaling game"):
            signal_beliefs(sequence_form_lp(game))
