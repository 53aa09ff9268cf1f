"""Evasion: what good words are, in whose mail they are put, and that they help."""

import numpy as np
import pytest

from armsrace.attacks import GoodWords, Knowledge
from armsrace.batch import Batch
from armsrace.models import SpamBayes
from armsrace.models.scoring import judge
from armsrace.verdicts import MALICIOUS
from armsrace.worlds import load_mail_words

RNG = np.random.default_rng


def test_good_words_are_those_that_only_honest_mail_has() -> None:
    """Known answer: word 2 is in all honest mail and in no spam, word 0 in half and none."""
    reference = Batch.of([[1, 1, 1, 0], [0, 1, 1, 0], [0, 1, 0, 1], [0, 1, 0, 1]], [0, 0, 1, 1])
    faced = Batch.of([[0, 0, 0, 1], [0, 0, 0, 1]], [0, 1])
    known = Knowledge(reference, reference)
    one = GoodWords(1).evade(faced, known, RNG(0))
    assert one.rows.tolist() == [[0, 0, 0, 1], [0, 0, 1, 1]]
    assert one.origin.tolist() == [False, True]
    assert one.labels.tolist() == [False, True]
    two = GoodWords(2).evade(faced, known, RNG(0))
    assert two.rows.tolist() == [[0, 0, 0, 1], [1, 0, 1, 1]]


def test_no_words_leave_the_mail_as_it_is() -> None:
    faced = Batch.of([[0, 1]], [1])
    assert GoodWords(0).evade(faced, Knowledge(faced, faced), RNG(0)) is faced


def test_good_words_get_real_spam_through_a_real_filter() -> None:
    """The more words, the less spam is caught: the shape of Lowd and Meek (2005)."""
    mails = load_mail_words()
    everything = Batch.unmarked(mails.rows, mails.labels)
    train, reference, faced = (everything.take(np.arange(i, 3000, 3)) for i in range(3))
    model = SpamBayes().fit(train.rows, train.labels)
    caught = []
    for part in map(GoodWords, (0, 20, 100)):
        met = part.evade(faced, Knowledge(reference, reference), RNG(0))
        decisions = judge(model, met.rows).decisions
        caught.append(int((decisions[faced.labels] == MALICIOUS).sum()))
    assert caught[0] > 0.7 * faced.labels.sum()
    assert caught[0] > caught[1] > caught[2]
    assert caught[2] < 0.1 * caught[0]


def test_number_of_words_must_not_be_negative() -> None:
    with pytest.raises(ValueError, match="words must be at least 0, got -1"):
        GoodWords(-1)
