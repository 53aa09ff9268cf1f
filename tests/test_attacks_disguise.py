"""Disguises and surrogates: found by queries, kept while they serve, within what is feasible."""

from typing import Any

import numpy as np
import pytest

from armsrace.attacks import (
    BooleanDisguise,
    Disguise,
    Knowledge,
    KstepDisguise,
    LinearSurrogate,
    MultilineDisguise,
    Surrogate,
)
from armsrace.attacks.probe.surrogate import LinearModel, suspected_model
from armsrace.batch import Batch
from armsrace.feasible import Feasible
from armsrace.models import SpamBayes
from armsrace.models.published import Published
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST
from armsrace.worlds import load_mail_words

RNG = np.random.default_rng
MAILS = load_mail_words()
TRAINED, REFERENCE = (Batch.unmarked(MAILS.rows[i:900:2], MAILS.labels[i:900:2]) for i in (0, 1))
FILTER = SpamBayes().fit(TRAINED.rows, TRAINED.labels)
WORDS = Feasible(increasing=range(MAILS.rows.shape[1]))
SPAM = REFERENCE.take(
    np.flatnonzero(REFERENCE.labels & (judge(FILTER, REFERENCE.rows).decisions == 1))[1:3]
)
HIDDEN = Published(FILTER).hidden()
SEARCHES = [BooleanDisguise(2000), MultilineDisguise(400), KstepDisguise(400)]


def probed(part: Disguise, public: Published, known: Knowledge | None = None) -> Knowledge:
    known = known or Knowledge(REFERENCE, SPAM.aimed(), feasible=WORDS)
    return part.probe(public, known.seeing(public), RNG(0))


@pytest.mark.parametrize("part", SEARCHES)
def test_disguise_gets_real_spam_through_with_fewer_words_than_at_random(part: Disguise) -> None:
    known = probed(part, Published(FILTER).hidden())
    faced = SPAM.aimed()
    after = part.evade(faced, known, RNG(0))
    assert (judge(FILTER, after.rows).decisions == HONEST).all()
    assert WORDS.allows(after.rows, SPAM.rows).all()
    added = (after.rows & ~SPAM.rows).sum(axis=1)
    assert [found.cost for found in known.notes[part]] == added.tolist()
    for seed in range(20):
        random = SPAM.rows.copy()
        for row, count in zip(random, added, strict=True):
            row[RNG(seed).permutation(np.flatnonzero(~row))[:count]] = True
        assert (judge(FILTER, random).decisions == HONEST).sum() < 2


@pytest.mark.parametrize("part", SEARCHES)
def test_disguise_is_kept_while_it_serves_and_replaced_when_it_does_not(part: Disguise) -> None:
    known = probed(part, Published(FILTER).hidden())
    again = Published(FILTER).hidden()
    kept = probed(part, again, known)
    assert kept.notes[part] == known.notes[part]
    assert again.log.count == len(SPAM)
    wary = FILTER.updated(
        np.array([found.instance for found in known.notes[part]] * 30), [1] * 30 * len(SPAM)
    )
    changed = probed(part, Published(wary).hidden(), known)
    for found, before in zip(changed.notes[part], known.notes[part], strict=True):
        assert found.instance is None or (found.instance != before.instance).any()


@pytest.mark.parametrize("part", SEARCHES)
@pytest.mark.parametrize("limit", [0, 1, 3, 10])
def test_door_that_closes_leaves_the_best_so_far(part: Disguise, limit: int) -> None:
    public = Published(FILTER).hidden().limited(limit)
    known = probed(part, public)
    assert public.log.count <= limit
    after = part.evade(SPAM.aimed(), known, RNG(0))
    passed = judge(FILTER, after.rows).decisions == HONEST
    assert (passed == after.origin).all()


@pytest.mark.parametrize("part", SEARCHES)
def test_nothing_to_change_and_nothing_to_disguise_are_left_alone(part: Disguise) -> None:
    fixed = Knowledge(REFERENCE, SPAM, feasible=Feasible(immutable=range(MAILS.rows.shape[1])))
    known = probed(part, Published(FILTER).hidden(), fixed)
    assert all(found.instance is None for found in known.notes[part])
    ham = REFERENCE.take(np.flatnonzero(judge(FILTER, REFERENCE.rows).decisions == HONEST)[:1])
    known = probed(part, Published(FILTER).hidden(), Knowledge(REFERENCE, ham.aimed()))
    assert not part.evade(ham.aimed(), known, RNG(0)).origin.any()


def test_disguise_needs_a_target_and_boolean_disguise_words() -> None:
    nobody = REFERENCE.take(np.zeros(0, dtype=np.intp))
    with pytest.raises(ValueError, match="a disguise needs a target; give the world"):
        probed(SEARCHES[0], HIDDEN, Knowledge(REFERENCE, nobody))
    numbers = Batch.of([[5.0], [0.0]], [1, 0])
    known = Knowledge(numbers, numbers.take(np.array([0])).aimed())
    with pytest.raises(ValueError, match="rows must hold words as booleans, got float64"):
        probed(SEARCHES[0], Published(LinearModel(np.ones(1), 2.0)), known)


@pytest.mark.parametrize("part", [MultilineDisguise(300), KstepDisguise(300)])
def test_disguise_of_real_features_is_the_cheapest_along_an_axis(part: Disguise) -> None:
    """Known answer: the gap of 4 by the largest weight, 2, of those that can be changed."""
    reference = Batch.of([[0.0, 0.0, 0.0], [2.0, 0.0, 4.0]], [0, 1])
    target = Batch.of([[2.0, 0.0, 1.0]], [1]).aimed()
    model = LinearModel(np.array([1.0, -2.0, 9.0]), 7.0)
    known = Knowledge(reference, target, feasible=Feasible(immutable=[2]))
    known = probed(part, Published(model).hidden(), known)
    after = part.evade(target, known, RNG(0))
    assert after.rows[0] == pytest.approx([2.0, 2.0, 1.0], rel=0.06)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: BooleanDisguise(0), "queries must be at least 1, got 0"),
        (lambda: KstepDisguise(5, words=0), "words must be at least 1, got 0"),
        (lambda: MultilineDisguise(5, tolerance=0.0), "tolerance must be positive and finite"),
        (lambda: Surrogate(0), "queries must be at least 1, got 0"),
        (lambda: LinearSurrogate(0), "queries must be at least 1, got 0"),
        (lambda: LinearSurrogate(1, tolerance=1.0), r"tolerance must be in \(0, 1\), got 1.0"),
    ],
)
def test_attributes_out_of_range_are_refused(make: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make()


ROWS = RNG(0).normal(size=(400, 4)) + 1.0 * (np.arange(400)[:, None] % 2)
CLOUDS = Batch.unmarked(ROWS, np.arange(400) % 2 == 1)
SLANTED = LinearModel(np.array([2.0, -1.0, 0.5, 0.0]), 0.7)


def agreement(known: Knowledge) -> float:
    rows = RNG(1).normal(size=(2000, 4)) + 0.5
    mine, true = (judge(model, rows).decisions for model in (suspected_model(known), SLANTED))
    return float((mine == true).mean())


def test_surrogates_agree_with_the_hidden_model_more_than_labels_alone() -> None:
    nobody = CLOUDS.take(np.zeros(0, dtype=np.intp))
    hidden = Published(SLANTED).hidden()
    known = Knowledge(CLOUDS, nobody).seeing(hidden)
    learned = Surrogate(200).probe(hidden, known, RNG(0))
    asked = LinearSurrogate(200).probe(Published(SLANTED).hidden(), known, RNG(0))
    assert agreement(known) < 0.9 < agreement(learned) < agreement(asked)
    assert agreement(asked) > 0.99
    assert hidden.log.count == 200
    more = Surrogate(200).probe(hidden, learned, RNG(1))
    assert len(more.notes[Surrogate].rows) == 400


def test_model_in_sight_is_not_asked() -> None:
    known = Knowledge(CLOUDS, CLOUDS).seeing(Published(SLANTED))
    for part in (Surrogate(5), LinearSurrogate(5)):
        public = Published(SLANTED)
        assert part.probe(public, known, RNG(0)).notes == {}
        assert public.log.count == 0
    assert suspected_model(known) is SLANTED


def test_answers_that_are_all_alike_teach_nothing() -> None:
    calm = Published(LinearModel(np.zeros(4), 1.0)).hidden()
    known = Knowledge(CLOUDS, CLOUDS).seeing(calm)
    for part in (Surrogate(20), LinearSurrogate(20)):
        assert part.probe(calm, known, RNG(0)).notes == {}
