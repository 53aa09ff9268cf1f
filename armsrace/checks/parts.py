"""What attack parts and defense parts have in common."""

import pickle
from dataclasses import FrozenInstanceError

from armsrace.checks.failure import CheckFailed, require
from armsrace.checks.scenes import Part, Scene, fingerprint, steps_of


def check_is_frozen_and_hashable(part: Part, scene: Scene) -> None:
    """A part is a value: it cannot be changed, and can be a key of what the state notes for it."""
    try:
        part.anything = None  # type: ignore[union-attr]
    except FrozenInstanceError:
        pass
    else:
        raise CheckFailed(f"{part!r} can be changed; make it a frozen dataclass")
    try:
        hash(part)
    except TypeError as error:
        raise CheckFailed(f"{part!r} has no hash ({error}), but notes are keyed by it") from error


def check_a_copy_finds_the_notes(part: Part, scene: Scene) -> None:
    """What a part notes for the next round it still finds when a play was saved and loaded."""
    for step, result in steps_of(part, scene).items():
        carriers = result if isinstance(result, tuple) else (result,)
        for notes in (getattr(carrier, "notes", {}) for carrier in carriers):
            lost = [key for key in notes if pickle.loads(pickle.dumps(key)) not in notes]
            require(not lost, f"{step} notes under {lost}, which their copies are not equal to")


def check_inputs_are_not_modified(part: Part, scene: Scene) -> None:
    """Whatever a part is handed is afterwards as it was."""
    before = fingerprint(scene)
    steps_of(part, scene)
    require(fingerprint(scene) == before, f"{part!r} modifies what it was handed")


def check_same_rng_gives_the_same(part: Part, scene: Scene) -> None:
    """A part has no other source of chance than the generator it is handed."""
    first, again = steps_of(part, scene), steps_of(part, scene)
    for step in first:
        require(
            fingerprint(first[step]) == fingerprint(again[step]),
            f"{step} of {part!r} gives another result when it is repeated with the same generator",
        )


def check_does_without_traffic(part: Part, scene: Scene) -> None:
    """A round without a row is a round like any other."""
    try:
        steps_of(part, scene.without_rows())
    except Exception as error:
        raise CheckFailed(f"{part!r} fails on a batch without rows: {error!r}") from error
