"""Scheduled and limited shifts: played out, they do what the closed forms say."""

from dataclasses import dataclass, replace
from typing import ClassVar, final

import numpy as np
import pytest

from armsrace import play
from armsrace.attacks import Attack, HypersphereShift, LimitedControlShift, Poison, ScheduledShift
from armsrace.batch import Batch
from armsrace.checks import scenes
from armsrace.costs import Costs, Prices
from armsrace.defenses import Bootstrap, Defense, Retrain
from armsrace.feasible import Feasible
from armsrace.game import LearningGame, Rules
from armsrace.models import CentroidDetector
from armsrace.models.published import Published
from armsrace.theory import hypersphere, limited_control
from armsrace.worlds import World
from games.centroid_shift import displacement

RNG = np.random.default_rng
BOOTSTRAPPING = Defense(Bootstrap(), Retrain())
SPHERE = next(scene for scene in scenes() if scene.name == "sphere")


@final
@dataclass(frozen=True)
class Line(World):
    """Honest rows, uniform on [-1, 1], and a target that is far away."""

    prior: int
    arriving: int

    def _honest(self, size: int, rng: np.random.Generator) -> Batch:
        return Batch.unmarked(rng.uniform(-1.0, 1.0, (size, 1)), np.zeros(size, dtype=bool))

    def start(self, rng: np.random.Generator) -> Batch:
        rows = self._honest(self.prior, rng).rows
        return Batch.unmarked(rows - rows.mean(), np.zeros(self.prior, dtype=bool))

    def draw(self, clock: int, rng: np.random.Generator) -> Batch:
        return self._honest(self.arriving, rng)

    def face(self, clock: int, rng: np.random.Generator) -> Batch:
        return self._honest(1, rng)

    def reference(self) -> Batch:
        return self._honest(100, RNG(0))

    def aim(self, rng: np.random.Generator) -> Batch:
        return Batch.unmarked(np.array([[100.0]]), np.array([True])).aimed()


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class Shifted(LearningGame):
    """A detector with the given memory, retrained every round, against a shift."""

    name: ClassVar[str] = "shifted"

    part: Poison
    prior: int = 10
    arriving: int = 0
    memory: int | None = None
    learner: Defense = BOOTSTRAPPING

    def rules(self) -> Rules:
        return Rules(
            world=Line(self.prior, self.arriving),
            model=CentroidDetector(radius=1.0, memory=self.memory),
            learner_actions={"retrain": self.learner},
            adversary_actions={"shift": Attack(self.part)},
            costs=Costs.opposed(Prices()),
            measures={"displacement": displacement},
        )


def moved(game: Shifted, rounds: int, seed: int = 0) -> np.ndarray:
    """Displacement after each round of a play."""
    return np.array(play(game, "retrain", "shift", rounds=rounds, seed=seed).column("displacement"))


# Integer optima of card 1 and 2 and others: prior points, effort, retrainings.
@pytest.mark.parametrize(
    ("prior", "effort", "retrainings"), [(10, 20, 4), (20, 50, 5), (10, 7, 1), (30, 3, 6)]
)
def test_a_played_schedule_reaches_the_optimum_in_whole_points(
    prior: int, effort: int, retrainings: int
) -> None:
    part = ScheduledShift(effort, retrainings, prior)
    path = moved(Shifted(part=part, prior=prior), rounds=retrainings + 3)
    schedule = hypersphere.optimal_integer_schedule(retrainings, effort, prior)
    for count in range(1, retrainings + 1):
        expected = float(hypersphere.displacement(schedule[:count], prior))
        assert path[count - 1] == pytest.approx(expected, abs=1e-7)
    assert path[retrainings:] == pytest.approx(path[retrainings - 1])
    bound = float(hypersphere.optimal_displacement(retrainings, effort, prior))
    assert bound - 0.01 < path[-1] <= bound


@pytest.mark.parametrize(
    ("prior", "effort", "retrainings", "whole"), [(10, 20, 4, 0.960265), (20, 50, 5, 1.10797)]
)
def test_known_optima(prior: int, effort: int, retrainings: int, whole: float) -> None:
    part = ScheduledShift(effort, retrainings, prior)
    path = moved(Shifted(part=part, prior=prior), rounds=retrainings)
    assert path[-1] == pytest.approx(whole, abs=5e-6)


def test_no_even_spreading_of_the_points_moves_further() -> None:
    best = moved(Shifted(part=ScheduledShift(20, 4, 10)), rounds=4)[-1]
    even = float(hypersphere.displacement([5, 5, 5, 5], 10))
    at_once = moved(Shifted(part=ScheduledShift(20, 1, 10)), rounds=1)[-1]
    assert at_once < even < best


@pytest.mark.parametrize("rate", [0.1, 0.4])
def test_limited_control_moves_the_center_as_theorem_8_says(rate: float) -> None:
    points, memory, seeds = 40, 12, 60
    game = Shifted(
        part=LimitedControlShift(rate),
        arriving=1,
        memory=memory,
        learner=Defense(Retrain()),  # the theorem takes honest points to be accepted always
    )
    paths = np.array([moved(game, points, seed) for seed in range(seeds)])
    means, variances = limited_control.displacement_moments(
        points, rate, memory, second_moment=1 / 3
    )
    for count in (1, 5, 20, 40):
        assert means[count] == pytest.approx(
            float(limited_control.expected_displacement(count, rate, memory))
        )
        error = np.sqrt(variances[count] / seeds)
        assert abs(paths[:, count - 1].mean() - means[count]) < 5 * error
        bound = float(limited_control.variance_bound(count, rate, memory))
        assert paths[:, count - 1].var(ddof=1) < bound


def test_full_control_is_linear_with_a_memory_and_logarithmic_without() -> None:
    game = Shifted(part=LimitedControlShift(1.0), arriving=1)
    path = moved(replace(game, memory=10), rounds=20)
    assert path == pytest.approx(np.arange(1, 21) / 10, abs=1e-7)
    path = moved(game, rounds=20)
    harmonic = [float(hypersphere.single_point_displacement(i, 10)) for i in range(1, 21)]
    assert path == pytest.approx(harmonic, abs=1e-7)


@pytest.mark.parametrize("part", [ScheduledShift(4, 2), LimitedControlShift(0.5)])
def test_points_are_those_of_the_greedy_shift(part: Poison) -> None:
    known, traffic = SPHERE.known, SPHERE.traffic
    offered = part.poison(traffic, known, RNG(0))
    greedy = HypersphereShift(0.5).poison(traffic, known, RNG(0))
    assert offered.origin.any()
    assert (offered.rows[offered.origin] == greedy.rows[-1]).all()
    assert not offered.labels[offered.origin].any()


def test_limited_control_takes_its_share_of_the_rows_and_adds_none() -> None:
    taken = [
        LimitedControlShift(0.3).poison(SPHERE.traffic, SPHERE.known, RNG(seed)).origin
        for seed in range(200)
    ]
    assert {len(origin) for origin in taken} == {len(SPHERE.traffic)}
    size = 200 * len(SPHERE.traffic)
    assert abs(np.mean(taken) - 0.3) < 5 * np.sqrt(0.3 * 0.7 / size)


def test_an_immutable_feature_stays_that_of_the_row_whose_place_is_taken() -> None:
    known = replace(SPHERE.known, feasible=Feasible(immutable=[2]))
    offered = LimitedControlShift(0.5).poison(SPHERE.traffic, known, RNG(0))
    assert np.array_equal(offered.rows[:, 2], SPHERE.traffic.rows[:, 2])
    assert not np.array_equal(offered.rows, SPHERE.traffic.rows)


def test_no_budget_changes_nothing() -> None:
    for part in (ScheduledShift(0, 3), LimitedControlShift(0.0)):
        offered = part.poison(SPHERE.traffic, SPHERE.known, RNG(0))
        assert np.array_equal(offered.rows, SPHERE.traffic.rows)
        assert not offered.origin.any()


def test_with_the_model_hidden_the_reference_takes_its_place() -> None:
    hidden = replace(SPHERE.known, public=Published(SPHERE.model.deployed).hidden())
    greedy = HypersphereShift(0.5).poison(SPHERE.traffic, hidden, RNG(0)).rows[-1]
    offered = ScheduledShift(1, 1).poison(SPHERE.traffic, hidden, RNG(0))
    assert np.array_equal(offered.rows[-1], greedy)


@pytest.mark.parametrize("part", [ScheduledShift(4, 2), LimitedControlShift(0.5)])
def test_what_it_needs_it_asks_for(part: Poison) -> None:
    aimless = replace(SPHERE.known, target=SPHERE.known.target.take(np.zeros(0, dtype=np.intp)))
    with pytest.raises(ValueError, match="needs a target"):
        part.poison(SPHERE.traffic, aimless, RNG(0))
    plane = next(scene for scene in scenes() if scene.name == "plane")
    with pytest.raises(ValueError, match="needs a detector with center_ and radius_"):
        part.poison(plane.traffic, plane.known, RNG(0))


def test_bad_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match="effort must be at least 0, got -1"):
        ScheduledShift(-1, 3)
    with pytest.raises(ValueError, match="retrainings must be at least 1, got 0"):
        ScheduledShift(3, 0)
    with pytest.raises(ValueError, match="prior must be at least 1, got 0"):
        ScheduledShift(3, 3, 0)
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\], got 1\.5"):
        LimitedControlShift(1.5)
