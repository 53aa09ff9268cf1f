"""What every attack part must do where there is little to do it with.

Without a budget, with one class only, with constant features, where nothing can be changed, or
against a model that says no more than a verdict, a part does something that keeps the rules, or
nothing at all, or it refuses by a ValueError that says what is missing. It never fails for a reason
of its own, nor goes on with numbers that are none.
"""

import warnings
from dataclasses import dataclass, fields, replace
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Batch, Rows
from armsrace.checks.attacks import AttackPart, require_feasible, require_marked, steps_made
from armsrace.checks.failure import CheckFailed, require
from armsrace.checks.scenes import Scene
from armsrace.defenses.memory import Fitted
from armsrace.feasible import Feasible
from armsrace.models.published import Published

BUDGETS: Final = ("rate", "volume", "budget", "limit", "effort", "share", "words", "queries")
"""Fields that say how much a part may spend, if it has them."""


def check_without_a_budget_nothing_is_done(part: AttackPart, scene: Scene) -> None:
    """A budget of zero leaves every row alone, or is refused by its name."""
    names = {field.name for field in fields(part)}  # type: ignore[arg-type]
    for name in BUDGETS:
        if name in names:
            try:
                poor: Any = replace(part, **{name: 0})  # type: ignore[type-var]
            except ValueError as refusal:
                told = str(refusal).startswith(f"{name} must be")
                require(told, f"{part!r} refuses {name}=0 without naming it: {refusal}")
                continue
            for step, before, after in steps_made(poor, scene):
                same = len(after) == len(before) and all(
                    np.array_equal(getattr(after, of), getattr(before, of))
                    for of in ("rows", "labels", "origin", "target")
                )
                require(same, f"{step} does something with nothing to spend")


def check_one_class_is_endured(part: AttackPart, scene: Scene) -> None:
    """Reference, or traffic, of honest rows only, of malicious ones only, or without any."""
    known = scene.known
    for keep in (~known.reference.labels, known.reference.labels, np.zeros(0, dtype=np.intp)):
        study = replace(known, reference=known.reference.take(keep))
        _endured(part, replace(scene, known=study), "a reference of one class", _CLASSES)
    for label in (False, True):
        traffic, faced = (
            batch.take(batch.labels == label) for batch in (scene.traffic, scene.faced)
        )
        seen = replace(scene, traffic=traffic, faced=faced)
        _endured(part, seen, "traffic of one class", _CLASSES)


def check_constant_features_are_endured(part: AttackPart, scene: Scene) -> None:
    """Rows that are all alike, the target among them."""
    known = scene.known
    alike = replace(
        scene,
        traffic=_constant(scene.traffic),
        faced=_constant(scene.faced),
        known=replace(known, reference=_constant(known.reference), target=_constant(known.target)),
    )
    _endured(part, alike, "constant features", ("constant", "alike", "changes the mean", "differ"))


def check_immutable_features_are_endured(part: AttackPart, scene: Scene) -> None:
    """Nothing about a row can be changed."""
    everything = Feasible(immutable=np.arange(scene.traffic.width))
    bound = replace(scene, known=replace(scene.known, feasible=everything))
    _endured(part, bound, "immutable features", ("feasible", "mutable"))


def check_a_model_that_only_predicts_is_endured(part: AttackPart, scene: Scene) -> None:
    """A model in sight without ``decision_function`` and ``predict_proba``."""
    model = _OnlyPredicts(scene.model.deployed)
    seen = replace(
        scene,
        model=Fitted(model, model, model, scene.model.learned),
        known=scene.known.seeing(Published(model)),
    )
    _endured(part, seen, "a model that only predicts", ("model", "detector"))


_CLASSES: Final = ("class", "reference", "malicious row", "honest row")


@final
@dataclass(frozen=True)
class _OnlyPredicts:
    """A model of which nothing but `predict` is left."""

    model: Any

    def predict(self, rows: Rows) -> NDArray[np.int8]:
        """1 for malicious, 0 for honest."""
        from armsrace.models.scoring import judge
        from armsrace.verdicts import MALICIOUS

        flagged: NDArray[np.int8] = (judge(self.model, rows).decisions == MALICIOUS).astype(np.int8)
        return flagged


def _constant(batch: Batch) -> Batch:
    return Batch(np.ones_like(batch.rows), batch.labels, batch.origin, batch.target)


def _endured(part: AttackPart, scene: Scene, what: str, words: tuple[str, ...]) -> None:
    """Fail unless a part keeps the rules in a scene, or refuses it by one of some words."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            made = list(steps_made(part, scene))
        except ValueError as refusal:
            told = any(word in str(refusal) for word in words)
            require(told, f"{part!r} refuses {what} without saying so: {refusal}")
            return
        except Exception as error:
            raise CheckFailed(f"{part!r} fails on {what}: {error!r}") from error
    for step, before, after in made:
        finite = bool(np.isfinite(after.rows.astype(np.float64)).all())
        require(finite, f"{step} makes rows that are no numbers out of {what}")
        require_marked(step, before, after)
        require_feasible(step, before, after, scene.known.feasible)
