"""Exploration: plays that visit the states of a game, and the transitions seen on the way.

To learn what actions lead to, one has to see them tried in many states. Actions drawn anew in every
round cancel each other and stay near the opening; an action held for the whole play never sees what
another would do where it leads. An `Explorer` does both: it draws its actions uniformly and holds
each for a spell, whose length it draws once a play. Its actions never depend on what happened, so
what followed a pair of actions in a state is a fair sample of what follows it.

What a policy leads to may be far from where an explorer gets, and features tell the state of a real
game only in part: what follows a state depends on how one came there. `Around` sees what follows
when a policy is played, and when one deviates from it for a while.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.agents.agent import Agent, Seen, check_action
from armsrace.agents.markov_policy import MarkovPolicy
from armsrace.analytic import AnalyticGame
from armsrace.empirical.normal_form import measure_plays
from armsrace.empirical.transitions import Transitions
from armsrace.game import ROLES, Game, LearningGame, Role
from armsrace.grid import Grid
from armsrace.history import History
from armsrace.streams import Streams

Array = NDArray[np.float64]


@final
@dataclass(frozen=True)
class Explorer(Agent):
    """An agent that tries its actions without regard to what happens.

    Attributes
    ----------
    actions
        Their names; each is drawn with the same probability.
    spells
        For how many rounds it holds what it has drawn; one of these is drawn once a play.

    Raises
    ------
    ValueError
        When there is no action or no spell, or a spell is less than 1.

    Examples
    --------
    >>> restless = Explorer(("hold", "retrain"), spells=(1,))
    >>> [restless.act((1, 7), Seen(t, 9), np.random.default_rng(0)) for t in range(4)]
    ['retrain', 'retrain', 'hold', 'retrain']
    """

    actions: tuple[str, ...]
    spells: tuple[int, ...] = (1, 2, 4, 8)

    def __post_init__(self) -> None:
        if not self.actions:
            raise ValueError("actions must hold at least one name, got none")
        if not self.spells or min(self.spells) < 1:
            raise ValueError(f"spells must be at least 1, one or more, got {self.spells}")

    def init(self, game: Game, role: Role, rng: np.random.Generator) -> tuple[int, int]:
        """The length of a spell, and the number that all actions are drawn by."""
        for action in self.actions:
            check_action(game, role, action)
        return int(rng.choice(self.spells)), int(rng.integers(2**32))

    def act(self, memory: tuple[int, int], seen: Seen, rng: np.random.Generator) -> str:
        """What is drawn for the spell that the round is in."""
        spell, number = memory
        drawn = np.random.default_rng((number, seen.round // spell))
        return self.actions[int(drawn.integers(len(self.actions)))]

    def learn(self, memory: tuple[int, int], seen: Seen) -> tuple[int, int]:
        """Nothing."""
        return memory


@final
@dataclass(frozen=True)
class Around(Agent):
    """An agent that plays a policy and deviates from it, spell by spell.

    In each spell it either follows the policy or, with the same probability, does what the explorer
    does.

    Attributes
    ----------
    policy
        What it plays.
    explorer
        How it deviates; its actions are those of the policy.
    """

    policy: MarkovPolicy
    explorer: Explorer

    @property
    def actions(self) -> tuple[str, ...]:
        """Their names."""
        return self.explorer.actions

    def init(self, game: Game, role: Role, rng: np.random.Generator) -> tuple[Any, Any]:
        """The memories of both."""
        return self.explorer.init(game, role, rng), self.policy.init(game, role, rng)

    def act(self, memory: tuple[Any, Any], seen: Seen, rng: np.random.Generator) -> str:
        """What the policy draws, or what is tried in this spell."""
        (spell, number), place = memory
        if np.random.default_rng((number, seen.round // spell, 1)).random() < 0.5:
            return self.policy.act(place, seen, rng)
        return self.explorer.act((spell, number), seen, rng)

    def learn(self, memory: tuple[Any, Any], seen: Seen) -> tuple[Any, Any]:
        """Where the game stands."""
        return memory[0], self.policy.learn(memory[1], seen)


def explorer(game: Game, role: Role, actions: Sequence[str] | None) -> Explorer:
    """The agent that explores a role's actions; None for all of them.

    Raises
    ------
    LookupError
        When the role has not one of them.
    TypeError
        When the actions are a single name.
    ValueError
        When there is none.
    """
    if isinstance(actions, str):
        raise TypeError(
            f"the {role}'s actions must be a list, got {actions!r}; write [{actions!r}]"
        )
    names = tuple(game.actions(role)) if actions is None else tuple(actions)
    if not names:
        raise ValueError(f"the {role} must have at least one action, got none")
    return Explorer(tuple(check_action(game, role, name) for name in names))


def explore(
    game: Game,
    grid: Grid,
    learner: Agent,
    adversary: Agent,
    *,
    opening: ArrayLike | None,
    seeds: int,
    seed: int,
    rounds: int | None,
    jobs: int,
) -> Transitions:
    """Play, and lay what happened over a grid.

    Parameters
    ----------
    game
        What is played.
    grid
        The states. The features are rounded to it at random without moving their mean (see
        `armsrace.grid`), by numbers that come from the seed and are one a feature for a whole play:
        what stands still keeps its state.
    learner, adversary
        Who plays. The actions of an `Explorer`, also one `Around` a policy, are told apart by their
        place among its actions; all actions of another agent have index 0.
    opening
        The features before the first round, shape (k,). None for those of an analytic game, and for
        what the measures of a learning game say of its first model; where they are not known, the
        first round of each play leads to no transition.
    seeds, seed, rounds, jobs
        As in `armsrace.empirical.empirical_game`.

    Raises
    ------
    LookupError
        When there is no such feature, or the game does not reveal it to a role that explores.
    ValueError
        When the opening has another shape, or there is no transition.
    """
    for role, agent in zip(ROLES, (learner, adversary), strict=True):
        if isinstance(agent, Explorer | Around):
            _check_revealed(game, role, grid)
    told = _opening(game, grid) if opening is None else np.asarray(opening, dtype=np.float64)
    if told is not None and told.shape != (len(grid.features),):
        raise ValueError(
            f"opening must hold {len(grid.features)} numbers, one a feature, got {opening!r}"
        )
    measured = told is None and _measurable(game, grid)
    first = 1 if told is None and not measured else 0
    if (game.rounds if rounds is None else rounds) == first:
        raise ValueError("rounds must be at least 2 when the opening is not known, got 1")
    measure = _Measure(grid.features, _told_apart(learner), _told_apart(adversary), measured)
    seen = measure_plays(
        game, learner, adversary, measure, seeds=seeds, seed=seed, rounds=rounds, jobs=jobs
    )
    path, rest = np.split(seen, [len(grid.features)], axis=2)
    if told is not None:
        path[:, 0] = told
    elif not measured:
        path[:, 0] = path[:, 1].mean(axis=0)
    # One number a feature and play: see `Grid.rounded_alike`.
    numbers = np.random.default_rng((seed, *b"rounding")).random((len(path), len(grid.features)))
    flat = np.repeat(numbers, path.shape[1], axis=0)
    states = grid.rounded_alike(path.reshape(flat.shape), flat).reshape(path.shape[:2])
    own, other, *rewards = rest[:, 1 + first :].reshape(-1, 4).T
    return Transitions(
        states[:, first:-1].reshape(-1),
        states[:, first + 1 :].reshape(-1),
        own.astype(np.intp),
        other.astype(np.intp),
        np.stack(rewards),
        np.repeat(np.arange(len(path)), path.shape[1] - 1 - first),
        path[:, 0].mean(axis=0),
    )


def _check_revealed(game: Game, role: Role, grid: Grid) -> None:
    revealed = game.reveals(role)
    for name in grid.features:
        if name not in revealed:
            raise LookupError(
                f"{game.name} does not reveal {name!r} to the {role}; "
                f"it reveals {', '.join(sorted(revealed))}"
            )


def _opening(game: Game, grid: Grid) -> Array | None:
    """Where an analytic game opens, if its statistics say so."""
    if not isinstance(game, AnalyticGame):
        return None
    start = dict(zip(game.statistics, game.opening.tolist(), strict=True))
    known = all(name in start for name in grid.features)
    return np.array([start[name] for name in grid.features]) if known else None


def _measurable(game: Game, grid: Grid) -> bool:
    """Whether the features are measures of a state, so that the first model has them, too."""
    return isinstance(game, LearningGame) and all(
        name in game.setup.measures for name in grid.features
    )


def _told_apart(agent: Agent) -> tuple[str, ...] | None:
    return agent.actions if isinstance(agent, Explorer | Around) else None


@final
@dataclass(frozen=True)
class _Measure:
    """The features, the indices of the actions and the payoffs of each round of a play.

    Before the first round there are features at the most.
    """

    features: tuple[str, ...]
    learner: tuple[str, ...] | None
    adversary: tuple[str, ...] | None
    measured: bool

    def __call__(self, history: History) -> Array:
        columns = [history.column(name) for name in self.features]
        taken = [record.learner for record in history.records]
        faced = [record.adversary for record in history.records]
        chosen = [_places(self.learner, taken), _places(self.adversary, faced)]
        payoffs = [history.column("learner_payoff"), history.column("adversary_payoff")]
        seen = np.stack([*columns, *chosen, *payoffs], axis=1)
        before = np.zeros((1, seen.shape[1]))
        if self.measured:
            before[0, : len(self.features)] = self._opening(history)
        return np.concatenate([before, seen])

    def _opening(self, history: History) -> list[float]:
        game = history.game
        assert isinstance(game, LearningGame)
        start = game.start(Streams(history.seed, history.replicate).of_round(0))
        return [float(game.setup.measures[name](start)) for name in self.features]


def _places(names: tuple[str, ...] | None, taken: list[str]) -> Array:
    if names is None:
        return np.zeros(len(taken))
    return np.array([names.index(action) for action in taken], dtype=np.float64)
