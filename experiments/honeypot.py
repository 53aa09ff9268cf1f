"""When honeypots pay: their share in a network, and what it costs to disguise them.

A host is a honeypot with some probability. Its owner decides how it looks, "real" or "honeypot"; a
disguise has a price, the same for both kinds of host. An attacker sees the look and attacks or
leaves (`armsrace.forms.honeypot_game`). For every share and price all extreme Nash equilibria are
found. The attack probability and the owner's loss are shown for the equilibrium that is worst for
the owner, so that what pays there pays in any; the best one is in the table.

A share pays when the owner's worst loss, with what the honeypots themselves cost, lies below the
loss of a network without any, which is attacked always.

Run as ``python experiments/honeypot.py [--out DIR] [--quick]``.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from armsrace.figures import DOUBLE_COLUMN, Drawing, Provenance, paper_style, publish
from armsrace.forms import honeypot_game
from armsrace.solvers import ExtensiveEquilibrium, behavior_enumeration
from armsrace.theory.inspection import honeypot_probability

GAIN, LOSS, BENEFIT, DAMAGE = 1.0, 2.0, 1.0, 3.0
COST = 0.5  # of a honeypot, disguises apart
SHARES = np.linspace(0.0, 0.6, 25)
PRICES = np.linspace(0.0, 4.0, 21)


def solve(share: float, price: float) -> list[ExtensiveEquilibrium]:
    """All extreme equilibria at a share of honeypots and a price of disguises."""
    game = honeypot_game(
        share, gain=GAIN, loss=LOSS, benefit=BENEFIT, damage=DAMAGE, armor=price, bait=price
    )
    return behavior_enumeration(game)


def attack_probability(answer: ExtensiveEquilibrium, share: float) -> float:
    """How likely a host is attacked, whatever its kind and look."""
    prior = {"real": 1.0 - share, "honeypot": share}
    return sum(
        prior[str(kind)] * chance * answer.adversary[look].get("attack", 0.0)
        for kind, looks in answer.learner.items()
        for look, chance in looks.items()
    )


def measure(share: float, price: float) -> dict[str, Any]:
    """One row of the table."""
    answers = solve(share, price)
    # Of equilibria that are worth the same, the one with most attacks.
    worst, best = (
        min(answers, key=lambda one: (round(sign * one.value, 9), -attack_probability(one, share)))
        for sign in (1.0, -1.0)
    )
    planting = COST * share
    return {
        "share": share,
        "price_of_disguise": price,
        "equilibria": len(answers),
        "attack_probability": attack_probability(worst, share),
        "loss": planting - worst.value,
        "attack_probability_at_best": attack_probability(best, share),
        "loss_at_best": planting - best.value,
        "pays": planting - worst.value < DAMAGE - 1e-9,
        "regret": max(answer.regret for answer in answers),
    }


def draw(rows: list[dict[str, Any]], shape: tuple[int, int]) -> Drawing:
    """Attack probability and loss by share and price; where honeypots do not pay is hatched."""
    from matplotlib.figure import Figure

    columns: dict[str, NDArray[Any]] = {
        name: np.array([row[name] for row in rows]) for name in rows[0]
    }
    share, price, pays = (
        columns[name].reshape(shape) for name in ("share", "price_of_disguise", "pays")
    )
    with paper_style():
        figure = Figure(figsize=(DOUBLE_COLUMN, 2.9))
        shown = {"attack_probability": "attack probability", "loss": "owner's loss a host"}
        panels = figure.subplots(1, 2, sharey=True)
        for axes, (name, label) in zip(panels, shown.items(), strict=True):
            values = columns[name].reshape(shape)
            mesh = axes.pcolormesh(share, price, values, cmap="Blues_r", shading="nearest")
            figure.colorbar(mesh, ax=axes, label=f"{label} (exact)")
            axes.contourf(share, price, pays, levels=[-0.5, 0.5], colors="none", hatches=["////"])
            axes.axvline(honeypot_probability(GAIN, LOSS), color="#EE6677", linestyle="--")
            axes.set(xlabel="share of honeypots")
        panels[0].set(ylabel="price of a disguise (damage 3)")
        told = (
            "worst equilibrium for the owner; dashed: 1/3, gain / (gain + loss); hatched: no gain"
        )
        figure.suptitle(told, fontsize=8)
    return Drawing(figure, columns)


def main() -> None:
    """Solve every cell, draw, publish, and print where honeypots pay most."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/figures"))
    parser.add_argument("--quick", action="store_true", help="see that it runs; a coarse grid")
    options = parser.parse_args()
    shares, prices = (SHARES[::8], PRICES[::10]) if options.quick else (SHARES, PRICES)
    rows = [measure(share, price) for price in prices.tolist() for share in shares.tolist()]
    options.out.mkdir(parents=True, exist_ok=True)
    provenance = Provenance(
        0,
        "python experiments/honeypot.py",
        {"gain": GAIN, "loss": LOSS, "benefit": BENEFIT, "damage": DAMAGE, "cost": COST},
        source=Path(__file__),
    )
    drawing = draw(rows, (len(prices), len(shares)))
    publish(drawing, "honeypot", options.out, provenance=provenance)
    print(f"largest regret of {sum(row['equilibria'] for row in rows)} equilibria:", end=" ")
    print(f"{max(row['regret'] for row in rows):.1e}")
    print("price of a disguise    best share    attacked    loss (without honeypots 3)")
    for price in prices.tolist():
        here = [row for row in rows if row["price_of_disguise"] == price]
        row = min(here, key=lambda row: row["loss"])
        print(
            f"{price:>19.2f}{row['share']:>14.3f}{row['attack_probability']:>12.3f}"
            f"{row['loss']:>8.3f}"
        )


if __name__ == "__main__":
    main()
