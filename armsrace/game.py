"""Games: immutable rules, and one round of them.

A `Game` is what two roles, the learner and the adversary, play in rounds. Everything about it
is fixed when it is made; what changes is its state, a value that `Game.step` turns into the
next one. `LearningGame` is the game with a real classifier on real traffic, whose round is the
eight steps ::

    world.draw -> POISON -> SANITIZE -> FIT -> PUBLISH -> PROBE -> EVADE -> CLASSIFY -> MONITOR
    -> costs -> payoffs
                  adversary  learner   learner  learner  adversary adversary  learner    learner

The *order* of moves says who chooses first in each round; who chooses second sees the first
one's action. After a round each role sees what the game *reveals* to it of the round's record:
its own payoff, and what its role can observe.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal, final

from armsrace.attacks.attack import Attack
from armsrace.attacks.knowledge import ANYTHING, Knowledge
from armsrace.batch import Batch, distance_moved, join
from armsrace.costs import EVENTS, Costs, count
from armsrace.defenses.defense import Defense, Monitor
from armsrace.defenses.memory import Alarms, Fitted, Memory, Observed
from armsrace.feasible import Feasible
from armsrace.models.published import Published
from armsrace.models.scoring import judge
from armsrace.streams import RoundStreams
from armsrace.taxonomy import DEFENSES, Cell
from armsrace.worlds.world import World

Role = Literal["learner", "adversary"]
ROLES: Final[tuple[Role, Role]] = ("learner", "adversary")


@final
class Order(Enum):
    """Who chooses an action first in a round."""

    SIMULTANEOUS = "simultaneous"
    LEARNER_FIRST = "learner first"
    ADVERSARY_FIRST = "adversary first"


@final
@dataclass(frozen=True)
class Outcome:
    """What a round brought: the payoffs of learner and adversary, and the numbers on record."""

    payoffs: tuple[float, float]
    events: Mapping[str, float]


class Game(ABC):
    """Immutable rules of a repeated game between a learner and an adversary.

    A concrete game is a frozen dataclass whose fields are its parameters.

    Attributes
    ----------
    name
        The name it is registered and loaded by.
    cells
        The kinds of attack it is about.
    order
        Who chooses first in a round.
    rounds
        Number of rounds of a play.
    discount
        Weight of a round relative to the one before, in (0, 1]; the payoff of a play is the
        discounted average per round.
    """

    name: ClassVar[str]
    cells: ClassVar[tuple[Cell, ...]] = ()
    order: Order = Order.SIMULTANEOUS
    rounds: int = 20
    discount: float = 1.0

    @property
    @abstractmethod
    def learner_actions(self) -> Mapping[str, Any]:
        """The learner's actions by name."""

    @property
    @abstractmethod
    def adversary_actions(self) -> Mapping[str, Any]:
        """The adversary's actions by name."""

    @property
    @abstractmethod
    def zero_sum(self) -> bool:
        """Whether the payoffs add up to zero in every round."""

    @abstractmethod
    def start(self, rng: RoundStreams) -> Any:
        """The state before the first round."""

    @abstractmethod
    def step(
        self, state: Any, learner: str, adversary: str, rng: RoundStreams
    ) -> tuple[Any, Outcome]:
        """One round under the named actions: the next state, and what the round brought."""

    @abstractmethod
    def reveals(self, role: Role) -> frozenset[str]:
        """Which numbers of a round's record a role sees after the round."""

    @abstractmethod
    def suggested_agents(self, role: Role) -> Mapping[str, Any]:
        """Agents worth playing beside the held actions, by name."""

    def actions(self, role: Role) -> Mapping[str, Any]:
        """The actions of a role by name."""
        return self.learner_actions if role == "learner" else self.adversary_actions


def check_horizon(rounds: int, discount: float) -> None:
    """Refuse a number of rounds or a discount that no game can have.

    Raises
    ------
    TypeError
        When rounds is not an integer.
    ValueError
        When rounds is less than 1, or the discount is outside (0, 1].
    """
    if not isinstance(rounds, int) or isinstance(rounds, bool):
        raise TypeError(f"rounds must be an integer, got {rounds!r}")
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, got {rounds}")
    if not 0 < discount <= 1:
        raise ValueError(f"discount must be in (0, 1], got {discount}")


@final
@dataclass(frozen=True, eq=False)
class State:
    """Where a learning game stands between two rounds."""

    clock: int
    model: Fitted
    memory: Memory
    known: Knowledge
    alarms: Alarms


LEARNER_SEES: Final = frozenset({"offered", "kept", "retrainings", "queries", "alarms"})
"""What a learner observes of a round by itself; the truth about the traffic is not part of it."""

ADVERSARY_SEES: Final = frozenset({"poison", "evasions", "queries", "adversary_payoff"})
"""What an adversary observes of a round by itself."""

FIRST_MODELS: Final = 64
"""How many first models rules remember: those of the replicates that are measured by default."""


@final
@dataclass(frozen=True, kw_only=True)
class Rules:
    """What makes up a learning game.

    Attributes
    ----------
    world
        Where the traffic comes from.
    model
        The learner's estimator, unfitted: any scikit-learn classifier or pipeline.
    learner_actions, adversary_actions
        A bundle of parts for each action's name.
    costs
        What events cost the learner and bring the adversary.
    feasible
        What the adversary can do to a row.
    opening
        The learner's bundle before the first round; its publish step decides what the adversary
        knows of the initial model.
    answers
        What stands for each of the article's defenses (`DEFENSES`) in this game, by the defense's
        name: one of the learner's actions or agents, or several of different strength. An agent
        stands for a defense that takes two actions, as an alarm and what follows it do. Under
        "none" the one that they are to be compared with; the first action unless it is named.
    run_lengths
        By action of the learner: how many rounds its false alarms are apart on average, or more,
        when nobody attacks; infinite where there are none. An action that raises alarms and is not
        named is not calibrated for the parameters of this game, and the rulebook says so.
    measures
        Further numbers for the record, computed from the state after each round, by name.
    learner_sees, adversary_sees
        Which numbers of the record each role observes after a round.
    learner_agents, adversary_agents
        Agents worth playing beside the held actions, by name.

    Raises
    ------
    ValueError
        When a role has no action, an answer is empty, or a run length is less than 1.
    LookupError
        When `answers` names an unknown defense, or neither an action nor an agent, or
        `run_lengths` names no action that raises alarms.
    TypeError
        When an action is not a bundle of the role's parts, or an answer is not a tuple.
    """

    world: World
    model: Any
    learner_actions: Mapping[str, Defense]
    adversary_actions: Mapping[str, Attack]
    costs: Costs
    feasible: Feasible = ANYTHING
    opening: Defense = field(default_factory=Defense)
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    run_lengths: Mapping[str, float] = field(default_factory=dict)
    measures: Mapping[str, Callable[[State], float]] = field(default_factory=dict)
    learner_sees: frozenset[str] = LEARNER_SEES
    adversary_sees: frozenset[str] = ADVERSARY_SEES
    learner_agents: Mapping[str, Any] = field(default_factory=dict)
    adversary_agents: Mapping[str, Any] = field(default_factory=dict)
    _first: dict[tuple[int, int, int], tuple[Any, Batch]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        for name, kind in (("learner_actions", Defense), ("adversary_actions", Attack)):
            actions = getattr(self, name)
            if not actions:
                raise ValueError(f"{name} must hold at least one action, got none")
            for action, bundle in actions.items():
                if not isinstance(bundle, kind):
                    raise TypeError(
                        f"the action {action!r} of {name} must be of type {kind.__name__}, "
                        f"got {bundle!r}; write {kind.__name__}(...) around its parts"
                    )
            object.__setattr__(self, name, MappingProxyType(dict(actions)))
        for defense, strengths in self.answers.items():
            self._check_answer(defense, strengths)
        for action, run_length in self.run_lengths.items():
            if action not in self.watching:
                known = ", ".join(self.watching) or "none"
                raise LookupError(
                    f"unknown action {action!r} in run_lengths; those that raise alarms: {known}"
                )
            if not run_length >= 1:
                raise ValueError(f"run length of {action!r} must be at least 1, got {run_length}")

    @property
    def watching(self) -> tuple[str, ...]:
        """The learner's actions that may raise an alarm."""
        return tuple(
            name
            for name, action in self.learner_actions.items()
            if any(isinstance(part, Monitor) for part in action.parts)
        )

    def first_model(self, rng: RoundStreams) -> tuple[Any, Batch]:
        """Return the model trained on the world's trusted traffic, and that traffic.

        All plays of a replicate start with it, whoever plays, and training it may cost as much as
        ten rounds: so the latest `FIRST_MODELS` are kept.
        """
        from armsrace.defenses.training import fit_from_scratch

        if rng.address not in self._first:
            trusted = self.world.start(rng.start)
            model = fit_from_scratch(self.model, (trusted,), rng.fit)
            self._first[rng.address] = model, trusted
            if len(self._first) > FIRST_MODELS:
                del self._first[next(iter(self._first))]
        return self._first[rng.address]

    def _check_answer(self, defense: str, strengths: tuple[str, ...]) -> None:
        if not isinstance(strengths, tuple):
            raise TypeError(
                f"the answer {defense!r} must be a tuple of names, got {strengths!r}; "
                f"write ({strengths!r},) for one"
            )
        if not strengths:
            raise ValueError(f"the answer {defense!r} must hold at least one name, got none")
        for what, name, known in (
            ("defense", defense, ("none", *DEFENSES)),
            *(
                ("action or agent", name, (*self.learner_actions, *self.learner_agents))
                for name in strengths
            ),
        ):
            if name not in known:
                raise LookupError(f"unknown {what} {name!r} in answers; known: {', '.join(known)}")


class LearningGame(Game):
    """A game with a real classifier on real traffic.

    A concrete game is a frozen dataclass with a `name` that says in `rules` what it is made of;
    everything else is here. On record of a round are the events of its `Tally`, the ``distance``
    by which the adversary has moved rows of others (Euclidean, added up over them; rows that it
    adds have none), and the game's own measures.
    """

    @abstractmethod
    def rules(self) -> Rules:
        """The world, the model, the actions and the costs."""

    @cached_property
    def setup(self) -> Rules:
        """The rules, made once."""
        check_horizon(self.rounds, self.discount)
        return self.rules()

    def __getstate__(self) -> dict[str, Any]:
        # What is derived from the parameters a worker makes anew, instead of being sent the data.
        return {name: value for name, value in self.__dict__.items() if name != "setup"}

    @property
    def learner_actions(self) -> Mapping[str, Defense]:
        """The learner's actions by name."""
        return self.setup.learner_actions

    @property
    def adversary_actions(self) -> Mapping[str, Attack]:
        """The adversary's actions by name."""
        return self.setup.adversary_actions

    @property
    def zero_sum(self) -> bool:
        """Whether the costs are opposed."""
        return self.setup.costs.zero_sum

    def reveals(self, role: Role) -> frozenset[str]:
        """Which numbers of a round's record a role sees after the round."""
        return self.setup.learner_sees if role == "learner" else self.setup.adversary_sees

    def suggested_agents(self, role: Role) -> Mapping[str, Any]:
        """Agents worth playing beside the held actions, by name."""
        return self.setup.learner_agents if role == "learner" else self.setup.adversary_agents

    def start(self, rng: RoundStreams) -> State:
        """Train the first model on trusted traffic and give the adversary its target."""
        rules = self.setup
        model, trusted = rules.first_model(rng)
        known = Knowledge(
            rules.world.reference(), rules.world.aim(rng.target), feasible=rules.feasible
        )
        public = rules.opening.publish(Published(model.deployed), rng.publish)
        return State(0, model, Memory(model, (trusted,)), known.seeing(public), Alarms())

    def step(
        self, state: State, learner: str, adversary: str, rng: RoundStreams
    ) -> tuple[State, Outcome]:
        """One round: eight steps, in the order in which the data flows."""
        rules = self.setup
        defense, attack = rules.learner_actions[learner], rules.adversary_actions[adversary]
        rng = rng.without(defense.idle | attack.idle)

        traffic = rules.world.draw(state.clock, rng.traffic)
        offered = attack.poison(traffic, state.known, rng.poison)
        shown = offered.without_marks()
        keep = defense.sanitize(shown, state.model, state.memory, rng.sanitize)
        clean = defense.collect(lambda: rules.world.draw(state.clock, rng.collect))
        kept = shown.take(keep)
        model, memory = defense.fit(state.model, state.memory, join((kept, *clean)), rng.fit)
        public = defense.publish(Published(model.deployed), rng.publish)
        known = attack.probe(public, state.known, rng.probe)
        arriving = rules.world.face(state.clock, rng.face).plus(known.target)
        faced = attack.evade(arriving, known, rng.evade)
        judged = judge(model.deployed, faced.rows)
        verdicts = defense.classify(model.deployed, faced.rows, judged, rng.classify)
        seen = Observed(shown, kept, model, memory, public, faced.rows, verdicts)
        alarms = defense.monitor(state.alarms, seen, rng.monitor)

        tally = count(
            offered,
            keep,
            faced,
            verdicts,
            collected=sum(map(len, clean)),
            queries=public.log.count,
            retrained=model is not state.model,
            alarm=alarms.raised,
        )
        after = State(state.clock + 1, model, memory, known.at(state.clock + 1), alarms)
        events = {name: getattr(tally, name) for name in EVENTS}
        events["distance"] = distance_moved(traffic, offered) + distance_moved(arriving, faced)
        events.update({name: measure(after) for name, measure in rules.measures.items()})
        return after, Outcome(rules.costs.payoffs(tally), events)

    def __repr__(self) -> str:
        from armsrace.rulebook import rulebook

        return rulebook(self)


def parameters(game: Game) -> dict[str, Any]:
    """The parameters of a game, by name."""
    return {item.name: getattr(game, item.name) for item in fields(game)}  # type: ignore[arg-type]


def as_they_come(game: Game, *names: str) -> bool:
    """Whether the parameters of these names are those that the game has by default."""
    return all(getattr(game, name) == getattr(type(game), name) for name in names)
