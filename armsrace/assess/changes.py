"""Single changes that may end a race, as restrictions of what the roles can do.

The *plain* race of a game is between its plain learner, which each round does nothing or retrains
in the plain way, and all of the adversary's actions. A single change puts something else in the
place of plain retraining, or takes something from the adversary:

* *regularize*: the first action that stands for regularization among the game's answers;
* *widen the window*: the action that retrains on most rounds, when that is more than the plain one
  does;
* *change the update period*: plain retraining in every 2nd or 5th round;
* *mix*: the learner holds the mixed strategy to commit to, whatever the adversary does (which ends
  any race: what counts is the gain);
* *cap the rate*: of the adversary's actions that have a rate, those up to half the largest remain.

Doing nothing is the empty bundle; plain retraining is the action that the game's answers give for
"none". A game without bundles or answers has its first two actions in these places; an action of
it has a `window` or a `rate` when it says so. What a game has no action for is not tried, and said
to be missing. Any other change can be named by the actions and agents that each role keeps.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from math import inf
from types import MappingProxyType
from typing import Any, Final

from armsrace.agents import Periodic
from armsrace.defenses.defense import Defense
from armsrace.defenses.fit.retrain import Retrain
from armsrace.game import Game, LearningGame

Kept = Mapping[str, Sequence[Hashable]]
"""The actions that each role keeps; a role that is not named keeps all."""

MIX: Final = "mix"
KINDS: Final = (
    "regularize",
    "widen the window",
    "change the update period",
    MIX,
    "cap the rate",
)
PERIODS: Final = (2, 5)
NO_CHANGE: Final[Kept] = MappingProxyType({})


def plain_learner(game: Game) -> tuple[str, str]:
    """What the plain learner of a game does: nothing, or retrain; the same when there is no more.

    Examples
    --------
    >>> import armsrace as ar
    >>> plain_learner(ar.load_game("label_flip"))
    ('hold', 'retrain')
    """
    names = list(game.learner_actions)
    idle = next((name for name in names if game.learner_actions[name] == Defense()), names[0])
    others = [name for name in names if name != idle]
    active = others[0] if others else idle
    if isinstance(game, LearningGame):
        (active,) = game.setup.answers.get("none", (active,))[:1]
    return idle, active


def standard_changes(game: Game) -> dict[str, Kept]:
    """The changes that a game has actions for, but for the mixture, by what is done.

    Examples
    --------
    >>> import armsrace as ar
    >>> changes = standard_changes(ar.load_game("centroid_shift"))
    >>> for name in changes:
    ...     print(name)
    regularize
    change the update period to 2
    change the update period to 5
    cap the rate at 15%
    >>> changes["cap the rate at 15%"]
    {'learner': ('hold', 'retrain'), 'adversary': ('wait', 'shift_5%', 'shift_15%')}
    """
    idle, active = plain_learner(game)
    changes: dict[str, Kept] = {}
    if isinstance(game, LearningGame):
        for regular in game.setup.answers.get("regularization", ())[:1]:
            changes["regularize"] = {"learner": _both(idle, regular)}
    changes.update(_widened(game, idle, active))
    if active != idle:
        suggested = game.suggested_agents("learner")
        for period in PERIODS:
            agent = Periodic(active, idle, period)
            known = [name for name, one in suggested.items() if one == agent]
            name = f"change the update period to {period}"
            changes[name] = {"learner": (idle, known[0] if known else agent)}
    changes.update(_capped(game, _both(idle, active)))
    return changes


def _both(idle: str, active: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((idle, active)))


def _widened(game: Game, idle: str, active: str) -> Iterator[tuple[str, Kept]]:
    """The action that retrains on most rounds, when that is more than the plain one does."""
    windows = {name: _window(action) for name, action in game.learner_actions.items()}
    widest = max(windows, key=lambda name: windows[name])
    if 0 < windows[active] < windows[widest]:
        yield "widen the window", {"learner": _both(idle, widest)}


def _window(action: Any) -> float:
    """How many rounds an action's parts retrain on; 0 of one that does not."""
    if not isinstance(action, Defense):
        return float(getattr(action, "window", 0.0))
    windows = (part.window for part in action.parts if isinstance(part, Retrain))
    return max((inf if window is None else float(window) for window in windows), default=0.0)


def _capped(game: Game, learner: tuple[str, ...]) -> Iterator[tuple[str, Kept]]:
    """The adversary's actions of at most half the largest rate, and those without a rate."""
    rates = {name: _rate(action) for name, action in game.adversary_actions.items()}
    half = max(rates.values()) / 2
    if half > 0:
        slow = tuple(name for name, rate in rates.items() if rate <= half)
        cap = max(rates[name] for name in slow)
        if slow and cap > 0:
            yield f"cap the rate at {cap:.0%}", {"learner": learner, "adversary": slow}


def _rate(action: Any) -> float:
    """The largest rate of an action's parts; 0 of one that has none."""
    parts = getattr(action, "parts", (action,))
    return max((float(getattr(part, "rate", 0.0)) for part in parts), default=0.0)
