"""Decisions by members of an ensemble that are drawn at random."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import armsrace.checks
from armsrace.checks import Scene, checks_in, scenes
from armsrace.defenses import Fitted, RandomMembers
from armsrace.models import CentroidDetector, SpamBayes
from armsrace.models.scoring import judge
from armsrace.verdicts import UNSURE, Verdicts

WORDS, SPHERE, PLANE = scenes()[:3]
RNG = np.random.default_rng
SUBSPACES = BaggingClassifier(
    LogisticRegression(), n_estimators=7, max_features=0.5, bootstrap=False, random_state=0
)


def fitted(model: Any, scene: Scene = PLANE) -> Any:
    trusted = scene.memory.trusted
    return model.fit(trusted.rows, trusted.labels.astype(int))


def classified(part: RandomMembers, model: Any, rows: Any, seed: int = 0) -> Verdicts:
    return part.classify(model, rows, judge(model, rows), RNG(seed))


def test_a_row_is_judged_by_each_member_equally_often() -> None:
    """The 7 members' scores of one row, over 14,000 copies of it, to 5 standard errors."""
    model, copies = fitted(SUBSPACES), 14_000
    rows = np.repeat(PLANE.faced.rows[:1], copies, axis=0)
    verdicts = classified(RandomMembers(), model, rows)
    alone = [
        judge(member, rows[:1, columns])
        for member, columns in zip(model.estimators_, model.estimators_features_, strict=True)
    ]
    assert len({float(each.scores[0]) for each in alone}) == 7
    for each in alone:
        drawn = np.isclose(verdicts.scores, each.scores[0], rtol=1e-12, atol=0.0)
        assert abs(drawn.mean() - 1 / 7) <= 5 * np.sqrt(1 / 7 * 6 / 7 / copies)
        assert (verdicts.decisions[drawn] == each.decisions[0]).all()


def test_all_members_together_decide_by_majority() -> None:
    model, rows = fitted(SUBSPACES), PLANE.faced.rows
    verdicts = classified(RandomMembers(size=99), model, rows)
    votes = np.array(
        [
            judge(member, rows[:, columns]).decisions
            for member, columns in zip(model.estimators_, model.estimators_features_, strict=True)
        ]
    )
    assert verdicts.decisions.tolist() == (votes.mean(axis=0) > 0.5).astype(int).tolist()
    np.testing.assert_allclose(verdicts.scores, judge(model, rows).scores, rtol=1e-9)


def test_members_are_drawn_without_repetition_and_a_tie_is_unsure() -> None:
    opposed = VotingClassifier([("a", LogisticRegression()), ("b", LogisticRegression(C=1e-9))])
    model, rows = fitted(opposed), PLANE.faced.rows
    first, second = (judge(member, rows).decisions for member in model.estimators_)
    both = classified(RandomMembers(size=2), model, rows)
    assert (first != second).any()
    assert both.decisions.tolist() == np.where(first == second, first, UNSURE).tolist()


@pytest.mark.parametrize(
    ("model", "scene"),
    [
        (RandomForestClassifier(n_estimators=5, random_state=0), PLANE),
        (VotingClassifier([("a", LogisticRegression()), ("b", GaussianNB())]), PLANE),
        (make_pipeline(StandardScaler(), SUBSPACES), PLANE),
        (BaggingClassifier(CentroidDetector(radius=3.5), max_features=0.5, random_state=0), SPHERE),
        (BaggingClassifier(SpamBayes(), max_features=0.5, random_state=0), WORDS),
    ],
)
def test_every_check_holds_with_an_ensemble(model: Any, scene: Scene) -> None:
    fit = Fitted.of(model, fitted(model, scene), (scene.memory.trusted,))
    there = replace(scene, model=fit)
    part = RandomMembers()
    for check in (*checks_in(armsrace.checks.parts), *checks_in(armsrace.checks.defenses)):
        check(part, there)
    again = [classified(part, fit.deployed, scene.faced.rows, seed).scores for seed in (0, 1)]
    assert (again[0] != again[1]).any()


def test_a_pipeline_transforms_before_its_members_judge() -> None:
    steps = make_pipeline(StandardScaler(), SUBSPACES)
    model, rows = fitted(steps), PLANE.faced.rows
    whole = classified(RandomMembers(), model, rows)
    apart = classified(RandomMembers(), model[-1], model[:-1].transform(rows))
    assert whole.scores.tolist() == apart.scores.tolist()


def test_a_model_that_is_no_ensemble_is_its_own_only_member() -> None:
    verdicts = PLANE.verdicts()
    part = RandomMembers(size=3)
    assert part.classify(PLANE.model.deployed, PLANE.faced.rows, verdicts, RNG(0)) is verdicts


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("ensemble", [BaggingClassifier, RandomForestClassifier])
def test_an_ensemble_that_knows_one_class_says_so(ensemble: Any, label: int) -> None:
    # The ensemble itself cannot be asked: it has no probability of class 1.
    rows, labels = PLANE.traffic.rows, np.full(len(PLANE.traffic), label)
    model = ensemble(n_estimators=3, random_state=0).fit(rows, labels)
    verdicts = RandomMembers().classify(model, PLANE.faced.rows, PLANE.verdicts(), RNG(0))
    assert (verdicts.decisions == label).all()


def test_a_member_that_knows_one_class_says_so() -> None:
    """Most bags of two rows hold one class: such a neighborhood has no other to answer with."""
    rows, labels = np.arange(6.0).reshape(-1, 1), np.array([0, 0, 0, 1, 1, 1])
    nearest = KNeighborsClassifier(n_neighbors=1)
    model = BaggingClassifier(nearest, max_samples=2, random_state=0).fit(rows, labels)
    known = [member.classes_.tolist() for member in model.estimators_]
    assert [0] in known
    assert [1] in known
    many = np.full((500, 1), 2.5)
    drawn = RandomMembers().classify(model, many, judge(model, many), RNG(0)).decisions
    alone = [member.predict(many[:1])[0] for member in model.estimators_]
    assert abs(drawn.mean() - np.mean(alone)) <= 5 * np.sqrt(0.25 / 500)


def test_members_must_be_classifiers() -> None:
    model = fitted(GradientBoostingClassifier(n_estimators=2))
    with pytest.raises(
        ValueError, match="members of GradientBoostingClassifier must be classifiers"
    ):
        classified(RandomMembers(), model, PLANE.faced.rows)


def test_size_must_be_positive() -> None:
    with pytest.raises(ValueError, match="size must be at least 1, got 0"):
        RandomMembers(0)
