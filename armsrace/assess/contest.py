r"""A contest of defenses: each is met by the attack that pays best against it.

A game says by its `Rules.answers` what stands for each of the article's defenses, and for none. The
learner holds one of these for the whole play. The adversary is re-optimized against each: of all
attacks that the game has, held or timed by the answers to alarms (`armsrace.assess.timing`), it
takes the one that pays itself best on the *tuning* seeds. The learner's strength, where a defense
has several, is the one that loses least to its best attack, on the tuning seeds, too. What is lost
is measured on other seeds, the *scoring* seeds, which are the same for all defenses.

A *loss* is what the learner itself loses, a round, in the units of the game: its errors and its own
expenses (`Costs.own_loss`: retraining, looking into an alarm). What the adversary spends decides
which attack pays, and is no part of it. *Harm* is what the best attack on the undefended learner
makes it lose beyond what it loses when the adversary waits; it is measured on the tuning seeds, so
that it is a constant to the scores.

The *change* by a defense is the mean paired difference of the loss under the best attack on it and
the loss of the undefended learner under the best attack on that one. With a margin m and the
interval [low, high] of the change, the defense has *no effect* when -m <= low and high <= m;
otherwise it is *confirmed* when high < 0, *refuted* when low > 0, and else *undecided*.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Final, Literal, final

import numpy as np
from numpy.typing import NDArray

from armsrace.agents.agent import Agent
from armsrace.assess.timing import as_held, timed_attacks
from armsrace.costs import EVENTS as PRICED
from armsrace.empirical import measure_plays
from armsrace.forms import NormalForm
from armsrace.game import ROLES, LearningGame
from armsrace.history import History
from armsrace.solvers import minimax
from armsrace.statistics import paired_difference
from armsrace.taxonomy import DEFENSES

Array = NDArray[np.float64]
Verdict = Literal["confirmed", "refuted", "no effect", "undecided"]

UNDEFENDED: Final = "none"
LEARNERS: Final = (UNDEFENDED, *DEFENSES)
"""Whose losses are compared."""

WAIT: Final = "wait"
"""The adversary's action that the harm is measured from."""

COUNTED: Final = ("poison", "evasions", "queries", "false_rejections", "fp", "unsure_honest")
NUMBERS: Final = (*COUNTED, "alarms", "loss", "spent", "learner_payoff", "adversary_payoff")
"""What is measured of each play: means a round, discounted where they are in the game's units."""

_HARDLY: Final = 1e-9
"""A probability below it is taken for zero, and a difference of so small a share for none."""


@final
@dataclass(frozen=True, eq=False)
class Tuning:
    """A contest on the tuning seeds: all that the learner may hold against every attack.

    Attacks come in this order: the adversary's actions, held; the agents that the game suggests;
    timed attacks.

    Attributes
    ----------
    game
        What was played.
    strengths
        The learner's actions or agents in the game for each of `LEARNERS`.
    actions, attacks
        All of them, by name.
    plays
        `NUMBERS` of each play, shape (seeds, actions, attacks, numbers).
    """

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
        return self.attacks[_first_best(self.mean("adversary_payoff", action))]

    def chosen(self, learner: str) -> str:
        """The strength at which a learner loses least to the best attack, the first of equals."""
        actions = self.strengths[learner]
        lost = [
            self.mean("loss", action)[self.attacks.index(self.best_attack(action))]
            for action in actions
        ]
        return actions[_first_best(-np.array(lost))]

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
        """The minimax strategies in the game's payoffs, over the actions and the attacks.

        Of attacks that come to the same in every play, the first has all the probability.
        """
        payoffs = self.plays[..., [NUMBERS.index(f"{role}_payoff") for role in ROLES]]
        _, first = np.unique(payoffs, axis=2, return_index=True)
        distinct = np.sort(first)
        form = NormalForm.from_samples(
            np.moveaxis(payoffs[:, :, distinct], -1, 1),
            actions=(self.actions, tuple(self.attacks[j] for j in distinct)),
        )
        x, reply = (np.where(each > _HARDLY, each, 0.0) for each in minimax(form).strategies)
        y = np.zeros(len(self.attacks))
        y[distinct] = reply
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
    """A contest, played.

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


def contest(game: LearningGame, *, tuning: int, scoring: int, seed: int, jobs: int = 1) -> Contest:
    """Play all that stands for a defense against all attacks, and what was chosen on other seeds.

    Parameters
    ----------
    game
        A game that names an answer for each of the article's defenses, and whose adversary can
        wait.
    tuning, scoring
        Numbers of seeds, each at least 1.
    seed
        Of the tuning seeds; the scoring seeds are those of the number after it.
    jobs
        Number of workers; the result does not depend on it.

    Raises
    ------
    LookupError
        When the game has no answer for one of the defenses, or no adversary who waits.
    ValueError
        When a number is less than 1.

    Examples
    --------
    >>> from games import MistakenIdentity
    >>> played = contest(MistakenIdentity(rounds=3), tuning=2, scoring=2, seed=0)
    >>> for defense in ("none", "detection"):
    ...     action = played.tuning.chosen(defense)
    ...     print(f"{action}: {played.tuning.best_attack(action)}")
    block: spoof_100%
    pages_after_early_alarm: spoof_50% until an alarm, then wait
    """
    if WAIT not in game.adversary_actions:
        raise LookupError(f"{game.name} has no adversary's action {WAIT!r} to measure harm from")
    strengths = _answers(game)
    actions = tuple(action for each in strengths.values() for action in each)
    attacks: dict[str, str | Agent] = {
        **{name: name for name in (*game.adversary_actions, *game.suggested_agents("adversary"))},
        **timed_attacks(game, WAIT),
    }

    @cache
    def played(action: str, attack: str | Agent, seeds: int, first: int) -> Array:
        return measure_plays(game, action, attack, _numbers, seeds=seeds, seed=first, jobs=jobs)

    def measure(action: str, attack: str, seeds: int, first: int) -> Array:
        return played(action, as_held(game, action, attacks[attack]), seeds, first)

    plays = [[measure(each, attack, tuning, seed) for attack in attacks] for each in actions]
    tuned = Tuning(game, strengths, actions, tuple(attacks), np.moveaxis(np.array(plays), 2, 0))
    scores = {pair: measure(*pair, scoring, seed + 1) for pair in sorted(tuned.pairs())}
    return Contest(tuned, scores)


def _answers(game: LearningGame) -> dict[str, tuple[str, ...]]:
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


def _first_best(values: Array) -> int:
    """Where the greatest value is; of values that only rounding tells apart, the first."""
    return int(np.flatnonzero(values >= values.max() - _HARDLY * np.abs(values).max())[0])


def _numbers(history: History) -> list[float]:
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
    return [*(float(counted[name].mean()) for name in (*COUNTED, "alarms")), *own, *history.payoffs]
