"""The focused attack: the better the guess the likelier the loss, on paired seeds."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, final

import numpy as np
import pytest

from armsrace import play
from armsrace.attacks import Attack, FocusedMail, Knowledge, Poison
from armsrace.attacks.poison.rates import effort
from armsrace.batch import Batch
from armsrace.history import History
from armsrace.statistics import mean_interval
from armsrace.taxonomy import DEFENSES
from games import FocusedAttack

SEEDS = range(16)
ROUNDS = 6
GUESSES = ("guess_10%", "guess_30%", "guess_50%", "guess_100%")


@final
@dataclass(frozen=True)
class RandomWords(Poison):
    """As many spam mails as a focused attack's, of as many words, which are any words."""

    rate: float
    guess: float

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        size = effort(self.rate, len(traffic))
        words = round(self.guess * float(known.target.rows[0].sum()))
        rows = np.zeros((size, traffic.width), dtype=traffic.rows.dtype)
        for row in rows:
            row[rng.permutation(traffic.width)[:words]] = True
        return traffic.plus(Batch.made(rows, np.ones(size, dtype=bool)))


@cache
def game() -> FocusedAttack:
    made = FocusedAttack()
    others = {
        f"random_{guess}": Attack(RandomWords(made.rate, guess=part.guess))
        for guess, bundle in made.setup.adversary_actions.items()
        for part in bundle.parts
        if isinstance(part, FocusedMail)
    }
    vars(made)["setup"] = replace(
        made.setup, adversary_actions={**made.setup.adversary_actions, **others}
    )
    return made


@cache
def history(learner: str, adversary: str, seed: int) -> History:
    return play(game(), learner, adversary, rounds=ROUNDS, seed=seed)


def lost(learner: str, adversary: str) -> np.ndarray:
    """Share of the rounds in which the mail is lost, one number a seed."""
    plays = [history(learner, adversary, seed) for seed in SEEDS]
    return np.array([each.column("target_errors").mean() for each in plays])


def gained(learner: str, adversary: str) -> np.ndarray:
    return np.array([history(learner, adversary, seed).payoffs[1] for seed in SEEDS])


def surely_positive(differences: np.ndarray) -> bool:
    return bool(mean_interval(differences, level=0.99).low > 0)


def test_the_mail_arrives_unless_attacked_and_is_lost_once_it_is_known() -> None:
    # A filter that has seen but sixty mails loses one by itself now and then.
    assert lost("retrain", "wait").mean() < 0.05
    for seed in SEEDS:  # in the first round the filter has seen but five attack mails
        told = history("retrain", "guess_100%", seed)
        assert told.column("target_errors")[1:].tolist() == [1] * (ROUNDS - 1)


def test_a_better_guess_loses_more() -> None:
    shares = np.array([lost("retrain", guess) for guess in GUESSES])
    assert (np.diff(shares.mean(axis=1)) > 0).all()
    scores = np.array(
        [
            [history("retrain", guess, seed).column("target_score")[-1] for seed in SEEDS]
            for guess in ("wait", *GUESSES)
        ]
    )
    for worse, better in zip(scores, scores[2:], strict=False):
        assert surely_positive(better - worse)


@pytest.mark.parametrize("guess", ["guess_30%", "guess_50%", "guess_100%"])
def test_guessed_words_beat_as_many_random_words(guess: str) -> None:
    assert surely_positive(lost("retrain", guess) - lost("retrain", f"random_{guess}"))


def test_a_filter_that_is_held_is_not_poisoned() -> None:
    for guess in GUESSES:
        assert lost("hold", guess).tolist() == lost("hold", "wait").tolist()


@pytest.mark.parametrize("learner", ["retrain_hidden", "retrain_misled", "retrain_honeypot"])
def test_what_is_published_makes_no_difference_to_an_attack_that_never_looks(learner: str) -> None:
    for adversary in ("wait", "guess_50%"):
        assert gained(learner, adversary).tolist() == gained("retrain", adversary).tolist()


def test_a_stronger_prior_saves_mails_of_which_half_is_known() -> None:
    saved = lost("retrain", "guess_50%") - lost("retrain_prior", "guess_50%")
    assert surely_positive(saved)


def test_impact_on_other_mail_does_not_show_the_attack() -> None:
    """RONI tries a mail on known mail; the mail that it harms is not among it."""
    told = [history("retrain_roni", "guess_50%", seed) for seed in SEEDS[:4]]
    kept = sum(each.column("poison_kept").sum() for each in told)
    assert kept / sum(each.column("poison").sum() for each in told) > 0.9


@pytest.mark.parametrize(
    "learner",
    [
        "retrain_prior",
        "retrain_mixed",
        *(
            pytest.param(learner, marks=pytest.mark.slow)
            for learner in (
                *("retrain_prior_strong", "retrain_mixed_high"),
                *("retrain_dynamic", "retrain_roni"),
            )
        ),
    ],
)
def test_the_best_guess_against_a_defense_does_no_worse_than_the_best_against_none(
    learner: str,
) -> None:
    """Both are chosen on one half of the seeds and scored on the other."""
    half = len(SEEDS) // 2
    best = {
        against: max(GUESSES, key=lambda guess: float(gained(against, guess)[:half].mean()))
        for against in ("retrain", learner)
    }
    adapted, unadapted = (gained(learner, best[each])[half:] for each in (learner, "retrain"))
    assert (adapted - unadapted).mean() >= 0


def test_every_defense_of_the_article_has_its_action() -> None:
    made = FocusedAttack()
    assert set(made.setup.answers) == {"none", *DEFENSES}
    named = [action for actions in made.setup.answers.values() for action in actions]
    assert len(set(named)) == len(named) >= 7


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"initial": 0}, "initial must be at least 1, got 0"),
        ({"mails": 0}, "mails must be at least 1, got 0"),
        ({"rate": 1.0}, r"rate must be in \[0, 1\), got 1"),
        ({"strength": 0.0}, "strength must be positive and finite, got 0"),
    ],
)
def test_bad_parameters_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        play(FocusedAttack(**parameters), "retrain", "wait", rounds=1)


def test_without_a_budget_nothing_is_sent() -> None:
    told = play(FocusedAttack(rate=0.0), "retrain", "guess_100%", rounds=2, seed=0)
    assert not told.column("poison").any()
