"""Convex games at the door: what is claimed of payoffs is compared with the payoffs."""

from typing import Any

import numpy as np
import pytest

from armsrace.forms.convex import ConvexGame, Strategies
from armsrace.forms.performative import linear_race
from armsrace.forms.strategy_sets import Box, Simplex

LINE = Box([-2.0], [2.0])


def payoffs(z: Strategies) -> tuple[float, float]:
    x, y = float(z[0][0]), float(z[1][0])
    return -(x**2) + x * y, -(y**2) - x * y + 3.0 * x


def gradients(z: Strategies) -> tuple[np.ndarray, np.ndarray]:
    return -2.0 * z[0] + z[1], -2.0 * z[1] - z[0]


def effects(z: Strategies) -> tuple[np.ndarray, np.ndarray]:
    return z[0], 3.0 - z[1]


GOOD: dict[str, Any] = {
    "sets": (LINE, LINE),
    "payoffs": payoffs,
    "gradients": gradients,
    "effects": effects,
    "modulus": 2.0,
}


def test_a_true_description_is_accepted() -> None:
    game = ConvexGame(**GOOD)
    assert game.roles == ("learner", "adversary")
    assert game.dimensions == (1, 1)
    assert repr(game).endswith("strongly monotone with modulus 2")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sets": (LINE,)}, "sets must hold one for each of two roles or more, got 1"),
        ({"roles": ("a", "a")}, "roles must be unique"),
        ({"roles": ("a",)}, "roles must hold 2, one a set, got 1"),
        ({"replies": (None,)}, "replies must hold 2, one a set, got 1"),
        ({"modulus": -1.0}, r"modulus must be in \[0, inf\)"),
        ({"modulus": 2.01}, "2.01 is more than 2 at one"),
        ({"payoffs": lambda z: (0.0,)}, "payoffs must be 2 finite numbers"),
        ({"payoffs": lambda z: (np.nan, 0.0)}, "payoffs must be 2 finite numbers"),
        ({"gradients": lambda z: (z[0], np.zeros(2))}, r"gradients must have shapes \[\(1,\), "),
        ({"gradients": lambda z: (z[0] * np.inf, z[1])}, "gradients must be finite|nan"),
        (
            {"gradients": lambda z: tuple(-g for g in gradients(z))},
            "gradient of learner must be that of the payoff.*a cost's sign must change",
        ),
        (
            {"effects": lambda z: (z[0], 2.0 - z[1])},
            "effect on adversary's payoff of the other's strategy must be that of the payoff",
        ),
        ({"effects": lambda z: (z[0],)}, "effects must have shapes"),
        (
            {
                "payoffs": lambda z: (float(z[0][0]) ** 2, 0.0),
                "gradients": lambda z: (2.0 * z[0], 0.0 * z[1]),
                "effects": None,
                "modulus": 0.0,
            },
            "payoff of learner must be concave in its own strategy",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_a_false_one_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ConvexGame(**{**GOOD, **change})


def test_sets_must_be_sets() -> None:
    with pytest.raises(TypeError, match="sets must hold a StrategySet for each role"):
        ConvexGame(**{**GOOD, "sets": (LINE, (0.0, 1.0))})


def test_effects_are_for_two() -> None:
    with pytest.raises(ValueError, match="effects are for games of two roles, got 3"):
        ConvexGame((LINE,) * 3, lambda z: (0.0,) * 3, lambda z: z, effects=lambda z: z)


def test_three_roles() -> None:
    def own(z: Strategies) -> Strategies:
        return tuple(sum(z) - 3.0 * own for own in z)

    def earned(z: Strategies) -> list[float]:
        total = float(sum(own[0] for own in z))
        return [float(own[0] * (total - own[0]) - own[0] ** 2) for own in z]

    game = ConvexGame((LINE,) * 3, earned, own)
    assert game.roles == ("player 1", "player 2", "player 3")
    assert game.role_index("player 3") == 2
    with pytest.raises(LookupError, match="unknown role 'learner'; the roles are player 1"):
        game.role_index("learner")


def test_finite_games_are_convex_games() -> None:
    matrix = np.array([[2.0, -3.0], [0.0, 1.0]])
    game = ConvexGame.zero_sum(
        Simplex(2),
        Simplex(2),
        lambda x, y: float(x @ matrix @ y),
        lambda x, y: (matrix @ y, x @ matrix),
    )
    assert game.earned((np.array([1.0, 0.0]), np.array([0.5, 0.5]))).tolist() == [-0.5, 0.5]


@pytest.mark.parametrize(
    ("strategies", "says"),
    [
        ([[0.0]], "strategies must hold one for each of 2 roles, got 1"),
        ([[0.0, 0.0], [0.0]], r"strategy of learner must have shape \(1,\), got \(2,\)"),
        ([[0.0], [2.1]], "strategy of adversary must be in its set"),
        ([[np.nan], [0.0]], "strategy of learner must be in its set"),
    ],
)
def test_strategies_of_another_game_are_refused(strategies: list[Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ConvexGame(**GOOD).start(strategies)


@pytest.mark.parametrize("change", [{"mean": np.nan}, {"response": np.inf}, {"reach": 0.0}])
def test_races_need_numbers(change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(change))} must be"):
        linear_race(**{"mean": 1.0, "response": 1.0, **change})
