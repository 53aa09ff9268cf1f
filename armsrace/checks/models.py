"""What every classifier of the package must keep to, on rows of zeros and ones.

The two methods by which a model says that it learns and unlearns exactly, ``updated`` and
``downdated``, are held to it: the model must be the one that was fitted on the same rows in one go,
up to rounding.
"""

import pickle
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Mask
from armsrace.checks.failure import CheckFailed, require
from armsrace.models.scoring import judge

_TOLERANCE: Final = 1e-9
"""On scores, which are of the order of 1."""


def check_clone_has_the_same_parameters(model: Any) -> None:
    """A clone has the parameters of the original and nothing that it has learned."""
    rows, labels = _sample()
    copy = _clone(_fitted(model, rows, labels))
    require(_parameters(copy) == _parameters(model), f"a clone of {model!r} is {copy!r}")
    learned = [name for name in vars(copy) if name.endswith("_")]
    require(not learned, f"a clone of {model!r} has learned {', '.join(learned)}")


def check_fit_forgets(model: Any) -> None:
    """Fitting returns the model itself, and once is as good as twice."""
    rows, labels = _sample()
    fitted = _fitted(model, rows, labels)
    before = judge(fitted, rows).scores
    require(fitted.fit(rows[::-1], ~labels[::-1]) is fitted, f"fit of {model!r} returns another")
    again = judge(fitted.fit(rows, labels), rows).scores
    require(np.array_equal(before, again), f"{model!r} remembers earlier fits")


def check_inputs_are_not_modified(model: Any) -> None:
    """Rows and labels are afterwards as they were."""
    rows, labels = _sample()
    fitted = _fitted(model, rows, labels)
    judge(fitted, rows)
    if hasattr(fitted, "updated"):
        fitted.updated(rows, labels).downdated(rows, labels)
    same = all(map(np.array_equal, (rows, labels), _sample()))
    require(same, f"{model!r} modifies the rows or labels it is handed")


def check_order_of_rows_does_not_matter(model: Any) -> None:
    """The same rows in another order make the same model."""
    rows, labels = _sample()
    order = np.random.default_rng(1).permutation(len(rows))
    one, other = _fitted(model, rows, labels), _fitted(model, rows[order], labels[order])
    _compare(one, other, f"{model!r} depends on the order of the rows")


def check_rows_are_judged_one_by_one(model: Any) -> None:
    """The score of a row does not depend on the company it is judged in."""
    rows, labels = _sample()
    fitted = _fitted(model, rows, labels)
    alone = [judge(fitted, rows[i : i + 1]).scores[0] for i in range(10)]
    close = np.allclose(alone, judge(fitted, rows).scores[:10], rtol=0, atol=_TOLERANCE)
    require(close, f"{model!r} judges a row by the rows beside it")


def check_verdicts_are_verdicts(model: Any) -> None:
    """A verdict is an int8: 0 honest, 1 malicious, -1 unsure; a score is a finite number."""
    rows, labels = _sample()
    verdicts = judge(_fitted(model, rows, labels), rows)
    decided = verdicts.decisions
    require(
        decided.dtype == np.int8 and bool(np.isin(decided, (-1, 0, 1)).all()),
        f"verdicts of {model!r} must be -1, 0 or 1 as int8, got {decided.dtype}: "
        f"{np.unique(decided).tolist()}",
    )
    finite = bool(np.isfinite(verdicts.scores).all())
    require(finite, f"{model!r} gives a score that is not finite")


def check_pickle_judges_alike(model: Any) -> None:
    """A model that was saved and loaded gives the same scores, bit for bit."""
    rows, labels = _sample()
    fitted = _fitted(model, rows, labels)
    loaded = pickle.loads(pickle.dumps(fitted))
    same = np.array_equal(judge(fitted, rows).scores, judge(loaded, rows).scores)
    require(same, f"{model!r} judges otherwise after it was saved and loaded")


def check_updating_is_refitting(model: Any) -> None:
    """Learning in portions, in any order, is learning in one go."""
    if not hasattr(model, "updated"):
        return
    rows, labels = _sample()
    first, second, third = np.array_split(np.arange(len(rows)), 3)
    whole = _fitted(model, rows, labels)
    start = _fitted(model, rows[first], labels[first])
    for portions in ((second, third), (third, second)):
        grown = start
        for portion in portions:
            grown = grown.updated(rows[portion], labels[portion])
        _compare(grown, whole, f"{model!r} updated is not {model!r} refitted")


def check_downdating_is_refitting(model: Any) -> None:
    """Unlearning rows, the oldest or the latest, is never having learned them."""
    if not hasattr(model, "downdated"):
        return
    rows, labels = _sample()
    whole = _fitted(model, rows, labels)
    for gone, left in ((slice(30), slice(30, None)), (slice(60, None), slice(60))):
        shrunk = whole.downdated(rows[gone], labels[gone])
        refitted = _fitted(model, rows[left], labels[left])
        _compare(shrunk, refitted, f"{model!r} downdated is not {model!r} refitted")


def check_scores_after_each_are_those_of_updated_models(model: Any) -> None:
    """The shortcut to what rows would score after learning one of several others is right."""
    if not hasattr(model, "scores_after_each"):
        return
    rows, labels = _sample()
    fitted, probes = _fitted(model, rows[:60], labels[:60]), rows[:20]
    scores = fitted.scores_after_each(rows[60:], labels[60:], probes)
    for index in range(60, len(rows)):
        one = slice(index, index + 1)
        updated = judge(fitted.updated(rows[one], labels[one]), probes).scores
        close = np.allclose(scores[index - 60], updated, rtol=0, atol=_TOLERANCE)
        require(close, f"scores_after_each of {model!r} are not those of updated models")


def check_updating_leaves_the_old_model(model: Any) -> None:
    """An updated or downdated model is another one; the old one judges as before."""
    rows, labels = _sample()
    fitted = _fitted(model, rows, labels)
    before = pickle.dumps(fitted)
    for method in ("updated", "downdated"):
        if hasattr(fitted, method):
            other = getattr(fitted, method)(rows[:20], labels[:20])
            require(other is not fitted, f"{method} of {model!r} returns the model itself")
            require(pickle.dumps(fitted) == before, f"{method} of {model!r} changes the old model")


def check_bad_input_is_refused(model: Any) -> None:
    """A row with NaN, labels without their rows, another width: each is a ValueError."""
    rows, labels = _sample()
    fitted = _fitted(model, rows, labels)
    holed = rows.copy()
    holed[3, 1] = np.nan
    _refuses(f"{model!r} fitted on NaN", lambda: _fitted(model, holed, labels))
    _refuses(f"{model!r} fitted on fewer labels", lambda: _fitted(model, rows, labels[1:]))
    _refuses(f"{model!r} judging NaN", lambda: judge(fitted, holed))
    _refuses(f"{model!r} judging narrower rows", lambda: judge(fitted, rows[:, 1:]))
    _refuses(f"{model!r} judging before it is fitted", lambda: judge(_clone(model), rows))


def check_rows_without_an_honest_one_are_refused(model: Any) -> None:
    """Malicious rows alone teach nobody what is honest."""
    rows, labels = _sample()
    nothing_honest = np.ones(len(labels), dtype=bool)
    _refuses(f"{model!r} fitted without honest rows", lambda: _fitted(model, rows, nothing_honest))


def _sample() -> tuple[NDArray[np.float64], Mask]:
    """Ninety rows of twelve zeros and ones, half of them malicious."""
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 2 == 1
    frequent = np.where(labels[:, None] == (np.arange(12) < 6), 0.7, 0.2)
    return (rng.random((90, 12)) < frequent).astype(np.float64), labels


def _clone(model: Any) -> Any:
    from sklearn.base import clone

    return clone(model)


def _fitted(model: Any, rows: NDArray[np.float64], labels: Mask) -> Any:
    return _clone(model).fit(rows, labels)


def _parameters(model: Any) -> dict[str, Any]:
    """All parameters by name; a nested estimator, which only equals itself, by its class."""
    return {
        name: type(value) if hasattr(value, "get_params") else value
        for name, value in model.get_params().items()
    }


def _compare(one: Any, other: Any, sentence: str) -> None:
    rows, _ = _sample()
    apart = float(np.abs(judge(one, rows).scores - judge(other, rows).scores).max())
    require(apart <= _TOLERANCE, f"{sentence}: scores differ by up to {apart:.3g}")


def _refuses(what: str, action: Callable[[], object]) -> None:
    try:
        action()
    except ValueError as refusal:
        require(bool(str(refusal)), f"{what} is refused without a word")
    except Exception as error:
        raise CheckFailed(f"{what} must be refused by a ValueError, got {error!r}") from error
    else:
        raise CheckFailed(f"{what} must be refused by a ValueError, got an answer")
