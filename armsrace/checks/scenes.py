"""Scenes: everything that the parts of an action may be handed in one round.

A part is checked by itself, in a scene that suits it: four small ones on made-up rows are found
here (`scenes`), one about words, one about a sphere, one about a plane and one about a margin; and
every learning game makes another (`Scene.of`).
"""

import pickle
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.attack import Attack, Evade, Poison, Probe
from armsrace.attacks.knowledge import Knowledge
from armsrace.batch import Batch, Mask
from armsrace.checks.failure import CheckFailed
from armsrace.costs import Costs, Prices
from armsrace.defenses.defense import Classify, Collect, Defense, Fit, Monitor, Publish, Sanitize
from armsrace.defenses.memory import Alarms, Fitted, Memory, Observed
from armsrace.feasible import Feasible
from armsrace.game import LearningGame, Rules
from armsrace.models.published import Published
from armsrace.models.scoring import judge
from armsrace.streams import Streams
from armsrace.verdicts import Verdicts
from armsrace.worlds.pool import Pool

Part = Poison | Probe | Evade | Sanitize | Collect | Fit | Publish | Classify | Monitor


@final
@dataclass(frozen=True, eq=False)
class Scene:
    """What parts are handed in a round.

    Attributes
    ----------
    name
        What it is about.
    traffic
        Training traffic of the round: unmarked rows of both classes, if the game has both.
    faced
        Traffic to be judged, targets included.
    model, memory, alarms
        What the learner carries.
    known
        What the adversary knows; it has seen the model.
    """

    name: str
    traffic: Batch
    faced: Batch
    model: Fitted
    memory: Memory
    alarms: Alarms
    known: Knowledge

    @classmethod
    def of(cls, game: LearningGame) -> "Scene":
        """The first round of a learning game."""
        rng = Streams(seed=0).of_round(0)
        state, world = game.start(rng), game.setup.world
        return cls(
            name=game.name,
            traffic=world.draw(0, rng.traffic),
            faced=world.face(0, rng.face).plus(state.known.target),
            model=state.model,
            memory=state.memory,
            alarms=state.alarms,
            known=state.known,
        )

    def seen(self) -> Observed:
        """What the learner has observed by the end of the round."""
        return Observed(
            self.traffic,
            self.traffic,
            self.model,
            self.memory,
            self.public(),
            self.faced.rows,
            self.verdicts(),
        )

    def public(self) -> Published:
        """The model as it is published to begin with."""
        return Published(self.model.deployed)

    def verdicts(self) -> Verdicts:
        """How the model judges the traffic."""
        return judge(self.model.deployed, self.faced.rows)

    def without_rows(self) -> "Scene":
        """The same scene on a day on which no traffic comes."""
        return replace(self, traffic=self.traffic.take(_NONE), faced=self.faced.take(_NONE))

    def constrained(self) -> "Scene":
        """The same scene with an adversary that can do little to a row.

        Columns 0 to 3 are immutable, integer, increasing and decreasing in turn, columns 4 and 5 a
        one-hot group, and bounds cut a tenth off both ends of what the reference holds, of words
        none. What lies beyond the width is left out.
        """
        rows = self.known.reference.rows.astype(np.float64)
        columns, words = np.arange(rows.shape[1]), self.known.reference.rows.dtype == np.bool_
        low, high = np.quantile(rows, (0.0, 1.0) if words else (0.1, 0.9), axis=0)
        integer = columns[1:2]
        low[integer], high[integer] = np.floor(low[integer]), np.ceil(high[integer])
        feasible = Feasible(
            lower=low,
            upper=high,
            immutable=columns[:1],
            integer=integer,
            increasing=columns[2:3],
            decreasing=columns[3:4],
            groups=(columns[4:6],) if len(columns) > 5 else (),
        )
        return replace(self, known=replace(self.known, feasible=feasible))

    def scrambled(self) -> "Scene":
        """The same scene with other marks in the training traffic."""
        odd = np.arange(len(self.traffic)) % 2 == 1
        traffic = Batch(self.traffic.rows, self.traffic.labels, origin=odd, target=~odd)
        return replace(self, traffic=traffic)


_NONE: Final = np.zeros(0, dtype=np.intp)


def steps_of(part: Part, scene: Scene) -> dict[str, Any]:
    """What each step that a part has makes of a scene, by the name of the step."""
    rng = np.random.default_rng
    results: dict[str, Any] = {}
    if isinstance(part, Poison):
        results["poison"] = part.poison(scene.traffic, scene.known, rng(0))
    if isinstance(part, Probe):
        results["probe"] = part.probe(scene.public(), scene.known, rng(1))
    if isinstance(part, Evade):
        results["evade"] = part.evade(scene.faced, scene.known, rng(2))
    if isinstance(part, Sanitize):
        results["sanitize"] = part.sanitize(scene.traffic, scene.model, scene.memory, rng(3))
    if isinstance(part, Fit):
        results["fit"] = part.fit(scene.model, scene.memory, scene.traffic, rng(4))
    if isinstance(part, Publish):
        results["publish"] = part.publish(scene.public(), rng(5))
    if isinstance(part, Classify):
        results["classify"] = part.classify(
            scene.model.deployed, scene.faced.rows, scene.verdicts(), rng(6)
        )
    if isinstance(part, Monitor):
        results["monitor"] = part.monitor(scene.alarms, scene.seen(), rng(7))
    if isinstance(part, Collect):
        results["collect"] = part.collect(lambda: scene.traffic)
    return results


def scenes_for(part: Part) -> tuple[Scene, ...]:
    """Those of the scenes that suit a part: it does not refuse them by a ValueError.

    Raises
    ------
    CheckFailed
        When none does; the message tells what it refused.
    """
    suitable, refusals = [], []
    for scene in scenes():
        try:
            steps_of(part, scene)
        except ValueError as refusal:
            refusals.append(f"{scene.name}: {refusal}")
        else:
            suitable.append(scene)
    if not suitable:
        raise CheckFailed(
            f"{part!r} suits none of the scenes ({'; '.join(refusals)}): "
            "add one that it suits to armsrace.checks.scenes"
        )
    return tuple(suitable)


@cache
def scenes() -> tuple[Scene, ...]:
    """The scenes: a filter of words, a sphere, and a plane and a margin that part two clouds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import SVC

    from armsrace.models import CentroidDetector, SpamBayes

    rng = np.random.default_rng(0)
    labels = np.arange(300) % 2 == 1
    frequent = np.where(labels[:, None] == (np.arange(12) < 6), 0.6, 0.2)
    words = rng.random((300, 12)) < frequent
    clouds = rng.normal(size=(300, 6)) + 2.0 * labels[:, None]
    sketches = {
        "words": _Sketch(SpamBayes(), words, labels, target_label=False),
        "sphere": _Sketch(CentroidDetector(radius=3.5), clouds, labels, target_label=True),
        "plane": _Sketch(LogisticRegression(), clouds, labels, target_label=True),
        "margin": _Sketch(SVC(kernel="linear"), clouds, labels, target_label=True),
    }
    return tuple(replace(Scene.of(game), name=name) for name, game in sketches.items())


def fingerprint(value: Any) -> bytes:
    """Bytes that are the same for the same value: its pickle."""
    return pickle.dumps(value)


@final
@dataclass(frozen=True, eq=False, repr=False)
class _Sketch(LearningGame):
    """A model and its rows, without anything to do."""

    name: ClassVar[str] = "sketch"

    model: Any
    rows: NDArray[Any]
    labels: Mask
    target_label: bool

    def rules(self) -> Rules:
        return Rules(
            world=Pool.split(
                self.rows,
                self.labels,
                initial=60,
                per_round=16,
                faced=16,
                target_label=self.target_label,
            ),
            model=self.model,
            learner_actions={"hold": Defense()},
            adversary_actions={"wait": Attack()},
            costs=Costs.opposed(Prices()),
        )
