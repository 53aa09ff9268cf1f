"""What every attack part, and every bundle of them, must keep to; see also `parts`."""

from collections.abc import Iterator

import numpy as np

from armsrace.attacks.attack import Evade, Poison, Probe
from armsrace.batch import Batch
from armsrace.checks.failure import require
from armsrace.checks.scenes import Scene
from armsrace.feasible import Feasible
from armsrace.models.published import QueryLimitError

AttackPart = Poison | Probe | Evade


def check_own_rows_are_marked(part: AttackPart, scene: Scene) -> None:
    """Rows are altered in place or added at the end, and these are marked, and no others."""
    if isinstance(part, Poison):
        offered = part.poison(scene.traffic, scene.known, np.random.default_rng(0))
        require_marked(f"poison of {part!r}", scene.traffic, offered)
    if isinstance(part, Evade):
        met = part.evade(scene.faced, scene.known, np.random.default_rng(0))
        require_marked(f"evade of {part!r}", scene.faced, met)


def check_faced_labels_stay_the_truth(part: AttackPart, scene: Scene) -> None:
    """Evasion changes what a row looks like, never what it is, nor whether it is a target."""
    if isinstance(part, Evade):
        faced = scene.faced
        met = part.evade(faced, scene.known, np.random.default_rng(0)).take(np.arange(len(faced)))
        require(
            bool((met.labels == faced.labels).all() and (met.target == faced.target).all()),
            f"evade of {part!r} changes labels or target marks",
        )


def check_rows_keep_their_kind(part: AttackPart, scene: Scene) -> None:
    """Rows have the width and the type of number that they had."""
    rng = np.random.default_rng
    pairs = []
    if isinstance(part, Poison):
        pairs.append((scene.traffic, part.poison(scene.traffic, scene.known, rng(0))))
    if isinstance(part, Evade):
        pairs.append((scene.faced, part.evade(scene.faced, scene.known, rng(0))))
    for before, after in pairs:
        kinds = [(batch.width, batch.rows.dtype) for batch in (before, after)]
        require(kinds[0] == kinds[1], f"{part!r} makes rows of {kinds[1]} out of {kinds[0]}")


def check_probe_keeps_to_the_limit(part: AttackPart, scene: Scene) -> None:
    """A probe asks no more than is answered, down to nothing at all."""
    if isinstance(part, Probe):
        for limit in (0, 1, 2):
            public = scene.public().limited(limit)
            try:
                part.probe(public, scene.known, np.random.default_rng(0))
            except QueryLimitError as error:
                require(False, f"probe of {part!r} asks beyond a limit of {limit}: {error}")


def check_rows_are_feasible(part: AttackPart, scene: Scene) -> None:
    """Rows are altered and made only as the adversary can; where it cannot, the part says so.

    This holds in the scene as it is and in the same one with a narrow `Feasible`. There a part may
    refuse by a ValueError that speaks of what is feasible, or mutable.
    """
    _check_feasible(part, scene)
    try:
        _check_feasible(part, scene.constrained())
    except ValueError as refusal:
        told = any(word in str(refusal) for word in ("feasible", "mutable"))
        require(told, f"{part!r} cannot do with a narrow Feasible, and does not say so: {refusal}")


def _check_feasible(part: AttackPart, scene: Scene) -> None:
    for what, before, after in steps_made(part, scene):
        require_feasible(what, before, after, scene.known.feasible)


def steps_made(part: AttackPart, scene: Scene) -> Iterator[tuple[str, Batch, Batch]]:
    """The steps of a part that make rows: what they are handed, and what they make of it."""
    rng, known = np.random.default_rng, scene.known
    if isinstance(part, Probe):
        known = part.probe(scene.public(), known, rng(0))
    if isinstance(part, Poison):
        yield f"poison of {part!r}", scene.traffic, part.poison(scene.traffic, known, rng(0))
    if isinstance(part, Evade):
        yield f"evade of {part!r}", scene.faced, part.evade(scene.faced, known, rng(0))


def require_feasible(what: str, before: Batch, after: Batch, feasible: Feasible) -> None:
    """Fail unless rows are altered and made as an adversary can."""
    size = len(before)
    altered = feasible.allows(after.rows[:size], before.rows)
    made = feasible.allows(after.rows[size:])
    for does, allowed in (("alters", altered), ("makes", made)):
        wrong = int(np.count_nonzero(~allowed))
        require(
            not wrong,
            f"{what} {does} rows against known.feasible: {wrong} of {len(allowed)}; "
            "pass them through its nearest",
        )


def require_marked(what: str, before: Batch, after: Batch) -> None:
    """Fail unless whatever differs from the batch before is marked as the adversary's."""
    size = len(before)
    require(len(after) >= size, f"{what} takes away {size - len(after)} rows of others")
    require(bool(after.origin[size:].all()), f"{what} adds rows without marking them as its own")
    others = np.flatnonzero(~after.origin[:size])
    for name in ("rows", "labels", "target"):
        same = np.array_equal(getattr(after, name)[others], getattr(before, name)[others])
        require(same, f"{what} changes the {name} of rows that it does not mark as its own")
    altered = (after.rows[:size] != before.rows).any(axis=1)
    altered |= (after.labels[:size] != before.labels) | before.origin
    untouched = int(np.count_nonzero(after.origin[:size] & ~altered))
    require(not untouched, f"{what} marks {untouched} rows as its own that it leaves as they are")
