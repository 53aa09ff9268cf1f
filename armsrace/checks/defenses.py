"""What every defense part, and every bundle of them, must keep to; see also `parts`."""

from dataclasses import replace

import numpy as np

from armsrace.checks.failure import require
from armsrace.checks.scenes import Scene, fingerprint, steps_of
from armsrace.defenses.defense import Classify, Fit, Monitor, Part, Publish, Sanitize
from armsrace.defenses.memory import Alarms
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST, MALICIOUS, UNSURE, Verdicts


def check_sanitize_gives_a_mask(part: Part, scene: Scene) -> None:
    """Sanitizing says yes or no to each row that is offered."""
    if isinstance(part, Sanitize):
        rng = np.random.default_rng(0)
        keep = part.sanitize(scene.traffic, scene.model, scene.memory, rng)
        require(
            keep.dtype == np.bool_ and keep.shape == (len(scene.traffic),),
            f"sanitize of {part!r} must give a bool for each of {len(scene.traffic)} rows, "
            f"got {keep.dtype} of shape {keep.shape}",
        )


def check_fit_gives_a_model_that_judges(part: Part, scene: Scene) -> None:
    """The model that comes out can judge, and tells what it was trained on."""
    if isinstance(part, Fit):
        rng = np.random.default_rng(0)
        model, _ = part.fit(scene.model, scene.memory, scene.traffic, rng)
        _check_verdicts(f"the model of {part!r}", judge(model.deployed, scene.faced.rows), scene)
        require(len(model.learned) > 0, f"fit of {part!r} does not tell what the model learned")


def check_publish_only_narrows(part: Part, scene: Scene) -> None:
    """What was hidden stays hidden, what was limited stays limited, and queries stay counted."""
    if isinstance(part, Publish):
        narrow = scene.public().hidden().limited(1)
        public = part.publish(narrow, np.random.default_rng(0))
        require(public.model is None, f"publish of {part!r} shows a model that was hidden")
        remaining = public.remaining
        require(
            remaining is not None and remaining <= 1,
            f"publish of {part!r} lifts a limit of 1 query to {remaining}",
        )
        require(public.log is narrow.log, f"publish of {part!r} counts queries in another log")


def check_verdicts_are_verdicts(part: Part, scene: Scene) -> None:
    """A verdict is an int8, one a row: 0 honest, 1 malicious, -1 unsure."""
    if isinstance(part, Classify):
        rng = np.random.default_rng(0)
        model, rows = scene.model.deployed, scene.faced.rows
        verdicts = part.classify(model, rows, scene.verdicts(), rng)
        _check_verdicts(f"classify of {part!r}", verdicts, scene)


def check_alarm_stands(part: Part, scene: Scene) -> None:
    """A monitor does not take back the alarm that another one has raised."""
    if isinstance(part, Monitor):
        raised = Alarms(True, scene.alarms.notes)
        rng = np.random.default_rng(0)
        seen = scene.seen()
        calm = seen.verdicts.with_decisions(np.full(len(seen.verdicts), HONEST))
        after = part.monitor(raised, replace(seen, verdicts=calm), rng)
        require(after.raised, f"monitor of {part!r} takes back an alarm")


def check_marks_do_not_matter(part: Part, scene: Scene) -> None:
    """No defense asks which rows the adversary has made."""
    plain, scrambled = steps_of(part, scene), steps_of(part, scene.scrambled())
    for step, result in plain.items():
        if step == "fit":
            # The batches on record keep their marks, so it is the model that is compared.
            model, other = result[0], scrambled[step][0]
            result, scrambled[step] = (
                judge(fitted.deployed, scene.faced.rows) for fitted in (model, other)
            )
        require(
            fingerprint(result) == fingerprint(scrambled[step]),
            f"{step} of {part!r} gives another result when only the marks differ",
        )


def _check_verdicts(what: str, verdicts: Verdicts, scene: Scene) -> None:
    decisions, size = verdicts.decisions, len(scene.faced)
    require(
        decisions.dtype == np.int8
        and decisions.shape == (size,)
        and bool(np.isin(decisions, (HONEST, MALICIOUS, UNSURE)).all()),
        f"{what} must decide each of {size} rows by -1, 0 or 1 as int8, got {decisions.dtype} of "
        f"shape {decisions.shape}: {np.unique(decisions).tolist()}",
    )
    require(
        verdicts.scores.shape == (size,) and bool(np.isfinite(verdicts.scores).all()),
        f"{what} must score each of {size} rows by a finite number",
    )
