"""Training a model on accepted batches, without refitting what can be updated.

A model that can learn and unlearn rows exactly says so by two methods, ``updated(rows,
labels)`` and ``downdated(rows, labels)``, which return a new fitted model and leave the old one
as it is (`SpamBayes`, `CentroidDetector`). What such a model fixes when it is first fitted (a
radius that is calibrated, not given) stays fixed. Any other scikit-learn estimator is cloned and
fitted on all its rows again.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Batch
from armsrace.defenses.memory import Fitted

_PLAIN: Final = frozenset({type(None), bool, int, float, str})


def fit_from_scratch(model: Any, batches: tuple[Batch, ...], rng: np.random.Generator) -> Fitted:
    """Fit a clone of an estimator on batches.

    An estimator with an unset ``random_state`` gets one from `rng`, so that the same seed fits
    the same model.
    """
    from sklearn.base import clone

    fresh = clone(model)
    unset = _unset_random_states(fresh)
    if unset:
        fresh.set_params(**{name: int(rng.integers(2**31)) for name in unset})
    rows = _joined([batch.rows for batch in batches])
    labels = _joined([batch.labels for batch in batches])
    fresh.fit(rows, labels.astype(np.int8))
    return Fitted.of(model, fresh, batches)


def fit_on(
    model: Any, current: Fitted, batches: tuple[Batch, ...], rng: np.random.Generator
) -> Fitted:
    """Fit a model on batches, by updating the current one if that gives the same.

    Parameters
    ----------
    model
        The estimator to be fitted, unfitted or not.
    current
        What is fitted now; it serves when it is the same estimator and can be updated.
    batches
        What the new model is to have learned, in order.
    """
    old = current.trained
    if not hasattr(old, "updated") or not same_estimator(model, current.template):
        return fit_from_scratch(model, batches, rng)
    start = _overlap(current.learned, batches)
    if start is None:
        return fit_from_scratch(model, batches, rng)
    removed, shared = current.learned[:start], len(current.learned) - start
    if removed and not current.exact:
        return fit_from_scratch(model, batches, rng)
    for batch in batches[shared:]:
        old = old.updated(batch.rows, batch.labels)
    for batch in removed:
        old = old.downdated(batch.rows, batch.labels)
    return Fitted.of(model, old, batches, exact=current.exact)


def _unset_random_states(unfitted: Any) -> list[str]:
    """The parameters called ``random_state``, at any depth, that are None; in order."""
    parameters = vars(unfitted)
    # An estimator without parts of its own is asked directly: get_params inspects signatures.
    if _PLAIN.issuperset(map(type, parameters.values())):
        return ["random_state"] if parameters.get("random_state", 0) is None else []
    parameters = unfitted.get_params(deep=True)
    return [
        name
        for name in sorted(parameters)
        if name.rpartition("__")[2] == "random_state" and parameters[name] is None
    ]


def _joined(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def same_estimator(model: Any, other: Any) -> bool:
    """Whether two estimators are of one kind, with equal parameters."""
    # Identity is the common case; a state that was saved and loaded has an equal template instead.
    return model is other or (
        type(model) is type(other) and model.get_params() == other.get_params()
    )


def _overlap(learned: tuple[Batch, ...], wanted: tuple[Batch, ...]) -> int | None:
    """Where in `learned` the beginning of `wanted` stands, if it goes on to the end of it."""
    for start in range(len(learned)):
        if learned[start] is wanted[0]:
            kept = learned[start:]
            return start if kept == wanted[: len(kept)] else None
    return None
