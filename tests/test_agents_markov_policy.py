"""Markov policies as agents: what they do between states, how they are kept, what they say."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import armsrace as ar
from armsrace.agents import MarkovPolicy, Seen
from armsrace.agents.policy_rules import policy_rules
from games import CentroidDisplacement, CentroidShift

GRID = ar.Grid({"displacement": [0.0, 0.2, 0.4]})
ACTIONS = ["hold", "retrain"]
TABLE = [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]


def test_between_states_the_distribution_is_interpolated() -> None:
    policy, game = MarkovPolicy(GRID, ACTIONS, TABLE), CentroidDisplacement()
    rng = np.random.default_rng(0)
    memory = policy.init(game, "learner", rng)
    assert memory == (0.0,)
    memory = policy.learn(memory, Seen(0, 9, {"displacement": 0.1}))
    drawn = [policy.act(memory, Seen(1, 9), rng) for _ in range(4000)]
    assert np.mean([action == "hold" for action in drawn]) == pytest.approx(0.25, abs=0.03)


def test_policy_with_a_table_for_each_round_plays_exactly_these() -> None:
    tables = np.stack([np.tile([1.0, 0.0], (3, 1)), np.tile([0.0, 1.0], (3, 1))])
    policy, game = MarkovPolicy(GRID, ACTIONS, tables), CentroidDisplacement()
    history = ar.play(game, policy, "wait", rounds=2)
    assert [record.learner for record in history.records] == ["hold", "retrain"]
    plays = ar.play_replicates(game, policy, "wait", replicates=3, rounds=2)
    assert plays.means["retrainings"].tolist() == [0.0, 1.0]
    with pytest.raises(ValueError, match="rounds must be 2, for which the policy was made, got 3"):
        ar.play(game, policy, "wait", rounds=3)


def test_policy_plays_in_a_game_with_a_real_classifier() -> None:
    """It reads the displacement on record, and retrains until the center has moved too far."""
    policy = MarkovPolicy(
        ar.Grid({"displacement": [0.05, 0.06]}),
        ["retrain", "hold"],
        [[1.0, 0.0], [0.0, 1.0]],
        opening=[0.0],
    )
    history = ar.play(CentroidShift(rounds=8), policy, "shift_30%")
    before = [0.0, *history.column("displacement")[:-1]]
    for record, displacement in zip(history.records, before, strict=True):
        if displacement <= 0.05 or displacement >= 0.06:
            assert record.learner == ("retrain" if displacement <= 0.05 else "hold")
    assert {record.learner for record in history.records} == {"retrain", "hold"}


def test_saved_policy_is_loaded_as_it_was(tmp_path: Path) -> None:
    for policy in (
        MarkovPolicy(GRID, ACTIONS, TABLE),
        MarkovPolicy(GRID, ACTIONS, np.stack([TABLE] * 4), opening=[0.1]),
    ):
        policy.save(tmp_path / "policy.json")
        assert MarkovPolicy.load(tmp_path / "policy.json") == policy
    (tmp_path / "broken.json").write_text('{"axes": {}}')
    with pytest.raises(ValueError, match=r"broken\.json must be a policy written by save"):
        MarkovPolicy.load(tmp_path / "broken.json")


def test_repr_and_frame_tell_the_policy() -> None:
    two = ar.Grid({"displacement": [0.0, 0.2, 0.4], "lag": [0.0, 1.0]})
    table = np.repeat(TABLE, 2, axis=0)
    table[1] = [1.0, 0.0]
    policy = MarkovPolicy(two, ACTIONS, table)
    assert repr(policy).splitlines() == [
        "MarkovPolicy by displacement, lag",
        "  displacement <= 0, lag <= 0  retrain",
        "  displacement = 0.2           hold 0.50, retrain 0.50",
        "  displacement >= 0.4          hold",
        "  displacement <= 0, lag >= 1  hold",
    ]
    frame = policy.frame()
    assert frame.columns.tolist() == ["displacement", "lag", "hold", "retrain"]
    assert frame["retrain"].tolist() == [1.0, 0.0, 0.5, 0.5, 0.0, 0.0]


@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    kinds=st.lists(st.integers(0, 2), min_size=64, max_size=64),
)
@settings(max_examples=100, deadline=None)
def test_rules_hold_in_every_state_and_only_one_of_them(shape: list[int], kinds: list[int]) -> None:
    """Each condition is read again, as a reader would."""
    names = ["x", "y", "z"][: len(shape)]
    grid = ar.Grid({name: np.arange(float(n)) for name, n in zip(names, shape, strict=True)})
    table = np.eye(3)[kinds[: len(grid)]]
    actions = ["hold", "retrain", "reset"]
    rules = policy_rules(grid, actions, table)
    for state, chances in zip(grid.states, table, strict=True):
        where = dict(zip(names, state.tolist(), strict=True))
        saying = [action for condition, action in rules if holds(condition, where)]
        assert saying == [actions[int(chances.argmax())]]


def holds(condition: str, where: dict[str, float]) -> bool:
    for name, relation, value in re.findall(r"(\w+) (<=|>=|=|in) (\[[^]]*\]|[^,]+)", condition):
        at = where[name]
        if relation == "in":
            low, high = map(float, value[1:-1].split(","))
            fits = low <= at <= high
        else:
            fits = {"<=": at <= float(value), ">=": at >= float(value), "=": at == float(value)}[
                relation
            ]
        if not fits:
            return False
    return True


def test_a_long_policy_is_cut_short_in_print() -> None:
    grid = ar.Grid({"displacement": np.arange(100.0)})
    policy = MarkovPolicy(grid, ACTIONS, np.eye(2)[np.arange(100) % 2])
    lines = repr(policy).splitlines()
    assert len(lines) == 42
    assert lines[-1] == "  and 60 rules more; frame() has every state"
    same = MarkovPolicy(grid, ACTIONS, np.tile([1.0, 0.0], (100, 1)))
    assert repr(same).splitlines()[1] == "  always  hold"


def test_misfits_are_refused() -> None:
    with pytest.raises(ValueError, match=r"table must have shape \(3, 2\) \(states, actions\)"):
        MarkovPolicy(GRID, ACTIONS, [[1.0, 0.0]])
    with pytest.raises(
        ValueError, match=r"must be a distribution, got \[0\.5, 0\.6\] in \(0\.2,\)"
    ):
        MarkovPolicy(GRID, ACTIONS, [[0.0, 1.0], [0.5, 0.6], [1.0, 0.0]])
    with pytest.raises(ValueError, match="opening must hold 1 numbers, one a feature"):
        MarkovPolicy(GRID, ACTIONS, TABLE, opening=[0.0, 1.0])
    with pytest.raises(LookupError, match="unknown learner action 'pray'"):
        ar.play(CentroidDisplacement(), MarkovPolicy(GRID, ["pray", "hold"], TABLE), "wait")
    named = MarkovPolicy(ar.Grid({"fp": [0.0, 1.0]}), ["hold"], [[1.0], [1.0]])
    with pytest.raises(LookupError, match="does not reveal 'fp' to the learner; it reveals"):
        ar.play(CentroidShift(), named, "wait")
    lost = MarkovPolicy(GRID, ACTIONS, TABLE)
    with pytest.raises(ValueError, match="opening must be given for centroid_shift, which is not"):
        ar.play(CentroidShift(), lost, "wait")
