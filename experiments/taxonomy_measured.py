r"""The article's table of defenses, measured: eight kinds of attack, six defenses, and none.

Each of the eight cells of the taxonomy is played as one game (`GAMES`). In each, the learner holds
one action for each of the article's six defenses, or the undefended one, for the whole play. The
adversary is re-optimized against each of them: of all attacks that the game has, those included
that query or follow the published model, it holds the one that pays best on the *tuning* seeds.
What the learner loses to it is measured on other seeds, the *scoring* seeds, which are the same for
all defenses. A loss is the learner's, a round, in the units of the game.

*Harm* is what the best attack on the undefended learner makes it lose beyond what it loses when the
adversary waits; it is measured on the tuning seeds, so that it is a constant to the scores. The
*change* by a defense is the mean paired difference of the loss under the best attack on it and the
loss of the undefended learner under the best attack on that one. The verdict is on the claim that
the defense helps, given the simultaneous interval [low, high] of the change:

* *confirmed*: high < 0. The defense lowers the loss; by how much stands beside the verdict.
* *refuted*: otherwise, if low > -`MARGIN` harm. The defense raises the loss, or what it saves is
  less than a tenth of the harm.
* *undecided*: otherwise.

The article claims of a cell that each defense that its table proposes for it helps. That claim is
confirmed when all of these are, refuted when one of them is, and else undecided. The verdicts on
the other defenses are on record, too: those that the article discusses in its text ("text") and
those that it does not connect with the cell ("not").

The intervals are Student's t with Bonferroni's correction: of all changes (48) one is wrong, or
more, with a probability of 5 %, and the same holds of all losses (56). Student's t takes the means
for normal, and no interval knows of what no seed has shown; where two learners do the same on all
seeds, the change is zero and so is its interval.

The *equilibrium loss* is the value of the game of the seven learners against all attacks, mixtures
allowed. The strategies x, y are solved for (minimax) on the tuning seeds, and so the scores are
fair: with the losses L, whatever x and y are,

.. math:: \min_i (L y)_i \le \text{value} \le \max_j (x L)_j.

Its estimate is x L y, and its interval goes from the least lower end to the greatest upper end of
the t intervals of these means; the ends at the true minimum and maximum must hold, and no others,
so that the correction is for the eight cells alone.

What the verdicts do not say: a defense is judged as its game has it, at one strength, on one kind
of data, with the prices of the game. The games are zero-sum: what the adversary has to spend counts
as saved, an account that an alarm closes among it. What is spent stands beside the loss, and how
often a monitor raises its alarm while the adversary waits.

Run as ``python experiments/taxonomy_measured.py [--out DIR] [--quick]``.
"""

import argparse
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import armsrace as ar
from armsrace.empirical import measure_plays
from armsrace.figures import Drawing, Provenance, defense_heat_map, publish
from armsrace.forms import NormalForm
from armsrace.game import ROLES, LearningGame
from armsrace.solvers import minimax
from armsrace.solvers.equilibrium import Equilibrium
from armsrace.statistics import mean_interval, paired_difference
from armsrace.taxonomy import ARTICLE_DEFENSES, CROSS_CUTTING_DEFENSES, DEFENSES, Cell

Array = NDArray[np.float64]
Verdict = Literal["confirmed", "refuted", "undecided"]

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

QUICK: Final = ("causative integrity targeted", "causative availability targeted")
"""The cells of the small version."""

SEED: Final = 2006
LEVEL: Final = 0.95
MARGIN: Final = 0.1
"""The share of the harm that a defense must save to be worth something."""

UNDEFENDED: Final = "none"
LEARNERS: Final = (UNDEFENDED, *DEFENSES)
WAIT: Final = "wait"
EVENTS: Final = ("poison", "evasions", "queries", "false_rejections", "fp", "unsure_honest")
NUMBERS: Final = (*EVENTS, "alarms", "learner_payoff", "adversary_payoff")
"""What is measured of each play: means a round, the payoffs discounted."""


@final
@dataclass(frozen=True)
class Sizes:
    """How long and how often is played."""

    rounds: int
    tuning: int
    scoring: int
    jobs: int


FULL: Final = Sizes(rounds=10, tuning=16, scoring=32, jobs=2)
SMALL: Final = Sizes(rounds=4, tuning=2, scoring=4, jobs=1)


@final
@dataclass(frozen=True, eq=False)
class Contest:
    """One cell, played: every learner against every attack.

    Attributes
    ----------
    cell, game
        What was played.
    actions
        The learner's action in the game for each of `LEARNERS`.
    attacks
        All attacks, by name.
    tuning, scoring
        `NUMBERS` of each play, shape (seeds, learners, attacks, numbers).
    """

    cell: Cell
    game: LearningGame
    actions: Mapping[str, str]
    attacks: tuple[str, ...]
    tuning: Array
    scoring: Array

    def best_attack(self, learner: str) -> str:
        """The attack that pays best against a learner, on the tuning seeds."""
        gains = self.tuning[:, LEARNERS.index(learner), :, NUMBERS.index("adversary_payoff")]
        return self.attacks[int(gains.mean(axis=0).argmax())]

    def scores(self, number: str, learner: str, attack: str) -> Array:
        """One of the `NUMBERS`, of each play of the scoring seeds."""
        scores: Array = self.scoring[
            :, LEARNERS.index(learner), self.attacks.index(attack), NUMBERS.index(number)
        ]
        return scores

    def losses(self, learner: str) -> Array:
        """What a learner loses to the best attack on it, on the scoring seeds."""
        return -self.scores("learner_payoff", learner, self.best_attack(learner))

    @property
    def harm(self) -> float:
        """What the best attack costs the undefended learner, on the tuning seeds.

        Raises
        ------
        ValueError
            When no attack does harm, so that there is nothing to defend against.
        """
        payoffs = self.tuning[:, LEARNERS.index(UNDEFENDED), :, NUMBERS.index("learner_payoff")]
        lost = dict(zip(self.attacks, -payoffs.mean(axis=0), strict=True))
        harm = float(lost[self.best_attack(UNDEFENDED)] - lost[WAIT])
        if harm <= 0:
            raise ValueError(
                f"no attack of {self.game.name} harms the undefended learner in "
                f"{self.game.rounds} rounds: play more rounds, or make its attacks stronger"
            )
        return harm

    def equilibrium(self) -> Equilibrium:
        """The minimax strategies on the tuning seeds."""
        payoffs = self.tuning[..., [NUMBERS.index(f"{role}_payoff") for role in ROLES]]
        form = NormalForm.from_samples(
            np.moveaxis(payoffs, -1, 1), actions=(LEARNERS, self.attacks)
        )
        return minimax(form)


def verdict(defended: Array, undefended: Array, *, margin: float, level: float) -> Verdict:
    """Judge the claim that a defense lowers the loss; see the module.

    Parameters
    ----------
    defended, undefended
        Losses on the same seeds, shape (seeds,).
    margin
        What a defense must save to be worth something, at least 0.
    level
        Of the interval of the mean difference, in (0, 1).
    """
    change = paired_difference(defended, undefended, level=level)
    if change.high < 0:
        return "confirmed"
    return "refuted" if change.low > -margin else "undecided"


def conjunction(verdicts: Collection[Verdict]) -> Verdict:
    """Judge the claim that several claims are true together."""
    if "refuted" in verdicts:
        return "refuted"
    return "undecided" if "undecided" in verdicts else "confirmed"


def proposal(cell: Cell, defense: str) -> str:
    """Where the article proposes a defense against a kind of attack: table, text, or not."""
    if defense in ARTICLE_DEFENSES[cell]:
        return "table"
    return "text" if defense in CROSS_CUTTING_DEFENSES else "not"


def answers(game: LearningGame) -> dict[str, str]:
    """The learner's action for each of `LEARNERS`.

    Raises
    ------
    LookupError
        When the game has no answer for one of the defenses.
    """
    given = game.setup.answers
    missing = [defense for defense in DEFENSES if defense not in given]
    if missing:
        raise LookupError(
            f"{game.name} has no action for {', '.join(missing)}; name one in the answers of its "
            "rules"
        )
    undefended = given.get(UNDEFENDED, next(iter(game.learner_actions)))
    return {UNDEFENDED: undefended, **{defense: given[defense] for defense in DEFENSES}}


def contest(cell: Cell, name: str, sizes: Sizes) -> Contest:
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
    if WAIT not in game.adversary_actions:
        raise LookupError(f"{name} has no adversary's action {WAIT!r} to measure the harm from")
    actions = answers(game)
    attacks = (*game.adversary_actions, *game.suggested_agents("adversary"))
    seeds = sizes.tuning + sizes.scoring

    def measure(action: str, attack: str) -> Array:
        return measure_plays(game, action, attack, numbers, seeds=seeds, seed=SEED, jobs=sizes.jobs)

    plays = [[measure(action, attack) for attack in attacks] for action in actions.values()]
    measured = np.moveaxis(np.array(plays), 2, 0)
    return Contest(cell, game, actions, attacks, measured[: sizes.tuning], measured[sizes.tuning :])


def numbers(history: ar.History) -> list[float]:
    """`NUMBERS` of a play."""
    events = [float(history.column(name).mean()) for name in (*EVENTS, "alarms")]
    return [*events, *history.payoffs]


def judged(contests: Collection[Contest]) -> pd.DataFrame:
    """One row for each cell and each learner."""
    of_losses = 1 - (1 - LEVEL) / (len(contests) * len(LEARNERS))
    of_changes = 1 - (1 - LEVEL) / (len(contests) * len(DEFENSES))
    rows: list[dict[str, Any]] = []
    for played in contests:
        undefended = played.losses(UNDEFENDED)
        for learner, action in played.actions.items():
            attack, lost = played.best_attack(learner), played.losses(learner)
            loss = mean_interval(lost, level=of_losses)
            change = paired_difference(lost, undefended, level=of_changes)
            is_defense = learner != UNDEFENDED
            rows.append(
                {
                    "cell": str(played.cell),
                    "game": played.game.name,
                    "defense": learner,
                    "action": action,
                    "proposed": proposal(played.cell, learner) if is_defense else "",
                    "loss": float(loss.estimate),
                    "loss_low": float(loss.low),
                    "loss_high": float(loss.high),
                    "change": float(change.estimate),
                    "change_low": float(change.low),
                    "change_high": float(change.high),
                    "harm": played.harm,
                    "verdict": verdict(
                        lost, undefended, margin=MARGIN * played.harm, level=of_changes
                    )
                    if is_defense
                    else "",
                    "attack": attack,
                    **{event: played.scores(event, learner, attack).mean() for event in EVENTS},
                    "alarms": played.scores("alarms", learner, attack).mean(),
                    "alarms_waiting": played.scores("alarms", learner, WAIT).mean(),
                    "loss_waiting": -played.scores("learner_payoff", learner, WAIT).mean(),
                }
            )
    return pd.DataFrame(rows)


def summary(contests: Collection[Contest], table: pd.DataFrame) -> pd.DataFrame:
    """One row a cell: what the article proposes, whether it holds, and the equilibrium."""
    level = 1 - (1 - LEVEL) / len(contests)
    rows: list[dict[str, Any]] = []
    for played in contests:
        mine = table[table["cell"] == str(played.cell)]
        claims = mine[mine["proposed"] == "table"].set_index("defense")["verdict"]
        solved = played.equilibrium()
        x, y = solved.strategies
        lost = -played.scoring[..., NUMBERS.index("learner_payoff")]
        replies = mean_interval(lost @ y, level=level)
        attacks = mean_interval(x @ lost, level=level)
        rows.append(
            {
                "cell": str(played.cell),
                "game": played.game.name,
                "article": ", ".join(f"{name}: {claims[name]}" for name in claims.index),
                "verdict": conjunction(tuple(claims)),
                "helps": ", ".join(mine[mine["verdict"] == "confirmed"]["defense"]) or "none",
                "equilibrium_loss": float((lost @ y @ x).mean()),
                "low": float(replies.low.min()),
                "high": float(attacks.high.max()),
                "learner": mixture(solved.learner),
                "adversary": mixture(solved.adversary),
            }
        )
    return pd.DataFrame(rows)


def mixture(strategy: Mapping[Any, float]) -> str:
    """A mixed strategy in words, the likeliest first."""
    likeliest = sorted(strategy.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {chance:.2f}" for name, chance in likeliest)


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
        quantity="change of the loss by the defense, the attack re-optimized "
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
    contests = []
    for cell in cells:
        contests.append(contest(Cell.of(cell), GAMES[cell], sizes))
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
