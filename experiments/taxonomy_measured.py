r"""The article's table of defenses, measured: eight kinds of attack, six defenses, and none.

Each of the eight cells of the taxonomy is played as one game (`GAMES`), as a contest
(`armsrace.assess.contest`, which defines loss, harm, change and verdict): the learner holds what
the game has for one of the article's six defenses, most of them at two strengths, or for none; the
adversary is re-optimized against each, and times its attack by the answers to alarms where that
pays. Strengths and attacks are chosen on the *tuning* seeds, and scored on others. The verdict on a
defense rests on the simultaneous interval of the change of the loss, with a margin of `MARGIN`
harm: *no effect*, *confirmed*, *refuted* or *undecided*.

"Confirmed" is about the sign of the change: how large it is stands beside it, as ``saved``, the
share of the undefended learner's loss that the defense saves, 1 - loss / undefended loss, with an
interval that is simultaneous, too (`paired_ratio`). It includes 0 whenever that of the change does.

The article claims of a cell that each defense that its table proposes for it helps. That claim is
*confirmed* when all of these are; it is *refuted* when one of them was shown to raise the loss, or
to change it by less than a tenth of the harm; and else it is *undecided*. The verdicts on the other
defenses are on record, too: those that the article discusses in its text ("text") and those that
it does not connect with the cell ("not").

The intervals are Student's t with Bonferroni's correction: of all changes (48) one is wrong, or
more, with a probability of 5 %, and the same holds of all shares saved and of all losses (56).
Student's t takes the means for normal, and no interval knows of what no seed has shown; where two
learners do the same on all seeds, the change is zero and so is its interval.

The *equilibrium loss* is a loss in the payoffs of the game, which are zero-sum: what the adversary
spends is subtracted. It is the value of the game of all the learner's actions above against all
attacks, mixtures allowed. The strategies x, y are solved for (minimax) on the tuning seeds, and so
the scores are fair: with the losses L, whatever x and y are,

.. math:: \min_i (L y)_i \le \text{value} \le \max_j (x L)_j.

Its estimate is x L y, and its interval goes from the least lower end to the greatest upper end of
the t intervals of these means; the ends at the true minimum and maximum must hold, and no others,
so that the correction is for the eight cells alone. What the learner itself loses in it stands
beside it.

What the verdicts do not say: a defense is judged as its game has it (`parts`), on one kind of data,
with the prices of the game. An alarm costs the learner and the adversary its price, and what it
stops is what the learner does after it: where ``parts`` has no such action, detection rejects what
it finds at once. How often alarms are raised and honest rows blocked while the adversary waits
stands beside it, so that a defense that rejects everything shows it in its row.

Run as ``python experiments/taxonomy_measured.py [--out DIR] [--quick]``.
"""

import argparse
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import armsrace as ar
from armsrace.agents import Triggered
from armsrace.assess import Contest, contest, verdict
from armsrace.assess.contest import COUNTED, LEARNERS, UNDEFENDED, WAIT, Verdict
from armsrace.figures import Drawing, Provenance, defense_heat_map, publish
from armsrace.game import LearningGame
from armsrace.statistics import mean_interval, paired_difference, paired_ratio
from armsrace.taxonomy import ARTICLE_DEFENSES, CROSS_CUTTING_DEFENSES, DEFENSES, Cell

Array = NDArray[np.float64]

GAMES: Final[Mapping[str, str]] = {
    "causative integrity targeted": "centroid_shift",
    "causative integrity indiscriminate": "pca_chaff",
    "causative availability targeted": "focused_attack",
    "causative availability indiscriminate": "svm_poisoning",
    "exploratory integrity targeted": "good_words",
    "exploratory integrity indiscriminate": "evasion",
    "exploratory availability targeted": "mistaken_identity",
    "exploratory availability indiscriminate": "alarm_flood",
}
"""The game that stands for each cell."""

QUICK: Final = ("causative integrity targeted", "exploratory availability indiscriminate")
"""The cells of the small version."""

SEED: Final = 2006
"""Of the tuning seeds; the scoring seeds are those of the number after it."""

LEVEL: Final = 0.95
MARGIN: Final = 0.1
"""The share of the harm below which a change is none."""


@final
@dataclass(frozen=True)
class Sizes:
    """How long and how often is played."""

    rounds: int
    tuning: int
    scoring: int
    jobs: int


FULL: Final = Sizes(rounds=8, tuning=8, scoring=32, jobs=2)
SMALL: Final = Sizes(rounds=4, tuning=2, scoring=4, jobs=1)


def conjunction(verdicts: Collection[Verdict]) -> Verdict:
    """Judge the claim that several defenses help, each of them."""
    if "refuted" in verdicts or "no effect" in verdicts:
        return "refuted"
    return "undecided" if "undecided" in verdicts else "confirmed"


def proposal(cell: Cell, defense: str) -> str:
    """Where the article proposes a defense against a kind of attack: table, text, or not."""
    if defense in ARTICLE_DEFENSES[cell]:
        return "table"
    return "text" if defense in CROSS_CUTTING_DEFENSES else "not"


def played_in(cell: Cell, name: str, sizes: Sizes) -> Contest:
    """Play the game that stands for a cell.

    Raises
    ------
    LookupError
        When the game is not registered, lacks a defense, or has no adversary who waits.
    ValueError
        When the game is not about the cell.
    """
    game = ar.load_game(name, rounds=sizes.rounds)
    if not isinstance(game, LearningGame) or cell not in game.cells:
        raise ValueError(f"{name} must be a game with a classifier about {cell}")
    return contest(game, tuning=sizes.tuning, scoring=sizes.scoring, seed=SEED, jobs=sizes.jobs)


def judged(contests: Mapping[Cell, Contest]) -> pd.DataFrame:
    """One row for each cell and each learner."""
    of_losses = 1 - (1 - LEVEL) / (len(contests) * len(LEARNERS))
    of_changes = 1 - (1 - LEVEL) / (len(contests) * len(DEFENSES))
    rows: list[dict[str, Any]] = []
    for cell, played in contests.items():
        tuning = played.tuning
        none = tuning.chosen(UNDEFENDED)
        undefended = played.scores("loss", none, tuning.best_attack(none))
        for learner in LEARNERS:
            action = tuning.chosen(learner)
            attack = tuning.best_attack(action)
            lost = played.scores("loss", action, attack)
            loss = mean_interval(lost, level=of_losses)
            change = paired_difference(lost, undefended, level=of_changes)
            saved = paired_ratio(undefended - lost, undefended, level=of_changes)
            margin = MARGIN * tuning.harm
            is_defense = learner != UNDEFENDED
            rows.append(
                {
                    "cell": str(cell),
                    "game": tuning.game.name,
                    "defense": learner,
                    "action": action,
                    "of": ", ".join(tuning.strengths[learner]),
                    "parts": parts(tuning.game, action),
                    "proposed": proposal(cell, learner) if is_defense else "",
                    "loss": float(loss.estimate),
                    "loss_low": float(loss.low),
                    "loss_high": float(loss.high),
                    "change": float(change.estimate),
                    "change_low": float(change.low),
                    "change_high": float(change.high),
                    "saved": float(saved.estimate),
                    "saved_low": float(saved.low),
                    "saved_high": float(saved.high),
                    "harm": tuning.harm,
                    "verdict": verdict(lost, undefended, margin=margin, level=of_changes)
                    if is_defense
                    else "",
                    "attack": attack,
                    **{
                        number: float(played.scores(number, action, attack).mean())
                        for number in ("spent", "adversary_payoff", *COUNTED, "alarms")
                    },
                    **{
                        f"{number}_waiting": float(played.scores(number, action, WAIT).mean())
                        for number in ("alarms", "fp", "loss")
                    },
                }
            )
    return pd.DataFrame(rows)


def parts(game: LearningGame, learner: str) -> str:
    """What an action of the learner is made of, or the two of an agent that answers an alarm."""
    if learner in game.learner_actions:
        made = game.learner_actions[learner].parts
        return " + ".join(type(part).__name__ for part in made) or "none"
    agent = game.suggested_agents("learner")[learner]
    assert isinstance(agent, Triggered)
    return f"{parts(game, agent.otherwise)}, after an alarm {parts(game, agent.action)}"


def summary(contests: Mapping[Cell, Contest], table: pd.DataFrame) -> pd.DataFrame:
    """One row a cell: what the article proposes, whether it holds, and the equilibrium."""
    level = 1 - (1 - LEVEL) / len(contests)
    rows: list[dict[str, Any]] = []
    for cell, played in contests.items():
        tuning = played.tuning
        mine = table[table["cell"] == str(cell)]
        claims = mine[mine["proposed"] == "table"].set_index("defense")["verdict"]
        x, y = tuning.equilibrium()
        replies = [played.mixed("learner_payoff", one, y) for one in np.eye(len(x))]
        attacks = [played.mixed("learner_payoff", x, one) for one in np.eye(len(y))]
        low, high = (mean_interval(-np.array(each).T, level=level) for each in (replies, attacks))
        rows.append(
            {
                "cell": str(cell),
                "game": tuning.game.name,
                "article": ", ".join(f"{name}: {claims[name]}" for name in claims.index),
                "verdict": conjunction(tuple(claims)),
                "helps": ", ".join(mine[mine["verdict"] == "confirmed"]["defense"]) or "none",
                "equilibrium_loss": float(-played.mixed("learner_payoff", x, y).mean()),
                "low": float(low.low.min()),
                "high": float(high.high.max()),
                "own_loss": float(played.mixed("loss", x, y).mean()),
                "learner": mixture(tuning.actions, x),
                "adversary": mixture(tuning.attacks, y),
            }
        )
    return pd.DataFrame(rows)


def mixture(names: Sequence[str], strategy: Array) -> str:
    """A mixed strategy in words, the likeliest first."""
    likeliest = sorted(zip(names, strategy, strict=True), key=lambda item: -item[1])
    return ", ".join(f"{name} {chance:.2f}" for name, chance in likeliest if chance)


def draw(table: pd.DataFrame, note: str) -> Drawing:
    """The change by each defense in each cell, as a share of the harm."""
    defended = table[table["defense"] != UNDEFENDED]
    shape = (-1, len(DEFENSES))
    share = (defended["change"] / defended["harm"]).to_numpy().reshape(shape)
    cells = defended["cell"] + " (" + defended["game"] + ")"
    return defense_heat_map(
        share,
        attacks=cells.unique().tolist(),
        defenses=DEFENSES,
        proposed=(defended["proposed"] == "table").to_numpy().reshape(shape),
        verdicts=defended["verdict"].to_numpy().reshape(shape),
        quantity="change of the learner's own loss by the defense, the attack re-optimized "
        "(share of the harm to the undefended)",
        note=note,
    )


def main() -> None:
    """Play, judge, publish, and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/figures"))
    parser.add_argument("--quick", action="store_true", help="see that it runs; shows nothing")
    options = parser.parse_args()
    sizes, cells = (SMALL, QUICK) if options.quick else (FULL, tuple(GAMES))
    contests = {}
    for cell in cells:
        contests[Cell.of(cell)] = played_in(Cell.of(cell), GAMES[cell], sizes)
        print(f"played: {cell} ({GAMES[cell]})", flush=True)
    table = judged(contests)
    cells_table = summary(contests, table)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, frame in (("table", table), ("cells", cells_table)):
        path = options.out / f"taxonomy_measured_{name}.csv"
        frame.to_csv(path, index=False, lineterminator="\n")
        print(frame.round(2).to_string(index=False))
    drawing = draw(
        table,
        f"framed: in the article's table; Student t, {100 * LEVEL:g} % for all cells at once "
        f"(Bonferroni), {sizes.scoring} seeds, {sizes.rounds} rounds",
    )
    provenance = Provenance(
        SEED,
        "python experiments/taxonomy_measured.py",
        {
            "games": {cell: GAMES[cell] for cell in cells},
            "rounds": sizes.rounds,
            "tuning_seeds": sizes.tuning,
            "scoring_seeds": sizes.scoring,
            "level": LEVEL,
            "margin": MARGIN,
        },
        source=Path(__file__),
    )
    publish(drawing, "taxonomy_measured", options.out, provenance=provenance)


if __name__ == "__main__":
    main()
