"""What a retraining policy goes by and chooses from when nobody says.

*Actions.* When to train is the question, so the actions compared differ in training alone: to
*hold* is the first action without a fit part, and beside it stand those that train the learner's
own model, no other estimator, on new traffic and otherwise, in what they publish, how they classify
and what they monitor, do what holding does.

*Features.* The game's own measures, if it shows any to both roles. Otherwise both are shown
`armsrace.measures.training_error` and `training_rows` by a game around it, `Disclosed`: an
adversary that knows how the learner stands can do no less harm than one that does not. A few plays
in which both explore say where these numbers go; the points are quantiles of that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.defenses import Collect, Defense, Fit, Refit, Retrain, Sanitize
from armsrace.empirical.exploration import explorer
from armsrace.empirical.normal_form import measure_plays
from armsrace.game import LearningGame, Order, Rules
from armsrace.history import History
from armsrace.measures import training_error, training_rows

Array = NDArray[np.float64]

SHOWN: Final = {"training_error": training_error, "training_rows": training_rows}
PLAYS: Final = 8
QUANTILES: Final = (0.1, 0.5, 0.9)
DIGITS: Final = 3  # of a point


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class Disclosed(LearningGame):
    """A game in which both roles are shown two measures of the learner's model; see the module.

    Attributes
    ----------
    game
        The game itself.
    order, rounds, discount
        As in that.

    Examples
    --------
    >>> from games import LabelFlip
    >>> sorted(Disclosed.of(LabelFlip()).reveals("adversary") - LabelFlip().reveals("adversary"))
    ['training_error', 'training_rows']
    """

    name: ClassVar[str] = "disclosed"
    game: LearningGame
    order: Order
    rounds: int
    discount: float

    @classmethod
    def of(cls, game: LearningGame) -> "Disclosed":
        """The same game, with more to see."""
        return cls(game=game, order=game.order, rounds=game.rounds, discount=game.discount)

    def rules(self) -> Rules:
        """Those of the game, and who is shown what."""
        rules = self.game.setup
        return replace(
            rules,
            measures={**rules.measures, **SHOWN},
            learner_sees=rules.learner_sees | SHOWN.keys(),
            adversary_sees=rules.adversary_sees | SHOWN.keys(),
        )


def training_actions(game: LearningGame) -> tuple[str, ...]:
    """To hold, and the learner's actions that differ from it in training its model alone.

    Raises
    ------
    ValueError
        When there is no action to hold, or none that trains.

    Examples
    --------
    >>> from games import LabelFlip
    >>> training_actions(LabelFlip())
    ('hold', 'retrain', 'retrain_filtered')
    """
    actions = game.learner_actions
    fitting = {name: [p for p in one.parts if isinstance(p, Fit)] for name, one in actions.items()}
    hold = next((name for name, parts in fitting.items() if not parts), None)
    if hold is None:
        raise ValueError(
            f"retraining needs an action that leaves the model as it is, got none in {game.name}; "
            "name learners, the first of them to hold"
        )
    trained = [
        name
        for name, parts in fitting.items()
        if parts
        and not any(map(_is_other_model, parts))
        and _beside_training(actions[name]) == _beside_training(actions[hold])
    ]
    if not trained:
        raise ValueError(
            "retraining needs an action that trains the model on new traffic, got none in "
            f"{game.name}: when to retrain is no question there; ask for its race instead"
        )
    return hold, *trained


def _is_other_model(part: Fit) -> bool:
    return isinstance(part, Refit) or (isinstance(part, Retrain) and part.model is not None)


def _beside_training(defense: Defense) -> list[Any]:
    return [part for part in defense.parts if not isinstance(part, Sanitize | Collect | Fit)]


def with_features(game: LearningGame) -> LearningGame:
    """The game itself if it shows measures of its own to both roles, otherwise `Disclosed`."""
    return game if _own(game) else Disclosed.of(game)


def points_in_play(
    game: LearningGame, learners: tuple[str, ...], *, seed: int, jobs: int
) -> Mapping[str, tuple[float, ...]]:
    """Points along the measures that both roles are shown, where play takes them.

    Parameters
    ----------
    game
        What is played.
    learners
        What the learner explores; the adversary explores all.
    seed, jobs
        As in `armsrace.empirical.empirical_game`.

    Raises
    ------
    ValueError
        When none of the measures moves.

    Examples
    --------
    >>> from games import CentroidShift
    >>> game = CentroidShift(rounds=10)
    >>> points_in_play(game, ("hold", "retrain"), seed=0, jobs=1)  # doctest: +ELLIPSIS
    {'displacement': (0.0..., ..., ...), 'lag': (0.0..., ..., ...)}
    """
    names = _own(game)
    seen = measure_plays(
        game,
        explorer(game, "learner", learners),
        explorer(game, "adversary", None),
        _Columns(names),
        seeds=PLAYS,
        seed=seed,
        jobs=jobs,
    )
    told = np.quantile(seen.reshape(-1, len(names)), QUANTILES, axis=0).T
    points = {
        name: tuple(dict.fromkeys(float(f"{point:.{DIGITS}g}") for point in axis))
        for name, axis in zip(names, told.tolist(), strict=True)
    }
    moving = {name: axis for name, axis in points.items() if len(axis) > 1}
    if not moving:
        raise ValueError(
            f"features must be given for {game.name}: none of {', '.join(names)} moves in play"
        )
    return moving


def _own(game: LearningGame) -> tuple[str, ...]:
    """The measures of a game that it shows to both roles."""
    both = game.reveals("learner") & game.reveals("adversary")
    return tuple(name for name in game.setup.measures if name in both)


@final
@dataclass(frozen=True)
class _Columns:
    """Numbers of each round of a play, shape (rounds, k)."""

    names: tuple[str, ...]

    def __call__(self, history: History) -> Array:
        return np.stack([history.column(name) for name in self.names], axis=1)
