"""Analytic games: the law is what is drawn, single play is the vectorized one, cells are exact."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import armsrace as ar
from armsrace.analytic import Actions, AnalyticGame, Array, Law, Settlement
from armsrace.costs import Tally
from armsrace.game import Role
from armsrace.markov import markov_game
from armsrace.streams import Streams
from games import CentroidDisplacement


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class TugOfWar(AnalyticGame):
    """A knot moves by what the adversary pulls more than the learner, or slips back to 0."""

    name: ClassVar[str] = "tug_of_war"
    statistics: ClassVar[tuple[str, ...]] = ("knot",)
    events: ClassVar[tuple[str, ...]] = ("pulled",)

    rounds: int = 10
    discount: float = 0.9
    slip: float = 0.0
    blur: float = 0.0

    @property
    def learner_actions(self) -> Mapping[str, int]:
        return {"rest": 0, "pull": 1}

    @property
    def adversary_actions(self) -> Mapping[str, int]:
        return {"rest": 0, "pull": 1, "pull_hard": 2}

    @property
    def zero_sum(self) -> bool:
        return True

    def suggested_agents(self, role: Role) -> Mapping[str, ar.agents.Agent]:
        return {}

    @property
    def opening(self) -> Array:
        return np.array([0.5])

    @property
    def axes(self) -> Mapping[str, Array]:
        return {"knot": np.linspace(-5.0, 15.0, 41)}

    def covered(self, role: Role) -> tuple[str, ...]:
        return tuple(self.actions(role))

    def law(self, statistics: Array, learner: Actions, adversary: Actions) -> Law:
        moved = statistics + (adversary - learner)[:, None]
        probabilities = np.full((2, len(moved)), [[1 - self.slip], [self.slip]])
        means = np.stack([moved, np.zeros_like(moved)])
        return Law(means, {0: np.full_like(probabilities, self.blur)}, probabilities)

    def settle(
        self, statistics: Array, learner: Actions, adversary: Actions, after: Array
    ) -> Settlement:
        knot = after[:, 0]
        return Settlement(np.stack([-knot, knot]), {"pulled": adversary - 1.0 * learner})


def test_a_play_is_the_formula() -> None:
    """Known answer: the knot moves by 2 - 1 a round; payoffs weigh by 0.9 to the round."""
    history = ar.play(TugOfWar(rounds=3), "pull", "pull_hard")
    assert history.column("knot").tolist() == [1.5, 2.5, 3.5]
    assert history.column("pulled").tolist() == [1.0, 1.0, 1.0]
    average = (1.5 + 0.9 * 2.5 + 0.81 * 3.5) / 2.71
    assert history.payoffs == pytest.approx((-average, average), rel=1e-15)


def test_a_step_is_an_advance_of_one_replicate() -> None:
    game = TugOfWar(slip=0.3, blur=0.2)
    state, outcome = game.step(np.array([2.0]), "rest", "pull", Streams(5).of_round(4))
    after, settled = game.advance(
        np.array([[2.0]]), np.array([0]), np.array([1]), Streams(5).at(4, "traffic")
    )
    assert state.tolist() == after[0].tolist()
    assert outcome.payoffs == tuple(settled.payoffs[:, 0])
    assert outcome.events == {"pulled": 1.0, "knot": float(after[0, 0])}


def test_everything_on_record_is_revealed_to_both() -> None:
    game = TugOfWar()
    on_record = {"pulled", "knot", "learner_payoff", "adversary_payoff"}
    assert game.reveals("learner") == game.reveals("adversary") == on_record
    assert on_record <= set(ar.play(game, "rest", "rest").frame().columns)


def test_the_rulebook_names_actions_and_horizon() -> None:
    text = repr(TugOfWar())
    assert "pull_hard" in text
    assert "10 rounds, discount 0.9; zero-sum" in text


def test_bad_horizons_are_refused() -> None:
    with pytest.raises(ValueError, match=r"discount must be in \(0, 1\], got 1.5"):
        ar.play(TugOfWar(discount=1.5), "rest", "rest")


@pytest.mark.parametrize(("slip", "blur"), [(0.0, 0.0), (0.0, 0.4), (0.3, 0.0), (0.3, 0.4)])
def test_what_is_drawn_follows_the_law(slip: float, blur: float) -> None:
    """The share of draws up to a value is the distribution, averaged over branches (5 s.e.)."""
    count = 40_000
    law = TugOfWar(slip=slip, blur=blur).law(
        np.full((count, 1), 1.0), np.zeros(count, dtype=int), np.zeros(count, dtype=int)
    )
    drawn = law.draw(np.random.default_rng(0))[:, 0]
    values = np.array([-0.5, 0.0, 0.3, 0.999, 1.0, 1.4])
    within = law.distribution(0, values)
    expected = np.einsum("br,brn->rn", law.probabilities, within)[0]
    shares = (drawn[:, None] <= values).mean(axis=0)
    errors = np.sqrt(expected * (1 - expected) / count)
    assert (np.abs(shares - expected) <= 5 * errors + 1e-12).all()


def test_a_certain_law_takes_nothing_from_the_generator() -> None:
    law = Law(np.full((1, 9, 2), 3.0), {}, np.ones((1, 9)))
    rng = np.random.default_rng(0)
    assert (law.draw(rng) == 3.0).all()
    assert rng.random() == np.random.default_rng(0).random()


def test_a_draw_leaves_the_law_as_it_is() -> None:
    law = Law(np.zeros((1, 5, 1)), {0: np.ones((1, 5))}, np.ones((1, 5)))
    assert law.draw(np.random.default_rng(0)).std() > 0
    assert not law.means.any()


@settings(max_examples=100, deadline=None)
@given(knot=st.floats(-3, 3), slip=st.floats(0, 1), blur=st.floats(0, 2), edges=st.integers(1, 40))
def test_cells_of_a_grid_share_out_all_probability(
    knot: float, slip: float, blur: float, edges: int
) -> None:
    """Distribution functions rise from 0 to 1 in each branch, so cells are a distribution."""
    law = TugOfWar(slip=slip, blur=blur).law(np.array([[knot]]), np.array([1]), np.array([2]))
    borders = np.array([-np.inf, *np.linspace(-4, 4, edges), np.inf])
    within = law.distribution(0, borders)
    assert within[..., 0].tolist() == [[0.0], [0.0]]
    assert within[..., -1].tolist() == [[1.0], [1.0]]
    cells = np.diff(np.einsum("br,brn->rn", law.probabilities, within))
    assert (cells >= 0).all()
    assert cells.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("action", ["shift_30%", "control_50%"])
def test_a_grid_gives_expected_payoffs_without_drawing(action: str) -> None:
    """What a Markov game will be made of: cells by formula, payoffs at them, against 20,000 draws.

    The grid is fine, so its bias is far below the standard error of the draws.
    """
    game = CentroidDisplacement(
        traffic=4, memories=(20.0,), rates=(0.3,), controls=(0.5,), spread=0.2
    )
    count = 20_000
    learner = np.full(count, list(game.learner_actions).index("average_out_20"))
    adversary = np.full(count, list(game.adversary_actions).index(action))
    state = np.array([0.19, 20.0, 0.1, 0.2])
    _, drawn = game.advance(
        np.tile(state, (count, 1)), learner, adversary, np.random.default_rng(0)
    )

    borders = np.linspace(-0.3, 0.7, 4001)
    law = game.law(state[None], learner[:1], adversary[:1])
    cells = np.diff(np.einsum("br,brn->n", law.probabilities, law.distribution(0, borders)))
    assert cells.sum() == pytest.approx(1.0, abs=1e-9)
    after = np.tile(law.means[0, 0], (len(cells), 1))
    after[:, 0] = (borders[1:] + borders[:-1]) / 2
    size = len(cells)
    settled = game.settle(np.tile(state, (size, 1)), learner[:size], adversary[:size], after)
    expected = settled.payoffs @ cells
    errors = drawn.payoffs.std(axis=1) / np.sqrt(count)
    assert (errors > 0).all()
    assert (np.abs(drawn.payoffs.mean(axis=1) - expected) < 4 * errors).all()


@settings(max_examples=100, deadline=None)
@given(
    counts=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=5),
    prices=st.tuples(*[st.floats(-10, 10)] * 4),
)
def test_many_tallies_are_priced_as_each_by_itself(
    counts: list[tuple[int, int]], prices: tuple[float, float, float, float]
) -> None:
    fp, poison, theirs, unheard = prices
    costs = ar.Costs(
        ar.Prices(fp=fp, poison=poison, queries=unheard), ar.Prices(fp=theirs, poison=-1.0)
    )
    events = dict(zip(("fp", "poison"), np.array(counts, dtype=np.float64).T, strict=True))
    each = [costs.payoffs(Tally(fp=one, poison=other)) for one, other in counts]
    np.testing.assert_array_equal(costs.payoffs_of_each(events), np.array(each).T)


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class Fence(AnalyticGame):
    """A walker who is set back to 0 when it passes a fence, which is counted."""

    name: ClassVar[str] = "fence"
    statistics: ClassVar[tuple[str, ...]] = ("place", "passed")
    events: ClassVar[tuple[str, ...]] = ()

    rounds: int = 5
    discount: float = 0.5
    alarm: float = 0.6

    learner_actions: ClassVar[Mapping[str, int]] = {"watch": 1, "rest": 0}
    adversary_actions: ClassVar[Mapping[str, int]] = {"walk": 1}
    zero_sum: ClassVar[bool] = True
    opening: ClassVar[Array] = np.zeros(2)
    axes: ClassVar[Mapping[str, Array]] = {
        "place": np.arange(4.0),
        "passed": np.arange(2.0),
    }

    def suggested_agents(self, role: Role) -> Mapping[str, ar.agents.Agent]:
        return {}

    def covered(self, role: Role) -> tuple[str, ...]:
        return tuple(self.actions(role))

    def law(self, statistics: Array, learner: Actions, adversary: Actions) -> Law:
        return Law((statistics + np.array([1.0, 0.0]))[None], {}, np.ones((1, 1)))

    def aftermath(self, after: Array, learner: Actions, adversary: Actions) -> Law:
        caught = np.where((learner == 0) & (after[:, 0] >= 2.0), self.alarm, 0.0)
        gone, back = after.copy(), after.copy()
        gone[:, 1], back[:, 0], back[:, 1] = 0.0, 0.0, 1.0
        return Law(np.stack([gone, back]), {}, np.stack([1.0 - caught, caught]))

    def settle(
        self, statistics: Array, learner: Actions, adversary: Actions, after: Array
    ) -> Settlement:
        return Settlement(np.stack([-after[:, 0], after[:, 0]]), {})


def test_an_aftermath_follows_the_law_and_the_round_is_settled_where_it_leads() -> None:
    """Known answer: of 10,000 walkers who pass, the share of the alarm is back at 0."""
    game = Fence()
    start = np.tile([1.0, 0.0], (10_000, 1))
    watched, settled = game.advance(start, np.array([0]), np.array([0]), np.random.default_rng(1))
    caught = watched[:, 1] == 1
    assert set(map(tuple, watched.tolist())) == {(2.0, 0.0), (0.0, 1.0)}
    assert abs(caught.mean() - 0.6) < 4 * np.sqrt(0.24 / 10_000)
    assert (settled.payoffs[1] == np.where(caught, 0.0, 2.0)).all()
    resting, _ = game.advance(start, np.array([1]), np.array([0]), np.random.default_rng(1))
    assert (resting == [2.0, 0.0]).all()


def test_the_markov_game_of_an_aftermath_is_exact_on_a_finite_state() -> None:
    built = markov_game(Fence())
    chance = built.transitions.toarray().reshape(4, 2, 2, 8)
    assert chance[1, 0, 0].tolist() == pytest.approx([0, 0.6, 0, 0, 0.4, 0, 0, 0])
    assert chance[1, 1, 1].tolist() == pytest.approx([0, 0, 0, 0, 1, 0, 0, 0])
    assert chance[0, 1, 0].tolist() == pytest.approx([0, 0, 1, 0, 0, 0, 0, 0])
    assert built.rewards[:, 2, 0, 0] == pytest.approx([-0.8, 0.8])
