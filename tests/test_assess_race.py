"""The race between the strategies of a game: known games, scoring on other seeds, real games."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import armsrace as ar
from armsrace.agents import Periodic
from armsrace.assess import Course, Race, race
from armsrace.assess.changes import plain_learner, standard_changes
from armsrace.forms import NormalForm
from armsrace.solvers import pure_equilibria, stackelberg

RPS = NormalForm.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
PENNIES = NormalForm.zero_sum([[1, -1], [-1, 1]])
DILEMMA = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
# Up dominates down, but the threat to play down is worth 3.5 (Conitzer and Sandholm 2006).
COMMITMENT = NormalForm.from_bimatrix([[2, 4], [1, 3]], [[1, 0], [0, 1]])


def test_rock_paper_scissors_is_all_cycle_and_an_elo_game_is_none() -> None:
    cycle = race(RPS)
    assert cycle.cyclic_share == pytest.approx(1.0)
    assert (cycle.course, cycle.period) == (Course.CYCLES, 3)
    strength = np.array([3.0, 1.0, 0.0, -2.0])
    ladder = race(NormalForm.zero_sum(strength[:, None] - strength))
    assert ladder.cyclic_share == pytest.approx(0.0, abs=1e-12)
    assert (ladder.course, ladder.period) == (Course.CONVERGES, None)
    assert ladder.sinks == [frozenset({(0, 0)})]


def test_pennies_never_settle_and_mixing_ends_it() -> None:
    answer = race(PENNIES)
    assert (answer.course, answer.period) == (Course.CYCLES, 2)
    assert [len(sink) for sink in answer.sinks] == [4]
    assert float(answer.price.estimate) == pytest.approx(0.0)
    assert float(answer.unrest.estimate) == pytest.approx(1.0)  # the adversary has the last word
    (mix,) = answer.changes
    assert mix.name == "mix"
    assert mix.ends_the_race
    assert float(mix.gain.estimate) == pytest.approx(1.0)
    assert answer.mass.ravel().tolist() == pytest.approx([0.25] * 4)


def test_price_is_what_commitment_earns_above_the_stable_point() -> None:
    answer = race(COMMITMENT)
    assert answer.course is Course.CONVERGES
    assert answer.stable_payoff == pytest.approx(2.0)
    assert answer.committed_payoff == pytest.approx(3.5)
    price = answer.price
    assert (float(price.low), float(price.estimate), float(price.high)) == (1.5, 1.5, 1.5)
    assert price.kind == "exact"
    assert answer.cyclic_share is None


def test_a_race_that_rests_rests_in_a_pure_equilibrium() -> None:
    answer = race(DILEMMA)
    assert answer.stable.regret == 0.0
    assert answer.sinks == [frozenset({(1, 1)})]
    assert float(answer.unrest.estimate) == 0.0


matrices = st.integers(0, 2**32 - 1)


@settings(deadline=None, max_examples=100)
@given(seed=matrices, zero_sum=st.booleans())
def test_random_games(seed: int, zero_sum: bool) -> None:
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(-5, 6, size=(2, *rng.integers(1, 5, size=2))).astype(float)
    if zero_sum:
        payoffs[1] = -payoffs[0]
    form = NormalForm(payoffs)
    answer = race(form)
    assert answer.stable.regret < 1e-6
    assert float(answer.price.estimate) > -1e-6  # a leader is no worse off than in that equilibrium
    if zero_sum:
        assert answer.committed.value == pytest.approx(stackelberg(form).value, abs=1e-8)
    if answer.course is Course.CONVERGES:
        pure = [tuple(s.argmax() for s in one.strategies) for one in pure_equilibria(form)]
        assert tuple(s.argmax() for s in answer.stable.strategies) in pure
    table = answer.frame()
    assert table["alpha_rank"].sum() == pytest.approx(1.0)


@settings(deadline=None, max_examples=100)
@given(seed=matrices)
def test_without_ties_the_walk_ends_in_a_sink(seed: int) -> None:
    """With ties it may cycle where another best reply would lead out."""
    rng = np.random.default_rng(seed)
    table = race(NormalForm(rng.normal(size=(2, *rng.integers(1, 5, size=2))))).frame()
    assert (table.loc[table["at_the_end"], "sink"] >= 0).all()


def test_changes_are_restrictions_compared_with_the_whole_race() -> None:
    actions = [["hold", "chase", "regularize"], ["wait", "attack"]]
    game = NormalForm.zero_sum([[2.0, -2.0], [-2.0, 2.0], [0.5, 0.25]], actions=actions)
    answer = race(game, changes={"regularize": {"learner": ["hold", "regularize"]}})
    assert answer.course is Course.CYCLES
    change = answer.changes[0]
    assert change.ends_the_race
    assert change.payoff == pytest.approx(0.25)
    assert float(change.gain.estimate) == pytest.approx(0.25 - answer.plain.payoff)


def noisy(form: NormalForm, seeds: int, noise: float) -> NormalForm:
    rng = np.random.default_rng(5)
    drawn = form.payoffs[0] + noise * rng.normal(size=(seeds, *form.shape))
    return NormalForm.from_samples(np.stack([drawn, -drawn], axis=1))


def test_half_of_the_seeds_find_and_the_others_score() -> None:
    form = noisy(RPS, 10, 0.1)
    answer = race(form)
    assert answer.form.samples is not None
    assert answer.scored.samples is not None
    assert form.samples is not None
    assert np.array_equal(answer.form.samples, form.samples[:5])
    assert np.array_equal(answer.scored.samples, form.samples[5:])
    earned = np.einsum(
        "sij,i,j->s", form.samples[5:, 0], answer.stable.strategies[0], answer.stable.strategies[1]
    )
    assert answer.stable_payoff == pytest.approx(earned.mean())
    assert answer.price.kind == "Student t"
    assert float(answer.price.low) == float(answer.price.high) == 0.0  # a zero-sum game


def test_price_of_a_game_of_pure_noise_is_found_to_be_none() -> None:
    """Chosen and scored on the same seeds, a commitment would seem to pay."""
    enclosed = 0
    for seed in range(200):
        drawn = np.random.default_rng(seed).normal(size=(12, 2, 3, 3))
        price = race(NormalForm.from_samples(drawn)).price
        enclosed += float(price.low) <= 0.0 <= float(price.high)
    assert enclosed >= 180  # of 200 at 95 %


@pytest.fixture(scope="module")
def shifting() -> Race:
    return race(ar.load_game("centroid_shift", rounds=6), seeds=4)


@pytest.mark.slow
def test_a_real_race(shifting: Race) -> None:
    assert [change.name for change in shifting.changes] == [
        "regularize",
        "change the update period to 2",
        "change the update period to 5",
        "cap the rate at 15%",
        "mix",
    ]
    assert shifting.missing == ("widen the window",)
    assert shifting.changes[0].kept == {"learner": ("hold", "retrain_median")}
    assert shifting.plain.kept == {"learner": ("hold", "retrain")}
    assert Periodic("retrain", "hold", 2) in shifting.form.actions[0]
    matrix = ar.empirical_game(
        ar.load_game("centroid_shift", rounds=6),
        learners=shifting.form.actions[0],  # type: ignore[arg-type]
        seeds=4,
    )
    assert matrix.samples is not None
    assert shifting.form.samples is not None
    assert np.array_equal(shifting.form.samples, matrix.samples[:2])


def test_report_reads_as_text_table_and_picture(shifting: Race) -> None:
    lines = repr(shifting).splitlines()
    assert lines[0].startswith("Race of centroid_shift: 15 x 4 strategies, 2 seeds find, 2 others")
    assert lines[-1] == "  no action stands for: widen the window"
    table = shifting.changes_frame()
    assert table["change"].tolist() == ["as it is", *[one.name for one in shifting.changes]]
    assert table["gain"][0] == 0.0
    assert (table["low"] <= table["gain"]).all()
    figure = shifting.plot()
    figure.savefig(io.BytesIO())
    labels = [label.get_text() for label in figure.axes[1].get_yticklabels()]
    assert labels == [one.name for one in shifting.changes]
    assert figure.axes[1].get_title() == "95% intervals (Student t), 2 seeds"


@pytest.mark.parametrize("form", [RPS, PENNIES, DILEMMA])
def test_nothing_of_a_small_picture_is_cut_off(form: NormalForm) -> None:
    figure = race(form).plot()
    figure.savefig(io.BytesIO())
    page = figure.bbox
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert box is not None
        assert page.x0 <= box.x0 < box.x1 <= page.x1
        assert page.y0 <= box.y0 < box.y1 <= page.y1


@pytest.mark.parametrize("name", ar.available_games())
def test_every_game_has_its_changes(name: str) -> None:
    game = ar.load_game(name)
    assert set(plain_learner(game)) <= set(game.learner_actions)
    for kept in standard_changes(game).values():
        assert kept.keys() <= {"learner", "adversary"}
        assert set(kept.get("adversary", ())) <= set(game.adversary_actions)
        named = [one for one in kept.get("learner", ()) if isinstance(one, str)]
        assert set(named) <= {*game.learner_actions, *game.suggested_agents("learner")}


def test_analytic_games_say_what_their_changes_are() -> None:
    """A wider window and a lower rate, by what the actions say of themselves."""
    windowed = standard_changes(ar.load_game("windowed_displacement", windows=(1, 3)))
    assert windowed["widen the window"] == {"learner": ("hold", "window_3")}
    capped = {"learner": ("hold", "window_1"), "adversary": ("wait", "shift_5%", "shift_15%")}
    assert windowed["cap the rate at 15%"] == capped
    for name in ("centroid_displacement", "measured_displacement", "guarded_displacement"):
        assert "cap the rate at 15%" in standard_changes(ar.load_game(name))
    assert plain_learner(ar.load_game("guarded_displacement")) == ("hold", "average_out")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: race("pennies"), TypeError, "must be a Game or a NormalForm, got str"),  # type: ignore[arg-type]
        (lambda: race(NormalForm(np.zeros((3, 2, 2, 2)))), ValueError, "two roles, got 3"),
        (lambda: race(noisy(RPS, 3, 1.0)), ValueError, "at least 4 replicates"),
        (
            lambda: race(ar.load_game("centroid_displacement"), seeds=3),
            ValueError,
            "seeds must be at least 4",
        ),
        (
            lambda: race(RPS, changes={"cap": {"adversary": ["9"]}}),
            LookupError,
            "'9'",
        ),
        (lambda: race(RPS, changes={"cap": {"enemy": ["0"]}}), LookupError, "'enemy'"),
    ],
)
def test_bad_input_is_refused(
    call: Callable[[], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call()
