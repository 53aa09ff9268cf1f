"""Markov games from play: they converge to the exact one, sets cover it, bounds are bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, final

import numpy as np
import pytest

import armsrace as ar
from armsrace.agents import MarkovPolicy, Seen
from armsrace.analytic import Actions, AnalyticGame, Array, Law, Settlement
from armsrace.empirical import Around, EmpiricalEquilibrium, Explorer
from armsrace.empirical.transitions import Tally, Transitions, confidence_sets
from armsrace.forms.markov import MarkovGame
from armsrace.game import ROLES, Role
from armsrace.markov import markov_game
from armsrace.solvers.markov_certificate import best_reply, policy_values, regrets
from armsrace.solvers.pollatschek_avi_itzhak import pollatschek_avi_itzhak
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


@pytest.fixture(scope="module")
def many() -> EmpiricalEquilibrium:
    return ar.empirical_markov(Wear(), AXES, seeds=600).solve()


@pytest.mark.slow
def test_estimates_converge_to_the_exact_game(many: EmpiricalEquilibrium) -> None:
    """Two outcomes a pair: four standard deviations are 4 / sqrt(n) in L1, and in rewards too."""
    truth, errors = exact(), []
    few = ar.empirical_markov(Wear(), AXES, seeds=20)
    for seeds, found in ((20, few), (600, many.estimate)):
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
        chances = truth.transitions.toarray().reshape(found.sets.rare.shape)
        inside = bool((found.sets.rare <= chances + 1e-12).all())
        inside &= bool((found.sets.often >= chances - 1e-12).all())
        reference = found.sets.reference
        assert reference is not None
        gained = 0.8 * np.einsum("sijt,rt->rsij", chances, reference) - reference[:, :, None, None]
        worth = truth.rewards + gained / 0.2
        inside &= bool((found.sets.low <= worth + 1e-9).all())
        inside &= bool((found.sets.high >= worth - 1e-9).all())
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


def test_bounds_of_use_still_cover() -> None:
    """30 studies at level 0.6 with 300 visits of each pair of actions in each state."""
    truth, grid, covered, bounds = exact(), ar.Grid(AXES), 0, []
    chances = truth.transitions.toarray()
    actions = (["hold", "repair"], ["wait", "push"])
    for study in range(30):
        rng = np.random.default_rng(study)
        cell = rng.permutation(np.repeat(np.arange(12), 300))
        before, learner, adversary = np.unravel_index(cell, (3, 2, 2))
        after = (rng.random(len(cell))[:, None] > np.cumsum(chances[cell], axis=1)).sum(axis=1)
        lost = after + 0.4 * learner - 0.2 * adversary
        seen = Transitions(
            before, after, learner, adversary, np.stack([-lost, lost]), np.arange(3600), np.zeros(1)
        )
        form = Tally.of(seen, (3, 2, 2)).form(grid, actions, 0.8)
        ranges = np.array([[-2.4, 0.2], [-0.2, 2.4]])
        sets = confidence_sets(seen, form, grid, ranges, opposed=True, level=0.6)
        policies = pollatschek_avi_itzhak(form).policies
        bound = sets.regret_bounds(policies)
        values = policy_values(truth, policies)
        replies = [best_reply(truth, r, policies[1 - k])[0] for k, r in enumerate(ROLES)]
        covered += int((np.array(replies) - values <= bound + 1e-9).all())
        bounds.append(float(bound.max()))
    assert covered >= 18
    assert np.mean(bounds) < 1.3


@pytest.mark.slow
def test_bound_shrinks_with_plays_and_exceeds_the_true_regret(many: EmpiricalEquilibrium) -> None:
    """Payoffs range over 2.6; with balls around the transitions the bound was 0.39."""
    few = ar.empirical_markov(Wear(), AXES, seeds=30).solve()
    assert many.regret_bound < few.regret_bound
    assert many.regret_bound < 0.25
    assert regrets(exact(), many.equilibrium.policies).max() <= many.regret_bound
    assert regrets(exact(), many.equilibrium.policies).max() < 0.05


def test_what_stands_still_stays_in_its_state() -> None:
    """Held, the center stays where it is, between two points: no transition leaves its state."""
    game = CentroidShift(rounds=8, discount=0.9, drift=0.0)
    found = ar.empirical_markov(
        game, {"displacement": [-0.5, 0.5]}, learners=["hold"], adversaries=["wait"], seeds=20
    )
    assert found.counts[:, 0, 0].min() >= 8
    np.testing.assert_array_equal(found.form.transitions.toarray(), np.eye(2))


def test_opening_of_measures_is_that_of_the_first_model() -> None:
    game = CentroidShift(rounds=1, discount=0.9)
    found = ar.empirical_markov(
        game,
        {"displacement": [-0.1, 0.1]},
        learners=["retrain"],
        adversaries=["shift_30%"],
        seeds=4,
    )
    assert found.opening == (0.0,)
    assert found.counts.sum() == 4


def test_policies_play_and_earn_what_the_estimate_says() -> None:
    solved = ar.empirical_markov(Wear(), AXES, seeds=200).solve()
    plays = ar.play_replicates(Wear(), solved.learner, solved.adversary, replicates=3000, seed=9)
    error = plays.payoffs[0].std(ddof=1) / np.sqrt(3000)
    # 30 rounds at discount 0.8 miss 0.1 % of the weights.
    assert abs(plays.payoffs[0].mean() - solved.payoffs[0]) < 4 * error + 0.04
    assert "regret" in repr(solved)
    assert len(solved.estimate.frame()) == 12


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
    """What is counted in a round, unlike a measure, is not known before the first one."""
    game = CentroidShift(rounds=3, discount=0.9)
    found = ar.empirical_markov(
        game, {"queries": [-1.0, 1.0]}, learners=["hold"], adversaries=["wait"], seeds=4
    )
    assert found.counts.sum() == 4 * 2
    assert found.opening == (0.0,)


def test_pair_not_tried_in_a_state_borrows_from_the_nearest() -> None:
    seen = Transitions(
        before=np.array([0, 2, 1, 0]),
        after=np.array([1, 2, 0, 0]),
        learner=np.array([0, 0, 1, 1]),
        adversary=np.zeros(4, dtype=np.intp),
        rewards=np.array([[1.0, 3.0, 5.0, 7.0], [0.0, 0.0, 0.0, 0.0]]),
        play=np.arange(4),
        opening=np.zeros(1),
    )
    grid = ar.Grid(AXES)
    tally = Tally.of(seen, (3, 2, 1))
    form = tally.form(grid, (["a", "b"], ["c"]), 0.5)
    assert form.rewards[0, :, :, 0].tolist() == [[1.0, 7.0], [1.0, 5.0], [3.0, 5.0]]
    sets = confidence_sets(
        seen, form, grid, np.array([[0.0, 9.0], [0.0, 0.0]]), opposed=False, level=0.9
    )
    assert (sets.rare[1, 0, 0] == 0.0).all()
    assert (sets.often[1, 0, 0] == 1.0).all()
    assert (sets.low[0, 1, 0, 0], sets.high[0, 1, 0, 0]) == (0.0, 9.0)


def test_further_passes_play_around_the_solution_and_count_as_well() -> None:
    once, thrice = (ar.empirical_markov(Wear(), AXES, seeds=40, passes=n) for n in (1, 3))
    assert thrice.counts.sum() == 3 * once.counts.sum() == 3 * 40 * 30
    assert (thrice.counts >= once.counts).all()
    # The solution keeps the machine from wearing: it is new more often than under exploration.
    new, before = (found.counts[0].sum() / found.counts.sum() for found in (thrice, once))
    assert new > before + 0.05


def test_around_a_policy_half_of_the_spells_follow_it() -> None:
    policy = MarkovPolicy(ar.Grid(AXES), ["hold", "repair"], [[1.0, 0.0]] * 3)
    agent = Around(policy, Explorer(("hold", "repair"), spells=(4,)))
    rng = np.random.default_rng(1)
    memory = agent.init(Wear(), "learner", rng)
    drawn = [agent.act(memory, Seen(t, 400), rng) for t in range(400)]
    assert all(len(set(drawn[t : t + 4])) == 1 for t in range(0, 400, 4))
    assert 12 < sum(action == "repair" for action in drawn[::4]) < 38


def test_explorer_holds_what_it_draws() -> None:
    explorer, rng = Explorer(("hold", "repair"), spells=(4,)), np.random.default_rng(1)
    memory = explorer.init(Wear(), "learner", rng)
    drawn = [explorer.act(memory, Seen(t, 400), rng) for t in range(400)]
    assert all(len(set(drawn[t : t + 4])) == 1 for t in range(0, 400, 4))
    assert 35 < sum(action == "hold" for action in drawn[::4]) < 65


def test_best_reply_of_a_role_is_that_of_the_exact_game() -> None:
    for role, against, column in ((ROLES[0], "push", 1), (ROLES[1], "hold", 0)):
        policy = ar.markov_reply(Wear(), role, against, AXES, seeds=100)
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
    with pytest.raises(ValueError, match="passes must be 1, or more for a zero-sum game, got 0"):
        ar.empirical_markov(Wear(), AXES, passes=0)
    with pytest.raises(ValueError, match="was never tried; play more seeds"):
        ar.empirical_markov(Wear(), AXES, seeds=1, rounds=1)
    with pytest.raises(ValueError, match="ranges must hold every payoff of the learner"):
        ar.empirical_markov(Wear(), AXES, seeds=4, ranges=((0.0, 1.0), (-9.0, 9.0)))
    with pytest.raises(ValueError, match="opening must hold 1 numbers"):
        ar.empirical_markov(Wear(), AXES, opening=[0.0, 1.0])
    with pytest.raises(ValueError, match="rounds must be at least 2 when the opening is not known"):
        ar.empirical_markov(CentroidShift(discount=0.9), {"queries": [0.0, 1.0]}, rounds=1)
    solved = ar.empirical_markov(Wear(), AXES, seeds=8).solve()
    with pytest.raises(LookupError, match="unknown learner action 'repair' in dictionary_attack"):
        ar.play(ar.load_game("dictionary_attack"), solved.learner, "wait", rounds=1)
