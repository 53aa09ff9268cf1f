"""What every game with a classifier and traffic must keep to, besides what every game must."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, final

import numpy as np

from armsrace.batch import Batch
from armsrace.checks import attacks, defenses, parts
from armsrace.checks.discovery import checks_in
from armsrace.checks.failure import CheckFailed, require
from armsrace.checks.games import This, pairings, whole_play
from armsrace.checks.scenes import Part, Scene
from armsrace.costs import EVENTS, Tally
from armsrace.game import LearningGame
from armsrace.history import History
from armsrace.models.scoring import judge
from armsrace.play import play
from armsrace.worlds.world import World

_Sent = tuple[str, Batch]
"""What the world was asked for, and what it sent."""

_ROUNDS: Final = 3
_SEED: Final = 1
_COUNTED_BY_ORIGIN: Final = frozenset(
    {"poison", "poison_kept", "false_rejections", "evasions", "distance"}
)


def check_replicates_differ(game: LearningGame) -> None:
    """Another replicate, and another seed, meets other traffic."""
    learner, adversary = pairings(game)[0]
    numbers = {"seed": 0, "replicate": 0}
    first = play(game, learner, adversary, rounds=_ROUNDS, **numbers).records
    for name in numbers:
        other = play(game, learner, adversary, rounds=_ROUNDS, **numbers | {name: 1}).records
        require(first != other, f"another {name} gives the same history")


def check_traffic_does_not_depend_on_the_players(game: LearningGame) -> None:
    """Whatever the players do, the world sends the same rows, so that seeds pair plays."""
    contents = []
    for learner, adversary in pairings(game):
        _, drawn = _watched_play(This(game), learner, adversary)
        contents.append([(what, _content(batch)) for what, batch in drawn])
        same = contents[-1] == contents[0]
        require(same, f"{learner} against {adversary} meets other traffic than the first pair")


def check_test_rows_are_only_faced(game: LearningGame) -> None:
    """No row to be judged was trained on, studied, or chosen as a target."""
    learner, adversary = pairings(game)[0]
    _, sent = _watched_play(This(game), learner, adversary)
    drawn = [*sent, ("reference", game.setup.world.reference())]
    faced = {row.tobytes() for what, batch in drawn if what == "face" for row in batch.rows}
    for what, batch in drawn:
        if what != "face":
            shared = faced.intersection(row.tobytes() for row in batch.rows)
            require(not shared, f"{len(shared)} rows of {what} are also faced")


def check_learner_never_sees_the_marks(game: LearningGame) -> None:
    """Other marks on the traffic change neither the model nor the verdicts nor an alarm."""
    scrambled = _with_world(game, _Scrambled(game.setup.world))
    probes = game.setup.world.reference().rows
    for learner, adversary in pairings(game):
        plain = whole_play(game, learner, adversary)
        other = play(scrambled, learner, adversary, rounds=len(plain), seed=plain.seed)
        what = f"{learner} against {adversary}: other marks"
        for record, changed in zip(plain.records, other.records, strict=True):
            for name in record.events.keys() - _COUNTED_BY_ORIGIN:
                same = record.events[name] == changed.events[name]
                require(same, f"{what} change {name} in round {record.round}")
        first, second = (each.position.state.model.deployed for each in (plain, other))
        same = np.array_equal(judge(first, probes).scores, judge(second, probes).scores)
        require(same, f"{what} change the model")


def check_payoffs_price_the_tally(game: LearningGame) -> None:
    """What a round pays is what the costs say of the events on record."""
    for learner, adversary in pairings(game):
        for record in whole_play(game, learner, adversary).records:
            tally = Tally(**{name: int(record.events[name]) for name in EVENTS})
            priced = game.setup.costs.payoffs(tally)
            paid = (record.learner_payoff, record.adversary_payoff)
            require(paid == priced, f"{learner} against {adversary} pays {paid}, not {priced}")


def check_tally_adds_up(game: LearningGame) -> None:
    """Every row that arrives is counted once, and no part exceeds its whole."""
    for learner, adversary in pairings(game):
        history, drawn = _watched_play(This(game), learner, adversary)
        sizes = {what: [len(b) for w, b in drawn if w == what] for what in ("draw", "face", "aim")}
        for record in history.records:
            events, targets = record.events, sizes["aim"][0]
            verdicts = ("tp", "fp", "tn", "fn", "unsure_malicious", "unsure_honest")
            added = {
                "evasions": sum(events[v] for v in verdicts)
                - sizes["face"][record.round]
                - targets,
                "poison": events["offered"] - sizes["draw"][record.round],
            }
            for name, rows in added.items():
                what = f"{learner} against {adversary}: {rows} rows more than arrived"
                require(0 <= rows <= events[name], f"{what}, {events[name]} counted as {name}")
            wholes = {
                "kept": events["offered"],
                "poison": events["offered"],
                "poison_kept": min(events["poison"], events["kept"]),
                "target_errors": targets - events["target_unsure"],
                "retrainings": 1,
                "alarms": 1,
            }
            for name, whole in wholes.items():
                what = f"{learner} against {adversary}: {name} is {events[name]}"
                require(0 <= events[name] <= whole, f"{what}, which is not in [0, {whole}]")


def check_attacks_keep_the_rules(game: LearningGame) -> None:
    """Each part of the adversary's actions passes the checks of attacks, in this game."""
    bundles = game.adversary_actions.values()
    _check_parts({part for bundle in bundles for part in bundle.parts}, attacks, Scene.of(game))


def check_defenses_keep_the_rules(game: LearningGame) -> None:
    """Each part of the learner's actions passes the checks of defenses, in this game."""
    bundles = (*game.learner_actions.values(), game.setup.opening)
    _check_parts({part for bundle in bundles for part in bundle.parts}, defenses, Scene.of(game))


def _check_parts(found: set[Any], rules: Any, scene: Scene) -> None:
    checks: tuple[Callable[[Part, Scene], None], ...] = (*checks_in(parts), *checks_in(rules))
    for part in found:
        for check in checks:
            try:
                check(part, scene)
            except CheckFailed as failure:
                raise CheckFailed(f"{check.__name__}: {failure}") from failure


def _with_world(game: LearningGame, world: World) -> LearningGame:
    """The same game in another world."""
    moved = copy(game)
    vars(moved)["setup"] = replace(game.setup, world=world)
    return moved


@lru_cache(maxsize=16)
def _watched_play(this: This, learner: str, adversary: str) -> tuple[History, list[_Sent]]:
    """A play of a pair, and all that the world sent in it; made once and kept for a while."""
    assert isinstance(this.game, LearningGame)
    drawn: list[_Sent] = []
    watched = _with_world(this.game, _Watched(this.game.setup.world, drawn))
    return play(watched, learner, adversary, rounds=_ROUNDS, seed=_SEED), drawn


def _content(batch: Batch) -> tuple[bytes, ...]:
    return tuple(array.tobytes() for array in (batch.rows, batch.labels, batch.target))


@final
@dataclass(frozen=True, eq=False)
class _Watched(World):
    """A world that tells what it sends."""

    world: World
    drawn: list[_Sent]

    def _told(self, what: str, batch: Batch) -> Batch:
        self.drawn.append((what, batch))
        return batch

    def start(self, rng: np.random.Generator) -> Batch:
        return self._told("start", self.world.start(rng))

    def draw(self, clock: int, rng: np.random.Generator) -> Batch:
        return self._told("draw", self.world.draw(clock, rng))

    def face(self, clock: int, rng: np.random.Generator) -> Batch:
        return self._told("face", self.world.face(clock, rng))

    def reference(self) -> Batch:
        return self.world.reference()

    def aim(self, rng: np.random.Generator) -> Batch:
        return self._told("aim", self.world.aim(rng))


@final
@dataclass(frozen=True, eq=False)
class _Scrambled(World):
    """A world that marks every other row of its traffic as the adversary's."""

    world: World

    def _marked(self, batch: Batch) -> Batch:
        odd = np.arange(len(batch)) % 2 == 1
        return Batch(batch.rows, batch.labels, odd, batch.target)

    def start(self, rng: np.random.Generator) -> Batch:
        return self._marked(self.world.start(rng))

    def draw(self, clock: int, rng: np.random.Generator) -> Batch:
        return self._marked(self.world.draw(clock, rng))

    def face(self, clock: int, rng: np.random.Generator) -> Batch:
        return self._marked(self.world.face(clock, rng))

    def reference(self) -> Batch:
        return self.world.reference()

    def aim(self, rng: np.random.Generator) -> Batch:
        return self.world.aim(rng)
