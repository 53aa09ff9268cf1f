"""Chaff against the PCA detector: who gains by what, on paired seeds."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, final

import numpy as np
import pytest

from armsrace import play
from armsrace.attacks import Attack, Knowledge, OptimizedChaff, Poison
from armsrace.batch import Batch
from armsrace.defenses import Bootstrap, Defense
from armsrace.history import History
from armsrace.models import SubspaceDetector
from armsrace.models.published import Published
from armsrace.statistics import mean_interval
from armsrace.taxonomy import DEFENSES
from games import PcaChaff

SEEDS = tuple(range(8))
FEW = SEEDS[:2]  # for the robust detector, which takes its time
SIGHTED = ("random", "bigger", "optimized")  # the schemes of an adversary who sees the model


@final
@dataclass(frozen=True)
class MadeForTheUndefended(Poison):
    """Optimized chaff that takes the detector for a plain one, fitted on the reference."""

    volume: float
    components: int
    false_positive_rate: float

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        plain = SubspaceDetector(
            components=self.components, false_positive_rate=self.false_positive_rate
        ).fit(known.reference.rows[~known.reference.labels])
        imagined = replace(known, public=Published(plain))
        return OptimizedChaff(self.volume).poison(traffic, imagined, rng)


@cache
def game() -> PcaChaff:
    made = PcaChaff()
    plain = MadeForTheUndefended(made.volume, made.components, made.false_positive_rate)
    actions = {**made.setup.adversary_actions, "unadapted": Attack(plain)}
    answers = made.learner_actions
    trapped = Defense(Bootstrap(), answers["retrain_honeypot"])
    vars(made)["setup"] = replace(
        made.setup,
        adversary_actions=actions,
        learner_actions={**answers, "retrain_trapped": trapped},
    )
    return made


@cache
def history(learner: str, adversary: str, seed: int) -> History:
    rounds = 8 if learner == "retrain_robust" else 12
    return play(game(), learner, adversary, rounds=rounds, seed=seed)


def miss_rates(learner: str, adversary: str, seeds: tuple[int, ...] = SEEDS) -> np.ndarray:
    """Share of the floods that is missed over a play, one number a seed."""
    plays = [history(learner, adversary, seed) for seed in seeds]
    missed = np.array([each.column("fn").sum() for each in plays])
    found = np.array([each.column("tp").sum() for each in plays])
    rates: np.ndarray = missed / (missed + found)
    return rates


def surely_positive(differences: np.ndarray) -> bool:
    return bool(mean_interval(differences, level=0.99).low > 0)


@pytest.mark.parametrize("scheme", ["random", "bigger", "optimized", "boiling_frog"])
@pytest.mark.parametrize("learner", ["retrain", "retrain_filtered"])
def test_chaff_hides_floods(learner: str, scheme: str) -> None:
    assert surely_positive(miss_rates(learner, scheme) - miss_rates(learner, "wait"))


@pytest.mark.parametrize("informed", ["bigger", "optimized"])
def test_informed_chaff_beats_random_chaff_of_the_same_volume(informed: str) -> None:
    assert surely_positive(miss_rates("retrain", informed) - miss_rates("retrain", "random"))


def test_a_filter_stops_what_is_not_dosed_by_the_detector() -> None:
    for scheme, stopped in (("bigger", True), ("optimized", False)):
        less = miss_rates("retrain", scheme) - miss_rates("retrain_filtered", scheme)
        assert surely_positive(less) == stopped
    optimized = miss_rates("retrain_filtered", "optimized")
    assert surely_positive(optimized - miss_rates("retrain_filtered", "random"))


def test_the_boiling_frog_slips_through_the_filter_where_a_jump_does_not() -> None:
    """The last volume of the frog, added at once, is dropped far more often."""
    made = PcaChaff()
    at_once = replace(made, volume=2 * made.volume)
    for seed in SEEDS[:4]:
        slow = play(made, "retrain_filtered", "boiling_frog", seed=seed)
        jump = play(at_once, "retrain_filtered", "bigger", seed=seed, rounds=1)
        kept = [
            each.column("poison_kept").sum() / each.column("poison").sum() for each in (slow, jump)
        ]
        assert kept[0] > kept[1] + 0.2


def test_robust_components_halve_the_optimized_harm() -> None:
    harm = {  # beyond what is missed without chaff
        learner: miss_rates(learner, "optimized", FEW) - miss_rates(learner, "wait", FEW)
        for learner in ("retrain", "retrain_robust")
    }
    assert (harm["retrain_robust"] < harm["retrain"] / 2).all()


@pytest.mark.parametrize(
    ("learner", "schemes", "seeds"),
    [
        ("retrain_filtered", SIGHTED, SEEDS),
        pytest.param("retrain_robust", ("random", "optimized"), SEEDS[:4], marks=pytest.mark.slow),
        pytest.param("retrain_mixed", SIGHTED, SEEDS, marks=pytest.mark.slow),
        pytest.param("retrain_hidden", SIGHTED, SEEDS, marks=pytest.mark.slow),
        pytest.param(
            *("retrain_misled", ("bigger", "optimized", "disbelief"), SEEDS),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *("retrain_honeypot", ("bigger", "optimized", "disbelief"), SEEDS),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_best_scheme_against_a_defense_does_no_worse_than_the_one_made_for_none(
    learner: str, schemes: tuple[str, ...], seeds: tuple[int, ...]
) -> None:
    """The scheme is chosen on one half of the seeds and scored on the other."""
    gained = {
        scheme: [history(learner, scheme, seed).payoffs[1] for seed in seeds]
        for scheme in (*schemes, "unadapted")
    }
    half = len(seeds) // 2
    best = max(schemes, key=lambda scheme: float(np.mean(gained[scheme][:half])))
    assert np.mean(gained[best][half:]) >= np.mean(gained["unadapted"][half:])


def test_decoys_make_chaff_harmless_that_is_dosed_by_them() -> None:
    """A honeypot has it dosed so high that a filter drops it, and is of no use without one."""
    for learner in ("retrain_misled", "retrain_trapped"):
        saved = miss_rates("retrain", "optimized") - miss_rates(learner, "optimized")
        assert (saved > 0.3).all()
    harm = miss_rates("retrain_honeypot", "optimized") - miss_rates("retrain", "optimized")
    assert harm.mean() > -0.1


def test_a_detector_that_is_never_retrained_comes_to_block_honest_traffic() -> None:
    stale = [history("hold", "wait", seed).column("fp") for seed in SEEDS]
    fresh = [history("retrain", "wait", seed).column("fp") for seed in SEEDS]
    late = [float(a[-5:].mean() - b[-5:].mean()) for a, b in zip(stale, fresh, strict=True)]
    assert surely_positive(np.array(late))


def test_what_was_added_is_on_record() -> None:
    told = history("retrain", "random", 0)
    share = told.column("poison").sum() / told.column("offered").sum()
    assert 0.4 < share < 0.6
    for name in ("missed", "captured"):
        column = told.column(name)
        assert ((column >= 0) & (column <= 1)).all()


def test_every_defense_of_the_article_has_its_action() -> None:
    made = PcaChaff()
    assert set(made.setup.answers) == {"none", *DEFENSES}
    named = [action for actions in made.setup.answers.values() for action in actions]
    assert len(set(named)) == len(named) >= 7


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"bins": 0}, "bins must be at least 1, got 0"),
        ({"window": 0}, "window must be at least 1, got 0"),
        ({"components": 28}, "more than 28 columns for 28 components"),
        ({"false_positive_rate": 0.0}, r"false_positive_rate must be in \(0, 1\), got 0"),
        ({"laplace_rate": 0.5}, r"laplace_rate must be in \(0, 0.5\), got 0.5"),
        ({"flooded": 2.0}, r"flooded must be in \[0, 1\], got 2"),
        ({"volume": -0.1}, "volume must be finite and at least 0, got -0.1"),
        ({"boil": 0.5}, "boil must be at least 1 and finite, got 0.5"),
    ],
)
def test_bad_parameters_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        play(PcaChaff(**parameters), "retrain", "wait", rounds=1)
