"""Two workers give the bytes of one: not one bit depends on which process played what.

Whatever plays in several processes is asked here, in one file, so that its tests start them once.
"""

from collections.abc import Callable
from typing import Any

import pytest

import armsrace as ar
from armsrace.assess import race
from armsrace.empirical import held_and_suggested
from games import CentroidDisplacement, DictionaryAttack

DISPLACED = CentroidDisplacement(rounds=5)


def normal_form(jobs: int) -> list[bytes]:
    """32 paired seeds on real mail."""
    form = ar.empirical_game(
        DictionaryAttack(rounds=2, mails=20),
        learners=["hold", "retrain"],
        adversaries=["wait", "dictionary_5%"],
        seeds=32,
        jobs=jobs,
    )
    assert form.samples is not None
    assert (form.standard_errors > 0).all()
    assert form.actions == (("hold", "retrain"), ("wait", "dictionary_5%"))
    return [array.tobytes() for array in (form.payoffs, form.samples, form.standard_errors)]


def markov_game(jobs: int) -> list[bytes]:
    found = ar.empirical_markov(
        CentroidDisplacement(rounds=20, discount=0.9),
        {"displacement": [0.0, 0.1, 0.2]},
        learners=["hold", "retrain"],
        adversaries=["wait", "shift_15%"],
        seeds=17,
        seed=3,
        jobs=jobs,
    )
    estimates = (found.form.rewards, found.form.transitions.toarray(), found.sets.low)
    return [array.tobytes() for array in estimates]


def regret(jobs: int) -> tuple[bytes, Any]:
    found = ar.measured_regret(DISPLACED, "hold", "shift_15%", seeds=17, jobs=jobs)
    return found.regrets.estimate.tobytes(), found.deviations


def double_oracle(jobs: int) -> tuple[Any, bytes]:
    found = ar.double_oracle(
        DISPLACED, held_and_suggested, held_and_suggested, seeds=9, iterations=3, jobs=jobs
    )
    return found.frame().to_dict(), found.form.payoffs.tobytes()


def assessed_race(jobs: int) -> str:
    return repr(race(DISPLACED, seeds=4, jobs=jobs))


@pytest.mark.parametrize("play", [normal_form, markov_game, regret, double_oracle, assessed_race])
def test_two_workers_give_the_bytes_of_one(play: Callable[[int], Any]) -> None:
    assert play(1) == play(2)
