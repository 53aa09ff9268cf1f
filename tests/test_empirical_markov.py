"""Markov games from play: they converge to the exact one, sets cover it, bounds are bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, final

import numpy as np
import pytest

import armsrace as ar
from armsrace.agents import Seen
from armsrace.analytic import Actions, AnalyticGame, Array, Law, Settlement
from armsrace.exploration import Explorer
from armsrace.forms.markov import MarkovGame
from armsrace.game import ROLES, Role
from armsrace.markov import markov_game
from armsrace.solvers.markov_certificate import best_reply, policy_values, regrets
from armsrace.transitions import Tally, Transitions
from games import CentroidShift

AXES = {"wear": [0.0, 1.0, 2.0]}


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class Wear(AnalyticGame):
    """A machine that wears by one step, more often when pushed; a repair mostly makes it new."""

    name: ClassVar[str] = "wear"
    statistics: ClassVar[tuple[str, ...]] = ("wear",)
    events: ClassVar[tuple[str, ...]] = ("repairs",)
    rounds: int = 30
    discount: float = 0.8

    @property
    def learner_actions(self) -> Mapping[str, str]:
        return MappingProxyType({"hold": "wait and see", "repair": "make it new"})

    @property
    def adversary_actions(self) -> Mapping[str, str]:
        return MappingProxyType({"wait": "nothing", "push": "wear it"})

    @property
    def zero_sum(self) -> bool:
        return True

    def suggested_agents(self, role: Role) -> Mapping[str, object]:
        return {}

    @property
    def opening(self) -> Array:
        return np.zeros(1)

    @property
    def axes(self) -> Mapping[str, Array]:
        return {name: np.array(axis) for name, axis in AXES.items()}

    def covered(self, role: Role) -> tuple[str, ...]:
        return tuple(self.actions(role))

    def law(self, statistics: Array, learner: Actions, adversary: Actions) -> Law:
        worn = np.minimum(statistics + 1.0, 2.0)
        change = np.where(learner[:, None] == 1, 0.0 * worn, worn)
        chance = np.where(learner == 1, 0.8, 0.2 + 0.5 * (adversary == 1))
        chance = np.broadcast_to(chance, len(statistics))
        return Law(np.stack([change, statistics]), {}, np.stack([chance, 1.0 - chance]))

    def settle(
        self, statistics: Array, learner: Actions, adversary: Actions, after: Array
    ) -> Settlement:
        repairs = np.broadcast_to((learner == 1).astype(np.float64), len(after))
        payoff = -after[:, 0] - 0.4 * repairs + 0.2 * (adversary == 1)
        return Settlement(np.stack([payoff, -payoff]), {"repairs": repairs})


def exact() -> MarkovGame:
    return markov_game(Wear(), AXES)


def test_estimates_converge_to_the_exact_game() -> None:
    """Two outcomes a pair: four standard deviations are 4 / sqrt(n) in L1, and in rewards too."""
    truth, errors = exact(), []
    for seeds in (20, 500):
        found = ar.empirical_markov(Wear(), AXES, seeds=seeds)
        away = np.abs((found.form.transitions - truth.transitions).toarray()).sum(axis=1)
        assert (away <= 4 / np.sqrt(found.counts.reshape(-1))).all()
        off = np.abs(found.form.rewards - truth.rewards)
        assert (off <= 4 / np.sqrt(found.counts)).all()
        errors.append(away.max())
        assert found.counts.sum() == seeds * 30
        assert found.opening == (0.0,)
    assert errors[1] < 0.5 * errors[0]


def test_sets_cover_the_truth_and_bounds_hold_there() -> None:
    """40 studies at level 0.8; the bounds are wide, so that no study fails."""
    truth = exact()
    covered = 0
    for seed in range(40):
        found = ar.empirical_markov(
            Wear(), AXES, seeds=6, seed=seed, level=0.8, ranges=((-2.4, 0.2), (-0.2, 2.4))
        )
        away = np.abs((found.form.transitions - truth.transitions).toarray()).sum(axis=1)
        inside = (away <= found.sets.radii.reshape(-1)).all()
        inside &= bool((found.sets.low <= truth.rewards + 1e-12).all())
        inside &= bool((found.sets.high >= truth.rewards - 1e-12).all())
        covered += int(inside)
        solved = found.solve()
        policies = solved.equilibrium.policies
        if inside:
            values = policy_values(truth, policies)[:, 0]
            replies = [best_reply(truth, r, policies[1 - k])[0][0] for k, r in enumerate(ROLES)]
            assert (np.array(replies) - values <= solved.regret_bounds + 1e-9).all()
            assert (
                solved.guaranteed("learner") <= -best_reply(truth, "adversary", policies[0])[0][0]
            )
    assert covered >= 32


def test_bound_shrinks_with_plays_and_exceeds_the_true_regret() -> None:
    truth = exact()
    few, many = (ar.empirical_markov(Wear(), AXES, seeds=seeds).solve() for seeds in (30, 600))
    assert many.regret_bound < few.regret_bound
    assert regrets(truth, many.equilibrium.policies).max() <= many.regret_bound
    assert regrets(truth, many.equilibrium.policies).max() < 0.05


def test_policies_play_and_earn_what_the_estimate_says() -> None:
    solved = ar.empirical_markov(Wear(), AXES, seeds=600).solve()
    plays = ar.play_replicates(Wear(), solved.learner, solved.adversary, replicates=3000, seed=9)
    error = plays.payoffs[0].std(ddof=1) / np.sqrt(3000)
    # 30 rounds at discount 0.8 miss 0.1 % of the weights.
    assert abs(plays.payoffs[0].mean() - solved.payoffs[0]) < 4 * error + 0.04
    assert "regret" in repr(solved)
    assert len(solved.estimate.frame()) == 12


def test_two_workers_give_the_bytes_of_one() -> None:
    one, two = (ar.empirical_markov(Wear(), AXES, seeds=17, seed=3, jobs=jobs) for jobs in (1, 2))
    assert one.form.rewards.tobytes() == two.form.rewards.tobytes()
    assert one.form.transitions.toarray().tobytes() == two.form.transitions.toarray().tobytes()
    assert one.sets.low.tobytes() == two.sets.low.tobytes()


def test_real_learner_gives_a_policy_that_plays() -> None:
    game = CentroidShift(rounds=6, discount=0.9)
    found = ar.empirical_markov(
        game,
        {"displacement": [0.0, 0.1, 0.2]},
        learners=["hold", "retrain"],
        adversaries=["wait", "shift_30%"],
        opening=[0.0],
        seeds=12,
    )
    assert found.counts.sum() == 12 * 6
    solved = found.solve()
    history = ar.play(game, solved.learner, solved.adversary, rounds=3)
    assert len(history) == 3
    assert solved.regret_bound >= 0


def test_unknown_opening_is_the_mean_after_the_first_round() -> None:
    game = CentroidShift(rounds=3, discount=0.9)
    found = ar.empirical_markov(
        game, {"lag": [0.0, 0.2]}, learners=["hold"], adversaries=["wait"], seeds=4
    )
    assert found.counts.sum() == 4 * 2
    # The traffic has drifted by 0.05 radii, nearly all of it across the line to the target.
    assert found.opening[0] == pytest.approx(0.05, abs=0.005)


def test_pair_not_tried_in_a_state_borrows_from_the_nearest() -> None:
    seen = Transitions(
        before=np.array([0, 2, 1, 0]),
        after=np.array([1, 2, 0, 0]),
        learner=np.array([0, 0, 1, 1]),
        adversary=np.zeros(4, dtype=np.intp),
        rewards=np.array([[1.0, 3.0, 5.0, 7.0], [0.0, 0.0, 0.0, 0.0]]),
        opening=np.zeros(1),
    )
    grid = ar.Grid(AXES)
    tally = Tally.of(seen, (3, 2, 1))
    form = tally.form(grid, (["a", "b"], ["c"]), 0.5)
    assert form.rewards[0, :, :, 0].tolist() == [[1.0, 7.0], [1.0, 5.0], [3.0, 5.0]]
    sets = tally.sets(form, np.array([[0.0, 9.0], [0.0, 0.0]]), quantities=3, level=0.9)
    assert sets.radii[1, 0, 0] == 2.0
    assert (sets.low[0, 1, 0, 0], sets.high[0, 1, 0, 0]) == (0.0, 9.0)


def test_explorer_holds_what_it_draws() -> None:
    explorer, rng = Explorer(("hold", "repair"), spells=(4,)), np.random.default_rng(1)
    memory = explorer.init(Wear(), "learner", rng)
    drawn = [explorer.act(memory, Seen(t, 400), rng) for t in range(400)]
    assert all(len(set(drawn[t : t + 4])) == 1 for t in range(0, 400, 4))
    assert 35 < sum(action == "hold" for action in drawn[::4]) < 65


def test_best_reply_of_a_role_is_that_of_the_exact_game() -> None:
    for role, against, column in ((ROLES[0], "push", 1), (ROLES[1], "hold", 0)):
        policy = ar.markov_reply(Wear(), role, against, AXES, seeds=300)
        _, actions = best_reply(exact(), role, np.tile(np.eye(2)[column], (3, 1)))
        assert policy.table.argmax(axis=1).tolist() == actions.tolist()


def test_bad_input() -> None:
    with pytest.raises(LookupError, match="wear does not reveal 'speed' to the learner; it rev"):
        ar.empirical_markov(Wear(), {"speed": [0.0, 1.0]})
    with pytest.raises(LookupError, match="does not reveal 'fp' to the learner"):
        ar.empirical_markov(CentroidShift(discount=0.9), {"fp": [0.0, 9.0]})
    with pytest.raises(LookupError, match="unknown learner action 'pray'"):
        ar.empirical_markov(Wear(), AXES, learners=["pray"])
    with pytest.raises(TypeError, match="actions must be a list"):
        ar.empirical_markov(Wear(), AXES, learners="hold")
    with pytest.raises(ValueError, match="the learner must have at least one action, got none"):
        ar.empirical_markov(Wear(), AXES, learners=[])
    with pytest.raises(ValueError, match=r"discount must be in \[0, 1\), got 1; the game's own"):
        ar.empirical_markov(Wear(discount=1.0), AXES)
    with pytest.raises(ValueError, match=r"level must be in \(0, 1\), got 1"):
        ar.empirical_markov(Wear(), AXES, level=1.0)
    with pytest.raises(ValueError, match="was never tried; play more seeds"):
        ar.empirical_markov(Wear(), AXES, seeds=1, rounds=1)
    with pytest.raises(ValueError, match="ranges must hold every payoff of the learner"):
        ar.empirical_markov(Wear(), AXES, seeds=4, ranges=((0.0, 1.0), (-9.0, 9.0)))
    with pytest.raises(ValueError, match="opening must hold 1 numbers"):
        ar.empirical_markov(Wear(), AXES, opening=[0.0, 1.0])
    with pytest.raises(ValueError, match="rounds must be at least 2 when the opening is not known"):
        ar.empirical_markov(CentroidShift(discount=0.9), {"lag": [0.0, 1.0]}, rounds=1)
    solved = ar.empirical_markov(Wear(), AXES, seeds=8).solve()
    with pytest.raises(LookupError, match="unknown learner action 'repair' in dictionary_attack"):
        ar.play(ar.load_game("dictionary_attack"), solved.learner, "wait", rounds=1)
