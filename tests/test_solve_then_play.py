"""Solve, then play: an equilibrium deployed as agents earns in play what the solver said.

A *study* estimates the empirical game, solves it, and plays the two equilibrium strategies as
agents on fresh seeds, 200 rounds a play. It succeeds when the average of the plays is within the
combined 95 % interval of the solved value: half its width is the root of the sum of the squares of
the half widths of the two 95 % intervals, of the value (over the paired seeds of the estimate) and
of the average (over the fresh plays).

A single study fails by chance in one of twenty cases. So several independent ones are made, and
all but a few must succeed; what few are is chosen so that chance alone seldom fails the test,
whatever the seeds: the binomial tail is in each test.
"""

from collections.abc import Sequence
from math import comb, hypot

import pytest

from armsrace.agents import Agent, Behavior
from armsrace.checks import MatchingPennies
from armsrace.costs import Costs, Prices
from armsrace.empirical import empirical_game
from armsrace.game import Game
from armsrace.play import play
from armsrace.registry import load_game
from armsrace.solvers import minimax
from armsrace.statistics import mean_interval

ROUNDS = 200


def false_alarm(studies: int, needed: int) -> float:
    """The probability that fewer than `needed` of the studies succeed, at 95 % each."""
    return sum(
        comb(studies, successes) * 0.95**successes * 0.05 ** (studies - successes)
        for successes in range(needed)
    )


def succeeds(
    game: Game,
    study: int,
    *,
    learners: Sequence[str | Agent],
    adversaries: Sequence[str | Agent],
    seeds: int,
    plays: int,
) -> bool:
    form = empirical_game(
        game,
        learners=learners,
        adversaries=adversaries,
        seeds=seeds,
        seed=2 * study,
        rounds=ROUNDS,
    )
    solved = minimax(form)
    assert solved.status == "solved"
    assert solved.regret < 1e-9
    earned = [
        play(
            game,
            solved.learner,
            solved.adversary,
            rounds=ROUNDS,
            seed=2 * study + 1,
            replicate=replicate,
        ).payoffs[0]
        for replicate in range(plays)
    ]
    average = mean_interval(earned)
    low, high = solved.interval
    assert low < high
    combined = hypot((high - low) / 2, float(average.half_width))
    return abs(float(average.estimate) - solved.value) <= combined


def test_equilibrium_of_biased_coins_earns_its_value() -> None:
    """Coins that show heads with probability 0.2 and 0.9 against 0.3 and 0.6."""
    learners, adversaries = (
        [Behavior({"heads": heads, "tails": 1 - heads}) for heads in odds]
        for odds in ((0.2, 0.9), (0.3, 0.6))
    )
    assert false_alarm(studies=5, needed=3) < 1 / 800
    successes = sum(
        succeeds(
            MatchingPennies(),
            study,
            learners=learners,
            adversaries=adversaries,
            seeds=6,
            plays=10,
        )
        for study in range(5)
    )
    assert successes >= 3


@pytest.mark.parametrize(
    ("studies", "needed", "chance"),
    [(3, 2, 1 / 130), pytest.param(10, 7, 1 / 900, marks=pytest.mark.slow)],
)
def test_equilibrium_of_the_shifted_centroid_earns_its_value(
    studies: int, needed: int, chance: float
) -> None:
    """On real rows, with retraining and drift; by these prices both sides mix."""
    costs = Costs.opposed(Prices(fp=1.0, target_errors=3.0, retrainings=0.5, poison=-0.3))
    game = load_game(
        "centroid_shift", data="phishing", initial=50, traffic=10, drift=0.005, costs=costs
    )
    assert false_alarm(studies=studies, needed=needed) < chance
    successes = sum(
        succeeds(
            game,
            study,
            learners=["hold", "retrain"],
            adversaries=["wait", "shift_30%"],
            seeds=3,
            plays=4,
        )
        for study in range(studies)
    )
    assert successes >= needed


@pytest.mark.slow
def test_equilibrium_of_the_dictionary_race_earns_its_value() -> None:
    game = load_game("dictionary_attack", initial=30, mails=10)
    assert false_alarm(studies=5, needed=3) < 1 / 800
    successes = sum(
        succeeds(
            game,
            study,
            learners=["hold", "retrain", "retrain_roni"],
            adversaries=["wait", "dictionary_5%", "focused_5%"],
            seeds=6,
            plays=12,
        )
        for study in range(5)
    )
    assert successes >= 3
