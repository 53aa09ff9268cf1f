"""Regret in play: known values, held-out halves, candidates, and errors."""

import pytest

import armsrace as ar
from armsrace.agents import Always, Behavior, Mixed, Periodic
from armsrace.checks import MatchingPennies
from armsrace.statistics import mean_interval

FAIR = {"heads": 0.5, "tails": 0.5}


def test_equilibrium_of_pennies_has_no_regret() -> None:
    found = ar.measured_regret(MatchingPennies(), FAIR, FAIR, seeds=4)
    assert found.payoffs.tolist() == [0.0, 0.0]
    assert float(found.regret.high) == 0.0
    assert found.deviations == (None, None)


def test_mixtures_are_averaged_and_not_drawn() -> None:
    """Heads with probability p against heads earns 2p - 1; each side knows what gains more."""
    biased = {"heads": 0.7, "tails": 0.3}
    found = ar.measured_regret(MatchingPennies(), biased, Mixed({Always("heads"): 1.0}), seeds=4)
    assert found.payoffs[0] == pytest.approx(0.4)
    assert found.regrets.estimate.tolist() == pytest.approx([0.6, 0.8])
    assert found.deviations == (Always("heads"), Always("tails"))
    assert found.regrets.half_width.tolist() == pytest.approx([0.0, 0.0])
    frame = found.frame()
    assert frame["role"].tolist() == ["learner", "adversary"]


def test_candidates_are_those_that_are_given() -> None:
    weekly = Periodic("tails", otherwise="heads", period=2)
    found = ar.measured_regret(
        MatchingPennies(rounds=4),
        "heads",
        "tails",
        learner_candidates=[weekly],
        adversary_candidates=[],
        seeds=4,
    )
    assert found.candidates == (1, 0)
    assert found.better == ((weekly,), ())
    assert found.regrets.estimate.tolist() == [1.0, 0.0]


def test_first_half_chooses_and_second_half_scores() -> None:
    """The same by hand: the best mean of the first 7 seeds, Student's t of the other 8."""
    game, coin = MatchingPennies(rounds=3), Behavior(FAIR)
    others = [Behavior({"heads": p, "tails": 1.0 - p}) for p in (0.1, 0.35, 0.65, 0.9)]
    found = ar.measured_regret(
        game, coin, coin, learner_candidates=others, adversary_candidates=[], seeds=15, seed=2
    )
    form = ar.empirical_game(game, learners=[coin, *others], adversaries=[coin], seeds=15, seed=2)
    assert form.samples is not None
    gains = form.samples[:, 0, 1:, 0] - form.samples[:, 0, :1, 0]
    best = int(gains[:7].mean(axis=0).argmax())
    assert found.deviations == (others[best], None)
    # Each role has half of the failure.
    scored = mean_interval(gains[7:, best], level=0.975)
    assert found.regrets.estimate[0] == pytest.approx(max(float(scored.estimate), 0.0))
    assert found.regrets.high[0] == pytest.approx(max(float(scored.high), 0.0))
    assert found.seeds == 8


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="seeds must be at least 4, two to choose"):
        ar.measured_regret(MatchingPennies(), FAIR, FAIR, seeds=3)
    with pytest.raises(LookupError, match="unknown learner 'edge'"):
        ar.measured_regret(MatchingPennies(), "edge", FAIR, seeds=4)
    with pytest.raises(LookupError, match="unknown adversary 'edge'"):
        ar.measured_regret(MatchingPennies(), FAIR, FAIR, adversary_candidates=["edge"], seeds=4)
    with pytest.raises(ValueError, match=r"level must be in \(0, 1\)"):
        ar.measured_regret(MatchingPennies(), FAIR, FAIR, level=2.0, seeds=4)
