"""Evade parts: what they achieve, what they keep to, and what they refuse."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.attacks import (
    AlarmFlood,
    BlendedFlood,
    BoundaryEvasion,
    BudgetedEvasion,
    Evade,
    Knowledge,
    Mimicry,
    MinimumCostEvasion,
    Spoof,
)
from armsrace.attacks.reachable import reachable, within
from armsrace.batch import Batch
from armsrace.feasible import Feasible
from armsrace.models.published import Published
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST, MALICIOUS

RNG = np.random.default_rng
NOTHING = np.zeros(0, dtype=np.intp)
ROWS = RNG(0).normal(size=(240, 5))
LABELS = np.arange(240) % 2 == 1
ROWS[LABELS] += 1.2
REFERENCE = Batch.unmarked(ROWS[:80], LABELS[:80])
TRAINED = Batch.unmarked(ROWS[80:160], LABELS[80:160])
FACED = Batch.unmarked(ROWS[160:], LABELS[160:])


def fitted(model: Any) -> Any:
    return model.fit(TRAINED.rows, TRAINED.labels.astype(int))


def logistic() -> Any:
    from sklearn.linear_model import LogisticRegression

    return fitted(LogisticRegression())


def knowing(model: Any, feasible: Feasible | None = None, target: Batch | None = None) -> Knowledge:
    aim = REFERENCE.take(NOTHING) if target is None else target
    known = Knowledge(REFERENCE, aim, feasible=feasible or Feasible())
    return known.seeing(model if isinstance(model, Published) else Published(model))


def passed(model: Any, batch: Batch) -> int:
    decisions = judge(model, batch.rows).decisions
    return int((decisions[batch.labels] == HONEST).sum())


def distances(before: Batch, after: Batch, order: int = 2) -> np.ndarray:
    return np.asarray(np.linalg.norm(after.rows - before.rows, ord=order, axis=1))


def random_evasion(budget: float, feasible: Feasible, seed: int) -> Batch:
    """Every malicious row moved by the whole budget in a random direction."""
    rows = FACED.rows.copy()
    moves = RNG(seed).normal(size=(int(FACED.labels.sum()), FACED.width))
    moves *= budget / np.linalg.norm(moves, axis=1, keepdims=True)
    originals = rows[FACED.labels]
    rows[FACED.labels] = within(originals, originals + moves, feasible, budget, order=2)
    return Batch(rows, FACED.labels, FACED.labels, FACED.target)


BUDGETED: list[Callable[[float], Evade]] = [
    BudgetedEvasion,
    MinimumCostEvasion,
    Mimicry,
    lambda budget: BudgetedEvasion(budget, order=1),
    lambda budget: MinimumCostEvasion(budget, order=1),
]
NARROW = Feasible(lower=-1.0, upper=2.5, immutable=[0], decreasing=[1])


@pytest.mark.parametrize("feasible", [Feasible(), NARROW], ids=["anything", "narrow"])
@pytest.mark.parametrize("make", BUDGETED)
def test_evasion_keeps_to_its_budget_and_beats_random_moves(
    make: Callable[[float], Evade], feasible: Feasible
) -> None:
    model, budget = logistic(), 1.0
    after = make(budget).evade(FACED, knowing(model, feasible), RNG(0))
    order = getattr(make(budget), "order", 2)
    assert distances(FACED, after, order).max() <= budget * (1 + 1e-9)
    random = np.mean([passed(model, random_evasion(budget, feasible, s)) for s in range(20)])
    assert passed(model, after) > random


@pytest.mark.parametrize("order", [1, 2])
@given(st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_least_change_of_a_linear_model_is_the_distance_to_its_boundary(
    order: int, seed: int
) -> None:
    """|f(x)| / |w| in the dual norm: the optimum, and every row is let through."""
    from sklearn.linear_model import RidgeClassifier

    rng = RNG(seed)
    rows, labels = rng.normal(size=(60, 6)), np.arange(60) % 2 == 1
    rows[labels] += 0.8
    model = RidgeClassifier().fit(rows, labels.astype(int))
    batch = Batch.unmarked(rows, labels)
    known = Knowledge(batch, batch.take(NOTHING)).seeing(Published(model))
    after = MinimumCostEvasion(order=order).evade(batch, known, RNG(0))
    scores = model.decision_function(rows)
    flagged = labels & (scores > 0)
    dual = np.linalg.norm(model.coef_.ravel(), ord=np.inf if order == 1 else 2)
    assert after.origin.tolist() == flagged.tolist()
    assert (judge(model, after.rows[labels]).decisions == HONEST).all()
    moved = np.linalg.norm(after.rows - rows, ord=order, axis=1)
    assert moved[flagged] == pytest.approx(scores[flagged] / dual, rel=1e-6)


def test_least_change_of_whole_numbers_is_as_small_as_by_trying_all() -> None:
    """Over 3^4 rows of 0, 1, 2, by order 1; rounding may cost one step more than is needed."""
    from sklearn.linear_model import LogisticRegression

    rng = RNG(1)
    grid = np.array(np.meshgrid(*[[0.0, 1.0, 2.0]] * 4)).reshape(4, -1).T
    labels = (grid @ [1.0, 2.0, -1.0, 0.5] + rng.normal(size=81)) > 2.5
    model = LogisticRegression().fit(grid, labels.astype(int))
    feasible = Feasible(lower=0, upper=2, integer=range(4))
    batch = Batch.unmarked(grid, np.ones(81, dtype=bool))
    known = Knowledge(batch, batch.take(NOTHING), feasible=feasible).seeing(Published(model))
    after = MinimumCostEvasion(order=1).evade(batch, known, RNG(0))
    through = model.decision_function(grid) <= 0
    cheapest = np.abs(grid[:, None] - grid[through]).sum(axis=2).min(axis=1)
    spent = np.abs(after.rows - grid).sum(axis=1)
    assert (judge(model, after.rows).decisions == HONEST).all()
    assert (spent >= cheapest).all()
    assert (spent <= cheapest + 1).all()
    assert (spent == cheapest).mean() > 0.9


@pytest.mark.parametrize("kernel", ["rbf", pytest.param("poly", marks=pytest.mark.slow)])
def test_least_change_of_a_smooth_model_is_shorter_than_one_found_by_asking(kernel: str) -> None:
    """For most rows: where the score has several slopes the optimum is a local one."""
    from sklearn.svm import SVC

    model = fitted(SVC(kernel=kernel, gamma=0.1))
    known = knowing(model)
    after = MinimumCostEvasion().evade(FACED, known, RNG(0))
    asked = BoundaryEvasion(100_000).evade(FACED, known, RNG(0))
    both = after.origin & asked.origin
    assert after.origin.sum() > 0.9 * (judge(model, FACED.rows).decisions * FACED.labels).sum()
    assert (distances(FACED, after) < distances(FACED, asked))[both].mean() > 0.75


def test_more_budget_and_less_constraint_lower_the_score_more() -> None:
    model = logistic()

    def mean_score(budget: float, feasible: Feasible) -> float:
        after = BudgetedEvasion(budget).evade(FACED, knowing(model, feasible), RNG(0))
        return float(model.decision_function(after.rows[FACED.labels]).mean())

    scores = [mean_score(budget, Feasible()) for budget in (0.0, 0.5, 1.0, 2.0)]
    assert scores == sorted(scores, reverse=True)
    assert mean_score(1.0, NARROW) > mean_score(1.0, Feasible())


def test_margin_is_kept() -> None:
    model = logistic()
    after = MinimumCostEvasion(margin=0.7).evade(FACED, knowing(model), RNG(0))
    assert model.decision_function(after.rows[FACED.labels]).max() <= -0.7 + 1e-9


def test_words_are_evaded_under_an_affine_score_only() -> None:
    from sklearn.linear_model import LogisticRegression

    from armsrace.models import SpamBayes

    words = RNG(0).random((100, 8)) < np.where(LABELS[:100, None], 0.6, 0.3)
    mails = Batch.unmarked(words, LABELS[:100])
    feasible = Feasible(increasing=range(8))
    for model, suits in ((LogisticRegression(), True), (SpamBayes(), False)):
        known = Knowledge(mails, mails.take(NOTHING), feasible=feasible)
        known = known.seeing(Published(model.fit(words, LABELS[:100].astype(int))))
        if suits:
            after = MinimumCostEvasion(order=1).evade(mails, known, RNG(0))
            assert after.rows.dtype == np.bool_
            assert feasible.allows(after.rows, words).all()
        else:
            with pytest.raises(ValueError, match=r"words have no gradient .* got SpamBayes; use"):
                MinimumCostEvasion().evade(mails, known, RNG(0))


@pytest.mark.parametrize("part", [BudgetedEvasion(1.0), MinimumCostEvasion(), AlarmFlood(0.2)])
def test_hidden_model_and_a_reference_of_one_class_are_refused(part: Evade) -> None:
    only = REFERENCE.take(REFERENCE.labels)
    known = Knowledge(only, only.take(NOTHING)).seeing(Published(logistic()).hidden())
    with pytest.raises(ValueError, match="reference must hold both classes to train a surrogate"):
        part.evade(FACED, known, RNG(0))


@pytest.mark.parametrize(
    "part",
    [
        BudgetedEvasion(0.0),
        MinimumCostEvasion(0.0),
        Mimicry(0.0),
        AlarmFlood(0.0),
        Spoof((0,), share=0.0),
    ],
)
def test_without_a_budget_all_stays(part: Evade) -> None:
    known = knowing(logistic(), target=REFERENCE.take(np.arange(1)).aimed())
    after = part.evade(FACED, known, RNG(0))
    assert after.rows.tolist() == FACED.rows.tolist()
    assert not after.origin.any()


@pytest.mark.parametrize(
    "part", [BudgetedEvasion(1.0), MinimumCostEvasion(), Mimicry(1.0), BoundaryEvasion(50)]
)
def test_where_nothing_can_be_changed_all_stays(part: Evade) -> None:
    known = knowing(logistic(), Feasible(immutable=range(5)))
    assert part.evade(FACED, known, RNG(0)).rows.tolist() == FACED.rows.tolist()


def test_constant_features_and_a_constant_score_leave_rows_alone() -> None:
    class Constant:
        def decision_function(self, rows: Any) -> Any:
            return np.ones(len(rows))

    for part in (BudgetedEvasion(1.0), MinimumCostEvasion()):
        after = part.evade(FACED, knowing(Constant()), RNG(0))
        assert not after.origin.any()


def test_mimicry_goes_towards_the_nearest_honest_row() -> None:
    honest = Batch.of([[0.0, 0.0], [9.0, 9.0], [3.0, 3.0]], [0, 0, 1])
    faced = Batch.of([[3.0, 4.0], [1.0, 1.0]], [1, 0])
    after = Mimicry(2.5).evade(faced, Knowledge(honest, honest), RNG(0))
    assert after.rows.tolist() == [[1.5, 2.0], [1.0, 1.0]]
    assert after.origin.tolist() == [True, False]


@pytest.mark.parametrize("model_name", ["tree", "forest", "neighbors"])
def test_boundary_evasion_works_on_models_without_a_slope(model_name: str) -> None:
    """And comes nearer, the more it may ask."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import DecisionTreeClassifier

    made = {
        "tree": DecisionTreeClassifier(random_state=0),
        "forest": RandomForestClassifier(10, random_state=0),
        "neighbors": KNeighborsClassifier(),
    }
    model = fitted(made[model_name])
    flagged = int((judge(model, FACED.rows[FACED.labels]).decisions == MALICIOUS).sum())
    spent = []
    for queries in (400, 4000):
        after = BoundaryEvasion(queries).evade(FACED, knowing(model), RNG(0))
        assert after.origin.sum() == flagged
        assert passed(model, after) == FACED.labels.sum()
        spent.append(distances(FACED, after)[after.origin].mean())
    assert spent[1] < spent[0]


@pytest.mark.parametrize("limit", [0, 1, 50, 300])
def test_boundary_evasion_asks_no_more_than_is_answered(limit: int) -> None:
    public = Published(logistic()).hidden().limited(limit)
    after = BoundaryEvasion(200).evade(FACED, knowing(public), RNG(0))
    assert public.log.count <= min(limit, 200)
    if limit < 50:
        assert not after.origin.any()


def test_spoofed_rows_are_those_flagged_most_and_take_the_identity_alone() -> None:
    model = logistic()
    target = Batch.of([[9.0, 8.0, 7.0, 6.0, 5.0]], [0]).aimed()
    after = Spoof((1, 3), share=0.25).evade(FACED, knowing(model, target=target), RNG(0))
    assert after.origin.sum() == 10
    assert (after.rows[after.origin][:, [1, 3]] == [8.0, 6.0]).all()
    assert (after.rows[:, [0, 2, 4]] == FACED.rows[:, [0, 2, 4]]).all()
    scores = model.decision_function(FACED.rows)
    assert scores[after.origin].min() >= scores[FACED.labels & ~after.origin].max()


def test_whoever_bears_the_identity_already_is_not_marked() -> None:
    """Nothing is done to such a row, so that it costs nothing either."""
    model, target = logistic(), FACED.take(np.flatnonzero(FACED.labels)[:1]).aimed()
    rows = FACED.rows.copy()
    bearing = np.flatnonzero(FACED.labels)[[0, 3, 5]]
    rows[np.ix_(bearing, np.array([1, 3]))] = target.rows[0][[1, 3]]
    faced = Batch.unmarked(rows, FACED.labels)
    after = Spoof((1, 3)).evade(faced, knowing(model, target=target), RNG(0))
    assert (after.rows[FACED.labels][:, [1, 3]] == target.rows[0][[1, 3]]).all()
    assert np.flatnonzero(after.origin).tolist() == sorted(
        set(np.flatnonzero(FACED.labels)) - set(bearing)
    )


def test_spoof_refuses_what_it_cannot_do() -> None:
    target = REFERENCE.take(np.arange(1)).aimed()
    with pytest.raises(ValueError, match="needs a target; give the world a target_label"):
        Spoof((0,)).evade(FACED, knowing(logistic()), RNG(0))
    known = knowing(logistic(), Feasible(immutable=[1]), target)
    with pytest.raises(ValueError, match="must be feasible to change, got immutable ones"):
        Spoof((0, 1)).evade(FACED, known, RNG(0))
    with pytest.raises(ValueError, match="columns must be below 5, the number of features"):
        Spoof((5,)).evade(FACED, knowing(logistic(), target=target), RNG(0))
    with pytest.raises(ValueError, match="columns must hold at least one index"):
        Spoof(())
    with pytest.raises(ValueError, match=r"share must be in \[0, 1\], got 1.5"):
        Spoof((0,), 1.5)


def test_flood_is_harmless_and_is_flagged() -> None:
    model = logistic()
    after = AlarmFlood(0.5).evade(FACED, knowing(model), RNG(0))
    own = after.take(after.origin)
    assert len(own) == len(FACED)
    assert not own.labels.any()
    assert (judge(model, own.rows).decisions == MALICIOUS).mean() > 0.9
    few = AlarmFlood(0.05).evade(FACED, knowing(model), RNG(0))
    lowest = model.decision_function(few.rows[few.origin]).min()
    assert lowest >= np.sort(model.decision_function(REFERENCE.rows[REFERENCE.labels]))[-4]


def test_blended_flood_is_flagged_and_scores_like_malicious_rows() -> None:
    """Half of its scores lie below the median of the flagged; an alarm flood's lie above it."""
    model = logistic()
    scores = model.decision_function(REFERENCE.rows[REFERENCE.labels])
    median = np.median(scores[scores > 0])
    few = AlarmFlood(0.1).evade(FACED, knowing(model), RNG(0))
    assert (model.decision_function(few.rows[few.origin]) >= median).all()
    blended = BlendedFlood(0.9).evade(FACED, knowing(model), RNG(0))
    drawn = model.decision_function(blended.rows[blended.origin])
    assert len(drawn) == 9 * len(FACED)
    assert not blended.labels[blended.origin].any()
    assert (drawn > 0).all()
    assert abs(float((drawn < median).mean()) - 0.5) < 0.1


def test_blended_flood_without_a_flagged_row_adds_nothing() -> None:
    harmless = Knowledge(REFERENCE.take(~REFERENCE.labels), REFERENCE.take(NOTHING))
    assert BlendedFlood(0.5).evade(FACED, harmless, RNG(0)) is FACED
    blind = logistic()
    blind.intercept_ = blind.intercept_ - 1e6
    assert BlendedFlood(0.5).evade(FACED, knowing(blind), RNG(0)) is FACED


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: BudgetedEvasion(-1.0), "budget must be at least 0 and finite, got -1.0"),
        (lambda: BudgetedEvasion(1.0, order=3), "order must be 1 or 2, got 3"),
        (lambda: MinimumCostEvasion(float("nan")), "limit must be at least 0, got nan"),
        (lambda: MinimumCostEvasion(margin=-1.0), "margin must be at least 0 and finite"),
        (lambda: Mimicry(float("inf")), "budget must be at least 0 and finite, got inf"),
        (lambda: BoundaryEvasion(0), "queries must be at least 1, got 0"),
        (lambda: AlarmFlood(1.0), r"rate must be in \[0, 1\), got 1.0"),
        (lambda: BlendedFlood(1.0), r"rate must be in \[0, 1\), got 1.0"),
    ],
)
def test_attributes_out_of_range_are_refused(make: Callable[[], Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make()


@given(st.integers(0, 10_000), st.floats(0, 3))
@settings(max_examples=100, deadline=None)
def test_rows_within_a_budget_are_feasible_and_within_it(seed: int, budget: float) -> None:
    rng = RNG(seed)
    originals = np.column_stack(
        [rng.integers(0, 5, (6, 2)), rng.normal(size=(6, 2)), np.eye(6)[:, :2]]
    )
    feasible = Feasible(integer=[0, 1], upper=4.0, immutable=[2], groups=((4, 5),))
    wished = originals + rng.normal(size=originals.shape) * 3
    moved = within(originals, wished, feasible, budget, order=2)
    assert feasible.allows(moved, originals).all()
    assert (np.linalg.norm(moved - originals, axis=1) <= budget * (1 + 1e-9)).all()


def test_whole_numbers_keep_their_type() -> None:
    counts = np.array([[1, 2]])
    near = reachable(np.array([[1.6, 1.4]]), Feasible(), like=counts, altered=True)
    assert near.dtype == counts.dtype
    assert near.tolist() == [[2, 1]]
