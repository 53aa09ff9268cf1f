"""What every game must keep to, whatever it is about.

A check plays a few rounds of a few pairs of strategies, chosen so that every action and every
suggested agent of both roles has its turn (`pairings`).
"""

import hashlib
import pickle
import re
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, dataclass, fields, replace
from functools import lru_cache
from itertools import cycle, islice, product
from typing import Any, Final, final

import numpy as np

from armsrace.checks.failure import CheckFailed, require
from armsrace.checks.other_process import digest_elsewhere
from armsrace.game import ROLES, Game, Outcome, Role, parameters
from armsrace.history import History
from armsrace.play import play, resume
from armsrace.streams import Streams

_ROUNDS: Final = 3
_SEED: Final = 1


def check_name_is_that_of_class_and_module(game: Game) -> None:
    """The class DictionaryAttack stands in dictionary_attack.py and is called dictionary_attack."""
    kind = type(game)
    snake_case = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()
    module = kind.__module__.rpartition(".")[2]
    require(
        game.name == snake_case == module,
        f"name, class and module must agree, got {game.name!r}, {kind.__name__!r}, {module!r}",
    )


def check_names_of_strategies_are_unambiguous(game: Game) -> None:
    """Every action and suggested agent has a name of its own."""
    for role in ROLES:
        actions, agents = game.actions(role), game.suggested_agents(role)
        both = actions.keys() & agents.keys()
        require(not both, f"{', '.join(both)}: name of an action and of an agent of the {role}")
        require(bool(actions), f"the {role} has nothing to do")
        require(all((*actions, *agents)), f"a strategy of the {role} has no name")


def check_repr_is_the_rulebook(game: Game) -> None:
    """What is printed tells all there is to know, each action included."""
    from armsrace.rulebook import rulebook

    require(repr(game) == rulebook(game), f"repr of {game.name} is not its rulebook")
    for role in ROLES:
        for action in game.actions(role):
            told = re.search(rf"^ +{re.escape(action)} ", repr(game), flags=re.MULTILINE)
            require(told is not None, f"the rulebook does not mention the {role}'s {action}")


def check_is_a_value(game: Game) -> None:
    """A game cannot be changed, and what was saved and loaded is equal to it."""
    name = next(iter(parameters(game)))
    try:
        setattr(game, name, getattr(game, name))
    except FrozenInstanceError:
        pass
    else:
        raise CheckFailed(f"{name} of {game.name} can be changed; make the game a frozen dataclass")
    loaded = pickle.loads(pickle.dumps(game))
    require(loaded == game, f"{game.name} is not equal to what was saved and loaded of it")


def check_every_pair_plays(game: Game) -> None:
    """Every strategy can meet every other: finite payoffs, and the same numbers on record."""
    recorded = None
    for what, outcome in _some_rounds(game):
        finite = np.isfinite([*outcome.events.values(), *outcome.payoffs]).all()
        require(bool(finite), f"{what} puts a number on record that is not finite: {outcome}")
        recorded = recorded or outcome.events.keys()
        require(
            outcome.events.keys() == recorded,
            f"{what} puts {', '.join(outcome.events)} on record, not {', '.join(recorded)}",
        )


def check_every_action_may_follow_every_other(game: Game) -> None:
    """Whatever the learner did in the first round, it may do anything in the second."""
    streams = Streams(_SEED)
    first = game.start(streams.of_round(0))
    calm, *_, hostile = game.adversary_actions
    for before in game.learner_actions:
        state, _ = game.step(first, before, hostile, streams.of_round(1))
        for after in game.learner_actions:
            try:
                game.step(state, after, calm, streams.of_round(2))
            except Exception as error:
                raise CheckFailed(f"{after} cannot follow {before}: {error!r}") from error


def check_unknown_names_are_refused(game: Game) -> None:
    """A strategy that the game does not have is refused, and those it has are listed."""
    for role in ROLES:
        others = {each: next(iter(game.actions(each))) for each in ROLES} | {role: "no such thing"}
        try:
            _played(game, others["learner"], others["adversary"], rounds=1)
        except LookupError as refusal:
            for known in _strategies(game, role):
                require(known in str(refusal), f"the refusal does not mention {known}: {refusal}")
        else:
            raise CheckFailed(f"{game.name} lets the {role} do what it does not know")


def check_seed_reproduces(game: Game) -> None:
    """The same seed and replicate give the same history."""
    for learner, adversary in pairings(game):
        first = whole_play(game, learner, adversary).records
        again = _played(game, learner, adversary).records
        require(first == again, f"{learner} against {adversary}: one seed, two histories")


def check_another_process_agrees(game: Game) -> None:
    """The same seed gives the same history in another process, with another hash seed."""
    require(digest_elsewhere(game) == digest(game), "another process plays otherwise")


def check_step_leaves_the_state(game: Game) -> None:
    """A round makes a new state; the old one stays, and gives the same round once more."""
    rng = Streams(_SEED).of_round(0)
    state = game.start(rng)
    before = pickle.dumps(state)
    for learner, adversary in _action_pairs(game):
        what = f"{learner} against {adversary}"
        _, outcome = game.step(state, learner, adversary, rng)
        require(pickle.dumps(state) == before, f"{what} changes the state it was given")
        _, again = game.step(state, learner, adversary, rng)
        require(outcome == again, f"{what} from one state gives two outcomes: {outcome}, {again}")


def check_paused_play_goes_on(game: Game) -> None:
    """A play that is paused and resumed is the play that was never paused."""
    for learner, adversary in pairings(game):
        whole = whole_play(game, learner, adversary).records
        for pause in (0, _ROUNDS - 1):
            paused = _played(game, learner, adversary, pause=pause)
            same = resume(paused).records == whole
            require(same, f"{learner} against {adversary}, paused at {pause}, goes on otherwise")


def check_saved_play_goes_on(game: Game) -> None:
    """A play that is saved, loaded and resumed is the play that was never saved."""
    pairs = pairings(game)
    paused = [_played(game, *pair, pause=1) for pair in pairs]
    # All in one file, so that the game that is loaded is set up once.
    loaded: list[History] = pickle.loads(pickle.dumps(paused))
    for (learner, adversary), history in zip(pairs, loaded, strict=True):
        same = resume(history).records == whole_play(game, learner, adversary).records
        require(same, f"{learner} against {adversary}, saved and loaded, goes on otherwise")


def check_zero_sum_claim(game: Game) -> None:
    """Payoffs add up to zero in every round if the game says so, and only then."""
    sums = [
        abs(record.learner_payoff + record.adversary_payoff)
        for learner, adversary in pairings(game)
        for record in whole_play(game, learner, adversary).records
    ]
    largest = max(sums)
    if game.zero_sum:
        require(largest <= 1e-12, f"{game.name} says it is zero-sum; payoffs add up to {largest}")
    else:
        require(largest > 1e-12, f"{game.name} says it is not zero-sum; no round shows it")


def check_reveals_what_is_on_record(game: Game) -> None:
    """A game reveals to a role only numbers that it puts on record."""
    learner, adversary = pairings(game)[0]
    (record,) = _played(game, learner, adversary, rounds=1).records
    for role in ROLES:
        missing = game.reveals(role) - {*record.events, "learner_payoff", "adversary_payoff"}
        require(not missing, f"the {role} is to see {', '.join(missing)}, which nobody records")


def check_parameters_out_of_range_are_refused(game: Game) -> None:
    """A number that is not one is refused; a negative one is too, or can be played with."""
    for name, value in _numbers(game):
        for wrong in (-1, float("nan")) if isinstance(value, float) else (-1,):
            try:
                altered = replace(game, **{name: wrong})  # type: ignore[type-var]
                learner, adversary = _action_pairs(altered)[0]
                _played(altered, learner, adversary, rounds=None)
            except ValueError as refusal:
                named = re.search(rf"\b{name}\b", str(refusal)) is not None
                require(named, f"{name}={wrong} is refused without naming {name}: {refusal}")
            except Exception as error:
                raise CheckFailed(
                    f"{name}={wrong} must be refused by a ValueError, got {error!r}"
                ) from error
            else:
                require(wrong == wrong, f"{name}={wrong} is played with")


def pairings(game: Game) -> list[tuple[str, str]]:
    """As few pairs of strategies as can be in which all those of both roles occur."""
    return _paired(*(_strategies(game, role) for role in ROLES))


def whole_play(game: Game, learner: str, adversary: str) -> History:
    """The play of a pair that other plays are compared with; made once and kept for a while."""
    return _whole_play(This(game), learner, adversary)


def digest(game: Game) -> str:
    """SHA-256 of a few histories of a game."""
    records = [whole_play(game, *pair).records for pair in pairings(game)]
    return hashlib.sha256(repr(records).encode()).hexdigest()


@final
@dataclass(frozen=True, eq=False)
class This:
    """A game that is equal to itself only, so that equal games that play otherwise are found."""

    game: Game

    def __eq__(self, other: object) -> bool:
        return isinstance(other, This) and self.game is other.game

    def __hash__(self) -> int:
        return id(self.game)


@lru_cache(maxsize=64)
def _whole_play(this: This, learner: str, adversary: str) -> History:
    return _played(this.game, learner, adversary)


def _some_rounds(game: Game) -> Iterator[tuple[str, Outcome]]:
    """What the first round brings all pairs of actions, from one start, and each round an agent."""
    streams = Streams(_SEED)
    first = game.start(streams.of_round(0))
    for learner, adversary in product(*(game.actions(role) for role in ROLES)):
        outcome = game.step(first, learner, adversary, streams.of_round(1))[1]
        yield f"{learner} against {adversary}", outcome
    for learner, adversary in pairings(game):
        for record in whole_play(game, learner, adversary).records:
            payoffs = (record.learner_payoff, record.adversary_payoff)
            yield f"{learner} against {adversary}", Outcome(payoffs, record.events)


def _action_pairs(game: Game) -> list[tuple[str, str]]:
    return _paired(*(tuple(game.actions(role)) for role in ROLES))


def _paired(learners: tuple[str, ...], adversaries: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = zip(cycle(learners), cycle(adversaries), strict=False)
    return list(islice(pairs, max(len(learners), len(adversaries))))


def _strategies(game: Game, role: Role) -> tuple[str, ...]:
    return (*game.actions(role), *game.suggested_agents(role))


def _played(
    game: Game,
    learner: str,
    adversary: str,
    *,
    rounds: int | None = _ROUNDS,
    pause: int | None = None,
) -> History:
    return play(game, learner, adversary, rounds=rounds, seed=_SEED, pause=pause)


def _numbers(game: Game) -> Iterator[tuple[str, Any]]:
    for field in fields(game):  # type: ignore[arg-type]
        value = getattr(game, field.name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield field.name, value
