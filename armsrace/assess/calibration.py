r"""How often a watch raises a false alarm: set on some plays of a game, told by others.

The *run length* of a watch in a game is the number of rounds played for each alarm, in plays of
the game's length with nobody attacking. It is what a chart's theory calls so as far as the
statistic is independent from round to round, and the plays are long; where neither holds it is
still what a player of the game has to live with.

A watch changes nothing, so that all thresholds can be tried on the same plays. A
`FalsePositiveGuard` does: after each reset the model is another one, and so each of its limits is
played.

Its interval takes alarms for Poisson events whose variance in a play is :math:`\phi` times their
mean (they come in clusters where a play has a bad start): for k alarms in all, the exact Poisson
interval of :math:`k / \phi`, times :math:`\phi`, with :math:`\phi \ge 1` estimated from the plays.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Generic, TypeVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.attacks.attack import Attack
from armsrace.defenses.defense import Defense, Monitor
from armsrace.defenses.fit.false_positive_guard import FalsePositiveGuard
from armsrace.defenses.memory import Alarms, Observed
from armsrace.defenses.monitor.calibration import alarms_in, calibrated, check_run_length
from armsrace.defenses.monitor.watch import Statistic, Watch
from armsrace.game import LearningGame, Rules
from armsrace.history import History
from armsrace.play import play
from armsrace.statistics import Interval

_STEPS: Final = 200  # in which the limit of a guard is searched

Alert = TypeVar("Alert", Watch, FalsePositiveGuard)


@final
@dataclass(frozen=True, eq=False)
class Calibration(Generic[Alert]):
    """A watch that was set to a run length, and the run length that it has.

    Attributes
    ----------
    watch
        With its threshold set, and standardized if it is a `Watch`; ready to be part of an action.
    wanted
        The run length it was set to.
    run_length
        The one it has on plays that did not set it, in rounds; infinite when it raised no alarm.
    """

    watch: Alert
    wanted: float
    run_length: Interval


def calibrate(
    game: LearningGame,
    learner: str,
    watch: Alert,
    *,
    run_length: float,
    plays: int,
    seed: int = 0,
) -> Calibration[Alert]:
    """Set a watch to a run length by plays without an attack, and measure it on as many others.

    Parameters
    ----------
    game
        The game.
    learner
        The learner's action, held in every round.
    watch
        What is added to the action. The statistic of a `Watch` is standardized, and the threshold
        of its chart replaced. The limit of a `FalsePositiveGuard` is searched in steps of 0.005, by
        bisection, taking resets to be rarer the higher it is.
    run_length
        Mean number of rounds between false alarms, above 1.
    plays
        How many plays set it; they must have five times as many rounds as the run length. As many
        again measure it.
    seed
        What all random numbers come from.

    Raises
    ------
    LookupError
        When the learner has no such action.
    ValueError
        When a number is out of range, or the watch cannot be calibrated
        (`armsrace.defenses.monitor.calibration.calibrated`).

    Examples
    --------
    >>> from armsrace.defenses import BlockedShare, Cusum
    >>> from games import DictionaryAttack
    >>> watch = Watch(BlockedShare(), Cusum(allowance=0.5, threshold=1.0))
    >>> found = calibrate(DictionaryAttack(rounds=5), "hold", watch, run_length=10, plays=10)
    >>> found.wanted, bool(found.run_length.low < 10 < found.run_length.high)
    (10, True)
    """
    if isinstance(watch, FalsePositiveGuard):
        return _set(game, learner, watch, run_length, plays, seed)
    values = observe(game, learner, None, watch.statistic, plays=plays, seed=seed)
    ready = calibrated(watch, values, run_length=run_length)
    others = observe(game, learner, None, ready.statistic, plays=plays, seed=seed, first=plays)
    found = rounds_per_alarm(alarms_in(ready.chart, others), game.rounds)
    return Calibration(ready, run_length, found)


def observe(
    game: LearningGame,
    learner: str,
    adversary: str | None,
    statistic: Statistic,
    *,
    plays: int,
    seed: int = 0,
    first: int = 0,
) -> NDArray[np.float64]:
    """The values of a statistic in plays of a game.

    Parameters
    ----------
    game
        The game.
    learner
        The learner's action, held in every round.
    adversary
        The adversary's action, held in every round; None for nobody.
    statistic
        What to look at.
    plays
        How many plays, at least 1.
    seed, first
        What all random numbers come from: the seed, and the first replicate.

    Returns
    -------
    array
        Shape (plays, rounds); NaN where a round had nothing to tell.

    Raises
    ------
    TypeError
        When the game has no traffic to look at.
    LookupError
        When a role has no such action.
    ValueError
        When there is no play.
    """
    _check(game, plays)
    _check_action(learner, game.learner_actions)
    if adversary is not None:
        _check_action(adversary, game.adversary_actions)
    recorder = _Recorder(statistic)
    attack = Attack() if adversary is None else game.adversary_actions[adversary]
    watched = {"watch": Defense(game.learner_actions[learner], recorder)}
    recorded = _Altered(game, watched, attack, game.rounds)
    histories = _histories(recorded, "watch", plays, seed, first)
    return np.array([history.position.state.alarms.notes[recorder] for history in histories])


def false_alarms(
    game: LearningGame, learner: str, *, plays: int, seed: int = 0, first: int = 0
) -> Interval:
    """Measure the run length of what the learner does, whatever raises its alarms.

    Parameters
    ----------
    game
        The game.
    learner
        One of the learner's actions, held in every round, or one of its agents.
    plays
        How many plays, at least 1.
    seed, first
        What all random numbers come from: the seed, and the first replicate.

    Returns
    -------
    Interval
        Rounds for each alarm when nobody attacks.

    Raises
    ------
    TypeError
        When the game has no traffic.
    LookupError
        When the learner has no such action or agent.
    ValueError
        When there is no play.

    Examples
    --------
    >>> from games import DictionaryAttack
    >>> found = false_alarms(DictionaryAttack(rounds=5), "retrain", plays=10)
    >>> float(found.estimate), float(found.low.round(1))
    (25.0, 4.5)
    """
    _check(game, plays)
    calm = _Altered(game, game.learner_actions, Attack(), game.rounds)
    histories = _histories(calm, learner, plays, seed, first)
    alarms = [history.column("alarms").sum() for history in histories]
    return rounds_per_alarm(alarms, game.rounds)


def rounds_per_alarm(alarms: ArrayLike, rounds: int, *, level: float = 0.95) -> Interval:
    """Estimate a run length from the alarms of independent plays.

    Parameters
    ----------
    alarms
        How many there were in each play, shape (plays,), at least one play.
    rounds
        Rounds of a play.
    level
        In (0, 1).

    Raises
    ------
    ValueError
        When there is no play, a number is negative, or the level is not in (0, 1).

    Examples
    --------
    >>> interval = rounds_per_alarm([1, 0, 2, 1, 0, 1], rounds=20)
    >>> float(interval.estimate), float(interval.low.round(1)), float(interval.high.round(1))
    (24.0, 10.3, 73.9)
    """
    from scipy.special import gammaincinv

    counts = np.asarray(alarms, dtype=np.float64)
    if counts.ndim != 1 or not len(counts) or not (counts >= 0).all():
        raise ValueError("alarms must hold the number of alarms of each of one or more plays")
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), got {level}")
    total, played = counts.sum(), rounds * len(counts)
    dispersion = 1.0
    if total and len(counts) > 1:
        dispersion = max(1.0, float(counts.var(ddof=1) / counts.mean()))
    seen = total / dispersion
    fewest = gammaincinv(seen, (1.0 - level) / 2.0) if seen else 0.0
    most = gammaincinv(seen + 1.0, (1.0 + level) / 2.0)
    with np.errstate(divide="ignore"):
        estimate, low, high = played / np.array([total, dispersion * most, dispersion * fewest])
    return Interval(
        np.asarray(estimate), np.asarray(low), np.asarray(high), level, "overdispersed Poisson"
    )


@final
@dataclass(frozen=True)
class _Recorder(Monitor):
    """Notes all values of a statistic so far."""

    statistic: Statistic

    def monitor(self, alarms: Alarms, seen: Observed, rng: np.random.Generator) -> Alarms:
        value = self.statistic.of(seen)
        number = np.nan if value is None else value
        return alarms.noting(self, (*alarms.notes.get(self, ()), number), raised=False)


def _check(game: LearningGame, plays: int) -> None:
    if not isinstance(game, LearningGame):
        raise TypeError(f"game must be a LearningGame, got {type(game).__name__}")
    if plays < 1:
        raise ValueError(f"plays must be at least 1, got {plays}")


def _check_action(action: str, known: Collection[str]) -> None:
    if action not in known:
        raise LookupError(f"unknown action {action!r}; known: {', '.join(known)}")


def _histories(
    game: "_Altered", learner: str, plays: int, seed: int, first: int
) -> Iterator[History]:
    for number in range(plays):
        yield play(game, learner, "act", seed=seed, replicate=first + number)


def _set(
    game: LearningGame,
    learner: str,
    guard: FalsePositiveGuard,
    run_length: float,
    plays: int,
    seed: int,
) -> Calibration[FalsePositiveGuard]:
    """Set a guard to the lowest limit that resets no more often than it may."""
    _check(game, plays)
    _check_action(learner, game.learner_actions)
    check_run_length(run_length, plays * game.rounds)

    def at(step: int) -> tuple[FalsePositiveGuard, _Altered]:
        limited = replace(guard, limit=step / _STEPS)
        actions = {learner: Defense(game.learner_actions[learner], limited)}
        return limited, _Altered(game, actions, Attack(), game.rounds)

    below, step = -1, _STEPS  # at 1 there is no reset
    while step - below > 1:
        middle = (below + step) // 2
        if false_alarms(at(middle)[1], learner, plays=plays, seed=seed).estimate < run_length:
            below = middle
        else:
            step = middle
    ready, guarded = at(step)
    found = false_alarms(guarded, learner, plays=plays, seed=seed, first=plays)
    return Calibration(ready, run_length, found)


@final
@dataclass(frozen=True, eq=False, repr=False)
class _Altered(LearningGame):
    """A game with other actions of the learner's, and one of the adversary's."""

    name: ClassVar[str] = "altered"

    game: LearningGame
    defenses: Mapping[str, Defense]
    attack: Attack
    rounds: int

    def rules(self) -> Rules:
        rules = self.game.setup
        kept = self.defenses is rules.learner_actions
        return replace(
            rules,
            learner_actions=self.defenses,
            adversary_actions={"act": self.attack},
            answers={},
            run_lengths={},
            measures=rules.measures if kept else {},
            learner_agents=rules.learner_agents if kept else {},
            adversary_agents={},
        )
