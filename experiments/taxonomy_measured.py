r"""The article's table of defenses, measured: eight kinds of attack, six defenses, and none.

Each of the eight cells of the taxonomy is played as one game (`GAMES`). In each, the learner holds
one action for the whole play: the undefended one, or one that stands for one of the article's six
defenses, most of them at two strengths. The adversary is re-optimized against each of them: of all
attacks that the game has, those included that query or follow the published model, it holds the
one that pays itself best on the *tuning* seeds. The learner's strength is the one that loses least
to its best attack, on the tuning seeds, too. What is lost is measured on other seeds, the
*scoring* seeds, which are the same for all defenses.

A *loss* is what the learner itself loses, a round, in the units of the game: its errors and its own
expenses (`Costs.own_loss`: retraining, looking into an alarm). What the adversary spends, an
account that an alarm closes among it, decides which attack pays; it stands beside the loss and is
no part of it. *Harm* is what the best attack on the undefended learner makes it lose beyond what it
loses when the adversary waits; it is measured on the tuning seeds, so that it is a constant to the
scores. The *change* by a defense is the mean paired difference of the loss under the best attack on
it and the loss of the undefended learner under the best attack on that one. The verdict rests on
the simultaneous interval [low, high] of the change, with the margin m = `MARGIN` harm:

* *no effect*: -m <= low and high <= m. What it changes is less than a tenth of the harm.
* *confirmed*: otherwise, if high < 0. It lowers the loss; by how much stands beside the verdict.
* *refuted*: otherwise, if low > 0. It raises the loss.
* *undecided*: otherwise.

The article claims of a cell that each defense that its table proposes for it helps. That claim is
*confirmed* when all of these are; it is *refuted* when one of them was shown to raise the loss, or
to change it by less than a tenth of the harm; and else it is *undecided*. The verdicts on the other
defenses are on record, too: those that the article discusses in its text ("text") and those that
it does not connect with the cell ("not").

The intervals are Student's t with Bonferroni's correction: of all changes (48) one is wrong, or
more, with a probability of 5 %, and the same holds of all losses (56). Student's t takes the means
for normal, and no interval knows of what no seed has shown; where two learners do the same on all
seeds, the change is zero and so is its interval.

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
with the prices of the game. An alarm deters, by what it costs the adversary; it stops nothing else,
but where a game says so. How often it is raised while the adversary waits stands beside it.

Run as ``python experiments/taxonomy_measured.py [--out DIR] [--quick]``.
"""

import argparse
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final, Literal, final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import armsrace as ar
from armsrace.costs import EVENTS as PRICED
from armsrace.empirical import measure_plays
from armsrace.figures import Drawing, Provenance, defense_heat_map, publish
from armsrace.forms import NormalForm
from armsrace.game import ROLES, LearningGame
from armsrace.solvers import minimax
from armsrace.statistics import mean_interval, paired_difference
from armsrace.taxonomy import ARTICLE_DEFENSES, CROSS_CUTTING_DEFENSES, DEFENSES, Cell

Array = NDArray[np.float64]
Verdict = Literal["confirmed", "refuted", "no effect", "undecided"]

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

UNDEFENDED: Final = "none"
LEARNERS: Final = (UNDEFENDED, *DEFENSES)
WAIT: Final = "wait"
EVENTS: Final = ("poison", "evasions", "queries", "false_rejections", "fp", "unsure_honest")
NUMBERS: Final = (*EVENTS, "alarms", "loss", "spent", "learner_payoff", "adversary_payoff")
"""What is measured of each play: means a round, discounted where they are in the game's units."""

HARDLY: Final = 1e-9
"""A probability below it is taken for zero, and a difference of so small a share for none."""


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


@final
@dataclass(frozen=True, eq=False)
class Tuning:
    """One cell on the tuning seeds: every action of every learner against every attack.

    Attributes
    ----------
    cell, game
        What was played.
    strengths
        The learner's actions in the game for each of `LEARNERS`.
    actions, attacks
        All of them, by name.
    plays
        `NUMBERS` of each play, shape (seeds, actions, attacks, numbers).
    """

    cell: Cell
    game: LearningGame
    strengths: Mapping[str, tuple[str, ...]]
    actions: tuple[str, ...]
    attacks: tuple[str, ...]
    plays: Array

    def mean(self, number: str, action: str) -> Array:
        """The mean of one of the `NUMBERS` for each attack on an action."""
        plays: Array = self.plays[:, self.actions.index(action), :, NUMBERS.index(number)]
        means: Array = plays.mean(axis=0)
        return means

    def best_attack(self, action: str) -> str:
        """The attack that pays the adversary best against an action, the first of equals."""
        return self.attacks[first_best(self.mean("adversary_payoff", action))]

    def chosen(self, learner: str) -> str:
        """The strength at which a learner loses least to the best attack, the first of equals."""
        actions = self.strengths[learner]
        lost = [
            self.mean("loss", action)[self.attacks.index(self.best_attack(action))]
            for action in actions
        ]
        return actions[first_best(-np.array(lost))]

    @property
    def harm(self) -> float:
        """What the best attack costs the undefended learner.

        Raises
        ------
        ValueError
            When no attack does harm, so that there is nothing to defend against.
        """
        undefended = self.chosen(UNDEFENDED)
        lost = dict(zip(self.attacks, self.mean("loss", undefended), strict=True))
        harm = float(lost[self.best_attack(undefended)] - lost[WAIT])
        if harm <= 0:
            raise ValueError(
                f"no attack of {self.game.name} harms the undefended learner in "
                f"{self.game.rounds} rounds: play more rounds, or make its attacks stronger"
            )
        return harm

    def equilibrium(self) -> tuple[Array, Array]:
        """The minimax strategies in the game's payoffs, over the actions and the attacks."""
        payoffs = self.plays[..., [NUMBERS.index(f"{role}_payoff") for role in ROLES]]
        form = NormalForm.from_samples(
            np.moveaxis(payoffs, -1, 1), actions=(self.actions, self.attacks)
        )
        x, y = (np.where(each > HARDLY, each, 0.0) for each in minimax(form).strategies)
        return x / x.sum(), y / y.sum()

    def pairs(self) -> set[tuple[str, str]]:
        """The actions and attacks that the scores are needed of."""
        x, y = self.equilibrium()
        chosen = [self.chosen(learner) for learner in LEARNERS]
        return {
            *((action, attack) for action in chosen for attack in (WAIT, self.best_attack(action))),
            *product(self.actions, (self.attacks[j] for j in np.flatnonzero(y))),
            *product((self.actions[i] for i in np.flatnonzero(x)), self.attacks),
        }


@final
@dataclass(frozen=True, eq=False)
class Contest:
    """One cell, played.

    Attributes
    ----------
    tuning
        What the learner's strengths, the attacks and the equilibrium were chosen by.
    scoring
        `NUMBERS` of each play of the scoring seeds, shape (seeds, numbers), by action and attack.
    """

    tuning: Tuning
    scoring: Mapping[tuple[str, str], Array]

    def scores(self, number: str, action: str, attack: str) -> Array:
        """One of the `NUMBERS`, of each play of the scoring seeds."""
        scores: Array = self.scoring[action, attack][:, NUMBERS.index(number)]
        return scores

    def mixed(self, number: str, x: Array, y: Array) -> Array:
        """One of the `NUMBERS` of a mixture of actions against one of attacks, by scoring seed."""
        total = np.zeros(len(next(iter(self.scoring.values()))))
        for i, j in product(np.flatnonzero(x), np.flatnonzero(y)):
            pair = self.tuning.actions[i], self.tuning.attacks[j]
            total += x[i] * y[j] * self.scores(number, *pair)
        return total


def first_best(values: Array) -> int:
    """Where the greatest value is; of values that only rounding tells apart, the first."""
    return int(np.flatnonzero(values >= values.max() - HARDLY * np.abs(values).max())[0])


def verdict(defended: Array, undefended: Array, *, margin: float, level: float) -> Verdict:
    """Judge what a defense does to the loss; see the module.

    Parameters
    ----------
    defended, undefended
        Losses on the same seeds, shape (seeds,).
    margin
        The change that is none, at least 0.
    level
        Of the interval of the mean difference, in (0, 1).
    """
    change = paired_difference(defended, undefended, level=level)
    if -margin <= change.low and change.high <= margin:
        return "no effect"
    if change.high < 0:
        return "confirmed"
    return "refuted" if change.low > 0 else "undecided"


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


def answers(game: LearningGame) -> dict[str, tuple[str, ...]]:
    """The learner's actions for each of `LEARNERS`.

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
    undefended = given.get(UNDEFENDED, tuple(game.learner_actions)[:1])
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
    strengths = answers(game)
    actions = tuple(action for each in strengths.values() for action in each)
    attacks = (*game.adversary_actions, *game.suggested_agents("adversary"))

    def measure(action: str, attack: str, seeds: int, seed: int) -> Array:
        return measure_plays(game, action, attack, numbers, seeds=seeds, seed=seed, jobs=sizes.jobs)

    plays = [[measure(each, attack, sizes.tuning, SEED) for attack in attacks] for each in actions]
    tuning = Tuning(cell, game, strengths, actions, attacks, np.moveaxis(np.array(plays), 2, 0))
    scoring = {pair: measure(*pair, sizes.scoring, SEED + 1) for pair in sorted(tuning.pairs())}
    return Contest(tuning, scoring)


def numbers(history: ar.History) -> list[float]:
    """`NUMBERS` of a play."""
    game = history.game
    assert isinstance(game, LearningGame)
    counted = {name: history.column(name) for name in PRICED}
    weights = game.discount ** np.arange(len(history))
    costs = game.setup.costs
    own = [
        float(np.average(prices.of_each(counted), weights=weights))
        for prices in (costs.own_loss, costs.spent)
    ]
    return [*(float(counted[name].mean()) for name in (*EVENTS, "alarms")), *own, *history.payoffs]


def judged(contests: Collection[Contest]) -> pd.DataFrame:
    """One row for each cell and each learner."""
    of_losses = 1 - (1 - LEVEL) / (len(contests) * len(LEARNERS))
    of_changes = 1 - (1 - LEVEL) / (len(contests) * len(DEFENSES))
    rows: list[dict[str, Any]] = []
    for played in contests:
        tuning = played.tuning
        none = tuning.chosen(UNDEFENDED)
        undefended = played.scores("loss", none, tuning.best_attack(none))
        for learner in LEARNERS:
            action = tuning.chosen(learner)
            attack = tuning.best_attack(action)
            lost = played.scores("loss", action, attack)
            loss = mean_interval(lost, level=of_losses)
            change = paired_difference(lost, undefended, level=of_changes)
            margin = MARGIN * tuning.harm
            is_defense = learner != UNDEFENDED
            rows.append(
                {
                    "cell": str(tuning.cell),
                    "game": tuning.game.name,
                    "defense": learner,
                    "action": action,
                    "of": ", ".join(tuning.strengths[learner]),
                    "parts": parts(tuning.game, action),
                    "proposed": proposal(tuning.cell, learner) if is_defense else "",
                    "loss": float(loss.estimate),
                    "loss_low": float(loss.low),
                    "loss_high": float(loss.high),
                    "change": float(change.estimate),
                    "change_low": float(change.low),
                    "change_high": float(change.high),
                    "harm": tuning.harm,
                    "verdict": verdict(lost, undefended, margin=margin, level=of_changes)
                    if is_defense
                    else "",
                    "attack": attack,
                    **{
                        number: float(played.scores(number, action, attack).mean())
                        for number in ("spent", "adversary_payoff", *EVENTS, "alarms")
                    },
                    "alarms_waiting": float(played.scores("alarms", action, WAIT).mean()),
                    "loss_waiting": float(played.scores("loss", action, WAIT).mean()),
                }
            )
    return pd.DataFrame(rows)


def parts(game: LearningGame, action: str) -> str:
    """What an action of the learner is made of."""
    return " + ".join(type(part).__name__ for part in game.learner_actions[action].parts) or "none"


def summary(contests: Collection[Contest], table: pd.DataFrame) -> pd.DataFrame:
    """One row a cell: what the article proposes, whether it holds, and the equilibrium."""
    level = 1 - (1 - LEVEL) / len(contests)
    rows: list[dict[str, Any]] = []
    for played in contests:
        tuning = played.tuning
        mine = table[table["cell"] == str(tuning.cell)]
        claims = mine[mine["proposed"] == "table"].set_index("defense")["verdict"]
        x, y = tuning.equilibrium()
        replies = [played.mixed("learner_payoff", one, y) for one in np.eye(len(x))]
        attacks = [played.mixed("learner_payoff", x, one) for one in np.eye(len(y))]
        low, high = (mean_interval(-np.array(each).T, level=level) for each in (replies, attacks))
        rows.append(
            {
                "cell": str(tuning.cell),
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
