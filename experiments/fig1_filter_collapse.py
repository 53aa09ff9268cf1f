"""The undefended filter collapses under a dictionary flood, and RONI restores it.

One mail in a hundred contains every word. A SpamBayes filter that is retrained on it comes to lose
most honest mail, or to be unsure of it, within a few rounds; with RONI it does as well as without
any attack. The shape is that of Nelson et al. (2008); the mail, the sizes and the numbers are ours.

Run as ``python experiments/fig1_filter_collapse.py [--out DIR] [--rounds N] [--seeds N]``.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from armsrace import History
from armsrace.empirical import measure_plays
from armsrace.figures import Drawing, Provenance, error_by_round, publish
from games import DictionaryAttack

SEED = 2008
SEEDS = 32
ROUNDS = 20
RACES = {
    "no attack": ("retrain", "wait"),
    "retrain": ("retrain", "dictionary_1%"),
    "retrain, dynamic threshold": ("retrain_dynamic", "dictionary_1%"),
    "retrain, RONI": ("retrain_roni", "dictionary_1%"),
}


def simulate(rounds: int, seeds: int) -> dict[str, NDArray[np.float64]]:
    """Share of ham lost or unsure by round, shape (seeds, rounds), for each race."""
    game = DictionaryAttack(rounds=rounds)
    return {
        label: measure_plays(game, learner, adversary, unusable, seeds=seeds, seed=SEED, jobs=2)
        for label, (learner, adversary) in RACES.items()
    }


def unusable(history: History) -> NDArray[np.float64]:
    """Share of ham that is blocked or unsure, by round."""
    lost = history.column("fp") + history.column("unsure_honest")
    return np.asarray(lost / (lost + history.column("tn")))


def draw(shares: Mapping[str, NDArray[np.float64]]) -> Drawing:
    """One curve a race, with simultaneous bands over the rounds."""
    return error_by_round(
        shares,
        quantity="ham lost or unsure (share of ham)",
        rng=np.random.default_rng(SEED),
    )


def main() -> None:
    """Simulate, draw, publish, and print the last round's numbers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/figures"))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    shares = simulate(options.rounds, options.seeds)
    options.out.mkdir(parents=True, exist_ok=True)
    provenance = Provenance(
        SEED,
        "python experiments/fig1_filter_collapse.py",
        {"rounds": options.rounds, "seeds": options.seeds},
        source=Path(__file__),
    )
    publish(draw(shares), "fig1_filter_collapse", options.out, provenance=provenance)
    for label, measured in shares.items():
        print(
            f"{label:<28}{measured[:, -1].mean():.3f} of the ham lost or unsure in the last round"
        )


if __name__ == "__main__":
    main()
