"""Empirical games: paired seeds, the same numbers from any number of workers, honest errors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from armsrace.agents import Agent, Always, Behavior, Periodic
from armsrace.checks import MatchingPennies
from armsrace.empirical import empirical_game
from armsrace.forms.normal import NormalForm
from armsrace.game import ROLES, Game
from armsrace.play import play
from armsrace.registry import load_game

FAIR = Behavior({"heads": 0.5, "tails": 0.5})
BIASED = Behavior({"heads": 0.8, "tails": 0.2})


def samples(form: NormalForm) -> Any:
    assert form.samples is not None
    return form.samples


# What is played


def test_pennies_are_the_matrix_of_matching_pennies() -> None:
    form = empirical_game(MatchingPennies(rounds=3), seeds=2)
    assert form.payoffs.tolist() == [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]]
    assert form.actions == (("heads", "tails"), ("heads", "tails"))
    assert form.roles == ("learner", "adversary")
    assert not form.standard_errors.any()
    assert form.is_zero_sum()


def test_samples_are_the_plays_of_their_replicates() -> None:
    game = MatchingPennies(rounds=5)
    learners: list[str | Agent] = [FAIR, "heads"]
    adversaries: list[str | Agent] = [BIASED, FAIR]
    form = empirical_game(game, learners=learners, adversaries=adversaries, seeds=11, seed=3)
    assert samples(form).shape == (11, 2, 2, 2)
    for replicate in range(11):
        for i, learner in enumerate(learners):
            for j, adversary in enumerate(adversaries):
                payoffs = play(game, learner, adversary, seed=3, replicate=replicate).payoffs
                assert samples(form)[replicate, :, i, j].tolist() == list(payoffs)
    assert form.payoffs == pytest.approx(samples(form).mean(axis=0))


def test_every_action_and_suggested_agent_is_played_by_default() -> None:
    game = load_game("dictionary_attack", mails=5, initial=20)
    form = empirical_game(game, seeds=1, rounds=1)
    for role, labels in zip(ROLES, form.actions, strict=True):
        names = (*game.actions(role), *game.suggested_agents(role))
        assert labels == names


def test_agents_are_labels_that_can_be_played() -> None:
    weekly = Periodic("heads", otherwise="tails", period=7)
    form = empirical_game(MatchingPennies(), learners=[weekly, "heads"], seeds=2, rounds=14)
    assert form.actions[0] == (weekly, "heads")
    assert form.payoffs[0, 0].tolist() == pytest.approx([-10 / 14, 10 / 14])
    assert play(MatchingPennies(), form.actions[0][0], "heads").learner is weekly


def test_rounds_are_those_of_the_game_unless_given() -> None:
    game = MatchingPennies(rounds=3)
    learners = [Periodic("heads", otherwise="tails", period=4)]
    own = empirical_game(game, learners=learners, adversaries=["heads"], seeds=1)
    given = empirical_game(game, learners=learners, adversaries=["heads"], seeds=1, rounds=8)
    assert own.payoffs[0, 0, 0] == pytest.approx(-1 / 3)
    assert given.payoffs[0, 0, 0] == pytest.approx(-0.5)


# Which numbers depend on what


def test_more_seeds_begin_with_the_fewer() -> None:
    few, many = (empirical_game(MatchingPennies(), learners=[FAIR], seeds=n) for n in (5, 20))
    assert samples(few).tolist() == samples(many)[:5].tolist()


def test_a_cell_does_not_depend_on_its_neighbors() -> None:
    alone = empirical_game(MatchingPennies(), learners=[FAIR], adversaries=[BIASED], seeds=9)
    among = empirical_game(
        MatchingPennies(), learners=["heads", FAIR], adversaries=[BIASED, "tails"], seeds=9
    )
    assert samples(alone)[:, :, 0, 0].tolist() == samples(among)[:, :, 1, 0].tolist()


def test_plays_are_paired() -> None:
    """On one seed the same traffic: where nobody learns, all attackers meet the same verdicts."""
    costs = load_game("dictionary_attack").setup.costs  # type: ignore[attr-defined]
    game = load_game("dictionary_attack", rounds=1, mails=20)
    form = empirical_game(game, learners=["hold"], adversaries=["wait", "dictionary_5%"], seeds=8)
    sent = samples(form)[:, 1, 0, 1] - samples(form)[:, 1, 0, 0]
    assert sent == pytest.approx(np.full(8, costs.adversary.poison))  # one mail is 5 % of 21
    assert np.ptp(samples(form)[:, 0, 0, 0]) > 0


def test_standard_errors_shrink_as_one_over_the_root_of_the_seeds() -> None:
    """From 8 to 32 seeds they halve.

    The squares are unbiased, so over 60 studies their means are in the ratio 4, with a relative
    standard error of sqrt(2/60 (1/7 + 1/31)) = 0.076 (normal payoffs; coins are tamer). Half of
    that, 0.038, is the error of the ratio of the roots; it is given five of its standard errors.
    """
    game = MatchingPennies(rounds=10)
    squares = {
        seeds: [
            empirical_game(
                game, learners=[FAIR], adversaries=[BIASED], seeds=seeds, seed=100 * seeds + study
            ).standard_errors[0, 0, 0]
            ** 2
            for study in range(60)
        ]
        for seeds in (8, 32)
    }
    ratio = np.sqrt(np.mean(squares[8]) / np.mean(squares[32]))
    assert ratio == pytest.approx(2, rel=5 * 0.038)


def test_standard_error_is_that_of_a_coin() -> None:
    """Known answer: 10 tosses of a fair coin, worth 1 or -1, average with variance 1/10."""
    form = empirical_game(
        MatchingPennies(rounds=10), learners=[FAIR], adversaries=["heads"], seeds=2000
    )
    expected = np.sqrt(1 / 10 / 2000)
    assert form.standard_errors[0, 0, 0] == pytest.approx(expected, rel=5 / np.sqrt(2 * 1999))
    assert abs(form.payoffs[0, 0, 0]) <= 5 * expected


def test_no_bar_is_drawn_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    empirical_game(MatchingPennies(rounds=1), seeds=1, progress=True)
    assert capsys.readouterr() == ("", "")


# The door


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda game: empirical_game(game, seeds=0), ValueError, "seeds must be at least 1, got 0"),
        (lambda game: empirical_game(game, jobs=0), ValueError, "jobs must be at least 1, got 0"),
        (
            lambda game: empirical_game(game, seeds=1, rounds=-2),
            ValueError,
            "rounds must be at least 1, got -2",
        ),
        (
            lambda game: empirical_game(game, seeds=1, seed=-2),
            ValueError,
            "seed must be a non-negative integer, got -2",
        ),
        (
            lambda game: empirical_game(game, learners=[]),
            ValueError,
            "the learner must have at least one strategy, got none",
        ),
        (
            lambda game: empirical_game(game, adversaries=["heads", "edge"]),
            LookupError,
            "unknown adversary 'edge' in matching_pennies; known are heads, tails",
        ),
        (
            lambda game: empirical_game(game, learners=[Always("edge")], seeds=1),
            LookupError,
            "unknown learner action 'edge' in matching_pennies; the actions are heads, tails",
        ),
        (
            lambda game: empirical_game(game, learners=["heads", "heads"], seeds=1),
            ValueError,
            "the learner's strategies must differ, got heads, heads",
        ),
    ],
)
def test_door_refuses_and_says_why(
    call: Callable[[Game], object], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        call(MatchingPennies())


@pytest.mark.parametrize("learners", [["heads", "edge"], ["heads", Always("edge")], ["heads"] * 2])
def test_nothing_is_played_before_everything_can_be(
    learners: list[str | Agent], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*arguments: Any, **options: Any) -> None:
        pytest.fail("a play was begun")

    monkeypatch.setattr("armsrace.empirical.normal_form.play", never)
    with pytest.raises((LookupError, ValueError)):
        empirical_game(MatchingPennies(), learners=learners, seeds=1)


def test_a_single_name_is_no_list_of_strategies(game_called: Callable[[str], Game]) -> None:
    with pytest.raises(TypeError, match=r"strategies must be a list, got 'hold'; write \['hold'\]"):
        empirical_game(game_called("centroid_shift"), learners="hold", seeds=2)
