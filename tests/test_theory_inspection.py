"""The honeypot game, against the definition of an equilibrium."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.theory import inspection

amounts = st.floats(0.01, 100.0)


def regrets(
    gain: float, loss: float, benefit: float, damage: float, cost: float
) -> tuple[float, float]:
    honeypot, attack = inspection.inspection_equilibrium(gain, loss, benefit, damage, cost)
    defender = np.array([[-damage, 0.0], [benefit - cost, -cost]])
    attacker = np.array([[gain, 0.0], [-loss, 0.0]])
    row, column = np.array([1 - honeypot, honeypot]), np.array([attack, 1 - attack])
    return (
        (defender @ column).max() - row @ defender @ column,
        (row @ attacker).max() - row @ attacker @ column,
    )


@settings(max_examples=200, deadline=None)
@given(amounts, amounts, st.floats(0.0, 100.0), amounts, amounts)
def test_nobody_gains_by_deviating(
    gain: float, loss: float, benefit: float, damage: float, cost: float
) -> None:
    assert max(regrets(gain, loss, benefit, damage, cost)) <= 1e-9


def test_known_equilibrium() -> None:
    honeypot, attack = inspection.inspection_equilibrium(1.0, 2.0, 1.0, 3.0, 0.5)
    assert (honeypot, attack) == pytest.approx((1 / 3, 1 / 8))


def test_honeypots_that_cost_more_than_they_bring_are_never_planted() -> None:
    assert inspection.inspection_equilibrium(1.0, 2.0, 1.0, 3.0, 4.5) == (0.0, 1.0)
    assert inspection.attack_probability(1.0, 3.0, 4.5) > 1.0


def test_bad_input_is_named_at_the_door() -> None:
    with pytest.raises(ValueError, match=r"loss must be in \(0, inf\), got 0"):
        inspection.honeypot_probability(1.0, 0.0)
    with pytest.raises(ValueError, match="cost must be in"):
        inspection.inspection_equilibrium(1.0, 2.0, 1.0, 3.0, 0.0)
    with pytest.raises(ValueError, match="benefit must be in"):
        inspection.attack_probability(-1.0, 3.0, 0.5)
