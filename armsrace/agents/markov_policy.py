"""The agent that chooses by where the game stands: a policy of a Markov game, played."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.agents.agent import Seen, check_action
from armsrace.agents.policy_rules import policy_rules
from armsrace.agents.vectorized import SeenInEach, VectorizedAgent, action_index
from armsrace.analytic import AnalyticGame
from armsrace.game import Game, Role
from armsrace.grid import Grid

if TYPE_CHECKING:
    import pandas as pd


Array = NDArray[np.float64]
LONGEST = 40
"""Rules of a policy that are printed."""


@final
@dataclass(frozen=True, eq=False, repr=False, init=False)
class MarkovPolicy(VectorizedAgent):
    """A distribution over actions for every state of a grid, interpolated in between.

    What the features of the grid are worth is read from what the game reveals of the latest round;
    before the first one it is `opening`, or where an analytic game opens.

    Parameters
    ----------
    grid
        The states.
    actions
        The names of the m actions.
    table
        Probability of each action in each state, shape (S, m); or (T, S, m) for plays of exactly T
        rounds.
    opening
        The features before the first round, shape (k,); None where the game is analytic.

    Raises
    ------
    ValueError
        When shapes do not fit, or the probabilities of a state are not a distribution.

    Examples
    --------
    >>> from armsrace import Grid
    >>> policy = MarkovPolicy(
    ...     Grid({"displacement": [0.0, 0.1, 0.2, 0.3]}),
    ...     ["hold", "average_out_500"],
    ...     [[0, 1], [0, 1], [0.4, 0.6], [1, 0]],
    ... )
    >>> policy
    MarkovPolicy by displacement
      displacement <= 0.1  average_out_500
      displacement = 0.2   hold 0.40, average_out_500 0.60
      displacement >= 0.3  hold
    """

    grid: Grid
    actions: tuple[str, ...]
    table: Array
    opening: tuple[float, ...] | None

    def __init__(
        self,
        grid: Grid,
        actions: Sequence[str],
        table: ArrayLike,
        opening: Sequence[float] | None = None,
    ) -> None:
        given = np.array(table, dtype=np.float64)
        wanted = (len(grid), len(actions))
        if given.ndim not in (2, 3) or given.shape[-2:] != wanted:
            raise ValueError(
                f"table must have shape {wanted} (states, actions), or one such array a "
                f"round, got {given.shape}"
            )
        if not (given >= 0.0).all() or not (np.abs(given.sum(axis=-1) - 1.0) <= 1e-6).all():
            bad = (given < 0.0).any(axis=-1) | ~(np.abs(given.sum(axis=-1) - 1.0) <= 1e-6)
            place = tuple(np.argwhere(bad)[0].tolist())
            raise ValueError(
                f"probabilities of every state must be a distribution, got {given[place].tolist()} "
                f"in {grid.labels[place[-1]]}"
            )
        if opening is not None and len(opening) != len(grid.features):
            raise ValueError(
                f"opening must hold {len(grid.features)} numbers, one a feature, got {opening}"
            )
        given.flags.writeable = False
        object.__setattr__(self, "grid", grid)
        object.__setattr__(self, "actions", tuple(actions))
        object.__setattr__(self, "table", given)
        object.__setattr__(self, "opening", None if opening is None else tuple(opening))

    def _identity(self) -> tuple[Any, ...]:
        return (self.grid, self.actions, self.table.tobytes(), self.opening)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MarkovPolicy) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def init(self, game: Game, role: Role, rng: np.random.Generator) -> tuple[float, ...]:
        """Check actions and features; the memory is where the game stands.

        Raises
        ------
        LookupError
            When the role has not these actions, or the game does not reveal the features to it.
        ValueError
            When it is unknown where the game opens.
        """
        self._check(game, role)
        return self._opening(game)

    def act(self, memory: tuple[float, ...], seen: Seen, rng: np.random.Generator) -> str:
        """Draw an action by what the policy says of where the game stands."""
        table = self._at(seen.round, seen.rounds)
        chances = self.grid.interpolated(table, np.array([memory]))[0]
        border = np.cumsum(chances)
        place = np.searchsorted(border, rng.random() * border[-1], side="right")
        return self.actions[min(int(place), len(self.actions) - 1)]

    def learn(self, memory: tuple[float, ...], seen: Seen) -> tuple[float, ...]:
        """Where the game stands now."""
        if seen.last is None:
            return memory
        return tuple(float(seen.last[name]) for name in self.grid.features)

    def init_each(
        self, game: Game, role: Role, replicates: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Indices of the actions, and of the features among the statistics."""
        self._check(game, role)
        assert isinstance(game, AnalyticGame)
        columns = [game.statistics.index(name) for name in self.grid.features]
        actions = [action_index(game, role, action) for action in self.actions]
        return np.array(actions), np.array(columns)

    def act_each(
        self,
        memory: tuple[NDArray[np.intp], NDArray[np.intp]],
        seen: SeenInEach,
        rng: np.random.Generator,
    ) -> NDArray[np.intp]:
        """An action drawn for each replicate."""
        actions, columns = memory
        table = self._at(seen.round, seen.rounds)
        # To round at random and then draw is the law of `act`, without interpolating.
        state = self.grid.rounded(seen.statistics[:, columns], rng)
        uniform = rng.random(len(state))
        chosen = np.zeros(len(state), dtype=np.intp)
        for border in np.cumsum(table, axis=1).T[:-1]:
            chosen += uniform >= border.take(state)
        return actions.take(chosen)

    def _check(self, game: Game, role: Role) -> None:
        for action in self.actions:
            check_action(game, role, action)
        hidden = [name for name in self.grid.features if name not in game.reveals(role)]
        if hidden:
            raise LookupError(
                f"{game.name} does not reveal {hidden[0]!r} to the {role}; "
                f"it reveals {', '.join(sorted(game.reveals(role)))}"
            )

    def _opening(self, game: Game) -> tuple[float, ...]:
        if self.opening is not None:
            return self.opening
        if not isinstance(game, AnalyticGame):
            raise ValueError(
                f"opening must be given for {game.name}, which is not analytic: the features "
                f"({', '.join(self.grid.features)}) before the first round"
            )
        start = dict(zip(game.statistics, game.opening.tolist(), strict=True))
        return tuple(start[name] for name in self.grid.features)

    def _at(self, clock: int, rounds: int) -> Array:
        if self.table.ndim == 2:
            return self.table
        if rounds != len(self.table):
            raise ValueError(
                f"rounds must be {len(self.table)}, for which the policy was made, got {rounds}"
            )
        now: Array = self.table[clock]
        return now

    def content(self) -> dict[str, Any]:
        """What the policy is, in numbers and names; `from_content` gives an equal one."""
        axes = (axis.tolist() for axis in self.grid.axes)
        return {
            "axes": dict(zip(self.grid.features, axes, strict=True)),
            "actions": list(self.actions),
            "table": self.table.tolist(),
            "opening": None if self.opening is None else list(self.opening),
        }

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> "MarkovPolicy":
        """Make a policy of its content."""
        return cls(Grid(content["axes"]), content["actions"], content["table"], content["opening"])

    def save(self, path: str | Path) -> None:
        """Write the policy as JSON; `load` gives an equal one."""
        Path(path).write_text(json.dumps(self.content()) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> "MarkovPolicy":
        """Read a policy that was saved.

        Raises
        ------
        ValueError
            When the file is not one.
        """
        try:
            return cls.from_content(json.loads(Path(path).read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} must be a policy written by save, got {error!r}") from error

    def frame(self) -> "pd.DataFrame":
        """One row a state: its features, and the probability of each action.

        With a table for each round, of the first one.
        """
        import pandas as pd

        table = self._first()
        features = pd.DataFrame(self.grid.states, columns=list(self.grid.features))
        return pd.concat([features, pd.DataFrame(table, columns=list(self.actions))], axis=1)

    def _first(self) -> Array:
        first: Array = self.table if self.table.ndim == 2 else self.table[0]
        return first

    def __repr__(self) -> str:
        rules = policy_rules(self.grid, self.actions, self._first())
        told = rules[:LONGEST]
        width = max(len(condition) for condition, _ in told)
        lines = [f"MarkovPolicy by {', '.join(self.grid.features)}"]
        lines += [f"  {condition:<{width}}  {mixture}" for condition, mixture in told]
        if len(rules) > LONGEST:
            lines.append(f"  and {len(rules) - LONGEST} rules more; frame() has every state")
        return "\n".join(lines)
