"""Agents: what each does, and from what a caller may write for one."""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.agents import Agent, Always, Behavior, Mixed, Periodic, Seen, Triggered, as_agent
from armsrace.agents.agent import check_probabilities, choose
from armsrace.checks import MatchingPennies
from armsrace.play import play
from armsrace.registry import load_game

PENNIES = MatchingPennies(rounds=12)
RNG = np.random.default_rng
HEADS, TAILS = Always("heads"), Always("tails")

WEIGHTS = st.lists(st.integers(0, 10), min_size=1, max_size=5).filter(any)


def course(agent: Agent, opponent: Any = "heads", rounds: int = 12) -> str:
    """The first letters of what an agent does as the learner."""
    history = play(MatchingPennies(rounds=rounds), agent, opponent, seed=1)
    return "".join(record.learner[0] for record in history.records)


# Drawing


@given(WEIGHTS, st.integers(0, 2**32))
@settings(max_examples=200)
def test_what_has_no_probability_is_never_drawn(weights: list[int], seed: int) -> None:
    strategy = {place: weight / sum(weights) for place, weight in enumerate(weights)}
    rng = RNG(seed)
    assert all(strategy[choose(strategy, rng)] > 0 for _ in range(20))


@given(WEIGHTS)
@settings(max_examples=50)
def test_draws_have_their_probabilities(weights: list[int]) -> None:
    """Within 6 standard errors of 2,000 draws: a false alarm in one of 10^8 comparisons."""
    strategy = {place: weight / sum(weights) for place, weight in enumerate(weights)}
    rng = RNG(0)
    drawn = Counter(choose(strategy, rng) for _ in range(2000))
    for place, probability in strategy.items():
        error = np.sqrt(probability * (1 - probability) / 2000)
        assert abs(drawn[place] / 2000 - probability) <= 6 * error


@pytest.mark.parametrize(
    ("strategy", "says"),
    [
        ({}, "a strategy must hold at least one probability, got none"),
        ({"a": -0.5, "b": 1.5}, r"probabilities must be non-negative and finite, got \[-0.5, 1.5"),
        ({"a": float("nan")}, r"probabilities must be non-negative and finite, got \[nan\]"),
        ({"a": float("inf")}, r"probabilities must be non-negative and finite, got \[inf\]"),
        ({"a": 0.5, "b": 0.4}, "probabilities must sum to 1, got 0.9; divide by the sum"),
    ],
)
def test_what_is_no_distribution_is_refused(strategy: dict[str, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        check_probabilities(strategy)
    with pytest.raises(ValueError, match=says):
        Behavior(strategy)
    with pytest.raises(ValueError, match=says):
        as_agent(strategy, PENNIES, "learner")


# The agents, one by one


def test_always_holds_its_action() -> None:
    assert course(TAILS) == "t" * 12


@given(st.integers(1, 6), st.integers(0, 8))
@settings(max_examples=100)
def test_periodic_acts_in_its_rounds_and_in_no_other(period: int, phase: int) -> None:
    done = course(Periodic("heads", otherwise="tails", period=period, phase=phase))
    acted = [clock for clock, letter in enumerate(done) if letter == "h"]
    assert acted == list(range(phase, 12, period))


@pytest.mark.parametrize(
    ("lasting", "expected"),
    [(1, "httthhthhhhh"), (2, "htttthtthhhh"), (4, "httttttttthh")],
)
def test_triggered_answers_an_alarm_for_as_long_as_it_says(lasting: int, expected: str) -> None:
    """Known answers, by hand: alarms in rounds 0, 1, 2 and 5, each answered from the next on.

    An alarm during an answer begins it anew.
    """
    agent = Triggered("tails", otherwise="heads", lasting=lasting)
    memory = agent.init(PENNIES, "learner", RNG(0))
    done = ""
    for clock in range(12):
        done += agent.act(memory, Seen(clock, 12), RNG(0))[0]
        memory = agent.learn(memory, Seen(clock, 12, {"alarms": float(clock in (0, 1, 2, 5))}))
    assert done == expected


def test_triggered_plays_a_real_game() -> None:
    """Training on the flood raises the alarm of the first round, which is answered three times."""
    game = load_game("dictionary_attack")
    agent = Triggered("hold", otherwise="retrain", lasting=3)
    history = play(game, agent, "dictionary_20%", rounds=4, seed=1)
    alarms = history.column("alarms").tolist()
    assert alarms[0] == 1.0
    assert [record.learner for record in history.records] == ["retrain", "hold", "hold", "hold"]


def test_behavior_draws_in_every_round() -> None:
    done = course(Behavior({"heads": 0.5, "tails": 0.5}), rounds=400)
    runs = sum(one != other for one, other in pairwise(done))
    assert abs(runs - 199.5) <= 5 * np.sqrt(399 / 4)


def test_mixed_draws_once() -> None:
    """One strategy is held for the whole play; over 400 plays the draws have their odds."""
    agent = Mixed({HEADS: 0.3, TAILS: 0.7})
    game = MatchingPennies(rounds=3)
    starts = Counter()  # type: ignore[var-annotated]
    for replicate in range(400):
        history = play(game, agent, "heads", seed=5, replicate=replicate)
        (action,) = {record.learner for record in history.records}
        starts[action] += 1
    assert abs(starts["heads"] - 120) <= 5 * np.sqrt(400 * 0.3 * 0.7)


def test_mixed_hands_on_what_its_agent_learns() -> None:
    agent = Mixed({Triggered("tails", otherwise="heads"): 1.0})
    memory = agent.init(PENNIES, "learner", RNG(0))
    memory = agent.learn(memory, Seen(0, 2, {"alarms": 1.0}))
    assert agent.act(memory, Seen(1, 2), RNG(0)) == "tails"


def test_mixtures_are_equal_in_any_order() -> None:
    assert Mixed({HEADS: 0.3, TAILS: 0.7}) == Mixed({TAILS: 0.7, HEADS: 0.3})
    assert hash(Mixed({HEADS: 0.3, TAILS: 0.7})) == hash(Mixed({TAILS: 0.7, HEADS: 0.3}))
    one, other = ({"a": 0.3, "b": 0.7}, {"b": 0.7, "a": 0.3})
    assert hash(Behavior(one)) == hash(Behavior(other))


def test_mixtures_do_not_follow_the_mapping_they_were_made_of() -> None:
    given = {"heads": 1.0, "tails": 0.0}
    agent = Behavior(given)
    given["tails"] = 5.0
    assert dict(agent.probabilities) == {"heads": 1.0, "tails": 0.0}
    with pytest.raises(TypeError, match="does not support item assignment"):
        agent.probabilities["tails"] = 1.0  # type: ignore[index]


# The door


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: Periodic("a", "b", period=0), ValueError, "period must be at least 1, got 0"),
        (
            lambda: Periodic("a", "b", period=1, phase=-1),
            ValueError,
            "phase must be at least 0, got -1",
        ),
        (lambda: Triggered("a", "b", lasting=0), ValueError, "lasting must be at least 1, got 0"),
        (
            lambda: Mixed({"heads": 1.0}),  # type: ignore[dict-item]
            TypeError,
            "a mixed strategy mixes agents, got 'heads'; see as_agent",
        ),
    ],
)
def test_parameters_out_of_range_are_refused(
    make: Callable[[], Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        make()


@pytest.mark.parametrize(
    "agent",
    [
        Always("edge"),
        Periodic("heads", otherwise="edge", period=2),
        Periodic("edge", otherwise="heads", period=2),
        Triggered("edge", otherwise="heads"),
        Triggered("heads", otherwise="edge"),
        Behavior({"heads": 1.0, "edge": 0.0}),
        Mixed({HEADS: 1.0, Always("edge"): 0.0}),
    ],
)
def test_action_of_no_game_is_refused_before_the_first_round(agent: Agent) -> None:
    message = "unknown learner action 'edge' in matching_pennies; the actions are heads, tails"
    with pytest.raises(LookupError, match=message):
        play(PENNIES, agent, "heads")


def test_event_that_is_not_revealed_is_refused() -> None:
    with pytest.raises(LookupError, match="does not reveal 'fp' to the learner; it reveals alarms"):
        play(PENNIES, Triggered("heads", otherwise="tails", event="fp"), "heads")


# What a caller may write


def test_a_name_is_an_action_held() -> None:
    assert as_agent("heads", PENNIES, "learner") == HEADS


def test_a_name_is_a_suggested_agent() -> None:
    game = load_game("dictionary_attack")
    for name, agent in game.suggested_agents("learner").items():
        assert as_agent(name, game, "learner") is agent


def test_an_agent_is_itself() -> None:
    assert as_agent(HEADS, PENNIES, "learner") is HEADS


def test_a_mapping_is_a_mixture_of_whatever_its_keys_are() -> None:
    weekly = Periodic("heads", otherwise="tails", period=7)
    given: Mapping[Any, float] = {"heads": 0.25, weekly: 0.75}
    assert as_agent(given, PENNIES, "learner") == Mixed({HEADS: 0.25, weekly: 0.75})


def test_unknown_name_lists_actions_and_suggested_agents() -> None:
    game = load_game("dictionary_attack")
    known = ", ".join((*game.learner_actions, *game.suggested_agents("learner")))
    message = f"unknown learner 'retrian' in dictionary_attack; known are {known}"
    with pytest.raises(LookupError, match=message):
        as_agent("retrian", game, "learner")
    with pytest.raises(LookupError, match="unknown adversary 'hold'"):
        as_agent({"hold": 1.0}, game, "adversary")


@pytest.mark.parametrize("strategy", [None, 3, ["heads"]])
def test_what_is_no_strategy_is_refused(strategy: Any) -> None:
    with pytest.raises(TypeError, match="the adversary must be an action's name, an agent, or a"):
        as_agent(strategy, PENNIES, "adversary")
