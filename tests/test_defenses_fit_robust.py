"""Robust ways to fit: priors, penalties, rolling back, and training on best responses."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.linear_model import (
    HuberRegressor,
    LogisticRegression,
    QuantileRegressor,
    SGDClassifier,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from armsrace.attacks import Attack, BudgetedEvasion, Evade, Knowledge
from armsrace.batch import Batch, join
from armsrace.defenses import (
    AdversarialTraining,
    Defense,
    Fit,
    Fitted,
    Memory,
    Retrain,
    RollBack,
    TrustedPrior,
)
from armsrace.defenses.training import fit_from_scratch
from armsrace.feasible import Feasible
from armsrace.models import CentroidDetector, PartitionEnsemble, TrimmedLoss
from armsrace.models.published import Published
from armsrace.models.scoring import judge

RNG = np.random.default_rng


def clouds(seed: int, size: int, apart: float = 3.0) -> Batch:
    rng = RNG(seed)
    labels = np.arange(size) % 2 == 1
    return Batch.of(rng.normal(size=(size, 2)) + apart * labels[:, None], labels)


def poisoned(seed: int, size: int, apart: float = 3.0) -> Batch:
    """Two thirds of the honest rows are called malicious."""
    batch = clouds(seed, size, apart)
    return Batch.of(batch.rows, batch.labels | (np.arange(size) % 6 < 4))


def started(trusted: Batch, model: Any = None) -> tuple[Fitted, Memory]:
    template = LogisticRegression(tol=1e-10) if model is None else model
    fitted = fit_from_scratch(template, (trusted,), RNG(0))
    return fitted, Memory(fitted, (trusted,))


def after(part: Fit, trusted: Batch, *rounds: Batch, model: Any = None) -> tuple[Fitted, Memory]:
    """Model and memory after so many rounds of a part."""
    fitted, memory = started(trusted, model)
    for kept in rounds:
        fitted, memory = part.fit(fitted, memory, kept, RNG(1))
    return fitted, memory


def blocked(fitted: Fitted, batch: Batch) -> float:
    """Share of the honest rows that is called malicious."""
    return float(judge(fitted.deployed, batch.rows[~batch.labels]).decisions.mean())


# The estimator's own robustness, by `Retrain(model=...)`


def test_a_larger_penalty_is_the_estimators() -> None:
    """The documented way: the weights are those of the penalized fit, and shorter."""
    trusted, kept = clouds(0, 40), clouds(1, 40)
    plain, _ = after(Retrain(), trusted, kept)
    shrunk, _ = after(Retrain(model=LogisticRegression(C=0.01)), trusted, kept)
    everything = join((trusted, kept))
    by_hand = LogisticRegression(C=0.01).fit(everything.rows, everything.labels.astype(np.int8))
    np.testing.assert_array_equal(shrunk.deployed.coef_, by_hand.coef_)
    assert np.linalg.norm(shrunk.deployed.coef_) < 0.5 * np.linalg.norm(plain.deployed.coef_)


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(C=0.001),
        SGDClassifier(loss="modified_huber"),
        HuberRegressor(),
        QuantileRegressor(alpha=0.0),
        TrimmedLoss(LogisticRegression(), trimmed=0.2),
        BaggingClassifier(DecisionTreeClassifier(max_depth=2)),
        PartitionEnsemble(GaussianNB(), partitions=5),
    ],
    ids=lambda model: type(model).__name__,
)
def test_robust_estimators_retrain_like_any_other(model: Any) -> None:
    trusted, kept, fresh = clouds(0, 100), clouds(1, 100), clouds(2, 400)
    fitted, _ = after(Retrain(model=model), trusted, kept)
    again, _ = after(Retrain(model=model), trusted, kept)
    verdicts = judge(fitted.deployed, fresh.rows)
    assert (verdicts.decisions == fresh.labels).mean() > 0.93
    np.testing.assert_array_equal(verdicts.scores, judge(again.deployed, fresh.rows).scores)


def test_bagging_and_partitions_outvote_what_a_tree_believes() -> None:
    """One honest row in ten is called malicious, where there is nothing else to be said of it."""
    trusted, clean, fresh = clouds(0, 100), clouds(1, 300), clouds(2, 1000)
    odd = ~clean.labels & (np.arange(300) % 20 == 0)
    kept = Batch.of(clean.rows, clean.labels | odd)
    alone, _ = after(Retrain(model=DecisionTreeClassifier()), trusted, kept)
    for model in (
        BaggingClassifier(DecisionTreeClassifier(), n_estimators=50, max_samples=0.2),
        PartitionEnsemble(DecisionTreeClassifier(random_state=0), partitions=25),
    ):
        voting, _ = after(Retrain(model=model), trusted, kept)
        assert blocked(voting, fresh) < blocked(alone, fresh) / 2


# TrustedPrior


def test_the_prior_counts_the_trusted_rows_so_many_times() -> None:
    """Known answer: 3 copies of the mean 0 of 2 rows, and 2 rows of mean 4: 8/8 = 1."""
    trusted = Batch.of([[-1.0], [1.0]], [0, 0])
    kept = Batch.of([[3.0], [5.0]], [0, 0])
    detector = CentroidDetector(radius=9.0)
    model, memory = after(TrustedPrior(copies=3), trusted, kept, model=detector)
    assert model.deployed.center_.tolist() == [1.0]
    assert memory.archive == (trusted, kept)


def test_a_prior_of_one_copy_is_retraining() -> None:
    trusted, first, second = clouds(0, 30), clouds(1, 10), clouds(2, 10)
    prior, _ = after(TrustedPrior(copies=1), trusted, first, second)
    plain, _ = after(Retrain(), trusted, first, second)
    np.testing.assert_array_equal(prior.deployed.coef_, plain.deployed.coef_)


def test_the_prior_stays_when_the_window_moves_on() -> None:
    trusted = Batch.of([[0.0]] * 4, [0] * 4)
    rounds = [Batch.of([[float(number)]], [0]) for number in (7, 8, 9)]
    part = TrustedPrior(copies=2, window=2)
    model, memory = after(part, trusted, *rounds, model=CentroidDetector(radius=9.0))
    assert model.deployed.center_[0] == pytest.approx((8 + 9) / 10, abs=1e-12)
    assert model.learned == (trusted, trusted, *rounds[1:])
    assert memory.archive == (trusted, *rounds)


def test_the_prior_holds_against_planted_labels() -> None:
    """The more copies, the less honest traffic is blocked; without any it is most of it."""
    trusted, fresh = clouds(0, 60), clouds(9, 2000)
    rounds = [poisoned(seed, 120) for seed in range(1, 4)]
    lost = [
        blocked(after(TrustedPrior(copies=copies), trusted, *rounds)[0], fresh)
        for copies in (1, 10, 100)
    ]
    assert lost[0] > 0.5
    assert lost[0] > lost[1] > lost[2]
    assert lost[2] < 0.1


@pytest.mark.parametrize("part", [TrustedPrior(), TrustedPrior(window=2)])
def test_nothing_kept_changes_nothing(part: Fit) -> None:
    fitted, memory = started(clouds(0, 20))
    assert part.fit(fitted, memory, clouds(1, 0), RNG(0)) == (fitted, memory)


def test_the_prior_checks_its_parameters() -> None:
    with pytest.raises(ValueError, match="copies must be at least 1, got 0"):
        TrustedPrior(copies=0)
    with pytest.raises(ValueError, match="window must be at least 1, got 0; use None for all"):
        TrustedPrior(window=0)


# RollBack


def test_rolling_back_forgets_everything_since_the_start() -> None:
    trusted = clouds(0, 40)
    start, memory = started(trusted)
    model, memory = Retrain().fit(start, memory, poisoned(1, 200), RNG(0))
    assert model.deployed is not start.deployed
    back, memory = RollBack().fit(model, memory, poisoned(2, 200), RNG(0))
    assert back.deployed is memory.initial.deployed
    assert memory.archive == (trusted,)
    # From there retraining begins again.
    kept = clouds(3, 10)
    again, memory = Retrain().fit(back, memory, kept, RNG(0))
    assert again.learned == memory.archive == (trusted, kept)


def test_rolling_back_undoes_the_damage() -> None:
    trusted, fresh = clouds(0, 60), clouds(9, 1000)
    poison = poisoned(1, 400)
    damaged, _ = after(Retrain(), trusted, poison)
    healed, _ = after(Defense(Retrain(), RollBack()), trusted, poison)
    assert blocked(damaged, fresh) > 0.5
    assert blocked(healed, fresh) < 0.05


# AdversarialTraining


@final
@dataclass(frozen=True)
class Step(Evade):
    """Malicious rows come a step nearer to 0, whatever the model."""

    size: float

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        rows = np.where(faced.labels[:, None], faced.rows - self.size, faced.rows)
        return Batch(rows, faced.labels, faced.origin | faced.labels, faced.target)


@final
@dataclass(frozen=True)
class Witness(Evade):
    """Checks what an imagined attack is told, and does nothing."""

    size: int

    def evade(self, faced: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        assert faced.labels.all()
        assert faced.target.all()
        assert known.target is faced
        assert known.model is not None
        assert len(known.reference) == self.size
        assert not known.reference.origin.any()
        assert known.feasible.upper == 7.0
        return faced


def test_the_answer_to_a_known_evasion_is_the_fit_to_the_evasions() -> None:
    trusted, kept = clouds(0, 40), clouds(1, 40)
    bundle = Defense(Retrain(), AdversarialTraining(Step(1.0), rounds=2))
    model, memory = after(bundle, trusted, kept)
    everything = join((trusted, kept))
    moved = everything.rows - everything.labels[:, None]
    by_hand = LogisticRegression(tol=1e-10).fit(moved, everything.labels.astype(np.int8))
    np.testing.assert_allclose(model.deployed.coef_, by_hand.coef_, rtol=1e-6)
    # The rows on record are those that arrived, and so is the model that the next round updates.
    plain, _ = after(Retrain(), trusted, kept)
    np.testing.assert_array_equal(model.trained.coef_, plain.trained.coef_)
    assert model.learned == memory.archive == (trusted, kept)


def test_the_learner_imagines_the_attack_with_what_it_has_itself() -> None:
    marked = clouds(1, 10)
    marked = Batch(marked.rows, marked.labels, origin=marked.labels, target=~marked.labels)
    part = AdversarialTraining(Witness(30), rounds=1, feasible=Feasible(upper=7.0))
    after(Defense(Retrain(), part), clouds(0, 20), marked)


@pytest.mark.parametrize("seed", range(5))
def test_it_lets_through_less_of_the_attack_that_is_optimized_against_it(seed: int) -> None:
    """The attack answers the model that it meets, hardened or not, at its budget of 2."""
    trusted, kept, fresh = clouds(seed, 100), clouds(seed + 50, 100), clouds(seed + 99, 1000)
    attack = BudgetedEvasion(2.0)

    def missed(model: Any) -> float:
        known = Knowledge(kept, fresh.take(np.arange(0))).seeing(Published(model))
        evaded = attack.evade(fresh, known, RNG(0))
        return 1.0 - float(judge(model, evaded.rows[evaded.labels]).decisions.mean())

    plain, _ = after(Retrain(), trusted, kept)
    hardened, _ = after(Defense(Retrain(), AdversarialTraining(attack)), trusted, kept)
    assert missed(plain.deployed) > 0.3
    assert missed(hardened.deployed) < missed(plain.deployed) / 2
    # Its price: honest traffic that is now blocked.
    assert blocked(hardened, fresh) > blocked(plain, fresh)
    assert blocked(hardened, fresh) < 0.3


@pytest.mark.parametrize(
    "model",
    [KNeighborsClassifier(3), GaussianNB(), RandomForestClassifier(5)],
    ids=lambda model: type(model).__name__,
)
def test_any_classifier_is_hardened_against_an_attack_that_needs_no_gradient(model: Any) -> None:
    trusted, fresh = clouds(0, 100), clouds(1, 400)
    fitted, _ = after(AdversarialTraining(Step(1.0)), trusted, clouds(2, 20), model=model)
    evaded = Step(1.0).evade(fresh, Knowledge(fresh, fresh), RNG(0))
    errors: list[NDArray[np.bool_]] = [
        judge(one, evaded.rows).decisions != evaded.labels
        for one in (fitted.trained, fitted.deployed)
    ]
    assert errors[1][evaded.labels].mean() < errors[0][evaded.labels].mean()


def test_an_attack_that_does_nothing_changes_no_verdict() -> None:
    trusted, fresh = clouds(0, 60), clouds(1, 200)
    plain, _ = started(trusted)
    same, _ = after(AdversarialTraining(Attack()), trusted, clouds(2, 10))
    scores = [judge(one.deployed, fresh.rows).scores for one in (plain, same)]
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-6)


def test_without_malicious_rows_there_is_nothing_to_answer() -> None:
    honest = Batch.of([[0.0], [1.0]], [0, 0])
    fitted, memory = started(honest, CentroidDetector(radius=2.0))
    part = AdversarialTraining(Step(1.0))
    assert part.fit(fitted, memory, honest, RNG(0)) == (fitted, memory)


def test_a_number_of_rounds_is_checked() -> None:
    with pytest.raises(ValueError, match="rounds must be at least 1, got 0"):
        AdversarialTraining(Step(1.0), rounds=0)
