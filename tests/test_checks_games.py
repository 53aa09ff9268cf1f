"""The checks of games find what they are for: each is shown a game that breaks its rule."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, ClassVar, Final

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from armsrace.agents import Always
from armsrace.attacks import Attack, DictionaryFlood, Knowledge, Poison
from armsrace.batch import Batch
from armsrace.checks import CheckFailed, MatchingPennies, checks_in, games, learning_games
from armsrace.costs import Costs, Prices
from armsrace.defenses import Defense, Fitted, Memory, Retrain, Sanitize
from armsrace.game import Game, LearningGame, Outcome, Role, Rules
from armsrace.streams import RoundStreams
from armsrace.worlds import Pool, World

COUNTER: Final = count()


@dataclass(frozen=True, repr=False)
class Pennies(Game):
    """Matching pennies once more, to be broken by those that inherit from it."""

    name: ClassVar[str] = "pennies"
    plain: ClassVar[MatchingPennies] = MatchingPennies()

    rounds: int = 20
    stake: float = 1.0

    @property
    def learner_actions(self) -> Mapping[str, Any]:
        return self.plain.learner_actions

    @property
    def adversary_actions(self) -> Mapping[str, Any]:
        return self.plain.adversary_actions

    @property
    def zero_sum(self) -> bool:
        return True

    def start(self, rng: RoundStreams) -> Any:
        return 0

    def step(
        self, state: Any, learner: str, adversary: str, rng: RoundStreams
    ) -> tuple[Any, Outcome]:
        return self.plain.step(state, learner, adversary, rng)

    def reveals(self, role: Role) -> frozenset[str]:
        return frozenset({"alarms"})

    def suggested_agents(self, role: Role) -> Mapping[str, Any]:
        return {}

    def __repr__(self) -> str:
        return repr(self.plain)


def paying(learner: float, adversary: float, **events: float) -> Outcome:
    return Outcome((learner, adversary), {"alarms": 0, **events})


class AgentNamedAsAnAction(Pennies):
    def suggested_agents(self, role: Role) -> Mapping[str, Any]:
        return {"heads": Always("tails")}


class Changeable(Pennies):
    __setattr__ = object.__setattr__


class Forgetful(Pennies):
    def __reduce__(self) -> tuple[Any, ...]:
        return Forgetful, (self.rounds + 1,)


class Infinite(Pennies):
    def step(self, state: Any, *actions: Any) -> tuple[Any, Outcome]:
        return state, paying(float("inf"), 0.0)


class OfManyColumns(Pennies):
    def step(self, state: Any, *actions: Any) -> tuple[Any, Outcome]:
        return state, paying(0.0, 0.0, **{f"{actions[0]}_shown": 1})


class RemembersOneSide(Pennies):
    def step(self, state: Any, *actions: Any) -> tuple[Any, Outcome]:
        if state == "heads" and actions[0] == "tails":
            raise KeyError("tails")
        return actions[0], paying(0.0, 0.0)


class Anything(dict[str, Any]):
    def __contains__(self, key: object) -> bool:
        return True


class AllowsAnything(Pennies):
    @property
    def learner_actions(self) -> Mapping[str, Any]:
        return Anything(heads="", tails="")


class Moody(Pennies):
    def step(self, state: Any, *actions: Any) -> tuple[Any, Outcome]:
        return state, paying(float(next(COUNTER)), 0.0)


class Local(Pennies):
    def step(self, state: Any, *actions: Any) -> tuple[Any, Outcome]:
        return state, paying(float(os.getpid()), 0.0)


class FailsElsewhere(Pennies):
    def __setstate__(self, state: dict[str, Any]) -> None:
        if os.getpid() != state["made_in"]:
            raise RuntimeError("far from home")

    def __getstate__(self) -> dict[str, Any]:
        return {"made_in": os.getpid()}


class EndsElsewhere(FailsElsewhere):
    def __setstate__(self, state: dict[str, Any]) -> None:
        if os.getpid() != state["made_in"]:
            os._exit(3)


class ByOneList(Pennies):
    def start(self, rng: RoundStreams) -> Any:
        return []

    def step(self, state: Any, *actions: Any) -> tuple[Any, Outcome]:
        state.append(actions)
        return state, paying(0.0, 0.0)


class BySecretCount(Pennies):
    """Every play begins elsewhere, which no state tells."""

    def start(self, rng: RoundStreams) -> Any:
        return next(COUNTER)

    def step(self, state: Any, *actions: Any) -> tuple[Any, Outcome]:
        return state, paying(float(state), 0.0)


class Amnesiac(int):
    def __reduce__(self) -> tuple[Any, ...]:
        return Amnesiac, (0,)


class LosesItsStateWhenSaved(Pennies):
    def step(self, state: Any, *actions: Any) -> tuple[Any, Outcome]:
        return Amnesiac(state + 1), paying(float(state), 0.0)


class GeneralAfterAll(Pennies):
    def step(self, state: Any, *actions: Any) -> tuple[Any, Outcome]:
        return state, paying(1.0, 1.0)


class ZeroAfterAll(Pennies):
    @property
    def zero_sum(self) -> bool:
        return False


class RevealsNobodyKnowsWhat(Pennies):
    def reveals(self, role: Role) -> frozenset[str]:
        return frozenset({"weather"})


class NamesNoParameter(Pennies):
    def start(self, rng: RoundStreams) -> Any:
        if self.stake < 0:
            raise ValueError("price must be at least 0, got -1")
        return 0


class Sketchy(Pennies):
    def __repr__(self) -> str:
        return "Pennies"


BROKEN_GAMES: Final[list[tuple[Callable[[Any], None], Game, str]]] = [
    (games.check_name_is_that_of_class_and_module, Pennies(), "'test_checks_games'"),
    (games.check_names_of_strategies_are_unambiguous, AgentNamedAsAnAction(), "heads: name of"),
    (games.check_repr_is_the_rulebook, Sketchy(), "is not its rulebook"),
    (games.check_is_a_value, Changeable(), "rounds of pennies can be changed"),
    (games.check_is_a_value, Forgetful(), "not equal to what was saved"),
    (games.check_every_pair_plays, Infinite(), "heads against heads .* not finite"),
    (games.check_every_pair_plays, OfManyColumns(), "tails against heads .* on record, not"),
    (
        games.check_every_action_may_follow_every_other,
        RemembersOneSide(),
        "tails cannot follow heads: KeyError",
    ),
    (games.check_unknown_names_are_refused, AllowsAnything(), "lets the learner do"),
    (games.check_seed_reproduces, Moody(), "one seed, two histories"),
    (games.check_another_process_agrees, Local(), "plays otherwise"),
    (games.check_another_process_agrees, FailsElsewhere(), "(?s)fails: .* far from home"),
    (games.check_another_process_agrees, EndsElsewhere(), "another process ends with 3"),
    (games.check_step_leaves_the_state, ByOneList(), "changes the state"),
    (games.check_step_leaves_the_state, Moody(), "from one state gives two outcomes"),
    (games.check_paused_play_goes_on, BySecretCount(), "paused at 0, goes on otherwise"),
    (games.check_saved_play_goes_on, LosesItsStateWhenSaved(), "loaded, goes on otherwise"),
    (games.check_zero_sum_claim, GeneralAfterAll(), "payoffs add up to 2.0"),
    (games.check_zero_sum_claim, ZeroAfterAll(), "no round shows it"),
    (games.check_reveals_what_is_on_record, RevealsNobodyKnowsWhat(), "weather"),
    (games.check_parameters_out_of_range_are_refused, Pennies(), "stake=nan is played with"),
    (games.check_parameters_out_of_range_are_refused, NamesNoParameter(), "without naming stake"),
]


@pytest.mark.parametrize(("check", "game", "says"), BROKEN_GAMES)
def test_broken_game_is_found(check: Callable[[Any], None], game: Game, says: str) -> None:
    with pytest.raises(CheckFailed, match=says):
        check(game)


def test_rulebook_must_mention_every_action(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("armsrace.rulebook.rulebook", lambda game: "Pennies")
    with pytest.raises(CheckFailed, match="does not mention the learner's heads"):
        games.check_repr_is_the_rulebook(Sketchy())


def test_every_check_of_games_is_shown_to_find_something() -> None:
    assert {check for check, *_ in BROKEN_GAMES} == set(checks_in(games))


def test_matching_pennies_passes_the_checks() -> None:
    for check in set(checks_in(games)) - {games.check_name_is_that_of_class_and_module}:
        check(MatchingPennies())


# Learning games


@dataclass(frozen=True, repr=False)
class Given(LearningGame):
    """The rules it is given, and nothing else."""

    name: ClassVar[str] = "given"

    given: Rules

    def rules(self) -> Rules:
        return self.given


def rules() -> Rules:
    rng = np.random.default_rng(0)
    labels = np.arange(240) % 2 == 1
    rows = rng.normal(size=(240, 4)) + 1.5 * labels[:, None]
    return Rules(
        world=Pool.split(rows, labels, initial=40, per_round=10, faced=10),
        model=LogisticRegression(),
        learner_actions={"hold": Defense(), "retrain": Defense(Retrain())},
        adversary_actions={"wait": Attack(), "flood": Attack(DictionaryFlood(0.25))},
        costs=Costs.opposed(Prices(fp=1.0, fn=1.0)),
    )


@dataclass(frozen=True, eq=False)
class Odd(World):
    """A world with one thing wrong; by default it sends the same whatever the generator."""

    world: Pool

    def start(self, rng: np.random.Generator) -> Batch:
        return self.world.start(np.random.default_rng(0))

    def draw(self, clock: int, rng: np.random.Generator) -> Batch:
        return self.world.draw(clock, np.random.default_rng(0))

    def face(self, clock: int, rng: np.random.Generator) -> Batch:
        return self.world.face(clock, np.random.default_rng(0))

    def reference(self) -> Batch:
        return self.world.reference()

    def aim(self, rng: np.random.Generator) -> Batch:
        return self.world.aim(rng)


class Restless(Odd):
    def draw(self, clock: int, rng: np.random.Generator) -> Batch:
        return self.world.draw(clock, np.random.default_rng(next(COUNTER)))


class FacesWhatItTrainsOn(Odd):
    def face(self, clock: int, rng: np.random.Generator) -> Batch:
        return self.world.draw(clock, rng)


class Leaky(Given):
    """The learner's verdicts depend on who made the training rows."""

    def step(self, state: Any, learner: str, adversary: str, rng: Any) -> tuple[Any, Outcome]:
        after, outcome = LearningGame.step(self, state, learner, adversary, rng)
        known = int(self.setup.world.draw(state.clock, rng.traffic).origin.sum())
        events = {**outcome.events, "tp": outcome.events["tp"] + known}
        return after, Outcome(outcome.payoffs, events)


class LeakyModel(Given):
    """The learner's model depends on who made the rows it starts with."""

    def start(self, rng: Any) -> Any:
        trusted = self.setup.world.start(rng.start)
        model = LogisticRegression(C=1.0 + int(trusted.origin.sum()))
        return LearningGame.start(Given(replace(self.given, model=model)), rng)


class Generous(Given):
    def step(self, state: Any, learner: str, adversary: str, rng: Any) -> tuple[Any, Outcome]:
        after, outcome = LearningGame.step(self, state, learner, adversary, rng)
        return after, Outcome((outcome.payoffs[0] + 1.0, outcome.payoffs[1]), outcome.events)


class Inflated(Given):
    def step(self, state: Any, learner: str, adversary: str, rng: Any) -> tuple[Any, Outcome]:
        after, outcome = LearningGame.step(self, state, learner, adversary, rng)
        return after, Outcome(outcome.payoffs, {**outcome.events, "tn": outcome.events["tn"] + 1})


class TwiceAlarmed(Given):
    def step(self, state: Any, learner: str, adversary: str, rng: Any) -> tuple[Any, Outcome]:
        after, outcome = LearningGame.step(self, state, learner, adversary, rng)
        return after, Outcome(outcome.payoffs, {**outcome.events, "alarms": 2})


@dataclass(frozen=True)
class Unsigned(Poison):
    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        return traffic.plus(Batch.unmarked(traffic.rows, traffic.labels))


@dataclass(frozen=True)
class Clairvoyant(Sanitize):
    def sanitize(self, offered: Batch, model: Fitted, memory: Memory, rng: Any) -> Any:
        return ~offered.origin


def given(kind: type[Given] = Given, **changes: Any) -> Given:
    return kind(replace(rules(), **changes))


def pool() -> Pool:
    world = rules().world
    assert isinstance(world, Pool)
    return world


BROKEN_LEARNING_GAMES: Final[list[tuple[Callable[[Any], None], Given, str]]] = [
    (
        learning_games.check_replicates_differ,
        given(world=Odd(pool())),
        "another seed gives the same",
    ),
    (
        learning_games.check_traffic_does_not_depend_on_the_players,
        given(world=Restless(pool())),
        "meets other traffic",
    ),
    (
        learning_games.check_test_rows_are_only_faced,
        given(world=FacesWhatItTrainsOn(pool())),
        "rows of start are also faced",
    ),
    (learning_games.check_learner_never_sees_the_marks, given(Leaky), "other marks change tp"),
    (
        learning_games.check_learner_never_sees_the_marks,
        given(LeakyModel),
        "other marks change",
    ),
    (learning_games.check_payoffs_price_the_tally, given(Generous), "pays .*, not"),
    (learning_games.check_tally_adds_up, given(Inflated), "1 rows more than arrived, 0 counted"),
    (learning_games.check_tally_adds_up, given(TwiceAlarmed), r"alarms is 2, which is not in \["),
    (
        learning_games.check_attacks_keep_the_rules,
        given(adversary_actions={"copy": Attack(Unsigned())}),
        "check_own_rows_are_marked: .* without marking",
    ),
    (
        learning_games.check_defenses_keep_the_rules,
        given(learner_actions={"peek": Defense(Clairvoyant())}),
        "check_marks_do_not_matter: sanitize",
    ),
]


@pytest.mark.parametrize(("check", "game", "says"), BROKEN_LEARNING_GAMES)
def test_broken_learning_game_is_found(
    check: Callable[[Any], None], game: Given, says: str
) -> None:
    with pytest.raises(CheckFailed, match=says):
        check(game)


def test_every_check_of_learning_games_is_shown_to_find_something() -> None:
    assert {check for check, *_ in BROKEN_LEARNING_GAMES} == set(checks_in(learning_games))


def test_sound_learning_game_passes_the_checks() -> None:
    for check in checks_in(learning_games):
        check(given())
